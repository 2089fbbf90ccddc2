"""Whatever is killed, stopped or closed: the run is there, and nothing ran twice."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from textwrap import indent

import pytest
from msgspec.structs import replace

from engine import rows
from engine import runner as runner_module
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine.state import RUN_ENDED
from engine.serve import serve
from store import approvals, doctor, events, processes, runners, runs, steps
from store.database import Database, DatabaseBusy, open_database
from tests.given import ANA, running
from tests.model_server import ModelServer, hangs, says
from tests.store.disk import fill, remount
from tests.stories.place import PATIENCE, Place, is_running, number_in, one_line, until
from tests.tui.pty_run import Terminal

MakePlace = Callable[..., Place]
Illness = Callable[[Place, Path], AbstractContextManager[None]]

GATED = """workflow: gated
steps:
  - id: ask
    approval: {title: "Go on?", timeout: 2d, on_timeout: expire}
  - {id: done, set: {x: 1}}
"""
# A shell that leaves its own pid and a child's, and is at work until it is killed.
LONG = """workflow: long
inputs:
  folder: {type: string}
steps:
  - id: work
    safe: SAFE
    shell: |
      cd {{ inputs.folder | quote }}
      echo $WEIR_ATTEMPT >> attempts
      if test $WEIR_ATTEMPT = 1; then
        sleep 600 & echo $! > child; echo $$ > leader; wait
      fi
      cat /proc/$(cat child)/stat > seen || true
  - {id: after, set: {x: 1}}
"""
SAFE, UNSAFE = LONG.replace("SAFE", "true"), LONG.replace("SAFE", "false")


def model_at(server: ModelServer) -> str:
    return (
        'provider = "openai"\nmodel = "m"\n[providers.openai]\n'
        f'base_url = "{server.url}"\n'
    )


ASK = 'workflow: ask\nsteps:\n  - {id: draft, llm: "Say hello."}\n'


def test_a_model_step_that_was_cut_off_is_done_again(make_place: MakePlace) -> None:
    with ModelServer([hangs("Half an ans"), says("Whole.")]) as server:
        place = make_place(config=model_at(server), ask=ASK)
        run = place.start("ask")
        first = place.wake()
        until(server.asked.is_set)
        place.kill(first)
        place.wake()
        state = place.until_run(run, *RUN_ENDED)
    assert state.status == "succeeded"
    assert state.steps["draft"].output == {"text": "Whole."}
    assert (state.steps["draft"].attempt, len(server.requests)) == (2, 2)


def test_a_shell_step_that_was_cut_off_asks_a_person(
    make_place: MakePlace, tmp_path: Path
) -> None:
    place = make_place(long=UNSAFE)
    run = place.start("long", folder=str(tmp_path))
    first = place.wake()
    leader = number_in(tmp_path / "leader")
    place.kill(first)
    place.wake()
    place.until_step(run, "work", "interrupted")
    until(lambda: not is_running(leader) and not is_running(child_in(tmp_path)))
    (item,) = place.reads("inbox")
    assert (item["kind"], item["run"], item["path"]) == ("interrupted", run, "work")
    assert (tmp_path / "attempts").read_text() == "1\n"
    place.weir("mark", run, "work", "--again")
    assert place.until_run(run, *RUN_ENDED).status == "succeeded"
    assert (tmp_path / "attempts").read_text() == "1\n2\n"
    assert place.reads("inbox") == []


def test_a_gate_stays_open_while_nobody_is_awake(make_place: MakePlace) -> None:
    place = make_place(gated=GATED)
    run = place.start("gated")
    runner = place.wake()
    place.until_run(run, "waiting")
    (asked,) = approvals.of_run(place.database, run)
    place.kill(runner)
    assert [item["id"] for item in place.reads("inbox")] == [asked.id]
    place.weir("approve", asked.id, "--yes")  # and with that a runner is woken
    assert place.until_run(run, *RUN_ENDED).status == "succeeded"
    (decided,) = approvals.of_run(place.database, run)
    assert (decided.id, decided.digest) == (asked.id, asked.digest)
    assert decided.status == "approved"


@pytest.mark.parametrize("known", [True, False], ids=["known", "begun-this-instant"])
def test_what_a_dead_runner_left_running_ends_before_a_retry(
    make_place: MakePlace, tmp_path: Path, known: bool
) -> None:
    place = make_place(long=SAFE)
    run = place.start("long", folder=str(tmp_path))
    first = place.wake()
    leader = number_in(tmp_path / "leader")
    child = child_in(tmp_path)
    place.kill(first)
    if known:
        os.kill(leader, signal.SIGKILL)  # the group lives on without its leader
        until(lambda: not is_running(leader))
    else:  # as if the runner had died before it could write the group down
        kept = processes.of_attempt(place.database, run, "work", 1)
        processes.forget_these(place.database, kept)
    assert is_running(child)
    place.wake()
    assert place.until_run(run, *RUN_ENDED).status == "succeeded"
    assert not is_running(child)
    seen = (tmp_path / "seen").read_text()  # by the second attempt
    assert seen == "" or seen.rpartition(")")[2].split()[0] in "ZX"


def test_a_runner_that_nobody_has_buried_is_known_to_be_gone(
    make_place: MakePlace, tmp_path: Path
) -> None:
    place = make_place(long=SAFE)
    run = place.start("long", folder=str(tmp_path))
    first = place.wake()
    number_in(tmp_path / "leader")
    first.kill()  # and nobody waits for it: its pid stays taken
    until(lambda: not is_running(first.pid))
    place.wake()
    assert place.until_run(run, *RUN_ENDED).status == "succeeded"
    lost = [e for e in events.history(place.database, run) if e.type == "StepRetrying"]
    assert b"process is gone" in lost[0].data


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner in this process takes others for dead sooner."""
    monkeypatch.setattr(runner_module, "BEAT", 0.05)
    monkeypatch.setattr(runners, "SILENCE", 0.5)


@pytest.mark.usefixtures("impatient")
async def test_the_late_word_of_a_runner_that_was_stopped_is_refused(
    make_place: MakePlace, tmp_path: Path
) -> None:
    place = make_place(long=UNSAFE, gated=GATED)
    run = place.start("long", folder=str(tmp_path))
    first = place.wake()
    number_in(tmp_path / "leader")
    child = child_in(tmp_path)
    until(lambda: is_stopped(place, first))
    async with running(place.engine):  # another one, as if from another machine
        await asyncio.to_thread(place.until_step, run, "work", "interrupted")
    assert not is_running(child)
    lost = place.state(run)
    first.send_signal(signal.SIGCONT)
    other = place.start("gated")
    place.until_run(other, "waiting")  # it is at work again, and has looked around
    assert place.state(run) == lost
    late = c.ReportSuccess("work", 1, lost.steps["work"].runner)
    with pytest.raises(CommandRefused, match="is over"):
        place.engine.handle(run, late)
    place.weir("mark", run, "work", "--again")
    assert place.until_run(run, *RUN_ENDED).status == "succeeded"
    assert (tmp_path / "attempts").read_text() == "1\n2\n"


WIDE = """workflow: wide
inputs:
  here: {type: string}
  below: {type: string}
steps:
  - id: wide
    parallel:
      branches:
        here: [{id: here, run: long, with: {folder: "{{ inputs.here }}"}}]
        loop:
          - id: each
            for_each:
              in: '[inputs.below]'
              as: folder
              key: "'one'"
              steps:
STEP"""
STEP = UNSAFE.partition("steps:\n")[2].replace("inputs.folder", "folder")


@pytest.mark.usefixtures("impatient")
async def test_a_late_word_is_refused_in_an_arm_and_in_a_child_run(
    make_place: MakePlace, tmp_path: Path
) -> None:
    folders = [tmp_path / "here", tmp_path / "below"]
    for folder in folders:
        folder.mkdir()
    place = make_place(
        wide=WIDE.replace("STEP", indent(STEP, " " * 12)), long=UNSAFE, gated=GATED
    )
    run = place.start("wide", here=str(folders[0]), below=str(folders[1]))
    first = place.wake()
    children = [child_in(folder) for folder in folders]
    until(lambda: is_stopped(place, first))
    (child,) = runs.under(place.database, run)
    places = {run: "wide[loop]/each[one]/work", child.id: "work"}
    async with running(place.engine):
        for each, path in places.items():
            await asyncio.to_thread(place.until_step, each, path, "interrupted")
    until(lambda: not any(is_running(pid) for pid in children))
    lost = [place.state(each) for each in places]
    first.send_signal(signal.SIGCONT)
    place.until_run(place.start("gated"), "waiting")  # it has looked around
    assert [place.state(each) for each in places] == lost
    for state, (each, path) in zip(lost, places.items(), strict=True):
        late = c.ReportSuccess(path, 1, state.steps[path].runner)
        with pytest.raises(CommandRefused, match="is over"):
            place.engine.handle(each, late)
        place.weir("mark", each, path, "--again")
    assert place.until_run(run, *RUN_ENDED).status == "succeeded"
    assert [(f / "attempts").read_text() for f in folders] == ["1\n2\n"] * 2


async def test_what_comes_while_a_runner_goes_home_is_not_left_lying(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place(one="workflow: one\nsteps:\n  - {id: x, set: {x: 1}}\n")
    monkeypatch.setenv("WEIR_STATE", place.environment["WEIR_STATE"])
    begun: list[str] = []
    go_home = runners.end

    def end(database: Database, runner: str, now: float) -> None:
        """The last it does: to others it is awake until it lets go of its lock."""
        go_home(database, runner, now)
        if not begun:
            begun.append(place.start("one"))

    monkeypatch.setattr(runners, "end", end)
    await asyncio.wait_for(serve(place.root, idle=0.1), PATIENCE)
    assert place.state(begun[0]).status == "succeeded"


def test_a_closed_terminal_stops_nothing(
    make_place: MakePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "workflow: slow\nsteps:\n  - id: wait\n    shell: 'echo waiting;"
        f" until test -e {tmp_path}/go; do sleep 0.02; done'\n"
        "  - {id: last, set: {x: 1}}\n"
    )
    place = make_place(slow=text)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    script = tmp_path / "weir.py"
    script.write_text("from tui.cli import main\nmain()\n")
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    terminal = Terminal(script, "-C", str(place.root), "run", "slow")
    terminal.read_until(["waiting"])
    terminal.hang_up()
    (run,) = runs.page(place.database)
    assert run.status == "running"
    (tmp_path / "go").touch()
    assert place.until_run(run.id, *RUN_ENDED).status == "succeeded"


LINES = """workflow: lines
steps:
  - {id: once, shell: "echo $WEIR_RUN_ID once >> FILE"}
  - {id: often, safe: true, shell: "echo $WEIR_RUN_ID often >> FILE"}
  - id: ask
    approval: {title: "Go on?", timeout: 2d, on_timeout: expire}
  - {id: last, shell: "echo $WEIR_RUN_ID last >> FILE"}
"""
KILLS = 24


def test_runners_killed_again_and_again_lose_nothing_and_repeat_nothing(
    make_place: MakePlace, tmp_path: Path
) -> None:
    lines = tmp_path / "lines"
    lines.touch()
    config = 'provider = "mock"\n[limits]\nsteps = 3\n'
    place = make_place(config=config, lines=LINES.replace("FILE", str(lines)))
    chance = random.Random(KILLS)
    ids = [place.start("lines") for _ in range(16)]
    for _ in range(KILLS):
        runner = place.wake()
        enough = events.last_position(place.database) + chance.randint(2, 9)
        until(partial(has_gone_on, place, enough, ids))
        place.kill(runner)
        answer_some(place, lines, chance)
    place.wake()
    for run in ids:
        until(partial(at_its_end, place, lines, run), place.said)
    check_every_run(place, ids)
    done = Counter(tuple(line.split()) for line in lines.read_text().splitlines())
    for run in ids:
        assert (done[run, "once"], done[run, "last"]) == (1, 1)
        assert done[run, "often"] >= 1
    assert doctor.check(place.database, thorough=True) == []


def has_gone_on(place: Place, enough: int, ids: list[str]) -> bool:
    """Whether there are enough events, or no more before a person speaks."""
    if events.last_position(place.database) >= enough:
        return True
    still = ("ready", "running", "retrying")
    return not any(
        step.status in still
        for run in ids
        for step in steps.of_run(place.database, run)
    )


def answer_some(place: Place, lines: Path, chance: random.Random) -> None:
    """A person looks at what waits for them, while no runner is awake."""
    for gate in approvals.pending(place.database):
        if chance.random() < 0.5:
            decide(place, gate.run)
    for step in steps.interrupted(place.database):
        if chance.random() < 0.5:
            say_what_happened(place, lines, step.run)


def at_its_end(place: Place, lines: Path, run: str) -> bool:
    decide(place, run)
    say_what_happened(place, lines, run)
    return place.state(run).status == "succeeded"


def decide(place: Place, run: str) -> None:
    for gate in approvals.of_run(place.database, run):
        if gate.status == "pending":
            asked = c.DecideApproval(gate.id, "approve", gate.digest, ANA)
            place.engine.handle(run, asked)


def say_what_happened(place: Place, lines: Path, run: str) -> None:
    """They look into the file, and say done for what stands there."""
    for step in steps.of_run(place.database, run):
        if step.status == "interrupted":
            happened = f"{run} {step.step}\n" in lines.read_text()
            how = "done" if happened else "again"
            place.engine.handle(run, c.ResolveStep(step.path, how, ANA))


def check_every_run(place: Place, ids: list[str]) -> None:
    """Every row is what the history says, and every gate was asked and decided once."""
    for run in ids:
        state = place.state(run)
        plan = place.engine.plan_of(state)
        assert runs.get(place.database, run) == rows.run_row(plan, state)
        assert steps.of_run(place.database, run) == [
            rows.step_row(plan, state, path) for path in state.steps
        ]
        (gate,) = approvals.of_run(place.database, run)
        assert gate == rows.approval_update(gate, state.approvals[gate.id])
        assert gate.status == "approved"


def test_a_full_disk_holds_a_run_up_and_no_more(
    small_disk: Path, make_place: MakePlace, tmp_path: Path
) -> None:
    text = (
        "workflow: slow\nsteps:\n  - id: work\n    shell: 'touch "
        f"{tmp_path}/begun; until test -e {tmp_path}/go; do sleep 0.02; done;"
        f" echo once >> {tmp_path}/done'\n  - {{id: last, shell: echo well}}\n"
    )
    place = make_place(root=small_disk / "work", slow=text)
    run = place.start("slow")
    place.weir("runner", "start")  # its own log is on the disk that fills up
    until((tmp_path / "begun").exists)
    filler = fill(small_disk)
    refusal = one_line(place.weir("run", "slow", ends=1))
    assert "the disk is full" in refusal
    (tmp_path / "go").touch()
    until((tmp_path / "done").exists)
    assert place.state(run).steps["work"].status == "running"
    assert place.reads("show", run)["run"]["status"] == "running"
    filler.unlink()
    assert place.until_run(run, *RUN_ENDED).status == "succeeded"
    assert (tmp_path / "done").read_text() == "once\n"
    assert "Traceback" not in place.said()
    assert doctor.check(place.database) == []


# Three at once, each at work until it is told to go on.
ARMS = """workflow: arms
steps:
  - id: each
    for_each:
      in: '["a", "b", "c"]'
      as: item
      steps:
        - id: work
          shell: |
            cd FOLDER; echo $$ > begun-{{ item }}
            until test -e go; do sleep 0.02; done
            echo {{ item }} >> done
        - {id: after, shell: "echo after {{ item }} >> FOLDER/done"}
  - {id: last, set: {x: 1}}
"""


@contextmanager
def no_room(place: Place, disk: Path) -> Iterator[None]:
    filler = fill(disk)
    yield
    filler.unlink()


@contextmanager
def nothing_written(place: Place, disk: Path) -> Iterator[None]:
    """Each write of the runner fails, as on a disk that has become read-only.

    A disk can't be made so while files on it are open to be written.
    """
    (pid,) = place.awake()
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("ill", [no_room, nothing_written])
def test_a_disk_that_takes_nothing_holds_the_arms_up_and_no_more(
    small_disk: Path, make_place: MakePlace, tmp_path: Path, ill: Illness
) -> None:
    place = make_place(
        root=small_disk / "work", arms=ARMS.replace("FOLDER", str(tmp_path))
    )
    run = place.start("arms")
    place.weir("runner", "start")
    shells = [number_in(tmp_path / f"begun-{item}") for item in "abc"]
    with ill(place, small_disk):
        (tmp_path / "go").touch()
        until(lambda: done_in(tmp_path) == ["a", "b", "c"])
        until(lambda: not any(is_running(pid) for pid in shells))
        assert place.state(run).status == "running"
    assert place.until_run(run, *RUN_ENDED).status == "succeeded"
    afters = [f"after {item}" for item in "abc"]
    assert done_in(tmp_path) == ["a", *afters, "b", "c"]
    assert "Traceback" not in place.said()
    assert doctor.check(place.database, thorough=True) == []


def done_in(folder: Path) -> list[str]:
    file = folder / "done"
    return sorted(file.read_text().splitlines()) if file.exists() else []


def child_in(folder: Path) -> int:
    return number_in(folder / "child")


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def is_stopped(place: Place, runner: subprocess.Popen[bytes]) -> bool:
    """Stop a runner as a suspended laptop does, for longer than others wait for it.

    One that is stopped in the middle of a commit holds the database: not that one.
    """
    runner.send_signal(signal.SIGSTOP)
    until(lambda: state_of(runner.pid) == "T")
    with open_database(place.database.folder, patience=0.1) as database:
        try:
            database.write(lambda: None)
        except DatabaseBusy:
            runner.send_signal(signal.SIGCONT)
            return False
    return True


def test_a_suspended_runner_is_named_and_can_be_sent_home(
    make_place: MakePlace,
) -> None:
    place = make_place(gated=GATED)
    run = place.start("gated")
    runner = place.wake()
    place.until_run(run, "waiting")
    (record,) = runners.every(place.database)
    until(lambda: is_stopped(place, runner))
    runners.beat(place.database, replace(record, beat_at=record.beat_at - 60))
    told = place.reads("runner", "status")
    assert (told["awake"], told["runners"]) == (True, [])
    assert [each["pid"] for each in told["silent"]] == [runner.pid]
    assert f"`kill -CONT {runner.pid}` lets it go on" in place.weir("runner", "status")
    asked = place.start("gated")
    said = place.weir("why", asked)
    assert "but the runner has not been heard of for 1m, and is suspended" in said
    assert f"`kill -CONT {runner.pid}` lets it go on" in said
    place.weir("runner", "stop")
    assert runner.wait() == 0
    assert place.reads("runner", "status")["silent"] == []


@pytest.fixture
def newer(make_place: MakePlace) -> Place:
    """A workspace with an open gate, whose database a newer Weir has migrated."""
    place: Place = make_place(gated=GATED)
    run = place.start("gated")
    runner = place.wake()
    place.until_run(run, "waiting")
    place.kill(runner)
    place.database.write(
        lambda: place.database.connections.execute_sql("pragma user_version = 999")
    )
    return place


def test_a_database_of_a_newer_weir_is_looked_at_and_not_touched(newer: Place) -> None:
    (run,) = newer.reads("runs")
    assert newer.reads("show", run["id"])["run"]["status"] == "waiting"
    (gate,) = newer.reads("inbox")
    before = events.last_position(newer.database)
    for act in acts(run["id"], gate["id"]):
        assert "made by a newer Weir" in one_line(newer.weir(*act, ends=1))
    assert events.last_position(newer.database) == before


def acts(run: str, gate: str) -> list[list[str]]:
    return [
        ["run", "gated"],
        ["approve", gate, "--yes"],
        ["pause", run],
        ["runner", "start"],
    ]


def test_a_read_only_workspace_is_looked_at_and_not_touched(
    small_disk: Path, make_place: MakePlace
) -> None:
    place = make_place(root=small_disk / "work", gated=GATED)
    run = place.start("gated")
    place.weir("runner", "start")
    place.until_run(run, "waiting")
    place.weir("runner", "stop")
    until(lambda: not place.awake())
    place.database.close()
    remount(small_disk, "ro")
    try:
        assert [each["id"] for each in place.reads("runs")] == [run]
        (gate,) = place.reads("show", run)["approvals"]
        for act in acts(run, gate["id"]):
            assert "can't be written to" in one_line(place.weir(*act, ends=1))
    finally:
        remount(small_disk, "rw")
