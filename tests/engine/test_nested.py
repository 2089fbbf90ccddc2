"""What shapes of work inside of shapes of work leave, and how such a run stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.closure import closure
from engine.halting import halt_of
from engine.handle import Engine
from engine.machine import commands as c
from engine.standing import every_standing
from store import approvals, runs, steps
from tests.given import (
    ANA,
    comes_true,
    make_workspace,
    open_engine,
    running,
    start,
    until,
)

LOOPS = """\
workflow: loops
steps:
  - id: outer
    for_each:
      in: "[1, 2]"
      as: a
      steps:
        - id: inner
          for_each:
            in: "[10, 20]"
            as: b
            steps: [{id: sum, set: {text: "{{ a }}+{{ b }}"}}]
  - {id: read, set: {second: "{{ outputs.outer[1].outputs.inner[0].outputs.sum.text }}",
                     said: "{{ outputs.outer[0].summary }}"}}
"""
BRANCH = """\
workflow: branch
steps:
  - id: sides
    parallel:
      branches:
        one:
          - id: loop
            for_each: {in: "['x', 'y']", steps: [{id: say, set: {text: "{{ item }}!"}}]}
        two: [{id: other, set: {text: beside}}]
  - {id: read, set: {of: "{{ branches.one.outputs.loop[1].outputs.say.text }}",
                     said: "{{ branches.one.summary }}"}}
"""
FAILS = """\
workflow: fails
steps:
  - id: loop
    for_each:
      in: "[1, 2, 3]"
      steps: [{id: s, shell: "echo {{ item }}; test {{ item }} != 2"}]
    on_error: continue
  - {id: read, set: {how: "{{ outputs.loop | map(attribute='status') | join(' ') }}",
                     third: "{{ outputs.loop[2].outputs.s.stdout }}"}}
"""


async def read_in(tmp_path: Path, text: str) -> object:
    engine = open_engine(make_workspace(tmp_path, {"w.yaml": text}))
    run = start(engine, text.split()[1])
    async with running(engine):
        state = await until(engine, run, "succeeded", "failed")
    engine.database.close()
    assert state.status == "succeeded", state.reason
    return state.steps["read"].output


async def test_a_loop_in_a_loop_leaves_what_its_turns_have_left(tmp_path: Path) -> None:
    left = await read_in(tmp_path, LOOPS)
    assert left == {"second": "2+10", "said": "1+10\n\n1+20"}


async def test_a_branch_leaves_what_the_steps_in_its_steps_have_left(
    tmp_path: Path,
) -> None:
    assert await read_in(tmp_path, BRANCH) == {"of": "y!", "said": "x!\n\ny!"}


async def test_one_item_that_failed_does_not_hide_the_others(tmp_path: Path) -> None:
    left = await read_in(tmp_path, FAILS)
    assert left == {"how": "succeeded failed succeeded", "third": "3"}


CALLED_OFF = """\
workflow: off
steps:
  - id: p
    parallel:
      branches:
        legal: [{id: ask, approval: {title: Go?}}]
        price: {cancel_when: "true", steps: [{id: rest, wait: 1h}]}
"""
AS_THEY_STAND = """\
workflow: stand
steps:
  - id: loop
    for_each:
      in: [us, it's, 2, {city: "Ålesund \\"N\\""}]
      steps: [{id: say, set: {text: "{{ item }}"}}]
  - id: named
    for_each:
      in: {us: 1, uk: 2}
      steps: [{id: count, set: {text: "{{ item }}"}}]
"""


async def test_a_list_or_a_mapping_is_gone_through_as_it_stands(tmp_path: Path) -> None:
    engine = open_engine(make_workspace(tmp_path, {"stand.yaml": AS_THEY_STAND}))
    run = start(engine, "stand")
    async with running(engine):
        state = await until(engine, run, "succeeded", "failed")
    said = [
        step.output["text"]
        for path, step in state.steps.items()
        if path.endswith(("/say", "/count"))
    ]
    assert said == ["us", "it's", 2, {"city": 'Ålesund "N"'}, 1, 2]
    engine.database.close()


KID = "workflow: kid\nsteps: [{id: ask, approval: {title: Go?}}]\n"
DAD = "workflow: dad\nsteps: [{id: below, run: kid}]\n"


@pytest.fixture
def family(tmp_path: Path) -> Engine:
    return open_engine(make_workspace(tmp_path, {"kid.yaml": KID, "dad.yaml": DAD}))


async def test_a_run_stands_still_where_one_that_it_has_started_does(
    family: Engine,
) -> None:
    run = start(family, "dad")
    async with running(family):
        await until(family, run, "waiting")
        (kid,) = runs.under(family.database, run)
        await until(family, kid.id, "waiting")
        standing = halt_of(family.database, run)
        (gate,) = approvals.pending(family.database)
        assert standing.waits
        assert [each.id for each in standing.approvals] == [gate.id]
        family.handle(kid.id, c.PauseRun(ANA))
        assert halt_of(family.database, run).paused == [kid.id]
        family.handle(kid.id, c.ResumeRun(ANA))
        family.handle(kid.id, c.DecideApproval(gate.id, "approve", gate.digest, ANA))
        await until(family, run, "succeeded")
    assert not halt_of(family.database, run).waits
    family.database.close()


BOOKS = """\
workflow: kid
steps:
  - {id: book, shell: "true", undo: {shell: "false"}}
  - {id: ask, approval: {title: Go?}}
"""


async def test_a_run_waits_for_a_person_where_undoing_has_stopped_to_ask(
    tmp_path: Path,
) -> None:
    family = open_engine(make_workspace(tmp_path, {"kid.yaml": BOOKS, "dad.yaml": DAD}))
    run = start(family, "dad")
    async with running(family):
        await until(family, run, "waiting")
        (kid,) = runs.under(family.database, run)
        await until(family, kid.id, "waiting")
        family.handle(run, c.RollBack("", ANA))
        assert not halt_of(family.database, run).waits
        await comes_true(lambda: halt_of(family.database, run).interrupted)
        for each in (run, kid.id):
            standing = halt_of(family.database, each)
            assert standing.waits
            assert [step.path for step in standing.interrupted] == ["book~undo"]
        family.handle(kid.id, c.SkipStep("book~undo", "it is paid", ANA))
        await until(family, run, "rolled_back")
    assert not halt_of(family.database, run).waits
    family.database.close()


SLOW = """\
workflow: kid
steps:
  - {id: book, shell: "true", undo: {shell: "echo undone >> log"}}
  - {id: rest, wait: 1h}
finally:
  - {id: tidy, shell: "sleep 0.2; echo tidy >> log"}
"""
RACE = """\
workflow: race
steps:
  - id: p
    parallel:
      join: any
      branches:
        slow: [{id: below, run: kid}]
        quick: [{id: ask, approval: {title: Go?}}]
  - {id: last, shell: "echo last >> log"}
"""


async def test_what_is_done_at_the_end_of_a_run_comes_before_it_is_undone(
    tmp_path: Path,
) -> None:
    root = make_workspace(tmp_path, {"kid.yaml": SLOW, "race.yaml": RACE})
    family = open_engine(root)
    run = start(family, "race")
    async with running(family):
        await comes_true(lambda: runs.under(family.database, run))
        kids = runs.under(family.database, run)
        await until(family, kids[0].id, "waiting")
        await until(family, run, "waiting")
        (gate,) = approvals.pending(family.database)
        family.handle(run, c.DecideApproval(gate.id, "approve", gate.digest, ANA))
        await until(family, run, "succeeded")
    assert (root / "log").read_text().split() == ["tidy", "undone", "last"]
    assert family.load(kids[0].id).status == "rolled_back"
    family.database.close()


async def test_a_branch_that_was_called_off_is_counted_once(tmp_path: Path) -> None:
    engine = open_engine(make_workspace(tmp_path, {"w.yaml": CALLED_OFF}))
    run = start(engine, "off")
    async with running(engine):
        await until(engine, run, "waiting")
    step = next(s for s in steps.of_run(engine.database, run) if s.path == "p")
    assert step.summary == "1 running, 1 called off"
    engine.database.close()


async def test_a_run_in_another_by_the_files_as_they_are_is_unaffected(
    family: Engine,
) -> None:
    run = start(family, "dad")
    async with running(family):
        await until(family, run, "waiting")
    (kid,) = runs.under(family.database, run)
    assert closure(family, "kid").is_of(family.load(kid.id))
    found = {each.run: each.word for each in every_standing(family)}
    assert found == {run: "unaffected", kid.id: "unaffected"}
    family.database.close()
