"""Facts about foreign text: a person sees it before it becomes a command."""

from __future__ import annotations

import pytest

from engine.definition.check import check
from engine.definition.parse import parse

LOOK = "  - {id: look, approval: {title: Go on?, show: [outputs.draft]}}\n"
DRAFT = "  - {id: draft, llm: 'Write it.'}\n"
SEND = "  - {id: send, shell: 'mail {{ outputs.draft.text | quote }}'}\n"
HEAD = "workflow: w\n"


def problems(text: str) -> list[str]:
    parsed = parse(text, "w.yaml")
    assert not parsed.problems, parsed.problems
    return [str(problem) for problem in check(parsed, {})]


def test_a_models_words_do_not_become_a_command_unseen() -> None:
    (problem,) = problems(f"{HEAD}steps:\n{DRAFT}{SEND}")
    assert problem == (
        "w.yaml:4:5: `send` puts outputs.draft into a command, and nobody has looked"
        " at it; put a gate on the way, or say `unattended: true`"
    )


@pytest.mark.parametrize(
    "steps",
    [
        DRAFT + LOOK + SEND,
        DRAFT + SEND.replace("'}", "', unattended: true}"),
        DRAFT + "  - {id: send, shell: 'echo {{ run.id }}'}\n",
    ],
    ids=["a-gate-between", "said-so", "not-read"],
)
def test_nothing_is_said_when(steps: str) -> None:
    assert not problems(f"{HEAD}steps:\n{steps}")


@pytest.mark.parametrize(
    "steps",
    [
        # by way of a value and of a document
        DRAFT
        + "  - {id: keep, set: {x: '{{ outputs.draft.text }}'}}\n"
        + "  - {id: send, shell: 'echo {{ outputs.keep.x }}'}\n",
        DRAFT
        + "  - id: page\n    artifact:\n      title: T\n      sections:\n"
        + "        - {text: '{{ outputs.draft.text }}'}\n"
        + "  - {id: send, shell: 'cp {{ artifacts.page.path }} x'}\n",
        # a way round the gate
        DRAFT.replace("'}", "', route: [{when: 1 > 2, to: look}, {to: send}]}")
        + LOOK
        + SEND,
        # a gate that looked before it was written
        LOOK.replace(", show: [outputs.draft]", "") + DRAFT + SEND,
        # a request is no better than a command
        DRAFT
        + "  - {id: send, http: {url: 'https://x.example', method: POST,"
        + " body: '{{ outputs.draft.text }}'}}\n",
    ],
    ids=["a-value", "a-document", "a-way-round", "looked-too-early", "a-request"],
)
def test_it_is_told_also(steps: str) -> None:
    assert any("nobody has looked" in p for p in problems(f"{HEAD}steps:\n{steps}"))


def test_a_file_is_foreign_and_a_database_is_not() -> None:
    context = "context:\n  a: {file: a.json}\n  b: {expr: 1 + 1}\n"
    for name, told in (("a", 1), ("b", 0)):
        send = f"steps:\n  - {{id: send, shell: 'echo {{{{ {name} }}}}'}}\n"
        assert len(problems(HEAD + context + send)) == told


def test_the_name_of_a_file_that_only_had_to_fit_a_pattern_is_foreign() -> None:
    for file, told in (("in/*.csv", 1), ("in/{{ run.id }}.csv", 0)):
        steps = (
            f"steps:\n  - {{id: came, wait: {{file: '{file}'}}, timeout: 1d}}\n"
            "  - {id: send, shell: 'load {{ outputs.came.path }}'}\n"
        )
        assert len(problems(HEAD + steps)) == told
