"""Fourier transforms by their definition: products with the matrix of roots of unity, axis by axis.

The error of a fast transform is bounded by norms: relative to the result's 2-norm it is at most ``c log2(n) u`` (Higham, Accuracy and
Stability of Numerical Algorithms, 2nd ed., Theorem 24.2). The theorem's c is about 7 for powers of two; for lengths with large prime
factors frameworks multiply by three transforms of twice the length at least (Bluestein), which makes it 24 with two steps more.
"""

from __future__ import annotations

import functools
from typing import Callable, List, Mapping, Tuple, Union

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS, PARTS
from harness.meaning import Accuracy, Expected, Meaning, Rule
from harness.operators.elementwise.bounds import value_within
from harness.operators.linalg.contraction import Unclear

Arrays = Mapping[str, np.ndarray]

CONSTANT, STEPS = 24.0, 2

LARGEST = 1 << 22
"""Number of elements of a result beyond which a transform may be refused for its size."""

COMPLEX_OF = {part: whole for whole, part in PARTS.items()}
"""The complex dtype of a real one."""


@functools.lru_cache(maxsize=64)
def roots(n: int, sign: int, wide: bool) -> np.ndarray:
    """exp(sign 2 pi i j k / n), the exponent reduced exactly; complex128, or with ``wide`` clongdouble."""
    powers = np.outer(np.arange(n), np.arange(n)) % n
    angle = powers.astype(np.longdouble) * (8 * np.arctan(np.longdouble(1)) / n)
    matrix = np.cos(angle) + sign * 1j * np.sin(angle)
    return np.asarray(matrix if wide else matrix.astype(np.complex128))


def resized(x: np.ndarray, axis: int, n: int) -> np.ndarray:
    """The first n entries of an axis, zeros behind the last one."""
    x = np.moveaxis(x, axis, -1)
    if x.shape[-1] < n:
        x = np.concatenate([x, np.zeros((*x.shape[:-1], n - x.shape[-1]), x.dtype)], axis=-1)
    return np.moveaxis(x[..., :n], -1, axis)


def transformed(x: np.ndarray, axis: int, n: int, sign: int) -> np.ndarray:
    """The discrete Fourier transform of length n along an axis, without a factor."""
    rows = np.moveaxis(resized(x, axis, n), axis, -1)
    return np.moveaxis(rows @ roots(n, sign, rows.dtype == np.clongdouble), -1, axis)


def hermitian(half: np.ndarray, axis: int, n: int) -> np.ndarray:
    """The spectrum of length n of a real signal from its first half; the imaginary parts of the entries 0 and n/2 are ignored."""
    rows = np.moveaxis(resized(half, axis, n // 2 + 1), axis, -1).copy()
    rows.imag[..., 0] = 0
    if n % 2 == 0:
        rows.imag[..., -1] = 0
    rest = np.conj(rows[..., 1 : (n + 1) // 2][..., ::-1])
    return np.moveaxis(np.concatenate([rows, rest], axis=-1), -1, axis)


def factor(norm: str, inverse: bool, count: int) -> np.longdouble:
    """What the sum is multiplied with: 1/n with the inverse (backward), with the transform (forward), or a root with both (ortho)."""
    n = np.longdouble(count)
    if norm == "ortho":
        return np.longdouble(1 / np.sqrt(n))
    return np.longdouble(1 / n) if (norm == "backward") == inverse else np.longdouble(1)


def plan(case: Case, half: bool) -> Union[str, Tuple[Tuple[int, ...], Tuple[int, ...]]]:
    """Axes and lengths of a transform, or the reason to refuse it; ``half`` says that x is the first half of a spectrum."""
    shape, given = case.inputs["x"].shape, case.parameters
    axes = given["axes"] if "axes" in given else (given["axis"],)
    sizes = given["s"] if "axes" in given else (given["n"],)
    if any(not -len(shape) <= axis < len(shape) for axis in axes):
        return f"axes {axes}: not all are axes of the shape {shape}"
    sizes = sizes if sizes is not None else tuple(None for _ in axes)
    lengths: List[int] = []
    for position, (axis, size) in enumerate(zip(axes, sizes)):
        own = shape[axis]
        default = 2 * (own - 1) if half and position == len(axes) - 1 else own
        lengths.append(default if size is None else size)
    if any(length < 1 for length in lengths):
        reason = f"lengths {tuple(lengths)}: a transform has one element at least"
        given_ones = [size for size in sizes if size is not None]
        return reason if any(size < 1 for size in given_ones) else Unclear(reason)
    return tuple(axis % len(shape) for axis in axes), tuple(lengths)


def fourier(inverse: bool, kind: str = "complex") -> Callable[[Case, Arrays], Meaning]:
    """The meaning of a transform.

    ``kind``: ``complex``; ``real`` (of a real array, of whose spectrum the first half is given); ``half`` (a real array from the first
    half of its spectrum); ``hermitian`` and ``antihermitian``, those with the roles of time and frequency exchanged.
    """
    half = kind in ("half", "hermitian")

    def meaning(case: Case, arrays: Arrays) -> Meaning:
        planned = plan(case, half)
        if isinstance(planned, str):
            # Without a length of its own, JAX takes the transform of nothing for nothing; NumPy and torch refuse it.
            return Meaning(Rule.EITHER if isinstance(planned, Unclear) else Rule.REFUSE, planned)
        axes, lengths = planned
        if len(set(axes)) < len(axes):
            return Meaning(Rule.EITHER, f"axes {axes}: one is named twice")
        x = arrays["x"]
        if x.size // max(x.shape[axes[-1]], 1) * max(lengths) > LARGEST:
            return Meaning(Rule.EITHER, f"lengths {lengths}: a very large transform")
        with np.errstate(all="ignore"):
            if case.quantity == GRADIENT:
                from harness.operators.fft.gradients import products

                return Meaning(Rule.COMPUTE, "", products(case, arrays, axes, lengths, inverse, kind))
            return Meaning(Rule.COMPUTE, "", {"": (_spectrum(case, x, axes, lengths, inverse, kind),)})

    return meaning


def _spectrum(
    case: Case, x: np.ndarray, axes: Tuple[int, ...], lengths: Tuple[int, ...], inverse: bool, kind: str
) -> Expected:
    """The transform of an array with its bound."""
    part = PARTS.get(case.dtype, case.dtype)
    value = x.astype(np.clongdouble if part == "float64" else np.complex128)
    size = np.abs(value)
    for axis, n in zip(axes, lengths):
        size = resized(size, axis, n if kind in ("complex", "real", "antihermitian") else min(n, size.shape[axis]))
    size = np.sqrt((size**2).sum(axis=axes, keepdims=True))
    sign = 1 if inverse else -1
    *others, (last, n) = zip(axes, lengths)
    if kind == "complex":
        others = [*others, (last, n)]
    if kind == "hermitian":
        value = np.conj(value)
    if kind in ("real", "antihermitian"):
        value = np.take(transformed(value, last, n, -1), range(n // 2 + 1), axis=last)
    for axis, length in others:
        value = transformed(value, axis, length, sign)
    real = kind in ("half", "hermitian")
    if real:
        value, size = transformed(hermitian(value, last, n), last, n, 1).real, 2 * size
    if kind == "antihermitian":
        value = np.conj(value)
    count = int(np.prod(lengths, dtype=np.int64))
    # hfft is a forward transform although it is computed as an inverse one; ihfft the other way round.
    scale = factor(case.parameters["norm"], inverse, count)
    value = (value * scale.astype(value.real.dtype)).astype(value.dtype)
    steps = sum(np.log2(length) + STEPS for length in lengths)
    limit = CONSTANT * steps * FLOATS[part].roundoff * np.sqrt(float(count)) * scale * size
    limit = np.broadcast_to(limit + 2 * count * FLOATS[part].smallest_normal, value.shape)

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        return limit

    return Expected(value.shape, part if real else COMPLEX_OF[part], (value,), bound)


def shift(back: bool) -> Callable[[Case, Arrays], Meaning]:
    """The meaning of moving the zero frequency to the middle of axes, or back."""

    def meaning(case: Case, arrays: Arrays) -> Meaning:
        x, axes = arrays["x"], case.parameters["axes"]
        axes = tuple(range(x.ndim)) if axes is None else axes
        if any(not -x.ndim <= axis < x.ndim for axis in axes):
            return Meaning(Rule.REFUSE, f"axes {axes}: not all are axes of the shape {x.shape}")
        if len({axis % x.ndim for axis in axes}) < len(axes):
            return Meaning(Rule.EITHER, f"axes {axes}: one is named twice")
        gradient = case.quantity == GRADIENT
        x = arrays[COTANGENT] if gradient else x
        moves = tuple((-1 if back != gradient else 1) * (x.shape[axis] // 2) for axis in axes)
        value = np.roll(x, moves, axes)
        value = value.astype(np.clongdouble if value.dtype.kind == "c" else np.longdouble)
        return Meaning(
            Rule.COMPUTE,
            "",
            {"": (Expected(x.shape, case.dtype, (value,), exact=True, name="x" if gradient else "y"),)},
        )

    return meaning


def frequencies(half: bool) -> Callable[[Case, Arrays], Meaning]:
    """The meaning of the frequencies of the entries of a spectrum: k / (n d), negative ones in the second half."""

    def meaning(case: Case, arrays: Arrays) -> Meaning:
        n, d = case.inputs["x"].shape[-1], np.longdouble(case.parameters["d"])
        k = np.arange(n // 2 + 1) if half else (np.arange(n) + n // 2) % n - n // 2
        expected = value_within(k.astype(np.longdouble) / (n * d), "float32", 3, 3)
        return Meaning(Rule.COMPUTE, "", {"": (expected,)})

    return meaning
