"""TensorFlow with oneDNN, CPU: max pooling with a window longer than the input ends the process.

Exit status: 0 once the calls return an empty result or raise, 1 while the process dies. Seen with tensorflow-cpu 2.21.0 and keras 3.15.1;
with TF_ENABLE_ONEDNN_OPTS=0, and in float64, the first call returns the shape (1, 0, 1), as tf.nn.avg_pool1d does. The adaptive pooling
of one element to one element is that element.
"""

import os
import subprocess
import sys

POOL = """
import tensorflow as tf
try:
    tf.nn.{}(tf.ones((1, 1, 1)), 2, 1, "VALID")
except tf.errors.InvalidArgumentError:
    pass
"""
ADAPTIVE = """
import keras, numpy as np
y = keras.ops.adaptive_max_pool(np.ones((1, 1, 1), "float32"), (1,), "channels_first")
assert keras.ops.convert_to_numpy(y).tolist() == [[[1.0]]]
"""

environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
died = []
for call, label in (
    (POOL.format("avg_pool1d"), "control: avg_pool1d"),
    (POOL.format("max_pool1d"), "max_pool1d"),
    (ADAPTIVE, "keras.ops.adaptive_max_pool"),
):
    child = subprocess.run([sys.executable, "-I", "-c", call], env=environment, capture_output=True, text=True)
    if child.returncode < 0:
        died.append(f"{label}: signal {-child.returncode}")
    else:
        assert child.returncode == 0, f"control: {label}: {child.stderr[-2000:]}"
assert not died, f"the process died: {died}"
