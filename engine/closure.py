"""A workflow with every definition it uses, as they are in force now."""

from __future__ import annotations

import difflib

from msgspec import Struct

from engine.definition.link import uses
from engine.definition.model import Workflow
from engine.errors import NotFound, WeirError
from engine.handle import Engine, definition_of
from engine.machine.state import RunState
from store import definitions
from store.records import VersionRecord


class Closure(Struct, frozen=True):
    """`pins` names each definition used and the sha256 of its text; `texts` by path."""

    workflow: Workflow
    version: str
    pins: dict[str, str]
    texts: dict[str, str]

    def is_of(self, state: RunState) -> bool:
        """Whether a run goes by this. One inside of another has all that one's pins."""
        return state.version == self.version and self.pins.items() <= state.pins.items()


def closure(engine: Engine, name: str, sha: str = "") -> Closure:
    """What a run of this workflow would begin with.

    `sha` is the beginning of another version of the workflow itself. Raises NotFound
    for an unknown name or version, and WeirError while no good version is there.
    """
    texts: dict[str, str] = {}
    version = _in_force(engine, "workflow", name, texts)
    if sha:
        version = _of_digest(engine, name, sha)
        texts = dict.fromkeys(texts, version.text)  # judged as that path's text
    workflow = definition_of(version)
    assert isinstance(workflow, Workflow)
    pins: dict[str, str] = {}
    waiting = list(uses(workflow))
    while waiting:
        key = waiting.pop()
        if key in pins:
            continue
        kind, _, used = key.partition("/")
        found = _in_force(engine, kind, used, texts)
        pins[key] = found.sha
        waiting.extend(uses(definition_of(found)))
    return Closure(workflow, version.sha, pins, texts)


def _in_force(
    engine: Engine, kind: str, name: str, texts: dict[str, str]
) -> VersionRecord:
    record = definitions.get(engine.database, kind, name)
    if record is None:
        raise NotFound(f"there is no {kind} `{name}`{_near(engine, kind, name)}")
    version = definitions.version(engine.database, record.version)
    if version is None:
        raise WeirError(
            f"{kind} `{name}` has no good version yet; `weir check` says what is wrong"
        )
    texts[record.path] = version.text
    return version


def _of_digest(engine: Engine, name: str, sha: str) -> VersionRecord:
    known = definitions.versions(engine.database, "workflow", name)
    found = [version for version in known if version.sha.startswith(sha)]
    if len(found) == 1:
        return found[0]
    which = ", ".join(version.sha[:12] for version in found or known)
    said = "more than one version" if found else "no version"
    raise NotFound(f"{said} of `{name}` begins with {sha}; there is {which}")


def _near(engine: Engine, kind: str, name: str) -> str:
    known = [d.name for d in definitions.every(engine.database) if d.kind == kind]
    near = difflib.get_close_matches(name, known, 1)
    if near:
        return f"; did you mean `{near[0]}`?"
    return f"; `weir list {kind}s` shows what there is"
