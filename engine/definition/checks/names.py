"""What a template can read, and what it probably meant when it can't."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from engine.definition.kinds import (
    Approval,
    Artifact,
    Elsewhere,
    Http,
    Llm,
    SetValues,
    Shell,
    Sql,
    SubRun,
    Unread,
    Wait,
)
from engine.definition.model import Branch, Parallel, Step
from engine.definition.typed import Field, Fields
from engine.definition.words import among, did_you_mean, shown

Name = tuple[str, ...]
Why = tuple[str, str]  # what is wrong, what would be right

ROOTS = (
    "inputs", "outputs", "artifacts", "decisions", "branches", "errors",
    "run", "project", "workflow", "today", "now", "env", "secrets",
)  # fmt: skip
TURN = "turn"  # inside of a loop: which one it is
# What machine.scope puts under each of these; a test holds the two together.
RUN = ("id", "started_at", "outcome", "reason")
PROJECT = ("name",)
WORKFLOW = ("name", "title")
OF_A_RUN = ("outputs", "artifacts", "decisions", "branches", "errors")

OF_A_BRANCH = ("status", "outputs", "summary", "error")
OF_A_CHILD = ("run", "outputs")
OF_AN_ERROR = ("kind", "message")

NONE = {
    "outputs": "",
    "errors": "",
    "artifacts": "no step here makes an artifact",
    "decisions": "no step here is a gate",
}
MINUS = "here `-` means minus"
DECISION = ("choice", "comment", "reason", "by", "at", "inputs", "edited")
DOCUMENT = ("title", "form", "path", "sha256", "text", "size", "data")


class Paths:
    """Dotted names, quick to ask whether one of them is meant."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names: dict[str, None] = {}
        self.leading: set[str] = set()
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        self.names[name] = None
        parts = name.split(".")
        self.leading |= {".".join(parts[:n]) for n in range(1, len(parts))}

    def fit(self, path: Name) -> str | None:
        """The name that the path is, leads to or leads into; or None."""
        for length in range(1, len(path) + 1):
            begun = ".".join(path[:length])
            if begun in self.names:
                return begun
        return begun if begun in self.leading else None


OWN = Paths(f"workflow.{key}" for key in WORKFLOW)


class Names(Struct, frozen=True):
    """What is there to be read at one place. None: not known here, so not checked."""

    inputs: Fields | None = None
    inputs_of: str = "the workflow"
    context: Paths | None = None
    later: Paths | None = None  # all of the context, where some is not filled yet
    steps: Mapping[str, Step] | None = None  # by id, and as a template says it
    # Whether a step may have run before this place; None before any has.
    ran: Callable[[str], bool] | None = lambda step: True
    own: str = ""  # the step, or name of the context, that reads before it is there
    env: frozenset[str] | None = None
    why_no_env: str = ""
    secrets: frozenset[str] | None = None
    may_hide: bool = False  # whether secrets may be read here
    items: frozenset[str] = frozenset()  # what loops around call their items
    inner: Mapping[str, str] = {}  # steps out of sight -> the step they stand in
    branches: Mapping[str, Branch] | None = None  # in sight; None: not known here
    unwatched: frozenset[str] = frozenset()  # those of them that are not watched


def why_not(name: Name, names: Names) -> Why | None:
    """Why nothing of that name can be there, or None when something can."""
    root, rest = name[0], name[1:]
    match root:
        case "inputs":
            return why_no_input(rest, names)
        case "outputs" | "artifacts" | "decisions" | "errors":
            return why_no_step(root, rest, names)
        case "branches":
            return why_no_branch(rest, names)
        case "run":
            return why_no_key(root, rest, RUN)
        case "project":
            return why_no_key(root, rest, PROJECT)
        case "env":
            return why_no_variable(rest, names)
        case "secrets":
            return why_no_secret(rest, names)
        case "today" | "now":
            return None
        case _ if root in names.items:
            return None
        case _:
            return why_no_context(name, names)


def why_no_input(rest: Name, names: Names) -> Why | None:
    if not rest or names.inputs is None:
        return None
    if rest[0] not in names.inputs:
        there = among(names.inputs) if names.inputs else ""
        otherwise = f"it has {there}" if there else "it has none"
        hint = did_you_mean(rest[0], names.inputs, otherwise)
        return f"{names.inputs_of} has no input `{shown(rest[0])}`", hint
    return why_not_inside(f"inputs.{rest[0]}", names.inputs[rest[0]], rest[1:])


def why_no_step(root: str, rest: Name, names: Names) -> Why | None:
    if names.ran is None:
        return f"`{root}` is empty here: no step has run yet", ""
    if not rest or names.steps is None:
        return None
    step = names.steps.get(rest[0])
    if step is None and rest[0] in names.inner:
        outer = names.inner[rest[0]]
        hint = f"read `outputs.{outer}`"
        return f"`{rest[0]}` stands inside of `{outer}` and can't be read here", hint
    if step is None:
        fit = leaving(root, names.steps)
        return f"there is no step `{shown(rest[0])}`", hint_for_step(root, rest[0], fit)
    if not leaves(step, root):
        fit = leaving(root, names.steps)
        what = "makes no artifact" if root == "artifacts" else "is no gate"
        others = f"known: {among(fit)}" if fit else NONE[root]
        return f"the step `{step.id}` {what}", others
    if not names.ran(step.id) and step.id == names.own:
        hint = "leave it by a step before this one, and read that"
        return f"`{step.id}` can't read what it leaves itself", hint
    if not names.ran(step.id):
        hint = "move it up, or route back to here after it"
        return f"`{root}.{step.id}` is read before `{step.id}` can have run", hint
    return why_no_part(root, step, rest[1:])


def why_no_branch(rest: Name, names: Names) -> Why | None:
    if not rest or names.branches is None:
        return None
    if rest[0] not in names.branches:
        known = among(names.branches) if names.branches else ""
        hint = f"known: {known}" if known else "no parallel step can have begun here"
        there = did_you_mean(rest[0], names.branches, hint)
        return f"there is no branch `{shown(rest[0])}`", there
    if rest[0] in names.unwatched:
        hint = f"add `watches: [{rest[0]}]` to it"
        return f"this branch does not watch `{rest[0]}`", hint
    where, ids = f"branches.{rest[0]}", names.branches[rest[0]].steps
    if rest[1:2] == ("outputs",):
        known_ids = tuple(dict.fromkeys(spoken(step.id) for step in ids))
        return why_no_key(f"{where}.outputs", rest[2:], known_ids)
    return why_no_key(where, rest[1:], OF_A_BRANCH)


def spoken(step: str) -> str:
    return step.replace("-", "_")


def hint_for_step(root: str, name: str, fit: Iterable[str]) -> str:
    ids = list(fit)
    cut = next((i for i in ids if i.startswith(f"{name}-")), None)
    if cut:
        return f"write {root}.{cut.replace('-', '_')}: {MINUS}"
    return did_you_mean(name, ids, f"known: {among(ids)}" if ids else NONE[root])


def leaving(root: str, steps: Mapping[str, Step]) -> list[str]:
    return list(dict.fromkeys(s.id for s in steps.values() if leaves(s, root)))


def leaves(step: Step, root: str) -> bool:
    """Whether a step leaves something there; one that can't be read might."""
    if root == "artifacts":
        return isinstance(step.do, (Artifact, Unread))
    return root in ("outputs", "errors") or isinstance(step.do, (Approval, Unread))


def why_no_part(root: str, step: Step, rest: Name) -> Why | None:
    if not rest:
        return None
    where = f"{root}.{step.id}"
    if root == "errors":
        return why_no_key(where, rest, OF_AN_ERROR)
    fields = fields_of(step)
    if fields is not None:
        if rest[0] in fields:
            return why_not_inside(f"{where}.{rest[0]}", fields[rest[0]], rest[1:])
        return why_no_key(where, rest, tuple(fields))
    return None


def fields_of(step: Step) -> Fields | None:
    """What a step leaves, as far as the file tells; None when it doesn't."""
    if step.output:
        return step.output
    match step.do:
        case SetValues(values=values):
            return dict.fromkeys(values, ANY)
        case Shell():
            return dict.fromkeys(("stdout", "stderr", "exit"), ANY)
        case Http():
            return dict.fromkeys(("status", "headers", "text", "json"), ANY)
        case Llm():
            return {"text": ANY}
        case Artifact():
            return dict.fromkeys(DOCUMENT, ANY)
        case Approval(form=form):
            return dict.fromkeys(DECISION, ANY) | {
                "inputs": Field(type="object", properties=form) if form else ANY
            }
        case SubRun():
            return dict.fromkeys(OF_A_CHILD, ANY)
        case Wait(file=str()):
            return dict.fromkeys(("path", "size", "sha256"), ANY)
        case Wait(decision=Elsewhere()):
            return dict.fromkeys(("choice", "comment", "by"), ANY)
        case Sql(write=write, one=one):
            return {"changed" if write else "row" if one else "rows": ANY}
        case Parallel(branches=branches):
            return {branch.id: ANY for branch in branches}
        case _:
            return None


ANY = Field(type="object")


def why_not_inside(where: str, field: Field, rest: Name) -> Why | None:
    """Follow a name into an object whose properties are declared."""
    if not rest or not field.properties:
        return None
    if rest[0] not in field.properties:
        return why_no_key(where, rest, tuple(field.properties))
    return why_not_inside(f"{where}.{rest[0]}", field.properties[rest[0]], rest[1:])


def why_no_key(where: str, rest: Name, keys: tuple[str, ...]) -> Why | None:
    if not rest or rest[0] in keys:
        return None
    hint = did_you_mean(rest[0], keys, f"it has {among(keys)}")
    return f"`{where}` has no `{shown(rest[0])}`", hint


def why_no_variable(rest: Name, names: Names) -> Why | None:
    if names.why_no_env:
        return names.why_no_env, "read it in a step, and judge by what that step leaves"
    if not rest or names.env is None or rest[0] in names.env:
        return None
    hint = did_you_mean(rest[0], names.env, "name it under `env` in weir.toml")
    return f"templates may not read the variable `{shown(rest[0])}`", hint


def why_no_secret(rest: Name, names: Names) -> Why | None:
    if not names.may_hide:
        return (
            "a secret would be seen here",
            "read it in headers, json or body of `http`, or in env or stdin of `shell`",
        )
    if not rest or names.secrets is None or rest[0] in names.secrets:
        return None
    hint = did_you_mean(rest[0], names.secrets, "name it under [secrets] in weir.toml")
    return f"there is no secret `{shown(rest[0])}`", hint


def why_no_context(name: Name, names: Names) -> Why | None:
    """The context's names are dotted: `data.usage` is there, and `data`, and what is
    inside of `data.usage`, but no `data.usgae`."""
    if names.context is None:
        return None
    if names.context.fit(name) or OWN.fit(name):
        return None
    if names.later and (late := names.later.fit(name)):
        if late == names.own:
            return f"`{late}` can't read itself", "read what is filled above it"
        return f"`{late}` is filled after this", f"move `{late}` up"
    written = ".".join(name)
    same_root = [
        k for k in (*names.context.names, *OWN.names) if k.split(".")[0] == name[0]
    ]
    if same_root:
        depth = max(known.count(".") for known in same_root) + 1
        written = ".".join(name[:depth])
        hint = did_you_mean(written, same_root, f"known: {among(same_root)}")
        return f"there is no `{shown(written)}`", hint
    roots = {known.split(".")[0] for known in names.context.names} | set(ROOTS)
    roots |= names.items
    if not names.branches:
        roots.discard("branches")
    hint = did_you_mean(name[0], roots, f"known: {among(roots, limit=20)}")
    if names.inputs and name[0] in names.inputs:
        hint = f"did you mean `inputs.{name[0]}`?"
    if names.steps and name[0] in names.steps:
        hint = f"did you mean `outputs.{name[0]}`?"
    return f"there is no `{shown(name[0])}`", hint
