"""Scans: a broken file hides nothing, a missing one deletes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from store import definitions
from store.database import Database
from store.definitions import Found, record_scan
from store.records import DefinitionRecord, ProblemRecord
from tests.store.given import good


def broken(name: str, *, path: str = "", says_name: bool = True) -> Found:
    path = path or f"workflows/{name}.yaml"
    problem = ProblemRecord(path=path, line=3, column=5, message="no such step")
    kind = "workflow" if says_name else ""
    return Found(
        path=path, kind=kind, name=name if says_name else "", problems=(problem,)
    )


def scan(database: Database, *found: Found, now: float = 10.0) -> definitions.Scanned:
    return record_scan(database, found, complete=True, now=now)


def state(database: Database) -> dict[str, tuple[str, bool, int]]:
    """By name: the version in force, whether its file is missing, how many problems."""
    return {
        row.name: (row.version[:6], row.missing, row.problems)
        for row in definitions.every(database)
    }


def test_the_same_text_is_the_same_version(database: Database) -> None:
    scan(database, good("a", "one"))
    scan(database, good("a", "two"), now=11.0)
    scan(database, good("a", "one"), now=12.0)
    kept = definitions.versions(database, "workflow", "a")
    assert {version.text[-4:-1] for version in kept} == {"one", "two"}
    row = definitions.get(database, "workflow", "a")
    assert row == DefinitionRecord(
        kind="workflow",
        name="a",
        path="workflows/a.yaml",
        version=good("a", "one").version.sha,  # type: ignore[union-attr]
        title="A",
        updated_at=12.0,
    )


def test_a_scan_that_finds_nothing_new_writes_nothing(database: Database) -> None:
    found = [good("a"), broken("b"), good("c", uses=("step/x",))]
    assert scan(database, *found)
    before = changes_of(database)
    assert not scan(database, *found, now=99.0)
    assert changes_of(database) == before


def changes_of(database: Database) -> int:
    connection = database.connections.connection
    return database.writer.submit_alone(lambda: connection().total_changes()).result()


@pytest.mark.parametrize("says_name", [True, False])
def test_a_broken_file_keeps_its_last_good_version(
    database: Database, says_name: bool
) -> None:
    scan(database, good("a"))
    in_force = state(database)["a"][0]
    scanned = scan(database, broken("a", says_name=says_name))
    assert scanned.problems
    assert state(database) == {"a": (in_force, False, 1)}
    assert [p.message for p in definitions.problems(database)] == ["no such step"]
    scan(database, good("a", "mended"))
    assert definitions.problems(database) == []
    assert state(database)["a"][2] == 0


def test_a_new_broken_file_is_a_name_without_a_version(database: Database) -> None:
    scan(database, broken("a"))
    assert state(database) == {"a": ("", False, 1)}


def test_a_broken_file_that_says_no_name_is_only_its_problems(
    database: Database,
) -> None:
    scan(database, broken("a", says_name=False))
    assert definitions.every(database) == []
    assert [p.path for p in definitions.problems(database)] == ["workflows/a.yaml"]


def test_an_absent_file_is_marked_and_nothing_is_deleted(database: Database) -> None:
    scan(database, good("a"), broken("b"), good("c"))
    in_force = state(database)["a"][0]
    scanned = scan(database, good("c"), now=11.0)
    assert scanned.missing == (("workflow", "a"), ("workflow", "b"))
    assert scanned.changed == ()
    assert state(database)["a"] == (in_force, True, 0)
    assert definitions.problems(database) == []
    assert definitions.version(database, good("a").version.sha) is not None  # type: ignore[union-attr]
    back = scan(database, good("a"), good("c"), now=12.0)
    assert back.changed == (("workflow", "a"),)
    assert state(database)["a"] == (in_force, False, 0)


def test_a_partial_scan_says_nothing_of_other_files(database: Database) -> None:
    scan(database, good("a"), broken("b"))
    record_scan(database, [good("c")], complete=False, now=11.0)
    assert {name for name, row in state(database).items() if not row[1]} == set("abc")
    assert len(definitions.problems(database)) == 1
    gone = ["workflows/a.yaml", "workflows/b.yaml"]
    scanned = record_scan(database, [], complete=False, now=12.0, gone=gone)
    assert set(scanned.missing) == {("workflow", "a"), ("workflow", "b")}
    assert definitions.problems(database) == []


def test_a_renamed_name_leaves_the_old_one_missing(database: Database) -> None:
    scan(database, good("a", path="w.yaml"))
    renamed = good("b", path="w.yaml")
    record_scan(database, [renamed], complete=False, now=11.0)
    assert [(n, row[1]) for n, row in state(database).items()] == [
        ("a", True),
        ("b", False),
    ]
    # Broken beyond its name, the file still stands for what it said last.
    nameless = broken("b", path="w.yaml", says_name=False)
    record_scan(database, [nameless], complete=False, now=12.0)
    assert [(n, row[1], row[2]) for n, row in state(database).items()] == [
        ("a", True, 0),
        ("b", False, 1),
    ]


def test_a_moved_file_moves_its_name(database: Database) -> None:
    scan(database, good("a", path="one.yaml"))
    moved = good("a", path="two.yaml")
    record_scan(database, [moved], complete=False, now=11.0, gone=["one.yaml"])
    row = definitions.get(database, "workflow", "a")
    assert row is not None
    assert (row.path, row.missing) == ("two.yaml", False)


@pytest.mark.parametrize("complete", [True, False])
def test_a_broken_second_file_does_not_take_a_good_ones_name(
    database: Database, complete: bool
) -> None:
    first, second = good("a", path="one.yaml"), broken("a", path="two.yaml")
    scan(database, first)
    found = [first, second] if complete else [second]
    record_scan(database, found, complete=complete, now=11.0)
    row = definitions.get(database, "workflow", "a")
    assert row is not None
    assert (row.path, row.missing, row.problems) == ("one.yaml", False, 0)
    assert [p.path for p in definitions.problems(database)] == ["two.yaml"]


def test_a_newer_format_compiles_the_text_anew_and_keeps_its_age(
    database: Database,
) -> None:
    scan(database, good("a"))
    sha = good("a").version.sha  # type: ignore[union-attr]
    newer = good("a", compiled=b"[2]", format=2, created_at=50.0, commit="abc")
    assert scan(database, newer).versions == 1
    version = definitions.version(database, sha)
    assert version is not None
    assert (version.compiled, version.format) == (b"[2]", 2)
    assert (version.created_at, version.commit) == (1.0, "abc")
    assert not scan(database, good("a"))
    assert not scan(database, good("a", format=2, commit="def"))


def test_two_hundred_definitions_arrive_in_one_commit(database: Database) -> None:
    commits: list[int] = []

    def count() -> bool:
        commits.append(1)
        return False

    def watch() -> None:
        database.connections.connection().set_commit_hook(count)

    database.write(watch)
    commits.clear()
    scanned = scan(database, *(good(f"w{n:03}") for n in range(200)))
    assert len(commits) == 1
    assert (len(scanned.changed), scanned.versions) == (200, 200)
    assert len(definitions.every(database)) == 200


def test_where_a_template_is_used(database: Database) -> None:
    scan(
        database,
        good("a", uses=("step/data_snapshot", "agent/x")),
        good("b", uses=("step/data-snapshot",)),
        good("c"),
    )

    def users(key: str) -> list[str]:
        return [row.name for row in definitions.uses(database, key)]

    assert users("step/data_snapshot") == ["a"]
    assert users("step/data-snapshot") == ["b"]
    assert users("step/data") == []


@pytest.mark.parametrize(
    "question",
    [
        lambda database: definitions.get(database, "workflow", "x"),
        lambda database: definitions.version(database, "x"),
    ],
)
def test_what_is_not_there_is_none(
    database: Database, question: Callable[[Database], object]
) -> None:
    assert question(database) is None
