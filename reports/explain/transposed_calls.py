"""Transposed convolutions in every framework: the call whose window is the wanted one, else one that covers it."""

from __future__ import annotations

from harness import windows
from harness.windows import Padding, Window
from reports.explain.adjust import adjusted, keywords, short
from reports.explain.equivalent import Equivalent, added_bias, not_one, numbers, spatial
from reports.explain.layer import SPATIAL, Layer


def _cuts(layer: Layer, have: list[Window]) -> list[Padding]:
    return [windows.cut(window, d.window) for window, d in zip(have, layer.dimensions, strict=True)]


def _adds_cells(cuts: list[Padding]) -> bool:
    """Whether zeros are added to a result: they need the bias as well, which therefore comes after them."""
    return any(min(pair) < 0 for pair in cuts)


def torch_transposed(layer: Layer, name: str) -> Equivalent:
    """``torch.nn.ConvTranspose*d``; what padding and output_padding cannot say is cut from the whole canvas."""
    padding, extra, have = [], [], []
    for d in layer.dimensions:
        more = d.window.out - d.canvas + 2 * d.window.lo
        fits = d.window.lo >= 0 and windows.accepts_output_padding(more, d.stride, d.dilation)
        padding.append(d.window.lo if fits else 0)
        extra.append(more if fits else 0)
        have.append(windows.explicit(*d.geometry, padding[-1], extra[-1]))
    cuts = _cuts(layer, have)
    bias_after = layer.bias and _adds_cells(cuts)
    own = keywords(
        stride=not_one(numbers(layer, "stride")),
        padding=short(padding) if any(padding) else None,
        output_padding=short(extra) if any(extra) else None,
        groups=layer.groups if layer.groups > 1 else None,
        bias=None if layer.bias and not bias_after else False,
        dilation=not_one(numbers(layer, "dilation")),
    )
    kernel = short(numbers(layer, "kernel"))
    source = f"torch.nn.ConvTranspose{layer.rank}d({layer.channels_in}, {layer.channels_out}, {kernel}{own})"
    layout, letters = spatial(layer, False), SPATIAL[layer.rank]
    expression = adjusted("torch", "layer(x)", layout, letters, cuts, [window.out for window in have])
    expression += added_bias(layer, False) if bias_after else ""
    return Equivalent("torch", source, expression, not any(map(any, cuts)), layout, "IO" + letters, cuts=tuple(cuts))


def _keras_choices(layer: Layer) -> list[tuple[str, str | None, list[Window]]]:
    """Padding, output_padding and windows of every way to ask Keras that TensorFlow, too, takes; plain ones first."""
    choices: list[tuple[str, str | None, list[Window]]] = []
    for word in ("valid", "same"):
        rule = windows.TRANSPOSED[f"keras_{word}"]
        choices.append((word, None, [rule(*d.geometry) for d in layer.dimensions]))
    for word in ("valid", "same"):
        rule = windows.TRANSPOSED[f"keras_{word}_output_padding"]
        base = [rule(*d.geometry, 0) for d in layer.dimensions]
        extra = [d.window.out - window.out for d, window in zip(layer.dimensions, base, strict=True)]
        taken = all(
            0 <= more < d.stride
            and (word == "valid" or windows.accepts_output_shape_same(d.window.out, d.input, d.stride))
            for more, d in zip(extra, layer.dimensions, strict=True)
        )
        if taken:
            have = [rule(*d.geometry, more) for more, d in zip(extra, layer.dimensions, strict=True)]
            choices.append((word, short(extra), have))
    return choices


def keras_transposed(layer: Layer, name: str) -> Equivalent:
    """``Conv*DTranspose`` of Keras 3 or 2; what no padding says is cut from the whole canvas."""
    wanted = [d.window for d in layer.dimensions]
    choices = _keras_choices(layer)
    word, extra, have = next((choice for choice in choices if choice[2] == wanted), choices[0])
    stride, dilation = numbers(layer, "stride"), numbers(layer, "dilation")
    spread = max(dilation) > 1 and (name == "tf_keras" or max(stride) > 1)
    kernel = tuple(d.reach for d in layer.dimensions) if spread else numbers(layer, "kernel")
    cuts = _cuts(layer, have)
    bias_after = layer.bias and _adds_cells(cuts)
    own = keywords(
        strides=not_one(stride),
        padding=None if word == "valid" else f'"{word}"',
        output_padding=extra,
        dilation_rate=None if spread else not_one(dilation),
        use_bias=None if layer.bias and not bias_after else False,
    )
    source = f"{name}.layers.Conv{layer.rank}DTranspose({layer.channels_out}, {short(kernel)}{own})"
    layout, letters = spatial(layer, True), SPATIAL[layer.rank]
    expression = adjusted(name, "layer(x)", layout, letters, cuts, [window.out for window in have])
    expression += added_bias(layer, True) if bias_after else ""
    exact = not any(map(any, cuts))
    dense = layer.groups > 1
    return Equivalent(
        name, source, expression, exact, layout, letters + "OI", spread=spread, dense=dense, cuts=tuple(cuts)
    )


def _tensorflow_padding(layer: Layer) -> tuple[str, list[Window]]:
    """The padding that shows the windows, else VALID with the whole canvas."""
    dimensions = layer.dimensions
    wanted = [d.window for d in dimensions]
    if all(
        w.lo == 0 and windows.accepts_output_shape_valid(w.out, *d.geometry)
        for w, d in zip(wanted, dimensions, strict=True)
    ):
        return '"VALID"', wanted
    same = [windows.output_shape_same(*d.geometry, d.window.out) for d in dimensions]
    if same == wanted and all(windows.accepts_output_shape_same(d.window.out, d.input, d.stride) for d in dimensions):
        return '"SAME"', wanted
    pairs = [(d.window.lo, max(d.canvas - d.window.stop, 0)) for d in dimensions]
    fits = all(
        pair[0] >= 0 and windows.accepts_output_shape_explicit(d.window.out, *d.geometry, pair)
        for d, pair in zip(dimensions, pairs, strict=True)
    )
    if layer.rank == 2 and fits:
        return str([[0, 0], *map(list, pairs), [0, 0]]), wanted
    return '"VALID"', [Window(0, d.canvas) for d in dimensions]


def tensorflow_transposed(layer: Layer, name: str) -> Equivalent:
    """``tf.nn.conv*d_transpose`` with its output_shape."""
    padding, have = _tensorflow_padding(layer)
    layout, letters = spatial(layer, True), SPATIAL[layer.rank]
    shape = (1 if layer.batch is None else layer.batch, *(window.out for window in have), layer.channels_out)
    source = f"tf.nn.conv{layer.rank}d_transpose(x, w, {shape}, {short(numbers(layer, 'stride'))}, {padding})"
    cuts = _cuts(layer, have)
    expression = adjusted(name, source, layout, letters, cuts, [window.out for window in have])
    expression += added_bias(layer, True)
    spread, dense = max(numbers(layer, "dilation")) > 1, layer.groups > 1
    exact = not any(map(any, cuts))
    return Equivalent(name, "", expression, exact, layout, letters + "OI", spread=spread, dense=dense)


def jax_transposed(layer: Layer, name: str) -> Equivalent:
    """``jax.lax.conv_transpose``, whose pairs can say every window."""
    last = layer.framework != "torch"
    layout, letters = spatial(layer, last), SPATIAL[layer.rank]
    wanted = [d.window for d in layer.dimensions]
    padding = next(
        (
            f'"{word}"'
            for word in ("SAME", "VALID")
            if [windows.TRANSPOSED[f"lax_{word.lower()}"](*d.geometry) for d in layer.dimensions] == wanted
        ),
        str([(d.reach - 1 - d.window.lo, d.window.stop - d.canvas + d.reach - 1) for d in layer.dimensions]),
    )
    w_layout, named = ("IO" + letters, "OI" + letters) if not last else (letters + "OI", letters + "IO")
    own = keywords(
        rhs_dilation=None if set(numbers(layer, "dilation")) == {1} else numbers(layer, "dilation"),
        dimension_numbers=(layout, named, layout),
        transpose_kernel=True,
    )
    expression = f"jax.lax.conv_transpose(x, w, {numbers(layer, 'stride')}, {padding}{own})" + added_bias(layer, last)
    return Equivalent(name, "", expression, True, layout, w_layout, dense=layer.groups > 1)
