"""A model that may call tools: asked in turns, each call a step of its own."""

from __future__ import annotations

import pytest

from engine.definition.graph import compile_graph
from engine.definition.kinds import Approval, Llm, SetValues, Shell, Tool
from engine.definition.link import link
from engine.definition.model import Agent, Definition, Step, StepTemplate, Workflow
from engine.definition.typed import Field
from engine.errors import CommandRefused, InvalidDefinition
from engine.machine import commands as c
from engine.machine.plan import Plan
from engine.machine.turns import Turn, turns_before
from tests.engine.machine.given import ANA, DIGEST, REQUEST, Given, set_step, shell_step

ASK = "triage[turns]/triage.ask"
CALLS = "triage[turns]/triage.calls"
LOOKUP, REFUND = Field(type="string"), Field(type="number")


def template(name: str, do: object, **inputs: Field) -> StepTemplate:
    body = Step(id=name, kind="shell", do=do)  # type: ignore[arg-type]
    return StepTemplate(name=name, body=body, inputs=inputs)


def library(*tools: Tool, **about: object) -> dict[str, Definition]:
    return {
        "step/lookup": template("lookup", SetValues({"x": 1}), order=LOOKUP),
        "step/refund": template("refund", Shell("true"), amount=REFUND),
        "agent/helper": Agent(name="helper", tools=tools, **about),  # type: ignore[arg-type]
    }


def asking(*tools: Tool, **about: object) -> Plan:
    step = Step(id="triage", kind="llm", do=Llm(prompt="?", agent="helper"))
    steps = (step, set_step("after"))
    linked = link(Workflow(name="w", steps=steps), library(*tools, **about))
    return Plan(linked, compile_graph(linked))


BOTH = asking(Tool("lookup"), Tool("refund"))
REASONED = asking(
    Tool("refund", gate=Approval(title="?", reasons={"late": "Too late."}))
)


def calls(*tools: str) -> dict[str, object]:
    made = [
        {"id": f"c{n}", "tool": tool, "arguments": {"amount": n}}
        for n, tool in enumerate(tools, 1)
    ]
    return {"calls": made, "wrong": [], "said": "", "left": None}


def answer(left: object) -> dict[str, object]:
    return {"calls": [], "wrong": [], "said": "", "left": left}


def turns(given: Given, path: str) -> tuple[Turn, ...]:
    assert given.state is not None
    return turns_before(given.plan, given.state, path)


def test_an_answer_without_calls_is_what_the_step_leaves() -> None:
    given = Given(BOTH)
    given.succeed(ASK, answer({"text": "done"}))
    assert given.state is not None
    assert given.step("triage") == "succeeded"
    assert given.state.steps["triage"].output == {"text": "done"}
    assert given.step("after") == "ready"


def test_calls_are_made_side_by_side_and_then_the_model_is_asked_again() -> None:
    given = Given(BOTH)
    given.succeed(ASK, calls("lookup", "lookup"))
    given.succeed(f"{CALLS}[2]/triage.call-lookup", {"x": 2})
    assert f"{ASK}#2" not in given.state.steps  # type: ignore[union-attr]
    given.succeed(f"{CALLS}[1]/triage.call-lookup", {"x": 1})
    assert given.step(f"{ASK}#2") == "ready"
    (turn,) = turns(given, f"{ASK}#2")
    assert [(call.id, call.result) for call in turn.calls] == [
        ("c1", '{"x": 1}'),
        ("c2", '{"x": 2}'),
    ]


def test_what_reaches_outside_waits_for_a_person() -> None:
    given = Given(BOTH)
    given.succeed(ASK, calls("refund"))
    assert given.step(f"{CALLS}[1]/triage.allow-refund") == "ready"
    given.ask(f"{CALLS}[1]/triage.allow-refund")
    assert f"{CALLS}[1]/triage.call-refund" not in given.state.steps  # type: ignore[union-attr]
    given.decide("approve")
    assert given.step(f"{CALLS}[1]/triage.call-refund") == "ready"


def test_a_no_is_told_to_the_model_and_the_call_is_never_made() -> None:
    given = Given(BOTH)
    given.succeed(ASK, calls("refund", "lookup"))
    given.ask(f"{CALLS}[1]/triage.allow-refund")
    given.decide("reject", comment="not this one")
    given.succeed(f"{CALLS}[2]/triage.call-lookup", {"x": 1})
    assert f"{CALLS}[1]/triage.call-refund" not in given.state.steps  # type: ignore[union-attr]
    (turn,) = turns(given, f"{ASK}#2")
    assert turn.calls[0].result == (
        "This was not done. ana answered `reject`: not this one"
    )


def test_a_reason_is_told_with_what_was_written_besides() -> None:
    for comment, told in (("", "Too late."), ("by a week", "Too late.; by a week")):
        given = Given(REASONED)
        given.succeed(ASK, calls("refund"))
        given.ask(f"{CALLS}[1]/triage.allow-refund")
        given.decide("reject", comment=comment, reason="late")
        (turn,) = turns(given, f"{ASK}#2")
        assert turn.calls[0].result.endswith(f"answered `reject`: {told}")


def test_a_no_to_a_call_stands_when_the_run_is_retried() -> None:
    given = Given(BOTH)
    given.succeed(ASK, calls("refund"))
    given.ask(f"{CALLS}[1]/triage.allow-refund")
    given.decide("reject")
    given.fail(f"{ASK}#2", retryable=False)
    assert given.status == "failed"
    given.do(c.RetryRun(ANA))
    assert given.step(f"{ASK}#2") == "ready"
    assert f"{CALLS}[1]/triage.call-refund" not in given.state.steps  # type: ignore[union-attr]
    with pytest.raises(CommandRefused):
        given.do(c.GoBack(f"{CALLS}[1]/triage.allow-refund", ANA))


def test_a_call_that_fails_is_told_to_the_model() -> None:
    given = Given(BOTH)
    given.succeed(ASK, calls("lookup"))
    given.fail(f"{CALLS}[1]/triage.call-lookup", retryable=False)
    assert given.step(f"{ASK}#2") == "ready"
    (turn,) = turns(given, f"{ASK}#2")
    assert "exit status 1" in turn.calls[0].result


def test_calls_that_can_not_be_made_are_answered_without_a_step() -> None:
    given = Given(BOTH)
    wrong = {"id": "c9", "tool": "fly", "arguments": "{}", "why": "no such tool"}
    given.succeed(ASK, {**calls(), "wrong": [wrong]})
    assert given.step(CALLS) == "succeeded"
    (turn,) = turns(given, f"{ASK}#2")
    assert [call.result for call in turn.calls] == ["no such tool"]


def test_who_asks_too_often_fails() -> None:
    given = Given(asking(Tool("lookup"), max_turns=2))
    for path, made in ((ASK, CALLS), (f"{ASK}#2", f"{CALLS}#2")):
        given.succeed(path, calls("lookup"))
        given.succeed(f"{made}[1]/triage.call-lookup", 1)
    assert given.status == "failed"
    assert given.state is not None
    assert "triage.ask asked for tools 2 times, its max_turns" in given.state.reason


def test_an_expression_decides_which_calls_are_looked_at() -> None:
    rule = "call.arguments.amount > 1"
    given = Given(asking(Tool("refund", approve=rule, unattended=True)))
    given.succeed(ASK, calls("refund", "refund"))
    assert given.step(f"{CALLS}[1]/triage.call-refund") == "ready"
    assert given.step(f"{CALLS}[2]/triage.allow-refund") == "ready"


def test_a_gate_nobody_answers_is_no_yes() -> None:
    gate = Approval(title="", timeout=60, on_timeout="expire")
    given = Given(asking(Tool("refund", gate=gate)))
    given.succeed(ASK, calls("refund"))
    path = f"{CALLS}[1]/triage.allow-refund"
    attempt = given.begin(path)
    given.do(c.RequestApproval(path, attempt, "w1", "a1", REQUEST, DIGEST))
    given.now += 61
    given.do(c.FireTimer(path))
    (turn,) = turns(given, f"{ASK}#2")
    assert "nobody decided" in turn.calls[0].result


def test_a_cancelled_run_calls_nothing_more() -> None:
    given = Given(BOTH)
    given.succeed(ASK, calls("lookup", "refund"))
    given.do(c.CancelRun(ANA))
    assert given.status == "cancelled"
    assert given.step(f"{CALLS}[1]/triage.call-lookup") == "cancelled"


def test_tools_that_lead_back_to_their_agent_are_refused() -> None:
    own = StepTemplate(
        name="again", body=Step(id="again", kind="llm", do=Llm("?", agent="helper"))
    )
    step = Step(id="triage", kind="llm", do=Llm(prompt="?", agent="helper"))
    found = {**library(Tool("again")), "step/again": own}
    with pytest.raises(InvalidDefinition, match="among whose tools it is"):
        link(Workflow(name="w", steps=(step,)), found)


def test_an_agent_without_tools_is_asked_once() -> None:
    given = Given(asking())
    given.succeed("triage", {"text": "done"})
    assert given.step("after") == "ready"


def test_what_a_call_did_is_undone_with_the_run() -> None:
    undone = Step(id="refund", kind="shell", do=Shell("true"), undo=Shell("false"))
    found = library(Tool("refund", unattended=True))
    found["step/refund"] = StepTemplate(name="refund", body=undone)
    step = Step(id="triage", kind="llm", do=Llm(prompt="?", agent="helper"))
    linked = link(Workflow(name="w", steps=(step, shell_step("after"))), found)
    given = Given(Plan(linked, compile_graph(linked)))
    given.succeed(ASK, calls("refund"))
    call = f"{CALLS}[1]/triage.call-refund"
    given.succeed(call, 1)
    given.succeed(f"{ASK}#2", answer("done"))
    given.do(c.RollBack("", ANA))
    assert given.step(f"{call}~undo") == "ready"
