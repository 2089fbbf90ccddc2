"""A workflow with all that it uses inside it."""

from __future__ import annotations

import msgspec
import pytest

from engine.definition import kinds, typed
from engine.definition import model as m
from engine.definition.link import closure, link, uses
from engine.definition.parse import parse
from engine.errors import InvalidDefinition

FILES = {
    "step/fetch": "step: fetch\ninputs: {n: integer}\n"
    "llm: {agent: reader, prompt: hi}\ntitle: Fetch\n"
    "retry: {attempts: 3}\ntimeout: 5s\noutput: {x: integer}\n",
    "agent/reader": "agent: reader\nsystem: You read.\n",
    "artifact/brief": "artifact: brief\nsections: [{text: x}]\n",
    "source/crm": "source: crm\nfile: x.json\n",
}
USING = """\
workflow: w
context: {customer: {source: crm}}
steps:
  - {id: a, use: fetch, with: {n: 1}}
  - {id: b, use: fetch, with: {n: 2}, title: Again, timeout: 9s, route: [{to: c}]}
  - {id: c, artifact: {use: brief}}
"""


def one(text: str) -> m.Definition:
    definition = parse(text, "f").definition
    assert definition is not None
    return definition


@pytest.fixture
def library() -> dict[str, m.Definition]:
    return {key: one(text) for key, text in FILES.items()}


def linked(library: dict[str, m.Definition]) -> m.Workflow:
    workflow = one(USING)
    assert isinstance(workflow, m.Workflow)
    return link(workflow, library)


def test_a_file_names_what_it_uses() -> None:
    assert uses(one(USING)) == ("step/fetch", "artifact/brief", "source/crm")
    assert uses(one(FILES["step/fetch"])) == ("agent/reader",)


def test_what_is_used_by_what_is_used_is_used(
    library: dict[str, m.Definition],
) -> None:
    assert closure(one(USING), library) == (
        "step/fetch",
        "artifact/brief",
        "source/crm",
        "agent/reader",
    )


def test_a_step_becomes_what_its_template_does(
    library: dict[str, m.Definition],
) -> None:
    step = linked(library).step("a")
    assert (step.id, step.kind, step.template) == ("a", "llm", "fetch")
    assert step.do == kinds.Llm(agent="reader", prompt="hi")
    assert step.title == "Fetch"
    assert step.retry.attempts == 3
    assert step.with_ == {"n": 1}
    assert step.template_inputs == {"n": typed.Field(type="integer")}


def test_what_a_step_says_itself_overrides_its_template(
    library: dict[str, m.Definition],
) -> None:
    step = linked(library).step("b")
    assert (step.title, step.timeout, step.route) == ("Again", 9.0, (m.Route(to="c"),))
    assert step.output == {"x": typed.Field(type="integer")}


def test_what_is_used_stands_beside_the_steps(
    library: dict[str, m.Definition],
) -> None:
    workflow = linked(library)
    assert list(workflow.agents) == ["reader"]
    assert list(workflow.artifacts) == ["brief"]
    assert list(workflow.sources) == ["crm"]


def test_a_linked_workflow_is_the_same_after_the_store(
    library: dict[str, m.Definition],
) -> None:
    workflow = linked(library)
    kept = msgspec.json.encode(workflow)
    assert msgspec.json.decode(kept, type=m.Definition) == workflow


def test_nothing_is_linked_while_something_is_not_there(
    library: dict[str, m.Definition],
) -> None:
    del library["agent/reader"], library["source/crm"]
    with pytest.raises(InvalidDefinition) as refused:
        linked(library)
    assert [p.message for p in refused.value.problems] == [
        "`w` uses the source `crm`, which is not there",
        "`w` uses the agent `reader`, which is not there",
    ]
