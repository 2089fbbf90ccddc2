"""Histories of every release stay readable, and mean what they meant.

A file holds runs: a line for each event, then one with the state they leave. Written by
`python -m tests.engine.machine.test_histories NAME` when a release is made, and never
changed afterwards.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from engine.definition.kinds import Escalate, Remind, Shell
from engine.definition.model import ContextSource, Retry, Route
from engine.machine import commands as c
from engine.machine.codec import decode, encode
from engine.machine.events import AnyEvent, Entry
from engine.machine.evolve import fold
from engine.machine.state import Forked, Kept, Variant
from tests.engine.machine.given import (
    ANA,
    BOB,
    Given,
    checks_step,
    gate_step,
    loop_step,
    parallel_step,
    plan,
    reading,
    run_step,
    set_step,
    shell_step,
    wait_step,
)

FOLDER = Path(__file__).parents[2] / "histories"
RELEASES = sorted(path.name for path in FOLDER.glob("*.jsonl"))
EVENTS = {kind.__name__ for kind in get_args(AnyEvent)}


class Line(msgspec.Struct):
    """An event, or (with `state`) the end of a run."""

    seq: int = 0
    at: float = 0.0
    cause: int = 0
    event: msgspec.Raw = msgspec.Raw()
    state: msgspec.Raw = msgspec.Raw()


@pytest.mark.parametrize("release", RELEASES)
def test_a_released_history_means_what_it_meant(release: str) -> None:
    history: list[Entry] = []
    runs = 0
    for text in (FOLDER / release).read_bytes().splitlines():
        line = msgspec.json.decode(text, type=Line)
        if bytes(line.state):
            left = msgspec.json.decode(msgspec.json.encode(fold(history)))
            told = msgspec.json.decode(line.state)
            assert with_all(left, told) == left, "a field may be added, none may change"
            history, runs = [], runs + 1
        else:
            event = decode(bytes(line.event))
            history.append(Entry(line.seq, line.at, line.cause, event))
    assert runs
    assert not history


def with_all(left: Any, told: Any) -> Any:
    """What is left, with each field that was told as it was told."""
    if not (isinstance(left, dict) and isinstance(told, dict)):
        return told
    return left | {key: with_all(left.get(key), value) for key, value in told.items()}


def test_the_newest_history_holds_every_kind_of_event() -> None:
    text = (FOLDER / RELEASES[-1]).read_text()
    assert {kind for kind in EVENTS if f'"type":"{kind}"' in text} == EVENTS


def stories() -> list[Given]:
    """Runs that together meet every kind of event."""
    loop = (Route(to="draft", choice="rework"), Route(to="after", choice="approve"))
    whole = Given(
        plan(
            set_step("draft"),
            gate_step(route=loop),
            wait_step("after"),
            set_step("never", when="false"),
            shell_step("send", retry=Retry(attempts=2, delay=1)),
        )
    )
    whole.succeed("draft", {"text": "hello"})
    whole.ask()
    whole.decide("rework", comment="warmer")
    whole.succeed("draft#2", {"text": "dear all"})
    whole.ask("gate#2", "a2")
    whole.decide("approve", approval="a2")
    attempt = whole.begin("after")
    whole.do(c.BeginWait("after", attempt, "w1", whole.now + 60))
    whole.do(c.PauseRun(ANA, "lunch"))
    whole.do(c.ResumeRun(ANA))
    whole.now += 60
    whole.do(c.FireTimer("after"))
    whole.fail("send")
    whole.now += 5
    whole.do(c.FireTimer("send"))
    attempt = whole.begin("send")
    whole.do(c.ReportLost("send", attempt, "w1", "gone"))
    whole.do(c.ResolveStep("send", "fail", ANA))
    whole.do(c.RetryRun(ANA))
    whole.succeed("send", {"exit": 0})
    expired = Given(plan(gate_step(timeout=60, on_timeout="remind"), set_step("x")))
    expired.ask()
    expired.now += 60
    expired.do(c.FireTimer("gate"))
    expired.do(c.WithdrawApproval("a1", ANA))
    silent = Given(plan(gate_step(timeout=60, on_timeout="expire"), set_step("x")))
    silent.ask()
    silent.now += 60
    silent.do(c.FireTimer("gate"))
    return [
        whole,
        expired,
        silent,
        with_arms(),
        with_a_child(),
        with_an_end(),
        steered(),
        undone(),
        forked(),
        adopted(),
        ticked(),
        looked_up_late(),
        escalated(),
    ]


def escalated() -> Given:
    more = Escalate(after=60, to=("lead",), approvers=("bob",))
    gate = gate_step(approvers=("ana",), remind=Remind(after=30), escalate=more)
    run = Given(plan(gate))
    run.ask()
    for _ in range(2):
        run.now += 30
        run.do(c.FireTimer("gate"))
    run.decide("approve", BOB)
    return run


def with_arms() -> Given:
    loop = loop_step("m", '["a", "b", "c"]', shell_step("x"), max_parallel=2)
    run = Given(plan(loop))
    run.succeed("m[a]/x", {"exit": 0})
    run.fail("m[b]/x")
    run.succeed("m[c]/x", {"exit": 0})
    run.do(c.RetryRun(ANA))
    run.succeed("m[b]/x", {"exit": 0})
    return run


def with_a_child() -> Given:
    run = Given(plan(run_step("sub")), pins={"workflow/other": "v2"})
    attempt = run.begin("sub")
    run.do(c.BeginChild("sub", attempt, "w1", "r2", {"a": 1}))
    run.do(c.ReportChild("sub", "r2", "failed", reason="x: exit status 1"))
    run.do(c.RetryRun(ANA))
    run.do(c.ReportChild("sub", "r2", "succeeded", {"x": {"exit": 0}}))
    return run


def with_an_end() -> Given:
    run = Given(plan(wait_step("rest"), finally_=(set_step("tidy"),), timeout=60))
    run.now += 60
    run.do(c.FireTimer(""))
    run.succeed("tidy", {"x": 1})
    return run


def steered() -> Given:
    source = {"who": ContextSource(expr="1")}
    run = Given(plan(shell_step("a"), shell_step("b"), context=source))
    run.succeed("@context", {"values": {"who": "ana"}})
    run.do(c.SetContext({"who": "bob"}, ANA))
    run.do(c.SkipStep("a", "done by hand", ANA))
    run.fail("b")
    run.do(c.GoBack("a", ANA, "once more"))
    run.do(c.ResolveStep("a#2", "done", ANA, {"exit": 0}))
    return run


def undone() -> Given:
    reversible = {"undo": Shell(run="true")}
    held = parallel_step(
        "p",
        join="any",
        a=shell_step("win"),
        b=(shell_step("book", **reversible), shell_step("wait")),
    )
    run = Given(plan(held, run_step("sub")), pins={"workflow/other": "v2"})
    run.succeed("p[b]/book", {"exit": 0})
    run.succeed("p[a]/win", {"exit": 0})
    run.succeed("p[b]/book~undo", {"exit": 0})
    attempt = run.begin("sub")
    run.do(c.BeginChild("sub", attempt, "w1", "r2", {}))
    run.do(c.ReportChild("sub", "r2", "succeeded", {}))
    run.do(c.RollBack("", ANA))
    run.do(c.ReportChild("sub", "r2", "rolled_back"))
    return run


def forked() -> Given:
    kept = (
        Kept("draft", 4, "draft", {"text": "hello"}, code={"tools/a.py": "a" * 64}),
    )
    fork = Forked("r0", "send", 9)
    made = plan(set_step("draft"), shell_step("send"))
    run = Given(made, fork=fork, kept=kept)
    attempt = run.begin("send")
    ran = {"tools/b.py": "b" * 64}
    run.do(c.ReportSuccess("send", attempt, "w1", {"exit": 0}, code=ran))
    return run


def adopted() -> Given:
    chose = Variant("both", {"w": 1, "other": 1}, "w", "inputs.k", 1)
    run = Given(plan(shell_step("a")), variant=chose)
    newer = plan(shell_step("a"), set_step("b"))
    run.adopt(newer, c.AdoptVersion("v2", {"agent/x": "v3"}, {"k": 1}, ANA))
    run.succeed("a", {"exit": 0})
    run.succeed("b", {"x": 1})
    return run


def ticked() -> Given:
    run = Given(plan(checks_step(), gate_step(complete=("artifacts.checks",))))
    run.leave("checks", "# List\n\n- [ ] call\n- [ ] write\n")
    run.ask()
    run.do(c.TickItem("checks", 1, ANA))
    run.do(c.TickItem("checks", 2, ANA, "write"))
    run.do(c.TickItem("checks", 1, ANA, undo=True))
    run.do(c.TickItem("checks", 1, ANA))
    run.decide("approve")
    return run


def looked_up_late() -> Given:
    source = {"late": ContextSource(expr="1")}
    run = Given(plan(set_step("a"), reading("b", "late"), context=source))
    run.succeed("@context", {"values": {}, "provenance": {}})
    run.succeed("a")
    run.succeed("@context#2", {"values": {"late": 1}, "provenance": {"late": {}}})
    run.succeed("b")
    return run


def write(name: str) -> None:
    with (FOLDER / name).open("xb") as file:
        for story in stories():
            for entry in story.entries:
                raw = msgspec.Raw(encode(entry.event)[1])
                line = Line(entry.seq, entry.at, entry.cause, raw)
                file.write(msgspec.json.encode(told(line)) + b"\n")
            state = msgspec.Raw(msgspec.json.encode(story.state))
            file.write(msgspec.json.encode({"state": state}) + b"\n")


def told(line: Line) -> dict[str, object]:
    return {"seq": line.seq, "at": line.at, "cause": line.cause, "event": line.event}


if __name__ == "__main__":
    write(f"{sys.argv[1]}.jsonl")
