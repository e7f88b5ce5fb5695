"""The same result in every other framework: equal windows, or the smallest window that covers, cropped and padded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from harness import windows
from harness.windows import Padding, Window
from reports.explain.adjust import adjusted, keywords, short
from reports.explain.layer import SPATIAL, Layer
from reports.explain.signatures import FRAMEWORKS


@dataclass(frozen=True)
class Equivalent:
    """How one framework is asked for the same numbers.

    ``layer`` constructs a layer ("" where ``expression`` is a function of x, w and b); ``expression`` gives the result. ``exact`` says that
    one call does it: nothing is cropped, padded or rewritten around it. ``x_layout`` and ``w_layout`` are the axes it takes.
    ``flipped`` reverses the definition's kernel, ``spread`` writes its dilation out as zeros, ``dense`` writes its groups out as a
    block-diagonal kernel.
    """

    framework: str
    layer: str
    expression: str
    exact: bool
    x_layout: str
    w_layout: str
    note: str = ""
    flipped: bool = False
    spread: bool = False
    dense: bool = False

    @property
    def call(self) -> str:
        """One line of source."""
        return self.layer if self.expression == "layer(x)" else self.expression.replace("layer(", f"{self.layer}(", 1)


def equivalents(layer: Layer) -> tuple[Equivalent, ...]:
    """One for every framework but the call's own."""
    table = _TRANSPOSED if layer.transposed else _FORWARD
    others = [name for name in FRAMEWORKS if name != layer.framework]
    return tuple(_noted(layer, table[name](layer, name)) for name in others)


def _noted(layer: Layer, found: Equivalent) -> Equivalent:
    """The equivalent with a note of what is done around the call."""
    notes = [found.note] if found.note else []
    if found.spread:
        notes.append(
            f"the kernel's taps are spread {short([d.dilation for d in layer.dimensions])} apart with zeros between"
        )
    if found.dense:
        notes.append(f"the kernel of {layer.groups} groups is written as one block-diagonal kernel")
    if "N" not in layer.x_layout:
        notes.append("x has a batch axis of 1")
    exact = found.exact and not found.spread and not found.dense
    return replace(found, note="; ".join(notes), exact=exact)


def _spatial(layer: Layer, last: bool) -> str:
    letters = SPATIAL[layer.rank]
    return f"N{letters}C" if last else f"NC{letters}"


def _numbers(layer: Layer, name: str) -> tuple[int, ...]:
    return tuple(getattr(d, name) for d in layer.dimensions)


def _not_one(values: tuple[int, ...]) -> str | None:
    return None if set(values) == {1} else short(values)


def _cuts(layer: Layer, have: list[Window]) -> list[Padding]:
    return [windows.cut(window, d.window) for window, d in zip(have, layer.dimensions, strict=True)]


def _torch_transposed(layer: Layer, name: str) -> Equivalent:
    padding, extra, have = [], [], []
    for d in layer.dimensions:
        more = d.window.out - d.canvas + 2 * d.window.lo
        fits = d.window.lo >= 0 and windows.accepts_output_padding(more, d.stride, d.dilation)
        padding.append(d.window.lo if fits else 0)
        extra.append(more if fits else 0)
        have.append(windows.explicit(*d.geometry, padding[-1], extra[-1]))
    own = keywords(
        stride=_not_one(_numbers(layer, "stride")),
        padding=short(padding) if any(padding) else None,
        output_padding=short(extra) if any(extra) else None,
        groups=layer.groups if layer.groups > 1 else None,
        bias=None if layer.bias else False,
        dilation=_not_one(_numbers(layer, "dilation")),
    )
    kernel = short(_numbers(layer, "kernel"))
    source = f"torch.nn.ConvTranspose{layer.rank}d({layer.channels_in}, {layer.channels_out}, {kernel}{own})"
    layout, letters = _spatial(layer, False), SPATIAL[layer.rank]
    cuts = _cuts(layer, have)
    expression = adjusted("torch", "layer(x)", layout, letters, cuts, [window.out for window in have])
    return Equivalent("torch", source, expression, not any(map(any, cuts)), layout, "IO" + letters)


def _keras_choices(layer: Layer) -> list[tuple[str, str | None, list[Window]]]:
    """Padding, output_padding and windows of every way to ask Keras that TensorFlow, too, accepts; the plain ones first."""
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


def _keras_transposed(layer: Layer, name: str) -> Equivalent:
    wanted = [d.window for d in layer.dimensions]
    choices = _keras_choices(layer)
    word, extra, have = next((choice for choice in choices if choice[2] == wanted), choices[0])
    stride, dilation = _numbers(layer, "stride"), _numbers(layer, "dilation")
    spread = max(dilation) > 1 and (name == "tf_keras" or max(stride) > 1)
    kernel = tuple(d.reach for d in layer.dimensions) if spread else _numbers(layer, "kernel")
    own = keywords(
        strides=_not_one(stride),
        padding=None if word == "valid" else f'"{word}"',
        output_padding=extra,
        dilation_rate=None if spread else _not_one(dilation),
        use_bias=None if layer.bias else False,
    )
    source = f"{name}.layers.Conv{layer.rank}DTranspose({layer.channels_out}, {short(kernel)}{own})"
    layout, letters = _spatial(layer, True), SPATIAL[layer.rank]
    cuts = _cuts(layer, have)
    expression = adjusted(name, "layer(x)", layout, letters, cuts, [window.out for window in have])
    exact = not any(map(any, cuts))
    return Equivalent(name, source, expression, exact, layout, letters + "OI", spread=spread, dense=layer.groups > 1)


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


def _tensorflow_transposed(layer: Layer, name: str) -> Equivalent:
    padding, have = _tensorflow_padding(layer)
    layout, letters = _spatial(layer, True), SPATIAL[layer.rank]
    shape = (1 if layer.batch is None else layer.batch, *(window.out for window in have), layer.channels_out)
    source = f"tf.nn.conv{layer.rank}d_transpose(x, w, {shape}, {short(_numbers(layer, 'stride'))}, {padding})"
    cuts = _cuts(layer, have)
    expression = adjusted(name, source, layout, letters, cuts, [window.out for window in have])
    expression += " + b" if layer.bias else ""
    spread, dense = max(_numbers(layer, "dilation")) > 1, layer.groups > 1
    exact = not any(map(any, cuts))
    return Equivalent(name, "", expression, exact, layout, letters + "OI", spread=spread, dense=dense)


def _jax_transposed(layer: Layer, name: str) -> Equivalent:
    last = layer.framework != "torch"
    layout, letters = _spatial(layer, last), SPATIAL[layer.rank]
    wanted = [d.window for d in layer.dimensions]
    padding = next(
        (
            f'"{word}"'
            for word in ("SAME", "VALID")
            if [windows.TRANSPOSED[f"lax_{word.lower()}"](*d.geometry) for d in layer.dimensions] == wanted
        ),
        str([(d.reach - 1 - d.window.lo, d.window.stop - d.canvas + d.reach - 1) for d in layer.dimensions]),
    )
    w_layout, numbers = ("IO" + letters, "OI" + letters) if not last else (letters + "OI", letters + "IO")
    own = keywords(
        rhs_dilation=None if set(_numbers(layer, "dilation")) == {1} else _numbers(layer, "dilation"),
        dimension_numbers=(layout, numbers, layout),
        transpose_kernel=True,
    )
    expression = f"jax.lax.conv_transpose(x, w, {_numbers(layer, 'stride')}, {padding}{own})" + _jax_bias(layer, last)
    return Equivalent(name, "", expression, True, layout, w_layout, dense=layer.groups > 1)


def _jax_bias(layer: Layer, last: bool) -> str:
    if not layer.bias:
        return ""
    return " + b" if last else f" + b[{', '.join([':', *['None'] * layer.rank])}]"


def _pads(layer: Layer) -> list[Padding]:
    """Cells that the convolution adds around its input."""
    return [(d.window.lo, forward_behind(d.window, d.input, layer, axis)) for axis, d in enumerate(layer.dimensions)]


def forward_behind(window: Window, size: int, layer: Layer, axis: int) -> int:
    """Cells that are added behind, as many as the last output needs; a remainder that no output sees is dropped."""
    return max(layer.dimensions[axis].canvas - window.lo - size, 0)


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


def _torch_forward(layer: Layer, name: str) -> Equivalent:
    layout, letters = _spatial(layer, False), SPATIAL[layer.rank]
    symmetric = [d.window.lo for d in layer.dimensions]
    sizes = [
        windows.forward_size(d.input, d.kernel, d.stride, d.dilation, (p, p))
        for d, p in zip(layer.dimensions, symmetric, strict=True)
    ]
    padding: str | None = short(symmetric) if any(symmetric) else None
    exact = min(symmetric) >= 0 and sizes == [d.output for d in layer.dimensions]
    if not exact and set(_numbers(layer, "stride")) == {1} and _forward_word(layer, same="torch_same", words=("same",)):
        padding, exact = '"same"', True
    own = keywords(
        stride=_not_one(_numbers(layer, "stride")),
        padding=padding if exact else None,
        dilation=_not_one(_numbers(layer, "dilation")),
        groups=layer.groups if layer.groups > 1 else None,
        bias=None if layer.bias else False,
    )
    kernel = short(_numbers(layer, "kernel"))
    source = f"torch.nn.Conv{layer.rank}d({layer.channels_in}, {layer.channels_out}, {kernel}{own})"
    expression = "layer(x)" if exact else f"layer({_padded_input(layer, name, layout)})"
    return Equivalent(name, source, expression, exact, layout, "OI" + letters)


def _keras_forward(layer: Layer, name: str) -> Equivalent:
    layout, letters = _spatial(layer, True), SPATIAL[layer.rank]
    words = ("valid", "same", "causal") if layer.rank == 1 else ("valid", "same")
    word = _forward_word(layer, same="same", words=words)
    stride, dilation = _numbers(layer, "stride"), _numbers(layer, "dilation")
    spread = max(dilation) > 1 and (max(stride) > 1 or name == "tf_keras")
    dense = layer.groups > 1 and name == "tf_keras"
    kernel = tuple(d.reach for d in layer.dimensions) if spread else _numbers(layer, "kernel")
    own = keywords(
        strides=_not_one(stride),
        padding=f'"{word}"' if word and word != "valid" else None,
        dilation_rate=None if spread else _not_one(dilation),
        groups=layer.groups if layer.groups > 1 and not dense else None,
        use_bias=None if layer.bias else False,
    )
    source = f"{name}.layers.Conv{layer.rank}D({layer.channels_out}, {short(kernel)}{own})"
    expression = "layer(x)" if word else f"layer({_padded_input(layer, name, layout)})"
    return Equivalent(name, source, expression, bool(word), layout, letters + "IO", spread=spread, dense=dense)


def _tensorflow_forward(layer: Layer, name: str) -> Equivalent:
    layout, letters = _spatial(layer, True), SPATIAL[layer.rank]
    word = _forward_word(layer, same="same", words=("valid", "same"))
    pads = _pads(layer)
    padding, x = f'"{(word or "valid").upper()}"', "x"
    exact = bool(word)
    if not word and layer.rank == 2 and min(map(min, pads)) >= 0:
        padding, exact = str([[0, 0], *map(list, pads), [0, 0]]), True
    elif not word:
        x = _padded_input(layer, name, layout)
    spread, dense = max(_numbers(layer, "dilation")) > 1, layer.groups > 1
    expression = f"tf.nn.conv{layer.rank}d({x}, w, {short(_numbers(layer, 'stride'))}, {padding})"
    expression += " + b" if layer.bias else ""
    return Equivalent(name, "", expression, exact, layout, letters + "IO", spread=spread, dense=dense)


def _jax_forward(layer: Layer, name: str) -> Equivalent:
    last = layer.framework != "torch"
    layout, letters = _spatial(layer, last), SPATIAL[layer.rank]
    w_layout = letters + "IO" if last else "OI" + letters
    word = _forward_word(layer, same="same", words=("valid", "same", "same_lower"))
    padding = f'"{word.upper()}"' if word else str(_pads(layer))
    own = keywords(
        rhs_dilation=None if set(_numbers(layer, "dilation")) == {1} else _numbers(layer, "dilation"),
        dimension_numbers=(layout, w_layout, layout),
        feature_group_count=layer.groups if layer.groups > 1 else None,
    )
    source = f"jax.lax.conv_general_dilated(x, w, {_numbers(layer, 'stride')}, {padding}{own})"
    return Equivalent(name, "", source + _jax_bias(layer, last), True, layout, w_layout)


_Writer = Callable[[Layer, str], Equivalent]
_TRANSPOSED: dict[str, _Writer] = {
    "torch": _torch_transposed,
    "keras": _keras_transposed,
    "tf_keras": _keras_transposed,
    "tensorflow": _tensorflow_transposed,
    "jax": _jax_transposed,
}
_FORWARD: dict[str, _Writer] = {
    "torch": _torch_forward,
    "keras": _keras_forward,
    "tf_keras": _keras_forward,
    "tensorflow": _tensorflow_forward,
    "jax": _jax_forward,
}
