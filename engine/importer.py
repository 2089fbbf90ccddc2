"""From the workflows/ folder to versions in the store, the moment a file changes.

A file that can't be used keeps its last good version in force, with its problems beside
it. A file that is gone is marked missing. The same text is the same version.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from engine.definition.check import Known, check
from engine.definition.compiled import FORMAT, encode
from engine.definition.link import closure as used_by
from engine.definition.link import uses
from engine.definition.marks import Marks
from engine.definition.model import Definition, Problem
from engine.definition.parse import Parsed, parse
from engine.errors import WeirError
from engine.files import MB, FileRefused, Look, look_of, safe_file
from engine.git import commits_of
from engine.handle import Engine, definition_of
from engine.llm.provider import names as providers
from engine.workspace import CONFIG, Workspace, open_workspace
from store import definitions
from store.definitions import Found, Scanned, record_scan
from store.records import ProblemRecord, VersionRecord

LIMIT = MB  # a definition is text that people read
ENDINGS = (".yaml", ".yml")
# Folders below workflows/ that hold sample data and tests, and no definitions.
NOT_DEFINITIONS = frozenset({"examples", "tests"})
# A file touched so lately may change again within the same tick of its clock.
YOUNG = 2.0

KINDS = {
    "Workflow": "workflow",
    "StepTemplate": "step",
    "ArtifactTemplate": "artifact",
    "Agent": "agent",
    "Source": "source",
}


class File(Struct, frozen=True):
    """A file as read: its text's digest, what it says, and how the file looked then."""

    path: str
    sha: str
    text: str
    parsed: Parsed
    look: tuple[int, int, int, int]

    @property
    def key(self) -> str:
        """`workflow/name`; empty while it says no definition."""
        return key_of(self.parsed.definition) if self.parsed.definition else ""


class Importer:
    """Remembers what it has read, so that a look at an unchanged folder is cheap."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._files: dict[str, File] = {}
        self._config: Look | None = None
        self._known = known_to(engine.workspace)
        self._checked: dict[tuple[str, ...], list[Problem]] = {}
        self._lock = threading.Lock()

    def scan(self) -> Scanned:
        """Look at the whole folder and put what has changed into the store."""
        with self._lock:
            root = self._engine.workspace.root
            self._look_at_config(root)
            self._files = {path: self._read(path) for path in definition_files(root)}
            found = self._found(self._first_come(list(self._files.values())))
            return record_scan(
                self._engine.database,
                found,
                complete=True,
                now=self._engine.clock(),
            )

    def _look_at_config(self, root: Path) -> None:
        """Check by weir.toml as it stands, as every process does, whoever trusts it."""
        before, self._config = self._config, look_of(root / CONFIG)
        if self._config == before:
            return
        # Whoever goes by it says what is wrong with it; until then it is as it was.
        with suppress(WeirError):
            self._known = known_to(open_workspace(root))
            self._checked.clear()

    def _read(self, path: str) -> File:
        root = self._engine.workspace.root
        look = look_of(root / path)
        known = self._files.get(path)
        settled = look[0] / 1e9 < self._engine.clock() - YOUNG
        if known is not None and known.look == look and settled:
            return known
        try:
            data = safe_file(root, path, LIMIT)
        except FileRefused as error:
            named = storable(path)
            problem = Problem(named, 0, 0, str(error))
            return File(named, "", "", Parsed(named, None, [problem], Marks()), look)
        sha = sha256(data).hexdigest()
        if known is not None and known.sha == sha:
            parsed = known.parsed
        else:
            parsed = parse(data, path)
        return File(path, sha, data.decode(errors="replace"), parsed, look)

    def _first_come(self, files: list[File]) -> list[File]:
        """The files; of two that say the same name, the one that had it comes first."""
        names = [key for file in files if (key := file.key)]
        if len(set(names)) == len(names):
            return files
        every = definitions.every(self._engine.database)
        held = {f"{record.kind}/{record.name}": record.path for record in every}
        return sorted(files, key=lambda file: held.get(file.key) != file.path)

    def _found(self, files: list[File]) -> list[Found]:
        library = self._library(files)
        broken = broken_among(file.parsed for file in files)
        known = replace(self._known, broken=broken)
        commits = commits_of(
            self._engine.workspace.root, {f.path: f.text.encode() for f in files}
        )
        seen: dict[str, str] = {}
        found = []
        for file in files:
            problems = self._problems(file, library, known)
            key = file.key
            if key and key in seen:
                words = f"`{key}` is also in {seen[key]}"
                problems = [*problems, Problem(file.path, 1, 1, words, "rename one")]
            seen.setdefault(key, file.path)
            commit = commits.get(file.path, "")
            found.append(as_found(file, problems, commit, self._engine.clock()))
        return found

    def _library(self, files: Iterable[File]) -> dict[str, Definition]:
        """Every definition by key: as the files say it or, where broken, as it was."""
        library: dict[str, Definition] = {}
        for file in files:
            if file.parsed.definition is not None:
                library.setdefault(file.key, file.parsed.definition)
        broken = {f.path for f in files if f.parsed.definition is None}
        if broken:
            for record in definitions.every(self._engine.database):
                if record.path in broken and record.version:
                    version = definitions.version(self._engine.database, record.version)
                    if version is not None:
                        key = f"{record.kind}/{record.name}"
                        library.setdefault(key, definition_of(version))
        return library

    def _problems(
        self, file: File, library: dict[str, Definition], known: Known
    ) -> list[Problem]:
        """What is wrong with a file among these others, remembered by their texts."""
        if file.parsed.draft is None:
            return list(file.parsed.problems)
        around = used_by(file.parsed.draft, library)
        key = (
            file.path,
            file.sha,
            *(f"{name}={digest_of(library.get(name))}" for name in around),
            *(f"{name} in {path}" for name, path in known.broken.items()),
        )
        if key not in self._checked:
            problems = [
                *file.parsed.problems,
                *check(file.parsed, library, known),
            ]
            self._checked[key] = sorted(problems, key=lambda p: (p.line, p.column))
        return self._checked[key]


def broken_among(files: Iterable[Parsed]) -> dict[str, str]:
    """The files with nothing to go by, by the definition that they say.

    One that can't be read at all may be of any kind, and of its own name.
    """
    found: dict[str, str] = {}
    for each in files:
        if each.definition is None:
            stem = Path(each.path).stem
            said = [f"{kind}/{stem}" for kind in KINDS.values()]
            keys = [key_of(each.draft)] if each.draft is not None else said
            found |= {key: each.path for key in keys if key not in found}
    return found


def known_to(workspace: Workspace) -> Known:
    """What definitions here may name: the roles, databases, … of weir.toml."""
    config = workspace.config
    return Known(
        roles=frozenset(config.roles),
        databases=frozenset(config.databases),
        env=frozenset(config.env),
        providers=frozenset({*providers(), *config.providers}),
        secrets=frozenset(config.secrets),
        targets=frozenset(config.notify.targets),
    )


def definition_files(root: Path) -> list[str]:
    """Relative paths of the definition files, links included so that they are told."""
    return sorted(_below(root / "workflows", root))


def _below(folder: Path, root: Path) -> Iterator[str]:
    for where, folders, names in os.walk(folder):
        if Path(where) == folder:
            folders[:] = [name for name in folders if name not in NOT_DEFINITIONS]
        folders[:] = [name for name in folders if not name.startswith(".")]
        linked = [name for name in folders if (Path(where) / name).is_symlink()]
        files = [name for name in names if name.endswith(ENDINGS)]
        for name in [*files, *linked]:
            if not name.startswith("."):
                yield (Path(where) / name).relative_to(root).as_posix()


def storable(path: str) -> str:
    """A path whose name may not be UTF-8, as text: the bytes that are not, escaped."""
    return path.encode(errors="backslashreplace").decode()


def kind_of(definition: Definition) -> str:
    return KINDS[type(definition).__name__]


def key_of(definition: Definition) -> str:
    return f"{kind_of(definition)}/{definition.name}"


def digest_of(definition: Definition | None) -> str:
    return sha256(encode(definition)).hexdigest() if definition else ""


def as_found(file: File, problems: list[Problem], commit: str, now: float) -> Found:
    definition = file.parsed.definition
    said = definition or file.parsed.draft
    version = None
    if definition is not None and not problems:
        version = VersionRecord(
            sha=file.sha,
            kind=kind_of(definition),
            name=definition.name,
            text=file.text,
            compiled=encode(definition),
            format=FORMAT,
            created_at=now,
            commit=commit,
            uses=uses(definition),
        )
    return Found(
        path=file.path,
        kind=kind_of(said) if said else "",
        name=said.name if said else "",
        title=said.title if said else "",
        version=version,
        problems=tuple(
            ProblemRecord(
                path=p.path,
                line=p.line,
                column=p.column,
                message=p.message,
                hint=p.hint,
            )
            for p in problems
        ),
    )
