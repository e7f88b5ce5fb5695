"""Structures of resizing: every relation of old and new sizes, every convention of coordinates."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile
from strategies.hostile import Structure
from strategies.shapes import Pool, choose, index

SIZES = {
    1: Pool((2, 3, 4, 5, 1, 6, 7, 8, 9, 13, 16, 17, 31, 33, 64), 6),
    2: Pool((1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 17), 5),
    3: Pool((1, 2, 3, 4, 5), 4),
}
"""Spatial sizes by the number of spatial axes."""

CHANNELS = Pool((1, 2, 3, 4, 5, 8), 3)
BATCHES = (1, 1, 2, 1, 3, 0)

Variants = tuple[dict[str, Any], ...]


def wanted(draw: DrawFn, size: int) -> int:
    """A new size: a multiple, a divisor, one, the same, any larger or smaller one."""
    kind = draw(index(6))
    if kind == 0:
        return size * (2 + draw(index(2)))
    if kind == 1:
        return max(size // 2, 1)
    if kind == 2:
        return 1
    if kind == 3:
        return size
    return size + 1 + draw(index(size + 3)) if kind == 4 else 1 + draw(index(size))


def image(draw: DrawFn, rank: int) -> tuple[int, ...]:
    """A shape (batch, channels, *spatial)."""
    kind = choose(draw, arrays.KINDS)
    if kind == arrays.KINDS - 2:
        return (1,) * (rank + 2)
    spatial = [SIZES[rank].pick(draw) for _ in range(rank)]
    if kind == arrays.KINDS - 1:
        spatial[0] = 0
    channels = CHANNELS.pick(draw, most=max(2048 // max(math.prod(spatial), 1), 1))
    return (arrays.one(draw, BATCHES), channels, *spatial)


def resizing(
    variants: Variants, ranks: tuple[int, ...] = (1, 2, 2, 2, 3), dtypes: tuple[str, ...] = arrays.FLOATS
) -> SearchStrategy[Structure]:
    """Structures of resizing with one of the sets of parameters."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        dtype = arrays.one(draw, dtypes)
        shape = image(draw, arrays.one(draw, ranks))
        chosen = arrays.one(draw, variants)
        size = tuple(wanted(draw, max(n, 1)) for n in shape[2:])
        structure: Structure = {
            "inputs": {"x": (shape, dtype, arrays.layout(draw))},
            "parameters": {"size": size, **chosen},
        }
        hostile.sometimes(draw, structure, {"size": no_size, "arity": hostile.arity("size"), "axes": hostile.axes("x")})
        return structure

    return draw_structure()


def no_size(draw: DrawFn, structure: Structure) -> None:
    """A size of none or less."""
    sizes = structure["parameters"]["size"]
    wrong = hostile.integer(draw, (0, -1, -2, -(2**15), -(2**31), -(2**63)))
    structure["parameters"]["size"] = hostile.replaced(sizes, draw(index(len(sizes))), wrong)


COORDINATES = ("half_pixel", "align_corners", "asymmetric")

_LINEAR: Variants = (
    {"coordinates": "half_pixel", "antialias": False},
    {"coordinates": "align_corners", "antialias": False},
    {"coordinates": "asymmetric", "antialias": False},
    {"coordinates": "half_pixel", "antialias": True},
)
_CUBIC: Variants = (
    {"coordinates": "half_pixel", "antialias": False, "a": -0.75, "border": "replicate"},
    {"coordinates": "half_pixel", "antialias": False, "a": -0.5, "border": "renormalise"},
    {"coordinates": "align_corners", "antialias": False, "a": -0.75, "border": "replicate"},
    {"coordinates": "asymmetric", "antialias": False, "a": -0.75, "border": "replicate"},
    {"coordinates": "half_pixel", "antialias": True, "a": -0.5, "border": "renormalise"},
)


@st.composite
def _blocks(draw: DrawFn, space: bool) -> Structure:
    """Structures of depth_to_space, or with ``space`` of its inverse."""
    dtype = arrays.one(draw, (*arrays.FLOATS, "int32", "uint8"))
    block = (2, 3, 1, 4)[draw(index(4))]
    batch, channels = BATCHES[draw(index(len(BATCHES)))], 1 + draw(index(4))
    height, width = 1 + draw(index(5)), 1 + draw(index(5))
    shape = (batch, channels * block * block, height, width)
    if space:
        shape = (batch, channels, height * block, width * block)
    if draw(index(12)) == 11:
        shape = (*shape[:3], shape[3] + 1) if space else (shape[0], shape[1] + 1, *shape[2:])
    parameters = {"block": block, "order": arrays.one(draw, ("CRD", "DCR"))}
    structure: Structure = {"inputs": {"x": (shape, dtype, arrays.layout(draw))}, "parameters": parameters}
    hostile.sometimes(draw, structure, {"block": _block, "axes": hostile.axes("x")})
    return structure


def _block(draw: DrawFn, structure: Structure) -> None:
    """A block of none or less, or a large one."""
    structure["parameters"]["block"] = hostile.integer(draw, (0, -1, -2, 2**15, -(2**31), 2**31 - 1))


METHODS = ("nearest", "linear", "cubic", "area", "nearest-exact", "linear antialias", "cubic antialias")
SCALES = (2.0, 0.5, 1.5, 3.0, 1.0, 0.75, 2.5, 0.6, 1.3, 0.3)


@st.composite
def _scaled(draw: DrawFn) -> Structure:
    """Structures of resizing by factors: whole ones, halves, and those that leave a rest or that no dtype holds."""
    method = arrays.one(draw, METHODS)
    ranks = {"cubic": (2,), "linear antialias": (2, 2, 1), "cubic antialias": (2, 2, 1)}.get(method, (1, 2, 2, 3))
    shape = image(draw, arrays.one(draw, ranks))
    scale = tuple(arrays.one(draw, SCALES) for _ in shape[2:])
    scale = tuple(1.0 if n * factor < 1 else factor for n, factor in zip(shape[2:], scale, strict=True))
    parameters: dict[str, Any] = {
        "scale": scale,
        "method": method,
        "align_corners": method in ("linear", "cubic") and bool(draw(index(3)) == 2),
        "recompute": arrays.one(draw, (None, True, False)),
    }
    structure: Structure = {
        "inputs": {"x": (shape, arrays.one(draw, arrays.FLOATS), arrays.layout(draw))},
        "parameters": parameters,
    }
    hostile.sometimes(draw, structure, {"scale": _no_scale, "arity": hostile.arity("scale"), "axes": hostile.axes("x")})
    return structure


def _no_scale(draw: DrawFn, structure: Structure) -> None:
    """A factor of none or less."""
    scale = structure["parameters"]["scale"]
    wrong = arrays.one(draw, (0.0, -1.0, -0.5, -(2.0**31)))
    structure["parameters"]["scale"] = hostile.replaced(scale, draw(index(len(scale))), wrong)


STRUCTURES: dict[str, SearchStrategy[Structure]] = {
    "resize_nearest": resizing(tuple({"coordinates": rule} for rule in COORDINATES)),
    "resize_linear": resizing(_LINEAR),
    "resize_cubic": resizing(_CUBIC, ranks=(2, 2, 2, 1, 3)),
    "resize_lanczos": resizing(
        tuple({"radius": r, "antialias": flag} for r in (3, 5) for flag in (False, True)), ranks=(2, 2, 1)
    ),
    "resize_area": resizing(({"windows": "adaptive"}, {"windows": "overlaps"})),
    "resize:nominal": resizing(tuple({"method": method} for method in ("nearest", "linear", "cubic")), ranks=(2,)),
    "resize_scale": _scaled(),
    "depth_to_space": _blocks(space=False),
    "space_to_depth": _blocks(space=True),
}
"""Strategies by name."""
