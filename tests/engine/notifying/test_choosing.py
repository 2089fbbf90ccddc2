"""Facts about what is sent now: what waits goes together, so many times an hour."""

from __future__ import annotations

from engine.notify_settings import Notify, Quiet
from engine.notifying.choosing import MOST_TRIES, again_after, chosen
from tests.engine.notifying.given import notice

NOON, NIGHT = 1_800_014_400.0, 1_800_057_600.0  # 12:00 and 00:00, UTC
QUIET = Quiet(from_="22:00", until="07:00", timezone="UTC", unless=("high",))


def test_all_that_waits_goes_at_once() -> None:
    waiting = [notice(), notice(about="a2")]
    assert chosen(Notify(), waiting, [], NOON).now == waiting


def test_at_night_only_such_a_risk_goes_as_is_said() -> None:
    low, high = notice(), notice(about="a2", risk="high")
    found = chosen(Notify(quiet=QUIET), [low, high], [], NIGHT)
    assert found.now == [high]
    assert found.until == NIGHT + 7 * 3600
    assert chosen(Notify(quiet=QUIET), [low, high], [], NOON).now == [low, high]


def test_an_hour_that_has_had_its_messages_takes_no_more() -> None:
    heard = [NOON - 3000, NOON - 2000, NOON - 100]
    found = chosen(Notify(per_hour=3), [notice(risk="high")], heard, NOON)
    assert (found.now, found.until) == ((), NOON + 600)
    assert chosen(Notify(per_hour=4), [notice()], heard, NOON).now


def test_what_failed_holds_up_all_of_its_target_until_it_is_tried_again() -> None:
    waiting = [notice(due=NOON + 30), notice(about="a2")]
    assert chosen(Notify(), waiting, [], NOON).until == NOON + 30
    assert chosen(Notify(), waiting, [], NOON + 30).now == waiting


def test_a_clock_that_was_put_back_holds_up_nothing() -> None:
    assert chosen(Notify(), [notice(due=NOON)], [], NOON - 7200).now


def test_it_is_tried_less_and_less_often_and_then_no_more() -> None:
    waits = [again_after(tries) for tries in range(1, MOST_TRIES + 1)]
    assert waits == [30.0, 60.0, 120.0, 240.0, 480.0, 900.0, 900.0, None]
