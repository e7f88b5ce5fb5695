"""An explanation as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from harness.windows import Window
from reports.explain.cell import Cell
from reports.explain.equivalent import Equivalent
from reports.explain.explanation import Explanation
from reports.explain.layer import Dimension, Layer
from reports.explain.selectors import selectors


def to_text(explanation: Explanation) -> str:
    """Shapes, formula, canvas and window, candidates, equivalents, pitfalls, and the chosen cell."""
    layer = explanation.layer
    lines = [layer.call.text, f"{_sizes(layer.input_shape)} -> {_sizes(layer.output_shape)}   ({layer.x_layout})", ""]
    for names, d in grouped(layer):
        lines += _dimension(layer, names, d)
    lines += _conventions(explanation)
    lines += ["The same result elsewhere"]
    for each in explanation.equivalents:
        lines.append(f"  {each.framework:<11}{each.call}")
        lines.append(f"  {'':<11}  {remark(each)}")
    lines += ["", "Pitfalls"]
    lines += [f"  - {sentence}" for sentence in explanation.pitfalls]
    if explanation.cell is not None:
        lines += ["", *_cell(layer, explanation.cell)]
    return "\n".join(lines) + "\n"


def remark(each: Equivalent) -> str:
    """Whether one call does it, and what is done around it otherwise."""
    around = ["one call"] if each.exact else ["more than one call"]
    if each.layer and not each.expression.startswith("layer(x)"):
        around.append("zeros are added")
    elif not each.exact and "[:" in each.call:
        around.append("the result is cropped")
    return "; ".join([*around, each.note] if each.note else around)


def grouped(layer: Layer) -> list[tuple[str, Dimension]]:
    """Dimensions with their names, those that are alike together: ``("H, W", dimension)``."""
    found: dict[Dimension, list[str]] = {}
    for letter, d in zip(layer.axes, layer.dimensions, strict=True):
        found.setdefault(d, []).append(letter)
    return [(", ".join(letters), d) for d, letters in found.items()]


def span(window: Window) -> str:
    """``cells 1 to 8``."""
    return f"cells {window.lo} to {window.stop - 1}"


def canvas_sentence(d: Dimension) -> str:
    """What the canvas is, and where the window lies on it."""
    length = f"({d.narrow} - 1) * {d.stride} + {d.reach} = {d.canvas}"
    if d.transposed:
        return f"canvas (x - 1) * s + ke = {length} cells; the result is its {span(d.window)}"
    return f"canvas (y - 1) * s + ke = {length} cells; the input lies on {span(d.window)}"


def candidates_sentence(layer: Layer, d: Dimension) -> str:
    """The sizes between which the shape alone cannot tell."""
    low, high = d.candidates
    if d.transposed:
        return f"a convolution like this makes {d.input} cells from any of {low} to {high}: {d.output} was taken"
    return f"input sizes {low} to {high} all give {d.output}"


def _dimension(layer: Layer, names: str, d: Dimension) -> list[str]:
    reach = f"  (ke = {d.dilation} * ({d.kernel} - 1) + 1 = {d.reach})" if d.dilation > 1 else f"  (ke = {d.reach})"
    lines = [f"{names}: {d.rule} = {d.numbers}{reach}", f"  {canvas_sentence(d)}", f"  {candidates_sentence(layer, d)}"]
    if d.transposed:
        rows = [("size", "torch", "keras", "tensorflow", "jax")]
        rows += [
            (f"{'*' if s.chosen else ' '}{s.size}", s.torch, s.keras, s.tensorflow, s.jax) for s in selectors(layer, d)
        ]
        lines += [f"    {row}" for row in table(rows)]
    return [*lines, ""]


def _conventions(explanation: Explanation) -> list[str]:
    if not explanation.conventions:
        return []
    layer = explanation.layer
    rows = [("", "words", "size", "window")]
    for each in explanation.conventions:
        if each.windows is None:
            rows.append((each.framework, each.words, "refused", each.refusal))
        else:
            size = " x ".join(str(window.out) for window in each.windows)
            alike = len(set(each.windows)) == 1
            views = ", ".join(span(window) for window in (each.windows[:1] if alike else each.windows))
            rows.append((each.framework, each.words, size, views))
    total = " x ".join(str(high - low + 1) for low, high in (d.candidates for d in layer.dimensions))
    head = f"What each framework makes of the same words ({total} candidate sizes)"
    return [head, *(f"  {row}" for row in table(rows)), ""]


def _cell(layer: Layer, chosen: Cell) -> list[str]:
    where = f"output cell {_sizes(chosen.index)}"
    if chosen.channel is not None:
        channels = chosen.input_channels
        where += f", channel {chosen.channel} (summed over input channels {channels[0]} to {channels[-1]})"
    if not chosen.products:
        return [f"{where}: no product falls there; it is 0" + (" plus the bias" if layer.bias else "")]
    lines = [f"{where} = sum of {len(chosen.products)} products" + (" plus the bias" if layer.bias else "")]
    return lines + [f"  input{list(source)} * kernel{list(tap)}" for source, tap in chosen.products]


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _sizes(values: Sequence[int]) -> str:
    return f"({', '.join(map(str, values))})"
