"""What begins by itself: whether it does, when, and by what."""

from __future__ import annotations

from engine.definition.begins import EligibleTrigger, FileTrigger, Schedule
from engine.schedules.timetable import rule_of
from engine.spans import age
from store.records import ScheduleRecord
from tui.text import flat
from tui.words.times import moment


def standing(record: ScheduleRecord) -> tuple[str, str]:
    """Whether it will begin anything, in a word, and the colour of that."""
    if record.gone:
        return "- gone", "yellow"
    if record.paused:
        return "‖ paused", "yellow"
    if record.trouble:
        return "! in trouble", "red"
    return "✓ on", "green"


def next_words(record: ScheduleRecord) -> str:
    if record.paused or record.gone:
        return "-"
    if record.kind == "file":
        return "a file"
    return "never" if record.next_at is None else moment(record.next_at)[:16]


def when(record: ScheduleRecord) -> str:
    """What it goes by, as the file says it."""
    match rule_of(record):
        case Schedule(cron=cron):
            return flat(f"{cron} ({record.zone})")
        case FileTrigger(file=file):
            return flat(f"file {file}")
        case EligibleTrigger(every=every, project=project):
            of = f"project {project}" if project else "a project"
            return flat(f"{of} becomes eligible, looked at every {age(every)}")
