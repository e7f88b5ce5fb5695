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


def positive_weight_everywhere(case, arrays):
    """The weight of the positive class multiplies both terms."""
    if "p" not in arrays or "w" in arrays:
        return case, arrays
    return case, {"w" if name == "p" else name: array for name, array in arrays.items()}


def last_axis_counts(case, arrays):
    """Targets are smoothed by the length of the last axis."""
    length, own = case.inputs["x"].shape[-1], case.inputs["x"].shape[case.parameters["axis"]]
    s = case.parameters["label_smoothing"]
    moved = arrays["target"] * np.float32(1 - s) + np.float32(s / max(length, 1) if own else 0)
    return case.with_parameters(label_smoothing=0.0), {**arrays, "target": moved.astype(arrays["target"].dtype)}


def neighbour_ignored(case, arrays):
    """Indices are compared after they were rounded to bfloat16."""
    ignored = case.parameters.get("ignore_class")
    if ignored is None or ignored < 256:
        return case, arrays
    return case, {**arrays, "target": np.where(arrays["target"] // 2 == ignored // 2, ignored, arrays["target"])}


def padding_counts(case, arrays):
    """The padding behind a label belongs to it."""
    return case, {**arrays, "labels": np.full_like(arrays["labels"], arrays["target"].shape[1])}


def every_step_counts(case, arrays):
    return case, {**arrays, "steps": np.full_like(arrays["steps"], arrays["x"].shape[1])}


def infinity_stays(case, arrays):
    return case.with_parameters(zero_infinity=False), arrays


BUGS_LOSS = {
    "loss: padding counts": (("ctc_loss",), Bug(WRONG, before=padding_counts)),
    "loss: every step counts": (("ctc_loss",), Bug(WRONG, before=every_step_counts)),
    "loss: infinity stays": (("ctc_loss",), Bug(WRONG, before=infinity_stays)),
    "loss: positive weight everywhere": (("bce_with_logits",), Bug(WRONG, before=positive_weight_everywhere)),
    "loss: smoothing by the last axis": (("categorical_crossentropy",), Bug(WRONG, before=last_axis_counts)),
    "loss: a neighbour is ignored": (("sparse_categorical_crossentropy",), Bug(WRONG, before=neighbour_ignored)),
    "loss: weights ignored": (("cross_entropy", "nll_loss"), Bug(WRONG, before=weights_ignored)),
    "loss: label smoothing ignored": (("cross_entropy", "soft_cross_entropy"), Bug(WRONG, before=smoothing_ignored)),
    "loss: the ignored class counts": (("cross_entropy", "nll_loss"), Bug(WRONG, before=ignored_class_counts)),
    "loss: softmax along the last axis": (("softmax", "log_softmax"), Bug(WRONG, before=along_the_last_axis)),
    "loss: delta is one": (("huber_loss",), Bug(WRONG, before=delta_is_one)),
    "loss: mean over too many": (("mse_loss", "l1_loss", "bce_with_logits"), Bug(WRONG, after=mean_of_some)),
}
