"""Recurrent networks: the cells of one step and short sequences of them."""

from harness.operators.recurrent import cells, nominal, sequences

__all__ = ["cells", "nominal", "sequences"]
