"""Runs the nodes of a LangGraph graph as steps. Written by `weir convert langgraph`.

Each step calls one node with the newest state, and leaves the whole state that follows,
with the node to go to where the graph chooses. It needs nothing of Weir, and what the
graph itself needs: say its Python under [python] in weir.toml.
"""

import asyncio
import inspect
from importlib import import_module
from typing import Any

State = dict[str, Any]
START = "__start__"


def node(graph: str, name: str, start: State, states: list[Any]) -> State:
    """What is left when a node has run: `state`, `next` and `turn`."""
    builder = builder_of(graph)
    before = newest(start, states)
    update = run(builder.nodes[name].runnable, before["state"])
    state = merged(builder, before["state"], update)
    return {
        "state": state,
        "next": chosen(builder, name, state),
        "turn": before["turn"] + 1,
    }


def entry(graph: str, start: State, states: list[Any]) -> State:
    """Where the graph begins, if it chooses that by its input."""
    before = newest(start, states)
    return {**before, "next": chosen(builder_of(graph), START, before["state"])}


def builder_of(graph: str) -> Any:
    module, _, name = graph.partition(":")
    found = getattr(import_module(module), name)
    return found.builder if hasattr(found, "builder") else found


def newest(start: State, states: list[Any]) -> State:
    """The state of the step that ran last; of the input where none has."""
    ran = [state for state in states if state]
    return max(
        ran, key=lambda state: state["turn"], default={"state": start, "turn": 0}
    )


def run(runnable: Any, state: State) -> Any:
    if hasattr(runnable, "ainvoke") and inspect.iscoroutinefunction(
        getattr(runnable, "afunc", None)
    ):
        return asyncio.run(runnable.ainvoke(state))
    return runnable.invoke(state)


def merged(builder: Any, state: State, update: Any) -> State:
    """The state with what a node gave, by the reducers that the graph declares."""
    if update is None:
        return state
    if not isinstance(update, dict):
        raise TypeError(
            f"a node gave {type(update).__name__}; only a dict can be a step's update"
        )
    after = dict(state)
    for key, value in update.items():
        reduce = getattr(builder.channels.get(key), "operator", None)
        after[key] = reduce(after[key], value) if reduce and key in after else value
    return after


def chosen(builder: Any, name: str, state: State) -> str:
    """The node that a conditional edge leads to; "" where there is none."""
    for branch in builder.branches.get(name, {}).values():
        to = run(branch.path, state)
        if not isinstance(to, str):
            raise TypeError(f"the edge after {name} chose {to!r}; a step goes one way")
        return str((branch.ends or {}).get(to, to))
    return ""
