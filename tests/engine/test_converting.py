"""A LangGraph graph becomes a workflow whose steps call its nodes, and it runs.

The graph here has the attributes of a compiled one, and nothing else of the package.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.converting import nodes
from engine.converting.langgraph import (
    MODULE,
    Graph,
    NotCarriedOver,
    definition_of,
    graph_at,
)
from engine.definition.parse import parse
from engine.errors import WeirError
from tests.given import make_workspace, open_engine, running, start, until

FLOW = """
import operator

class Runs:
    def __init__(self, function): self.function = function
    def invoke(self, state): return self.function(state)

class Spec:
    def __init__(self, function): self.runnable = Runs(function)

class Branch:
    def __init__(self, path, ends): self.path, self.ends = Runs(path), ends

class Channel:
    def __init__(self, operator): self.operator = operator

class Builder:
    nodes = {
        "count up": Spec(lambda s: {"n": s["n"] + 1, "log": ["up"]}),
        "tell": Spec(lambda s: {"log": [f"told {s['n']}"]}),
    }
    edges = {("__start__", "count up"), ("tell", "__end__")}
    branches = {
        "count up": {
            "more": Branch(
                lambda s: "again" if s["n"] < s["most"] else "on",
                {"again": "count up", "on": "tell"},
            )
        }
    }
    channels = {"log": Channel(operator.add), "n": object()}
    waiting_edges = set()

class Compiled:
    builder = Builder()

graph = Compiled()
"""
NODES = Path(nodes.__file__).read_bytes()


def test_what_a_graph_is_made_of_is_told_by_its_own_python(tmp_path: Path) -> None:
    engine = open_engine(make_workspace(tmp_path, {}))
    (tmp_path / "flow.py").write_text(FLOW)
    assert graph_at(engine.workspace, "flow:graph") == Graph(
        nodes=("count up", "tell"),
        edges=(("__start__", "count up"), ("tell", "__end__")),
        branches={"count up": (("count up", "tell"),)},
    )
    with pytest.raises(WeirError, match="no attribute 'gone'; say under"):
        graph_at(engine.workspace, "flow:gone")
    engine.database.close()


async def test_a_converted_graph_runs(tmp_path: Path) -> None:
    engine = open_engine(make_workspace(tmp_path, {}))
    (tmp_path / "flow.py").write_text(FLOW)
    (tmp_path / f"{MODULE}.py").write_bytes(NODES)
    text = definition_of(graph_at(engine.workspace, "flow:graph"), "flow:graph", "flow")
    engine.database.close()
    engine = open_engine(make_workspace(tmp_path, {"flow.yaml": text}))
    run = start(engine, "flow", state={"n": 0, "most": 3, "log": []})
    async with running(engine):
        state = await until(engine, run, "succeeded", "failed")
    assert state.status == "succeeded", state.reason
    assert [*state.steps] == ["count-up", "count-up#2", "count-up#3", "tell"]
    left = state.steps["tell"].output["value"]["state"]
    assert left == {"n": 3, "most": 3, "log": ["up", "up", "up", "told 3"]}
    engine.database.close()


REFUSED = {
    "a node leads to several": (
        Graph(("a", "b", "c"), (("__start__", "a"), ("a", "b"), ("a", "c"))),
        "a leads to several nodes at once; write a `parallel` step",
    ),
    "nobody says where an edge leads": (
        Graph(("a",), (("__start__", "a"),), branches={"a": (None,)}),
        "nobody says where the edge after a may lead",
    ),
    "a node waits for several": (
        Graph(("a", "b"), (("__start__", "a"), ("a", "b")), ((("a", "b"), "c"),)),
        "c waits for a, b; write a `parallel` step",
    ),
    "it begins nowhere": (Graph(("a",)), "the graph begins nowhere"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_steps_can_not_say_is_told_and_nothing_is_made(name: str) -> None:
    graph, words = REFUSED[name]
    with pytest.raises(NotCarriedOver, match=words):
        definition_of(graph, "m:g", "g")


def test_a_graph_may_choose_where_it_begins(tmp_path: Path) -> None:
    graph = Graph(
        ("Draft it!", "draft-it"),
        (("Draft it!", "__end__"), ("draft-it", "__end__")),
        branches={"__start__": (("Draft it!", "draft-it"),)},
    )
    parsed = parse(definition_of(graph, "m:g", "g"), "g.yaml")
    assert parsed.problems == []
    assert [s.id for s in parsed.definition.steps] == [  # type: ignore[union-attr]
        "begin",
        "draft-it",
        "draft-it-2",
    ]


def test_a_step_goes_one_way_and_leaves_plain_updates() -> None:
    class Two:
        def invoke(self, state: object) -> object:
            return ["a", "b"]

    class Branch:
        path, ends = Two(), None

    class Builder:
        branches = {"x": {"y": Branch()}}
        channels: dict[str, object] = {}

    with pytest.raises(TypeError, match="a step goes one way"):
        nodes.chosen(Builder(), "x", {})
    with pytest.raises(TypeError, match="only a dict"):
        nodes.merged(Builder(), {}, 3)
    assert nodes.merged(Builder(), {"a": 1}, None) == {"a": 1}
