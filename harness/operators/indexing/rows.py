"""The rows of scatters, segments, and of what makes indices: one_hot, nonzero, trace."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Optional, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS
from harness.meaning import Expected, Meaning, Rule
from harness.operators.elementwise.bounds import flushed_to_zero
from harness.operators.indexing.arrange import diagonal, simple_axes
from harness.operators.indexing.places import follows, index_dtypes
from harness.operators.indexing.scatter import along, rows, scattering, segmented
from harness.operators.moves.positions import REFUSES, Refused, refusals, wide
from harness.operators.moves.rows import operator_row
from harness.operators.moves.sums import scattered_sum
from harness.plain import Ask, Expressions, ask

Arrays = Mapping[str, np.ndarray]
BOTH = ("int32", "int64")


def row(
    name: str, inputs: str, meaning: Callable[[Case, Arrays], Meaning], calls: Expressions, summary: str, **facts: Any
) -> None:
    """Register an operator of the family."""
    operator_row(
        name, inputs, meaning, calls, summary=summary, family="indexing", strategies="strategies.indexing", **facts
    )


def shape_of_x(case: Case, arrays: Arrays) -> Tuple[int, ...]:
    """The result has the shape of x."""
    return case.inputs["x"].shape


def scatter_calls(kind: str) -> Dict[str, Any]:
    """The calls of a scatter at coordinates."""
    places = "tuple(torch.moveaxis(indices, -1, 0))"
    tensorflow = {"set": "update"}.get(kind, kind)
    calls: Dict[str, Any] = {
        "jax": ask(
            f"x.at[tuple(jax.numpy.moveaxis(indices, -1, 0))].{kind}(updates)", convention=follows("wrap", "drop")
        ),
        "keras": f"keras.ops.scatter_update(x, indices, updates, reduction={None if kind == 'set' else kind!r})",
    }
    if kind in ("set", "add"):
        text = f"torch.index_put(x, {places}, updates, accumulate={kind == 'add'})"
        calls["torch"] = ask(text, when=index_dtypes(*BOTH), convention=follows("wrap", REFUSES))
    if kind != "mul":
        text = f"tf.tensor_scatter_nd_{tensorflow}(x, indices, updates)"
        calls["tensorflow"] = ask(text, when=index_dtypes(*BOTH), convention=follows(REFUSES, REFUSES))
    return calls


KINDS = (
    ("set", "written"),
    ("add", "added"),
    ("mul", "multiplied"),
    ("min", "the smallest kept"),
    ("max", "the largest kept"),
)
"""Kinds of scatters, with words for them."""

# fmt: off
for _kind, _words in KINDS:
    _differentiable = ("x", "updates") if _kind in ("set", "add") else ()
    row(
        f"scatter_{_kind}", "x indices updates", scattering(_kind), scatter_calls(_kind),
        f"updates at coordinates, {_words}", drawn="scatter" if _kind == "set" else "scatter_numbers",
        differentiable=_differentiable, shape=shape_of_x,
    )


def reduced_calls(kind: str, name: str) -> Dict[str, Any]:
    """The calls of scatters of rows (``index_*``) and along an axis (``scatter_along_*``)."""
    strict = follows(REFUSES, REFUSES)
    long = {"when": index_dtypes("int64"), "convention": strict}
    reduction = {"mul": "prod", "min": "amin", "max": "amax"}.get(kind, "")
    if name == "index":
        text = {"set": "index_copy(x, 0, indices, updates)", "add": "index_add(x, 0, indices, updates)"}.get(
            kind, f"index_reduce(x, 0, indices, updates, {reduction!r})"
        )
        return {"torch": ask(f"torch.{text}", **long), "jax": ask(f"jax.numpy.asarray(x).at[indices].{kind}(updates)", convention=NUMPY)}
    text = {"set": "scatter(x, axis, indices, updates)", "add": "scatter_add(x, axis, indices, updates)"}.get(
        kind, f"scatter_reduce(x, axis, indices, updates, {reduction!r})"
    )
    calls: Dict[str, Any] = {"torch": ask(f"torch.{text}", **long)}
    if kind == "set":
        calls["jax"] = ask("jax.numpy.put_along_axis(x, indices, updates, axis, inplace=False)", convention=NUMPY)
    return calls


NUMPY = follows("wrap", "drop")
"""What JAX documents of updates: negative indices count from the end, others are dropped."""

for _name, _coordinates, _where in (("index", rows, "rows at indices"), ("scatter_along", along, "updates along an axis")):
    for _kind, _words in KINDS:
        row(
            f"{_name}_{_kind}", "x indices updates", scattering(_kind, _coordinates), reduced_calls(_kind, _name), f"{_where}, {_words}",
            drawn={"index": "index_set"}.get(_name, _name) if _kind == "set" else f"{_name}_numbers",
            differentiable=("x", "updates") if _kind in ("set", "add") else (), shape=shape_of_x,
        )
# fmt: on


def segment_shape(case: Case, arrays: Arrays) -> Tuple[int, ...]:
    """One entry per segment."""
    return (case.parameters["count"], *case.inputs["x"].shape[1:])


def segment_calls(kind: str, extreme: Optional[str]) -> Dict[str, Any]:
    """The calls of a reduction of segments, and what an empty one holds by TensorFlow's documents."""
    finite: Callable[[Case], str] = lambda case: (extreme or "") if case.dtype not in BOTH else ""  # noqa: E731
    calls: Dict[str, Any] = {
        "tensorflow": ask(f"tf.math.unsorted_segment_{kind}(x, indices, count)", convention=finite),
        "jax": f"jax.ops.segment_{kind}(x, indices, count)",
    }
    if kind != "min":
        calls["keras"] = f"keras.ops.segment_{kind}(x, indices, count)"
    if kind == "sum":
        calls["torch"] = ask(
            "torch.zeros((count,) + tuple(x.shape[1:]), dtype=x.dtype).index_add(0, indices, x)",
            composed=True,
            modes=("eager",),
        )
    return calls


# fmt: off
row("segment_sum", "x indices", segmented("sum"), segment_calls("sum", None), "sums of the rows of each segment",
    drawn="segments", differentiable=("x",), shape=segment_shape)
row("segment_max", "x indices", segmented("max"), segment_calls("max", "finite"), "the largest of each segment", drawn="segments")
row("segment_min", "x indices", segmented("min"), segment_calls("min", "finite"), "the smallest of each segment", drawn="segments")
# fmt: on


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
