"""The window picture: the canvas of a convolution, each reading's window on it, and the products under the pointer.

One picture for ``opdiff explain --html`` and for the HTML report. It is plain HTML and SVG, whole without JavaScript;
``picture.js`` computes the products of any other cell in the page. Imports neither NumPy nor a template engine.
"""

from __future__ import annotations

from importlib import resources

from reports.picture.facts import MOST_PRODUCTS, Axis, Description, Numbers, Picture, View, describe, meetings, taps
from reports.picture.markup import markup

__all__ = [
    "MOST_PRODUCTS",
    "Axis",
    "Description",
    "Numbers",
    "Picture",
    "View",
    "asset",
    "describe",
    "markup",
    "meetings",
    "taps",
]


def asset(name: str) -> str:
    """``picture.css`` or ``picture.js`` as it stands in a page: newlines must be what the browser hashes."""
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8").replace("\r\n", "\n")
