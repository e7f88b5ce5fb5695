"""JAX: eval_shape of jax.lax.reshape describes a result of another size than the operand's.

Exit status: 0 once it is refused, 1 while it is described. Seen with jax 0.10.2. The documentation of new_sizes says that the size of
the result must match that of the operand; computing the same call raises ValueError.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax


def refused(call):
    """Whether the call raises."""
    try:
        call()
    except (TypeError, ValueError):
        return True
    return False


operand = jax.numpy.ones(3)
assert refused(lambda: jax.lax.reshape(operand, (2,)).block_until_ready()), "control: computing is refused"
assert refused(lambda: jax.eval_shape(lambda x: jax.numpy.reshape(x, (2,)), operand)), "control: jax.numpy.reshape"
assert refused(lambda: jax.eval_shape(lambda x: jax.lax.reshape(x, (2,)), operand)), "three elements described as two"
