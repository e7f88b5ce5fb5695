"""What frameworks document not to do with recurrent cells, and what Keras does with float64."""

from __future__ import annotations

from harness.case import Kind, KnownDifference
from harness.operators.facts import narrowed
from harness.operators.recurrent import cells, nominal, sequences

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
