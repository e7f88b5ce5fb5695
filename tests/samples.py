"""Sample runs for the tests of the store, the command line and the reports: plausible, deterministic, of any size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness.case import Case, InputSpec, Target
from harness.history import Seen
from harness.records import FindingRecord, Fingerprint, OutcomeSummary, RunRecord, Severity, Statistic, Status

TARGETS = tuple(
    f"{framework}:cpu:{mode}"
    for framework, modes in {
        "jax": ("eager", "compiled", "abstract"),
        "keras-jax": ("eager", "abstract"),
        "keras-tensorflow": ("eager", "abstract"),
        "keras-torch": ("eager",),
        "tensorflow": ("eager", "graph", "compiled"),
        "tf_keras": ("eager",),
        "torch": ("eager", "compiled", "abstract"),
    }.items()
    for mode in modes
)
OPERATORS = ("conv:aligned", "conv:nominal", "conv_transpose:aligned", "conv_transpose:nominal")
VERSIONS = {
    "jax": "0.10.2",
    "keras": "3.15.1",
    "numpy": "2.4.0",
    "python": "3.12.7",
    "tensorflow": "2.21.0",
    "torch": "2.13.0",
}
ENVIRONMENT = {"cpu": "x86_64, 2 cores", "flags": "avx2 avx512f fma", "threads": "1", "KERAS_BACKEND": "jax"}
TIMING = {
    "framework": 71.2,
    "generation": 4.4,
    "oracle": 6.1,
    "comparison": 3.9,
    "transport": 2.2,
    "store": 0.4,
    "idle": 1.8,
}
COVERAGE = {
    "kernel > input": 211,
    "stride > kernel": 154,
    "dilation > 1": 412,
    "groups: depthwise": 97,
    "batch 0": 33,
    "padding: same_lower": 0,
    "dtype: bfloat16": 301,
    "channels last": 530,
}
AMBIGUITY = {
    "conventions": {"torch:cpu:eager": ["explicit"], "keras-jax:cpu:eager": ["same"], "tensorflow:cpu:eager": ["same"]},
    "notes": {
        "explicit": {
            "window": [[1, 3], [1, 3]],
            "canvas": [5, 5],
            "candidates": [[3, 4], [3, 4]],
            "agree": "jax.lax.conv_transpose(padding=[(1, 1), (1, 1)])",
        },
        "same": {
            "window": [[0, 4], [0, 4]],
            "canvas": [5, 5],
            "candidates": [[3, 4], [3, 4]],
            "agree": "jax.lax.conv_transpose(padding=[(2, 1), (2, 1)])",
        },
    },
}
CALL = """@conv_transpose.call("torch", spelling="functional")
def _(torch, x, w, b=None, *, stride, padding=0):
    return torch.nn.functional.conv_transpose2d(x, w, b, stride, padding)
"""
SCRIPT = '''"""{title}: prints what it expects and what it gets; needs torch and NumPy only."""
import os
os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np
import torch

x = np.ones((1, 1, 2, 2), "float32")
w = np.arange(1, 10, dtype="float32").reshape(1, 1, 3, 3)


def call(torch, x, w, *, stride):
    return torch.nn.functional.conv_transpose2d(x, w, stride=stride)


y = call(torch, torch.from_numpy(x), torch.from_numpy(w), stride=(2, 2))
print(y.shape, y.numpy())
'''
EXPECTED = [
    [1.0, 2.0, 4.0, 2.0, 3.0],
    [4.0, 5.0, 10.0, 5.0, 6.0],
    [8.0, 10.0, 20.0, 10.0, 12.0],
    [4.0, 5.0, 10.0, 5.0, 6.0],
    [7.0, 8.0, 16.0, 8.0, 9.0],
]
GOT = [
    [1.0, 2.0, 4.0, 2.0, 3.0],
    [4.0, 5.0, 10.0, 5.0, 6.0],
    [8.0, 10.0, 20.0, 10.0, 12.5],
    [4.0, 5.0, 10.0, "nan", 6.0],
    [7.0, 8.0, 16.0, 8.0, 9.0],
]


def sample_case(operator: str = "conv_transpose:aligned", **parameters: Any) -> Case:
    """A 2 x 2 image of ones and a 3 x 3 kernel, stride 2."""
    inputs = {"x": InputSpec((1, 1, 2, 2), "float32", "ones"), "w": InputSpec((1, 1, 3, 3), "float32", "arange")}
    return Case(operator, inputs, {"stride": (2, 2), "dilation": (1, 1), "window": ((0, 5), (0, 5)), **parameters})


def _outcomes(blamed: str, kind: str) -> tuple[OutcomeSummary, ...]:
    """The oracle, the blamed target and a bystander."""
    shape, call = ((1, 1, 5, 5),), CALL
    oracle = OutcomeSummary("oracle", "oracle", "", shape, ("float64",), ([[EXPECTED]],))
    right = OutcomeSummary(
        "jax:cpu:eager", "returned", "", shape, ("float32",), ([[EXPECTED]],), "jax.lax.conv_transpose(x, w, ...)"
    )
    wrong = OutcomeSummary(blamed, "returned", "", shape, ("float32",), ([[GOT]],), call, verdict=Status.DISAGREED)
    if kind == "ambiguity":
        return _readings()
    if kind in ("raised", "bad_refusal"):
        wrong = OutcomeSummary(
            blamed, "raised", "RuntimeError: INTERNAL ASSERT FAILED at Convolution.cpp:1204", call=call
        )
    if kind == "died":
        wrong = OutcomeSummary(blamed, "died", "SIGSEGV\nFatal Python error: Segmentation fault", call=call)
    if kind == "shape":
        wrong = replace(wrong, shapes=((1, 1, 6, 6),), arrays=(None,))
    return oracle, wrong, replace(right, composed=True)


def _readings() -> tuple[OutcomeSummary, ...]:
    """The oracle under two conventions, and a target that follows each."""
    arrays = {"explicit": [row[1:4] for row in EXPECTED[1:4]], "same": [row[:4] for row in EXPECTED[:4]]}
    rows = []
    for target, convention in (("torch:cpu:eager", "explicit"), ("tensorflow:cpu:eager", "same")):
        values = arrays[convention]
        shape = ((1, 1, len(values), len(values)),)
        oracle = f"oracle ({convention})"
        rows.append(OutcomeSummary(oracle, "oracle", "", shape, ("float64",), ([[values]],), conventions=(convention,)))
        rows.append(
            OutcomeSummary(target, "returned", "", shape, ("float32",), ([[values]],), CALL, False, (convention,))
        )
    return tuple(sorted(rows, key=lambda row: row.status != "oracle"))


def _sentence(kind: str, target: str, index: int) -> str:
    return {
        "value": f"{target} is {3.1 + index:.3g}e5 ulp from the oracle at (0, 0, 2, 4); jax:cpu is within 2.",
        "not_finite": f"{target} returns NaN at (0, 0, 3, {index}) where the oracle is finite.",
        "shape": f"{target} gives y the shape (1, 1, 6, {6 + index}); by the definition it is (1, 1, 5, 5).",
        "raised": f"{target} refuses a case that must compute: RuntimeError: stride {index} is not supported.",
        "died": f"{target} the process died: SIGSEGV (stride {2**31 + index}).",
        "ambiguity": f"Size {24 + index}: torch follows explicit, keras same; output_padding=(1, 1) makes them equal.",
    }.get(kind, f"{target}: {kind.replace('_', ' ')} in setting {index}.")


def sample_finding(
    index: int = 0, kind: str = "value", framework: str = "torch", severity: str = "", operator: str = OPERATORS[2]
) -> FindingRecord:
    """One finding; equal arguments give equal records, another ``index`` another fingerprint."""
    target = Target(framework)
    severity = severity or (Severity.AMBIGUITY if kind == "ambiguity" else Severity.BUG)
    mark = Fingerprint(operator, "value", kind, "*" if kind == "ambiguity" else framework, f"cause {index}")
    windows = {"oracle": [[0, 5], [0, 5]], str(target): [[0, 5], [1, 5]]}
    detail = {"output": "y", "index": [0, 0, 2, 4], "got": 12.5, "expected": 12.0, "canvas": [5, 5], "windows": windows}
    return FindingRecord(
        fingerprint=mark,
        severity=severity,
        sentence=_sentence(kind, str(target), index),
        case=sample_case(operator),
        target=target,
        targets=(str(target), f"{framework}:cpu:compiled"),
        detail=AMBIGUITY if kind == "ambiguity" else detail,
        outcomes=_outcomes(str(target), kind),
        count=1 + index * 7 % 40,
        reproduced=3 if index % 5 else 2,
        attempts=3,
        minimal=index % 7 != 3,
        reason="Channels-last transposed convolution is documented for stride 1 only."
        if severity == Severity.KNOWN
        else "",
        source="https://keras.io/api/layers/convolution_layers" if severity == Severity.KNOWN else "",
        script=SCRIPT.format(title=mark.id),
        seed=1234,
        block=index,
        versions=VERSIONS,
        environment=ENVIRONMENT,
        first_run="run-1",
        last_run="run-2",
        first_seen="2026-11-20T09:12:44Z",
        last_seen="2026-11-21T10:05:31Z",
        marks=("not minimal",) if index % 7 == 3 else ("suspect: oracle",) if index % 11 == 5 else (),
    )


def sample_findings(count: int = 12) -> list[FindingRecord]:
    """``count`` findings of every kind and severity; three in four are bugs."""
    kinds = ["value", "shape", "died", "ambiguity", "raised", "not_finite", "value", "bad_refusal", "accepted", "dtype"]
    frameworks = ["torch", "tensorflow", "jax", "keras-torch", "torch"]
    return [
        sample_finding(
            index,
            kinds[index % len(kinds)],
            frameworks[index % len(frameworks)],
            Severity.KNOWN if index % 8 == 7 else "",
            OPERATORS[index % len(OPERATORS)],
        )
        for index in range(count)
    ]


def sample_run(findings: Sequence[FindingRecord] = (), fresh: int = 3, **changes: Any) -> RunRecord:
    """A finished run that saw the first ``fresh`` bugs of ``findings`` first."""
    bugs = [finding for finding in findings if finding.severity == Severity.BUG]
    run = RunRecord(
        id="20261121-100301-7f3a",
        seed=1234,
        operators=OPERATORS,
        targets=TARGETS,
        state="finished",
        started="2026-11-21T10:03:01Z",
        ended="2026-11-21T10:04:31Z",
        cases=5321,
        structures=1390,
        comparisons=61244,
        unavailable={
            "torch:cuda:eager": "torch.cuda.is_available() is False: no NVIDIA driver found",
            "jax:cuda:eager": "jax.devices('cuda'): Unknown backend cuda",
        },
        versions=VERSIONS,
        environment=ENVIRONMENT,
        timing=TIMING,
        coverage=dict.fromkeys(OPERATORS, COVERAGE),
        new=tuple(finding.id for finding in bugs[:fresh]),
        lost=(),
        opdiff="0.1.0",
    )
    return replace(run, **changes)


def sample_statistics(targets: Sequence[str] = TARGETS) -> list[Statistic]:
    """Statistics of every operator, quantity, regime and target, in every state of a cell of the matrix."""
    rows = []
    for o, operator in enumerate(OPERATORS):
        for q, quantity in enumerate(("value", "gradient")):
            for t, target in enumerate(targets):
                rows.extend(_statistics(operator, quantity, target, o, q, t))
    return rows


def _statistics(operator: str, quantity: str, target: str, o: int, q: int, t: int) -> list[Statistic]:
    if q and target.endswith("abstract"):
        return []
    if (o + q + t) % 9 == 4:
        reasons = {"no padding pairs with output_padding": 300, "float16 is not taken on the CPU": 40}
        return [Statistic(operator, quantity, "exact", target, {Status.UNSUPPORTED: 340}, reasons=reasons)]
    counts: dict[str, int] = {Status.AGREED: 900 + 31 * t, Status.AGREED_REFUSAL: 80, Status.UNSUPPORTED: 12 * (t % 3)}
    if "nominal" in operator and t % 3 == 0:
        counts[Status.OTHER_CONVENTION] = 210
    if (o * 3 + t) % 13 == 6:
        counts[Status.KNOWN] = 14
    reasons = {"no string padding SAME_LOWER": 12 * (t % 3)} if t % 3 else {}
    ratio = 0.04 + 0.061 * ((3 * o + 5 * t + q) % 14)
    return [
        Statistic(operator, quantity, "exact", target, counts, composed=120, native=900, seconds=2.0, reasons=reasons),
        Statistic(operator, quantity, "rounding", target, {Status.AGREED: 400}, native=400, ratio=ratio, seconds=1.0),
    ]


@dataclass
class MemoryStore:
    """The part of the store that reports read, in memory; ``earlier`` are runs before it with what they saw, oldest first."""

    run: RunRecord
    records: list[FindingRecord] = field(default_factory=list)
    rows: list[Statistic] = field(default_factory=list)
    earlier: list[tuple[RunRecord, dict[str, Seen]]] = field(default_factory=list)

    def findings(self, run_id: str | None = None) -> list[FindingRecord]:
        """All findings; there is one run."""
        return self.records

    def statistics(self, run_id: str) -> list[Statistic]:
        """All statistics; there is one run."""
        return self.rows

    def runs(self) -> list[RunRecord]:
        """The run and those before it, newest first."""
        return [self.run, *(run for run, _ in reversed(self.earlier))]

    def sightings(self, run_id: str) -> dict[str, Seen]:
        """The run saw every finding."""
        if run_id == self.run.id:
            return {one.id: Seen(one.count, one.targets, one.attempts, one.reproduced) for one in self.records}
        return next(seen for run, seen in self.earlier if run.id == run_id)


def sample_store(count: int = 12, **changes: Any) -> MemoryStore:
    """A store with one run of ``count`` findings."""
    findings = sample_findings(count)
    return MemoryStore(sample_run(findings, **changes), findings, sample_statistics())
