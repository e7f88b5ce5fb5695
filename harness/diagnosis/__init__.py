"""Explanations of a wrong outcome, tried before an alarm: which one fits, and what it says.

An explanation is a row of an open table (``table.py``). It counts only where it predicts the outcome of every run of the finding, within
the bound, that the right result does not fit; or, of where a result is wrong, where it names the wrong elements.
"""
