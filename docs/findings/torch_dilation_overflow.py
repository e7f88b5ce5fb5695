"""torch, CPU: a dilated kernel whose extent overflows int64 is accepted.

Exit status: 0 once the call is refused, 1 while it returns. Seen with torch 2.13.0.
"""

import torch


def convolve(dilation):
    """Convolve 4 elements with 4 taps: the kernel spans 3 * dilation + 1 elements. None: refused."""
    try:
        return torch.conv1d(torch.ones(1, 1, 4), torch.ones(1, 1, 4), dilation=dilation)
    except RuntimeError:
        return None


assert convolve(2**61) is None, "control: a span below 2**63 is accepted"
y = convolve(2**62 - 1)
assert y is None, f"a span of 3 * 2**62 - 2 on 4 elements returns {y.tolist()}; expected a refusal"
