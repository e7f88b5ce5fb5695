"""How frameworks are asked for padding, and which widths beyond the size they document to take.

Which widths beyond the size a mode takes, and whether negative ones crop, is each framework's convention:

* NumPy and jax.numpy repeat the reflection or the period as often as it takes (numpy.org, numpy.pad); negative widths are refused.
* tf.pad: reflect needs widths below the size, symmetric at most the size (tensorflow.org, tf.pad); negative ones are refused.
* torch.nn.functional.pad: reflect needs widths below the size, circular at most the size (docs.pytorch.org, ReflectionPad1d,
  CircularPad1d); negative ones crop (docs.pytorch.org, ZeroPad2d; all modes share the arithmetic). What the circular mode continues is what
  negative ones leave (aten/src/ATen/native/PadNd.cpp, _pad_circular; CircularPad1d: "the ends of the tensor get removed").
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Tuple

from harness.case import Case, Kind, KnownDifference
from harness.operators.moves.positions import REFUSES
from harness.operators.moves.rows import move
from harness.operators.padding.extension import constant, edge, reflected, symmetric, wrapped
from harness.operators.padding.plans import MOST, Extension, interior, padding
from harness.plain import ask


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
        negative = "crop first" if torch == "circular" else "crop"
        found["torch"] = [
            ask(
                f"torch.nn.functional.pad(x, {flat.format(still=still)}, mode={torch!r})",
                when=plain_axes(still),
                convention=follows(beyond, negative),
            )
            for still in (1, 2)
        ]
    if tensorflow:
        found["tensorflow"] = ask(f"tf.pad(x, pads, mode={tensorflow!r})", convention=follows(REFUSES, REFUSES))
    return found


def wide(case: Case) -> bool:
    """Whether a width is above one: one element is the same by symmetric and by edge."""
    return any(max(pair) > 1 for pair in case.parameters["pads"])


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
            when=wide,
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
    empty = KnownDifference(
        "*torch*:*:*",
        Kind.RAISED,
        "with possibly 0 batch size and other non-zero dimensions",
        "torch's modes take an empty batch, and no other empty input",
        "the exception's message",
        when=lambda case: 0 in case.inputs["x"].shape,
        name="padding of nothing by a mode",
    )
    rank = KnownDifference(
        "keras-torch*:*:*",
        Kind.RAISED,
        "combinations for non-constant padding",
        "torch pads at most three axes, behind one or two",
        "keras-team/keras#20347: a limitation of torch.nn.functional.pad",
        name="axes that torch does not pad",
    )
    if name not in ("pad_edge", "pad_wrap"):
        return (rank, empty)
    reason = "the backend has no such mode"
    return (
        empty,
        KnownDifference(
            "keras-torch*:*:*",
            Kind.RAISED,
            "Unrecognised padding mode",
            reason,
            KERAS_MODES,
            name="mode of the torch backend",
        ),
        KnownDifference(
            "keras-tensorflow*:*:*",
            Kind.RAISED,
            "mode. expected to be one of",
            reason,
            KERAS_MODES,
            name="mode of the TensorFlow backend",
        ),
    )


# fmt: off
MODES: Mapping[str, Tuple[Extension, int, Tuple[str, str, str, str], str]] = {
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
        padding(_mode, _limit, crop_first=_mode is wrapped),
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
