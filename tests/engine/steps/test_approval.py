"""A gate asks what was rendered once, and its digest changes with every part of it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec
import pytest

from engine.definition.kinds import Approval, Choice, SetValues
from engine.definition.model import Branch, Parallel, Route, Step, Workflow
from engine.machine.state import Request, Shown
from engine.steps import Asks, perform
from engine.steps.approval import digest_of

CHOICES = (Choice("approve", approves=True), Choice("rework"), Choice("reject"))


def gate(**more: Any) -> Step:
    routes = more.pop("route", ())
    do = Approval(**{"title": "Send?", "choices": CHOICES, **more})
    return Step(id="gate", kind="approval", do=do, route=routes)


def within(it: Step, **steps: Any) -> Workflow:
    def make(name: str, **more: Any) -> Step:
        return Step(id=name, kind="set", do=SetValues(values={}), **more)

    return Workflow(name="w", steps=(make("risk"), it, make("send")))


async def asked(make_work: Any, it: Step, scope: Any = None) -> Request:
    outcome = await perform(make_work(it, scope, workflow=within(it)), 0.0)
    assert isinstance(outcome, Asks)
    assert outcome.digest == digest_of("r1", "gate", outcome.request)
    return outcome.request


async def test_what_it_asks_is_rendered(make_work: Any) -> None:
    it = gate(title="Send to\n{{ inputs.to }}?", text="By {{ inputs.by }}", risk="high")
    request = await asked(make_work, it, {"inputs": {"to": "Ana", "by": "now"}})
    assert (request.title, request.text) == ("Send to Ana?", "By now")
    assert request.choices == ("approve", "rework", "reject")
    assert request.risk == "high"


async def test_what_it_shows_is_whole_and_has_a_digest(make_work: Any) -> None:
    names = (
        "artifacts.brief", "artifacts.mail", "outputs.risk", "outputs.risk.why",
        "outputs.a-b", "artifacts.brief.title",
    )  # fmt: skip
    long = "line\n" * 10_000
    scope = {
        "artifacts": {
            "brief": {"text": long, "form": "report", "title": "T"},
            "mail": {"text": "To: a", "form": "email"},
        },
        "outputs": {"risk": {"why": "ü\x1b[2J", "a": [1]}, "a-b": None},
    }
    request = await asked(make_work, gate(show=names), scope)
    shown = {each.name: each for each in request.shown}
    assert list(shown) == list(names)
    assert (shown["artifacts.brief"].text, shown["artifacts.brief"].form) == (
        long,
        "markdown",
    )
    assert shown["artifacts.mail"].form == "text"
    assert shown["outputs.risk.why"].text == "ü\x1b[2J"
    assert shown["outputs.risk"].form == "json"
    assert json.loads(shown["outputs.risk"].text) == scope["outputs"]["risk"]
    assert shown["outputs.risk"].text.index('"a"') < shown["outputs.risk"].text.index(
        '"why"'
    )
    assert shown["outputs.a-b"].text == "null"
    assert shown["artifacts.brief.title"].text == "T"
    for each in request.shown:
        assert each.digest == hashlib.sha256(each.text.encode()).hexdigest()


WHEN = Route(to="risk", when="outputs.x > 1")
THEN: dict[str, tuple[tuple[Route, ...], dict[str, str]]] = {
    "alone": (
        (),
        {
            "approve": "go on to send",
            "rework": "the run fails",
            "reject": "the run fails",
        },
    ),
    "routed": (
        (Route(to="risk", choice="rework"), Route(to="end", choice="reject")),
        {"approve": "go on to send", "rework": "go to risk", "reject": "the run ends"},
    ),
    "default": (
        (WHEN, Route(to="risk", choice="rework"), Route(to="end")),
        {
            "approve": "go to risk if outputs.x > 1, else the run ends",
            "rework": "go to risk",
            "reject": "the run fails",
        },
    ),
    "a no on a condition": (
        (Route(to="risk", choice="reject", when="outputs.x > 1"),),
        {
            "approve": "go on to send",
            "rework": "the run fails",
            "reject": "go to risk if outputs.x > 1, else the run fails",
        },
    ),
    "open": (
        (WHEN,),
        {
            "approve": "go to risk if outputs.x > 1, else go on to send",
            "rework": "the run fails",
            "reject": "the run fails",
        },
    ),
}


@pytest.mark.parametrize("name", THEN)
async def test_it_says_what_each_choice_leads_to(make_work: Any, name: str) -> None:
    routes, then = THEN[name]
    assert (await asked(make_work, gate(route=routes))).then == then


async def test_the_last_step_of_a_graph_leads_to_the_end(make_work: Any) -> None:
    first = msgspec.structs.replace(gate(), needs=())
    rest = [
        Step(id=name, kind="set", do=SetValues(values={}), needs=("gate",))
        for name in ("a", "b")
    ]
    for steps, said in (
        ((first, *rest), "go on to a and b"),
        ((first,), "the run ends"),
    ):
        workflow = Workflow(name="w", steps=steps)
        outcome = await perform(make_work(first, workflow=workflow), 0.0)
        assert outcome.request.then["approve"] == said


REQUEST = Request(
    title="Send?",
    text="Now",
    shown=(Shown("outputs.risk", "1", "d"),),
    choices=("approve", "reject"),
    then={"approve": "go on to send", "reject": "end"},
)
OTHERS = {
    "title": "Send!",
    "text": "now",
    "shown": (Shown("outputs.risk", "2", "d"),),
    "choices": ("reject", "approve"),
    "then": {"approve": "end", "reject": "end"},
    "risk": "high",
}


@pytest.mark.parametrize("part", OTHERS)
def test_the_digest_changes_with_every_part(part: str) -> None:
    other = msgspec.structs.replace(REQUEST, **{part: OTHERS[part]})
    assert digest_of("r1", "gate", other) != digest_of("r1", "gate", REQUEST)


def test_the_digest_is_of_this_gate_of_this_run() -> None:
    digests = {
        digest_of(run, path, REQUEST) for run in ("r1", "r2") for path in ("a", "a#2")
    }
    assert len(digests) == 4


def test_the_digest_does_not_hang_on_the_order_of_keys() -> None:
    then = dict(reversed(REQUEST.then.items()))
    other = msgspec.structs.replace(REQUEST, then=then)
    assert digest_of("r1", "gate", other) == digest_of("r1", "gate", REQUEST)
    again = msgspec.json.decode(msgspec.json.encode(REQUEST), type=Request)
    assert digest_of("r1", "gate", again) == digest_of("r1", "gate", REQUEST)


def test_the_digest_of_a_released_request_stays_what_it_was() -> None:
    # Decisions on disk are bound to it: canonical JSON may not change in silence.
    assert (
        digest_of("r1", "gate", REQUEST)
        == hashlib.sha256(
            b"weir/approval/v1\0"
            b'{"path":"gate","request":{"choices":["approve","reject"],'
            b'"shown":[{"digest":"d","name":"outputs.risk","text":"1"}],'
            b'"text":"Now","then":{"approve":"go on to send","reject":"end"},'
            b'"title":"Send?"},"run":"r1"}'
        ).hexdigest()
    )


async def test_a_choice_says_what_it_does_to_the_arm_the_gate_stands_in(
    make_work: Any,
) -> None:
    it = gate()
    legal = Step("p", "parallel", Parallel((Branch("legal", (it,)),)))
    outcome = await perform(make_work(it, workflow=Workflow("w", (legal,))), 0.0)
    assert isinstance(outcome, Asks)
    assert outcome.request.then == {
        "approve": "branch legal ends",
        "rework": "branch legal fails",
        "reject": "branch legal fails",
    }
