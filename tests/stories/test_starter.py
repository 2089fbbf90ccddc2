"""The workflows Weir comes with, checked, and run as a person runs them."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.tui.pty_run import Terminal

if TYPE_CHECKING:
    from tests.stories.conftest import Person

SHIPPED = Path(__file__).parents[2] / "workflows"


@pytest.fixture
def repository(person: Person) -> Person:
    """A Git repository with a tag and two commits after it, and a workspace in it."""
    person.types("init")
    person.git("init", "-q")
    person.git("add", "-A")
    person.git("commit", "-qm", "Begin")
    person.git("tag", "v0.1")
    person.git("commit", "--allow-empty", "-qm", "Count cells, not characters")
    person.git("commit", "--allow-empty", "-qm", "Say who decided")
    return person


@pytest.fixture
def renewals(person: Person) -> Person:
    person.types("init", "--example", "renewal")
    return person


def test_the_starter_set_has_no_problems(repository: Person) -> None:
    assert repository.reads("check")["problems"] == []


def test_what_init_writes_is_tested_and_a_changed_prompt_is_noticed(
    person: Person,
) -> None:
    person.types("init")
    said = person.types("test")
    assert "9 cases in" in said
    assert "all as expected" in said
    file = person.root / "workflows/hello.yaml"
    file.write_text(file.read_text().replace("Today is", "It is"))
    said = person.types("test", "hello", ends=1)
    assert "the prompt of draft does not say “Today is 2026-03-02”" in said
    assert not (person.root / ".weir").exists()


def test_the_renewal_example_has_no_problems(renewals: Person) -> None:
    assert renewals.reads("check")["problems"] == []
    listed = renewals.reads("list", "workflows")["definitions"]
    names = {each["name"] for each in listed}
    assert {"renewal-prepare", "hello", "release-notes"} <= names


def test_hello_greets_and_asks(person: Person) -> None:
    person.types("init")
    run = person.starts("hello", "-i", "name=Ada", ends=3)
    said = "Hello, Ada: good to have you here today."
    assert person.output(run, "draft")["text"] == said
    assert "mock answers: no model is asked" in person.types("logs", run)
    assert person.output(run, "facts")["greeting"] == "Hello, Ada"
    (gate,) = person.reads("show", run)["approvals"]
    (shown,) = gate["request"]["shown"]
    assert shown["form"] == "markdown"  # a text to read, no JSON with escapes
    person.types("approve", person.gate(run), "--yes")
    assert person.waits_until(run, "succeeded", "failed") == "succeeded"


def test_release_notes_are_written_as_approved(repository: Person) -> None:
    run = repository.starts(
        "release-notes", "-i", "since=v0.1", "--provider", "mock", ends=3
    )
    changes = repository.output(run, "changes")["stdout"]
    assert [line.split(" (")[0] for line in changes.splitlines()] == [
        "- Say who decided",
        "- Count cells, not characters",
    ]
    notes = repository.output(run, "notes")["text"]
    repository.types("approve", repository.gate(run), "--yes")
    assert repository.waits_until(run, "succeeded", "failed") == "succeeded"
    assert (repository.root / "RELEASE_NOTES.md").read_text() == notes


def test_rework_puts_the_comment_into_the_next_draft(repository: Person) -> None:
    run = repository.starts(
        "release-notes", "-i", "since=v0.1", "--provider", "mock", ends=3
    )
    first = repository.gate(run)
    said = "Name the people it is for."
    repository.types("approve", first, "--choice", "rework", "--comment", said, "--yes")
    assert repository.waits_until(run, "waiting", "failed") == "waiting"
    assert said in repository.prompt(run, "draft#2")
    repository.types("approve", repository.gate(run), "--yes")
    assert repository.waits_until(run, "succeeded", "failed") == "succeeded"
    newest = repository.output(run, "notes#2")["text"]
    assert (repository.root / "RELEASE_NOTES.md").read_text() == newest


def test_a_tag_that_is_an_option_is_only_a_name(repository: Person) -> None:
    run = repository.starts(
        "release-notes", "-i", "since=--output=taken", "--provider", "mock", ends=1
    )
    assert repository.steps(run)[-1] == "changes"
    assert not list(repository.root.glob("taken*"))


def test_no_commits_is_said(repository: Person) -> None:
    repository.git("tag", "v0.2")
    run = repository.starts("release-notes", "--provider", "mock", ends=1)
    reason = repository.reads("show", run)["run"]["reason"]
    assert "no commits since the last tag" in reason


def test_a_renewal_is_prepared_and_sent_as_approved(renewals: Person) -> None:
    run = renewals.starts("renewal-prepare", "-i", "customer=acme", ends=3)
    score = renewals.output(run, "risk")["risk_score"]
    assert ("escalate" in renewals.steps(run)) == (score >= 70)
    asked = renewals.prompt(run, "risk")
    assert "Analyze risk for Acme Corp with ARR $100000." in asked
    assert "Current usage: +12% growth." in asked
    assert "Days until renewal: 130." in asked
    price = renewals.output(run, "price")
    assert price["uplift"] <= 8
    assert price["new_arr"] == round(100000 * (100 + price["uplift"]) / 100)
    report = renewals.output(run, "report")["text"]
    assert report.startswith("# Risk report for Acme Corp\n")
    assert f"risk **{score}** of 100" in report
    assert "- [ ] " in renewals.output(run, "checklist")["text"]
    renewals.types("approve", renewals.gate(run), "--yes")
    assert renewals.waits_until(run, "succeeded", "failed") == "succeeded"
    sent = (renewals.root / "outbox" / "acme.eml").read_text()
    assert sent == renewals.output(run, "email")["text"]
    message = email.message_from_string(sent, policy=email.policy.default)
    assert message["To"] == "wiley.ford@acme.example"


def test_a_renewal_goes_back_to_the_risk_with_the_comment(renewals: Person) -> None:
    run = renewals.starts("renewal-prepare", "-i", "customer=globex", ends=3)
    said = "Their sponsor has left; look again."
    first = renewals.gate(run)
    renewals.types("approve", first, "--choice", "rework", "--comment", said, "--yes")
    assert renewals.waits_until(run, "waiting", "failed") == "waiting"
    assert said in renewals.prompt(run, "risk#2")
    assert "snapshot#2" not in renewals.steps(run)
    renewals.types("reject", renewals.gate(run), "--comment", "Not now.", "--yes")
    assert renewals.waits_until(run, "succeeded", "failed") == "succeeded"
    assert not (renewals.root / "outbox").exists()


def test_usage_data_that_is_missing_is_asked_for_before_a_model_is(
    renewals: Person,
) -> None:
    run = renewals.starts("renewal-prepare", "-i", "customer=umbrella", ends=3)
    (item,) = renewals.reads("inbox")
    assert item["kind"] == "missing"
    assert "data.usage.trend (string), for snapshot, risk" in item["title"]
    assert "snapshot" not in renewals.steps(run)
    usage = '{"trend": "flat", "active_users": "few", "last_activity": "today"}'
    wrong = "`data.usage.active_users` must be a whole number; got `few`"
    assert wrong in renewals.types("fill", run, f"data.usage={usage}", ends=2)
    usage = '{"trend": "flat", "active_users": 3, "last_activity": "today"}'
    renewals.types("fill", run, f"data.usage={usage}")
    assert renewals.waits_until(run, "waiting", "failed") == "waiting"
    assert "Usage: flat, 3 active users" in renewals.prompt(run, "snapshot")


def test_a_customer_nobody_knows_is_told(renewals: Person) -> None:
    run = renewals.starts("renewal-prepare", "-i", "customer=nobody", ends=3)
    assert "customer: no row for id=nobody in crm" in renewals.types("why", run)
    renewals.types("cancel", run)
    assert renewals.waits_until(run, "cancelled") == "cancelled"


def test_an_incident_is_what_the_person_says_it_is(person: Person) -> None:
    person.types("init")
    run = person.starts(
        "incident-triage",
        *("-i", "service=checkout", "-i", "symptom=Orders fail since noon."),
        *("--provider", "mock"),
        ends=3,
    )
    gate = person.gate(run)
    asked = ("--choice", "confirm", "--input", "severity=sev3", "--yes")
    refusal = person.types("approve", gate, *asked, ends=2)
    assert "owner" in refusal
    person.types("approve", gate, *asked, "--input", "owner=Ana")
    assert person.waits_until(run, "waiting", "failed") == "waiting"
    assert person.output(run, "report")["title"] == "sev3: checkout"
    assert "watch" in person.steps(run)
    person.types("approve", person.gate(run), "--choice", "resolved", "--yes")
    assert person.waits_until(run, "succeeded", "failed") == "succeeded"
    kept = (person.root / "incidents" / f"{run}.md").read_text()
    assert "Orders fail since noon." in kept


def test_the_demonstration_runs_without_a_terminal(person: Person) -> None:
    told = person.types("demo", "demo")
    assert "weir -C demo approve" in told
    assert "succeeded" in told
    assert "Look about: weir -C demo" in told
    assert (person.root / "demo" / "outbox" / "acme.eml").is_file()
    again = person.types("demo", "demo")
    assert "weir init" not in again


def test_the_demonstration_opens_the_workbench_on_an_open_gate(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "weir.py"
    script.write_text("from tui.cli import main\nmain()\n")
    monkeypatch.setenv("HOME", person.environment["HOME"])
    place = str(person.root / "demo")
    terminal = Terminal(script, "demo", place, size=(100, 30))
    terminal.read_until(["Approvals(1)"])
    terminal.type("q")
    assert terminal.read_to_end()[1] == 0
