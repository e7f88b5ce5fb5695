"""JAX: partition and argpartition of the smallest integer lose it.

Exit status: 0 once it comes first, 1 while it does not. Seen with jax 0.10.2.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax.numpy as jnp
import numpy as np

for least in (-(2**31) + 1, -(2**31)):
    x = np.array([5, least, 3], np.int32)
    found = jnp.partition(jnp.asarray(x), 0)[0].item(), int(jnp.argpartition(jnp.asarray(x), 0)[0])
    control = "control: " if least > -(2**31) else ""
    assert found == (least, 1), f"{control}the least of {x.tolist()} is {found[0]}, at {found[1]}"
