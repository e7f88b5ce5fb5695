"""The HTML report: one file that opens without a network, and shows summary and first findings without JavaScript."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from pathlib import Path

from harness.baseline import Baseline
from harness.records import RunRecord
from reports.files import write_whole
from reports.html.page import render
from reports.view import Source, load


def write(store: Source, run: RunRecord, path: Path, baseline: Baseline | None = None) -> None:
    """Write the report of ``run`` to ``path``, whole or not at all. Raises OSError when it cannot be written."""
    with _no_collection():
        page = render(load(store, run, baseline)).encode()
    write_whole(path, page)


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """No search for cyclic garbage: there is next to none, and searching thousands of growing records takes half of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


__all__ = ["render", "write"]
