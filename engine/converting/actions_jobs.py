"""The steps of one job of GitHub Actions."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from engine.converting import matrix
from engine.converting.actions_steps import Making
from engine.converting.actions_values import Scope
from engine.converting.carried import (
    Ids,
    LeftOut,
    Node,
    Note,
    Source,
    Step,
    Undecided,
    count_of,
    does_something,
    list_of,
    placed,
    require_decided,
    text_of,
)
from engine.definition.base import Json
from engine.definition.marks import Path
from engine.definition.words import literal

AT_THE_END = {"always()": "", "failure()": "failed", "cancelled()": "cancelled"}
FAILS_NO_RUN = (
    "`always()`: a run does not fail by what is done at its end; there it does"
)
WHY_LEFT = {
    "runs-on": "steps run on this machine, in the workspace's folder",
    "permissions": "steps may do what the runner's user may",
    "concurrency": "a schedule says `overlap`; runs by hand may be side by side",
    "outputs": "steps leave outputs, jobs do not",
    "strategy": "without a matrix a job is done once",
}
Items = list[Note | Step]


class Job(Struct):
    name: str
    node: Node
    needs: list[str]
    defaults: dict[str, str]

    def has_matrix(self) -> bool:
        strategy = self.node.peek("strategy")
        return isinstance(strategy, dict) and "matrix" in strategy

    def is_windows(self) -> bool:
        labels = list_of(self.node.peek("runs-on"))
        return any(text_of(label).startswith("windows") for label in labels)


class Jobs(Struct):
    """Makes the steps of jobs; `wanted` are the conditions under which each is done."""

    source: Source
    scope: Scope
    defaults: dict[str, str]
    ids: Ids = field(default_factory=Ids)
    wanted: dict[str, list[str]] = field(default_factory=dict)
    undecided: set[str] = field(default_factory=set)

    def items(
        self, job: Job, *, alone: bool, head: dict[str, Any]
    ) -> tuple[Items, Items]:
        """What is done for a job, and what is at the end: where it is the only one."""
        needed = (c for need in job.needs for c in self.wanted[need])
        wanted = list(dict.fromkeys(needed))
        notes: list[Note] = []
        gated = job.node.has("environment")
        try:
            require_decided(job.needs, self.undecided)
            wanted += self.decided(job)
            gate = self.gate(job, notes)
            lone = alone and not gate and not job.has_matrix()
            limit(job.node, notes, head if lone else None)
            items, finally_ = self.inside(job, notes, head if alone else None)
            notes += job.node.harmless(WHY_LEFT, f"the job `{job.name}`")
        except LeftOut as why:
            words = f"the job `{job.name}` is left out: it {why}"
            self.wanted[job.name] = wanted
            if isinstance(why, Undecided) or gated:
                self.undecided.add(job.name)
            line, original = job.node.line(), self.source.original(job.node.path)
            return [Note(line, words, original)], []
        self.wanted[job.name] = wanted
        steps = [when(item, wanted) for item in [*gate, *items]]
        return [*notes, *steps], [when(item, wanted) for item in finally_]

    def decided(self, job: Job) -> list[str]:
        try:
            return self.scope.condition(job.node)
        except LeftOut as why:
            raise Undecided(str(why)) from None

    def inside(
        self, job: Job, notes: list[Note], head: dict[str, Any] | None
    ) -> tuple[Items, Items]:
        """Its steps, and those done at the end; `head` where it is the only job."""
        node = job.node
        node.take("name")
        if job.has_matrix():
            return self.loop(job, notes), []
        line, errors = node.line("continue-on-error"), node.take("continue-on-error")
        if errors:
            words = "say `on_error` on its steps"
            told = f"a job's `continue-on-error` is left out: {words}"
            notes.append(Note(line, told))
        prefix = "" if head is not None else f"{job.name}-"
        scope = self.scope.with_env(node, notes)
        making = Making(self.source, scope, self.said(job), self.ids, prefix)
        path, steps = steps_in(node)
        last = trailing(steps) if head is not None else len(steps)
        return making.steps(path, steps[:last]), at_the_end(making, path, steps, last)

    def loop(self, job: Job, notes: list[Note]) -> Items:
        """A job with a matrix, as one step that is done for each of its items."""
        node, line = job.node, job.node.line("strategy")
        strategy = Node(self.source, node.at("strategy"), node.take("strategy"))
        items = matrix.whole(matrix.items_of(strategy.take("matrix")))
        scope = replace(self.scope, matrix=matrix.values_in(items))
        scope = scope.with_env(node, notes)
        making = Making(self.source, scope, self.said(job), self.ids, f"{job.name}-")
        own: Step = {"id": self.ids.new(job.name)}
        own |= node.on_error(notes)
        if strategy.take("fail-fast") is not False and len(items) > 1:
            words = "where one fails the others go on; there they are cancelled"
            notes.append(Note(line, f"`strategy` is not quite the same: {words}"))
        most = strategy.count("max-parallel", notes=notes)
        notes += strategy.left_over({}, "`strategy`")
        inner = making.steps(*steps_in(node))
        if not does_something(inner):
            return inner
        loop: Step = {"in": literal(items), "as": "matrix"}
        if most:
            loop["max_parallel"] = most
        return [own | {"for_each": loop | {"steps": inner}}]

    def said(self, job: Job) -> dict[str, str]:
        """The shell and the folder of its steps that do not say their own."""
        shell = {"shell": "pwsh"} if job.is_windows() else {}
        return shell | self.defaults | job.defaults

    def gate(self, job: Job, notes: list[Note]) -> Items:
        """Of an environment only GitHub knows whether somebody has to review."""
        line, value = job.node.line("environment"), job.node.take("environment")
        name = text_of(value.get("name") if isinstance(value, dict) else value)
        if not name:
            return []
        called = "" if "{" in name else f" ({name})"
        words = "its reviewers are not in the file; a gate asks, take it out if none do"
        notes.append(Note(line, f"`environment` of the job `{job.name}`: {words}"))
        asks = {
            "title": f"Go on with {job.name}{called}?",
            "choices": ["approve", "reject"],
            "timeout": "30d",
            "on_timeout": "expire",
        }
        return [{"id": self.ids.new(f"{job.name}-review"), "approval": asks}]


def steps_in(node: Node) -> tuple[Path, list[Json]]:
    path, steps = node.at("steps"), node.take("steps")
    return path, steps if isinstance(steps, list) else []


def at_the_end(making: Making, path: Path, steps: list[Json], first: int) -> Items:
    """The steps from `first` on, each done where its outcome is the run's."""
    found: Items = []
    for number in range(first, len(steps)):
        node = Node(making.source, (*path, number), steps[number])
        outcome, line = AT_THE_END[status(steps[number])], node.line("if")
        node.take("if")
        wanted = [f'run.outcome == "{outcome}"'] if outcome else []
        for item in making.items(node):
            if not outcome and could_fail(item):
                found.append(Note(line, FAILS_NO_RUN))
            found.append(when(item, wanted))
    return found


def could_fail(item: Note | Step) -> bool:
    return not isinstance(item, Note) and "on_error" not in item


def trailing(steps: list[Json]) -> int:
    """Where the steps begin that are done however the others ended."""
    last = len(steps)
    while last and status(steps[last - 1]) in AT_THE_END:
        last -= 1
    return last


def status(step: Json) -> str:
    said = text_of(step.get("if")) if isinstance(step, dict) else ""
    return said.strip().removeprefix("${{").removesuffix("}}").strip()


def when(item: Note | Step, wanted: list[str]) -> Note | Step:
    """The step with conditions before its own."""
    return item if isinstance(item, Note) else placed(item, None, wanted)


def limit(node: Node, notes: list[Note], head: dict[str, Any] | None) -> None:
    """`timeout-minutes` of a job, which is that of the run where it is the only one."""
    line, minutes = node.line("timeout-minutes"), node.take("timeout-minutes")
    if minutes is None:
        return
    if head is not None and count_of(minutes):
        head["timeout"] = f"{minutes}m"
        return
    words = "steps and the whole have a `timeout`, jobs have none"
    notes.append(Note(line, f"a job's `timeout-minutes` is left out: {words}"))
