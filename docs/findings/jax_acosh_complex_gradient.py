"""JAX: the gradient of arccosh of a complex number on the left half of the plane has the other sign.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with jax 0.10.2.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np


def slope(z):
    """The difference quotient of NumPy's arccosh, along the real axis."""
    step = 1e-6
    return (np.arccosh(z + step) - np.arccosh(z - step)) / (2 * step)


def gradient(z):
    return complex(jax.grad(jnp.arccosh, holomorphic=True)(jnp.complex64(z)))


left, right = -0.25 + 1j, 0.25 + 1j
np.testing.assert_allclose(
    complex(jnp.arccosh(jnp.complex64(left))), np.arccosh(left), 1e-5, err_msg="control: the value"
)
np.testing.assert_allclose(gradient(right), slope(right), 1e-5, err_msg="control: on the right half")
np.testing.assert_allclose(1 / (np.sqrt(left - 1) * np.sqrt(left + 1)), slope(left), 1e-5, err_msg="control: two roots")
found = gradient(left)
assert abs(found - slope(left)) < 1e-5, f"arccosh'({left}) is {found:.4f}; expected {slope(left):.4f}"
