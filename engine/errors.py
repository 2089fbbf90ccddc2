"""The few errors a person meets. The message is one line that says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.definition.model import Problem


class WeirError(Exception):
    """Something was refused or could not be done; the text says why and what to do."""


class NotFound(WeirError):
    """There is nothing of that name or id; the nearest ones are named."""


class Unreadable(WeirError):
    """An event of a run is damaged: the message says which. Others can be read."""


class Ambiguous(WeirError):
    """A short id fits more than one; the message lists them."""


class NotTogether(WeirError):
    """What was to follow a command in its commit can't: nothing was done."""


class CommandRefused(WeirError):
    """The run does not allow the command as it stands."""


class StaleDecision(CommandRefused):
    """What was decided on is not what is asked now. Look again, then decide."""


class InvalidValues(WeirError):
    """Values do not fit their fields. `problems` has a line for each.

    `missing`: the names of inputs that were not given and have to be.
    """

    def __init__(self, problems: list[str], missing: Sequence[str] = ()) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems
        self.missing = missing


class InvalidDefinition(WeirError):
    """A definition can't be used as it stands; `problems` says why, and where."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = list(problems)


class TemplateError(WeirError):
    """A template or expression can't be rendered; `line` counts from 1.

    `missing`: because a name it reads leads nowhere.
    """

    def __init__(self, message: str, line: int = 1, missing: bool = False) -> None:
        super().__init__(message)
        self.line = line
        self.missing = missing


class NotTrusted(WeirError):
    """Someone else filled this folder. Look at it with `weir trust` before it runs."""


class InvalidWorkspace(WeirError):
    """There is no workspace here, or its weir.toml can't be read."""


class InvalidConfig(InvalidWorkspace):
    """weir.toml can't be gone by as it stands; `problems` says why, and where."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = list(problems)


class NoWorkspace(InvalidWorkspace):
    """Neither this folder nor one above it is a workspace yet."""
