"""What a template of a run may read, as plain data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from engine.definition.model import Workflow
from engine.machine.state import RunState

Json = Any


def scope(workflow: Workflow, state: RunState, now: float) -> dict[str, Json]:
    """The names of DESIGN's section 5, without `env`, which is not ours to know.

    Step ids with a hyphen stand under both spellings: `send-gate` and `send_gate`.
    """
    moment = datetime.fromtimestamp(now, UTC)
    outputs: dict[str, Json] = {}
    artifacts: dict[str, Json] = {}
    decisions: dict[str, Json] = {}
    for step, path in state.finished.items():
        done = state.steps[path]
        _add(outputs, step, done.output)
        if done.artifact:
            _add(artifacts, step, done.output)
        if done.approval:
            _add(decisions, step, done.output)
    context = state.context
    about = {"name": workflow.name, "title": workflow.title or workflow.name}
    return {
        **context,
        "inputs": state.inputs,
        "outputs": outputs,
        "artifacts": artifacts,
        "decisions": decisions,
        "branches": {},
        "run": {"id": state.id, "started_at": _iso(state.started_at)},
        "project": {"name": state.project},
        "workflow": {**about, **context.get("workflow", {})},
        "today": moment.date(),
        "now": moment,
    }


def _add(names: dict[str, Json], step: str, value: Json) -> None:
    names[step] = value
    if "-" in step:
        names[step.replace("-", "_")] = value


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
