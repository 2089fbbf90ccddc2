"""The step templates for Jira and Slack, against a server that answers as they do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.definition.fields import accept
from engine.definition.model import Step
from engine.definition.parse import parse
from engine.starter import starter_folder
from engine.steps import StepFailed, perform

STEPS = starter_folder() / "examples/connectors/workflows/steps"
SECRETS = {"jira": "YTpi", "slack": "xoxb-1"}
ISSUE = "/rest/api/3/issue"
POSTED = {"ok": True, "channel": "C1", "ts": "1.2", "message": {"text": "hi"}}


@dataclass(frozen=True)
class Case:
    """A template, what it is given, what it sends, what is answered and left."""

    name: str
    given: dict[str, Any]
    path: str
    sent: dict[str, Any]
    answer: tuple[int, dict[str, Any] | None]
    left: dict[str, Any]


def page(text: str) -> dict[str, Any]:
    """Text as Jira's document format has it."""
    words = [{"type": "text", "text": text}]
    content = [{"type": "paragraph", "content": words}]
    return {"type": "doc", "version": 1, "content": content}


CASES = [
    Case(
        "jira-create-issue",
        {"project": "OPS", "summary": "Disk", "description": "Full."},
        ISSUE,
        {
            "fields": {
                "project": {"key": "OPS"},
                "issuetype": {"name": "Task"},
                "summary": "Disk",
                "description": page("Full."),
            }
        },
        (201, {"id": "10000", "key": "OPS-24", "self": "https://jira/issue/10000"}),
        {"id": "10000", "key": "OPS-24"},
    ),
    Case(
        "jira-comment",
        {"issue": "OPS-24", "text": "Seen."},
        f"{ISSUE}/OPS-24/comment",
        {"body": page("Seen.")},
        (201, {"id": "7", "self": "https://jira/7", "author": {"active": True}}),
        {"id": "7"},
    ),
    Case(
        "jira-search",
        {"jql": "project = OPS"},
        "/rest/api/3/search/jql",
        {"jql": "project = OPS", "fields": ["summary", "status"], "maxResults": 50},
        (200, {"isLast": True, "issues": [{"id": "1", "key": "OPS-1", "fields": {}}]}),
        {"issues": [{"id": "1", "key": "OPS-1", "fields": {}}]},
    ),
    Case(
        "jira-transition",
        {"issue": "OPS-24", "transition": "31"},
        f"{ISSUE}/OPS-24/transitions",
        {"transition": {"id": "31"}},
        (204, None),
        {"status": 204},
    ),
    Case(
        "slack-post",
        {"channel": "C1", "text": "hi"},
        "/api/chat.postMessage",
        {"channel": "C1", "text": "hi"},
        (200, POSTED),
        {"ok": True, "channel": "C1", "ts": "1.2"},
    ),
    Case(
        "slack-update",
        {"channel": "C1", "ts": "1.2", "text": "ho"},
        "/api/chat.update",
        {"channel": "C1", "ts": "1.2", "text": "ho"},
        (200, {**POSTED, "text": "ho"}),
        {"ok": True, "channel": "C1", "ts": "1.2"},
    ),
]


def work_of(make_work: Any, server: Any, case: Case) -> Any:
    """The step of a template, allowed to ask this machine."""
    source = (STEPS / f"{case.name}.yaml").read_text()
    template: Any = parse(source, case.name).definition
    given = accept(template.inputs, {"base_url": server.url, **case.given})
    do = msgspec.structs.replace(template.body.do, allow_private=True)
    step: Step = msgspec.structs.replace(template.body, id="send", do=do)
    return make_work(step, {"inputs": given, "secrets": SECRETS})


def answers(server: Any, case: Case, status: int, said: Any) -> None:
    body = b"" if said is None else json.dumps(said).encode()
    server.answer(case.path, body, status, Content_Type="application/json")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_template_asks_and_hears(
    make_work: Any, server: Any, case: Case
) -> None:
    answers(server, case, *case.answer)
    left = (await perform(work_of(make_work, server, case), 0.0)).output
    assert {name: left[name] for name in case.left} == case.left
    (seen,) = server.seen
    assert (seen.method, json.loads(seen.body)) == ("POST", case.sent)
    key = "Basic YTpi" if case.name.startswith("jira") else "Bearer xoxb-1"
    assert seen.headers["authorization"] == key


@pytest.mark.parametrize("case", CASES[-2:], ids=lambda case: case.name)
async def test_what_slack_refuses_fails_and_says_why(
    make_work: Any, server: Any, case: Case
) -> None:
    answers(server, case, 200, {"ok": False, "error": "channel_not_found"})
    with pytest.raises(StepFailed) as caught:
        await perform(work_of(make_work, server, case), 0.0)
    assert caught.value.failure.kind == "output"
    assert "channel_not_found" in caught.value.failure.details


@pytest.mark.parametrize("case", CASES[:4], ids=lambda case: case.name)
async def test_what_jira_refuses_fails_and_says_why(
    make_work: Any, server: Any, case: Case
) -> None:
    answers(server, case, 400, {"errorMessages": ["It is not so."], "errors": {}})
    with pytest.raises(StepFailed) as caught:
        await perform(work_of(make_work, server, case), 0.0)
    assert "It is not so." in caught.value.failure.details


def test_every_template_is_tried() -> None:
    assert {path.stem for path in Path(STEPS).iterdir()} == {c.name for c in CASES}
