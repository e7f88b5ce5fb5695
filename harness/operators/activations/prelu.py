"""The rectifier with a learned slope for every channel (He et al., arXiv:1502.01852)."""

from __future__ import annotations

from typing import Any

from harness.case import Case
from harness.meaning import Rule
from harness.operators.activations.table import ONE_KINK, Sides, between
from harness.operators.formula import COMPOSED, Formula, Formulas, Verdict, formula_operator
from harness.operators.tracked import Tracked, reshape


def prelu(at: Sides) -> Formula:
    """x above zero, w x below, w one number or one per channel, which is the second axis."""

    def formula(x: Tracked, w: Tracked) -> Tracked:
        slopes = reshape(w, (1, w.value.size, *(1,) * (x.value.ndim - 2)))
        return between(x, (0.0,), (slopes * x, x), at)

    return formula


def rectified(x: Tracked, w: Tracked) -> Tracked:
    """The same as max(x, 0) - w max(-x, 0): its derivative at zero is zero, and an infinite slope times zero is NaN.

    Source: keras/src/layers/activations/prelu.py, PReLU.call.
    """
    slopes = reshape(w, (1, w.value.size, *(1,) * (x.value.ndim - 2)))
    return between(x, (0.0,), (0.0, x), ("left",)) - slopes * between(-x, (0.0,), (0.0, -x), ("left",))


PIECES = prelu(ONE_KINK["left"])


def slopes_fit(case: Case) -> Verdict:
    """Refused where the slopes are neither one nor as many as channels."""
    channels, slopes = case.inputs["x"].shape[1], case.inputs["w"].shape[0]
    if slopes in (1, channels):
        return None
    return Rule.REFUSE, f"w of {slopes}: one slope or one for each of {channels} channels"


def _structures() -> Any:
    from strategies import activations

    return activations.channels()


OPERATOR = formula_operator(
    "prelu",
    "x w",
    Formulas(
        {"by pieces": PIECES, "difference of rectifiers": rectified},
        check=slopes_fit,
        kinks={**{side: prelu(at) for side, at in ONE_KINK.items()}, "neither": rectified},
    ),
    {"torch": "torch.nn.functional.prelu(x, w)"},
    family="activation",
    structures=_structures,
    differentiable="x w",
    points=(0.0,),
    facts=COMPOSED,
    sums=True,
)


def _per_channel(case: Case) -> bool:
    shape = case.inputs["x"].shape
    return case.inputs["w"].shape == shape[1:2] and 0 not in shape


@OPERATOR.call("keras", spelling="layer", when=_per_channel, modes=("eager", "graph", "compiled"))
def _keras(keras: Any, x: Any, w: Any) -> Any:
    axes = list(range(2, len(x.shape)))
    layer = keras.layers.PReLU(shared_axes=axes, dtype=keras.backend.standardize_dtype(x.dtype))
    layer.build(tuple(x.shape))
    slopes = keras.ops.reshape(w, (-1, *(1 for _ in axes)))
    return layer.stateless_call([slopes], [], x)[0]
