"""torch: index_add and index_reduce of meta tensors describe a source of a wrong shape, which the CPU refuses.

Exit status: 0 once the description is refused, 1 while it is given. Seen with torch 2.13.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import torch


def refused(function, device, length):
    """Whether a source of one row of ``length`` elements is refused for an array of 5 x 3."""
    index = torch.zeros(1, dtype=torch.int64, device=device)
    try:
        function(torch.ones(5, 3, device=device), index, torch.ones(1, length, device=device))
    except RuntimeError:
        return True
    return False


functions = {
    "index_add": lambda x, index, source: torch.index_add(x, 0, index, source),
    "index_reduce": lambda x, index, source: torch.index_reduce(x, 0, index, source, "amax"),
}
for name, function in functions.items():
    found = [refused(function, device, length) for device in ("cpu", "meta") for length in (3, 7)]
    assert found[:3] == [False, True, False], f"control: {name} {found}"
failures = [name for name, function in functions.items() if not refused(function, "meta", 7)]
assert not failures, f"a source of 1 x 7 for 5 x 3 is described by {failures}"
