"""JAX: scipy.linalg.lu of a stack of matrices, which its documentation describes, raises.

Exit status: 0 once it is computed, 1 while it is refused. Seen with jax 0.10.2.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.scipy.linalg
import numpy as np

x = np.array([[[1.0, 2], [3, 4]], [[5.0, 6], [7, 8]]], np.float32)
for matrix in x:
    p, lower, upper = jax.scipy.linalg.lu(matrix)
    assert np.allclose(p @ lower @ upper, matrix), "control: one matrix"
assert jax.lax.linalg.lu(x)[0].shape == x.shape, "control: jax.lax.linalg.lu"
p, lower, upper = jax.scipy.linalg.lu(x)
assert np.allclose(p @ lower @ upper, x)
