"""What a person says of a step that can't go on: what became of it, or its values."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual.content import Content

from engine.errors import CommandRefused
from engine.machine.putting import is_context, told_step
from engine.spans import moment
from engine.stuck import Stuck
from tui.panes.approval_rows import lack_of, purpose_of, title_of
from tui.screens.choose import Answer, Choose
from tui.screens.grace import Grace
from tui.screens.line import Line
from tui.widgets.safe import plain

if TYPE_CHECKING:
    from engine.answers import How, Unsure
    from engine.definition.base import Json
    from engine.definition.typed import Field, FieldType
    from engine.machine.missing import Lack, Missing
    from store.records import RunRecord
    from tui.app import Workbench
    from tui.panes.approvals import ApprovalsPane
    from tui.screens.form import Values

RESOLUTIONS: dict[How, Answer] = {
    "again": Answer("again", "do it again", "it has not happened, or may happen twice"),
    "done": Answer("done", "it is done", "the run goes on from it"),
    "fail": Answer("fail", "let it fail", "it has not happened and shall not"),
    "skip": Answer("skip", "go on without it", "as if it had left nothing"),
}
UNSURE = "{list.open}  say what became of it: nothing happens before you have"
LACKS = "{list.open}  give the values: the run goes on with them"


def by_run(
    stuck: Iterable[Stuck], runs: Mapping[str, RunRecord]
) -> dict[str, list[Stuck]]:
    """Under their own runs, and under those that these are inside of."""
    found: dict[str, list[Stuck]] = {}
    for row in stuck:
        run = runs.get(row.run)
        above = (run.parent, run.root) if run else ()
        for each in {row.run, *above} - {""}:
            found.setdefault(each, []).append(row)
    return found


def page(pane: ApprovalsPane, row: Stuck) -> list[Content | str]:
    """What is known of it, and the key that answers."""
    lack = lack_of(pane, row)
    told = _told(lack) if lack is not None and lack.values else [row.step.summary]
    asks = UNSURE if row.unsure else LACKS
    of_context = is_context(row.path)
    place = told_step(row.path) if of_context else f"step {row.path}"
    keys = "" if pane.bench.only_looks else pane.bench.keymap.taught(asks)
    return [
        plain(title_of(pane, row), "bold"),
        plain(f"{row.run} · {row.workflow} · {place}"),
        plain(f"for {purpose}" if (purpose := purpose_of(pane, row)) else ""),
        plain(f"since {moment(row.requested_at)}"),
        "",
        *told,
        "",
        plain(keys, "$text-accent") if row.id in pane.stuck else "It waits no longer.",
    ]


def _told(lack: Lack) -> list[Content | str]:
    """Each value with its type, and which steps need it; then why it is not there."""
    values = [plain(f"{each.name}  {_about(each, each.type)}") for each in lack.values]
    return [*values, *(["", lack.why] if lack.why else [])]


def _about(value: Missing, kind: str) -> str:
    needed = f"for {', '.join(value.steps)}" if value.steps else ""
    said = value.field.description if value.field else ""
    return " · ".join(part for part in (kind, needed, said, value.unfit) if part)


async def answer(bench: Workbench, row: Stuck) -> None:
    if row.unsure:
        await resolve(bench, row.run, row.path)
    else:
        await fill(bench, row.run)


async def resolve(bench: Workbench, run: str, path: str = "") -> None:
    """A step that may or may not have happened: the person says which.

    Without a path it is the first one of the run.
    """
    found = await bench.ask(lambda: bench.desk.unsure(run))
    if found is None:
        return
    step = next((each for each in found if path in ("", each.path)), None)
    if step is None:
        bench.say(f"{path} is answered" if path else f"no step of {run} is interrupted")
        return
    question = Choose(
        f"{step.path} may or may not have happened: {step.reason}",
        [RESOLUTIONS[how] for how in step.answers],
        grace=Grace(bench.clock),
    )
    how = await bench.push_screen_wait(question)
    if how is not None:
        await _resolved(bench, run, step, how)


async def _resolved(bench: Workbench, run: str, step: Unsure, how: str) -> None:
    """Ask for what the answer still needs, then say it."""
    desk, output = bench.desk, None
    if how == "done" and step.output:
        output = await bench.fill_in(f"{step.path} has left", step.output)
        if output is None:
            return
    line = Line(f"{how}: {step.path}", hint="how you know, in one line")
    said = await bench.push_screen_wait(line)
    if said is None:
        return
    if how == "skip":
        work = partial(desk.skip, run, step.path, said.text)
    else:
        act = partial(desk.mark, run, step.path, how=how, text=True)
        work = partial(act, output=output, comment=said.text)
    if await bench.asked(work):
        bench.say(f"{step.path}: {how}")


def _asked(value: Missing) -> Field:
    """How it is asked for; what is of any type is JSON, or else a text."""
    from engine.definition.typed import Field  # not for the first paint

    about = _about(value, "JSON, or a text" if value.type == "any" else "")
    if value.field is not None:
        return replace(value.field, required=False, description=about)
    kind: FieldType = "string" if value.type == "any" else value.type  # type: ignore[assignment]
    return Field(type=kind, required=False, description=about)


async def fill(bench: Workbench, run: str) -> None:
    """All the values that the run waits for: the person gives them, at once."""
    lack = await bench.ask(lambda: bench.desk.lack(run))
    if lack is None:
        return
    if not lack.values:
        bench.say(f"{run} lacks nothing")
        return
    fields = {each.name: _asked(each) for each in lack.values}
    untyped = [each.name for each in lack.values if each.type == "any"]
    none: tuple[Json, ...] = (None, "")  # without one it waits on
    taken: list[str] = []

    async def submit(values: Values) -> None:
        given = {n: value for n, value in values.items() if value not in none}
        if not given:
            raise CommandRefused("nothing is filled in yet: the run waits for one")
        await asyncio.to_thread(bench.desk.fill, run, given)
        taken.extend(given)

    await bench.fill_in(f"{run} waits for", fields, untyped, submit)
    if taken:
        bench.say(f"{run} was given {', '.join(taken)}")
