"""`weir notify` tells who hears of gates, and why somebody does not."""

from __future__ import annotations

import time

from engine.notifying.outbox import Outbox
from engine.notifying.sending import Sent
from engine.trust import Trust
from engine.workspace import open_workspace
from store import notices
from tests.tui.cli.here import Here, read

TARGETS = '[notify.targets]\nops = "env:OPS"\nlead = "env:LEAD"\n'
QUIET = '[notify.quiet]\nfrom = "22:00"\nuntil = "07:00"\ntimezone = "UTC"\n'


def with_targets(here: Here, more: str = "") -> None:
    text = f'provider = "mock"\n{TARGETS}{more}'
    (here.root / "weir.toml").write_text(text)
    Trust.open().trust_texts(here.root, {"weir.toml": text.encode()})
    here.engine.workspace = open_workspace(here.root)


def end(here: Here, target: str, sent: Sent) -> None:
    """Let what waits for a target come to such an end."""
    outbox = Outbox(here.engine, "w1")
    waiting = [n for n in notices.on_their_way(here.database) if n.target == target]
    outbox.end(outbox.claim(target, waiting), sent)


def test_without_targets_it_says_where_they_are_named(weir, here) -> None:
    assert "[notify.targets]" in weir("notify").stdout
    assert read(weir("notify", "--json"))["targets"] == []


def test_it_lists_targets_with_what_waits_and_how_the_last_message_went(
    weir, here
) -> None:
    begun = time.time()
    with_targets(here, QUIET)
    here.gate()
    ops, lead = read(weir("notify", "--json"))["targets"]
    assert (ops["target"], ops["from"], ops["waiting"]) == ("ops", "env:OPS", 1)
    end(here, "ops", Sent("sent"))
    end(here, "lead", Sent("unknown", "no answer"))
    listed = weir("notify").stdout
    assert "it may have arrived: no answer (a moment ago)" in listed
    assert "quiet from 22:00 until 07:00 (UTC)" in listed
    ops, lead = read(weir("notify", "--json"))["targets"]
    assert begun <= ops["sent_at"] <= time.time()
    assert (lead["sent_at"], lead["waiting"]) == (None, 0)


def test_what_was_not_told_is_shown_until_the_gate_is_answered(weir, here) -> None:
    with_targets(here)
    gate = here.gate()
    end(here, "ops", Sent("unfit", "no such service"))
    end(here, "lead", Sent("sent"))
    said = "ops may not know of 1 gate: its address can't be used: no such service"
    assert said in weir("inbox").stdout
    assert said in weir("runner", "status").stdout
    assert [each["id"] for each in read(weir("runner", "status", "--json"))["untold"]]
    assert weir("doctor").exit_code == 0
    weir("reject", gate, "--comment", "no", "--yes")
    assert read(weir("inbox", "--json")) == []


def test_a_target_that_is_not_there_is_named_with_those_that_are(weir, here) -> None:
    with_targets(here)
    refused = weir("notify", "test", "opps")
    assert refused.exit_code == 2
    assert "known: ops, lead" in refused.stderr


def test_a_run_sends_nothing_by_itself(weir, here, monkeypatch) -> None:
    with_targets(here)
    monkeypatch.setenv("WEIR_RUN_ID", "r1")
    assert "a run sends nothing" in weir("notify", "test", "ops").stderr
