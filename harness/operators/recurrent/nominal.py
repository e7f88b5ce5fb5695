"""Recurrent cells by the names of their functions alone: weights as one matrix of all gates, the rest as the framework has it by default.

Frameworks disagree about the order of the gates in the matrix, about the forget gate's bias and the cell's range, and about the
place of the reset gate: conventions.
"""

from __future__ import annotations

from typing import Callable, Dict, Sequence, Tuple

import numpy as np

from harness.case import VALUE, Case
from harness.meaning import Rule
from harness.operators.formula import Formula, Formulas, Verdict
from harness.operators.recurrent.cells import INTERPRETED, OUTSIDE_GRAPHS, recurrent
from harness.operators.recurrent.formulas import gates, gru_step, lstm_step, shapes_fit, stack
from harness.operators.tracked import Tracked, moveaxis, reshape
from harness.plain import ask


def split(kernel: Tracked, order: Sequence[int]) -> Tracked:
    """The matrix (n, gates * units) as (gates, units, n), the gates taken in an order."""
    n, count = kernel.shape[0], len(order)
    own = reshape(kernel, (n, count, kernel.shape[1] // count))
    parts = gates(moveaxis(own, 1, 0))
    return stack([moveaxis(parts[i], 0, 1) for i in order])


def lstm_by(order: Tuple[int, ...]) -> Formula:
    """A long short-term memory whose matrices hold input, forget, candidate and output gate at these places."""

    def lstm(x: Tracked, h: Tracked, c: Tracked, w: Tracked, u: Tracked) -> Tracked:
        return stack(lstm_step(x, h, c, split(w, order), split(u, order)))

    return lstm


def block_lstm(x: Tracked, h: Tracked, c: Tracked, w: Tracked, u: Tracked) -> Tracked:
    """Input, candidate, forget, output; 1 is added to the forget gate, and the new cell state is kept within 3."""
    order = (0, 2, 1, 3)
    forget = np.zeros((4, h.shape[1]), h.value.dtype)
    forget[1] = 1
    return stack(lstm_step(x, h, c, split(w, order), split(u, order), (h.like(forget),), most=3.0))


def gru_by(order: Tuple[int, ...], reset: str) -> Formula:
    """A gated recurrent unit whose matrices hold reset, update and candidate at these places."""

    def gru(x: Tracked, h: Tracked, w: Tracked, u: Tracked) -> Tracked:
        return gru_step(x, h, split(w, order), split(u, order), reset=reset)

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


TORCH_LSTM, BLOCK_LSTM = "i f g o", "i g f o, forget bias 1, cell within 3"
TORCH_GRU, KERAS_GRU, BLOCK_GRU = "r z n, reset after", "z r n, reset after", "r z n, reset before"

lstm = recurrent(
    "lstm_cell:nominal",
    "x h c w u",
    Formulas(
        {TORCH_LSTM: lstm_by((0, 1, 2, 3)), BLOCK_LSTM: block_lstm},
        whole_gates(4, {"x": "bi", "h": "bu", "c": "bu", "w": "ik", "u": "uk"}),
        kinks={TORCH_LSTM: lstm_by((0, 1, 2, 3))},
    ),
    {
        "torch": ask(
            "torch.stack(torch.lstm_cell(x, (h, c), w.T, u.T))", convention=lambda case: TORCH_LSTM, composed=True
        ),
    },
    gates=4,
    memory=True,
    biases=((),),
    flat=True,
    summary="one step of a long short-term memory by its name and matrices",
)
gru = recurrent(
    "gru_cell:nominal",
    "x h w u",
    Formulas(
        {
            TORCH_GRU: gru_by((0, 1, 2), "after"),
            KERAS_GRU: gru_by((1, 0, 2), "after"),
            BLOCK_GRU: gru_by((0, 1, 2), "before"),
        },
        whole_gates(3, {"x": "bi", "h": "bu", "w": "ik", "u": "uk"}),
    ),
    {
        "torch": ask("torch.gru_cell(x, h, w.T, u.T)", convention=lambda case: TORCH_GRU, composed=True),
    },
    gates=3,
    biases=((),),
    flat=True,
    summary="one step of a gated recurrent unit by its name and matrices",
)


@lstm.call("keras", modes=OUTSIDE_GRAPHS, convention=lambda case: TORCH_LSTM, composed=True)
def _(keras, x, h, c, w, u):
    cell = keras.layers.LSTMCell(
        u.shape[0], use_bias=False, kernel_initializer="zeros", recurrent_initializer="zeros",
        dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    cell.build((x.shape[0], w.shape[0]))
    if keras.backend.is_keras_tensor(x):
        return keras.ops.stack(cell(x, [h, c])[1])
    return keras.ops.stack(cell.stateless_call([w, u], cell.non_trainable_variables, x, [h, c])[0][1])


def value_of(*dtypes: str) -> Callable[[Case], bool]:
    """The condition that a case asks for the value in one of the dtypes, all that TensorFlow's block cells have."""
    return lambda case: case.quantity == VALUE and case.dtype in dtypes


@lstm.call(
    "tensorflow",
    when=value_of("float16", "float32"),
    modes=INTERPRETED,
    convention=lambda case: BLOCK_LSTM,
    composed=True,
)
def _(tf, x, h, c, w, u):
    none = tf.zeros(u.shape[:1], x.dtype)
    bias = tf.zeros(w.shape[1:], x.dtype)
    y = tf.raw_ops.LSTMBlockCell(x=x, cs_prev=c, h_prev=h, w=tf.concat([w, u], 0), wci=none, wcf=none, wco=none, b=bias)
    return tf.stack([y.h, y.cs])


@gru.call("keras", modes=OUTSIDE_GRAPHS, convention=lambda case: KERAS_GRU, composed=True)
def _(keras, x, h, w, u):
    cell = keras.layers.GRUCell(
        u.shape[0], use_bias=False, kernel_initializer="zeros", recurrent_initializer="zeros",
        dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    cell.build((x.shape[0], w.shape[0]))
    if keras.backend.is_keras_tensor(x):
        return cell(x, [h])[0]
    return cell.stateless_call([w, u], cell.non_trainable_variables, x, [h])[0][0]


@gru.call("tensorflow", when=value_of("float32"), modes=INTERPRETED, convention=lambda case: BLOCK_GRU, composed=True)
def _(tf, x, h, w, u):
    units, kernel = u.shape[0], tf.concat([w, u], 0)
    y = tf.raw_ops.GRUBlockCell(
        x=x,
        h_prev=h,
        w_ru=kernel[:, : 2 * units],
        w_c=kernel[:, 2 * units :],
        b_ru=tf.zeros([2 * units]),
        b_c=tf.zeros([units]),
    )
    return y.h
