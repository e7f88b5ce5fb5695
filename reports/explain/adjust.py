"""Crops and zero padding as source text, in the words of each framework."""

from __future__ import annotations

from collections.abc import Sequence

from harness.windows import Padding


def adjusted(
    framework: str, expression: str, layout: str, axes: str, cuts: Sequence[Padding], sizes: Sequence[int]
) -> str:
    """``expression`` with ``cuts`` cells removed before and after along ``axes``; a negative number is zeros added.

    ``layout`` names all axes of the array, ``sizes`` are those of ``axes`` before the cut.
    """
    by_axis = dict(zip(axes, zip(cuts, sizes, strict=True), strict=True))
    slices, pads = [], []
    for letter in layout:
        (before, after), size = by_axis.get(letter, ((0, 0), 0))
        start, stop = max(before, 0), size - max(after, 0)
        slices.append(f"{start or ''}:{stop}" if before > 0 or after > 0 else ":")
        pads.append((max(-before, 0), max(-after, 0)))
    while slices and slices[-1] == ":":
        slices.pop()
    if slices:
        expression = f"{expression}[{', '.join(slices)}]"
    return _padded(framework, expression, pads) if any(map(any, pads)) else expression


def _padded(framework: str, expression: str, pads: list[Padding]) -> str:
    if framework == "torch":
        first = next(axis for axis, pair in enumerate(pads) if any(pair))
        flat = tuple(number for pair in reversed(pads[first:]) for number in pair)
        return f"torch.nn.functional.pad({expression}, {flat})"
    function = {"keras": "keras.ops.pad", "jax": "jax.numpy.pad"}.get(framework, "tf.pad")
    return f"{function}({expression}, {[list(pair) for pair in pads]})"


def short(values: Sequence[int]) -> str:
    """One integer where all are equal, else a tuple."""
    return str(values[0]) if len(set(values)) == 1 else str(tuple(values))


def keywords(**values: object) -> str:
    """``, name=value`` for every value that is not None."""
    return "".join(f", {name}={value}" for name, value in values.items() if value is not None)
