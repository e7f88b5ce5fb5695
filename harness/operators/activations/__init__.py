"""Activation functions, by their formulas; where frameworks define one name in two ways, both."""

from harness.operators.activations import pieces, prelu, smooth  # noqa: F401 - importing them registers their operators
