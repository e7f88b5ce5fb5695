"""Scripts of findings: the same bits or exception as the harness, and a verdict that turns with what is right."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import discovery, operator
from harness.adapters.base import Adapter
from harness.case import GRADIENT, Case, Described, InputSpec, Kind, Outcome, Raised, Returned, Target
from harness.check import judge_all
from harness.draw import draw_block
from harness.normalise import normalise
from harness.numerics import generate
from harness.operator import Expected, Meaning, Operator, Rule, with_cotangent
from harness.operators.convolution import products
from harness.records import FindingRecord, Fingerprint
from harness.workers import make_pool
from reports.reproducer import program, script
from reports.reproducer.arrays import inputs
from reports.reproducer.sources import Sources, literal, source_of

HOSTILE = 'x\n"""\nraise SystemExit(9)\r\u2028import os\x0c\x00 \ud800 coding: utf-7 \u202e'

RUNNER = """
import json, sys
for text in json.load(open("programs.json")):
    names = {"__name__": "reproducer"}
    try:
        exec(compile(text, "reproducer.py", "exec"), names)
        answer = []
        for result in names["run"]():
            if isinstance(result, tuple):
                answer.append([None if result[0] is None else list(result[0]), result[1]])
            else:
                answer.append([list(result.shape), result.dtype.name, result.tobytes().hex()])
    except Exception as error:
        kind = type(error)
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        answer = [name, str(error)]
    print("\\n@" + json.dumps(answer))
assert not {name.split(".")[0] for name in sys.modules} & {"harness", "reports", "strategies"}
"""
"""Runs many programs in one process, because a framework's import costs seconds."""


def conv(dtype: str = "float32", regime: str = "rounding", **changes: Any) -> Case:
    """A convolution of 4 cells with bias, stride 2 and one cell of padding on both sides."""
    specs = {"x": (2, 2, 4), "w": (3, 2, 3), "b": (3,)}
    limit = 8 if dtype != "bfloat16" else 3
    arrays = {
        name: InputSpec(shape, dtype, regime, i + 1, limit=limit) for i, (name, shape) in enumerate(specs.items())
    }
    parameters = {"stride": (2,), "dilation": (1,), "groups": 1, "padding": ((1, 1),), "batched": True, **changes}
    return Case("conv:aligned", arrays, parameters)


def transposed(dtype: str = "float32", regime: str = "rounding", **changes: Any) -> Case:
    """A transposed convolution of 2 x 3 cells without bias, stride 2, on all of its canvas."""
    arrays = {"x": InputSpec((1, 2, 2, 3), dtype, regime, 5), "w": InputSpec((2, 1, 3, 2), dtype, regime, 6)}
    parameters = {
        "stride": (2, 2),
        "dilation": (1, 1),
        "groups": 1,
        "window": ((0, 5), (0, 6)),
        "batched": True,
        **changes,
    }
    return Case("conv_transpose:aligned", arrays, parameters)


def finding(case: Case, target: str = "torch", kind: Kind = Kind.VALUE, **facts: Any) -> FindingRecord:
    """A finding as the verifier writes it, as far as a script reads it."""
    where = Target.parse(target)
    mark = Fingerprint(case.operator, case.quantity, kind.value, where.framework, "planted")
    return FindingRecord(mark, "bug", facts.pop("sentence", f"{target}: planted"), case, where, (str(where),), **facts)


def execute_script(folder: Path, text: str, flags: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run a script as its reader would: a fresh interpreter, another directory, nothing of opdiff on the path."""
    path = folder / "script.py"
    path.write_bytes(text.encode())
    environment: Mapping[str, str] = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "OPDIFF"))
    }
    return subprocess.run(
        [sys.executable, "-I", *flags, str(path)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


# Source text.


def annotated(first: Mapping[str, int], *rest: int, second: tuple[int, ...] = (), third: bool = True) -> list[int]:
    """Annotations of every kind."""
    total: int = sum(rest)  # é: columns are bytes
    inner = lambda é: é + total  # noqa: E731
    return [inner(len(first)), len(second), int(third)]


def test_source_is_the_functions_own_without_annotations() -> None:
    assert source_of(annotated, "renamed") == (
        "def renamed(first, *rest, second=(), third=True):\n"
        '    """Annotations of every kind."""\n'
        "    total = sum(rest)  # é: columns are bytes\n"
        "    inner = lambda é: é + total  # noqa: E731\n"
        "    return [inner(len(first)), len(second), int(third)]"
    )


def test_source_brings_what_it_refers_to() -> None:
    sources = Sources()
    sources.add(uses_others)
    names: dict[str, Any] = {}
    exec("\n".join([*sources.imports()[0], *sources.imports()[1], sources.definitions()]), names)
    assert names["uses_others"]() == uses_others()
    assert "RUNNER" not in names


LIMIT = 7


def helper() -> int:
    return LIMIT


def uses_others() -> Any:
    return [helper() + n for n in np.arange(3).tolist()], json.dumps(HOSTILE)


def test_a_name_cannot_mean_two_functions() -> None:
    sources = Sources()
    sources.add(helper, "one")
    with pytest.raises(ValueError, match="'one'"):
        sources.add(uses_others, "one")


def test_literals_give_equal_values() -> None:
    value = {"a": (1,), "b": [float("inf"), -0.0, 1e300], HOSTILE: (None, True, ("x", 2**70), {})}
    assert eval(literal(value)) == value
    assert literal(value).isascii()
    with pytest.raises(ValueError, match="no literal"):
        literal(object())


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16", "int32", "bool", "complex64"])
@pytest.mark.parametrize("regime", ["exact", "rounding", "special", "ones", "zeros", "one_hot", "arange"])
@pytest.mark.parametrize("layout", ["contiguous", "transposed", "strided"])
@pytest.mark.parametrize("size", [3, 61])
def test_inputs_have_the_bits_of_the_generator(dtype: str, regime: str, layout: str, size: int) -> None:
    """61 x 4 numbers are too many for literals: then the generator's source runs."""
    if regime == "special" and dtype in ("int32", "bool"):
        regime = "exact"
    spec = InputSpec((size, 4), dtype, regime, 11, layout, limit=5, nonzeros=size)
    sources = Sources()
    lines = inputs(sources, {"x": spec})
    standard, others = sources.imports()
    names: dict[str, Any] = {}
    exec("\n".join([*standard, *others, sources.definitions(), *lines]), names)
    expected = generate(spec)
    assert names["x"].dtype == expected.dtype
    assert names["x"].tobytes() == expected.tobytes()
    assert names["x"].strides == expected.strides
    assert ("random_bits" in sources.functions) == (size == 61 and regime in ("exact", "rounding", "special"))


def test_empty_and_scalar_inputs() -> None:
    sources = Sources()
    lines = inputs(sources, {"x": InputSpec((0, 3), "float32"), "y": InputSpec((), "float64")})
    names: dict[str, Any] = {"np": np}
    exec("\n".join(lines), names)
    assert names["x"].shape == (0, 3)
    assert (names["y"].shape, names["y"].dtype) == ((), np.float64)


# The same bits or the same exception.


def cases(target: Target) -> list[Case]:
    """Values in three regimes and four dtypes, gradients, refusals, and what the generator must make."""
    rounded = [conv(dtype) for dtype in ("bfloat16", "float16", "float32", "float64")]
    some = [
        *rounded,
        conv(regime="special"),
        transposed(regime="exact"),
        transposed("float64"),
        conv(padding=((2, 0),)),
    ]
    wide = conv()
    wide = replace(wide, inputs={**wide.inputs, "x": InputSpec((2, 2, 400), "float32", "rounding", 9, "strided")})
    refused = [
        conv(stride=(0,)),
        conv(groups=2),
        replace(conv(), inputs={**conv().inputs, "b": InputSpec((2,), "float32")}),
    ]
    if target.mode == "abstract":
        return [*some, wide, *refused]
    gradients = [with_cotangent(conv(dtype), (2, 3, 2), dtype, 8) for dtype in ("float32", "float64")]
    gradients.append(with_cotangent(transposed(), (1, 1, 5, 6), "float32", 8))
    bad = with_cotangent(conv(), (2, 3, 5), "float32", 8)
    few = [conv("float32"), transposed(), gradients[0], bad] if str(target) == "torch:cpu:compiled" else []
    return few or [*some, wide, *refused, *gradients, bad]


def said(outcome: Outcome) -> Any:
    """An outcome in the form in which the runner prints results."""
    if isinstance(outcome, Returned):
        return [[list(a.shape), a.dtype.name, a.tobytes().hex()] for a in outcome.arrays]
    if isinstance(outcome, Described):
        shapes = [None if shape is None else list(shape) for shape in outcome.shapes]
        return [list(pair) for pair in zip(shapes, outcome.dtypes, strict=True)]
    assert isinstance(outcome, Raised), outcome
    return refusal(outcome.type, outcome.message)


def refusal(kind: str, message: str) -> list[str]:
    """An exception without sizes and without the places in the calling program that JAX's compiler puts into its message."""
    return [kind, normalise(re.split(r"\sat loc\(", message)[0])]


def modes() -> list[str]:
    return [f"{info.name}:cpu" for info in discovery.adapters().values() if info.path.startswith("harness.")]


@pytest.mark.frameworks
@pytest.mark.parametrize("worker", modes())
def test_script_and_harness_give_the_same(worker: str, tmp_path: Path) -> None:
    info = discovery.adapters()[worker.split(":")[0]]
    asked: list[tuple[Case, Target]] = []
    for mode in info.modes:
        target = Target(info.name, "cpu", mode)
        for case in cases(target):
            if operator.get(case.operator).select(info.table, case, mode) is not None:
                asked.append((case, target))
    assert {target.mode for _, target in asked} == set(info.modes)
    texts = [program(case, target).text() for case, target in asked]
    (tmp_path / "programs.json").write_text(json.dumps(texts))
    done = execute_script(tmp_path, RUNNER)
    assert done.returncode == 0, done.stderr[-2000:]
    answers = [json.loads(line[1:]) for line in done.stdout.splitlines() if line.startswith("@")]
    with make_pool([target for _, target in asked], timeout=120.0) as pool:
        pool.start()
        outcomes = pool.run(asked[0][1].worker, [(case, target.mode) for case, target in asked])
    kinds = set()
    for (case, target), answer, outcome in zip(asked, answers, outcomes, strict=True):
        if isinstance(outcome, Raised):
            answer = refusal(*answer)
        kinds.add((target.mode, case.quantity, type(outcome).__name__))
        assert answer == said(outcome), (case, str(target))
    for mode in set(info.modes) - {"abstract"}:  # Neither side's silence is taken for agreement.
        assert {(mode, quantity, "Returned") for quantity in ("value", GRADIENT)} <= kinds
    assert any(kind == "Raised" for _, _, kind in kinds)


# The verdict. NumPy plays the framework; its calls misbehave in one way each, and are mended in the text of the script.


def from_numpy(numpy: Any, array: np.ndarray, device: str) -> Any:
    return array.copy()


def to_numpy(numpy: Any, array: Any) -> np.ndarray:
    return numpy.asarray(array)


def eager(numpy: Any, function: Any) -> Any:
    return function


def describe(numpy: Any, function: Any, arrays: Sequence[Any]) -> list[Any]:
    result = function(*arrays)
    return [(result.shape, result.dtype.name)]


class NumPy(Adapter):
    """A framework that is always there."""

    name = table = "numpy"
    modes = ("eager", "abstract")
    environment: Mapping[str, str] = {"NUMPY_SWITCH": 'a "quoted" one'}
    requires = ("numpy",)
    imports = "import numpy"
    transforms: Mapping[str, Any] = {"eager": eager}
    from_numpy = staticmethod(from_numpy)
    to_numpy = staticmethod(to_numpy)
    describe = staticmethod(describe)


def sum_meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """The sum of x and w, by one convention, or by two of which the second subtracts."""
    rule = Rule[case.parameters.get("rule", "COMPUTE")]
    if rule is Rule.REFUSE:
        return Meaning(rule, f"must not be {HOSTILE}")
    x, w = (arrays[name].astype(np.float64) for name in ("x", "w"))

    def output(value: np.ndarray) -> tuple[Expected, ...]:
        return (
            Expected(
                value.shape, case.dtype, (value,), lambda dtype, accuracy: np.abs(value) / 64, case.regime == "exact"
            ),
        )

    variants = {"": output(x + w)}
    if case.parameters.get("two"):
        variants = {"sum": output(x + w), "difference": output(x - w)}
    return Meaning(rule, "", variants)


PLANTED = Operator("sum", inputs=("x", "w"), meaning=sum_meaning, structures=list, cases=lambda case, seed: [case])


@PLANTED.call("numpy", spelling="right")
def _(numpy, x, w):
    return numpy.add(x, w)


@PLANTED.call("numpy", spelling="wrong")
def _(numpy, x, w):
    return numpy.maximum(x, w)


@PLANTED.call("numpy", spelling="difference", convention=lambda case: "sum")
def _(numpy, x, w):
    return numpy.subtract(x, w)


@PLANTED.call("numpy", spelling="nan")
def _(numpy, x, w):
    return numpy.add(x, w) * numpy.nan


@PLANTED.call("numpy", spelling="shape")
def _(numpy, x, w):
    return numpy.add(x, w)[:-1]


@PLANTED.call("numpy", spelling="dtype")
def _(numpy, x, w):
    return numpy.add(x, w).astype("float64")


@PLANTED.call("numpy", spelling="two")
def _(numpy, x, w):
    return numpy.add(x, w), numpy.add(x, w)


@PLANTED.call("numpy", spelling="raises")
def _(numpy, x, w):
    raise ValueError("no\nway")


@PLANTED.call("numpy", spelling="internal")
def _(numpy, x, w):
    raise RuntimeError("INTERNAL ASSERT FAILED: please report a bug")


@PLANTED.call("numpy", spelling="dies")
def _(numpy, x, w):
    import os

    os.abort()


@PLANTED.call("numpy", spelling="hangs")
def _(numpy, x, w):
    import time

    time.sleep(100)


@PLANTED.call("numpy", spelling="memory")
def _(numpy, x, w):
    return numpy.ones(1 << 30, "uint8")


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy among the adapters, the sum among the operators."""
    info = discovery._info("numpy", f"{__name__}:NumPy")
    assert not info.problem
    operator.load()
    monkeypatch.setitem(operator._REGISTRY, "sum", PLANTED)
    module = sys.modules["reports.reproducer.program"]  # The package's attribute of that name is the function.
    monkeypatch.setattr(module, "adapters", lambda: {**discovery.adapters(), "numpy": info})


def pair(spelling: str, regime: str = "exact", size: int = 5, **parameters: Any) -> Case:
    """Two arrays to be added by the call of that spelling."""
    specs = {name: InputSpec((size, 2), "float32", regime, i, limit=9) for i, name in enumerate("xw")}
    return Case("sum", specs, {"spelling": spelling, **parameters})


REFUSED = {"rule": "REFUSE"}
RIGHT, RAISES = "    return numpy.add(x, w)", '    raise ValueError("x must not be so")'
VERDICTS = [
    (Kind.VALUE, pair("wrong"), "numpy:cpu:eager", RIGHT, 1, "AssertionError: y[0, 0] is"),
    (Kind.VALUE, pair("wrong", "rounding"), "numpy:cpu:eager", RIGHT, 1, "AssertionError: y["),
    (Kind.VALUE, pair("wrong", size=3000), "numpy:cpu:eager", RIGHT, 1, "AssertionError: y["),
    (Kind.NOT_FINITE, pair("nan", "rounding"), "numpy:cpu:eager", RIGHT, 1, "is nan; expected"),
    (Kind.SHAPE, pair("shape"), "numpy:cpu:eager", RIGHT, 1, "y has the shape (4, 2); expected (5, 2)"),
    (Kind.SHAPE, pair("shape"), "numpy:cpu:abstract", RIGHT, 1, "y has the shape (4, 2); expected (5, 2)"),
    (Kind.SHAPE, pair("two"), "numpy:cpu:eager", RIGHT, 1, "2 results; expected 1"),
    (Kind.SHAPE, pair("difference", two=True), "numpy:cpu:eager", RIGHT, 1, "AssertionError: y["),
    (Kind.VALUE, pair("wrong", two=True), "numpy:cpu:eager", "    return numpy.subtract(x, w)", 1, "; or y["),
    (Kind.DTYPE, pair("dtype"), "numpy:cpu:eager", RIGHT, 1, "y has the dtype float64; expected float32"),
    (Kind.RAISED, pair("raises"), "numpy:cpu:eager", RIGHT, 1, "ValueError: no\nway"),
    (Kind.RAISED, pair("raises"), "numpy:cpu:abstract", RIGHT, 1, "ValueError: no\nway"),
    (Kind.ACCEPTED, pair("right", **REFUSED), "numpy:cpu:eager", RAISES, 1, "AssertionError: accepted"),
    (Kind.DESCRIBED_INVALID, pair("right", **REFUSED), "numpy:cpu:abstract", RAISES, 1, "AssertionError: accepted"),
    (
        Kind.BAD_REFUSAL,
        pair("internal", **REFUSED),
        "numpy:cpu:eager",
        RAISES,
        1,
        "AssertionError: an internal assertion",
    ),
    (Kind.BAD_REFUSAL, pair("right", **REFUSED), "numpy:cpu:eager", RAISES, 1, "AssertionError: accepted"),
    (Kind.BAD_REFUSAL, pair("internal", rule="EITHER"), "numpy:cpu:eager", RIGHT, 1, "AssertionError: an internal"),
    (Kind.DIED, pair("dies"), "numpy:cpu:eager", RIGHT, -6, ""),
    (Kind.DIED, pair("dies", **REFUSED), "numpy:cpu:eager", RAISES, -6, ""),
    (Kind.TIMED_OUT, pair("hangs"), "numpy:cpu:eager", RIGHT, 1, "Timeout (0:00:00.500000)!"),
    (Kind.OUT_OF_MEMORY, pair("memory"), "numpy:cpu:eager", RIGHT, 1, "Unable to allocate 1.00 GiB"),
    (Kind.OUT_OF_MEMORY, pair("memory", **REFUSED), "numpy:cpu:eager", RAISES, 1, "Unable to allocate 1.00 GiB"),
]


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize(("kind", "case", "target", "mended", "status", "words"), VERDICTS)
def test_script_fails_today_and_passes_once_mended(
    kind: Kind, case: Case, target: str, mended: str, status: int, words: str, tmp_path: Path
) -> None:
    detail = {"limit": 0.5, "memory": 1 << 28, "output": "y", "index": [2999, 1]}
    text = script(finding(case, target, kind, detail=detail, sentence=HOSTILE, reason=HOSTILE, source=HOSTILE))
    done = execute_script(tmp_path, text, ["-O"])
    assert done.returncode == status, done.stderr
    assert words in done.stderr
    call = text[text.index("def call(") :].split("\n\n\n")[0]
    done = execute_script(tmp_path, text.replace(call, f"def call(numpy, x, w):\n{mended}"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ok: ")


@pytest.mark.usefixtures("planted")
def test_a_call_that_is_right_passes_and_a_wrong_expectation_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for regime in ("exact", "rounding", "arange"):
        record = finding(pair("right", regime), "numpy")
        assert execute_script(tmp_path, script(record)).returncode == 0

        def wrong(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
            return sum_meaning(case, {**arrays, "x": arrays["x"] + np.float32(0.5)})

        with monkeypatch.context() as patch:
            patch.setattr(PLANTED, "meaning", wrong)
            done = execute_script(tmp_path, script(record))
        assert done.returncode == 1
        assert "AssertionError: y[" in done.stderr


@pytest.mark.usefixtures("planted")
def test_a_large_output_is_sampled_with_the_element_that_was_found_wrong(tmp_path: Path) -> None:
    """Only element 7777 is wrong; a sample that did not hold it would pass."""
    case = pair("right", size=5000)
    for index, status in (([3888, 1], 1), ([3888, 0], 0)):
        text = script(finding(case, "numpy", detail={"output": "y", "index": index}))
        call = "    result = numpy.add(x, w)\n    result.reshape(-1)[7777] += 1\n    return result"
        assert execute_script(tmp_path, text.replace(RIGHT, call)).returncode == status
        assert len(text) < 20_000


@pytest.mark.usefixtures("planted")
def test_special_values_readings_and_free_elements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NaN where a reading has it passes; infinity for NaN fails; what is free passes with anything."""
    values = (np.array([np.nan, 1.0, np.inf]), np.array([2.0, 1.0, np.inf]))

    def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
        bound = np.array([0.5, 0.25, np.inf])
        free = np.array([False, True, False])
        return Meaning(
            Rule.COMPUTE, "", {"": (Expected((3,), "float32", values, lambda dtype, facts: bound, free=free),)}
        )

    monkeypatch.setattr(PLANTED, "meaning", meaning)
    text = script(finding(pair("right"), "numpy"))
    for result, status in (
        ("[nan, 7, inf]", 0), ("[2.5, nan, inf]", 0), ("[2.75, 1, inf]", 1), ("[inf, 1, inf]", 1), ("[2, 1, nan]", 1),
    ):  # fmt: skip
        call = f"    from numpy import inf, nan\n\n    return numpy.array({result}, 'float32')"
        done = execute_script(tmp_path, text.replace(RIGHT, call))
        assert done.returncode == status, (result, done.stderr)


@pytest.mark.usefixtures("planted")
def test_reference_values_wider_than_float64_stay_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound admits the result only if the digits beyond float64 are there."""
    value = np.longdouble(1) + np.longdouble(2) ** -60
    assert value != 1

    for exponent, status in ((-61, 1), (-59, 0)):
        bound = np.full(1, np.longdouble(2) ** exponent)
        outputs = (Expected((1,), "float64", (np.full(1, value),), lambda dtype, facts, bound=bound: bound),)
        monkeypatch.setattr(PLANTED, "meaning", lambda case, arrays, o=outputs: Meaning(Rule.COMPUTE, "", {"": o}))
        text = script(finding(pair("right"), "numpy")).replace(RIGHT, "    return numpy.ones(1)")
        assert execute_script(tmp_path, text).returncode == status


@pytest.mark.usefixtures("planted")
def test_text_of_any_origin_stays_in_comments_and_literals() -> None:
    record = finding(pair("right", **REFUSED), "numpy", Kind.ACCEPTED, sentence=HOSTILE, reason=HOSTILE, source=HOSTILE)
    text = script(replace(record, versions={"numpy": HOSTILE, "python": HOSTILE}))
    head = text.split("\nimport os\n")[0]
    assert all(line.startswith("#") or not line for line in head.split("\n"))
    assert head.isprintable() or set(head) - {"\n"} == {c for c in head if c.isprintable()}
    assert not any("coding" in line for line in text.splitlines()[:2])
    assert "SystemExit" in head
    plain = script(replace(record, sentence="", reason="", source="", versions={}))
    assert text.split("\nimport os\n")[1] == plain.split("\nimport os\n")[1]


@pytest.mark.usefixtures("planted")
def test_what_has_no_source_is_refused() -> None:
    with pytest.raises(LookupError, match="nowhere"):
        script(finding(pair("right"), "nowhere"))
    with pytest.raises(ValueError, match="no call of torch"):
        script(finding(pair("right"), "torch"))


class OwnWay(NumPy):
    """An adapter that runs cases by itself."""

    def execute(self, case: Case, mode: str) -> Outcome:
        return Raised("Never", "")


@pytest.mark.parametrize(
    ("path", "words"), [(f"{__name__}:OwnWay", "in its own way"), ("nowhere:X", "cannot be imported")]
)
def test_adapters_without_printable_functions_are_refused(
    path: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules["reports.reproducer.program"]
    monkeypatch.setattr(module, "adapters", lambda: {"other": discovery._info("other", path)})
    with pytest.raises(ValueError, match=words):
        script(finding(conv(), "other"))


# Real frameworks.


@pytest.mark.frameworks
@pytest.mark.parametrize("target", ["torch:cpu:eager", "torch:cpu:abstract"])
def test_scripts_of_a_framework_that_is_right_pass(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And fail where the definition is planted to be another one."""
    case = conv()
    done = execute_script(tmp_path, script(finding(case, target)))
    assert (done.returncode, done.stdout) == (0, "ok: the result is right\n"), done.stderr
    op = operator.get(case.operator)
    right = op.meaning
    other = conv(stride=(1,))
    monkeypatch.setattr(op, "meaning", lambda case, arrays: right(other, arrays))
    done = execute_script(tmp_path, script(finding(case, target)))
    assert done.returncode == 1
    assert "AssertionError: y has the shape (2, 3, 2); expected (2, 3, 4)" in done.stderr


JUDGE = """
import json
for text in json.load(open("programs.json")):
    try:
        exec(compile(text, "script.py", "exec"), {})
        print("@True")
    except Exception:
        print("@False")
"""


@pytest.mark.frameworks
def test_the_script_says_what_the_harness_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds fifty times too small make many results wrong, so that both verdicts are given."""
    bound = products.summation_bound

    def tight(*facts: Any) -> Any:
        error = bound(*facts)
        return None if error is None else error / 50

    monkeypatch.setattr(products, "summation_bound", tight)
    asked: list[tuple[Case, Target]] = []
    for key in ("conv:aligned", "conv_transpose:aligned", "conv:nominal", "conv_transpose:nominal"):
        op = operator.get(key)
        structures = [drawn.case for drawn in draw_block(op.structures(), key, 3, 2, 20)]
        cases = [
            case
            for structure in structures
            if not structure.parameters.get("hostile")
            for case in op.cases(structure, 5)
        ]
        asked += [(case, Target("torch")) for case in cases if op.select("torch", case, "eager") is not None][:50]
    with make_pool([Target("torch")], timeout=120.0) as pool:
        pool.start()
        outcomes = pool.run("torch:cpu", [(case, target.mode) for case, target in asked])
    texts, right = [], []
    for (case, target), outcome in zip(asked, outcomes, strict=True):
        checked = judge_all(case, {target: outcome}, discovery.adapters())
        if checked.meaning.rule is not Rule.EITHER:
            found = checked.judgements[target].disagreement
            kind = found.kind if found else Kind.ACCEPTED if checked.meaning.rule is Rule.REFUSE else Kind.VALUE
            texts.append(script(finding(case, "torch", kind, detail=found.detail if found else {})))
            right.append(found is None)
    (tmp_path / "programs.json").write_text(json.dumps(texts))
    done = execute_script(tmp_path, JUDGE)
    said_so = [line == "@True" for line in done.stdout.splitlines() if line.startswith("@")]
    assert said_so == right, done.stderr[-2000:]
    assert min(sum(right), len(right) - sum(right)) > 10


WORDS = {"stride": (2,), "dilation": (1,), "groups": 1, "padding": "same", "output_padding": None, "output_size": None}


@pytest.mark.frameworks
def test_an_ambiguity_shows_every_framework(tmp_path: Path) -> None:
    arrays = {"x": InputSpec((1, 1, 3), "float32", "arange"), "w": InputSpec((1, 1, 3), "float32", "arange")}
    case = Case("conv_transpose:nominal", arrays, {**WORDS, "batched": True})
    op = operator.get(case.operator)
    conventions = {}
    for info in discovery.adapters().values():
        for mode in info.modes:
            call = op.select(info.table, case, mode)
            if call is not None:
                conventions[f"{info.name}:cpu:{mode}"] = [call.convention(case)]
    meaning = op.meaning(case, {name: generate(spec) for name, spec in arrays.items()})
    detail = {"conventions": conventions, "notes": dict(meaning.notes)}
    text = script(finding(case, kind=Kind.AMBIGUITY, detail=detail))
    done = execute_script(tmp_path, text)
    assert done.returncode == 0, done.stderr
    blocks = [block.split("\n", 1) for block in done.stdout.strip().split("\n\n")]
    shown = {title.split(":")[0]: rest for title, rest in blocks}
    tables = {discovery.adapters()[name.split(":")[0]].table for name in conventions}
    assert {discovery.adapters()[name].table for name in shown} == tables
    for title, rest in blocks:
        convention = title.partition("(")[2].rstrip(")")
        (expected,) = meaning.variants[convention]
        assert f"shape {expected.shape}, float32" in rest
        assert str(expected.values[0].astype(np.float32)) in rest
    assert len({rest for _, rest in blocks}) > 1
    for name, note in meaning.notes.items():
        assert f"{name} elsewhere: " in text
        assert note["agree"].split("(")[0] in text
