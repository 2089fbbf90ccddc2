"""The definitions a file names: that they are there, and are given what they want."""

from __future__ import annotations

from collections.abc import Mapping

from engine.definition.checks.checking import Checking, Known
from engine.definition.fields import (
    misfits,
    missing_value,
    unknown_value,
    without_patterns,
)
from engine.definition.marks import Path
from engine.definition.model import (
    Agent,
    Approval,
    Artifact,
    ContextSource,
    Definition,
    Fields,
    Json,
    Later,
    Llm,
    Source,
    Step,
    StepTemplate,
    SubRun,
    Use,
    Workflow,
)
from engine.definition.render import is_template
from engine.definition.words import among, did_you_mean

Library = Mapping[str, Definition]

WORDS = {
    "workflow": "workflow",
    "step": "step template",
    "artifact": "artifact template",
    "agent": "agent",
    "source": "source",
}
# What to do until a kind is run: part of the words a person searches for.
INSTEAD = {
    "python": "call the script from a `shell` step",
    "sql": "read rows in `context`, or call a program from a `shell` step",
}


def check_use(
    checking: Checking, step: Step, place: Path, library: Library, known: Known
) -> None:
    """Everything that a step names outside of its file."""
    match step.do:
        case Later(kind=kind) if kind:
            refused = f"`{kind}` is not run by this version of Weir"
            checking.tell((*place, kind), refused, INSTEAD[kind], at_key=True)
        case Use(name=name):
            if find(checking, library, "step", name, (*place, "use")):
                template = library[f"step/{name}"]
                assert isinstance(template, StepTemplate)
                check_given(
                    checking,
                    template.inputs,
                    step.with_,
                    (*place, "with"),
                    (*place, "use"),
                )
        case SubRun(workflow=name):
            if find(checking, library, "workflow", name, (*place, "run")):
                other = library[f"workflow/{name}"]
                assert isinstance(other, Workflow)
                at, run = (*place, "with"), (*place, "run")
                check_given(checking, other.inputs, step.with_, at, run)
        case Artifact(use=str(name)):
            find(checking, library, "artifact", name, (*place, "artifact", "use"))
        case Llm(agent=agent, provider=provider):
            if agent is not None:
                find(checking, library, "agent", agent, (*place, "llm", "agent"))
            check_provider(checking, provider, (*place, "llm", "provider"), known)
        case Approval(approvers=approvers):
            check_roles(checking, approvers, (*place, "approval", "approvers"), known)
    check_undo(checking, step, place)


def find(
    checking: Checking, library: Library, kind: str, name: str, path: Path
) -> bool:
    if f"{kind}/{name}" in library:
        return True
    others = [k.split("/", 1)[1] for k in library if k.startswith(f"{kind}/")]
    otherwise = (
        f"there is {among(others)}"
        if others
        else f"add a file that begins with `{kind}: {name}`"
    )
    hint = did_you_mean(name, others, otherwise)
    checking.tell(path, f"there is no {WORDS[kind]} `{name}`", hint)
    return False


def check_given(
    checking: Checking, fields: Fields, given: Mapping[str, Json], at: Path, use: Path
) -> None:
    """Tell what a template or source is given and does not know, or lacks.

    A value that is a template is judged when it is rendered.
    """
    for name, value in given.items():
        if name not in fields:
            message, _, hint = unknown_value(name, fields, "input").partition("; ")
            checking.tell((*at, name), message, hint, at_key=True)
        elif not holds_template(value):
            for words in misfits(without_patterns(fields[name]), value, ""):
                checking.tell((*at, name), f"`{name}` {words}")
    for name, field in fields.items():
        if field.required and name not in given:
            hint = f"add `with: {{{name}: …}}`"
            checking.tell(use, missing_value(name, field, "input"), hint)


def holds_template(value: Json) -> bool:
    if isinstance(value, str):
        return is_template(value)
    if isinstance(value, dict):
        return any(holds_template(item) for item in value.values())
    return isinstance(value, list) and any(holds_template(item) for item in value)


def check_provider(
    checking: Checking, provider: str | None, path: Path, known: Known
) -> None:
    if provider is None or known.providers is None or provider in known.providers:
        return
    hint = did_you_mean(provider, known.providers, f"known: {among(known.providers)}")
    checking.tell(path, f"there is no provider `{provider}`", hint)


def check_roles(
    checking: Checking, approvers: tuple[str, ...], path: Path, known: Known
) -> None:
    if known.roles is None:
        return
    for number, approver in enumerate(approvers):
        role = approver.removeprefix("role:")
        if role != approver and role not in known.roles:
            hint = did_you_mean(role, known.roles, "add it under [roles] in weir.toml")
            checking.tell((*path, number), f"nobody has the role `{role}`", hint)


def check_undo(checking: Checking, step: Step, place: Path) -> None:
    for kind in step.undo if isinstance(step.undo, dict) else ():
        if kind in INSTEAD:
            refused = f"`{kind}` is not run by this version of Weir"
            checking.tell((*place, "undo", kind), refused, INSTEAD[kind], at_key=True)


def check_origin(
    checking: Checking,
    source: ContextSource,
    place: Path,
    library: Library,
    known: Known,
) -> None:
    """The source and the database that a context name comes from."""
    if source.source is not None and find(
        checking, library, "source", source.source, (*place, "source")
    ):
        named = library[f"source/{source.source}"]
        assert isinstance(named, Source)
        check_given(
            checking, named.inputs, source.with_, (*place, "with"), (*place, "source")
        )
    database = source.database
    if database and known.databases is not None and database not in known.databases:
        hint = did_you_mean(
            database, known.databases, "name it under [databases] in weir.toml"
        )
        path = (*place, "database")
        checking.tell(path, f"there is no database `{database}`", hint)


def check_agent(checking: Checking, agent: Agent, known: Known) -> None:
    check_provider(checking, agent.provider, ("provider",), known)
    if agent.tools:
        refused = "`tools` are not used by this version of Weir"
        checking.tell(("tools",), refused, "remove them", at_key=True)
