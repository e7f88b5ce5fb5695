"""Arrays made of parameters alone: identities, triangles of ones, ranges. The scalar x says nothing but the dtype."""

from __future__ import annotations

import math
from typing import Any, Callable, Mapping

import numpy as np

from harness.case import Case, Kind, KnownDifference
from harness.meaning import Meaning, Rule
from harness.operators.moves.positions import REFUSES, Refused, exactly, parameters_of, refusals
from harness.operators.moves.rows import operator_row
from harness.plain import Expressions, ask

Arrays = Mapping[str, np.ndarray]


def eye(rows: int, columns: int, k: int) -> np.ndarray:
    """Ones on the k-th diagonal."""
    sizes(rows, columns)
    i, j = np.indices((rows, columns))
    return (j - i == k).astype(np.float64)


def tri(rows: int, columns: int, k: int) -> np.ndarray:
    """Ones on the k-th diagonal and below it."""
    sizes(rows, columns)
    i, j = np.indices((rows, columns))
    return (j - i <= k).astype(np.float64)


def sizes(rows: int, columns: int) -> None:
    """Raises Refused where a length is negative."""
    if min(rows, columns) < 0:
        raise Refused(f"rows {rows} and columns {columns}: a length is not negative")


def arange(start: float, stop: float, step: float) -> np.ndarray:
    """start + i step for all i from 0 on, before stop (numpy.org, numpy.arange); none where the step leads away from stop."""
    if step == 0:
        raise Refused("step 0: leads nowhere")
    count = max(math.ceil((stop - start) / step), 0)
    return start + step * np.arange(count, dtype=np.float64)


def leads_away(case: Case) -> bool:
    """Whether the step leads away from the stop: NumPy gives nothing, torch and TensorFlow refuse."""
    p = case.parameters
    return "step" in p and (p["stop"] - p["start"]) * p["step"] < 0


def created(function: Callable[..., np.ndarray]) -> Callable[[Case, Arrays], Meaning]:
    """The meaning of an operator of parameters; all values are such that every dtype holds them exactly."""

    def meaning(case: Case, arrays: Arrays) -> Meaning:
        try:
            value = function(**parameters_of(case))
        except Refused as refused:
            return Meaning(Rule.REFUSE, str(refused))
        expected = (exactly(value, case.dtype, signed=False),)
        if leads_away(case):
            reason = "step: leads away from stop"
            return Meaning(Rule.EITHER, reason, {"empty": expected, REFUSES: refusals(expected, reason)})
        return Meaning(Rule.COMPUTE, "", {"": expected})

    return meaning


def row(name: str, function: Callable[..., np.ndarray], calls: Expressions, summary: str) -> None:
    """Register an operator of parameters."""
    facts: Mapping[str, Any] = {"family": "shape", "strategies": "strategies.shape_operators"}
    one = ("rounding",)
    regimes = {"float": one, "integer": one}
    known = (RANGES,) if name == "arange" else ()
    operator_row(name, "x", created(function), calls, summary=summary, regimes=regimes, known=known, **facts)


RANGES = KnownDifference(
    targets="*tensorflow:*:*",
    kind=Kind.RAISED,
    cause="Tidx|Range|parameter 'start' has DataType",
    when=lambda case: case.dtype in ("float16", "int8", "int16", "uint8"),
    reason="tf.range has no kernel for the dtype",
    source="TensorFlow's own messages (list of allowed values; no device for the node)",
    name="dtypes of tf.range",
)
"""What TensorFlow states of ranges of small dtypes."""


def main(case: Case) -> bool:
    """Whether the main diagonal is meant."""
    return case.parameters["k"] == 0


def away(convention: str) -> Callable[[Case], str]:
    """The convention where the step leads away from the stop."""
    return lambda case: convention if leads_away(case) else ""


# fmt: off
row("eye", eye, {
    "torch": ask("torch.eye(rows, columns, dtype=x.dtype)", when=main),
    "tensorflow": ask("tf.eye(rows, columns, dtype=x.dtype)", when=main),
    "jax": "jax.numpy.eye(rows, columns, k, dtype=x.dtype)",
    "keras": "keras.ops.eye(rows, columns, k, dtype=x.dtype)",
}, "ones on a diagonal")
row("tri", tri, {
    "tensorflow": "tf.experimental.numpy.tri(rows, columns, k, dtype=x.dtype.as_numpy_dtype)",
    "jax": "jax.numpy.tri(rows, columns, k, dtype=x.dtype)",
    "keras": "keras.ops.tri(rows, columns, k, dtype=x.dtype)",
}, "ones on a diagonal and below it")
row("arange", arange, {
    "torch": ask("torch.arange(start, stop, step, dtype=x.dtype)", convention=away(REFUSES)),
    "tensorflow": ask("tf.range(start, stop, step, dtype=x.dtype)", convention=away(REFUSES)),
    "jax": ask("jax.numpy.arange(start, stop, step, dtype=x.dtype)", convention=away("empty")),
    "keras": "keras.ops.arange(start, stop, step, dtype=x.dtype)",
}, "numbers at equal distances")
# fmt: on
