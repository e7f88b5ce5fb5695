"""A framework of four functions. One of them is wrong, so that opdiff has something to find."""

import numpy

__version__ = "0.1"


def add(x, y):
    """x + y."""
    return numpy.add(x, y)


def maximum(x, y):
    """The larger of x and y; NaN where one of them is."""
    return numpy.maximum(x, y)


def tanh(x):
    """The hyperbolic tangent."""
    return numpy.tanh(x)


def softplus(x):
    """log(1 + exp(x)), a smooth rectifier."""
    return numpy.log(1 + numpy.exp(x))
