"""JAX: sinc of a number of which pi times overflows is NaN, in float16 from 20,864 on.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with jax 0.10.2. 30,000 is an integer, where sinc is 0.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax.numpy as jnp

assert abs(float(jnp.sinc(jnp.float32(30000)))) < 1e-6, "control: float32"
assert abs(float(jnp.sinc(jnp.float16(20000)))) < 1e-4, "control: 20,000"
found = {"float16, 30000": float(jnp.sinc(jnp.float16(30000))), "float32, 3e38": float(jnp.sinc(jnp.float32(3e38)))}
assert all(abs(value) < 1e-4 for value in found.values()), f"{found}; expected 0 within 1e-4"
