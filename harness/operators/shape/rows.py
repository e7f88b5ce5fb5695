"""The rows of operators that change shapes."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case, Kind, KnownDifference
from harness.formats import FLOATS
from harness.meaning import Accuracy, Expected, Meaning, Rule
from harness.operators.elementwise.limits import KERAS_NARROWS
from harness.operators.moves.positions import REFUSES, wide
from harness.operators.moves.rows import has, move, operator_row
from harness.operators.shape import definitions as d
from harness.plain import Expressions, ask

Arrays = Mapping[str, np.ndarray]


def row(name: str, inputs: str, plan: Callable[..., Any], calls: Expressions, summary: str, **facts: Any) -> None:
    """Register an operator that moves elements."""
    move(
        name,
        inputs,
        plan,
        calls,
        moved=inputs,
        summary=summary,
        family="shape",
        strategies="strategies.shape_operators",
        **facts,
    )


def longer(convention: str) -> Callable[[Case], str]:
    """The convention for squeezing an axis whose length is not one."""
    return lambda case: convention if case.parameters["axis"] is not None else ""


def same_rank(case: Case) -> bool:
    """Whether there is a repetition for every axis: tf.tile wants no other."""
    return len(case.parameters["repeats"]) == len(case.inputs["x"].shape)


DESCRIBED = KnownDifference(
    targets="keras-*:*:abstract",
    kind=Kind.DTYPE,
    cause="dtype of",
    when=has("int64", "uint64", "float64", "complex128"),
    reason="Keras describes what has 64 bits with 32; the result has 64",
    source=KERAS_NARROWS,
    status="documented",
    name="Keras: 64 bits described as 32",
)

SKIPPED = KnownDifference(
    targets="*torch:*:*",
    kind=Kind.ACCEPTED,
    cause="axis",
    when=lambda case: all(spec.shape == (0,) for spec in case.inputs.values()),
    reason="torch.cat skips tensors of shape (0,), along whatever axis the others are joined",
    source="docs.pytorch.org, torch.cat: same shape, or a 1-D empty tensor with size (0,)",
    name="tensors that torch.cat skips",
)


# fmt: off
row("reshape", "x", d.reshape, {
    "torch": "torch.reshape(x, shape)", "tensorflow": "tf.reshape(x, shape)",
    "jax": "jax.numpy.reshape(x, shape)", "keras": "keras.ops.reshape(x, shape)",
}, "the same elements in another shape")
row("ravel", "x", d.ravel, {
    "torch": "torch.ravel(x)", "tensorflow": "tf.reshape(x, [-1])", "jax": "jax.numpy.ravel(x)", "keras": "keras.ops.ravel(x)",
}, "all elements in one axis", drawn="array")
row("transpose", "x", d.transpose, {
    "torch": "torch.permute(x, axes)", "tensorflow": "tf.transpose(x, axes)",
    "jax": "jax.numpy.transpose(x, axes)", "keras": "keras.ops.transpose(x, axes)",
}, "the axes in another order")
row("moveaxis", "x", d.moveaxis, {
    "torch": "torch.moveaxis(x, source, destination)", "tensorflow": "tf.experimental.numpy.moveaxis(x, source, destination)",
    "jax": "jax.numpy.moveaxis(x, source, destination)", "keras": "keras.ops.moveaxis(x, source, destination)",
}, "an axis at another place")
row("swapaxes", "x", d.swapaxes, {
    "torch": "torch.swapaxes(x, axis1, axis2)", "tensorflow": "tf.experimental.numpy.swapaxes(x, axis1, axis2)",
    "jax": "jax.numpy.swapaxes(x, axis1, axis2)", "keras": "keras.ops.swapaxes(x, axis1, axis2)",
}, "two axes exchanged")
row("squeeze", "x", d.squeeze, {
    "torch": [
        ask("torch.squeeze(x)", when=lambda case: case.parameters["axis"] is None),
        ask("torch.squeeze(x, axis)", convention=longer("kept")),
    ],
    "tensorflow": ask("tf.squeeze(x, axis)", convention=longer(REFUSES)),
    "jax": ask("jax.numpy.squeeze(x, axis)", convention=longer(REFUSES)),
    "keras": "keras.ops.squeeze(x, axis)",
}, "axes of length one removed")
row("expand_dims", "x", d.expand_dims, {
    "torch": "torch.unsqueeze(x, axis)", "tensorflow": "tf.expand_dims(x, axis)",
    "jax": "jax.numpy.expand_dims(x, axis)", "keras": "keras.ops.expand_dims(x, axis)",
}, "a new axis of length one")
row("concatenate", "x y z", d.concatenate, {
    "torch": "torch.cat((x, y, z), axis)", "tensorflow": "tf.concat((x, y, z), axis)",
    "jax": "jax.numpy.concatenate((x, y, z), axis)", "keras": "keras.ops.concatenate((x, y, z), axis)",
}, "joined along an axis", known=(DESCRIBED, SKIPPED))
row("stack", "x y z", d.stack, {
    "torch": "torch.stack((x, y, z), axis)", "tensorflow": "tf.stack((x, y, z), axis)",
    "jax": "jax.numpy.stack((x, y, z), axis)", "keras": "keras.ops.stack((x, y, z), axis)",
}, "joined along a new axis", known=(DESCRIBED,))
row("split", "x", d.split, {
    "tensorflow": "tf.split(x, sections, axis)", "jax": "jax.numpy.split(x, sections, axis)", "keras": "keras.ops.split(x, sections, axis)",
}, "equal sections", gradient=False)
row("array_split", "x", d.array_split, {
    "torch": "torch.tensor_split(x, sections, axis)", "jax": "jax.numpy.array_split(x, sections, axis)",
    "keras": "keras.ops.array_split(x, sections, axis)",
}, "nearly equal sections", gradient=False)
row("split_at", "x", d.split_at, {
    "torch": "torch.tensor_split(x, places, axis)", "jax": "jax.numpy.split(x, places, axis)", "keras": "keras.ops.split(x, places, axis)",
    "tensorflow": "tf.experimental.numpy.split(x, places, axis)",
}, "sections between places", gradient=False)
row("unstack", "x", d.unstack, {
    "torch": "torch.unbind(x, axis)", "tensorflow": "tf.unstack(x, axis=axis)",
    "jax": "jax.numpy.unstack(x, axis=axis)", "keras": "keras.ops.unstack(x, axis=axis)",
}, "every entry of an axis", gradient=False)
row("tile", "x", d.tile, {
    "torch": "torch.tile(x, repeats)", "tensorflow": ask("tf.tile(x, repeats)", when=same_rank),
    "jax": "jax.numpy.tile(x, repeats)", "keras": "keras.ops.tile(x, repeats)",
}, "the whole array repeated")
row("repeat", "x", d.repeat, {
    "torch": "torch.repeat_interleave(x, repeats, axis)", "tensorflow": "tf.repeat(x, repeats, axis)",
    "jax": "jax.numpy.repeat(x, repeats, axis)", "keras": "keras.ops.repeat(x, repeats, axis)",
}, "every entry repeated")
row("broadcast_to", "x", d.broadcast_to, {
    "torch": "torch.broadcast_to(x, shape)", "tensorflow": "tf.broadcast_to(x, shape)",
    "jax": "jax.numpy.broadcast_to(x, shape)", "keras": "keras.ops.broadcast_to(x, shape)",
}, "repeated to a shape")
row("meshgrid", "x y z", d.meshgrid, {
    "torch": "torch.meshgrid(x, y, z, indexing=indexing)", "tensorflow": "tf.meshgrid(x, y, z, indexing=indexing)",
    "jax": "jax.numpy.meshgrid(x, y, z, indexing=indexing)", "keras": "keras.ops.meshgrid(x, y, z, indexing=indexing)",
}, "coordinates of a grid", gradient=False, flushes=True)  # tf.meshgrid multiplies by ones
row("full_like", "x", d.full_like, {
    "torch": "torch.full_like(x, value)", "jax": "jax.numpy.full_like(x, value)", "keras": "keras.ops.full_like(x, value)",
    "tensorflow": "tf.experimental.numpy.full_like(x, value)",
}, "a constant in the shape of x", gradient=False)
# fmt: on


LINSPACE_ROUNDINGS = 6.0
"""Roundings of a value between the ends, relative to the larger end: of the step, its multiple, the sum, or of two weights and products."""


def linspace(case: Case, arrays: Arrays) -> Meaning:
    """Values at equal distances from x to y along a new first axis; the first is x, and with ``endpoint`` the last is y exactly.

    That the last one is exactly the end NumPy and TensorFlow state (numpy.org, numpy.linspace; tensorflow.org, tf.linspace).
    """
    count, endpoint = case.parameters["count"], case.parameters["endpoint"]
    if count < 0:
        return Meaning(Rule.REFUSE, f"count {count}: negative")
    x, y = wide(arrays["x"], case.dtype), wide(arrays["y"], case.dtype)
    steps = max(count - 1 if endpoint else count, 1)
    weight = (np.arange(count, dtype=x.dtype) / steps).reshape((-1,) + (1,) * x.ndim)
    if case.quantity == GRADIENT:
        return Meaning(Rule.COMPUTE, "", {"": weights(case, wide(arrays[COTANGENT], case.dtype), weight)})
    value = x * (1 - weight) + y * weight
    form = FLOATS[case.dtype]
    each = form.roundoff * np.maximum(np.abs(x), np.abs(y)) + form.smallest_subnormal
    subnormal = np.abs(value) < (LINSPACE_ROUNDINGS * form.smallest_normal)

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        exact = (weight == 0) | ((weight == 1) & (accuracy.ulps.get("end") is None))
        error = np.where(exact, 0, LINSPACE_ROUNDINGS * each)
        flushed = np.where(subnormal, 2 * form.smallest_normal, 0) if accuracy.flushes(dtype) else 0
        return np.asarray(error + flushed)

    return Meaning(Rule.COMPUTE, "", {"": (Expected(value.shape, case.dtype, (value,), bound),)})


def weights(case: Case, cotangent: np.ndarray, weight: np.ndarray) -> Tuple[Expected, ...]:
    """The vector-Jacobian products: weighted sums over the new axis."""
    outputs = []
    for name, factor in (("x", 1 - weight), ("y", weight)):
        value, size = (cotangent * factor).sum(axis=0), np.abs(cotangent).sum(axis=0)
        error = (cotangent.shape[0] + LINSPACE_ROUNDINGS) * FLOATS[case.dtype].roundoff * size
        outputs.append(within(value, case.dtype, error, name))
    return tuple(outputs)


def within(value: np.ndarray, dtype: str, error: np.ndarray, name: str) -> Expected:
    """A value and its largest absolute error."""
    return Expected(value.shape, dtype, (value,), lambda dtype, accuracy: error, name=name)


def linspace_shape(case: Case, arrays: Arrays) -> Tuple[int, ...]:
    """The count, then the shape of the ends."""
    return (case.parameters["count"], *case.inputs["x"].shape)


def scalars(case: Case) -> bool:
    """Whether both ends are scalars and the end belongs to the values: torch.linspace says no more."""
    return case.inputs["x"].shape == () and case.parameters["endpoint"]


ADDED = Accuracy(
    ulps={"end": LINSPACE_ROUNDINGS},
    source="keras/src/backend/torch/numpy.py, linspace: start + steps * (stop - start), so that the last value is rounded, too",
)
"""Where the last value is not that of the stop."""

operator_row(
    "linspace",
    "x y",
    linspace,
    {
        "torch": ask("torch.linspace(x, y, count, dtype=x.dtype)", when=scalars),
        "tensorflow": ask("tf.linspace(x, y, count)", when=lambda case: case.parameters["endpoint"]),
        "jax": "jax.numpy.linspace(x, y, count, endpoint=endpoint)",
        "keras": "keras.ops.linspace(x, y, count, endpoint=endpoint)",
    },
    summary="values at equal distances",
    family="shape",
    strategies="strategies.shape_operators",
    regimes={"float": ("rounding", "near")},
    differentiable=("x", "y"),
    shape=linspace_shape,
    facts=(("keras-torch:*", ADDED),),
    known=(
        KnownDifference(
            targets="torch:*:*",
            kind=Kind.RAISED,
            cause="does not require grad",
            reason="torch.linspace is a creation function, whose result does not depend on its ends for autograd",
            source="docs.pytorch.org, Creation Ops; measured with torch 2.13: the result has no grad_fn",
            when=lambda case: case.quantity == GRADIENT,
            name="linspace without gradient",
        ),
    ),
)
