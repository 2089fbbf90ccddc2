"""The schema an editor gets says the same as the reader."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from engine.definition.check import check
from engine.definition.link import uses
from engine.definition.model import Definition, Workflow
from engine.definition.parse import Parsed, parse
from engine.definition.schema import schema
from engine.definition.yaml import read
from engine.errors import NotFound

WORKFLOWS = Path(__file__).parents[3] / "workflows"
EXAMPLES = sorted((WORKFLOWS / "examples").glob("*/workflows"))
SHIPPED = sorted(p for p in WORKFLOWS.rglob("*.yaml") if p.parent.name != "tests")
KINDS = ["workflow", "step", "artifact", "agent", "source"]


def valid(text: str, kind: str | None = None) -> bool:
    validator = jsonschema.Draft202012Validator(schema(kind))
    return bool(validator.is_valid(read(text, "f").value))


def folder_of(path: Path) -> list[Parsed]:
    """All the files that are imported together with this one."""
    root = next(each for each in (*EXAMPLES, WORKFLOWS) if each in path.parents)
    own = [p for p in SHIPPED if p.is_relative_to(root)]
    files = [p for p in own if "examples" not in p.relative_to(root).parts]
    return [parse(file.read_bytes(), file.name) for file in files]


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_each_schema_is_one(kind: str | None) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(kind))


def test_a_kind_that_is_not_there_is_told() -> None:
    with pytest.raises(NotFound, match="there are workflow, step"):
        schema("flow")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_file_pleases_reader_and_schema(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    parsed = parse(text, path.name)
    assert parsed.problems == []
    assert valid(text)
    assert valid(text, text.split(":")[0].split("\n")[-1])


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_file_finds_all_that_it_uses(path: Path) -> None:
    library: dict[str, Definition] = {}
    for other in folder_of(path):
        assert other.definition is not None
        tag = type(other.definition).__struct_config__.tag
        kind = str(tag).removesuffix("_template")
        library[f"{kind}/{other.definition.name}"] = other.definition
    parsed = parse(path.read_bytes(), path.name)
    assert check(parsed, library) == []
    if isinstance(parsed.definition, Workflow):
        assert set(uses(parsed.definition)) <= set(library)


STEPS = "steps: [{id: a, wait: 1s}]"


@pytest.mark.parametrize(
    "text",
    [
        f"workflow: w\ntiltle: x\n{STEPS}\n",
        f"workflow: My Flow\n{STEPS}\n",
        "workflow: w\n",
        "workflow: w\nsteps: []\n",
        "workflow: w\nsteps: [{id: a}]\n",
        "workflow: w\nsteps: [{id: a, shell: ls, wait: 1s}]\n",
        "workflow: w\nsteps: [{id: a, wait: soon}]\n",
        "workflow: w\nsteps: [{id: a, safe: yes, shell: ls}]\n",
        "workflow: w\nsteps: [{id: a, shell: ls, retry: {attempts: 0}}]\n",
        "workflow: w\nsteps: [{id: a, approval: {title: x, on_timeout: approve}}]\n",
        "workflow: w\nsteps: [{id: a, shell: ls, undo: {shel: ls}}]\n",
        "step: s\nuse: t\n",
        "step: s\n",
        "artifact: a\n",
        "agent: a\ntemprature: 1\n",
    ],
)
def test_an_editor_marks_what_the_reader_refuses(text: str) -> None:
    assert parse(text, "f").definition is None
    assert not valid(text)
    assert not valid(text, text.split(":")[0])


def test_an_editor_can_say_what_each_key_is() -> None:
    found = schema("workflow")["properties"]["steps"]["items"]["properties"]
    assert found["max_visits"]["description"] == "How often a loop may come back; 20."
    assert all(key["description"] for key in found.values())
