"""Vector-Jacobian products of Fourier transforms: each is linear over the reals, so they are its adjoint, another Fourier transform.

With the real inner product Re(conj(g) y) the product for x is ``L^H g``; a framework that does not conjugate gives ``conj(L^H conj(g))``,
which of a complex transform is ``L^T g``. Both are conventions for the gradient of complex numbers.
"""

from __future__ import annotations

from typing import Dict, List, Mapping, Sequence, Tuple

import numpy as np

from harness.case import COTANGENT, Case
from harness.formats import FLOATS, PARTS
from harness.meaning import Accuracy, Expected
from harness.operators.fft.meaning import CONSTANT, STEPS, factor, resized, transformed

ADJOINT, TRANSPOSE = "conjugated (adjoint)", "not conjugated (transpose)"

Axes = Sequence[Tuple[int, int]]
"""The axes of a transform with their lengths."""


def result_of(case: Case, axes: Tuple[int, ...], lengths: Tuple[int, ...], kind: str) -> Tuple[Tuple[int, ...], str]:
    """Shape and dtype of a transform, those of its cotangent."""
    shape = list(case.inputs["x"].shape)
    for axis, length in zip(axes, lengths):
        shape[axis] = length
    part = PARTS.get(case.dtype, case.dtype)
    if kind in ("real", "antihermitian"):
        shape[axes[-1]] = lengths[-1] // 2 + 1
    real = kind in ("half", "hermitian")
    return tuple(shape), part if real else {"float32": "complex64", "float64": "complex128"}[part]


def adjoint(g: np.ndarray, shape: Tuple[int, ...], axes: Axes, inverse: bool, kind: str) -> np.ndarray:
    """The adjoint of a transform without its factor, of arrays of ``shape``."""
    sign = -1 if inverse else 1
    *others, (last, n) = axes
    if kind == "complex":
        others = [*others, (last, n)]
    if kind == "antihermitian":
        g = np.conj(g)
    if kind in ("half", "hermitian"):
        # Entries between the first and the one at n / 2 stand for their mirror images too.
        twice = np.full(n // 2 + 1, 2)
        twice[0] = 1
        twice[-1] = 1 if n % 2 == 0 else twice[-1]
        g = np.moveaxis(np.moveaxis(transformed(g, last, n, -1), last, -1)[..., : n // 2 + 1] * twice, -1, last)
        g = resized(g, last, shape[last])
    for axis, length in others:
        g = resized(transformed(g, axis, length, sign), axis, shape[axis])
    if kind in ("real", "antihermitian"):
        # Of a real array only the first half of the spectrum is given: the rest of the cotangent is zero.
        g = resized(transformed(g, last, n, 1), last, shape[last])
        return np.asarray(g.real)
    return np.conj(g) if kind == "hermitian" else g


def products(
    case: Case,
    arrays: Mapping[str, np.ndarray],
    axes: Tuple[int, ...],
    lengths: Tuple[int, ...],
    inverse: bool,
    kind: str,
) -> Dict[str, Tuple[Expected, ...]]:
    """The vector-Jacobian product under either convention, within the bound of a fast transform of the cotangent."""
    part = PARTS.get(case.dtype, case.dtype)
    shape, pairs = arrays["x"].shape, list(zip(axes, lengths))
    g = arrays[COTANGENT].astype(np.clongdouble if part == "float64" else np.complex128)
    count = int(np.prod(lengths, dtype=np.int64))
    scale = factor(case.parameters["norm"], inverse, count)
    values: List[np.ndarray] = [
        adjoint(g, shape, pairs, inverse, kind),
        np.conj(adjoint(np.conj(g), shape, pairs, inverse, kind)),
    ]
    size = np.sqrt((np.abs(g) ** 2).sum(axis=axes, keepdims=True))
    steps = sum(np.log2(length) + STEPS for length in lengths)
    limit = 2 * CONSTANT * steps * FLOATS[part].roundoff * np.sqrt(float(count)) * scale * size
    limit = np.broadcast_to(limit + 2 * count * FLOATS[part].smallest_normal, shape)

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        return limit

    return {
        name: (
            Expected(
                shape, case.dtype, ((value * scale.astype(value.real.dtype)).astype(value.dtype),), bound, name="x"
            ),
        )
        for name, value in zip((ADJOINT, TRANSPOSE), values)
    }
