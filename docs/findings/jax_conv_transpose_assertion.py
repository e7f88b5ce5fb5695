"""JAX: lax.conv_transpose of an operand and a kernel of two ranks raises an AssertionError without words.

Exit status: 0 once the refusal names the rule, 1 while it does not. Seen with jax 0.10.2. The control is lax.conv_general_dilated.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp

x, w = jnp.ones((1, 1, 4, 4)), jnp.ones((1, 1, 2))
calls = {
    "conv_general_dilated": lambda: jax.lax.conv_general_dilated(x, w, (1,), "VALID"),
    "conv_transpose": lambda: jax.lax.conv_transpose(x, w, (1,), "VALID", dimension_numbers=("NCH", "IOH", "NCH")),
}
refused = {}
for name, call in calls.items():
    try:
        call()
    except Exception as error:
        refused[name] = f"{type(error).__name__}: {error}"
assert "ndim to be equal" in refused["conv_general_dilated"], f"control: {refused}"
assert refused["conv_transpose"] != "AssertionError: ", f"refused by {refused['conv_transpose']!r}"
