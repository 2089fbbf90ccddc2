"""What a terminal shows, as SVG: one screen, or many that follow each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple

import pyte
from pyte.screens import Char

WIDE, HIGH, BASE = 8.4, 17, 13  # of a cell: its size, and where its text stands
MARGIN = 10
FRONT, BACK = "#e0e0e0", "#121212"
FONT = "ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace"
NAMED = {
    "black": "#2e3436",
    "red": "#cc4444",
    "green": "#5faf5f",
    "brown": "#c4a000",
    "blue": "#5f87d7",
    "magenta": "#a475b0",
    "cyan": "#4fb0b4",
    "white": "#d3d7cf",
}


class Run(NamedTuple):
    """Cells beside each other that look the same."""

    at: int
    cells: int
    text: str
    front: str
    back: str
    bold: bool
    underlined: bool


Row = tuple[Run, ...]


class Frame(NamedTuple):
    """A screen, and the seconds from the beginning when it is shown first."""

    at: float
    rows: tuple[Row, ...]
    said: str = ""


class Span(NamedTuple):
    """A line of the picture, from one frame to before another."""

    first: int
    end: int
    line: int
    svg: str


def rows_of(screen: pyte.Screen) -> tuple[Row, ...]:
    return tuple(row_of(screen, y) for y in range(screen.lines))


def row_of(screen: pyte.Screen, y: int) -> Row:
    line = screen.buffer[y]
    cells = [(x, line[x]) for x in range(screen.columns)]
    return tuple(runs(cells))


def runs(cells: list[tuple[int, Char]]) -> Iterator[Run]:
    for look, group in groupby(cells, key=lambda cell: look_of(cell[1])):
        same = list(group)
        text = "".join(char.data for _, char in same)
        if text.strip() or look[1] != BACK:
            yield Run(same[0][0], len(same), text, *look)


def look_of(char: Char) -> tuple[str, str, bool, bool]:
    front, back = colour(char.fg, FRONT), colour(char.bg, BACK)
    if char.reverse:
        front, back = back, front
    return front, back, char.bold, char.underscore


def colour(name: str, otherwise: str) -> str:
    if name == "default":
        return otherwise
    return NAMED.get(name.removeprefix("bright")) or f"#{name}"


def still(rows: Sequence[Row], columns: int) -> str:
    lines = (placed(y, drawn(row)) for y, row in enumerate(rows))
    body = "".join(lines)
    return page(columns, len(rows), "", body)


def film(frames: Sequence[Frame], columns: int, seconds: float, poster: int) -> str:
    """Frames one after the other, again and again; `poster` alone where none move."""
    spans = [*spans_of(frames)]
    times = sorted({(each.first, each.end) for each in spans})
    names = {span: f"t{number}" for number, span in enumerate(times)}
    style = "".join(rule(names[t], t, frames, seconds, poster) for t in times)
    body = "".join(placed(s.line, s.svg, names[s.first, s.end]) for s in spans)
    return page(columns, len(frames[0].rows) + 2, style, body)


def spans_of(frames: Sequence[Frame]) -> Iterator[Span]:
    """Each line of the picture as long as it stays the same."""
    height = len(frames[0].rows)
    for y in range(height):
        yield from lasting([drawn(frame.rows[y]) for frame in frames], y)
    yield from lasting([caption(frame.said) for frame in frames], height + 1)


def lasting(shown: Sequence[str], line: int) -> Iterator[Span]:
    at = 0
    for svg, group in groupby(shown):
        end = at + len([*group])
        if svg:
            yield Span(at, end, line, svg)
        at = end


def rule(
    name: str,
    span: tuple[int, int],
    frames: Sequence[Frame],
    seconds: float,
    poster: int,
) -> str:
    first, end = span
    seen = "visible" if first <= poster < end else "hidden"
    begin = frames[first].at / seconds * 100
    stop = frames[end].at / seconds * 100 if end < len(frames) else 100
    parts = [f"{begin:.3f}%{{visibility:visible}}"]
    parts += ["0%{visibility:hidden}"] if begin > 0 else []
    parts += [f"{stop:.3f}%{{visibility:hidden}}"] if stop < 100 else []
    moving = f"animation:{name} {seconds:.2f}s step-end infinite"
    return (
        f".{name}{{visibility:{seen}}}@keyframes {name}{{{''.join(sorted(parts))}}}"
        f"@media(prefers-reduced-motion:no-preference){{.{name}{{{moving}}}}}"
    )


def placed(line: int, svg: str, name: str = "") -> str:
    """A line of the picture, whose texts stand on its own zero."""
    if not svg:
        return ""
    known = f' class="{name}"' if name else ""
    return f'<g{known} transform="translate(0,{line * HIGH + BASE})">{svg}</g>'


def drawn(row: Row) -> str:
    return "".join(box(back, same) for back, same in groupby(row, by_back)) + "".join(
        words(run) for run in row if run.text.strip()
    )


def by_back(run: Run) -> str:
    return run.back


def box(back: str, same: Iterable[Run]) -> str:
    if back == BACK:
        return ""
    first, *others = same
    last = others[-1] if others else first
    cells = last.at + last.cells - first.at
    return (
        f'<rect x="{first.at * WIDE:.1f}" y="-{BASE}" width="{cells * WIDE:.1f}"'
        f' height="{HIGH}" fill="{back}"/>'
    )


def words(run: Run) -> str:
    text = run.text.rstrip()
    start = len(text) - len(text.lstrip())
    cells = run.cells - (len(run.text) - len(text)) - start
    look = f' fill="{run.front}"' if run.front != FRONT else ""
    look += ' class="b"' if run.bold else ""
    look += ' text-decoration="underline"' if run.underlined else ""
    return (
        f'<text x="{(run.at + start) * WIDE:.1f}" textLength="{cells * WIDE:.1f}"'
        f"{look}>{escape(text.lstrip(), quote=False)}</text>"
    )


def caption(said: str) -> str:
    return f'<text class="b">{escape(said)}</text>' if said else ""


def page(columns: int, lines: int, style: str, body: str) -> str:
    width, height = columns * WIDE + 2 * MARGIN, lines * HIGH + 2 * MARGIN
    text = f"text{{font:14px {FONT};white-space:pre}}.b{{font-weight:bold}}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}">'
        f"<style>{text}{style}</style>"
        f'<rect width="100%" height="100%" rx="8" fill="{BACK}"/>'
        f'<g transform="translate({MARGIN},{MARGIN})" fill="{FRONT}">{body}</g></svg>\n'
    )
