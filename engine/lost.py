"""Telling which runner is gone, and what it left behind."""

from __future__ import annotations

import contextlib
import math
import os
import platform
import signal
from collections.abc import Callable
from functools import cache
from pathlib import Path

from engine.dispatch import Place
from engine.machine import commands as c
from store import processes, runners, steps
from store.database import Database
from store.records import ProcessRecord, RunnerRecord

_DEAD = "ZX"  # states of a process that has ended and is not yet buried
_SUSPENDED = "Tt"


def this_runner(runner_id: str, now: float) -> RunnerRecord:
    return RunnerRecord(
        id=runner_id,
        pid=os.getpid(),
        pid_started=started(os.getpid()),
        machine=platform.node(),
        boot=boot_id(),
        started_at=now,
        beat_at=now,
    )


class Watch:
    """For how long we have listened without a gap, by the clock that beats are in.

    When a clock has jumped or a laptop has slept, every other runner looks silent:
    each is given the whole of SILENCE anew in which to be heard.
    """

    def __init__(self) -> None:
        self._since = 0.0
        self._last: float | None = None

    def seconds(self, now: float) -> float:
        """The seconds until now. To be asked at each beat."""
        if self._last is None or not 0 <= now - self._last <= runners.SILENCE:
            self._since = now
        self._last = now
        return now - self._since


def lost_attempts(
    database: Database, me: str, now: float, watched: float
) -> list[tuple[str, c.ReportLost]]:
    """Running attempts whose runner is gone, their processes ended, as reports.

    `watched`: for how long (seconds) we would have heard of one that is alive.
    """
    running = [row for row in steps.running(database) if row.runner != me]
    if not running:
        return []
    known = {record.id: record for record in runners.every(database)}
    lost = []
    for row in running:
        why = why_gone(known.get(row.runner), now, watched)
        if why:
            _end_processes(database, row.run, row.path, row.attempt)
            lost.append((row.run, c.ReportLost(row.path, row.attempt, row.runner, why)))
    return lost


def why_gone(runner: RunnerRecord | None, now: float, watched: float = math.inf) -> str:
    """How we know that a runner is gone; empty while it may be at work."""
    if runner is None:
        return "its runner is not known here"
    if runner.ended_at is not None:
        return "its runner went home"
    same_machine = runner.machine == platform.node()
    if same_machine and runner.boot != boot_id():
        return "the machine was started anew"
    if same_machine and started(runner.pid) != runner.pid_started:
        return "its runner's process is gone"
    # A beat from after now: the clock went back, and it has not beaten since.
    silent = min(abs(now - runner.beat_at), watched)
    return (
        f"its runner was silent for {silent:.0f} s" if silent > runners.SILENCE else ""
    )


def living(database: Database, now: float) -> list[RunnerRecord]:
    """Runners that are alive as far as can be told from here."""
    return [each for each in runners.living(database, now) if not why_gone(each, now)]


def silent(database: Database, now: float) -> list[RunnerRecord]:
    """Runners of this machine that are not heard of, and whose processes are there."""
    here = (platform.node(), boot_id())
    return [
        each
        for each in runners.gone(database, now)
        if (each.machine, each.boot) == here and started(each.pid) == each.pid_started
    ]


def what_holds(runner: RunnerRecord) -> str:
    """What keeps a silent runner from its work, as a sentence goes on, and what helps.

    One that can't write is not heard of either: what it is alive by is kept in a row.
    """
    ends = "`weir runner stop` ends it"
    state = _stat(runner.pid)[:1]
    if state and state[0] in _SUSPENDED:
        return f"is suspended: `kill -CONT {runner.pid}` lets it go on, {ends}"
    return f"can't write (is the disk full, or read-only?) or is stuck: {ends}"


def remember_process(
    database: Database, place: Place, attempt: int
) -> Callable[[int], None]:
    """What an attempt calls with the process group it has started."""

    def remember(pid: int) -> None:
        record = ProcessRecord(
            run=place.run,
            path=place.path,
            attempt=attempt,
            pid=pid,
            pid_started=started(pid),
            boot=boot_id(),
        )
        processes.add(database, record)

    return remember


def started(pid: int) -> str:
    """When a process began, in the kernel's ticks: with its pid that names it.

    Empty when it is gone, or is dead and only waits for its parent to hear of it.
    """
    state, *fields = _stat(pid) or (_DEAD,)
    return fields[18] if state not in _DEAD else ""


def _stat(pid: int) -> list[str]:
    """What the kernel tells of a process, its state first; of one that is gone []."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


@cache
def boot_id() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def forget_processes(database: Database) -> None:
    """Keep no longer which groups there were of attempts that are over, with them."""
    if not (kept := processes.every(database)):
        return
    running = {(s.run, s.path, s.attempt) for s in steps.running(database)}
    over = [p for p in kept if (p.run, p.path, p.attempt) not in running]
    gone = [p for p in over if p.boot != boot_id() or not is_a_group(p.pid)]
    processes.forget_these(database, gone)


def is_a_group(group: int) -> bool:
    """Whether any process is in it."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _end_processes(database: Database, run: str, path: str, attempt: int) -> None:
    """End what a dead runner's attempt left running, before anyone tries again."""
    if not boot_id():
        return  # no /proc here: a number alone may be anybody's by now
    known = processes.of_attempt(database, run, path, attempt)
    for process in known:
        # A pid is not given away while a group still bears it: when its leader is
        # gone, whoever is left in the group is ours.
        if process.boot == boot_id() and started(process.pid) in (
            process.pid_started,
            "",
        ):
            _end_group(process.pid)
    if not known:
        # It may have died between beginning a group and writing that down.
        for group in _groups_with(
            WEIR_RUN_ID=run, WEIR_STEP=path, WEIR_ATTEMPT=str(attempt)
        ):
            _end_group(group)


def _end_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _groups_with(**variables: str) -> set[int]:
    """Process groups in which someone was given all these variables."""
    wanted = {f"{name}={value}".encode() for name, value in variables.items()}
    groups = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended, or is another person's
            if wanted.issubset((process / "environ").read_bytes().split(b"\0")):
                groups.add(os.getpgid(int(process.name)))
    return groups
