"""torch: softmax of a meta tensor takes an axis that is out of range.

Exit status: 0 once the call is refused, 1 while it is described. Seen with torch 2.13.0.
"""

import torch


def refused(function, x):
    try:
        function(x, dim=5)
    except IndexError:
        return True
    return False


assert refused(torch.softmax, torch.ones(2, 3)), "control: a tensor of the CPU"
assert refused(torch.log_softmax, torch.ones(2, 3, device="meta")), "control: log_softmax"
assert refused(torch.softmax, torch.ones(2, 3, device="meta")), (
    "softmax of a meta tensor along axis 5 of 2 is described"
)
