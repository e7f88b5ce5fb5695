"""JAX, CPU, float32: a convolution that crops at the low end and pads at the high end reads beyond what it was given.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with jax 0.10.2. Integers, and a batch padded by lax.pad, are right.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy as np

LAYOUT = ("NCH", "OIH", "NCH")
BATCH, CHANNELS, LENGTH, KERNEL, PADDING = 2, 4, 8, 3, (-4, 2)
x = np.arange(BATCH * CHANNELS * LENGTH, dtype="float32").reshape(BATCH, CHANNELS, LENGTH)
w = np.ones((1, CHANNELS, KERNEL), "float32")

# By the definition: four elements dropped, two zeros appended, then sums over all channels and three neighbours.
canvas = np.concatenate([x[:, :, 4:], np.zeros((BATCH, CHANNELS, 2), "float32")], axis=2)
expected = sum(canvas[:, :, t : t + 4] for t in range(KERNEL)).sum(axis=1)


def convolved(x, w, padding):
    """A row for each item of the batch; the result has one channel."""
    return np.asarray(jax.lax.conv_general_dilated(x, w, (1,), [padding], dimension_numbers=LAYOUT))[:, 0]


padded = jax.lax.pad(x, np.float32(0), ((0, 0, 0), (0, 0, 0), (*PADDING, 0)))
np.testing.assert_array_equal(convolved(padded, w, (0, 0)), expected, "control: lax.pad first")
np.testing.assert_array_equal(convolved(x.astype("int32"), w.astype("int32"), PADDING), expected, "control: integers")

found = convolved(x, w, PADDING)
assert (found == expected).all(), (
    f"padding (-4, 2): the first item is {found[0].tolist()}; expected {expected[0].tolist()}"
)
