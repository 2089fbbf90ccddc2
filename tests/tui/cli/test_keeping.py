"""Commands that keep and throw away: search, prune, export, import, audit, doctor."""

from __future__ import annotations

import json
import os

import pytest

from engine.audit import actors
from engine.machine import commands as c
from engine.machine.events import StepSucceeded
from engine.machine.state import Actor
from store.tables import Approval, Event
from tests.given import ANA, BOB, start
from tests.tui.cli.here import GATED, Here, read, write


def ended(here: Here, **given: object) -> str:
    run = start(here.engine, "greet", **given)
    here.engine.handle(run, c.CancelRun(ANA, "no longer wanted"))
    return run


def test_words_are_found_with_the_run_the_step_and_the_place(weir, here) -> None:
    assert weir("search", "wanted").stdout == "no run has these words in it\n"
    older, newer = ended(here, name="Zoë"), ended(here, name="Bo")
    found = read(weir("search", "no longer wanted", "--json"))
    assert list(dict.fromkeys(hit["run"] for hit in found)) == [newer, older]
    assert {hit["where"] for hit in found} == {"reason"}
    (hit,) = read(weir("search", "zoe", "--json"))
    assert (hit["run"], hit["where"], hit["snippet"]) == (older, "inputs", "Zoë")
    assert "Zoë" in weir("search", "zoe").stdout
    assert [r["id"] for r in read(weir("runs", "--search", "zoe", "--json"))] == [older]


def test_runs_are_hidden_listed_as_such_and_brought_back(weir, here) -> None:
    run = ended(here)
    said = weir("prune", "--older-than", "0s", "--dry-run").stdout
    assert said.startswith("would hide 1 run, 0.0 MB")
    assert weir("runs").stdout.count(run) == 1
    said = weir("prune", "--older-than", "0s").stdout
    assert "going to hide 1 run" in said
    assert "`weir prune --undo` brings them back" in said
    assert run not in weir("runs").stdout
    assert run in weir("runs", "--deleted").stdout
    assert run in weir("show", run).stdout
    assert weir("retry", run).stderr == (
        f"weir: run {run} was pruned; `weir prune --undo {run}` brings it back\n"
    )
    assert "brought back 1 run" in weir("prune", "--undo", run[:8]).stdout
    assert run in weir("runs").stdout


def test_a_purge_waits_for_the_grace_and_for_a_yes(weir, here) -> None:
    run = ended(here)
    assert weir("prune", run).exit_code == 0
    assert read(weir("prune", "--purge", "--yes", "--json"))["runs"] == []
    refused = weir("prune", "--purge", "--grace", "0s")
    assert refused.exit_code == 2
    assert "--purge can't be undone; say --yes" in refused.stderr
    done = read(weir("prune", "--purge", "--grace", "0s", "--yes", "--json"))
    assert done["runs"] == [run]
    assert weir("show", run).exit_code == 2
    assert weir("doctor", "--thorough").exit_code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("prune",), "say which: RUN, or --older-than 90d"),
        (("prune", "--undo", "--purge"), "say --undo or --purge"),
        (("prune", "--undo", "--older-than", "1d"), "has no meaning with --undo"),
        (("export", "-o", "x"), "say which: RUN, or --older-than 90d"),
        (("import", "nowhere"), "does not exist"),
        (("show", "r1", "--at", "0"), "0 is not in the range"),
    ],
)
def test_what_can_not_be_meant_is_a_line(weir, here, words, says) -> None:
    result = weir(*words)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_run_that_waits_is_neither_pruned_nor_exported(weir, here) -> None:
    run = here.run_of(here.gate())
    for words in (("prune", run), ("export", run, "-o", "x.weir")):
        result = weir(*words)
        assert result.exit_code == 1
        assert f"run {run} is waiting; only one that has ended" in result.stderr
    assert read(weir("prune", "--older-than", "0s", "--json"))["runs"] == []


def test_a_run_goes_into_a_file_and_comes_back(weir, here) -> None:
    run = ended(here)
    before = read(weir("show", run, "--json"))
    assert "wrote 1 run into old.weir" in weir("export", run, "-o", "old.weir").stdout
    weir("prune", run)
    weir("prune", "--purge", "--grace", "0s", "--yes")
    looked = weir("import", "old.weir", "--look").stdout
    assert run in looked
    assert "workflow: greet" in looked
    assert weir("import", "old.weir").stdout == "brought 1 run in; 0 already here\n"
    assert read(weir("show", run, "--json")) == before
    assert weir("import", "old.weir").stdout == "brought 0 runs in; 1 already here\n"


def test_a_broken_archive_is_one_line(weir, here) -> None:
    (here.root / "x.weir").write_bytes(b"no archive at all")
    result = weir("import", "x.weir")
    assert result.exit_code == 1
    assert result.stderr.startswith("weir: x.weir is no whole archive")
    assert result.stderr.count("\n") == 1


def test_the_audit_tells_who_did_what_in_runs_and_outside_of_them(weir, here) -> None:
    run = ended(here)
    other = start(here.engine, "greet")
    here.engine.handle(other, c.PauseRun(BOB, "wait"))
    weir("project", "new", "acme")
    weir("prune", run)
    told = read(weir("audit", "--json"))
    kinds = [(each["kind"], each["by"]["name"], each["run"]) for each in told]
    me = told[-1]["by"]["name"]
    assert kinds[:4] == [
        ("RunStarted", "ana", run),
        ("RunCancelled", "ana", run),
        ("RunStarted", "ana", other),
        ("RunPaused", "bob", other),
    ]
    assert kinds[4:] == [("project", me, ""), ("prune", me, "")]
    assert told[-1]["details"] == {"runs": [run]}
    of_bob = read(weir("audit", "--person", "bob", "--json"))
    assert [each["kind"] for each in of_bob] == ["RunPaused"]
    of_run = read(weir("audit", "--run", run, "--json"))
    assert {each["run"] for each in of_run} == {run}
    assert read(weir("audit", "--since", "2099-01-01", "--json")) == []
    assert "the run is cancelled" in weir("audit").stdout


CLEANED = """\
workflow: cleaned
steps:
  - {id: rest, wait: 1h}
finally:
  - {id: tidy, set: {done: true}}
"""


def test_a_cancel_before_what_is_always_done_is_one_act(weir, here) -> None:
    (here.root / "workflows" / "cleaned.yaml").write_text(CLEANED)
    assert weir("list").exit_code == 0
    run = start(here.engine, "cleaned")
    here.engine.handle(run, c.CancelRun(BOB, "enough"))
    here.work(run)
    told = read(weir("audit", "--person", "bob", "--json"))
    assert [each["kind"] for each in told] == ["FinallyStarted"]
    assert (
        "cancelled by bob: enough; what is always done begins" in weir("audit").stdout
    )


ASKS = """\
workflow: asks
steps:
  - {id: ask, approval: {title: "Go?"}}
"""
ASKS_TIDILY = (
    ASKS.replace("asks", "tidily")
    + """\
finally:
  - {id: tidy, set: {done: true}}
"""
)


@pytest.mark.parametrize(("text", "name"), [(ASKS, "asks"), (ASKS_TIDILY, "tidily")])
def test_to_withdraw_a_question_is_one_act(weir, here, text: str, name: str) -> None:
    (here.root / "workflows" / f"{name}.yaml").write_text(text)
    assert weir("list").exit_code == 0
    run = here.start(name)
    assert weir("withdraw", run, "--comment", "moot").exit_code == 0
    here.work(run)
    assert read(weir("show", run, "--json"))["run"]["status"] == "cancelled"
    told = read(weir("audit", "--run", run, "--json"))
    assert [each["kind"] for each in told] == ["RunStarted", "ApprovalWithdrawn"]


def test_a_decision_stands_in_the_audit_and_words_in_a_run_do_not(weir, here) -> None:
    lies = json.dumps({"by": {"name": "mallory"}})
    gate = here.gate(name=lies)
    assert weir("approve", gate, "--yes", "--comment", lies).exit_code == 0
    told = read(weir("audit", "--json"))
    assert [each["kind"] for each in told] == ["RunStarted", "ApprovalDecided"]
    assert "mallory" not in {each["by"]["name"] for each in told}


def test_an_actor_is_found_wherever_an_event_keeps_one() -> None:
    carried = {"by": {"name": "mallory"}}
    marked = StepSucceeded("draft", 1, output=carried, by=Actor("ana"))
    assert [who.name for who in actors(marked)] == ["ana"]


def test_the_doctor_says_what_is_wrong_and_mends_it(weir, here) -> None:
    here.gate()
    assert weir("doctor").exit_code == 0
    database = here.database
    assert database.write(lambda: database.run(Approval.update(status="approved")))
    found = weir("doctor", "--json")
    assert found.exit_code == 1
    problems = json.loads(found.stdout)["problems"]
    assert any("waits for a gate that is not open" in line for line in problems)
    assert weir("doctor", "--rebuild").exit_code == 0
    assert weir("search", "hello").stdout.count("draft") >= 1


def test_a_run_that_is_damaged_is_named_once_and_hides_no_other(weir, here) -> None:
    harmed, whole = here.run_of(here.gate()), here.run_of(here.gate())
    database = here.database
    damage = Event.update(data=b"{").where(Event.run == harmed, Event.seq == 2)
    assert database.write(lambda: database.run(damage))
    row = Approval.update(status="approved").where(Approval.run == whole)
    assert database.write(lambda: database.run(row))
    said = f"event 2 of run {harmed} can't be read"
    found = weir("doctor", "--rebuild")
    assert found.exit_code == 1
    assert found.stdout.startswith("wrote the rows of 1 run anew")
    assert found.stdout.count("\n") == 2
    assert said in found.stdout
    write(here, weir, GATED.replace("Greet someone", "Greet one"), "greet")
    stands = weir("check", "--runs")
    assert stands.exit_code == 1
    assert f"{whole} can adopt" in stands.stdout
    assert said in stands.stdout
    listed = weir("runs")
    assert f"! a newer version is there: {whole} can adopt" in listed.stdout
    assert f"! {said}" in listed.stdout
    assert whole in weir("search", "hello").stdout


def test_a_step_of_a_run_throws_nothing_away(weir, here, monkeypatch) -> None:
    run = ended(here)
    monkeypatch.setenv("WEIR_RUN_ID", run)
    for words in (("prune", run), ("import", os.devnull)):
        assert weir(*words).exit_code != 0
    assert run in weir("runs").stdout
