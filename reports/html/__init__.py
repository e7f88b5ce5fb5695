"""The HTML report: one file that opens without a network, and shows summary and first findings without JavaScript."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from harness.records import RunRecord
from reports.html.page import render
from reports.view import Source, load


def write(store: Source, run: RunRecord, path: Path) -> None:
    """Write the report of ``run`` to ``path``, whole or not at all. Raises OSError when it cannot be written."""
    text = render(load(store, run))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


__all__ = ["render", "write"]
