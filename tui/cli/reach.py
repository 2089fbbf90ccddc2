"""What a command reaches: the workspace, its database, and the desk."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.errors import Ambiguous, NotFound

if TYPE_CHECKING:
    from engine.desk import Desk
    from engine.machine.state import Actor
    from engine.workspace import Workspace
    from store.database import Database

# Each part is imported when it is first asked for: a list of runs needs no templates.


class Reach:
    """One command line's workspace. What it opened is closed when the command ends.

    `only_looks`: the command reads, and makes no `.weir/` where there is none.
    """

    def __init__(
        self,
        directory: str | None = None,
        no_runner: bool = False,
        *,
        plain: bool = False,
        record: str = "",
        typed: bool = False,
    ) -> None:
        self.directory = directory
        self.record = record
        self.no_runner = no_runner
        self.plain = plain
        self.typed = typed
        self.only_looks = False
        self._opened = ExitStack()
        self._database: Database | None = None
        self._desk: Desk | None = None

    def root(self) -> Path:
        """The workspace's folder. Raises InvalidWorkspace."""
        from engine.workspace import find_workspace

        return find_workspace(Path(self.directory or "."))

    def workspace(self) -> Workspace:
        from engine.workspace import open_workspace

        return open_workspace(self.root())

    def is_untouched(self) -> bool:
        """Whether nothing was ever started or kept here."""
        return not os.path.lexists(self.root() / ".weir")

    def database(self) -> Database:
        """The store, for reading; an empty one when nothing was ever written."""
        if self._desk is not None:
            return self._desk.database
        if self._database is None:
            from engine.opening import empty_store, open_store

            if self.only_looks and self.is_untouched():
                self._database = self._opened.enter_context(empty_store())
            else:
                self._database = open_store(self.workspace())
                self._opened.callback(self._database.close)
        return self._database

    def desk(self, *, via: str | None = None) -> Desk:
        """The desk, where a person's requests are carried out."""
        if self._desk is None:
            from engine.desk import Desk

            via = via or self.via()
            if self.only_looks and self.is_untouched():
                self._desk = Desk.at(self.workspace(), self.database(), via=via)
            else:
                self._desk = Desk.open(self.root(), via=via)
                self._opened.callback(self._desk.close)
        return self._desk

    def scanned_desk(self) -> Desk:
        """The desk, with every definition as its file stands now."""
        from engine.importer import Importer

        desk = self.desk()
        if not desk.database.read_only:
            Importer(desk.engine).scan()
        return desk

    def via(self) -> str:
        """`cli` when a person can answer here, else `script`."""
        return "cli" if at_a_terminal() else "script"

    def who(self) -> Actor:
        """The person at this terminal, for acts that go by no desk."""
        from engine.people import current_actor

        return current_actor(self.workspace(), self.via())

    def run_id(self, prefix: str) -> str:
        """The run that a short id means. Raises NotFound or Ambiguous."""
        from store import runs

        return the_one(prefix, runs.find(self.database(), prefix), "run", "weir runs")

    def run_looked_at(self, prefix: str) -> str:
        """As `run_id`; the id of a gate means its run, where nothing is done to it."""
        from store import approvals, runs

        found = runs.find(self.database(), prefix)
        if not found and prefix:
            found = approvals.runs_of(self.database(), prefix)
        return the_one(prefix, found, "run", "weir runs")

    def command(self, words: str) -> str:
        """A command to type next, with the workspace this one was given.

        One that is typed inside of Weir is so without either.
        """
        if self.typed:
            return words
        if self.directory is None:
            return f"weir {words}"
        from shlex import quote

        return f"weir -C {quote(self.directory)} {words}"

    def nothing(self, said: str) -> str:
        """What is said where a list is empty, and how one begins where all is new."""
        if not self.is_untouched():
            return said
        return f"{said}; nothing was run here yet: {self.command('run WORKFLOW')}"

    def close(self) -> None:
        self._opened.close()
        self._desk = self._database = None


def the_one(prefix: str, found: list[str], what: str, lister: str) -> str:
    """The only id that begins so; an id in full wins over longer ones."""
    if not prefix:
        raise NotFound(f"the id of the {what} is empty; `{lister}` lists them")
    if prefix in found:
        return prefix
    if not found:
        raise NotFound(f"no {what} begins with {prefix!r}; `{lister}` lists them")
    if len(found) > 1:
        raise Ambiguous(f"{prefix!r} fits {', '.join(found)}; type more of the id")
    return found[0]


def at_a_terminal() -> bool:
    """Whether a person can read what is printed here and type an answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


pass_reach = click.make_pass_decorator(Reach)


def pass_looking(command: Callable[..., Any]) -> Callable[..., Any]:
    """As `pass_reach`, for a command that only reads."""

    @pass_reach
    def looking(reach: Reach, /, *args: Any, **values: Any) -> Any:
        reach.only_looks = True
        return command(reach, *args, **values)

    return update_wrapper(looking, command)
