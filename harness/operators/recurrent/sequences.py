"""Short sequences through recurrent layers: several on top of each other, in both directions, backwards, all steps or the last.

``x`` is (steps, batch, inputs). Kernels carry the layer and the direction in front of the axes of the cells (``formulas``): ``w``
(directions, gates, units, inputs) of the first layer, ``v`` (layers - 1, directions, gates, units, width) of those above it, ``u`` and the
biases (layers, directions, gates, units, ...), ``h`` and ``c`` (layers * directions, batch, units). Along its first axis the result has
the last layer's states, by step and forward before backward within a step, then the final ``h`` and ``c`` of every layer and direction.
"""

from __future__ import annotations

from typing import Callable, List, Optional, Sequence, Tuple

from harness.case import Case
from harness.operators.formula import Formulas
from harness.operators.recurrent.cells import INTERPRETED, OUTSIDE_GRAPHS, recurrent
from harness.operators.recurrent.formulas import entry, gates, gru_step, lstm_step, rnn_step, shapes_fit, stack, steps
from harness.operators.tracked import Tracked, moveaxis, reshape

Maybe = Optional[Tracked]
States = Tuple[Tracked, Maybe]
Step = Callable[[Tracked, States, Tracked, Tracked, Sequence[Maybe]], States]
"""One step of a layer: input, states, kernels, biases to the new states."""


def through(
    x: Tracked, h: Tracked, c: Maybe, w: Tracked, v: Maybe, u: Tracked, b: Maybe, d: Maybe,
    *, layers: int, bidirectional: bool, merge: str, backwards: bool, every: bool, activation: str = "tanh", reset: str = "after",
) -> Tracked:  # fmt: skip
    """The sequence through all layers, whose kind the number of gates tells."""
    step = {1: rnn_of(activation), 3: gru_of(reset), 4: lstm_one}[w.shape[1]]
    inputs, finals = gates(x), []
    sides = 2 if bidirectional else 1
    for layer in range(layers):
        kernels = w if layer == 0 or v is None else entry(v, layer - 1)
        ran: List[List[Tracked]] = []
        for side in range(sides):
            at = layer * sides + side
            own = [each and entry(entry(each, layer), side) for each in (b, d)]
            kernel, recurrent_kernel = entry(kernels, side), entry(entry(u, layer), side)
            flipped = bool(side) != backwards
            states, final = run(step, inputs[::-1] if flipped else inputs,
                                (entry(h, at), c and entry(c, at)), kernel, recurrent_kernel, own)  # fmt: skip
            finals.append(final)
            if layer == layers - 1 and not every:
                states = states[-1:]
            ran.append(states[::-1] if side else states)
        inputs = [merged(parts, merge) for parts in zip(*ran)]
    rows = [part for each in inputs for part in halves(each, h.shape[-1])]
    return stack([*rows, *[final[0] for final in finals], *[final[1] for final in finals if final[1] is not None]])


def run(
    step: Step, inputs: Sequence[Tracked], states: States, kernel: Tracked, recurrent: Tracked, biases: Sequence[Maybe]
) -> Tuple[List[Tracked], States]:
    """The states h of every step of one layer in one direction, and the final states."""
    found: List[Tracked] = []
    for x, w, u in zip(inputs, steps(kernel, len(inputs)), steps(recurrent, len(inputs))):
        states = step(x, states, w, u, biases)
        found.append(states[0])
    return found, states


def merged(parts: Sequence[Tracked], merge: str) -> Tracked:
    """What both directions give for one step (batch, units), side by side or as one; the only one where there is no other."""
    if len(parts) == 1:
        return parts[0]
    forward, backward = parts
    if merge == "concat":
        both = moveaxis(stack(parts), 0, 1)
        return reshape(both, (both.shape[0], 2 * both.shape[2]))
    if merge == "mul":
        return forward * backward
    return forward + backward if merge == "sum" else (forward + backward) * 0.5


def halves(y: Tracked, units: int) -> List[Tracked]:
    """The directions that stand side by side in a row."""
    return gates(moveaxis(reshape(y, (y.shape[0], y.shape[1] // units, units)), 1, 0))


def rnn_of(activation: str) -> Step:
    """A step of a simple recurrent layer, whose kernels have one gate."""

    def step(x: Tracked, states: States, w: Tracked, u: Tracked, biases: Sequence[Maybe]) -> States:
        flat = [each and entry(each, 0) for each in biases]
        return rnn_step(x, states[0], entry(w, 0), entry(u, 0), flat, activation), None

    return step


def lstm_one(x: Tracked, states: States, w: Tracked, u: Tracked, biases: Sequence[Maybe]) -> States:
    """A step of a long short-term memory."""
    assert states[1] is not None
    return lstm_step(x, states[0], states[1], w, u, biases)


def gru_of(reset: str) -> Step:
    """A step of a gated recurrent unit."""
    return lambda x, states, w, u, biases: (gru_step(x, states[0], w, u, biases[0], biases[1], reset), None)


INPUTS = "x h c w v u b d"
AXES = {"x": "tbi", "h": "kbu", "c": "kbu", "w": "egui", "v": "meguj", "u": "leguu", "b": "legu", "d": "legu"}

rnn = recurrent(
    "rnn", INPUTS, Formulas({"": through}, shapes_fit({n: axes.replace("g", "1") for n, axes in AXES.items()})), {},
    gates=1, biases=((), ("b",)), parameters=(("activation", ("tanh", "relu")),), layered=True,
    summary="simple recurrent layers",
)  # fmt: skip
lstm = recurrent(
    "lstm", INPUTS, Formulas({"": through}, shapes_fit({n: axes.replace("g", "4") for n, axes in AXES.items()})), {},
    gates=4, memory=True, biases=((), ("b",)), layered=True, summary="layers of long short-term memory",
)  # fmt: skip
gru = recurrent(
    "gru", INPUTS, Formulas({"": through}, shapes_fit({n: axes.replace("g", "3") for n, axes in AXES.items()})), {},
    gates=3, biases=((), ("b",), ("b", "d")), parameters=(("reset", ("after", "before")),), layered=True,
    summary="layers of gated recurrent units",
)  # fmt: skip


def said_by_torch(case: Case) -> bool:
    """Forward or both side by side, every step, the reset gate after the product."""
    given = case.parameters
    return bool(
        given["every"] and not given["backwards"] and given["merge"] == "concat" and given.get("reset") != "before"
    )


def single(case: Case) -> bool:
    """One layer, forward, every step."""
    return said_by_torch(case) and case.parameters["layers"] == 1 and not case.parameters["bidirectional"]


def as_many_biases(case: Case) -> bool:
    """Whether there are as many biases as Keras' layers want: two with the reset gate after the product, else one at most."""
    given = case.parameters
    return given.get("reset") != "after" or ("b" in case.inputs) == ("d" in case.inputs)


def in_torch(torch, x, h, c, w, v, u, b, d, *, layers, bidirectional, activation="tanh"):
    """Weights of every layer and direction in a flat list; a second bias where the layer has one."""
    directions, rows, units = u.shape[1:4]
    function = {1: f"rnn_{activation}", 3: "gru", 4: "lstm"}[rows]
    weights = []
    for layer in range(layers):
        for side in range(directions):
            kernel = w[side] if layer == 0 else v[layer - 1, side]
            weights += [kernel.reshape(rows * units, -1), u[layer, side].reshape(rows * units, -1)]
            if b is not None:
                weights += [each[layer, side].reshape(-1) for each in (b, torch.zeros_like(b) if d is None else d)]
    state = h if c is None else (h, c)
    y, *last = getattr(torch, function)(x, state, weights, b is not None, layers, 0.0, False, bidirectional, False)
    return torch.cat([y.unflatten(2, (directions, units)).transpose(1, 2).flatten(0, 1), *last])


def in_keras(
    keras, x, h, c, w, v, u, b, d, *, layers, bidirectional, merge, backwards, every, activation="tanh", reset="after"
):
    """One layer on top of the other, wrapped by Bidirectional where there are two directions; Keras' GRU has z before r."""
    ops, (directions, rows, units) = keras.ops, u.shape[1:4]
    order = [1, 0, 2] if rows == 3 else list(range(rows))
    y, first, last = ops.transpose(x, [1, 0, 2]), 0, []
    for i in range(layers):
        facts = {
            "use_bias": b is not None, "kernel_initializer": "zeros", "recurrent_initializer": "zeros",
            "return_sequences": every or i + 1 < layers, "return_state": True, "go_backwards": backwards,
            "dtype": keras.backend.standardize_dtype(x.dtype),
        }  # fmt: skip
        if rows == 1:
            layer = keras.layers.SimpleRNN(units, activation, **facts)
        elif rows == 3:
            layer = keras.layers.GRU(units, reset_after=reset == "after", **facts)
        else:
            layer = keras.layers.LSTM(units, **facts)
        if bidirectional:
            layer = keras.layers.Bidirectional(layer, merge_mode=merge, dtype=facts["dtype"])
        layer.build((y.shape[0], y.shape[1], (w if i == 0 else v).shape[-1]))
        weights, states = [], []
        for side in range(directions):
            states += [each[first + side] for each in (h, c) if each is not None]
            for each in (w[side] if i == 0 else v[i - 1, side], u[i, side]):
                weights.append(
                    ops.transpose(ops.reshape(ops.take(each, order, axis=0), [rows * units, each.shape[-1]]))
                )
            biases = [ops.reshape(ops.take(each[i, side], order, axis=0), [-1]) for each in (b, d) if each is not None]
            weights += [ops.stack(biases)] if len(biases) == 2 else biases
        first += directions
        if keras.backend.is_keras_tensor(x):
            y, *found = layer(y, initial_state=states)
        else:
            y, *found = layer.stateless_call(weights, layer.non_trainable_variables, y, initial_state=states)[0]
        last += found
    steps = x.shape[0] if every else 1
    y = ops.transpose(ops.reshape(y, [x.shape[1], steps * y.shape[-1] // units, units]), [1, 0, 2])
    kinds = 1 if c is None else 2
    return ops.concatenate([y, *[ops.stack(last[kind::kinds]) for kind in range(kinds)]])


for _operator in (rnn, lstm, gru):
    _operator.call("torch", when=said_by_torch, composed=True)(in_torch)
    _operator.call("keras", when=as_many_biases, modes=OUTSIDE_GRAPHS, composed=True)(in_keras)


@lstm.call(
    "tensorflow", when=lambda case: single(case) and case.dtype in ("float16", "float32"), modes=INTERPRETED, composed=True
)  # fmt: skip
def _(tf, x, h, c, w, v, u, b, d):
    units = u.shape[3]
    kernel = tf.transpose(tf.reshape(tf.concat([w[0], u[0, 0]], 2), [4 * units, -1]))
    zeros = tf.zeros([units], x.dtype)
    bias = tf.zeros([4 * units], x.dtype) if b is None else tf.reshape(b, [-1])
    y = tf.raw_ops.BlockLSTMV2(
        seq_len_max=tf.constant(x.shape[0], tf.int64), x=x, cs_prev=c[0], h_prev=h[0], w=kernel, wci=zeros, wcf=zeros, wco=zeros,
        b=bias, cell_clip=-1.0,
    )  # fmt: skip
    return tf.concat([y.h, y.h[-1:], y.cs[-1:]], 0)


@lstm.call("jax", when=said_by_torch, composed=True)
def _(jax, x, h, c, w, v, u, b, d, *, layers, bidirectional):
    from jax.experimental import rnn

    directions, units = u.shape[1], u.shape[3]
    kernels = [*w, *([] if v is None else [side for layer in v for side in layer])]
    recurrent = u.reshape(-1, 4 * units, units)
    zeros = jax.numpy.zeros((len(recurrent), 4 * units), x.dtype)
    lengths = jax.numpy.full(x.shape[1:2], x.shape[0], "int32")
    y, hs, cs = rnn.lstm_ref(
        x.transpose(1, 0, 2), h, c, {i: each.reshape(4 * units, -1) for i, each in enumerate(kernels)},
        dict(enumerate(recurrent)), dict(enumerate(zeros if b is None else b.reshape(zeros.shape))), dict(enumerate(zeros)), lengths,
        x.shape[2], units, layers, 0.0, bidirectional,
    )  # fmt: skip
    rows = y.transpose(1, 0, 2).reshape(x.shape[0], x.shape[1], directions, units).swapaxes(1, 2)
    return jax.numpy.concatenate([rows.reshape(x.shape[0] * directions, x.shape[1], units), hs, cs])
