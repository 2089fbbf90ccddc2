"""What a step does, kind by kind, but for the kinds that hold steps themselves."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from engine.definition.base import Json, Model
from engine.definition.typed import Fields

# Where the answer to a question may come from, if the very same was asked before: from
# nowhere, from this run, from any, or from any where a person takes it.
Reuse = Literal["never", "same-run", "ask", "always"]


class Use(Model, frozen=True, tag="use"):
    """A step template by name. `link` replaces it with what the template does."""

    name: str


class Fallback(Model, frozen=True):
    """Who is asked instead: an agent, or a model of the provider that is named."""

    agent: str | None = None
    model: str | None = None
    provider: str | None = None


class Choice(Model, frozen=True):
    """An answer a gate offers: `approve` and what says so approves, others reject."""

    name: str
    title: str = ""
    approves: bool = False


class Remind(Model, frozen=True):
    """When a gate that nobody answers is told of again, in seconds; None: once."""

    after: float
    every: float | None = None
    at_most: int | None = None


class Escalate(Model, frozen=True):
    """Who else is told of a gate that nobody answers, and who else may then decide."""

    after: float
    to: tuple[str, ...] = ()  # targets of weir.toml
    approvers: tuple[str, ...] = ()


class Approval(Model, frozen=True, tag="approval"):
    title: str
    text: str = ""
    show: tuple[str, ...] = ()  # dotted names: artifacts.brief, outputs.risk
    choices: tuple[Choice, ...] = (
        Choice(name="approve", approves=True),
        Choice(name="reject"),
    )
    approvers: tuple[str, ...] = ()  # login names and role:NAME; empty: anyone here
    required: int = 1
    timeout: float | None = None
    on_timeout: str | None = None  # expire | fail | remind | route:<step>
    reasons: dict[str, str] = {}
    form: Fields = {}
    edit: str | None = None  # which of `show` may be edited; None: the first of it
    risk: Literal["low", "normal", "high"] = "normal"
    complete: tuple[str, ...] = ()  # dotted names of checklists: artifacts.checks
    notify: tuple[str, ...] = ()  # targets of weir.toml; empty: as its rules say
    remind: Remind | None = None
    escalate: Escalate | None = None


class Tool(Model, frozen=True):
    """A step template that an agent may call; the model gives what `with` does not.

    `approve` is always, never or an expression over the `call`; None: always where the
    call reaches outside, else never. `gate` says of whom it is asked.
    `inputs` and `about` are the template's, once it is linked.
    """

    use: str
    approve: str | None = None
    with_: dict[str, Json] = field(default={}, name="with")
    unattended: bool = False
    gate: Approval = Approval(title="")
    inputs: Fields = {}
    about: str = ""


class Llm(Model, frozen=True, tag="llm"):
    """`tools` are its agent's, in the step that asks in turns once that is linked.

    `mock` is what the provider of that name answers: a text, or values of the output.
    """

    prompt: str
    agent: str | None = None
    system: str | None = None
    model: str | None = None
    provider: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    reuse: Reuse = "never"
    fallback: tuple[Fallback, ...] = ()
    max_turns: int | None = None
    tools: tuple[Tool, ...] = ()
    mock: Json = None


class Shell(Model, frozen=True, tag="shell"):
    """`run` is a command line for /bin/sh, or a list of arguments run without one."""

    run: str | tuple[str, ...]
    env: dict[str, str] = {}
    stdin: str | None = None
    cwd: str | None = None


class Http(Model, frozen=True, tag="http"):
    url: str
    method: str = "GET"
    headers: dict[str, str] = {}
    json: Json = None
    body: str | None = None
    expect: tuple[int, ...] = ()  # empty: any 2xx
    allow_private: bool = False
    redirects: int = 0  # how many are followed


class Section(Model, frozen=True):
    """A part of an artifact: Markdown text under a heading, or items to tick."""

    heading: str = ""
    text: str = ""
    items: tuple[str, ...] = ()
    when: str | None = None


class Artifact(Model, frozen=True, tag="artifact"):
    """A document: `use` names an artifact template, else the body stands here."""

    use: str | None = None
    form: Literal["report", "email", "checklist", "page"] = "report"
    title: str = ""
    to: str = ""  # e-mails
    sections: tuple[Section, ...] = ()
    data: tuple[str, ...] = ()  # dotted names kept with it; empty: what it reads
    front_matter: bool = False


class SetValues(Model, frozen=True, tag="set"):
    """Values for later steps. A string that is one `{{ … }}` keeps its type."""

    values: dict[str, Json]


class Elsewhere(Model, frozen=True):
    """A gate of another run: `step` is its id, or its place there. Templates."""

    run: str
    step: str


class Wait(Model, frozen=True, tag="wait"):
    """One of these: `until` is an expression giving a date or ISO time.

    `file` is a template of a path in the workspace, or of a pattern that one fits.
    """

    seconds: float | None = None
    until: str | None = None
    file: str | None = None
    decision: Elsewhere | None = None

    @property
    def awaits(self) -> bool:
        """Whether it waits for something that may never come."""
        return self.file is not None or self.decision is not None


class Fail(Model, frozen=True, tag="fail"):
    message: str


class SubRun(Model, frozen=True, tag="run"):
    """Another workflow, as a run of its own; its inputs are the step's `with`."""

    workflow: str


class Sql(Model, frozen=True, tag="sql"):
    """A query of a database that weir.toml names; `:name` stands for a value of `with`.

    Read-only unless `write`; `one`: a single row instead of a list.
    """

    query: str
    database: str = ""  # empty: the only one there is
    with_: dict[str, Json] = field(default={}, name="with")
    write: bool = False
    one: bool = False


class Python(Model, frozen=True, tag="python"):
    """`call` is `module:function`, of a module in the workspace."""

    call: str
    with_: dict[str, Json] = field(default={}, name="with")


class Unread(Model, frozen=True, tag="unread"):
    """Stands in a draft for what could not be read. No step that runs has it."""
