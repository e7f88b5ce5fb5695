"""TensorFlow with oneDNN: a transposed convolution into -1 elements ends the process.

Exit status: 0 once the call raises, 1 while the process dies. Seen with tensorflow 2.21.0. Without oneDNN it raises.
"""

import os
import subprocess
import sys

CALL = """
import tensorflow as tf
try:
    tf.nn.conv1d_transpose(tf.ones([1, 1, 1]), tf.ones([1, 1, 1]), [1, {}, 1], 1, "VALID")
except (ValueError, tf.errors.InvalidArgumentError):
    raise SystemExit(3)
"""


def ending(length, onednn):
    """How the process of a call ends: 3 where it raises, 0 where it returns, the number of a signal below zero."""
    environment = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": onednn, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-I", "-c", CALL.format(length)]
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode


assert ending(1, "1") == 0, "control: one element"
assert ending(-1, "0") == 3, f"control: oneDNN off: {ending(-1, '0')}"
found = {length: ending(length, "1") for length in (-1, -2)}
assert set(found.values()) == {3}, f"the process ends with {found}; expected an exception"
