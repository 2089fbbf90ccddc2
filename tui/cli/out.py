"""What a command prints: lines, tables and JSON that no terminal can be hurt by."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click
import msgspec
from msgspec import Struct

from store.records import Record
from tui.text import flat, mark_of, show
from tui.text import one_line as clipped
from tui.text import width as cells

one_line = flat

P = ParamSpec("P")
R = TypeVar("R")

# Said by the environment, so that a command that another one starts is plain as well.
PLAIN = {"NO_COLOR": "1", "WEIR_PLAIN": "1"}
GAP = 2  # columns between two of a table
NARROWEST = 12  # columns that a shortened column keeps

# In JSON these stand as \uXXXX: a parser reads the same text, a terminal reads none.
HOSTILE = re.compile(
    "[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """`--json`, passed on as `as_json`."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @wraps(command)
    def with_json(*args: P.args, **kwargs: P.kwargs) -> R:
        return command(*args, **kwargs)

    return with_json


def on_a_terminal() -> bool:
    return sys.stdout.isatty()


def coloured() -> bool:
    """Whether standard output is a terminal that wants colours."""
    return (
        on_a_terminal()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )


def paint(text: str, colour: str | None = None, *, bold: bool = False) -> str:
    if not coloured():
        return text
    return click.style(text, fg=colour, bold=bold or None)


def status(word: str) -> str:
    """A status as glyph, word and colour; the word is the one in the store."""
    if os.environ.get("WEIR_PLAIN"):
        return show(word)
    mark = mark_of(word)
    return paint(f"{mark.glyph} {show(word)}", mark.colour)


def line(text: str = "", *, err: bool = False) -> None:
    """Print a line we wrote; whatever came from outside has been through `show`."""
    click.echo(text, err=err)


def block(text: str, indent: str = "", *, err: bool = False) -> None:
    """Print text from outside: every line of it, its controls made visible."""
    for each in text.split("\n"):
        line(indent + show(each), err=err)


def table(
    headers: Sequence[str], rows: Iterable[Sequence[str]], yields: Sequence[str] = ()
) -> None:
    """Print rows under headers, columns as wide as their widest cell.

    On a terminal a table that is too wide for it gives room: `yields` names the columns
    that are shortened and then left out, the least needed first; else the last one is
    shortened. They hold no styling.
    """
    shown = [[*headers], *map(list, rows)]
    widths = [max(map(width, column)) for column in zip(*shown, strict=True)]
    if on_a_terminal():
        order = [headers.index(name) for name in yields or headers[-1:]]
        room = shutil.get_terminal_size().columns - GAP * (len(widths) - 1)
        widths = fitted(widths, order, room, leave_out=bool(yields))
    for number, row in enumerate(shown):
        seen = [
            pad(clipped(cell, wide) if width(cell) > wide else cell, wide)
            for cell, wide in zip(row, widths, strict=True)
            if wide
        ]
        text = (" " * GAP).join(seen).rstrip()
        line(text if number else paint(text, bold=True))


def fitted(
    widths: Sequence[int], order: Sequence[int], room: int, *, leave_out: bool
) -> list[int]:
    """The widths that fit into `room` columns; 0 for a column that is left out.

    `order` are the columns that give way, first to last; what one that is left out
    leaves over is for those that were shortened, the last of them first.
    """
    fit = list(widths)
    for index in order:
        over = sum(fit) - room
        fit[index] = min(fit[index], max(fit[index] - over, NARROWEST))
    for index in order if leave_out else ():
        if sum(fit) > room:
            room += GAP
            fit[index] = 0
    for index in reversed(order):
        over = max(room - sum(fit), 0)
        fit[index] = min(widths[index], fit[index] + over) if fit[index] else 0
    return fit


def pad(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def width(text: str) -> int:
    """Columns the text takes on a terminal; styling takes none."""
    return cells(click.unstyle(text))


def document(value: Any) -> None:
    """Print one JSON document, indented."""
    line(harmless(msgspec.json.format(msgspec.json.encode(jsonable(value)), indent=2)))


def item(value: Any) -> None:
    """Print one JSON document on a line of its own, at once: more follow."""
    line(harmless(msgspec.json.encode(jsonable(value))))
    sys.stdout.flush()


def jsonable(value: Any) -> Any:
    """Records with the JSON they carry as bytes put in place, not wrapped as text."""
    if isinstance(value, Record):
        return {
            name: embedded(getattr(value, name)) for name in value.__struct_fields__
        }
    if isinstance(value, dict):
        return {key: jsonable(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(each) for each in value]
    return value


def embedded(value: Any) -> Any:
    return msgspec.Raw(value) if isinstance(value, bytes) else value


def harmless(json: bytes) -> str:
    return HOSTILE.sub(escaped, json.decode())


def escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def fields(value: Struct) -> dict[str, Any]:
    """A struct as a JSON object with every field, defaults and all."""
    return {name: getattr(value, name) for name in value.__struct_fields__}
