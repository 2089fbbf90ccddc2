"""What a roll back would do, told beforehand in the values it would do it with."""

from __future__ import annotations

from pathlib import Path

from engine.preview import how, preview
from tests.given import ANA, make_workspace, open_engine, running, start, until

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
