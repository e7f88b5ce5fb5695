"""Short sequences through one recurrent layer, forward in time: (steps, batch, inputs) to (steps, batch, units).

A long short-term memory gives the last cell state behind the states of all steps. One bias; gates in the operator's order (``formulas``).
"""

from __future__ import annotations

from typing import List, Optional

from harness.case import Case
from harness.operators.formula import Formulas
from harness.operators.recurrent.cells import CELL, INTERPRETED, OUTSIDE_GRAPHS, recurrent, with_activation
from harness.operators.recurrent.formulas import entry, gru_step, lstm_step, rnn_step, shapes_fit, stack, steps
from harness.operators.tracked import Tracked

Maybe = Optional[Tracked]


def rnn_sequence(x: Tracked, h: Tracked, w: Tracked, u: Tracked, b: Maybe, *, activation: str) -> Tracked:
    """Every step's state."""
    states: List[Tracked] = []
    for t, (kernel, recurrent_kernel) in enumerate(zip(steps(w, x.shape[0]), steps(u, x.shape[0]))):
        h = rnn_step(entry(x, t), h, kernel, recurrent_kernel, (b,), activation)
        states.append(h)
    return stack(states)


def lstm_sequence(x: Tracked, h: Tracked, c: Tracked, w: Tracked, u: Tracked, b: Maybe) -> Tracked:
    """Every step's state, then the last cell state."""
    states: List[Tracked] = []
    for t, (kernel, recurrent_kernel) in enumerate(zip(steps(w, x.shape[0]), steps(u, x.shape[0]))):
        h, c = lstm_step(entry(x, t), h, c, kernel, recurrent_kernel, (b,))
        states.append(h)
    return stack([*states, c])


def gru_sequence(x: Tracked, h: Tracked, w: Tracked, u: Tracked, b: Maybe, d: Maybe, *, reset: str) -> Tracked:
    """Every step's state."""
    states: List[Tracked] = []
    for t, (kernel, recurrent_kernel) in enumerate(zip(steps(w, x.shape[0]), steps(u, x.shape[0]))):
        h = gru_step(entry(x, t), h, kernel, recurrent_kernel, b, d, reset)
        states.append(h)
    return stack(states)


SEQUENCE = {**CELL, "x": "tbi"}

rnn = recurrent(
    "rnn",
    "x h w u b",
    Formulas({"": rnn_sequence}, shapes_fit({"x": "tbi", "h": "bv", "w": "vi", "u": "vv", "b": "v"})),
    {},
    gates=1,
    sequence=True,
    biases=((), ("b",)),
    parameters=(("activation", ("tanh", "relu")),),
    summary="a simple recurrent layer",
)
lstm = recurrent(
    "lstm",
    "x h c w u b",
    Formulas({"": lstm_sequence}, shapes_fit(SEQUENCE)),
    {},
    gates=4,
    sequence=True,
    memory=True,
    biases=((), ("b",)),
    summary="a layer of long short-term memory",
)
gru = recurrent(
    "gru",
    "x h w u b d",
    Formulas({"": gru_sequence}, shapes_fit({n: axes.replace("4", "3") for n, axes in SEQUENCE.items() if n != "c"})),
    {},
    gates=3,
    sequence=True,
    biases=((), ("b", "d")),
    parameters=(("reset", ("after", "before")),),
    summary="a layer of gated recurrent units",
)


@rnn.call("torch", when=with_activation("tanh"), composed=True)
def _(torch, x, h, w, u, b):
    weights = [w, u] if b is None else [w, u, b, torch.zeros_like(b)]
    return torch.rnn_tanh(x, h[None], weights, b is not None, 1, 0.0, False, False, False)[0]


@rnn.call("torch", when=with_activation("relu"), composed=True)
def _(torch, x, h, w, u, b):
    weights = [w, u] if b is None else [w, u, b, torch.zeros_like(b)]
    return torch.rnn_relu(x, h[None], weights, b is not None, 1, 0.0, False, False, False)[0]


@rnn.call("keras", modes=OUTSIDE_GRAPHS, composed=True)
def _(keras, x, h, w, u, b, *, activation):
    layer = keras.layers.SimpleRNN(
        u.shape[0], activation, use_bias=b is not None, kernel_initializer="zeros", recurrent_initializer="zeros",
        return_sequences=True, dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    x = keras.ops.transpose(x, [1, 0, 2])
    layer.build((x.shape[0], x.shape[1], w.shape[-1]))
    if keras.backend.is_keras_tensor(x):
        return keras.ops.transpose(layer(x, initial_state=[h]), [1, 0, 2])
    weights = [keras.ops.transpose(w), keras.ops.transpose(u)] + ([] if b is None else [b])
    y = layer.stateless_call(weights, layer.non_trainable_variables, x, initial_state=[h])[0]
    return keras.ops.transpose(y, [1, 0, 2])


@lstm.call("torch", composed=True)
def _(torch, x, h, c, w, u, b):
    weights = [w.reshape(-1, w.shape[-1]), u.reshape(-1, u.shape[-1])]
    weights += [] if b is None else [b.reshape(-1), torch.zeros_like(b).reshape(-1)]
    y, _, last = torch.lstm(x, (h[None], c[None]), weights, b is not None, 1, 0.0, False, False, False)
    return torch.cat([y, last])


@lstm.call("keras", modes=OUTSIDE_GRAPHS, composed=True)
def _(keras, x, h, c, w, u, b):
    layer = keras.layers.LSTM(
        u.shape[1], use_bias=b is not None, kernel_initializer="zeros", recurrent_initializer="zeros",
        return_sequences=True, return_state=True, dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    x = keras.ops.transpose(x, [1, 0, 2])
    layer.build((x.shape[0], x.shape[1], w.shape[-1]))
    if keras.backend.is_keras_tensor(x):
        y, _, last = layer(x, initial_state=[h, c])
    else:
        weights = [keras.ops.transpose(keras.ops.reshape(each, [-1, each.shape[-1]])) for each in (w, u)]
        weights += [] if b is None else [keras.ops.reshape(b, [-1])]
        y, _, last = layer.stateless_call(weights, layer.non_trainable_variables, x, initial_state=[h, c])[0]
    return keras.ops.concatenate([keras.ops.transpose(y, [1, 0, 2]), last[None]])


@lstm.call("tensorflow", when=lambda case: case.dtype in ("float16", "float32"), modes=INTERPRETED, composed=True)
def _(tf, x, h, c, w, u, b):
    units = u.shape[1]
    kernel = tf.transpose(tf.reshape(tf.concat([w, u], 2), [4 * units, -1]))
    zeros = tf.zeros([units], x.dtype)
    bias = tf.zeros([4 * units], x.dtype) if b is None else tf.reshape(b, [-1])
    y = tf.raw_ops.BlockLSTMV2(
        seq_len_max=tf.constant(x.shape[0], tf.int64), x=x, cs_prev=c, h_prev=h, w=kernel, wci=zeros, wcf=zeros, wco=zeros,
        b=bias, cell_clip=-1.0,
    )  # fmt: skip
    return tf.concat([y.h, y.cs[-1:]], 0)


@lstm.call("jax", composed=True)
def _(jax, x, h, c, w, u, b):
    from jax.experimental import rnn

    weights = w.reshape(-1, w.shape[-1]), u.reshape(-1, u.shape[-1])
    zeros = jax.numpy.zeros(weights[0].shape[:1], x.dtype)
    lengths = jax.numpy.full(x.shape[1:2], x.shape[0], "int32")
    y, _, last = rnn.lstm_ref(
        x.transpose(1, 0, 2), h[None], c[None], {0: weights[0]}, {0: weights[1]},
        {0: zeros if b is None else b.reshape(-1)}, {0: zeros}, lengths, w.shape[-1], u.shape[-1], 1, 0.0, False,
    )  # fmt: skip
    return jax.numpy.concatenate([y.transpose(1, 0, 2), last])


@gru.call("torch", when=lambda case: case.parameters["reset"] == "after", composed=True)
def _(torch, x, h, w, u, b, d):
    weights = [w.reshape(-1, w.shape[-1]), u.reshape(-1, u.shape[-1])]
    weights += [] if b is None else [b.reshape(-1), d.reshape(-1)]
    return torch.gru(x, h[None], weights, b is not None, 1, 0.0, False, False, False)[0]


def pair_of_biases(case: Case) -> bool:
    """Whether there are as many biases as Keras' layer wants: two with the reset gate after the product, else one at most."""
    return bool(case.parameters["reset"] == "before" or ("b" in case.inputs) == ("d" in case.inputs))


@gru.call("keras", when=pair_of_biases, modes=OUTSIDE_GRAPHS, composed=True)
def _(keras, x, h, w, u, b, d, *, reset):
    layer = keras.layers.GRU(
        u.shape[1], use_bias=b is not None, reset_after=reset == "after", kernel_initializer="zeros",
        recurrent_initializer="zeros", return_sequences=True, dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    x = keras.ops.transpose(x, [1, 0, 2])
    layer.build((x.shape[0], x.shape[1], w.shape[-1]))
    if keras.backend.is_keras_tensor(x):
        return keras.ops.transpose(layer(x, initial_state=[h]), [1, 0, 2])
    order = [1, 0, 2]
    swapped = [keras.ops.take(each, order, axis=0) for each in (w, u)]
    weights = [keras.ops.transpose(keras.ops.reshape(each, [-1, each.shape[-1]])) for each in swapped]
    biases = [keras.ops.reshape(keras.ops.take(each, order, axis=0), [-1]) for each in (b, d) if each is not None]
    weights += [keras.ops.stack(biases)] if len(biases) == 2 else biases
    y = layer.stateless_call(weights, layer.non_trainable_variables, x, initial_state=[h])[0]
    return keras.ops.transpose(y, [1, 0, 2])
