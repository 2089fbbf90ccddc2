"""A new workflow: from which starter, its name and title, then its file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from engine.counted import counted
from engine.errors import WeirError
from engine.writing.around import Around, around
from engine.writing.making import Made, Making, making, write, wrong_name
from engine.writing.starters import Starter, starters
from tui.drafting import has_editor
from tui.screens.line import Line
from tui.screens.look import look_in
from tui.screens.pick import Item, Pick
from tui.screens.written import written
from tui.widgets.vtable import Column

if TYPE_CHECKING:
    from tui.app import Workbench

COLUMNS = (
    Column("name", "STARTER", 22, priority=9),
    Column("of", "OF", 18, priority=7),
    Column("title", "TITLE", None, priority=5),
)
HINT = "type to filter   ⏎ begin from it   esc leave"
BLANK = "blank"  # no name: it has a space before it in the list of keys


async def new_workflow(bench: Workbench) -> None:
    """Ask for what is needed, write it, and open it where one goes on writing."""
    found = await bench.ask(lambda: read(bench))
    if found is None:
        return
    there, every = found
    chosen = bench.keyed.here().definition
    at = chosen.name if chosen is not None and chosen.kind == "workflow" else ""
    picked = await bench.push_screen_wait(pick(every, at))
    if picked is None:
        return
    starter = next((each for each in every if each.name == picked), None)
    made = await ask_for_it(bench, there, starter)
    if made is not None:
        await write_it(bench, made, starter)


def read(bench: Workbench) -> tuple[Around, list[Starter]]:
    there = around(bench.desk.workspace)
    return there, [*starters(there)]


def pick(every: Sequence[Starter], at: str) -> Pick:
    blank = Item(f" {BLANK}", (BLANK, "", "one step, to be replaced"))
    items = [Item(e.name, (e.name, e.of, e.workflow.title), about(e)) for e in every]
    question = "Begin a new workflow from"
    return Pick(question, [blank, *items], COLUMNS, hint=HINT, at=at)


def about(starter: Starter) -> str:
    """What it is for, and what comes with it."""
    needs = [key.replace("/", " ") for key in starter.needs()]
    uses = f"uses {', '.join(needs)}; written too where it is not here" if needs else ""
    return "\n".join(each for each in (starter.workflow.description, uses) if each)


async def ask_for_it(
    bench: Workbench, there: Around, starter: Starter | None
) -> Making | None:
    workspace = bench.desk.workspace
    said = await bench.push_screen_wait(
        Line(
            "What is it called?",
            hint="small letters, digits, - and _",
            wrong=partial(wrong_name, workspace, there),
            done="next",
        )
    )
    if said is None:
        return None
    title = await bench.push_screen_wait(
        Line(
            f"A title for {said.text}, for people",
            required=False,
            value=starter.workflow.title if starter else "",
            done=f"write workflows/{said.text}.yaml",
        )
    )
    if title is None:
        return None
    make = partial(making, workspace, there, said.text, starter=starter)
    return await bench.ask(lambda: make(title=title.text))


async def write_it(bench: Workbench, found: Making, starter: Starter | None) -> None:
    begun = ("--from", starter.name) if starter else ()
    words = ("new", found.name, *begun, "--title", found.title, "--no-edit")
    made = await written(bench, lambda: write(bench.desk.workspace, found), words)
    if made is None:
        return
    bench.say(told(found, made))
    await look_in(bench, found.name, found.place.line)
    if has_editor() and not bench.is_web:
        try:
            bench.edit(bench.desk.workspace.root / found.path, found.place)
        except WeirError as error:
            bench.say(str(error), wrong=True)


def told(found: Making, made: Made) -> str:
    """What was written and what was there, and what is wrong with it, in short."""
    words = [f"wrote {', '.join(made.made)}"]
    words += (
        [f"kept {counted(len(made.kept), 'file')} that it uses"] if made.kept else []
    )
    if found.problems:
        words.append(f"{counted(len(found.problems), 'problem')} to mend")
    if found.data:
        words.append(f"the data of the example {found.data} is not brought")
    return "; ".join(words)
