"""Linear maps of tracked numbers: taking elements, adding them up in places, sums of products with cosines.

Read by the workers: Python 3.9 syntax; standard library and NumPy only.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Tuple

import numpy as np

from harness.meaning import Accuracy
from harness.operators.facts import Facts
from harness.operators.formula import COMPOSED, Formulas, formula_operator
from harness.operators.tracked import OPERATIONS, Tracked, overflowing, rounded
from harness.plain import Expressions

NOWHERE = -1
"""In an array of places: a zero that is no element."""


def taken(x: Tracked, places: np.ndarray) -> Tracked:
    """The elements of x at flat ``places``; zero at ``NOWHERE``."""

    def pick(array: np.ndarray) -> np.ndarray:
        longer = np.append(array.reshape(-1), np.zeros(1, array.dtype))
        return np.asarray(longer[places])

    back = [(x, lambda g: added(g, places, x.shape))]
    return Tracked(x.how, pick(x.value), pick(x.error), back)


def added(x: Tracked, places: np.ndarray, shape: Tuple[int, ...]) -> Tracked:
    """An array of ``shape`` whose element at each of the flat ``places`` is the sum, in any order, of the elements of x with that place."""
    size = int(np.prod(shape, dtype=np.int64))

    def total(array: np.ndarray) -> np.ndarray:
        sums = np.zeros(size + 1, array.dtype)
        np.add.at(sums, np.where(places == NOWHERE, size, places).reshape(-1), array.reshape(-1))
        return np.asarray(sums[:size].reshape(shape))

    terms = np.bincount(np.where(places == NOWHERE, size, places).reshape(-1), minlength=size + 1)[:size].reshape(shape)
    lost = np.where(terms > 1, terms, 0) * x.how.summing
    value, error = total(x.value), total(x.error)
    bound = error + np.where(lost > 0, lost / (1 - lost) * total(np.abs(x.value) + x.error), 0)
    bound = np.where(np.isnan(bound), np.inf, bound)
    back = [(x, lambda g: taken(g, places))]
    single = terms <= 1
    finite = total(np.where(np.isfinite(x.value), np.abs(x.value) + x.error, 0))
    uncertain = np.isinf(error) | overflowing(x.how, value, finite)
    node = rounded(x.how, value, bound, back, uncertain=uncertain)
    return Tracked(x.how, value, np.where(single, error, node.error), back)


def spectrum(x: Tracked, matrix: np.ndarray) -> Tracked:
    """x times a matrix of cosines (n, m) along the last axis, computed as a fast transform may: an error relative to the sum of |x|.

    Of about log2 n stages, each loses a few roundings of numbers that are at most the sum of |x| (Higham, Accuracy and Stability of
    Numerical Algorithms, 2nd ed., section 24.1); lengths with large prime factors take two transforms of twice the length.
    """
    n = max(matrix.shape[0], 2)
    size = float(np.abs(matrix).max(initial=1.0))
    whole = np.broadcast_to((np.abs(x.value) + x.error).sum(-1, keepdims=True), (*x.shape[:-1], matrix.shape[1]))
    moved = np.broadcast_to(x.error.sum(-1, keepdims=True), whole.shape)
    stages = 3 * (float(np.log2(n)) + 2)
    error = size * (moved + 5 * stages * x.how.roundoff * whole)
    error = np.where(np.isfinite(error), error, np.inf)
    error = np.where(size * whole > x.how.largest, np.inf, error)
    parents = [(x, lambda g: spectrum(g, matrix.T))]
    return rounded(x.how, x.value @ matrix.astype(x.value.dtype), error, parents, uncertain=np.isinf(error))


FACTS: Facts = (
    *COMPOSED,
    (
        "torch:*",
        Accuracy(
            roundings={"float16": OPERATIONS, "bfloat16": OPERATIONS}, flush=("bfloat16",),
            source="composed of operations that return the dtype of their operands",
        ),
    ),
)  # fmt: skip
"""Every operation of a formula rounds to a 16-bit dtype."""


def places_of(shape: Tuple[int, ...]) -> np.ndarray:
    """The flat place of every element."""
    return np.arange(int(np.prod(shape, dtype=np.int64))).reshape(shape)


def windows_of(places: np.ndarray, size: int, step: int) -> np.ndarray:
    """Windows of ``size`` elements at every ``step``-th along the last axis: (..., windows, size)."""
    count = max((places.shape[-1] - size) // step + 1, 0)
    index = np.arange(count)[:, None] * step + np.arange(size)[None]
    return np.asarray(places[..., index])


def signal(
    key: str, inputs: str, formulas: Formulas, calls: Expressions, strategy: str, *drawn: Any, **more: Any
) -> Any:
    """Register an operator of the family whose structures ``strategies.signal`` draws by the function ``strategy``."""

    def structures() -> Any:
        from strategies import signal as vocabulary

        return getattr(vocabulary, strategy)(*drawn)

    more.setdefault("facts", FACTS)
    return formula_operator(key, inputs, formulas, calls, family="signal", structures=structures, **more)


def cosines(n: int, m: int, phase: Callable[[Any, Any], Any], dtype: Any) -> np.ndarray:
    """The matrix of cos(2 pi phase(i, j)), i below n, j below m, the phase reduced to a turn in whole numbers where it is one over them."""
    i, j = np.arange(n)[:, None], np.arange(m)[None]
    numerator, denominator = phase(i, j)
    turn = 2 * np.asarray(PI, dtype)
    return np.asarray(np.cos(turn * ((numerator % denominator).astype(dtype) / denominator)))


@functools.cache
def _pi() -> np.longdouble:
    """pi as a longdouble, from Machin's formula: NumPy's constant has the precision of a float64."""

    def arctan(x: int) -> np.longdouble:
        total, power = np.longdouble(0), np.longdouble(1) / x
        for n in range(60):
            total += (-1) ** n * power / (2 * n + 1)
            power /= x * x
        return total

    return 16 * arctan(5) - 4 * arctan(239)


PI = _pi()
"""pi, to the precision of a longdouble."""
