"""What begins runs by itself, when it is next, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.awake import is_awake
from engine.schedules.keeper import is_here
from store import occasions, schedules
from store.database import Database
from store.records import OccasionRecord, ScheduleRecord
from tui.actions import SCHEDULES
from tui.panes.pane import Act
from tui.screens.listing import ListScreen, Row
from tui.widgets.safe import plain
from tui.widgets.vtable import Column
from tui.words.schedules import next_words, standing, when
from tui.words.times import moment

SHOWN = 5  # occasions told of the chosen one
LOOKED = 100  # occasions in which its newest run is looked for
STYLES = {"green": "$text-success", "yellow": "$text-warning", "red": "$text-error"}


class SchedulesScreen(ListScreen, inherit_bindings=False):
    place = SCHEDULES
    heading = "Schedules and triggers"
    columns = (
        Column("name", "SCHEDULE", 20, priority=9),
        Column("state", "STATE", 12, priority=8),
        Column("next", "NEXT", 16, priority=7),
        Column("last", "LAST", 27, priority=5),
        Column("when", "WHEN", None, priority=6),
    )
    empty = (
        "Nothing begins runs by itself.\n"
        "Write `schedule:` or `trigger:` into a workflow: a runner reads it.\n"
        "{go.templates}  the workflows: {templates.edit} edits one"
    )
    runless = "it has begun no run yet"

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, ScheduleRecord] = {}
        self.held = ""  # why nothing would begin here

    def rows(self) -> list[Row]:
        database = self.bench.desk.database
        found = schedules.every(database)
        self.records = {record.name: record for record in found}
        self.held = self.why_held() if found else ""
        return [row_of(database, record) for record in found]

    def why_held(self) -> str:
        engine = self.bench.desk.engine
        if not is_here(engine):
            machine = engine.workspace.config.schedules.machine
            return f"weir.toml lets them begin runs on {machine} only, not here"
        if not is_awake(engine.workspace):
            return "nothing begins: no runner is awake; `weir runner start` wakes one"
        return ""

    def summary(self) -> str:
        return self.held

    def own_acts(self) -> Mapping[str, Act]:
        return {"schedules.pause": self.pause}

    async def pause(self) -> None:
        """Let the chosen one begin nothing, or let it go on where it is paused."""
        row, desk = self.list.chosen, self.bench.desk
        assert row is not None, "refused where none is chosen"
        paused = self.records[row.key].paused
        change = desk.resume_schedule if paused else desk.pause_schedule
        after = await self.bench.ask(lambda: change(row.key))
        if after is not None:
            goes_on = f"goes on; next {next_words(after)}"
            rests = "is paused; what it has begun goes on"
            self.bench.say(f"{after.name} {rests if after.paused else goes_on}")


def row_of(database: Database, record: ScheduleRecord) -> Row:
    past = occasions.page(database, record.name, limit=LOOKED)
    word, colour = standing(record)
    last = f"{past[0].status} {moment(past[0].at)[:16]}" if past else ""
    state = plain(word, STYLES[colour])
    cells = (record.name, state, next_words(record), last, when(record))
    run = next((each.run for each in past if each.run), "")
    return Row(record.name, cells, told(record, past), run, record.name)


def told(record: ScheduleRecord, past: list[OccasionRecord]) -> str:
    lines = [f"{record.name} begins {record.workflow}: {when(record)}"]
    if record.trouble:
        lines.append(f"can't be kept: {record.trouble}")
    lines += map(told_of, past[:SHOWN])
    return "\n".join(lines)


def told_of(each: OccasionRecord) -> str:
    parts = (moment(each.at), each.status, each.run, each.subject, each.reason)
    return "  ".join(part for part in parts if part)
