"""Numbers: the same input bits everywhere, what a dtype can hold exactly, and error bounds.

Read by the workers: Python 3.9 syntax; standard library, NumPy and ml_dtypes only. Values are made from raw Philox output by
integer and bit operations, so they do not depend on NumPy's version, on libm, or on the machine.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Callable, Dict, Iterable, Optional, Tuple

import ml_dtypes
import numpy as np

from harness.case import Case, InputSpec


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


def random_bits(seed: int, count: int, stream: int = 0) -> np.ndarray:
    """``count`` words of uint64 from Philox-4x64 with ``seed`` and ``stream`` as its key."""
    key = np.array([seed & 0xFFFFFFFFFFFFFFFF, stream], dtype=np.uint64)
    return np.random.Philox(key=key).random_raw(count)


def generate(spec: InputSpec) -> np.ndarray:
    """The array that ``spec`` describes, of its shape, dtype and layout. Raises ValueError on an unknown regime or layout."""
    makers: Dict[str, Callable[[InputSpec], np.ndarray]] = {
        "exact": exact_values,
        "rounding": rounding_values,
        "special": special_values,
        "ones": lambda spec: np.ones(spec.size),
        "zeros": lambda spec: np.zeros(spec.size),
        "one_hot": lambda spec: (np.arange(spec.size) == spec.seed % max(spec.size, 1)).astype(np.float64),
        "arange": lambda spec: np.arange(1, spec.size + 1, dtype=np.float64),
    }
    if spec.regime not in makers:
        raise ValueError(f"regime {spec.regime!r}: none of {', '.join(makers)}")
    with np.errstate(over="ignore", invalid="ignore"):
        array = makers[spec.regime](spec).astype(numpy_dtype(spec.dtype)).reshape(spec.shape)
    return lay_out(array, spec.layout)


def arrays_of(case: Case) -> Dict[str, np.ndarray]:
    """The arrays of a case's inputs, by name."""
    return {name: generate(spec) for name, spec in case.inputs.items()}


def lay_out(array: np.ndarray, layout: str) -> np.ndarray:
    """The same elements with other strides: contiguous, transposed (axes stored in reverse order) or strided (every other element)."""
    if layout == "contiguous":
        return array
    if layout == "transposed":
        return np.ascontiguousarray(array.T).T
    if layout == "strided":
        wide = np.zeros(array.shape[:-1] + (2 * array.shape[-1],), array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    raise ValueError(f"layout {layout!r}: none of contiguous, transposed, strided")


TF32_OPERAND_BITS = 11
"""Operands of the exact regime stay within TF32's precision, so that a float32 value set serves devices that compute in TF32."""


def exact_values(spec: InputSpec) -> np.ndarray:
    """Integers of magnitude 1 to limit (zeros where ``nonzeros`` says so), uniformly, as float64."""
    bits = random_bits(spec.seed, spec.size)
    magnitudes = (bits >> np.uint64(1)) % np.uint64(max(spec.limit, 1)) + np.uint64(1)
    values = magnitudes.astype(np.float64) * np.where(bits & np.uint64(1), -1.0, 1.0)
    if spec.nonzeros is not None and spec.nonzeros < spec.size:
        ranks = np.argsort(random_bits(spec.seed, spec.size, stream=1), kind="stable")
        values[ranks[spec.nonzeros :]] = 0.0
    return values


def rounding_values(spec: InputSpec) -> np.ndarray:
    """Values with full random significands and exponents in [-2, 1], either sign: |v| in [1/4, 4)."""
    bits = random_bits(spec.seed, spec.size)
    fraction = FLOATS[spec.dtype].digits - 1 if spec.dtype in FLOATS else 10
    sign = (bits & np.uint64(1)) << np.uint64(63)
    exponent = (np.uint64(1021) + ((bits >> np.uint64(1)) & np.uint64(3))) << np.uint64(52)
    significand = ((bits >> np.uint64(12)) >> np.uint64(52 - fraction)) << np.uint64(52 - fraction)
    return np.asarray(sign | exponent | significand).view(np.float64)


def special_values(spec: InputSpec) -> np.ndarray:
    """Values of the rounding regime; about one in eight elements, and at least one, is an IEEE 754 special or extreme value."""
    values = rounding_values(spec)
    if spec.dtype not in FLOATS or not spec.size:
        return values
    form = FLOATS[spec.dtype]
    specials = np.array(
        [np.nan, np.inf, -np.inf, 0.0, -0.0, form.smallest_subnormal, -form.smallest_subnormal]
        + [form.smallest_normal / 2, -form.smallest_normal, form.largest, -form.largest, 1.0]
    )
    bits = random_bits(spec.seed, spec.size, stream=2)
    chosen = (bits & np.uint64(7)) == 0
    chosen[int(bits[0] >> np.uint64(32)) % spec.size] = True
    values[chosen] = specials[((bits >> np.uint64(3)) % np.uint64(len(specials))).astype(np.int64)][chosen]
    return values


def checksum(arrays: Iterable[Optional[np.ndarray]]) -> str:
    """First 16 hexadecimal digits of the SHA-256 over dtypes, shapes and bytes, in order; absent arrays are skipped."""
    digest = hashlib.sha256()
    for array in arrays:
        if array is not None:
            digest.update(f"{array.dtype.name}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def exact_limits(dtype: str, terms: int) -> Tuple[int, Optional[int]]:
    """(limit, nonzeros) for the two factors of a sum of ``terms`` products that must stay exact in ``dtype``.

    Both factors are integers up to ``limit``; the sum of magnitudes, one term of the same size for a bias included, stays within
    2**sum_bits. When not even terms of magnitude 1 fit, one factor must be sparse: ``nonzeros`` of its elements at most.
    """
    form = FLOATS[dtype]
    budget = 2**form.sum_bits
    room = budget // (max(terms, 1) + 1)
    if room < 1:
        return 1, budget - 1
    limit = int(np.sqrt(float(room)))
    return max(1, min(limit, 2**form.operand_bits, 2**TF32_OPERAND_BITS)), None


def summation_bound(
    terms: int, magnitude: np.ndarray, value: np.ndarray, dtype: str, accumulator: str, roundings: int = 0
) -> Optional[np.ndarray]:
    """Largest absolute error of a sum of ``terms`` products in any order, per element; None when n u exceeds 1/4.

    gamma_n * sum(|x||w|) with gamma_n = n u / (1 - n u) at the accumulator's unit roundoff u (Higham, Accuracy and Stability of Numerical
    Algorithms, 2nd ed., section 3.1), then one rounding to ``dtype`` of the result and of each of ``roundings`` intermediate results,
    none of which exceeds (1 + gamma) * magnitude, plus half a subnormal step per operation for underflow.
    """
    u_acc, form = FLOATS[accumulator].roundoff, FLOATS[dtype]
    if terms * u_acc > 0.25:
        return None
    gamma = terms * u_acc / (1 - terms * u_acc)
    # The reference's own error: the same sum at the reference's roundoff, which must be the smaller one for the bound to mean anything.
    u_ref = float(np.finfo(magnitude.dtype).eps) / 2
    if u_ref >= u_acc:
        raise ValueError(f"reference dtype {magnitude.dtype}: must be wider than the accumulator {accumulator}")
    error = (gamma + 2 * terms * u_ref) * magnitude
    if accumulator != dtype:
        error = error + form.roundoff * (np.abs(value) + error)
    for _ in range(roundings):
        error = error + form.roundoff * (magnitude + error)
    return error + terms * FLOATS[accumulator].smallest_subnormal + (1 + roundings) * form.smallest_subnormal
