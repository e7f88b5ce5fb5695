"""JAX, CPU: cbrt of a positive subnormal number is negative, and arctan2 of two subnormal numbers is NaN.

Exit status: 0 once both are right or those of zeros, 1 while they are neither. Seen with jax 0.10.2.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy as np

zero, tiny, normal = np.float32(0), np.float32(1e-39), np.float32(2e-38)
for function, name in ((jax.numpy.cbrt, "cbrt"), (lambda x: jax.numpy.arctan2(x, x), "arctan2")):
    right = np.cbrt if name == "cbrt" else lambda x: np.arctan2(x, x)
    assert function(zero) == 0, f"control: {name} of zero"
    np.testing.assert_allclose(function(normal), right(normal), rtol=1e-6, err_msg=f"control: {name}, a normal number")
found = {"cbrt": float(jax.numpy.cbrt(tiny)), "arctan2": float(jax.numpy.arctan2(tiny, tiny))}
expected = {"cbrt": float(np.cbrt(tiny)), "arctan2": float(np.arctan2(tiny, tiny))}
right = all(abs(found[name] - expected[name]) <= 1e-6 * expected[name] or found[name] == 0 for name in found)
assert right, f"subnormal numbers: {found}; expected {expected} or zeros"
