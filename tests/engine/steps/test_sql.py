"""A database is asked with bound values, and changed only by a step that says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw
import pytest

from engine.definition.kinds import Sql
from engine.definition.model import Step
from engine.definition.typed import Field
from engine.machine.safety import is_safe
from engine.steps import Done, StepFailed, perform
from engine.workspace import Config

CRM = Config(databases={"crm": "crm.db"})


@pytest.fixture
def crm(tmp_path: Path) -> Path:
    path = tmp_path / "crm.db"
    connection = apsw.Connection(str(path))
    connection.execute("create table c (id text, arr integer)")
    connection.execute("insert into c values ('acme', 10), ('hooli', 20)")
    connection.close()
    return path


def step(query: str, *, output: dict[str, Field] | None = None, **more: Any) -> Step:
    return Step("a", "sql", Sql(query, **more), output=output or {})


async def left(make_work: Any, it: Step, config: Config = CRM) -> Any:
    done = await perform(make_work(it, {"inputs": {"c": "acme"}}, config), 0.0)
    assert isinstance(done, Done)
    return done.output


def rows(path: Path) -> list[tuple[Any, ...]]:
    connection = apsw.Connection(str(path))
    found = list(connection.execute("select * from c order by id"))
    connection.close()
    return found


ONE = "select * from c where id = :c"
BY = {"with_": {"c": "{{ inputs.c }}"}}


async def test_values_are_bound(make_work: Any, crm: Path) -> None:
    assert await left(make_work, step(ONE, **BY)) == {
        "rows": [{"id": "acme", "arr": 10}]
    }
    row = {"row": {"id": "acme", "arr": 10}}
    assert await left(make_work, step(ONE, one=True, **BY)) == row
    evil = {"with_": {"c": "' or 1=1 --"}}
    assert await left(make_work, step(ONE, **evil)) == {"rows": []}


async def test_a_write_says_how_much_it_changed(make_work: Any, crm: Path) -> None:
    it = step("update c set arr = arr + 1 where id = :c", write=True, **BY)
    assert await left(make_work, it) == {"changed": 1}
    assert rows(crm) == [("acme", 11), ("hooli", 20)]


@pytest.mark.parametrize(
    ("it", "said"),
    [
        (step("update c set arr = 0"), "attempt to write a readonly database"),
        (step("select * from nowhere"), "no such table: nowhere"),
        (step("select * from c where id = :d"), "reads :d, which has no value"),
        (step(ONE, database="crn", **BY), "names no database 'crn'"),
        (step(ONE, one=True, with_={"c": "x"}), "no row for c=x in crm"),
        (step("insert into c values (1, 2); nonsense", write=True), "syntax error"),
    ],
)
async def test_what_can_not_be_done_changes_nothing(
    make_work: Any, crm: Path, it: Step, said: str
) -> None:
    with pytest.raises(StepFailed, match=said):
        await left(make_work, it)
    assert rows(crm) == [("acme", 10), ("hooli", 20)]


async def test_a_locked_database_is_tried_again(make_work: Any, crm: Path) -> None:
    other = apsw.Connection(str(crm))
    other.execute("begin exclusive")
    with pytest.raises(StepFailed, match="crm is locked") as failure:
        await left(make_work, step("delete from c", write=True))
    other.close()
    assert failure.value.failure.retryable


async def test_the_database_is_named_where_there_are_several(make_work: Any) -> None:
    config = Config(databases={"a": "a.db", "b": "b.db"})
    with pytest.raises(StepFailed, match="say which `database`"):
        await left(make_work, step("select 1"), config)


@pytest.mark.parametrize("write", [False, True])
def test_only_reading_may_be_repeated(write: bool) -> None:
    assert is_safe(step("select 1", write=write)) is not write
