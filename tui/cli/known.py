"""Words of a command line that are known already: what Tab offers in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from tui.cli import out
from tui.cli.reach import Reach

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from store.records import DefinitionRecord

OFFERED = 100  # the newest: more than that nobody looks through
Found = Iterable[tuple[str, str]]  # words, and what each is about
Look = Callable[[Reach, click.Context], Found]


class Known(click.ParamType[str]):
    """A word that its command looks up; `look` finds those there are, for Tab."""

    def __init__(self, name: str, look: Look) -> None:
        self.name = name
        self.look = look

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return self.name

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Nothing where nothing can be looked up: Tab is no place to say why."""
        from click.shell_completion import CompletionItem

        from engine.errors import WeirError
        from store.database import StoreError

        reach = Reach(ctx.find_root().params.get("directory"))
        reach.only_looks = True
        try:
            found = [*self.look(reach, ctx)]
        except (WeirError, StoreError):
            return []
        finally:
            reach.close()
        return [
            CompletionItem(word, help=out.one_line(about))
            for word, about in found
            if word.startswith(incomplete) and word == out.one_line(word)
        ]


def runs_known(reach: Reach, _: click.Context) -> Found:
    from store import runs

    for run in runs.page(reach.database(), limit=OFFERED):
        yield run.id, f"{run.workflow}, {run.status}"


def gates_known(reach: Reach, _: click.Context) -> Found:
    from store import approvals

    for gate in approvals.pending(reach.database(), OFFERED):
        yield gate.id, gate.title


def steps_known(reach: Reach, ctx: click.Context) -> Found:
    """Of the run that stands before; of none where that is not said yet.

    Before an option that still has no value, words stand where they were left over.
    """
    from store import steps

    if prefix := ctx.params.get("run_id") or next(iter(ctx.args), ""):
        for step in steps.of_run(reach.database(), reach.run_id(prefix)):
            yield step.path, f"{step.kind}, {step.status}"


def workflows_known(reach: Reach, _: click.Context) -> Found:
    for each in _definitions(reach):
        if each.kind == "workflow":
            yield each.name, each.title


def projects_known(reach: Reach, _: click.Context) -> Found:
    from store import projects

    for each in projects.every(reach.database()):
        yield each.name, each.title


def schedules_known(reach: Reach, _: click.Context) -> Found:
    from store import schedules

    for each in schedules.every(reach.database()):
        yield each.name, each.workflow


def _definitions(reach: Reach) -> list[DefinitionRecord]:
    """Those of the store; of the files where nothing was ever kept."""
    from store import definitions

    if reach.is_untouched():
        return definitions.every(reach.scanned_desk().database)
    return definitions.every(reach.database())


RUN = Known("RUN", runs_known)
GATE = Known("ID", gates_known)
STEP = Known("STEP", steps_known)
WORKFLOW = Known("WORKFLOW", workflows_known)
PROJECT = Known("NAME", projects_known)
SCHEDULE = Known("NAME", schedules_known)
