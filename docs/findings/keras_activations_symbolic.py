"""Keras: keras.activations.mish, hard_silu and sparsemax refuse KerasTensors.

Exit status: 0 once they are described, 1 while they are refused. Seen with keras 3.15.1 on torch, TensorFlow and JAX (here: torch).
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras


def described(name):
    """The shape of the activation of a KerasTensor of (2, 4), or the exception's name."""
    try:
        return getattr(keras.activations, name)(keras.KerasTensor((2, 4), "float32")).shape
    except ValueError as error:
        return type(error).__name__


others = {name: described(name) for name in ("silu", "gelu", "relu", "softmax")}
assert set(others.values()) == {(2, 4)}, f"control: {others}"
assert keras.layers.Activation("mish")(keras.KerasTensor((2, 4))).shape == (2, 4), "control: as a layer"
found = {name: described(name) for name in ("mish", "hard_silu", "sparsemax")}
assert set(found.values()) == {(2, 4)}, f"{found}; expected (2, 4)"
