"""Findings as a test wants them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.case import Case, InputSpec, Target
from harness.causes import key_of
from harness.records import FindingRecord, Fingerprint, OutcomeSummary


def finding(
    framework: str = "torch",
    call: str = "torch.erf(x)",
    below: str | None = None,
    *,
    operator: str = "erf",
    quantity: str = "value",
    kind: str = "value",
    cause: str = "y: wrong values",
    mode: str = "eager",
    **changes: Any,
) -> FindingRecord:
    """A finding of ``framework`` in ``call``; ``below`` is the verdict on the framework that Keras runs on."""
    target = Target(framework, "cpu", mode)
    outcomes = [OutcomeSummary(str(target), "returned", call=row(call), verdict="disagreed")]
    if below is not None:
        native = Target(framework.removeprefix("keras-"), "cpu", mode)
        text = row("torch.erf(x)")
        outcomes.append(OutcomeSummary(str(native), "returned", call=text, verdict=below))
    record = FindingRecord(
        fingerprint=Fingerprint(operator, quantity, kind, framework, cause),
        severity="bug",
        sentence=f"{target} is wrong",
        case=Case(operator, {"x": InputSpec((2, 3), "float32")}, {}, quantity),
        target=target,
        targets=(str(target),),
        outcomes=tuple(outcomes),
    )
    return replace(record, **changes)


def row(call: str) -> str:
    """The source of a plain operator's row."""
    return f"def f({call.partition('.')[0]}, x):\n    return {call}\n"


def together(*findings: FindingRecord) -> bool:
    """Whether they are one cause."""
    return len({key_of(each) for each in findings}) == 1
