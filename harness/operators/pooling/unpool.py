"""The partial inverse of max pooling: elements at given places, zero everywhere else (docs.pytorch.org, torch.nn.MaxUnpool2d)."""

from __future__ import annotations

import math
from typing import Any, Optional, Sequence, Tuple

import numpy as np

from harness.case import Kind, KnownDifference
from harness.operators.moves.positions import ZERO, Refused, Undefined
from harness.operators.moves.rows import move
from harness.operators.pooling.adaptive import by_rank

Numbers = Sequence[int]


def size_of(shape: Numbers, kernel: Numbers, stride: Numbers, padding: Numbers) -> Tuple[int, ...]:
    """The smallest size whose pooling without ceil_mode has the shape: (n - 1) stride - 2 padding + kernel."""
    return tuple((n - 1) * s - 2 * p + k for n, k, s, p in zip(shape, kernel, stride, padding))


def max_unpool(
    x: np.ndarray,
    index: Numbers,
    kernel: Numbers,
    stride: Optional[Numbers],
    padding: Numbers,
    output_size: Optional[Numbers],
) -> Any:
    """``index`` holds the flattened place of every spatial element, the same in every channel; no two are equal."""
    rank = x.ndim - 2
    if rank not in (1, 2, 3) or len(kernel) != rank:
        raise Undefined(f"x of rank {x.ndim} with a kernel of {len(kernel)} entries: some take unbatched inputs")
    size = size_of(x.shape[2:], kernel, stride or kernel, padding) if output_size is None else tuple(output_size)
    if min(size) < 1 or 0 in x.shape:
        raise Undefined(f"size {size} for x of shape {x.shape}: no elements")
    if min(index) < 0 or max(index) >= math.prod(size):
        raise Refused(f"index up to {max(index)}, from {min(index)}: the result has {math.prod(size)} places")
    canvas = np.full((*x.shape[:2], math.prod(size)), ZERO)
    canvas[..., list(index)] = x.reshape(*x.shape[:2], -1)
    return canvas.reshape(*x.shape[:2], *size)


PLACES = "torch.tensor(index, device=x.device).reshape(x.shape[2:]).expand(x.shape)"

UNSEEN = KnownDifference(
    "torch:*:abstract",
    Kind.DESCRIBED_INVALID,
    r"places$",
    "a meta tensor has no data, so that indices are not looked at",
    "docs.pytorch.org, Meta device: tensors without data",
    name="torch: indices of a description",
)

move(
    "max_unpool",
    "x",
    max_unpool,
    {"torch": by_rank(f"torch.nn.functional.max_unpool#d(x, {PLACES}, kernel, stride, padding, output_size)")},
    family="pooling",
    summary="elements at the places that max pooling took them from, zeros between them",
    strategies="strategies.unpooling",
    known=(UNSEEN,),
)
