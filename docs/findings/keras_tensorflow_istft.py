"""Keras on TensorFlow: istft of what stft returned does not give back the ends of the signal where frames overlap by more than a half.

Exit status: 0 once the signal is given back, 1 while it is not. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

x = np.cos(np.arange(33, dtype=np.float32))[None]
for stride in (4, 2):
    spectra = keras.ops.stft(x, 8, stride, 8, window="hamming")
    y = np.asarray(keras.ops.istft(spectra, 8, stride, 8, window="hamming"))
    error = float(np.abs(y - x[:, : y.shape[1]]).max())
    inner = float(np.abs(y - x[:, : y.shape[1]])[:, 4:-4].max())
    assert inner < 1e-5, f"control: frames of 8, a stride of {stride}, away from the ends"
    control = "control: " if stride == 4 else ""
    assert error < 1e-5, f"{control}frames of 8, a stride of {stride}: off by {error:.2g} at the ends"
