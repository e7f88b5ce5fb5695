"""torch, CPU: the least common multiple of the smallest and the largest integer ends the process.

Exit status: 0 once it returns or raises, 1 while the child process is ended by SIGFPE. Seen with torch 2.13.0, int32 and int64.
"""

import signal
import subprocess
import sys

CHILD = """
import torch
x, y = torch.tensor([{}], dtype=torch.int32), torch.tensor([{}], dtype=torch.int32)
try:
    print(torch.lcm(x, y).item())
except RuntimeError as error:
    print(error)
"""


def lcm(x, y):
    """The exit status and the output of a child process that computes it; a negative status is that of a signal."""
    done = subprocess.run([sys.executable, "-I", "-c", CHILD.format(x, y)], stdout=subprocess.PIPE)
    return done.returncode, done.stdout.decode().strip()


smallest = -(2**31)
assert lcm(-(2**20), 215) == (0, "225443840"), "control: a multiple in range"
status, _ = lcm(smallest, 2**31 - 1)
assert status == 0, f"lcm(-2**31, 2**31 - 1): the process ended by {signal.Signals(-status).name}"
