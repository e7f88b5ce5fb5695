"""JAX, CPU: an array of 2**62 elements ends the process.

Exit status: 0 once the calls raise, 1 while the process dies. Seen with jax 0.10.2. NumPy raises ValueError ("array is too big").
"""

import os
import subprocess
import sys

CALL = """
import jax
try:
    {}
except (MemoryError, OverflowError, RuntimeError, TypeError, ValueError):
    pass
"""

died = []
for call, label in (
    ("jax.numpy.zeros(6).reshape(2**62, 1)", "control: reshape"),
    ("jax.numpy.zeros(2**62).block_until_ready()", "zeros"),
    ("jax.numpy.pad(jax.numpy.ones(6), (2**62, 2)).block_until_ready()", "pad"),
):
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    child = subprocess.run(
        [sys.executable, "-I", "-c", CALL.format(call)], env=environment, capture_output=True, text=True
    )
    if child.returncode < 0:
        died.append(f"{label}: signal {-child.returncode}")
    else:
        assert child.returncode == 0, f"control: {label}: {child.stderr[-2000:]}"
assert not died, f"the process died: {died}"
