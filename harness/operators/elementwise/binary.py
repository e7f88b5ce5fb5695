"""Functions of two real numbers or integers: arithmetic, remainders, powers, extremes, comparisons, bits."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional, Tuple

import numpy as np

from harness.operators.elementwise.meaning import Function
from harness.operators.elementwise.table import row
from harness.plain import ask

Reference = Callable[..., np.ndarray]

FLOATS = ("float32", "float64", "float16", "bfloat16")
INTEGERS = ("int32", "int64", "int8", "uint8", "int16", "uint16", "uint32", "uint64")
SIGNED = ("int32", "int64", "int8", "int16")
COMPLEX = ("complex64", "complex128")
BOOL = ("bool",)
TABLES = {"torch": "torch", "tf": "tensorflow", "jax": "jax", "keras": "keras"}


def binary(
    name: str,
    reference: Reference,
    ulps: float,
    half: float,
    names: str,
    derivatives: Tuple[Reference, ...] = (),
    magnitudes: Tuple[Optional[Reference], ...] = (),
    **facts: Any,
) -> None:
    """Register a function of x and y. ``names`` are the dotted names that call it, each beginning with its framework's module."""
    calls: Mapping[str, Any] = {TABLES[dotted.split(".")[0]]: f"{dotted}(x, y)" for dotted in names.split()}
    row(name, "x y", Function(reference, ulps, half, derivatives, magnitudes, **facts), calls)


def truth(dtype: str) -> str:
    """Comparisons give booleans."""
    return "bool"


def one(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The derivative 1."""
    return np.ones_like(z)


# fmt: off
NUMBERS = FLOATS + INTEGERS + COMPLEX
binary("add", np.add, 0.5, 0.5, "torch.add tf.math.add jax.numpy.add keras.ops.add", (one, one), dtypes=NUMBERS, points=(0.0, 1.0, -1.0))
binary("subtract", np.subtract, 0.5, 0.5, "torch.sub tf.math.subtract jax.numpy.subtract keras.ops.subtract",
       (one, lambda x, y, z: -np.ones_like(z)), dtypes=NUMBERS, points=(0.0, 1.0, -1.0))
binary("multiply", np.multiply, 0.5, 0.5, "torch.mul tf.math.multiply jax.numpy.multiply keras.ops.multiply",
       (lambda x, y, z: y, lambda x, y, z: x), dtypes=NUMBERS, points=(0.0, 1.0, -1.0))
binary("divide", np.divide, 2.5, 0.5, "torch.div tf.math.divide jax.numpy.divide keras.ops.divide",
       (lambda x, y, z: 1 / y, lambda x, y, z: -z / y), points=(0.0, 1.0, -1.0))
binary("maximum", np.maximum, 0, 0, "torch.maximum tf.math.maximum jax.numpy.maximum keras.ops.maximum",
       dtypes=FLOATS + INTEGERS, points=(0.0, 1.0), signed=False)
binary("minimum", np.minimum, 0, 0, "torch.minimum tf.math.minimum jax.numpy.minimum keras.ops.minimum",
       dtypes=FLOATS + INTEGERS, points=(0.0, 1.0), signed=False)
binary("atan2", np.arctan2, 6, 2, "torch.atan2 tf.math.atan2 jax.numpy.arctan2 keras.ops.arctan2",
       (lambda x, y, z: y / (x * x + y * y), lambda x, y, z: -x / (x * x + y * y)), points=(0.0, 1.0, -1.0))
binary("equal", np.equal, 0, 0, "torch.eq tf.math.equal jax.numpy.equal keras.ops.equal",
       dtypes=NUMBERS + BOOL, result=truth, points=(0.0, 1.0))
binary("less", np.less, 0, 0, "torch.lt tf.math.less jax.numpy.less keras.ops.less",
       dtypes=FLOATS + INTEGERS, result=truth, points=(0.0, 1.0))
row("bitwise_and", "x y", Function(np.bitwise_and, 0, 0, dtypes=INTEGERS + BOOL), {
    "torch": "torch.bitwise_and(x, y)",
    "tensorflow": ask("tf.bitwise.bitwise_and(x, y)", when=lambda case: case.dtype != "bool"),
    "jax": "jax.numpy.bitwise_and(x, y)",
    "keras": "keras.ops.bitwise_and(x, y)",
})
# fmt: on
