"""Recurrent cells and sequences: against scalar loops and torch's gradients in float64, refusals, structures, planted bugs."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from harness import operator
from harness.case import COTANGENT, GRADIENT, Case, InputSpec
from harness.meaning import Rule
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


def specs(gates, sequence=False, memory=False, biases=("b",), batch=3, inputs=2, units=4):
    lead = (gates,) if gates > 1 else ()
    shapes = {"x": ((5,) if sequence else ()) + (batch, inputs), "h": (batch, units)}
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


@pytest.mark.parametrize(("activation", "function"), [("tanh", np.tanh), ("relu", lambda x: np.maximum(x, 0))])
def test_rnn_is_a_loop_over_cells(activation, function):
    arrays, found = value("rnn", specs(1, sequence=True), activation=activation)
    h = arrays["h"]
    for t, x in enumerate(arrays["x"]):
        h = function(x @ arrays["w"].T + h @ arrays["u"].T + arrays["b"])
        np.testing.assert_allclose(found[""][t], h, rtol=1e-12)


def test_lstm_gives_the_last_cell_state_behind_all_states():
    arrays, found = value("lstm", specs(4, sequence=True, memory=True))
    h, c, rest = arrays["h"], arrays["c"], {name: arrays[name] for name in ("w", "u", "b")}
    for t, x in enumerate(arrays["x"]):
        h, c = lstm_by_loops(x, h, c, **rest)
        np.testing.assert_allclose(found[""][t], h, rtol=1e-12)
    np.testing.assert_allclose(found[""][-1], c, rtol=1e-12)


def test_nominal_conventions_are_orders_of_gates():
    shapes = {"x": (2, 3), "h": (2, 4), "c": (2, 4), "w": (3, 16), "u": (4, 16)}
    arrays, found = value(
        "lstm_cell:nominal", {n: InputSpec(s, "float64", seed=i) for i, (n, s) in enumerate(shapes.items())}
    )
    own = {name: arrays[name].reshape(-1, 4, 4).transpose(1, 2, 0) for name in ("w", "u")}
    rest = {name: arrays[name] for name in ("x", "h", "c")}
    np.testing.assert_allclose(found["i f g o"], lstm_by_loops(**rest, **own, b=np.zeros((4, 4))), rtol=1e-12)
    swapped = {name: kernel[[0, 2, 1, 3]] for name, kernel in own.items()}
    forget = np.zeros((4, 4))
    forget[1] = 1
    block = lstm_by_loops(**rest, **swapped, b=forget)
    inside = np.abs(block[1]) < 3
    other = found["i g f o, forget bias 1, cell within 3"]
    np.testing.assert_allclose(other[:, inside], block[:, inside], rtol=1e-12)
    assert (np.abs(other[1]) <= 3).all()


@pytest.mark.frameworks
@pytest.mark.parametrize("key", ["lstm", "gru", "rnn", "lstm_cell:aligned", "gru_cell:aligned", "rnn_cell"])
def test_gradients_are_those_of_torch_in_float64(key):
    import torch

    name = key.split(":")[0]
    gates, memory, parameters = {
        "lstm": (4, True, {}), "gru": (3, False, {"reset": "after"}), "rnn": (1, False, {"activation": "tanh"})
    }[name.split("_")[0]]  # fmt: skip
    biases = ("b", "d") if name.startswith("gru") else ("b",)
    inputs = specs(gates, "_" not in name, memory, biases)
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


@functools.cache
def drawn(key):
    """Structures of an operator."""
    found = []

    @settings(max_examples=300, database=None, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(operator.get(key).structures())
    def draw(case):
        found.append(case)

    draw()
    return found


@pytest.mark.parametrize("key", OPERATORS)
def test_structures_reach_dtypes_and_empty_batches(key):
    cases = drawn(key)
    assert {case.dtype for case in cases} == {"float16", "bfloat16", "float32", "float64"}
    assert any(case.inputs["h"].shape[0] == 0 for case in cases)


def test_structures_reach_every_way_of_not_fitting():
    found = {case.parameters.get("hostile") for key in OPERATORS for case in drawn(key)}
    assert found == {None, "batch", "inputs", "state", "axes"}


def test_structures_reach_every_set_of_biases_and_place_of_the_reset_gate():
    found = {(case.parameters["reset"], "b" in case.inputs, "d" in case.inputs) for case in drawn("gru_cell:aligned")}
    assert found == {("after", b, d) for b, d in ((False, False), (True, False), (True, True))} | {
        ("before", False, False), ("before", True, False)
    }  # fmt: skip
