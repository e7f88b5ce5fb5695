"""What every framework makes of the same words: each one's window for this kernel, stride and padding."""

from __future__ import annotations

from dataclasses import dataclass

from harness import windows
from harness.windows import Window
from reports.explain.adjust import short
from reports.explain.layer import Layer


@dataclass(frozen=True)
class Convention:
    """One reading: ``windows`` per dimension, or the reason why the framework refuses it."""

    framework: str
    words: str
    windows: tuple[Window, ...] | None
    refusal: str = ""

    @property
    def label(self) -> str:
        """Framework and words."""
        return f"{self.framework} {self.words}"


def conventions(layer: Layer) -> tuple[Convention, ...]:
    """The readings of a transposed call's words; none for a forward one, or a padding without a name."""
    word = _word(layer)
    if not layer.transposed or not word:
        return ()
    extra = layer.output_padding
    if layer.framework == "torch" and extra is not None and not any(extra):
        extra = None
    return (_torch(layer, word, extra), _keras(layer, word, extra), _tensorflow(layer, word), _jax(layer, word))


def _word(layer: Layer) -> str:
    """The padding in words; a symmetric half of the kernel is what "same" is in PyTorch's numbers."""
    if layer.word:
        return layer.word
    starts = [d.window.lo for d in layer.dimensions]
    halves = all(start in (d.reach // 2, (d.reach - 1) // 2) for start, d in zip(starts, layer.dimensions, strict=True))
    return "same" if halves else ""


def _torch(layer: Layer, word: str, extra: tuple[int, ...] | None) -> Convention:
    padding = [0 if word == "valid" else (d.reach - 1) // 2 for d in layer.dimensions]
    if layer.framework == "torch":
        padding = [d.window.lo for d in layer.dimensions]
    more = extra or (0,) * layer.rank
    words = f"padding={short(padding)}, output_padding={short(more)}"
    views = tuple(
        windows.explicit(*d.geometry, each, o) for d, each, o in zip(layer.dimensions, padding, more, strict=True)
    )
    for o, view, d in zip(more, views, layer.dimensions, strict=True):
        if not windows.accepts_output_padding(o, d.stride, d.dilation):
            return Convention(
                "torch", words, None, f"output_padding {o} is not below stride {d.stride} or dilation {d.dilation}"
            )
        if view.out < 1:
            return Convention("torch", words, None, f"the output size would be {view.out}")
    return Convention("torch", words, views)


def _keras(layer: Layer, word: str, extra: tuple[int, ...] | None) -> Convention:
    words = f'padding="{word}", output_padding={short(extra) if extra else None}'
    if extra is None:
        rule = windows.TRANSPOSED[f"keras_{word}"]
        return Convention("keras", words, tuple(rule(*d.geometry) for d in layer.dimensions))
    for o, d in zip(extra, layer.dimensions, strict=True):
        if not windows.accepts_keras_output_padding(o, d.stride):
            return Convention("keras", words, None, f"output_padding {o} is not below strides {d.stride}")
    rule = windows.TRANSPOSED[f"keras_{word}_output_padding"]
    views = tuple(rule(*d.geometry, o) for o, d in zip(extra, layer.dimensions, strict=True))
    if any(view.out < 1 for view in views):
        return Convention("keras", words, None, "the output size would not be positive")
    return Convention("keras", words, views)


def _tensorflow(layer: Layer, word: str) -> Convention:
    outs = tuple(d.output for d in layer.dimensions)
    words = f'padding="{word.upper()}", output_shape={outs}'
    for out, d in zip(outs, layer.dimensions, strict=True):
        low, high = windows.candidates(*d.geometry, None if word == "same" else (0, 0))
        if not low <= out <= high:
            return Convention("tensorflow", words, None, f"takes {low} to {high} only")
    rule = windows.TRANSPOSED[f"output_shape_{word}"]
    return Convention("tensorflow", words, tuple(rule(*d.geometry, d.output) for d in layer.dimensions))


def _jax(layer: Layer, word: str) -> Convention:
    rule = windows.TRANSPOSED[f"lax_{word}"]
    return Convention("jax", f'padding="{word.upper()}"', tuple(rule(*d.geometry) for d in layer.dimensions))
