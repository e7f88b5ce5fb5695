"""JAX, CPU: powers of different subnormal numbers are equal, and are not those of zero.

Exit status: 0 once they are right or those of zero, 1 while they are neither. Seen with jax 0.10.2.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy as np

exponent = np.float32(-0.5)
for x, label in ((0.0, "control: zero"), (2e-38, "control: a normal number"), (1e-40, "1e-40"), (1e-44, "1e-44")):
    base = np.float32(x)
    with np.errstate(divide="ignore"):
        found, expected = float(jax.numpy.power(base, exponent)), float(np.power(base, exponent))
    right = found == expected or abs(found - expected) <= 1e-5 * expected or (found == np.inf and label[0] == "1")
    assert right, f"{label} ** -0.5 is {found:.4g}; expected {expected:.4g} or infinity"
