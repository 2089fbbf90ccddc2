"""What a step of a case leaves: made as in a run, or as the case says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from engine.attempt import inputs_of, turns_of
from engine.context.found import Surroundings, Unavailable
from engine.context.kept import Kept
from engine.context.lookup import lookup
from engine.definition.fields import json_schema
from engine.definition.kinds import (
    Approval,
    Artifact,
    Fail,
    Http,
    Llm,
    Python,
    SetValues,
    Shell,
    Sql,
    SubRun,
    Wait,
)
from engine.definition.model import ContextSource, Step, Workflow
from engine.definition.template_values import ABSENT
from engine.definition.unfold import asker
from engine.errors import WeirError
from engine.llm.messages import Answer as Answered
from engine.llm.messages import ToolCall, in_words
from engine.llm.mock import Mock
from engine.llm.structured import NotValid, read
from engine.machine.fitting import read_for
from engine.machine.places import arm_of, is_undo, scope_of
from engine.machine.putting import CONTEXT, is_context
from engine.machine.scope import scope
from engine.machine.state import Failure, RunState, StepState
from engine.steps import approval, artifact, context, run, set_values, wait
from engine.steps.llm import agent_of, ask_of, output_of
from engine.steps.missing import lacked
from engine.steps.output import declared
from engine.steps.work import Done, Outcome, StepFailed, Work
from engine.trying.model import Answer, Case, Made
from engine.trying.world import World
from engine.workspace import ProviderConfig, Workspace

Json = Any
FAILED_AS = {"llm": "model", "http": "http", "sql": "internal"}  # else: exit


class Unanswered(WeirError):
    """A step would reach out of the case, which has no answer for it.

    `rehearsed` says it to who has written no case, but looks at a run that was.
    """

    def __init__(self, message: str, rehearsed: str) -> None:
        super().__init__(message)
        self.rehearsed = rehearsed


class Answering:
    """The answers of a case as they are taken, and what was asked for them."""

    def __init__(self, workspace: Workspace, world: World, case: Case) -> None:
        self._workspace = workspace
        self._world = world
        self._case = case
        self._taken: dict[str, int] = {}
        self.prompts: list[Made] = []
        self.gates: list[Made] = []
        self.artifacts: list[Made] = []

    def names_of(self, run: str, step: StepState) -> list[str]:
        """The names that a file may call a step by, the closest first.

        A step of a run inside of another has the place of that one's step in front.
        """
        state = self._world.states[run]
        place = scope_of(step.path) + step.step
        inner = (step.path, place, step.step, asker(step.step))
        if state.parent is None:
            return [*dict.fromkeys(inner)]
        above = self._world.states[state.parent.run].steps[state.parent.path]
        around = self.names_of(state.parent.run, above)
        placed = (f"{name}/{path}" for name in around for path in inner)
        return [*dict.fromkeys([*placed, *inner[2:]])]

    def place_of(self, run: str, step: StepState) -> str:
        """Where a step stands, as it is told: whichever visit, in whichever run."""
        scope = scope_of(step.path)
        turns = asker(step.step) != step.step
        place = arm_of(scope)[0] if turns else scope + step.step
        parent = self._world.states[run].parent
        if parent is None:
            return place
        above = self._world.states[parent.run].steps[parent.path]
        return f"{self.place_of(parent.run, above)}/{place}"

    def _made(self, run: str, step: StepState, text: str) -> Made:
        place = self.place_of(run, step)
        return Made(place, frozenset([place, *self.names_of(run, step)]), text)

    def take(self, run: str, step: StepState) -> Answer | None:
        """The next answer for a step; None when the case has none."""
        for name in self.names_of(run, step):
            answers = self._case.answers.get(name, ())
            used = self._taken.get(name, 0)
            if used < len(answers):
                self._taken[name] = used + 1
                return answers[used]
        return None

    def unused(self) -> list[tuple[str | int, ...]]:
        """Where the answers stand that nothing came to."""
        return [
            answer.path
            for name, answers in self._case.answers.items()
            for answer in answers[self._taken.get(name, 0) :]
        ]

    def perform(self, run: str, state: RunState, path: str) -> Outcome:
        """Raises StepFailed, Unanswered, and what templates do."""
        work = self._work(run, state, path)
        step = state.steps[path]
        if is_context(path):
            return self._context(work)
        if (waits := lacked(work)) is not None:
            return waits
        return self._by_kind(run, step, work)

    def _by_kind(self, run_id: str, step: StepState, work: Work) -> Outcome:
        match work.step.do:
            case SetValues() as do:
                return set_values.perform(work, do)
            case Fail() as do:
                return set_values.perform_fail(work, do)
            case Wait() as do:
                return wait.perform(work, do, self._world.now)
            case SubRun() as do:
                return run.perform(work, do)
            case Approval() as do:
                asked = approval.perform(work, do)
                request = asked.request
                told = [request.title, request.text, *(s.text for s in request.shown)]
                self.gates.append(self._made(run_id, step, "\n\n".join(told)))
                return asked
            case Artifact() as do:
                return self._artifact(run_id, step, work, do)
            case Llm() as do:
                return self._llm(run_id, step, work, do)
            case _:
                answer = self.take(run_id, step)
                return Done(self._left(work, self._need(run_id, step, work, answer)))

    def _artifact(self, run: str, step: StepState, work: Work, do: Artifact) -> Done:
        output, data, _ = artifact.made(work, do)
        self.artifacts.append(self._made(run, step, data.decode()))
        return Done({**output, "path": f"{step.step}.md"}, artifact=True)

    def _llm(self, run: str, step: StepState, work: Work, do: Llm) -> Done:
        config = ProviderConfig()
        ask = ask_of(work, do, agent_of(work, do), config)
        said = "\n\n".join(in_words(message) for message in ask.messages)
        self.prompts.append(self._made(run, step, said))
        answer = self.take(run, step)
        if answer is not None:
            return Done(self._turn(work, do, self._need(run, step, work, answer)))
        made = asyncio.run(Mock().answer(ask, lambda _: None))
        schema = None if made.calls else ask.schema
        value = None if schema is None else read(made.text, schema)
        return Done(output_of(work, do, replace(made, value=value)))

    def _turn(self, work: Work, do: Llm, answer: Answer) -> Json:
        """What an answer of the case leaves: calls, where it says `call` of a tool."""
        if not do.tools or answer.whole:
            return answer.output if answer.whole else self._left(work, answer)
        said = answer.output
        if not (isinstance(said, dict) and said.keys() <= {"calls", "said"}):
            none: dict[str, Json] = {"calls": [], "wrong": [], "said": ""}
            return none | {"left": self._left(work, answer)}
        return output_of(work, do, as_answer(said))

    def _need(
        self, run: str, step: StepState, work: Work, answer: Answer | None
    ) -> Answer:
        """The answer, unless there is none or it says that the step fails."""
        if answer is None and is_undo(step.path):
            return Answer((), output={})
        if answer is None:
            place, kind = self.place_of(run, step), work.step.kind
            raise Unanswered(
                f"{place} would reach out ({kind}), and `answers` does not say what it"
                f" leaves: {place}: …",
                f"it would come to {place} ({kind}), of which the run tells no answer;"
                " what follows can't be told",
            )
        if answer.fails:
            kind = answer.kind or FAILED_AS.get(work.step.kind, "exit")
            failure = Failure(kind, answer.fails, "", answer.retry, sign=answer.sign)
            raise StepFailed(failure)
        return answer

    def _left(self, work: Work, answer: Answer) -> Json:
        """What the step leaves, in the form that a step of its kind leaves it."""
        said, fields = answer.output, work.step.output
        if answer.whole:
            return fitting(said, work.step) if fields else said
        match work.step.do:
            case Llm():
                if not fields:
                    return said if isinstance(said, dict) else {"text": str(said)}
                return fitting(said, work.step)
            case _ if fields:
                return declared(fields, said, "the answer of the test")
            case Shell() if not isinstance(said, dict):
                return {"stdout": str(said), "stderr": "", "exit": 0}
            case Http() if not (isinstance(said, dict) and "status" in said):
                kind = "text" if isinstance(said, str) else "json"
                return {"status": 200, "headers": {}, kind: said}
            case Python():
                return {"value": said}
            case Sql(one=one, write=write) if not isinstance(said, dict):
                return {"changed" if write else "row" if one else "rows": said}
        return said

    def _context(self, work: Work) -> Outcome:
        """What the case gives, and from files of the workspace the rest."""
        given = {**work.state.context, **nested(self._case.context)}
        names = work.state.steps[work.path].looks_up or ()
        for name in names:
            source = work.workflow.context[name]
            outside = reaches_out(source, work.workflow)
            absent = lookup(given, name.split(".")) is ABSENT
            if outside and absent and not source.optional:
                raise Unanswered(
                    f"`{name}` is looked up by {outside}, and `context` does not say"
                    f" what it is: {name}: …",
                    f"it would look up `{name}` ({outside}), which the run did not"
                    " have; what follows can't be told",
                )
        kept = Kept(self._workspace.folder / "never", self._world.now, work.redact)
        around = Surroundings(
            self._workspace, kept, {}, _unheard, _unheard, work.why_no_secret
        )
        inside = replace(work, workflow=without_the_outside(work.workflow))
        looking = context.found(inside, around, self._world.now, given)
        try:
            return asyncio.run(looking)
        except Unavailable as error:
            raise StepFailed(Failure(error.kind, str(error))) from error

    def _work(self, run: str, state: RunState, path: str) -> Work:
        plan = self._world.plan_of(run)
        step = plan.steps.get(state.steps[path].step, _CONTEXT_STEP)
        names = scope(plan, state, self._world.now, scope_of(path))
        names["env"] = dict(self._case.env)
        names["secrets"] = {
            name: f"‹{name}›" for name in self._workspace.config.secrets
        }
        if step.template is not None:
            names["inputs"] = inputs_of(step, names)
        names = read_for(step, names)
        return Work(
            turns=turns_of(plan, state, path),
            run=state.id,
            path=path,
            attempt=state.steps[path].attempt,
            step=step,
            workflow=plan.workflow,
            scope=names,
            workspace=self._workspace,
            state=state,
            log=_unheard,
            started=_unheard,
            foreseen=plan.foreseen if step is _CONTEXT_STEP else {},
            sure=plan.sure if step is _CONTEXT_STEP else {},
        )


_CONTEXT_STEP = Step(id=CONTEXT, kind="context", do=None)  # type: ignore[arg-type]


def as_answer(said: dict[str, Json]) -> Answered:
    """The calls that a case lets a model ask for: each a tool with its arguments."""
    calls = tuple(
        ToolCall(f"call-{number}", name, msgspec.json.encode(arguments).decode())
        for number, each in enumerate(said.get("calls") or (), 1)
        for name, arguments in each.items()
    )
    return Answered(said.get("said", ""), calls=calls)


def fitting(said: Json, step: Step) -> Json:
    """An answer that fits what the step declares, as a model's has to."""
    try:
        return read(msgspec.json.encode(said).decode(), json_schema(step.output))
    except NotValid as wrong:
        raise Unanswered(
            f"the answer of {step.id} does not fit its `output`: {wrong}",
            f"what {step.id} was answered would not fit its `output`: {wrong}",
        ) from wrong


def reaches_out(source: ContextSource, workflow: Workflow) -> str:
    """`http` or `shell` where a source asks the world; "" for one that does not."""
    while source.source is not None:
        source = workflow.sources[source.source].body
    if source.http is not None:
        return "http"
    return "shell" if source.shell is not None else ""


def without_the_outside(workflow: Workflow) -> Workflow:
    """The workflow, in which what asks the world and may be missing is missing."""
    missing = ContextSource(expr="none", optional=True)
    inside = {
        name: missing if reaches_out(source, workflow) else source
        for name, source in workflow.context.items()
    }
    return replace(workflow, context=inside)


def nested(values: Mapping[str, Json]) -> dict[str, Json]:
    """Values by their dotted names, as templates read them."""
    found: dict[str, Json] = {}
    for name, value in values.items():
        *outer, last = name.split(".")
        inner = found
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return found


def _unheard(*_: object) -> None:
    """What is told while nothing is done belongs to no run."""
