"""torch: meta tensors describe the result of convolutions that the CPU refuses.

Exit status: 0 once every call is refused on both, 1 while meta tensors accept one. Seen with torch 2.13.0.
"""

import torch
from torch.nn.functional import conv1d, conv_transpose1d


def ones(*shape, dtype=torch.float32):
    return torch.ones(*shape, dtype=dtype, device=device)


double = torch.float64
calls = {
    "weight of another dtype": lambda: conv1d(ones(1, 1, 4), ones(1, 1, 2, dtype=double)),
    "kernel of length 0": lambda: conv1d(ones(1, 1, 4), ones(1, 1, 0)),
    "bias of a wrong length": lambda: conv1d(ones(1, 1, 4), ones(2, 1, 2), ones(3)),
    "dilation 0": lambda: conv1d(ones(1, 1, 4), ones(1, 1, 2), dilation=0),
    "negative stride": lambda: conv1d(ones(1, 1, 1), ones(1, 1, 1), stride=-1),
    "negative padding": lambda: conv1d(ones(1, 1, 4), ones(1, 1, 2), padding=-1),
    "output channels not divisible by groups": lambda: conv1d(ones(1, 2, 4), ones(3, 1, 2), groups=2),
    "transposed, weight of another dtype": lambda: conv_transpose1d(ones(1, 1, 4), ones(1, 1, 2, dtype=double)),
    "transposed, wrong input channels": lambda: conv_transpose1d(ones(1, 3, 4), ones(2, 2, 2)),
    "transposed, bias of a wrong length": lambda: conv_transpose1d(ones(1, 1, 4), ones(1, 2, 2), ones(3)),
    "transposed, dilation 0": lambda: conv_transpose1d(ones(1, 1, 4), ones(1, 1, 2), dilation=0),
    "transposed, output_padding of the stride": lambda: conv_transpose1d(
        ones(1, 1, 4), ones(1, 1, 2), output_padding=1
    ),
}


def accepted():
    """The calls that return."""
    names = []
    for name, call in calls.items():
        try:
            call()
        except RuntimeError:
            continue
        names.append(name)
    return names


device = "cpu"
assert accepted() == [], f"control: cpu accepts {accepted()}"
device = "meta"
assert accepted() == [], "; ".join(["meta accepts", *accepted()])
