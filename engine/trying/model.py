"""What a test file says: cases of a workflow, with their answers and what is due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from engine.definition.marks import Path
from engine.definition.model import Definition

Json = Any
# The definitions of a workspace by kind and name: workflow/renewal, agent/analyst.
Library = Mapping[str, Definition]
Texts = Mapping[str, "Said"]

EXPIRE = "expire"  # instead of a choice: nobody answers, and the time runs out
REST = "…"  # in a route: whatever comes in between


class Answer(Struct, frozen=True):
    """What a step leaves, or how it fails; `path` is where the file says so."""

    path: Path
    output: Json = None
    fails: str = ""
    kind: str = ""
    sign: str = ""
    retry: bool = True
    whole: bool = False  # the output is as the step left it, and not in short


class Decided(Struct, frozen=True):
    """A person's answer to a gate, or `expire`."""

    path: Path
    choice: str
    by: str = ""
    comment: str = ""
    reason: str = ""
    inputs: Mapping[str, Json] = {}
    edit: Mapping[str, str] = {}
    roles: tuple[str, ...] = ()


class Said(Struct, frozen=True):
    """What has to be in a text, and what must not be; `equals` is all of it."""

    path: Path
    contains: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    equals: str | None = None


class Expected(Struct, frozen=True):
    """What a case has to come to; what is left out may be anything."""

    path: Path = ()
    status: str = ""
    reason: str = ""
    route: tuple[str, ...] | None = None
    outputs: Mapping[str, Json] = {}
    prompts: Texts = {}
    artifacts: Texts = {}
    gates: Texts = {}


class Made(Struct, frozen=True):
    """A text that a step made: of which `place`, and the `names` that mean it too."""

    place: str
    names: frozenset[str]
    text: str


class Case(Struct, frozen=True, kw_only=True):
    """One run. `answers` and `decisions` are by step: its id, or its place.

    `at` is when it begins (seconds since 1970); times that are waited for pass at once.
    """

    name: str
    path: Path
    inputs: Mapping[str, Json] = {}
    context: Mapping[str, Json] = {}
    project: str = ""
    at: float = 0.0
    env: Mapping[str, Json] = {}
    answers: Mapping[str, tuple[Answer, ...]] = {}
    decisions: Mapping[str, tuple[Decided, ...]] = {}
    expect: Expected = Expected()


class Tests(Struct, frozen=True):
    """The cases of one workflow."""

    workflow: str
    cases: tuple[Case, ...]
