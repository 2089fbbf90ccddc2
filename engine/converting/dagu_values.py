"""Dagu's variables: what gives them, and how a text that reads them is said here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct, field

from engine.converting.carried import (
    LeftOut,
    Node,
    NotCarriedOver,
    Note,
    list_of,
    require_variable,
    secret_here,
    text_of,
)
from engine.converting.shells import VARIABLE, escaped
from engine.definition.base import Json
from engine.definition.scalars import plain

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
PAIR = re.compile(r"""([A-Za-z_]\w*)=("[^"]*"|'[^']*'|`[^`]*`|\S*)""")
ONE = re.compile(r"\{\{ (.*) \}\}")
COMMAND = re.compile(r"`|\$\(")
TYPES = {"string", "integer", "number", "boolean"}
LIMITS = {
    "description": "description", "enum": "enum", "pattern": "pattern",
    "minimum": "minimum", "maximum": "maximum", "minLength": "min_length",
    "maxLength": "max_length", "min_length": "min_length", "max_length": "max_length",
}  # fmt: skip
DESCRIBED = ("name", "type", "default", "eval", "required")


class Variables(Struct):
    """`scope` has a template for each variable; `lost` says why one has none."""

    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    scope: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    positional: bool = False


def read_params(root: Node, variables: Variables) -> Iterator[Note]:
    line, value = root.line("params"), root.take("params")
    for name, given in pairs(written_out(line, value)):
        if not NAME.fullmatch(name):
            variables.positional = True
            words = f"the parameter `{text_of(given)}` is left out: inputs have names"
            yield Note(line, words)
            continue
        described = given if isinstance(given, dict) else {"default": given}
        variables.fields[name] = of = input_field(described)
        yield from told_of(name, described, of, line)
        as_text = "" if of["type"] == "string" else " | string"
        variables.scope[name] = f"{{{{ inputs.{name}{as_text} }}}}"


def input_field(described: dict[str, Any]) -> dict[str, Any]:
    kind = described.get("type")
    kind = kind if kind in TYPES else "string"
    of: dict[str, Any] = {"type": kind}
    of |= {LIMITS[k]: value for k, value in described.items() if k in LIMITS}
    default = described.get("default")
    if default is None and kind == "string" and described.get("required") is False:
        default = "" if "eval" not in described else None
    text = text_of(default)
    if default is not None and not (COMMAND.search(text) or VARIABLE.search(text)):
        of["default"] = text if kind == "string" else plain(text)
    return of


def told_of(
    name: str, described: dict[str, Any], of: dict[str, Any], line: int
) -> Iterator[Note]:
    for key in {*described} - {*LIMITS, *DESCRIBED}:
        words = f"`{key}` of the parameter `{name}` is left out"
        yield Note(line, f"{words}: nothing here means the same")
    made = text_of(described.get("default", described.get("eval")))
    if "default" not in of and (made or described.get("required") is False):
        why = "its default is made when a run begins" if made else "it has no default"
        yield Note(line, f"a run has to be given `{name}`: {why}")


def written_out(line: int, value: Json) -> Json:
    """Parameters that are described by a schema, as a list of them."""
    if not isinstance(value, dict):
        return value
    if "schema" in value:
        told = "`params` are described elsewhere; write them into the file"
        raise NotCarriedOver(f"line {line}: {told}")
    fields = value.get("properties")
    if not isinstance(fields, dict):
        return value
    required = list_of(value.get("required"))
    return [
        {"name": name, "required": name in required} | field
        for name, field in fields.items()
        if isinstance(field, dict)
    ]


def read_secrets(
    root: Node, variables: Variables, here: frozenset[str]
) -> Iterator[Note]:
    line, value = root.line("secrets"), root.take("secrets")
    for name, _ in pairs(value):
        try:
            variables.scope[name] = f"{{{{ {secret_here(name, here)} }}}}"
        except LeftOut as why:
            variables.lost[name] = f"it {why}"
            yield Note(line, f"the secret `{name}` is left out: it {why}")


def pairs(value: Json) -> Iterator[tuple[str, Json]]:
    """Names with values; of what has no name, an empty one."""
    if isinstance(value, dict):
        yield from value.items()
        return
    for each in list_of(value):
        if isinstance(each, dict) and "name" in each:
            yield str(each["name"]), each
        elif isinstance(each, dict):
            yield from each.items()
        else:
            text = text_of(each)
            for name, quoted in PAIR.findall(text):
                unquoted = quoted[1:-1] if quoted[:1] in ('"', "'") else quoted
                yield name, unquoted
            for rest in PAIR.sub("", text).split():
                yield "", rest


def read_env(root: Node, variables: Variables) -> Iterator[Note]:
    """The variables of the whole; a parameter goes before one of the same name."""
    line, value = root.line("env"), root.take("env")
    for name, given in pairs(value):
        if name in variables.fields:
            continue
        try:
            require_variable(name)
            variables.scope[name] = template(text_of(given), variables.scope)
        except LeftOut as why:
            variables.lost[name] = f"it {why}"
            yield Note(line, f"the variable `{name}` is left out: it {why}")


def template(text: str, scope: dict[str, str]) -> str:
    """A text in which variables stand, as a template. Raises LeftOut."""
    if COMMAND.search(text):
        raise LeftOut(f"is what a command prints: {text}")
    parts, at = [], 0
    for found in VARIABLE.finditer(text):
        parts.append(escaped(text[at : found.start()]))
        parts.append(value_of(found, scope))
        at = found.end() + (found[2] is not None)
        if found[2] is not None and text[found.end() : at] != "}":
            raise LeftOut(f"reads `{text[found.start() :]}`, which only a shell knows")
    rest = text[at:]
    if re.search(r"\$[\d@*{]", rest) or re.search(r"\$[\d@*]", text):
        raise LeftOut(f"reads `{text}`, which only a shell knows")
    return "".join([*parts, escaped(rest)])


def value_of(found: re.Match[str], scope: dict[str, str]) -> str:
    name, path = found[1] or found[2], found[3] or ""
    if name == "ITEM" and "ITEM" in scope:
        return f"{{{{ item{path} }}}}"
    if path:
        raise LeftOut(f"reads `{found[0]}}}`, a part of a value")
    if name not in scope:
        raise LeftOut(f"reads `{name}`, which the file does not give")
    return scope[name]


def condition(value: Json, scope: dict[str, str]) -> list[str]:
    """The expressions of preconditions, all of which have to be true."""
    found = []
    for each in list_of(value):
        given = each if isinstance(each, dict) else {"condition": each}
        said, expected = text_of(given.get("condition")), given.get("expected")
        if expected is None or given.get("negate"):
            raise LeftOut(f"has a command for a precondition: {said}")
        wanted = text_of(expected)
        if wanted.startswith("re:"):
            raise LeftOut(f"has a pattern for a precondition: {wanted}")
        sign = msgspec.json.encode(wanted).decode()
        found.append(f"{expression(template(said, scope))} == {sign}")
    return found


def expression(said: str) -> str:
    """The expression of a template that is one value, or one text."""
    if whole := ONE.fullmatch(said):
        return whole[1] if "{{" not in whole[1] else mixed(said)
    return mixed(said) if "{{" in said else msgspec.json.encode(said).decode()


def mixed(said: str) -> str:
    raise LeftOut(f"compares a text made of several parts: {said}")
