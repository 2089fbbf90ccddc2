"""Migrations: what they make is what the tables say, and the old file is kept."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from msgspec.structs import fields

from store import schema, shapes
from store.database import Database, open_database
from store.sqlite import Connections
from store.tables import SCHEMA, TABLES
from tests.store.given import begin

SCRIPTS = sorted(schema.MIGRATIONS.glob("[0-9]*.py"))


def schema_in(connections: Connections) -> set[tuple[str, str]]:
    """Every table and index but those of SQLite and of the migration runner."""
    rows = connections.execute_sql(
        "select name, sql from sqlite_master where sql is not null"
    ).fetchall()
    return {
        (name, sql)
        for name, sql in rows
        if not name.startswith(("sqlite_", "schema_migration"))
    }


def test_a_fresh_schema_equals_a_migrated_one(
    database: Database, tmp_path: Path
) -> None:
    fresh = Connections(tmp_path / "fresh.db", read_only=False)
    with fresh.bind_ctx(TABLES):
        fresh.create_tables(TABLES)
    assert schema_in(fresh) == schema_in(database.connections)
    fresh.close_all()


def test_the_newest_script_gives_the_schema_its_number() -> None:
    numbers = [int(script.name[:4]) for script in SCRIPTS]
    assert numbers == [*range(1, SCHEMA + 1)]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_tells_its_story_and_stands_alone(script: Path) -> None:
    tree = ast.parse(script.read_text())
    prose = ast.get_docstring(tree)
    assert prose is not None
    assert len(prose.split()) > 20
    # It stays as it is: nothing of ours that may change later is in it.
    imported = re.findall(r"^(?:from|import) (\w+)", script.read_text(), re.MULTILINE)
    assert not {"store", "engine", "tui"} & set(imported)


def test_a_database_is_copied_before_it_is_migrated(folder: Path) -> None:
    with open_database(folder) as database:
        database.writer.submit(lambda batch: begin(batch, "r1", 3)).result()
        path = schema.back_up(database.connections, folder, SCHEMA)
        database.writer.submit(lambda batch: begin(batch, "r2")).result()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    copy = Connections(path, read_only=True)
    assert copy.execute_sql("select id from run").fetchall() == [("r1",)]
    copy.close_all()


def test_an_older_database_is_copied_then_migrated(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with open_database(folder) as database:
        database.writer.submit(lambda batch: begin(batch, "r1", 3)).result()
    next_one = f"{SCHEMA + 1:04}_more.py"
    for script in SCRIPTS:
        (tmp_path / script.name).write_text(script.read_text())
    (tmp_path / next_one).write_text(
        "def up(migrator, db):\n    db.execute_sql('create table more (a)')\n"
    )
    monkeypatch.setattr(schema, "MIGRATIONS", tmp_path)
    for module in ("store.schema", "store.database"):
        monkeypatch.setattr(f"{module}.SCHEMA", SCHEMA + 1)
    with open_database(folder) as database:
        assert schema.schema_of(database.connections) == SCHEMA + 1
        assert "more" in database.connections.get_tables()
    with open_database(folder):
        backups = list((folder / "backup").iterdir())
    assert len(backups) == 1
    assert backups[0].name.startswith(f"weir-schema{SCHEMA}-")


def test_a_migration_that_fails_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with open_database(folder) as database:
        before = schema_in(database.connections)
    for script in SCRIPTS:
        (tmp_path / script.name).write_text(script.read_text())
    (tmp_path / f"{SCHEMA + 1:04}_bad.py").write_text(
        "def up(migrator, db):\n"
        "    db.execute_sql('create table more (a)')\n"
        "    db.execute_sql('this is not SQL')\n"
    )
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", tmp_path)
        for module in ("store.schema", "store.database"):
            patched.setattr(f"{module}.SCHEMA", SCHEMA + 1)
        with pytest.raises(Exception, match="syntax error"):
            open_database(folder)
    with open_database(folder) as database:
        assert schema_in(database.connections) == before
        assert not database.read_only


SHAPES = [shape for shape in vars(shapes).values() if isinstance(shape, shapes.Shape)]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.table.__name__)
def test_a_record_has_the_columns_of_its_table(shape: shapes.Shape) -> None:  # type: ignore[type-arg]
    named = set(shape.table._meta.fields)
    # What the store alone has to know.
    own = {"Problem": {"id"}, "Log": {"message"}}.get(shape.table.__name__, set())
    assert {field.name for field in fields(shape.record)} == named - own
