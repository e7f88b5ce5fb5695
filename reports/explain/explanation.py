"""The answer to ``opdiff explain``: everything that can be said about a call on an input without running it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reports.explain import resolve_jax, resolve_keras, resolve_tensorflow, resolve_torch
from reports.explain.cell import Cell, cell
from reports.explain.conventions import Convention, conventions
from reports.explain.equivalent import Equivalent
from reports.explain.errors import refuse
from reports.explain.layer import Dimension, Ints, Layer
from reports.explain.parse import Call, parse, parse_shape
from reports.explain.pitfalls import pitfalls
from reports.explain.selectors import selectors
from reports.explain.translate import equivalents

_RESOLVE: dict[str, Callable[[Call, Ints], Layer]] = {
    "torch": resolve_torch.resolve,
    "keras": resolve_keras.resolve,
    "tf_keras": resolve_keras.resolve,
    "tensorflow": resolve_tensorflow.resolve,
    "jax": resolve_jax.resolve,
}


@dataclass(frozen=True)
class Explanation:
    """A layer, its equivalents elsewhere, what others make of the same words, pitfalls, and the chosen cell."""

    layer: Layer
    equivalents: tuple[Equivalent, ...]
    conventions: tuple[Convention, ...]
    pitfalls: tuple[str, ...]
    cell: Cell | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON-able form; ``reports/schemas/explain.json`` describes it."""
        layer = self.layer
        document: dict[str, Any] = {
            "framework": layer.framework,
            "call": layer.call.text,
            "function": layer.call.signature.name,
            "transposed": layer.transposed,
            "input_shape": list(layer.input_shape),
            "output_shape": list(layer.output_shape),
            "kernel_shape": list(layer.kernel_shape),
            "layout": layer.x_layout,
            "dimensions": [_dimension(layer, d) for d in layer.dimensions],
            "equivalents": [
                {"framework": each.framework, "call": each.call, "exact": each.exact, "note": each.note}
                for each in self.equivalents
            ],
            "conventions": [_convention(each) for each in self.conventions],
            "pitfalls": list(self.pitfalls),
        }
        if self.cell is not None:
            document["cell"] = _cell(self.cell)
        return document


def resolve(call: Call, shape: Ints) -> Layer:
    """The layer that a parsed call is on an input of ``shape``. Raises CallError."""
    return _RESOLVE[call.signature.framework](call, shape)


def explain(
    call: str, input_shape: str | Ints, cell_index: str | None = None, channel: int | None = None
) -> Explanation:
    """Explain ``call`` on an input of ``input_shape``, written ``1,16,12,12`` or as a tuple, in the call's data format.

    ``cell_index`` is the spatial index of an output cell, ``i,j``; ``channel`` an output channel. Raises CallError that
    names the argument, its value and the rule.
    """
    shape = parse_shape(input_shape) if isinstance(input_shape, str) else input_shape
    layer = resolve(parse(call), shape)
    if channel is not None and cell_index is None:
        raise refuse("--channel", channel, "needs --cell")
    chosen = None if cell_index is None else cell(layer, _index(cell_index), channel)
    return Explanation(layer, equivalents(layer), conventions(layer), pitfalls(layer), chosen)


def _index(text: str) -> Ints:
    try:
        return tuple(int(part) for part in text.strip().strip("()[]").rstrip(",").split(","))
    except ValueError:
        raise refuse("--cell", text, "expected spatial indices such as 0,1") from None


def _dimension(layer: Layer, d: Dimension) -> dict[str, Any]:
    document: dict[str, Any] = {
        "input": d.input,
        "output": d.output,
        "kernel": d.kernel,
        "stride": d.stride,
        "dilation": d.dilation,
        "canvas": d.canvas,
        "window": [d.window.lo, d.window.out],
        "candidates": list(d.candidates),
        "rule": d.rule,
        "formula": d.numbers,
    }
    if layer.transposed:
        document["selectors"] = [
            {"size": s.size, "torch": s.torch, "keras": s.keras, "tensorflow": s.tensorflow, "jax": s.jax}
            for s in selectors(layer, d)
        ]
    return document


def _convention(each: Convention) -> dict[str, Any]:
    views = None if each.windows is None else [[window.lo, window.out] for window in each.windows]
    return {"framework": each.framework, "words": each.words, "windows": views, "refusal": each.refusal}


def _cell(chosen: Cell) -> dict[str, Any]:
    document: dict[str, Any] = {
        "index": list(chosen.index),
        "products": [{"input": list(source), "kernel": list(tap)} for source, tap in chosen.products],
    }
    if chosen.channel is not None:
        document |= {"channel": chosen.channel, "input_channels": list(chosen.input_channels)}
    return document
