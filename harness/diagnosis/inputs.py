"""Explanations by another input: a kernel turned round, operands exchanged, an operand left out or read from the wrong memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.diagnosis.explanation import Arrays, Change, Explanation, of_call
from harness.diagnosis.observation import Observation
from harness.diagnosis.vocabulary import optional_inputs
from harness.formats import FLOATS, numpy_dtype

LANES = (64, 32, 16, 8, 4)
"""Elements of a vector register, or of a block of them."""

Edit = Callable[[np.ndarray], np.ndarray]


def edited(name: str, edit: Edit) -> Change:
    """The call with one input changed; None where that leaves it as it is."""

    def change(case: Case, arrays: Arrays) -> tuple[Case, Arrays] | None:
        old = arrays.get(name)
        if old is None:
            return None
        try:
            with np.errstate(all="ignore"):
                new = np.asarray(edit(old)).astype(old.dtype, copy=False)
        except (IndexError, ValueError):  # an axis that the input of another structure does not have
            return None
        if new.shape == old.shape and new.tobytes() == np.ascontiguousarray(old).tobytes():
            return None
        spec = replace(case.inputs[name], shape=new.shape)
        return replace(case, inputs={**case.inputs, name: spec}), {**arrays, name: new}

    return change


def edited_all(edit: Edit) -> Change:
    """The call with every input changed."""

    def change(case: Case, arrays: Arrays) -> tuple[Case, Arrays] | None:
        made = (case, arrays)
        for name in arrays:
            made = edited(name, edit)(*made) or made
        return None if made[1] is arrays else made

    return change


def exchanged_inputs(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Two operands of one dtype have changed places."""
    case = runs[0].case
    names = [name for name in case.inputs if name != COTANGENT]
    if case.quantity == GRADIENT:
        return
    for first, second in ((a, b) for i, a in enumerate(names) for b in names[i + 1 :]):
        if case.inputs[first].dtype == case.inputs[second].dtype:
            sentence = f"the result is the one with {first} and {second} exchanged"
            yield of_call("operands exchanged", sentence, _exchanged(first, second))


def _exchanged(first: str, second: str) -> Change:
    def change(case: Case, arrays: Arrays) -> tuple[Case, Arrays] | None:
        if not {first, second} <= arrays.keys():
            return None
        inputs = {**case.inputs, first: case.inputs[second], second: case.inputs[first]}
        return replace(case, inputs=inputs), {**arrays, first: arrays[second], second: arrays[first]}

    return change


def turned_inputs(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """An operand is read in another order: reversed along axes, transposed, rotated by one, one entry for all."""
    case = runs[0].case
    for name, spec in case.inputs.items():
        rank = len(spec.shape)
        if rank > 2 and name == "w":
            yield _turned(name, "kernel flipped", "flipped along its spatial axes", lambda a: np.flip(a, _from(a, 2)))
        for axis in range(-1, -rank - 1, -1):
            along = f"along axis {axis}"
            if not (name == "w" and rank == 3 and axis == -1):  # that is a kernel flipped
                yield _turned(name, "operand reversed", f"reversed {along}", partial(np.flip, axis=axis))
            if rank > 1:
                yield _turned(
                    name,
                    "operand repeated",
                    f"holding its first entry {along} everywhere",
                    partial(_first_for_all, axis=axis),
                )
            for step in (1, -1):
                yield _turned(
                    name,
                    "operand rotated",
                    f"rotated by {step} {along}",
                    partial(np.roll, shift=step, axis=axis),
                )
        if rank > 1:
            yield _turned(name, "operand transposed", "transposed", lambda a: np.swapaxes(a, -1, -2))
            words = "read in column-major order"
            yield _turned(name, "column-major order", words, lambda a: a.reshape(-1, order="F").reshape(a.shape))
        if spec.layout != "contiguous":
            words = f"read from its memory in order, as if its layout were not {spec.layout}"
            yield _turned(name, "layout ignored", words, _in_memory_order)


def _first_for_all(array: np.ndarray, axis: int) -> np.ndarray:
    """The first entry along an axis in the place of all."""
    return np.broadcast_to(np.take(array, [0], axis), array.shape) if array.size else array


def tails_of_inputs(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """What remains of an operand's rows behind whole vectors is not read, or its last entry is not."""
    for name, spec in runs[0].case.inputs.items():
        for axis in range(-1, -len(spec.shape) - 1, -1):
            words = f"with zeros for its last entry along axis {axis}"
            yield _turned(name, "operand's last entry not read", words, partial(_without_last, axis=axis))
        length = spec.shape[-1] if spec.shape else 0
        for lanes in LANES:
            if length > lanes and length % lanes:
                words = f"with zeros in the last {length % lanes} of {length} elements of its rows, the tail after a multiple of {lanes}"
                yield _turned(name, "operand's tail not read", words, partial(_without_tail, lanes=lanes))


def _without_last(array: np.ndarray, axis: int) -> np.ndarray:
    """Zeros in the place of the last entry along an axis."""
    changed = array.copy()
    changed[(slice(None),) * (array.ndim + axis) + (slice(-1, None),)] = 0
    return changed


def _without_tail(array: np.ndarray, lanes: int) -> np.ndarray:
    """Zeros behind the last whole vector of every row that is longer than one."""
    if array.ndim == 0 or array.shape[-1] <= lanes:
        return array
    return np.where(np.arange(array.shape[-1]) < array.shape[-1] // lanes * lanes, array, array.dtype.type(0))


def halves_of_inputs(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """The two halves of an operand along the axis that a parameter names have changed places."""
    for name in runs[0].arrays:
        words = f"the result is the one for {name} with its halves along its axis exchanged"
        yield of_call("operand halves exchanged", words, partial(_along_its_axis, name=name))


def _along_its_axis(case: Case, arrays: Arrays, name: str) -> tuple[Case, Arrays] | None:
    axis = case.parameters.get("axis")
    array = arrays.get(name)
    if type(axis) is not int or array is None or not -array.ndim <= axis < array.ndim or array.shape[axis] % 2:
        return None
    return edited(name, lambda a: np.roll(a, a.shape[axis] // 2, axis))(case, arrays)


def _from(array: np.ndarray, first: int) -> tuple[int, ...]:
    return tuple(range(first, array.ndim))


def _turned(name: str, slug: str, words: str, edit: Edit) -> Explanation:
    return of_call(slug, f"the result is the one for {name} {words}", edited(name, edit))


def _in_memory_order(array: np.ndarray) -> np.ndarray:
    """The first elements of the memory that an array is a view of."""
    base = array
    while isinstance(base.base, np.ndarray):
        base = base.base
    return base.ravel(order="K")[: array.size].reshape(array.shape)


def missing_inputs(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """An operand has no effect: it is left out, or taken for zeros or ones."""
    case = runs[0].case
    optional = optional_inputs(runs[0].op.key)
    for name in case.inputs:
        if name == COTANGENT:
            continue
        if name in optional and case.quantity != GRADIENT:
            yield of_call("operand left out", f"the result is the one without {name}", _without(name))
        yield _turned(name, "operand taken for zeros", "all zeros", np.zeros_like)
        yield _turned(name, "operand taken for ones", "all ones", np.ones_like)


def _without(name: str) -> Change:
    def change(case: Case, arrays: Arrays) -> tuple[Case, Arrays] | None:
        if name not in arrays:
            return None
        inputs = {other: spec for other, spec in case.inputs.items() if other != name}
        return replace(case, inputs=inputs), {other: array for other, array in arrays.items() if other != name}

    return change


def signs_of_inputs(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """The sign, the conjugate or the imaginary part of an operand is lost."""
    for name, array in runs[0].arrays.items():
        if array.dtype == bool:
            yield _turned(name, "operand inverted", "inverted", np.logical_not)
            continue
        yield _turned(name, "sign of an operand", "without its signs", np.abs)
        if array.dtype.kind == "c":
            yield _turned(name, "conjugate of an operand", "conjugated", np.conj)
            yield _turned(name, "imaginary part lost", "without its imaginary part", np.real)
        else:
            yield _turned(name, "sign of an operand", "negated", np.negative)


def special_inputs(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """NaN, infinities or subnormal numbers of the operands are taken for something else."""
    if not any(spec.dtype in FLOATS for spec in runs[0].case.inputs.values()):
        return
    rows: tuple[tuple[str, str, Edit], ...] = (
        ("NaN ignored", "for inputs with zeros in place of NaN", lambda a: _replaced(a, np.isnan, 0.0)),
        ("NaN ignored", "for inputs with -inf in place of NaN", lambda a: _replaced(a, np.isnan, -np.inf)),
        ("NaN ignored", "for inputs with inf in place of NaN", lambda a: _replaced(a, np.isnan, np.inf)),
        ("subnormal inputs flushed", "with subnormal inputs taken for zeros", flushed),
        ("infinite inputs saturated", "for inputs with the largest finite number in place of infinity", _saturated),
    )
    for slug, words, edit in rows:
        yield of_call(slug, f"the result is the one {words}", edited_all(edit))


def _replaced(array: np.ndarray, where: Callable[[np.ndarray], np.ndarray], value: float) -> np.ndarray:
    if array.dtype.kind in "iub":
        return array
    return np.where(where(array), array.dtype.type(value), array)


def flushed(array: np.ndarray) -> np.ndarray:
    """Zeros of the same sign in place of subnormal numbers."""
    if array.dtype.name not in FLOATS:
        return array
    small = np.abs(array.astype(np.longdouble)) < FLOATS[array.dtype.name].smallest_normal
    return np.where(small, np.copysign(np.zeros((), np.float32), array.astype(np.float32)).astype(array.dtype), array)


def _saturated(array: np.ndarray) -> np.ndarray:
    if array.dtype.name not in FLOATS:
        return array
    largest = numpy_dtype(array.dtype.name).type(FLOATS[array.dtype.name].largest)
    return np.where(np.isinf(array), np.where(array > 0, largest, -largest), array)
