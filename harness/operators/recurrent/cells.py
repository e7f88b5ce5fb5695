"""One step of a simple recurrent network, a long short-term memory and a gated recurrent unit, with weights in the operator's own order.

The calls reorder gates and transpose kernels into what the framework takes. A long short-term memory gives (h', c') as one array.
"""

from __future__ import annotations

from typing import Any, Optional, Tuple

from harness.case import VALUE, Case
from harness.meaning import Accuracy
from harness.operator import Operator
from harness.operators.facts import Facts
from harness.operators.formula import COMPOSED, Formulas, formula_operator
from harness.operators.recurrent.formulas import gru_step, lstm_step, rnn_step, shapes_fit, stack
from harness.operators.tracked import OPERATIONS, Tracked
from harness.plain import Expressions

OUTSIDE_GRAPHS = ("eager", "compiled", "abstract")
"""Modes in which Keras may create a layer's variables: not inside ``tf.function``."""

INTERPRETED = ("eager", "graph", "abstract")
"""Modes of TensorFlow's block cells, which XLA has no kernels of."""

FACTS: Facts = (
    *COMPOSED,
    (
        "torch:*",
        Accuracy(
            roundings={"float16": OPERATIONS, "bfloat16": OPERATIONS},
            source="measured on torch 2.13.0: 7,000 results of lstm_cell in float16 and bfloat16 are those of its composition with a "
            "rounding per operation (aten/src/ATen/native/RNN.cpp, LSTMCell), and 55 % differ from float64 rounded once",
        ),
    ),
)
"""Every operation of a cell rounds to a 16-bit dtype."""

POINTS = (0.0, 1.0, -1.0, 20.0)


def rnn_cell(
    x: Tracked, h: Tracked, w: Tracked, u: Tracked, b: Optional[Tracked], d: Optional[Tracked], *, activation: str
) -> Tracked:
    """activation(w x + b + u h + d)."""
    return rnn_step(x, h, w, u, (b, d), activation)


def lstm_cell(
    x: Tracked, h: Tracked, c: Tracked, w: Tracked, u: Tracked, b: Optional[Tracked], d: Optional[Tracked]
) -> Tracked:
    """The new state and the new cell state."""
    return stack(lstm_step(x, h, c, w, u, (b, d)))


def gru_cell(
    x: Tracked, h: Tracked, w: Tracked, u: Tracked, b: Optional[Tracked], d: Optional[Tracked], *, reset: str
) -> Tracked:
    """The new state."""
    return gru_step(x, h, w, u, b, d, reset)


def recurrent(
    key: str,
    inputs: str,
    formulas: Formulas,
    calls: Expressions,
    *,
    facts: Facts = FACTS,
    summary: str = "",
    **drawn: Any,
) -> Operator:
    """Register an operator of the family; ``drawn`` is what ``strategies.recurrent.structures`` takes."""

    def structures() -> Any:
        from strategies import recurrent

        return recurrent.structures(**drawn)

    return formula_operator(
        key, inputs, formulas, calls, family="recurrent", structures=structures, differentiable=inputs, points=POINTS,
        regimes=("rounding", "near", "special", "magnitudes"), gradient=("rounding",), facts=facts, summary=summary,
    )  # fmt: skip


def single_bias(case: Case) -> bool:
    """Whether the case has no second bias, which most frameworks do not know."""
    return "d" not in case.inputs


def with_activation(name: str) -> Any:
    """The condition that the activation has the name."""
    return lambda case: case.parameters["activation"] == name


CELL = {"x": "bi", "h": "bu", "c": "bu", "w": "4ui", "u": "4uu", "b": "4u", "d": "4u"}

rnn = recurrent(
    "rnn_cell",
    "x h w u b d",
    Formulas({"": rnn_cell}, shapes_fit({"x": "bi", "h": "bv", "w": "vi", "u": "vv", "b": "v", "d": "v"})),
    {},
    gates=1,
    parameters=(("activation", ("tanh", "relu")),),
    summary="one step of a simple recurrent network",
)
lstm = recurrent(
    "lstm_cell:aligned",
    "x h c w u b d",
    Formulas({"": lstm_cell}, shapes_fit(CELL)),
    {},
    gates=4,
    memory=True,
    summary="one step of a long short-term memory",
)
gru = recurrent(
    "gru_cell:aligned",
    "x h w u b d",
    Formulas({"": gru_cell}, shapes_fit({name: axes.replace("4", "3") for name, axes in CELL.items() if name != "c"})),
    {},
    gates=3,
    parameters=(("reset", ("after", "before")),),
    summary="one step of a gated recurrent unit",
)


@rnn.call("torch", when=with_activation("tanh"))
def _(torch, x, h, w, u, b, d):
    return torch.rnn_tanh_cell(x, h, w, u, b, d)


@rnn.call("torch", when=with_activation("relu"))
def _(torch, x, h, w, u, b, d):
    return torch.rnn_relu_cell(x, h, w, u, b, d)


@rnn.call("keras", when=single_bias, modes=OUTSIDE_GRAPHS, composed=True)
def _(keras, x, h, w, u, b, d, *, activation):
    cell = keras.layers.SimpleRNNCell(
        w.shape[0], activation, use_bias=b is not None, kernel_initializer="zeros", recurrent_initializer="zeros",
        dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    cell.build((x.shape[0], w.shape[-1]))
    if keras.backend.is_keras_tensor(x):
        return cell(x, [h])[0]
    weights = [keras.ops.transpose(w), keras.ops.transpose(u)] + ([] if b is None else [b])
    return cell.stateless_call(weights, cell.non_trainable_variables, x, [h])[0][0]


@lstm.call("torch", composed=True)
def _(torch, x, h, c, w, u, b, d):
    kernels = w.reshape(-1, w.shape[-1]), u.reshape(-1, u.shape[-1])
    return torch.stack(
        torch.lstm_cell(x, (h, c), *kernels, *[None if each is None else each.reshape(-1) for each in (b, d)])
    )


@lstm.call("keras", when=single_bias, modes=OUTSIDE_GRAPHS, composed=True)
def _(keras, x, h, c, w, u, b, d):
    cell = keras.layers.LSTMCell(
        u.shape[1], use_bias=b is not None, kernel_initializer="zeros", recurrent_initializer="zeros",
        dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    cell.build((x.shape[0], w.shape[-1]))
    if keras.backend.is_keras_tensor(x):
        return keras.ops.stack(cell(x, [h, c])[1])
    weights = [keras.ops.transpose(keras.ops.reshape(each, [-1, each.shape[-1]])) for each in (w, u)]
    weights += [] if b is None else [keras.ops.reshape(b, [-1])]
    return keras.ops.stack(cell.stateless_call(weights, cell.non_trainable_variables, x, [h, c])[0][1])


def of_block(dtypes: Tuple[str, ...]) -> Any:
    """The condition under which TensorFlow's block cell can say the value of a case: it has no gradient registered."""
    return lambda case: single_bias(case) and case.dtype in dtypes and case.quantity == VALUE


@lstm.call("tensorflow", when=of_block(("float16", "float32")), modes=INTERPRETED, composed=True)
def _(tf, x, h, c, w, u, b, d):
    units = u.shape[1]
    order = [0, 2, 1, 3]
    kernel = tf.transpose(tf.reshape(tf.gather(tf.concat([w, u], 2), order), [4 * units, -1]))
    zeros = tf.zeros([units], x.dtype)
    bias = tf.zeros([4 * units], x.dtype) if b is None else tf.reshape(tf.gather(b, order), [-1])
    y = tf.raw_ops.LSTMBlockCell(
        x=x, cs_prev=c, h_prev=h, w=kernel, wci=zeros, wcf=zeros, wco=zeros, b=bias, forget_bias=0.0, cell_clip=-1.0
    )
    return tf.stack([y.h, y.cs])


def reset_after(case: Case) -> bool:
    """Whether the reset gate multiplies what the recurrent kernel gives."""
    return bool(case.parameters["reset"] == "after")


@gru.call("torch", when=reset_after, composed=True)
def _(torch, x, h, w, u, b, d):
    kernels = w.reshape(-1, w.shape[-1]), u.reshape(-1, u.shape[-1])
    return torch.gru_cell(x, h, *kernels, *[None if each is None else each.reshape(-1) for each in (b, d)])


@gru.call("keras", when=lambda case: reset_after(case) is False or ("b" in case.inputs) == ("d" in case.inputs),
          modes=OUTSIDE_GRAPHS, composed=True)  # fmt: skip
def _(keras, x, h, w, u, b, d, *, reset):
    cell = keras.layers.GRUCell(
        u.shape[1], use_bias=b is not None, reset_after=reset == "after", kernel_initializer="zeros",
        recurrent_initializer="zeros", dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    cell.build((x.shape[0], w.shape[-1]))
    if keras.backend.is_keras_tensor(x):
        return cell(x, [h])[0]
    order = [1, 0, 2]
    swapped = [keras.ops.take(each, order, axis=0) for each in (w, u)]
    weights = [keras.ops.transpose(keras.ops.reshape(each, [-1, each.shape[-1]])) for each in swapped]
    biases = [keras.ops.reshape(keras.ops.take(each, order, axis=0), [-1]) for each in (b, d) if each is not None]
    weights += [keras.ops.stack(biases)] if len(biases) == 2 else biases
    return cell.stateless_call(weights, cell.non_trainable_variables, x, [h])[0][0]


@gru.call("tensorflow", when=lambda case: not reset_after(case) and of_block(("float32",))(case), modes=INTERPRETED,
          composed=True)  # fmt: skip
def _(tf, x, h, w, u, b, d):
    units = u.shape[1]
    kernel = tf.concat([w, u], 2)
    pair = tf.transpose(tf.reshape(kernel[:2], [2 * units, -1]))
    biases = [
        tf.zeros([n * units]) if b is None else tf.reshape(b[s], [-1]) for n, s in ((2, slice(0, 2)), (1, slice(2, 3)))
    ]
    return tf.raw_ops.GRUBlockCell(
        x=x, h_prev=h, w_ru=pair, w_c=tf.transpose(kernel[2]), b_ru=biases[0], b_c=biases[1]
    ).h
