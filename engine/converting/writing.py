"""The text of a converted definition: YAML that our reader reads as it was meant."""

from __future__ import annotations

from engine.converting.carried import Converted, Note, Step, does_something
from engine.definition.written import block, indented


def definition_text(converted: Converted) -> str:
    lines = [line for note in converted.notes for line in comment(note)]
    lines += block(converted.head)
    lines += ["steps:", *listed(converted.steps)]
    if does_something(converted.finally_):
        lines.append("finally:")
    lines += listed(converted.finally_)
    return "\n".join(lines) + "\n"


def listed(items: list[Note | Step]) -> list[str]:
    lines: list[str] = []
    for item in items:
        lines += comment(item) if isinstance(item, Note) else step_lines(item)
    return [*map(indented, lines)]


def step_lines(step: Step) -> list[str]:
    own = {key: value for key, value in step.items() if key != "for_each"}
    lines = [*block(own)]
    if "for_each" in step:
        loop = {k: v for k, v in step["for_each"].items() if k != "steps"}
        inside = [*block(loop), "steps:", *listed(step["for_each"]["steps"])]
        lines += ["for_each:", *map(indented, inside)]
    return [f"- {lines[0]}", *map(indented, lines[1:])]


def comment(note: Note) -> list[str]:
    words = f"# line {note.line}: {' '.join(note.words.split())}"
    return [words, *(f"#   {line}".rstrip() for line in note.original)]
