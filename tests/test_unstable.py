"""Results that depend on what memory held: seen by a second call on memory filled with a pattern."""

import ctypes

import numpy as np
import pytest

from harness import execute, limits, operator
from harness.adapters.base import Adapter
from harness.case import Case, InputSpec, Kind, Returned, Target
from harness.check import InputsError, judge_all
from harness.compare import judge
from harness.meaning import Accuracy, Expected, Meaning, Rule
from harness.operator import Operator
from harness.records import Status

SIZE = 4096


class Plain(Adapter):
    """NumPy as a framework."""

    name = table = "plain"
    from_numpy = staticmethod(lambda module, array, device: array)
    to_numpy = staticmethod(lambda module, array: array)
    transforms = {"eager": lambda module, function: function, "compiled": lambda module, function: function}
    module = np


@pytest.fixture
def forgetful(monkeypatch):
    """An operator that must return zeros, whose call leaves the last element as it finds it."""

    def call(np, x):
        malloc, free = ctypes.CDLL(None).malloc, ctypes.CDLL(None).free
        malloc.restype, free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
        place = malloc(4 * SIZE)
        found = np.ctypeslib.as_array(ctypes.cast(place, ctypes.POINTER(ctypes.c_float)), (SIZE,)).copy()
        free(place)
        found[:-1] = 0
        return found

    op = Operator(
        "forgetful",
        inputs=("x",),
        meaning=lambda case, arrays: right(),
        structures=lambda: None,
        cases=lambda case, seed: [case],
    )
    op.call("plain")(call)
    monkeypatch.setitem(operator._REGISTRY, "forgetful", op)
    return op


def right():
    zero = np.zeros(SIZE)
    return Meaning(Rule.COMPUTE, "", {"": (Expected((SIZE,), "float32", (zero,), lambda dtype, accuracy: zero),)})


def case(seed):
    return Case("forgetful", {"x": InputSpec((1,), "float32", seed=seed)}, {})


def test_memory_is_patterned_only_inside():
    malloc = ctypes.CDLL(None).malloc
    malloc.restype = ctypes.c_void_p
    with limits.patterned_memory():
        inside = ctypes.string_at(malloc(5000), 5000)
    assert set(inside) == {limits.PATTERN ^ 0xFF}
    assert np.frombuffer(inside[:4], np.float32)[0] > 1e7


def test_an_element_that_is_never_written_is_found(forgetful):
    outcome = execute.execute(Plain(), case(0), "eager")
    assert isinstance(outcome, Returned)
    assert outcome.again[0][-1] > 1e7
    judgement = judge(forgetful, case(0), Target("plain"), right(), outcome, Accuracy())
    assert judgement.disagreement.kind is Kind.UNSTABLE
    assert "gives other results when it is called again" in judgement.disagreement.sentence


def test_only_some_cases_are_called_twice_and_never_compiled_ones(forgetful):
    assert execute.execute(Plain(), case(1), "eager").again == ()
    assert execute.execute(Plain(), case(0), "compiled").again == ()


def test_other_bits_that_are_right_as_well_are_no_finding(forgetful):
    one = np.ones(2, np.float32)
    meaning = Meaning(
        Rule.COMPUTE, "", {"": (Expected((2,), "float32", (np.ones(2),), lambda d, a: np.full(2, 1e-6)),)}
    )
    outcome = Returned((one,), again=(np.nextafter(one, 2),))
    judgement = judge(forgetful, case(0), Target("plain"), meaning, outcome, Accuracy())
    assert judgement.status is Status.AGREED


def test_a_call_that_changes_its_input_is_found(forgetful):
    def call(np, x):
        x += 1
        return np.zeros(SIZE, np.float32)

    forgetful.calls.clear()
    forgetful.call("plain")(call)
    outcome = execute.execute(Plain(), case(1), "eager")
    assert outcome.changed
    judgement = judge(forgetful, case(1), Target("plain"), right(), outcome, Accuracy())
    assert (judgement.disagreement.kind, judgement.disagreement.cause) == (Kind.VALUE, "inputs: changed")


def test_a_worker_that_computed_on_other_inputs_is_no_witness(forgetful):
    outcome = execute.execute(Plain(), case(1), "eager")
    with pytest.raises(InputsError, match="computed on other inputs"):
        judge_all(case(2), {Target("plain"): outcome}, {"plain": Plain})
    judge_all(case(1), {Target("plain"): outcome}, {"plain": Plain})
