"""What one step of a Dagu file is here: a command, or a workflow that it runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from msgspec import Struct, field

from engine.converting.carried import (
    Ids,
    LeftOut,
    Node,
    Note,
    Source,
    Step,
    Undecided,
    camel,
    count_of,
    require_inside,
    require_variable,
    text_of,
)
from engine.converting.dagu_attempts import attempts, continuing
from engine.converting.dagu_shape import Given
from engine.converting.dagu_values import (
    Variables,
    condition,
    pairs,
    template,
)
from engine.converting.shells import VARIABLE, escaped, quote_at
from engine.definition.base import Json
from engine.definition.checks.names import spoken
from engine.definition.marks import Path
from engine.definition.model import Definition, Workflow
from engine.definition.scalars import plain
from engine.definition.words import as_name, literal

ARGUMENT = re.compile(r"\$\{?[1-9@*]")
EXECUTORS = ("executor", "type", "action")
PRECONDITIONS = ("preconditions", "precondition")
HERE = (None, "", "shell", "command")  # executors that run a command on this machine
PLACES = ("DAG_", "DAGU_PARAMS")
ASKS = ("hitl", "human", "approval")  # kinds of steps that wait for a person
SHELLS = ("sh", "bash")
INTERPRETERS = (*SHELLS, "python", "python3")
SEVERAL = re.compile(
    r"[\n;]"
)  # commands, of which a shell goes on after one that failed
SPECIAL = {"DAG_NAME": "{{ workflow.name }}", "DAG_RUN_ID": "{{ run.id }}"}
WHY_LEFT = {
    "description": "a step has a title only",
    "mailOnError": "nothing is mailed",
    "signalOnStop": "the step's whole process group is ended",
    "workerSelector": "steps run on this machine",
    "logOutput": "logs are kept in the store",
}


class Making(Struct):
    """Makes steps; `outputs` are the variables that steps leave, and whose."""

    source: Source
    variables: Variables
    library: Mapping[str, Definition]
    ids: Ids
    cwd: str = ""
    shell: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)

    def guarded(self, node: Node, before: set[str]) -> tuple[dict[str, str], list[str]]:
        """What a step may read, and on what conditions it is done.

        Raises Undecided where nothing here tells these.
        """
        require_nobody_asked(node)
        decides = any(node.has(key) for key in PRECONDITIONS)
        try:
            scope = self.scope_of(node, before)
            return scope, condition(node.take(*PRECONDITIONS), scope)
        except LeftOut as why:
            if decides:
                raise Undecided(str(why)) from None
            raise

    def step(self, given: Given, scope: dict[str, str], notes: list[Note]) -> Step:
        node = given.node
        step: Step = {"id": given.id}
        if given.name != given.id:
            step["title"] = given.name
        step |= self.work(node, scope, given.name)
        if given.output in scope or given.output in self.outputs:
            raise LeftOut(f"leaves `{given.output}`, which something else gives too")
        step |= attempts(node, notes) | continuing(node, notes)
        notes += node.harmless(WHY_LEFT, f"the step `{given.name}`")
        if given.output:
            require_variable(given.output)
            self.outputs[given.output] = given.id
        return step

    def handler(self, name: str, path: Path, value: Json, notes: list[Note]) -> Step:
        body = value if isinstance(value, dict) else {"command": value}
        node = Node(self.source, path, body, camel)
        node.take("name")
        require_nobody_asked(node)
        step: Step = {"id": self.ids.new(f"on-{name}")}
        scope = self.scope_of(node, {*self.outputs.values()})
        step |= self.work(node, scope, f"handlerOn.{name}") | attempts(node, notes)
        notes += node.harmless(WHY_LEFT, f"handlerOn.{name}")
        return step

    def lose(self, given: Given) -> None:
        if given.output:
            self.variables.lost[given.output] = f"it is what `{given.name}` leaves"

    def scope_of(self, node: Node, before: set[str]) -> dict[str, str]:
        """The template of each variable that a step may read, its own ones last."""
        scope = dict(self.variables.scope)
        for name, step in self.outputs.items():
            if step in before:
                read = f'outputs.{spoken(step)}.stdout | default("") | trim'
                scope[name] = f"{{{{ {read} }}}}"
        for name, value in pairs(node.take("env")):
            require_variable(name)
            scope[name] = template(text_of(value), scope)
        return scope

    def work(self, node: Node, scope: dict[str, str], name: str) -> Step:
        """What the step does. Raises LeftOut where nothing here does that."""
        kind = kind_of(node)
        node.take(*EXECUTORS)
        if kind not in HERE:
            raise LeftOut(f"is done by `{kind}`, which is no kind of step here")
        run, call = text_of(node.take("run")), text_of(node.take("call"))
        if call or (run and not re.search(r"\s", run)):
            return self.sub_run(node, call or run, scope)
        return {"shell": self.command(node, run, scope, name)}

    def command(
        self, node: Node, run: str, scope: dict[str, str], name: str
    ) -> str | Step:
        command, script = node.take("command"), text_of(node.take("script"))
        if isinstance(command, list):
            raise LeftOut("has a list for a command, which Dagu has read in two ways")
        text = script or text_of(command) or run
        if not text:
            raise LeftOut("says nothing that is to be done")
        shell = words_of(node.take("shell")) or self.shell
        words = interpreter(words_of(command) if script else [], text, shell)
        by_shell = not words or words[0] in SHELLS
        env = self.env_of(text, scope, name, read_by_shell=by_shell)
        cwd = template(text_of(node.take("dir", "workingDir")), scope) or self.cwd
        does: Step = {"run": [*words, escaped(text)] if words else escaped(text)}
        does |= {"cwd": require_inside(cwd)} if cwd else {}
        does |= {"env": env} if env else {}
        return does if len(does) > 1 else does["run"]

    def env_of(
        self, text: str, scope: dict[str, str], name: str, *, read_by_shell: bool
    ) -> dict[str, str]:
        """The variables of a command. Raises LeftOut for what no variable can give."""
        if self.variables.positional and ARGUMENT.search(text):
            raise LeftOut("reads parameters by number; inputs have names")
        special = SPECIAL | {"DAG_RUN_STEP_NAME": escaped(name)}
        env = dict(scope)
        for found in VARIABLE.finditer(text):
            read = found[1] or found[2]
            if found[3]:
                raise LeftOut(f"reads `{found[0]}}}`, a part of a value")
            if read in self.variables.lost:
                why = self.variables.lost[read]
                raise LeftOut(f"reads `{read}`, which is left out: {why}")
            if read in self.outputs and read not in scope:
                raise LeftOut(f"reads `{read}` of a step that it does not depend on")
            if read in special:
                env[read] = special[read]
            elif read.startswith(PLACES) and read not in scope:
                raise LeftOut(f"reads `{read}`, which is a place of Dagu's")
            if read in env and not read_by_shell:
                raise LeftOut(f"reads `{read}` in a script that no shell reads")
            if read in env and quote_at(text, found.start(), read) == "'":
                raise LeftOut(f"reads `{read}` between quotes, which shells do not")
        return env

    def sub_run(self, node: Node, called: str, scope: dict[str, str]) -> Step:
        name = as_name(PurePosixPath(called).name.removesuffix(".yaml"))
        found = self.library.get(f"workflow/{name}")
        if not isinstance(found, Workflow):
            raise LeftOut(f"runs `{called}`, and no workflow here is `{name}`; convert"
                          " that first")  # fmt: skip
        items, most = loop_of(node.take("parallel"))
        if items is not None:
            scope = scope | {"ITEM": "{{ item }}"}
        given = {n: template(text_of(v), scope) for n, v in pairs(node.take("params"))}
        for each in {*given} - {*found.inputs}:
            raise LeftOut(f"gives `{each or 'a value'}`, no input of `{name}`")
        values = {n: typed(v, found.inputs[n].type) for n, v in given.items()}
        run: Step = {"run": name} | ({"with": values} if values else {})
        if items is None:
            return run
        inner = {"id": self.ids.new(f"{name}-each")} | run
        return {"for_each": {"in": items, **most, "steps": [inner]}}


def require_nobody_asked(node: Node) -> None:
    if node.has("approval") or text_of(kind_of(node)).startswith(ASKS):
        raise Undecided("waits for a person; write an `approval` step")


def kind_of(node: Node) -> Json:
    executor = node.peek(*EXECUTORS)
    return executor.get("type") if isinstance(executor, dict) else executor


def words_of(value: Json) -> list[str]:
    """A program with its arguments, which Dagu takes as a text and as a list."""
    if isinstance(value, list):
        return [text_of(word) for word in value]
    return text_of(value).split()


def interpreter(command: list[str], text: str, shell: list[str]) -> list[str]:
    """What the text is given to; nothing for a plain /bin/sh. Raises LeftOut."""
    first = text.split("\n", 1)[0]
    shebang = first.removeprefix("#!").split() if first.startswith("#!") else []
    said = command or shell or shebang
    names = [PurePosixPath(said[0]).name, *said[1:]] if said else []
    words = names[1:] if names[:1] == ["env"] else names
    if not words:  # as Dagu begins its own shell
        return ["sh", "-e", "-c"] if SEVERAL.search(text.strip()) else []
    flags = [word.lstrip("-") for word in words[1:]]
    if words[0] not in INTERPRETERS or any(
        "c" in each or "s" in each for each in flags
    ):
        told = f"is a script for `{' '.join(words)}`"
        raise LeftOut(f"{told}; write it into a file, and a command")
    return [*words, "-c"]


def typed(value: str, kind: str) -> Json:
    return value if kind in ("string", "text") or "{{" in value else plain(value)


def loop_of(value: Json) -> tuple[str | None, Step]:
    """The items of `parallel` as an expression, and how many may be done at once."""
    if value is None:
        return None, {}
    given = value if isinstance(value, dict) else {"items": value}
    items, most = given.get("items"), given.get("maxConcurrent")
    if not isinstance(items, list) or VARIABLE.search(str(items)):
        raise LeftOut("is done for items that are known when it runs")
    found = [item if isinstance(item, dict) else text_of(item) for item in items]
    return literal(found), {"max_parallel": most} if count_of(most) else {}
