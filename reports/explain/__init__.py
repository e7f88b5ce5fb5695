"""``opdiff explain``: why a convolution returns this shape and these numbers, and how to say the same elsewhere.

Imports no framework: a call is read with ``ast`` and answered with the window law of ``harness.windows``.
"""
