"""The definitions a file names: that they are there, and are given what they want."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.definition.base import Json
from engine.definition.checks.checking import Checking, Known
from engine.definition.fields import (
    misfits,
    missing_value,
    unknown_value,
    without_patterns,
)
from engine.definition.kinds import Approval, Artifact, Fallback, Llm, Sql, SubRun, Use
from engine.definition.marks import Path
from engine.definition.model import (
    Agent,
    ContextSource,
    Definition,
    Source,
    Step,
    StepTemplate,
    Workflow,
)
from engine.definition.render import is_template
from engine.definition.typed import Fields
from engine.definition.words import among, did_you_mean

Library = Mapping[str, Definition]

# The :names of a query, and before them what is none: texts and comments.
PARAMETER = re.compile(r"""'[^']*'|"[^"]*"|--[^\n]*|(?<![:\w])[:@$]([A-Za-z_]\w*)""")

WORDS = {
    "workflow": "workflow",
    "step": "step template",
    "artifact": "artifact template",
    "agent": "agent",
    "source": "source",
}


def check_use(
    checking: Checking, step: Step, place: Path, library: Library, known: Known
) -> None:
    """Everything that a step names outside of its file."""
    match step.do:
        case Use(name=name):
            if find(checking, library, "step", name, (*place, "use")):
                template = library[f"step/{name}"]
                assert isinstance(template, StepTemplate)
                check_gate_on_error(checking, step, template, place)
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
                if other.variants is not None:
                    hint = f"run one of them: {among(other.variants.use)}"
                    said = f"`{name}` is a choice between variants"
                    checking.tell(run, said, hint)
                check_given(checking, other.inputs, step.with_, at, run)
        case Artifact(use=str(name)):
            find(checking, library, "artifact", name, (*place, "artifact", "use"))
        case Llm(agent=agent, provider=provider):
            if agent is not None:
                find(checking, library, "agent", agent, (*place, "llm", "agent"))
            check_provider(checking, provider, (*place, "llm", "provider"), known)
            at = (*place, "llm", "fallback")
            check_fallback(checking, step.do.fallback, library, at, known)
        case Sql():
            check_sql(checking, step.do, (*place, "sql"), known)
        case Approval():
            check_people(checking, step.do, (*place, "approval"), known)


def check_gate_on_error(
    checking: Checking, step: Step, template: StepTemplate, place: Path
) -> None:
    if step.on_error != "fail" and isinstance(template.body.do, Approval):
        told = "what nobody has answered is not gone on from with `on_error`"
        hint = "say `on_timeout` in the gate, and `route` for the choices"
        checking.tell((*place, "on_error"), told, hint, at_key=True)


def find(
    checking: Checking, library: Library, kind: str, name: str, path: Path
) -> bool:
    if f"{kind}/{name}" in library:
        return True
    if file := checking.broken.get(f"{kind}/{name}"):
        said = f"{WORDS[kind]} `{name}` has problems"
        checking.tell(path, said, f"`weir check {file}` tells them")
        return False
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
    checking: Checking,
    fields: Fields,
    given: Mapping[str, Json],
    at: Path,
    use: Path,
    key: str = "with",
) -> None:
    """Tell what a template or source is given and does not know, or lacks.

    A value that is a template is judged when it is rendered. `key` gives the values.
    """
    check_values(checking, fields, given, at)
    for name, field in fields.items():
        if field.required and name not in given:
            hint = f"add `{key}: {{{name}: …}}`"
            checking.tell(use, missing_value(name, field, "input"), hint)


def check_values(
    checking: Checking, fields: Fields, given: Mapping[str, Json], at: Path
) -> None:
    """Tell what is given and not known, or is no such value."""
    for name, value in given.items():
        if name not in fields:
            message, _, hint = unknown_value(name, fields, "input").partition("; ")
            checking.tell((*at, name), message, hint, at_key=True)
        elif not holds_template(value):
            for words in misfits(without_patterns(fields[name]), value, ""):
                checking.tell((*at, name), f"`{name}` {words}")


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


def check_people(checking: Checking, gate: Approval, place: Path, known: Known) -> None:
    """Who may decide on a gate, and who is told of it."""
    check_roles(checking, gate.approvers, (*place, "approvers"), known)
    check_targets(checking, gate.notify, (*place, "notify"), known)
    if gate.escalate is not None:
        at = (*place, "escalate")
        check_roles(checking, gate.escalate.approvers, (*at, "approvers"), known)
        check_targets(checking, gate.escalate.to, (*at, "to"), known)


def check_targets(
    checking: Checking, names: tuple[str, ...], path: Path, known: Known
) -> None:
    for number, name in enumerate(names):
        if known.targets is not None and name not in known.targets:
            otherwise = "add it under [notify.targets] in weir.toml"
            hint = did_you_mean(name, known.targets, otherwise)
            checking.tell((*path, number), f"there is no target `{name}`", hint)


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
    check_database(checking, source.database or "", (*place, "database"), known)


def check_database(checking: Checking, database: str, path: Path, known: Known) -> None:
    if database and known.databases is not None and database not in known.databases:
        hint = did_you_mean(
            database, known.databases, "name it under [databases] in weir.toml"
        )
        checking.tell(path, f"there is no database `{database}`", hint)


def check_sql(checking: Checking, do: Sql, at: Path, known: Known) -> None:
    check_database(checking, do.database, (*at, "database"), known)
    for name in parameters(do.query):
        if name not in do.with_:
            hint = did_you_mean(name, do.with_, f"add `with: {{{name}: …}}`")
            words = f"the query reads :{name}, which nothing gives"
            checking.tell((*at, "query"), words, hint)


def parameters(query: str) -> list[str]:
    """The :names of a query, each once."""
    found = dict.fromkeys(found[1] for found in PARAMETER.finditer(query))
    return [name for name in found if name]


def check_fallback(
    checking: Checking,
    instead: tuple[Fallback, ...],
    library: Library,
    place: Path,
    known: Known,
) -> None:
    for number, each in enumerate(instead):
        at = (*place, number)
        if each.agent is not None:
            find(checking, library, "agent", each.agent, at)
        check_provider(checking, each.provider, (*at, "provider"), known)


def check_agent(
    checking: Checking, agent: Agent, library: Library, known: Known
) -> None:
    check_provider(checking, agent.provider, ("provider",), known)
    check_fallback(checking, agent.fallback, library, ("fallback",), known)
