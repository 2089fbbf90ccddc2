"""Runs that begin by themselves: each occasion once, and told when it can't be."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from engine.acts import act
from engine.errors import NotFound, WeirError
from engine.importer import Importer
from engine.inbox import inbox
from engine.machine import commands as c
from engine.machine.codec import decode
from engine.machine.events import RunStarted
from engine.schedules import acting
from engine.schedules.firing import fire
from engine.schedules.keeper import Keeper
from engine.trust import Trust
from store import events, occasions, projects, runs, schedules
from store.records import OccasionRecord
from tests.engine.steps.conftest import Server
from tests.given import ANA, BOB, Clock, make_workspace, open_engine

NOW = 1_800_000_000.0  # 2027-01-15 08:00 UTC
HOUR = 3600.0

ASKING = "steps:\n  - {id: a, approval: {title: Go on?}}\n"
HOURLY = "workflow: hourly\nschedule: {cron: 0 * * * *, timezone: UTC%s}\n" + ASKING
EAT = """workflow: eat
inputs: {path: string, bytes: integer}
trigger:
  file: in/*.csv
  inputs: {path: "{{ file.path }}", bytes: "{{ file.size }}"}
steps:
  - {id: a, set: {x: 1}}
"""
RENEW = """workflow: renew
inputs: {who: string, end: date}
context:
  never.read: {file: there-is-no-such-file.json}
  left: {expr: "(inputs.end | date - today).days"}
  workflow.days_left: {expr: left}
eligible: 120 <= workflow.days_left <= 149
trigger:
  eligible: true
  inputs: {who: "{{ project.name }}", end: "{{ project.facts.end }}"}
steps:
  - {id: a, approval: {title: Go on?}}
"""
LENT = """workflow: lent
context:
  desk:
    http: "URL/desk"
    headers: {Authorization: "Bearer {{ secrets.desk }}"}
    ttl: 1h
eligible: desk.free
trigger: {eligible: true}
steps:
  - {id: a, approval: {title: Go on?}}
"""
MOCK = 'provider = "mock"\n'


class Kept:
    """A workspace with a clock that is moved by hand, and its keeper."""

    def __init__(self, root: Path, config: str = MOCK, **files: str) -> None:
        texts = {f"{n}.yaml": t for n, t in files.items()}
        self.root = make_workspace(root, texts, config)
        Trust.open().own(root)
        self.clock = Clock(NOW)
        self.engine = open_engine(root, self.clock)
        self.said: list[str] = []
        self.keeper = self.another()

    def another(self) -> Keeper:
        return Keeper(self.engine, self.said.append, still=0.0)

    async def look(self, later: float = 0.0) -> None:
        self.clock.now += later
        await self.keeper.look()

    def write(self, name: str, text: str) -> None:
        (self.root / "workflows" / f"{name}.yaml").write_text(text)
        Importer(self.engine).scan()

    def runs(self) -> list[str]:
        return [run.id for run in reversed(runs.page(self.engine.database))]

    def begun(self, run: str) -> RunStarted:
        event = decode(events.history(self.engine.database, run)[0].data)
        assert isinstance(event, RunStarted)
        return event

    def occasions(self, name: str) -> list[OccasionRecord]:
        return occasions.page(self.engine.database, name, limit=1000, known=True)

    def counts(self, name: str) -> dict[str, int]:
        return dict(Counter(each.status for each in self.occasions(name)))

    def end(self, run: str) -> None:
        self.engine.handle(run, c.CancelRun(ANA))

    def project(self, name: str, **facts: str) -> None:
        database = self.engine.database
        projects.create(database, name, now=self.clock.now)
        said = act(ANA, "project", "set", self.clock.now)
        projects.set_facts(database, name, msgspec.json.encode(facts), said)


MakeKept = Callable[..., Kept]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeKept]:
    made: list[Kept] = []

    def make_one(**files: str) -> Kept:
        made.append(Kept(tmp_path / "w", **files))
        return made[-1]

    yield make_one
    for each in made:
        each.engine.database.close()


# Times


async def test_a_run_begins_at_its_time_and_says_for_which(make: MakeKept) -> None:
    kept = make(hourly=HOURLY % "")
    await kept.look()
    await kept.look(HOUR - 1)
    assert kept.runs() == []
    await kept.look(1.5)
    await kept.look(1.0)
    (run,) = kept.runs()
    begun = kept.begun(run)
    assert begun.occasion is not None
    assert begun.occasion.schedule == "hourly"
    assert begun.occasion.key == "2027-01-15T09:00:00+00:00"
    assert begun.occasion.due == NOW + HOUR
    assert (begun.by.name, begun.by.via) == ("hourly", "timer")
    assert kept.engine.load(run).occasion == begun.occasion


async def test_two_runners_begin_it_once(make: MakeKept) -> None:
    kept = make(hourly=HOURLY % ", overlap: allow, catchup: all")
    keepers = [kept.keeper, kept.another(), kept.another()]
    for keeper in keepers:
        await keeper.look()
    kept.clock.now += 5 * HOUR
    await asyncio.gather(*(keeper.look() for keeper in keepers))
    assert len(kept.runs()) == 5
    assert kept.counts("hourly") == {"started": 5}


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        (", catchup: none", {"missed": 10}),
        (", catchup: one", {"started": 1, "missed": 9}),
        (", catchup: all, overlap: allow", {"started": 10}),
        (", catchup: all, overlap: queue", {"started": 1, "waiting": 9}),
    ],
)
async def test_after_the_lid_was_closed(
    make: MakeKept, said: str, counts: dict[str, int]
) -> None:
    kept = make(hourly=HOURLY % said)
    await kept.look()
    await kept.look(10 * HOUR + 600)
    assert kept.counts("hourly") == counts
    newest = kept.occasions("hourly")
    assert max(each.due for each in newest) == NOW + 10 * HOUR
    if said == ", catchup: one":
        (started,) = [each for each in newest if each.status == "started"]
        assert started.due == NOW + 10 * HOUR, "the newest is made up for"


async def test_what_overlaps_is_skipped_with_the_reason(make: MakeKept) -> None:
    kept = make(hourly=HOURLY % "")
    await kept.look()
    await kept.look(HOUR)
    await kept.look(HOUR)
    (first,) = kept.runs()
    (skipped, _) = kept.occasions("hourly")
    assert (skipped.status, skipped.reason) == (
        "skipped",
        f"{first} was still under way",
    )
    kept.end(first)
    await kept.look(HOUR)
    assert len(kept.runs()) == 2


async def test_what_is_queued_begins_when_its_turn_comes(make: MakeKept) -> None:
    kept = make(hourly=HOURLY % ", overlap: queue")
    await kept.look()
    for _ in range(3):
        await kept.look(HOUR)
    assert kept.counts("hourly") == {"started": 1, "waiting": 2}
    kept.end(kept.runs()[0])
    await kept.look(1)
    assert kept.counts("hourly") == {"started": 2, "waiting": 1}
    due = [kept.begun(run).occasion for run in kept.runs()]
    assert [each.due - NOW for each in due if each] == [HOUR, 2 * HOUR]


async def test_a_clock_that_is_put_back_begins_nothing_twice(make: MakeKept) -> None:
    kept = make(hourly=HOURLY % ", overlap: allow")
    await kept.look()
    await kept.look(HOUR + 1)
    await kept.look(-HOUR)
    await kept.look(HOUR)
    assert len(kept.runs()) == 1
    await kept.look(HOUR)
    assert len(kept.runs()) == 2


async def test_a_clock_that_was_years_ahead_does_not_stop_it(make: MakeKept) -> None:
    kept = make(hourly=HOURLY % ", overlap: allow, catchup: none")
    await kept.look()
    await kept.look(30 * 365 * 24 * HOUR + 600)
    await kept.look(-30 * 365 * 24 * HOUR)
    await kept.look(HOUR - 600)
    assert len(kept.runs()) == 1


async def test_a_file_that_is_gone_begins_nothing_more(make: MakeKept) -> None:
    kept = make(hourly=HOURLY % "")
    await kept.look()
    (kept.root / "workflows" / "hourly.yaml").unlink()
    Importer(kept.engine).scan()
    await kept.look(HOUR)
    assert kept.runs() == []
    assert schedules.every(kept.engine.database) == []
    (gone,) = schedules.every(kept.engine.database, gone=True)
    assert gone.gone


async def test_a_broken_file_leaves_its_last_good_schedule_in_force(
    make: MakeKept,
) -> None:
    kept = make(hourly=HOURLY % "")
    await kept.look()
    kept.write("hourly", HOURLY % ", overlap: what")
    await kept.look(HOUR)
    assert len(kept.runs()) == 1


async def test_what_can_not_begin_waits_and_is_told(make: MakeKept) -> None:
    project = ", overlap: queue, project: acme"
    kept = make(hourly=HOURLY % project)
    await kept.look()
    await kept.look(HOUR)
    await kept.look(1)
    assert kept.runs() == []
    (item,) = inbox(kept.engine)
    assert item.kind == "schedule"
    assert item.title == (
        "hourly can't begin a run: no project 'acme'; `weir project new acme` makes it"
    )
    assert item.hint == "weir schedule show hourly"
    assert len(kept.said) == 1, "it is tried again, and told once"
    kept.project("acme")
    await kept.look(60)
    (run,) = kept.runs()
    assert kept.engine.load(run).project == "acme"
    assert [item.kind for item in inbox(kept.engine)] == []


async def test_what_could_not_begin_gives_way_to_the_next_time(make: MakeKept) -> None:
    kept = make(hourly=HOURLY % ", project: acme")
    await kept.look()
    await kept.look(HOUR)
    await kept.look(HOUR)
    newest, older = kept.occasions("hourly")
    assert newest.status == "waiting"
    assert older.status == "missed"
    assert "before its turn came again: no project 'acme'" in older.reason


async def test_untrusted_texts_begin_nothing(make: MakeKept, own_trust: Path) -> None:
    kept = make(hourly=HOURLY % "")
    await kept.look()
    (own_trust / "trust.json").unlink()
    await kept.look(HOUR)
    assert kept.runs() == []
    (item,) = inbox(kept.engine)
    assert "came from someone else" in item.title


async def test_only_one_machine_begins_them_where_weir_toml_says_so(
    make: MakeKept,
) -> None:
    kept = make(hourly=HOURLY % "")
    config = msgspec.structs.replace(
        kept.engine.workspace.config.schedules, machine="another"
    )
    workspace = kept.engine.workspace
    kept.engine.workspace = msgspec.structs.replace(
        workspace, config=msgspec.structs.replace(workspace.config, schedules=config)
    )
    await kept.look()
    await kept.look(HOUR)
    assert kept.runs() == []


async def test_a_schedule_that_can_not_be_kept_holds_up_no_other(
    make: MakeKept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = make(hourly=HOURLY % "", eat=EAT, renew=RENEW)
    await kept.look()

    def stumble(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("engine.schedules.arrivals.found", stumble)
    monkeypatch.setattr("engine.schedules.eligible.closure", stumble)
    await kept.look(HOUR)
    assert len(kept.runs()) == 1
    troubles = [item.title for item in inbox(kept.engine)]
    assert len([t for t in troubles if "Weir stumbled: KeyError" in t]) == 2


async def test_one_that_is_paused_this_moment_begins_nothing(make: MakeKept) -> None:
    kept = make(hourly=HOURLY % "")
    await kept.look()
    live = acting.the_schedule(kept.engine, "hourly")
    acting.pause(kept.engine, live, ANA)
    occasion = OccasionRecord(schedule="hourly", key="k", at=NOW, due=NOW)
    kept.engine.database.write(lambda: occasions.add(kept.engine.database, [occasion]))
    assert fire(kept.engine, live, occasion).status == "waiting"
    assert kept.runs() == []


# Files


async def test_files_that_were_there_are_known_and_new_ones_begin_a_run(
    make: MakeKept,
) -> None:
    kept = make(eat=EAT)
    folder = kept.root / "in"
    folder.mkdir()
    (folder / "old.csv").write_text("1")
    await kept.look()
    (folder / "new.csv").write_text("22")
    (folder / "new.txt").write_text("22")
    await kept.look(1)
    await kept.look(1)
    await kept.look(1)
    (run,) = kept.runs()
    assert kept.engine.load(run).inputs == {"path": "in/new.csv", "bytes": 2}
    assert kept.counts("eat/file") == {"known": 1, "started": 1}


async def test_the_same_bytes_are_the_same_file_and_others_are_not(
    make: MakeKept,
) -> None:
    kept = make(eat=EAT)
    (kept.root / "in").mkdir()
    file = kept.root / "in" / "a.csv"
    await kept.look()
    for text in ("1", "1", "2"):
        file.unlink(missing_ok=True)
        file.write_text(text)
        for keeper in (kept.keeper, kept.another()):  # also after a restart
            kept.keeper = keeper
            await kept.look(1)
            await kept.look(1)
    assert len(kept.runs()) == 2


async def test_a_file_that_is_still_written_to_is_waited_for(make: MakeKept) -> None:
    kept = make(eat=EAT)
    kept.keeper = Keeper(kept.engine, kept.said.append, still=3600.0)
    (kept.root / "in").mkdir()
    await kept.look()
    (kept.root / "in" / "a.csv").write_text("1")
    await kept.look(1)
    await kept.look(1)
    assert kept.runs() == []


async def test_a_link_out_of_the_workspace_is_no_file(make: MakeKept) -> None:
    kept = make(eat=EAT.replace("in/*.csv", "in/a.csv"))
    (kept.root / "in").mkdir()
    (kept.root / "in" / "a.csv").symlink_to("/etc/passwd")
    await kept.look()
    await kept.look(1)
    assert kept.runs() == []
    (item,) = inbox(kept.engine)
    assert "in/a.csv is a link" in item.title


# Projects


def far(days: int) -> str:
    """A date so many days after the day on which these tests are."""
    return (datetime.fromtimestamp(NOW, UTC).date() + timedelta(days)).isoformat()


async def test_a_run_begins_when_a_project_becomes_eligible(make: MakeKept) -> None:
    kept = make(renew=RENEW)
    kept.project("near", end=far(100))
    kept.project("ripe", end=far(130))
    kept.project("far", end=far(150))
    await kept.look()
    (run,) = kept.runs()
    state = kept.engine.load(run)
    assert (state.project, state.inputs["who"]) == ("ripe", "ripe")
    kept.end(run)
    await kept.look(HOUR)
    assert len(kept.runs()) == 1, "it has not become so again"
    await kept.look(24 * HOUR)
    assert [kept.engine.load(run).project for run in kept.runs()] == ["ripe", "far"]


async def test_whether_it_is_eligible_may_be_asked_with_a_secret(
    make: MakeKept, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_KEY", "s3cr3t-of-the-desk")
    server.answer("/desk", b'{"free": true, "to": "s3cr3t-of-the-desk"}')
    hosts = f'[http]\nhosts = ["127.0.0.1:{server.port}"]\n'
    config = f'{MOCK}[secrets]\ndesk = "env:DESK_KEY"\n{hosts}'
    kept = make(config=config, lent=LENT.replace("URL", server.url))
    kept.project("acme")
    await kept.look()
    assert [kept.engine.load(run).project for run in kept.runs()] == ["acme"]
    assert server.seen[0].headers["authorization"] == "Bearer s3cr3t-of-the-desk"
    (file,) = (kept.root / ".weir" / "cache").iterdir()
    assert b"\xe2\x80\xb9secret desk\xe2\x80\xba" in file.read_bytes()
    assert b"s3cr3t" not in file.read_bytes()


async def test_a_project_that_is_so_again_begins_another(make: MakeKept) -> None:
    kept = make(renew=RENEW)
    kept.project("acme", end=far(130))
    await kept.look()
    kept.end(kept.runs()[0])
    kept.project("acme", end=far(400))
    await kept.look(1)
    kept.project("acme", end=far(131))
    await kept.look(1)
    assert len(kept.runs()) == 2
    assert kept.counts("renew/eligible") == {"started": 2, "over": 1}


async def test_no_second_run_beside_one_that_a_person_has_begun(
    make: MakeKept,
) -> None:
    kept = make(renew=RENEW)
    await kept.look()
    by_hand = "r" + "1" * 11
    plan = schedules.in_force(kept.engine.database)[0][1]
    given = {"who": "acme", "end": far(130)}
    command = c.StartRun(by_hand, given, plan, {}, BOB, project="acme")
    kept.engine.handle(by_hand, command)
    kept.project("acme", end=far(130))
    await kept.look(1)
    assert kept.runs() == [by_hand]
    (skipped,) = kept.occasions("renew/eligible")
    assert skipped.reason == f"{by_hand} was still under way"


async def test_a_project_of_which_too_little_is_known_is_told(make: MakeKept) -> None:
    kept = make(renew=RENEW)
    kept.project("acme")
    kept.project("ripe", end=far(130))
    await kept.look()
    assert [kept.engine.load(run).project for run in kept.runs()] == ["ripe"]
    (item,) = inbox(kept.engine)
    assert "acme: `project.facts.end` is missing" in item.title
    kept.project("acme", end=far(1))
    await kept.look(1)
    assert inbox(kept.engine) == []


async def test_an_archived_project_is_not_looked_at(make: MakeKept) -> None:
    kept = make(renew=RENEW)
    kept.project("acme", end=far(130))
    projects.archive(kept.engine.database, "acme")
    await kept.look()
    assert kept.runs() == []
    assert inbox(kept.engine) == []


# People


async def test_a_paused_schedule_makes_up_for_nothing(make: MakeKept) -> None:
    kept = make(hourly=HOURLY % ", catchup: all, overlap: allow")
    await kept.look()
    acting.pause(kept.engine, acting.the_schedule(kept.engine, "hourly"), ANA)
    await kept.look(5 * HOUR)
    assert kept.runs() == []
    with pytest.raises(WeirError, match="paused already"):
        acting.pause(kept.engine, acting.the_schedule(kept.engine, "hourly"), ANA)
    acting.resume(kept.engine, acting.the_schedule(kept.engine, "hourly"), ANA)
    await kept.look(1)
    assert kept.runs() == []
    await kept.look(HOUR)
    assert len(kept.runs()) == 1


async def test_a_person_begins_it_before_its_time(make: MakeKept) -> None:
    kept = make(hourly=HOURLY % "", eat=EAT)
    await kept.look()
    record = acting.the_schedule(kept.engine, "hourly")
    run = acting.begin_by_hand(kept.engine, record, BOB)
    begun = kept.begun(run)
    assert begun.by.name == "bob"
    assert begun.occasion is not None
    assert begun.occasion.key.startswith("by hand 2027-01-15T08:00")
    assert acting.the_schedule(kept.engine, "hourly").next_at == NOW + HOUR
    with pytest.raises(WeirError, match="needs a file; start it with `weir run eat`"):
        acting.begin_by_hand(
            kept.engine, acting.the_schedule(kept.engine, "eat/file"), BOB
        )
    with pytest.raises(NotFound, match="did you mean hourly"):
        acting.the_schedule(kept.engine, "hurly")
