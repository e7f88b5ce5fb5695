"""What makes coordinates, or is read off by them: one_hot, argwhere, nonzero, trace."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS
from harness.meaning import Expected, Meaning, Rule
from harness.operators.elementwise.bounds import flushed_to_zero
from harness.operators.indexing.arrange import diagonal, simple_axes
from harness.operators.indexing.places import follows
from harness.operators.indexing.rows import row
from harness.operators.moves.positions import REFUSES, Refused, refusals, wide
from harness.operators.moves.sums import scattered_sum
from harness.plain import Ask, ask

Arrays = Mapping[str, np.ndarray]


def one_hot(case: Case, arrays: Arrays) -> Meaning:
    """1 at the class, else 0; a class outside [0, count) has zeros alone, or is refused."""
    x, count = arrays["x"].astype(np.int64), case.parameters["count"]
    if count < 0:
        return Meaning(Rule.REFUSE, f"count {count}: negative")
    value = (x[..., None] == np.arange(count)).astype(np.float64)
    zero = np.zeros(value.shape)
    expected = (
        Expected(value.shape, "float32", (value,), lambda dtype, accuracy: zero, other_dtypes=("int64", "float64")),
    )
    if ((x >= 0) & (x < count)).all():
        return Meaning(Rule.COMPUTE, "", {"": expected})
    reason = "x: classes out of bounds"
    return Meaning(Rule.EITHER, reason, {"zeros": expected, REFUSES: refusals(expected, reason)})


COUNTED, FLUSHED = "subnormals are not zero", "subnormals are zero"


def indices_of(function: Callable[[np.ndarray], Any]) -> Callable[[Case, Arrays], Meaning]:
    """The meaning of what gives indices of elements that are not zero; whether subnormal ones are is a convention."""

    def outputs(x: np.ndarray) -> Tuple[Expected, ...]:
        found = function(x)
        return tuple(map(counted, found)) if isinstance(found, tuple) else (counted(found),)

    def meaning(case: Case, arrays: Arrays) -> Meaning:
        x = arrays["x"]
        if case.dtype in FLOATS:
            flushed = flushed_to_zero(wide(x, case.dtype), case.dtype)
            if ((flushed == 0) != (x == 0)).any():
                return Meaning(Rule.COMPUTE, "", {COUNTED: outputs(x), FLUSHED: outputs(flushed)})
        return Meaning(Rule.COMPUTE, "", {"": outputs(x)})

    return meaning


def counted(array: np.ndarray) -> Expected:
    """Indices of either width."""
    value, zero = array.astype(np.longdouble), np.zeros(array.shape)
    return Expected(array.shape, "int64", (value,), lambda dtype, accuracy: zero, other_dtypes=("int32",))


def trace(case: Case, arrays: Arrays) -> Meaning:
    """The sum of a diagonal."""
    x = arrays["x"]
    place = np.arange(x.size).reshape(x.shape)
    names = ("k", "axis1", "axis2")
    try:
        chosen = diagonal(place, *(case.parameters[name] for name in names))
    except Refused as refused:
        return Meaning(Rule.REFUSE, str(refused))
    shape = chosen.shape[:-1]
    total = int(np.prod(shape, dtype=np.int64))
    owner = np.repeat(np.arange(total), chosen.shape[-1])
    if case.quantity == GRADIENT:
        cotangent = wide(arrays[COTANGENT], case.dtype).reshape(-1)
        value = np.zeros(x.size, cotangent.dtype)
        value[chosen.reshape(-1)] = cotangent[owner]
        zero = np.zeros(x.shape)
        return Meaning(
            Rule.COMPUTE,
            "",
            {"": (Expected(x.shape, case.dtype, (value.reshape(x.shape),), lambda d, a: zero, name="x"),)},
        )
    values = wide(x, case.dtype).reshape(-1)[chosen.reshape(-1)]
    total_of = scattered_sum(owner, values, np.zeros(total, values.dtype), case.dtype, False)
    return Meaning(Rule.COMPUTE, "", {"": (total_of.output(slice(None), shape),)})


def trace_shape(case: Case, arrays: Arrays) -> Tuple[int, ...]:
    """The axes that are left."""
    rank = len(case.inputs["x"].shape)
    gone = {case.parameters[name] % rank for name in ("axis1", "axis2")}
    return tuple(length for axis, length in enumerate(case.inputs["x"].shape) if axis not in gone)


def main_diagonal(case: Case) -> bool:
    """Whether the main diagonal of the last two axes is meant."""
    return simple_axes(case) and case.parameters["k"] == 0


def spelled(text: str, *dtypes: str, **facts: Any) -> Ask:
    """A call that takes x of these dtypes."""
    return ask(text, when=lambda case: case.dtype in dtypes, **facts)


EAGER = ("eager",)

# fmt: off
row("one_hot", "x", one_hot, {
    "torch": spelled("torch.nn.functional.one_hot(x, count)", "int64", convention=follows(REFUSES, REFUSES), modes=EAGER),
    "tensorflow": spelled("tf.one_hot(x, count)", "int32", "int64", "uint8", "int8", convention=follows("zeros", "zeros")),
    "jax": ask("jax.nn.one_hot(x, count)", convention=follows("zeros", "zeros")),
    "keras": "keras.ops.one_hot(x, count)",
}, "a vector of zeros and one 1 for every class", regimes={"integer": ("rounding",)})
row("argwhere", "x", indices_of(np.argwhere), {
    "torch": ask("torch.nonzero(x)", convention=lambda case: COUNTED, modes=EAGER),
    "tensorflow": ask("tf.where(x)", when=lambda case: len(case.inputs["x"].shape) > 0),
    "jax": ask("jax.numpy.argwhere(x)", modes=EAGER),
}, "coordinates of the elements that are not zero", drawn="array")
row("nonzero", "x", indices_of(lambda x: np.nonzero(x) if x.ndim else (np.zeros(int(x != 0), np.int64),)), {
    "torch": ask(
        "torch.nonzero(x, as_tuple=True)", when=lambda case: len(case.inputs["x"].shape) > 0, convention=lambda case: COUNTED, modes=EAGER
    ),
    "jax": ask("jax.numpy.nonzero(x)", when=lambda case: len(case.inputs["x"].shape) > 0, modes=EAGER),
    "keras": ask("keras.ops.nonzero(x)", when=lambda case: len(case.inputs["x"].shape) > 0, modes=EAGER),
}, "coordinates of the elements that are not zero, per axis", drawn="array")
row("trace", "x", trace, {
    "torch": ask("torch.trace(x)", when=lambda case: main_diagonal(case) and len(case.inputs["x"].shape) == 2),
    "tensorflow": ask("tf.linalg.trace(x)", when=main_diagonal),
    "jax": "jax.numpy.trace(x, k, axis1, axis2)",
    "keras": "keras.ops.trace(x, k, axis1, axis2)",
}, "sums of diagonals", differentiable=("x",), shape=trace_shape)
# fmt: on
