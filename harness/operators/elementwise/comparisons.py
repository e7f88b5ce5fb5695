"""Comparisons and functions of two truth values; a number counts as true where it is not zero."""

from __future__ import annotations

import numpy as np

from harness.operators.elementwise.binary import binary
from harness.operators.elementwise.integers import is_bool
from harness.operators.elementwise.table import BOOL, NUMBERS, REALS, truth
from harness.plain import ask

# fmt: off
binary("equal", np.equal, 0, 0, "torch.eq tf.math.equal jax.numpy.equal keras.ops.equal",
       dtypes=NUMBERS + BOOL, result=truth, points=(0.0, 1.0))
binary("not_equal", np.not_equal, 0, 0, "torch.ne tf.math.not_equal jax.numpy.not_equal keras.ops.not_equal",
       dtypes=NUMBERS + BOOL, result=truth, points=(0.0, 1.0))
binary("less", np.less, 0, 0, "torch.lt tf.math.less jax.numpy.less keras.ops.less", dtypes=REALS, result=truth, points=(0.0, 1.0))
binary("less_equal", np.less_equal, 0, 0, "torch.le tf.math.less_equal jax.numpy.less_equal keras.ops.less_equal",
       dtypes=REALS, result=truth, points=(0.0, 1.0))
binary("greater", np.greater, 0, 0, "torch.gt tf.math.greater jax.numpy.greater keras.ops.greater",
       dtypes=REALS, result=truth, points=(0.0, 1.0))
binary("greater_equal", np.greater_equal, 0, 0, "torch.ge tf.math.greater_equal jax.numpy.greater_equal keras.ops.greater_equal",
       dtypes=REALS, result=truth, points=(0.0, 1.0))
binary("logical_and", np.logical_and, 0, 0, "torch.logical_and jax.numpy.logical_and keras.ops.logical_and",
       calls={"tensorflow": ask("tf.math.logical_and(x, y)", when=is_bool)}, dtypes=BOOL + REALS, result=truth, points=(0.0,))
binary("logical_or", np.logical_or, 0, 0, "torch.logical_or jax.numpy.logical_or keras.ops.logical_or",
       calls={"tensorflow": ask("tf.math.logical_or(x, y)", when=is_bool)}, dtypes=BOOL + REALS, result=truth, points=(0.0,))
binary("logical_xor", np.logical_xor, 0, 0, "torch.logical_xor jax.numpy.logical_xor keras.ops.logical_xor",
       calls={"tensorflow": ask("tf.math.logical_xor(x, y)", when=is_bool)}, dtypes=BOOL + REALS, result=truth, points=(0.0,))
# fmt: on
