"""Findings of ``torch.compile`` by the rules that PyTorch's form has for fuzzers: what qualifies, and a script that obeys them.

The rules: default tolerances, indices of extremes are not compared, a float64 result is the baseline of both (``fp64_ref`` of
``torch._dynamo.utils.same``), and the generator's state is the same before each call (``fallback_random`` and a seed).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness import operator
from harness.case import GRADIENT, Kind
from harness.formats import kind_of, numpy_dtype
from harness.meaning import Expected, Property
from harness.operators.moves.positions import REFUSES
from harness.records import FindingRecord, OutcomeSummary
from reports.bug_report.rules import check_compiled, show_errors, widened
from reports.reproducer.arrays import inputs
from reports.reproducer.expectation import meaning_of, property_checks, variants
from reports.reproducer.program import Program, adapter_of, block, info_of, names_of, present, variables
from reports.reproducer.script import header
from reports.reproducer.sources import literal

TOLERANCES = {
    "float16": (1e-3, 1e-5),
    "bfloat16": (1.6e-2, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
    "complex64": (1.3e-6, 1e-5),
    "complex128": (1e-7, 1e-7),
}
"""Relative and absolute tolerance of ``torch.testing.assert_close`` by dtype; other dtypes are compared exactly."""

SAME, TIMES = 1e-4, 3.0
"""Of ``torch._dynamo.utils.same``: both tolerances, and how many times eager's error (root mean square, of fewer than 1,000
elements) the compiled one may have."""

CANNOT = (LookupError, TypeError, ValueError)
"""What comes of a case whose operator, parameters or sources are not those of this version."""

COMPARED = (Kind.VALUE, Kind.NOT_FINITE, Kind.SHAPE, Kind.DTYPE, Kind.RAISED)
"""Kinds that the script of the rules shows; that of any other kind has nothing to compare."""


@dataclass(frozen=True)
class Qualification:
    """Whether a finding may be filed as a fuzzer's report. ``holds`` is None where what is stored does not tell."""

    holds: bool | None
    reason: str

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        begin = {True: "qualifies by what is stored", False: "does not qualify", None: "may qualify"}[self.holds]
        return f"{begin}: {self.reason}"


def is_compiled(finding: FindingRecord) -> bool:
    """Whether the finding is about ``torch.compile``."""
    return (finding.target.framework, finding.target.mode) == ("torch", "compiled")


def qualification(finding: FindingRecord) -> Qualification:
    """What the stored results of eager, compiled code and the oracle say by the rules."""
    stored = {outcome.target: outcome for outcome in finding.outcomes}
    compiled = stored.get(str(finding.target))
    eager = stored.get(str(replace(finding.target, mode="eager")))
    if eager is None or compiled is None:
        return Qualification(None, "eager was not run on this case; the script compares with it")
    if eager.verdict in ("disagreed", "known", "died", "timed_out", "out_of_memory"):
        return Qualification(False, "eager is wrong on this case too, so it is no finding of torch.compile")
    if finding.fingerprint.kind not in (Kind.VALUE, Kind.NOT_FINITE):
        return Qualification(True, "eager is right, and no tolerance is involved")
    return _by_values(finding, eager, compiled)


def _by_values(finding: FindingRecord, eager: OutcomeSummary, compiled: OutcomeSummary) -> Qualification:
    """The comparison that the script makes, on the stored arrays."""
    oracle = [outcome for outcome in finding.outcomes if outcome.status == "oracle"][:1]
    stored = [outcome.arrays for outcome in (*oracle, eager, compiled)]
    if (
        not oracle
        or len({len(arrays) for arrays in stored}) > 1
        or any(array is None for arrays in stored for array in arrays)
    ):
        return Qualification(None, "not all results are stored; the script compares them")
    try:
        expected = _outputs(finding)
    except CANNOT as error:
        return Qualification(None, f"the case cannot be judged here ({error})")
    reasons = []
    for i, (output, dtype) in enumerate(zip(expected, compiled.dtypes, strict=True)):
        exact, *others = (_array(arrays[i]) for arrays in stored)
        reasons.append(_held(output.property, compiled) if output.property else _close(dtype, exact, *others))
    if all(reasons):
        return Qualification(False, "; ".join(dict.fromkeys(reasons)))
    return Qualification(True, "beyond the default tolerances from eager, and farther from the float64 result")


def _held(wanted: Property, compiled: OutcomeSummary) -> str:
    """Why a result that is not unique is right; ``""`` when it is not."""
    arrays = []
    for stored, dtype in zip(compiled.arrays, map(numpy_dtype, compiled.dtypes), strict=True):
        numbers = _array(stored)
        arrays.append((numbers if dtype.kind == "c" else numbers.real).astype(dtype))
    with np.errstate(all="ignore"):
        error = np.nan_to_num(np.atleast_1d(wanted.of(arrays)).astype(np.float64), nan=np.inf)
    return f"{wanted.words}: indices among ties are not compared" if error.max(initial=0.0) <= 1 else ""


def _close(dtype: str, exact: np.ndarray, eager: np.ndarray, compiled: np.ndarray) -> str:
    """Why the two are the same by the rules; ``""`` when they are not."""
    relative, absolute = TOLERANCES.get(dtype, (0.0, 0.0))
    with np.errstate(all="ignore"):
        if np.allclose(compiled, eager, relative, absolute, equal_nan=True):
            return f"within the default tolerances from eager (rtol {relative:g}, atol {absolute:g})"
        if np.allclose(compiled, eager, SAME, SAME, equal_nan=True):
            return f"within {SAME:g} of eager, the tolerance of torch._dynamo.utils.same"
        rest = ~((np.isnan(eager) & np.isnan(compiled)) | (np.isinf(eager) & (eager == compiled)))
        errors = [np.sqrt(np.mean(np.abs(array - exact)[rest] ** 2)) for array in (eager, compiled)]
        if dtype in TOLERANCES and errors[1] <= TIMES * errors[0] + SAME / 10:
            return "no farther from the float64 result than eager (torch._dynamo.utils.same)"
    return ""


def _array(stored: Any) -> np.ndarray:
    """Numbers as the store lists them: complex ones and those that are not finite are text."""
    return np.asarray(np.vectorize(complex, otypes=[np.complex128])(np.asarray(stored, object)))


def compiled_script(finding: FindingRecord) -> str:
    """A script that compares compiled code with eager by the rules; exit status 0 when they agree.

    Raises LookupError and ValueError like ``reports.reproducer.script``, ValueError for a kind that compares no results, and
    whatever of ``CANNOT`` the operator raises.
    """
    if finding.fingerprint.kind not in COMPARED:
        raise ValueError(f"kind {finding.fingerprint.kind!r}: nothing to compare with eager")
    case, target = finding.case, finding.target
    info = info_of(target)
    adapter, parts = adapter_of(info), Program()
    parts.environment.update(variables(info, target.device))
    parts.imports += [
        "import torch",
        "import torch._inductor.config",
        "from torch._dynamo.utils import same",
        "",
        "torch._inductor.config.fallback_random = True  # compiled code draws what eager draws",
    ]
    call = operator.get(case.operator).select(adapter.table, case, target.mode)
    if call is None:
        raise ValueError(f"{target}: no call of {adapter.table} expresses this {case.operator} case")
    name = parts.sources.add(call.function, "call")
    arguments = [f"{key}={literal(value)}" for key, value in call.arguments(case).items()]
    parts.body.append("\n".join(inputs(parts.sources, present(case))))
    parts.body.append(
        block("def function(*tensors):", f"return {name}({', '.join(['torch', '*tensors', *arguments])})")
    )
    parts.body.append(_run(parts, finding, adapter))
    parts.body.append(_comparison(parts, finding, adapter))
    return "\n".join(
        [header(finding, info.requires, ("Compared by the rules of PyTorch's form for fuzzers.",)), parts.text()]
    )


def _run(parts: Program, finding: FindingRecord, adapter: Any) -> str:
    """The definition of ``run``, which takes the gradient of the function that it is given where the case asks for one."""
    case = finding.case
    from_numpy, wide = parts.sources.add(adapter.from_numpy), parts.sources.add(widened)
    tensors = [
        f'{from_numpy}(torch, {name}, "{finding.target.device}")' if name in case.inputs else "None"
        for name in names_of(case)
    ]
    called = "function"
    if case.quantity == GRADIENT:
        op = operator.get(case.operator)
        wanted = [op.inputs.index(name) for name in op.wanted(case)]
        called = f"{parts.sources.add(adapter.gradient)}(torch, function, {wanted})"
    body = (
        f"tensors = [{', '.join(tensors)}]\n"
        "if baseline:\n"
        f"    tensors = [{wide}(torch, tensor) for tensor in tensors]\n"
        "torch.manual_seed(0)  # the generator's state is the same before each call\n"
        f"results = {called}(*tensors)\n"
        "return list(results) if isinstance(results, (tuple, list)) else [results]"
    )
    return block("def run(function, baseline=False):", body)


def _comparison(parts: Program, finding: FindingRecord, adapter: Any) -> str:
    """Statements that run the three and compare them, output by output."""
    expected = _outputs(finding)
    lines = [
        "eager = run(function)",
        "compiled = run(torch.compile(function, dynamic=False))",
        "baseline = run(function, baseline=True)  # in float64",
    ]
    if any(output.property for output in expected):
        to_numpy = parts.sources.add(adapter.to_numpy)
        lines.append(f"results = [{to_numpy}(torch, result) for result in compiled]")
    for i, output in enumerate(expected):
        if output.property:
            lines.append(f"# {output.name} is not unique: not compared; its property is checked.")
            lines += property_checks(parts.sources, output, output.property)
        else:
            check, show = parts.sources.add(check_compiled), parts.sources.add(show_errors)
            name = literal(output.name)
            lines.append(f"{show}(torch, {name}, baseline[{i}], eager=eager[{i}], compiled=compiled[{i}])")
            lines.append(f"{check}(torch, same, eager[{i}], compiled[{i}], baseline[{i}])")
    return "\n".join([*lines, 'print("ok: compiled code agrees with eager by the rules")'])


def _outputs(finding: FindingRecord) -> list[Expected]:
    """The expected outputs; where another convention leaves open which index it is among ties, by that one.

    What is compared element by element has no property: that of a function of single numbers only says which convention it is.
    """
    op, meaning = operator.get(finding.case.operator), meaning_of(finding)
    readings = [*variants(finding, meaning).items(), *meaning.variants.items()]
    computed = [outputs for convention, outputs in readings if convention != REFUSES]
    if op.pointwise:
        computed = [tuple(replace(output, property=None) for output in outputs) for outputs in computed]
    return [
        next(
            (outputs[i] for outputs in computed if outputs[i].property and kind_of(outputs[i].dtype) == "integer"),
            output,
        )
        for i, output in enumerate(computed[0] if computed else ())
    ]
