"""What steps in branches and loops can read, and what branches say of each other."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from engine.definition.checks.checking import Checking
from engine.definition.checks.lists import Listed
from engine.definition.checks.names import ROOTS, TURN, Names, spoken
from engine.definition.checks.reading import check_text
from engine.definition.checks.texts import Text
from engine.definition.marks import Path
from engine.definition.model import Branch, ForEach, Parallel, Step, every_step
from engine.definition.words import did_you_mean


def seen_from(
    listed: Listed, lists: list[Listed], linked: Mapping[str, Step], names: Names
) -> Names:
    """The names of a whole workflow, as they are in sight in one of its lists."""
    outer = [
        other
        for other in lists
        if other.around == listed.around[: len(other.around)]
        and other.branches == listed.branches[: len(other.branches)]
    ]
    holding = {step.id for step in listed.around}
    ids = [s.id for o in outer for s in o.steps if s.id and s.id not in holding]
    loops = [s.do for s in listed.around if isinstance(s.do, ForEach)]
    branches = {b.id: b for o in outer for s in o.steps for b in branches_of(s)}
    return replace(
        names,
        steps={spoken(i): linked[i] for i in ids} | {i: linked[i] for i in ids},
        items=frozenset({loop.name for loop in loops} | ({TURN} if loops else set())),
        inner=inner_steps(outer, set(ids) | holding),
        branches=branches | {spoken(name): b for name, b in branches.items()},
        unwatched=unwatched(listed),
    )


def branches_of(step: Step) -> tuple[Branch, ...]:
    return step.do.branches if isinstance(step.do, Parallel) else ()


def inner_steps(outer: list[Listed], seen: set[str]) -> dict[str, str]:
    """The steps that are out of sight because they stand in one that is not."""
    found: dict[str, str] = {}
    for step in (step for each in outer for step in each.steps):
        for inner in every_step((step,)):
            if inner.id not in seen:
                found[inner.id] = found[spoken(inner.id)] = step.id
    return found


def unwatched(listed: Listed) -> frozenset[str]:
    """The branches beside the ones that a list stands in, unless those watch them."""
    found: set[str] = set()
    parallels = [step.do for step in listed.around if isinstance(step.do, Parallel)]
    for parallel, own in zip(parallels, listed.branches, strict=True):
        beside = {branch.id for branch in parallel.branches}
        found |= beside - {own.id, *own.watches}
    return frozenset(found | {spoken(name) for name in found})


def check_holding(checking: Checking, step: Step, place: Path, names: Names) -> None:
    """What a step that holds steps says itself."""
    match step.do:
        case Parallel() as parallel:
            for branch in parallel.branches:
                at = (*place, "parallel", "branches", branch.id)
                check_branch(checking, parallel, branch, at, names)
        case ForEach() as loop:
            check_loop(checking, loop, (*place, "for_each"), names)


def check_branch(
    checking: Checking, parallel: Parallel, branch: Branch, at: Path, names: Names
) -> None:
    beside = [other.id for other in parallel.branches if other.id != branch.id]
    for number, watched in enumerate(branch.watches):
        if watched not in beside:
            hint = did_you_mean(watched, beside, "name a branch beside it")
            told = f"there is no branch `{watched}` beside this one"
            checking.tell((*at, "watches", number), told, hint)
    own = {step.id: step for step in branch.steps}
    if branch.summary is not None and branch.summary not in own:
        hint = did_you_mean(branch.summary, own, "name a step of this branch")
        told = f"`{branch.id}` has no step `{branch.summary}`"
        checking.tell((*at, "summary"), told, hint)
    if branch.cancel_when is not None:
        unseen = set(beside) - set(branch.watches)
        inside = replace(
            names,
            steps={**(names.steps or {}), **own},
            unwatched=frozenset(unseen | {spoken(name) for name in unseen}),
        )
        text = Text((*at, "cancel_when"), branch.cancel_when, "expression", judges=True)
        check_text(checking, text, inside)


def check_loop(checking: Checking, loop: ForEach, at: Path, names: Names) -> None:
    hidden = names.context is not None and names.context.fit((loop.name,)) is not None
    if loop.name in (*ROOTS, TURN) or hidden or loop.name in names.items:
        told = f"`{loop.name}` would hide what templates read by that name"
        checking.tell((*at, "as"), told, "take another name", at_key=True)
    if loop.key is not None:
        inside = replace(names, items=names.items | {loop.name})
        text = Text((*at, "key"), loop.key, "expression", judges=True)
        check_text(checking, text, inside)


def check_branch_ids(checking: Checking, lists: list[Listed]) -> None:
    """A branch is read as `branches.<id>`: it must be the only one of that name."""
    seen: set[str] = set()
    for step, place in (each for listed in lists for each in listed.places()):
        for branch in branches_of(step):
            if spoken(branch.id) in seen:
                path = (*place, "parallel", "branches", branch.id)
                told = f"two branches are called `{branch.id}`"
                checking.tell(path, told, "rename one", at_key=True)
            seen.add(spoken(branch.id))
