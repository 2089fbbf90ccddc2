"""What a session tells of itself: views and refusals, and commands that are typed."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.actions import BY_ID, Action, Here
from tui.commanding import STANDS, filled, lines_of, stands_for_in

if TYPE_CHECKING:
    from tui.scripting.script import Script

# Looking is kept where a command shows the same and comes to an end by itself.
VIEWS = {
    "runs.inside": "weir show RUN",
    **{
        each: BY_ID[each].command
        for each in (
            *("runs.why", "runs.compare", "runs.attempts", "go.definition"),
            *("go.runs", "go.approvals", "go.log", "go.templates", "go.projects"),
            *("go.audit", "go.schedules", "go.runner", "go.trends"),
            "go.settings",
        )
    },
}
BY_HAND = "templates.edit"
BEGIN = ("run", "fork")  # commands that begin a run, and say its id first


class Session:
    """Without a script nothing is told to anyone."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script

    def performed(self, action: Action, here: Here) -> None:
        """What is asked of the desk is kept by that; here is what is not."""
        if self.script is None:
            return
        if action.id in VIEWS:
            self._viewed(self.script, VIEWS[action.id], here)
        elif action.id == BY_HAND and here.definition is not None:
            self.script.note(f"by hand: $EDITOR {here.definition.path}")

    def _viewed(self, script: Script, command: str, here: Here) -> None:
        """To look changes nothing: the script goes on, whatever comes of it."""
        chosen = stands_for_in(here)
        words = command.split()[1:]
        if all(chosen[word] for word in words if word in STANDS):
            known = [script.run(chosen.get(word) or word) for word in words]
            script.keep([f"{script.line(known)} || :"])

    def wrote(self, *words: str) -> None:
        """A file was written, as a command writes it."""
        if self.script is not None:
            self.script.keep([self.script.line(words)])

    def refused(self, action: Action, here: Here, why: str) -> None:
        if self.script is not None:
            self.script.refused(filled(action.command, here) or action.name, why)

    def error(self, error: Exception) -> None:
        """Something asked of the desk that it did not do."""
        if self.script is not None:
            self.script.refused("what was asked", error)

    async def lines_of(self, words: list[str], root: Path) -> AsyncIterator[str]:
        """What a typed command prints; it is kept when it has ended."""
        code: list[int] = []
        first = ""
        try:
            async for line in lines_of(words, root, code.append):
                first = first or line
                yield line
        finally:
            self.typed(words, code[0] if code else -1, first)

    def typed(self, words: Sequence[str], code: int, first: str) -> None:
        script = self.script
        if script is None:
            return
        line = script.line([script.run(word) for word in words])
        run = first.split()[0] if first.split() else ""
        if words[0] in BEGIN and code >= 0 and run.startswith("r") and run.isalnum():
            # It may have ended with what became of the run.
            script.keep([*script.begun(run, f"{line} || :")])
        elif code == 0:
            script.keep([line])
        else:
            ended = f"ended with {code}" if code > 0 else "was left before its end"
            script.refused(f"weir {shlex.join(words)}", ended)
