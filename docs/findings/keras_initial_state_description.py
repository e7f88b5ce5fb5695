"""Keras: SimpleRNN, GRU and LSTM describe a call with an initial state of another length than that of their state.

Exit status: 0 once KerasTensors are refused as arrays are, 1 while they are described. Seen with keras 3.15.1, here on torch.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

STATES = {"SimpleRNN": 1, "GRU": 1, "LSTM": 2}


def called(name, state, tensor):
    """The shape of the result of four units on a batch of two; None where the call is refused."""
    try:
        y = getattr(keras.layers, name)(4)(tensor((2, 5, 3)), initial_state=[tensor(state)] * STATES[name])
    except Exception:  # the type is the backend's own
        return None
    return tuple(y.shape)


def ones(shape):
    return np.ones(shape, "float32")


for name in STATES:
    assert called(name, (2, 4), ones) == called(name, (2, 4), keras.KerasTensor) == (2, 4), f"control: {name}, 4 units"
    assert called(name, (2, 7), ones) is None, f"control: {name} computes with a state of 7"
described = {name: shape for name in STATES if (shape := called(name, (2, 7), keras.KerasTensor))}
assert not described, f"a state of 7 for 4 units is described: {described}"
