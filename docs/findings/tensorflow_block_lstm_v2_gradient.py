"""TensorFlow: the gradient of tf.raw_ops.BlockLSTMV2 is that of another order of gates.

Exit status: 0 once the gradient is right, 1 while it is wrong. Seen with TensorFlow 2.21.0. One step of one unit from the state 0, with the
input 1, and the weights 0 for the gates i, f and o and 1 for the candidate: c = sigmoid(0) tanh(1).
BlockLSTMV2 documents the order i, f, c, o, the older BlockLSTM i, c, f, o.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

zero, state = tf.zeros([1]), tf.zeros([1, 1])
weights = tf.constant([[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]])


def cell_state(w):
    """c of one step; w holds the gates' weights of the input in the first row, of the state in the second."""
    return tf.raw_ops.BlockLSTMV2(
        seq_len_max=tf.constant(1, tf.int64), x=tf.ones([1, 1, 1]), cs_prev=state, h_prev=state, w=w, wci=zero, wcf=zero, wco=zero,
        b=tf.zeros([4]), cell_clip=-1.0,
    ).cs  # fmt: skip


found = float(cell_state(weights)[0, 0, 0])
assert np.isclose(found, np.tanh(1) / 2), f"control: the third column is the candidate's: c is {found}"
with tf.GradientTape() as tape:
    tape.watch(weights)
    c = cell_state(weights)
gradient = tape.gradient(c, weights).numpy()[0]
# By i: tanh(1) sigmoid'(0); by f and o nothing, as the state is 0; by the candidate half of tanh'(1).
expected = [np.tanh(1) / 4, 0, (1 - np.tanh(1) ** 2) / 2, 0]
assert np.allclose(gradient, expected, atol=1e-6), (
    f"the gradient by the gates i, f, c, o is {gradient}; expected {expected}"
)
