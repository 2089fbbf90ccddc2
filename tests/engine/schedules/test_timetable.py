"""The rows of schedules, kept at what the workflows in force say."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from engine.definition.begins import (
    Begin,
    EligibleTrigger,
    FileTrigger,
    Schedule,
    begins_of,
)
from engine.schedules.timetable import kept, rule_of
from store.records import ScheduleRecord

NOW = 1_800_000_000.0  # 2027-01-15 08:00 UTC, a Friday
HOURLY = Schedule(cron="0 * * * *", timezone="UTC")
HOUR = 3600.0


def rows(
    begin: Begin | None, *known: ScheduleRecord, now: float = NOW, here: str = "UTC"
):  # type: ignore[no-untyped-def]
    wanted = {"w": ("w", begin)} if begin else {}
    return kept(wanted, {each.name: each for each in known}, here, now)


@pytest.fixture
def hourly() -> ScheduleRecord:
    (row,) = rows(HOURLY)
    return row


def test_a_new_one_begins_at_its_next_time(hourly: ScheduleRecord) -> None:
    assert hourly.next_at == NOW + HOUR
    assert (hourly.kind, hourly.zone) == ("cron", "UTC")
    assert rule_of(hourly) == HOURLY


def test_nothing_is_written_where_nothing_has_changed(hourly: ScheduleRecord) -> None:
    assert rows(HOURLY, hourly, now=NOW + 10) == []


def test_what_is_given_can_change_without_the_time(hourly: ScheduleRecord) -> None:
    overdue = replace(hourly, next_at=NOW - 10)
    (row,) = rows(msgspec.structs.replace(HOURLY, inputs={"a": 1}), overdue)
    assert row.next_at == NOW - 10, "what is due is still due"
    assert rule_of(row).inputs == {"a": 1}


def test_other_times_begin_anew(hourly: ScheduleRecord) -> None:
    overdue = replace(hourly, next_at=NOW - 10)
    (row,) = rows(Schedule(cron="30 * * * *", timezone="UTC"), overdue)
    assert row.next_at == NOW + HOUR / 2


def test_a_machine_that_travels_goes_by_the_time_there() -> None:
    here = Schedule(cron="0 12 * * *")
    (row,) = rows(here)
    (moved,) = rows(here, row, here="Europe/Vienna")
    assert row.next_at is not None
    assert moved.next_at == row.next_at - HOUR


def test_a_clock_that_was_far_ahead_leaves_nothing_behind(
    hourly: ScheduleRecord,
) -> None:
    (row,) = rows(HOURLY, replace(hourly, next_at=NOW + 1_000_000 * HOUR))
    assert row.next_at == NOW + HOUR


def test_what_no_file_says_any_more_is_gone_and_comes_back_as_it_was(
    hourly: ScheduleRecord,
) -> None:
    paused = replace(hourly, paused=True, next_at=None)
    (gone,) = rows(None, paused)
    assert (gone.gone, gone.paused, gone.next_at) == (True, True, None)
    assert rows(None, gone) == []
    (back,) = rows(HOURLY, gone, now=NOW + 5 * HOUR)
    assert (back.gone, back.paused, back.next_at) == (False, True, None)


def test_a_paused_one_has_no_time_whatever_the_file_says_now(
    hourly: ScheduleRecord,
) -> None:
    paused = replace(hourly, paused=True, next_at=None)
    (row,) = rows(Schedule(cron="30 * * * *", timezone="UTC"), paused)
    assert row.next_at is None


def test_files_have_no_time_and_projects_are_looked_at_now() -> None:
    (file,) = rows(FileTrigger(file="in/*"))
    assert file.next_at is None
    (project,) = rows(EligibleTrigger())
    assert project.next_at == NOW


def test_names() -> None:
    named = begins_of(
        "w",
        (HOURLY, HOURLY, Schedule(cron="1 * * * *", name="late")),
        (FileTrigger(file="a"), FileTrigger(file="b"), EligibleTrigger()),
    )
    assert list(named) == ["w", "w/2", "w/late", "w/file", "w/file-2", "w/eligible"]
