"""How often a step of a Dagu file is tried, and what follows when it has failed."""

from __future__ import annotations

from engine.converting.carried import Node, Note, Step, camel, count_of, list_of
from engine.definition.base import Json


def continue_on(node: Node) -> Node:
    value = node.peek("continueOn")
    if isinstance(value, str):
        value = {{"failed": "failure"}.get(value, value): True}
    return Node(node.source, node.at("continueOn"), value, camel)


def goes_on(node: Node) -> bool:
    """Whether what depends on the step is done also where the step is skipped."""
    return bool(continue_on(node).peek("skipped"))


def continuing(node: Node, notes: list[Note]) -> Step:
    line, on = node.line("continueOn"), continue_on(node)
    node.take("continueOn")
    failure, _ = on.take("failure", "failed"), on.take("skipped")
    if on.take("markSuccess"):
        words = "a step that failed is told as failed, and the run goes on"
        notes.append(Note(line, f"`continueOn.markSuccess` is left out: {words}"))
    notes += on.left_over({}, "continueOn")
    return {"on_error": "continue"} if failure else {}


def growing(backoff: Json, line: int, notes: list[Note]) -> Step:
    if isinstance(backoff, (int, float)) and backoff >= 1:
        return {"backoff": backoff}
    notes.append(Note(line, f"`backoff` is left out: it is {backoff}, and not from 1"))
    return {}


def attempts(node: Node, notes: list[Note]) -> Step:
    """`timeout` and `retry`."""
    step: Step = {}
    if seconds := node.count("timeoutSec", "timeout", notes=notes):
        step["timeout"] = seconds
    line, path = node.line("retryPolicy"), node.at("retryPolicy")
    policy = Node(node.source, path, node.take("retryPolicy"), camel)
    limit, backoff = policy.take("limit"), policy.take("backoff")
    retry: Step = {}
    if attempts := count_of(limit):
        retry["attempts"] = attempts + 1
        for theirs, ours in (("intervalSec", "delay"), ("maxIntervalSec", "max_delay")):
            value = policy.count(theirs, notes=notes)
            retry |= {ours: value} if value else {}
        if backoff:
            retry |= growing(2 if backoff is True else backoff, line, notes)
        if codes := list_of(policy.take("exitCode", "exitCodes")):
            retry["on"] = [f"exit:{code}" for code in codes]
        step["retry"] = retry
        notes += policy.left_over({}, "retryPolicy")
    elif limit is not None:
        notes.append(Note(line, f"`retryPolicy` is left out: its limit is {limit}"))
    return step
