"""What users of PyTorch, TensorFlow and JAX write for the words of a nominal convolution."""

from __future__ import annotations

from harness.case import Case
from harness.operators.convolution import meaning
from harness.operators.convolution.nominal import conv, conv_transpose


def says(case: Case, *words: str) -> bool:
    """Whether the padding is one of the words."""
    return case.parameters["padding"] in words


def numbers(case: Case) -> bool:
    """Whether the padding is a number per dimension."""
    return not isinstance(case.parameters["padding"], str)


def plain(case: Case) -> bool:
    """Whether x has a batch axis and the convolution one group, as transposed calls outside PyTorch need them."""
    return meaning.batched(case) and case.parameters["groups"] == 1


def has_groups(case: Case) -> bool:
    """Whether TensorFlow has the groups: ``tf.nn.conv3d`` has none."""
    return case.parameters["groups"] == 1 or meaning.rank_of(case) < 3


def inferred(case: Case) -> bool:
    """Whether neither output_padding nor output_size is given."""
    return case.parameters["output_padding"] is None and case.parameters["output_size"] is None


def sized(case: Case) -> bool:
    """Whether the output size is given."""
    return case.parameters["output_size"] is not None


@conv.call(
    "torch",
    when=lambda case: says(case, "valid", "same"),
    convention=lambda case: "torch_same" if says(case, "same") else "valid",
    source="torch.nn.Conv2d, padding",
)
def _(torch, x, w, b, *, stride, padding, dilation, groups):
    convolution = (torch.nn.functional.conv1d, torch.nn.functional.conv2d, torch.nn.functional.conv3d)[len(stride) - 1]
    return convolution(x, w, b, stride, padding, dilation, groups)


@conv.call(
    "torch",
    spelling="half_padding",
    when=lambda case: says(case, "same"),
    convention=lambda case: "explicit",
    source="torch.nn.Conv2d, padding: added to both sides",
)
def _(torch, x, w, b, *, stride, dilation, groups):
    convolution = (torch.nn.functional.conv1d, torch.nn.functional.conv2d, torch.nn.functional.conv3d)[len(stride) - 1]
    half = [d * (k - 1) // 2 for k, d in zip(w.shape[2:], dilation)]
    return convolution(x, w, b, stride, half, dilation, groups)


@conv.call(
    "torch", when=numbers, convention=lambda case: "explicit", source="torch.nn.Conv2d, padding: added to both sides"
)
def _(torch, x, w, b, *, stride, padding, dilation, groups):
    convolution = (torch.nn.functional.conv1d, torch.nn.functional.conv2d, torch.nn.functional.conv3d)[len(stride) - 1]
    return convolution(x, w, b, stride, padding, dilation, groups)


@conv.call(
    "tensorflow",
    when=lambda case: meaning.batched(case) and says(case, "valid", "same") and has_groups(case),
    convention=lambda case: case.parameters["padding"],
    source="tf.nn, notes on padding",
)
def _(tf, x, w, b, *, stride, padding, dilation, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    layout = (("NWC", "NHWC", "NDHWC") if last else ("NCW", "NCHW", "NCDHW"))[rank - 1]
    w = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    y = tf.nn.convolution(x, w, stride, padding.upper(), layout, dilation)
    if b is not None:
        y = y + tf.reshape(b, [y.shape[-1]] if last else [1, y.shape[1]] + [1] * rank)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv.call(
    "tensorflow",
    when=lambda case: meaning.batched(case) and numbers(case) and meaning.rank_of(case) == 2,
    convention=lambda case: "explicit",
    source="tf.nn.conv2d, padding",
)
def _(tf, x, w, b, *, stride, padding, dilation, data_format="channels_last"):
    last = data_format == "channels_last"
    pads = [[0, 0], *[[p, p] for p in padding]]
    pads.insert(3 if last else 0, [0, 0])
    if last:
        x = tf.transpose(x, [0, 2, 3, 1])
    y = tf.nn.conv2d(x, tf.transpose(w, [2, 3, 1, 0]), stride, pads, "NHWC" if last else "NCHW", dilation)
    if b is not None:
        y = y + tf.reshape(b, [y.shape[-1]] if last else [1, y.shape[1], 1, 1])
    return tf.transpose(y, [0, 3, 1, 2]) if last else y


@conv.call(
    "jax",
    when=lambda case: meaning.batched(case) and not says(case, "causal"),
    convention=lambda case: "explicit" if numbers(case) else case.parameters["padding"],
    source="jax.lax.conv_general_dilated, padding",
)
def _(jax, x, w, b, *, stride, padding, dilation, groups):
    pads = padding.upper() if isinstance(padding, str) else [(p, p) for p in padding]
    y = jax.lax.conv_general_dilated(x, w, stride, pads, rhs_dilation=dilation, feature_group_count=groups)
    if b is None:
        return y
    return jax.lax.add(y, jax.lax.reshape(b, [1, y.shape[1]] + [1] * len(stride)))


@conv_transpose.call(
    "torch",
    when=lambda case: not sized(case),
    convention=lambda case: "explicit",
    source="torch.nn.ConvTranspose2d, shape",
)
def _(torch, x, w, b, *, stride, padding, output_padding, dilation, groups):
    functional = torch.nn.functional
    convolution = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)[
        len(stride) - 1
    ]
    # There is no "same": half the reach of the kernel on both sides is what is written for it.
    words = {"valid": [0] * len(stride), "same": [d * (k - 1) // 2 for k, d in zip(w.shape[2:], dilation)]}
    pads = words[padding] if isinstance(padding, str) else padding
    return convolution(x, w, b, stride, pads, output_padding or 0, groups, dilation)


@conv_transpose.call(
    "torch",
    spelling="layer",
    when=sized,
    convention=lambda case: "output_size",
    source="torch.nn.ConvTranspose2d, output_size",
)
def _(torch, x, w, b, *, stride, padding, output_size, dilation, groups):
    words = {"valid": [0] * len(stride), "same": [d * (k - 1) // 2 for k, d in zip(w.shape[2:], dilation)]}
    pads = words[padding] if isinstance(padding, str) else padding
    layer = (torch.nn.ConvTranspose1d, torch.nn.ConvTranspose2d, torch.nn.ConvTranspose3d)[len(stride) - 1](
        w.shape[0], w.shape[1] * groups, tuple(w.shape[2:]), stride, tuple(pads), 0, groups, b is not None, dilation,
        device="meta", dtype=x.dtype,
    )  # fmt: skip
    weights = {"weight": w} if b is None else {"weight": w, "bias": b}
    return torch.func.functional_call(layer, weights, (x,), {"output_size": list(output_size)})


@conv_transpose.call(
    "tensorflow",
    when=lambda case: plain(case) and sized(case) and not numbers(case),
    convention=lambda case: f"output_shape_{case.parameters['padding']}",
    source="tf.nn.conv_transpose, output_shape",
)
def _(tf, x, w, b, *, stride, padding, output_size, dilation, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    layout = (("NWC", "NHWC", "NDHWC") if last else ("NCW", "NCHW", "NCDHW"))[rank - 1]
    shape = [x.shape[0], *output_size, w.shape[1]] if last else [x.shape[0], w.shape[1], *output_size]
    w = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    y = tf.nn.conv_transpose(x, w, shape, stride, padding.upper(), layout, dilation)
    if b is not None:
        y = y + tf.reshape(b, [y.shape[-1]] if last else [1, y.shape[1]] + [1] * rank)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv_transpose.call(
    "tensorflow",
    when=lambda case: plain(case) and sized(case) and numbers(case) and meaning.rank_of(case) == 2,
    convention=lambda case: "output_shape_explicit",
    source="tf.nn.conv2d_transpose, padding",
)
def _(tf, x, w, b, *, stride, padding, output_size, dilation, data_format="channels_last"):
    last = data_format == "channels_last"
    pads = [[0, 0], *[[p, p] for p in padding]]
    pads.insert(3 if last else 0, [0, 0])
    if last:
        x = tf.transpose(x, [0, 2, 3, 1])
    shape = [x.shape[0], *output_size, w.shape[1]] if last else [x.shape[0], w.shape[1], *output_size]
    w = tf.transpose(w, [2, 3, 1, 0])
    y = tf.nn.conv2d_transpose(x, w, shape, stride, pads, "NHWC" if last else "NCHW", dilation)
    if b is not None:
        y = y + tf.reshape(b, [y.shape[-1]] if last else [1, y.shape[1], 1, 1])
    return tf.transpose(y, [0, 3, 1, 2]) if last else y


@conv_transpose.call(
    "jax",
    when=lambda case: plain(case) and inferred(case),
    convention=lambda case: "lax_pairs" if numbers(case) else f"lax_{case.parameters['padding']}",
    source="jax.lax.conv_transpose, padding",
)
def _(jax, x, w, b, *, stride, padding, dilation):
    names = tuple(layout + "DHW"[3 - len(stride) :] for layout in ("NC", "OI", "NC"))
    pads = padding.upper() if isinstance(padding, str) else [(p, p) for p in padding]
    y = jax.lax.conv_transpose(x, w, stride, pads, dilation, names, transpose_kernel=True)
    if b is None:
        return y
    return jax.lax.add(y, jax.lax.reshape(b, [1, y.shape[1]] + [1] * len(stride)))


@conv_transpose.call(
    "jax",
    spelling="consistent_padding",
    when=lambda case: plain(case) and inferred(case) and numbers(case),
    convention=lambda case: "lax_pairs_consistent",
    source="jax.lax.conv_transpose, use_consistent_padding",
)
def _(jax, x, w, b, *, stride, padding, dilation):
    names = tuple(layout + "DHW"[3 - len(stride) :] for layout in ("NC", "OI", "NC"))
    pads = [(p, p) for p in padding]
    y = jax.lax.conv_transpose(x, w, stride, pads, dilation, names, transpose_kernel=True, use_consistent_padding=True)
    if b is None:
        return y
    return jax.lax.add(y, jax.lax.reshape(b, [1, y.shape[1]] + [1] * len(stride)))
