"""Joining by the names of axes: hstack, vstack, dstack, column_stack, and the axes that they add (numpy.org, numpy.hstack and others)."""

from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np

from harness.operators.moves.positions import Refused
from harness.operators.shape.definitions import concatenate
from harness.operators.shape.rows import DESCRIBED, NONE, NUMPY, alike, row


def along(parts: Sequence[np.ndarray], axis: int) -> np.ndarray:
    """Three arrays one after another along an axis."""
    x, y, z = parts
    return concatenate(x, y, z, axis)


def hstack(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Along the second axis, of vectors along their only one."""
    parts = [np.atleast_1d(part) for part in (x, y, z)]
    return along(parts, 0 if parts[0].ndim == 1 else 1)


def vstack(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Along the first axis; a vector is a row."""
    return along([np.atleast_2d(part) for part in (x, y, z)], 0)


def dstack(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Along the third axis; a vector is a row, and a matrix has a third axis of length one."""
    return along([np.atleast_3d(part) for part in (x, y, z)], 2)


def column_stack(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Along the second axis; a vector is a column."""
    if any(part.ndim > 1 for part in (x, y, z)) and any(part.ndim == 0 for part in (x, y, z)):
        raise Refused("a scalar, which is a column of one, beside more than one")
    return along([part if part.ndim > 1 else part.reshape(-1, 1) for part in (x, y, z)], 1)


def atleast(rank: int) -> Callable[[np.ndarray], Any]:
    """The function that adds axes of length one until there are ``rank``: in front, and of three the last one behind."""
    return lambda x: (np.atleast_1d, np.atleast_2d, np.atleast_3d)[rank - 1](x)


for _name, _plan, _words in (
    ("hstack", hstack, "next to each other"),
    ("vstack", vstack, "one above another"),
    ("dstack", dstack, "one behind another"),
):
    row(
        _name,
        "x y z",
        _plan,
        alike(f"{_name}((x, y, z))", tensorflow=NUMPY),
        f"arrays {_words}",
        known=(DESCRIBED,),
    )

row(
    "column_stack",
    "x y z",
    column_stack,
    alike("column_stack((x, y, z))", tensorflow=NONE, keras=NONE),
    "arrays as columns",
)

for _rank in (1, 2, 3):
    row(
        f"atleast_{_rank}d",
        "x",
        atleast(_rank),
        alike(f"atleast_{_rank}d(x)", tensorflow=NUMPY, keras=NONE),
        f"x with {_rank} axes or more",
        drawn="array",
    )
