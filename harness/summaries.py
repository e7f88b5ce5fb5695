"""Outcomes of a judged case as the store keeps them, side by side."""

from __future__ import annotations

import inspect
import re
import textwrap
from dataclasses import replace
from typing import Any

import numpy as np

from harness.case import (
    Described,
    Died,
    Outcome,
    OutOfMemory,
    Raised,
    Returned,
    Target,
    TimedOut,
    Unsupported,
)
from harness.check import Checked
from harness.records import OutcomeSummary

MOST_NUMBERS = 400
"""Numbers of an array up to which they are kept."""


def summaries(checked: Checked) -> tuple[OutcomeSummary, ...]:
    """The oracle's and every target's outcome, as the store keeps them."""
    rows = [_oracle(checked, name) for name in checked.meaning.variants]
    return tuple(rows) + tuple(
        _summary(checked, target, outcome) for target, outcome in sorted(checked.outcomes.items())
    )


def _oracle(checked: Checked, convention: str) -> OutcomeSummary:
    outputs = checked.meaning.variants[convention]
    values = [output.values[0] for output in outputs if output.values]
    return OutcomeSummary(
        target=f"oracle ({convention})" if convention else "oracle",
        status="oracle",
        shapes=tuple(output.shape for output in outputs),
        dtypes=tuple(output.dtype for output in outputs),
        arrays=tuple(_listed(value) for value in values),
        conventions=(convention,) if convention else (),
    )


def _summary(checked: Checked, target: Target, outcome: Outcome) -> OutcomeSummary:
    judgement = checked.judgements[target]
    call = checked.calls[target]
    base = OutcomeSummary(
        target=str(target),
        status=re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(outcome).__name__).lower(),
        call=textwrap.dedent(inspect.getsource(call.function)) if call else "",
        composed=bool(call and call.composed),
        conventions=tuple(c for c in judgement.fits if c),
        verdict=judgement.status.value,
    )
    match outcome:
        case Returned(arrays=arrays):
            shapes, dtypes = tuple(a.shape for a in arrays), tuple(a.dtype.name for a in arrays)
            return replace(base, shapes=shapes, dtypes=dtypes, arrays=tuple(map(_listed, arrays)))
        case Described(shapes=shapes, dtypes=dtypes):
            return replace(base, shapes=shapes, dtypes=dtypes)
        case Raised(type=kind, message=message):
            return replace(base, text=f"{kind}: {message}"[:2000])
        case Died(how=how, last_words=words):
            return replace(base, text=f"{how}\n{words}"[:2000])
        case TimedOut(limit=limit):
            return replace(base, text=f"no answer within {limit:g} s")
        case OutOfMemory(message=text) | Unsupported(reason=text):
            return replace(base, text=text[:2000])


def _listed(array: np.ndarray) -> Any:
    """Nested lists of floats, non-finite and complex ones as text; None above 400 numbers."""
    if array.size > MOST_NUMBERS:
        return None
    if array.dtype.kind == "c":
        return np.vectorize(str, otypes=[object])(array.astype(np.complex128)).tolist()
    with np.errstate(over="ignore"):  # longdouble results may exceed float64
        numbers = array.astype(np.float64)
    if np.isfinite(numbers).all():
        return numbers.tolist()
    texts = np.asarray(numbers.astype(str), object)
    return np.where(np.isfinite(numbers), np.asarray(numbers, object), texts).tolist()
