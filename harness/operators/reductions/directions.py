"""Scans from the end (``reverse``), and those that leave out their own element (``exclusive``), from the plain ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Optional, Tuple

import numpy as np

from harness.case import Case
from harness.meaning import Accuracy, Expected
from harness.operators.reductions.meaning import Readings
from harness.operators.reductions.sums import Bound

DIRECTIONS = (("reverse", (False, False, True)), ("exclusive", (False, False, True)))
"""Parameters of scans that TensorFlow has both of, and JAX the first."""

REVERSE = DIRECTIONS[:1]
"""The parameter of scans that JAX alone has."""


def plain(case: Case) -> bool:
    """Whether the scan goes forwards and includes its own element."""
    return not case.parameters.get("reverse") and not case.parameters.get("exclusive")


def lax(case: Case) -> bool:
    """Whether jax.lax can say the case: it takes axes from the front, and has no exclusive scans."""
    return not case.parameters.get("exclusive") and case.parameters["axis"] >= 0


def directed(scan: Callable[[np.ndarray, Case], Readings], *first: float) -> Callable[[np.ndarray, Case], Readings]:
    """The scan in the direction of the case; ``first`` are readings of what an exclusive one holds where nothing came before."""

    def value(rows: np.ndarray, case: Case) -> Readings:
        reverse, exclusive = bool(case.parameters.get("reverse")), bool(case.parameters.get("exclusive"))
        found = scan(rows[..., ::-1] if reverse else rows, case)
        return {
            name: tuple(_placed(output, reverse, first if exclusive else ()) for output in outputs)
            for name, outputs in found.items()
        }

    return value


def directed_gradient(
    gradient: Callable[[np.ndarray, np.ndarray, Case], Readings],
) -> Callable[[np.ndarray, np.ndarray, Case], Readings]:
    """The vector-Jacobian product of a directed scan: that of the plain one for the cotangent of the elements that it moved to."""

    def product(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
        reverse, exclusive = bool(case.parameters.get("reverse")), bool(case.parameters.get("exclusive"))
        if reverse:
            rows, cotangent = rows[..., ::-1], cotangent[..., ::-1]
        if exclusive and rows.shape[-1]:
            cotangent = np.concatenate([cotangent[..., 1:], np.zeros_like(cotangent[..., :1])], axis=-1)
        found = gradient(rows, cotangent, case)
        return {name: tuple(_placed(output, reverse, ()) for output in outputs) for name, outputs in found.items()}

    return product


def _placed(expected: Expected, reverse: bool, first: Tuple[float, ...]) -> Expected:
    """The output of a plain scan as that of a reversed one, or of an exclusive one that begins with one of ``first``."""

    def place(array: np.ndarray, fill: float) -> np.ndarray:
        if first and array.shape[-1]:
            array = np.concatenate([np.full_like(array[..., :1], fill), array[..., :-1]], axis=-1)
        return array[..., ::-1] if reverse else array

    own: Optional[Bound] = expected.bound

    def bound(dtype: str, accuracy: Accuracy) -> Optional[np.ndarray]:
        error = own(dtype, accuracy) if own else None
        return None if error is None else place(np.asarray(error), 0)

    fills = first or (0.0,)
    values = tuple(place(value, fill) for fill in fills for value in expected.values)
    flushed = tuple(place(value, fills[0]) for value in expected.flushed)
    free = None if expected.free is None else place(expected.free, False)
    return replace(expected, values=values, flushed=flushed, free=free, bound=None if own is None else bound)
