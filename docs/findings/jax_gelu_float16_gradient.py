"""JAX, float16: the gradient of the tanh form of gelu, which is the default, is NaN from 148 on.

Exit status: 0 once the gradients are 1, 1, 0 and 0, 1 while some are NaN. Seen with jax 0.10.2.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy as np

x = np.array([140, 150, 1000, -150, -1000])
expected = [1, 1, 1, 0, 0]
gradient = jax.vmap(jax.grad(jax.nn.gelu))
assert jax.nn.gelu(x.astype(np.float16)).tolist() == [140, 150, 1000, 0, 0], "control: the values"
assert gradient(x.astype(np.float32)).tolist() == expected, "control: float32"
found = gradient(x.astype(np.float16)).tolist()
assert found == expected, f"float16, x = {x.tolist()}: the gradient is {found}; expected {expected}"
