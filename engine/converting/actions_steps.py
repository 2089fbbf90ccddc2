"""What one step of a job of GitHub Actions is here."""

from __future__ import annotations

from msgspec import Struct

from engine.converting.actions_values import Scope
from engine.converting.carried import (
    Ids,
    LeftOut,
    Node,
    Note,
    Source,
    Step,
    require_inside,
    text_of,
)
from engine.definition.base import Json
from engine.definition.marks import Path

CHECKOUT = "actions/checkout"
ELSEWHERE = ("repository", "ref", "path")  # what a checkout may bring, and where
# As GitHub begins them: the text stands last.
SHELLS = {
    "": ["bash", "-e", "-c"],
    "bash": ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c"],
    "sh": ["sh", "-e", "-c"],
    "python": ["python", "-c"],
}


class Making(Struct):
    """Makes the steps of one job; `prefix` goes before their names."""

    source: Source
    scope: Scope
    defaults: dict[str, str]
    ids: Ids
    prefix: str

    def steps(self, path: Path, given: list[Json]) -> list[Note | Step]:
        return [
            item
            for number, value in enumerate(given)
            for item in self.items(Node(self.source, (*path, number), value))
        ]

    def items(self, node: Node) -> list[Note | Step]:
        """The step after what is told of it, or why there is none."""
        name, own = text_of(node.take("name")), text_of(node.take("id"))
        called = name or own or f"step {int(node.path[-1]) + 1}"
        notes: list[Note] = []
        try:
            step = self.step(node, notes)
        except LeftOut as why:
            words = f"the step `{called}` is left out: it {why}"
            return [Note(node.line(), words, self.source.original(node.path))]
        if step is None:
            words = f"`{CHECKOUT}` is dropped: the workspace is there already"
            return [Note(node.line(), words)]
        title = "" if "{" in name else name
        head: Step = {"id": self.ids.new(self.prefix + (own or title or called))}
        if title:
            head["title"] = title
        return [*notes, head | step]

    def step(self, node: Node, notes: list[Note]) -> Step | None:
        """What it does, and when; None for a checkout. Raises LeftOut."""
        uses = text_of(node.take("uses"))
        if uses.partition("@")[0] == CHECKOUT:
            require_the_workspace(node.take("with"))
            return None
        if uses:
            raise LeftOut(f"uses `{uses}`, and nothing is fetched; write what it does")
        scope = self.scope.with_env(node)
        wanted = scope.condition(node)
        step: Step = {"when": " and ".join(wanted)} if wanted else {}
        step["shell"] = self.command(node, scope)
        if minutes := node.count("timeout-minutes", notes=notes):
            step["timeout"] = f"{minutes}m"
        step |= node.on_error(notes)
        notes += node.harmless({}, "the step")
        return step

    def command(self, node: Node, scope: Scope) -> Step:
        shell = text_of(node.take("shell")) or self.defaults.get("shell", "")
        if shell not in SHELLS:
            raise LeftOut(f"is a script for `{shell}`")
        text = text_of(node.take("run"))
        if not text.strip():
            raise LeftOut("says nothing that is to be done")
        said, env = scope.command(text, shell=shell != "python")
        does: Step = {"run": [*SHELLS[shell], said]}
        key = "working-directory"
        if folder := text_of(node.take(key)) or self.defaults.get(key, ""):
            does["cwd"] = require_inside(scope.template(folder).said)
        return does | ({"env": env} if env else {})


def require_the_workspace(given: Json) -> None:
    """Raise LeftOut for a checkout of something else than what is there already."""
    for name, value in given.items() if isinstance(given, dict) else ():
        if name.lower() in ELSEWHERE:
            said = f"{name}: {text_of(value)}"
            raise LeftOut(f"checks out `{said}`, and nothing is fetched")
