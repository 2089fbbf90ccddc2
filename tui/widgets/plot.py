"""A plot over time in the dots of braille: bars or lines, one before another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from msgspec import Struct
from plotille import Canvas
from textual.content import Content
from textual.widget import Widget

from tui.widgets.safe import plain

ACROSS, DOWN = 2, 4  # dots in a cell
BLANK = 0x2800  # the cell without dots: each dot is a bit above it
MARGIN = 7  # columns at least for what stands beside
APART = 3  # dots from which a bar leaves its last one free
MUTED = "$foreground-muted"


class Layer(Struct, frozen=True):
    """Values from left to right; None where there is none, and a line has a gap."""

    values: Sequence[float | None]
    style: str
    bars: bool = False


class Picture(Struct, frozen=True):
    """`top` is the value of the upper edge, and `label` tells it.

    A later layer stands before an earlier. `empty` is said where none has a value.
    """

    title: Content
    layers: Sequence[Layer]
    top: float
    label: str
    first: str
    last: str
    empty: str


class Plot(Widget):
    """A title, the picture below it, and from when to when it goes."""

    picture: Picture | None = None

    def show(self, picture: Picture) -> None:
        if picture != self.picture:
            self.picture = picture
            self.refresh()

    def render(self) -> Content:
        if self.picture is None:
            return Content("")
        return drawn(self.picture, self.size.width, self.size.height)


def drawn(picture: Picture, columns: int, rows: int) -> Content:
    title = picture.title.truncate(columns, ellipsis=True)
    if all(value is None for layer in picture.layers for value in layer.values):
        return Content("\n").join([title, plain(picture.empty, MUTED)])
    margin = max(MARGIN, len(picture.label) + 1)
    wide, high = max(1, columns - margin), max(2, rows - 2)
    plots = [dotted(layer, picture.top, wide, high) for layer in picture.layers]
    labels = [picture.label, *[""] * (high - 2), "0"]
    lines = [
        Content.assemble(
            plain(f"{label:>{margin - 1}} ", MUTED), *painted(row, picture)
        )
        for label, row in zip(labels, zip(*plots, strict=True), strict=True)
    ]
    room = max(1, wide - len(picture.first) - len(picture.last))
    times = f"{' ' * margin}{picture.first}{' ' * room}{picture.last}"
    return Content("\n").join([title, *lines, plain(times[:columns], MUTED)])


def dotted(layer: Layer, top: float, columns: int, rows: int) -> list[str]:
    """The rows of a layer by itself; its places are counted in dots."""
    canvas = Canvas(columns, rows, 0, 0, columns * ACROSS, rows * DOWN)
    each = columns * ACROSS / len(layer.values)
    highest = rows * DOWN - 1
    heights = [
        None if value is None else round(value / top * highest if top else 0)
        for value in layer.values
    ]
    (bars if layer.bars else line)(canvas, heights, each)
    rows_: list[str] = canvas.plot("\n").split("\n")
    return rows_


def bars(canvas: Canvas, heights: Iterable[int | None], each: float) -> None:
    for number, height in enumerate(heights):
        begins, ends = int(number * each), int((number + 1) * each)
        for x in range(begins, max(begins + 1, ends - (each >= APART))):
            if height is not None:
                canvas.line(x, 0, x, height)


def line(canvas: Canvas, heights: Sequence[int | None], each: float) -> None:
    points = [(int((n + 0.5) * each), height) for n, height in enumerate(heights)]
    for x, y in points:
        if y is not None:
            canvas.point(x, y)
    for (x, y), (to_x, to_y) in pairwise(points):
        if y is not None and to_y is not None:
            canvas.line(x, y, to_x, to_y)


def painted(row: Iterable[str], picture: Picture) -> Iterator[Content]:
    """One row of all layers: the dots of each, in the style of the foremost."""
    cells = []
    for signs in zip(*row, strict=True):
        dots, style = 0, ""
        for sign, layer in zip(signs, picture.layers, strict=True):
            if sign != chr(BLANK):
                dots, style = dots | ord(sign) - BLANK, layer.style
        cells.append((chr(BLANK + dots) if dots else " ", style))
    for style, some in groupby(cells, key=lambda cell: cell[1]):
        yield plain("".join(sign for sign, _ in some), style)
