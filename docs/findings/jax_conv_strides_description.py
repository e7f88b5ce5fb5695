"""JAX: eval_shape of jax.lax.conv_general_dilated describes a convolution with a stride of 0.

Exit status: 0 once it is refused, 1 while it is described. Seen with jax 0.10.2. Computing the same call raises ValueError, from a verifier
of the compiler; jax.lax.reduce_window checks its strides.
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


x = jax.numpy.ones((1, 1, 4))
w = jax.numpy.ones((1, 1, 1))


def convolution(x, w):
    return jax.lax.conv_general_dilated(x, w, (0,), "VALID")


def window_sum(x):
    return jax.lax.reduce_window(x, 0.0, jax.lax.add, (1, 1, 1), (1, 1, 0), "VALID")


assert refused(lambda: convolution(x, w).block_until_ready()), "control: computing is refused"
assert refused(lambda: jax.eval_shape(window_sum, x)), "control: reduce_window"
assert refused(lambda: jax.eval_shape(convolution, x, w)), f"described as {jax.eval_shape(convolution, x, w).shape}"
