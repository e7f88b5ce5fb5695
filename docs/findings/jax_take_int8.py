"""JAX: jax.numpy.take with int8 indices wraps the length of the axis when it is above 127.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with jax 0.10.2.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy as np

for dtype, name in ((np.int32, "control: int32"), (np.int8, "int8")):
    for length in (100, 200, 257):
        found = jax.numpy.take(jax.numpy.arange(length), np.array([-1], dtype))
        label = "control: a short axis" if length == 100 else f"{name}: index -1 of {length} elements"
        np.testing.assert_array_equal(found, [length - 1], label)
