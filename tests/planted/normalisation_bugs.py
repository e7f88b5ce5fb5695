"""Bugs of normalisations."""

from planted.bugs import WRONG, Bug


def another_epsilon(case, arrays):
    return case.with_parameters(epsilon=1e-3), arrays


def one_group(case, arrays):
    return case.with_parameters(groups=1), arrays


def bias_forgotten(case, arrays):
    return (case, {**arrays, "bias": arrays["bias"] * 0}) if "bias" in arrays else (case, arrays)


def momentum_the_other_way(case, arrays):
    return case.with_parameters(momentum=1.0 - case.parameters["momentum"]), arrays


def over_the_last_axes(case, arrays):
    """As many axes as asked for, the last ones."""
    return case.with_parameters(axes=tuple(range(-len(case.parameters["axes"]), 0))), arrays


def gradient_halved(case, results):
    return [(r / 2).astype(r.dtype) for r in results] if case.quantity == "gradient" else results


BUGS_NORMALISATION = {
    "normalisation: another epsilon": (
        ("layer_norm:aligned", "rms_norm", "batch_norm"),
        Bug(WRONG, before=another_epsilon),
    ),
    "normalisation: one group": (("group_norm",), Bug(WRONG, before=one_group)),
    "normalisation: bias forgotten": (("layer_norm:aligned", "batch_norm"), Bug(WRONG, before=bias_forgotten)),
    "normalisation: momentum the other way": (("batch_norm_training",), Bug(WRONG, before=momentum_the_other_way)),
    "normalisation: over the last axes": (("layer_norm:axes", "rms_norm:axes"), Bug(WRONG, before=over_the_last_axes)),
    "normalisation: gradient halved": (("instance_norm", "l2_normalize"), Bug(WRONG, after=gradient_halved)),
}
