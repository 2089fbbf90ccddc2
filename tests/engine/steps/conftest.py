"""A workspace, a server on loopback, and a way to make a step's work from values."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest

from engine.definition.model import Step, Workflow
from engine.machine.state import (
    Actor,
    RunState,
    RunStatus,
    StepState,
    StepStatus,
)
from engine.steps.work import Work
from engine.workspace import Config, Workspace

Json = Any


class Seen(NamedTuple):
    """A request that the server has had."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Server:
    """Answers each path with what it was told to, and remembers the requests."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.seen: list[Seen] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do(self) -> None:
                size = int(self.headers.get("content-length") or 0)
                headers = {k.lower(): v for k, v in self.headers.items()}
                body = self.rfile.read(size)
                outer.seen.append(Seen(self.command, self.path, headers, body))
                status, more, answer = outer.answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in {"Content-Length": str(len(answer)), **more}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_HEAD = do_POST = do_PUT = do  # noqa: N815 (its names, not ours)

            def log_message(self, *args: object) -> None:
                """What was asked stands in `seen`."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, body: bytes, status: int = 200, **headers: str) -> None:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, told, body)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.server.shutdown()
    thread.join()
    server.server.server_close()


class MakeWork(Protocol):
    def __call__(
        self,
        step: Step,
        scope: dict[str, Json] | None = None,
        config: Config | None = None,
        **more: Any,
    ) -> Work: ...


@pytest.fixture
def log() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def make_work(tmp_path: Path, log: list[tuple[str, str]]) -> MakeWork:
    def make(
        step: Step,
        scope: dict[str, Json] | None = None,
        config: Config | None = None,
        **more: Any,
    ) -> Work:
        begun = StepState(step.id, step.id, 1, StepStatus.RUNNING)
        state = RunState(
            "r1",
            RunStatus.RUNNING,
            "demo",
            "v",
            0.0,
            Actor("ana"),
            steps={step.id: begun},
        )
        given = {
            "run": "r1",
            "path": step.id,
            "attempt": 1,
            "step": step,
            "workflow": Workflow(name="demo", steps=(step,)),
            "scope": {"inputs": {}, "outputs": {}, "artifacts": {}, **(scope or {})},
            "workspace": Workspace(tmp_path, config or Config()),
            "state": state,
            "log": lambda stream, text: log.append((stream, text)),
            "started": lambda pid: None,
        }
        return Work(**{**given, **more})

    return make
