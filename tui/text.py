"""Words and marks for the screen, the same in the workbench and on the command line.

Text from outside is data. `show` makes what a terminal would obey, or hide, visible.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from engine.machine.places import TURNS

# What a terminal acts on, what turns text around, and what takes no room on the screen.
NEVER = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2028\u2029"
    "\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# A joiner or variation selector is kept only where a script or an emoji needs it: after
# a sign that stays as it is. After one that is spelt it would stand beside a ">".
STAYS = rf"[^\x00-\x7f\u200c\u200d\ufe00-\ufe0f{NEVER}]"
UNSEEN = re.compile(
    f"[{NEVER}]"
    f"|(?<!{STAYS})\u200c"
    "|\u200d(?![\u2190-\u2bff\U0001f000-\U0001faff])"
    f"|(?<!{STAYS}|[0-9#*])[\ufe00-\ufe0f]"
)


# Of these, what Python calls printable: the rest is found faster by `isprintable`.
PRINTABLE_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f"
    "\U000e0100-\U000e01ef]"
)


# Of bytes that are told one by one, what is spelt besides.
UNTOLD = re.compile(rf"[\\\t\n]|{UNSEEN.pattern}")
NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\\": r"\\"}


class Mark(NamedTuple):
    """How a status looks: never by colour alone.

    `style` is a style of Textual, `colour` one of click.
    """

    glyph: str
    word: str
    style: str
    colour: str
    ascii: str

    def text(self, *, ascii_only: bool = False) -> str:
        return f"{self.ascii if ascii_only else self.glyph} {self.word}"


BUSY = ("$text-primary", "blue")
ASKS = ("$text-warning", "yellow")
GOOD = ("$text-success", "green")
BAD = ("$text-error", "red")
QUIET = ("$foreground-muted", "bright_black")

SENT_BACK = "sent back"

# Runs, steps and approvals share their words: a row here serves all three.
STATUS: dict[str, Mark] = {
    "created": Mark("·", "new", *QUIET, "."),
    "pending": Mark("?", "asks", *ASKS, "?"),
    "ready": Mark("·", "ready", *QUIET, "."),
    "running": Mark("▶", "run", *BUSY, ">"),
    "waiting": Mark("?", "wait", *ASKS, "?"),
    "retrying": Mark("↻", "again", *BUSY, "~"),
    "paused": Mark("‖", "paused", *ASKS, "="),
    "succeeded": Mark("✓", "done", *GOOD, "+"),
    "failed": Mark("✗", "fail", *BAD, "x"),
    "skipped": Mark("-", "skip", *QUIET, "-"),
    "cancelled": Mark("⊘", "stopped", *QUIET, "/"),
    "interrupted": Mark("!", "unsure", *ASKS, "!"),
    "rolling_back": Mark("↶", "undoing", *BUSY, "<"),
    "rolled_back": Mark("↶", "undone", *QUIET, "<"),
    "undone": Mark("↶", "undone", *QUIET, "<"),
    "held": Mark("‖", "held", *BUSY, "="),
    "edited": Mark("✎", "edited", *BUSY, "e"),
    "snoozed": Mark("z", "snoozed", *QUIET, "z"),
    "approved": Mark("✓", "yes", *GOOD, "+"),
    "rejected": Mark("✗", "no", *BAD, "x"),
    SENT_BACK: Mark("↶", "back", *ASKS, "<"),  # in the store it is `rejected`
    "expired": Mark("⊘", "expired", *QUIET, "/"),
    "withdrawn": Mark("⊘", "withdrawn", *QUIET, "/"),
}


def mark_of(status: str) -> Mark:
    """The mark of a status; one we don't know is shown by its own word."""
    return STATUS.get(status) or Mark("·", show(status), *QUIET, ".")


def show(text: str, *, multiline: bool = False) -> str:
    """Text as it is safe to put on a screen, with nothing hidden and nothing lost.

    Controls become pictures (␛), the rest of the unseen is spelled out (<U+202E>), tabs
    become spaces. A newline stays one only with `multiline`; it becomes ␊ without.
    """
    if text.isprintable() and not PRINTABLE_UNSEEN.search(text):
        return text
    seen = UNSEEN.sub(_spell, text).expandtabs(8)
    return seen if multiline else seen.replace("\n", "␊")


def _spell(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"<U+{code:04X}>"


def spelt(raw: bytes) -> str:
    r"""Bytes, told exactly: \x1b is one that is no text, or that a terminal obeys."""
    return UNTOLD.sub(_told, raw.decode(errors="surrogateescape"))


def _told(match: re.Match[str]) -> str:
    data = match[0].encode(errors="surrogateescape")
    return NAMED.get(match[0]) or "".join(f"\\x{each:02x}" for each in data)


def width(text: str) -> int:
    """Columns that a text takes on the screen."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def flat(text: str) -> str:
    """Text from anywhere, in one line, with its controls made visible."""
    return show(" ".join(text.split()))


def one_line(text: str, columns: int) -> str:
    """Text on one line of at most `columns`, with … where it was cut."""
    seen = show(text)
    if width(seen) <= columns:
        return seen
    if columns <= 0:
        return ""
    from rich.cells import set_cell_size

    return set_cell_size(seen, columns - 1) + "…"


def took(seconds: float) -> str:
    """How long something lasted: 0.4s, 44s, 2m11s, 1h02m."""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f}s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m"


def placed(path: str) -> str:
    """A step's path as a row of a tree: set in by the arms around it, its arm before.

    `market[us]/price#2` is ` us: price#2`. A part that is named after the step it
    stands in loses that name: `answer[turns]/answer.ask` is ` ask`.
    """
    *around, own = path.split("/")
    if not around:
        return path
    holder, _, arm = around[-1].rpartition("[")
    name = own.removeprefix(f"{holder.partition('#')[0].partition('.')[0]}.")
    which = arm.removesuffix("]")
    label = "" if which == TURNS else f"{which}: "
    return f"{' ' * len(around)}{label}{name}"


def visit_at(path: str) -> str:
    """The very visit at a path: an id alone would mean the newest one."""
    return path if "#" in path.rpartition("/")[2] else f"{path}#1"
