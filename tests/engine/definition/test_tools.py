"""What is told of an agent's tools before any model is asked."""

from __future__ import annotations

import pytest

from engine.definition.check import check
from engine.definition.model import Definition
from engine.definition.parse import Parsed, parse

REFUND = """step: refund
inputs: {order: {type: string}, amount: {type: number}}
shell: "pay {{ inputs.amount }} {{ inputs.order | quote }}"
"""
LOOKUP = """step: lookup
inputs: {order: {type: string}}
set: {found: "{{ inputs.order }}"}
"""
UNDONE = """step: undone
inputs: {order: {type: string}}
set: {found: "{{ inputs.order }}"}
undo: {shell: "rm {{ inputs.order | quote }}"}
"""
AGAIN = "step: again\nllm: {agent: helper, prompt: Go.}\n"


TEMPLATES = {"refund": REFUND, "lookup": LOOKUP, "undone": UNDONE, "again": AGAIN}


def library_with(tools: str) -> tuple[Parsed, dict[str, Definition]]:
    """The file of an agent with these tools, among the templates and itself."""
    library: dict[str, Definition] = {}
    for key, text in TEMPLATES.items():
        parsed = parse(text, f"{key}.yaml")
        assert parsed.definition is not None, parsed.problems
        library[f"step/{key}"] = parsed.definition
    parsed = parse(f"agent: helper\ntools:\n{tools}", "a.yaml")
    if parsed.definition is not None:
        library["agent/helper"] = parsed.definition
    return parsed, library


def problems(tools: str) -> list[str]:
    parsed, library = library_with(tools)
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
            "3:11: `refund` lets a model reach a command, seen by nobody;"
            " say `approve: always`, or `unattended: true`",
        ),
        (
            "  - {use: refund, approve: call.arguments.amount > 5}\n",
            "lets a model reach a command, seen by nobody",
        ),
        (
            "  - {use: refund, approve: never, with: {order: A1, amount: 1}}\n",
            "lets a model reach a command, seen by nobody",
        ),
        (
            "  - {use: undone, approve: never}\n",
            "`undone` lets a model reach a command, seen by nobody",
        ),
        ("  - {use: refund, with: {ordr: A1}}\n", "unknown input `ordr`; did you"),
        ("  - {use: refund, with: {amount: many}}\n", "`amount` must be a number"),
        ("  - {use: lookup, approve: 1 +}\n", "3:"),
        ("  - {use: lookup, approve: never, risk: high}\n", "`risk` is of a gate"),
        (
            "  - {use: lookup, timeout: 2d}\n",
            "a gate with a `timeout` must say what silence means",
        ),
        ("  - {use: lookup, title: '{{ inputs.x }}'}\n", "has no input `x`"),
        ("  - again\n", "`again` asks `helper` again; take it out"),
        ("  - {use: lookup, on_timeout: approve}\n", "on_timeout"),
    ],
)
def test_these_are_told(tools: str, said: str) -> None:
    found = problems(tools)
    assert any(said in problem for problem in found), found


AT_THE_END = """workflow: w
steps: [{id: a, wait: 1s}]
finally:
  - {id: bye, llm: {agent: helper, prompt: Go.}}
"""


@pytest.mark.parametrize(
    ("tools", "asks"),
    [("  - lookup\n", False), ("  - refund\n", True)],
)
def test_a_run_that_has_ended_asks_nobody_before_a_tool_either(
    tools: str, asks: bool
) -> None:
    _, library = library_with(tools)
    found = [str(p) for p in check(parse(AT_THE_END, "w.yaml"), library)]
    assert any("`bye` asks: a run that has ended" in p for p in found) == asks
