"""A real workspace for the workbench: its files, read as the importer reads them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from engine.definition.compiled import FORMAT
from engine.definition.parse import parse
from engine.desk import Desk
from engine.handle import Engine
from engine.trust import Trust
from store.records import ProblemRecord, VersionRecord
from store.scans import Found, record_scan

SHIP = """\
workflow: ship
title: Ship a version
inputs:
  version: {type: string, description: What to call it}
  channel: {enum: [stable, beta], default: stable}
  copies: {type: integer, default: 1, minimum: 1}
steps:
  - id: draft
    set: {text: hello}
  - id: ask
    approval:
      title: Ship it to everyone?
      show: [outputs.draft]
      choices: [approve, rework, reject]
      reasons: {short: Make it shorter., tone: Warmer.}
    route:
      - {choice: rework, to: draft}
      - {choice: reject, to: end}
      - {choice: approve, to: send}
  - id: send
    set: {sent: true}
"""
RISKY = """\
workflow: risky
steps:
  - id: draft
    set: {text: hello}
  - id: ask
    approval:
      title: Delete the production database?
      show: [outputs.draft]
      risk: high
"""
FORMED = """\
workflow: formed
steps:
  - id: ask
    approval:
      title: How much do we give back?
      form:
        amount: {type: number, minimum: 1, maximum: 50}
        note: {type: string, required: false}
"""
AT = 1_790_000_000.0


class Folder:
    """A workspace of these definitions, at whose desk somebody sits."""

    def __init__(self, root: Path, *texts: str) -> None:
        root.mkdir(parents=True, exist_ok=True)
        (root / "weir.toml").write_text('name = "billing"\nprovider = "mock"\n')
        (root / "workflows").mkdir(exist_ok=True)
        settings = {"weir.toml": (root / "weir.toml").read_bytes()}
        Trust.open().trust_texts(root, settings)
        self.root = root
        self.desk = Desk.open(root, via="workbench")
        self.desk.wakes = False
        self.engine: Engine = self.desk.engine
        self.versions: dict[str, str] = {}
        self.save(*(texts or (SHIP, RISKY, FORMED)))

    def save(self, *texts: str) -> None:
        found = [self._found(text) for text in texts]
        record_scan(self.desk.database, found, complete=False, now=AT)

    def _found(self, text: str) -> Found:
        name = text.split("\n")[0].removeprefix("workflow: ")
        path = f"workflows/{name}.yaml"
        (self.root / path).write_text(text)
        parsed = parse(text, path)
        assert parsed.definition is not None, [str(p) for p in parsed.problems]
        sha = hashlib.sha256(text.encode()).hexdigest()
        self.versions[name] = sha
        version = VersionRecord(
            sha=sha,
            kind="workflow",
            name=name,
            text=text,
            compiled=msgspec.json.encode(parsed.definition),
            format=FORMAT,
            created_at=AT,
        )
        title = parsed.definition.title
        return Found(
            path=path, kind="workflow", name=name, title=title, version=version
        )

    def break_file(self, name: str, *problems: ProblemRecord) -> None:
        path = f"workflows/{name}.yaml"
        found = Found(path=path, kind="workflow", name=name, problems=problems)
        record_scan(self.desk.database, [found], complete=False, now=AT)

    def break_nameless(self, path: str, *problems: ProblemRecord) -> None:
        found = Found(path=path, problems=problems)
        record_scan(self.desk.database, [found], complete=False, now=AT)

    def lose(self, path: str) -> None:
        record_scan(self.desk.database, [], complete=False, now=AT, gone=[path])

    def trust(self) -> None:
        """Let what was saved here run. WEIR_STATE says where that is kept."""
        files = sorted((self.root / "workflows").glob("*.yaml"))
        texts = {f"workflows/{file.name}": file.read_bytes() for file in files}
        texts["weir.toml"] = (self.root / "weir.toml").read_bytes()
        Trust.open().trust_texts(self.root, texts)
