"""TensorFlow: the static shape of LSTMBlockCell takes a state without a batch, or a kernel of the wrong height.

Exit status: 0 once tf.function's tracing refuses them as the kernel does, 1 while it describes them. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf


def cell(x, h, c, w):
    zeros = tf.zeros([c.shape[-1]])
    return tf.raw_ops.LSTMBlockCell(
        x=x, cs_prev=c, h_prev=h, w=w, wci=zeros, wcf=zeros, wco=zeros, b=tf.zeros([4 * c.shape[-1]])
    ).h


def refuses(call):
    try:
        call()
    except (ValueError, tf.errors.InvalidArgumentError):
        return True
    return False


right = {"x": (2, 3), "h": (2, 5), "c": (2, 5), "w": (8, 20)}
wrong = {"h of one axis": {"h": (5,)}, "w of seven rows": {"w": (7, 20)}}
assert cell(*map(tf.ones, right.values())).shape == (2, 5), "control: shapes that fit"
described = []
for name, change in wrong.items():
    shapes = list({**right, **change}.values())
    assert refuses(lambda shapes=shapes: cell(*map(tf.ones, shapes))), f"control: {name} is computed"
    specs = [tf.TensorSpec(shape) for shape in shapes]
    if not refuses(lambda specs=specs: tf.function(cell).get_concrete_function(*specs)):
        described.append(name)
assert not described, f"described: {described}; expected refusals"
