"""A text in the person's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from engine.definition.marks import START, Mark
from engine.errors import WeirError

LARGEST = 2 * 1024 * 1024


def edit_text(text: str, suffix: str, edit: Callable[[Path], None]) -> str:
    """The text as it left the editor, from a file only this person can read."""
    # mkdtemp makes the folder 0700.
    with tempfile.TemporaryDirectory(prefix="weir-") as folder:
        draft = Path(folder) / f"draft{suffix}"
        draft.touch(mode=0o600)
        draft.write_bytes((text if text.endswith("\n") else text + "\n").encode())
        edit(draft)
        edited = read_back(draft)
    return edited if text.endswith("\n") else edited.removesuffix("\n")


def has_editor() -> bool:
    """Whether the person has said which editor is theirs."""
    return bool(os.environ.get("VISUAL") or os.environ.get("EDITOR"))


def open_editor(draft: Path, place: Mark = START) -> None:
    """Edit a file, from a line and column of it where the editor can be told."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if command is None and not sys.stdin.isatty():
        raise WeirError("there is no terminal for an editor; set EDITOR to a command")
    command = command or "vi"
    try:
        words = words_for(command, draft, place)
        code = subprocess.run(words, check=False).returncode
    except (OSError, ValueError) as error:
        raise WeirError(
            f"the editor {command!r} can't be started ({error}); set EDITOR"
        ) from error
    if code:
        raise WeirError(f"{command} ended with {code}; nothing was decided")


# How an editor is told where to begin. Of one that is not here nobody knows.
PLACES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("vim", "nvim", "gvim"): ("+call cursor({line},{column})", "{file}"),
    ("vi", "view", "nvi", "joe", "ne"): ("+{line}", "{file}"),
    ("nano", "pico"): ("+{line},{column}", "{file}"),
    ("emacs", "emacsclient", "micro", "kak", "gedit"): ("+{line}:{column}", "{file}"),
    ("hx", "helix", "subl", "zed"): ("{file}:{line}:{column}",),
    ("code", "codium", "cursor"): ("--goto", "{file}:{line}:{column}"),
}
TOLD = {name: words for names, words in PLACES.items() for name in names}


def words_for(command: str, file: Path, place: Mark) -> list[str]:
    """The command line of an editor. Raises ValueError for one with an open quote."""
    words = shlex.split(command)
    told = TOLD.get(Path(words[0]).name, ()) if words and place != START else ()
    given = {"file": file, "line": place.line, "column": place.column}
    return [*words, *(word.format_map(given) for word in told or ("{file}",))]


def read_back(draft: Path) -> str:
    with draft.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise WeirError("the edited draft is larger than 2 MB; nothing was decided")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise WeirError(
            f"the edited draft is not UTF-8 at byte {error.start}; nothing was decided"
        ) from error
