"""What holds for every kind: missing data comes first, outputs are bounded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.definition.kinds import (
    Approval,
    Artifact,
    Elsewhere,
    Fail,
    Http,
    Llm,
    Section,
    SetValues,
    Shell,
    Unread,
    Wait,
)
from engine.definition.model import Agent, ContextSource, Step, Workflow
from engine.definition.typed import Field
from engine.machine.state import (
    Actor,
    DecisionAwaited,
    FileAwaited,
    RunState,
    RunStatus,
    ValuesAwaited,
)
from engine.steps import Done, StepFailed, Waits, perform

NOW = 1_700_000_000.0


def step(do: Any, **more: Any) -> Step:
    return Step(id="s", kind="any", do=do, **more)


async def refused(work: Any) -> StepFailed:
    with pytest.raises(StepFailed) as caught:
        await perform(work, NOW)
    assert "\n" not in caught.value.failure.message
    return caught.value


async def test_set_leaves_values_with_their_types(make_work: Any) -> None:
    values = {"n": "{{ inputs.n * 2 }}", "s": "n={{ inputs.n }}", "l": [1, {"a": None}]}
    work = make_work(step(SetValues(values=values)), {"inputs": {"n": 4}})
    done = await perform(work, NOW)
    assert done == Done({"n": 8, "s": "n=4", "l": [1, {"a": None}]})


async def test_set_holds_its_values_to_its_output(make_work: Any) -> None:
    output = {"n": Field(type="integer"), "m": Field(has_default=True, default="d")}
    work = make_work(step(SetValues(values={"n": 1}), output=output))
    assert (await perform(work, NOW)).output == {"n": 1, "m": "d"}
    work = make_work(step(SetValues(values={"n": "one"}), output=output))
    assert (await refused(work)).failure.kind == "output"


async def test_fail_fails_with_its_words_and_is_not_repeated(make_work: Any) -> None:
    work = make_work(step(Fail(message="no {{ inputs.x }}")), {"inputs": {"x": "y"}})
    failure = (await refused(work)).failure
    assert (failure.kind, failure.message, failure.retryable) == ("fail", "no y", False)


@pytest.mark.parametrize(
    ("wait", "until"),
    [
        (Wait(seconds=90), NOW + 90),
        (Wait(until="today"), NOW),
        (Wait(until="'2023-11-20'"), datetime(2023, 11, 20, tzinfo=UTC).timestamp()),
        (Wait(until="'2023-11-20T12:00:00+02:00'"), 1_700_474_400.0),
        (Wait(until="inputs.at"), NOW + 5),
        (Wait(until="'1999-01-01'"), NOW),
    ],
)
async def test_a_wait_ends_at_a_time_that_is_never_past(
    make_work: Any, wait: Wait, until: float
) -> None:
    today = datetime.fromtimestamp(NOW, UTC).date()
    work = make_work(step(wait), {"today": today, "inputs": {"at": NOW + 5}})
    assert await perform(work, NOW) == Waits(until)


async def test_a_wait_for_what_is_no_time_fails(make_work: Any) -> None:
    for until in ("'soon'", "none", "[1]", "true"):
        failure = (await refused(make_work(step(Wait(until=until))))).failure
        assert failure.kind == "template"


def waits_for(**about: Any) -> Step:
    return Step(id="it", kind="wait", do=Wait(**about), timeout=60)


@pytest.mark.parametrize(
    ("it", "awaits"),
    [
        (waits_for(file="in/{{ inputs.x }}.csv"), FileAwaited("in/a*.csv")),
        (waits_for(file="in/*.csv"), FileAwaited("in/*.csv", pattern=True)),
        (
            waits_for(decision=Elsewhere("{{ inputs.r }}", "{{ inputs.r }}/ask")),
            DecisionAwaited("r9", "r9/ask"),
        ),
    ],
)
async def test_what_is_to_come_is_written_down_until_when(
    make_work: Any, it: Step, awaits: Any
) -> None:
    work = make_work(it, {"inputs": {"x": "a*", "r": "r9"}})
    assert await perform(work, NOW) == Waits(NOW + 60, awaits)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", ".weir/x", ""])
async def test_a_wait_stays_inside_the_workspace(make_work: Any, name: str) -> None:
    work = make_work(waits_for(file="{{ inputs.x }}"), {"inputs": {"x": name}})
    failure = (await refused(work)).failure
    assert (failure.kind, failure.retryable) == ("missing", False)


async def test_a_run_does_not_wait_for_its_own_decision(make_work: Any) -> None:
    work = make_work(waits_for(decision=Elsewhere("r1", "ask")))
    assert "r1 is this run itself" in (await refused(work)).failure.message


MISSING: dict[str, Any] = {
    "file": Wait(file="{{ customer.arr }}"),
    "decision": Wait(decision=Elsewhere("r2", "{{ customer.arr }}")),
    "set": SetValues(values={"a": ["{{ customer.arr }}"]}),
    "fail": Fail(message="{{ customer.arr }}"),
    "wait": Wait(until="customer.arr"),
    "shell": Shell(run="touch ran; echo {{ customer.arr }}"),
    "list": Shell(run=("touch", "ran", "{{ customer.arr }}")),
    "env": Shell(run="touch ran", env={"A": "{{ customer.arr }}"}),
    "http": Http(url="http://127.0.0.1:1/", json={"a": "{{ customer.arr }}"}),
    "llm": Llm(prompt="{{ customer.arr }}"),
    "agent": Llm(prompt="x", agent="analyst"),
    "artifact": Artifact(title="x", sections=(Section(text="{{ customer.arr }}"),)),
    "approval": Approval(title="{{ customer.arr }}?"),
    "show": Approval(title="x", show=("customer.arr",)),
}


@pytest.mark.parametrize("name", MISSING)
async def test_missing_data_is_found_before_anything_is_done(
    make_work: Any, name: str, log: list[Any]
) -> None:
    it = step(MISSING[name])
    agents = {"analyst": Agent(name="analyst", system="You know {{ customer.arr }}.")}
    workflow = Workflow(name="w", steps=(it,), agents=agents)
    work = make_work(it, {"customer": {}}, workflow=workflow, provider="mock")
    failure = (await refused(work)).failure
    assert (failure.kind, failure.retryable) == ("missing", False)
    assert failure.message.startswith("missing customer.arr; ")
    assert log == []
    assert not (work.workspace.root / "ran").exists()


async def test_all_that_is_missing_is_named_at_once(make_work: Any) -> None:
    prompt = "{{ customer.name }} {{ data.usage.trend }}"
    it = step(Llm(prompt=prompt), requires=("customer.arr", "outputs.a-b.x"))
    work = make_work(it, {"customer": {"arr": None, "name": "x"}}, provider="mock")
    assert (await refused(work)).failure.message.startswith(
        "missing customer.arr, outputs.a-b.x and data.usage.trend; "
    )


async def test_data_that_is_guarded_is_not_missing(make_work: Any) -> None:
    text = "{% if x %}{{ x.y }}{% endif %}{{ z | default('none') }}"
    work = make_work(step(SetValues(values={"t": text})), {"x": None})
    assert (await perform(work, NOW)).output == {"t": "none"}


async def test_a_template_step_may_require_inputs_of_the_run(make_work: Any) -> None:
    state = RunState(
        "r1", RunStatus.RUNNING, "w", "v", 0.0, Actor("a"), inputs={"customer": "acme"}
    )
    it = step(SetValues(values={}), requires=("inputs.customer", "inputs.own"))
    scope = {"inputs": {"own": 1}}
    assert await perform(make_work(it, scope, state=state), NOW) == Done({})
    with pytest.raises(StepFailed, match=r"missing inputs\.customer;"):
        await perform(make_work(it, scope), NOW)


async def test_a_template_that_can_not_be_rendered_says_its_line(
    make_work: Any,
) -> None:
    work = make_work(step(SetValues(values={"a": "x\n{{ inputs.a / 0 }}"})))
    work.scope["inputs"]["a"] = 1
    failure = (await refused(work)).failure
    assert (failure.kind, failure.retryable) == ("template", False)
    assert failure.message.startswith("line 2: ")


async def test_an_output_beyond_a_megabyte_is_refused(make_work: Any) -> None:
    values = {"a": ["{{ inputs.x }}"] * 2}
    scope = {"inputs": {"x": "y" * 600_000}}
    failure = (await refused(make_work(step(SetValues(values=values)), scope))).failure
    assert (failure.kind, failure.retryable) == ("limit", False)


async def test_a_step_that_could_not_be_read_is_refused(make_work: Any) -> None:
    failure = (await refused(make_work(step(Unread())))).failure
    assert failure.kind == "internal"


async def test_the_context_is_a_step_of_its_own(make_work: Any) -> None:
    context = {"a.b": ContextSource(expr="inputs.x + 1")}
    it = Step(id="@context", kind="context", do=Unread())
    workflow = Workflow(name="w", steps=(), context=context)
    work = make_work(it, {"inputs": {"x": 1}}, workflow=workflow)
    done = await perform(work, NOW)
    assert done.output["values"] == {"a": {"b": 2}}
    assert done.output["provenance"]["a.b"]["kind"] == "expr"
    work = make_work(it, workflow=workflow)
    why = "a.b: needs inputs.x, which is missing"
    assert await perform(work, NOW) == Waits(None, ValuesAwaited(("a.b",), why))
