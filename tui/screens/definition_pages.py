"""What the pages of a definition list, and all of a chosen row in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from difflib import unified_diff

from textual.content import Content

from engine.about import About, InFlight
from store.records import VersionRecord
from tui.panes.pane import how_old
from tui.text import mark_of
from tui.widgets.safe import plain
from tui.widgets.vtable import Column

Runs = Mapping[str, InFlight]
COLUMNS = {
    "problems": (
        Column("line", "LINE", 5, priority=8, align="right"),
        Column("column", "COL", 4, priority=7, align="right"),
        Column("message", "PROBLEM", None, priority=9),
    ),
    "versions": (
        Column("sha", "VERSION", 12, priority=9),
        Column("age", "AGE", 4, priority=7, align="right"),
        Column("state", "STATE", 10, priority=8),
        Column("commit", "COMMIT", None, priority=5),
    ),
    "runs": (
        Column("id", "RUN", 12, priority=9),
        Column("state", "STATE", 9, priority=7),
        Column("verdict", "THE NEWEST VERSION", None, priority=8),
    ),
    "uses": (
        Column("way", "", 8, priority=8),
        Column("kind", "KIND", 8, priority=7),
        Column("name", "NAME", None, priority=9),
    ),
}
EMPTY = {
    "problems": "No problem: the file is in force as it stands.",
    "versions": "No version yet.\nThe file becomes one when it has no problems.",
    "runs": "No run of it is in flight.\n"
    "{runs.start}  start one, where it is a workflow",
    "uses": "It uses nothing, and nothing uses it.",
}
VERDICTS = {
    "unaffected": "$foreground-muted",
    "can adopt": "$text-success",
    "would break": "$text-error",
    "unreadable": "$text-error",
}


def keys(page: str, about: About, runs: Runs) -> list[str]:
    """The rows of a page, in their order."""
    match page:
        case "problems":
            return [str(number) for number in range(len(about.problems))]
        case "versions":
            known = [version.sha for version in about.versions]
            texts = {version.text for version in about.versions}
            return known if about.trouble or about.text in texts else ["file", *known]
        case "runs":
            return list(runs)
        case _:
            users = [f"by {key}" for key in about.users]
            return [*users, *(f"uses {key}" for key in about.used)]


def cells(
    page: str, about: About, runs: Runs, key: str, now: float
) -> Sequence[Content | str]:
    match page:
        case "problems":
            problem = about.problems[int(key)]
            return str(problem.line), str(problem.column), problem.message
        case "versions":
            return version_cells(about, key, now)
        case "runs":
            found = runs[key]
            mark = mark_of(found.run.status)
            word = found.standing.word
            broken = found.standing.breaks[:1]
            words = f"{word} at {broken[0].path}" if broken else word
            status = plain(mark.text(), mark.style)
            return key, status, plain(words, VERDICTS[word])
        case _:
            way, _, used = key.partition(" ")
            kind, _, name = used.partition("/")
            return ("used by" if way == "by" else "uses"), kind, name


def version_cells(about: About, key: str, now: float) -> Sequence[Content | str]:
    if key == "file":
        return key, "", plain("not good", "$text-error"), "as it stands on disk"
    version = version_of(about, key)
    in_force = key == about.record.version
    state = plain("in force", "$text-success") if in_force else plain("")
    return key[:12], how_old(now - version.created_at), state, version.commit[:12]


def version_of(about: About, sha: str) -> VersionRecord:
    return next(version for version in about.versions if version.sha == sha)


def told(page: str, about: About, runs: Runs, key: str, opens: str) -> str:
    """All of a row, in words, with what the key does that opens it."""
    match page:
        case "problems":
            problem = about.problems[int(key)]
            hint = f"\n{problem.hint}" if problem.hint else ""
            return f"{problem.message}{hint}\n{opens} opens your editor there"
        case "versions" if key == "file":
            why = "the file, which is no version while it has problems"
            return f"{why}\n{opens} its diff"
        case "versions":
            at = datetime.fromtimestamp(version_of(about, key).created_at, UTC)
            since = f"{key}\nsince {at:%Y-%m-%d %H:%M} UTC"
            return f"{since}\n{opens} its diff with the marked one, or the one before"
        case "runs":
            broken = [f"at {b.path}: {b.why}" for b in runs[key].standing.breaks]
            verdict = {
                "unaffected": "goes by the version in force",
                "can adopt": f"`weir adopt {key}` takes it to the version in force",
                "would break": "goes on by its own version, as it would break",
                "unreadable": runs[key].standing.error,
            }[runs[key].standing.word]
            return "\n".join([verdict, *broken])
        case _:
            return ""


def head(about: About, tabs: Content) -> Content:
    """The definition and how it stands; below it the pages."""
    record = about.record
    style = "$text-error" if about.problems or about.trouble else "$foreground-muted"
    first = Content.assemble(
        plain(record.name, "bold"),
        "  ",
        plain(f"{record.kind} · {stands(about)}", style),
    )
    return Content("\n").join([first, tabs])


def stands(about: About) -> str:
    record = about.record
    if record.missing:
        return "its file is gone: put it back; its versions and runs stay"
    if about.trouble:
        return about.trouble
    if not about.problems:
        return record.path
    if record.version:
        return "its file has problems; the last good version is in force"
    return "its file has problems, and was never good"


def changes(about: About, chosen: str, marked: str) -> list[str]:
    """The lines that a version changed, in the marked one or in the one before it."""
    texts = {version.sha: version.text for version in about.versions}
    texts |= {"file": about.text}
    order = keys("versions", about, {})
    older = order[order.index(chosen) + 1 :]
    before = marked or (older[0] if older else "")
    one, other = (before[:12] or "nothing"), chosen[:12]
    lines = texts.get(before, "").splitlines(), texts[chosen].splitlines()
    found = list(unified_diff(*lines, one, other, lineterm=""))
    return found or [f"{other} says the same: choose another"]
