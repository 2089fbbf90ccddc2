"""The message: what is told, which commands answer it, and why somebody gets it.

What it says of a run came from outside (a model, a server, a file), so it is data:
without controls, of a bounded length, and with no word that calls a whole chat room.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from shlex import quote

from msgspec import Struct

from engine.notices import gates_and_failures
from engine.schedules.clock import zone
from store.records import NoticeRecord

TITLE, TEXT = 150, 1200  # characters
TOLD = 10  # things that one message tells; the others it counts

# What chat services take for a call to everybody, or for a person of theirs.
CALLS = re.compile(r"@(?=(?:everyone|here|channel|all)\b)|<(?=[@!#&])", re.IGNORECASE)

# Controls, what turns the direction, halves of characters, and other ends of lines.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Item(Struct, frozen=True):
    """One thing to tell: as a headline, at length, and the command that answers it."""

    notice: NoticeRecord
    headline: str
    lines: Sequence[str]
    command: str


class From(Struct, frozen=True):
    """Where the gate is, and in which time zone times are told."""

    root: Path
    machine: str
    zone: str


class Message(Struct, frozen=True):
    title: str
    body: str


def message(items: Sequence[Item], here: From) -> Message:
    """One for what a target is to hear now, the most urgent first."""
    if len(items) == 1:
        (one,) = items
        lines = [*one.lines, "", why_told(one.notice)]
        return Message(one.headline, "\n".join(lines))
    told, more = items[:TOLD], len(items) - TOLD
    lines = [f"On {clean(here.machine, 100)}:"]
    for each in told:
        lines += ["", f"- {each.headline}", f"  {each.command}"]
    if more > 0:
        lines += ["", f"and {more} more: {weir(here, 'inbox')}"]
    target = items[0].notice.target
    lines += ["", f"You get this as {target}; `weir notify` tells what goes there."]
    many = gates_and_failures([each.notice for each in items])
    return Message(f"{many} wait for you", "\n".join(lines))


def trial(target: str, here: From) -> Message:
    """What is sent to see whether anything arrives."""
    where = f"{clean(str(here.root), TITLE)} on {clean(here.machine, 100)}"
    told = f"It arrives: what waits in {where} is told here."
    why = f"You get this as {target}, because somebody typed `weir notify test`."
    return Message("A message to try it", f"{told}\n\n{why}")


def why_told(notice: NoticeRecord) -> str:
    return f"You get this as {notice.target}, because {clean(notice.why, TITLE * 2)}."


def weir(here: From, *words: str) -> str:
    root = clean(quote(str(here.root)), 1000)
    return f"weir -C {root} {' '.join(words)}"


def moment(at: float, where: str) -> str:
    when = datetime.fromtimestamp(at, zone(where))
    return f"{when:%Y-%m-%d} at {when:%H:%M} ({where})"


def clean(text: str, most: int) -> str:
    """Text from anywhere, at most so long: of the unseen ends of lines stay."""
    seen = "".join(c for c in text if c == "\n" or is_seen(c)).strip()
    cut = seen if len(seen) <= most else f"{seen[: most - 1].rstrip()}…"
    return CALLS.sub(lambda call: {"@": "＠", "<": "‹"}[call[0]], cut)


def is_seen(character: str) -> bool:
    return unicodedata.category(character) not in UNSEEN
