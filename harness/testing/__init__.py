"""Differential tests of one's own operators, under pytest: ``from harness.testing import differential``.

The plug-in that pytest loads lies in this package, and whoever has opdiff installed pays for its import: what a test needs is
imported when a test asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.testing.declare import differential

__all__ = ["differential"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from harness.testing import declare

        return getattr(declare, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
