"""For terminals that show less: without colours, and without Unicode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.text import STATUS

# What says which characters a terminal knows; the first that is set is believed.
LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")
# What Python itself puts into LC_CTYPE where the locale is C: nobody has said that.
COERCED = ("C.UTF-8", "C.utf8", "UTF-8")
DRAWN = (
    ("─━═╌╍┄┅▔▁▂", "-"),
    ("│┃║╎╏▏▎▕█▌▐", "|"),
    ("╭╮╰╯┌┐└┘┏┓┗┛├┤┬┴┼┣┫┳┻╋╺╸╹╻", "+"),
    ("▸▹→⏵›", ">"),
    ("◂←‹⌫", "<"),
    ("…", "~"),
    ("·•∙", "."),
    ("⏎", "^"),
    ("–—", "-"),
    ("“”„", '"'),
    ("‘’", "'"),
    ("×☑", "x"),
    ("☐", "_"),
)
# A cell of a plot, by how many of its eight dots are there.
DOTS = {chr(0x2800 + dots): " ..::++##"[dots.bit_count()] for dots in range(256)}
MARKS = {mark.glyph: mark.ascii for mark in STATUS.values()}
ASCII = {glyph: known for drawn, known in DRAWN for glyph in drawn} | DOTS | MARKS


def filters_for(environment: Mapping[str, str]) -> Iterator[LineFilter]:
    if environment.get("NO_COLOR"):
        yield WithoutColours()
    if "utf" not in locale_in(environment).lower():
        yield WithoutUnicode()


def locale_in(environment: Mapping[str, str]) -> str:
    """The locale that a person has set; one of UTF-8 where none is."""
    said = {name: environment[name] for name in LOCALE if environment.get(name)}
    if said.get("LC_CTYPE") in COERCED and said.get("LANG") in ("C", "POSIX"):
        del said["LC_CTYPE"]
    return next(iter(said.values()), "UTF-8")


class WithoutColours(LineFilter):
    """Bold, underlined and reversed stay: what stands out does so in any colour."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(text, style.without_color if style else None, control)
            for text, style, control in segments
        ]


class WithoutUnicode(LineFilter):
    """Each sign becomes one that means the same, or `?`, in as many columns."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment
            if segment.text.isascii()
            else Segment(in_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


def in_ascii(text: str) -> str:
    return "".join(
        sign if sign.isascii() else ASCII.get(sign, "?" * cell_len(sign))
        for sign in text
    )
