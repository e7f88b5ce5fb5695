"""The grid of places that an affine map gives (docs.pytorch.org, torch.nn.functional.affine_grid).

The base places of n elements are -1 + 2 i / (n - 1) with align_corners, 0 for a single one; else (2 i + 1) / n - 1.
"""

from __future__ import annotations

from typing import List, Mapping

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS, reference_dtype
from harness.meaning import Expected, Meaning, Rule
from harness.operators.sampling.rows import sampling


def affine(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """Parameters: size (height, width, or depth before them), align_corners.

    x is (batch, n, n + 1) for n sizes: rows for the coordinates, columns for x, y (z) and one.
    """
    shape, size, u = case.inputs["x"].shape, case.parameters["size"], FLOATS[case.dtype].roundoff
    rank = len(size)
    if rank not in (2, 3) or len(shape) != 3 or shape[1:] != (rank, rank + 1):
        return Meaning(Rule.REFUSE, f"theta of shape {shape} for size {size}: expected (batch, {rank}, {rank + 1})")
    if min(size) < 1 or shape[0] == 0:
        return Meaning(Rule.REFUSE if min(size) < 0 else Rule.EITHER, f"size {size}, batch {shape[0]}")
    wide = reference_dtype(case.dtype)
    theta: np.ndarray = arrays["x"].astype(wide)
    ends: List[np.ndarray] = [_base(n, bool(case.parameters["align_corners"])).astype(wide) for n in size]
    base = np.stack([*np.meshgrid(*ends, indexing="ij")[::-1], np.ones(size, wide)], axis=-1).reshape(-1, rank + 1)
    tiny = FLOATS[case.dtype].smallest_normal
    # Six roundings of each base coordinate, one per product and the sum's; the base is off by u of 1, not of itself.
    if case.quantity == GRADIENT:
        cotangent: np.ndarray = arrays[COTANGENT].astype(wide).reshape(shape[0], -1, rank)
        found = np.einsum("npr,pk->nrk", cotangent, base)
        steps = (base.shape[0] + 10) * u
        lost = steps / (1 - min(steps, 0.5)) * np.abs(cotangent).sum(axis=1)[..., None] + base.shape[0] * tiny
        return _within(found, case.dtype, np.broadcast_to(lost, found.shape), "x")
    found = np.einsum("pk,nrk->npr", base, theta).reshape(shape[0], *size, rank)
    error = 10 * u * np.abs(theta).sum(axis=-1).reshape(shape[0], *(1,) * rank, rank) + tiny
    return _within(found, case.dtype, np.broadcast_to(error, found.shape), "y")


def _within(value: np.ndarray, dtype: str, error: np.ndarray, name: str) -> Meaning:
    """The meaning with one output within an error."""
    return Meaning(Rule.COMPUTE, "", {"": (Expected(value.shape, dtype, (value,), lambda d, a: error, name=name),)})


def _base(n: int, aligned: bool) -> np.ndarray:
    """The places of n elements between -1 and 1; 0 for a single one."""
    i = np.arange(n, dtype=np.longdouble)
    if aligned:
        return 2 * i / (n - 1) - 1 if n > 1 else i
    return (2 * i + 1) / n - 1


affine_grid = sampling(
    "affine_grid",
    ("x",),
    affine,
    "the grid of places that an affine map gives",
    differentiable=("x",),
    result=lambda case: (
        (case.inputs["x"].shape[0], *case.parameters["size"], len(case.parameters["size"])),
        case.dtype,
    ),
)


@affine_grid.call("torch")
def _(torch, x, *, size, align_corners):
    return torch.nn.functional.affine_grid(x, [x.shape[0], 1, *size], align_corners)
