"""The drawings of the window picture: a strip per dimension, and the canvas of two dimensions as a grid."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from harness.windows import Window, effective_kernel
from reports.picture.facts import Axis, Picture, meetings

WIDTH, CELL, SQUARE = 440, 26, 24
"""Widest strip, and the largest cell of a strip and of the grid, in pixels."""
EDGE, TICKS = 2, 22
"""Margin of a strip; room for the row and column numbers of the grid."""
MOST_CELLS, MOST_FOOTPRINTS, MOST_GRID = 48, 16, 34
"""Above these a strip loses its cell borders, the kernels are not drawn one by one, and there is no grid."""
SHADES = 4
HUES = 6


class Scale:
    """Canvas cells to coordinates, wide enough for every window: cell ``first`` begins at ``edge``."""

    def __init__(self, axis: Axis, windows: Sequence[Window], widest: int, cell: int, edge: int) -> None:
        self.first = min([0, *(window.lo for window in windows)])
        self.stop = max([axis.length, *(window.stop for window in windows)])
        self.count = max(self.stop - self.first, 1)
        self.step = min(float(cell), widest / self.count)
        self.edge = edge

    def at(self, cell: int) -> float:
        return self.edge + (cell - self.first) * self.step

    @property
    def end(self) -> float:
        return self.edge + self.count * self.step

    @property
    def every(self) -> int:
        """Which cells have room for their number."""
        return 1 if self.step >= 16 else 5

    def data(self, dimension: int) -> str:
        """What ``picture.js`` needs to find the cell under the pointer."""
        return f"{dimension} {self.edge} {self.first} {_n(self.step)} {self.stop}"


def strip(picture: Picture, dimension: int) -> str:
    """One dimension as an ``<svg>``: where each kernel falls, the canvas, and every window with its name."""
    axis = picture.axes[dimension]
    views = [(view.label, view.windows[dimension]) for view in picture.views]
    scale = Scale(axis, [window for _, window in views], WIDTH, CELL, EDGE)
    parts: list[str] = []
    top = _footprints(parts, picture, dimension, scale)
    _canvas_row(parts, axis, scale, top)
    place = picture.at[dimension] if picture.at else None
    _marks(parts, picture, dimension, scale, top)
    y, width = top + 28, scale.end + 60
    for index, (label, window) in enumerate(views):
        text = f"{label}: {window.out} from {window.lo}"
        width = max(width, 16 + 7.0 * len(text))
        _bracket(parts, scale, window, text, f"w{index % HUES}", y)
        y += 34
    about = f"{axis.name}: a canvas of {axis.length} cells. " + " ".join(
        f"{label}: {window.out} cells from cell {window.lo} on." for label, window in views
    )
    cursor = _cursor(scale.at(place or 0), top, scale.step, 20, place is not None) if axis.known else ""
    body = "".join(parts) + cursor
    return _svg("strip", width, y, about, body, f'data-x="{scale.data(dimension)}"')


def has_grid(picture: Picture) -> bool:
    """Whether the canvas has two dimensions and is small enough to be drawn cell by cell."""
    if len(picture.axes) != 2 or not all(axis.known for axis in picture.axes):
        return False
    return max(scale.count for scale in _both(picture)) <= MOST_GRID


def grid(picture: Picture) -> str:
    """The canvas of two dimensions as an ``<svg>``; the stronger the shade, the more products; windows are frames."""
    rows, columns = _both(picture)
    down, across = ([len(meetings(axis, place)) for place in range(axis.length)] for axis in picture.axes)
    parts = [*_shades(down, across, rows, columns)]
    lines = [f"M{_n(columns.at(c))} {_n(rows.at(0))}V{_n(rows.at(len(down)))}" for c in range(len(across) + 1)]
    lines += [f"M{_n(columns.at(0))} {_n(rows.at(r))}H{_n(columns.at(len(across)))}" for r in range(len(down) + 1)]
    parts.append(f'<path class="lines" d="{"".join(lines)}"/>')
    for cell in range(0, len(across), columns.every):
        parts.append(_text(columns.at(cell) + columns.step / 2, TICKS - 6, str(cell), "tick"))
    for cell in range(0, len(down), rows.every):
        parts.append(_text(TICKS / 2, rows.at(cell) + rows.step / 2 + 4, str(cell), "tick"))
    for index, view in enumerate(picture.views):
        parts.append(_frame(view.windows, rows, columns, index))
    row, column = picture.at or (0, 0)
    cursor = _cursor(columns.at(column), rows.at(row), columns.step, rows.step, picture.at is not None)
    data = f'data-x="{columns.data(1)}" data-y="{rows.data(0)}"'
    about = f"The canvas of {len(down)} by {len(across)} cells with the windows as frames."
    return _svg("grid", columns.end + 4, rows.end + 4, about, "".join(parts) + cursor, data)


def _both(picture: Picture) -> tuple[Scale, Scale]:
    """Rows and columns of the grid, in one size of cell."""
    scales = [
        Scale(axis, [view.windows[i] for view in picture.views], WIDTH, SQUARE, TICKS)
        for i, axis in enumerate(picture.axes)
    ]
    step = min(scale.step for scale in scales)
    for scale in scales:
        scale.step = step
    return scales[0], scales[1]


def _footprints(parts: list[str], picture: Picture, dimension: int, scale: Scale) -> int:
    """Where the kernel of every narrow cell falls, in as many rows as kernels overlap; gives the y below."""
    axis = picture.axes[dimension]
    if not axis.known or axis.size > MOST_FOOTPRINTS or axis.length > MOST_CELLS or scale.count > MOST_CELLS:
        return 2
    reach = effective_kernel(axis.kernel, axis.dilation)
    rows = min(-(-reach // axis.stride), axis.size)
    hit = set(meetings(axis, picture.at[dimension])) if picture.at else set()
    for source in range(axis.size):
        y = 2 + (source % rows) * 16
        cells = [source * axis.stride + tap * axis.dilation for tap in range(axis.kernel)]
        taps = ""
        for tap, cell in enumerate(cells):
            kind = ' class="hit"' if (source, tap) in hit else ""
            taps += f'<rect{kind} x="{_n(scale.at(cell) + 1)}" y="{y}" width="{_n(scale.step - 2)}" height="13"/>'
        name = _text(scale.at(cells[0]) + scale.step / 2, y + 10, str(source), "tick")
        parts.append(f'<g class="kernel" data-i="{source}">{taps}{name}</g>')
    return 2 + rows * 16 + 4


def _canvas_row(parts: list[str], axis: Axis, scale: Scale, y: int) -> None:
    """The cells of the canvas with their numbers; of a long one the first and the last."""
    parts.append(
        f'<rect class="canvas" x="{_n(scale.at(0))}" y="{y}" width="{_n(axis.length * scale.step)}" height="20"/>'
    )
    if scale.count > MOST_CELLS:
        parts.append(_text(scale.at(0) + 4, y + 14, "0", "end"))
        parts.append(_text(scale.at(axis.length) + 4, y + 14, str(axis.length - 1), "end"))
        return
    lines = "".join(f"M{_n(scale.at(cell))} {y}v20" for cell in range(1, axis.length))
    parts.append(f'<path class="lines" d="{lines}"/>')
    for cell in range(0, axis.length, scale.every):
        parts.append(_text(scale.at(cell) + scale.step / 2, y + 14, str(cell), "tick"))


def _marks(parts: list[str], picture: Picture, dimension: int, scale: Scale, y: int) -> None:
    """The canvas cells that the first description is about, where it is not about one."""
    for cell in picture.marked[dimension] if picture.marked else ():
        parts.append(f'<rect class="mark" x="{_n(scale.at(cell))}" y="{y}" width="{_n(scale.step)}" height="20"/>')


def _bracket(parts: list[str], scale: Scale, window: Window, text: str, hue: str, y: float) -> None:
    """A window as a bar with end marks under its name."""
    left, right = scale.at(window.lo), scale.at(max(window.stop, window.lo))
    parts.append(_text(EDGE, y + 10, text, "name"))
    parts.append(
        f'<rect class="bar {hue}" x="{_n(left)}" y="{_n(y + 15)}" width="{_n(max(right - left, 1))}" height="9"/>'
        f'<path class="ends {hue}" d="M{_n(left)} {_n(y + 13)}v13M{_n(right)} {_n(y + 13)}v13"/>'
    )


def _shades(down: Sequence[int], across: Sequence[int], rows: Scale, columns: Scale) -> list[str]:
    """One path per shade, cells of a row that are alike and neighbours in one piece."""
    most = max(down, default=0) * max(across, default=0)
    paths: dict[int, list[str]] = {}
    for row, own in enumerate(down):
        levels = [-(-SHADES * own * other // most) if most else 0 for other in across]
        start = 0
        for column in range(1, len(levels) + 1):
            if column < len(levels) and levels[column] == levels[start]:
                continue
            width = (column - start) * columns.step
            piece = f"M{_n(columns.at(start))} {_n(rows.at(row))}h{_n(width)}v{_n(rows.step)}h{_n(-width)}z"
            paths.setdefault(levels[start], []).append(piece)
            start = column
    return [f'<path class="q{level}" d="{"".join(pieces)}"/>' for level, pieces in sorted(paths.items()) if level]


def _frame(windows: Sequence[Window], rows: Scale, columns: Scale, index: int) -> str:
    """One window on the grid; frames are nested so that equal ones stay visible."""
    inset = 2.4 * index - 1
    x, y = columns.at(windows[1].lo) + inset, rows.at(windows[0].lo) + inset
    width = max(windows[1].out * columns.step - 2 * inset, 1)
    height = max(windows[0].out * rows.step - 2 * inset, 1)
    return f'<rect class="frame w{index % HUES}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"/>'


def _cursor(x: float, y: float, width: float, height: float, shown: bool) -> str:
    hidden = "" if shown else ' visibility="hidden"'
    return (
        f'<rect class="at" x="{_n(x)}" y="{_n(y)}" width="{_n(max(width, 2))}" height="{_n(max(height, 2))}"{hidden}/>'
    )


def _svg(kind: str, width: float, height: float, about: str, body: str, data: str) -> str:
    w, h = _n(width), _n(height)
    return (
        f'<svg class="{kind}" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" '
        f'aria-label="{escape(about)}" {data}>{body}</svg>'
    )


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}">{escape(text)}</text>'


def _n(value: float) -> str:
    """A coordinate in tenths of a pixel; a step needs more digits than a place."""
    return f"{value:.3f}".rstrip("0").rstrip(".")
