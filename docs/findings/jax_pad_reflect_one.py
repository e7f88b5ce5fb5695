"""JAX: jax.numpy.pad with the mode "reflect" takes a step for each element that it pads one element with.

Exit status: 0 once a width of 2^62 is refused, 1 while the child process is still running after 20 s. Seen with jax 0.10.2.
"""

import subprocess
import sys

CHILD = """
import os
os.environ["JAX_PLATFORMS"] = "cpu"
import jax, jax.numpy as jnp
def padded(x):
    return jnp.pad(x, ({width}, 0), mode="{mode}")
try:
    print(jax.eval_shape(padded, jax.ShapeDtypeStruct((1,), "float32")).shape[0])
except Exception:
    print("refused")
"""


def pad(width, mode):
    """The length that is described, or "refused". None: the child process did not end within 20 s."""
    command = [sys.executable, "-I", "-c", CHILD.format(width=width, mode=mode)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=20, check=True)
    except subprocess.TimeoutExpired:
        return None
    return done.stdout.decode().strip()


assert pad(5, "reflect") == "6", "control: a width of 5"
assert pad(2**62, "edge") is not None, "control: the mode edge"
found = pad(2**62, "reflect")
assert found is not None, "pad(x, (2**62, 0), mode='reflect'): no result after 20 s"
