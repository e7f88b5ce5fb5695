"""Errors in units in the last place that a framework documents for its elementwise functions, or that were measured on it."""

from __future__ import annotations

from typing import Mapping, Tuple

from harness.meaning import Accuracy
from harness.operators.elementwise.bounds import GRADIENT_ROUNDINGS
from harness.operators.facts import FLUSHES, FLUSHING, Facts, flushing

XLA = ("jax*:cpu:*", "keras-jax*:cpu:*", "tensorflow:cpu:compiled")
"""Targets whose elementwise functions are XLA's."""

TENSORFLOW = ("tensorflow:cpu:*", "keras-tensorflow:cpu:*")
TORCH = ("torch:cpu:*", "keras-torch:cpu:*")

SIXTEEN_AND_WIDER = ("bfloat16", "float16", "float32", "float64")

MEASUREMENT = "measured: the largest error of two million arguments in [-100, 100] and over the exponents, in 16 bits of all, rounded up"

JAX_PAGE = 'jax-ml/jax, docs/accuracy.md ("Numerical accuracy", reviewed 2026-09-18), CPU'

# fmt: off
JAX_DOCUMENTED: Mapping[str, Tuple[float, float, float, float]] = {
    "acos": (1.5, 1.5, 1.5, 1.5), "acosh": (2, 2, 4.5, 3.5), "asin": (1.5, 1.5, 2, 1.5), "asinh": (1.5, 1.5, 3.5, 2.5),
    "atan": (0.5, 1, 5.5, 3.5), "atan2": (1, 1, 0.5, 0.5), "atanh": (1.5, 1.5, 3, 2.5), "i0e": (0.5, 1, 7, 7.5),
    "i1e": (0.5, 1, 11, 10.5), "cbrt": (0.5, 1, 0.5, 0.5), "cos": (0.5, 1, 0.5, 0.5), "cosh": (0.5, 1, 25, 496),
    "erf": (0.5, 1, 7, 2.5), "erfinv": (0.5, 1, 65, 500000), "erfc": (0.5, 1, 66, 350), "exp": (0.5, 1, 1.5, 2),
    "exp2": (101, 14, 68.5, 719), "expm1": (0.5, 2.5, 6.5, 4.5), "log": (0.5, 1, 1.5, 0.5), "log1p": (0.5, 1, 3, 2),
    "log2": (2, 2, 2.5, 1.5), "logistic": (2.5, 2, 2.5, 3.5), "reciprocal": (0.5, 0.5, 0.5, 0.5), "rsqrt": (0.5, 0.5, 2, 1.5),
    "sin": (0.5, 1, 0.5, 0.5), "sinh": (0.5, 1, 25, 496), "sqrt": (0.5, 0.5, 0.5, 0.5), "square": (0.5, 0.5, 0.5, 0.5),
    "tan": (0.5, 1, 0.5, 0.5), "tanh": (0.5, 0.5, 5, 7), "deg2rad": (1, 1, 1, 1), "hypot": (1.5, 1.5, 1.5, 1.5),
    "log10": (2, 1.5, 3, 2), "rad2deg": (1, 1.5, 1, 1), "sinc": (0.5, 0.5, 2.5, 2), "ndtri": (0.5, 1, 2.5, 2),
}
"""Largest errors in bfloat16, float16, float32 and float64."""

MEASURED: Mapping[str, Mapping[str, Mapping[str, float]]] = {
    "exp": {target: {"float32": 6} for target in XLA},
    "log1p": {target: {"float32": 5, "float64": 3} for target in TENSORFLOW},
    "logistic": {target: {"float32": 7} for target in TENSORFLOW},
    "rsqrt": {target: {"bfloat16": 1.5, "float16": 1.5} for target in (*TORCH, *TENSORFLOW)},
    "erfc": {target: {"float32": 66, "float64": 510} for target in TENSORFLOW},  # 65 at 8.7 and 502 at 26.2, where exp(-x * x) is small
    "cbrt": {target: {"float64": 4} for target in XLA},  # LIBRARY; 3.01 at -48.34511998449263
    "lgamma": {target: {"float32": 8} for target in XLA},  # 7.2 at -0.631; of the magnitude of its terms
}
"""Largest errors measured: operator, target pattern, dtype."""
# fmt: on

LIBRARY: Mapping[str, str] = {
    "cbrt": "XLA's float64 cbrt is the C library's, bit for bit at 20,000 arguments (jax 0.10.2, glibc 2.36); glibc's own tests expect "
    "errors of up to 4 units: sysdeps/x86_64/fpu/libm-test-ulps, cbrt, double"
}
"""Operators whose error is that of the C library, with what documents it."""

UNDERFLOWS: Mapping[str, Facts] = {
    "logistic": (
        (
            "*torch:*",
            Accuracy(
                flush=True,
                source="measured: 1 / (1 + exp(-x)) is zero where exp(-x) overflows and the result is subnormal",
            ),
        ),
    )
}
"""Operators whose subnormal results a target that keeps subnormals gives as zero."""


def facts_of(name: str, ulps: float, half: float) -> Facts:
    """What is stated about the operator ``name`` whose own bounds are ``ulps`` and, in 16 bits, ``half``."""
    own = {"bfloat16": half, "float16": half, "float32": ulps, "float64": ulps}
    measured = MEASURED.get(name, {})
    patterns = {**dict.fromkeys(measured), **dict.fromkeys(XLA if name in JAX_DOCUMENTED else ())}
    found = [(pattern, _accuracy(name, pattern, own, measured.get(pattern, {}))) for pattern in patterns]
    return (*UNDERFLOWS.get(name, ()), *((pattern, accuracy) for pattern, accuracy in found if accuracy.ulps))


def _accuracy(name: str, pattern: str, own: Mapping[str, float], measured: Mapping[str, float]) -> Accuracy:
    """What is stated of one operator on the targets of a pattern: the figures above the operator's own."""
    documented = dict(zip(SIXTEEN_AND_WIDER, JAX_DOCUMENTED.get(name, ()))) if pattern in XLA else {}
    known = {dtype: max(documented.get(dtype, 0), measured.get(dtype, 0)) for dtype in own}
    larger = {dtype: value for dtype, value in known.items() if value > own[dtype]}
    # A derivative is computed with such functions as well; a rounding is half a unit in the last place.
    larger.update({f"gradient {dtype}": GRADIENT_ROUNDINGS + 2 * value for dtype, value in larger.items()})
    measurement = LIBRARY.get(name, MEASUREMENT)
    sources = [source for source, given in ((JAX_PAGE, documented), (measurement, measured)) if given]
    if pattern in FLUSHING or pattern in XLA:
        return flushing(ulps=larger, source="; ".join([*sources, FLUSHES.source]))
    return Accuracy(ulps=larger, source="; ".join(sources))
