"""Recurrent cells by the names of their functions alone: weights as one matrix of all gates, the rest as the framework has it by default.

Frameworks disagree about the order of the gates in the matrix, about the forget gate's bias and the cell's range, and about the
place of the reset gate: conventions.
"""

from __future__ import annotations

from typing import Callable, Dict, Optional, Sequence, Tuple

import numpy as np

from harness.case import VALUE, Case
from harness.meaning import Rule
from harness.operators.formula import Formula, Formulas, Verdict
from harness.operators.recurrent.cells import INTERPRETED, OUTSIDE_GRAPHS, recurrent
from harness.operators.recurrent.formulas import gates, gru_step, lstm_step, shapes_fit, stack
from harness.operators.tracked import Tracked, moveaxis, reshape
from harness.plain import ask

Maybe = Optional[Tracked]


def split(kernel: Tracked, order: Sequence[int]) -> Tracked:
    """The matrix (n, gates * units) as (gates, units, n), the gates taken in an order."""
    n, count = kernel.shape[0], len(order)
    own = reshape(kernel, (n, count, kernel.shape[1] // count))
    parts = gates(moveaxis(own, 1, 0))
    return stack([moveaxis(parts[i], 0, 1) for i in order])


def split_bias(bias: Maybe, order: Sequence[int]) -> Maybe:
    """The vector of all gates as (gates, units), the gates taken in an order."""
    if bias is None:
        return None
    parts = gates(reshape(bias, (len(order), bias.shape[0] // len(order))))
    return stack([parts[i] for i in order])


def lstm_by(order: Tuple[int, ...], forget: str = "", most: float = np.inf) -> Formula:
    """A long short-term memory whose matrices hold input, forget, candidate and output gate at these places.

    1 is added to the forget gate where ``forget`` says always, or default and no bias is given.
    """

    def lstm(x: Tracked, h: Tracked, c: Tracked, w: Tracked, u: Tracked, b: Maybe, d: Maybe) -> Tracked:
        biases = [split_bias(each, order) for each in (b, d)]
        if forget == "always" or (forget == "default" and b is None):
            one = np.zeros((4, h.shape[1]), h.value.dtype)
            one[1] = 1
            biases.append(h.like(one))
        return stack(lstm_step(x, h, c, split(w, order), split(u, order), biases, most=most))

    return lstm


def gru_by(order: Tuple[int, ...], reset: str) -> Formula:
    """A gated recurrent unit whose matrices hold reset, update and candidate at these places."""

    def gru(x: Tracked, h: Tracked, w: Tracked, u: Tracked, b: Maybe, d: Maybe) -> Tracked:
        biases = [split_bias(each, order) for each in (b, d)]
        return gru_step(x, h, split(w, order), split(u, order), biases[0], biases[1], reset)

    return gru


def whole_gates(count: int, axes: Dict[str, str]) -> Callable[[Case], Verdict]:
    """``shapes_fit``, and the matrices have a whole number of units per gate, as many as the state."""
    fits = shapes_fit(axes)

    def check(case: Case) -> Verdict:
        columns, units = case.inputs["w"].shape[-1:], case.inputs["h"].shape[-1:]
        verdict = fits(case)
        if verdict is None and columns[0] != count * units[0]:
            return Rule.REFUSE, f"w of shape {case.inputs['w'].shape}: must have {count} columns per unit"
        return verdict

    return check


TORCH_LSTM, KERAS_LSTM = "i f g o", "i f g o, default forget bias 1"
BLOCK_LSTM = "i g f o, forget bias 1, cell within 3"
TORCH_GRU, KERAS_GRU, BLOCK_GRU = "r z n, reset after", "z r n, reset after", "r z n, reset before"

LSTMS = {TORCH_LSTM: lstm_by((0, 1, 2, 3)), KERAS_LSTM: lstm_by((0, 1, 2, 3), "default")}

lstm = recurrent(
    "lstm_cell:nominal",
    "x h c w u b d",
    Formulas(
        {**LSTMS, BLOCK_LSTM: lstm_by((0, 2, 1, 3), "always", 3.0)},
        whole_gates(4, {"x": "bi", "h": "bu", "c": "bu", "w": "ik", "u": "uk", "b": "k", "d": "k"}),
        kinks=LSTMS,
    ),
    {
        "torch": ask(
            "torch.stack(torch.lstm_cell(x, (h, c), w.T, u.T, b, d))", convention=lambda case: TORCH_LSTM, composed=True
        ),
    },
    gates=4,
    memory=True,
    flat=True,
    summary="one step of a long short-term memory by its name, matrices and biases",
)
gru = recurrent(
    "gru_cell:nominal",
    "x h w u b d",
    Formulas(
        {
            TORCH_GRU: gru_by((0, 1, 2), "after"),
            KERAS_GRU: gru_by((1, 0, 2), "after"),
            BLOCK_GRU: gru_by((0, 1, 2), "before"),
        },
        whole_gates(3, {"x": "bi", "h": "bu", "w": "ik", "u": "uk", "b": "k", "d": "k"}),
    ),
    {
        "torch": ask("torch.gru_cell(x, h, w.T, u.T, b, d)", convention=lambda case: TORCH_GRU, composed=True),
    },
    gates=3,
    flat=True,
    summary="one step of a gated recurrent unit by its name, matrices and biases",
)


def one_bias(case: Case) -> bool:
    """Whether the case has one bias at most, as all cells but torch's and Keras' GRU have."""
    return "d" not in case.inputs


@lstm.call("keras", when=one_bias, modes=OUTSIDE_GRAPHS, convention=lambda case: KERAS_LSTM, composed=True)
def _(keras, x, h, c, w, u, b, d):
    """The cell's own bias is what its initialisers make where none is given: unit_forget_bias is the default."""
    cell = keras.layers.LSTMCell(
        u.shape[0],
        kernel_initializer="zeros",
        recurrent_initializer="zeros",
        dtype=keras.backend.standardize_dtype(x.dtype),
    )
    cell.build((x.shape[0], w.shape[0]))
    if keras.backend.is_keras_tensor(x):
        return keras.ops.stack(cell(x, [h, c])[1])
    weights = [w, u, cell.bias.value if b is None else b]
    return keras.ops.stack(cell.stateless_call(weights, cell.non_trainable_variables, x, [h, c])[0][1])


def value_of(*dtypes: str) -> Callable[[Case], bool]:
    """The condition that TensorFlow's block cells can say a case: its value in one of the dtypes, with one bias at most."""
    return lambda case: case.quantity == VALUE and case.dtype in dtypes and one_bias(case)


@lstm.call(
    "tensorflow",
    when=value_of("float16", "float32"),
    modes=INTERPRETED,
    convention=lambda case: BLOCK_LSTM,
    composed=True,
)
def _(tf, x, h, c, w, u, b, d):
    none = tf.zeros(u.shape[:1], x.dtype)
    bias = tf.zeros(w.shape[1:], x.dtype) if b is None else b
    y = tf.raw_ops.LSTMBlockCell(x=x, cs_prev=c, h_prev=h, w=tf.concat([w, u], 0), wci=none, wcf=none, wco=none, b=bias)
    return tf.stack([y.h, y.cs])


@gru.call("keras", modes=OUTSIDE_GRAPHS, convention=lambda case: KERAS_GRU, composed=True)
def _(keras, x, h, w, u, b, d):
    cell = keras.layers.GRUCell(
        u.shape[0],
        kernel_initializer="zeros",
        recurrent_initializer="zeros",
        dtype=keras.backend.standardize_dtype(x.dtype),
    )
    cell.build((x.shape[0], w.shape[0]))
    if keras.backend.is_keras_tensor(x):
        return cell(x, [h])[0]
    biases = [keras.ops.zeros_like(w[0]) if each is None else each for each in (b, d)]
    weights = [w, u, keras.ops.stack(biases)]
    return cell.stateless_call(weights, cell.non_trainable_variables, x, [h])[0][0]


@gru.call("tensorflow", when=value_of("float32"), modes=INTERPRETED, convention=lambda case: BLOCK_GRU, composed=True)
def _(tf, x, h, w, u, b, d):
    units, kernel = u.shape[0], tf.concat([w, u], 0)
    bias = tf.zeros(w.shape[1:]) if b is None else b
    y = tf.raw_ops.GRUBlockCell(
        x=x,
        h_prev=h,
        w_ru=kernel[:, : 2 * units],
        w_c=kernel[:, 2 * units :],
        b_ru=bias[: 2 * units],
        b_c=bias[2 * units :],
    )
    return y.h
