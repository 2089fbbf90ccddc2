"""Documentation that fails here when it is no longer true."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from engine.definition.parse import parse
from engine.definition.shapes import (
    arms,
    begins,
    context,
    fields,
    files,
    gate,
    step,
    telling,
    work,
)
from engine.definition.shapes.mapping import Key, MappingOf
from engine.machine.state import ApprovalStatus, RunStatus, StepStatus

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *DOCS.glob("decisions/*.md"), *ROOT.glob("*.md")])
FENCE = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")
FIRST_KEYS = ("workflow", "step", "artifact", "agent", "source")


def words_of(page: str) -> set[str]:
    """What stands between backticks in a page's prose, word by word."""
    text = re.sub(r"^```.*?^```", "", (DOCS / page).read_text(), flags=re.S | re.M)
    return {
        w for code in re.findall(r"`([^`]+)`", text) for w in re.findall(r"\w+", code)
    }


def keys() -> Iterator[str]:
    """Every key that a definition may have."""
    tables: list[Mapping[str, Key]] = [
        step.STEP_KEYS, context.SOURCE_KEYS, context.USE_KEYS, work.LLM_KEYS,
        work.BODY_KEYS, files.STEP_FILE_KEYS, arms.BRANCH_KEYS,
    ]  # fmt: skip
    shapes = (files.WORKFLOW, files.AGENT, files.ARTIFACT_FILE, fields.FIELD_MAPPING,
              gate.GATE, telling.REMIND, telling.ESCALATE, step.RETRY, step.ROUTE,
              work.SECTION, arms.PARALLEL, arms.FOR_EACH, begins.SCHEDULE,
              begins.TRIGGER)  # fmt: skip
    for shape in shapes:
        assert isinstance(shape, MappingOf)
        tables.append(shape.keys)
    for table in tables:
        yield from table


def test_every_key_is_explained() -> None:
    explained = words_of("definitions.md") | words_of("gates.md")
    assert sorted(set(keys()) - explained) == []


@pytest.mark.parametrize("statuses", [RunStatus, StepStatus, ApprovalStatus])
def test_every_status_is_explained(statuses: type[RunStatus]) -> None:
    assert {*statuses} <= words_of("glossary.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_whole_definitions_in_examples_parse(page: Path) -> None:
    for example in FENCE.findall(page.read_text()):
        if example.split(":")[0] in FIRST_KEYS and "…" not in example:
            assert parse(example, page.name).problems == []


@pytest.mark.parametrize("name", ["commands", "keys", "templates"])
def test_a_drawn_page_is_as_the_code_says(name: str) -> None:
    drawn = runpy.run_path(str(DOCS / f"draw_{name}.py"))["page"]()
    page = {"templates": "template-reference"}.get(name, name)
    assert (DOCS / f"{page}.md").read_text() == drawn, "run `make docs`"
