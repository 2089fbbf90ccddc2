"""A workspace with a person at it, and a runner that works when it is told to."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from click.testing import Result

from engine.inbox import inbox
from engine.machine.state import RUN_ENDED, RunStatus
from engine.trust import Trust
from store import approvals
from tests.given import make_workspace, open_engine, running, start, until

GATED = """\
workflow: greet
title: Greet someone
inputs:
  name: {type: string, default: world}
steps:
  - id: draft
    set: {text: "Hello {{ inputs.name }}"}
  - id: review
    approval:
      title: Greet {{ inputs.name }}?
      show: [outputs.draft]
      choices: [approve, rework, reject]
      reasons: {tone: "Warmer, please."}
      form:
        copies: {type: integer, default: 1, minimum: 1}
    route:
      - {choice: rework, to: draft}
      - {choice: reject, to: end}
      - {choice: approve, to: last}
  - id: last
    set: {copies: "{{ decisions.review.inputs.copies }}"}
"""


class Here:
    def __init__(self, root: Path, files: dict[str, str] | None = None) -> None:
        self.root = make_workspace(root, files or {"greet.yaml": GATED})
        self.engine = open_engine(self.root)
        self.database = self.engine.database

    def start(self, workflow: str = "greet", **given: object) -> str:
        """Begin a run and do all of it that can be done."""
        run = start(self.engine, workflow, **given)
        self.work(run)
        return run

    def work(self, run: str) -> None:
        """Perform the steps of a run until it ends, or waits."""

        async def perform() -> None:
            async with running(self.engine):
                await until(self.engine, run, *RUN_ENDED, RunStatus.WAITING)

        asyncio.run(perform())

    def gate(self, **given: object) -> str:
        """The id of an open gate, in a run of its own."""
        self.start(**given)
        return inbox(self.engine)[-1].id

    def run_of(self, gate: str) -> str:
        found = approvals.get(self.database, gate)
        assert found is not None
        return found.run

    def status(self, gate: str) -> str:
        found = approvals.get(self.database, gate)
        assert found is not None
        return found.status

    def decision(self, gate: str) -> Any:
        """The newest decision on a gate, as it is stored."""
        found = approvals.get(self.database, gate)
        assert found is not None
        return json.loads(found.decisions)[-1]


def read(result: Result) -> Any:
    """The JSON a command has printed."""
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def write(here, weir, text: str, name: str = "two", *, ours: bool = True) -> None:
    path = here.root / "workflows" / f"{name}.yaml"
    path.write_text(text)
    if ours:
        trusted = {f"workflows/{name}.yaml": text.encode()}
        Trust.open().trust_texts(here.root, trusted)
    assert weir("list").exit_code == 0
