"""torch: linalg.lstsq without right-hand sides ends the process with the driver "gelss".

Exit status: 0 once the call returns or raises, 1 while the process dies. Seen with torch 2.13.0, CPU; the drivers "gelsy" and "gels" return
a tensor of 7 x 0, and "gelsd" raises an internal assertion.
"""

import subprocess
import sys

CALL = """
import torch
for driver in ("gelsy", "gels", "gelss"):
    try:
        assert torch.linalg.lstsq(torch.ones(3, 7), torch.ones(3, 0), driver=driver).solution.shape == (7, 0)
    except RuntimeError:
        pass
    print(driver, flush=True)
"""

child = subprocess.run([sys.executable, "-I", "-c", CALL], capture_output=True, text=True)
assert child.stdout.split()[:2] == ["gelsy", "gels"], child.stderr
assert child.returncode >= 0, f"died of signal {-child.returncode}: {child.stderr[-4000:]}"
assert child.returncode == 0, child.stderr
