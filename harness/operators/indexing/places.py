"""What an index means that is negative or out of bounds: the conventions, and which framework documents which.

* NumPy, torch's advanced indexing and JAX count negative indices from the end; torch.index_select, torch.gather, tf.gather and
  tf.gather_nd refuse them.
* Out of bounds torch raises; TensorFlow raises on the CPU, and on the GPU gives 0 and leaves out updates (tensorflow.org, tf.gather,
  tf.gather_nd, tf.tensor_scatter_nd_update).
* JAX by default fills with NaN when it takes, clamps when it indexes, and drops updates (docs.jax.dev, jax.numpy.take and
  jax.numpy.ndarray.at).
"""

from __future__ import annotations

from typing import Callable, Dict, Optional, Tuple

import numpy as np

from harness.case import Case
from harness.operators.moves.positions import MISSING, ZERO, Refused

DROPPED = ZERO
"""Instead of a place: the update is left out."""


def axis_of(axis: int, rank: int, name: str = "axis") -> int:
    """The axis counted from the first. Raises Refused when there is none."""
    if not -rank <= axis < rank:
        raise Refused(f"{name} {axis}: x has {rank} axes")
    return axis % rank


def readings(indices: np.ndarray, length: int) -> Tuple[str, Dict[str, np.ndarray]]:
    """Why the indices of an axis may be refused, and their places by convention; a single convention where all lie inside.

    ``wrap`` counts negative indices from the end. Out of bounds: ``fill`` and ``zero`` give a constant; ``clamp`` takes the nearest
    after wrapping, ``clip`` before; ``modulo`` repeats the axis.
    """
    given = indices.astype(np.int64)
    inside = (given >= 0) & (given < length)
    if inside.all():
        return "", {"": given}
    wrapped = np.where(given < 0, given + length, given)
    legal = (wrapped >= 0) & (wrapped < length)
    if legal.all():
        return "indices: negative", {"wrap": wrapped}
    found = {
        "fill": np.where(legal, wrapped, MISSING),
        "zero": np.where(legal, wrapped, ZERO),
        "positive or zero": np.where(inside, given, ZERO),
        "positive or fill": np.where(inside, given, MISSING),
    }
    if length:
        found["clamp"] = np.clip(wrapped, 0, length - 1)
        found["clip"] = np.clip(given, 0, length - 1)
        found["modulo"] = given % length
    return "indices: out of bounds", found


def targets(indices: np.ndarray, lengths: Tuple[int, ...]) -> Tuple[str, Dict[str, np.ndarray]]:
    """The same for coordinates in the last axis of ``indices``, as flat positions of the first axes; DROPPED where one is out of bounds."""
    given = indices.astype(np.int64)
    sizes = np.array(lengths, np.int64)
    inside: np.ndarray = np.all((given >= 0) & (given < sizes), axis=-1)
    weights = np.array([int(np.prod(lengths[i + 1 :], dtype=np.int64)) for i in range(len(lengths))], np.int64)

    def flat(places: np.ndarray, kept: np.ndarray) -> np.ndarray:
        return np.where(kept, np.where(kept[..., None], places, 0) @ weights, DROPPED)

    if inside.all():
        return "", {"": flat(given, inside)}
    wrapped = np.where(given < 0, given + sizes, given)
    legal: np.ndarray = np.all((wrapped >= 0) & (wrapped < sizes), axis=-1)
    if legal.all():
        return "indices: negative", {"wrap": flat(wrapped, legal)}
    found = {"drop": flat(wrapped, legal), "positive or drop": flat(given, inside)}
    if min(lengths):
        always = np.ones(legal.shape, bool)
        found["clamp"] = flat(np.clip(wrapped, 0, sizes - 1), always)
        found["clip"] = flat(np.clip(given, 0, sizes - 1), always)
    return "indices: out of bounds", found


def follows(negative: str, outside: str) -> Callable[[Case], str]:
    """The convention that a framework documents for negative indices and for those out of bounds."""
    documented = {"negative": negative, "outside": outside, "far": outside}
    return lambda case: documented.get(case.parameters.get("indices_are", ""), "")


def index_dtypes(*dtypes: str, when: Optional[Callable[[Case], bool]] = None) -> Callable[[Case], bool]:
    """Whether a call takes indices of the case's dtype."""
    return lambda case: case.inputs["indices"].dtype in dtypes and (when is None or when(case))
