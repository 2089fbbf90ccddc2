"""What is carried over from another program's file, and what is told of the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct, field

from engine.definition import yaml
from engine.definition.base import Json
from engine.definition.cron import MEANT, is_zone, why_no_cron
from engine.definition.marks import Path
from engine.definition.words import LONGEST_NAME, as_name
from engine.errors import WeirError

Step = dict[str, Any]

VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class NotCarriedOver(WeirError):
    """A file does what a workflow can't; the message says all of it."""


class LeftOut(Exception):
    """Something whose meaning can't be kept; the message says why not."""


class Undecided(LeftOut):
    """Nothing here tells whether it is done; so what needs it is left out as well."""


class Note(Struct, frozen=True):
    """What is told of a line; `original` are lines that are left out, as they stood."""

    line: int
    words: str
    original: tuple[str, ...] = ()


class Converted(Struct):
    """A definition with what is told of it, each in its place."""

    head: dict[str, Any]
    notes: list[Note] = field(default_factory=list)
    steps: list[Note | Step] = field(default_factory=list)
    finally_: list[Note | Step] = field(default_factory=list)

    def told(self) -> list[Note]:
        found = [*self.notes, *notes_in(self.steps), *notes_in(self.finally_)]
        return sorted(found, key=lambda note: note.line)


def notes_in(items: list[Note | Step]) -> Iterator[Note]:
    for item in items:
        if isinstance(item, Note):
            yield item
        elif "for_each" in item:
            yield from notes_in(item["for_each"]["steps"])


def does_something(items: list[Note | Step]) -> bool:
    """Whether there is a step among these; to ask a person alone does nothing."""
    return any(not isinstance(item, Note) and "approval" not in item for item in items)


def require_something(made: Converted) -> None:
    """Raise NotCarriedOver for a file of which no step is left, with why."""
    if not does_something(made.steps):
        left_out = [note for note in made.told() if note.original]
        told = "; ".join(f"line {note.line}: {note.words}" for note in left_out)
        raise NotCarriedOver(f"no step can be carried over: {told}")


def placed(step: Step, needs: list[str] | None, wanted: list[str]) -> Step:
    """The step with what it needs (None: it stands in a list), and what else has to be
    true for it, before what it does.
    """
    own = [step["when"]] if "when" in step else []
    every = list(dict.fromkeys([*wanted, *own]))
    first: Step = {"id": step["id"]}
    first |= {} if needs is None else {"needs": list(dict.fromkeys(needs))}
    first |= {"title": step["title"]} if "title" in step else {}
    if every:
        joined = " and ".join(f"({each})" for each in every)
        first["when"] = every[0] if len(every) == 1 else joined
    return first | {k: v for k, v in step.items() if k not in (*first, "when")}


class Source:
    """The file, as it was read: its value, and where each part of it stands."""

    def __init__(self, text: str | bytes, path: str) -> None:
        document = yaml.read(text, path)
        if document.problems or not document.complete:
            raise WeirError(f"{document.problems[0]}")
        if not isinstance(document.value, dict):
            raise WeirError(f"{path} is no mapping, and so no workflow of theirs")
        self.marks = document.marks
        decoded = text.decode() if isinstance(text, bytes) else text
        self.lines = yaml.LINE_BREAK.split(decoded.removeprefix("\ufeff"))
        self.root: dict[str, Json] = document.value

    def line(self, path: Path) -> int:
        return self.marks.key(path).line

    def original(self, path: Path) -> tuple[str, ...]:
        """The lines of an item of a list, or of a key, to where the next one begins."""
        first = self.line(path)
        own = len(path)
        later = [
            mark.line
            for at, mark in (*self.marks.values.items(), *self.marks.keys.items())
            if at[:own] != path and mark.line > first
        ]
        last = min(later, default=len(self.lines) + 1) - 1
        found = [line.rstrip() for line in self.lines[first - 1 : last]]
        while found and (not found[-1] or found[-1].lstrip().startswith("#")):
            found.pop()
        return tuple(found)


def secret_here(theirs: str, secrets: frozenset[str]) -> str:
    """The expression of a secret, if weir.toml names it. Raises LeftOut."""
    for name in (theirs.lower(), theirs):
        if name in secrets:
            return f"secrets.{name}"
    words = "name it under [secrets] in weir.toml and convert again"
    raise LeftOut(f"reads the secret `{theirs}`, which is not here; {words}")


def require_variable(name: str) -> None:
    """Raise LeftOut for what a program can't be given as a variable."""
    if not VARIABLE_NAME.fullmatch(name):
        raise LeftOut(f"is called `{name}`, which is no name of a variable")


def as_written(key: str) -> str:
    return key


def camel(key: str) -> str:
    """`retry_policy` as `retryPolicy`: Dagu has had both."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), key)


class Node:
    """A mapping of the file whose keys are taken one by one, to see which are left."""

    def __init__(
        self,
        source: Source,
        path: Path,
        value: Json,
        called: Callable[[str], str] = as_written,
    ) -> None:
        self.source, self.path = source, path
        value = value if isinstance(value, dict) else {}
        self._left = {called(key): key for key in value}
        self._value = value

    def take(self, *names: str) -> Json:
        """What stands under the first of these that is there."""
        found = self.peek(*names)
        for name in names:
            self._left.pop(name, None)
        return found

    def count(self, *names: str, notes: list[Note]) -> int | None:
        """A whole number from 1; anything else but 0 and nothing is told."""
        said = next((name for name in names if self.has(name)), names[0])
        line, key, value = self.line(said), self._left.get(said), self.take(*names)
        found = count_of(value)
        if found is None and value not in (None, 0):
            words = "it is no whole number in the file"
            notes.append(Note(line, f"`{key}` is left out: {words}"))
        return found

    def on_error(self, notes: list[Note]) -> Step:
        """`continue-on-error`, as GitHub Actions has it."""
        key = "continue-on-error"
        line, value = self.line(key), self.take(key)
        if value not in (None, True, False):
            words = "it is known only when it runs"
            notes.append(Note(line, f"`{key}` is left out: {words}"))
        return {"on_error": "continue"} if value is True else {}

    def has(self, name: str) -> bool:
        return name in self._left

    def peek(self, *names: str) -> Json:
        """What stands under the first of these that is still to be taken."""
        return next((self._value[self._left[n]] for n in names if self.has(n)), None)

    def at(self, name: str) -> Path:
        return (*self.path, self._left.get(name, name))

    def line(self, name: str = "") -> int:
        return self.source.line(self.at(name) if name else self.path)

    def left_over(self, why: dict[str, str], where: str) -> Iterator[Note]:
        """A note for each key that nobody has taken."""
        for name, key in self._left.items():
            reason = why.get(name, "nothing here means the same")
            yield Note(self.line(name), f"`{key}` of {where} is left out: {reason}")

    def harmless(self, why: dict[str, str], where: str) -> Iterator[Note]:
        """As `left_over`, of a part that is another one without any key but these.

        Raises LeftOut for the others.
        """
        for name, key in self._left.items():
            if name not in why:
                raise LeftOut(f"says `{key}`, which nothing here means")
        return self.left_over(why, where)


def begun(root: Node, name: str) -> Converted:
    """What is to become the workflow `name`, with the title that the file has."""
    title = text_of(root.take("name"))
    return Converted({"workflow": name} | ({"title": title} if title else {}))


class Ids:
    """A name for each step, unique in the file."""

    def __init__(self) -> None:
        self.taken = {"end"}

    def new(self, wanted: str) -> str:
        wanted = (as_name(wanted) or "step")[: LONGEST_NAME - 4].rstrip("-_")
        found, number = wanted, 2
        while found in self.taken:
            found, number = f"{wanted}-{number}", number + 1
        self.taken.add(found)
        return found


def in_order(needs: dict[str, list[str]]) -> list[str]:
    """The names as they stand, but none before what it needs. Raises NotCarriedOver."""
    done: list[str] = []
    left = list(needs)
    while left:
        ready = next((each for each in left if {*needs[each]} <= {*done}), None)
        if ready is None:
            raise NotCarriedOver(f"these wait for each other: {', '.join(left)}")
        left.remove(ready)
        done.append(ready)
    return done


def require_decided(needs: list[str], undecided: set[str]) -> None:
    for need in needs:
        if need in undecided:
            words = "of which nothing here tells whether it is done"
            raise Undecided(f"needs `{need}`, {words}")


def require_inside(folder: str) -> str:
    """The folder, if it is one of the workspace. Raises LeftOut."""
    if folder.startswith(("/", "~")) or ".." in folder.split("/"):
        raise LeftOut(f"runs in {folder}, outside of the workspace")
    return folder


def text_of(value: Json) -> str:
    """A plain value as the text that a program is given."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def count_of(value: Json) -> int | None:
    """A whole number from 1; None for anything else, which can't be carried over."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return value if is_count else None


def begin_at(
    cron: str, zone: str, rest: dict[str, Any], line: int, notes: list[Note]
) -> list[dict[str, Any]]:
    """A schedule, if its times are any; else it is told."""
    cron = MEANT.get(cron, cron)
    why = why_no_cron(cron).partition(";")[0]
    if not why and zone and not is_zone(zone):
        why = f"names no time zone: {zone}"
    if why:
        notes.append(Note(line, f"the schedule `{cron}` is left out: it {why}"))
        return []
    return [{"cron": cron} | ({"timezone": zone} if zone else {}) | rest]


def list_of(value: Json) -> list[Json]:
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]
