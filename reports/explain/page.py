"""An explanation as one HTML file: text, tables and the window picture; nothing from the network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from html import escape

from reports.explain.cell import Cell
from reports.explain.explanation import Explanation
from reports.explain.layer import Layer
from reports.explain.selectors import selectors
from reports.explain.text import candidates_sentence, canvas_sentence, grouped, remark, span
from reports.picture import MOST_PRODUCTS, Axis, Description, Picture, View, asset, describe, markup

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.15rem; overflow-wrap: anywhere; } h2 { font-size: 1.05rem; margin-top: 2rem; }
code, h1 { font-family: ui-monospace, monospace; } code { font-size: .9em; overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: .5rem 0; } caption { text-align: left; font-weight: 600; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.answer { font-size: 1.3rem; } .chosen { font-weight: 700; background: var(--soft); }
figure { margin: 0; } figcaption { font-size: .87rem; } .scroll { overflow-x: auto; }
:focus-visible { outline: 2px solid; outline-offset: 2px; }
"""


def to_html(explanation: Explanation) -> str:
    """The page; every text in it is escaped."""
    layer = explanation.layer
    sections = [
        f"<h1>{escape(layer.call.text)}</h1>",
        f'<p class="answer">{_sizes(layer.input_shape)} → <strong>{_sizes(layer.output_shape)}</strong> '
        f"<small>({escape(layer.x_layout)})</small></p>",
        "<h2>Why this shape</h2>",
        *(_dimension(explanation, index) for index in range(len(grouped(layer)))),
        f"<h2>The windows</h2>{markup(picture(explanation))}",
        _conventions(explanation),
        "<h2>The same result elsewhere</h2>",
        _table(
            ("framework", "call", "remark"),
            [
                (each.framework, f"<code>{escape(each.call)}</code>", escape(remark(each)))
                for each in explanation.equivalents
            ],
        ),
        "<h2>Pitfalls</h2>",
        "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in explanation.pitfalls) + "</ul>",
    ]
    return _document(layer.call.text, "".join(sections))


def _document(title: str, body: str) -> str:
    """The page around ``body``, which is HTML; its policy allows its own style and script alone."""
    style = asset("picture.css") + STYLE
    script = asset("picture.js") + "windowPictures(document);\ndocument.documentElement.dataset.ready = 'yes';\n"
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>opdiff explain: {escape(title)}</title><style>{style}</style></head>\n"
        f"<body><main>{body}</main><script>{script}</script></body></html>\n"
    )


def picture(explanation: Explanation) -> Picture:
    """The window picture of an explanation: the call's own windows first, its chosen cell described."""
    layer, chosen = explanation.layer, explanation.cell
    axes = tuple(Axis.of(letter, *d.geometry) for letter, d in zip(layer.axes, layer.dimensions, strict=True))
    own = f"this call ({layer.framework})" if layer.transposed else "the input"
    views = [View(own, tuple(d.window for d in layer.dimensions))]
    for each in explanation.conventions:
        if each.windows is not None and each.framework != layer.framework:
            views.append(View(each.label, each.windows))
    drawn = Picture(
        axes, tuple(views), layer.transposed, at=_place(layer, chosen), flipped=layer.flipped, bias=layer.bias
    )
    if chosen is None:
        return drawn
    if not layer.transposed:
        return replace(drawn, first=_sum(layer, chosen), marked=_read(layer, chosen))
    told = describe(drawn, drawn.at or ())
    return replace(drawn, first=replace(told, shown=(*told.shown, *_channels(chosen))))


def _place(layer: Layer, chosen: Cell | None) -> tuple[int, ...] | None:
    """The canvas cell of the chosen output cell of a transposed call, or of its first; None of a forward call."""
    if not layer.transposed:
        return None
    index = chosen.index if chosen else (0,) * layer.rank
    return tuple(d.window.lo + each for d, each in zip(layer.dimensions, index, strict=True))


def _sum(layer: Layer, chosen: Cell) -> Description:
    """The chosen output cell of a forward call in words."""
    at, count = ", ".join(map(str, chosen.index)), len(chosen.products)
    terms = [f"input{list(source)} × kernel{list(tap)}" for source, tap in chosen.products[:MOST_PRODUCTS]]
    more = [f"and {count - MOST_PRODUCTS} more"] if count > MOST_PRODUCTS else []
    head = f"output ({at}) is the sum of {count} product{'' if count == 1 else 's'}"
    return Description(head + (", plus the bias" if layer.bias else ""), (*terms, *more), _channels(chosen))


def _channels(chosen: Cell) -> tuple[str, ...]:
    """What every product is summed over, where an output channel was named."""
    if chosen.channel is None:
        return ()
    first, last = chosen.input_channels[0], chosen.input_channels[-1]
    return (f"channel {chosen.channel}: each product is summed over input channels {first} to {last}",)


def _read(layer: Layer, chosen: Cell) -> tuple[tuple[int, ...], ...]:
    """Cells of the padded input that the chosen output cell of a forward call reads, by dimension."""
    return tuple(
        tuple(each * d.stride + tap * d.dilation for tap in range(min(d.kernel, MOST_PRODUCTS)))
        for d, each in zip(layer.dimensions, chosen.index, strict=True)
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _dimension(explanation: Explanation, index: int) -> str:
    layer = explanation.layer
    names, d = grouped(layer)[index]
    html = (
        f"<p><strong>{escape(names)}</strong>: <code>{escape(d.rule)} = {escape(d.numbers)}</code><br>"
        f"{escape(canvas_sentence(d))}.<br>{escape(candidates_sentence(layer, d))}.</p>"
    )
    if not layer.transposed:
        return html
    rows = [(str(s.size), *map(escape, (s.torch, s.keras, s.tensorflow, s.jax))) for s in selectors(layer, d)]
    marked = [s.chosen for s in selectors(layer, d)]
    return html + _table(("size", "torch", "keras", "tensorflow", "jax"), rows, marked)


def _conventions(explanation: Explanation) -> str:
    if not explanation.conventions:
        return ""
    rows = []
    for each in explanation.conventions:
        words = f"<code>{escape(each.words)}</code>"
        if each.windows is None:
            rows.append((each.framework, words, "refused", escape(each.refusal)))
        else:
            size = " x ".join(str(window.out) for window in each.windows)
            rows.append((each.framework, words, size, escape(", ".join(span(window) for window in each.windows))))
    head = "<h2>What each framework makes of the same words</h2>"
    return head + _table(("framework", "words", "size", "window"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], marked: Sequence[bool] = ()) -> str:
    """A table of cells that are HTML already."""
    body = "".join(
        f"<tr{' class=chosen' if index < len(marked) and marked[index] else ''}>"
        + "".join(f"<td>{cell}</td>" for cell in row)
        + "</tr>"
        for index, row in enumerate(rows)
    )
    titles = "".join(f'<th scope="col">{name}</th>' for name in head)
    region = f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(", ".join(head))}">'
    return f"{region}<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>"


def _sizes(values: Sequence[int]) -> str:
    return f"({', '.join(map(str, values))})"
