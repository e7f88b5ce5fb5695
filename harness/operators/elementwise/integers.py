"""Functions of two integers: division, powers, divisors, bits, shifts.

Arithmetic wraps to the type's width. Nothing is promised where the result is no number of the type: an implementation may give any
value or refuse, but must not end the process.
"""

from __future__ import annotations

import numpy as np

from harness.operators.elementwise import pairs as of
from harness.operators.elementwise.binary import binary
from harness.operators.elementwise.table import BOOL, INTEGERS
from harness.plain import ask


def is_bool(case):
    return case.dtype == "bool"


def is_no_bool(case):
    return case.dtype != "bool"


def counts(dtype: str):
    """Counts of a shift: from below zero to above the width."""
    info = np.iinfo(dtype)
    return {"regime": "uniform", "low": max(info.min, -2), "high": info.bits + 1}


def inner(dtype: str):
    """Counts of a shift below the width."""
    return {"regime": "uniform", "low": 0, "high": np.iinfo(dtype).bits - 1}


def small(dtype: str):
    """Exponents."""
    return {"regime": "uniform", "low": 0 if np.iinfo(dtype).min == 0 else -1, "high": 9}


# fmt: off
binary("integer_floor_divide", of.floor_quotient, 0, 0,
       "torch.floor_divide tf.math.floordiv jax.numpy.floor_divide keras.ops.floor_divide",
       undefined=of.division_is_undefined, dtypes=INTEGERS)
binary("integer_truncated_divide", of.truncated_quotient, 0, 0, "jax.lax.div tf.truncatediv", calls={
           "torch": 'torch.div(x, y, rounding_mode="trunc")',
           "jax": ask("jax.lax.div(x, y)", when=lambda case: case.inputs["x"].shape == case.inputs["y"].shape),
       }, undefined=of.division_is_undefined, dtypes=INTEGERS)
binary("integer_remainder", of.integer_remainder, 0, 0, "torch.remainder tf.math.floormod jax.numpy.remainder keras.ops.mod",
       undefined=of.by_zero, dtypes=INTEGERS)
binary("integer_fmod", of.integer_fmod, 0, 0, "torch.fmod tf.truncatemod jax.numpy.fmod keras.ops.fmod", undefined=of.by_zero,
       dtypes=INTEGERS)
binary("integer_power", of.integer_power, 0, 0, "torch.pow tf.math.pow jax.numpy.power keras.ops.power",
       undefined=of.negative_exponent, dtypes=INTEGERS, recipes={"y": small})
binary("gcd", np.gcd, 0, 0, "torch.gcd jax.numpy.gcd keras.ops.gcd", undefined=of.divisor_overflows, dtypes=INTEGERS)
binary("lcm", np.lcm, 0, 0, "torch.lcm jax.numpy.lcm keras.ops.lcm", undefined=of.multiple_overflows, dtypes=INTEGERS)
binary("bitwise_and", np.bitwise_and, 0, 0, "torch.bitwise_and jax.numpy.bitwise_and keras.ops.bitwise_and",
       calls={"tensorflow": ask("tf.bitwise.bitwise_and(x, y)", when=is_no_bool)}, dtypes=INTEGERS + BOOL)
binary("bitwise_or", np.bitwise_or, 0, 0, "torch.bitwise_or jax.numpy.bitwise_or keras.ops.bitwise_or",
       calls={"tensorflow": ask("tf.bitwise.bitwise_or(x, y)", when=is_no_bool)}, dtypes=INTEGERS + BOOL)
binary("bitwise_xor", np.bitwise_xor, 0, 0, "torch.bitwise_xor jax.numpy.bitwise_xor keras.ops.bitwise_xor",
       calls={"tensorflow": ask("tf.bitwise.bitwise_xor(x, y)", when=is_no_bool)}, dtypes=INTEGERS + BOOL)
binary("shift_left", of.left, 0, 0, "torch.bitwise_left_shift tf.bitwise.left_shift jax.numpy.left_shift keras.ops.bitwise_left_shift",
       undefined=of.out_of_width, dtypes=INTEGERS, recipes={"y": inner})
binary("shift_right", of.right, 0, 0,
       "torch.bitwise_right_shift tf.bitwise.right_shift jax.numpy.right_shift keras.ops.bitwise_right_shift",
       undefined=of.out_of_width, dtypes=INTEGERS, recipes={"y": inner})
binary("shift_left_any", of.left, 0, 0, "torch.bitwise_left_shift tf.bitwise.left_shift jax.numpy.left_shift keras.ops.bitwise_left_shift",
       undefined=of.out_of_width, dtypes=INTEGERS, recipes={"y": counts})
binary("shift_right_any", of.right, 0, 0,
       "torch.bitwise_right_shift tf.bitwise.right_shift jax.numpy.right_shift keras.ops.bitwise_right_shift",
       undefined=of.out_of_width, dtypes=INTEGERS, recipes={"y": counts})
# fmt: on
