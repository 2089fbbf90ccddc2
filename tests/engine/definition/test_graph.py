"""What follows what."""

from __future__ import annotations

import pytest

from engine.definition import model as m
from engine.definition.graph import Edge, Node, compile_graph, edges, mermaid, text
from engine.definition.parse import parse

LIST = """\
workflow: w
steps:
  - {id: a, shell: ls, when: inputs.x}
  - id: b
    shell: ls
    route: [{when: outputs.b.exit > 0, to: a}, {to: gate}]
  - {id: c, fail: 'no "x"'}
  - id: gate
    approval: {title: x, choices: [approve, rework, reject], timeout: 1d,
               on_timeout: 'route:c'}
    route: [{choice: rework, to: b}, {choice: withdrawn, to: c}]
  - {id: d, wait: 1s}
"""
NEEDS = """\
workflow: w
steps:
  - {id: a, shell: ls}
  - {id: b, shell: ls, needs: [a]}
  - {id: c, shell: ls, needs: [a, a]}
  - {id: d, shell: ls, needs: [b, c]}
  - {id: e, shell: ls, needs: []}
"""


def workflow(source: str) -> m.Workflow:
    found = parse(source, "f").definition
    assert isinstance(found, m.Workflow)
    return found


def test_a_list_goes_from_step_to_step() -> None:
    graph = compile_graph(workflow(LIST))
    assert graph.first == ("a",)
    assert [n.next for n in graph.nodes.values()] == ["b", "c", "gate", "d", None]
    assert [r.to for r in graph.nodes["b"].routes] == ["a", "gate"]


def test_in_a_graph_steps_wait_for_what_they_need() -> None:
    graph = compile_graph(workflow(NEEDS))
    assert graph.first == ("a", "e")
    assert graph.nodes["a"] == Node("a", dependents=("b", "c"))
    assert graph.nodes["c"] == Node("c", needs=("a",), dependents=("d",))
    assert graph.nodes["d"] == Node("d", needs=("b", "c"))


def test_every_way_of_a_list_is_an_edge() -> None:
    listed = workflow(LIST)
    assert edges(compile_graph(listed), listed) == [
        Edge("a", "b", "skipped"),
        Edge("a", "b"),
        Edge("b", "a", "outputs.b.exit > 0"),
        Edge("b", "gate"),
        Edge("gate", "d", "approve"),
        Edge("gate", "b", "rework"),
        Edge("gate", "end", "reject"),
        Edge("gate", "c", "withdrawn"),
        Edge("gate", "c", "expired"),
        Edge("d", "end"),
    ]


def test_every_need_is_an_edge() -> None:
    listed = workflow(NEEDS)
    found = edges(compile_graph(listed), listed)
    assert [(e.source, e.target) for e in found] == [
        ("a", "b"),
        ("a", "c"),
        ("b", "d"),
        ("c", "d"),
    ]


def test_a_terminal_shows_the_ways_out_of_each_step() -> None:
    listed = workflow(LIST)
    assert (
        text(compile_graph(listed), listed)
        == """\
a     shell     → b  (skipped)
                → b
b     shell     → a  (outputs.b.exit > 0)
                → gate
c     fail
gate  approval  → d  (approve)
                → b  (rework)
                → end  (reject)
                → c  (withdrawn)
                → c  (expired)
d     wait      → end
"""
    )


def test_mermaid_is_given_no_word_of_its_own_language() -> None:
    listed = workflow(LIST)
    drawn = mermaid(compile_graph(listed), listed)
    assert drawn.splitlines()[:5] == [
        "flowchart TD",
        '  s0["a<br/><small>shell</small>"]',
        '  s1["b<br/><small>shell</small>"]',
        '  s2["c<br/><small>fail</small>"]',
        '  s3{{"gate<br/><small>approval</small>"}}',
    ]
    assert '  s1 -->|"outputs.b.exit #62; 0"| s0' in drawn
    assert "  s4 --> stop" in drawn
    assert " end" not in drawn.replace("([end])", "")


@pytest.mark.parametrize("source", [LIST, NEEDS])
def test_the_same_workflow_is_the_same_graph(source: str) -> None:
    assert compile_graph(workflow(source)) == compile_graph(workflow(source))
