"""TensorFlow, XLA: `depth_to_space` with a block of 2^31 - 1 ends the process.

Exit status: 0 once the call is refused, 1 while the process dies. Seen with tensorflow-cpu 2.21.0: SIGSEGV. Eager and graph refuse it:
"Block size should be > 1 and <= 46340".
"""

import os
import subprocess
import sys

CALL = """
import tensorflow as tf
function = tf.function(lambda x: tf.nn.depth_to_space(x, 2**31 - 1), {})
try:
    function(tf.ones((1, 3, 5, 4)))
except (ValueError, tf.errors.InvalidArgumentError):
    pass
"""


def status(options):
    """Exit status of a process that makes the call; negative: the signal that ended it."""
    quiet = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run([sys.executable, "-c", CALL.format(options)], env=quiet, capture_output=True).returncode


assert status("") == 0, "control: graph"
compiled = status("jit_compile=True")
assert compiled == 0, f"signal {-compiled}"
