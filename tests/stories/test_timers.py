"""Times come without a terminal, and are right when nobody was awake for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from store import approvals, events
from store import runs as stored
from tests.given import running
from tests.stories.place import Place, until

MakePlace = Callable[..., Place]

HOUR = 3600.0

GATE = """workflow: {name}
steps:
  - id: ask
    approval: {{title: "Go on?", timeout: {timeout}, on_timeout: "{then}"}}
  - {{id: done, set: {{x: 1}}, route: [{{to: end}}]}}
"""
LATE = "  - {id: late, set: {x: 2}}\n"
# What each answer to silence leads to: the run's status, the gate's, the last step.
SILENCE = {
    "expire": ("cancelled", "expired", "ask"),
    "fail": ("failed", "expired", "ask"),
    "remind": ("waiting", "pending", "ask"),
    "route:late": ("succeeded", "expired", "late"),
}
WAIT = "workflow: rest\nsteps:\n  - {{id: rest, wait: {time}}}\n"
RETRY = """workflow: flaky
steps:
  - id: work
    shell: 'echo $WEIR_ATTEMPT >> FILE; test $WEIR_ATTEMPT = 2'
    retry: {attempts: 2, delay: TIME, max_delay: 1h}
"""


def gate(name: str, timeout: str, then: str) -> str:
    text = GATE.format(name=name, timeout=timeout, then=then)
    return text + LATE if then.startswith("route:") else text


def name_of(then: str) -> str:
    return then.partition(":")[0]


def gates(timeout: str) -> dict[str, str]:
    """A workflow for each answer to silence, by name."""
    return {name_of(then): gate(name_of(then), timeout, then) for then in SILENCE}


def retry(delay: str, file: Path) -> str:
    return RETRY.replace("FILE", str(file)).replace("TIME", delay)


async def work_long_ago(place: Place, statuses: dict[str, str]) -> None:
    """Bring each run's only step to a status in the past; then the runner goes home."""
    place.engine.clock = lambda: time.time() - 2 * HOUR
    runs = {place.start(workflow): status for workflow, status in statuses.items()}
    async with running(place.engine):
        for run, status in runs.items():
            await asyncio.to_thread(until, partial(stands, place, run, status))
    place.engine.clock = time.time


def stands(place: Place, run: str, status: str) -> bool:
    (step,) = place.state(run).steps.values()
    return step.status == status


def run_of(place: Place, workflow: str) -> str:
    (run,) = stored.page(place.database, workflow=workflow)
    return run.id


def what_silence_meant(place: Place, workflow: str, then: str) -> None:
    """Look at a run once its gate's time has come."""
    run = run_of(place, workflow)
    if then == "remind":
        until(lambda: "ApprovalReminded" in told(place, run), place.said)
    status, gate_status, last = SILENCE[then]
    state = place.until_run(run, status)
    (asked,) = approvals.of_run(place.database, run)
    assert (asked.status, asked.decisions) == (gate_status, b"[]")
    assert list(state.steps)[-1] == last
    assert "done" not in state.steps  # silence never approves


def told(place: Place, run: str) -> list[str]:
    return [event.type for event in events.history(place.database, run)]


def test_a_gate_left_alone_does_what_its_file_says(make_place: MakePlace) -> None:
    place = make_place(**gates("0.2"))
    for then in SILENCE:
        place.start(name_of(then))
    place.wake()
    for then in SILENCE:
        what_silence_meant(place, name_of(then), then)


async def test_a_deadline_that_passed_unseen_counts_at_the_next_start(
    make_place: MakePlace,
) -> None:
    place = make_place(**gates("1h"), open=gate("open", "2d", "expire"))
    names = [name_of(then) for then in SILENCE]
    await work_long_ago(place, dict.fromkeys([*names, "open"], "waiting"))
    place.wake()
    for then in SILENCE:
        await asyncio.to_thread(what_silence_meant, place, name_of(then), then)
    assert told(place, run_of(place, "remind")).count("ApprovalReminded") == 1
    assert place.state(run_of(place, "open")).status == "waiting"
    (asked,) = approvals.of_run(place.database, run_of(place, "remind"))
    assert asked.deadline is not None
    assert asked.deadline > time.time()  # the next reminder, not the ones missed


def test_a_gate_that_was_reminded_of_can_still_be_decided(
    make_place: MakePlace,
) -> None:
    place = make_place(remind=gate("remind", "0.2", "remind"))
    run = place.start("remind")
    place.wake()
    until(lambda: told(place, run).count("ApprovalReminded") >= 2, place.said)
    place.weir("approve", run, "--yes")
    state = place.until_run(run, "succeeded", "failed")
    assert (state.status, list(state.steps)) == ("succeeded", ["ask", "done"])


def test_a_wait_and_a_retry_come_without_a_terminal(
    make_place: MakePlace, tmp_path: Path
) -> None:
    file = tmp_path / "attempts"
    place = make_place(rest=WAIT.format(time="0.2"), flaky=retry("0.2", file))
    ids = [place.start("rest"), place.start("flaky")]
    place.wake()
    for run in ids:
        assert place.until_run(run, "succeeded", "failed").status == "succeeded"
    assert file.read_text() == "1\n2\n"


async def test_a_wait_and_a_retry_that_are_overdue_go_on_at_the_next_start(
    make_place: MakePlace, tmp_path: Path
) -> None:
    file = tmp_path / "attempts"
    place = make_place(
        rest=WAIT.format(time="1h"),
        flaky=retry("1h", file),
        nap=WAIT.replace("rest", "nap").format(time="2d"),
    )
    long_ago = {"rest": "waiting", "flaky": "retrying", "nap": "waiting"}
    await work_long_ago(place, long_ago)
    assert file.read_text() == "1\n"
    place.wake()
    for name in ("rest", "flaky"):
        run = run_of(place, name)
        state = await asyncio.to_thread(place.until_run, run, "succeeded", "failed")
        assert state.status == "succeeded"
    assert file.read_text() == "1\n2\n"
    assert place.state(run_of(place, "nap")).status == "waiting"
