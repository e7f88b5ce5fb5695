"""The HTML report: one file that opens without a network, and shows summary and first findings without JavaScript."""

from __future__ import annotations

from pathlib import Path

from harness.baseline import Baseline
from harness.records import RunRecord
from reports.files import write_whole
from reports.html.page import render
from reports.view import Source, load


def write(store: Source, run: RunRecord, path: Path, baseline: Baseline | None = None) -> None:
    """Write the report of ``run`` to ``path``, whole or not at all. Raises OSError when it cannot be written."""
    write_whole(path, render(load(store, run, baseline)).encode())


__all__ = ["render", "write"]
