"""Structures of the inverse of max pooling."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile, shapes
from strategies.hostile import Structure
from strategies.shapes import choose, index


@st.composite
def _unpool(draw: DrawFn) -> Structure:
    """Structures of the inverse of max pooling: distinct places in the result, whose size is said or follows."""
    dtype = arrays.one(draw, arrays.FLOATS)
    rank = arrays.one(draw, (1, 2, 2, 3))
    smallest = choose(draw, arrays.KINDS) == arrays.KINDS - 1
    sizes = (1,) * rank if smallest else tuple(1 + draw(index(4)) for _ in range(rank))
    kernel = tuple(1 + draw(index(3)) for _ in sizes)
    stride = None if draw(index(3)) == 0 else tuple(1 + draw(index(3)) for _ in sizes)
    steps = kernel if stride is None else stride
    padding = tuple(draw(index(k // 2 + 1)) for k in kernel)
    least = [(n - 1) * s - 2 * p + k for n, k, s, p in zip(sizes, kernel, steps, padding, strict=True)]
    # Padding may leave less room than there are elements.
    padding = padding if min(least) > 0 and math.prod(least) >= math.prod(sizes) else (0,) * rank
    least = [(n - 1) * s - 2 * p + k for n, k, s, p in zip(sizes, kernel, steps, padding, strict=True)]
    said = draw(index(2)) == 1
    size = [n + draw(index(s)) if said else n for n, s in zip(least, steps, strict=True)]
    left = list(range(math.prod(size)))
    places = tuple(left.pop(draw(index(len(left)))) for _ in range(math.prod(sizes)))
    leading = (1, 1) if smallest else (shapes.batch(draw, False, 4) or 1, 1 + draw(index(5)))
    shape = (*leading, *sizes)
    parameters: dict[str, Any] = {"index": places, "kernel": kernel, "stride": stride, "padding": padding}
    parameters["output_size"] = tuple(size) if said else None
    structure: Structure = {"inputs": {"x": (shape, dtype, arrays.layout(draw))}, "parameters": parameters}

    def outside(draw: DrawFn, structure: Structure) -> None:
        far = hostile.integer(draw, (math.prod(size), -1, -math.prod(size) - 1, 2**31, 2**62, -(2**63)))
        structure["parameters"]["index"] = hostile.replaced(places, draw(index(len(places))), far)

    hostile.sometimes(draw, structure, {"index": outside})
    return structure


STRUCTURES: dict[str, SearchStrategy[Structure]] = {"max_unpool": _unpool()}
"""Strategies by name."""
