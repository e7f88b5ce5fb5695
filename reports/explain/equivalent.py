"""One framework's way to say a call, and what its writers share."""

from __future__ import annotations

from dataclasses import dataclass

from harness.windows import Padding
from reports.explain.adjust import short
from reports.explain.layer import SPATIAL, Layer


@dataclass(frozen=True)
class Equivalent:
    """How one framework is asked for the same numbers.

    ``layer`` constructs a layer ("" where ``expression`` is a function of x, w and b); ``expression`` gives the result.
    ``exact`` says that one call does it: nothing is cropped, padded or rewritten around it. ``x_layout`` and
    ``w_layout`` are the axes it takes. ``flipped`` reverses the definition's kernel, ``spread`` writes its dilation
    out as zeros, ``dense`` writes its groups out as a block-diagonal kernel. ``cuts`` are the cells cut from a
    layer's own result.
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
    cuts: tuple[Padding, ...] = ()

    @property
    def call(self) -> str:
        """One line of source."""
        return self.layer if self.expression == "layer(x)" else self.expression.replace("layer(", f"{self.layer}(", 1)


def spatial(layer: Layer, last: bool) -> str:
    """A batched layout with channels last or first."""
    letters = SPATIAL[layer.rank]
    return f"N{letters}C" if last else f"NC{letters}"


def numbers(layer: Layer, name: str) -> tuple[int, ...]:
    """One attribute of every dimension."""
    return tuple(getattr(d, name) for d in layer.dimensions)


def not_one(values: tuple[int, ...]) -> str | None:
    """The values as source, None where all are 1, the default."""
    return None if set(values) == {1} else short(values)


def added_bias(layer: Layer, last: bool) -> str:
    """`` + b`` shaped to broadcast over the result."""
    if not layer.bias:
        return ""
    return " + b" if last else f" + b[{', '.join([':', *['None'] * layer.rank])}]"
