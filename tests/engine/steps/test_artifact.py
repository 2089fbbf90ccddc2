"""An artifact is a document kept by the digest of its bytes."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from engine.definition.kinds import Artifact, Section
from engine.definition.model import ArtifactTemplate, Step, Workflow
from engine.machine.state import Failure
from engine.machine.ticking import boxes
from engine.steps import Done, StepFailed, perform
from store import blobs


def kept(done: Done) -> bytes:
    return Path(done.output["path"]).read_bytes()


def step(do: Artifact, **more: Any) -> Step:
    return Step(id="brief", kind="artifact", do=do, **more)


async def failure(work: Any) -> Failure:
    with pytest.raises(StepFailed) as caught:
        await perform(work, 0.0)
    return caught.value.failure


REPORT = Artifact(
    title="Risk of {{ customer.name }}",
    sections=(
        Section(heading="Summary", text="Score: {{ outputs.risk.score }}\n"),
        Section(
            heading="To do", items=("First", "{{ outputs.risk.todo }}", "{{ none }}")
        ),
        Section(heading="Hidden", text="{{ absent.name }}", when="false"),
        Section(text="", items=()),
    ),
)
SCOPE = {
    "customer": {"name": "Acme\nCorp"},
    "outputs": {"risk": {"score": 70, "todo": ["call\nthem", "write"]}},
}


async def test_a_report_is_markdown_kept_by_its_digest(
    make_work: Any, tmp_path: Path
) -> None:
    done = await perform(make_work(step(REPORT), SCOPE), 0.0)
    assert isinstance(done, Done)
    assert done.artifact
    assert done.output["text"] == (
        "# Risk of Acme Corp\n\n## Summary\n\nScore: 70\n\n"
        "## To do\n\n- First\n- call them\n- write\n"
    )
    assert done.output["path"].startswith(f"{tmp_path}/.weir/blobs/")
    data = kept(done)
    assert data.decode() == done.output["text"]
    assert hashlib.sha256(data).hexdigest() == done.output["sha256"]
    assert done.output["size"] == len(data)
    assert (done.output["title"], done.output["form"]) == (
        "Risk of Acme Corp",
        "report",
    )


async def test_a_template_is_used_under_another_title(make_work: Any) -> None:
    it = step(Artifact(use="risk-report", title="Mine"))
    template = ArtifactTemplate(name="risk-report", body=REPORT)
    workflow = Workflow(name="w", steps=(it,), artifacts={"risk-report": template})
    done = await perform(make_work(it, SCOPE, workflow=workflow), 0.0)
    assert done.output["text"].startswith("# Mine\n\n## Summary")


async def test_a_checklist_has_boxes(make_work: Any) -> None:
    section = Section(items=("{{ outputs.risk.todo }}", "Check {{ customer.name }}"))
    do = Artifact(form="checklist", title="List", sections=(section,))
    done = await perform(make_work(step(do), SCOPE), 0.0)
    assert done.output["text"] == (
        "# List\n\n- [ ] call them\n- [ ] write\n- [ ] Check Acme Corp\n"
    )


async def test_without_a_title_it_has_the_name_of_its_step(make_work: Any) -> None:
    do = Artifact(sections=(Section(text="x"),))
    assert (await perform(make_work(step(do)), 0.0)).output["title"] == "brief"
    work = make_work(step(do, title="The brief"))
    assert (await perform(work, 0.0)).output["title"] == "The brief"


def email(**more: Any) -> Artifact:
    given = {"to": "{{ inputs.to }}", "title": "{{ inputs.subject }}", **more}
    return Artifact(
        form="email",
        sections=(Section(text="Dear {{ inputs.name }},"), Section(text="Bye")),
        **given,
    )


def mail(to: str = "Ana <ana@example.com>", subject: str = "Grüße") -> dict[str, Any]:
    return {"inputs": {"to": to, "subject": subject, "name": "Änne"}}


async def test_an_email_is_a_message_that_others_can_read(make_work: Any) -> None:
    done = await perform(make_work(step(email()), mail("a@x.org, b@y.org")), 0.0)
    data = kept(done)
    message = message_from_bytes(data, policy=policy.default)
    assert message["To"] == "a@x.org, b@y.org"
    assert message["Subject"] == "Grüße"
    assert message.get_content() == "Dear Änne,\n\nBye\n"
    assert "Dear Änne," in done.output["text"]
    assert message.keys() == [
        "To", "Subject", "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    ]  # fmt: skip


async def test_the_same_email_is_the_same_bytes(make_work: Any) -> None:
    work = make_work(step(email()), mail())
    first, second = await perform(work, 0.0), await perform(work, 0.0)
    assert first.output["sha256"] == second.output["sha256"]


@pytest.mark.parametrize(
    "given",
    [
        mail("ana@example.com\nBcc: evil@example.com"),
        mail("ana@example.com\r\nBcc: evil@example.com"),
        mail(subject="Hello\nBcc: evil@example.com"),
        mail(subject="Hello\r\n\r\nAnother body"),
        mail(subject="Hello\0"),
        mail("not an address"),
        mail("ana@"),
        mail("ana@example.com, ben"),
        mail(","),
    ],
)
async def test_a_value_can_not_begin_another_header(
    make_work: Any, given: dict[str, Any]
) -> None:
    said = await failure(make_work(step(email()), given))
    assert said.kind == "output"
    assert not said.retryable


async def test_a_very_long_line_is_folded_for_the_post(make_work: Any) -> None:
    given = mail()
    given["inputs"]["name"] = "ä" * 2000
    done = await perform(make_work(step(email()), given), 0.0)
    data = kept(done)
    assert max(len(line) for line in data.splitlines()) <= 998
    message = message_from_bytes(data, policy=policy.default)
    assert "ä" * 2000 in message.get_content()


async def test_a_workspace_that_can_not_be_written_is_told(
    make_work: Any, tmp_path: Path
) -> None:
    (tmp_path / ".weir").write_text("a file where the folder should be")
    said = await failure(make_work(step(REPORT), SCOPE))
    assert said.kind == "internal"
    assert "\n" not in said.message


NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def source(done: Done, folder: Path) -> Any:
    return msgspec.json.decode(blobs.get(folder / ".weir", done.output["data"]))


async def test_what_it_was_rendered_from_is_kept_with_it(
    make_work: Any, tmp_path: Path
) -> None:
    scope = {**SCOPE, "unread": 1}
    done = await perform(make_work(step(REPORT), scope), 0.0)
    assert source(done, tmp_path) == {
        "customer.name": "Acme\nCorp",
        "outputs.risk.score": 70,
        "outputs.risk.todo": ["call\nthem", "write"],
    }


async def test_an_artifact_may_say_what_is_kept_with_it(
    make_work: Any, tmp_path: Path
) -> None:
    do = Artifact(title="x", sections=(Section(text="y"),), data=("outputs.risk", "at"))
    done = await perform(make_work(step(do), {**SCOPE, "at": NOW}), 0.0)
    kept_data = source(done, tmp_path)
    assert kept_data["outputs.risk"] == SCOPE["outputs"]["risk"]
    assert str(kept_data["at"]).startswith("2026-03-01")
    assert (await failure(make_work(step(do)))).kind == "missing"


async def test_front_matter_says_where_a_document_comes_from(make_work: Any) -> None:
    do = Artifact(
        title="Risk: {{ name }}", sections=(Section(text="x"),), front_matter=True
    )
    scope = {"name": "---\n- [ ] \x1b[31mred", "now": NOW}
    done = await perform(make_work(step(do), scope), 0.0)
    assert kept(done).decode() == done.output["text"]
    _, front, rest = done.output["text"].split("---\n", 2)
    assert yaml.safe_load(front) == {
        "title": "Risk: --- - [ ] \x1b[31mred",
        "run": "r1",
        "workflow": "demo",
        "version": "v",
        "written": NOW,
        "data": done.output["data"],
    }
    assert rest.startswith("\n# Risk: ")
    assert boxes(front) == []
