"""Facts about importing: nothing good is lost to a bad file, and nothing to absence."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from engine.importer import Importer
from store import definitions
from tests.engine.git_given import commit
from tests.given import make_workspace, open_engine

GOOD = "workflow: w\nsteps:\n  - {id: a, set: {x: 1}}\n"
BETTER = "workflow: w\nsteps:\n  - {id: a, set: {x: 2}}\n"
BROKEN = "workflow: w\nsteps:\n  - {id: a, sett: {x: 2}}\n"


def test_the_same_text_is_the_same_version(tmp_path: Path) -> None:
    root = make_workspace(tmp_path, {"w.yaml": GOOD})
    engine = open_engine(root)
    path = root / "workflows" / "w.yaml"
    for text in (BETTER, GOOD):
        path.write_text(text)
        Importer(engine).scan()
    assert len(definitions.versions(engine.database, "workflow", "w")) == 2
    assert in_force(engine) == GOOD
    engine.database.close()


def test_an_unchanged_folder_writes_nothing(tmp_path: Path) -> None:
    engine = open_engine(make_workspace(tmp_path, {"w.yaml": GOOD}))
    assert not Importer(engine).scan()
    engine.database.close()


def test_a_broken_file_keeps_its_last_good_version(tmp_path: Path) -> None:
    root = make_workspace(tmp_path, {"w.yaml": GOOD})
    engine = open_engine(root)
    (root / "workflows" / "w.yaml").write_text(BROKEN)
    Importer(engine).scan()
    assert in_force(engine) == GOOD
    problem = definitions.problems(engine.database)[0]
    assert (problem.path, problem.line) == ("workflows/w.yaml", 3)
    assert "set" in problem.hint
    engine.database.close()


def test_a_file_that_is_gone_is_missing_and_comes_back(tmp_path: Path) -> None:
    root = make_workspace(tmp_path, {"w.yaml": GOOD})
    engine = open_engine(root)
    (root / "workflows" / "w.yaml").unlink()
    Importer(engine).scan()
    record = definitions.get(engine.database, "workflow", "w")
    assert record is not None
    assert record.missing
    assert len(definitions.versions(engine.database, "workflow", "w")) == 1
    (root / "workflows" / "w.yaml").write_text(GOOD)
    Importer(engine).scan()
    back = definitions.get(engine.database, "workflow", "w")
    assert back is not None
    assert not back.missing
    engine.database.close()


def test_one_name_in_two_files_is_a_problem_of_the_second(tmp_path: Path) -> None:
    engine = open_engine(make_workspace(tmp_path, {"a.yaml": GOOD, "b.yaml": BETTER}))
    assert in_force(engine) == GOOD
    (problem,) = definitions.problems(engine.database)
    assert problem.path == "workflows/b.yaml"
    engine.database.close()


def test_a_link_out_of_the_folder_is_told_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(GOOD)
    root = make_workspace(tmp_path / "w", {})
    (root / "workflows" / "link.yaml").symlink_to(outside)
    engine = open_engine(root)
    (problem,) = definitions.problems(engine.database)
    assert "link" in problem.message
    assert not definitions.every(engine.database)
    engine.database.close()


@pytest.mark.parametrize(
    "data",
    [b"\x00\x01\x02", b"\xff\xfe", b"a: [", b"x" * 10_000_000, b"", b"- 1\n- 2\n"],
    ids=["binary", "not-utf-8", "malformed", "ten-megabytes", "empty", "a-list"],
)
def test_rubbish_is_one_clear_problem(tmp_path: Path, data: bytes) -> None:
    root = make_workspace(tmp_path, {"good.yaml": GOOD})
    (root / "workflows" / "bad.yaml").write_bytes(data)
    engine = open_engine(root)
    problems = definitions.problems(engine.database)
    assert problems
    assert {p.path for p in problems} == {"workflows/bad.yaml"}
    assert in_force(engine) == GOOD
    engine.database.close()


def test_a_version_knows_the_commit_it_came_from(tmp_path: Path) -> None:
    root = make_workspace(tmp_path, {"w.yaml": GOOD})
    commit(root)
    engine = open_engine(root)
    (version,) = definitions.versions(engine.database, "workflow", "w")
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=root, text=True)
    assert version.commit == head.strip()
    (root / "workflows" / "w.yaml").write_text(BETTER)
    Importer(engine).scan()
    newest = definitions.versions(engine.database, "workflow", "w")
    assert {v.commit for v in newest} == {head.strip(), ""}
    engine.database.close()


ASKS = "workflow: w\nsteps:\n  - {id: a, sql: {query: select 1, database: shop}}\n"
SHOP = '[databases]\nshop = "shop.db"\n'


def test_a_definition_is_checked_by_weir_toml_as_it_stands(tmp_path: Path) -> None:
    root = make_workspace(tmp_path, {"w.yaml": ASKS})
    engine = open_engine(root)
    importer = Importer(engine)
    importer.scan()
    assert problems(engine) == ["there is no database `shop`"]
    (root / "weir.toml").write_text(SHOP)
    importer.scan()
    assert problems(engine) == []
    (root / "weir.toml").write_text("[databases")
    importer.scan()
    assert problems(engine) == []  # what can't be read changes nothing
    engine.database.close()


def problems(engine) -> list[str]:  # type: ignore[no-untyped-def]
    return [p.message for p in definitions.problems(engine.database)]


def in_force(engine) -> str:  # type: ignore[no-untyped-def]
    record = definitions.get(engine.database, "workflow", "w")
    assert record is not None
    version = definitions.version(engine.database, record.version)
    assert version is not None
    return version.text


CALLER = "workflow: caller\nsteps:\n  - {id: a, run: w}\n"


@pytest.mark.parametrize("text", [BROKEN, "workflow: w\nsteps: [\n"])
def test_what_a_file_uses_and_has_problems_itself_is_not_said_to_be_missing(
    tmp_path: Path, text: str
) -> None:
    root = make_workspace(tmp_path, {"caller.yaml": CALLER, "w.yaml": text})
    engine = open_engine(root)
    told = definitions.problems(engine.database)
    (problem,) = (p for p in told if p.path == "workflows/caller.yaml")
    assert problem.message == "workflow `w` has problems"
    assert problem.hint == "`weir check workflows/w.yaml` tells them"
    importer = Importer(engine)
    (root / "workflows" / "w.yaml").unlink()
    importer.scan()
    assert problems(engine) == ["there is no workflow `w`"]
    (root / "workflows" / "w.yaml").write_text(GOOD)
    importer.scan()
    assert not problems(engine)
    engine.database.close()
