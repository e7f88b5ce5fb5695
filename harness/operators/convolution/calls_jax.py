"""How JAX is asked for convolutions: ``jax.lax.conv_general_dilated`` and ``jax.lax.conv_transpose``.

Every padding, dilation and window can be said there. JAX has no bias and no unbatched inputs; the bias is added with
``jax.lax.add``, which converts no dtype (the reshape refuses another number of channels), and a missing batch axis is
added and taken off again. Outside ``jax.jit`` every primitive is compiled for itself, for each shape: the rows without
a spelling use as few as possible.
"""

from __future__ import annotations

from harness.case import Case
from harness.operators.convolution import meaning
from harness.operators.convolution.aligned import conv, conv_transpose


def ungrouped(case: Case) -> bool:
    """Whether the convolution has one group, as some calls need it."""
    return bool(case.parameters["groups"] == 1)


def unbatched(case: Case) -> bool:
    """Whether x has no batch axis."""
    return not meaning.batched(case)


def batched_and_ungrouped(case: Case) -> bool:
    """Whether x has a batch axis and the convolution one group."""
    return meaning.batched(case) and ungrouped(case)


@conv.call("jax", when=meaning.batched)
def _(jax, x, w, b, *, stride, padding, dilation, groups):
    y = jax.lax.conv_general_dilated(x, w, stride, padding, rhs_dilation=dilation, feature_group_count=groups)
    if b is None:
        return y
    return jax.lax.add(y, jax.lax.reshape(b, [1, y.shape[1]] + [1] * len(stride)))


@conv.call("jax", composed=True, when=unbatched)
def _(jax, x, w, b, *, stride, padding, dilation, groups):
    x = jax.lax.expand_dims(x, [0])
    y = jax.lax.conv_general_dilated(x, w, stride, padding, rhs_dilation=dilation, feature_group_count=groups)
    if b is not None:
        y = jax.lax.add(y, jax.lax.reshape(b, [1, y.shape[1]] + [1] * len(stride)))
    return jax.lax.squeeze(y, [0])


@conv.call("jax", spelling="channels_last", when=meaning.batched)
def _(jax, x, w, b, *, stride, padding, dilation, groups):
    rank = len(stride)
    space = "DHW"[3 - rank :]
    x = jax.lax.transpose(x, [0, *range(2, rank + 2), 1])
    w = jax.lax.transpose(w, [*range(2, rank + 2), 1, 0])
    names = (f"N{space}C", f"{space}IO", f"N{space}C")
    y = jax.lax.conv_general_dilated(
        x, w, stride, padding, rhs_dilation=dilation, dimension_numbers=names, feature_group_count=groups
    )
    if b is not None:
        y = jax.lax.add(y, jax.lax.reshape(b, [1] * (rank + 1) + [y.shape[-1]]))
    return jax.lax.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@conv.call("jax", spelling="general_padding", when=batched_and_ungrouped)
def _(jax, x, w, b, *, stride, padding, dilation):
    y = jax.lax.conv_with_general_padding(x, w, stride, padding, None, dilation)
    if b is None:
        return y
    return jax.lax.add(y, jax.lax.reshape(b, [1, y.shape[1]] + [1] * len(stride)))


@conv_transpose.call("jax", when=batched_and_ungrouped)
def _(jax, x, w, b, *, stride, window, dilation):
    rank = len(stride)
    names = tuple(layout + "DHW"[3 - rank :] for layout in ("NC", "IO", "NC"))
    padding = [
        (d * (k - 1) - lo, lo + out - (n - 1) * s - 1)
        for n, k, s, d, (lo, out) in zip(x.shape[2:], w.shape[2:], stride, dilation, window)
    ]
    # A transposed convolution scatters; jax.lax gathers, for which every tap is mirrored.
    w = jax.lax.rev(w, range(2, rank + 2))
    y = jax.lax.conv_transpose(x, w, stride, padding, rhs_dilation=dilation, dimension_numbers=names)
    if b is None:
        return y
    return jax.lax.add(y, jax.lax.reshape(b, [1, y.shape[1]] + [1] * len(stride)))


@conv_transpose.call("jax", composed=True, when=lambda case: unbatched(case) and ungrouped(case))
def _(jax, x, w, b, *, stride, window, dilation):
    rank = len(stride)
    names = tuple(layout + "DHW"[3 - rank :] for layout in ("NC", "IO", "NC"))
    padding = [
        (d * (k - 1) - lo, lo + out - (n - 1) * s - 1)
        for n, k, s, d, (lo, out) in zip(x.shape[1:], w.shape[2:], stride, dilation, window)
    ]
    x, w = jax.lax.expand_dims(x, [0]), jax.lax.rev(w, range(2, rank + 2))
    y = jax.lax.conv_transpose(x, w, stride, padding, rhs_dilation=dilation, dimension_numbers=names)
    if b is not None:
        y = jax.lax.add(y, jax.lax.reshape(b, [1, y.shape[1]] + [1] * len(stride)))
    return jax.lax.squeeze(y, [0])


@conv_transpose.call("jax", spelling="channels_last", when=batched_and_ungrouped)
def _(jax, x, w, b, *, stride, window, dilation):
    rank = len(stride)
    space = "DHW"[3 - rank :]
    padding = [
        (d * (k - 1) - lo, lo + out - (n - 1) * s - 1)
        for n, k, s, d, (lo, out) in zip(x.shape[2:], w.shape[2:], stride, dilation, window)
    ]
    x = jax.lax.transpose(x, [0, *range(2, rank + 2), 1])
    w = jax.lax.rev(jax.lax.transpose(w, [*range(2, rank + 2), 0, 1]), range(rank))
    names = (f"N{space}C", f"{space}IO", f"N{space}C")
    y = jax.lax.conv_transpose(x, w, stride, padding, rhs_dilation=dilation, dimension_numbers=names)
    if b is not None:
        y = jax.lax.add(y, jax.lax.reshape(b, [1] * (rank + 1) + [y.shape[-1]]))
    return jax.lax.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@conv_transpose.call("jax", spelling="transpose_kernel", when=batched_and_ungrouped)
def _(jax, x, w, b, *, stride, window, dilation):
    rank = len(stride)
    names = tuple(layout + "DHW"[3 - rank :] for layout in ("NC", "OI", "NC"))
    padding = [
        (d * (k - 1) - lo, lo + out - (n - 1) * s - 1)
        for n, k, s, d, (lo, out) in zip(x.shape[2:], w.shape[2:], stride, dilation, window)
    ]
    y = jax.lax.conv_transpose(x, w, stride, padding, dilation, names, transpose_kernel=True)
    if b is None:
        return y
    return jax.lax.add(y, jax.lax.reshape(b, [1, y.shape[1]] + [1] * len(stride)))


@conv_transpose.call("jax", spelling="consistent_padding", when=batched_and_ungrouped)
def _(jax, x, w, b, *, stride, window, dilation):
    rank = len(stride)
    names = tuple(layout + "DHW"[3 - rank :] for layout in ("NC", "OI", "NC"))
    padding = [
        (lo, (n - 1) * s + d * (k - 1) + 1 - lo - out)
        for n, k, s, d, (lo, out) in zip(x.shape[2:], w.shape[2:], stride, dilation, window)
    ]
    y = jax.lax.conv_transpose(
        x, w, stride, padding, dilation, names, transpose_kernel=True, use_consistent_padding=True
    )
    if b is None:
        return y
    return jax.lax.add(y, jax.lax.reshape(b, [1, y.shape[1]] + [1] * len(stride)))


@conv_transpose.call("jax", spelling="general", composed=True, when=unbatched)
@conv_transpose.call("jax", spelling="general", when=meaning.batched)
def _(jax, x, w, b, *, stride, window, dilation, groups, batched=True):
    rank = len(stride)
    x = x if batched else jax.lax.expand_dims(x, [0])
    padding = [
        (d * (k - 1) - lo, lo + out - (n - 1) * s - 1)
        for n, k, s, d, (lo, out) in zip(x.shape[2:], w.shape[2:], stride, dilation, window)
    ]
    # (groups * a, b, *kernel) becomes (groups * b, a, *kernel), every tap mirrored.
    w = jax.numpy.reshape(w, (groups, w.shape[0] // groups, *w.shape[1:]))
    w = jax.numpy.swapaxes(w, 1, 2)
    w = jax.lax.rev(w.reshape((-1, *w.shape[2:])), range(2, rank + 2))
    y = jax.lax.conv_general_dilated(x, w, [1] * rank, padding, stride, dilation, feature_group_count=groups)
    if b is not None:
        y = jax.lax.add(y, jax.lax.reshape(b, [1, y.shape[1]] + [1] * len(stride)))
    return y if batched else jax.lax.squeeze(y, [0])
