"""JAX: reduce_window without strides, with "SAME", raises ValueError.

Exit status: 0 once the result is right, 1 while the call raises. Seen with jax 0.10.2; window_strides may be None by its signature.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp


def largest(strides, padding):
    return jax.lax.reduce_window(jnp.array([1.0, 3, 2]), -jnp.inf, jax.lax.max, (2,), strides, padding).tolist()


assert largest(None, "VALID") == [3, 3], "control: VALID"
assert largest((1,), "SAME") == [3, 3, 2], "control: strides of 1"
assert largest(None, [(0, 1)]) == [3, 3, 2], "control: the padding in numbers"
assert largest(None, "SAME") == [3, 3, 2]
