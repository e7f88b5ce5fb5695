"""Which elements of a result are wrong, as far as a stored finding tells.

A finding keeps the arrays, the worst element with its bound, and which elements were judged to be wrong. One of an older version says only
how many: of that, elements are marked where one rule for all of them gives as many; else the worst one alone. Where a property decides, an
element by itself is neither right nor wrong, and what is expected is one result of several: nothing is marked, and no difference is shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.text import one_line

LONGEST = 80
"""Characters of the text of a complex number."""
LISTED = 8
"""Places that are named in words."""


@dataclass(frozen=True)
class Fault:
    """The elements to mark in one output, the worst one, what the marks mean, and whether only one result is right."""

    index: tuple[int, ...] = ()
    marked: tuple[tuple[int, ...], ...] = ()
    words: str = ""
    unique: bool = True

    @classmethod
    def of(cls, detail: Mapping[str, Any], expected: Any, got: Any) -> Fault:
        """The fault of the output that ``detail`` speaks of; nothing is marked in any other output."""
        if "property" in detail:
            words = one_line(str(detail["property"]), LONGEST)
            return cls(
                words=f"Judged by a property, {words}: what is expected is one right result, and no element is marked.",
                unique=False,
            )
        index = _index(detail.get("index"))
        if index is None or not (_is(got, index, detail.get("got")) and _is(expected, index, detail.get("expected"))):
            return NONE
        marked = _wrong(detail, index, list(_pairs(expected, got, ())))
        return cls(index, marked, _words(marked, detail))

    @staticmethod
    def distance(expected: Any, got: Any) -> float:
        """|got - expected|; infinite where one of them is not finite and they are not the same."""
        if expected == got:
            return 0.0
        a, b = _number(expected), _number(got)
        return math.inf if a is None or b is None else abs(b - a)


NONE = Fault()
"""Nothing is marked."""


def finite(value: Any) -> float | None:
    """The value as a finite number; None for text ("nan", "inf") and anything else."""
    if isinstance(value, (int, float)) and abs(value) <= 1e308 and math.isfinite(value):
        return float(value)
    return None


def magnitude(value: Any) -> float | None:
    """Size of a finite real or complex number; None for anything else."""
    size = _number(value)
    return None if size is None else abs(size)


def _number(value: Any) -> complex | float | None:
    if not isinstance(value, str):
        return finite(value)
    if len(value) > LONGEST or not value.endswith(("j", "j)")):
        return None
    try:
        parsed = complex(value)
    except ValueError:
        return None
    return parsed if math.isfinite(abs(parsed)) else None


def _index(value: Any) -> tuple[int, ...] | None:
    if isinstance(value, (list, tuple)) and all(isinstance(part, int) for part in value):
        return tuple(value)
    return None


def _is(array: Any, index: tuple[int, ...], wanted: Any) -> bool:
    """Whether the array has that number at that place."""
    for part in index:
        if not isinstance(array, (list, tuple)) or not 0 <= part < len(array):
            return False
        array = array[part]
    return not isinstance(array, (list, tuple)) and (array == wanted or _number(array) == _number(wanted) is not None)


def _pairs(expected: Any, got: Any, index: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Any, Any]]:
    if isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)):
        for i, (a, b) in enumerate(zip(expected, got, strict=False)):
            yield from _pairs(a, b, (*index, i))
    else:
        yield index, expected, got


def _wrong(
    detail: Mapping[str, Any], worst: tuple[int, ...], pairs: Sequence[tuple[tuple[int, ...], Any, Any]]
) -> tuple[tuple[int, ...], ...]:
    """The places that the finding names. Else as many as it counts, by the bound of the worst one, absolute or relative, or by not being
    finite. Else the worst.
    """
    named = detail.get("places")
    if isinstance(named, (list, tuple)) and all(isinstance(place, int) and 0 <= place < len(pairs) for place in named):
        judged = tuple(pairs[place][0] for place in named)
        if worst in judged:
            return judged
    bound, size = finite(detail.get("bound")) or 0.0, magnitude(detail.get("expected")) or 0.0
    errors = [(place, Fault.distance(right, value), magnitude(right) or 0.0) for place, right, value in pairs]
    rules = (
        [place for place, error, _ in errors if error > bound],
        [place for place, error, _ in errors if error == math.inf],
        [place for place, error, own in errors if error * size > bound * own],
    )
    fitting = (tuple(rule) for rule in rules if len(rule) == detail.get("wrong") and worst in rule)
    return next(fitting, (worst,))


def _words(marked: Sequence[tuple[int, ...]], detail: Mapping[str, Any]) -> str:
    """What the marks mean, and the places of the first ones."""
    places = ", ".join(f"[{', '.join(map(str, place))}]" for place in marked[:LISTED] if place)
    more = f" and {len(marked) - LISTED} more" if len(marked) > LISTED else ""
    where = f" ({places}{more})" if places else ""
    wrong, of = detail.get("wrong"), detail.get("of")
    known = isinstance(wrong, int) and isinstance(of, int)
    if wrong == len(marked):
        return f"Marked: what is wrong, {wrong:,} of {of:,}{where}." if known else f"Marked: what is wrong{where}."
    return f"Marked: the worst element{where}" + (f"; {wrong:,} of {of:,} are wrong." if known else ".")
