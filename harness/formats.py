"""Dtypes by name: what a floating-point format holds, what kind a dtype is, and in which dtype the oracle computes.

Read by the workers: Python 3.9 syntax; standard library, NumPy and ml_dtypes only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict

import ml_dtypes
import numpy as np


@dataclass(frozen=True)
class FloatFormat:
    """A binary floating-point format.

    ``digits``: precision in bits, the implicit one included. ``operand_bits`` and ``sum_bits``: in the exact regime operands are
    integers up to 2**operand_bits and sums of magnitudes stay up to 2**sum_bits, so every order of summation is exact.
    """

    name: str
    digits: int
    largest: float
    smallest_normal: float
    smallest_subnormal: float

    @property
    def roundoff(self) -> float:
        """Unit roundoff of round-to-nearest: 2**-digits."""
        return float(2.0**-self.digits)

    @property
    def operand_bits(self) -> int:
        """t of the exact regime."""
        return self.digits

    @property
    def sum_bits(self) -> int:
        """a of the exact regime."""
        return self.digits


def _format(name: str) -> FloatFormat:
    info = ml_dtypes.finfo(numpy_dtype(name))
    return FloatFormat(
        name, int(info.nmant) + 1, float(info.max), float(info.smallest_normal), float(info.smallest_subnormal)
    )


def numpy_dtype(name: str) -> np.dtype:
    """The NumPy dtype of a name; ``bfloat16`` comes from ml_dtypes. Raises TypeError on an unknown name."""
    return np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)


FLOATS: Dict[str, FloatFormat] = {name: _format(name) for name in ("bfloat16", "float16", "float32", "float64")}

REFERENCE: Dict[str, type] = {"float64": np.longdouble}
"""Dtype of the oracle's arithmetic per dtype of the case; float64 where none is named."""


def reference_dtype(dtype: str) -> type:
    """Dtype in which the oracle computes a case of ``dtype``: wider than the case's own."""
    return REFERENCE.get(dtype, np.float64)


def kind_of(dtype: str) -> str:
    """``bool``, ``integer`` (signed or not), ``float`` or ``complex``. Raises TypeError on an unknown name."""
    if dtype in FLOATS:
        return "float"
    kind = numpy_dtype(dtype).kind
    kinds = {"b": "bool", "i": "integer", "u": "integer", "f": "float", "c": "complex"}
    if kind not in kinds:
        raise TypeError(f"dtype {dtype!r}: no dtype of numbers")
    return kinds[kind]


PARTS: Dict[str, str] = {"complex64": "float32", "complex128": "float64"}
"""Dtype of the real and the imaginary part of a complex dtype."""
