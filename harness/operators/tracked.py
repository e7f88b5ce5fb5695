"""Running error analysis: numbers that know how far rounding may have moved them, and that can be differentiated.

A formula is written once, in the arithmetic of ``Tracked`` arrays. Its evaluation gives the value in the reference dtype and, beside it,
the largest error that the same operations may have in the dtype of the case, propagated operation by operation (Higham, Accuracy and
Stability of Numerical Algorithms, 2nd ed., section 3.3); ``gradients`` walks back over the operations, in the same arithmetic. Errors of
functions are those that the OpenCL specification requires (KhronosGroup/OpenCL-Docs, env/numerical_compliance), in unit roundoffs.

Read by the workers: Python 3.9 syntax; standard library and NumPy only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from harness.formats import FLOATS
from harness.meaning import Accuracy

OPERATIONS = "operations"
"""In ``Accuracy.roundings``: every operation of the formula rounds its result to the dtype."""

EXP, LOG, SQRT, DIVIDE, TANH, ERF, POWER = 6.0, 6.0, 6.0, 5.0, 10.0, 32.0, 32.0
"""Errors in unit roundoffs: twice the OpenCL specification's in units in the last place."""

SLACK = 1 + 2.0**-9
"""For the reference's own rounding, of at least 11 bits more, in every operation."""

Operand = Union["Tracked", float, np.ndarray]
Axes = Optional[Tuple[int, ...]]


@dataclass(frozen=True)
class Arithmetic:
    """What an operation may lose: ``roundoff`` relative to its result, ``summing`` per addition within a sum, ``tiny`` on underflow.

    ``exp`` is the error of exponentials in roundoffs: twice ``Accuracy.ulps["exp"]`` where that is stated;
    ``erf`` likewise an absolute error of that function beside its own. ``normwise``
    says that variances are differences of the mean square and the squared mean.
    """

    roundoff: float
    summing: float
    tiny: float
    largest: float
    exp: float
    erf: float
    normwise: bool


def arithmetic(dtype: str, accuracy: Accuracy) -> Arithmetic:
    """The arithmetic of a call in ``dtype``: of its accumulator, or of the dtype itself where every operation rounds to it."""
    accumulator = FLOATS[accuracy.accumulator(dtype)]
    form = FLOATS[dtype] if accuracy.roundings.get(dtype) == OPERATIONS else accumulator
    tiny = form.smallest_normal if accuracy.flushes(dtype) else form.smallest_subnormal
    exp = accuracy.ulps.get("exp", EXP / 2)
    erf = 2 * accuracy.ulps.get("erf", 0.0) * form.roundoff
    summing = accumulator.roundoff * SLACK
    return Arithmetic(form.roundoff * SLACK, summing, tiny, form.largest, 2 * exp, erf, accuracy.normwise)


class Tracked:
    """An array with its largest error, infinite where an operation may have overflowed.

    ``parents`` are the numbers it was made of, each with the vector-Jacobian product of the operation.
    """

    __slots__ = ("error", "how", "parents", "value")
    __array_ufunc__ = None  # an array on the left leaves the operation to this class

    def __init__(
        self,
        how: Arithmetic,
        value: np.ndarray,
        error: Any = 0.0,
        parents: Sequence[Tuple[Tracked, Callable[[Tracked], Tracked]]] = (),
    ) -> None:
        self.how, self.value, self.parents = how, value, tuple(parents)
        whole = isinstance(error, np.ndarray) and error.shape == value.shape
        self.error = error if whole else np.broadcast_to(error, value.shape)

    @property
    def shape(self) -> Tuple[int, ...]:
        """Shape of the array."""
        return self.value.shape

    def __add__(self, other: Operand) -> Tracked:
        a, b = self, self.like(other)
        return rounded(a.how, a.value + b.value, a.error + b.error, [(a, lambda g: g), (b, lambda g: g)])

    def __sub__(self, other: Operand) -> Tracked:
        a, b = self, self.like(other)
        return rounded(a.how, a.value - b.value, a.error + b.error, [(a, lambda g: g), (b, lambda g: -g)])

    def __mul__(self, other: Operand) -> Tracked:
        a, b = self, self.like(other)
        error = np.abs(a.value) * b.error + np.abs(b.value) * a.error + a.error * b.error
        return rounded(a.how, a.value * b.value, error, [(a, lambda g: g * b), (b, lambda g: g * a)])

    def __truediv__(self, other: Operand) -> Tracked:
        a, b = self, self.like(other)
        value = a.value / b.value
        room = np.abs(b.value) - b.error
        error = np.where(room > 0, (a.error + np.abs(value) * b.error) / room, np.where(b.error > 0, np.inf, a.error))
        parents: List[Tuple[Tracked, Callable[[Tracked], Tracked]]] = [
            (a, lambda g: g / b),
            (b, lambda g: -(g * (a / b) / b)),
        ]
        return rounded(a.how, value, error, parents, DIVIDE)

    def __neg__(self) -> Tracked:
        return Tracked(self.how, -self.value, self.error, [(self, lambda g: -g)])

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Operand) -> Tracked:
        return self.like(other) - self

    def __rtruediv__(self, other: Operand) -> Tracked:
        return self.like(other) / self

    def like(self, other: Operand) -> Tracked:
        """A constant of the same arithmetic; one that has no short significand is rounded as well."""
        if isinstance(other, Tracked):
            return other
        value = np.asarray(other, self.value.dtype)
        with np.errstate(all="ignore"):
            short = value * 128 == np.rint(value * 128)
            error = np.where(short | ~np.isfinite(value), 0, self.how.roundoff * np.abs(value) + self.how.tiny)
        return Tracked(self.how, value, error)

    def sum(self, axis: Axes = None, keepdims: bool = False) -> Tracked:
        """The sum over axes, in any order."""
        axes = tuple(range(self.value.ndim)) if axis is None else tuple(a % self.value.ndim for a in axis)
        terms = int(np.prod([self.shape[a] for a in axes], dtype=np.int64))
        value = np.asarray(self.value.sum(axis=axes, keepdims=keepdims))
        size = (np.abs(self.value) + self.error).sum(axis=axes, keepdims=keepdims)
        lost = terms * self.how.summing
        gamma = lost / (1 - lost) if lost <= 0.25 else np.inf
        error = self.error.sum(axis=axes, keepdims=keepdims) + (gamma * size if terms > 1 else 0)
        kept = tuple(1 if i in axes else n for i, n in enumerate(self.shape))
        uncertain = np.isinf(self.error).any(axis=axes, keepdims=keepdims)
        finite = np.where(np.isfinite(self.value), np.abs(self.value) + self.error, 0).sum(axis=axes, keepdims=keepdims)
        uncertain = uncertain | overflowing(self.how, value, finite)
        parents = [(self, lambda g: broadcast_to(reshape(g, kept), self.shape))]
        return rounded(self.how, value, error, parents, uncertain=uncertain)

    def mean(self, axis: Axes = None, keepdims: bool = False) -> Tracked:
        """The mean over axes; of nothing NaN."""
        total = self.sum(axis, keepdims)
        count = self.value.size // max(total.value.size, 1) if self.value.size else 0
        return total / float(count)


def overflowing(how: Arithmetic, value: np.ndarray, finite: np.ndarray) -> np.ndarray:
    """Where a sum may overflow on its way: the sizes of its ``finite`` terms exceed the largest number. NaN is NaN in any order."""
    return np.asarray((finite > how.largest) & ~np.isnan(value))


def rounded(
    how: Arithmetic,
    value: np.ndarray,
    error: Any,
    parents: Sequence[Tuple[Tracked, Callable[[Tracked], Tracked]]],
    roundings: float = 1.0,
    uncertain: Any = None,
) -> Tracked:
    """The result of an operation with ``error`` from its operands: it may be off by so many roundings more, and may overflow.

    It is uncertain, even where it is not finite, where an operand is: the operation is one by elements unless ``uncertain`` says where.
    """
    value = np.asarray(value)
    size = np.abs(value)
    total = error + roundings * how.roundoff * (size + error) + how.tiny
    total = np.where(np.isfinite(value), np.where(size + total <= how.largest, total, np.inf), 0)
    if uncertain is None:
        uncertain = False
        for parent, _ in parents:
            uncertain = uncertain | np.isinf(parent.error)
    total = np.where(uncertain, np.inf, total)
    summed = [(parent, _summed_back(parent.shape, back)) for parent, back in parents]
    return Tracked(how, value, total, summed)


def _summed_back(shape: Tuple[int, ...], back: Callable[[Tracked], Tracked]) -> Callable[[Tracked], Tracked]:
    """The product summed over the axes along which the operand was broadcast."""

    def product(cotangent: Tracked) -> Tracked:
        found = back(cotangent)
        lead = len(found.shape) - len(shape)
        axes = tuple(range(lead)) + tuple(
            lead + i for i, n in enumerate(shape) if n == 1 and found.shape[lead + i] != 1
        )
        return reshape(found.sum(axes), shape) if axes else found

    return product


def gradients(result: Tracked, cotangent: Tracked, wanted: Sequence[Tracked]) -> List[Tracked]:
    """The vector-Jacobian products of ``cotangent`` for the numbers ``wanted``; zero where the result does not depend on one."""
    order: List[Tracked] = []
    seen: Dict[int, bool] = {}

    def visit(node: Tracked) -> None:
        if id(node) not in seen:
            seen[id(node)] = True
            for parent, _ in node.parents:
                visit(parent)
            order.append(node)

    visit(result)
    found: Dict[int, Tracked] = {id(result): cotangent}
    for node in reversed(order):
        if id(node) in found:
            for parent, back in node.parents:
                if parent.parents or any(parent is each for each in wanted):
                    part = back(found[id(node)])
                    found[id(parent)] = found[id(parent)] + part if id(parent) in found else part
    return [found.get(id(each), Tracked(each.how, np.zeros_like(each.value))) for each in wanted]


def constant(x: Tracked) -> Tracked:
    """The number without its history: nothing flows back through it."""
    return Tracked(x.how, x.value, x.error)


def reshape(x: Tracked, shape: Tuple[int, ...]) -> Tracked:
    """The number in another shape."""
    return Tracked(x.how, x.value.reshape(shape), x.error.reshape(shape), [(x, lambda g: reshape(g, x.shape))])


def broadcast_to(x: Tracked, shape: Tuple[int, ...]) -> Tracked:
    """The number repeated to a shape."""
    back = _summed_back(x.shape, lambda g: g)
    return Tracked(x.how, np.broadcast_to(x.value, shape), np.broadcast_to(x.error, shape), [(x, back)])


def moveaxis(x: Tracked, source: int, target: int) -> Tracked:
    """The number with an axis in another place."""
    parents = [(x, lambda g: moveaxis(g, target, source))]
    return Tracked(x.how, np.moveaxis(x.value, source, target), np.moveaxis(x.error, source, target), parents)
