"""`weir schedule`: what begins runs by itself, when it is next, what became of it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import click

from engine.awake import is_awake
from engine.definition.begins import Schedule
from engine.definition.cron import times
from engine.errors import WeirError
from engine.handle import Engine
from engine.machine.state import Actor
from engine.schedules import acting
from engine.schedules.clock import zone
from engine.schedules.keeper import is_here
from engine.schedules.timetable import Timetable, rule_of
from engine.spans import age
from store import occasions, schedules
from store.records import OccasionRecord, ScheduleRecord
from tui.cli import out
from tui.cli.known import SCHEDULE
from tui.cli.reach import Reach, pass_looking, pass_reach
from tui.words.schedules import next_words, standing, when
from tui.words.times import ago, moment, now

HEADERS = ("SCHEDULE", "STATE", "NEXT", "LAST", "WHEN")
OCCASIONS = ("WHEN", "STATUS", "RUN", "FOR", "WHY")
SHOWN = 20
NEXT = 5

Act = Callable[[Engine, ScheduleRecord, Actor], None]


@click.group()
def schedule() -> None:
    """List, show, pause, resume or begin what begins runs by itself."""


@schedule.command("list")
@out.json_option
@pass_looking
def list_(reach: Reach, as_json: bool) -> None:
    """List schedules and triggers, and when each is next."""
    engine = looked_at(reach)
    found = schedules.every(engine.database)
    if as_json:
        out.document(found)
    elif not found:
        out.line("no workflow says `schedule:` or `trigger:`")
    else:
        out.table(HEADERS, [row(engine, record) for record in found])
        tell_where(reach, engine)


@schedule.command("show")
@click.argument("name", type=SCHEDULE)
@click.option("--all", "known", is_flag=True, help="Files that were there as well.")
@out.json_option
@pass_looking
def show_(reach: Reach, name: str, known: bool, as_json: bool) -> None:
    """Show a schedule, its next times and what became of the last ones."""
    engine = looked_at(reach)
    record = acting.the_schedule(engine, name)
    found = occasions.page(engine.database, name, limit=SHOWN, known=known)
    if as_json:
        out.document({"schedule": record, "occasions": found})
        return
    out.line(f"{out.paint(name, bold=True)}  {state(record)}")
    out.line(f"begins {out.one_line(record.workflow)}: {when(record)}")
    if record.trouble:
        out.line(f"can't be kept: {out.one_line(record.trouble)}")
    tell_next(record)
    if found:
        out.line()
        out.table(OCCASIONS, [occasion_row(each) for each in found])
    tell_where(reach, engine)


@schedule.command()
@click.argument("names", nargs=-1, type=SCHEDULE)
@click.option("--all", "every", is_flag=True, help="All that are not paused.")
@pass_reach
def pause(reach: Reach, names: tuple[str, ...], every: bool) -> None:
    """Let schedules begin nothing until they are resumed."""
    engine = looked_at(reach)
    for record in chosen(engine, names, every, paused=False):
        reach.desk().pause_schedule(record.name)
        out.line(f"{record.name} is paused; what it has begun goes on")


@schedule.command()
@click.argument("names", nargs=-1, type=SCHEDULE)
@click.option("--all", "every", is_flag=True, help="All that are paused.")
@pass_reach
def resume(reach: Reach, names: tuple[str, ...], every: bool) -> None:
    """Let schedules begin runs again; what came meanwhile is not made up for."""
    engine = looked_at(reach)
    for record in chosen(engine, names, every, paused=True):
        after = reach.desk().resume_schedule(record.name)
        out.line(f"{record.name} goes on; next {next_words(after)}")


@schedule.command("run")
@click.argument("name", type=SCHEDULE)
@pass_reach
def run_(reach: Reach, name: str) -> None:
    """Begin now what a schedule begins at its time; its next time stays."""
    engine = looked_at(reach)
    run = acting.begin_by_hand(engine, acting.the_schedule(engine, name), reach.who())
    reach.desk().wake()
    out.line(f"{run} has started; {reach.command(f'logs -f {run}')}")


def chosen(
    engine: Engine, names: tuple[str, ...], every: bool, *, paused: bool
) -> list[ScheduleRecord]:
    """Those that are named, all known before the first is touched; or all that can."""
    if bool(names) == every:
        raise click.UsageError("name a schedule, or say --all")
    if every:
        found = schedules.every(engine.database)
        return [record for record in found if record.paused is paused]
    found = [acting.the_schedule(engine, name) for name in dict.fromkeys(names)]
    for record in found:
        if record.paused is not paused:
            stands = "not paused" if paused else "paused already"
            raise WeirError(f"{record.name} is {stands}; nothing was changed")
    return found


def looked_at(reach: Reach) -> Engine:
    """The engine, with the schedules as the files say them now."""
    engine = reach.scanned_desk().engine
    if not engine.database.read_only:
        Timetable(engine, complain).look(now())
    return engine


def complain(words: str) -> None:
    out.line(f"weir: {out.one_line(words)}", err=True)


def row(engine: Engine, record: ScheduleRecord) -> list[str]:
    last = occasions.page(engine.database, record.name, limit=1)
    return [
        out.one_line(record.name),
        state(record),
        next_words(record),
        f"{last[0].status} {age(now() - last[0].at)} ago" if last else "",
        when(record),
    ]


def state(record: ScheduleRecord) -> str:
    """Whether it will begin anything, in a word."""
    return out.paint(*standing(record))


def tell_next(record: ScheduleRecord) -> None:
    rule = rule_of(record)
    if record.next_at is None or not isinstance(rule, Schedule):
        return
    where = zone(record.zone)
    for at in islice(times(rule.cron, where, record.next_at - 1), NEXT):
        out.line(f"next {moment(at)}")


def occasion_row(each: OccasionRecord) -> list[str]:
    return [
        ago(each.at),
        each.status,
        each.run,
        out.one_line(each.subject or each.key),
        out.one_line(each.reason),
    ]


def tell_where(reach: Reach, engine: Engine) -> None:
    """Why nothing would begin here, if that is so."""
    machine = engine.workspace.config.schedules.machine
    if not is_here(engine):
        out.line(f"weir.toml lets them begin runs on {machine} only, not here")
    elif not is_awake(engine.workspace):
        start = reach.command("runner start")
        out.line(f"no runner is awake, so nothing begins; {start} wakes one", err=True)
