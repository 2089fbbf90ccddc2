"""Files of other programs, converted, and a run of what was made of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.converting import actions, dagu
from engine.converting.carried import Converted, Source, Step
from engine.converting.writing import definition_text
from engine.definition.check import Known, check
from engine.definition.model import Definition
from engine.definition.parse import parse
from engine.machine.state import RunState
from tests.given import make_workspace, open_engine, running, start, until

FILES = Path(__file__).with_name("converting_files")
NOTHING: Mapping[str, Definition] = {}


def of_dagu(
    text: str,
    library: Mapping[str, Definition] = NOTHING,
    name: str = "it",
    secrets: tuple[str, ...] = (),
) -> Converted:
    known = Known(secrets=frozenset(secrets))
    return dagu.converted(Source(text, "it.yaml"), name, library, known)


def of_actions(text: str, *secrets: str) -> Converted:
    known = Known(secrets=frozenset(secrets))
    return actions.converted(Source(text, "it.yaml"), "it", NOTHING, known)


def sound(made: Converted, library: Mapping[str, Definition] = NOTHING) -> str:
    """Its text, which has no problems."""
    text = definition_text(made)
    parsed = parse(text, "it.yaml")
    assert parsed.problems == []
    assert check(parsed, library) == []
    return text


def steps(made: Converted) -> dict[str, Step]:
    return {item["id"]: item for item in made.steps if isinstance(item, dict)}


def told(made: Converted) -> list[str]:
    return [f"{note.line}: {note.words}" for note in made.told()]


def statuses(state: RunState) -> dict[str, str]:
    return {path: step.status.value for path, step in state.steps.items()}


async def come_to(
    wanted: tuple[str, ...], folder: Path, texts: Mapping[str, str], **given: object
) -> RunState:
    """Run the workflow `it` among these for as long as it takes."""
    files = {f"{own}.yaml": text for own, text in texts.items()}
    engine = open_engine(make_workspace(folder, files))
    run = start(engine, "it", **given)
    async with running(engine):
        state = await until(engine, run, *wanted)
    engine.database.close()
    return state
