"""JAX, float32: i0(89) is infinity.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with jax 0.10.2.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy as np

# By NumPy in float64, and 1.90124e37 by mpmath; the largest float32 is 3.4e38.
for x, label in ((88, "control"), (89, "i0(89)")):
    found, expected = float(jax.numpy.i0(np.float32(x))), float(np.i0(float(x)))
    assert abs(found - expected) <= 1e-4 * expected, f"{label} is {found}; expected {expected:.4g}"
