"""Facts about branches and loops: which begin, which are waited for, what is left."""

from __future__ import annotations

import pytest

from engine.definition.model import Branch, Retry, Route, Step
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine.scope import scope
from tests.engine.machine.given import (
    ANA,
    Given,
    gate_step,
    loop_step,
    parallel_step,
    plan,
    set_step,
    shell_step,
    wait_step,
)

LAST = set_step("last")


def statuses(run: Given, path: str) -> dict[str, str]:
    assert run.state is not None
    return {k: a.status.value for k, a in (run.state.steps[path].arms or {}).items()}


def names(run: Given, at: str = "") -> dict[str, object]:
    assert run.state is not None
    return scope(run.plan, run.state, run.now, at)


def test_branches_begin_together_and_are_waited_for() -> None:
    run = Given(plan(parallel_step("p", a=set_step("x"), b=set_step("y")), LAST))
    assert (run.step("p[a]/x"), run.step("p[b]/y")) == ("ready", "ready")
    run.succeed("p[a]/x")
    assert "last" not in run.state.steps  # type: ignore[union-attr]
    run.succeed("p[b]/y")
    assert (run.step("p"), run.step("last")) == ("succeeded", "ready")


@pytest.mark.parametrize(
    ("join", "ends", "status", "arms"),
    [
        ("all", "s s s", "succeeded", "s s s"),
        ("all", "s f", "running", "s f r"),
        ("all", "s f s", "failed", "s f s"),
        ("any", "s", "succeeded", "s c c"),
        ("any", "f f", "running", "f f r"),
        ("any", "f f f", "failed", "f f f"),
        (2, "s", "running", "s r r"),
        (2, "s f s", "succeeded", "s f s"),
        (2, "f f", "failed", "f f c"),
        (3, "f", "failed", "f c c"),
    ],
)
def test_join_says_how_many_must_succeed(
    join: object, ends: str, status: str, arms: str
) -> None:
    branches = {key: shell_step(f"do_{key}") for key in "abc"}
    run = Given(plan(parallel_step("p", join=join, **branches)))
    for key, end in zip("abc", ends.split(), strict=False):
        path = f"p[{key}]/do_{key}"
        run.succeed(path) if end == "s" else run.fail(path)
    assert run.step("p") == status
    assert " ".join(each[0] for each in statuses(run, "p").values()) == arms


def test_what_is_still_done_when_enough_has_ended_is_cancelled() -> None:
    gate = gate_step("ask")
    run = Given(plan(parallel_step("p", join="any", a=shell_step("x"), b=gate), LAST))
    run.ask("p[b]/ask")
    attempt = run.begin("p[a]/x")
    run.do(c.ReportSuccess("p[a]/x", attempt, "w1"))
    assert (run.step("p[b]/ask"), run.approval()) == ("cancelled", "withdrawn")
    assert run.step("last") == "ready"


def test_a_failed_branch_hides_nothing_of_the_others() -> None:
    run = Given(plan(loop_step("m", "[1, 2, 3]", shell_step("x"))))
    run.fail("m[2]/x")
    run.succeed("m[1]/x", {"stdout": "one"})
    run.succeed("m[3]/x", {"stdout": "three"})
    assert run.status == "failed"
    assert "1 of 3" not in run.state.reason  # type: ignore[union-attr]
    assert "2 of 3 succeeded, 3 must: 2: m[2]/x: exit status 1" in run.state.reason  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("items", "keys"),
    [
        ('["us", "de"]', ["us", "de"]),
        ("range(3)", ["0", "1", "2"]),
        ('{"a": 1, "b": 2}', ["a", "b"]),
        ('["x y", "us/de", "us", "us"]', ["1", "2", "us", "4"]),
        ('[{"id": 7}, {"id": 8}]', ["1", "2"]),
        ('["2", "x y"]', ["2", "2+"]),
        ("[]", []),
    ],
)
def test_a_turn_is_called_by_its_item_or_its_number(
    items: str, keys: list[str]
) -> None:
    run = Given(plan(loop_step("m", items, shell_step("x"))))
    assert list(statuses(run, "m")) == keys


def test_a_key_says_what_a_turn_is_called() -> None:
    loop = loop_step(
        "m", '[{"id": "us"}, {"id": "de"}]', shell_step("x"), key="item.id"
    )
    assert list(statuses(Given(plan(loop)), "m")) == ["us", "de"]


def test_no_items_are_done_at_once() -> None:
    run = Given(plan(loop_step("m", "[]", shell_step("x")), LAST))
    assert (run.step("m"), run.step("last")) == ("succeeded", "ready")
    assert names(run)["outputs"]["m"] == []  # type: ignore[index]


@pytest.mark.parametrize("items", ["3", '"text"', "inputs.none"])
def test_what_is_no_list_fails_the_step(items: str) -> None:
    run = Given(plan(loop_step("m", items, shell_step("x"))))
    assert (run.step("m"), run.status) == ("failed", "failed")
    assert run.state.reason.startswith("m: in: ")  # type: ignore[union-attr]


def test_no_more_turns_run_at_once_than_max_parallel() -> None:
    run = Given(plan(loop_step("m", "range(4)", shell_step("x"), max_parallel=2)))
    assert [*statuses(run, "m").values()] == [
        "running",
        "running",
        "pending",
        "pending",
    ]
    run.succeed("m[1]/x")
    assert [*statuses(run, "m").values()] == [
        "running",
        "succeeded",
        "running",
        "pending",
    ]


def test_results_stand_in_the_order_of_the_items() -> None:
    run = Given(plan(loop_step("m", '["a", "b"]', set_step("x")), LAST))
    run.succeed("m[b]/x", {"text": "B"})
    run.succeed("m[a]/x", {"text": "A"})
    left = names(run)["outputs"]["m"]  # type: ignore[index]
    assert [(each["key"], each["summary"]) for each in left] == [("a", "A"), ("b", "B")]
    assert left[0]["outputs"] == {"x": {"text": "A"}}


def test_a_turn_sees_its_own_steps_and_those_around_it() -> None:
    inner = loop_step("m", '["a", "b"]', set_step("x"), set_step("y"), name="it")
    run = Given(plan(set_step("before"), inner))
    run.succeed("before", {"v": 1})
    run.succeed("m[a]/x", {"v": 2})
    run.succeed("m[b]/x", {"v": 3})
    there = names(run, "m[b]/")
    assert there["outputs"] == {"before": {"v": 1}, "x": {"v": 3}}
    assert (there["it"], there["turn"]) == ("b", {"key": "b", "number": 2, "of": 2})
    assert names(run)["outputs"] == {"before": {"v": 1}}


def test_branches_know_of_each_other() -> None:
    legal = Branch("legal", (shell_step("read"),), summary="read")
    price = Branch(
        "price", (shell_step("quote"), shell_step("offer")), watches=("legal",)
    )
    run = Given(plan(parallel_step("p", legal=legal, price=price)))
    run.succeed("p[legal]/read", {"stdout": "no clause\n"})
    seen = names(run, "p[price]/")["branches"]
    assert seen["legal"]["status"] == "succeeded"  # type: ignore[index]
    assert seen["legal"]["summary"] == "no clause"  # type: ignore[index]
    assert seen["price"]["status"] == "running"  # type: ignore[index]
    assert run.state.steps["p"].arms["price"].watches == ("legal",)  # type: ignore[index, union-attr]


def test_a_branch_ends_when_its_cancel_when_becomes_true() -> None:
    price = Branch(
        "price",
        (shell_step("quote"),),
        watches=("legal",),
        cancel_when="branches.legal.outputs.read.exit == 7",
    )
    run = Given(plan(parallel_step("p", legal=shell_step("read"), price=price), LAST))
    run.begin("p[price]/quote")
    run.succeed("p[legal]/read", {"exit": 7})
    assert run.step("p[price]/quote") == "cancelled"
    assert (run.step("p"), run.step("last")) == ("succeeded", "ready")


def test_a_gate_nobody_answered_in_a_branch_is_no_success_of_all() -> None:
    gate = gate_step("ask", timeout=60, on_timeout="expire")
    run = Given(plan(parallel_step("p", a=gate, b=shell_step("x")), LAST))
    run.ask("p[a]/ask")
    run.now += 60
    run.do(c.FireTimer("p[a]/ask"))
    run.succeed("p[b]/x")
    assert (run.step("p"), run.status) == ("failed", "failed")


def test_a_no_in_a_branch_fails_that_branch() -> None:
    either = parallel_step("p", join="any", a=gate_step("ask"), b=shell_step("x"))
    run = Given(plan(either, LAST))
    run.ask("p[a]/ask")
    run.decide("reject", comment="too dear")
    assert (statuses(run, "p")["a"], run.status) == ("failed", "running")
    run.succeed("p[b]/x")
    assert run.step("last") == "ready"


def test_a_loop_that_is_come_to_again_is_another_visit() -> None:
    again = Step(
        id="look",
        kind="set",
        do=set_step("look").do,
        route=(Route("m", when="outputs.look.again"), Route("end")),
    )
    run = Given(plan(loop_step("m", '["a"]', set_step("x")), again))
    run.succeed("m[a]/x")
    run.succeed("look", {"again": True})
    run.succeed("m#2[a]/x")
    run.succeed("look#2", {"again": False})
    assert run.status == "succeeded"


def test_routes_and_retries_work_inside_of_a_branch() -> None:
    back = shell_step("x", retry=Retry(attempts=2, delay=1))
    gate = gate_step("ask", route=(Route("x", choice="rework"),))
    run = Given(plan(parallel_step("p", a=(back, gate)), LAST))
    run.fail("p[a]/x")
    run.now += 1
    run.do(c.FireTimer("p[a]/x"))
    run.succeed("p[a]/x")
    run.ask("p[a]/ask")
    run.decide("rework")
    assert run.step("p[a]/x#2") == "ready"
    run.succeed("p[a]/x#2")
    run.ask("p[a]/ask#2", "a2")
    run.decide("approve", approval="a2")
    assert run.step("last") == "ready"


def test_a_graph_stands_in_a_branch() -> None:
    steps = (
        shell_step("x"),
        shell_step("y", needs=("x",)),
        shell_step("z", needs=("x",)),
    )
    run = Given(plan(parallel_step("p", a=steps), LAST))
    run.succeed("p[a]/x")
    assert (run.step("p[a]/y"), run.step("p[a]/z")) == ("ready", "ready")
    run.succeed("p[a]/y")
    run.succeed("p[a]/z")
    assert run.step("last") == "ready"


def test_cancelling_reaches_every_branch() -> None:
    run = Given(plan(parallel_step("p", a=gate_step("ask"), b=wait_step("w"))))
    run.ask("p[a]/ask")
    run.do(c.CancelRun(ANA))
    assert (run.step("p"), run.approval()) == ("cancelled", "withdrawn")
    assert set(statuses(run, "p").values()) == {"cancelled"}


def test_a_retry_begins_only_what_failed() -> None:
    run = Given(plan(loop_step("m", '["a", "b", "c"]', shell_step("x")), LAST))
    run.succeed("m[a]/x")
    run.fail("m[b]/x")
    run.fail("m[c]/x")
    run.do(c.RetryRun(ANA))
    assert statuses(run, "m") == {"a": "succeeded", "b": "running", "c": "running"}
    run.succeed("m[b]/x")
    run.succeed("m[c]/x")
    assert run.step("last") == "ready"


def test_a_retry_lets_turns_that_never_began_wait_for_theirs() -> None:
    loop = loop_step("m", "range(4)", shell_step("x"), max_parallel=1, join=4)
    run = Given(plan(loop))
    run.fail("m[0]/x")
    assert run.status == "failed"
    run.do(c.RetryRun(ANA))
    assert [*statuses(run, "m").values()] == ["running", *["pending"] * 3]


def test_a_run_is_waiting_when_all_of_its_branches_wait() -> None:
    run = Given(plan(parallel_step("p", a=gate_step("ask"), b=shell_step("x"))))
    run.ask("p[a]/ask")
    assert run.status == "running"
    run.succeed("p[b]/x")
    assert run.status == "waiting"


def test_a_step_of_an_arm_that_has_ended_takes_no_late_word() -> None:
    run = Given(
        plan(parallel_step("p", join="any", a=shell_step("x"), b=shell_step("y")))
    )
    run.begin("p[b]/y")
    run.succeed("p[a]/x")
    with pytest.raises(CommandRefused, match="the word came late"):
        run.do(c.ReportSuccess("p[b]/y", 1, "w1"))


@pytest.mark.parametrize("number", [1000])
def test_many_branches_that_fail_at_once_do_not_go_too_deep(number: int) -> None:
    inner = shell_step("x", when="outputs.none.x")
    run = Given(plan(loop_step("m", f"range({number})", inner, max_parallel=1)))
    assert run.status == "failed"
