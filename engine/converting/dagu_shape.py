"""Which steps a Dagu file has, and which of them wait for which."""

from __future__ import annotations

from msgspec import Struct, field

from engine.converting.carried import (
    Ids,
    Node,
    NotCarriedOver,
    Note,
    Source,
    camel,
    in_order,
    list_of,
    text_of,
)
from engine.definition.base import Json
from engine.definition.marks import Path


class Given(Struct):
    """A step as the file has it; `needs` are ids, `output` a variable it leaves."""

    id: str
    name: str
    path: Path
    line: int
    node: Node
    needs: list[str] = field(default_factory=list)
    output: str = ""


class Shape(Struct):
    """`graph`: whether the steps say what they need, and do not follow their order.

    `ids` are those of the steps, to which others may be added.
    """

    steps: list[Given]
    graph: bool
    notes: list[Note]
    ids: Ids

    def before(self, step: str) -> set[str]:
        """The steps that are done before this one, by whichever way."""
        found: set[str] = set()
        waiting = [step]
        while waiting:
            new = {*self.of(waiting.pop()).needs} - found
            found |= new
            waiting += new
        return found

    def of(self, step: str) -> Given:
        return next(each for each in self.steps if each.id == step)


def shape_of(source: Source, root: Node) -> Shape:
    path, line = root.at("steps"), root.line("steps")
    kind = text_of(root.take("type"))
    ids = Ids()
    steps = given_steps(source, path, root.take("steps"), ids)
    if not steps:
        raise NotCarriedOver("the file has no steps")
    if kind not in ("", "graph", "chain"):
        raise NotCarriedOver(f"a file of the type {kind} is no list of steps")
    known = {name: each.id for each in steps for name in (each.id, each.name)}
    asked = [list_of(each.node.take("depends")) for each in steps]
    for each, names in zip(steps, asked, strict=True):
        for name in names:
            if str(name) not in known:
                told = f"line {each.line}: `{each.name}` depends on {name}, no step"
                raise NotCarriedOver(told)
            each.needs.append(known[str(name)])
    notes = []
    if not kind and len(steps) > 1 and not any(asked):
        kind = "chain"
        told = "no step says `depends` and the file no `type`: they are done one after"
        notes.append(Note(line, f"{told} another; some releases begin them at once"))
    order = [each.id for each in steps]
    if kind == "chain":
        for each, before in zip(steps[1:], order, strict=False):
            each.needs = each.needs or [before]
    follows = [[], *([each] for each in order[:-1])]
    graph = [each.needs for each in steps] != follows
    by_id = {each.id: each for each in steps}
    placed = in_order({each.id: each.needs for each in steps})
    return Shape([by_id[own] for own in placed], graph, notes, ids)


def given_steps(source: Source, path: Path, value: Json, ids: Ids) -> list[Given]:
    found: list[Given] = []
    keys: list[int | str] = []
    items: list[Json] = []
    if isinstance(value, dict):
        keys, items = [*value], [*value.values()]
    elif isinstance(value, list):
        keys, items = [*range(len(value))], value
    for number, (key, item) in enumerate(zip(keys, items, strict=True), 1):
        at = (*path, key)
        if isinstance(item, list):
            told = "several steps in a list of their own; write `depends` instead"
            raise NotCarriedOver(f"line {source.line(at)}: {told}")
        body = item if isinstance(item, dict) else {"command": item}
        node = Node(source, at, body, camel)
        if node.has("routes"):
            told = "it leads to other steps by a value; write `route`"
            raise NotCarriedOver(f"line {source.line(at)}: {told}")
        own, called = text_of(node.take("id")), text_of(node.take("name"))
        if isinstance(key, str):
            called = called or key
        name = called or own or f"step-{number}"
        output = node.peek("output")
        if isinstance(output, dict) and {*output} <= {"name", "key", "omit"}:
            output = output.get("name")
        if not isinstance(output, dict):  # one of another form says what no step leaves
            node.take("output")
        given = Given(ids.new(own or name), name, at, source.line(at), node)
        if not isinstance(output, dict):
            given.output = text_of(output).removeprefix("$").strip("{}")
        found.append(given)
    return found
