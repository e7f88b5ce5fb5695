"""Structures of decompositions and solutions: stacks of matrices, square or not, empty ones, right-hand sides that fit."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile
from strategies.hostile import Structure
from strategies.shapes import Pool, choose, index

SIDES = Pool((1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33), 5)
"""Sides of matrices."""

FLOATS = ("float32", "float32", "float64")
"""Dtypes that decompositions have kernels for."""

SHIFT_PER_ROW = 64
"""A multiple of the identity that dominates every row: twice 8 per element, twice over."""

Choices = tuple[tuple[str, tuple[Any, ...]], ...]
NONE: Choices = ()


def sides(draw: DrawFn, count: int, most: int = SIDES.values[-1]) -> list[int]:
    """Sides of matrices."""
    return arrays.degenerate(draw, [SIDES.pick(draw, most=most) for _ in range(count)])


def stack(draw: DrawFn) -> tuple[int, ...]:
    """The axes before the last two."""
    return ((), (), (2,), (3,), (1,), (2, 2), (0,))[choose(draw, 7)]


def matrices(
    square: bool, parameters: Choices = NONE, *, right: bool = False, most: int = 33
) -> SearchStrategy[Structure]:
    """Stacks of matrices x, with ``right`` also right-hand sides y; some have another side, an axis too many or too few."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        dtype, front = arrays.one(draw, FLOATS), stack(draw)
        m, n = sides(draw, 1, most) * 2 if square else sides(draw, 2, most)
        if math.prod(front) * max(m, n, 1) ** 2 > arrays.MOST:
            front = ()
        inputs: dict[str, Any] = {"x": ((*front, m, n), dtype, arrays.layout(draw))}
        if right:
            inputs["y"] = ((*front, m, (1, 2, 3, 8, 0)[draw(index(5))]), dtype, arrays.layout(draw))
        structure: Structure = {"inputs": inputs, "parameters": {}}
        structure["parameters"].update({name: arrays.one(draw, values) for name, values in parameters})
        if "shift" in structure["parameters"]:
            structure["parameters"]["shift"] *= float(SHIFT_PER_ROW * max(n, 1))
        hostile.sometimes(draw, structure, {"side": longer, "axes": hostile.axes(*inputs), "few": few})
        return structure

    def few(draw: DrawFn, structure: Structure) -> None:
        keep = draw(index(2))
        hostile.reshape(structure, "x", lambda shape: shape[:keep])

    return draw_structure()


def chain() -> SearchStrategy[Structure]:
    """Three matrices that can be multiplied; some are longer, or have an axis too many or too few."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        dtype, lengths = arrays.one(draw, FLOATS), sides(draw, 4)
        inputs = {
            name: ((m, n), dtype, arrays.layout(draw)) for name, m, n in zip("xyz", lengths, lengths[1:], strict=False)
        }
        structure: Structure = {"inputs": inputs, "parameters": {}}
        hostile.sometimes(draw, structure, {"side": longer, "axes": hostile.axes(*inputs)})
        return structure

    return draw_structure()


def longer(draw: DrawFn, structure: Structure) -> None:
    """One of the inputs has a row more."""
    name = arrays.one(draw, tuple(structure["inputs"]))
    hostile.reshape(structure, name, lambda shape: (*shape[:-2], shape[-2] + 1, shape[-1]))


SYMMETRIC: Choices = (("symmetric", (True, True, False)),)

MATRICES: dict[str, SearchStrategy[Structure]] = {
    "cholesky": matrices(True, (*SYMMETRIC, ("shift", (1,) * 9 + (-1,)))),
    "qr": matrices(False, (("mode", ("reduced", "complete")),)),
    "svd": matrices(False, (("full_matrices", (False, True)),)),
    "svdvals": matrices(False),
    "eigh": matrices(True, SYMMETRIC),
    "eigvalsh": matrices(True, SYMMETRIC),
    "solve": matrices(True, right=True),
    "triangular_solve": matrices(
        True,
        (("lower", (True, False)), ("transpose", (False, True)), ("unit_diagonal", (False, True))),
        right=True,
        most=9,
    ),
    "inverse": matrices(True),
    "det": matrices(True),
    "slogdet": matrices(True),
    "pinv": matrices(False),
    "lstsq": matrices(False, right=True),
    "matrix_rank": matrices(False),
    "eig": matrices(True),
    "eigvals": matrices(True),
    "logdet": matrices(True, (*SYMMETRIC, ("shift", (1,) * 5 + (-1, 0)))),
    "cond": matrices(True, (("order", (None, 2, -2, "fro", 1, -1)),)),
    "cholesky_inverse": matrices(True, (("upper", (False, True)), ("shift", (1,)))),
    "lu": matrices(False),
    "lu_factor": matrices(False),
    "multi_dot": chain(),
    "matrix_exp": matrices(True, (("scale", (0.125, 0.03125, 0.5, 0.0)),), most=9),
    "matrix_power": matrices(True, (("n", (2, 1, 3, 0, 4, 5, 7, 8)),), most=17),
}
"""Strategies by operator."""
