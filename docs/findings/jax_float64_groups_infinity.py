"""JAX, CPU, float64: in a depthwise convolution an infinity in one group makes the others NaN.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with jax 0.10.2 and jax_enable_x64; float32 is right.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)


def convolve(dtype):
    """Two channels, two groups, kernel [1]: the result is the input."""
    x = np.ones((1, 2, 4), dtype)
    x[0, 1, 0] = np.inf
    layout = ("NCH", "OIH", "NCH")
    y = jax.lax.conv_general_dilated(
        x, np.ones((2, 1, 1), dtype), (1,), [(0, 0)], dimension_numbers=layout, feature_group_count=2
    )
    return x, y


for dtype, name in ((np.float32, "control: float32"), (np.float64, "float64")):
    x, y = convolve(dtype)
    np.testing.assert_array_equal(y, x, name)
