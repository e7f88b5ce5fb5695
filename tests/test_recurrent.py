"""Recurrent cells and sequences: against scalar loops and torch's gradients in float64, refusals, structures, planted bugs."""

from __future__ import annotations

import numpy as np
import pytest
from moved import drawn

from harness import operator
from harness.case import COTANGENT, GRADIENT, Case, InputSpec
from harness.meaning import Rule
from harness.operators.functions import contracted
from harness.values import arrays_of

OPERATORS = tuple(key for key, each in operator.load().items() if each.family == "recurrent")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm_by_loops(x, h, c, w, u, b):
    """One step for one row, gate by gate and unit by unit."""
    batch, units = h.shape
    new = np.zeros((2, batch, units))
    for row in range(batch):
        for k in range(units):
            i, f, g, o = (w[gate, k] @ x[row] + u[gate, k] @ h[row] + b[gate, k] for gate in range(4))
            new[1, row, k] = sigmoid(f) * c[row, k] + sigmoid(i) * np.tanh(g)
            new[0, row, k] = sigmoid(o) * np.tanh(new[1, row, k])
    return new


def gru_by_loops(x, h, w, u, b, d, reset):
    """One step for one row and unit; the reset gates of all units come first, as the product with the reset state needs them."""
    new = np.zeros_like(h)
    for row in range(len(h)):
        r, z = (sigmoid(w[g] @ x[row] + b[g] + u[g] @ h[row] + d[g]) for g in range(2))
        inner = r * (u[2] @ h[row] + d[2]) if reset == "after" else u[2] @ (r * h[row])
        new[row] = (1 - z) * np.tanh(w[2] @ x[row] + b[2] + inner) + z * h[row]
    return new


def specs(gates, memory=False, biases=("b",), batch=3, inputs=2, units=4):
    lead = (gates,) if gates > 1 else ()
    shapes = {"x": (batch, inputs), "h": (batch, units)}
    if memory:
        shapes["c"] = (batch, units)
    shapes.update(w=(*lead, units, inputs), u=(*lead, units, units), **dict.fromkeys(biases, (*lead, units)))
    return {name: InputSpec(shape, "float64", seed=i) for i, (name, shape) in enumerate(shapes.items())}


def value(key, inputs, **parameters):
    """The arrays of a case and its values by convention."""
    case = Case(key, inputs, parameters)
    arrays = arrays_of(case)
    meaning = operator.get(key).meaning(case, arrays)
    assert meaning.rule is Rule.COMPUTE
    return arrays, {name: np.asarray(outputs[0].values[0], float) for name, outputs in meaning.variants.items()}


def test_lstm_cell_is_that_of_loops():
    arrays, found = value("lstm_cell:aligned", specs(4, memory=True))
    np.testing.assert_allclose(found[""], lstm_by_loops(**arrays), rtol=1e-13)


@pytest.mark.parametrize("reset", ["after", "before"])
def test_gru_cell_is_that_of_loops(reset):
    biases = ("b", "d") if reset == "after" else ("b",)
    arrays, found = value("gru_cell:aligned", specs(3, biases=biases), reset=reset)
    arrays.setdefault("d", np.zeros_like(arrays["b"]))
    np.testing.assert_allclose(found[""], gru_by_loops(**arrays, reset=reset), rtol=1e-13)


ONE = {"layers": 1, "bidirectional": False, "merge": "concat", "backwards": False, "every": True}


def layered(gates, layers=1, sides=1, memory=False, biases=("b",), width=None):
    """Inputs of a sequence of 5 steps, 3 rows, 2 inputs, 4 units."""
    shapes = {"x": (5, 3, 2), "h": (layers * sides, 3, 4)}
    if memory:
        shapes["c"] = shapes["h"]
    shapes["w"] = (sides, gates, 4, 2)
    if layers > 1:
        shapes["v"] = (layers - 1, sides, gates, 4, width or 4 * sides)
    shapes.update(u=(layers, sides, gates, 4, 4), **dict.fromkeys(biases, (layers, sides, gates, 4)))
    return {name: InputSpec(shape, "float64", seed=i) for i, (name, shape) in enumerate(shapes.items())}


@pytest.mark.parametrize(("activation", "function"), [("tanh", np.tanh), ("relu", lambda x: np.maximum(x, 0))])
def test_rnn_is_a_loop_over_cells(activation, function):
    arrays, found = value("rnn", layered(1), **ONE, activation=activation)
    h, w, u, b = (arrays[name].reshape(arrays[name].shape[-2:]) for name in ("h", "w", "u", "b"))
    for t, x in enumerate(arrays["x"]):
        h = function(x @ w.T + h @ u.T + b)
        np.testing.assert_allclose(found[""][t], h, rtol=1e-12)
    np.testing.assert_allclose(found[""][5:], h[None], rtol=1e-12)


def lstm_of_one_direction(xs, h, c, w, u, b):
    states = []
    for x in xs:
        h, c = lstm_by_loops(x, h, c, w, u, b)
        states.append(h)
    return states, h, c


MERGE = {
    "sum": np.add,
    "mul": np.multiply,
    "ave": lambda a, b: (a + b) / 2,
    "concat": lambda a, b: np.concatenate([a, b], -1),
}


@pytest.mark.parametrize("merge", sorted(MERGE))
@pytest.mark.parametrize("every", [True, False])
def test_lstm_layers_read_in_both_directions(merge, every):
    inputs = layered(4, 2, 2, memory=True, width=8 if merge == "concat" else 4)
    given = {"layers": 2, "bidirectional": True, "merge": merge, "backwards": False, "every": every}
    arrays, found = value("lstm", inputs, **given)
    xs, finals = list(arrays["x"]), []
    for layer in range(2):
        ran = []
        for side in range(2):
            at = 2 * layer + side
            w = arrays["w"][side] if layer == 0 else arrays["v"][0, side]
            rest = arrays["u"][layer, side], arrays["b"][layer, side]
            states, h, c = lstm_of_one_direction(xs[::-1] if side else xs, arrays["h"][at], arrays["c"][at], w, *rest)
            finals.append((h, c))
            ran.append(states[::-1] if side else states)
        xs = [MERGE[merge](a, b) for a, b in zip(*ran, strict=True)]
    if not every:
        xs = [MERGE[merge](finals[2][0], finals[3][0])]
    rows = [part for x in xs for part in np.split(x, x.shape[-1] // 4, axis=-1)]
    expected = np.stack([*rows, *[h for h, _ in finals], *[c for _, c in finals]])
    np.testing.assert_allclose(found[""], expected, rtol=1e-11)


def test_a_layer_that_runs_backwards_gives_its_states_in_the_order_of_computation():
    arrays, found = value("lstm", layered(4, memory=True), **{**ONE, "backwards": True})
    first = {name: array[0] for name, array in arrays.items()}
    rest = first["u"][0], first["b"][0]
    states, h, c = lstm_of_one_direction(arrays["x"][::-1], first["h"], first["c"], first["w"], *rest)
    np.testing.assert_allclose(found[""], np.stack([*states, h, c]), rtol=1e-12)


def test_nominal_conventions_are_orders_of_gates():
    shapes = {"x": (2, 3), "h": (2, 4), "c": (2, 4), "w": (3, 16), "u": (4, 16)}
    arrays, found = value(
        "lstm_cell:nominal", {n: InputSpec(s, "float64", seed=i) for i, (n, s) in enumerate(shapes.items())}
    )
    own = {name: arrays[name].reshape(-1, 4, 4).transpose(1, 2, 0) for name in ("w", "u")}
    rest = {name: arrays[name] for name in ("x", "h", "c")}
    np.testing.assert_allclose(found["i f g o"], lstm_by_loops(**rest, **own, b=np.zeros((4, 4))), rtol=1e-12)
    one = np.eye(4)[1][:, None] * np.ones(4)
    np.testing.assert_allclose(found["i f g o, default forget bias 1"], lstm_by_loops(**rest, **own, b=one), rtol=1e-12)
    swapped = {name: kernel[[0, 2, 1, 3]] for name, kernel in own.items()}
    forget = np.zeros((4, 4))
    forget[1] = 1
    block = lstm_by_loops(**rest, **swapped, b=forget)
    inside = np.abs(block[1]) < 3
    other = found["i g f o, forget bias 1, cell within 3"]
    np.testing.assert_allclose(other[:, inside], block[:, inside], rtol=1e-12)
    assert (np.abs(other[1]) <= 3).all()


KINDS = {"lstm": (4, True, {}), "gru": (3, False, {"reset": "after"}), "rnn": (1, False, {"activation": "tanh"})}


def test_biases_stand_in_the_order_of_the_gates():
    """A given bias leaves the default forget bias out; Keras' GRU has z before r in both biases."""
    shapes = {"x": (2, 3), "h": (2, 4), "c": (2, 4), "w": (3, 16), "u": (4, 16), "b": (16,)}
    arrays, found = value(
        "lstm_cell:nominal", {n: InputSpec(s, "float64", seed=i) for i, (n, s) in enumerate(shapes.items())}
    )
    own = {name: arrays[name].reshape(-1, 4, 4).transpose(1, 2, 0) for name in ("w", "u")}
    rest = {name: arrays[name] for name in ("x", "h", "c")}
    expected = lstm_by_loops(**rest, **own, b=arrays["b"].reshape(4, 4))
    for convention in ("i f g o", "i f g o, default forget bias 1"):
        np.testing.assert_allclose(found[convention], expected, rtol=1e-12)
    shapes = {"x": (2, 3), "h": (2, 4), "w": (3, 12), "u": (4, 12), "b": (12,), "d": (12,)}
    arrays, found = value(
        "gru_cell:nominal", {n: InputSpec(s, "float64", seed=i) for i, (n, s) in enumerate(shapes.items())}
    )
    for convention, order in (("r z n, reset after", [0, 1, 2]), ("z r n, reset after", [1, 0, 2])):
        own = {name: arrays[name].reshape(-1, 3, 4).transpose(1, 2, 0)[order] for name in ("w", "u")}
        biases = {name: arrays[name].reshape(3, 4)[order] for name in ("b", "d")}
        expected = gru_by_loops(arrays["x"], arrays["h"], **own, **biases, reset="after")
        np.testing.assert_allclose(found[convention], expected, rtol=1e-12)


@pytest.mark.frameworks
@pytest.mark.parametrize("key", ["lstm", "gru", "rnn", "lstm_cell:aligned", "gru_cell:aligned", "rnn_cell"])
def test_gradients_are_those_of_torch_in_float64(key):
    import torch

    name = key.split(":")[0]
    gates, memory, parameters = KINDS[name.split("_")[0]]
    biases = ("b", "d") if name.startswith("gru") else ("b",)
    if "_" in name:
        inputs = specs(gates, memory, biases)
    else:
        inputs = layered(gates, 2, 2, memory, biases)
        parameters = {**ONE, **parameters, "layers": 2, "bidirectional": True}
    op = operator.get(key)
    arrays = arrays_of(Case(key, inputs, parameters))
    shape = op.meaning(Case(key, inputs, parameters), arrays).variants[""][0].shape
    case = Case(key, {**inputs, COTANGENT: InputSpec(shape, "float64", seed=99)}, parameters, GRADIENT)
    arrays = arrays_of(case)
    expected = op.meaning(case, arrays).variants[""]
    tensors = {n: torch.tensor(arrays[n], requires_grad=True) for n in inputs}
    call = op.select("torch", case, "eager")
    y = call.function(torch, *[tensors.get(n) for n in op.inputs], **call.arguments(case))
    found = torch.autograd.grad(y, list(tensors.values()), torch.tensor(arrays[COTANGENT]))
    for each, gradient in zip(expected, found, strict=True):
        np.testing.assert_allclose(gradient.numpy(), np.asarray(each.values[0], float), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("empty", ["ab,cb->ac", "ba,bc->ac", "ab,bc->ac"])
def test_sums_of_empty_products_are_zeros(empty):
    left, right, _ = empty.replace("->", ",").split(",")
    sizes = {"a": 2, "b": 0, "c": 3}
    a, b = (np.ones([sizes[name] for name in names], np.longdouble) for names in (left, right))
    found = contracted(empty, a, b)
    assert found.dtype == np.longdouble
    assert found.tolist() == np.zeros((2, 3)).tolist()
    sizes.update(a=0, b=2)
    a, b = (np.ones([sizes[name] for name in names], np.longdouble) for names in (left, right))
    assert contracted(empty, a, b).shape == (0, 3)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"h": (2, 4)}, "h of shape (2, 4)"),
        ({"w": (4, 4, 3)}, "w of shape"),
        ({"u": (4, 4)}, "3 axes"),
        ({"b": (4, 5)}, "b of shape"),
    ],
)
def test_what_does_not_fit_is_refused(changed, words):
    inputs = specs(4, memory=True)
    inputs.update({name: InputSpec(shape, "float64") for name, shape in changed.items()})
    case = Case("lstm_cell:aligned", inputs, {})
    meaning = operator.get(case.operator).meaning(case, arrays_of(case))
    assert meaning.rule is Rule.REFUSE
    assert words in meaning.reason


@pytest.mark.parametrize("key", OPERATORS)
def test_structures_reach_dtypes_and_empty_batches(key):
    cases = drawn(key)
    assert {case.dtype for case in cases} == {"float16", "bfloat16", "float32", "float64"}
    assert any(case.inputs["h"].shape[-2] == 0 for case in cases if not case.parameters.get("hostile"))


def test_structures_reach_every_way_of_not_fitting():
    found = {case.parameters.get("hostile") for key in OPERATORS for case in drawn(key)}
    assert found == {None, "batch", "inputs", "state", "axes"}


def test_structures_reach_every_set_of_biases_and_place_of_the_reset_gate():
    found = {(case.parameters["reset"], "b" in case.inputs, "d" in case.inputs) for case in drawn("gru_cell:aligned")}
    assert found == {("after", b, d) for b, d in ((False, False), (True, False), (True, True))} | {
        ("before", False, False), ("before", True, False)
    }  # fmt: skip
