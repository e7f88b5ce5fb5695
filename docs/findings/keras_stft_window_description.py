"""Keras: stft and istft of KerasTensors are described with a window of another length than the frames.

Exit status: 0 once they are refused, 1 while they are described. Seen with keras 3.15.1.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

window = np.ones(5, np.float32)
x, parts = keras.KerasTensor((1, 12)), (keras.KerasTensor((1, 4, 3)), keras.KerasTensor((1, 4, 3)))
refused = ""
try:
    keras.ops.stft(np.ones((1, 12), np.float32), 4, 2, 4, window=window)
except ValueError as error:
    refused = str(error)
assert "must be equal to [sequence_length]" in refused, "control: the call is refused"
described = {}
for name, call in {"stft": keras.ops.stft, "istft": keras.ops.istft}.items():
    try:
        result = call(x if name == "stft" else parts, 4, 2, 4, window=window)
    except ValueError:
        continue
    described[name] = tuple((result[0] if name == "stft" else result).shape)
assert not described, f"a window of 5 for frames of 4 is described: {described}"
