"""Scripts of findings: source text, inputs, and a verdict that turns with what is right. Framework tests stand beside."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scripted import FAKE, HOSTILE, PLANTED, NumPy, conv, execute_script, finding, pair, sum_meaning

from harness import discovery, operator
from harness.case import Case, InputSpec, Kind, Outcome, Raised
from harness.meaning import Expected, Meaning, Rule
from harness.values import generate
from reports.reproducer import script
from reports.reproducer.arrays import inputs
from reports.reproducer.sources import Sources, literal, source_of

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


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy among the adapters, the sum among the operators."""
    info = discovery._info("numpy", FAKE)
    assert not info.problem
    operator.load()
    monkeypatch.setitem(operator._REGISTRY, "sum", PLANTED)
    module = sys.modules["reports.reproducer.program"]  # The package's attribute of that name is the function.
    monkeypatch.setattr(module, "adapters", lambda: {**discovery.adapters(), "numpy": info})


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
