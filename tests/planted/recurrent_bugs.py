"""Planted bugs of recurrent cells: gates exchanged, a reset gate in the wrong place, states forgotten."""

from __future__ import annotations

import numpy as np

from harness.case import GRADIENT, Kind
from planted.bugs import Bug

WRONG = (Kind.VALUE, Kind.NOT_FINITE)


def gates_exchanged(case, arrays):
    """Candidate and output gate of a long short-term memory change places."""
    order = [0, 1, 3, 2]
    return case, {name: array[order] if name in ("w", "u", "b", "d") else array for name, array in arrays.items()}


def update_for_reset(case, arrays):
    """The gates of a gated recurrent unit in another order."""
    order = [1, 0, 2]
    return case, {name: array[order] if name in ("w", "u", "b", "d") else array for name, array in arrays.items()}


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


def gradient_of_one_step(case, results):
    """The gradient of the recurrent kernel loses what the first entry adds."""
    if case.quantity != GRADIENT:
        return results
    position = [name for name in ("x", "h", "c", "w", "u", "b", "d") if name in case.inputs].index("u")
    changed = [result.copy() for result in results]
    changed[position][..., :1, :] = 0
    return changed


BUGS_RECURRENT: dict[str, tuple[tuple[str, ...], Bug]] = {
    "recurrent: gates exchanged": (("lstm_cell:aligned", "lstm"), Bug(WRONG, before=gates_exchanged)),
    "recurrent: update for reset": (("gru_cell:aligned", "gru"), Bug(WRONG, before=update_for_reset)),
    "recurrent: reset before": (("gru_cell:aligned",), Bug(WRONG, before=reset_before)),
    "recurrent: bias left out": (("rnn_cell", "rnn"), Bug(WRONG, before=bias_left_out)),
    "recurrent: state of the step before": (("lstm",), Bug(WRONG, after=old_state)),
    "recurrent: gradient of one step": (("rnn", "gru"), Bug(WRONG, after=gradient_of_one_step)),
}
"""By name the operators that show it, and the bug."""
