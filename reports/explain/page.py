"""An explanation as one HTML file: text, tables and the window picture; no script, nothing from the network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from harness.windows import Window
from reports.explain.explanation import Explanation
from reports.explain.picture import Strip, window_svg
from reports.explain.selectors import selectors
from reports.explain.text import candidates_sentence, canvas_sentence, grouped, remark, span

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.15rem; overflow-wrap: anywhere; } h2 { font-size: 1.05rem; margin-top: 2rem; }
code, h1 { font-family: ui-monospace, monospace; } code { font-size: .9em; overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: .5rem 0; } caption { text-align: left; font-weight: 600; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.answer { font-size: 1.3rem; } .chosen { font-weight: 700; background: var(--soft); }
.picture { overflow-x: auto; } .picture svg { max-width: 100%; height: auto; min-width: 40rem; }
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
        f'<h2>The windows</h2><div class="picture">{picture(explanation)}</div>',
        _conventions(explanation),
        "<h2>The same result elsewhere</h2>",
        _table(
            ("framework", "call", ""),
            [
                (each.framework, f"<code>{escape(each.call)}</code>", escape(remark(each)))
                for each in explanation.equivalents
            ],
        ),
        "<h2>Pitfalls</h2>",
        "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in explanation.pitfalls) + "</ul>",
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>opdiff explain: {escape(layer.call.text)}</title><style>{STYLE}</style></head>\n"
        f"<body><main>{''.join(sections)}</main></body></html>\n"
    )


def picture(explanation: Explanation) -> str:
    """The window picture of an explanation, the call's own windows first."""
    layer, chosen = explanation.layer, explanation.cell
    strips = [
        Strip(
            name=letter,
            size=d.narrow,
            kernel=d.kernel,
            stride=d.stride,
            dilation=d.dilation,
            transposed=layer.transposed,
            chosen=None if chosen is None else chosen.index[axis],
        )
        for axis, (letter, d) in enumerate(zip(layer.axes, layer.dimensions, strict=True))
    ]
    own = f"this call ({layer.framework})" if layer.transposed else "the input"
    views: dict[str, Sequence[Window]] = {own: [d.window for d in layer.dimensions]}
    for each in explanation.conventions:
        if each.windows is not None and each.framework != layer.framework:
            views[each.label] = each.windows
    return window_svg(strips, views, layer.call.text, _terms(explanation))


def _terms(explanation: Explanation) -> list[str]:
    chosen = explanation.cell
    if chosen is None:
        return []
    at = ", ".join(map(str, chosen.index))
    terms = [f"input{list(source)} * kernel{list(tap)}" for source, tap in chosen.products[:40]]
    more = len(chosen.products) - len(terms)
    tail = [f"and {more} more"] if more else []
    lines = [("+ " if start else "") + " + ".join(terms[start : start + 4]) for start in range(0, len(terms), 4)]
    head = (
        f"output[{at}] is the sum of {len(chosen.products)} products"
        if terms
        else f"output[{at}]: no product falls there"
    )
    return [head, *lines, *tail]


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
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"


def _sizes(values: Sequence[int]) -> str:
    return f"({', '.join(map(str, values))})"
