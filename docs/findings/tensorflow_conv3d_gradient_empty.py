"""TensorFlow, CPU: the gradient of a strided conv3d whose result is empty ends the process.

Exit status: 0 once the call returns or raises, 1 while the process dies. Seen with tensorflow-cpu 2.21.0, float64 and
float16 (float32 with TF_ENABLE_ONEDNN_OPTS=0). With stride 1 the same call returns zeros.
"""

import os
import subprocess
import sys

CALL = """
import sys
import tensorflow as tf
x, w = tf.ones((1, 1, 1, 1, 1), tf.float64), tf.ones((1, 1, 2, 1, 1), tf.float64)
with tf.GradientTape() as tape:
    tape.watch([x, w])
    y = tf.nn.conv3d(x, w, [1, *[int(sys.argv[1])] * 3, 1], "VALID")
assert y.shape == (1, 1, 1, 0, 1), y.shape
try:
    gradients = tape.gradient(y, [x, w])
except tf.errors.InvalidArgumentError:
    pass
else:
    assert not any(gradient.numpy().any() for gradient in gradients), gradients
"""

environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
for stride, words in ((1, "control: stride 1"), (2, "stride 2")):
    command = [sys.executable, "-I", "-c", CALL, str(stride)]
    child = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert child.returncode >= 0, f"{words}: died of signal {-child.returncode}"
    assert child.returncode == 0, f"{words}: {child.stderr}"
