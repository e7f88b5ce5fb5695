"""TensorFlow with oneDNN, CPU: a dilation above 2**31 - 1 ends the process.

Exit status: 0 once the call returns or raises, 1 while the process dies. Seen with tensorflow-cpu 2.21.0; with
TF_ENABLE_ONEDNN_OPTS=0 in the environment the call raises InvalidArgumentError.
"""

import os
import subprocess
import sys

CALL = """
import tensorflow as tf
try:
    tf.nn.conv2d(tf.ones((1, 4, 4, 1)), tf.ones((1, 1, 1, 1)), 1, "VALID", dilations=2**31 + 1)
except tf.errors.InvalidArgumentError:
    pass
"""

environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
child = subprocess.run([sys.executable, "-I", "-c", CALL], env=environment, capture_output=True, text=True)
assert child.returncode >= 0, f"died of signal {-child.returncode}: {child.stderr[-4000:]}"
assert child.returncode == 0, child.stderr
