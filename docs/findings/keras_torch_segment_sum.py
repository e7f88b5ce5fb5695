"""Keras on torch: keras.ops.segment_sum of integers and float64 goes through float32.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and torch 2.13.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

segments = np.array([0, 1], "int32")
small = keras.ops.segment_sum(np.array([2**23 + 1, 1], "int32"), segments, num_segments=2)
np.testing.assert_array_equal(keras.ops.convert_to_numpy(small), [2**23 + 1, 1], "control: exact in float32")

failures = []
for right in (np.array([2**24 + 1, 1], "int32"), np.array([1 + 2.0**-40, 1], "float64")):
    for name in ("segment_sum", "segment_max"):
        found = keras.ops.convert_to_numpy(getattr(keras.ops, name)(right, segments, num_segments=2))
        assert found.dtype == right.dtype, f"control: {name} returns {found.dtype}"
        if found.tolist() != right.tolist():
            failures.append(f"{name}, {right.dtype}: {found[0]!r}; expected {right[0]!r}")
assert not failures, failures
