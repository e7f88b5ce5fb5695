"""JAX: the rank of a matrix without rows or columns raises ValueError; it is 0.

Exit status: 0 once the ranks are 0, 1 while the call raises. Seen with jax 0.10.2.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp

assert jnp.linalg.matrix_rank(jnp.zeros((2, 3))) == 0, "control: zeros"
assert jnp.linalg.matrix_rank(jnp.zeros((0, 2, 3))).shape == (0,), "control: no matrices"
assert jnp.linalg.pinv(jnp.zeros((2, 0))).shape == (0, 2), "control: the pseudoinverse of the same"
assert jax.numpy.linalg.svd(jnp.zeros((2, 0)), compute_uv=False).shape == (0,), "control: there are no singular values"
assert jnp.linalg.matrix_rank(jnp.zeros((2, 0))) == 0
