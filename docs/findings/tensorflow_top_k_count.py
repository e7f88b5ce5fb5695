"""TensorFlow: top_k takes its k modulo 2**32.

Exit status: 0 once the call is refused, 1 while it returns. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf


def top(k):
    """The k largest of four elements. None: refused."""
    try:
        return tf.math.top_k(tf.constant([1.0, 2.0, 3.0, 4.0]), k=tf.constant(k, tf.int64)).values.numpy().tolist()
    except tf.errors.InvalidArgumentError:
        return None


assert top(2) == [4, 3], "control: two"
assert top(5) is None, "control: more than there are"
found = top(2**32 + 2)
assert found is None, f"k = 2**32 + 2 of four elements returns {found}; expected a refusal"
