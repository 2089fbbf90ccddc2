"""What comes out at the other side of the terminal, byte for byte."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.tui.hostile import PAYLOADS
from tests.tui.hostile_app import PLACES, mark
from tests.tui.pty_run import Terminal

APP = Path(__file__).parent / "hostile_app.py"
# All that a painted frame is made of: colours, cursor moves, begin and end of a frame,
# the cursor's visibility, line ends.
PAINTING = re.compile(rb"\x1b\[[0-9;:]*m|\x1b\[\d*;?\d*H|\x1b\[\?(?:2026|25)[hl]|\r?\n")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
TURNING = re.compile(
    "[\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def painted_text(frame: bytes) -> str:
    return PAINTING.sub(b"", frame).decode(errors="ignore")


@pytest.fixture(scope="module")
def frames() -> dict[str, bytes]:
    """The bytes written from asking for a payload until it was shown everywhere."""
    terminal = Terminal(APP)
    terminal.read_until(["ready"])
    starts = [len(terminal.seen)]
    for number in range(len(PAYLOADS)):
        terminal.type("n")
        marks = [mark(place, number) for place in PLACES]
        terminal.read_until(marks, starts[-1])
        # Where the last sequence begins: what was read may end in the middle of it.
        starts.append(terminal.seen.rindex(b"\x1b"))
    terminal.type("n")
    seen, code = terminal.read_to_end()
    assert code == 0
    frames = [seen[start:end] for start, end in pairwise(starts)]
    return dict(zip(PAYLOADS, frames, strict=True))


@pytest.mark.parametrize("name", PAYLOADS)
def test_only_text_and_painting_reach_the_terminal(
    frames: dict[str, bytes], name: str
) -> None:
    text = PAINTING.sub(b"", frames[name]).decode()
    found = CONTROL.search(text) or TURNING.search(text)
    assert found is None, text[max(0, found.start() - 80) : found.end() + 40]


def test_colours_and_moves_do_not_come_from_text(frames: dict[str, bytes]) -> None:
    assert b"\x1b[8m" not in frames["fake-box"]
    assert b"\x1b[77;777H" not in frames["fake-box"]


def test_what_would_have_acted_is_seen_in_its_place(frames: dict[str, bytes]) -> None:
    text = painted_text(frames["clipboard"])
    number = list(PAYLOADS).index("clipboard")
    for place in ("cell", "column", "empty", "log", "tag", "document", "title"):
        assert f"{mark(place, number)}␛]52;c;cm0gLXJmIH4=␇{mark(place, 0)}" in text


def test_without_the_filter_the_terminal_would_obey() -> None:
    terminal = Terminal(APP, "--bare")
    terminal.read_until(["ready"])
    terminal.type("n")
    terminal.read_until([mark("raw-static", 0)])
    terminal.kill()
    seen, _ = terminal.read_to_end()
    assert b"\x1b]52;c;cm0gLXJmIH4=" in seen
