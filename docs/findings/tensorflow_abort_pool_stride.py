"""TensorFlow with oneDNN, CPU: a stride of max_pool2d above 2**31 - 1 ends the process.

Exit status: 0 once the call returns or raises, 1 while the process dies. Seen with tensorflow-cpu 2.21.0.
"""

import os
import subprocess
import sys

CALL = """
import tensorflow as tf
try:
    tf.nn.max_pool2d(tf.ones((1, 4, 4, 1)), 2, ({}, 1), "SAME")
except (OverflowError, ValueError, tf.errors.InvalidArgumentError):
    pass
"""


def died(stride, onednn):
    environment = {
        **os.environ,
        "CUDA_VISIBLE_DEVICES": "",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": onednn,
    }
    command = [sys.executable, "-I", "-c", CALL.format(stride)]
    child = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert child.returncode <= 0, f"control: {child.stderr}"
    return -child.returncode


assert died(2**31 - 1, "1") == 0, "control: 2**31 - 1"
assert died(2**31, "0") == 0, "control: without oneDNN"
assert died(2**31, "1") == 0, f"2**31: died of signal {died(2**31, '1')}"
