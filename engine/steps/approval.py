"""A gate: the question put to a person, rendered once and bound by a digest."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from engine.context.lookup import join, lookup
from engine.definition.graph import OUTERMOST, Node, compile_graph
from engine.definition.kinds import Approval, Choice
from engine.definition.model import Calls, Do
from engine.definition.render import render
from engine.machine.state import Request, Shown
from engine.steps.work import Asks, Work

Json = Any

END = "end"


def perform(work: Work, do: Approval) -> Asks:
    """Ask. Whatever is shown later comes from this request, not from a template."""
    node = compile_graph(work.workflow).nodes[work.step.id]
    of_call = isinstance(container_of(work, node), Calls)
    follows = after_call if of_call else consequence
    request = Request(
        title=" ".join(render(do.title, work.scope).split()),
        text=render(do.text, work.scope),
        shown=tuple(shown(work, name) for name in do.show),
        choices=tuple(choice.name for choice in do.choices),
        then={choice.name: follows(node, choice) for choice in do.choices},
        risk=do.risk,
        complete=do.complete,
    )
    return Asks(request, digest_of(work.run, work.path, request))


def digest_of(run: str, path: str, request: Request) -> str:
    """SHA-256 over what is asked, in canonical JSON: a decision is bound to it."""
    asked = {"run": run, "path": path, "request": request}
    data = msgspec.json.encode(asked, order="sorted")
    return hashlib.sha256(b"weir/approval/v1\0" + data).hexdigest()


def shown(work: Work, name: str) -> Shown:
    """One thing the gate shows, as text. `require` has seen that it is there."""
    value = lookup(work.scope, name.split("."))
    text, form = text_of(value)
    if name.startswith("artifacts.") and isinstance(value, dict) and "text" in value:
        text = value["text"]
        form = "text" if value.get("form") == "email" else "markdown"
    return Shown(name, text, hashlib.sha256(text.encode()).hexdigest(), form)


def text_of(value: Json) -> tuple[str, str]:
    if isinstance(value, str):
        return value, "text"
    data = msgspec.json.encode(value, order="sorted")
    return msgspec.json.format(data, indent=2).decode(), "json"


def container_of(work: Work, node: Node) -> Do | None:
    """What the step does that a gate stands in; None in a list of the run's own."""
    if node.inside in OUTERMOST:
        return None
    return work.workflow.step(node.inside.partition("/")[0]).do


def after_call(node: Node, choice: Choice) -> str:
    """What happens at the gate in front of a call: a no is an answer to the model."""
    if choice.approves:
        return onward(node)
    return "it is not called, and the model is told why"


def consequence(node: Node, choice: Choice) -> str:
    """What happens on a choice, in words: where its routes lead, or that it ends.

    One that does not approve follows only the routes that name it.
    """
    named = (choice.name, None) if choice.approves else (choice.name,)
    ways: list[str] = []
    for route in node.routes:
        if route.choice not in named:
            continue
        target = ending(node) if route.to == END else f"go to {route.to}"
        if route.when is None:
            return ", else ".join([*ways, target])
        ways.append(f"{target} if {route.when}")
    last = onward(node) if choice.approves else f"{whole(node)} fails"
    return ", else ".join([*ways, last])


def onward(node: Node) -> str:
    """Where it goes without a route: to the next of a list, or those that wait."""
    following = [node.next] if node.next else list(node.dependents)
    if following and following != [END]:
        return f"go on to {join(following)}"
    return ending(node)


def ending(node: Node) -> str:
    return f"{whole(node)} ends"


def whole(node: Node) -> str:
    """What a gate's answer ends or fails: the run, or the arm the gate stands in."""
    container, _, branch = node.inside.partition("/")
    if not container:
        return "the run"
    return f"branch {branch}" if branch else f"this turn of {container}"
