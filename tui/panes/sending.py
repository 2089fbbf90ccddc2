"""From a decision that is made to one on disk: held, counted down, sent, and told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.errors import WeirError
from tui.holding import Held, Sent, Verdict, seconds_for

if TYPE_CHECKING:
    from tui.app import Workbench

LOOK = 0.1  # seconds between two looks at the time that is left


async def decide(
    bench: Workbench, verdicts: Sequence[Verdict], notes: Sequence[str] = ()
) -> None:
    """Hold what would be taken for as long as can be, then send it.

    What would be refused is told at once, with the notes: who has decided may be gone
    by the end.
    """
    window = seconds_for(verdicts, bench.personal.undo, bench.now())
    if window:
        tried = await asyncio.to_thread(try_each, bench, verdicts)
        refused = [each.told() for each in tried if each.refused]
        for words in refused:
            bench.session.error(WeirError(words))
        notes = [*notes, *refused]
        verdicts = [each.verdict for each in tried if not each.refused]
    # A key may come again before what it decides is held.
    verdicts = [each for each in verdicts if bench.holding.of(each.id) is None]
    if not verdicts:
        if notes:
            bench.say("; ".join(notes), True)
        return
    held = bench.holding.hold(verdicts, bench.clock() + window)
    if window:
        tell_held(bench, held, notes)
        await count_down(bench, held)
        notes = ()
    tell(bench, await asyncio.to_thread(bench.holding.send, held), notes)


def try_each(bench: Workbench, verdicts: Sequence[Verdict]) -> list[Sent]:
    return [verdict.send(bench.desk, trial=True) for verdict in verdicts]


async def count_down(bench: Workbench, held: Held) -> None:
    """Until its time is up, it is not held any more, or somebody else has decided."""
    shown = 0
    while held in bench.holding and (left := held.left(bench.clock())) > 0:
        if not any(v.id in bench.work.approvals.pending for v in held.verdicts):
            return
        if shown != left:
            shown = left
            show_held(bench)
        await asyncio.sleep(LOOK)


def show_held(bench: Workbench) -> None:
    """In the last line, and in the list, while they stand."""
    if not bench.is_running:
        return
    bench.keyed.show_keys()
    bench.work.approvals.table.refresh_rows()


def tell_held(bench: Workbench, held: Held, notes: Sequence[str]) -> None:
    left, key = held.left(bench.clock()), bench.keymap.first("app.undo")
    words = f"{named(held)} is sent in {left} s; {key} takes it back"
    bench.say("; ".join([words, *notes]))


def named(held: Held) -> str:
    """`a01jd: approve`, or `approve of 3`."""
    return held.words if len(held) > 1 else f"{held.verdicts[0].id}: {held.words}"


async def take_back(bench: Workbench) -> None:
    """The newest that is held; what was decided at once comes back at once."""
    held = await asyncio.to_thread(bench.holding.take_back)
    if held is None:
        bench.say("it has just been sent, and stands")
        return
    show_held(bench)
    bench.say(f"{named(held)} is taken back; nothing was decided")


def tell(bench: Workbench, sent: Sequence[Sent], notes: Sequence[str] = ()) -> None:
    """What became of decisions; the gates of those that were refused are as before."""
    if not sent or not bench.is_running:
        return
    show_held(bench)
    done = [each.verdict.id for each in sent if not each.refused]
    bench.work.approvals.forget(done)
    bench.say("; ".join([*told(sent), *notes]), len(done) < len(sent))


def told(sent: Sequence[Sent]) -> list[str]:
    if len(sent) == 1:
        return [sent[0].told()]
    done = sum(not each.refused for each in sent)
    refused = [f"{each.verdict.id}: {each.refused}" for each in sent if each.refused]
    return [f"{sent[0].verdict.choice}: {done}", *refused]
