"""What an operator from outside means: a NumPy reference with an error in units in the last place.

Read by the workers: Python 3.9 syntax; standard library and NumPy only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.case import Case
from harness.formats import kind_of, reference_dtype
from harness.meaning import Expected, Meaning, Rule
from harness.operators.elementwise.bounds import flushed_to_zero, value_within
from harness.operators.elementwise.meaning import FLUSHED, parameters_of, widened


class ReferenceFailed(Exception):
    """A reference that failed, or gave what is no array of numbers. The message names it and the case."""


@dataclass(frozen=True)
class Reference:
    """A function of NumPy arrays, right within ``ulps`` units in the last place of the result's dtype; 0 is exact.

    Floating-point inputs come in a wider dtype: float64, and longdouble for float64; others in their own. ``result`` is
    the dtype of the result where it is not that of the first input. With ``broadcast`` the shapes of its inputs are joined by
    broadcasting, and shapes that do not fit must be refused.
    """

    function: Callable[..., Any]
    ulps: float
    result: str | None = None
    broadcast: bool = False

    def meaning(self, case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
        """The meaning of a case of its operator. Raises ReferenceFailed."""
        shapes = [spec.shape for spec in case.inputs.values()]
        if self.broadcast and not _fit(shapes):
            return Meaning(Rule.REFUSE, f"shapes {', '.join(map(str, shapes))}: do not broadcast")
        if len({spec.dtype for spec in case.inputs.values()}) > 1:
            return Meaning(Rule.EITHER, "inputs of different dtypes")
        wide = widened(case.dtype, [arrays[name] for name in case.inputs])
        values = self._evaluated(case, wide)
        flushed = self._flushed(case, wide)
        names = ["y"] if len(values) == 1 else [f"y{i}" for i in range(len(values))]
        outputs = [
            self._expected(case, name, value, tuple(reading[i] for reading in flushed))
            for i, (name, value) in enumerate(zip(names, values))
        ]
        return Meaning(Rule.COMPUTE, "", {"": tuple(outputs)})

    def _evaluated(self, case: Case, wide: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        try:
            with np.errstate(all="ignore"):
                results = self.function(*wide, **parameters_of(case))
            results = results if isinstance(results, (tuple, list)) else (results,)
            values = tuple(map(np.asarray, results))
            kinds = {value.dtype.kind for value in values}
        except Exception as error:
            inputs = ", ".join(f"{array.dtype.name}{list(array.shape)}" for array in wide)
            what = f"reference {self.function.__qualname__} failed on {inputs}"
            raise ReferenceFailed(f"{what}: {type(error).__name__}: {error}") from error
        if not kinds <= set("biuf"):
            raise ReferenceFailed(
                f"reference {self.function.__qualname__}: gave {results!r}, expected arrays of real numbers"
            )
        return values

    def _flushed(self, case: Case, wide: Sequence[np.ndarray]) -> tuple[tuple[np.ndarray, ...], ...]:
        """The reading in which subnormal inputs are zero, where there are any."""
        if case.dtype not in FLUSHED:
            return ()
        small = [flushed_to_zero(array, case.dtype) for array in wide]
        same = all(np.array_equal(one, other, equal_nan=True) for one, other in zip(wide, small))
        return () if same else (self._evaluated(case, small),)

    def _expected(self, case: Case, name: str, value: np.ndarray, flushed: tuple[np.ndarray, ...]) -> Expected:
        dtype = self.result or case.dtype
        if kind_of(dtype) == "float":
            wide = reference_dtype(dtype)
            readings: tuple[np.ndarray, ...] = tuple(reading.astype(wide) for reading in flushed)
            return value_within(value.astype(wide), dtype, self.ulps, self.ulps, flushed=readings, name=name)
        small: tuple[np.ndarray, ...] = tuple(reading.astype(np.longdouble) for reading in flushed)
        zero = np.zeros(value.shape)
        exact = value.astype(np.longdouble)
        return Expected(value.shape, dtype, (exact,), lambda dtype, accuracy: zero, flushed=small, name=name)


def _fit(shapes: Sequence[tuple[int, ...]]) -> bool:
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True
