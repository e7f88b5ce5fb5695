"""The decoder of a stack of convolutions: transposed layers that return exactly to the input size."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness import windows
from harness.windows import Padding
from reports.explain.equivalent import Equivalent
from reports.explain.errors import refuse
from reports.explain.explanation import resolve
from reports.explain.layer import Dimension, Ints, Layer
from reports.explain.parse import parse_shape, parse_stack
from reports.explain.translate import write


@dataclass(frozen=True)
class Decoding:
    """The encoder's layers, the decoder's layers as source in order, and the spatial sizes along the way."""

    encoder: tuple[Layer, ...]
    decoder: tuple[str, ...]
    sizes: tuple[Ints, ...]

    @property
    def path(self) -> str:
        """``28 -> 14 -> 6 -> 14 -> 28``; sizes that differ between dimensions are written 28x30."""
        return " -> ".join(_size(each) for each in self.sizes)

    def to_text(self) -> str:
        """The decoder on one line and the sizes on the next."""
        return f"{'; '.join(self.decoder)}\n{self.path}\n"

    def to_json(self) -> dict[str, object]:
        """JSON-able form."""
        return {
            "framework": self.encoder[0].framework,
            "encoder": [layer.call.text for layer in self.encoder],
            "decoder": list(self.decoder),
            "sizes": [list(each) for each in self.sizes],
        }


def decode(text: str, input_shape: str | Ints) -> Decoding:
    """The decoder of ``"Conv2d(1,8,3,stride=2,padding=1); Conv2d(8,16,3,stride=2)"`` on an input of that shape.

    Raises CallError where a part is no convolution layer, or one does not fit the output of the one before.
    """
    shape = parse_shape(input_shape) if isinstance(input_shape, str) else input_shape
    encoder: list[Layer] = []
    for call in parse_stack(text):
        if not call.signature.layer or call.signature.transposed:
            raise refuse("--decode", call.text, "expected convolution layers, which are then undone")
        if encoder and call.signature.framework != encoder[0].framework:
            raise refuse("--decode", call.text, f"expected layers of {encoder[0].framework} like the first")
        layer = resolve(call, shape)
        encoder.append(layer)
        shape = layer.output_shape
    sizes = [tuple(d.input for d in layer.dimensions) for layer in encoder]
    middle = tuple(d.output for d in encoder[-1].dimensions)
    decoder = [source for layer in reversed(encoder) for source in _undone(layer)]
    return Decoding(tuple(encoder), tuple(decoder), (*sizes, middle, *reversed(sizes)))


def undo(layer: Layer) -> Layer:
    """The transposed convolution with the same kernel whose window is where the input lies on the canvas."""
    dimensions = tuple(_undone_dimension(d) for d in layer.dimensions)
    return replace(
        layer,
        transposed=True,
        dimensions=dimensions,
        channels_in=layer.channels_out,
        channels_out=layer.channels_in,
        w_layout=layer.w_layout.translate(str.maketrans("IO", "OI")),
    )


def _undone_dimension(d: Dimension) -> Dimension:
    candidates = windows.candidates(d.output, d.kernel, d.stride, d.dilation, d.padding)
    return replace(d, input=d.output, output=d.input, candidates=candidates, transposed=True)


def _undone(layer: Layer) -> list[str]:
    """The transposed layer, and the crop or padding layer after it where one is needed, in the user's spelling."""
    if layer.groups > 1 and layer.framework != "torch":
        raise refuse("groups", layer.groups, "transposed convolutions of Keras have no groups")
    found = write(undo(layer), layer.framework)
    if found.spread:
        raise refuse("dilation_rate", [d.dilation for d in layer.dimensions], "Keras takes it with strides of 1 only")
    full, _, arguments = found.layer.partition("(")
    package, _, name = full.rpartition(".")
    prefix = layer.call.text.partition("(")[0].rpartition(".")[0]
    spelled = f"{prefix}.{name}" if prefix else name
    sources = [f"{spelled}({arguments.replace(', ', ',')}"]
    if any(map(any, found.cuts)):
        sources += [f"{prefix}.{each}" if prefix else each for each in _fitted(found, layer.rank, package)]
    return sources


def _fitted(found: Equivalent, rank: int, package: str) -> list[str]:
    """Layers that cut and pad: torch's zero padding takes negative numbers, Keras has one layer for each."""
    if package.startswith("torch"):
        flat = [-number for pair in reversed(found.cuts) for number in pair]
        return [f"ZeroPad{rank}d({_compact(tuple(flat))})"]
    layers = []
    for name, sign in (("Cropping", 1), ("ZeroPadding", -1)):
        pairs: list[Padding] = [(max(sign * a, 0), max(sign * b, 0)) for a, b in found.cuts]
        if any(map(any, pairs)):
            layers.append(f"{name}{rank}D({_compact(pairs[0] if rank == 1 else tuple(pairs))})")
    return layers


def _compact(value: object) -> str:
    return str(value).replace(" ", "")


def _size(sizes: Ints) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else "x".join(map(str, sizes))
