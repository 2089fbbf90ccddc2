"""The figures of `weir stats` as CSV, a row for each workflow, day, step or agent."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from engine.figures import AgentFigures, Figures, Spread, Stats
from engine.spending import Spent
from tui.cli import out

FIGURES = (
    "runs", "succeeded", "failed", "cancelled", "rolled_back", "median_s", "p90_s",
    "asked_median_s", "asked_p90_s", "input_tokens", "output_tokens", "cost_usd",
)  # fmt: skip
STEP = (
    "workflow", "step", "kind", "visits", "attempts", "succeeded", "failed", "retries",
    "median_s", "p90_s", "completed", "share_of_time", "input_tokens", "output_tokens",
    "cost_usd",
)  # fmt: skip
AGENT = ("agent", "model", "asked", "input_tokens", "output_tokens", "cost_usd")

Cell = str | int | float | None


def workflows(found: Iterable[Stats]) -> None:
    """Variants stand after the whole that they are part of."""
    rows: list[list[Cell]] = []
    for each in found:
        rows.append([each.workflow, "", *figures_row(each.figures)])
        rows += [
            [each.workflow, name, *figures_row(figures)]
            for name, figures in each.variants.items()
        ]
    write(("workflow", "variant", *FIGURES), rows)


def days(found: Mapping[str, Figures]) -> None:
    rows = [[day, *figures_row(figures)] for day, figures in found.items()]
    write(("day", *FIGURES), rows)


def steps(found: Iterable[Stats]) -> None:
    rows: list[list[Cell]] = [
        [
            each.workflow, step.step, step.kind, step.visits, step.attempts,
            step.succeeded, step.failed, step.retries, *spread(step.took),
            step.completed, step.share, *paid(step.spent),
        ]
        for each in found
        for step in each.figures.steps
    ]  # fmt: skip
    write(STEP, rows)


def agents(found: Iterable[AgentFigures]) -> None:
    rows: list[list[Cell]] = [
        [each.agent, each.model, each.asked, *paid(each.spent)] for each in found
    ]
    write(AGENT, rows)


def figures_row(figures: Figures) -> list[Cell]:
    ends = ("succeeded", "failed", "cancelled", "rolled_back")
    return [
        figures.runs,
        *(figures.ends.get(status, 0) for status in ends),
        *spread(figures.took),
        *spread(figures.asked),
        *paid(figures.spent),
    ]


def spread(found: Spread) -> tuple[float | None, float | None]:
    return found.median, found.most


def paid(spent: Spent) -> tuple[int, int, float]:
    return spent.input_tokens, spent.output_tokens, spent.cost


def write(headers: Iterable[str], rows: Iterable[Iterable[Cell]]) -> None:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(headers)
    table.writerows([safe(cell) for cell in row] for row in rows)
    out.line(text.getvalue().removesuffix("\n"))


def safe(cell: Cell) -> Cell:
    """A name that a spreadsheet would take for a formula is told as text."""
    if not isinstance(cell, str):
        return cell
    name = out.one_line(cell)
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name
