"""A gate tells people who are not there: once, in time, and with the way to answer."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from engine.people import user_name
from store import approvals
from store.records import NoticeRecord
from store.shapes import NOTICE
from tests.stories.campaign import KILLED
from tests.stories.listener import Listener, Mailbox
from tests.stories.place import MOCK, WEIR, Place, until

MakePlace = Callable[..., Place]

GATE = """workflow: gate
inputs: {of: string}
steps:
  - id: ask
    approval: {title: "Send it to {{ inputs.of }}?", text: "It is final.", MORE}
    route: [{choice: approve, to: end}, {choice: reject, to: end}]
"""
# Asked, told of again twice, and escalated after the first time.
PATIENT = """approvers: [nobody], notify: [ops],
      remind: {after: 1.5, every: 3, at_most: 2},
      escalate: {after: 3, to: [lead], approvers: [USER]}"""
ONLY_OPS = '[[notify.rules]]\nto = ["ops"]\n'
POINTS = range(7, 23, 3)  # of a runner's commits: in it, and before and after it


def gate(more: str = "risk: low") -> str:
    return GATE.replace("MORE", more)


def config(listener: Listener, more: str = ONLY_OPS) -> str:
    ops, lead = listener.address(rest="/ops"), listener.address("ntfy", "/lead")
    return f'{MOCK}\n{more}\n[notify.targets]\nops = "{ops}"\nlead = "{lead}"\n'


def notices(place: Place) -> list[NoticeRecord]:
    return NOTICE.read(place.database, NOTICE.select())


def come_to(place: Place, *statuses: str) -> None:
    """Wait until the notices that there are have these statuses."""

    def there() -> bool:
        found = Counter(each.status for each in notices(place))
        return found == Counter(statuses)

    until(there, lambda: f"{notices(place)}\n{place.said()}")


def commands_in(message: str) -> list[list[str]]:
    """What a person would copy out of a message."""
    lines = [line.strip() for line in message.splitlines()]
    return [shlex.split(line) for line in lines if line.startswith("weir ")]


def types(place: Place, words: list[str]) -> None:
    """Type a command of a message, with the --yes of one who has no terminal."""
    done = subprocess.run(
        [*WEIR, *words[1:], "--yes"],
        env=place.environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_gate_is_told_once_and_answered_by_a_command_of_the_message(
    make_place: MakePlace, listener: Listener
) -> None:
    place = make_place(config=config(listener), gate=gate())
    run = place.start("gate", of="ACME")
    place.wake()
    (told,) = listener.hears()
    assert (told["path"], told["title"]) == ("/ops", "Send it to ACME?")
    assert "It is final." in told["message"]
    why = "You get this as ops, because rule 1 of weir.toml fits it."
    assert why in told["message"]
    come_to(place, "sent")
    approve, reject = commands_in(told["message"])
    assert reject[3] == "reject"
    types(place, approve)
    place.until_run(run, "succeeded")
    assert len(listener.heard) == 1


def test_nobody_answers_and_more_people_hear_of_it_until_one_does(
    make_place: MakePlace, listener: Listener
) -> None:
    patient = PATIENT.replace("USER", user_name(os.getuid()))
    place = make_place(config=config(listener), gate=gate(patient))
    run = place.start("gate", of="ACME")
    place.wake()
    assert "; nobody may answer." in listener.hears()[0]["message"]
    until(lambda: len(notices(place)) == 4, place.said)
    come_to(place, *["sent"] * 4)
    occasions = {each.occasion: each.target for each in notices(place)}
    assert occasions.pop("escalated") == "lead"
    assert occasions == {"asked": "ops", "reminded 1": "ops", "reminded 2": "ops"}
    (escalated,) = [each for each in listener.heard if each.get("topic") == "lead"]
    assert escalated["title"] == "Escalated: Send it to ACME?"
    assert "nobody has answered for 3s" in escalated["message"]
    types(place, commands_in(escalated["message"])[0])
    place.until_run(run, "succeeded")


@pytest.mark.parametrize("many", [2, 4])
def test_runners_beside_each_other_send_one_message(
    make_place: MakePlace, listener: Listener, many: int
) -> None:
    place = make_place(config=config(listener), gate=gate())
    place.environment["BESIDE"] = "yes"
    for _ in range(many):
        place.wake(*KILLED, str(place.root), "-1")
    for name in ("A", "B", "C"):
        place.start("gate", of=name)
    come_to(place, *["sent"] * 3)
    told = "\n".join(f"{each['title']}\n{each['message']}" for each in listener.heard)
    assert [told.count(f"Send it to {name}?") for name in ("A", "B", "C")] == [1, 1, 1]


def test_what_a_killed_runner_was_sending_is_told_and_not_sent_again(
    make_place: MakePlace, listener: Listener
) -> None:
    place = make_place(config=config(listener), gate=gate())
    listener.silent.set()
    place.start("gate", of="ACME")
    runner = place.wake()
    listener.hears()
    place.kill(runner)
    listener.silent.clear()
    place.wake()
    come_to(place, "unknown")
    (item,) = [each for each in place.reads("inbox") if each["kind"] == "notice"]
    assert item["title"].startswith("ops may not know of 1 gate: it may have arrived")
    assert "ops may not know of 1 gate" in place.weir("runner", "status")
    (missed,) = place.reads("runner", "status")["untold"]
    assert missed["id"] == "ops"
    assert len(listener.heard) == 1


def test_whenever_a_runner_dies_nobody_is_told_twice_and_no_end_is_made_up(
    make_place: MakePlace, listener: Listener
) -> None:
    place = make_place(config=config(listener), gate=gate())
    killed = 0
    for asked, point in enumerate(POINTS, start=1):
        place.start("gate", of=f"customer {point}")
        runner = place.wake(*KILLED, str(place.root), str(point))
        until(partial(is_over, place, runner, asked), place.said)
        killed += runner.poll() is not None
        place.kill(runner)
    assert killed >= len(POINTS) // 2, "most have died at their point"
    last = place.start("gate", of="one more")
    place.wake()
    until(
        lambda: all_ended(place, len(POINTS) + 1),
        lambda: f"{notices(place)}{place.said()}",
    )
    told = "\n".join(f"{each['title']}\n{each['message']}" for each in listener.heard)
    for each in notices(place):
        row = approvals.get(place.database, each.about)
        # A gate whose runners all died is one more thing that is told.
        times = told.count(row.title if row else f" why {each.run}")
        assert times == 1 if each.status == "sent" else times <= 1
        assert each.run != last or each.status == "sent"


def is_over(place: Place, runner: subprocess.Popen[bytes], asked: int) -> bool:
    return runner.poll() is not None or all_ended(place, asked)


def all_ended(place: Place, asked: int) -> bool:
    """Whether each gate asked so far is told of, or it is unknown whether it is."""
    found = [each.status in ("sent", "unknown") for each in notices(place)]
    return len(found) == asked and all(found)


def test_a_gate_that_is_answered_meanwhile_is_not_told(
    make_place: MakePlace, listener: Listener
) -> None:
    place = make_place(config=config(listener, quiet_now()), gate=gate())
    run = place.start("gate", of="ACME")
    place.wake()
    until(lambda: len(notices(place)) == 2, place.said)
    place.weir("approve", run, "--yes")
    come_to(place, "over", "over")
    assert listener.heard == []


def quiet_now() -> str:
    """Quiet hours that began a while ago and end in a while."""
    now = datetime.now(UTC)
    begins, ends = (f"{now + timedelta(hours=by):%H:%M}" for by in (-2, 2))
    told = f'from = "{begins}"\nuntil = "{ends}"\ntimezone = "UTC"\n'
    return f"[notify.quiet]\n{told}"


def test_what_weir_toml_names_wrongly_is_told_and_stops_no_run(
    make_place: MakePlace, listener: Listener
) -> None:
    text = f'{MOCK}\n[notify.targets]\nops = "secret:slack"\n'
    place = make_place(config=text, gate=gate())
    run = place.start("gate", of="ACME")
    place.wake()
    until(lambda: any(each.reason for each in notices(place)), place.said)
    (item,) = [each for each in place.reads("inbox") if each["kind"] == "notice"]
    assert "name slack under [secrets] in weir.toml" in item["title"]
    place.weir("approve", run, "--yes")
    place.until_run(run, "succeeded")
    come_to(place, "over")
    assert [each["kind"] for each in place.reads("inbox")] == []


def test_a_target_is_tried_by_hand_and_its_secret_told_nowhere(
    make_place: MakePlace, listener: Listener
) -> None:
    text = f'{MOCK}\n[notify.targets]\nops = "env:OPS"\ngone = "env:GONE"\n'
    place = make_place(config=text)
    place.environment["OPS"] = listener.address(rest="/a-secret-token")
    place.environment["GONE"] = "json://127.0.0.1:1/another-secret"
    assert place.weir("notify", "test", "ops") == "ops was sent a message\n"
    (told,) = listener.heard
    assert told["path"] == "/a-secret-token"
    listener.answers = 500
    refused = place.weir("notify", "test", "ops", ends=1)
    assert "error=500" in refused
    assert "refused" in place.weir("notify", "test", "gone", ends=1)
    assert "known: ops, gone" in place.weir("notify", "test", "none", ends=2)
    listed = place.weir("notify") + place.weir("notify", "--json")
    assert "env:OPS" in listed
    for said in (refused, listed, place.said()):
        assert "secret" not in said


def test_a_gate_is_told_by_mail(make_place: MakePlace) -> None:
    with Mailbox() as mailbox:
        address = mailbox.address("ana@example.com", "weir@example.com")
        text = f'{MOCK}\n[notify.targets]\nana = "{address}"\n'
        place = make_place(config=text, gate=gate())
        place.start("gate", of="ACME")
        place.wake()
        until(lambda: len(mailbox.letters) == 1, place.said)
        (letter,) = mailbox.letters
        assert letter["To"] == "ana@example.com"
        assert letter["Subject"] == "Send it to ACME?"
        body = letter.get_body(("plain",))
        assert body is not None
        assert len(commands_in(body.get_content())) == 2
        come_to(place, "sent")
