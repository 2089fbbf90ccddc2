"""The arms of a step that holds steps: which there are, and what their ends mean.

Nothing here changes a run; `advance` does, by what these functions say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice

from msgspec import Struct

from engine.definition.graph import list_name
from engine.definition.model import Calls, Container, ForEach, Join, Parallel
from engine.errors import TemplateError
from engine.machine.events import Arm
from engine.machine.evolve import CALLED_OFF
from engine.machine.state import ArmState, Json, StepState, StepStatus

MOST_ARMS = 10_000
_KEY = re.compile(r"[A-Za-z0-9_.@+-]{1,40}")
_TOLD = 3  # failures that are told by name


class Verdict(Struct, frozen=True):
    """What has become of a step that holds steps; `words` say why it failed."""

    succeeded: bool
    words: str = ""


def branches(parallel: Parallel) -> tuple[Arm, ...]:
    return tuple(Arm(each.id, None, each.watches) for each in parallel.branches)


def calls_of(asked: Json) -> tuple[Arm, ...]:
    """An arm for each call that a model has asked for, in order."""
    return tuple(Arm(str(n), call) for n, call in enumerate(asked["calls"], 1))


def list_of(container: Container, step: StepState, key: str) -> str:
    """The name of the list of steps that stands in an arm."""
    if isinstance(container, Parallel):
        return list_name(step.step, key)
    if isinstance(container, Calls):
        return list_name(step.step, (step.arms or {})[key].value["tool"])
    return list_name(step.step, "")


def items_of(value: Json, expression: str) -> list[tuple[str, Json]]:
    """The items of what `in` came to, each with the name it has by itself.

    Raises TemplateError when it is nothing to go through, or too much.
    """
    if isinstance(value, dict):
        found = list(value.items())
    elif isinstance(value, list):
        found = [(str(item) if _names(item) else "", item) for item in value]
    else:
        kind = type(value).__name__
        raise TemplateError(f"`{expression}` is no list or mapping but {kind}")
    if len(found) > MOST_ARMS:
        raise TemplateError(
            f"`{expression}` has {len(found)} items; {MOST_ARMS} at most"
        )
    return found


def turns(named: Iterable[tuple[str, Json]]) -> tuple[Arm, ...]:
    """An arm for each item, under a name that is short, plain and its own."""
    taken: set[str] = set()
    arms = []
    for number, (name, value) in enumerate(named, 1):
        key = name if _KEY.fullmatch(name) and name not in taken else str(number)
        while key in taken:
            key += "+"
        taken.add(key)
        arms.append(Arm(key, value))
    return tuple(arms)


def turns_through(
    loop: ForEach, value: Json, names: Mapping[str, Json]
) -> tuple[Arm, ...]:
    """An arm for each item of what `in` came to; `names` are what its `key` reads.

    Raises TemplateError as `items_of`, and what the key raises.
    """
    items = items_of(value, loop.items)
    if loop.key is None:
        return turns(items)
    return turns((_key_of(loop, loop.key, names, item), item) for _, item in items)


def _key_of(loop: ForEach, key: str, names: Mapping[str, Json], item: Json) -> str:
    from engine.definition.render import evaluate

    return str(evaluate(key, {**names, loop.name: item}))


def next_to_start(container: Container, step: StepState) -> list[str]:
    """The arms that may begin now, in order."""
    if not step.tally.get(StepStatus.PENDING):
        return []
    most = container.max_parallel if isinstance(container, ForEach) else None
    running = step.tally.get(StepStatus.RUNNING, 0)
    arms = (step.arms or {}).items()
    pending = (key for key, arm in arms if arm.status is StepStatus.PENDING)
    return [*islice(pending, None if most is None else max(0, most - running))]


def verdict(join: Join, step: StepState) -> Verdict | None:
    """Whether enough arms have succeeded, or can't any more; None while it is open.

    With `all`, the others are let come to their end when one has failed: what one item
    lacks hides nothing of the others. A branch that its own `cancel_when` has called
    off is not counted. With `ended` none has to succeed.
    """
    arms, tally = step.arms or {}, step.tally
    open_ = tally.get(StepStatus.PENDING, 0) + tally.get(StepStatus.RUNNING, 0)
    if join == "ended":
        return None if open_ else Verdict(True)
    counted = len(arms) - tally.get(CALLED_OFF, 0)
    wanted = 1 if join == "any" else counted if join == "all" else join
    wanted = min(wanted, len(arms))
    won = tally.get(StepStatus.SUCCEEDED, 0)
    if won >= wanted:
        return Verdict(True)
    if open_ and (join == "all" or won + open_ >= wanted):
        return None
    return Verdict(False, _in_words(wanted, won, arms))


def done_without(container: Container, step: StepState) -> frozenset[str]:
    """The arms that a step which has succeeded did not need: nothing follows of them.

    With `ended` there are none: what did not come off is an answer as well.
    """
    if step.status is not StepStatus.SUCCEEDED or container.join == "ended":
        return frozenset()
    arms = (step.arms or {}).items()
    return frozenset(k for k, arm in arms if arm.status is not StepStatus.SUCCEEDED)


def _in_words(wanted: int, won: int, arms: Mapping[str, ArmState]) -> str:
    if len(arms) == 1:
        return next(arm.reason or arm.status for arm in arms.values())
    lost = [
        f"{key}: {arm.reason or arm.status}"
        for key, arm in arms.items()
        if arm.status in (StepStatus.FAILED, StepStatus.CANCELLED)
    ]
    more = f"; and {len(lost) - _TOLD} more" if len(lost) > _TOLD else ""
    told = "; ".join(lost[:_TOLD]) + more
    return f"{won} of {len(arms)} succeeded, {wanted} must: {told}"


def _names(item: Json) -> bool:
    return isinstance(item, (str, int)) and not isinstance(item, bool)
