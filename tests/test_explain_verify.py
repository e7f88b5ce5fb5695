"""``explain`` against the frameworks: parameter lists, equivalents that are run, and a wrong one that must be found."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import replace

import pytest

from reports.explain.explanation import explain
from reports.explain.main import explain_command
from reports.explain.signatures import SIGNATURES
from reports.explain.verify import DIFFERS, EQUAL, FAILED, MISSING, own_call, verify

pytestmark = pytest.mark.frameworks

_ROOTS = {"tf": "tensorflow"}


@pytest.mark.parametrize("framework", ["torch", "keras", "tf_keras", "tensorflow", "jax"])
def test_parameter_lists_are_those_of_the_framework(framework: str) -> None:
    checked = 0
    for name, signature in SIGNATURES.items():
        if signature.framework != framework:
            continue
        module, *rest = name.split(".")
        found = importlib.import_module(_ROOTS.get(module, module))
        for part in rest:
            found = getattr(found, part)
        own = list(signature.parameters)
        try:
            real = [
                parameter
                for parameter in inspect.signature(found).parameters.values()
                if parameter.kind is not inspect.Parameter.VAR_KEYWORD
            ]
        except ValueError:  # torch's functions carry their signature in the first line of their documentation
            line = next(line for line in found.__doc__.splitlines() if line)
            assert [each.split("=")[0].strip() for each in line.split("(")[1].split(")")[0].split(",")] == own, name
        else:
            names = [parameter.name for parameter in real]
            assert names == own[: len(names)], name
        checked += 1
    assert checked > 3


CALLS = [
    ("torch.nn.ConvTranspose2d(4, 6, 3, stride=(3, 2), padding=1, output_padding=(2, 1), groups=2)", "2,4,4,3"),
    ("keras.layers.Conv2DTranspose(2, 3, strides=2, padding='same')", "1,4,5,3"),
    ("jax.lax.conv_general_dilated(x, (4, 2, 1, 2, 3), (1, 2, 1), 'SAME')", "1,2,3,4,5"),
]


@pytest.mark.parametrize(("call", "shape"), CALLS)
def test_all_frameworks_give_the_definitions_result(call: str, shape: str) -> None:
    results = verify(explain(call, shape))
    assert {each.framework for each in results} == {"torch", "keras", "tf_keras", "tensorflow", "jax"}
    assert [each for each in results if each.status != EQUAL] == []


def test_a_wrong_equivalent_is_found() -> None:
    found = explain("nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1)", "1,1,4")
    right = own_call(found.layer)
    wrong = (
        replace(right, layer="torch.nn.ConvTranspose1d(1, 1, 3, stride=2)", expression="layer(x)[:, :, :7]"),
        replace(right, layer="torch.nn.ConvTranspose1d(1, 1, 3, stride=2)"),
        replace(right, layer="torch.nn.ConvTranspose1d(1, 1, 3, stide=2)"),
    )
    results = verify(replace(found, equivalents=wrong))
    assert [each.status for each in results] == [EQUAL, DIFFERS, DIFFERS, FAILED]
    assert "first at" in results[1].detail
    assert "shape (1, 1, 9), expected (1, 1, 7)" in results[2].detail
    assert "stide" in results[3].detail


def test_a_difference_is_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.explain.verify.definition", lambda layer, arrays: arrays["x"] * 0 - 1)
    monkeypatch.setattr("reports.explain.translate.FRAMEWORKS", ("torch",))
    code, text = explain_command("nn.Conv1d(1, 1, 1)", "1,1,4", verify=True)
    assert code == 1
    assert "Not all results are equal" in text


def test_a_framework_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    code, text = explain_command("nn.Conv1d(1, 1, 1)", "1,1,4", verify=True)
    assert code == 0
    assert text.count(MISSING) == 5
    assert "nothing was run" in text
