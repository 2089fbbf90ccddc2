"""A run is recorded once, and goes the same way again with no model there."""

from __future__ import annotations

import itertools
import os
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from engine.closure import closure
from engine.ids import new_id
from engine.llm.cassette import Call
from engine.machine import commands as c
from engine.machine.state import Cassette
from tests.given import ANA
from tests.model_server import ModelServer, says, says_json, status, waits
from tests.stories.place import Place, until

MakePlace = Callable[..., Place]
HEALTH = """workflow: health
inputs: {customer: string}
steps:
  - {id: plain, llm: "How is {{ inputs.customer }}?"}
  - id: score
    llm: |
      Score what was said.
      {{ outputs.plain.text }}
    output: {score: {type: integer, minimum: 0, maximum: 9}}
  - id: inner
    unattended: true
    run: said
    with: {text: "{{ outputs.plain.text }}"}
"""
SAID = """workflow: said
inputs: {text: string}
steps:
  - {id: short, llm: "Shorten: {{ inputs.text }}"}
"""
TALK = """workflow: health
steps:
  - {id: a, llm: "Begin."}
  - {id: b, llm: "Then: {{ outputs.a.text }}"}
  - id: c
    unattended: true
    run: said
    with: {text: "{{ outputs.b.text }}"}
"""
KILLED = (sys.executable, str(Path(__file__).with_name("killed.py")))
DEATHS = range(2, 26, 2)  # points of a runner's way, in three steps of a model each
TAPE = "answers/health.jsonl"
RECORDS = ("run", "health", "-i", "customer=acme", "--record")
PLAYS = ("run", "health", "-i", "customer=acme", "--provider", "replay")


def config(server: ModelServer) -> str:
    return (
        'provider = "house"\nmodel = "m"\n[providers.house]\n'
        f'base_url = "{server.url}"\n'
    )


def answering() -> ModelServer:
    bad, good = says_json({"score": 99}), says_json({"score": 7})
    return ModelServer([says("They pay on time."), bad, good, says("They pay.")])


def a_place(make_place: MakePlace, server: ModelServer) -> Place:
    place = make_place(config=config(server), health=HEALTH, said=SAID)
    (place.root / "answers").mkdir(exist_ok=True)
    return place


def recorded(make_place: MakePlace) -> Place:
    """A place with a cassette, and nobody there who would answer."""
    with answering() as server:
        place = a_place(make_place, server)
        place.weir(*RECORDS, "--cassette", TAPE)
    assert len(server.requests) == 4
    return place


def calls(file: Path) -> list[Call]:
    lines = file.read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Call) for line in lines]


def newest(place: Place) -> str:
    found = [run for run in place.reads("runs") if run["workflow"] == "health"]
    return str(max(run["id"] for run in found))


def outputs(place: Place, run: str) -> list[object]:
    steps = place.state(run).steps
    inner: dict[str, object] = steps["inner"].output["outputs"]
    return [steps["plain"].output, steps["score"].output, inner]


def test_what_was_recorded_is_answered_again_without_a_server(
    make_place: MakePlace,
) -> None:
    place = recorded(make_place)
    first = newest(place)
    file = place.root / TAPE
    assert [(x.step, x.attempt, x.turn) for x in calls(file)] == [
        ("plain", 1, 1),
        ("score", 1, 1),
        ("score", 1, 2),
        ("inner/short", 1, 1),
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    place.weir(*PLAYS, "--cassette", TAPE)
    second = newest(place)
    assert second != first
    assert outputs(place, second) == outputs(place, first)
    assert outputs(place, first)[1] == {"score": 7}
    assert file.read_bytes() == before
    shown = place.weir("show", second)
    assert f"its models are answered from {TAPE}" in shown
    assert "$" not in shown
    log = [p for p in place.reads("logs", second) if p["stream"] == "llm"]
    assert "They pay on time." in "".join(piece["text"] for piece in log)


def test_a_changed_prompt_is_told_with_step_and_line(make_place: MakePlace) -> None:
    place = recorded(make_place)
    changed = HEALTH.replace("Score what was said.", "Score it.")
    (place.root / "workflows" / "health.yaml").write_text(changed)
    place.weir(*PLAYS, "--cassette", TAPE, ends=1)
    run = newest(place)
    assert place.step(run, "plain").status == "succeeded"
    error = place.step(run, "score").error
    assert error is not None
    assert (
        "score asks something else: message 1 (user), line 1: recorded"
        ' "Score what was said.", now "Score it."' in error.message
    )
    assert f"--record --cassette {TAPE} --force" in error.message
    assert "-Score what was said.\n+Score it." in error.details


def test_weir_toml_may_name_the_cassette(make_place: MakePlace) -> None:
    place = recorded(make_place)
    first = newest(place)
    text = f'provider = "replay"\n[providers.replay]\ncassette = "{TAPE}"\n'
    place.kill_all()
    again = make_place(config=text, health=HEALTH, said=SAID)
    again.weir("run", "health", "-i", "customer=acme")
    assert outputs(again, newest(again)) == outputs(again, first)


def test_a_run_is_recorded_by_whoever_goes_on_with_it(make_place: MakePlace) -> None:
    gate = threading.Event()
    cut_off = waits("They pay on time.", gate)
    script = [says("They pay on time."), cut_off, says_json({"score": 7}), says("Pay.")]
    with ModelServer(script) as server:
        place = a_place(make_place, server)
        place.weir(*RECORDS, "--cassette", TAPE, "--detach")
        run = newest(place)
        until(lambda: len(server.requests) == 2)
        place.kill_all()
        place.wake()
        first = place.until_run(run, "succeeded", "failed")
        gate.set()
    assert first.status == "succeeded"
    assert place.step(run, "score").attempt == 2
    place.weir(*PLAYS, "--cassette", TAPE)
    assert outputs(place, newest(place)) == outputs(place, run)


def test_a_replay_goes_on_after_its_runner_was_killed(make_place: MakePlace) -> None:
    place = recorded(make_place)
    first = newest(place)
    place.weir(*PLAYS, "--cassette", TAPE, "--detach")
    place.kill_all()
    place.wake()
    second = newest(place)
    assert place.until_run(second, "succeeded", "failed").status == "succeeded"
    assert outputs(place, second) == outputs(place, first)


def test_a_cassette_stays_until_it_is_to_be_replaced(make_place: MakePlace) -> None:
    place = recorded(make_place)
    file = place.root / TAPE
    before = file.read_bytes()
    said = place.weir(*RECORDS, "--cassette", TAPE, ends=2)
    assert "is there already; --force" in said
    named = (*RECORDS, "--cassette", TAPE, "--force", "-i", "nothing=1")
    place.weir(*named, ends=2)
    assert file.read_bytes() == before
    with answering() as server:
        place.kill_all()
        place = a_place(make_place, server)
        place.weir(*RECORDS, "--cassette", TAPE, "--force")
    kept = calls(file)
    assert {call.run for call in kept} == {newest(place)}
    assert len(kept) == 4


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_closed_folder_fails_the_step_before_it_costs(make_place: MakePlace) -> None:
    with answering() as server:
        place = a_place(make_place, server)
        (place.root / "answers").chmod(0o500)
        place.weir(*RECORDS, "--cassette", TAPE, ends=1)
        (place.root / "answers").chmod(0o700)
    assert not server.requests


def test_what_was_paid_is_known_though_it_could_not_be_kept(
    make_place: MakePlace,
) -> None:
    gate = threading.Event()
    with ModelServer([waits("They pay.", gate)], default=status(500)) as server:
        place = a_place(make_place, server)
        place.weir(*RECORDS, "--cassette", TAPE, "--detach")
        run = newest(place)
        until(server.asked.is_set)
        (place.root / TAPE).write_text("somebody else's\n")
        gate.set()
        place.until_run(run, "failed")
    error = place.step(run, "plain").error
    assert error is not None
    assert "the model answered, but" in error.message
    assert error.details == "They pay."
    assert (place.root / TAPE).read_text() == "somebody else's\n"
    assert "11 tokens read, 7 written" in place.weir("show", run)
    assert len(server.requests) == 1, "what is paid for is not asked again"


def test_no_key_gets_into_a_cassette(make_place: MakePlace) -> None:
    ask = 'workflow: health\nsteps: [{id: a, llm: "Say {{ env.HOUSE_WORD }} aloud."}]\n'
    echo = says("It is zyx-9, with a-key-of-nobody.")
    with ModelServer([echo]) as server:
        table = f'env = ["HOUSE_WORD"]\n{config(server)}'
        place = make_place(config=table, health=ask)
        place.environment["HOUSE_WORD"] = "zyx-9"
        place.weir("run", "health", "--record")
    run = newest(place)
    file = place.root / ".weir" / "cassettes" / f"{run}.jsonl"
    (call,) = calls(file)
    assert call.asked.messages[0].content == "Say ‹env:HOUSE_WORD› aloud."
    said = "It is ‹env:HOUSE_WORD›, with ‹env:OPENAI_API_KEY›."
    assert call.answered.text == said
    own = str(file.relative_to(place.root))
    place.weir("run", "health", "--provider", "replay", "--cassette", own)
    assert place.step(newest(place), "a").output == {"text": said}


def test_wherever_a_runner_dies_a_replay_leaves_what_the_run_left(
    make_place: MakePlace,
) -> None:
    numbers = itertools.count(1)
    with ModelServer(default=lambda to: says(f"Say {next(numbers)}.")(to)) as server:
        texts = {"health": TALK, "said": SAID}
        place = make_place(config=config(server), **texts)
        ended = [died_at(place, point) for point in DEATHS]
        asked_again = len(server.requests) > 3 * len(DEATHS)
    assert asked_again, "no runner died between an answer and its report"
    for run, file in ended:
        played = begun(place, Cassette(file), "replay")
        place.wake()
        assert place.until_run(played, "succeeded", "failed").status == "succeeded"
        then, now = place.state(run), place.state(played)
        assert now.steps["b"].output == then.steps["b"].output
        inner = [state.steps["c"].output["outputs"] for state in (then, now)]
        assert inner[0] == inner[1]


def died_at(place: Place, point: int) -> tuple[str, str]:
    """A run whose first runner died at a point, and where it was recorded."""
    file = f"at-{point}.jsonl"
    run = begun(place, Cassette(file, new_id("r")), "")
    runner = place.wake(*KILLED, str(place.root), str(point))
    until(lambda: runner.poll() is not None or place.state(run).ended)
    place.kill(runner)
    alive = place.wake()
    assert place.until_run(run, "succeeded", "failed").status == "succeeded"
    place.kill(alive)
    return run, file


def begun(place: Place, cassette: Cassette, provider: str) -> str:
    found = closure(place.engine, "health")
    run = cassette.run or new_id("r")
    place.engine.handle(
        run,
        c.StartRun(
            run,
            {},
            found.version,
            found.pins,
            ANA,
            provider=provider,
            cassette=cassette,
        ),
    )
    return run
