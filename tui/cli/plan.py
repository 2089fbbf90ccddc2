"""`weir run --dry-run`: what a run would begin with, and the steps it would take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.beginning import beginning
from engine.definition.graph import text
from engine.desk import Desk
from tui.cli import out
from tui.cli.show import output_text


def show_plan(
    desk: Desk, workflow: str, given: Mapping[str, Any], as_json: bool
) -> None:
    """Print the plan. Refuses what `weir run` would refuse, and writes nothing."""
    begins = beginning(desk.engine, workflow, given)
    found, inputs = begins.closure, begins.inputs
    plan = desk.engine.plan(found.version, found.pins)
    if as_json:
        steps = [
            {"id": step.id, "kind": step.kind, "title": step.title}
            for step in plan.workflow.steps
        ]
        out.document(
            {
                "workflow": found.workflow.name,
                "version": found.version,
                "pins": found.pins,
                "inputs": inputs,
                "steps": steps,
            }
        )
        return
    for name, value in inputs.items():
        out.line(f"input {out.one_line(name)} = {out.one_line(output_text(value))}")
    out.block(text(plan.graph, plan.workflow))
    out.line("nothing was started")
