"""Products of two arrays whose axes are labelled: labels that the result lacks are summed over, as in an Einstein summation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS, PARTS, kind_of, reference_dtype
from harness.meaning import Accuracy, Expected, Meaning, Rule
from harness.operators.convolution.products import sum_of_products

Labels = Tuple[int, ...]

STACK = 51
"""Label of the axis along which operands are stacked; no array has as many axes."""


@dataclass(frozen=True)
class Contraction:
    """Labels of the axes of ``x``, ``y`` and the result; ``result`` is the shape of the result where it is not that of its labels.

    Equal labels name axes of equal length; with ``lenient`` an axis of length one beside a longer one may be refused or broadcast.
    ``conjugate`` takes the complex conjugate of x; ``single`` says that y is no operand of the call, but 1.
    """

    x: Labels
    y: Labels
    out: Labels
    result: Optional[Tuple[int, ...]] = None
    conjugate: bool = False
    lenient: bool = False
    single: bool = False

    @property
    def alone(self) -> Tuple[Labels, Labels]:
        """Labels of x alone, and of y alone, that the result lacks."""
        x, y = ((*self.y, *self.out), (*self.x, *self.out))
        return tuple(i for i in self.x if i not in x), tuple(i for i in self.y if i not in y)


class Unclear(str):
    """The reason why a call may be refused, and may mean something."""


def lengths_of(labels: Sequence[Labels], shapes: Sequence[Tuple[int, ...]]) -> Dict[int, int]:
    """Length of every label. Raises ValueError where axes of one label differ."""
    lengths: Dict[int, int] = {}
    for own, shape in zip(labels, shapes):
        for label, length in zip(own, shape):
            if lengths.setdefault(label, length) != length:
                raise ValueError(
                    f"lengths {lengths[label]} and {length}: axes that are multiplied must be equally long"
                )
    return lengths


def aligned(
    x: Tuple[int, ...], y: Tuple[int, ...], own_x: Labels, own_y: Labels, first: int
) -> Union[str, Tuple[Labels, Labels, Labels]]:
    """Labels when the leading axes, those before the own ones, broadcast: (labels of x, of y, of the broadcast axes); a reason otherwise.

    An axis of length one beside a longer one has a label of its own, over which is summed.
    """
    batch_x, batch_y = x[: len(x) - len(own_x)], y[: len(y) - len(own_y)]
    rank = max(len(batch_x), len(batch_y))
    out = tuple(range(first, first + rank))
    fresh = first + rank
    found: List[Labels] = []
    for batch, other in ((batch_x, batch_y), (batch_y, batch_x)):
        labels = list(out[rank - len(batch) :])
        for back in range(1, len(batch) + 1):
            facing = other[-back] if back <= len(other) else batch[-back]
            if batch[-back] == 1 != facing:
                labels[-back] = fresh
                fresh += 1
            elif facing not in (1, batch[-back]):
                return f"shapes {x} and {y}: the axes before the last ones do not broadcast"
        found.append(tuple(labels))
    return (*found[0], *own_x), (*found[1], *own_y), out


def contract(case: Case, arrays: Mapping[str, np.ndarray], plan: Union[str, Contraction]) -> Meaning:
    """The meaning of a case that multiplies ``x`` and ``y`` as planned; a plan that is a text is the reason to refuse."""
    if isinstance(plan, str):
        return Meaning(Rule.EITHER if isinstance(plan, Unclear) else Rule.REFUSE, plan)
    shapes = [case.inputs[name].shape for name in ("x", "y")]
    if len({case.inputs[name].dtype for name in ("x", "y")}) > 1:
        return Meaning(Rule.EITHER, "inputs of different dtypes")
    try:
        lengths = lengths_of((plan.x, plan.y), shapes)
    except ValueError as error:
        either = plan.lenient and any(1 in shape for shape in shapes)
        return Meaning(Rule.EITHER if either else Rule.REFUSE, str(error))
    with np.errstate(all="ignore"):
        if case.quantity == GRADIENT:
            return Meaning(Rule.COMPUTE, "", {"": _gradients(plan, case, arrays, lengths)})
        labels = (plan.x, plan.y, plan.out)
        value = product(labels, arrays["x"], arrays["y"], case.dtype, lengths, conjugate=plan.conjugate)
        if kind_of(case.dtype) == "float" and not plan.single and any(plan.alone):
            unknown = first_summed(plan, arrays["x"], arrays["y"], lengths)
            value = replace(value, free=unknown if value.free is None else value.free | unknown)
    return Meaning(Rule.COMPUTE, "", {"": (shaped(value, plan.result),)})


def product(
    labels: Tuple[Labels, Labels, Labels],
    left: np.ndarray,
    right: np.ndarray,
    dtype: str,
    lengths: Mapping[int, int],
    name: str = "y",
    conjugate: bool = False,
) -> Expected:
    """The expected product: modulo 2**bits for integers, with an error bound for floats and complex numbers."""
    kind, (own_left, own_right, out) = kind_of(dtype), labels
    terms = 1
    for label in {*own_left, *own_right} - set(out):
        terms *= lengths[label]
    if kind == "integer":
        wide = np.int64 if dtype[0] == "i" else np.uint64
        value = summed(left.astype(wide), own_left, right.astype(wide), own_right, out)
        exact = np.asarray(value).astype(dtype).astype(np.longdouble)
        return Expected(exact.shape, dtype, (exact,), exact=True, name=name)
    if kind == "complex":
        return _complex_product(labels, np.conj(left) if conjugate else left, right, dtype, terms, name)
    stacked = ((STACK, *own_left), (STACK, *own_right), (STACK, *out))

    def form(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return summed(one, stacked[0], other, stacked[1], stacked[2])

    return sum_of_products(form, left, right, dtype=dtype, terms=terms, name=name)


def first_summed(plan: Contraction, x: np.ndarray, y: np.ndarray, lengths: Mapping[int, int]) -> np.ndarray:
    """Elements that may be anything when the labels of one operand alone are summed over before the operands are multiplied.

    Such a sum may overflow although its product does not, or be flushed; an infinity of the other operand meets the sum, not its
    terms. A sum of no terms is 0, which infinity and NaN make NaN, where the whole sum, which has no terms either, is 0.
    """
    form = FLOATS[x.dtype.name]
    found = np.zeros(tuple(lengths[label] for label in plan.out), bool)
    pairs = ((x, y, plan.x, plan.y), (y, x, plan.y, plan.x))
    for (mine, other, own, theirs), alone in zip(pairs, plan.alone):
        if all(lengths[label] == 1 for label in alone):
            continue
        rest = tuple(label for label in dict.fromkeys(own) if label not in alone)
        sizes = summed(np.abs(mine.astype(reference_dtype(mine.dtype.name))), own, np.ones(()), (), rest)
        risky = (sizes > form.largest) | ((sizes > 0) & (sizes < form.smallest_normal / form.roundoff))
        found |= summed(risky.astype(float), rest, np.ones(other.shape), theirs, plan.out) > 0
        none = any(lengths[label] == 0 for label in alone)
        met = ~np.isfinite(other) if none else np.isinf(other)
        kept = np.ones([lengths[label] for label in rest])
        found |= summed(kept, rest, met.astype(float), theirs, plan.out) > 0
    return found


def summed(one: np.ndarray, own: Labels, other: np.ndarray, theirs: Labels, out: Labels) -> np.ndarray:
    """An Einstein summation of two arrays with their labels, and the labels of the result."""
    if one.size and other.size:
        return np.asarray(np.einsum(one, own, other, theirs, out))
    # NumPy 2.4's einsum of empty arrays of clongdouble writes outside of its result.
    lengths = {**dict(zip(own, one.shape)), **dict(zip(theirs, other.shape))}
    return np.zeros([lengths[label] for label in out], np.result_type(one, other))


def _complex_product(
    labels: Tuple[Labels, Labels, Labels], left: np.ndarray, right: np.ndarray, dtype: str, terms: int, name: str
) -> Expected:
    """Complex numbers: either part is a sum of 2 n real products, so the modulus of the error is at most sqrt(2) gamma_2n sum(|x||y|)."""
    wide = np.clongdouble if dtype == "complex128" else np.complex128
    operands = left.astype(wide), right.astype(wide)
    value = summed(operands[0], labels[0], operands[1], labels[1], labels[2])
    magnitude = summed(np.abs(operands[0]), labels[0], np.abs(operands[1]), labels[1], labels[2])

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        form = FLOATS[PARTS[dtype]]
        gamma = 2 * terms * form.roundoff / (1 - 2 * terms * form.roundoff)
        return np.asarray(np.sqrt(2.0) * gamma * magnitude + (2 * terms + 1) * form.smallest_normal)

    return Expected(value.shape, dtype, (value,), bound, name=name)


def shaped(expected: Expected, shape: Optional[Tuple[int, ...]]) -> Expected:
    """The expected output in another shape of the same number of elements."""
    if shape is None or shape == expected.shape:
        return expected
    return rearranged(expected, lambda array: array.reshape(shape))


def rearranged(expected: Expected, change: Callable[[np.ndarray], np.ndarray]) -> Expected:
    """The expected output with every array changed by the function."""

    def bound(dtype: str, accuracy: Accuracy) -> Optional[np.ndarray]:
        assert expected.bound is not None
        found = expected.bound(dtype, accuracy)
        return None if found is None else change(found)

    values = tuple(change(value) for value in expected.values)
    return replace(
        expected,
        shape=values[0].shape,
        values=values,
        bound=bound if expected.bound else None,
        free=None if expected.free is None else change(expected.free),
        flushed=tuple(change(value) for value in expected.flushed),
    )


def _gradients(
    plan: Contraction, case: Case, arrays: Mapping[str, np.ndarray], lengths: Mapping[int, int]
) -> Tuple[Expected, ...]:
    """The vector-Jacobian products: for x the cotangent times y, for y the cotangent times x."""
    cotangent = arrays[COTANGENT].reshape(tuple(lengths[label] for label in plan.out))
    pairs = (("x", plan.x, "y", plan.y), ("y", plan.y, "x", plan.x))
    return tuple(
        _gradient(name, own, cotangent, plan.out, arrays[other], theirs, case.dtype, lengths)
        for name, own, other, theirs in pairs
    )


def _gradient(
    name: str,
    own: Labels,
    cotangent: np.ndarray,
    out: Labels,
    other: np.ndarray,
    theirs: Labels,
    dtype: str,
    lengths: Mapping[int, int],
) -> Expected:
    """The product of the cotangent and the other operand, with this operand's labels.

    Along a label that only this operand has it is constant; labels that it has twice make it zero off the diagonal.
    """
    unique = tuple(dict.fromkeys(own))
    present = tuple(label for label in unique if label in out or label in theirs)
    expected = product((out, theirs, present), cotangent, other, dtype, lengths, name)
    if present == own:
        return expected
    shape = tuple(lengths[label] for label in own)

    def spread(array: np.ndarray) -> np.ndarray:
        whole = array.reshape(tuple(lengths[label] if label in present else 1 for label in unique))
        whole = np.broadcast_to(whole, tuple(lengths[label] for label in unique))
        result = np.zeros(shape, array.dtype)
        places = np.indices(whole.shape)
        result[tuple(places[unique.index(label)] for label in own)] = whole
        return result

    return rearranged(expected, spread)
