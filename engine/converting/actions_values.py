"""What a workflow of GitHub Actions reads by name, and where that comes from here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from engine.converting.carried import (
    LeftOut,
    Node,
    Note,
    Source,
    require_variable,
    secret_here,
    text_of,
)
from engine.converting.expressions import Value, expression, text_literal
from engine.converting.shells import VARIABLE, escaped, quote_at
from engine.definition.base import Json
from engine.definition.marks import Path
from engine.definition.scalars import plain

PASTED = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
THEIRS = re.compile(r"\b(?:GITHUB|RUNNER|ACTIONS)_\w+")
EMPTY = {"string": "", "boolean": False, "number": 0}


class Inputs(Struct):
    """`fields` as they are here; `called` says how, for each of their names."""

    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    called: dict[str, str] = field(default_factory=dict)


class Scope(Struct):
    """What can be read at a place: `env` are templates, `matrix` has all values of a
    name, `lost` are the variables that are left out, with why.
    """

    inputs: Inputs
    secrets: frozenset[str]
    env: dict[str, Value] = field(default_factory=dict)
    matrix: dict[str, list[Json]] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)

    def resolve(self, name: tuple[str, ...]) -> Value:
        match name:
            case ("inputs", own) if own in self.inputs.called:
                return self.input(own)
            case ("github", "event", "inputs", own) if own in self.inputs.called:
                found = self.input(own)
                if found.is_text():
                    return found
                return Value(f"{found.said} | string", "string", single=False)
            case ("matrix", own) if own in self.matrix:
                values = self.matrix[own]
                known = tuple(text_of(value) for value in values)
                return Value(f'matrix["{own}"]', kind_of(values), known=known)
            case ("secrets", own):
                return Value(secret_here(own, self.secrets), "string")
            case ("env", own) if own in self.env:
                return of_template(self.env[own])
            case ("github", "run_id"):
                return Value("run.id", "string")
            case ("github", "workflow"):
                return Value("workflow.name", "string")
        raise LeftOut(f"reads `{'.'.join(name)}`, which there is not here")

    def input(self, own: str) -> Value:
        called = self.inputs.called[own]
        of = self.inputs.fields[called]
        known = [*of.get("enum", ()), text_of(of.get("default"))]
        return Value(f"inputs.{called}", of["type"], known=tuple(known))

    def expression(self, text: str) -> Value:
        return expression(text, self.resolve)

    def condition(self, node: Node) -> list[str]:
        """`if`, as the expressions that have to be true. Raises LeftOut."""
        text = text_of(node.take("if")).strip()
        if text.startswith("${{") and text.endswith("}}") and text.count("${{") == 1:
            text = text[3:-2]
        if "${{" in text:
            raise LeftOut(f"says `{text}`, which is made of several parts")
        found = self.expression(text).said if text.strip() else "true"
        return [] if found == "true" else [found]

    def template(self, text: str) -> Value:
        """A text that no shell reads, with what is pasted into it as a template."""
        parts, known, at = [], [PASTED.sub("", text)], 0
        for found in PASTED.finditer(text):
            value = self.expression(found[1])
            parts += [escaped(text[at : found.start()]), f"{{{{ {value.said} }}}}"]
            known += value.known
            at = found.end()
        said = "".join([*parts, escaped(text[at:])])
        return Value(said, "template" if parts else "text", known=tuple(known))

    def with_env(self, node: Node, notes: list[Note] | None = None) -> Scope:
        """With the variables of a node in front.

        What is left out of them is told to `notes`; without these it raises LeftOut.
        """
        line, given = node.line("env"), node.take("env")
        if given is not None and not isinstance(given, dict):
            raise LeftOut("has variables that are known only when it runs")
        env, lost = dict(self.env), dict(self.lost)
        for name, value in (given or {}).items():
            try:
                require_variable(name)
                env[name] = self.template(text_of(value))
            except LeftOut as why:
                if notes is None:
                    raise
                env.pop(name, None)
                lost[name] = f"it {why}"
                notes.append(Note(line, f"the variable `{name}` is left out: it {why}"))
            else:
                lost.pop(name, None)
        return replace(self, env=env, lost=lost)

    def command(self, text: str, *, shell: bool) -> tuple[str, dict[str, str]]:
        """A script, in which variables stand for what was pasted, and all of these.

        A value never becomes text of a command: a shell reads it as a value.
        """
        self.require_given(text)
        env, parts, at = {n: value.said for n, value in self.env.items()}, [], 0
        for found in PASTED.finditer(text):
            if not shell:
                words = "pasted into a script that no shell reads"
                raise LeftOut(f"has `{found[0]}` {words}")
            name, value = self.variable(found[1].strip(), env)
            quote = quote_at(text, found.start(), found[0], value.known)
            read = f"${{{name}}}" if quote != "'" else f"'\"${{{name}}}\"'"
            parts += [escaped(text[at : found.start()]), read]
            at = found.end()
        return "".join([*parts, escaped(text[at:])]), env

    def require_given(self, text: str) -> None:
        """Raise LeftOut for a script that names what nobody gives it here."""
        for found in THEIRS.finditer(text):
            if found[0] not in self.env:
                raise LeftOut(f"reads {found[0]}, which there is not here")
        for found in VARIABLE.finditer(text):
            if why := self.lost.get(found[1] or found[2]):
                raise LeftOut(f"reads `{found[1] or found[2]}`, left out: {why}")

    def variable(self, theirs: str, env: dict[str, str]) -> tuple[str, Value]:
        """The variable for what is pasted, which is put into `env` once."""
        own = theirs.removeprefix("env.")
        if own != theirs and own in self.env:
            return own, self.env[own]
        value = self.expression(theirs)
        said = f"{{{{ {value.said} }}}}"
        called = re.sub(r"\W+", "_", theirs.upper()).strip("_")
        wanted = called if re.fullmatch(r"[A-Z]\w{0,40}", called) else "VALUE"
        name, number = wanted, 2
        while env.get(name, said) != said:
            name, number = f"{wanted}_{number}", number + 1
        env[name] = said
        return name, value


def kind_of(values: list[Json]) -> str:
    for kind, types in (("string", str), ("boolean", bool), ("number", (int, float))):
        if all(isinstance(value, types) for value in values):
            return kind
    return "any"


def of_template(value: Value) -> Value:
    """The value of a variable: a text, or what one template says."""
    said = value.said
    if value.kind == "text":
        return text_literal(value.known[0])
    inner = said.removeprefix("{{ ").removesuffix(" }}")
    if said != f"{{{{ {inner} }}}}" or "{{" in inner:
        raise LeftOut(f"reads a text made of several parts: {said}")
    return Value(f"({inner}) | string", "string", single=False, known=value.known)


def read_inputs(
    source: Source, path: Path, value: Json, inputs: Inputs
) -> Iterator[Note]:
    for name, given in value.items() if isinstance(value, dict) else ():
        node = Node(source, (*path, name), given)
        called = re.sub(r"\W", "_", name).lstrip("_") or "value"
        inputs.called[name] = called
        if called != name:
            yield Note(node.line(), f"the input `{name}` is called `{called}` here")
        inputs.fields[called] = input_field(node)
        node.take("deprecationMessage")
        yield from node.left_over({}, f"the input `{name}`")


def input_field(node: Node) -> dict[str, Any]:
    said, options = text_of(node.take("type")), node.take("options")
    kind = said if said in EMPTY else "string"
    of: dict[str, Any] = {"type": kind}
    if description := node.take("description"):
        of["description"] = text_of(description)
    if isinstance(options, list):
        of["enum"] = [text_of(option) for option in options]
    default, required = node.take("default"), node.take("required")
    if default is not None:
        text = text_of(default)
        of["default"] = text if kind == "string" else plain(text)
    elif not required:
        of["default"] = of["enum"][0] if "enum" in of else EMPTY[kind]
    return of
