"""What a roll back would do, told beforehand in the values it would do it with."""

from __future__ import annotations

from pathlib import Path

from engine.machine import commands as c
from engine.preview import how, preview
from tests.given import (
    ANA,
    comes_true,
    make_workspace,
    open_engine,
    running,
    start,
    until,
)

ORDERS = """\
workflow: orders
steps:
  - id: each
    for_each:
      in: "[{'id': 'o-1', 'paid': 12.5}]"
      as: order
      steps:
        - id: note
          shell: "true"
          undo:
            http:
              method: POST
              url: http://127.0.0.1:9/{{ order.id }}
              json: {paid: "{{ order.paid }}"}
        - id: pay
          shell: "true"
          undo:
            sql:
              query: delete from paid where id = :id
              write: true
              with: {id: "{{ order.id }}"}
  - {id: tell, shell: "true"}
  - {id: ask, approval: {title: "Go on?"}}
"""
RACE = """\
workflow: race
steps:
  - id: race
    parallel:
      join: any
      branches:
        slow:
          steps:
            - {id: book, shell: "touch booked", undo: {shell: "touch begun; sleep 60"}}
            - {id: ask, approval: {title: "Slow?"}}
        fast:
          steps: [{id: win, shell: "until [ -e booked ]; do sleep 0.05; done"}]
"""
CONFIG = '[databases]\nshop = "shop.db"\n'
TOLD = [
    "nothing undoes it: it is left",
    "delete from paid where id = :id; id: o-1",
    'POST http://127.0.0.1:9/o-1; json: {"paid":12.5}',
]


async def test_it_tells_the_values_beside_the_words(tmp_path: Path) -> None:
    place = make_workspace(tmp_path, {"orders.yaml": ORDERS}, CONFIG)
    engine = open_engine(place)
    run = start(engine, "orders")
    async with running(engine):
        await until(engine, run, "waiting")
    assert [how(each) for each in preview(engine, run, "", ANA)] == TOLD
    engine.database.close()


async def test_what_an_undo_that_was_ended_has_done_is_not_known(
    tmp_path: Path,
) -> None:
    place = make_workspace(tmp_path, {"race.yaml": RACE})
    engine = open_engine(place)
    run = start(engine, "race")
    async with running(engine):
        await comes_true((place / "begun").exists)
        engine.handle(run, c.CancelRun(ANA))
        (found,) = (each for each in preview(engine, run, "", ANA) if each.kind)
    assert (found.path, found.standing) == ("race[slow]/book", "unknown")
    assert how(found) == "asks first: touch begun; sleep 60"
    engine.database.close()
