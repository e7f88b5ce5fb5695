"""Bugs of softmax and losses."""

import numpy as np

from planted.bugs import WRONG, Bug


def weights_ignored(case, arrays):
    return case, {name: array for name, array in arrays.items() if name != "w"}


def smoothing_ignored(case, arrays):
    return case.with_parameters(label_smoothing=0.0), arrays


def ignored_class_counts(case, arrays):
    return case.with_parameters(ignore_index=-12345), arrays


def along_the_last_axis(case, arrays):
    return case.with_parameters(axis=-1), arrays


def delta_is_one(case, arrays):
    return case.with_parameters(delta=1.0), arrays


def mean_of_some(case, results):
    """The mean is taken over one element too many."""
    return [(r * np.float64(0.9375)).astype(r.dtype) if case.parameters["reduction"] == "mean" else r for r in results]


BUGS_LOSS = {
    "loss: weights ignored": (("cross_entropy", "nll_loss"), Bug(WRONG, before=weights_ignored)),
    "loss: label smoothing ignored": (("cross_entropy", "soft_cross_entropy"), Bug(WRONG, before=smoothing_ignored)),
    "loss: the ignored class counts": (("cross_entropy", "nll_loss"), Bug(WRONG, before=ignored_class_counts)),
    "loss: softmax along the last axis": (("softmax", "log_softmax"), Bug(WRONG, before=along_the_last_axis)),
    "loss: delta is one": (("huber_loss",), Bug(WRONG, before=delta_is_one)),
    "loss: mean over too many": (("mse_loss", "l1_loss", "bce_with_logits"), Bug(WRONG, after=mean_of_some)),
}
