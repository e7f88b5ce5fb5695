"""What frameworks document not to do with recurrent cells, and what Keras does with float64."""

from __future__ import annotations

from typing import Sequence

from harness.case import Case, Kind, KnownDifference
from harness.operator import Operator
from harness.operators.recurrent import cells, nominal, sequences


def is_float64(case: Case) -> bool:
    """Whether the case is one of float64."""
    return case.dtype == "float64"


def narrowed(operator: Operator, kinds: Sequence[Kind] = (Kind.DTYPE, Kind.VALUE, Kind.NOT_FINITE)) -> None:
    """State that Keras on torch computes, or with DTYPE alone describes, float64 as float32 by its promotion rule."""
    for kind in kinds:
        operator.differs(
            KnownDifference(
                "keras-torch:*",
                kind,
                "",
                "Keras' promotion rule makes float32 of float64, also where both operands are float64: matmul and correlate compute in it",
                'keras/src/backend/common/dtypes.py, _lattice_result_type: "Force to be 32-bit dtype when encountering 64-bit dtype"',
                status="documented",
                when=is_float64,
            )
        )


EMPTY = KnownDifference(
    "tensorflow:*",
    Kind.RAISED,
    "is empty, has shape|must be non-empty",
    "TensorFlow's block cells refuse an empty batch",
    'tensorflow/core/kernels/rnn/lstm_ops.cc: every input is required to have elements, "is empty, has shape"',
    when=lambda case: case.inputs["x"].size == 0,
)

for _operator in (
    cells.rnn,
    cells.lstm,
    cells.gru,
    nominal.lstm,
    nominal.gru,
    sequences.rnn,
    sequences.lstm,
    sequences.gru,
):
    narrowed(_operator)
for _operator in (cells.lstm, nominal.lstm, sequences.lstm):
    _operator.differs(EMPTY)
