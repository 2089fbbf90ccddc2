"""A window of tmux with a shell in it, and a person in front of it."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stories.place import Place, until

PROMPT = "READY>"
BETWEEN = 2.0  # seconds: a key that comes sooner makes the grace begin anew


class Window:
    """Keys go in and the screen comes out, as they do for a person.

    Each has a tmux server of its own, which takes the shell with it when it ends.
    """

    def __init__(
        self, place: Place, folder: Path, size: tuple[int, int] = (80, 24), **more: str
    ) -> None:
        self.tmux = ["tmux", "-S", str(folder / f"{size[0]}.tmux"), "-f", "/dev/null"]
        environment = {**place.with_weir(folder), **more}
        bash = f"env 'PS1={PROMPT}' bash --norc --noprofile"
        shell = f"cd {place.root} && exec {bash}"
        across, down = (str(each) for each in size)
        begin = ["new-session", "-d", "-x", across, "-y", down, shell]
        subprocess.run([*self.tmux, *begin], check=True, env=environment)
        try:
            self.sees(PROMPT)
        except AssertionError:
            self.close()
            raise

    def does(self, *words: str, given: bytes = b"") -> str:
        done = subprocess.run(
            [*self.tmux, *words], input=given, capture_output=True, check=True
        )
        return done.stdout.decode()

    def press(self, *keys: str) -> None:
        """Keys by tmux's names (`Enter`, `C-z`), one after the other."""
        for key in keys:
            self.does("send-keys", key)

    def types(self, text: str) -> None:
        self.does("send-keys", "-l", text)

    def enters(self, line: str) -> None:
        self.types(line)
        self.press("Enter")

    def pastes(self, text: str) -> None:
        """As a terminal pastes: in brackets, where the program has asked for them."""
        self.does("load-buffer", "-", given=text.encode())
        self.does("paste-buffer", "-p")

    def resize(self, columns: int, rows: int) -> None:
        self.does("resize-window", "-x", str(columns), "-y", str(rows))

    @property
    def screen(self) -> str:
        return self.does("capture-pane", "-p")

    @property
    def lines(self) -> list[str]:
        return self.screen.split("\n")

    def sees(self, text: str) -> None:
        until(lambda: text in self.screen, lambda: f"{text!r}\n{self.screen}")

    def sees_no_more(self, text: str) -> None:
        until(lambda: text not in self.screen, lambda: f"{text!r}\n{self.screen}")

    def presses_until(self, key: str, true: Callable[[], object]) -> None:
        """Press a key, and again where it was too soon after what is shown changed."""

        def pressed() -> object:
            self.press(key)
            tried = time.monotonic()
            while not (found := true()) and time.monotonic() - tried < BETWEEN:
                time.sleep(0.01)
            return found

        until(pressed, lambda: self.screen)

    def close(self) -> None:
        subprocess.run([*self.tmux, "kill-server"], check=False, capture_output=True)


def require_tmux() -> None:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
