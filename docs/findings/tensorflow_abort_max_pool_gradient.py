"""TensorFlow with oneDNN, CPU: in a graph the gradient of a max pooling of an empty batch ends the process.

Exit status: 0 once the gradients have the shape of the input, 1 while a process dies. Seen with tensorflow-cpu 2.21.0; without
tf.function, with TF_ENABLE_ONEDNN_OPTS=0, in float64, and of an average, the gradient is empty, as it should be.
"""

import os
import subprocess
import sys

GRADIENT = """
import tensorflow as tf

def gradient(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.{}(x, 2, 2, "VALID")
    return tape.gradient(y, x)

x = tf.zeros((0, 4, 4, 2), tf.{})
assert gradient(x).shape == x.shape, "without a graph"
assert tf.function(gradient)(x).shape == x.shape
"""


def run(pool, dtype="float32", onednn="1"):
    """The exit status of a process that differentiates the pooling of an empty batch."""
    quiet = {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": onednn}
    program = GRADIENT.format(pool, dtype)
    environment = {**os.environ, **quiet}
    return subprocess.run([sys.executable, "-I", "-c", program], env=environment, capture_output=True).returncode


assert run("avg_pool2d") == 0, "control: the gradient of an average"
assert run("max_pool2d", "float64") == 0, "control: float64"
assert run("max_pool2d", onednn="0") == 0, "control: without oneDNN"
status = run("max_pool2d")
assert status in (0, -6), f"control: exit status {status}"
assert not status, f"max_pool2d: died of signal {-status}"
