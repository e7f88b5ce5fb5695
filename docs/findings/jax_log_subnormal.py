"""JAX, CPU: the logarithm of a subnormal float32 number is that of 2^-150 or -infinity, by the number of elements.

Exit status: 0 once each is right or that of zero, 1 while some are neither. Seen with jax 0.10.2.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy as np

tiny, normal = np.float32(1e-40), np.float32(2e-38)
right = np.log(float(tiny))  # -92.1
found = {}
for count in range(1, 17):
    control = np.asarray(jax.numpy.log(np.full(count, normal)))
    np.testing.assert_allclose(control, np.log(float(normal)), rtol=1e-6, err_msg="control: a normal number")
    assert np.isneginf(np.asarray(jax.numpy.log(np.zeros(count, np.float32)))).all(), "control: zeros"
    for value in np.unique(np.asarray(jax.numpy.log(np.full(count, tiny)))):
        found.setdefault(float(value), []).append(count)
wrong = {value: counts for value, counts in found.items() if value != -np.inf and abs(value - right) > 1e-4}
assert not wrong, f"log(1e-40) by the lengths of vectors: {found}; expected {right:.2f}, or -inf everywhere"
