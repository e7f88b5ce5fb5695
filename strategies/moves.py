"""What strategies of operators that move elements share: dtypes, structures, axes that there are not."""

from __future__ import annotations

from typing import Any

from hypothesis.strategies import DrawFn

from strategies import arrays, hostile
from strategies.hostile import Mutation, Structure

DTYPES = (
    *arrays.FLOATS,
    "int32",
    "int64",
    "int8",
    "uint8",
    "bool",
    "complex64",
    "int16",
    "uint16",
    "uint32",
    "uint64",
    "complex128",
)
"""Dtypes of what is moved, in shrinking order."""

NUMBERS = (*arrays.FLOATS, *arrays.FLOATS, "int32", "int64", "int8", "uint8")
"""Dtypes of what is added or compared."""

MOST = 1024
"""Largest number of elements of an input."""


def structure_of(inputs: dict[str, Any], parameters: dict[str, Any]) -> Structure:
    """A structure of named inputs and parameters."""
    return {"inputs": inputs, "parameters": parameters}


def _axis(draw: DrawFn, structure: Structure) -> None:
    """An axis that there is not."""
    rank = len(structure["inputs"]["x"][0])
    names = [name for name in ("axis", "axis1") if name in structure["parameters"]]
    structure["parameters"][names[0]] = hostile.integer(draw, (rank, -rank - 1, rank + 7, 2**31, 2**63 - 1, -(2**63)))


WRONG_AXIS: dict[str, Mutation] = {"axis": _axis}
