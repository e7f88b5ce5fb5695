"""JAX: the median of an odd number of large finite elements is infinite.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with jax 0.10.2.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax.numpy as jnp
import numpy as np

x = np.array([1.0, 3e38, 3.2e38], "float32")
middle = np.float32(3e38)  # by definition: the second of three in order
assert np.median(x) == middle, "control: NumPy"
assert float(jnp.median(jnp.asarray(x / 4))) == middle / 4, "control: a quarter of it"
assert float(jnp.quantile(jnp.asarray(x), 0.5, method="nearest")) == middle, "control: quantile"
assert float(jnp.median(jnp.asarray(x))) == middle, f"the median is {jnp.median(jnp.asarray(x))}; expected {middle}"
