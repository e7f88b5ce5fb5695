"""Settings: command line > environment ``OPDIFF_*`` > ``pyproject.toml [tool.opdiff]`` > default."""

from __future__ import annotations

import functools


@functools.cache
def opdiff_version() -> str:
    """Version of the installed opdiff, ``unknown`` in a source tree without metadata."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("opdiff")
    except PackageNotFoundError:
        return "unknown"
