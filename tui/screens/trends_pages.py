"""What the pages of the trends say: workflows, steps, days and agents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from textual.content import Content

from engine.counted import counted
from engine.figures import Figures, Stats, StepFigures
from engine.trends import Span, Trends
from tui.widgets.safe import plain
from tui.widgets.vtable import Column
from tui.words.figures import agent_row, cost_of, percent, short

Rows = Mapping[str, Sequence[str]]
PERIODS = (7, 30, 90, None)  # days; None: all


def numbers(*columns: tuple[str, int, int]) -> tuple[Column, ...]:
    """Columns of figures: title, width, priority."""
    return tuple(Column(t.lower(), t, w, p, align="right") for t, w, p in columns)


OF_RUNS = numbers(
    ("RUNS", 7, 9), ("OPEN", 5, 3), ("SUCCEEDED", 9, 8), ("MEDIAN", 6, 7),
    ("9 OF 10", 7, 6), ("ASKED", 6, 4), ("COST", 9, 5),
)  # fmt: skip
OF_STEPS = numbers(
    ("VISITS", 7, 7), ("OF RUNS", 7, 8), ("FAILED", 6, 8), ("RETRIES", 7, 3),
    ("MEDIAN", 6, 6), ("9 OF 10", 7, 4), ("OF TIME", 7, 9), ("COST", 9, 5),
)  # fmt: skip
OF_AGENTS = numbers(
    ("ASKED", 7, 8), ("READ", 10, 6), ("WRITTEN", 10, 6), ("COST", 9, 9)
)
COLUMNS = {
    "workflows": (Column("name", "WORKFLOW", priority=9), *OF_RUNS),
    "steps": (
        Column("step", "STEP", priority=9),
        Column("kind", "KIND", 8, priority=2),
        *OF_STEPS,
    ),
    "days": (Column("day", "DAY", priority=9), *OF_RUNS),
    "agents": (
        Column("agent", "AGENT", priority=9),
        Column("model", "MODEL", 22, priority=7),
        *OF_AGENTS,
    ),
}
EMPTY = {
    "workflows": "",
    "steps": "No step was come to.",
    "days": "No run was begun.",
    "agents": "No model was asked.\nA step of the kind `llm` asks one.",
}


def head(days: int | None, said: str, tabs: Content) -> Content:
    """Which time is told of, and out of which; below it the pages."""
    names = Content("  ").join(
        plain(named(each), "bold underline" * (each == days)) for each in PERIODS
    )
    first = Content.assemble(
        plain("Trends", "bold"), "  ", names, "  ", plain(said, "$foreground-muted")
    )
    return Content("\n").join([first, tabs])


def named(days: int | None) -> str:
    return "all" if days is None else f"{days} days"


def read_so_far(trends: Trends) -> str:
    first = next((span for span in trends.spans if span.figures.runs), None)
    back = f", back to {first.first:%m-%d}" if first else ""
    return f"{trends.whole.runs:,} of {trends.runs:,}{back} …"


def read_all(runs: int, at: float) -> str:
    when = datetime.fromtimestamp(at).astimezone()
    return f"{counted(runs, 'run')}, read at {when:%H:%M:%S}"


def nothing(days: int | None) -> str:
    """What the lists say where there are no runs."""
    if days is None:
        return (
            "No run was ever begun here.\n"
            "How runs end, how long they take and what they cost is told here.\n"
            "{go.runs} {runs.start}  start a run"
        )
    return (
        f"No run was begun in {days} days.\n"
        "{trends.longer}  look further back\n"
        "{go.runs} {runs.start}  start a run"
    )


def figures_by_row(workflows: Sequence[Stats]) -> dict[str, Figures]:
    """By the key of a row: a workflow, and below it each of its variants."""
    found: dict[str, Figures] = {}
    for each in workflows:
        found[each.workflow] = each.figures
        found |= {f"{each.workflow} {name}": f for name, f in each.variants.items()}
    return found


def pages_of(trends: Trends) -> dict[str, Rows]:
    """The rows of all pages but that of steps, by page and key."""
    days = [span for span in reversed(trends.spans) if span.figures.runs]
    return {
        "workflows": {
            key: (shown(key), *of_runs(figures))
            for key, figures in figures_by_row(trends.workflows).items()
        },
        "days": {
            span.first.isoformat(): (days_in_words(span), *of_runs(span.figures))
            for span in days
        },
        "agents": {
            f"{each.agent} {each.model}": agent_row(each)
            for each in trends.whole.agents
        },
    }


def shown(key: str) -> str:
    workflow, _, variant = key.partition(" ")
    return f"  {variant}" if variant else workflow


def days_in_words(span: Span) -> str:
    if span.first == span.last:
        return span.first.isoformat()
    return f"{span.first} … {span.last:%m-%d}"


def of_runs(figures: Figures) -> Sequence[str]:
    return (
        f"{figures.runs:,}",
        f"{figures.open:,}" if figures.open else "",
        percent(figures.succeeded),
        short(figures.took.median),
        short(figures.took.most),
        short(figures.asked.median),
        cost_of(figures.spent),
    )


def steps_of(figures: Figures) -> Rows:
    return {
        f"{each.step} {each.kind}": of_step(each, figures.runs)
        for each in figures.steps
    }


def of_step(step: StepFigures, runs: int) -> Sequence[str]:
    return (
        step.step,
        step.kind,
        f"{step.visits:,}",
        percent(step.completed / runs),
        f"{step.failed:,}" if step.failed else "",
        f"{step.retries:,}" if step.retries else "",
        short(step.took.median),
        short(step.took.most),
        percent(step.share),
        cost_of(step.spent),
    )


def held_up(key: str, figures: Figures) -> str:
    """Where runs stand now, and which step takes most time and fails most often."""
    own = [step for step in figures.steps if step.attempts]
    parts = [
        f"{each.open:,} now at {each.step}" for each in most(own, lambda s: s.open)
    ]
    parts += [
        f"{percent(each.share)} of the time goes to {each.step}"
        for each in most(own, lambda s: s.share or 0.0)
    ]
    parts += [
        f"{each.step} failed {each.failed:,} of {each.visits:,} times"
        for each in most(own, lambda s: s.failed)
    ]
    return f"{shown(key).strip()}: {'; '.join(parts)}" if parts else ""


def most(
    steps: Sequence[StepFigures], of: Callable[[StepFigures], float]
) -> list[StepFigures]:
    """The one step that has most of it; none where none has any."""
    first = max(steps, key=of, default=None)
    return [first] if first is not None and of(first) > 0 else []
