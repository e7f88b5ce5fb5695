"""TensorFlow: the gradients of avg_pool and max_pool of a volume raise AttributeError without data_format.

Exit status: 0 once they are computed, 1 while they raise. Seen with tensorflow-cpu 2.21.0. The default is documented: "NDHWC".
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf


def gradient(pool, shape, **options):
    x = tf.ones(shape)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = pool(x, 2, 2, "VALID", **options)
    return tape.gradient(y, x).numpy().ravel().tolist()


volume = (1, 2, 2, 2, 1)
assert gradient(tf.nn.avg_pool, (1, 2, 2, 1)) == [1 / 4] * 4, "control: an image"
assert gradient(tf.nn.avg_pool3d, volume) == [1 / 8] * 8, "control: avg_pool3d"
assert gradient(tf.nn.avg_pool, volume, data_format="NDHWC") == [1 / 8] * 8, "control: the default, written out"
failed = {}
for pool in (tf.nn.avg_pool, tf.nn.max_pool):
    try:
        gradient(pool, volume)
    except AttributeError as error:
        failed[pool.__name__] = str(error)
assert not failed, failed
