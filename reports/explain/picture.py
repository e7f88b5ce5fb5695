"""The window picture as inline SVG: the canvas, what every input adds to it, and the window that each target shows.

Colours are presentation attributes and ``currentColor``, so the picture follows a light or dark page and needs neither
style sheet nor script. Every text is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from harness.windows import Window, canvas, effective_kernel

WIDTH, LEFT, ROW = 880, 280, 22
MOST_CELLS, MOST_FOOTPRINTS, MOST_GRID = 48, 16, 26
"""Above these sizes a strip loses its cell borders, the footprints are left out, and no grid is drawn."""
COLOURS = ("#2b7de9", "#d9730d", "#2f9e5b", "#9b59d0", "#c2417c", "#7d8590")
CHOSEN = "#e5484d"


@dataclass(frozen=True)
class Strip:
    """One spatial dimension: ``size`` cells of the side that is strided over, and the kernel.

    ``chosen`` is the index of an output cell; with ``transposed`` it counts from the start of the first window, else it
    is the index of the narrow side itself.
    """

    name: str
    size: int
    kernel: int
    stride: int
    dilation: int
    transposed: bool = True
    chosen: int | None = None

    @property
    def length(self) -> int:
        """Cells of the canvas."""
        return canvas(self.size, self.kernel, self.stride, self.dilation)

    @property
    def reach(self) -> int:
        """The effective kernel."""
        return effective_kernel(self.kernel, self.dilation)

    def place(self, first: Window) -> int | None:
        """Canvas cell of the chosen output cell of a transposed convolution."""
        return first.lo + self.chosen if self.transposed and self.chosen is not None else None

    def taps(self, source: int, place: int) -> bool:
        """Whether a tap of narrow cell ``source`` falls on canvas cell ``place``."""
        tap, rest = divmod(place - source * self.stride, self.dilation)
        return rest == 0 and 0 <= tap < self.kernel


class _Scale:
    """Canvas cells to x coordinates, wide enough for every window."""

    def __init__(self, strip: Strip, views: Iterable[Window]) -> None:
        views = list(views)
        self.first = min([0, *(view.lo for view in views)])
        self.last = max([strip.length, *(view.stop for view in views)])
        self.step = min(26.0, (WIDTH - LEFT - 60) / max(self.last - self.first, 1))
        self.cells = self.last - self.first <= MOST_CELLS

    def x(self, cell: int) -> float:
        return LEFT + (cell - self.first) * self.step


def window_svg(
    strips: Sequence[Strip],
    windows_by_label: Mapping[str, Sequence[Window]],
    caption: str = "",
    products: Sequence[str] = (),
) -> str:
    """An ``<svg>`` element: one strip per dimension and, for two small ones, the canvas as a grid.

    ``windows_by_label`` maps a label to its window in every dimension; ``Strip.chosen`` refers to the first label.
    ``products`` are lines about the chosen cell, listed below. A forward convolution has one label: its input.
    """
    parts: list[str] = []
    y = 24.0
    for axis, strip in enumerate(strips):
        views = {label: own[axis] for label, own in windows_by_label.items()}
        y = _strip(parts, strip, views, y) + 22
    if len(strips) == 2 and all(strip.length <= MOST_GRID for strip in strips):
        y = _grid(parts, strips, windows_by_label, y) + 12
    y = _products(parts, products, y)
    title = caption or "Windows on the canvas"
    described = "; ".join(
        f"{label}: {' x '.join(str(view.out) for view in own)} cells from {', '.join(str(view.lo) for view in own)} on"
        for label, own in windows_by_label.items()
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y:.0f}" width="{WIDTH}" height="{y:.0f}" '
        f'role="img" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="currentColor" color="currentColor">'
        f"<title>{escape(title)}</title><desc>{escape(described)}</desc>{''.join(parts)}</svg>"
    )


def _strip(parts: list[str], strip: Strip, views: Mapping[str, Window], y: float) -> float:
    """One dimension: footprints, canvas, windows. Gives the y below it."""
    scale = _Scale(strip, views.values())
    first = next(iter(views.values()))
    narrow, wide = ("input", "canvas") if strip.transposed else ("output", "padded input")
    where = f"{strip.name}: {strip.size} {narrow} cells, kernel {strip.kernel}, stride {strip.stride}"
    where += f", dilation {strip.dilation}" if strip.dilation > 1 else ""
    parts.append(_text(0, y, where, weight="600"))
    y = _footprints(parts, strip, scale, first, y + 12)
    parts.append(_text(0, y + 15, f"{wide}, {strip.length} cells"))
    _canvas_row(parts, strip, scale, first, y)
    y += ROW + 8
    for index, (label, view) in enumerate(views.items()):
        _bracket(parts, scale, view, label, COLOURS[index % len(COLOURS)], y)
        y += ROW
    return y


def _footprints(parts: list[str], strip: Strip, scale: _Scale, first: Window, y: float) -> float:
    """Where the kernel of every narrow cell falls, in as many rows as footprints overlap."""
    if strip.size > MOST_FOOTPRINTS or not scale.cells:
        return y
    rows = min(-(-strip.reach // strip.stride), strip.size)
    place = strip.place(first)
    for source in range(strip.size):
        top = y + (source % rows) * 15
        chosen = source == strip.chosen if not strip.transposed else place is not None and strip.taps(source, place)
        colour = CHOSEN if chosen else "currentColor"
        for tap in range(strip.kernel):
            cell = source * strip.stride + tap * strip.dilation
            opacity = 0.18 if not chosen else 0.9 if cell == place else 0.4
            parts.append(_rect(scale.x(cell) + 1, top, scale.step - 2, 12, colour, opacity))
        middle = scale.x(source * strip.stride) + strip.reach * scale.step / 2
        parts.append(_text(middle, top + 10, str(source), size=10, anchor="middle"))
    name = "input" if strip.transposed else "output"
    parts.append(_text(0, y + 11, f"kernel of each {name}"))
    return y + rows * 15 + 5


def _canvas_row(parts: list[str], strip: Strip, scale: _Scale, first: Window, y: float) -> None:
    if not scale.cells:
        parts.append(_rect(scale.x(0), y, strip.length * scale.step, ROW - 2, "currentColor", 0.15))
        for cell, anchor in ((0, "start"), (strip.length - 1, "end")):
            parts.append(_text(scale.x(cell) + (4 if cell == 0 else -4), y + 14, str(cell), size=10, anchor=anchor))
        return
    for cell in range(scale.first, scale.last):
        outside = not 0 <= cell < strip.length
        chosen = cell == strip.place(first)
        if strip.chosen is not None and not strip.transposed:
            chosen = strip.taps(strip.chosen, cell)
        fill = CHOSEN if chosen else "currentColor"
        opacity = 0.5 if chosen else 0 if outside else 0.1
        dash = ' stroke-dasharray="2 2"' if outside else ""
        border = f'stroke="currentColor" stroke-opacity=".45"{dash}'
        parts.append(_rect(scale.x(cell), y, scale.step, ROW - 2, fill, opacity, border))
        if scale.step >= 14:
            parts.append(_text(scale.x(cell) + scale.step / 2, y + 14, str(cell), size=10, anchor="middle"))


def _bracket(parts: list[str], scale: _Scale, view: Window, label: str, colour: str, y: float) -> None:
    """A window as a bar with end marks, its label on the left and its size on the right."""
    left, right = scale.x(view.lo), scale.x(view.stop)
    parts.append(_rect(left, y + 2, max(right - left, 1), 10, colour, 0.3))
    path = (
        f"M{left:.1f} {y - 2:.1f}V{y + 16:.1f}M{right:.1f} {y - 2:.1f}V{y + 16:.1f}M{left:.1f} {y + 7:.1f}H{right:.1f}"
    )
    parts.append(f'<path d="{path}" stroke="{colour}" stroke-width="2" fill="none"/>')
    parts.append(_rect(0, y + 2, 10, 10, colour, 1))
    parts.append(_text(16, y + 11, label if len(label) <= 36 else label[:35] + "\u2026", title=label))
    parts.append(_text(right + 6, y + 11, f"{view.out} from {view.lo}", size=11))


def _grid(parts: list[str], strips: Sequence[Strip], windows: Mapping[str, Sequence[Window]], y: float) -> float:
    """The canvas of two dimensions: the darker a cell, the more products fall there; windows as frames."""
    down, across = strips
    if not down.transposed:
        return y
    rows, columns = (_Scale(strip, (own[axis] for own in windows.values())) for axis, strip in enumerate(strips))
    if max(rows.last - rows.first, columns.last - columns.first) > MOST_GRID + 8:
        return y
    step = min(22.0, 560 / max(rows.last - rows.first, columns.last - columns.first))
    parts.append(_text(0, y, "the canvas; the stronger the shade, the more products", weight="600"))
    chosen = tuple(strip.place(own) for strip, own in zip(strips, next(iter(windows.values())), strict=True))
    most = max(_counts(down)) * max(_counts(across))
    top, left = y + 14, LEFT
    for row, own in enumerate(_counts(down)):
        for column, other in enumerate(_counts(across)):
            picked = (row, column) == chosen
            opacity = 0.85 if picked else 0.05 + 0.45 * own * other / most if own * other else 0
            x, above = left + (column - columns.first) * step, top + (row - rows.first) * step
            border = 'stroke="currentColor" stroke-opacity=".3"'
            parts.append(_rect(x, above, step, step, CHOSEN if picked else "currentColor", opacity, border))
    for index, own_windows in enumerate(windows.values()):
        _frame(parts, own_windows, (rows.first, columns.first), (left, top), step, index)
    return top + (rows.last - rows.first) * step + 16


def _frame(
    parts: list[str],
    own: Sequence[Window],
    first: tuple[int, int],
    corner: tuple[float, float],
    step: float,
    index: int,
) -> None:
    """One window on the grid; frames are nested by two pixels so that equal ones stay visible."""
    nested = 2.2 * index - 2
    x = corner[0] + (own[1].lo - first[1]) * step + nested
    y = corner[1] + (own[0].lo - first[0]) * step + nested
    colour = COLOURS[index % len(COLOURS)]
    width, height = max(own[1].out * step - 2 * nested, 1), max(own[0].out * step - 2 * nested, 1)
    parts.append(
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="none" '
        f'stroke="{colour}" stroke-width="2"/>'
    )


def _counts(strip: Strip) -> list[int]:
    """Products that fall on every canvas cell of one dimension."""
    counts = [0] * strip.length
    for source in range(strip.size):
        for tap in range(strip.kernel):
            counts[source * strip.stride + tap * strip.dilation] += 1
    return counts


def _products(parts: list[str], products: Sequence[str], y: float) -> float:
    for index, line in enumerate(products):
        parts.append(_text(0, y + 6, line, weight="600" if index == 0 else "400", colour=CHOSEN if index == 0 else ""))
        y += 17
    return y + 6


def _rect(x: float, y: float, width: float, height: float, fill: str, opacity: float, more: str = "") -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}" '
        f'fill-opacity="{opacity:.2f}" {more}/>'
    )


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 12,
    anchor: str = "start",
    weight: str = "400",
    title: str = "",
    colour: str = "",
) -> str:
    own = f"<title>{escape(title)}</title>" if title else ""
    fill = f' fill="{colour}"' if colour else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}"{fill}>'
        f"{own}{escape(text)}</text>"
    )
