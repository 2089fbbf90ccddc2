"""Commands that only look: runs, show, logs, trace, why, inbox, artifact, list."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from store import runs
from store.records import LogRecord
from store.tables import Event
from tests.given import start
from tests.tui.cli.here import GATED, Here, read
from tests.tui.cli.person import Person

TALKS = """\
workflow: talk
steps:
  - id: say
    safe: true
    shell: "printf 'one\\\\ntwo\\\\n'; printf 'oops\\\\n' >&2; exit {{ inputs.code }}"
  - id: page
    artifact:
      form: page
      title: What was said
      sections:
        - {heading: Said, text: "{{ outputs.say.stdout }}"}
inputs:
  code: {type: integer, default: 0}
"""


@pytest.fixture
def talk(here: Here, weir) -> Here:
    (here.root / "workflows" / "talk.yaml").write_text(TALKS)
    assert weir("list").exit_code == 0
    return here


def test_runs_are_listed_newest_first_with_where_they_stand(weir, here) -> None:
    first, second = here.start(name="Ana"), here.start(name="Bo")
    listed = read(weir("runs", "--json"))
    assert [run["id"] for run in listed] == [second, first]
    assert listed[0]["status"] == "waiting"
    assert listed[0]["inputs"] == {"name": "Bo"}
    _, newest, _ = weir("runs").stdout.splitlines()
    for word in (second, "? waiting", "greet", "review", "1/3", "ana", "Greet someone"):
        assert word in newest


def test_runs_are_chosen_by_status_workflow_time_and_text(weir, here) -> None:
    run = here.start()
    for words, found in (
        (("--status", "waiting"), [run]),
        (("--status", "failed"), []),
        (("--workflow", "greet"), [run]),
        (("--workflow", "other"), []),
        (("--since", "1h"), [run]),
        (("--since", "2099-01-01"), []),
        (("--search", "Greet"), [run]),
        (("--search", "nothing like it"), []),
        (("--before", run), []),
    ):
        listed = read(weir("runs", *words, "--json"))
        assert [each["id"] for each in listed] == found, words


def test_older_runs_are_reached_by_the_last_id(weir, here) -> None:
    first, second = here.start(), here.start()
    result = weir("runs", "--limit", "1")
    assert second in result.stdout
    assert first not in result.stdout
    assert result.stderr == f"older ones: weir runs --before {second}\n"


def test_a_run_is_shown_with_its_steps_inputs_and_open_gate(weir, here) -> None:
    gate = here.gate(name="Ana")
    run = here.run_of(gate)
    shown = weir("show", run[:-1]).stdout
    for part in (
        run,
        "input name = Ana",
        "draft",
        "✓ succeeded",
        f"weir approve {gate}",
    ):
        assert part in shown
    whole = read(weir("show", run, "--json"))
    assert whole.keys() == {
        "run",
        "steps",
        "approvals",
        "artifacts",
        "runs",
        "spent",
        "items",
    }
    assert whole["approvals"][0]["request"]["title"] == "Greet Ana?"


def test_a_command_to_type_names_the_workspace_it_was_asked_about(weir, here) -> None:
    gate = here.gate()
    shown = weir("-C", str(here.root), "show", here.run_of(gate)).stdout
    assert f"weir -C {here.root} approve {gate}" in shown


def test_a_step_is_shown_with_its_events_and_its_output(weir, here) -> None:
    run = here.start()
    step = read(weir("show", run, "--step", "draft", "--json"))
    assert step["output"] == {"text": "Hello world"}
    assert step["step"]["status"] == "succeeded"
    assert [each["event"]["type"] for each in step["events"]] == [
        "StepReady",
        "AttemptStarted",
        "StepSucceeded",
    ]
    assert '"text": "Hello world"' in weir("show", run, "--step", "draft").stdout


def test_a_step_that_is_not_there_names_those_that_are(weir, here) -> None:
    run = here.start()
    result = weir("show", run, "--step", "draught")
    assert result.exit_code == 2
    assert result.stderr == (
        "weir: no step 'draught' in this run; it has reached draft, review\n"
    )


def test_a_failed_step_tells_why(weir, talk) -> None:
    run = talk.start("talk", code=3)
    shown = weir("show", run, "--step", "say").stdout
    assert "✗ failed" in shown
    assert "oops" in shown


def test_a_log_is_printed_with_its_step_and_stream(weir, talk) -> None:
    run = talk.start("talk")
    lines = [
        line[10:] for line in weir("logs", run, "--step", "say").stdout.splitlines()
    ]
    assert set(lines) >= {"say | one", "say | two", "say err | oops"}
    pieces = read(weir("logs", run, "--json"))
    assert {piece["stream"] for piece in pieces} >= {"out", "err"}


def test_following_the_log_of_an_ended_run_ends(weir, talk) -> None:
    run = talk.start("talk")
    followed = weir("logs", run, "-f", "--json")
    assert followed.exit_code == 0
    items = [json.loads(line) for line in followed.stdout.splitlines()]
    assert items == read(weir("logs", run, "--json"))


def test_following_the_log_says_what_is_waited_for_and_how_to_answer(here) -> None:
    gate = here.gate()
    person = Person("logs", "-f", here.run_of(gate))
    person.read_until([f"waits for a person: Greet world?; weir approve {gate}"])
    person.interrupt()
    seen, _ = person.read_to_end()
    assert seen.count(b"waits for a person") == 1


def test_a_trace_walks_from_a_step_to_the_start(weir, here) -> None:
    run = here.start()
    asked = {"run": run, "path": "draft", "attempt": 1, "at": 1.0, "stream": "prompt"}
    here.engine.log([LogRecord(**asked, text="Write one friendly sentence")]).result()
    chain = read(weir("trace", run, "review", "--json"))
    assert chain[0]["event"]["type"] == "ApprovalRequested"
    assert chain[-1]["event"]["type"] == "RunStarted"
    for entry, cause in pairwise(chain):
        assert entry["cause"] == cause["seq"]
    told = weir("trace", run).stdout
    assert "asks: Greet world?" in told
    assert "| Write one friendly sentence" in told  # what the model was asked
    said = {en["said"] for en in chain if en["event"]["type"] == "AttemptStarted"}
    assert "Write one friendly sentence" in said


OUTER = """\
workflow: outer
steps:
  - {id: first, set: {x: 1}}
  - {id: inside, run: greet, with: {name: Ana}}
"""


def test_a_trace_goes_on_through_the_runs_that_had_started_a_run(weir, here) -> None:
    (here.root / "workflows" / "outer.yaml").write_text(OUTER)
    assert weir("list").exit_code == 0
    top = here.start("outer")
    (inner,) = runs.under(here.database, top)
    here.work(inner.id)
    chain = read(weir("trace", inner.id, "draft", "--json"))
    walked = [(link["run"], link["event"]["type"]) for link in chain]
    assert walked[0] == (inner.id, "StepSucceeded")
    below = walked.index((inner.id, "RunStarted"))
    assert walked[below + 1 : below + 3] == [
        (top, "ChildStarted"),
        (top, "AttemptStarted"),
    ]
    assert walked[-1] == (top, "RunStarted")
    told = weir("trace", inner.id).stdout
    assert f"run {top} had started it:\n" in told
    assert told.splitlines()[-1].endswith("outer started by ana")


def test_a_trace_ends_where_the_run_above_is_not_here_any_more(weir, here) -> None:
    (here.root / "workflows" / "outer.yaml").write_text(OUTER)
    assert weir("list").exit_code == 0
    top = here.start("outer")
    (inner,) = runs.under(here.database, top)
    gone = Event.delete().where(Event.run == top)
    assert here.database.write(lambda: here.database.run(gone))
    result = weir("trace", inner.id)
    assert result.stderr == f"run {top}, which had started it, is not here\n"
    assert "greet started by ana" in result.stdout.splitlines()[-1]


def test_why_says_when_nobody_is_awake_to_go_on(weir, workspace) -> None:
    place = Here(workspace)  # with no lock held: nobody is awake
    run = start(place.engine, "greet")
    assert "no runner is awake: `weir runner start`" in weir("why", run).stdout
    place.database.close()


def test_why_says_what_a_run_waits_for(weir, here) -> None:
    gate = here.gate()
    told = read(weir("why", here.run_of(gate), "--json"))
    assert f"`weir approve {gate}`" in told["why"]
    assert "ago" not in told["why"]  # `since 4s ago` is no English
    assert weir("why", here.run_of(gate)).stdout == told["why"] + "\n"


def test_the_inbox_lists_what_waits_with_its_command(weir, here) -> None:
    assert weir("inbox").stdout == "nothing waits for a person\n"
    gate = here.gate()
    assert f"weir approve {gate}" in weir("inbox").stdout
    (item,) = read(weir("inbox", "--json"))
    (there,) = read(weir("-C", str(here.root), "inbox", "--json"))
    assert there["hint"] == f"weir -C {here.root} approve {gate}"
    assert (item["kind"], item["id"], item["risk"]) == ("approval", gate, "normal")


def test_the_inbox_says_how_many_gates_it_does_not_list(weir, here) -> None:
    gates = [here.gate() for _ in range(3)]
    some = weir("inbox", "--limit", "2")
    assert [gate for gate in gates if gate in some.stdout] == gates[:2]
    assert some.stderr == "1 more gate: weir inbox --limit 3\n"
    told = weir("inbox", "--limit", "2", "--by", "age", "--json")
    assert [item["id"] for item in read(told)] == gates[:2]
    assert told.stderr == some.stderr
    assert weir("inbox", "--limit", "3").stderr == ""


def test_an_artifact_is_its_very_bytes_in_a_pipe_and_in_a_file(weir, talk) -> None:
    run = talk.start("talk")
    text = read(weir("artifact", run, "page", "--json"))["text"]
    assert "one\ntwo" in text
    assert weir("artifact", run, "page").stdout == text
    assert weir("artifact", run, "page", "--out", "page.md").exit_code == 0
    page = talk.root / "page.md"
    assert page.read_text() == text
    assert page.stat().st_mode & 0o077 == 0


def test_an_artifact_is_written_in_no_form_that_there_is_none_of(weir, talk) -> None:
    run = talk.start("talk")
    result = weir("artifact", run, "page", "--out", "page.pdf")
    assert result.exit_code == 2
    assert "no document is written as .pdf; there is .html, .htm, .eml, .txt, .md" in (
        result.stderr
    )
    assert not (talk.root / "page.pdf").exists()
    as_text = ("--out", "page.pdf", "--format", "text")
    assert weir("artifact", run, "page", *as_text).exit_code == 0


def test_an_artifact_overwrites_nothing(weir, talk) -> None:
    run = talk.start("talk")
    (talk.root / "mine").write_text("mine")
    result = weir("artifact", run, "page", "--out", "mine")
    assert result.exit_code == 1
    assert (
        result.stderr
        == "weir: mine is there already; name another file, or say --force\n"
    )
    assert (talk.root / "mine").read_text() == "mine"


def test_an_artifact_that_is_not_there_names_those_that_are(weir, talk) -> None:
    run = talk.start("talk")
    result = weir("artifact", run, "pages")
    assert result.stderr == "weir: no artifact 'pages'; the run has left page\n"


def test_definitions_are_listed_as_their_files_stand_now(weir, here) -> None:
    (here.root / "workflows" / "other.yaml").write_text(GATED.replace("greet", "other"))
    (here.root / "workflows" / "greet.yaml").write_text("workflow: greet\nstepps: []\n")
    listed = read(weir("list", "workflows", "--json"))
    assert {each["name"] for each in listed["definitions"]} == {"greet", "other"}
    assert listed["problems"][0]["path"] == "workflows/greet.yaml"
    shown = weir("list").stdout
    assert "! last good version" in shown
    assert "✓ good" in shown
    (here.root / "workflows" / "other.yaml").unlink()
    assert "- missing" in weir("list").stdout


def test_a_graph_is_drawn_as_text_as_mermaid_and_as_data(weir, here) -> None:
    assert "review" in weir("graph", "greet").stdout
    assert weir("graph", "greet", "--mermaid").stdout.startswith("flowchart TD\n")
    graph = read(weir("graph", "greet", "--json"))
    assert {"source": "review", "target": "draft", "label": "rework"} in graph["edges"]


def test_a_workflow_that_is_not_there_names_the_nearest(weir, here) -> None:
    result = weir("graph", "great")
    assert result.exit_code == 2
    assert (
        result.stderr == "weir: there is no workflow `great`; did you mean `greet`?\n"
    )


def test_hostile_text_of_a_log_is_printed_visibly(weir, talk) -> None:
    text = TALKS.replace("oops", r"\\033]0;owned\\007")
    (talk.root / "workflows" / "talk.yaml").write_text(text)
    weir("list")
    run = talk.start("talk")
    assert "␛]0;owned␇" in weir("logs", run).stdout
    raw = weir("logs", run, "--raw").stdout
    assert r"say err | \x1b]0;owned\x07\n" in raw
    assert raw == weir("logs", run, "--raw", "-f").stdout


def test_at_a_terminal_an_artifact_shows_its_controls(weir, talk) -> None:
    text = TALKS.replace("one", r"\\033[2Jone")
    (talk.root / "workflows" / "talk.yaml").write_text(text)
    weir("list")
    run = talk.start("talk")
    seen, code = Person("artifact", run, "page").read_to_end()
    assert code == 0
    assert b"\x1b[2J" not in seen
    assert "␛[2Jone".encode() in seen


def test_a_run_is_shown_as_it_was_after_any_event(weir, here) -> None:
    gate = here.gate()
    run = here.run_of(gate)
    assert weir("approve", gate, "--yes").exit_code == 0
    here.work(run)
    asked = next(
        event["seq"]
        for event in read(weir("trace", run, "--json"))
        if event["event"]["type"] == "ApprovalRequested"
    )
    then = read(weir("show", run, "--at", str(asked), "--json"))
    assert then.keys() == read(weir("show", run, "--json")).keys()
    assert (then["run"]["status"], then["run"]["seq"]) == ("waiting", asked)
    assert [step["status"] for step in then["steps"]] == ["succeeded", "waiting"]
    assert then["approvals"][0]["status"] == "pending"
    assert "? waiting" in weir("show", run, "--at", str(asked)).stdout
    first = read(weir("show", run, "--at", "1", "--json"))
    assert (first["steps"], first["approvals"]) == ([], [])
    late = weir("show", run, "--at", "999")
    assert late.exit_code == 2
    assert "there is no 999" in late.stderr


LOOKS = (
    "runs", "runs --search x", "inbox", "show r0", "logs r0", "why r0", "trace r0",
    "audit", "artifact r0 page", "search x", "stats", "list", "graph greet", "check",
    "check --runs", "schedule list", "schedule show x", "project list", "doctor",
    "runner status", "run greet --dry-run", "fork r0 --from x --preview",
    "rollback r0 --preview", "adopt r0 --preview", "context greet",
    "render greet --step draft", "render --run r0",
)  # fmt: skip


@pytest.mark.parametrize("words", LOOKS)
def test_looking_makes_nothing_in_a_folder_that_nothing_was_run_in(
    weir, workspace, words
) -> None:
    (workspace / "workflows" / "greet.yaml").write_text(GATED)
    result = weir(*words.split())
    assert result.exit_code in (0, 2), result.stderr
    assert not (workspace / ".weir").exists()
    assert not (workspace.parent / "state" / "seen").exists()


def test_an_empty_inbox_says_how_to_begin_where_nothing_was_run(
    weir, workspace
) -> None:
    said = "nothing waits for a person; nothing was run here yet: weir run WORKFLOW\n"
    assert weir("inbox").stdout == said


def test_an_artifact_is_a_page_where_its_file_says_so(weir, talk) -> None:
    run = talk.start("talk")
    assert weir("artifact", run, "page", "--out", "page.html").exit_code == 0
    made = (talk.root / "page.html").read_text()
    assert made.startswith("<!doctype html>")
    result = weir("artifact", run, "page", "--out", "page.html", "--format", "text")
    assert result.exit_code == 1
    assert "say --force" in result.stderr
    assert (talk.root / "page.html").read_text() == made
    words = ("--out", "page.html", "--format", "text", "--force")
    assert weir("artifact", run, "page", *words).exit_code == 0
    assert not (talk.root / "page.html").read_text().startswith("<!doctype")


def test_without_a_name_all_that_a_run_has_left_is_listed(weir, talk) -> None:
    run = talk.start("talk")
    listed = weir("artifact", run).stdout
    assert "page" in listed
    assert read(weir("artifact", run, "--json"))["artifacts"][0]["name"] == "page"
    assert weir("artifact", run, "--format", "html").exit_code == 2


def test_two_runs_documents_are_compared_as_diff_does(weir, talk) -> None:
    run = talk.start("talk")
    same = weir("artifact", run, "page", "--diff", run)
    assert (same.exit_code, same.stdout) == (0, "")


def test_without_a_screen_no_browser_is_promised(weir, talk, monkeypatch) -> None:
    run = talk.start("talk")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    result = weir("artifact", run, "page", "--open")
    assert result.exit_code == 1
    assert "there is no screen for a browser here; --out FILE" in result.stderr


def test_each_visit_of_a_step_can_be_named(weir, here) -> None:
    gate = here.gate()
    run = here.run_of(gate)
    assert weir("approve", gate, "--yes", "--choice", "rework").exit_code == 0
    here.work(run)
    for said, meant in [("draft", "draft#2"), ("draft#1", "draft"), ("draft#2",) * 2]:
        shown = read(weir("show", run, "--step", said, "--json"))
        assert shown["step"]["path"] == meant


def test_runs_of_one_workflow_are_told_apart(weir, here: Here) -> None:
    for name in ("Ana", "Ben"):
        here.start(name=name)
    for command in ("runs", "inbox"):
        said = weir(command).stdout
        assert "name=Ana" in said, command
        assert "name=Ben" in said, command
