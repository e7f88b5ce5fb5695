"""Explanations by what became of the right result: its order, its sign, a factor, an offset, a limit, what it holds instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial

import numpy as np

from harness.diagnosis.explanation import Explanation, mapped, of_elements
from harness.diagnosis.observation import Observation
from harness.elements import Admissible
from harness.formats import FLOATS, kind_of

Move = Callable[[np.ndarray], np.ndarray]

FACTORS = tuple(Fraction(n, d) for n in range(1, 5) for d in range(1, 5) if n != d and Fraction(n, d).denominator == d)
"""Plain factors by which a result may be off."""

CONSTANT = 2.0**-8
"""Relative width within which quotients count as one factor, where it is none of the plain ones."""


def constants(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Every element is zero, or NaN: the result was not computed."""
    name = runs[0].name
    for value, words in ((0.0, "zeros"), (np.nan, "NaN")):

        def predict(run: Observation, value: float = value) -> Admissible:
            assert run.allowed is not None, "asked for runs that are judged by elements"
            return Admissible((np.full(run.got.shape, value, run.got.dtype),), None, None)

        yield of_elements(f"all {words}", f"{name} is all {words}", predict)


def unchanged(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """The result is one of the inputs, as it is."""
    for name in runs[0].arrays:

        def predict(run: Observation, name: str = name) -> Admissible | None:
            array = run.arrays.get(name)
            if array is None or array.shape != run.got.shape or run.raw is None or array.dtype != run.raw.dtype:
                return None
            return Admissible((array.astype(run.got.dtype),), None, None)

        yield of_elements("input returned", f"{runs[0].name} is the input {name}, unchanged", predict)


def signs(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Signs, conjugates or imaginary parts of the result are lost."""
    name = runs[0].name
    rows: list[tuple[str, str, Move]] = [
        ("sign reversed", "has the opposite sign", np.negative),
        ("sign lost", "is the absolute value of the right result", np.abs),
    ]
    if kind_of(runs[0].focus.dtype) == "complex":
        rows.append(("conjugate", "is the conjugate of the right result", np.conj))
        rows.append(("imaginary part lost", "is the real part of the right result", _real))
    else:
        rows.append(("negative numbers lost", "holds zeros where negative numbers are right", _not_negative))
    for slug, words, change in rows:
        yield _mapped(slug, f"{name} {words}", change)
    yield of_elements("sign of zero lost", f"zeros of {name} lose their sign", _positive_zeros)


def _real(array: np.ndarray) -> np.ndarray:
    return np.real(array).astype(array.dtype)


def _not_negative(array: np.ndarray) -> np.ndarray:
    return np.where(array < 0, 0, array)


def _mapped(slug: str, sentence: str, change: Move, scale: float = 1.0) -> Explanation:
    def predict(run: Observation) -> Admissible:
        assert run.allowed is not None, "asked for runs that are judged by elements"
        return mapped(run.allowed, change, scale)

    return of_elements(slug, sentence, predict)


def _positive_zeros(run: Observation) -> Admissible | None:
    """The right result with zeros that are all positive, where signs of zeros count."""
    if run.allowed is None or not run.allowed.signed or run.got.dtype.kind == "c":
        return None
    return mapped(run.allowed, lambda value: np.where(value == 0, 0.0, value))


def special_results(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """NaN or infinities of the right result are something else."""
    name, dtype = runs[0].name, runs[0].focus.dtype
    if kind_of(dtype) not in ("float", "complex"):
        return
    for value in (0.0, np.inf, -np.inf):
        yield _mapped(
            "NaN lost", f"{name} holds {value:g} where NaN is right", partial(_replaced, where=np.isnan, value=value)
        )
    for value in (0.0, np.nan):
        yield _mapped(
            "infinity lost",
            f"{name} holds {value:g} where an infinity is right",
            partial(_replaced, where=np.isinf, value=value),
        )
    if dtype in FLOATS:
        largest = FLOATS[dtype].largest
        yield _mapped(
            "infinity saturated",
            f"{name} holds the largest finite number where an infinity is right",
            lambda a: np.where(np.isinf(a), np.copysign(largest, a), a),
        )


def _replaced(array: np.ndarray, where: Move, value: float) -> np.ndarray:
    return np.where(where(array), value, array)


def factors(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Every element is off by one factor: a plain one, or one of the sizes of the inputs."""
    shown = runs[0]
    if shown.allowed is None or shown.got.dtype.kind == "c" or shown.focus.dtype == "bool":
        return
    for factor in _plain(shown):
        yield _factor(f"{shown.name} is {factor} times the right result", float(factor))


def _plain(run: Observation) -> tuple[Fraction, ...]:
    """Plain factors, those by a size of the inputs, and by a size and the next smaller one."""
    lengths = sorted({n for spec in run.case.inputs.values() for n in (*spec.shape, spec.size) if n > 1})
    sized = [f for n in lengths for f in (Fraction(n, n - 1), Fraction(n - 1, n), Fraction(n), Fraction(1, n))]
    return tuple(dict.fromkeys((*FACTORS, *sized)))


def measured_factor(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Every element is off by one factor, whatever it is."""
    shown = runs[0]
    if shown.allowed is None or shown.got.dtype.kind == "c" or shown.focus.dtype == "bool":
        return
    measured = _measured([run for run in runs if run.same and run.allowed is not None])
    if measured is not None and not any(abs(measured / float(f) - 1) < CONSTANT for f in _plain(shown)):
        yield _factor(f"{shown.name} is {measured:.7g} times the right result", measured, loose=True)


def _factor(sentence: str, factor: float, loose: bool = False) -> Explanation:
    def predict(run: Observation) -> Admissible | None:
        assert run.allowed is not None, "asked for runs that are judged by elements"
        right = run.allowed
        if not loose:
            return _computed(run, lambda a: a * factor, factor)
        room = np.abs(right.readings[0]) * abs(factor - 1) * CONSTANT
        bound = (np.zeros(room.shape) if right.bound is None else right.bound * abs(factor)) + room
        return Admissible(tuple(a * factor for a in right.readings), bound, right.free, right.signed)

    return of_elements("constant factor", sentence, predict)


def _computed(run: Observation, change: Move, scale: float = 1.0) -> Admissible | None:
    """The right result with one more operation, and the rounding of that."""
    if run.raw is None or run.allowed is None:
        return None
    if run.allowed.bound is None:
        dtype = run.raw.dtype
        if dtype.kind in "iub":
            return mapped(run.allowed, change)
        return mapped(run.allowed, lambda a: change(a).astype(dtype).astype(a.dtype))
    moved = mapped(run.allowed, change, scale)
    room = FLOATS[run.focus.dtype].roundoff * np.abs(moved.readings[0]) if run.focus.dtype in FLOATS else 0.0
    return Admissible(moved.readings, np.asarray(run.allowed.bound * abs(scale) + room), moved.free, moved.signed)


def _measured(runs: Sequence[Observation]) -> float | None:
    """The middle one of the quotients of what came back and what is right, over all elements of all runs."""
    quotients: list[float] = []
    for run in runs:
        assert run.allowed is not None, "asked for runs that are judged by elements"
        right = run.allowed.readings[0]
        with np.errstate(all="ignore"):
            usable = np.isfinite(right) & np.isfinite(run.got) & (right != 0) & (run.got != 0)
            quotients += (run.got[usable] / right[usable]).astype(np.float64).tolist()
    middle = float(np.median(quotients)) if len(quotients) > 1 else 0.0
    return middle if middle > 0 and abs(middle - 1) > 2.0**-40 else None


def offsets(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Every element is off by one number."""
    shown = runs[0]
    if shown.allowed is None or shown.got.dtype.kind == "c" or shown.focus.dtype == "bool":
        return
    for offset in (1.0, -1.0, 0.5, -0.5, 2.0, -2.0):
        words = f"{abs(offset):g} {'more' if offset > 0 else 'less'} than the right result"
        sentence = f"{shown.name} is {words}"
        yield of_elements("constant offset", sentence, partial(_computed, change=partial(np.add, offset)))


def limits(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """The result is cut at some magnitude."""
    shown = runs[0]
    if shown.allowed is None or shown.got.dtype.kind == "c":
        return
    with np.errstate(all="ignore"):
        sizes = np.abs(shown.got[np.isfinite(shown.got)])
    most = float(sizes.max(initial=0.0))
    if most > 0 and shown.wrong.any():
        sentence = f"{shown.name} is cut at magnitude {most:.7g}"
        yield _mapped("result cut", sentence, lambda a: np.clip(a, -most, most))
