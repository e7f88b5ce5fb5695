"""Keras: sparse_categorical_crossentropy of bfloat16 scores ignores a neighbour of ignore_class as well.

Exit status: 0 once the loss is right, 1 while it is wrong. Seen with keras 3.15.1, here on torch. Of 300 equal scores every class has the
loss log 300 = 5.7; the class 257 is to be ignored, which no bfloat16 number is (256, 258).
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

target = np.array([256, 257, 258])
for dtype in ("float32", "bfloat16"):
    scores = keras.ops.zeros((3, 300), dtype=dtype)
    loss = keras.losses.sparse_categorical_crossentropy(target, scores, from_logits=True, ignore_class=257)
    found = [float(each) for each in loss]
    label = "control: float32" if dtype == "float32" else dtype
    assert np.allclose(found, [np.log(300), 0, np.log(300)], rtol=0.01), (
        f"{label}: {found}; only the second is to be ignored"
    )
