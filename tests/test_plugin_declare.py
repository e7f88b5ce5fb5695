"""What one declares of an operator: calls that a worker can import, what is right, and every argument that does not fit."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import operator, outside
from harness.case import Case, InputSpec
from harness.meaning import Accuracy, Rule
from harness.testing import differential
from harness.testing.calls import Declared, rows
from harness.testing.meanings import Reference, ReferenceFailed
from harness.testing.settings import SettingError, Settings, marked, parsed

DECLARED = Declared(__name__, "test_own", ("x",), ("alpha",))


def own(x: Any, alpha: float) -> Any:
    return x * alpha


def call_of(given: Any, table: str = "torch") -> tuple[Callable[..., Any], str]:
    function, path = rows(DECLARED, {table: given})[table]
    return function, path


def test_an_expression_is_a_function_of_module_inputs_and_parameters() -> None:
    function, path = call_of("torch.mul(x, alpha)")
    assert (list(inspect.signature(function).parameters), path) == (["torch", "x", "alpha"], "")


def test_a_function_of_the_same_module_is_called_and_its_source_is_kept() -> None:
    function, path = call_of(own)
    assert (function(None, 3.0, alpha=2.0), path) == (6.0, "")
    assert function.__globals__["implementation"] is own


@pytest.mark.parametrize("given", [os.path.commonprefix, "genericpath:commonprefix"])
def test_a_function_of_another_module_is_imported_by_its_path(given: Any) -> None:
    function, path = rows(Declared(__name__, "test_own", ("x",), ()), {"torch": given})["torch"]
    assert path == "genericpath:commonprefix"
    assert function(None, ["abc", "abd"]) == "ab"
    assert "from genericpath import commonprefix as implementation" in inspect.getsource(function)


def test_a_path_is_not_imported_before_it_is_called() -> None:
    _, path = call_of("no_such_module.kernels:swish")
    assert path == "no_such_module.kernels:swish"


def nested() -> Callable[..., Any]:
    def inner(x: Any, alpha: float) -> Any:
        return x

    return inner


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda x, alpha: x, r"calls\['torch'\] .*<lambda>: cannot be imported: a worker imports it by name"),
        (nested(), r"calls\['torch'\] .*nested.<locals>.inner: cannot be imported"),
        (np.dtype("float32"), r"calls\['torch'\] dtype\('float32'\): expected an expression, a function, or its path"),
        ("torch.mul(x", r"calls\['torch'\] 'torch.mul\(x': not a Python expression"),
        (
            "kernels.swish(x)",
            "does not use the module 'torch'; a function of your own is given as it is, or by its path",
        ),
        ("torch.mul(x, alhpa)", "unknown name 'alhpa'; did you mean 'alpha'"),
    ],
)
def test_a_call_that_no_worker_could_make_is_an_error(given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call_of(given)


CALL = {"torch": "torch.abs(x)"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"calls": {}, "ulps": 1}, "calls {}: expected at least one framework"),
        ({"calls": CALL}, "ulps None, formula False: give one of them"),
        ({"calls": CALL, "ulps": 1, "formula": True}, "ulps 1, formula True: give one of them"),
        ({"calls": CALL, "ulps": -1}, "ulps -1: expected a number of units"),
        ({"calls": CALL, "ulps": 1, "gradient": True}, "gradient True: only a formula has one"),
        ({"calls": CALL, "ulps": 1, "dtypes": "float32"}, "dtypes 'float32': expected a sequence"),
        ({"calls": CALL, "ulps": 1, "dtypes": ["flaot32"]}, "unknown dtype 'flaot32'; did you mean 'float32'"),
        ({"calls": CALL, "formula": True, "dtypes": ["int32"]}, "unknown dtype 'int32'"),
        ({"calls": CALL, "ulps": 1, "regimes": ["nomral"]}, "regime 'nomral': expected one of rounding"),
        ({"calls": CALL, "ulps": 1, "broadcast": True, "shapes": [(3,)]}, "broadcast True: with shapes"),
        ({"calls": CALL, "ulps": 1, "parameters": {"a": (1,)}}, r"parameters\['a'\]: reference .* has no argument"),
        ({"calls": CALL, "ulps": 1, "parameters": {"x": "ab"}}, r"parameters\['x'\] 'ab': expected a sequence"),
        ({"calls": CALL, "ulps": 1}, "reference .*<locals>.reference: define it at the level of a module"),
    ],
)
def test_arguments_that_do_not_fit_are_errors_and_nothing_is_registered(given: dict[str, Any], message: str) -> None:
    def reference(x: Any) -> Any:
        return x

    if "level" not in message:
        reference.__qualname__ = reference.__name__
    before = set(operator.load())
    with pytest.raises(ValueError, match=message):
        differential(**given)(reference)
    assert set(operator.load()) == before


def case(dtype: str, *shapes: tuple[int, ...], regime: str = "rounding", **parameters: Any) -> Case:
    return Case("own", {f"x{i}": InputSpec(shape, dtype, regime) for i, shape in enumerate(shapes)}, parameters)


def test_a_reference_computes_wider_and_bounds_in_units_of_the_last_place() -> None:
    seen: list[np.dtype] = []

    def half(x: np.ndarray) -> np.ndarray:
        seen.append(x.dtype)
        return x / 2

    x = np.array([1.0, 3.0], np.float32)
    [expected] = Reference(half, 2.0).meaning(case("float32", (2,)), {"x0": x}).variants[""]
    assert seen == [np.float64]
    assert expected.values[0].tolist() == [0.5, 1.5]
    assert expected.bound is not None
    bound = expected.bound("float32", Accuracy())
    # The gap between float32 numbers is 2**-24 from 1/2 to 1 and 2**-23 from 1 to 2.
    assert bound == pytest.approx([2 * 2.0**-24, 2 * 2.0**-23], rel=1e-6)


def test_a_reference_of_float64_computes_in_longdouble() -> None:
    [expected] = Reference(np.sqrt, 1.0).meaning(case("float64", (1,)), {"x0": np.array([2.0])}).variants[""]
    assert expected.values[0].dtype == np.longdouble


def test_results_may_be_several_and_of_another_dtype() -> None:
    both = Reference(lambda x: (x > 0, x < 0), 0.0, result="bool")
    outputs = both.meaning(case("int32", (2,)), {"x0": np.array([1, -1], np.int32)}).variants[""]
    assert [(one.name, one.dtype, one.values[0].tolist()) for one in outputs] == [
        ("y0", "bool", [1, 0]),
        ("y1", "bool", [0, 1]),
    ]


def test_shapes_that_do_not_broadcast_must_be_refused() -> None:
    added = Reference(np.add, 0.5, broadcast=True)
    arrays = {"x0": np.zeros(2, np.float32), "x1": np.zeros(3, np.float32)}
    assert added.meaning(case("float32", (2,), (3,)), arrays).rule is Rule.REFUSE


def test_a_reference_that_fails_says_on_what() -> None:
    two = {"x0": np.zeros(2, np.float32), "x1": np.zeros(2, np.float32)}
    with pytest.raises(ReferenceFailed, match=r"sqrt failed on float64\[2\], float64\[2\]: TypeError"):
        Reference(sqrt, 1.0).meaning(case("float32", (2,), (2,)), two)
    with pytest.raises(ReferenceFailed, match="expected arrays of real numbers"):
        Reference(lambda x: "text", 1.0).meaning(case("float32", ()), {"x0": np.zeros((), np.float32)})


def sqrt(x: np.ndarray) -> np.ndarray:
    return np.sqrt(x)


def test_the_name_of_a_file_begins_above_its_packages(tmp_path: Path) -> None:
    package = tmp_path / "tests" / "deep"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    file = package / "test_own.py"
    file.touch()
    assert outside.name_of(file) == (tmp_path, "tests.deep.test_own")
    assert outside.folder_of("tests.deep.test_own", str(file)) == str(tmp_path)
    assert outside.folder_of("deep", str(package / "__init__.py")) == str(package.parent)
    with pytest.raises(outside.OutsideError, match=r"module 'other' of .*: a worker cannot import it by that name"):
        outside.folder_of("other", str(file))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no/such/file.py", "no/such/file.py cannot be imported: there is no such file"),
        ("no_such_module", "no_such_module cannot be imported: ModuleNotFoundError"),
    ],
)
def test_what_cannot_be_brought_is_named(text: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(outside.OutsideError, match=re.escape(message)):
        outside.bring(text)


def test_a_module_that_ends_the_process_is_an_error_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ends_here.py").write_text("raise SystemExit(3)\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(outside.OutsideError, match="ends_here cannot be imported: SystemExit: 3"):
        outside.resolve("ends_here")


def test_workers_import_from_where_the_parent_does_but_not_from_its_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "_ORIGINS", {"a.b": outside.Origin("a", "/where/a/is", {"torch": "kernels:f"})})
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    folders = outside.folders()
    assert folders[:2] == ("/where/a/is", str(tmp_path))
    assert str(Path(np.__file__).parents[1]) not in folders
    assert outside.imports("torch") == ("a", "kernels:f")
    assert outside.imports("jax") == ("a",)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("cases", "0", "cases '0': expected a whole number from 1"),
        ("cases", True, "cases True: expected a whole number"),
        ("seed", "-1", "seed '-1': expected a whole number from 0"),
        ("time", "fast", "time 'fast': expected a positive time"),
        ("targets", " , ", "targets ' , ': expected names between commas"),
        ("targets", "toch", "targets 'toch': unknown target 'toch'; did you mean"),
    ],
)
def test_settings_that_do_not_fit_are_errors(name: str, value: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        parsed(name, value)


def test_a_marker_sets_what_concerns_one_test() -> None:
    assert marked({"cases": 7, "time": "2m"}) == {"cases": 7, "time": 120.0}
    assert Settings(Path()).cases == 100
    with pytest.raises(SettingError, match="unknown setting 'caess'; did you mean 'cases'"):
        marked({"caess": 7})
    with pytest.raises(SettingError, match="7 has no name"):
        marked({}, (7,))


def test_a_declaration_costs_a_worker_no_more_than_the_operators_do() -> None:
    code = "import sys, harness.testing; harness.testing.differential; print({name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not eval(loaded) & {"hypothesis", "strategies", "reports", "click", "msgspec", "sqlalchemy", "pytest"}
