"""Type promotion: the tables, and that the frameworks promote as they say."""

from __future__ import annotations

import numpy as np
import pytest

from harness import operator
from harness.adapters.base import NARROWING
from harness.case import Case, InputSpec
from harness.operators import promotion


def test_promotion_tables():
    assert promotion.jax_type("uint8", "int8") == "int16"
    assert promotion.jax_type("uint64", "int8") == "float*"
    assert promotion.jax_type("bfloat16", "float16") == "float32"
    assert promotion.torch_type("uint8", "int8") == "int16"
    assert promotion.torch_type("int64", "float16") == "float16"
    assert promotion.torch_type("int64", "int32", (True, False)) == "int32"
    assert promotion.torch_scalar_type("bool", 2) == "int64"
    assert promotion.torch_scalar_type("int8", 0.5) == "float32"
    assert promotion.matrix("tensorflow")["int32", "int64"] == ""
    assert promotion.matrix("jax")["int64", "uint64"] == "float32"
    for framework in promotion.PROMOTIONS:
        table = promotion.matrix(framework)
        assert len(table) == 15 * 15
        assert all(table[one, other] == table[other, one] for one, other in table)


def test_a_negative_number_wraps_in_an_unsigned_sum():
    x, y = np.array([2], np.uint8), np.array(-5, np.int8)
    case = Case(
        "promote:arrays",
        {"x": InputSpec((1,), "uint8"), "y": InputSpec((), "int8")},
        {"operation": "add"},
    )
    variants = operator.get("promote:arrays").meaning(case, {"x": x, "y": y}).variants
    got = {name: (outputs[0].dtype, float(outputs[0].values[0][0])) for name, outputs in variants.items()}
    # torch does not count an operand without dimensions of the same category; JAX does.
    assert got == {"torch": ("uint8", 253), "jax": ("int16", -3), "keras": ("int16", -3)}


@pytest.mark.frameworks
def test_torch_promotes_as_written():
    import torch

    for one in promotion.DTYPES:
        for other in promotion.DTYPES:
            expected = promotion.torch_type(one, other)
            try:
                got = str(torch.promote_types(getattr(torch, one), getattr(torch, other)))
            except RuntimeError:
                got = "torch."
            assert got == f"torch.{expected}", (one, other)


@pytest.mark.frameworks
def test_jax_promotes_as_written():
    import jax

    for one in promotion.DTYPES:
        for other in promotion.DTYPES:
            written = promotion.jax_type(one, other)
            right = {*promotion.WEAK.get(written, (written,)), NARROWING.get(written)}  # without 64-bit types narrowed
            assert jax.numpy.promote_types(one, other).name in right, (one, other)
