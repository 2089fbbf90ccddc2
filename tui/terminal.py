"""What we ask of the terminal itself: clipboard, bell, title, and to be left whole."""

from __future__ import annotations

import asyncio
import base64
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from textual.app import App

from tui.text import one_line

AnyApp = App[Any]  # whatever it returns when it ends

# Terminals drop a longer OSC 52 without a word: 100,000 bytes with its base64.
OSC52_MOST = 74_994
TITLE_MOST = 80
NOTE_MOST = 160  # columns of what the desktop shows
STDIN = 0  # a file descriptor
LAST_WORDS = 5.0  # seconds to end by itself


def copy(app: AnyApp, text: str) -> str:
    """Put text on the clipboard of the person at the terminal; gives how it went."""
    data = text.encode("utf-8", "surrogateescape")
    if os.environ.get("TMUX") and _tell_tmux(data):
        return "copied through tmux"
    if len(data) <= OSC52_MOST and _tell_terminal(app, data):
        return "sent to the terminal (OSC 52); not every terminal takes it"
    why = "too large for the clipboard" if len(data) > OSC52_MOST else "no clipboard"
    return f"{why}: written to {_write_aside(data)}"


def _tell_tmux(data: bytes) -> bool:
    # -w hands it on to the terminal outside as well; plain OSC 52 is lost in tmux.
    tmux = shutil.which("tmux")
    if tmux is None:
        return False
    command = [tmux, "load-buffer", "-w", "-"]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=2)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _tell_terminal(app: AnyApp, data: bytes) -> bool:
    # Base64 has no character that a terminal could take for the end of the sequence.
    return _write(app, f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07")


def _write_aside(data: bytes) -> str:
    handle, path = tempfile.mkstemp(prefix="weir-copy-", suffix=".txt")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    return path


def notify(app: AnyApp, text: str) -> None:
    """Ring, and let the terminal tell the desktop, where it knows how (OSC 9).

    tmux hands it on where `allow-passthrough` is on, and drops it where it is not.
    """
    app.bell()
    said = f"\x1b]9;{one_line(f'Weir, {text}', NOTE_MOST)}\x07"
    if os.environ.get("TMUX"):
        inside = said.replace("\x1b", "\x1b\x1b")
        said = f"\x1bPtmux;{inside}\x1b\\"
    _write(app, said)


def set_title(app: AnyApp, text: str) -> None:
    """Name the terminal's window; nothing in the text can end the sequence."""
    _write(app, f"\x1b]0;{one_line(text, TITLE_MOST)}\x07")


def _write(app: AnyApp, sequence: str) -> bool:
    # Textual has no public way to write a sequence of our own.
    driver = app._driver
    if driver is None or app.is_headless:
        return False
    driver.write(sequence)
    return True


def install_signal_handlers(
    app: AnyApp, at_last: Callable[[], object] = lambda: None
) -> None:
    """Leave the screen as it was when the session is ended from outside.

    Textual restores the terminal on ctrl+c and ctrl+z, but not on these two. `at_last`
    is done at once, in a thread: the loop may stand still.
    """
    loop = asyncio.get_running_loop()

    def end(code: int) -> None:
        try:
            at_last()
            time.sleep(LAST_WORDS)
        finally:
            os._exit(code)

    def leave(number: int, frame: object) -> None:
        # Where the terminal is gone, writing to it can stand still for ever, and the
        # loop with it: the kernel continues whom it hangs up, Textual then begins to
        # draw anew, and its writer dies of the first line. Nothing is left to restore.
        # Not a handler of the loop's, which would never hear of it.
        threading.Thread(target=end, args=[128 + number], daemon=True).start()
        loop.call_soon_threadsafe(app.exit, None, 128 + number)

    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, leave)
    if os.isatty(STDIN):
        # Who is not in its foreground is told of a terminal's end by no signal.
        watched = [STDIN, partial(leave, signal.SIGHUP, None)]
        threading.Thread(target=tell_hang_up, args=watched, daemon=True).start()


def tell_hang_up(terminal: int, hung_up: Callable[[], None]) -> None:
    """Wait until nobody holds the other side of a terminal any more, and say so."""
    waiting = select.poll()
    waiting.register(terminal, 0)  # a hang-up is told also to who asks for nothing
    told = waiting.poll()
    if not any(what & select.POLLNVAL for _, what in told):  # else it can't be told
        hung_up()
