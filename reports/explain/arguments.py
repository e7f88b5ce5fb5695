"""Checks of single arguments, shared by the readers of all frameworks. Every failure is a CallError."""

from __future__ import annotations

from typing import Any

from harness.windows import Padding
from reports.explain.errors import CallError, refuse
from reports.explain.layer import Ints
from reports.explain.parse import Call, Opaque


def integer(name: str, value: Any, least: int | None = None) -> int:
    """An integer of at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise refuse(name, value, "expected an integer")
    if least is not None and value < least:
        raise refuse(name, value, f"must be at least {least}")
    return value


def integers(name: str, value: Any, rank: int, least: int | None = None) -> Ints:
    """One integer for all dimensions, or one for each."""
    if not isinstance(value, tuple | list):
        return (integer(name, value, least),) * rank
    if len(value) == 1:
        value = list(value) * rank
    if len(value) != rank:
        raise refuse(name, value, f"expected 1 or {rank} integers, one for each spatial dimension")
    return tuple(integer(name, entry, least) for entry in value)


def pairs(name: str, value: Any, rank: int, least: int | None = None) -> tuple[Padding, ...]:
    """One (before, after) pair for each dimension."""
    if not isinstance(value, tuple | list) or len(value) != rank:
        raise refuse(name, value, f"expected {rank} pairs (before, after), one for each spatial dimension")
    result = []
    for pair in value:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise refuse(name, value, f"expected pairs (before, after), not {pair!r}")
        result.append((integer(name, pair[0], least), integer(name, pair[1], least)))
    return tuple(result)


def word(name: str, value: Any, known: tuple[str, ...]) -> str:
    """One of the known words, in lower case."""
    if not isinstance(value, str) or value.lower() not in known:
        raise refuse(name, value, f"expected one of {', '.join(map(repr, known))}")
    return value.lower()


def flag(name: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise refuse(name, value, "expected True or False")
    return value


def rank_of(call: Call, shape: Ints) -> int:
    """Spatial dimensions of the call: its own, or those of the input."""
    rank = call.signature.rank or len(shape) - 2
    if not 1 <= rank <= 3:
        raise refuse(
            "--input", shape, f"{call.signature.name} needs 3 to 5 sizes: batch, channels and 1 to 3 spatial ones"
        )
    return rank


def kernel_shape(call: Call, rank: int) -> Ints:
    """The shape that is written in place of a function's kernel."""
    name = call.signature.tensors["w"]
    value = call.bound[name]
    if isinstance(value, Opaque) or not isinstance(value, tuple | list):
        example = (16, 8, *(3,) * rank)
        raise refuse(name, value, f"write the kernel's shape here, such as {name}={example}")
    if len(value) != rank + 2:
        raise refuse(name, value, f"expected {rank + 2} sizes for {rank} spatial dimensions")
    return tuple(integer(name, size, 1) for size in value)


def input_layout(call: Call, shape: Ints, layout: str) -> dict[str, int]:
    """Sizes of the input by axis letter. Raises CallError when it has another rank or contradicts the call."""
    if len(shape) != len(layout):
        raise refuse("--input", shape, f"{call.signature.name} expects {len(layout)} sizes, {', '.join(layout)}")
    written = call.bound.get(call.signature.tensors.get("x", ""), None)
    if isinstance(written, tuple | list) and tuple(written) != shape:
        raise refuse("--input", shape, f"the call says {tuple(written)}")
    named = dict(zip(layout, shape, strict=True))
    for letter, size in named.items():
        if letter != "N" and size < 1:
            raise refuse("--input", shape, f"size of {letter} must be at least 1")
    return named


def channels(call: Call, shape: Ints, have: int, want: int, because: str) -> None:
    """The channel count of the input must be the layer's."""
    if have != want:
        raise CallError(f"--input={shape}: {have} channels, but {because} says {want}")


def divisible(name: str, groups: int, **counts: int) -> None:
    """Groups must divide both channel counts."""
    for what, count in counts.items():
        if count % groups:
            raise refuse(name, groups, f"must divide {what.replace('_', ' ')} = {count}")
