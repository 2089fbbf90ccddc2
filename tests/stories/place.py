"""A workspace with real runner processes in it, which a test may kill."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from engine.machine.state import RunState, StepState
from engine.trust import Trust
from tests.given import make_workspace, open_engine, start

T = TypeVar("T")
WEIR = (sys.executable, "-P", "-c", "from tui.cli import main; main()")
RUNNER = (sys.executable, "-P", "-m", "engine")
PATIENCE = 60.0  # seconds until what is waited for will surely not come
MOCK = 'provider = "mock"\n'


class Place:
    """A trusted workspace, read from here and worked in by other processes."""

    def __init__(
        self, root: Path, files: Mapping[str, str], state: Path, config: str = MOCK
    ) -> None:
        self.root = make_workspace(root, files, config)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(state),
            "LANG": "C.UTF-8",
            "WEIR_STATE": str(state / "weir"),
            "OPENAI_API_KEY": "a-key-of-nobody",
        }
        trust = Trust(make_private(state / "weir"))
        trust.own(self.root)
        self.engine = open_engine(self.root)
        self.database = self.engine.database
        trust.know_store(self.root, self.database.device)
        self.log = state / "runner.log"
        self.children: list[subprocess.Popen[bytes]] = []

    def start(self, workflow: str, **inputs: object) -> str:
        """Begin a run. Nobody is woken for it."""
        return start(self.engine, workflow, **inputs)

    def wake(self, *words: str) -> subprocess.Popen[bytes]:
        """A runner at work, as a child of ours; `words` are another one's command."""
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                words or [*RUNNER, str(self.root)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                start_new_session=True,
            )
        self.children.append(child)
        return child

    def kill(self, runner: subprocess.Popen[bytes]) -> None:
        runner.kill()
        runner.wait()

    def kill_all(self) -> None:
        """Kill every runner of this workspace, whoever has woken it."""
        for pid in self.awake():
            os.kill(pid, signal.SIGKILL)
            until(partial(is_gone, pid))
        for child in self.children:
            self.kill(child)

    def awake(self) -> list[int]:
        """The processes that are runners here, or about to be."""
        ending = "\0".join(["", *RUNNER[1:], str(self.root.resolve()), ""])
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (process / "cmdline").read_bytes().endswith(ending.encode()):
                    found.append(int(process.name))
        return found

    def close(self) -> None:
        self.kill_all()
        self.database.close()

    def types(self, *words: str) -> subprocess.Popen[str]:
        """A command that someone has typed, without a terminal."""
        return subprocess.Popen(
            [*WEIR, "-C", str(self.root), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            cwd="/",
            text=True,
        )

    def weir(self, *words: str, ends: int = 0) -> str:
        """What a command prints: to standard error when it is to be refused."""
        typed = self.types(*words)
        out, err = typed.communicate(timeout=PATIENCE)
        assert typed.returncode == ends, f"{words}: {typed.returncode}\n{out}\n{err}"
        return err if ends else out

    def reads(self, *words: str) -> Any:
        return msgspec.json.decode(self.weir(*words, "--json"))

    def with_weir(self, folder: Path) -> dict[str, str]:
        """The environment of a shell that finds `weir`, which is put into a folder."""
        weir = folder / "weir"
        weir.write_text(f'#!/bin/sh\nexec {shlex.join(WEIR)} "$@"\n')
        weir.chmod(0o700)
        return {**self.environment, "PATH": f"{folder}:{self.environment['PATH']}"}

    def state(self, run: str) -> RunState:
        return self.engine.load(run)

    def step(self, run: str, path: str) -> StepState:
        return self.state(run).steps[path]

    def until_run(self, run: str, *statuses: str) -> RunState:
        """The state of a run, once it is in one of these statuses."""

        def there() -> RunState | None:
            state = self.state(run)
            return state if state.status in statuses else None

        return until(there, lambda: f"{self.state(run)}\n{self.said()}")

    def until_step(self, run: str, path: str, status: str) -> StepState:
        def there() -> StepState | None:
            step = self.state(run).steps.get(path)
            return step if step and step.status == status else None

        return until(there, lambda: f"{self.state(run)}\n{self.said()}")

    def said(self) -> str:
        """What the runners have written about themselves."""
        woken = self.root / ".weir" / "runner.log"
        logs = [path for path in (self.log, woken) if path.exists()]
        return "".join(path.read_text() for path in logs)


def make_private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def until(fact: Callable[[], T | None], otherwise: Callable[[], str] = lambda: "") -> T:
    """The first true value of a fact that other processes bring about."""
    end = time.monotonic() + PATIENCE
    while not (found := fact()):
        assert time.monotonic() < end, f"it did not come about: {otherwise()}"
        time.sleep(0.01)
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def is_gone(pid: int) -> bool:
    return not is_running(pid)


def is_running(pid: int) -> bool:
    """Whether a process is there, and is not one that only waits for its burial."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def one_line(refusal: str) -> str:
    """A refusal, which must be one line of words."""
    (line,) = refusal.splitlines()
    assert line.startswith("weir: ")
    return line


def number_in(file: Path) -> int:
    """The number that another process writes into a file."""

    def written() -> str:
        return file.read_text().strip() if file.exists() else ""

    return int(until(written))
