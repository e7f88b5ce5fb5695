"""Crops of images resized to one size: a box (y1, x1, y2, x2) in units of the image's height and width less one (tf.image.crop_and_resize).

Output o of m lies at y1 (n - 1) + o (y2 - y1) (n - 1) / (m - 1), or at (y1 + y2) (n - 1) / 2 where m is 1; beyond [0, n - 1] it is the
extrapolation value. The result and the boxes are float32, and so are coordinates: six roundings of (|y1| + |y2|) (n - 1). A coordinate
within that of a border may fall on either side of it. A crop by nearest elements does not change with its box; TensorFlow's registered
gradient gives the linear one's instead (tensorflow/python/ops/image_grad.py, _CropAndResizeGrad), so that it is left open.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Dict, List, Mapping, Optional, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS, reference_dtype
from harness.meaning import Expected, Meaning, Rule
from harness.operators.resize.calls import channels_last
from harness.operators.sampling import places
from harness.operators.sampling.copies import Choice, at, copied, copies, copies_gradient
from harness.operators.sampling.grids import batched, flat, restored
from harness.operators.sampling.rows import sampling
from harness.plain import add_calls

U = FLOATS["float32"].roundoff


class Crop:
    """The coordinates of a case: per axis the ``places`` (boxes, height, width), flat, with their errors and their changes with both ends
    of the box; which are ``inside`` the image; which are ``unsure``: rounding may put them on the other side of its border."""

    def __init__(self, case: Case, boxes: np.ndarray, index: np.ndarray) -> None:
        shape, self.size = case.inputs["x"].shape, case.parameters["size"]
        self.sizes, count = shape[2:], boxes.shape[0]
        self.full = (count, *self.size)
        self.places: List[np.ndarray] = []
        self.errors: List[np.ndarray] = []
        self.ends: List[Tuple[np.ndarray, np.ndarray]] = []
        self.inside, self.unsure = np.ones(self.full, bool), np.zeros(self.full, bool)
        for axis, (n, m) in enumerate(zip(self.sizes, self.size)):
            first, last = boxes[:, axis, None], boxes[:, axis + 2, None]
            part = np.full(1, 0.5, boxes.dtype) if m == 1 else np.arange(m).astype(boxes.dtype) / (m - 1)
            place = self._over(axis, (first * (1 - part) + last * part) * (n - 1))
            error = self._over(axis, 6 * U * (np.abs(first) + np.abs(last)) * (n - 1) + 0 * part)
            self.places.append(place.reshape(-1))
            self.errors.append(error.reshape(-1))
            whole = [self._over(axis, (end * (n - 1))[None, :]).reshape(-1) for end in (1 - part, part)]
            self.ends.append((whole[0], whole[1]))
            self.inside &= (place >= 0) & (place <= n - 1)
            self.unsure |= np.minimum(np.abs(place), np.abs(place - (n - 1))) <= error
        self.inside, self.unsure = self.inside.reshape(-1), self.unsure.reshape(-1)
        self.start = np.repeat(index.astype(np.int64) * math.prod(self.sizes), math.prod(self.size))

    def _over(self, axis: int, array: np.ndarray) -> np.ndarray:
        """(boxes, outputs of the axis) for every output of a box."""
        spread = array[:, :, None] if axis == 0 else array[:, None, :]
        return np.broadcast_to(spread, self.full)

    def axes(self) -> List[places.Axis]:
        """The taps of linear interpolation."""
        found = []
        for place, error, n in zip(self.places, self.errors, self.sizes):
            rows = places.linear_axis(np.clip(place, 0, n - 1), error, U)
            axis = [places.tap(n, *row) for row in rows]
            # Beyond a border stands the border element, with a weight of zero but for rounding.
            found.append([replace(tap, inside=np.ones_like(tap.inside)) for tap in axis])
        return found

    def choices(self) -> List[List[Choice]]:
        """The nearest elements of every axis; halves go either way."""
        own = zip(self.places, self.errors, self.sizes)
        moved = [(np.clip(place, 0, n - 1), error + 4 * U * n, n) for place, error, n in own]
        return [[at(np.rint(np.clip(p + step, 0, n - 1)), n) for step in (0, -e, e)] for p, e, n in moved]

    def kinks(self) -> np.ndarray:
        """Where an axis has no derivative, (axes, places)."""
        return np.array([places.kinks(place, error + 4 * U) for place, error in zip(self.places, self.errors)])


def refusal(case: Case, index: Optional[np.ndarray]) -> Optional[Meaning]:
    """The meaning of a case that need not be computed."""
    shape, size, boxes = case.inputs["x"].shape, case.parameters["size"], case.inputs["boxes"].shape
    if len(shape) != 4 or len(boxes) != 2 or boxes[1] != 4 or case.inputs["index"].shape != boxes[:1]:
        return Meaning(Rule.REFUSE, f"x of shape {shape} with boxes of shape {boxes} and {case.inputs['index'].shape}")
    if len(size) != 2 or min(size) < 1:
        return Meaning(Rule.REFUSE, f"size {size}: two positive numbers")
    if math.prod(size) * boxes[0] * shape[1] > 2**22:
        return Meaning(Rule.EITHER, f"size {size}: a large result")
    if 0 in shape or boxes[0] == 0:
        return Meaning(Rule.EITHER, "no images, no channels or no boxes: refused, or an empty result")
    if index is not None and ((index < 0) | (index >= shape[0])).any():
        return Meaning(Rule.EITHER, f"index: documented to lie in [0, {shape[0]})")
    return None


def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """Parameters: size, method (bilinear or nearest), value (where there is no image)."""
    wrong = refusal(case, arrays.get("index"))
    if wrong:
        return wrong
    wide = reference_dtype("float64" if case.dtype == "float64" else "float32")
    crop = Crop(case, arrays["boxes"].astype(wide), arrays["index"])
    given: Dict[str, np.ndarray] = {name: arrays[name].astype(wide) for name in ("x", COTANGENT) if name in arrays}
    if case.quantity == GRADIENT:
        return Meaning(Rule.COMPUTE, "", {"": gradients(case, given, crop)})
    return Meaning(Rule.COMPUTE, "", {"": (sampled(case, given["x"], crop),)})


def result(case: Case) -> Tuple[Tuple[int, ...], str]:
    """(boxes, channels, height, width), float32."""
    return (case.inputs["boxes"].shape[0], case.inputs["x"].shape[1], *case.parameters["size"]), "float32"


def sampled(case: Case, x: np.ndarray, crop: Crop) -> Expected:
    """The crops; what rounding may put on the other side of a border has both readings."""
    (shape, dtype), fill = result(case), case.parameters["value"]
    if case.parameters["method"] == "nearest":
        readings = copies(flat(x), crop.choices(), crop.sizes, crop.start)
        inner = copied(readings, dtype)
        readings = [np.asarray(reading) for reading in inner.values]
        rounded = FLOATS[dtype].roundoff if case.dtype in ("float64", "int32") else 0
        inner = replace(
            inner, bound=lambda dtype, accuracy: np.abs(readings[0]) * rounded + FLOATS[dtype].smallest_normal
        )
    else:
        axes = crop.axes()
        found = places.values_at(flat(x), axes, crop.sizes, crop.start)
        inner = found.expected(found.value.shape, dtype, places.roundings(axes) + 1)
        readings = [found.value]
    own = [np.where(crop.inside, reading, fill) for reading in readings]
    other = [np.where(crop.inside & ~crop.unsure, reading, fill) for reading in readings]
    other += [np.where(crop.inside | crop.unsure, reading, fill) for reading in readings] if crop.unsure.any() else []
    values = tuple(batched(shape, reading) for reading in (own + other if crop.unsure.any() else own))
    bound = inner.bound
    assert bound is not None, "both kinds have a bound"
    return Expected(shape, dtype, values, lambda dtype, accuracy: batched(shape, np.asarray(bound(dtype, accuracy))))


def gradients(case: Case, arrays: Mapping[str, np.ndarray], crop: Crop) -> Tuple[Expected, ...]:
    """The products for the images and for the boxes; outside of the image nothing has an influence."""
    shape, x = arrays["x"].shape, flat(arrays["x"])
    cotangent = np.where(crop.inside, flat(arrays[COTANGENT]), 0)
    possible = np.where(crop.unsure, flat(arrays[COTANGENT]), 0)
    axes = crop.axes()
    if case.parameters["method"] == "nearest":
        found, terms, free = copies_gradient(cotangent, crop.choices(), crop.sizes, crop.start, x.shape[1])
    else:
        found, count = places.array_gradient(cotangent, axes, crop.sizes, crop.start, x.shape[1])
        terms, free = np.broadcast_to(count + 12, x.shape), np.zeros(x.shape, bool)
    touched, _ = places.array_gradient(possible, axes, crop.sizes, crop.start, x.shape[1])
    free = free | (touched.size + touched.lost > 0)
    first = restored(found, shape).expected(shape, case.dtype, batched(shape, terms), "x", batched(shape, free))
    return first, box_gradient(case, x, cotangent, crop, axes)


def box_gradient(case: Case, x: np.ndarray, cotangent: np.ndarray, crop: Crop, axes: List[places.Axis]) -> Expected:
    """The product for the boxes: each end has its share of every place."""
    count, per_box = crop.full[0], math.prod(crop.size)
    columns = []
    for axis in (0, 1):
        moved = places.place_gradient(x, cotangent, axes, crop.sizes, crop.start, axis)
        columns.append([moved.scaled(end) for end in crop.ends[axis]])
    ordered = [columns[0][0], columns[1][0], columns[0][1], columns[1][1]]
    summed = [
        places.Sampled(*(part.reshape(count, per_box) for part in (c.value, c.size, c.lost))).sum((1,)) for c in ordered
    ]
    parts = [np.stack(part, axis=-1) for part in zip(*((c.value, c.size, c.lost) for c in summed))]
    loose = (crop.kinks() & crop.inside) | crop.unsure
    free = np.tile(loose.reshape(2, count, per_box).any(axis=2).T, (1, 2)) | (case.parameters["method"] == "nearest")
    steps = places.roundings(axes) + x.shape[0] + per_box + 8
    return places.Sampled(*parts).expected((count, 4), "float32", steps, "boxes", free)


crop_and_resize = add_calls(
    sampling(
        "crop_and_resize",
        ("x", "boxes", "index"),
        meaning,
        "crops of images, resized to one size",
        differentiable=("x", "boxes"),
        result=result,
        points=(0.0, 0.25, 0.5, 1.0),
        smooth=("float32",),
    ),
    {"tensorflow": channels_last("tf.image.crop_and_resize($, boxes, index, size, method, value)")},
)
