"""How an outcome's outputs differ from one expectation: the first mismatch in words and data, and the largest error / bound. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from harness.case import Described, Kind, Returned
from harness.elements import admissible
from harness.formats import FLOATS
from harness.meaning import Accuracy, Expected, Property

WRONG, INACCURATE = "wrong values", "beyond the error bound"
"""What the cause of a wrong number ends with: no digit is right, or some are."""

GROSS = 2.0**-6
"""An error above this part of the result's largest element leaves no digit right."""


MOST_PLACES = 400
"""Elements of an output up to which its wrong ones are named: a store keeps no larger one, in which they could be shown."""


@dataclass(frozen=True)
class Mismatch:
    """How an output differs from one expectation."""

    kind: Kind
    cause: str
    sentence: str
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def searched(self) -> str:
        """What known differences search: the cause, and which dtype stands for which. Dtypes are in no fingerprint."""
        if self.kind is not Kind.DTYPE:
            return self.cause
        return f"{self.cause}: {self.detail['got_dtype']} for {self.detail['expected_dtype']}"


def compare(
    outcome: Returned | Described, expected: Sequence[Expected], accuracy: Accuracy
) -> tuple[Mismatch | None, float]:
    """The first output that differs from its expectation, and the largest error / bound."""
    if isinstance(outcome, Described):
        for output, shape, dtype in zip(expected, outcome.shapes, outcome.dtypes, strict=False):
            mismatch = _compare_shape(output, shape, dtype)
            if mismatch:
                return replace(mismatch, cause=f"described {mismatch.cause}"), 0.0
        return None, 0.0
    worst = 0.0
    if len(outcome.arrays) != len(expected):
        sentence = f"returns {len(outcome.arrays)} results, not {len(expected)}"
        return Mismatch(Kind.SHAPE, "number of results", sentence), 0.0
    for output, got in zip(expected, outcome.arrays, strict=True):
        mismatch = _compare_shape(output, got.shape, got.dtype.name)
        ratio = 0.0
        if mismatch is None and output.property:
            mismatch, ratio = _compare_property(output, output.property, outcome.arrays)
        elif mismatch is None:
            mismatch, ratio = _compare_values(output, got, accuracy)
        worst = max(worst, ratio)
        if mismatch:
            return mismatch, worst
    return None, worst


def numbers_lost(outcome: Returned | Described, expected: Sequence[Expected], accuracy: Accuracy) -> bool:
    """Whether every wrong element is NaN or infinite in the place of a number. Not where anything else than elements is wrong."""
    if isinstance(outcome, Described) or len(outcome.arrays) != len(expected):
        return False
    for output, got in zip(expected, outcome.arrays, strict=True):
        if output.property or _compare_shape(output, got.shape, got.dtype.name):
            return False
        allowed = admissible(output, accuracy)
        if allowed is not None:
            first = allowed.readings[0]
            wide = got.astype(first.dtype)
            if not (allowed.holds(wide) | (~np.isfinite(wide) & np.isfinite(first))).all():
                return False
    return True


def _compare_shape(expected: Expected, shape: tuple[int | None, ...] | None, dtype: str) -> Mismatch | None:
    """Known dimensions and the dtype; an unknown dimension agrees with everything."""
    detail = {
        "output": expected.name,
        "got": shape,
        "expected": expected.shape,
        "got_dtype": dtype,
        "expected_dtype": expected.dtype,
    }
    known = shape is None or (
        len(shape) == len(expected.shape) and all(a in (None, b) for a, b in zip(shape, expected.shape, strict=True))
    )
    if not known:
        sentence = f"gives {expected.name} the shape {shape}; by the definition it is {expected.shape}"
        return Mismatch(Kind.SHAPE, f"shape of {expected.name}: {_wrong_axes(expected, shape)}", sentence, detail)
    if dtype != expected.dtype and dtype not in expected.other_dtypes:
        sentence = f"gives {expected.name} the dtype {dtype}; expected {expected.dtype}"
        return Mismatch(Kind.DTYPE, f"dtype of {expected.name}", sentence, detail)
    return None


def _wrong_axes(expected: Expected, shape: tuple[int | None, ...] | None) -> str:
    """Which kinds of axes differ, in words that do not depend on the rank."""
    if shape is None or len(shape) != len(expected.shape):
        return "number of axes"
    names = expected.axes or tuple(f"axis {i}" for i in range(len(shape)))
    wrong = {name for name, a, b in zip(names, shape, expected.shape, strict=True) if a not in (None, b)}
    return ", ".join(sorted(wrong))


def _compare_values(expected: Expected, got: np.ndarray, accuracy: Accuracy) -> tuple[Mismatch | None, float]:
    """Every element against what is admissible for it; also the largest error / bound."""
    allowed = admissible(expected, accuracy)
    if allowed is None or got.size == 0:
        return None, 0.0
    wide = got.astype(allowed.readings[0].dtype)
    right = allowed.holds(wide)
    ratio = allowed.ratio(wide)
    if right.all():
        return None, ratio
    if not (~right & ~allowed.wrong_sign(wide)).any():
        return _describe_sign(expected, wide, ~right), ratio
    return _describe_wrong(expected, wide, right, allowed.bound), ratio


def _compare_property(
    expected: Expected, wanted: Property, outputs: Sequence[np.ndarray]
) -> tuple[Mismatch | None, float]:
    """A property that the outputs must have; its error is in multiples of what is admissible."""
    with np.errstate(all="ignore"):
        errors = np.nan_to_num(np.atleast_1d(wanted.of(outputs)).astype(np.float64), nan=np.inf)
    worst = float(errors.max(initial=0.0))
    if worst <= 1:
        return None, worst
    detail = {
        "output": expected.name,
        "property": wanted.words,
        "error": _number(np.float64(worst)),
        "lost": _share(worst, expected.dtype),
        "wrong": int((errors > 1).sum()),
        "of": int(errors.size),
    }
    sentence = f"gives {expected.name} for which {wanted.words} does not hold: the error is {worst:.3g} times the bound"
    return Mismatch(Kind.VALUE, f"{expected.name}: {wanted.words}", sentence, detail), worst


def _describe_sign(expected: Expected, got: np.ndarray, wrong: np.ndarray) -> Mismatch:
    """Zeros of the other sign, and nothing else, are wrong."""
    where = np.unravel_index(int(np.argmax(wrong)), got.shape)
    index = [int(i) for i in where]
    right = "-0.0" if np.signbit(expected.values[0][where]) else "0.0"
    detail = {
        "output": expected.name,
        "index": index,
        "expected": right,
        "wrong": int(wrong.sum()),
        "of": int(wrong.size),
        **_places(wrong),
    }
    sentence = (
        f"gives {expected.name}{index} a zero of the wrong sign; it is {right} "
        f"({detail['wrong']} of {detail['of']} elements are wrong)"
    )
    return Mismatch(Kind.VALUE, f"{expected.name}: sign of zero", sentence, detail)


def _describe_wrong(expected: Expected, got: np.ndarray, right: np.ndarray, bound: np.ndarray | None) -> Mismatch:
    """The worst wrong element in words and data. The cause tells a wrong number from an inaccurate one."""
    value = expected.values[0]
    wrong = ~right
    special = ~(np.isfinite(got) & np.isfinite(value))
    if (wrong & special).any():
        where = np.unravel_index(int(np.argmax(wrong & special)), got.shape)
        kind, cause = Kind.NOT_FINITE, f"{expected.name}: NaN or infinity"
    else:
        with np.errstate(all="ignore"):
            error = np.where(wrong, np.nan_to_num(np.abs(got - value), nan=np.inf), -1.0)
        where = np.unravel_index(int(np.argmax(error)), got.shape)
        scale = np.abs(value[np.isfinite(value)]).max(initial=0.0)
        gross = not error[where] <= scale * GROSS
        kind, cause = Kind.VALUE, f"{expected.name}: {WRONG if gross else INACCURATE}"
    index = [int(i) for i in where]
    limit = 0.0 if bound is None else float(bound[where])
    how = "exactly, in any order of summation" if bound is None else f"within {limit:.3g}"
    detail = {
        "output": expected.name,
        "index": index,
        "got": _number(got[where]),
        "expected": _number(value[where]),
        "bound": limit,
        "wrong": int(wrong.sum()),
        "of": int(wrong.size),
        **_places(wrong),
    }
    if cause.endswith(INACCURATE) and bound is not None:
        detail["lost"] = _digits_lost(float(np.abs(got[where] - value[where])), bound, expected.dtype)
    sentence = (
        f"gives {expected.name}{index} = {_number(got[where])}; the {expected.dtype} result is {_number(value[where])} {how} "
        f"({detail['wrong']} of {detail['of']} elements are wrong)"
    )
    return Mismatch(kind, cause, sentence, detail)


def _places(wrong: np.ndarray) -> dict[str, Any]:
    """Which elements are wrong, counted in C order; nothing where there are many elements."""
    return {"places": np.flatnonzero(wrong).tolist()} if wrong.size <= MOST_PLACES else {}


def _digits_lost(error: float, bound: np.ndarray, dtype: str) -> float:
    """How bad an inaccurate result is: 0 where it is just beyond the bound, 1 where hardly a digit is right, by digits in between.

    Measured against the largest bound, not the element's own, which may be as small as one likes where terms cancel; and as a share of
    the dtype's digits. So neither the draw nor the dtype decides how bad a defect looks.
    """
    largest = float(bound[np.isfinite(bound)].max(initial=0.0))
    return _share(error / largest, dtype) if largest else 0.0


def _share(ratio: float, dtype: str) -> float:
    """The part of the digits of ``dtype`` that an error of ``ratio`` times the bound costs, at most 1."""
    digits = np.log2(GROSS / FLOATS[dtype].roundoff) if dtype in FLOATS else 1.0
    return float(np.clip(np.log2(max(ratio, 1.0)) / digits, 0.0, 1.0))


def _number(value: Any) -> float | str:
    """A JSON-able number; non-finite ones as text."""
    if np.iscomplexobj(value):
        return str(complex(value))
    number = float(value)
    return number if np.isfinite(number) else str(number)
