"""Commands that change something: pause to retry, mark, project, runner, doctor."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.machine import commands as c
from engine.machine import events as e
from engine.past import history
from tests.given import start
from tests.tui.cli.here import read, write

FAILS = """\
workflow: fails
steps:
  - id: once
    safe: true
    shell: "test -e there"
"""
UNSAFE = """\
workflow: unsafe
steps:
  - {id: send, shell: "true", output: {to: {type: string}}}
"""


def test_a_run_is_paused_resumed_and_cancelled(weir, here) -> None:
    run = here.run_of(here.gate())
    paused = read(weir("pause", run, "--comment", "lunch", "--json"))
    assert (paused["status"], paused["reason"]) == ("paused", "lunch")
    assert weir("resume", run).stdout == f"{run} is ? waiting\n"
    assert read(weir("cancel", run, "--json"))["status"] == "cancelled"


def test_what_a_run_does_not_allow_is_refused_with_the_reason(weir, here) -> None:
    run = here.run_of(here.gate())
    result = weir("resume", run)
    assert result.exit_code == 1
    assert result.stderr == (
        f"weir: run {run} is waiting; only a paused one can be resumed\n"
    )
    weir("cancel", run)
    for words in (("pause", run), ("cancel", run), ("retry", run)):
        result = weir(*words)
        assert result.exit_code == 1
        assert "cancelled" in result.stderr
        assert result.stderr.count("\n") == 1


def test_a_failed_run_goes_on_from_where_it_failed(weir, here) -> None:
    write(here, weir, FAILS, "fails")
    run = here.start("fails")
    (here.root / "there").touch()
    assert read(weir("retry", run, "--json"))["status"] == "running"
    here.work(run)
    assert read(weir("show", run, "--json"))["run"]["status"] == "succeeded"


def test_whoever_has_mended_the_file_is_told_how_a_run_goes_by_it(weir, here) -> None:
    write(here, weir, FAILS, "fails")
    run = here.start("fails")
    newest = f"weir retry {run} --newest"
    assert (
        f"`weir retry {run}` goes on from there, `{newest}`" in weir("why", run).stdout
    )
    write(here, weir, FAILS.replace("-e there", "-e ."), "fails")
    said = weir("retry", run).stdout
    assert said.startswith(f"{run} is ▶ running\n! it goes by the text it began with;")
    assert newest in said
    here.work(run)
    result = weir("retry", run, "--newest")
    assert result.stderr == ""
    assert "!" not in result.stdout
    here.work(run)
    assert read(weir("show", run, "--json"))["run"]["status"] == "succeeded"


@pytest.fixture
def interrupted(weir, here) -> str:
    """A run with a step that may or may not have happened."""
    write(here, weir, UNSAFE, "unsafe")
    run = start(here.engine, "unsafe")
    here.engine.handle(run, c.StartAttempt("send", "w1"))
    here.engine.handle(run, c.ReportLost("send", 1, "w1", "its runner is gone"))
    return run


def test_an_interrupted_step_is_snoozed_and_is_then_only_counted(
    weir, here, interrupted
) -> None:
    step = f"{interrupted}/send"
    assert f"{step} is snoozed until 20" in weir("snooze", step, "2h").stdout
    assert weir("inbox").stdout == "1 snoozed; `weir inbox --all` lists them too\n"
    (item,) = read(weir("inbox", "--all", "--json"))
    assert (item["id"], item["snoozed"] > item["since"]) == (step, True)
    assert weir("snooze", step, "--wake").stdout == f"{step} is shown again\n"
    assert "interrupted" in weir("inbox").stdout


def test_an_interrupted_step_is_in_the_inbox_and_is_marked(
    weir, here, interrupted
) -> None:
    (item,) = read(weir("inbox", "--json"))
    assert item["kind"] == "interrupted"
    words = ("mark", interrupted, "send", "--output", '{"to": "ana"}', "--json")
    assert read(weir(*words))["status"] == "succeeded"


def test_a_step_that_was_marked_done_tells_by_whom_and_why(
    weir, here, interrupted
) -> None:
    words = ("--output", '{"to": "ana"}', "--comment", "it is in the outbox")
    assert weir("mark", interrupted, "send", *words).exit_code == 0
    (row,) = read(weir("show", interrupted, "--json"))["steps"]
    who = getpass.getuser()
    assert row["summary"] == f"marked by {who} (it is in the outbox)"
    shown = weir("show", interrupted, "--step", "send").stdout
    assert f"marked done by {who} (script): it is in the outbox" in shown


@pytest.mark.parametrize(
    ("words", "status"), [("--again", "running"), ("--fail", "failed")]
)
def test_an_interrupted_step_is_done_again_or_fails(
    weir, interrupted, words: str, status: str
) -> None:
    assert read(weir("mark", interrupted, "send", words, "--json"))["status"] == status


def test_an_output_that_does_not_fit_leaves_the_step_as_it_was(
    weir, here, interrupted
) -> None:
    result = weir("mark", interrupted, "send", "--output", '{"too": "ana"}')
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert read(weir("inbox", "--json"))[0]["kind"] == "interrupted"


TWO = """\
workflow: two
context: {flag: {expr: "1 == 1"}, who: {expr: "'ana'"}}
steps:
  - {id: draft, set: {text: "for {{ who }}"}}
  - {id: send, shell: "test -e there"}
"""


def test_a_failed_step_is_skipped_with_its_reason(weir, here) -> None:
    write(here, weir, TWO, "two")
    run = here.start("two")
    assert weir("skip", run, "send").exit_code == 2
    skipped = read(weir("skip", run, "send", "--reason", "sent by hand", "--json"))
    assert skipped["status"] == "succeeded"
    (event,) = [
        entry.event
        for entry in history(here.database, run)
        if isinstance(entry.event, e.StepSkipped)
    ]
    assert (event.reason, event.by and event.by.via) == ("sent by hand", "script")


def test_a_run_goes_back_with_another_value(weir, here) -> None:
    write(here, weir, TWO, "two")
    run = here.start("two")
    assert weir("set", run, "who=Bob", "flag=false").exit_code == 0
    told = weir("set", run, "flag=maybe").stderr
    assert told == "weir: `flag` is true or false, and this is a text\n"
    assert read(weir("back", run, "--to", "draft", "--json"))["status"] == "running"
    (here.root / "there").touch()
    here.work(run)
    state = here.engine.load(run)
    assert state.steps["draft#2"].output == {"text": "for Bob"}
    assert state.status == "succeeded"


ASKS = """\
workflow: asks
context: {flag: {expr: "1 == 1"}, who: {expr: "'ana'"}}
steps:
  - {id: ask, approval: {title: "Write to {{ who }}?"}}
  - {id: send, shell: "test -e there"}
"""


def test_a_gate_asks_anew_about_another_value_and_holds_an_approved_one(
    weir, here
) -> None:
    write(here, weir, ASKS, "asks")
    run = here.start("asks")
    told = weir("set", run, "who=Bob", "flag=false").stdout
    assert told == f"{run} is ▶ running\n  ask asks anew\n"
    here.work(run)
    (item,) = read(weir("inbox", "--json"))
    assert item["title"] == "Write to Bob?"
    assert weir("approve", item["id"], "--yes").exit_code == 0
    here.work(run)
    result = weir("set", run, "flag=true", "who=Cy")
    assert result.exit_code == 1
    assert "`who` was shown at ask, which" in result.stderr
    assert f"`weir back {run} --to ask` asks again" in result.stderr
    assert here.engine.load(run).context == {"flag": False, "who": "Bob"}


@pytest.mark.parametrize(
    "words",
    [
        ("skip", "r", "x", "--reason", "y"),
        ("back", "r", "--to", "x"),
        ("set", "r", "x=y"),
    ],
)
def test_a_run_does_not_steer_itself(weir, monkeypatch, words) -> None:
    monkeypatch.setenv("WEIR_RUN_ID", "r1")
    result = weir(*words)
    assert result.exit_code == 1
    assert "a run can't decide for itself" in result.stderr


def test_a_pause_names_what_will_still_finish(weir, here) -> None:
    write(here, weir, TWO, "two")
    run = start(here.engine, "two")
    here.engine.handle(run, c.StartAttempt("@context", "w1"))
    lines = weir("pause", run).stdout.splitlines()
    assert lines == [f"{run} is ‖ paused", "  @context will still finish"]
    assert "is pausing: @context will still finish" in weir("why", run).stdout


def test_projects_are_made_archived_and_brought_back(weir, here) -> None:
    assert weir("project", "list").stdout.startswith("no projects")
    made = read(weir("project", "new", "autumn", "--title", "Autumn work", "--json"))
    assert (made["name"], made["title"], made["archived"]) == (
        "autumn",
        "Autumn work",
        False,
    )
    assert read(weir("project", "archive", "autumn", "--json"))["archived"] is True
    assert read(weir("project", "list", "--json")) == []
    assert len(read(weir("project", "list", "--all", "--json"))) == 1
    assert weir("project", "new", "autumn").stdout == "project autumn is open\n"


def test_a_project_is_given_another_title_and_who_did_it_is_kept(weir, here) -> None:
    weir("project", "new", "autumn", "--title", "Autumn")
    named = read(weir("project", "rename", "autumn", "Autumn work", "--json"))
    assert (named["name"], named["title"]) == ("autumn", "Autumn work")
    assert "Autumn work" in weir("project", "list").stdout
    act = read(weir("audit", "--json"))[-1]
    assert (act["what"], act["details"]) == (
        "renamed project autumn",
        {"name": "autumn", "title": "Autumn work", "before": "Autumn"},
    )


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("rename", "autum", "x"), "no project 'autum'; did you mean autumn?"),
        (("archive", "autum"), "no project 'autum'; did you mean autumn?"),
        (("archive", "x"), "no project 'x'; `weir project new x` makes it"),
        (("new", "autumn"), "project autumn is there already"),
    ],
)
def test_a_project_is_refused_by_its_name(weir, words, line: str) -> None:
    weir("project", "new", "autumn")
    assert weir("project", *words).stderr == f"weir: {line}\n"


def test_a_sound_store_is_told_so(weir, here) -> None:
    here.gate()
    assert weir("doctor").stdout == f"{here.database.path} is sound\n"
    report = read(weir("doctor", "--thorough", "--json"))
    assert report["problems"] == []


def test_rows_that_were_lost_are_found_and_written_anew(weir, here) -> None:
    gate = here.gate()
    before = read(weir("show", here.run_of(gate), "--json"))
    lose_rows(here.database.path)
    result = weir("doctor")
    assert result.exit_code == 1
    assert "`weir doctor --rebuild`" in result.stdout
    assert weir("doctor", "--rebuild").exit_code == 0
    assert read(weir("show", before["run"]["id"], "--json")) == before


def lose_rows(database: Path) -> None:
    # In a process of its own: a file is never opened twice by one.
    code = (
        "import apsw, sys\n"
        "connection = apsw.Connection(sys.argv[1])\n"
        "for table in ('run', 'step', 'approval'):\n"
        "    connection.execute(f'delete from {table}')\n"
    )
    subprocess.run([sys.executable, "-c", code, str(database)], check=True)


def test_a_runner_is_started_looked_at_and_stopped(workspace: Path) -> None:
    def weir(*words: str) -> str:
        command = [sys.executable, "-c", "from tui.cli import main; main()", "runner"]
        done = subprocess.run(
            [*command, *words], capture_output=True, text=True, cwd=workspace,
            env={**os.environ}, check=True,
        )  # fmt: skip
        return done.stdout

    try:
        assert weir("start").startswith("a runner is awake\n")
        assert weir("start").startswith("a runner is awake\n")
        assert '"awake": true' in weir("status", "--json")
    finally:
        assert weir("stop").startswith("the runner has gone home\nno runner is awake")
    assert weir("stop").startswith("no runner is awake")
