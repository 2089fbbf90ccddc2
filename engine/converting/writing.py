"""The text of a converted definition: YAML that our reader reads as it was meant."""

from __future__ import annotations

from typing import Any

import msgspec
import yaml

from engine.converting.carried import Converted, Note, Step, does_something
from engine.definition.base import Json
from engine.definition.scalars import plain

WIDE = 1000  # columns: no text is folded


class Writer(yaml.SafeDumper):
    """No aliases; texts of several lines as blocks."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write_text(writer: Writer, text: str) -> yaml.Node:
    style = None
    if "\n" in text:
        style = "|"
    elif not isinstance(plain(text), str):
        style = "'"  # 1e3 is a number to YAML 1.2, and none to this writer
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Writer.add_representer(str, write_text)


def definition_text(converted: Converted) -> str:
    lines = [line for note in converted.notes for line in comment(note)]
    lines += mapping(converted.head)
    lines += ["steps:", *listed(converted.steps)]
    if does_something(converted.finally_):
        lines.append("finally:")
    lines += listed(converted.finally_)
    return "\n".join(lines) + "\n"


def mapping(value: dict[str, Any]) -> list[str]:
    text = yaml.dump(
        value, Dumper=Writer, sort_keys=False, allow_unicode=True, width=WIDE
    )
    return text.rstrip("\n").split("\n")


def listed(items: list[Note | Step]) -> list[str]:
    lines: list[str] = []
    for item in items:
        lines += comment(item) if isinstance(item, Note) else step_lines(item)
    return [indented(line, "  ") for line in lines]


def step_lines(step: Step) -> list[str]:
    own = {key: value for key, value in step.items() if key != "for_each"}
    lines = mapping(own)
    if "for_each" in step:
        loop = {k: v for k, v in step["for_each"].items() if k != "steps"}
        inside = [*mapping(loop), "steps:", *listed(step["for_each"]["steps"])]
        lines += ["for_each:", *(indented(line, "  ") for line in inside)]
    return [f"- {lines[0]}", *(indented(line, "  ") for line in lines[1:])]


def indented(line: str, by: str) -> str:
    return by + line if line else line


def comment(note: Note) -> list[str]:
    words = f"# line {note.line}: {' '.join(note.words.split())}"
    return [words, *(f"#   {line}".rstrip() for line in note.original)]


def literal(value: Json) -> str:
    """A value as an expression."""
    match value:
        case None:
            return "none"
        case float() if value.is_integer():
            return str(int(value))  # as they print it
        case dict():
            pairs = (f"{literal(key)}: {literal(each)}" for key, each in value.items())
            return "{" + ", ".join(pairs) + "}"
        case list():
            return "[" + ", ".join(literal(each) for each in value) + "]"
        case _:
            return msgspec.json.encode(value).decode()
