"""Databases on servers. SQLite stands in for one; WEIR_TEST_POSTGRES names a real one:
`postgresql+psycopg://user:password@host/database`, in which a schema may be made.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest

from engine.context import database, servers
from engine.context.found import Absent, Unavailable
from engine.workspace import Config, Workspace

POSTGRES = os.environ.get("WEIR_TEST_POSTGRES", "")
MADE = """
create table customers (id text primary key, arr numeric, since date);
insert into customers values ('acme', 120000.5, '2020-01-02'), ('hooli', 3, null);
"""
BY_ID = "select id, arr, since from customers where id = :id"


@pytest.fixture(params=["sqlite", "postgres"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Workspace:
    if request.param == "postgres" and not POSTGRES:
        pytest.skip("there is no PostgreSQL here")
    monkeypatch.setattr(servers, "LOCAL", frozenset())
    url = POSTGRES or f"sqlite:///{tmp_path}/crm.db"
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/crm.db"
    monkeypatch.setenv("CRM_URL", url)
    told = Workspace(tmp_path, Config(databases={"crm": "env:CRM_URL"}))
    servers.write("crm", "env:CRM_URL", "drop table if exists customers", {})
    for statement in MADE.strip().split(";"):
        if statement.strip():
            servers.write("crm", "env:CRM_URL", statement, {})
    return told


async def test_rows_are_asked_for_with_bound_values(place: Workspace) -> None:
    found = await database.query(place, "crm", BY_ID, {"id": "acme", "other": 1}, True)
    assert found.value["id"] == "acme"
    assert float(found.value["arr"]) == 120000.5
    assert found.value["since"] == "2020-01-02"
    evil = {"id": "' or 1=1 --"}
    assert (await database.query(place, "crm", BY_ID, evil, False)).value == []
    with pytest.raises(Absent, match="no row for id=globex in crm"):
        await database.query(place, "crm", BY_ID, {"id": "globex"}, True)


async def test_what_reads_leaves_all_as_it_was(place: Workspace) -> None:
    sql = "update customers set arr = 0 returning id"
    with suppress(Unavailable):  # PostgreSQL refuses it itself
        await database.query(place, "crm", sql, {}, False)
    found = await database.query(place, "crm", BY_ID, {"id": "acme"}, True)
    assert float(found.value["arr"]) == 120000.5


async def test_what_writes_says_how_many_rows_it_changed(place: Workspace) -> None:
    sql = "update customers set arr = arr + :more where arr < :most"
    changed = await database.change(place, "crm", sql, {"more": 1, "most": 10})
    assert changed == 1
    found = await database.query(place, "crm", BY_ID, {"id": "hooli"}, True)
    assert float(found.value["arr"]) == 4
    with pytest.raises(Unavailable):
        await database.change(place, "crm", "update nowhere set x = 1", {})


async def test_more_rows_than_are_taken_are_refused(
    place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "MAX_ROWS", 1)
    with pytest.raises(Unavailable, match="more than 1 rows"):
        await database.query(place, "crm", "select * from customers", {}, False)


async def test_a_name_without_a_value_is_told(place: Workspace) -> None:
    with pytest.raises(Unavailable, match="id"):
        await database.query(place, "crm", BY_ID, {}, False)


REFUSED = {
    "env:NOWHERE": "NOWHERE, which is not set",
    "postgresql://ana:geheim@db/crm": "a password does not belong into a file",
    "sqlite:///etc/passwd": "name the file by its path",
    "strange://db/crm": "no driver for it is installed",
    "://": "that is no address",
}


@pytest.mark.parametrize("told", REFUSED)
def test_an_address_that_can_not_be_asked_says_why(told: str) -> None:
    with pytest.raises(Unavailable, match=REFUSED[told]) as caught:
        servers.select("crm", told, "select 1", {}, 10)
    assert "geheim" not in str(caught.value)


def test_a_server_that_is_not_there_may_be_tried_again_and_keeps_its_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("psycopg")
    url = "postgresql+psycopg://ana:geheim-77@127.0.0.1:9/crm?connect_timeout=2"
    monkeypatch.setenv("CRM_URL", url)
    with pytest.raises(Unavailable) as caught:
        servers.select("crm", "env:CRM_URL", "select 1", {}, 10)
    assert caught.value.retryable
    assert "geheim-77" not in str(caught.value)
