"""Recurrent networks: the cells of one step and short sequences of them."""

from harness.operators.recurrent import cells, known, nominal, sequences

__all__ = ["cells", "known", "nominal", "sequences"]
