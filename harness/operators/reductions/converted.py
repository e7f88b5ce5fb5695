"""Reductions and scans with ``dtype``: the elements are converted to it, and reduced in it.

torch documents that the input is cast before the operation is performed, to prevent overflows (torch.sum, dtype); NumPy, JAX and
TensorFlow's numpy that it is the dtype of the result and of the accumulator.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict

import numpy as np

from harness.case import Case
from harness.formats import FLOATS as FORMATS
from harness.formats import kind_of, numpy_dtype
from harness.meaning import Accuracy
from harness.operators.facts import Facts
from harness.operators.reductions.known import OWN, SIXTEEN_BIT_SUMS, TENSORFLOW_SUMS
from harness.operators.reductions.linear import mean, product, total
from harness.operators.reductions.meaning import Readings, Reduction
from harness.operators.reductions.scans import SUM_FACTS, cumulative_product, cumulative_sum
from harness.operators.reductions.sums import wide_of
from harness.operators.reductions.table import SCAN, SEVERAL, all_or_one, row
from harness.plain import Ask, ask

GIVEN = ("int8", "uint8", "int16", "int32", "float32", "float16", "bfloat16", "float32")
TO = ("float32", "int32", "float16", "int64", "float64", "int8", "bfloat16", "uint8")
"""Dtypes of the input and of the result in shrinking order."""


def no_truncation(structure: Any) -> Any:
    """Floats are converted to floats only: beyond its range, and of NaN, an integer is undefined."""
    to = structure["parameters"]["to"]
    if structure["inputs"]["x"][1] in GIVEN[4:] and kind_of(to) == "integer":
        structure["parameters"]["to"] = {"int32": "float32", "int64": "float64"}.get(to, "float16")
    if (structure["inputs"]["x"][1], structure["parameters"]["to"]) == ("bfloat16", "float16"):
        structure["parameters"]["to"] = "float32"  # overflow before the sum or in it: no document says
    return structure


def converted(value: Callable[[np.ndarray, Case], Readings]) -> Callable[[np.ndarray, Case], Readings]:
    """The reduction of the elements, each rounded once to the dtype; integers modulo its width."""

    def function(rows: np.ndarray, case: Case) -> Readings:
        to = case.parameters["to"]
        changed = rows.astype(numpy_dtype(to))
        rows = wide_of(changed, to) if kind_of(to) == "float" else changed
        as_if = replace(case, inputs={**case.inputs, "x": replace(case.inputs["x"], dtype=to)})
        found = value(rows, as_if)
        if kind_of(to) == "integer":
            return {"": found[to]}
        if kind_of(case.dtype) == "integer" or (to, case.dtype) == ("float16", "float16"):
            return found
        small = value(np.where(np.abs(rows) < FORMATS[case.dtype].smallest_normal, 0, rows), as_if)
        return {
            name: tuple(
                replace(output, flushed=other.values, exact=False, bound=output.bound)
                for output, other in zip(outputs, small[name])
            )
            for name, outputs in found.items()
        }

    return function


def widening(case: Case) -> bool:
    """Whether no float is converted to 16 bits: Keras documents the dtype of the result only, and converts that."""
    to = case.parameters["to"]
    return narrow(case) and (
        kind_of(to) == "integer" or to == "float32" or kind_of(case.dtype) == "integer" or to == case.dtype
    )


def narrow(case: Case) -> bool:
    """Whether the dtype is one that JAX, and Keras on JAX and torch, have by default."""
    return not case.parameters["to"].endswith("64")


def calls_of(name: str, scan: bool) -> Dict[str, Ask]:
    """The calls of a reduction, or of a scan, which keeps no dimensions."""
    keep = "" if scan else ", keepdims=keepdims"
    words = keep.replace("keepdims=", "keepdim=")
    every = f"torch.{name}(x, dtype=getattr(torch, to)) if axis is None else " if name == "prod" else ""
    calls = {
        "torch": ask(
            f"{every}torch.{name}(x, dim=axis{words}, dtype=getattr(torch, to))",
            when=all_or_one if name == "prod" else lambda case: True,
        ),
        "tensorflow": ask(f"tf.experimental.numpy.{name}(x, axis=axis, dtype=tf.as_dtype(to).as_numpy_dtype{keep})"),
        "jax": ask(f"jax.numpy.{name}(x, axis=axis, dtype=to{keep})", when=narrow),
    }
    if scan or name == "prod":
        calls["keras"] = ask(f"keras.ops.{name}(x, axis=axis{keep}, dtype=to)", when=widening)
    return calls


IN_THE_DTYPE = Accuracy(
    accumulate=OWN,
    flush=SIXTEEN_BIT_SUMS.flush,
    source="jax/_src/numpy/reductions.py: upcast_f16_for_computation=(dtype is None)",
)
"""JAX adds up 16-bit floats in their own dtype where it is given."""

FACTS: Facts = (*((targets, IN_THE_DTYPE) for targets in ("jax*:*:*", "keras-jax*:*:*")), *TENSORFLOW_SUMS)

# fmt: off
for _name, _value, _words in (("sum", total, "the sum"), ("prod", product, "the product"), ("mean", mean, "the arithmetic mean")):
    row(f"{_name}_dtype", SEVERAL, Reduction(
        converted(_value), dtypes=GIVEN, parameters=(("to", ("float32", "float64", "float16", "bfloat16") if _name == "mean" else TO),),
    ), calls_of(_name, False), f"{_words} of the elements, converted to a dtype", FACTS, kept=no_truncation)
for _name, _value, _words in (("cumsum", cumulative_sum, "sums"), ("cumprod", cumulative_product, "products")):
    row(f"{_name}_dtype", SCAN, Reduction(converted(_value), scan=True, dtypes=GIVEN, parameters=(("to", TO),)),
        calls_of(_name, True), f"cumulative {_words} of the elements, converted to a dtype", SUM_FACTS, kept=no_truncation)
# fmt: on
