"""A new workflow: its file, from a starter or blank, and what that needs beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from engine.definition.base import Json
from engine.definition.extents import Lines
from engine.definition.marks import START, Mark
from engine.definition.model import Problem
from engine.definition.parse import parse
from engine.definition.renaming import renamed
from engine.definition.sketches import sketch
from engine.definition.words import as_name, is_name
from engine.definition.written import block
from engine.errors import WeirError
from engine.files import new_file
from engine.people import refuse_inside_a_run
from engine.starting import MODELINE, SCHEMA, schema_text, with_modeline
from engine.trust import Trust
from engine.workspace import Workspace
from engine.writing.around import NO_DEFINITIONS, Around, may_run
from engine.writing.starters import Starter

__all__ = ["Made", "Making", "making", "making_of", "write", "wrong_name"]

NONE: Mapping[str, bytes] = {}


class Making(Struct, frozen=True):
    """What is to be written, by path, the workflow last; nothing is yet.

    `kept`: what it uses that is there. `problems` the workspace would have with it and
    does not have now. `data`: the example whose data and settings are not brought.
    """

    name: str
    path: str
    place: Mark
    files: dict[str, bytes]
    kept: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    trusted: bool = False
    data: str = ""
    title: str = ""


class Made(Struct, frozen=True):
    made: list[str]
    kept: list[str]


def wrong_name(workspace: Workspace, around: Around, name: str) -> str:
    """Why no new workflow can be called so; nothing when one can."""
    if not is_name(name):
        near = as_name(name)
        would = f"; `{near}` is one" if near and near != name else ""
        return f"a name is made of small letters, digits, - and _{would}"
    there = around.paths.get(f"workflow/{name}")
    if there:
        return f"there is a workflow `{name}` already, in {there}"
    path = path_for(name)
    if os.path.lexists(workspace.root / path):
        return f"{path} is there already"
    return ""


def path_for(name: str) -> str:
    return f"workflows/{name}.yaml"


def making(
    workspace: Workspace,
    around: Around,
    name: str,
    *,
    title: str = "",
    starter: Starter | None = None,
) -> Making:
    """What a new workflow would be. Raises WeirError for a name that is taken."""
    if wrong := wrong_name(workspace, around, name):
        raise WeirError(wrong)
    text = text_of(name, title, starter)
    needed = dict(lacking(workspace, around, starter)) if starter else {}
    kept = [key for key in (starter.needs() if starter else ()) if key in around.paths]
    return replace(
        making_of(workspace, around, name, text, needed),
        kept=tuple(around.paths[key] for key in kept),
        trusted=is_ours(workspace, starter),
        data=example_with_data(starter),
        title=title,
    )


def making_of(
    workspace: Workspace,
    around: Around,
    name: str,
    text: bytes,
    needed: Mapping[str, bytes] = NONE,
) -> Making:
    """What a new workflow of this text would be, with the definitions it needs.

    Nobody has looked at it: it is not trusted.
    """
    path = path_for(name)
    text = with_its_modeline(path, text)
    files = {**needed}
    if not os.path.lexists(workspace.root / SCHEMA):
        files[SCHEMA.as_posix()] = schema_text()
    problems = around.new_problems({**needed, path: text})
    return Making(
        name, path, first_step(text), {**files, path: text}, problems=tuple(problems)
    )


def text_of(name: str, title: str, starter: Starter | None) -> bytes:
    if starter is not None:
        return renamed(starter.text.decode("utf-8-sig"), name, title).encode()
    step: Json = {"id": "first", "set": sketch("set", "first")}
    said = {"title": title} if title else {}
    lines = block({"workflow": name, **said, "steps": [step]})
    return "".join(f"{line}\n" for line in lines).encode()


def with_its_modeline(path: str, text: bytes) -> bytes:
    """The text with the modeline of its place, and no other one's."""
    if text.startswith(MODELINE.encode()):
        text = text[Lines(text.decode()).start(1) :]
    return with_modeline(Path(path), text)


def lacking(
    workspace: Workspace, around: Around, starter: Starter
) -> Iterator[tuple[str, bytes]]:
    """What a starter uses that is not here.

    Raises WeirError where something else is in its place.
    """
    for key, path in starter.needs().items():
        if key in around.paths:
            continue
        assert starter.shipped is not None, "only what came with others needs them"
        if os.path.lexists(workspace.root / path):
            kind, _, name = key.partition("/")
            raise WeirError(
                f"the starter needs the {kind} `{name}`, and {path} is something else;"
                " rename that file"
            )
        yield path, with_modeline(Path(path), starter.shipped.texts[path])


def first_step(text: bytes) -> Mark:
    """Where one goes on writing."""
    marks = parse(text, "").marks
    return marks.values.get(("steps", 0), START)


def is_ours(workspace: Workspace, starter: Starter | None) -> bool:
    if starter is None or starter.shipped is not None:
        return True
    return may_run(workspace, {starter.path: starter.text})


def example_with_data(starter: Starter | None) -> str:
    if starter is None or starter.shipped is None or not starter.shipped.has_data:
        return ""
    return starter.shipped.example or ""


def write(workspace: Workspace, found: Making) -> Made:
    """Write it, what it needs first; what came to be there meanwhile stays.

    Raises WeirError where that is the workflow's own file.
    """
    refuse_inside_a_run(NO_DEFINITIONS)
    made: list[str] = []
    kept = [*found.kept]
    for path, data in found.files.items():
        new = new_file(workspace.root, path, data)
        (made if new else kept).append(path)
    if found.path not in made:
        raise WeirError(f"{found.path} is there already, and stays as it is")
    if found.trusted:
        texts = {p: found.files[p] for p in made if p != SCHEMA.as_posix()}
        Trust.open().trust_texts(workspace.root, texts)
    return Made(made, kept)
