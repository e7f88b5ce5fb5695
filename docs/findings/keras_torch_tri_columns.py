"""Keras on torch: keras.ops.tri without columns has as many columns as rows.

Exit status: 0 once the shape is right, 1 while it is wrong. Seen with keras 3.15.1 and torch 2.13.0. The documentation takes the number of
rows where the number of columns is None; zero is a number.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras

for n, m, name in ((2, 3, "control: three columns"), (0, 3, "control: no rows"), (2, 0, "no columns")):
    shape = tuple(keras.ops.tri(n, m).shape)
    assert shape == (n, m), f"{name}: {shape}; expected {(n, m)}"
