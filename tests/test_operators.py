"""What holds for every registered operator: its rows, its structures, its cases."""

import inspect
import json

import numpy as np
import pytest

from harness import operator
from harness.case import GRADIENT, Case
from harness.draw import draw_block
from harness.meaning import Rule
from harness.plain import add_calls, function_of, names_of
from harness.values import arrays_of
from reports.reproducer.sources import source_of

OPERATORS = operator.load()
MODULES = {"torch", "tf", "tensorflow", "keras", "jax", "tf_keras"}


def drawn(key, count=40):
    return [found.case for found in draw_block(OPERATORS[key].structures(), key, 5, 0, count)]


@pytest.mark.parametrize("key", OPERATORS)
def test_rows_take_the_inputs_and_parameters_that_are_drawn(key):
    op = OPERATORS[key]
    cases = drawn(key)
    parameters = {name for case in cases for name in case.parameters}
    for call in op.calls:
        head, *rest = inspect.signature(call.function).parameters.values()
        positional = [p.name for p in rest if p.kind is not p.KEYWORD_ONLY]
        named = [p.name for p in rest if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
        assert head.name in MODULES, (key, call.framework)
        assert len(positional) == len(op.inputs), (key, call.framework, positional)
        said = {name for case in cases if call.expresses(case) for name in call.arguments(case)}
        assert set(named) <= parameters | said, (key, call.framework, set(named) - parameters)


@pytest.mark.parametrize("key", OPERATORS)
def test_rows_have_a_source_that_a_script_can_print(key):
    for call in OPERATORS[key].calls:
        assert source_of(call.function, "call").startswith("def call(")


@pytest.mark.parametrize("key", OPERATORS)
def test_cases_survive_json_and_have_a_meaning(key):
    op = OPERATORS[key]
    for index, structure in enumerate(drawn(key, 12)):
        for case in op.cases(structure, index * 16):
            assert Case.from_json(json.loads(json.dumps(case.to_json()))) == case
            meaning = op.meaning(case, arrays_of(case))
            assert meaning.rule is Rule.COMPUTE or meaning.reason
            for outputs in meaning.variants.values():
                if case.quantity == GRADIENT:
                    assert [output.name for output in outputs] == list(op.wanted(case))
                for output in outputs:
                    assert all(value.shape == output.shape for value in output.values), (key, case)


@pytest.mark.parametrize("key", OPERATORS)
def test_summary_and_family_are_said(key):
    assert OPERATORS[key].summary
    assert OPERATORS[key].family
    assert all(json.dumps(label) for label in OPERATORS[key].classes(drawn(key, 1)[0]).values())


def test_an_expression_becomes_the_function_that_it_says():
    function = function_of("total", "torch", ("x",), "torch.sum(x, dim=axis, keepdim=keepdims)")
    assert str(inspect.signature(function)) == "(torch, x, *, axis, keepdims)"
    assert "return torch.sum(x, dim=axis, keepdim=keepdims)" in inspect.getsource(function)


def test_free_names_leave_out_what_an_expression_binds():
    assert names_of("torch.stack([f(t) for t in x]) + (lambda u: u + v)(x)") == {"torch", "x", "f", "v"}


def test_an_expression_without_its_module_is_refused():
    with pytest.raises(ValueError, match="does not use the module 'torch'"):
        function_of("add", "torch", ("x", "y"), "x + y")


def test_several_expressions_are_rows_in_order():
    op = operator.Operator(
        "t", inputs=("x",), meaning=lambda case, arrays: None, structures=lambda: None, cases=lambda case, seed: []
    )
    add_calls(op, {"torch": ["torch.abs(x)", "torch.absolute(x)"]})
    assert [call.function(np, -1) for call in op.calls] == [1, 1]


def test_a_call_named_like_a_builtin_may_use_the_builtin():
    function = function_of("slice", "torch", ("x",), "torch.add(x, 0)[slice(start, None)]")
    assert function.__name__ == "slice_"
    assert function(np, np.arange(4), start=2).tolist() == [2, 3]


def test_a_message_lists_no_hundreds_of_names() -> None:
    names = [f"name{number:03}" for number in range(300)]
    message = operator.unknown("id", "zzz", names)
    assert message == f"unknown id 'zzz'; known: {', '.join(names[:20])} and 280 more"
    assert operator.unknown("id", "name0001", names) == "unknown id 'name0001'; did you mean 'name001'?"
