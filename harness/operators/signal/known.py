"""What frameworks document to do otherwise with signals, or is reported of them."""

from __future__ import annotations

from harness.case import Case, Kind, KnownDifference
from harness.operators.facts import ON_TORCH, narrowed
from harness.operators.linalg.facts import WITHOUT_META
from harness.operators.signal import centred, colours, filters, inverse, spectra

narrowed(filters.correlation, ON_TORCH)
for _operator in (spectra.transform, centred.around, centred.named, colours.to_hsv, colours.to_rgb):
    narrowed(_operator, computes=())


def without_overlap(case: Case) -> bool:
    """Whether every frame begins where the one before it ends."""
    return bool(case.parameters["step"] == case.parameters["size"])


OVERLAP_OF_ZERO = tuple(
    KnownDifference(
        targets,
        kind,
        "",
        "jax.scipy.signal.istft takes noverlap=0 for the default, half a frame",
        "jax-ml/jax#38315",
        status="reported",
        when=without_overlap,
        name=f"JAX: istft without overlap, {targets}, {kind.value}",
    )
    for targets in ("jax*:*", "keras-jax*:*")
    for kind in (Kind.SHAPE, Kind.VALUE, Kind.NOT_FINITE, Kind.RAISED)
)

for _operator in (inverse.inverse, inverse.named):
    _operator.differs(WITHOUT_META, *OVERLAP_OF_ZERO)
