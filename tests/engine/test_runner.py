"""Facts about the runner: what it takes, reports, stops, loses and finds again."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from engine.dispatch import LocalDispatch, Look, Place
from engine.errors import CommandRefused
from engine.lost import this_runner
from engine.machine import commands as c
from engine.runlog import RunLog
from engine.runner import Runner
from engine.workspace import open_workspace
from store import events, logs, processes, runners, steps
from store.records import EventRecord
from tests.given import (
    ANA,
    counted,
    make_workspace,
    open_engine,
    running,
    start,
    until,
)

TWO = """workflow: two
inputs:
  name: {type: string, default: world}
steps:
  - id: one
    set: {greeting: "hello {{ inputs.name }}"}
  - id: two
    shell: "echo {{ outputs.one.greeting | quote }}"
"""


async def test_a_run_goes_to_its_end(tmp_path: Path) -> None:
    engine = open_engine(make_workspace(tmp_path, {"two.yaml": TWO}))
    run = start(engine, "two", name="ana")
    async with running(engine):
        state = await until(engine, run, "succeeded", "failed")
    assert state.steps["two"].output["stdout"] == "hello ana"
    engine.database.close()


async def test_a_chain_costs_one_commit_a_step(tmp_path: Path) -> None:
    text = "workflow: chain\nsteps:\n" + "".join(
        f"  - {{id: s{n}, set: {{x: {n}}}}}\n" for n in range(10)
    )
    engine = open_engine(make_workspace(tmp_path, {"chain.yaml": text}))
    run = start(engine, "chain")
    commits = counted(engine)
    async with running(engine) as runner:
        runner.computing.together = 0
        await until(engine, run, "succeeded")
    assert len(commits) == 11  # the first step is taken, then each report takes one
    engine.database.close()


async def test_what_a_step_writes_is_in_its_log(tmp_path: Path) -> None:
    text = "workflow: w\nsteps:\n  - {id: talk, shell: 'echo one; echo two >&2'}\n"
    engine = open_engine(make_workspace(tmp_path, {"w.yaml": text}))
    run = start(engine, "w")
    async with running(engine):
        await until(engine, run, "succeeded")
    engine.database.writer.close()
    lines = {(line.stream, line.text) for line in logs.page(engine.database, run)}
    assert {("out", "one"), ("err", "two")} <= lines
    engine.database.close()


SECRET = "sk-0123456789"
PRINTS = r"""printf 'a\033[31mb\r\n10%%\r90%%\r\377 %s\303\nplain\nend' $KEY"""


async def test_the_bytes_that_a_program_wrote_are_kept_but_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_KEY", SECRET)
    step = {"run": PRINTS, "env": {"KEY": "{{ secrets.key }}"}}
    text = f"workflow: w\nsteps:\n  - {{id: talk, shell: {json.dumps(step)}}}\n"
    config = 'provider = "mock"\n[secrets]\nkey = "env:THE_KEY"\n'
    engine = open_engine(make_workspace(tmp_path, {"w.yaml": text}, config))
    run = start(engine, "w")
    async with running(engine):
        await until(engine, run, "succeeded")
    engine.database.writer.close()
    said = [line for line in logs.page(engine.database, run) if line.stream == "out"]
    whole = b"a\x1b[31mb\r\n10%\r90%\r\xff \xe2\x80\xb9secret key"
    assert b"".join(line.written for line in said).startswith(whole)
    assert b"".join(line.written for line in said).endswith(b"\xc3\nplain\nend")
    assert [line.text for line in said[:3]] == ["a\x1b[31mb", "10%", "90%"]
    assert [line.exact for line in said[-2:]] == [None, None]
    engine.database.close()


async def test_cancelling_ends_the_processes_of_a_step(tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    text = (
        "workflow: w\nsteps:\n  - id: long\n"
        f"    shell: 'touch {mark}; sleep 600 & wait; echo never'\n"
    )
    engine = open_engine(make_workspace(tmp_path, {"w.yaml": text}))
    run = start(engine, "w")
    async with running(engine) as runner:
        await _until(
            lambda: (
                processes.of_attempt(engine.database, run, "long", 1) and mark.exists()
            )
        )
        (process,) = processes.of_attempt(engine.database, run, "long", 1)
        engine.handle(run, c.CancelRun(ANA))
        await _until(lambda: not _group_alive(process.pid))
        await _until(lambda: not runner._tasks)
    state = engine.load(run)
    assert state.status == "cancelled"
    engine.database.close()


async def test_a_timeout_fails_the_step_and_says_so(tmp_path: Path) -> None:
    text = "workflow: w\nsteps:\n  - {id: slow, shell: 'sleep 60', timeout: 0.2}\n"
    engine = open_engine(make_workspace(tmp_path, {"w.yaml": text}))
    run = start(engine, "w")
    async with running(engine):
        state = await until(engine, run, "failed")
    assert state.reason == "slow: took longer than its 0.2 s"
    engine.database.close()


async def test_a_retry_waits_for_its_time(tmp_path: Path) -> None:
    text = (
        "workflow: w\nsteps:\n  - id: flaky\n"
        f"    shell: 'cd {tmp_path}; test -e once || {{ touch once; exit 7; }}'\n"
        "    retry: {attempts: 2, delay: 0.1}\n"
    )
    engine = open_engine(make_workspace(tmp_path, {"w.yaml": text}))
    run = start(engine, "w")
    async with running(engine):
        state = await until(engine, run, "succeeded", "failed")
    assert (state.status, state.steps["flaky"].attempt) == ("succeeded", 2)
    kinds = [record.type for record in events.history(engine.database, run)]
    assert "StepRetrying" in kinds
    engine.database.close()


@pytest.mark.parametrize(
    ("step", "status"),
    [("set: {x: 1}", "succeeded"), ("shell: 'true'", "interrupted")],
)
async def test_what_a_dead_runner_left_is_found(
    tmp_path: Path, step: str, status: str
) -> None:
    text = f"workflow: w\nsteps:\n  - {{id: work, {step}}}\n"
    engine = open_engine(make_workspace(tmp_path, {"w.yaml": text}))
    run = start(engine, "w")
    gone = replace(this_runner("w-gone", engine.clock()), pid=2**22 - 1)
    runners.beat(engine.database, gone)
    engine.handle(run, c.StartAttempt("work", "w-gone"))
    async with running(engine):
        await _until(lambda: steps.of_run(engine.database, run)[0].status == status)
    with pytest.raises(CommandRefused):
        engine.handle(run, c.ReportSuccess("work", 1, "w-gone"))
    engine.database.close()


async def test_two_runners_do_no_step_twice(tmp_path: Path) -> None:
    done = tmp_path / "done"
    text = (
        "workflow: w\nsteps:\n"
        f"  - {{id: a, shell: 'echo a $WEIR_RUN_ID >> {done}'}}\n"
        f"  - {{id: b, shell: 'echo b $WEIR_RUN_ID >> {done}'}}\n"
    )
    root = make_workspace(tmp_path, {"w.yaml": text})
    first, second = open_engine(root), open_engine(root)
    ids = [start(first, "w") for _ in range(8)]
    async with running(first), running(second):
        for run in ids:
            await until(first, run, "succeeded")
    lines = done.read_text().splitlines()
    assert sorted(lines) == sorted(f"{s} {run}" for run in ids for s in "ab")
    first.database.close()
    second.database.close()


async def test_a_stopped_runner_hands_its_safe_work_back(tmp_path: Path) -> None:
    mark = tmp_path / "begun"
    text = (
        "workflow: w\nsteps:\n"
        f"  - {{id: long, safe: true, shell: 'touch {mark}; sleep 600'}}\n"
    )
    engine = open_engine(make_workspace(tmp_path, {"w.yaml": text}))
    run = start(engine, "w")
    runner = Runner(engine, LocalDispatch(engine.database))
    runner.grace = 0.1
    task = asyncio.create_task(runner.run())
    await _until(mark.exists)
    runner.stop()
    await task
    state = engine.load(run)
    assert state.steps["long"].status == "ready"
    engine.database.close()


async def test_a_runner_with_nothing_to_do_goes_home(tmp_path: Path) -> None:
    engine = open_engine(make_workspace(tmp_path, {"two.yaml": TWO}))
    runner = Runner(engine, LocalDispatch(engine.database), idle=0.1)
    await asyncio.wait_for(runner.run(), 20)
    assert not runners.living(engine.database, time.time())
    engine.database.close()


def _group_alive(pid: int) -> bool:
    import os

    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def _until(fact) -> None:  # type: ignore[no-untyped-def]
    async with asyncio.timeout(20):
        while not fact():  # noqa: ASYNC110 - waits for another process
            await asyncio.sleep(0.01)


def tamper_with(path: str) -> None:
    Path(path).write_text("something else")


async def test_a_document_that_was_changed_on_disk_is_not_sent(tmp_path: Path) -> None:
    text = (
        "workflow: w\nsteps:\n"
        "  - id: page\n    artifact: {title: T, sections: [{text: shown}]}\n"
        "  - {id: look, approval: {title: Send?, show: [artifacts.page]}}\n"
        f"  - {{id: send, shell: 'cp {{{{ artifacts.page.path }}}} {tmp_path}/sent'}}\n"
    )
    engine = open_engine(make_workspace(tmp_path, {"w.yaml": text}))
    run = start(engine, "w")
    async with running(engine):
        state = await until(engine, run, "waiting")
        tamper_with(state.steps["page"].output["path"])
        (approval,) = state.approvals.values()
        engine.handle(
            run, c.DecideApproval(approval.id, "approve", approval.digest, ANA)
        )
        state = await until(engine, run, "failed", "succeeded")
    assert state.status == "failed"
    assert not (tmp_path / "sent").exists()
    engine.database.close()


class Offering(LocalDispatch):
    """Offers no step but `one`, so that a test begins the others."""

    async def look(self, most: int) -> Look:
        found = await super().look(most)
        return Look([p for p in found.ready if p.path == "one"], found.next_due)


async def test_a_step_that_was_begun_and_taken_at_once_is_done(tmp_path: Path) -> None:
    go = tmp_path / "go"
    text = (
        "workflow: w\nsteps:\n"
        f"  - {{id: one, needs: [], shell: 'until [ -e {go} ]; do sleep 0.01; done'}}\n"
        "  - {id: two, needs: [], shell: echo}\n"
    )
    engine = open_engine(make_workspace(tmp_path, {"w.yaml": text}))
    run = start(engine, "w")
    runner = Runner(engine, Offering(engine.database))
    submit = engine.submit

    def raced(run_id: str, command: c.Command):  # type: ignore[no-untyped-def]
        future = submit(run_id, command)
        if isinstance(command, c.ReportSuccess) and command.path == "one":
            runner._begin(Place(run, "two"))  # it was offered before `one` ended
        return future

    engine.submit = raced  # type: ignore[method-assign]
    task = asyncio.create_task(runner.run())
    await _until(lambda: runner._performing)
    go.touch()
    state = await until(engine, run, "succeeded")
    assert state.steps["two"].attempt == 1
    runner.stop()
    await task
    engine.database.close()


async def test_a_report_that_can_not_be_kept_fails_its_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODD", os.fsdecode(b"\xff"))
    text = "workflow: w\nsteps:\n  - {id: stop, fail: '{{ env.ODD }}'}\n"
    config = 'provider = "mock"\nenv = ["ODD"]\n'
    engine = open_engine(make_workspace(tmp_path, {"w.yaml": text}, config))
    run = start(engine, "w")
    async with running(engine):
        state = await until(engine, run, "failed")
    assert "UnicodeEncodeError" in state.reason
    engine.database.close()


async def test_a_run_that_can_not_be_read_holds_up_no_other(tmp_path: Path) -> None:
    files = {
        "bad.yaml": "workflow: bad\nsteps:\n  - {id: a, wait: 0.01}\n",
        "good.yaml": "workflow: good\nsteps:\n  - {id: a, wait: 0.01}\n",
    }
    engine = open_engine(make_workspace(tmp_path, files))
    bad = start(engine, "bad")
    engine.handle(bad, c.StartAttempt("a", "w-gone"))
    engine.handle(bad, c.BeginWait("a", 1, "w-gone", 1.0))
    unknown = EventRecord(
        run=bad, seq=99, type="Nobody", data=b'{"type":"Nobody"}', at=1.0, cause=1
    )
    engine.database.writer.submit(lambda batch: batch.append([unknown])).result()
    engine.database.close()
    engine = open_engine(tmp_path)
    good = start(engine, "good")
    async with running(engine):
        await until(engine, good, "succeeded")
    engine.database.close()


async def test_half_a_character_of_a_model_harms_no_log(tmp_path: Path) -> None:
    engine = open_engine(make_workspace(tmp_path, {"two.yaml": TWO}))
    run = start(engine, "two")
    log = RunLog(engine)
    log.writer(run, "one", 1)("llm", "half \ud83d\n")
    log.flush()
    engine.handle(run, c.PauseRun(ANA))
    assert [line.text for line in logs.page(engine.database, run)] == ["half ?"]
    engine.database.close()


async def test_a_changed_weir_toml_is_gone_by_at_once(tmp_path: Path) -> None:
    text = (
        "workflow: w\nsteps:\n  - {id: first, approval: {title: Go on?}}\n"
        "  - {id: say, set: {x: '{{ env.GREETING }}'}}\n"
    )
    reads, does_not = 'env = ["GREETING"]\n', 'env = ["OTHER"]\n'
    root = make_workspace(tmp_path, {"w.yaml": text}, reads)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GREETING", "hello")
        engine = open_engine(root)
        run = start(engine, "w")
        make_workspace(root, {}, does_not)
        engine.workspace = open_workspace(root)
        async with running(engine):
            state = await until(engine, run, "waiting")
            make_workspace(root, {}, reads)
            (asked,) = state.approvals.values()
            engine.handle(run, c.DecideApproval(asked.id, "approve", asked.digest, ANA))
            state = await until(engine, run, "succeeded", "failed")
    assert state.steps["say"].output == {"x": "hello"}
    engine.database.close()


async def test_a_runner_whose_workspace_is_gone_goes_home(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "w", {"two.yaml": TWO})
    engine = open_engine(root)
    runner = Runner(engine, LocalDispatch(engine.database))
    shutil.rmtree(root)
    await asyncio.wait_for(runner.run(), 20)
    engine.database.close()
