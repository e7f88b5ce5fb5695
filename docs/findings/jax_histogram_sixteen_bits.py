"""JAX: histogram of 16-bit floats stops counting at 256 (bfloat16) and 2,048 (float16).

Exit status: 0 once the result is right, 1 while it is wrong. Seen with jax 0.10.2.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax.numpy as jnp
import numpy as np

counts = {}
for dtype in ("float32", "bfloat16", "float16"):
    x = jnp.zeros(4096, dtype)  # 2^12, a number of all three dtypes
    counts[dtype] = float(jnp.histogram(x, bins=1, range=(-8, 8))[0][0])
assert np.histogram(np.zeros(4096, "float16"), bins=1, range=(-8, 8))[0][0] == 4096, "control: NumPy"
assert counts["float32"] == 4096, "control: float32"
assert set(counts.values()) == {4096}, f"{counts}; expected 4096"
