"""Switching the search for cyclic garbage off while thousands of records are read and shown."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """No search for cyclic garbage: there is next to none, and searching growing records again and again takes half of the time.

    Also a decorator: ``@uncollected()``.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
