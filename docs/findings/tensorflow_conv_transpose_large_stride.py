"""TensorFlow with oneDNN, CPU: conv2d_transpose with a large stride along the width ends the process.

Exit status: 0 once the call returns, 1 while the process dies. Seen with tensorflow-cpu 2.21.0 and one thread; float64,
TF_ENABLE_ONEDNN_OPTS=0 and the same stride along the height are right at once.
"""

import os
import subprocess
import sys

CALL = """
import sys
import tensorflow as tf
height, width, dtype = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
x, w = tf.ones((1, 1, 1, 1), dtype), tf.ones((1, 2, 1, 1) if width > 1 else (2, 1, 1, 1), dtype)
y = tf.nn.conv2d_transpose(x, w, (1, *w.shape[:2], 1), (height, width), "VALID")
assert y.numpy().ravel().tolist() == [1, 1], y
"""

environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_NUM_INTRAOP_THREADS": "1"}
for height, width, dtype, words in (
    (1, 2**20, "float64", "control: float64"),
    (2**20, 1, "float32", "control: height"),
    (1, 2**20, "float32", "width"),
):
    command = [sys.executable, "-I", "-c", CALL, str(height), str(width), dtype]
    child = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert child.returncode >= 0, f"{words}: died of signal {-child.returncode}"
    assert child.returncode == 0, f"{words}: {child.stderr}"
