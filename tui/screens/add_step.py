"""A step more in a workflow: what it does, where, with what; the change is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from engine.definition.typed import Field, Fields, FieldType
from engine.drafts import diff
from engine.writing.adding import Addition, Place, Target, add, addition
from engine.writing.around import Around, around
from engine.writing.choices import (
    Choice,
    choice_of,
    choices,
    kind_of,
    told,
    unless_given,
)
from store.records import DefinitionRecord
from tui.screens.form import Form, Values
from tui.screens.grace import Grace
from tui.screens.line import Line
from tui.screens.look import look_in
from tui.screens.pick import Item, Pick
from tui.screens.together import Together
from tui.screens.written import written
from tui.widgets.source import coloured_diff
from tui.widgets.vtable import Column

if TYPE_CHECKING:
    from tui.app import Workbench

WORKFLOWS = (
    Column("name", "WORKFLOW", 24, priority=9),
    Column("title", "TITLE", None, priority=5),
)
WHAT = (
    Column("name", "NAME", 20, priority=9),
    Column("what", "IS A", 14, priority=8),
    Column("about", "WHAT IT DOES", None, priority=5),
)
WHERE = (
    Column("place", "PLACE", 30, priority=9),
    Column("title", "TITLE", None, priority=5),
)
HINT = "type to filter   ⏎ this one   esc leave"
KEYS = "space J K read   y Yes, write it   n No (Enter is No)"
SHOWN = 9  # lines of a preview below a list


async def add_step(bench: Workbench) -> None:
    """Ask for what is not chosen, show the change, and write it on a yes."""
    there = await bench.ask(lambda: around(bench.desk.workspace))
    if there is None:
        return
    chosen = bench.keyed.here().definition
    target = await the_workflow(bench, there, chosen)
    if target is None:
        return
    choice = await the_choice(bench, target, chosen)
    if choice is None:
        return
    found = await the_change(bench, target, choice)
    if found is not None and await is_right(bench, found):
        await write_it(bench, target.name, found)


async def the_workflow(
    bench: Workbench, there: Around, chosen: DefinitionRecord | None
) -> Target | None:
    """The chosen one, or one that is picked."""
    name: str | None = None
    if chosen is not None and chosen.kind == "workflow":
        name = chosen.name
    else:
        keys = [key for key in sorted(there.paths) if key.startswith("workflow/")]
        drafts = [there.draft(key) for key in keys]
        items = [Item(each.name, (each.name, each.title)) for each in drafts]
        name = await one_of(bench, "Add a step to which workflow?", items, WORKFLOWS)
    return None if name is None else await bench.ask(partial(Target, there, name))


async def the_choice(
    bench: Workbench, target: Target, chosen: DefinitionRecord | None
) -> Choice | None:
    """The chosen step template, or what is picked."""
    key: str | None = None
    if chosen is not None and chosen.kind == "step":
        key = f"step/{chosen.name}"
    else:
        items = [
            Item(each.key, (each.name, each.what, each.about), preview(each))
            for each in choices(target.around)
            if each.key != f"workflow/{target.name}"
        ]
        key = await one_of(bench, "What does the step do?", items, WHAT)
    return (
        None if key is None else await bench.ask(partial(choice_of, target.around, key))
    )


def preview(choice: Choice) -> str:
    lines = choice.preview()
    more = len(lines) - SHOWN
    return "\n".join(lines[:SHOWN] + ([f"… {more} more"] if more > 0 else []))


async def one_of(
    bench: Workbench,
    question: str,
    items: Sequence[Item],
    columns: Sequence[Column],
    at: str = "",
) -> str | None:
    pick = Pick(question, items, columns, hint=HINT, at=at)
    return await bench.push_screen_wait(pick)


async def the_change(
    bench: Workbench, target: Target, choice: Choice
) -> Addition | None:
    """Where it goes, by what id, and with which inputs; checked."""
    place = await the_place(bench, target, choice)
    if place is None:
        return None
    own = await bench.push_screen_wait(
        Line(
            "What is the step called?",
            hint="its id: outputs are read by it",
            value=target.free_id(choice),
            wrong=target.wrong_id,
            done="next",
        )
    )
    if own is None:
        return None
    change = partial(
        addition, bench.desk.workspace, target, choice, own=own.text, place=place
    )
    if not choice.inputs:
        return await bench.ask(change)
    return await filled(bench, choice, change)


async def the_place(bench: Workbench, target: Target, choice: Choice) -> Place | None:
    places = {each.words: each for each in target.places()}
    items = [
        Item(words, ("  " * each.depth + words, target.workflow.step(each.step).title))
        for words, each in places.items()
    ]
    last = Place(target.workflow.steps[-1].id).words
    question = f"Where in {target.name} does {choice.name} come?"
    picked = await one_of(bench, question, items, WHERE, last)
    return places[picked] if picked is not None else None


class Given(Struct):
    """What a form has led to, once it was not refused."""

    found: Addition | None = None


async def filled(
    bench: Workbench, choice: Choice, change: Callable[..., Addition]
) -> Addition | None:
    """The change with the inputs as a form gives them, which says what is wrong."""
    given = Given()

    async def submit(values: Values) -> None:
        given.found = await asyncio.to_thread(partial(change, given=values))

    title = f"{choice.name} is given; {{{{ … }}}} reads what a run knows"
    form = Form(title, as_texts(choice.inputs), done="Show the change", submit=submit)
    await bench.push_screen_wait(form)
    return given.found


def as_texts(fields: Fields) -> Fields:
    """Each input as a text, because it may be a template; what it should be is told."""
    return {name: as_text(field) for name, field in fields.items()}


def as_text(field: Field) -> Field:
    is_text = field.type in ("string", "text") and not field.enum
    words = told(field, "" if is_text else kind_of(field), unless_given(field))
    required = field.required and not field.has_default
    lines: FieldType = "text" if field.type == "text" else "string"
    return Field(type=lines, description=words, required=required)


async def is_right(bench: Workbench, found: Addition) -> bool:
    text = diff(found.before.decode(), found.after.decode(), found.path)
    question = f"Write {found.id} into {found.path}, line {found.line}?"
    parts = [coloured_diff(text.split("\n"))]
    together = Together(question, parts, grace=Grace(bench.clock), keys=KEYS)
    return await bench.push_screen_wait(together) is True


async def write_it(bench: Workbench, name: str, found: Addition) -> None:
    def write() -> Addition:
        add(bench.desk.workspace, found)
        return found

    if await written(bench, write, words_of(name, found)):
        key = bench.keymap.first("templates.edit")
        bench.say(f"{found.id} stands in {found.path}:{found.line}; {key} edits it")
        await look_in(bench, name, found.line)


def words_of(name: str, found: Addition) -> list[str]:
    """The command that writes the same step there."""
    words = ["add", name, found.what, "--id", found.id]
    if found.place is not None:
        words += ["--before" if found.place.before else "--after", found.place.step]
    for key, value in found.given.items():
        words += ["--with", f"{key}={value}"] if value else []
    return [*words, "--yes"]
