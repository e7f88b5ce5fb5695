"""Bugs of activations."""

import numpy as np

from planted.bugs import WRONG, Bug


def slope_of_another(case, arrays):
    return case.with_parameters(slope=0.01), arrays


def tanh_for_erf(case, arrays):
    return case.with_parameters(approximate=True), arrays


def nan_is_zero(case, results):
    return [np.where(np.isnan(r), 0, r).astype(r.dtype) for r in results]


def overflows_above_88(case, results):
    if case.quantity != "value":
        return results
    return [np.where(np.abs(r.astype(np.float64)) > 88.5, np.inf, r).astype(r.dtype) for r in results]


def halves_exchanged(case, arrays):
    x = arrays["x"]
    axis = case.parameters["axis"]
    return case, {**arrays, "x": np.roll(x, x.shape[axis] // 2, axis)}


BUGS_ACTIVATION = {
    "activation: another framework's slope": (("leaky_relu:aligned",), Bug(WRONG, before=slope_of_another)),
    "activation: tanh in place of erf": (("gelu:aligned",), Bug(WRONG, before=tanh_for_erf)),
    "activation: NaN becomes zero": (("relu", "hard_tanh", "silu"), Bug(WRONG, after=nan_is_zero)),
    "activation: overflows above 88": (("softplus", "mish"), Bug(WRONG, after=overflows_above_88)),
    "activation: gate and value exchanged": (("glu",), Bug(WRONG, before=halves_exchanged)),
}
