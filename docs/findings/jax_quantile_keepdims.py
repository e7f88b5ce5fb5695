"""JAX: quantile and median of an array without axes have one with keepdims=True.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with jax 0.10.2.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax.numpy as jnp
import numpy as np

x = np.float32(3.0)
assert np.quantile(x, 0.5, keepdims=True).shape == (), "control: NumPy"
assert jnp.sum(jnp.asarray(x), keepdims=True).shape == (), "control: sum"
assert jnp.quantile(jnp.ones((2, 3)), 0.5, keepdims=True).shape == (1, 1), "control: two axes"
shapes = {f.__name__: f(jnp.asarray(x), *q, keepdims=True).shape for f, q in ((jnp.quantile, (0.5,)), (jnp.median, ()))}
assert set(shapes.values()) == {()}, f"{shapes}; expected ()"
