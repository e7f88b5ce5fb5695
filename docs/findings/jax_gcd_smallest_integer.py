"""JAX: jax.numpy.gcd of the smallest integer of a dtype never returns.

Exit status: 0 once it returns 1, 1 while the child process is still running after 20 s. Seen with jax 0.10.2 and int8
and int32.
"""

import subprocess
import sys

import numpy as np

CHILD = """
import os
os.environ["JAX_PLATFORMS"] = "cpu"
import jax, numpy as np
print(jax.numpy.gcd(np.int32({}), np.int32(7)))
"""


def gcd(x):
    """The greatest common divisor of x and 7 in a child process. None: it did not end within 20 s."""
    try:
        done = subprocess.run([sys.executable, "-I", "-c", CHILD.format(x)], stdout=subprocess.PIPE, timeout=20)
    except subprocess.TimeoutExpired:
        return None
    return int(done.stdout)


smallest = -(2**31)
assert np.gcd(np.int32(smallest), np.int32(7)) == 1, "control: NumPy"
assert gcd(smallest + 1) == np.gcd(smallest + 1, 7), "control: the next integer"
found = gcd(smallest)
assert found == 1, f"gcd(-2**31, 7): {found or 'no result after 20 s'}"
