"""What a new workflow is begun from: one of this workspace, or one Weir comes with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from msgspec import Struct

from engine.definition.link import closure
from engine.definition.model import Definition, Workflow
from engine.definition.parse import Parsed, parse
from engine.definition.words import among, did_you_mean
from engine.errors import NotFound
from engine.importer import ENDINGS, key_of
from engine.starter import example_files, examples, starter_files
from engine.starting import FIRST
from engine.trying.files import FOLDER
from engine.writing.around import Around

HERE = "this workspace"


class Shipped(Struct, frozen=True):
    """The starter set, or an example: its definitions, and whether it has data too."""

    example: str | None
    texts: dict[str, bytes]
    parsed: dict[str, Parsed]
    has_data: bool

    @property
    def library(self) -> dict[str, Definition]:
        every = (each.definition for each in self.parsed.values())
        return {key_of(each): each for each in every if each is not None}

    def path(self, key: str) -> str:
        return next(
            path
            for path, each in self.parsed.items()
            if each.definition is not None and key_of(each.definition) == key
        )


class Starter(Struct, frozen=True):
    """A workflow to begin from; `shipped` is what it came with, None for one's own."""

    workflow: Workflow
    path: str
    text: bytes
    shipped: Shipped | None = None

    @property
    def name(self) -> str:
        return self.workflow.name

    @property
    def of(self) -> str:
        if self.shipped is None:
            return HERE
        example = self.shipped.example
        return f"example {example}" if example else "starter set"

    def needs(self) -> dict[str, str]:
        """The path of each definition that it uses, by key, where it came with them."""
        if self.shipped is None:
            return {}
        library = self.shipped.library
        used = closure(self.workflow, library)
        return {key: self.shipped.path(key) for key in used if key in library}


def starters(around: Around) -> Iterator[Starter]:
    """One's own, then those that Weir comes with; of a name the first one counts."""
    own = (
        Starter(workflow, around.paths[key], around.texts[around.paths[key]])
        for key, workflow in sorted(around.library.items())
        if isinstance(workflow, Workflow)
    )
    seen: set[str] = set()
    for each in (*own, *(each for set_ in every_set() for each in of_set(set_))):
        if each.name not in seen:
            seen.add(each.name)
            yield each


@cache
def every_set() -> tuple[Shipped, ...]:
    return tuple(shipped(name) for name in (None, *examples()))


def shipped(example: str | None) -> Shipped:
    files = starter_files() if example is None else example_files(example)
    every = {place.as_posix(): source for source, place in files}
    texts = {p: source.read_bytes() for p, source in every.items() if is_definition(p)}
    data = [p for p in every if Path(p).parts[0] != "workflows" and p != "weir.toml"]
    parsed = {path: parse(text, path) for path, text in texts.items()}
    return Shipped(example, texts, parsed, bool(data))


def is_definition(path: str) -> bool:
    place = Path(path)
    below = place.parts[0] == "workflows" and not place.is_relative_to(FOLDER)
    return below and place.name.endswith(ENDINGS)


def of_set(given: Shipped) -> Iterator[Starter]:
    for path, parsed in given.parsed.items():
        if isinstance(parsed.definition, Workflow):
            yield Starter(parsed.definition, path, given.texts[path], given)


def starter_of(around: Around, said: str) -> Starter:
    """The starter of a name, or the first of an example's. Raises NotFound."""
    every = [*starters(around)]
    found = named(every, said)
    if found is None and said in examples():
        # The example's own, also where the workspace has one of that name.
        of = next(each for each in every_set() if each.example == said)
        found = named(of_set(of), FIRST[said].workflow)
    if found is not None:
        return found
    names = [each.name for each in every]
    hint = did_you_mean(said, [*names, *examples()], f"there is {among(names, 30)}")
    raise NotFound(f"there is no starter `{said}`; {hint}")


def named(every: Iterable[Starter], name: str) -> Starter | None:
    return next((each for each in every if each.name == name), None)
