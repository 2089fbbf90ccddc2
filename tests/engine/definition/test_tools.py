"""What is told of an agent's tools before any model is asked."""

from __future__ import annotations

import pytest

from engine.definition.check import check
from engine.definition.model import Definition
from engine.definition.parse import parse

REFUND = """step: refund
inputs: {order: {type: string}, amount: {type: number}}
shell: "pay {{ inputs.amount }} {{ inputs.order | quote }}"
"""
LOOKUP = """step: lookup
inputs: {order: {type: string}}
set: {found: "{{ inputs.order }}"}
"""
AGAIN = "step: again\nllm: {agent: helper, prompt: Go.}\n"


def problems(tools: str, name: str = "a.yaml") -> list[str]:
    library: dict[str, Definition] = {}
    for key, text in (("refund", REFUND), ("lookup", LOOKUP), ("again", AGAIN)):
        parsed = parse(text, f"{key}.yaml")
        assert parsed.definition is not None, parsed.problems
        library[f"step/{key}"] = parsed.definition
    parsed = parse(f"agent: helper\ntools:\n{tools}", name)
    if parsed.definition is not None:
        library["agent/helper"] = parsed.definition
    return [str(p) for p in (*parsed.problems, *check(parsed, library))]


@pytest.mark.parametrize(
    "tools",
    [
        "  - lookup\n  - refund\n",
        "  - {use: refund, approve: call.arguments.amount > 5, unattended: true}\n",
        "  - {use: refund, with: {order: A1}, risk: high, approvers: ['role:csm']}\n",
        "  - {use: refund, timeout: 2d, on_timeout: expire, required: 2}\n",
        "  - {use: lookup, approve: always, title: 'Find {{ inputs.order }}?'}\n",
    ],
)
def test_these_are_fine(tools: str) -> None:
    assert problems(tools) == []


@pytest.mark.parametrize(
    ("tools", "said"),
    [
        ("  - refnd\n", "3:5: there is no step template `refnd`; did you mean"),
        ("  - lookup\n  - lookup\n", "4:5: `lookup` is a tool twice"),
        (
            "  - {use: refund, approve: never}\n",
            "3:11: `refund` puts what a model says into a command, seen by nobody;"
            " say `approve: always`, or `unattended: true`",
        ),
        (
            "  - {use: refund, approve: call.arguments.amount > 5}\n",
            "puts what a model says into a command",
        ),
        ("  - {use: refund, with: {ordr: A1}}\n", "unknown input `ordr`; did you"),
        ("  - {use: refund, with: {amount: many}}\n", "`amount` must be a number"),
        ("  - {use: lookup, approve: 1 +}\n", "3:"),
        ("  - {use: lookup, approve: never, risk: high}\n", "`risk` is of a gate"),
        ("  - {use: lookup, timeout: 2d}\n", "`timeout` says nothing without"),
        ("  - {use: lookup, title: '{{ inputs.x }}'}\n", "has no input `x`"),
        ("  - again\n", "`again` asks `helper` again; take it out"),
        ("  - {use: lookup, on_timeout: approve}\n", "on_timeout"),
    ],
)
def test_these_are_told(tools: str, said: str) -> None:
    found = problems(tools)
    assert any(said in problem for problem in found), found
