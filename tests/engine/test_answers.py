"""What a person is offered to say of a step, and that the rules take just that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.answers import HOW, How, answers, commands_of, unsure
from engine.definition.kinds import Shell
from engine.definition.model import ContextSource
from engine.definition.typed import Field
from engine.errors import CommandRefused
from engine.machine import commands as c
from tests.engine.machine.given import ANA, Given, gate_step, plan, set_step, shell_step

LAST = set_step("last")
LEFT = {"to": Field(type="string")}


def lost(run: Given, path: str) -> None:
    attempt = run.begin(path)
    run.do(c.ReportLost(path, attempt, "w1", "gone"))


def is_lost() -> Given:
    run = Given(plan(shell_step("x", output=LEFT), LAST))
    lost(run, "x")
    return run


def is_ready() -> Given:
    return Given(plan(shell_step("x"), LAST))


def is_under_way() -> Given:
    run = is_ready()
    run.begin("x")
    return run


def has_failed() -> Given:
    run = is_ready()
    run.fail("x", retryable=False)
    return run


def is_cancelled() -> Given:
    run = is_lost()
    run.do(c.CancelRun(ANA))
    return run


def asks() -> Given:
    run = Given(plan(gate_step("x"), LAST))
    run.ask("x")
    return run


def lost_too_often(*steps: object, path: str, **about: object) -> Given:
    run = Given(plan(*steps, LAST, **about))  # type: ignore[arg-type]
    for _ in range(4):
        lost(run, path)
    return run


def a_lost_gate() -> Given:
    return lost_too_often(gate_step("x"), path="x")


def a_lost_context() -> Given:
    source = {"who": ContextSource(expr="1")}
    return lost_too_often(path="@context", context=source)


def a_lost_undo() -> Given:
    run = Given(plan(shell_step("x", undo=Shell(run="true")), LAST))
    run.succeed("x")
    run.do(c.RollBack("", ANA))
    lost(run, "x~undo")
    return run


@pytest.mark.parametrize(
    ("given", "path", "taken"),
    [
        (is_lost, "x", ("again", "done", "fail", "skip")),
        (is_ready, "x", ("done", "skip")),
        (is_under_way, "x", ()),
        (has_failed, "x", ("done", "skip")),
        (is_cancelled, "x", ()),
        (asks, "x", ()),
        (a_lost_gate, "x", ("again", "fail")),
        (a_lost_context, "@context", ("again", "fail")),
        (a_lost_undo, "x~undo", ("again", "done", "skip")),
        (is_lost, "none", ()),
    ],
)
def test_what_is_offered_is_what_the_rules_take(
    given: Callable[[], Given], path: str, taken: tuple[How, ...]
) -> None:
    run = given()
    before = run.state
    assert before is not None
    assert answers(run.plan, before, path, run.now) == taken
    for how in HOW:
        command: c.Command = c.ResolveStep(path, how, ANA)
        if how == "skip":
            command = c.SkipStep(path, "by hand", ANA)
        said = given()
        if how in taken:
            said.do(command)
        else:
            with pytest.raises(CommandRefused):
                said.do(command)


def test_a_person_is_asked_about_what_may_not_have_happened() -> None:
    run = is_lost()
    assert run.state is not None
    (step,) = unsure(run.plan, run.state, run.now)
    assert (step.path, step.reason, step.output) == ("x", "gone", LEFT)
    ready = is_ready()
    assert ready.state is not None
    assert unsure(ready.plan, ready.state, ready.now) == []


@pytest.mark.parametrize(
    ("path", "taken", "commands"),
    [
        (
            "x",
            HOW,
            ["mark r1 x --again | --output JSON | --fail", "skip r1 x --reason TEXT"],
        ),
        ("x~undo", ("done",), ["mark r1 x~undo --output null"]),
        ("x", ("skip",), ["skip r1 x --reason TEXT"]),
        ("x[a]/y", ("skip",), ["skip r1 'x[a]/y' --reason TEXT"]),
        ("x", (), []),
    ],
)
def test_each_answer_has_its_command(
    path: str, taken: tuple[How, ...], commands: list[str]
) -> None:
    assert [*commands_of("r1", path, taken)] == commands
