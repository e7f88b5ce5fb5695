"""Planted bugs of recurrent cells: gates exchanged, a reset gate in the wrong place, states forgotten."""

from __future__ import annotations

import numpy as np

from harness.case import GRADIENT, Kind
from planted.bugs import Bug

WRONG = (Kind.VALUE, Kind.NOT_FINITE)


def reordered(arrays, order):
    """Kernels and biases with the gates in another order; what stands in front of them are layers and directions."""
    axes = {**dict.fromkeys(("w", "v", "u"), -3), **dict.fromkeys(("b", "d"), -2)}
    return {name: np.take(array, order, axes[name]) if name in axes else array for name, array in arrays.items()}


def gates_exchanged(case, arrays):
    """Candidate and output gate of a long short-term memory change places."""
    return case, reordered(arrays, [0, 1, 3, 2])


def update_for_reset(case, arrays):
    """The gates of a gated recurrent unit in another order."""
    return case, reordered(arrays, [1, 0, 2])


def reset_before(case, arrays):
    return (case, arrays) if "d" in arrays else (case.with_parameters(reset="before"), arrays)


def bias_left_out(case, arrays):
    return case, {name: np.zeros_like(array) if name == "b" else array for name, array in arrays.items()}


def old_state(case, results):
    """The cell state of the last step is that of the step before: the last row of the states."""
    if case.quantity == GRADIENT or len(results[0]) < 2:
        return results
    y = results[0].copy()
    y[-1] = y[-2]
    return [y]


def one_direction(case, arrays):
    """Both directions have the kernels of the first."""
    return case, {name: array[:1].repeat(len(array), 0) if name == "w" else array for name, array in arrays.items()}


def not_turned_back(case, results):
    """The states of a layer that reads from the end stand in the order of computation: two of the backward ones change places."""
    if case.quantity == GRADIENT or not case.parameters["bidirectional"] or case.inputs["x"].shape[0] < 2:
        return results
    y = results[0].copy()
    y[[1, 3]] = y[[3, 1]]
    return [y]


def gradient_of_one_step(case, results):
    """The gradient of the recurrent kernel loses what the first entry adds."""
    if case.quantity != GRADIENT:
        return results
    position = [name for name in ("x", "h", "c", "w", "v", "u", "b", "d") if name in case.inputs].index("u")
    changed = [result.copy() for result in results]
    changed[position][..., :1, :] = 0
    return changed


BUGS_RECURRENT: dict[str, tuple[tuple[str, ...], Bug]] = {
    "recurrent: gates exchanged": (("lstm_cell:aligned", "lstm"), Bug(WRONG, before=gates_exchanged)),
    "recurrent: update for reset": (("gru_cell:aligned", "gru"), Bug(WRONG, before=update_for_reset)),
    "recurrent: reset before": (("gru_cell:aligned",), Bug(WRONG, before=reset_before)),
    "recurrent: bias left out": (("rnn_cell", "rnn"), Bug(WRONG, before=bias_left_out)),
    "recurrent: state of the step before": (("lstm",), Bug(WRONG, after=old_state)),
    "recurrent: one direction": (("rnn", "gru", "lstm"), Bug(WRONG, before=one_direction)),
    "recurrent: not turned back": (("lstm",), Bug(WRONG, after=not_turned_back)),
    "recurrent: gradient of one step": (("rnn", "gru"), Bug(WRONG, after=gradient_of_one_step)),
}
"""By name the operators that show it, and the bug."""
