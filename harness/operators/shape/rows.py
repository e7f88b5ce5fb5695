"""The rows of operators that change shapes."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case, Kind, KnownDifference
from harness.formats import FLOATS
from harness.meaning import Accuracy, Expected, Meaning, Rule
from harness.operators.facts import KERAS_NARROWS
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


MODULES = {"torch": "torch.", "tensorflow": "tf.", "jax": "jax.numpy.", "keras": "keras.ops."}
NONE, NUMPY = "", "tf.experimental.numpy."
"""In the place of a call: there is none; TensorFlow's module that has NumPy's functions."""


def alike(text: str, **others: Any) -> Expressions:
    """The calls of a function that has one name in all frameworks, but for ``others``: a call, ``NONE`` or ``NUMPY``."""
    calls = {table: module + text for table, module in MODULES.items()}
    calls.update({table: NUMPY + text if call == NUMPY else call for table, call in others.items()})
    return {table: call for table, call in calls.items() if call != NONE}


JOINED = {
    "torch": "torch.cat([part.reshape(-1) for part in {}])",
    "tensorflow": "tf.concat([tf.reshape(part, [-1]) for part in {}], 0)",
    "jax": "jax.numpy.concatenate([part.reshape(-1) for part in {}])",
    "keras": "keras.ops.concatenate([keras.ops.reshape(part, (-1,)) for part in {}])",
}
"""All elements of several results in one axis."""


def parted(calls: Expressions) -> Expressions:
    """The calls of a function with several results, whose gradient is that of all elements of all of them."""
    return {
        table: [
            ask(str(text), when=lambda case: case.quantity != GRADIENT),
            ask(JOINED[table].format(text), when=lambda case: case.quantity == GRADIENT, composed=True),
        ]
        for table, text in calls.items()
    }


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
row("reshape", "x", d.reshape, alike("reshape(x, shape)"), "the same elements in another shape")
row("ravel", "x", d.ravel, alike("ravel(x)", tensorflow="tf.reshape(x, [-1])"), "all elements in one axis", drawn="array")
row("transpose", "x", d.transpose, alike("transpose(x, axes)", torch="torch.permute(x, axes)"), "the axes in another order")
row("moveaxis", "x", d.moveaxis, alike("moveaxis(x, source, destination)", tensorflow=NUMPY), "an axis at another place")
row("swapaxes", "x", d.swapaxes, alike("swapaxes(x, axis1, axis2)", tensorflow=NUMPY), "two axes exchanged")
row("squeeze", "x", d.squeeze, alike(
    "squeeze(x, axis)",
    torch=[
        ask("torch.squeeze(x)", when=lambda case: case.parameters["axis"] is None),
        ask("torch.squeeze(x, axis)", convention=longer("kept")),
    ],
    tensorflow=ask("tf.squeeze(x, axis)", convention=longer(REFUSES)),
    jax=ask("jax.numpy.squeeze(x, axis)", convention=longer(REFUSES)),
), "axes of length one removed")
row("expand_dims", "x", d.expand_dims, alike("expand_dims(x, axis)", torch="torch.unsqueeze(x, axis)"), "a new axis of length one")
row("concatenate", "x y z", d.concatenate, alike(
    "concatenate((x, y, z), axis)", torch="torch.cat((x, y, z), axis)", tensorflow="tf.concat((x, y, z), axis)"
), "joined along an axis", known=(DESCRIBED, SKIPPED))
row("stack", "x y z", d.stack, alike("stack((x, y, z), axis)"), "joined along a new axis", known=(DESCRIBED,))
row("split", "x", d.split, parted(alike("split(x, sections, axis)", torch=NONE)), "equal sections", several=True)
row("array_split", "x", d.array_split, parted(alike(
    "array_split(x, sections, axis)", torch="torch.tensor_split(x, sections, axis)", tensorflow=NONE
)), "nearly equal sections", several=True)
row("split_at", "x", d.split_at, parted(alike(
    "split(x, places, axis)", torch="torch.tensor_split(x, places, axis)", tensorflow=NUMPY
)), "sections between places", several=True)
row("unstack", "x", d.unstack, parted(alike("unstack(x, axis=axis)", torch="torch.unbind(x, axis)")), "every entry of an axis",
    several=True)
row("tile", "x", d.tile, alike("tile(x, repeats)", tensorflow=ask("tf.tile(x, repeats)", when=same_rank)), "the whole array repeated")
row("repeat", "x", d.repeat, alike(
    "repeat(x, repeats, axis)", torch="torch.repeat_interleave(x, repeats, axis)"
), "every entry repeated")
row("broadcast_to", "x", d.broadcast_to, alike("broadcast_to(x, shape)"), "repeated to a shape")
row("meshgrid", "x y z", d.meshgrid, parted(alike("meshgrid(x, y, z, indexing=indexing)")), "coordinates of a grid",
    several=True, flushes=True, known=(DESCRIBED,))  # tf.meshgrid multiplies by ones
row("full_like", "x", d.full_like, alike("full_like(x, value)", tensorflow=NUMPY), "a constant in the shape of x", gradient=False)
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
