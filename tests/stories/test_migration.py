"""The example of the migration guide is what the guide says it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.stories.conftest import Person

GUIDE = (Path(__file__).parents[2] / "docs/migration.md").read_text()


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", GUIDE, re.S | re.M)
    assert found
    return found[1]


def test_the_script_and_the_workflow_ask_the_same_three_times() -> None:
    script, workflow = block("python"), block("yaml")
    compile(script, "complaint.py", "exec")
    for asked in ("List the facts", "How urgent is it?", "Write a short, friendly"):
        assert asked in script
        assert asked in workflow


def test_the_workflow_of_the_guide_runs_to_an_answer(person: Person) -> None:
    person.types("init")
    (person.root / "workflows/complaint.yaml").write_text(block("yaml"))
    assert person.reads("check")["problems"] == []
    given = ("-i", "complaint=The parcel came late.", "--provider", "mock")
    run = person.starts("complaint", *given, ends=0)
    steps = {each["path"]: each for each in person.reads("show", run)["steps"]}
    assert {path: each["status"] for path, each in steps.items()} == {
        "facts": "succeeded",
        "urgency": "succeeded",
        "answer": "succeeded",
    }
