"""Resizing with nothing but a method, as a user writes it: the rest is each framework's default.

* nearest: floor(o n / m) (torch.nn.functional.interpolate "nearest", with OpenCV's rule) or floor((o + 1/2) n / m) (tf.image.resize,
  jax.image.resize).
* linear, cubic: antialias is off (torch, TensorFlow, Keras) or on (jax.image.resize).
* cubic: a = -0.75 and a replicated border (torch), or a = -0.5 and renormalised weights (tf.image.resize, jax.image.resize).
"""

from __future__ import annotations

from typing import Callable, Dict, List, Mapping, Tuple

import numpy as np

from harness.case import Case
from harness.meaning import Expected, Meaning, Rule
from harness.operator import Operator, register
from harness.operators.facts import state
from harness.operators.resize.calls import JAX, KERAS, TF, TORCH, channels_last
from harness.operators.resize.nearest import nearest
from harness.operators.resize.table import axes_of, drawn, outputs, size_rule
from harness.operators.resize.weights import Weights, kernel_weights
from harness.plain import add_calls, ask, classes, value_sets

IN_TF = f"{TF}{{'nearest': 'nearest', 'linear': 'bilinear', 'cubic': 'bicubic'}}[method])"
ASYMMETRIC, HALF = "floor of the asymmetric coordinate", "floor of the half-pixel coordinate"
PLAIN, SMOOTH = "no antialias", "antialias"
OPENCV, KEYS = "a = -0.75, border replicated", "a = -0.5, border renormalised"

READINGS: Mapping[str, Mapping[str, Tuple[str, str, bool]]] = {
    "linear": {PLAIN: ("linear", "replicate", False), SMOOTH: ("linear", "renormalise", True)},
    "cubic": {
        OPENCV: ("cubic -0.75", "replicate", False),
        KEYS: ("cubic -0.5", "renormalise", False),
        SMOOTH: ("cubic -0.5", "renormalise", True),
    },
}
"""Kernel, border and antialias per method and convention."""


def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """Parameters: size, method."""
    wrong = size_rule(case)
    if wrong:
        return Meaning(*wrong)
    method, size = case.parameters["method"], case.parameters["size"]
    variants: Dict[str, Tuple[Expected, ...]] = {}
    if method == "nearest":
        variants = {
            ASYMMETRIC: nearest(case, arrays, "asymmetric", size),
            HALF: nearest(case, arrays, "half_pixel", size),
        }
    else:
        for name, reading in READINGS[method].items():
            variants[name] = outputs(case, arrays, axes_of(case, _axis(*reading)))
    return Meaning(Rule.COMPUTE, "", variants)


def _axis(kernel: str, border: str, antialias: bool) -> Callable[[Case, int, int], Weights]:
    return lambda case, n, m: kernel_weights(n, m, kernel, "half_pixel", border, antialias)


def documented(near: str, linear: str, cubic: str) -> Callable[[Case], str]:
    """The conventions that a framework documents, by method."""
    by_method = {"nearest": near, "linear": linear, "cubic": cubic}
    return lambda case: by_method[case.parameters["method"]]


def cases(structure: Case, seed: int) -> List[Case]:
    """One set of real numbers."""
    return value_sets(structure, seed, regimes=("rounding",), gradient=())


resize = state(
    add_calls(
        register(
            Operator(
                "resize",
                form="nominal",
                inputs=("x",),
                meaning=meaning,
                structures=drawn("resize:nominal"),
                cases=cases,
                classes=classes,
                words=lambda case: case.parameters["method"],
                summary="resizing an image with nothing but a method",
                family="resize",
            )
        ),
        {
            "torch": ask(
                f"{TORCH}{{'nearest': 'nearest', 'linear': 'bilinear', 'cubic': 'bicubic'}}[method])",
                convention=documented(ASYMMETRIC, PLAIN, OPENCV),
                source="docs.pytorch.org, torch.nn.functional.interpolate",
            ),
            "tensorflow": ask(
                f"tf.cast({channels_last(IN_TF)}, x.dtype)",
                composed=True,
                when=lambda case: case.dtype != "float64",
                convention=documented("", PLAIN, ""),
                source="tensorflow.org, tf.image.resize: antialias",
            ),
            "jax": ask(
                f"{JAX}method)",
                convention=documented("", SMOOTH, SMOOTH),
                source="docs.jax.dev, jax.image.resize: antialias",
            ),
            "keras": ask(
                f"{KERAS}{{'nearest': 'nearest', 'linear': 'bilinear', 'cubic': 'bicubic'}}[method])",
                convention=documented("", PLAIN, ""),
                source="keras.io, keras.ops.image.resize: antialias",
            ),
        },
    )
)
