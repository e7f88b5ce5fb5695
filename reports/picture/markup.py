"""The window picture as a piece of an HTML page; every text in it is escaped."""

from __future__ import annotations

import json
from html import escape

from reports.picture.facts import Description, Picture, describe
from reports.picture.svg import grid, has_grid, strip


def markup(picture: Picture) -> str:
    """A ``<div class="windows">``: the drawings, and in words the cell that the picture starts with."""
    figures = [
        _figure(_caption(picture, dimension), strip(picture, dimension)) for dimension in range(len(picture.axes))
    ]
    if has_grid(picture):
        what = "the canvas: the stronger the shade, the more products"
        if not picture.transposed:
            what = "the padded input: the stronger the shade, the more often a cell is read"
        figures.append(_figure(f"{what}; the frames are the windows above", grid(picture)))
    words = picture.first or (describe(picture, picture.at) if picture.at and picture.interactive else None)
    told = f'<div class="products" aria-live="polite">{_words(words) if words else ""}</div>'
    drawn = f'<div class="drawn">{"".join(figures)}</div>'
    if not picture.interactive:
        return f'<div class="windows">{drawn}{told}</div>'
    facts = escape(json.dumps(picture.to_json(), separators=(",", ":"), ensure_ascii=False))
    hint = '<p class="hint" hidden="">Point at a cell, tap it, or choose one with the arrow keys.</p>'
    return f'<div class="windows" data-picture="{facts}">{drawn}<div class="told">{hint}{told}</div></div>'


def _caption(picture: Picture, dimension: int) -> str:
    axis = picture.axes[dimension]
    wide = "canvas" if picture.transposed else "padded input"
    text = f"{axis.name}: a {wide} of {axis.length:,} cell{'' if axis.length == 1 else 's'}"
    if axis.known:
        text += f", {axis.size} {'input' if picture.transposed else 'output'}{'' if axis.size == 1 else 's'}"
        text += f", kernel {axis.kernel}, stride {axis.stride}"
        text += f", dilation {axis.dilation}" if axis.dilation > 1 else ""
    return text


def _figure(caption: str, svg: str) -> str:
    return f'<figure class="window"><figcaption>{escape(caption)}</figcaption>{svg}</figure>'


def _words(description: Description) -> str:
    """As ``picture.js`` writes it."""
    products = "".join(f"<li>{escape(line)}</li>" for line in description.products)
    shown = "".join(f"<li>{escape(line)}</li>" for line in description.shown)
    return (
        f"<p>{escape(description.head)}</p>"
        + (f'<ul class="terms">{products}</ul>' if products else "")
        + (f'<ul class="shown">{shown}</ul>' if shown else "")
    )
