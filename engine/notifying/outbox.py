"""What waits to be sent, as rows: looked at, claimed before it is sent, ended after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from msgspec import Struct

from engine.handle import Engine
from engine.ids import new_id
from engine.lost import Watch, why_gone
from engine.notifying.choosing import HOUR, again_after, chosen
from engine.notifying.sending import Sent
from store import notices, runners
from store.records import NoticeRecord

Waiting = dict[str, list[NoticeRecord]]  # by target


class Claim(Struct, frozen=True):
    """What is sent now, as one message of that id."""

    id: str
    notices: Sequence[NoticeRecord]


class Outbox:
    """The notices of a workspace, as one runner sees them. For use off the loop."""

    def __init__(self, engine: Engine, runner: str) -> None:
        self._engine = engine
        self._database = engine.database
        self._runner = runner
        self._watch = Watch()
        self._known = False  # to other runners: else they take what we send for lost
        self.is_at_rest = False  # nothing is going to be sent; the first look tells

    def look(self, now: float) -> Waiting:
        """What is due now. What is lost, or answered meanwhile, is said to be so."""
        watched = self._watch.seconds(now)
        found = notices.on_their_way(self._database)
        self.is_at_rest = all(each.is_stuck for each in found)
        if not found or not self._is_known():
            return {}
        self._lose(found, now, watched)
        if notices.any_answered(self._database):
            self._database.write(partial(notices.end_answered, self._database))
        return self._due(notices.on_their_way(self._database), now)

    def _is_known(self) -> bool:
        if not self._known:
            self._known = runners.beat_of(self._database, self._runner) is not None
        return self._known

    def _lose(self, found: Sequence[NoticeRecord], now: float, watched: float) -> None:
        """Nobody knows the end of what a runner was sending that is gone."""
        senders = {each.runner for each in found if each.status == "sending"}
        if not (others := senders - {self._runner}):
            return
        known = {record.id: record for record in runners.every(self._database)}
        for runner in others:
            if why := why_gone(known.get(runner), now, watched):
                lose = partial(notices.lose, self._database, runner, _maybe(why))
                self._database.write(lose)

    def _due(self, found: Sequence[NoticeRecord], now: float) -> Waiting:
        notify, due = self._engine.workspace.config.notify, {}
        for target, waiting in by_target(found).items():
            heard = notices.heard(self._database, target, now - HOUR, now)
            if going := chosen(notify, waiting, heard, now).now:
                due[target] = list(going)
        return due

    def hold(self, target: str, waiting: Sequence[NoticeRecord], why: str) -> bool:
        """Say why nothing can be sent to a target. False where that is known."""
        if all(each.reason == why for each in waiting):
            return False
        self._database.write(partial(notices.hold, self._database, target, why))
        return True

    def claim(self, target: str, wanted: Sequence[NoticeRecord]) -> Claim:
        """Take them, before anything is sent. Another runner may have been quicker."""
        message, now = new_id("m"), self._engine.clock()
        take = partial(notices.claim, self._database, target, wanted, message)
        return Claim(message, self._database.write(partial(take, self._runner, now)))

    def end(self, claim: Claim, sent: Sent) -> None:
        """Say what became of a message."""
        database = self._database
        match sent.end:
            case "sent":
                end = partial(notices.sent, database, claim.id)
            case "unknown":
                end = partial(notices.unknown, database, claim.id, _maybe(sent.why))
            case "failed":
                again = self._again_at(claim)
                end = partial(notices.failed, database, claim.id, sent.why, again)
            case "unfit":
                why = f"its address can't be used: {sent.why}"
                end = partial(notices.failed, database, claim.id, why, None)
        database.write(end)

    def _again_at(self, claim: Claim) -> float | None:
        wait = again_after(max(each.tries for each in claim.notices) + 1)
        return None if wait is None else self._engine.clock() + wait


def by_target(found: Sequence[NoticeRecord]) -> Waiting:
    waiting: Waiting = defaultdict(list)
    for each in found:
        if each.status == "waiting":
            waiting[each.target].append(each)
    return waiting


def _maybe(why: str) -> str:
    return f"it may have arrived: {why}"
