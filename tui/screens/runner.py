"""The runner: whether one is awake, what it is at, and how much may be done at once."""

from __future__ import annotations

from engine.awake import is_awake
from engine.counted import counted
from engine.lost import living
from engine.workspace import Config
from store import steps
from store.records import RunnerRecord, StepRecord
from tui.actions import RUNNER
from tui.screens.listing import ListScreen, Row
from tui.text import mark_of
from tui.widgets.safe import plain
from tui.widgets.vtable import Column
from tui.words.times import moment, now

AGAIN = 5.0  # seconds; one that was killed writes nothing that would be heard


class RunnerScreen(ListScreen, inherit_bindings=False):
    place = RUNNER
    heading = "Runner and limits"
    columns = (
        Column("what", "WHAT", 9, priority=8),
        Column("name", "NAME", 26, priority=9),
        Column("about", "", None, priority=9),
    )
    empty = "Nothing is known of a runner.\n{app.line}runner start  wakes one"
    runless = "only what is running leads to a run"

    def __init__(self) -> None:
        super().__init__()
        self.said = ""

    def on_mount(self) -> None:
        self.set_interval(AGAIN, self.read)

    def rows(self) -> list[Row]:
        desk = self.bench.desk
        busy = steps.running(desk.database)
        self.said = said(is_awake(desk.workspace), len(busy))
        return [
            *map(of_runner, living(desk.database, now())),
            *map(of_step, busy),
            *of_limits(desk.workspace.config),
        ]

    def summary(self) -> str:
        return self.said


def said(awake: bool, busy: int) -> str:
    if not awake:
        return "no runner is awake; `weir runner start` wakes one"
    at_work = counted(busy, "step") if busy else "nothing"
    return f"a runner is awake, and at work on {at_work}"


def of_runner(each: RunnerRecord) -> Row:
    about = f"pid {each.pid} on {each.machine}, woken {moment(each.started_at)}"
    cells = ("runner", each.id, about)
    return Row(f"runner {each.id}", cells, f"runner {each.id}\n{about}", "", each.id)


def of_step(step: StepRecord) -> Row:
    mark = mark_of(step.status)
    since = f", since {moment(step.started_at)}" if step.started_at else ""
    about = f"{step.path}, attempt {step.attempt}{since}"
    cells = (plain(mark.text(), mark.style), step.run, about)
    told = f"{about}\nperformed by runner {step.runner}"
    return Row(f"step {step.run} {step.path}", cells, told, step.run)


def of_limits(config: Config) -> list[Row]:
    names = sorted({config.provider, *config.providers, *config.limits.providers})
    at_once = f"at most {config.limits.steps} at once"
    told = f"{at_once}, in all\n`steps` of [limits] in weir.toml says how many"
    first = Row("limit", ("limit", "steps", at_once), told)
    return [first, *(of_provider(config, name) for name in names if name)]


def of_provider(config: Config, name: str) -> Row:
    """How fast a provider may be asked, and where that is said."""
    own = config.providers.get(name)
    limits = (
        ("at once", config.limits.providers.get(name)),
        ("requests a minute", own.requests_per_minute if own else None),
        ("tokens a minute", own.tokens_per_minute if own else None),
    )
    known = [f"{most} {what}" for what, most in limits if most is not None]
    about = f"at most {', '.join(known)}" if known else "no limit"
    told = (
        f"provider {name}: {about}\n"
        f"{name} of [limits.providers], and requests_per_minute and "
        f"tokens_per_minute of [providers.{name}], in weir.toml say so"
    )
    return Row(f"provider {name}", ("provider", name, about), told, "", name)
