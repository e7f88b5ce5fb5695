"""How PyTorch is asked for convolutions: ``torch.nn.functional`` and the modules of ``torch.nn``.

Modules take their parameters by ``torch.func.functional_call``, so that gradients reach the kernel and the bias; they are made on the
meta device, which allocates and initialises nothing. Data format channels_last is torch's memory format.
"""

from __future__ import annotations

from typing import List, Tuple

from harness.case import Case
from harness.operators.convolution import meaning
from harness.operators.convolution.aligned import conv, conv_transpose
from harness.windows import accepts_output_padding, canvas


def symmetric(case: Case) -> bool:
    """Whether the padding is the same on both sides, as torch's own argument takes it."""
    return all(low == high for low, high in case.parameters["padding"])


def not_negative(case: Case) -> bool:
    """Whether padding means to add cells: ``torch.nn.functional.pad`` documents that negative numbers remove them."""
    return all(pad >= 0 for pair in case.parameters["padding"] for pad in pair)


@conv.call("torch", when=symmetric)
def _(torch, x, w, b, *, stride, padding, dilation, groups, data_format="channels_first"):
    functional = torch.nn.functional
    convolution = (functional.conv1d, functional.conv2d, functional.conv3d)[len(padding) - 1]
    if data_format == "channels_last" and len(padding) > 1 and x.dim() == w.dim() == len(padding) + 2:
        form = torch.channels_last if len(padding) == 2 else torch.channels_last_3d
        x, w = x.contiguous(memory_format=form), w.contiguous(memory_format=form)
    return convolution(x, w, b, stride, [low for low, _ in padding], dilation, groups)


@conv.call("torch", when=not_negative, composed=True)
def _(torch, x, w, b, *, stride, padding, dilation, groups, data_format="channels_first"):
    functional = torch.nn.functional
    convolution = (functional.conv1d, functional.conv2d, functional.conv3d)[len(padding) - 1]
    x = functional.pad(x, [pad for pair in reversed(padding) for pad in pair])
    if data_format == "channels_last" and len(padding) > 1 and x.dim() == w.dim() == len(padding) + 2:
        form = torch.channels_last if len(padding) == 2 else torch.channels_last_3d
        x, w = x.contiguous(memory_format=form), w.contiguous(memory_format=form)
    return convolution(x, w, b, stride, 0, dilation, groups)


@conv.call("torch", spelling="layer", when=symmetric)
def _(torch, x, w, b, *, stride, padding, dilation, groups, data_format="channels_first"):
    rank = len(padding)
    if data_format == "channels_last" and rank > 1 and x.dim() == w.dim() == rank + 2:
        form = torch.channels_last if rank == 2 else torch.channels_last_3d
        x, w = x.contiguous(memory_format=form), w.contiguous(memory_format=form)
    layer = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)[rank - 1](
        x.shape[-rank - 1],
        w.shape[0],
        tuple(w.shape[2:]),
        stride,
        tuple(low for low, _ in padding),
        dilation,
        groups,
        bias=b is not None,
        device="meta",
        dtype=x.dtype,
    )
    weights = {"weight": w} if b is None else {"weight": w, "bias": b}
    return torch.func.functional_call(layer, weights, (x,))


def dimensions(case: Case) -> List[Tuple[int, int, int, int, int]]:
    """Stride, dilation, canvas length, first cell and length of the window of each spatial dimension."""
    p = case.parameters
    sizes, kernel = meaning.sizes_of(case), meaning.kernel_of(case)
    return [
        (s, d, canvas(n, k, s, d), lo, out)
        for n, k, s, d, (lo, out) in zip(sizes, kernel, p["stride"], p["dilation"], p["window"])
    ]


def has_output_padding(case: Case) -> bool:
    """Whether padding and output_padding express the window. A negative output size is asked for as well, to be refused."""
    return all(
        lo >= 0 and (out < 0 or accepts_output_padding(out - length + 2 * lo, s, d))
        for s, d, length, lo, out in dimensions(case)
    )


def has_output_size(case: Case) -> bool:
    """Whether a module takes the window's length as ``output_size``: less than a stride above the shortest one."""
    return all(lo >= 0 and 0 <= out - length + 2 * lo < s for s, d, length, lo, out in dimensions(case))


def has_length(case: Case) -> bool:
    """Whether a slice can have the lengths of the windows."""
    return all(out >= 0 for _, out in case.parameters["window"])


@conv_transpose.call("torch", when=has_output_padding)
def _(torch, x, w, b, *, stride, window, dilation, groups, data_format="channels_first"):
    rank, functional = len(window), torch.nn.functional
    convolution = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)[rank - 1]
    if data_format == "channels_last" and rank > 1 and x.dim() == w.dim() == rank + 2:
        form = torch.channels_last if rank == 2 else torch.channels_last_3d
        x, w = x.contiguous(memory_format=form), w.contiguous(memory_format=form)
    padding = [lo for lo, _ in window]
    canvas = [(n - 1) * s + d * (k - 1) + 1 for n, k, s, d in zip(x.shape[-rank:], w.shape[2:], stride, dilation)]
    extra = [out - (length - 2 * lo) for (lo, out), length in zip(window, canvas)]
    return convolution(x, w, b, stride, padding, extra, groups, dilation)


@conv_transpose.call("torch", when=has_length, composed=True)
def _(torch, x, w, b, *, stride, window, dilation, groups, data_format="channels_first"):
    rank, functional = len(window), torch.nn.functional
    convolution = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)[rank - 1]
    canvas = [(n - 1) * s + d * (k - 1) + 1 for n, k, s, d in zip(x.shape[-rank:], w.shape[2:], stride, dilation)]
    # Zeros around x lengthen the canvas until it holds the window, so that torch's own bias reaches all of it.
    before = [max(-(lo // s), 0) for (lo, _), s in zip(window, stride)]
    after = [max(-((length - lo - out) // s), 0) for (lo, out), length, s in zip(window, canvas, stride)]
    x = functional.pad(x, [pad for pair in zip(reversed(before), reversed(after)) for pad in pair])
    if data_format == "channels_last" and rank > 1 and x.dim() == w.dim() == rank + 2:
        form = torch.channels_last if rank == 2 else torch.channels_last_3d
        x, w = x.contiguous(memory_format=form), w.contiguous(memory_format=form)
    y = convolution(x, w, b, stride, 0, 0, groups, dilation)
    starts = [lo + added * s for (lo, _), added, s in zip(window, before, stride)]
    return y[(Ellipsis, *[slice(start, start + out) for start, (_, out) in zip(starts, window)])]


@conv_transpose.call("torch", spelling="layer", when=has_output_padding)
def _(torch, x, w, b, *, stride, window, dilation, groups, data_format="channels_first"):
    rank = len(window)
    if data_format == "channels_last" and rank > 1 and x.dim() == w.dim() == rank + 2:
        form = torch.channels_last if rank == 2 else torch.channels_last_3d
        x, w = x.contiguous(memory_format=form), w.contiguous(memory_format=form)
    padding = tuple(lo for lo, _ in window)
    canvas = [(n - 1) * s + d * (k - 1) + 1 for n, k, s, d in zip(x.shape[-rank:], w.shape[2:], stride, dilation)]
    extra = tuple(out - (length - 2 * lo) for (lo, out), length in zip(window, canvas))
    layer = (torch.nn.ConvTranspose1d, torch.nn.ConvTranspose2d, torch.nn.ConvTranspose3d)[rank - 1](
        w.shape[0],
        w.shape[1] * groups,
        tuple(w.shape[2:]),
        stride,
        padding,
        extra,
        groups,
        bias=b is not None,
        dilation=dilation,
        device="meta",
        dtype=x.dtype,
    )
    weights = {"weight": w} if b is None else {"weight": w, "bias": b}
    return torch.func.functional_call(layer, weights, (x,))


@conv_transpose.call("torch", spelling="output_size", when=has_output_size)
def _(torch, x, w, b, *, stride, window, dilation, groups, data_format="channels_first"):
    rank = len(window)
    if data_format == "channels_last" and rank > 1 and x.dim() == w.dim() == rank + 2:
        form = torch.channels_last if rank == 2 else torch.channels_last_3d
        x, w = x.contiguous(memory_format=form), w.contiguous(memory_format=form)
    layer = (torch.nn.ConvTranspose1d, torch.nn.ConvTranspose2d, torch.nn.ConvTranspose3d)[rank - 1](
        w.shape[0],
        w.shape[1] * groups,
        tuple(w.shape[2:]),
        stride,
        tuple(lo for lo, _ in window),
        groups=groups,
        bias=b is not None,
        dilation=dilation,
        device="meta",
        dtype=x.dtype,
    )
    weights = {"weight": w} if b is None else {"weight": w, "bias": b}
    return torch.func.functional_call(layer, weights, (x, [out for _, out in window]))
