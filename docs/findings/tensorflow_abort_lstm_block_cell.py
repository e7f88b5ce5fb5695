"""TensorFlow, CPU: LSTMBlockCell with a state of one axis that is as long as the batch ends the process.

Exit status: 0 once the call raises, 1 while the process dies. Seen with tensorflow-cpu 2.21.0.
"""

import os
import subprocess
import sys

CALL = """
import tensorflow as tf

zeros = tf.zeros([5])
try:
    tf.raw_ops.LSTMBlockCell(
        x=tf.ones([2, 3]), cs_prev=tf.ones([2, 5]), h_prev=tf.ones({}), w=tf.ones([8, 20]),
        wci=zeros, wcf=zeros, wco=zeros, b=tf.zeros([20]),
    )
    print("computed")
except (ValueError, tf.errors.InvalidArgumentError):
    print("refused")
"""


def outcome(shape):
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-I", "-c", CALL.format(shape)]
    child = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert child.returncode <= 0, f"control: {child.stderr}"
    return f"died of signal {-child.returncode}" if child.returncode else child.stdout.strip()


found = {str(shape): outcome(shape) for shape in ([2, 5], [5], [2])}
assert found["[2, 5]"] == "computed", f"control: a state that fits is {found['[2, 5]']}"
assert found["[5]"] == "refused", f"control: a state of the shape (5,) is {found['[5]']}"
assert found["[2]"] == "refused", f"a state of the shape (2,): {found['[2]']}"
