"""The parts of two runs, one after another: what each has, and what of it differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from engine.differing.said import ABSENT, Difference, Said, differing, names_in, told
from engine.differing.side import Side
from engine.machine.events import RouteTaken
from engine.machine.state import ApprovalState, StepState
from engine.machine.ticking import FORM
from engine.spending import in_words, spent
from store import definitions
from store.database import Database
from store.errors import StoreError
from store.records import ArtifactRecord

Read = Callable[[ArtifactRecord], str]
ITSELF = "the run"
WORKFLOW = "the workflow"
# Two times that are so near to each other are the same to a person.
NEAR, NEARLY = 1.0, 0.1  # seconds; of the longer one


class Item(Struct, frozen=True):
    """Something that both runs have, or one of them; without differences: the same."""

    part: str
    name: str
    differences: tuple[Difference, ...]


def items(database: Database, one: Side, other: Side, read: Read) -> Iterator[Item]:
    yield item("run", ITSELF, of_run(one, other))
    yield from texts(database, one, other)
    yield from values("inputs", one.state.inputs, other.state.inputs)
    yield from values("context", one.state.context, other.state.context)
    for path in names_in(one.routes, other.routes):
        ways = one.routes.get(path), other.routes.get(path)
        yield item("route", path, of_ways(*ways))
    for path in names_in(one.steps, other.steps):
        yield item("steps", path, of_step(path, one, other))
    for path in names_in(one.gates, other.gates):
        yield item(
            "decisions", path, of_gate(one.gates.get(path), other.gates.get(path))
        )
    for path in names_in(one.papers, other.papers):
        papers = one.papers.get(path), other.papers.get(path)
        yield item("artifacts", path, of_papers(*papers, read))


def item(part: str, name: str, said: Iterable[Said]) -> Item:
    return Item(part, name, tuple(Difference(part, name, *each) for each in said))


def of_run(one: Side, other: Side) -> Iterator[Said]:
    a, b = one.record, other.record
    for what in ("workflow", "status", "reason", "project", "provider", "by"):
        yield from told(what, getattr(a, what) or None, getattr(b, what) or None)
    yield from took(lasted(one), lasted(other))
    every = [[u for used in side.used.values() for u in used] for side in (one, other)]
    yield from told("cost", *(in_words(spent(used)) or None for used in every))


def lasted(side: Side) -> float | None:
    end = side.record.ended_at
    return None if end is None else end - side.record.started_at


def took(one: float | None, other: float | None) -> Iterator[Said]:
    if not near(one, other):
        yield from told("took", seconds(one), seconds(other))


def near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= max(NEAR, NEARLY * max(one, other))


def seconds(time: float | None) -> str | None:
    return None if time is None else f"{time:.1f} s"


def texts(database: Database, one: Side, other: Side) -> Iterator[Item]:
    """The workflow, and all that it uses."""
    pins = [{WORKFLOW: s.state.version, **s.state.pins} for s in (one, other)]
    for name in names_in(*pins):
        a, b = (side.get(name) for side in pins)
        same = a == b
        said = () if same else told("text", text_of(database, a), text_of(database, b))
        yield item("text", name, said)


def text_of(database: Database, sha: str | None) -> str | None:
    version = definitions.version(database, sha) if sha else None
    return version.text if version else None


def values(
    part: str, one: dict[str, object], other: dict[str, object]
) -> Iterator[Item]:
    for name in names_in(one, other):
        said = differing("", one.get(name, ABSENT), other.get(name, ABSENT))
        yield item(part, name, said)


def of_ways(one: RouteTaken | None, other: RouteTaken | None) -> Iterator[Said]:
    if (one and one.chosen) != (other and other.chosen):
        yield from told("goes to", way(one), way(other))


def way(route: RouteTaken | None) -> str | None:
    if route is None:
        return None
    return f"{route.chosen} ({route.why})" if route.why else route.chosen


def of_step(path: str, one: Side, other: Side) -> Iterator[Said]:
    a, b = one.steps.get(path), other.steps.get(path)
    if a is None or b is None:
        yield "status", a.status.value if a else None, b.status.value if b else None
        return
    yield from told("status", a.status.value, b.status.value)
    yield from told("why", why(a), why(b))
    if not (a.reused or b.reused):  # what is kept took no time, and is not paid again
        yield from told("attempts", str(a.attempt), str(b.attempt))
        yield from took(at_work(path, one), at_work(path, other))
        yield from told("model", models(path, one), models(path, other))
        yield from told("cost", paid(path, one), paid(path, other))
        yield from told("prompt", one.prompts.get(path), other.prompts.get(path))
    if has_output(a) and has_output(b):
        yield from differing("output", a.output, b.output)


def why(step: StepState) -> str | None:
    return (step.error.message if step.error else step.reason) or None


def at_work(path: str, side: Side) -> float | None:
    return side.costs[path].seconds if path in side.costs else None


def models(path: str, side: Side) -> str | None:
    return ", ".join(dict.fromkeys(u.named for u in side.used.get(path, ()))) or None


def paid(path: str, side: Side) -> str | None:
    return in_words(spent(side.used.get(path, ()))) or None


def has_output(step: StepState) -> bool:
    """Whether its output is told of nowhere else: as a decision, a document, steps."""
    return not (step.approval or step.artifact or step.arms is not None)


def of_gate(one: ApprovalState | None, other: ApprovalState | None) -> Iterator[Said]:
    yield from told("answer", answers(one), answers(other))
    for name in names_in(edits(one), edits(other)):
        yield from told(f"edited {name}", edits(one).get(name), edits(other).get(name))


def answers(gate: ApprovalState | None) -> str | None:
    """Who has said what, and has given; where nobody has, how the gate stands."""
    if gate is None:
        return None
    said = []
    for made in gate.decisions:
        given = "".join(f", {name} = {value}" for name, value in made.inputs.items())
        comment = f": {made.comment}" if made.comment else ""
        said.append(f"{made.choice} by {made.by.name}{given}{comment}")
    return "\n".join(said) or gate.status.value


def edits(gate: ApprovalState | None) -> dict[str, str]:
    made = gate.decisions if gate else ()
    return {each.edit.name: each.edit.text for each in made if each.edit}


def of_papers(
    one: ArtifactRecord | None, other: ArtifactRecord | None, read: Read
) -> Iterator[Said]:
    if not same_bytes(one, other):
        yield from told("text", words(one, read), words(other, read))


def same_bytes(one: ArtifactRecord | None, other: ArtifactRecord | None) -> bool:
    """Whether two documents need not be read; people may have ticked a checklist."""
    if one is None or other is None or FORM in (one.form, other.form):
        return False
    return (one.digest, one.form) == (other.digest, other.form)


def words(paper: ArtifactRecord | None, read: Read) -> str | None:
    if paper is None:
        return None
    try:
        return read(paper)
    except StoreError as error:
        return str(error)
