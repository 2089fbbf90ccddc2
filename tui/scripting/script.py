"""The file that a session is kept in: a script for `sh`, written as it goes."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path

from engine.errors import WeirError
from engine.redacting import Redaction
from engine.secrets import all_known
from engine.workspace import Workspace
from tui.scripting.words import Ref, Word, line_of, remark

FIRST = "#!/bin/sh\n"
HEAD = (
    "A session of the workbench in {name}, by {person}, begun {at}.",
    "It does the same by the command line, in a copy of the workspace as it was then:",
    "cd WORKSPACE && sh {file}",
    "What was refused, and what no command does, stands as a comment.",
)
FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class Script:
    """Every entry is in the file when the call returns. Its owner alone may read it.

    What can't be written is no reason to stop a session: `lost` says why, and nothing
    more is added. Raises WeirError for a file that is something else already, or can't
    be begun.
    """

    def __init__(
        self, file: Path, workspace: Workspace, person: str, now: Callable[[], float]
    ) -> None:
        self.file = file
        self.workspace = workspace
        self.now = now
        self.runs: dict[str, Ref] = {}
        self._told: Exception | str = ""
        self._lock = threading.Lock()
        self.lost = ""  # why the file does not hold all of it
        self._handle = opened(file)
        self._put("\n".join([*self._head(person), "set -eu", ""]))
        if self.lost:
            self.close()
            raise WeirError(self.lost)

    def _head(self, person: str) -> Iterator[str]:
        name = self.workspace.config.name or self.workspace.root.name
        known = {"name": name, "person": person, "at": self._time(), "file": self.file}
        for line in HEAD:
            yield remark(line.format(**known), Redaction({}))

    @cached_property
    def redaction(self) -> Redaction:
        return Redaction(all_known(self.workspace.config))

    def run(self, run: str) -> Word:
        """The word for a run: its variable where it began in this session."""
        return self.runs.get(run, run)

    def step(self, run: str, path: str) -> Word:
        """The word for a step of a run: RUN/PATH."""
        word = self.run(run)
        return Ref(word.name, f"/{path}") if isinstance(word, Ref) else f"{run}/{path}"

    def begun(self, run: str, line: str) -> Iterator[str]:
        """A line that begins a run, whose id is the first word that it says."""
        name = self.runs.setdefault(run, Ref(f"run_{len(self.runs) + 1}")).name
        yield f"{name}=$({line})"
        yield f"{name}=${{{name}%% *}}"

    def line(self, words: Sequence[Word]) -> str:
        return line_of(["weir", *words], self.redaction)

    def keep(self, lines: Sequence[str]) -> None:
        """Lines that together do what was done just now."""
        self._put("\n".join([f"\n# {self._time()}", *lines, ""]))

    def refused(self, what: str, why: Exception | str) -> None:
        """An act that was not done; of one error it is told once."""
        if isinstance(why, str) or why is not self._told:
            self.note(f"refused: {what}: {why}")
        self._told = why

    def note(self, text: str) -> None:
        self.keep([remark(text, self.redaction)])

    def close(self) -> None:
        os.close(self._handle)

    def _time(self) -> str:
        return f"{datetime.fromtimestamp(self.now()).astimezone():%Y-%m-%d %H:%M:%S}"

    def _put(self, text: str) -> None:
        """Add it, unless something before it is lost: it would do something else."""
        data = text.encode(errors="backslashreplace")
        with self._lock:
            try:
                while data and not self.lost:
                    data = data[os.write(self._handle, data) :]
            except OSError as error:
                self.lost = f"{self.file} does not hold all of it: {error.strerror}"


def opened(file: Path) -> int:
    """A script to add to: a new one, or one that is there. Raises WeirError."""
    try:
        handle = os.open(file, FLAGS, 0o600)
    except OSError as error:
        raise WeirError(f"{file} can't be written: {error.strerror}") from error
    try:
        require_script(handle, file)
        os.fchmod(handle, 0o600)
    except (OSError, WeirError):
        os.close(handle)
        raise
    return handle


def require_script(handle: int, file: Path) -> None:
    """Begin a file that is empty; refuse one that is no script of ours."""
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        raise WeirError(f"{file} is no file; name another")
    if found.st_size == 0:
        os.write(handle, FIRST.encode())
    elif os.pread(handle, len(FIRST), 0) != FIRST.encode():
        raise WeirError(f"{file} is there already and is no script; name another file")
