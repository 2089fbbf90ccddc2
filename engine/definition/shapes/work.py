"""The shapes of what steps do: llm, shell, http, artifact, set, wait, fail …"""

from __future__ import annotations

from typing import Any

from engine.definition.kinds import (
    Artifact,
    Elsewhere,
    Fail,
    Fallback,
    Http,
    Llm,
    Python,
    Section,
    SetValues,
    Shell,
    Sql,
    SubRun,
    Use,
    Wait,
)
from engine.definition.model import Do
from engine.definition.patterns import without_templates
from engine.definition.shapes.basic import (
    Anything,
    Duration,
    Expression,
    Fixed,
    Flag,
    Matching,
    Name,
    Number,
    OneOf,
    Shape,
    Text,
    Whole,
)
from engine.definition.shapes.compound import Either, ListOf, MapOf, Then
from engine.definition.shapes.fields import IDENTIFIER
from engine.definition.shapes.gate import DOTTED, GATE
from engine.definition.shapes.mapping import Key, MappingOf
from engine.definition.spot import Spot
from engine.definition.words import shown

TEXTS = ListOf(Text(empty=True), "a list of texts")

# Who is asked is known before a run begins: what it may cost, and whose key it takes.
ELSE = "write its name; `variants` choose between workflows that ask another"
MODEL = Fixed("the name of a model", ELSE)
PROVIDER = Fixed("the name of a provider", ELSE)

INSTEAD: Shape[Fallback] = Either(
    "the name of an agent, or a mapping with `model`",
    text=Then(Name("the name of an agent"), lambda name: Fallback(agent=name)),
    mapping=MappingOf(
        "a fallback",
        Fallback,
        {
            "model": Key(MODEL, "The model that is asked instead.", required=True),
            "provider": Key(PROVIDER, "Its provider, where that is another."),
        },
    ),
)
FALLBACK = Key(
    ListOf(INSTEAD, "a list of agents or models", least=1),
    "Who is asked, in order, when the one before does not answer.",
)

MAX_TURNS = Key(
    Whole(1, 100), "How often an agent with tools is asked before the step fails."
)

LLM_KEYS = {
    "agent": Key(Name("the name of an agent"), "Which agent is asked."),
    "prompt": Key(Text(), "What it is asked: a template.", required=True),
    "system": Key(Text(), "Who it is to be, instead of what the agent says."),
    "model": Key(MODEL, "The model, instead of the agent's."),
    "provider": Key(PROVIDER, "The provider, instead of the agent's."),
    "temperature": Key(Number(0, 2), "0 for the same again, higher for variety."),
    "max_tokens": Key(Whole(1, 10_000_000), "The most it may answer."),
    "reuse": Key(
        OneOf("never", "same-run", "ask", "always"),
        "Where an answer to the very same question may come from instead.",
    ),
    "fallback": FALLBACK,
    "max_turns": MAX_TURNS,
    "mock": Key(Anything(), "What the mock provider answers: a text, or the output."),
}
LLM: Shape[Llm] = Either(
    "a prompt, or a mapping with `prompt`",
    text=Then(Text(), lambda prompt: Llm(prompt=prompt)),
    mapping=MappingOf("an llm step", Llm, LLM_KEYS),
)

ARGUMENTS = ListOf(Text(empty=True), "a list of arguments", least=1)
COMMAND: Shape[str | tuple[str, ...]] = Either(
    "a command line or a list of arguments",
    text=Then(Text(), lambda line: line),
    items=Then(ARGUMENTS, lambda arguments: arguments),
)
SHELL: Shape[Shell] = Either(
    "a command line, a list of arguments, or a mapping with `run`",
    text=Then(Text(), lambda run: Shell(run=run)),
    items=Then(ARGUMENTS, lambda run: Shell(run=run)),
    mapping=MappingOf(
        "a shell step",
        Shell,
        {
            "run": Key(
                COMMAND,
                "A command line for /bin/sh, or a list of arguments without a shell.",
                required=True,
            ),
            "env": Key(
                MapOf(
                    Text(empty=True),
                    "a mapping of names to texts",
                    "[A-Za-z_][A-Za-z0-9_]*",
                    "a letter, then letters, digits and `_`",
                ),
                "Environment variables the command gets.",
            ),
            "stdin": Key(Text(empty=True), "What the command reads: a template."),
            "cwd": Key(Text(), "The folder it runs in, below the workspace."),
        },
    ),
)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
URL = Matching(
    "an address", r"(https?://|\{\{)[\s\S]+", "begin with https:// or a template"
)
STATUS = Whole(100, 599)


def check_http(spot: Spot, values: dict[str, Any]) -> None:
    if "json" in values and "body" in values:
        hint = "keep one of them"
        spot.child("body").wrong("a request has `json` or `body`", hint, at_key=True)
    awaited = [status for status in values.get("expect", ()) if 300 <= status < 400]
    if values.get("redirects") and awaited:
        hint = "keep one of them"
        told = f"{awaited[0]} is either followed or expected"
        spot.child("redirects").wrong(told, hint, at_key=True)


HTTP: Shape[Http] = Either(
    "an address, or a mapping with `url`",
    text=Then(URL, lambda url: Http(url=url)),
    mapping=MappingOf(
        "an http step",
        Http,
        {
            "url": Key(URL, "Where to: a template.", required=True),
            "method": Key(OneOf(*METHODS), "GET unless it says otherwise."),
            "headers": Key(
                MapOf(
                    Text(empty=True),
                    "a mapping of headers to texts",
                    "[A-Za-z0-9!#$%&'*+.^_|~-]+",
                    "letters, digits and `-`",
                ),
                "Request headers.",
            ),
            "json": Key(Anything(), "The body, as a value that is sent as JSON."),
            "body": Key(Text(empty=True), "The body, as a text."),
            "expect": Key(
                Either(
                    "a status or a list of them",
                    number=Then(STATUS, lambda status: (status,)),
                    items=ListOf(STATUS, "a list of statuses", least=1),
                ),
                "The statuses that are a success; any 2xx when left out.",
            ),
            "allow_private": Key(
                Flag(), "Whether addresses of this network may be asked."
            ),
            "redirects": Key(Whole(0, 10), "How many redirects are followed; 0."),
        },
        check_http,
    ),
)

SECTION = MappingOf(
    "a section",
    Section,
    {
        "heading": Key(Text(), "The heading: a template."),
        "text": Key(Text(), "Markdown: a template."),
        "items": Key(TEXTS, "Things to tick: templates."),
        "when": Key(Expression(), "The section is left out when this is false."),
    },
)
FORMS = ("report", "email", "checklist", "page")


def check_body(spot: Spot, values: dict[str, Any]) -> None:
    """What only looking at the whole of an artifact tells."""
    if values.get("front_matter") and values.get("form") == "email":
        hint = "remove it: an e-mail has headers, and `weir artifact` tells the rest"
        spot.child("front_matter").wrong(
            "an e-mail has no front matter", hint, at_key=True
        )
    if "to" in values and values.get("form", "report") != "email":
        hint = "say `form: email`, or remove it"
        spot.child("to").wrong("`to` is for e-mails", hint, at_key=True)


OF_A_TEMPLATE = ("form", "sections", "data", "front_matter")


def check_artifact(spot: Spot, values: dict[str, Any]) -> None:
    both = [name for name in OF_A_TEMPLATE if name in values]
    if "use" in values and both:
        hint = "change the template, or write the artifact here without `use`"
        spot.child(both[0]).wrong("the template says this", hint, at_key=True)
    elif "use" not in spot.value and "sections" not in spot.value:
        hint = "say `use: template`, or write `title` and `sections` here"
        spot.wrong("the artifact has no content", hint)
    elif "use" not in spot.value:
        check_body(spot, values)


BODY_KEYS = {
    "form": Key(OneOf(*FORMS), "What it is; a report unless it says otherwise."),
    "title": Key(Text(), "Its title: a template."),
    "to": Key(Text(), "Whom an e-mail goes to: a template."),
    "sections": Key(ListOf(SECTION, "a list of sections", least=1), "Its parts."),
    "data": Key(
        ListOf(
            Matching("a dotted name", DOTTED, "write outputs.STEP, without braces"),
            "a list of names",
            least=1,
        ),
        "What is kept with it as what it was made from; what it reads if left out.",
    ),
    "front_matter": Key(
        Flag(), "Whether title, run, version, time and data stand above it, as YAML."
    ),
}
ARTIFACT: Shape[Artifact] = Either(
    "the name of an artifact template, or a mapping",
    text=Then(
        Name("the name of an artifact template"), lambda name: Artifact(use=name)
    ),
    mapping=MappingOf(
        "an artifact",
        Artifact,
        {"use": Key(Name("the name of an artifact template"), "A template.")}
        | BODY_KEYS,
        check_artifact,
    ),
)

SET = Then(
    MapOf(
        Anything(),
        "a mapping of names to values",
        IDENTIFIER,
        "a letter, then letters, digits and `_`",
    ),
    lambda values: SetValues(values=values),
)


class AwaitedFile(Text):
    """A path or a pattern, as far as it can be told before its templates are read."""

    def __init__(self) -> None:
        super().__init__("a path inside the workspace, such as incoming/*.csv")

    def read(self, spot: Spot) -> str:
        text = super().read(spot).strip()
        said = without_templates(text, "_")
        if said.startswith(("/", "~")) or ".." in said.split("/"):
            hint = "write its path from the workspace's folder on, without `..`"
            raise spot.wrong(f"`{shown(text)}` is not inside the workspace", hint)
        if "**" in said:
            hint = "`*` stands for any name in one folder"
            raise spot.wrong("a pattern can't reach into all folders", hint)
        return text


WAITS = ("until", "file", "decision")


def check_wait(spot: Spot, values: dict[str, Any]) -> None:
    told = [name for name in WAITS if name in spot.value]
    if not spot.value:
        spot.wrong("the wait is for nothing", f"say one of {', '.join(WAITS)}")
    for extra in told[1:]:
        both = f"a wait is for one thing; this one has `{told[0]}` and `{extra}`"
        spot.child(extra).wrong(both, "make two steps of it", at_key=True)


ELSEWHERE = MappingOf(
    "a decision elsewhere",
    Elsewhere,
    {
        "run": Key(Text(), "The id of the other run: a template.", required=True),
        "step": Key(
            Text(), "Its gate, by id, or by its place in a loop.", required=True
        ),
    },
)
WAIT: Shape[Wait] = Either(
    "a duration like 5m, or a mapping with `until`, `file` or `decision`",
    text=Then(Duration(), lambda seconds: Wait(seconds=seconds)),
    number=Then(Duration(), lambda seconds: Wait(seconds=seconds)),
    mapping=MappingOf(
        "a wait",
        Wait,
        {
            "until": Key(Expression(), "A date or a time, as an expression."),
            "file": Key(AwaitedFile(), "A file that is to come, whole."),
            "decision": Key(ELSEWHERE, "The decision at a gate of another run."),
        },
        check_wait,
    ),
)

VALUES = MapOf(
    Anything(),
    "a mapping of names to values",
    IDENTIFIER,
    "a letter, then letters, digits and `_`",
)
CALL = Matching(
    "module:function",
    r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*",
    "a module of the workspace, a colon, and a function in it",
)
PYTHON: Shape[Python] = Either(
    "module:function, or a mapping with `call`",
    text=Then(CALL, lambda call: Python(call=call)),
    mapping=MappingOf(
        "a python step",
        Python,
        {
            "call": Key(CALL, "Which function, as module:function.", required=True),
            "with": Key(VALUES, "What it is given, by name.", into="with_"),
        },
    ),
)


def check_sql(spot: Spot, values: dict[str, Any]) -> None:
    if "{{" in values.get("query", "") or "{%" in values.get("query", ""):
        hint = "write :name, which is bound and can't be an injection"
        spot.child("query").wrong("a query is not a template", hint)
    if values.get("one") and values.get("write"):
        hint = "keep one of them"
        spot.child("one").wrong("what is written has no rows", hint, at_key=True)


SQL = MappingOf(
    "a sql step",
    Sql,
    {
        "query": Key(
            Text(), "A query. :name stands for a value of `with`.", required=True
        ),
        "database": Key(Text(), "Which database of weir.toml it is for."),
        "with": Key(VALUES, "The values its names stand for.", into="with_"),
        "write": Key(Flag(), "true: it may change the database."),
        "one": Key(Flag(), "true: it gives one row, and a list is not wanted."),
    },
    check_sql,
)

KINDS: dict[str, Key] = {
    "use": Key(
        Then(Name("the name of a step template"), lambda name: Use(name=name)),
        "What a step template does, with `with` as its inputs.",
    ),
    "llm": Key(LLM, "Ask a language model."),
    "shell": Key(SHELL, "Run a command."),
    "http": Key(HTTP, "Make a request."),
    "artifact": Key(ARTIFACT, "Write a document."),
    "approval": Key(GATE, "Ask a person, and hold the run until they answer."),
    "set": Key(SET, "Values for later steps."),
    "wait": Key(WAIT, "Let time pass, or wait for a file or a decision."),
    "fail": Key(
        Then(Text("a text that says why"), lambda text: Fail(message=text)),
        "End the run as failed, with this message.",
    ),
    "python": Key(PYTHON, "Call a function of a module in the workspace."),
    "sql": Key(SQL, "Ask a database, or change it."),
    "run": Key(
        Then(Name("the name of a workflow"), lambda name: SubRun(workflow=name)),
        "Another workflow, as a run of its own, with `with` as its inputs.",
    ),
}
UNDO_KINDS = ("shell", "http", "python", "sql")
UNDO: Shape[dict[str, Do]] = MappingOf(
    "an undo",
    lambda **done: done,
    {kind: KINDS[kind] for kind in UNDO_KINDS},
)
