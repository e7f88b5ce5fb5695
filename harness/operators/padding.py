"""Padding: constant, reflect, symmetric, edge, wrap, and lax.pad's with gaps between elements.

Which widths beyond the size a mode takes, and whether negative ones crop, is each framework's convention:

* NumPy and jax.numpy repeat the reflection or the period as often as it takes (numpy.org, numpy.pad); negative widths are refused.
* tf.pad: reflect needs widths below the size, symmetric at most the size (tensorflow.org, tf.pad); negative ones are refused.
* torch.nn.functional.pad: reflect needs widths below the size, circular at most the size (docs.pytorch.org, ReflectionPad1d,
  CircularPad1d); negative ones crop (docs.pytorch.org, ZeroPad2d; all modes share the arithmetic).
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Sequence, Tuple

import numpy as np

from harness.case import Case, Kind, KnownDifference
from harness.operators.moves.positions import GIVEN, REFUSES, Refused, Sources, Undefined
from harness.operators.moves.rows import move
from harness.plain import ask

Pads = Sequence[Sequence[int]]
Index = Callable[[int, int, int], np.ndarray]

MOST = 2**31
"""Elements of a result beyond which memory is a reason to refuse."""


def spread(length: int, low: int, high: int) -> np.ndarray:
    """Places on an axis after padding, counted from its first element: below zero and from ``length`` on is padding."""
    return np.arange(-low, length + high)


def reflected(length: int, low: int, high: int) -> np.ndarray:
    """Mirrored at the first and the last element, which are not repeated."""
    period = max(2 * (length - 1), 1)
    place = spread(length, low, high) % period
    return np.minimum(place, period - place) if length > 1 else place * 0


def symmetric(length: int, low: int, high: int) -> np.ndarray:
    """Mirrored at the borders: the first and the last element are repeated."""
    place = spread(length, low, high) % (2 * length)
    return np.minimum(place, 2 * length - 1 - place)


def edge(length: int, low: int, high: int) -> np.ndarray:
    """The first and the last element, repeated."""
    return np.clip(spread(length, low, high), 0, length - 1)


def wrapped(length: int, low: int, high: int) -> np.ndarray:
    """Periodic."""
    return spread(length, low, high) % length


def constant(length: int, low: int, high: int) -> np.ndarray:
    """A constant."""
    place = spread(length, low, high)
    return np.where((place < 0) | (place >= length), GIVEN, place)


def checked(x: np.ndarray, pads: Pads, limit: int) -> str:
    """Why the widths may be refused, or nothing. ``limit`` is what a mode's widths may exceed the size by. Raises Refused, Undefined."""
    if len(pads) > x.ndim:
        raise Refused(f"pads of {len(pads)} axes: x has fewer")
    total = 1
    for length, (low, high) in zip(x.shape, pads):
        if length + low + high < 0:
            raise Refused(f"pads {low, high}: less than nothing is left of length {length}")
        if length == 0 and max(low, high) > 0 and limit < MOST:
            raise Refused(f"pads {low, high}: an axis of length 0 has nothing to repeat")
        total *= max(length + low + high, 1)
    if total > MOST:
        raise Undefined(f"pads: a result of {total} elements")
    if min(min(pair) for pair in pads) < 0:
        return "pads: negative"
    beyond = any(max(pair) > length + limit for length, pair in zip(x.shape, pads))
    return f"pads: above the size {'' if limit == 0 else 'less one '}of an axis" if beyond else ""


def padding(mode: Index, limit: int) -> Callable[..., Any]:
    """The plan of a mode whose widths exceed the size by at most ``limit`` where they are promised to work."""

    def plan(x: np.ndarray, pads: Pads, value: Any = None) -> Sources:
        reason = checked(x, pads, limit)
        cropping = min(min(pair) for pair in pads) < 0
        result = x
        for axis, (low, high) in enumerate(pads):
            if low == high == 0:
                continue
            chosen = mode(x.shape[axis], low, high) if not cropping else _cropped(mode, x.shape[axis], low, high)
            result = taken(result, chosen, axis)
        if reason:
            raise Undefined(reason, {"crop" if cropping else "repeat": result})
        return result

    return plan


def _cropped(mode: Index, length: int, low: int, high: int) -> np.ndarray:
    """The mode's places where one side may be negative: padding by what is not negative, then cropping."""
    if length == 0:
        return np.full(low + high, GIVEN)
    full = mode(length, max(low, 0), max(high, 0))
    return full[max(-low, 0) : full.size - max(-high, 0)]


def taken(x: np.ndarray, chosen: np.ndarray, axis: int) -> np.ndarray:
    """The places ``chosen`` of an axis; those below zero stand for themselves."""
    shape = (*x.shape[:axis], chosen.size, *x.shape[axis + 1 :])
    along = chosen.reshape((-1, *(1,) * (x.ndim - axis - 1)))
    if x.shape[axis] == 0:
        return np.broadcast_to(along, shape)
    return np.where(along < 0, along, np.take(x, np.maximum(chosen, 0), axis=axis))


def interior(x: np.ndarray, config: Sequence[Sequence[int]], value: Any) -> np.ndarray:
    """Gaps between elements first, then widths, of which negative ones crop (openxla.org, operation semantics, Pad)."""
    for axis, (low, high, gap) in enumerate(config):
        length = x.shape[axis]
        if gap < 0:
            raise Refused(f"config {gap}: a gap is not negative")
        spaced = length + max(length - 1, 0) * gap
        if spaced + low + high < 0:
            raise Refused(f"config {low, high, gap}: less than nothing is left")
        place = np.arange(-low, spaced + high)
        inside = (place >= 0) & (place < spaced) & (place % (gap + 1) == 0)
        x = taken(x, np.where(inside, place // (gap + 1), GIVEN), axis)
    return x


def plain_axes(still: int) -> Callable[[Case], bool]:
    """Whether torch's modes can say it: the first one or two axes are not padded, one to three others are."""

    def when(case: Case) -> bool:
        pads = case.parameters["pads"]
        return still < len(pads) <= still + 3 and all(tuple(pair) == (0, 0) for pair in pads[:still])

    return when


def follows(beyond: str, negative: str) -> Callable[[Case], str]:
    """The convention that a framework documents for widths beyond the size, and for negative ones."""

    def convention(case: Case) -> str:
        return negative if min(min(pair) for pair in case.parameters["pads"]) < 0 else beyond

    return convention


def calls(torch: str, jax: str, tensorflow: str, keras: str) -> Dict[str, Any]:
    """The calls of a mode by its name in each framework; empty where it has none."""
    flat = "[n for pair in reversed(pads[{still}:]) for n in pair]"
    found: Dict[str, Any] = {
        "jax": ask(f"jax.numpy.pad(x, pads, mode={jax!r})", convention=follows("repeat", REFUSES)),
        "keras": f"keras.ops.pad(x, pads, mode={keras!r})",
    }
    if torch:
        beyond = "repeat" if torch == "replicate" else REFUSES
        found["torch"] = [
            ask(
                f"torch.nn.functional.pad(x, {flat.format(still=still)}, mode={torch!r})",
                when=plain_axes(still),
                convention=follows(beyond, "crop"),
            )
            for still in (1, 2)
        ]
    if tensorflow:
        found["tensorflow"] = ask(f"tf.pad(x, pads, mode={tensorflow!r})", convention=follows(REFUSES, REFUSES))
    return found


KERAS_MODES = "keras.io, keras.ops.pad: which modes the Torch and the TensorFlow backend support"
FIXED_SYMMETRIC = "keras-team/keras#23230: symmetric was an alias of torch's replicate; fixed after 3.15.1"

KNOWN: Mapping[str, Tuple[KnownDifference, ...]] = {
    "pad_reflect": (),
    "pad_symmetric": tuple(
        KnownDifference(
            "keras-torch*:*:*",
            kind,
            "",
            "symmetric pads like edge",
            FIXED_SYMMETRIC,
            "reported",
            name="symmetric is edge",
        )
        for kind in (Kind.VALUE, Kind.NOT_FINITE)
    ),
    "pad_edge": (
        KnownDifference(
            "torch:*:*",
            Kind.RAISED,
            r"replication_pad\w+\W+not implemented for .*[Bb]ool",
            "replication of booleans has no kernel",
            "torch's own message",
            when=lambda case: case.dtype == "bool",
            name="replicated booleans",
        ),
    ),
    "pad_wrap": (),
}
"""Known differences of the modes beside those that ``unsupported`` gives."""


def unsupported(name: str) -> Tuple[KnownDifference, ...]:
    """What Keras documents that its backends do not pad."""
    rank = KnownDifference(
        "keras-torch*:*:*",
        Kind.RAISED,
        "combinations for non-constant padding",
        "torch pads at most three axes, behind one or two",
        "keras-team/keras#20347: a limitation of torch.nn.functional.pad",
        name="axes that torch does not pad",
    )
    if name not in ("pad_edge", "pad_wrap"):
        return (rank,)
    reason = "the backend has no such mode"
    return (
        KnownDifference("keras-torch*:*:*", Kind.RAISED, "", reason, KERAS_MODES, name="mode of the torch backend"),
        KnownDifference(
            "keras-tensorflow*:*:*", Kind.RAISED, "", reason, KERAS_MODES, name="mode of the TensorFlow backend"
        ),
    )


# fmt: off
MODES: Mapping[str, Tuple[Index, int, Tuple[str, str, str, str], str]] = {
    "pad_reflect": (reflected, -1, ("reflect", "reflect", "REFLECT", "reflect"), "mirrored at its border elements"),
    "pad_symmetric": (symmetric, 0, ("", "symmetric", "SYMMETRIC", "symmetric"), "mirrored at its borders"),
    "pad_edge": (edge, MOST - 1, ("replicate", "edge", "", "edge"), "its border elements repeated"),
    "pad_wrap": (wrapped, 0, ("circular", "wrap", "", "wrap"), "continued periodically"),
}
# fmt: on
"""Per operator its places on an axis, by how much widths may exceed the size everywhere, the mode's names, a summary."""

for _name, (_mode, _limit, _names, _summary) in MODES.items():
    move(
        _name,
        "x",
        padding(_mode, _limit),
        calls(*_names),
        family="padding",
        summary=f"x, {_summary}",
        strategies="strategies.padding",
        drawn="pad",
        known=(*KNOWN[_name], *unsupported(_name)),
    )

move(
    "pad_constant",
    "x",
    padding(constant, MOST),
    {
        "torch": ask(
            "torch.nn.functional.pad(x, [n for pair in reversed(pads) for n in pair], value=value)",
            convention=follows("", "crop"),
        ),
        "tensorflow": ask("tf.pad(x, pads, constant_values=value)", convention=follows("", REFUSES)),
        "jax": ask("jax.numpy.pad(x, pads, constant_values=value)", convention=follows("", REFUSES)),
        "keras": "keras.ops.pad(x, pads, mode='constant', constant_values=value)",
    },
    family="padding",
    summary="x with a constant around it",
    strategies="strategies.padding",
)

move(
    "pad_interior",
    "x",
    interior,
    {"jax": "jax.lax.pad(x, jax.numpy.asarray(value, x.dtype), config)"},
    family="padding",
    summary="x with a constant around its elements and between them",
    strategies="strategies.padding",
)
