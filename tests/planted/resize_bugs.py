"""Planted bugs of resizing: coordinates, kernels and windows of another convention, transposed blocks."""

from __future__ import annotations

import numpy as np

from harness.case import GRADIENT, Kind
from planted.bugs import Bug

WRONG = (Kind.VALUE, Kind.NOT_FINITE)


def corners_forgotten(case, arrays):
    """Aligned corners as if they were half-pixel centres."""
    if case.parameters["coordinates"] != "align_corners":
        return case, arrays
    return case.with_parameters(coordinates="half_pixel"), arrays


def half_pixel_forgotten(case, arrays):
    if case.parameters["coordinates"] != "half_pixel":
        return case, arrays
    return case.with_parameters(coordinates="asymmetric"), arrays


def other_cubic(case, arrays):
    """The other parameter of cubic convolution."""
    return case.with_parameters(a=-0.5 if case.parameters["a"] == -0.75 else -0.75), arrays


def recomputed(case, arrays):
    """Coordinates by the sizes, where factors are given."""
    return case.with_parameters(recompute=True), arrays


def no_antialias(case, arrays):
    return case.with_parameters(antialias=False), arrays


def whole_elements(case, arrays):
    """Areas that overlap elements in part as if they were windows of whole ones, and the other way round."""
    other = {"adaptive": "overlaps", "overlaps": "adaptive"}
    return case.with_parameters(windows=other[case.parameters["windows"]]), arrays


def other_order(case, arrays):
    return case.with_parameters(order="DCR" if case.parameters["order"] == "CRD" else "CRD"), arrays


def other_corners(case, arrays):
    return case.with_parameters(align_corners=not case.parameters["align_corners"]), arrays


def other_order_of_boxes(case, arrays):
    """Boxes read as (x1, y1, x2, y2)."""
    return case, {**arrays, "boxes": arrays["boxes"][:, [1, 0, 3, 2]]}


def box_over_the_size(case, arrays):
    """Outputs at the centres of equal parts of a box, as if it were not corner aligned."""
    if case.parameters["size"][0] == 1:
        return case, arrays
    low, high = arrays["boxes"][:, :1], arrays["boxes"][:, 2:3]
    part = (high - low) / (2 * case.parameters["size"][0])
    boxes = np.concatenate([low + part, arrays["boxes"][:, 1:2], high - part, arrays["boxes"][:, 3:]], axis=1)
    return case, {**arrays, "boxes": boxes.astype("float32")}


def mirrored_twice(case, arrays):
    """The border element repeated in a mirror, or not where it should be."""
    other = {"mirror": "reflect", "reflect": "mirror"}
    return case.with_parameters(mode=other.get(case.parameters["mode"], case.parameters["mode"])), arrays


def truncated(case, arrays):
    """Coordinates truncated instead of rounded down: what lies before the array is extrapolated from the first two elements."""
    if case.parameters["order"] == 0:
        return case, arrays
    places = arrays["coordinates"].astype(np.float64)
    return case, {
        **arrays,
        "coordinates": (2 * np.trunc(places) - np.floor(places) + places - np.trunc(places)).astype(
            arrays["coordinates"].dtype
        ),
    }


def gradient_without_scale(case, results):
    """The product for the grid without the change of the coordinate with it."""
    return results if case.quantity != GRADIENT else [results[0], results[1] * 2]


def border_for_zeros(case, arrays):
    return case.with_parameters(padding="border"), arrays


def one_row_too_far(case, results):
    if case.quantity == GRADIENT or results[0].shape[-1] < 3:
        return results
    return [np.roll(results[0], 1, axis=-1)]


BUGS_RESIZE: dict[str, tuple[tuple[str, ...], Bug]] = {
    "resize: corners forgotten": (("resize_linear", "resize_nearest"), Bug(WRONG, before=corners_forgotten)),
    "resize: half pixel forgotten": (("resize_nearest", "resize_linear"), Bug(WRONG, before=half_pixel_forgotten)),
    "resize: other cubic": (("resize_cubic",), Bug(WRONG, before=other_cubic)),
    "resize: no antialias": (("resize_linear", "resize_lanczos"), Bug(WRONG, before=no_antialias)),
    "resize: whole elements": (("resize_area",), Bug(WRONG, before=whole_elements)),
    "resize: factors recomputed": (("resize_scale",), Bug(WRONG, before=recomputed)),
    "resize: other order": (("depth_to_space", "space_to_depth"), Bug(WRONG, before=other_order)),
    "resize: corners of a grid": (("grid_sample", "affine_grid"), Bug(WRONG, before=other_corners)),
    "resize: border for zeros": (("grid_sample",), Bug(WRONG, before=border_for_zeros)),
    "sampling: boxes as x before y": (("crop_and_resize",), Bug(WRONG, before=other_order_of_boxes)),
    "sampling: centres of a box": (("crop_and_resize",), Bug(WRONG, before=box_over_the_size)),
    "sampling: the other mirror": (("map_coordinates",), Bug(WRONG, before=mirrored_twice)),
    "sampling: truncated coordinates": (("map_coordinates",), Bug(WRONG, before=truncated)),
    "sampling: gradient without scale": (("grid_sample",), Bug(WRONG, after=gradient_without_scale)),
    "resize: one too far": (("resize:nominal",), Bug(WRONG, after=one_row_too_far)),
}
"""By name the operators that show it, and the bug."""
