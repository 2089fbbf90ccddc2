"""From nothing to a run of one's own, without writing a line of YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.stories.conftest import Person


def test_a_workflow_is_made_of_steps_and_run_to_its_gate(person: Person) -> None:
    person.types("init")
    person.types("new", "price", "--title", "A price that two people saw")
    person.types("add", "price", "llm", "--id", "draft", "--yes")
    person.types("add", "price", "approval", "--id", "look", "--yes")
    assert person.reads("check")["problems"] == []
    run = person.starts("price", "--provider", "mock", ends=3)
    steps = [step["path"] for step in person.reads("show", run)["steps"]]
    assert steps == ["first", "draft", "look"]
    person.types("approve", person.gate(run), "--yes")
    assert person.waits_until(run, "succeeded", "failed") == "succeeded"


def test_a_starter_of_an_example_runs_with_what_came_with_it(person: Person) -> None:
    person.types("init")
    person.types("new", "mine", "--from", "product", "--title", "My plan")
    run = person.starts("mine", "-i", "wish=CSV", "--provider", "mock", ends=3)
    assert person.reads("show", run)["run"]["title"] == "My plan"
