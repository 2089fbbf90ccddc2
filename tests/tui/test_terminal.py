"""What is asked of the terminal, and how it is left behind."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.app import App

from tests.tui.pty_run import Terminal
from tui import terminal
from tui.cli.workbench import refusal

MANNERS = Path(__file__).parent / "terminal_app.py"
SHOWN = ["sent to the terminal (OSC 52)"]


@pytest.fixture
def tmux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A tmux server of our own, with the environment its panes would have."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    command = ["tmux", "-S", str(tmp_path / "socket"), "-f", "/dev/null"]
    subprocess.run([*command, "new-session", "-d", "cat"], check=True)
    monkeypatch.setenv("TMUX", f"{tmp_path / 'socket'},1,0")
    yield command
    subprocess.run([*command, "kill-server"], check=True)


def test_a_copy_goes_to_the_terminal_as_base64() -> None:
    child = Terminal(MANNERS)
    child.read_until(SHOWN)
    child.send(signal.SIGTERM)
    seen, _ = child.read_to_end()
    assert b"\x1b]52;c;" + base64.b64encode(b"copied \x1b text") + b"\x07" in seen


def test_nothing_in_a_title_ends_its_sequence() -> None:
    child = Terminal(MANNERS)
    child.read_until(SHOWN)
    child.send(signal.SIGTERM)
    seen, _ = child.read_to_end()
    assert "\x1b]0;(3) weir ␇␛]52;c;eA==␇ <U+009C>\x07".encode() in seen


def test_the_desktop_is_told_and_nothing_in_what_is_told_ends_it() -> None:
    child = Terminal(MANNERS)
    child.read_until(SHOWN)
    child.send(signal.SIGTERM)
    seen, _ = child.read_to_end()
    assert "\x1b]9;Weir, Ship it? ␇␛]52;c;eA==␇\x07".encode() in seen


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_is_whole_again_when_the_session_is_ended(
    number: signal.Signals,
) -> None:
    child = Terminal(MANNERS)
    child.read_until(SHOWN)
    child.send(number)
    seen, code = child.read_to_end()
    assert code == 128 + number
    for mode in (b"?1049", b"?1000", b"?1006", b"?2004"):
        assert seen.rfind(b"\x1b[" + mode + b"l") > seen.rfind(b"\x1b[" + mode + b"h")
    assert seen.rfind(b"\x1b[?25h") > seen.rfind(b"\x1b[?25l")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_program_that_stands_still_is_ended_all_the_same(
    number: signal.Signals,
) -> None:
    child = Terminal(MANNERS, "--stuck")
    child.read_until(["It stands still."])
    child.send(number)
    assert child.read_to_end()[1] == 128 + number


def test_a_terminal_that_is_gone_ends_the_program() -> None:
    child = Terminal(MANNERS)
    child.read_until(SHOWN)
    assert child.hang_up() != 0


def test_inside_tmux_a_copy_goes_through_tmux(tmux: list[str]) -> None:
    text = "a $(b) `c` \x1b; é 日本\n"
    assert terminal.copy(App(), text) == "copied through tmux"
    shown = subprocess.run([*tmux, "show-buffer"], capture_output=True, check=True)
    assert shown.stdout.decode() == text


def test_a_copy_too_large_for_a_terminal_is_written_to_a_file_of_ones_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    text = "x" * (terminal.OSC52_MOST + 1)
    said = terminal.copy(App(), text)
    (written,) = tmp_path.iterdir()
    assert said == f"too large for the clipboard: written to {written}"
    assert written.read_text() == text
    assert written.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("term", "refused"), [("dumb", True), ("", True), ("xterm", False)]
)
def test_the_workbench_is_refused_where_it_can_not_draw(
    monkeypatch: pytest.MonkeyPatch, term: str, refused: bool
) -> None:
    outer, inner = os.openpty()
    with os.fdopen(outer, "rb", 0), os.fdopen(inner) as tty:
        monkeypatch.setattr("sys.stdin", tty)
        monkeypatch.setattr("sys.stdout", tty)
        monkeypatch.setenv("TERM", term)
        reason = refusal()
        monkeypatch.undo()
    assert ("`weir --plain`" in reason) is refused
