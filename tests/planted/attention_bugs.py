"""Bugs of attention."""

import numpy as np

from planted.bugs import WRONG, Bug


def scale_forgotten(case, arrays):
    return case.with_parameters(scale=1.0), arrays


def sees_the_future(case, arrays):
    return case.with_parameters(causal=False), arrays


def mask_inverted(case, arrays):
    mask = arrays.get("mask")
    return (case, {**arrays, "mask": ~mask}) if mask is not None and mask.dtype == bool else (case, arrays)


def keys_of_another_head(case, arrays):
    return case, {**arrays, "k": np.roll(arrays["k"], 1, axis=1)}


def causal_forgotten_beside_a_mask(case, arrays):
    return (case.with_parameters(causal=False), arrays) if {"mask", "bias"} & set(arrays) else (case, arrays)


def output_heads_turned(case, arrays):
    """The last projection takes the heads in the opposite order."""
    return case, {**arrays, "o": arrays["o"][:, ::-1]}


SDPA = ("scaled_dot_product_attention",)

BUGS_ATTENTION = {
    "attention: output heads turned": (("multi_head_attention",), Bug(WRONG, before=output_heads_turned)),
    "attention: scale forgotten": (SDPA, Bug(WRONG, before=scale_forgotten)),
    "attention: sees the future": (SDPA, Bug(WRONG, before=sees_the_future)),
    "attention: causal forgotten beside a mask": (SDPA, Bug(WRONG, before=causal_forgotten_beside_a_mask)),
    "attention: mask inverted": (SDPA, Bug(WRONG, before=mask_inverted)),
    "attention: keys of another head": (SDPA, Bug(WRONG, before=keys_of_another_head)),
}
