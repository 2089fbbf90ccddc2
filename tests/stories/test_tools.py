"""An agent that calls tools, with people in front of those that cost something."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.model_server import ModelServer, calls, says
from tests.stories.place import Place, until

CONFIG = """provider = "house"
model = "m"
[providers.house]
base_url = "{url}"
"""
FILES = {
    "lookup": """step: lookup
description: Look up an order by its number.
inputs: {order: {type: string}}
unattended: true
shell: {run: [echo, "{{ inputs.order }} was paid"]}
""",
    "refund": """step: refund
inputs:
  order: {type: string}
  amount: {type: number, minimum: 0}
shell:
  run: [sh, -c, 'echo "$*" >> paid.txt', x, "{{ inputs.order }}", "{{ inputs.amount }}"]
""",
    "helper": """agent: helper
system: You help.
tools:
  - lookup
  - {use: refund, with: {order: A17}, title: "Refund {{ inputs.amount }}?"}
""",
    "triage": """workflow: triage
steps:
  - {id: triage, llm: {agent: helper, prompt: Where is A17?}}
  - {id: keep, set: {said: "{{ outputs.triage.text }}"}}
""",
}
GATE = "triage[turns]/triage.calls#2[1]/triage.allow-refund"
MakePlace = Callable[..., Place]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(default=says("It is done.")) as there:
        yield there


def told(server: ModelServer) -> list[str]:
    """What the model was told last of what came of its calls."""
    messages = server.requests[-1].body["messages"]
    return [m["content"] for m in messages if m["role"] == "tool"]


def test_a_call_waits_for_its_gate_over_a_kill_and_is_made_once(
    make_place: MakePlace, server: ModelServer
) -> None:
    place = make_place(config=CONFIG.format(url=server.url), **FILES)
    server.then(
        calls(("lookup", {"order": "A17"})),
        calls(("refund", {"amount": 12.5}), said="I pay it back."),
    )
    run = place.start("triage")
    runner = place.wake()
    place.until_run(run, "waiting")
    place.kill(runner)
    assert not (place.root / "paid.txt").exists()
    assert "Refund 12.5?" in place.weir("inbox")
    assert GATE in place.weir("why", run)
    assert '"order": "A17"' in place.weir("approve", run, "--yes")
    state = place.until_run(run, "succeeded")
    assert (place.root / "paid.txt").read_text() == "A17 12.5\n"
    assert state.steps["keep"].output == {"said": "It is done."}
    assert len(server.requests) == 3
    tools = [each["function"] for each in server.requests[0].body["tools"]]
    assert [tool["name"] for tool in tools] == ["lookup", "refund"]
    assert [*tools[1]["parameters"]["properties"]] == ["amount"]


def test_a_no_is_answered_to_the_model_with_the_reason(
    make_place: MakePlace, server: ModelServer
) -> None:
    place = make_place(config=CONFIG.format(url=server.url), **FILES)
    server.then(calls(("refund", {"amount": 900}), ("lookup", {"order": "A17"})))
    run = place.start("triage")
    place.wake()
    place.until_run(run, "waiting")
    place.weir("reject", run, "--comment", "Never that much", "--yes")
    place.until_run(run, "succeeded")
    assert not (place.root / "paid.txt").exists()
    no, yes = told(server)
    assert "Never that much" in no
    assert "A17 was paid" in yes
    assert "Never that much" in place.weir("audit", "--run", run)


def test_calls_that_make_no_sense_are_told_back_and_nothing_runs(
    make_place: MakePlace, server: ModelServer
) -> None:
    place = make_place(config=CONFIG.format(url=server.url), **FILES)
    server.then(
        calls(("refund", {"amount": -1}), ("fly", {}), ("lookup", "{not json")),
        calls(("refund", {"amount": 5, "order": "B99"})),
    )
    run = place.start("triage")
    place.wake()
    place.until_run(run, "succeeded")
    assert until(lambda: len(server.requests)) == 3
    low, unknown, broken, other = told(server)
    assert "at least 0" in low
    assert "there is no tool 'fly'" in unknown
    assert "not JSON" in broken
    assert "unknown argument `order`" in other
    assert not (place.root / "paid.txt").exists()
