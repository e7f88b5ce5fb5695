"""JAX: bincount of int8 elements raises when minlength is above 127.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with jax 0.10.2.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax.numpy as jnp
import numpy as np

x = np.array([1, 1, 3], "int8")
expected = np.bincount(x, minlength=300)
np.testing.assert_array_equal(jnp.bincount(x, minlength=100), expected[:100], err_msg="control: 100")
np.testing.assert_array_equal(jnp.bincount(x.astype("int32"), minlength=300), expected, err_msg="control: int32")
try:
    found = jnp.bincount(x, minlength=300)
except OverflowError as error:
    raise AssertionError(f"minlength 300: OverflowError: {error}") from None
np.testing.assert_array_equal(found, expected)
