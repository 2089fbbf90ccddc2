"""Which steps a run is sure to come to, as far as its file tells."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine.definition.kinds import Approval, Choice, Llm
from engine.definition.model import Branch, Parallel, Route, Step
from tests.engine.machine.given import loop_step, parallel_step, plan, set_step

A, B, C, D = (set_step(name) for name in "abcd")
CHOICES = (Choice("approve", approves=True), Choice("reject"))
GATE = Step(id="g", kind="approval", do=Approval(title="Go on?", choices=CHOICES))
ASKS = Step(id="m", kind="llm", do=Llm(prompt="x"))


def way(step: Step, *routes: Route) -> Step:
    return replace(step, route=routes)


@pytest.mark.parametrize(
    ("steps", "sure"),
    [
        pytest.param((A, B, C), "a b c", id="a list"),
        pytest.param(
            (way(A, Route("c", when="x"), Route("b")), way(B, Route("d")), C, D),
            "a d",
            id="behind one route of two, and where they come together",
        ),
        pytest.param(
            (way(A, Route("end", when="x")), B), "a", id="after a way to the end"
        ),
        pytest.param(
            (A, way(B, Route("a", when="x")), C),
            "a b c",
            id="a loop comes back",
        ),
        pytest.param(
            (A, way(GATE, Route("end", choice="reject")), B), "a g b", id="after a yes"
        ),
        pytest.param(
            (A, way(GATE, Route("c", choice="reject")), B, C), "a g b c", id="nor a no"
        ),
        pytest.param(
            (replace(A, on_error="route:c"), B, C), "a b c", id="nor a failure"
        ),
        pytest.param(
            (parallel_step("p", x=(A,), y=(B,)), C), "p a b c", id="all branches"
        ),
        pytest.param((loop_step("l", "[1]", A), B), "l a b", id="into a loop"),
        pytest.param(
            (replace(A, needs=()), replace(B, needs=("a",)), replace(C, needs=("a",))),
            "a b c",
            id="a graph",
        ),
    ],
)
def test_a_run_is_sure_to_come_to(steps: tuple[Step, ...], sure: str) -> None:
    assert [*plan(*steps).sure] == sure.split()


def test_a_branch_that_may_be_left_is_not_sure() -> None:
    any_of = Parallel((Branch("x", (A,)), Branch("y", (B,))), join="any")
    step = Step(id="p", kind="parallel", do=any_of)
    assert [*plan(step, C).sure] == ["p", "c"]
    left = Parallel((Branch("x", (A,), cancel_when="y"),))
    assert [*plan(replace(step, do=left), C).sure] == ["p", "c"]


def test_conditions_stand_with_the_step_and_with_what_is_in_it() -> None:
    held = replace(parallel_step("p", x=(replace(A, when="one"),)), when="two")
    assert plan(held, B).sure == {"p": ("two",), "a": ("two", "one"), "b": ()}


def test_foreseen_is_what_comes_after_a_model_or_beside_it() -> None:
    assert [*plan(A, ASKS, B).foreseen] == ["b"]
    assert [*plan(A, B).foreseen] == []
    beside = parallel_step("p", x=(ASKS,), y=(A,))
    assert [*plan(B, beside, C).foreseen] == ["p", "m", "a", "c"]
    again = way(B, Route("a", when="x"))
    assert [*plan(A, ASKS, again).foreseen] == ["a", "m", "b"]
