"""Input arrays from their recipes: the same bits in every process, under every NumPy and on every machine.

Read by the workers: Python 3.9 syntax; standard library, NumPy and ml_dtypes only. Values are made from raw Philox output by
integer and bit operations, so they depend neither on NumPy's generators nor on libm. The makers use nothing of a recipe but
its fields, because reproducers print their source.
"""

from __future__ import annotations

import functools
import hashlib
from typing import Any, Callable, Dict, Iterable, Optional, Tuple

import numpy as np

from harness.case import Case, InputSpec
from harness.formats import FLOATS, PARTS, kind_of, numpy_dtype

TF32_OPERAND_BITS = 11
"""Operands of the exact regime stay within TF32's precision, so that a float32 value set serves devices that compute in TF32."""

SMALL = 4096
"""Elements of an array up to which it is kept for the next case that asks for it."""

LAYOUTS = ("contiguous", "transposed", "strided", "offset", "reversed", "broadcast", "readonly")
"""Memory layouts that ``lay_out`` makes."""


def _keeping_small(make: Callable[[int, int, int], np.ndarray]) -> Callable[..., np.ndarray]:
    """``make``, whose last few small arrays are kept, read-only: the value sets of a structure are made from the same words."""

    @functools.lru_cache(maxsize=32)
    def kept(seed: int, count: int, stream: int) -> np.ndarray:
        bits = make(seed, count, stream)
        bits.flags.writeable = False
        return bits

    @functools.wraps(make)
    def bits(seed: int, count: int, stream: int = 0) -> np.ndarray:
        return (kept if count <= SMALL else make)(seed, count, stream)

    return bits


@_keeping_small
def random_bits(seed: int, count: int, stream: int = 0) -> np.ndarray:
    """``count`` words of uint64 from Philox-4x64 with ``seed`` and ``stream`` as its key."""
    key = np.array([seed & 0xFFFFFFFFFFFFFFFF, stream], dtype=np.uint64)
    return np.random.Philox(key=key).random_raw(count)


def generate(spec: InputSpec) -> np.ndarray:
    """The array that ``spec`` describes, of its shape, dtype and layout. Raises ValueError on an unknown regime or layout."""
    kept = spec.size <= SMALL and not spec.points  # Points that differ in the sign of a zero are equal keys.
    return lay_out(_kept(spec).copy() if kept else _elements(spec), spec.layout)


def _elements(spec: InputSpec) -> np.ndarray:
    """The elements that ``spec`` describes, contiguous."""
    with np.errstate(over="ignore", invalid="ignore"):
        return maker_of(spec)(spec).astype(numpy_dtype(spec.dtype)).reshape(spec.shape)


_kept = functools.lru_cache(maxsize=16)(_elements)
"""The last few small arrays: the value and the gradient of a structure, and its targets, ask for the same ones in turn."""


def arrays_of(case: Case) -> Dict[str, np.ndarray]:
    """The arrays of a case's inputs, by name."""
    return {name: generate(spec) for name, spec in case.inputs.items()}


def lay_out(array: np.ndarray, layout: str) -> np.ndarray:
    """The same elements in another place in memory.

    contiguous; transposed (axes stored in reverse order); strided (every other element); offset (behind one element more than a
    vector register aligns to); reversed (negative strides); readonly; and broadcast, which repeats the first entry of the first axis with
    stride 0, so that its elements are not the same.
    """
    if layout == "contiguous" or array.ndim == 0:
        return array
    if layout == "transposed":
        return np.ascontiguousarray(array.T).T
    if layout == "strided":
        wide = np.zeros(array.shape[:-1] + (2 * array.shape[-1],), array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    if layout == "offset":
        longer = np.zeros(array.size + 1, array.dtype)
        longer[1:] = array.reshape(-1)
        return longer[1:].reshape(array.shape)
    if layout == "reversed":
        return np.ascontiguousarray(array[..., ::-1])[..., ::-1]
    if layout == "broadcast":
        return np.broadcast_to(array[:1], array.shape)
    if layout == "readonly":
        array.flags.writeable = False
        return array
    raise ValueError(f"layout {layout!r}: none of the layouts of input arrays")


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


def magnitude_values(spec: InputSpec) -> np.ndarray:
    """Either sign, exponents uniform from the smallest subnormal's to the largest finite number's, full random significands."""
    form = FLOATS[spec.dtype]
    low, high = int(np.frexp(form.smallest_subnormal)[1]) - 1, int(np.frexp(form.largest)[1]) - 1
    bits = random_bits(spec.seed, spec.size)
    exponents = low + (random_bits(spec.seed, spec.size, stream=3) % np.uint64(high - low + 1)).astype(np.int64)
    fraction = (bits >> np.uint64(11)) >> np.uint64(53 - form.digits)
    significands = 1.0 + (fraction % np.uint64(2 ** (form.digits - 1))).astype(np.float64) * 2.0 ** (1 - form.digits)
    return np.asarray(np.ldexp(significands, exponents) * np.where(bits & np.uint64(1), -1.0, 1.0))


def near_values(spec: InputSpec) -> np.ndarray:
    """Around the recipe's ``points`` (zero where it has none): the point, its next 1 to 8 neighbours, and relative distances 2**-j."""
    form = FLOATS[spec.dtype]
    points = np.array(spec.points or (0.0,))
    bits = random_bits(spec.seed, spec.size)
    point = points[(random_bits(spec.seed, spec.size, stream=4) % np.uint64(len(points))).astype(np.int64)]
    side = np.where(bits & np.uint64(1), -1.0, 1.0)
    steps = ((bits >> np.uint64(1)) % np.uint64(9)).astype(np.float64)
    exponent = np.frexp(np.maximum(np.abs(point), form.smallest_normal))[1]
    ulp = np.ldexp(1.0, exponent - form.digits)
    j = ((bits >> np.uint64(5)) % np.uint64(form.digits + 3)).astype(np.int64)
    distance = np.maximum(np.abs(point), 1.0) * np.ldexp(1.0, 2 - j)
    near = point + side * np.where(bits & np.uint64(1 << 60), distance, steps * ulp)
    return np.asarray(np.where(np.abs(near) > form.largest, np.copysign(form.largest, near), near))


def integer_values(spec: InputSpec) -> np.ndarray:
    """Integers of the dtype by regime.

    ``exact``: up to ``limit``; ``uniform``: from ``low`` to ``high``; ``rounding``: up to 100; ``magnitudes``: bit lengths uniform over the
    dtype's; ``near``: the points and their neighbours; ``special``: one in four, and at least one, is -1, 0, 1 or an extreme of the dtype.
    Negative ones only where the dtype has them.
    """
    info = np.iinfo(spec.dtype)
    bits = random_bits(spec.seed, spec.size)
    other = random_bits(spec.seed, spec.size, stream=5)
    if spec.regime == "uniform":
        span = np.uint64(spec.high - spec.low + 1)
        return np.asarray((bits % span).astype(np.int64) + spec.low)
    if spec.regime == "magnitudes":
        width = info.bits - (info.min < 0)
        lengths = other % np.uint64(width + 1)
        magnitudes = np.where(
            lengths == 0, 0, (bits | np.uint64(1 << 63)) >> ((np.uint64(64) - lengths) % np.uint64(64))
        )
    elif spec.regime == "near":
        points = np.array([int(point) for point in spec.points or (0,)])
        chosen = points[(other % np.uint64(len(points))).astype(np.int64)]
        near = chosen + (bits % np.uint64(5)).astype(np.int64) - 2
        return np.asarray(np.clip(near, info.min, min(info.max, 2**63 - 1)))
    else:
        limit = spec.limit if spec.regime == "exact" else 100
        magnitudes = (bits >> np.uint64(1)) % np.uint64(min(limit, info.max) + 1)
    values = magnitudes.astype(spec.dtype)
    if info.min < 0:
        values = np.where(other >> np.uint64(63), -values, values)
    if spec.regime == "special" and spec.size:
        extremes = np.array(
            [info.max, info.min, 0, 1, info.max - 1, info.min + 1, -1 if info.min < 0 else 2], spec.dtype
        )
        chosen = (other & np.uint64(3)) == 0
        chosen[int(other[0] >> np.uint64(32)) % spec.size] = True
        values[chosen] = extremes[((other >> np.uint64(3)) % np.uint64(len(extremes))).astype(np.int64)][chosen]
    return values


def bool_values(spec: InputSpec) -> np.ndarray:
    """Random truth values, whatever the regime."""
    return np.asarray((random_bits(spec.seed, spec.size) >> np.uint64(7)) & np.uint64(1)).astype(bool)


def complex_values(spec: InputSpec) -> np.ndarray:
    """Real and imaginary parts by the regime of floats, from two seeds."""
    from types import SimpleNamespace  # here, so that a reproducer has it too

    makers = {"exact": exact_values, "special": special_values, "magnitudes": magnitude_values, "near": near_values}
    make: Callable[[Any], np.ndarray] = makers.get(spec.regime, rounding_values)
    values = np.empty(spec.size, np.complex128)  # filled by parts: multiplying infinity by 1j gives NaN as well
    fields = {**vars(spec), "dtype": PARTS[spec.dtype], "size": spec.size}
    values.real = make(SimpleNamespace(**fields))
    values.imag = make(SimpleNamespace(**{**fields, "seed": spec.seed + (1 << 40)}))
    return values


def uniform_values(spec: InputSpec) -> np.ndarray:
    """Integers from ``low`` to ``high``, uniformly, as float64."""
    span = np.uint64(spec.high - spec.low + 1)
    return np.asarray((random_bits(spec.seed, spec.size) % span).astype(np.float64) + spec.low)


FLOAT_MAKERS: Dict[str, Callable[[Any], np.ndarray]] = {
    "exact": exact_values,
    "rounding": rounding_values,
    "special": special_values,
    "magnitudes": magnitude_values,
    "near": near_values,
    "uniform": uniform_values,
}
"""Makers of float64 values for a floating-point dtype, by regime."""

PLAIN_MAKERS: Dict[str, Callable[[Any], np.ndarray]] = {
    "ones": lambda spec: np.ones(spec.size),
    "zeros": lambda spec: np.zeros(spec.size),
    "one_hot": lambda spec: (np.arange(spec.size) == spec.seed % max(spec.size, 1)).astype(np.float64),
    "arange": lambda spec: np.arange(1, spec.size + 1, dtype=np.float64),
    "full": lambda spec: np.full(spec.size, (spec.points or (0.0,))[0]),
}
"""Makers of the simplifier's values, for every dtype."""

REGIMES: Tuple[str, ...] = (*FLOAT_MAKERS, *PLAIN_MAKERS)


def maker_of(spec: InputSpec) -> Callable[[Any], np.ndarray]:
    """The function that makes the elements of ``spec``, flat. Raises ValueError on an unknown regime."""
    if spec.regime not in REGIMES:
        raise ValueError(f"regime {spec.regime!r}: none of {', '.join(REGIMES)}")
    if spec.regime in PLAIN_MAKERS:
        return PLAIN_MAKERS[spec.regime]
    kinds = {"bool": bool_values, "integer": integer_values, "complex": complex_values}
    return kinds.get(kind_of(spec.dtype), FLOAT_MAKERS[spec.regime])


def checksum(arrays: Iterable[Optional[np.ndarray]]) -> str:
    """First 16 hexadecimal digits of the SHA-256 over dtypes, shapes and bytes, in order; absent arrays are skipped."""
    digest = hashlib.sha256()
    for array in arrays:
        if array is not None:
            # Not the dtype's name, which NumPy puts together anew each time, in longer than the digest takes.
            digest.update(f"{array.dtype.kind}{array.dtype.itemsize}{array.shape}".encode())
            digest.update(array.tobytes())
    return digest.hexdigest()[:16]
