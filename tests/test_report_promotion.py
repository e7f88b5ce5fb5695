"""The dtype promotion matrix of the report: what is documented, and where a run departs from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from samples import MemoryStore, sample_finding, sample_run

from harness.case import Case, InputSpec
from harness.operators import promotion
from harness.records import FindingRecord, Severity
from reports import view
from reports.html.page import render
from reports.promotion import Cell, promotion_matrix, promotion_of, short


def _cell(one: str, other: str, findings: list[FindingRecord] | None = None) -> Cell:
    table = promotion_matrix(findings or [])
    return dict(table.rows)[one][table.columns.index(other)]


def _departure(one: str, other: str) -> FindingRecord:
    finding = sample_finding(1)
    inputs = {name: InputSpec((2,), dtype) for name, dtype in (("x", one), ("y", other))}
    return replace(
        finding,
        severity=Severity.BUG,
        case=Case("promote:arrays", inputs, {"operation": "add"}),
        fingerprint=replace(finding.fingerprint, operator="promote:arrays"),
    )


@pytest.mark.parametrize(
    ("dtype", "shown"),
    [("float32", "f32"), ("bfloat16", "bf16"), ("uint8", "u8"), ("complex64", "c64"), ("bool", "bool")],
)
def test_short_names(dtype: str, shown: str) -> None:
    assert short(dtype) == shown


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        # docs.pytorch.org, torch.dtype: a higher category decides; docs.jax.dev: int64 with float32 is float32.
        ("int64", "float32", "torch, jax, keras: float32"),
        ("float16", "bfloat16", "torch, jax, keras: float32"),
        ("float32", "float32", "torch, jax, keras, tensorflow: float32"),
        # torch defines no sum of uint64 and int64; JAX gives a float of its default width.
        ("int64", "uint64", "jax, keras: float32; torch: not defined"),
        ("int32", "Python float", "torch, jax, keras: float32"),
        ("bool", "Python int", "jax, keras: int32; torch: int64"),
        ("float16", "Python float", "torch, jax, keras: float16"),
    ],
)
def test_cells_say_who_documents_what(one: str, other: str, words: str) -> None:
    assert _cell(one, other).title == words


def test_the_documented_scalar_results_are_those_of_numpy_where_all_agree() -> None:
    """NumPy 2 keeps the array's dtype for a Python scalar of the same or a lower kind, as all three frameworks do."""
    for dtype in ("int8", "int32", "float32", "complex64"):
        assert (np.ones(2, dtype) + 1).dtype.name == promotion.scalar_matrix("jax")[dtype, "int"]
        assert promotion.scalar_matrix("torch")[dtype, "int"] == dtype


def test_a_departure_is_marked_and_linked() -> None:
    found = _departure("int8", "uint8")
    assert _cell("int8", "uint8", [found]).finding == found.id
    assert _cell("uint8", "int8", [found]).finding == ""
    assert _cell("int8", "uint8", [replace(found, severity=Severity.KNOWN)]).finding == ""
    run = sample_run([found], coverage={"promote:arrays": {"x int8": 3}})
    page = render(view.load(MemoryStore(run, [found]), run))
    assert f'<a href="#finding={found.id}">✕</a> i16' in page


def test_only_a_run_that_drew_promotions_shows_the_matrix() -> None:
    assert promotion_of(sample_run(), []) is None
    assert 'id="promotion"' not in render(view.build(sample_run(), [], []))
