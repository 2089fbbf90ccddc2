"""What an agent may call: that it is there, has what it wants, and is looked at."""

from __future__ import annotations

from msgspec.structs import replace

from engine.definition.checks.checking import Checking, Known
from engine.definition.checks.names import Names
from engine.definition.checks.reading import check_text
from engine.definition.checks.texts import of_approve, of_with, some
from engine.definition.checks.used import (
    Library,
    check_people,
    check_values,
    find,
)
from engine.definition.kinds import Tool
from engine.definition.link import closure
from engine.definition.marks import Path
from engine.definition.model import Agent, StepTemplate
from engine.definition.outside import reached_by
from engine.definition.unfold import CALL, approved_when


def check_tools(
    checking: Checking, agent: Agent, library: Library, known: Known
) -> None:
    """What can be told of an agent's tools where they are listed."""
    names = Names(env=known.env, secrets=known.secrets, items=frozenset({CALL}))
    seen: set[str] = set()
    for number, tool in enumerate(agent.tools):
        place: Path = ("tools", number)
        if tool.use in seen:
            checking.tell(place, f"`{tool.use}` is a tool twice", "remove one")
        seen.add(tool.use)
        whole = (*place, "use") in checking.marks.values
        at = (*place, "use") if whole else place
        if not find(checking, library, "step", tool.use, at):
            continue
        template = library[f"step/{tool.use}"]
        assert isinstance(template, StepTemplate)
        check_values(checking, template.inputs, tool.with_, (*place, "with"))
        check_people(checking, tool.gate, place, known)
        if f"agent/{agent.name}" in closure(template, library):
            told = f"`{tool.use}` asks `{agent.name}` again"
            checking.tell(at, told, "take it out of its `tools`")
        check_seen(checking, tool, template, at)
        check_texts(checking, tool, template, place, names)


def check_seen(
    checking: Checking, tool: Tool, template: StepTemplate, at: Path
) -> None:
    """What a model calls must not reach outside before anyone has seen it.

    Also where `with` gives all inputs: that it is called, and when, is the model's.
    """
    what = reached_by(template.body)
    trusted = tool.unattended or template.body.unattended
    if what and not trusted and approved_when(tool, template) != "always":
        words = f"`{tool.use}` lets a model reach {what}, seen by nobody"
        checking.tell(at, words, "say `approve: always`, or `unattended: true`")


def check_texts(
    checking: Checking, tool: Tool, template: StepTemplate, place: Path, names: Names
) -> None:
    """What a tool reads: the call where it is judged, its inputs where it is shown."""
    for text in (*of_approve(tool, place), *of_with(tool.with_, place)):
        check_text(checking, text, names)
    whose = f"the step template `{template.name}`"
    inside = replace(names, inputs=template.inputs, inputs_of=whose)
    for text in some(place, title=tool.gate.title, text=tool.gate.text):
        check_text(checking, text, inside)
