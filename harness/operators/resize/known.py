"""What is documented or measured of frameworks' resizes: dtypes without kernels, where coordinates and sums are rounded."""

from __future__ import annotations

from harness.case import GRADIENT, Case, Kind, KnownDifference
from harness.meaning import Accuracy
from harness.operator import get
from harness.operators.elementwise.limits import LIMITS
from harness.operators.facts import flushing
from harness.operators.resize import calls, nominal, scale, table

OWN = {"float16": "float16", "bfloat16": "bfloat16"}
BETWEEN = {"float16": 6, "bfloat16": 6}

REGISTERED = (calls, nominal, scale, table)
"""The modules whose operators the rows below speak of."""

IN_OWN = Accuracy(
    accumulate=OWN,
    roundings=BETWEEN,
    source="measured: torch 2.13 rounds weights and sums of 16-bit floats to their dtype: bilinear bfloat16 is off by 2 units "
    "of the result, bicubic by 3",
)
JAX_OWN = flushing(
    accumulate=OWN,
    roundings=BETWEEN,
    source="jax/_src/image/scale.py, _scale_and_translate: weights are converted to the dtype of x",
)
TABLE = flushing(
    accumulate=OWN,
    roundings=BETWEEN,
    ulps={"coordinate": 2.0**-11},
    source="tensorflow/core/kernels/image/resize_bicubic_op.cc: kTableSize = 1 << 10; measured with TensorFlow 2.21 at 3,001 offsets: the "
    "weight is that of the nearest entry within 1.5e-7, and off by up to 6.7e-4 from that of the offset itself",
)


def without_antialias(case: Case) -> bool:
    """Whether TensorFlow's bicubic kernel is asked, and not its kernel of scaling and translating."""
    return not case.parameters.get("antialias", False) and case.parameters.get("method", "cubic") == "cubic"


IN_FLOAT32 = flushing(
    accumulate={**OWN, "float64": "float32", "coordinate float64": "float32"},
    roundings=BETWEEN,
    source='tensorflow.org, tf.image.resize: "The return value has type float32, unless the method is ResizeMethod.NEAREST_NEIGHBOR"; '
    "Keras casts it back",
)


KERAS_OWN = flushing(
    accumulate=OWN,
    roundings=BETWEEN,
    source="keras/src/backend/tensorflow/image.py, _scale_and_translate: weights are cast to the dtype of x, in which tensordot multiplies",
)


def float64(case: Case) -> bool:
    """Whether the input is float64 and TensorFlow's own function resizes it."""
    return case.dtype == "float64" and case.parameters.get("method") not in ("linear antialias", "cubic antialias")


KNOWN = (
    KnownDifference(
        "*tensorflow:*",
        Kind.RAISED,
        "ScaleAndTranslateGrad",
        "the gradient of antialias and of Lanczos takes float32 only",
        "tensorflow.org, tf.raw_ops.ScaleAndTranslateGrad: grads must be float32",
        when=lambda case: case.quantity == GRADIENT and case.dtype != "float32",
        name="tensorflow: gradient of antialias",
    ),
    KnownDifference(
        "*tensorflow:*",
        Kind.RAISED,
        "gradient registry has no entry for: ResizeArea|gives N for the inputs",
        "ResizeArea has no gradient, that of ResizeBicubic is for float32 and float64",
        "the exception's message; tensorflow/python/ops/image_grad.py, _ResizeBicubicGrad: allowed_types",
        when=lambda case: case.quantity == GRADIENT,
        name="tensorflow: gradients of area and bicubic",
    ),
    KnownDifference(
        "keras-torch:*",
        Kind.RAISED,
        "Resizing with Lanczos interpolation is not supported",
        "Keras has no Lanczos on torch",
        "keras/src/backend/torch/image.py, UNSUPPORTED_INTERPOLATIONS",
        name="keras: no Lanczos on torch",
    ),
    KnownDifference(
        "keras-tensorflow:*",
        Kind.NOT_FINITE,
        "NaN or infinity",
        "float64 beyond the range of float32 overflows",
        'tensorflow.org, tf.image.resize: "The return value has type float32"',
        when=lambda case: case.dtype == "float64" and case.regime == "magnitudes",
        name="tensorflow: resizes in float32",
    ),
)

for _name in (
    "resize_linear",
    "resize_cubic",
    "resize_lanczos",
    "resize_area",
    "resize_nearest",
    "resize_scale",
    "resize:nominal",
):
    _operator = get(_name)
    _operator.differs(*LIMITS, *KNOWN)
    if _name != "resize_nearest":
        # The rows of the operators themselves speak of flushing only; the first that matches wins.
        _operator.accuracies[:0] = [
            ("*torch:*", IN_OWN, lambda case: True),
            ("*jax*:*", JAX_OWN, lambda case: True),
            ("keras-tensorflow:*", IN_FLOAT32, float64),
            *((("keras-tensorflow:*", KERAS_OWN, lambda case: True),) if _name == "resize_scale" else ()),
        ]
    if _name in ("resize_cubic", "resize:nominal"):
        _operator.accuracies[:0] = [("*tensorflow:*", TABLE, without_antialias)]
