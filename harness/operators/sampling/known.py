"""What is documented of frameworks' sampling: gradients that do not exist, dtypes without kernels."""

from __future__ import annotations

from harness.case import GRADIENT, Kind, KnownDifference
from harness.operators.elementwise.limits import LIMITS
from harness.operators.sampling import affine, coordinates, crops, grids

UNCONNECTED = tuple(
    KnownDifference(
        targets,
        Kind.RAISED,
        cause,
        "the nearest element does not depend on the coordinates, which take no part in the gradient",
        source,
        when=lambda case: case.quantity == GRADIENT and case.parameters["order"] == 0,
        name="Keras: coordinates of the nearest element",
    )
    for targets, cause, source in (
        (
            "keras-torch:*",
            "appears to not have been used in the graph",
            "keras/src/backend/torch/image.py, _nearest_indices_and_weights: the weight is the number 1; the exception's message",
        ),
        (
            "keras-tensorflow:*",
            r"convert a value .*NoneType|gives None for the inputs",
            "keras/src/backend/tensorflow/image.py, _nearest_indices_and_weights: the weight is a constant; "
            "tensorflow.org, tf.GradientTape.gradient: None for unconnected inputs",
        ),
    )
)

coordinates.map_coordinates.differs(*LIMITS, *UNCONNECTED)
for _operator in (affine.affine_grid, crops.crop_and_resize, grids.grid_sample):
    _operator.differs(*LIMITS)
