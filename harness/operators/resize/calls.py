"""How frameworks are asked for resizes. Arrays are channels first; TensorFlow resizes channels last, so its calls transpose."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

from harness.case import Case
from harness.operators.resize.table import OPERATORS
from harness.plain import Ask, add_calls, ask


def rank_of(case: Case) -> int:
    """Number of spatial axes."""
    return len(case.parameters["size"])


def says(ranks: str, **wanted: Any) -> Callable[[Case], bool]:
    """Whether a case has one of the ranks (digits) and the parameters."""

    def when(case: Case) -> bool:
        return str(rank_of(case)) in ranks and all(case.parameters[name] == value for name, value in wanted.items())

    return when


def channels_last(call: str) -> str:
    """TensorFlow's call of channels-last ``t`` between transpositions."""
    return f"tf.transpose({call.replace('$', 'tf.transpose(x, [0, 2, 3, 1])')}, [0, 3, 1, 2])"


def in_float32(*rows_given: Ask) -> List[Ask]:
    """TensorFlow's rows that compute in float32 whatever the dtype (tensorflow.org, tf.image.resize: "The return value has type float32"):
    cast back to the dtype, and not asked for float64, which float32 does not hold."""

    def narrow(row: Ask) -> Ask:
        when = row.facts["when"]
        return ask(
            f"tf.cast({row.text}, x.dtype)", composed=True, when=lambda case: case.dtype != "float64" and when(case)
        )

    return [narrow(row) for row in rows_given]


HALF, CORNERS, ASYMMETRIC = ({"coordinates": rule} for rule in ("half_pixel", "align_corners", "asymmetric"))
TORCH = "torch.nn.functional.interpolate(x, size, mode="
JAX = "jax.image.resize(x, (*x.shape[:2], *size), "
KERAS = "keras.ops.image.resize(x, size, data_format='channels_first', interpolation="
TF, TF1 = "tf.image.resize($, size, ", "tf.compat.v1.image.resize($, size, "


def rows(*pairs: Any) -> List[Ask]:
    """Expressions with their conditions."""
    return [ask(channels_last(text) if "$" in text else text, when=when) for text, when in pairs]


def torch_linear() -> List[Ask]:
    """One row per rank and flag of torch's linear modes."""
    found = []
    for rank, mode in ((1, "linear"), (2, "bilinear"), (3, "trilinear")):
        for corners, rule in ((False, HALF), (True, CORNERS)):
            found += rows((f"{TORCH}{mode!r}, align_corners={corners})", says(str(rank), antialias=False, **rule)))
    return found + rows((f"{TORCH}'bilinear', align_corners=False, antialias=True)", says("2", antialias=True)))


CALLS: Dict[str, Dict[str, Any]] = {
    "resize_nearest": {
        "torch": rows(
            (TORCH + "'nearest')", says("123", **ASYMMETRIC)), (TORCH + "'nearest-exact')", says("123", **HALF))
        ),
        "tensorflow": rows(
            (TF + "'nearest')", says("2", **HALF)),
            (TF1 + "'nearest', align_corners=True)", says("2", **CORNERS)),
            (TF1 + "'nearest')", says("2", **ASYMMETRIC)),
        ),
        "jax": rows((JAX + "'nearest')", says("123", **HALF))),
    },
    "resize_linear": {
        "torch": torch_linear(),
        "tensorflow": in_float32(
            *rows(
                (TF + "'bilinear', antialias=antialias)", says("2", **HALF)),
                (TF1 + "'bilinear', align_corners=True)", says("2", **CORNERS)),
                (TF1 + "'bilinear')", says("2", **ASYMMETRIC)),
            )
        ),
        "jax": rows((JAX + "'linear', antialias=antialias)", says("123", **HALF))),
        "keras": rows((KERAS + "'bilinear', antialias=antialias)", says("2", **HALF))),
    },
    "resize_cubic": {
        "torch": rows(
            (TORCH + "'bicubic', align_corners=False)", says("2", a=-0.75, **HALF)),
            (TORCH + "'bicubic', align_corners=True)", says("2", **CORNERS)),
            (TORCH + "'bicubic', align_corners=False, antialias=True)", says("2", antialias=True)),
        ),
        "tensorflow": in_float32(
            *rows(
                (TF + "'bicubic', antialias=antialias)", says("2", a=-0.5)),
                (TF1 + "'bicubic', align_corners=True)", says("2", **CORNERS)),
                (TF1 + "'bicubic')", says("2", **ASYMMETRIC)),
            )
        ),
        "jax": rows(
            (JAX + "'cubic', antialias=antialias)", says("123", a=-0.5, **HALF)),
            (JAX + "'cubic-pytorch', antialias=False)", says("123", a=-0.75, **HALF)),
        ),
        "keras": rows((KERAS + "'bicubic', antialias=True)", says("2", antialias=True))),
    },
    "resize_lanczos": {
        "torch": rows((TORCH + "'lanczos', align_corners=False, antialias=True)", says("2", radius=3, antialias=True))),
        "tensorflow": in_float32(*rows((TF + "f'lanczos{radius}', antialias=antialias)", says("2")))),
        "jax": rows((JAX + "f'lanczos{radius}', antialias=antialias)", says("123"))),
        "keras": rows((KERAS + "f'lanczos{radius}', antialias=antialias)", says("2"))),
    },
    "resize_area": {
        "torch": rows((TORCH + "'area')", says("123", windows="adaptive"))),
        "tensorflow": in_float32(*rows((TF + "'area')", says("2", windows="overlaps")))),
        "jax": rows((JAX + "'area', antialias=True)", says("123", windows="overlaps"))),
    },
}
"""Calls per operator."""

for _key, _calls in CALLS.items():
    add_calls(OPERATORS[_key], _calls)
