"""How PyTorch is asked for convolutions."""

from __future__ import annotations

from harness.case import Case
from harness.operators.convolution.aligned import conv, conv_transpose


def symmetric(case: Case) -> bool:
    """Whether the padding is the same on both sides, as torch's own argument takes it."""
    return all(low == high for low, high in case.parameters["padding"])


@conv.call("torch", when=symmetric)
def _(torch, x, w, b, *, stride, padding, dilation, groups):
    convolution = (torch.nn.functional.conv1d, torch.nn.functional.conv2d, torch.nn.functional.conv3d)[len(stride) - 1]
    return convolution(x, w, b, stride, [low for low, _ in padding], dilation, groups)


@conv.call("torch", composed=True)
def _(torch, x, w, b, *, stride, padding, dilation, groups):
    convolution = (torch.nn.functional.conv1d, torch.nn.functional.conv2d, torch.nn.functional.conv3d)[len(stride) - 1]
    x = torch.nn.functional.pad(x, [pad for pair in reversed(padding) for pad in pair])
    return convolution(x, w, b, stride, 0, dilation, groups)


def has_output_padding(case: Case) -> bool:
    """Whether torch's padding and output_padding express the window: lo >= 0 and 0 <= output_padding < max(stride, dilation)."""
    return all(
        lo >= 0 and 0 <= extra < max(stride, dilation)
        for (lo, _), extra, stride, dilation in zip(
            case.parameters["window"], output_padding(case), case.parameters["stride"], case.parameters["dilation"]
        )
    )


def output_padding(case: Case) -> tuple:
    """Per dimension out - (L - 2 lo)."""
    p = case.parameters
    sizes, kernel = case.inputs["x"].shape[-len(p["stride"]) :], case.inputs["w"].shape[2:]
    return tuple(
        out - ((x - 1) * s + d * (k - 1) + 1 - 2 * lo)
        for x, k, s, d, (lo, out) in zip(sizes, kernel, p["stride"], p["dilation"], p["window"])
    )


@conv_transpose.call("torch", when=has_output_padding)
def _(torch, x, w, b, *, stride, window, dilation, groups):
    functional = torch.nn.functional
    convolution = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)[len(stride) - 1]
    padding = [lo for lo, _ in window]
    canvas = [(n - 1) * s + d * (k - 1) + 1 for n, k, s, d in zip(x.shape[-len(stride) :], w.shape[2:], stride, dilation)]
    extra = [out - (length - 2 * lo) for (lo, out), length in zip(window, canvas)]
    return convolution(x, w, b, stride, padding, extra, groups, dilation)


@conv_transpose.call("torch", composed=True)
def _(torch, x, w, b, *, stride, window, dilation, groups):
    functional = torch.nn.functional
    convolution = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)[
        len(stride) - 1
    ]
    # The whole canvas, cropped and padded by the framework's own pad; the bias belongs to the padding too.
    y = convolution(x, w, None, stride, 0, 0, groups, dilation)
    pads = [(-lo, lo + out - length) for (lo, out), length in zip(window, y.shape[-len(stride) :])]
    y = functional.pad(y, [pad for pair in reversed(pads) for pad in pair])
    return y if b is None else y + b.reshape([-1] + [1] * len(stride))
