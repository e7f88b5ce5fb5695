"""JAX: jax.eval_shape describes jax.numpy.tile with a negative number of repetitions, with a negative length.

Exit status: 0 once the description is refused, 1 while it is given. Seen with jax 0.10.2; the call itself raises.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp


def tiled(times):
    return jax.eval_shape(lambda x: jnp.tile(x, times), jnp.zeros(3)).shape


def refused(call, *arguments):
    try:
        return call(*arguments) is None
    except Exception:
        return True


assert tiled(2) == (6,), "control: twice"
assert refused(jnp.tile, jnp.zeros(3), -1), "control: the call"
assert refused(jax.eval_shape, lambda: jnp.zeros(-3)), "control: zeros"
assert refused(tiled, -1), f"tile(x, -1) of three elements is described as {tiled(-1)}; expected a refusal"
