"""How JAX is asked for convolutions: ``jax.lax.conv_general_dilated`` and ``jax.lax.conv_transpose``.

Every padding, dilation and window can be said there. JAX has no bias and no unbatched inputs; the bias is added with
``jax.lax.add``, which converts no dtype (the reshape refuses another number of channels), and a missing batch axis is added and taken off again.
"""

from __future__ import annotations

from harness.case import Case
from harness.operators.convolution import meaning
from harness.operators.convolution.aligned import conv, conv_transpose


def ungrouped(case: Case) -> bool:
    """Whether the convolution has one group, as some calls need it."""
    return bool(case.parameters["groups"] == 1)


def batched_and_ungrouped(case: Case) -> bool:
    """Whether x has a batch axis and the convolution one group."""
    return meaning.batched(case) and ungrouped(case)


def plain(case: Case) -> bool:
    """What a call without groups and dimension numbers can say: batched, one group, channels first."""
    return batched_and_ungrouped(case) and case.parameters.get("data_format") != "channels_last"


@conv.call("jax", composed=True)
@conv.call("jax", when=meaning.batched)
def _(jax, x, w, b, *, stride, padding, dilation, groups, batched=True, data_format="channels_first"):
    rank, last = len(stride), data_format == "channels_last"
    space = "DHW"[3 - rank :]
    x = x if batched else x[None]
    if last:
        x = jax.numpy.moveaxis(x, 1, -1)
        w = jax.numpy.transpose(w, [*range(2, rank + 2), 1, 0])
    names = (f"N{space}C", f"{space}IO", f"N{space}C") if last else (f"NC{space}", f"OI{space}", f"NC{space}")
    y = jax.lax.conv_general_dilated(
        x, w, stride, padding, rhs_dilation=dilation, dimension_numbers=names, feature_group_count=groups
    )
    if b is not None:
        axis = rank + 1 if last else 1
        y = jax.lax.add(y, jax.lax.broadcast_in_dim(jax.lax.reshape(b, [y.shape[axis]]), y.shape, [axis]))
    y = jax.numpy.moveaxis(y, -1, 1) if last else y
    return y if batched else y[0]


@conv.call("jax", spelling="general_padding", when=plain)
def _(jax, x, w, b, *, stride, padding, dilation):
    y = jax.lax.conv_with_general_padding(x, w, stride, padding, None, dilation)
    if b is None:
        return y
    return jax.lax.add(y, jax.lax.broadcast_in_dim(jax.lax.reshape(b, [y.shape[1]]), y.shape, [1]))


@conv_transpose.call("jax", composed=True, when=ungrouped)
@conv_transpose.call("jax", when=batched_and_ungrouped)
def _(jax, x, w, b, *, stride, window, dilation, batched=True, data_format="channels_first"):
    rank, last = len(stride), data_format == "channels_last"
    space = "DHW"[3 - rank :]
    x = x if batched else x[None]
    sizes, kernel = x.shape[2:], w.shape[2:]
    w = jax.numpy.flip(w, range(2, rank + 2))
    if last:
        x = jax.numpy.moveaxis(x, 1, -1)
        w = jax.numpy.moveaxis(w, [0, 1], [-2, -1])
    names = (f"N{space}C", f"{space}IO", f"N{space}C") if last else (f"NC{space}", f"IO{space}", f"NC{space}")
    padding = [
        (d * (k - 1) - lo, lo + out - (n - 1) * s - 1)
        for n, k, s, d, (lo, out) in zip(sizes, kernel, stride, dilation, window)
    ]
    y = jax.lax.conv_transpose(x, w, stride, padding, rhs_dilation=dilation, dimension_numbers=names)
    if b is not None:
        axis = rank + 1 if last else 1
        y = jax.lax.add(y, jax.lax.broadcast_in_dim(jax.lax.reshape(b, [y.shape[axis]]), y.shape, [axis]))
    y = jax.numpy.moveaxis(y, -1, 1) if last else y
    return y if batched else y[0]


@conv_transpose.call("jax", spelling="transpose_kernel", when=batched_and_ungrouped)
def _(jax, x, w, b, *, stride, window, dilation, data_format="channels_first"):
    rank, last = len(stride), data_format == "channels_last"
    space = "DHW"[3 - rank :]
    sizes, kernel = x.shape[2:], w.shape[2:]
    if last:
        x = jax.numpy.moveaxis(x, 1, -1)
        w = jax.numpy.transpose(w, [*range(2, rank + 2), 1, 0])
    names = (f"N{space}C", f"{space}IO", f"N{space}C") if last else (f"NC{space}", f"OI{space}", f"NC{space}")
    padding = [
        (d * (k - 1) - lo, lo + out - (n - 1) * s - 1)
        for n, k, s, d, (lo, out) in zip(sizes, kernel, stride, dilation, window)
    ]
    y = jax.lax.conv_transpose(x, w, stride, padding, dilation, names, transpose_kernel=True)
    if b is not None:
        axis = rank + 1 if last else 1
        y = jax.lax.add(y, jax.lax.broadcast_in_dim(jax.lax.reshape(b, [y.shape[axis]]), y.shape, [axis]))
    return jax.numpy.moveaxis(y, -1, 1) if last else y


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
    return jax.lax.add(y, jax.lax.broadcast_in_dim(jax.lax.reshape(b, [y.shape[1]]), y.shape, [1]))


@conv_transpose.call("jax", spelling="general", composed=True)
@conv_transpose.call("jax", spelling="general", when=meaning.batched)
def _(jax, x, w, b, *, stride, window, dilation, groups, batched=True, data_format="channels_first"):
    rank, last = len(stride), data_format == "channels_last"
    space = "DHW"[3 - rank :]
    x = x if batched else x[None]
    sizes, kernel = x.shape[2:], w.shape[2:]
    # (groups * a, b, *kernel) becomes (groups * b, a, *kernel), every tap mirrored.
    w = jax.numpy.reshape(w, (groups, w.shape[0] // groups, *w.shape[1:]))
    w = jax.numpy.swapaxes(w, 1, 2)
    w = jax.numpy.flip(w.reshape((-1, *w.shape[2:])), range(2, rank + 2))
    if last:
        x = jax.numpy.moveaxis(x, 1, -1)
        w = jax.numpy.transpose(w, [*range(2, rank + 2), 1, 0])
    names = (f"N{space}C", f"{space}IO", f"N{space}C") if last else (f"NC{space}", f"OI{space}", f"NC{space}")
    padding = [
        (d * (k - 1) - lo, lo + out - (n - 1) * s - 1)
        for n, k, s, d, (lo, out) in zip(sizes, kernel, stride, dilation, window)
    ]
    y = jax.lax.conv_general_dilated(x, w, [1] * rank, padding, stride, dilation, names, groups)
    if b is not None:
        axis = rank + 1 if last else 1
        y = jax.lax.add(y, jax.lax.broadcast_in_dim(jax.lax.reshape(b, [y.shape[axis]]), y.shape, [axis]))
    y = jax.numpy.moveaxis(y, -1, 1) if last else y
    return y if batched else y[0]
