"""Forward convolutions in every framework: the padding in its own words, else padded by hand."""

from __future__ import annotations

from harness import windows
from harness.windows import Padding
from reports.explain.adjust import adjusted, keywords, short
from reports.explain.equivalent import Equivalent, added_bias, not_one, numbers, spatial
from reports.explain.layer import SPATIAL, Layer


def _pads(layer: Layer) -> list[Padding]:
    """Cells that the convolution adds around its input: the pair given, or for SAME what the canvas needs."""
    return [d.padding or (d.window.lo, max(d.canvas - d.window.stop, 0)) for d in layer.dimensions]


def _forward_word(layer: Layer, *, same: str, words: tuple[str, ...]) -> str | None:
    """The named padding that adds exactly these cells, if any."""
    for word in words:
        rule = windows.FORWARD[same if word == "same" else word]
        pads = [rule(d.input, d.kernel, d.stride, d.dilation) for d in layer.dimensions]
        sizes = [
            windows.forward_size(d.input, d.kernel, d.stride, d.dilation, p)
            for d, p in zip(layer.dimensions, pads, strict=True)
        ]
        starts = [pad[0] for pad in pads] == [d.window.lo for d in layer.dimensions]
        if starts and sizes == [d.output for d in layer.dimensions]:
            return word
    return None


def _padded_input(layer: Layer, name: str, layout: str) -> str:
    cuts = [(-before, -after) for before, after in _pads(layer)]
    return adjusted(name, "x", layout, SPATIAL[layer.rank], cuts, [d.input for d in layer.dimensions])


def torch_forward(layer: Layer, name: str) -> Equivalent:
    """``torch.nn.Conv*d``, on a padded input where its padding is symmetric and the wanted one is not."""
    layout, letters = spatial(layer, False), SPATIAL[layer.rank]
    symmetric = [d.window.lo for d in layer.dimensions]
    sizes = [
        windows.forward_size(d.input, d.kernel, d.stride, d.dilation, (p, p))
        for d, p in zip(layer.dimensions, symmetric, strict=True)
    ]
    padding: str | None = short(symmetric) if any(symmetric) else None
    exact = min(symmetric) >= 0 and sizes == [d.output for d in layer.dimensions]
    if not exact and set(numbers(layer, "stride")) == {1} and _forward_word(layer, same="torch_same", words=("same",)):
        padding, exact = '"same"', True
    own = keywords(
        stride=not_one(numbers(layer, "stride")),
        padding=padding if exact else None,
        dilation=not_one(numbers(layer, "dilation")),
        groups=layer.groups if layer.groups > 1 else None,
        bias=None if layer.bias else False,
    )
    kernel = short(numbers(layer, "kernel"))
    source = f"torch.nn.Conv{layer.rank}d({layer.channels_in}, {layer.channels_out}, {kernel}{own})"
    expression = "layer(x)" if exact else f"layer({_padded_input(layer, name, layout)})"
    return Equivalent(name, source, expression, exact, layout, "OI" + letters)


def keras_forward(layer: Layer, name: str) -> Equivalent:
    """``Conv*D`` of Keras 3 or 2, on a padded input where no named padding fits."""
    layout, letters = spatial(layer, True), SPATIAL[layer.rank]
    words = ("valid", "same", "causal") if layer.rank == 1 else ("valid", "same")
    word = _forward_word(layer, same="same", words=words)
    stride, dilation = numbers(layer, "stride"), numbers(layer, "dilation")
    spread = max(dilation) > 1 and (max(stride) > 1 or name == "tf_keras")
    dense = layer.groups > 1 and name == "tf_keras"
    kernel = tuple(d.reach for d in layer.dimensions) if spread else numbers(layer, "kernel")
    own = keywords(
        strides=not_one(stride),
        padding=f'"{word}"' if word and word != "valid" else None,
        dilation_rate=None if spread else not_one(dilation),
        groups=layer.groups if layer.groups > 1 and not dense else None,
        use_bias=None if layer.bias else False,
    )
    source = f"{name}.layers.Conv{layer.rank}D({layer.channels_out}, {short(kernel)}{own})"
    expression = "layer(x)" if word else f"layer({_padded_input(layer, name, layout)})"
    return Equivalent(name, source, expression, bool(word), layout, letters + "IO", spread=spread, dense=dense)


def tensorflow_forward(layer: Layer, name: str) -> Equivalent:
    """``tf.nn.conv*d``; only conv2d takes pairs."""
    layout, letters = spatial(layer, True), SPATIAL[layer.rank]
    word = _forward_word(layer, same="same", words=("valid", "same"))
    pads = _pads(layer)
    padding, x = f'"{(word or "valid").upper()}"', "x"
    exact = bool(word)
    if not word and layer.rank == 2 and min(map(min, pads)) >= 0:
        padding, exact = str([[0, 0], *map(list, pads), [0, 0]]), True
    elif not word:
        x = _padded_input(layer, name, layout)
    spread, dense = max(numbers(layer, "dilation")) > 1, layer.groups > 1
    steps = numbers(layer, "stride")
    stride = short(steps) if layer.rank < 3 else str((1, *steps, 1))  # conv3d takes five strides, no fewer
    expression = f"tf.nn.conv{layer.rank}d({x}, w, {stride}, {padding})"
    expression += added_bias(layer, True)
    return Equivalent(name, "", expression, exact, layout, letters + "IO", spread=spread, dense=dense)


def jax_forward(layer: Layer, name: str) -> Equivalent:
    """``jax.lax.conv_general_dilated``, which takes any pairs."""
    last = layer.framework != "torch"
    layout, letters = spatial(layer, last), SPATIAL[layer.rank]
    w_layout = letters + "IO" if last else "OI" + letters
    words = ("valid", "same_lower" if layer.word == "same_lower" else "same")
    word = _forward_word(layer, same="same", words=words)
    padding = f'"{word.upper()}"' if word else str(_pads(layer))
    own = keywords(
        rhs_dilation=None if set(numbers(layer, "dilation")) == {1} else numbers(layer, "dilation"),
        dimension_numbers=(layout, w_layout, layout),
        feature_group_count=layer.groups if layer.groups > 1 else None,
    )
    source = f"jax.lax.conv_general_dilated(x, w, {numbers(layer, 'stride')}, {padding}{own})"
    return Equivalent(name, "", source + added_bias(layer, last), True, layout, w_layout)
