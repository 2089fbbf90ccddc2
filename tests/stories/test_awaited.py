"""What a run waits for comes also where runners were killed, or nobody was awake."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from store import approvals, events
from tests.stories.place import Place, until

MakePlace = Callable[..., Place]

LOAD = """workflow: load
steps:
  - {id: came, wait: {file: "in/*.csv"}, timeout: 1d}
  - id: loaded
    unattended: true
    safe: true
    shell: cat {{ outputs.came.path | quote }}
"""
ASK = """workflow: ask
steps:
  - {id: legal, approval: {title: Go on?}}
"""
FOLLOW = """workflow: follow
inputs: {other: string}
steps:
  - {id: said, wait: {decision: {run: "{{ inputs.other }}", step: legal}}, timeout: 1d}
  - {id: done, set: {so: "{{ outputs.said.choice }}: {{ outputs.said.comment }}"}}
"""


def test_a_file_is_waited_for_across_killed_runners_and_taken_whole(
    make_place: MakePlace,
) -> None:
    place = make_place(load=LOAD)
    run = place.start("load")
    first = place.wake()
    place.until_step(run, "came", "waiting")
    place.kill(first)
    (place.root / "in").mkdir()
    with (place.root / "in/a.csv").open("w") as file:
        # Half of it is there while a second runner looks, and while that is killed.
        file.write("1,2\n")
        file.flush()
        second = place.wake()
        until(lambda: len(place.awake()) == 1, place.said)
        assert "waits for a file that fits in/*.csv" in place.weir("why", run)
        place.kill(second)
        file.write("3,4\n")
    place.wake()
    state = place.until_run(run, "succeeded", "failed")
    whole = b"1,2\n3,4\n"
    digest = sha256(whole).hexdigest()
    expected = {"path": "in/a.csv", "size": len(whole), "sha256": digest}
    assert state.steps["came"].output == expected
    assert state.steps["came"].attempt == 1, "a wait that has begun goes on"
    assert state.steps["loaded"].output["stdout"] == "1,2\n3,4"
    happened = [event.type for event in events.history(place.database, run)]
    assert happened.count("StepWaiting") == 1


def test_a_decision_made_while_nobody_was_awake_is_heard_of(
    make_place: MakePlace,
) -> None:
    place = make_place(ask=ASK, follow=FOLLOW)
    other = place.start("ask")
    run = place.start("follow", other=other)
    runner = place.wake()
    place.until_step(run, "said", "waiting")
    place.until_step(other, "legal", "waiting")
    place.kill(runner)
    (asked,) = approvals.of_run(place.database, other)
    place.weir("approve", asked.id, "--yes", "--comment", "as agreed")
    state = place.until_run(run, "succeeded", "failed")
    assert state.steps["done"].output == {"so": "approve: as agreed"}
