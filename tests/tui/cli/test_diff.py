"""`weir diff`: what is otherwise in one run than in another."""

from __future__ import annotations

import json

from tests.tui.cli.here import read


def test_what_differs_is_told_part_by_part_and_the_rest_is_counted(weir, here) -> None:
    one, other = here.start(name="Ana"), here.start(name="Bo")
    told = weir("diff", one, other)
    assert told.exit_code == 1
    lines = told.stdout.splitlines()
    assert lines[0].startswith(f"- {one}  greet")
    assert lines[1].startswith(f"+ {other}  greet")
    inputs = lines.index("inputs")
    assert lines[inputs + 1] == "  name: Ana → Bo"
    steps = lines.index("steps")
    assert lines[steps + 1] == "  draft output.text: Hello Ana → Hello Bo"
    assert lines[-1] == "the same: run 1, text 1, steps 1, decisions 1"


def test_runs_that_went_alike_differ_in_nothing_and_exit_0(weir, here) -> None:
    one, other = here.start(), here.start()
    told = weir("diff", one, other)
    assert told.exit_code == 0
    assert "they differ in nothing" in told.stdout


def test_json_has_both_sides_whole_and_their_diff(weir, here) -> None:
    one, other = here.start(name="a\nb\nc"), here.start(name="a\nB\nc")
    told = json.loads(weir("diff", one, other, "--json").stdout)
    (given,) = [each for each in told["differences"] if each["part"] == "inputs"]
    assert (given["name"], given["one"], given["other"]) == (
        "name",
        "a\nb\nc",
        "a\nB\nc",
    )
    assert given["diff"][3:] == [" a", "-b", "+B", " c"]
    assert told["one"]["id"] == one
    assert told["same"]["text"] == 1


def test_a_long_text_is_told_by_its_beginning_and_with_its_step_whole(
    weir, here
) -> None:
    one = here.start(name="\n".join(f"a{n}" for n in range(60)))
    other = here.start(name="\n".join(f"b{n}" for n in range(60)))
    short = weir("diff", one, other).stdout
    assert "more lines: --step STEP, or --json, has all" in short
    assert "+b59" not in short
    assert "+b59" in weir("diff", one, other, "--step", "draft").stdout


def test_a_run_alone_is_compared_with_the_one_that_it_was_forked_from(
    weir, here
) -> None:
    one = here.start(name="Ana")
    words = ("fork", one, "--from", "draft", "--input", "name=Bo", "--json")
    fork = read(weir(*words))["id"]
    told = weir("diff", fork).stdout
    assert told.splitlines()[0].startswith(f"- {one}")
    assert "  name: Ana → Bo" in told
    refused = weir("diff", one)
    assert refused.exit_code == 1
    assert "is no fork" in refused.stderr


def test_what_came_from_outside_can_do_nothing_to_the_terminal(weir, here) -> None:
    one, other = here.start(name="Ana"), here.start(name="\x1b[2Jgone\u202e")
    told = weir("diff", one, other).stdout
    assert "\x1b" not in told
    assert "␛[2Jgone<U+202E>" in told


RETRIED = """\
workflow: retried
steps:
  - id: count
    safe: true
    retry: {attempts: 2, delay: 0s}
    shell: "test -e seen && echo twice || { touch seen; echo once; exit 7; }"
"""


def test_the_attempts_at_a_step_stand_side_by_side(weir, here) -> None:
    (here.root / "workflows" / "retried.yaml").write_text(RETRIED)
    assert weir("list").exit_code == 0
    run = here.start("retried")
    told = weir("show", run, "--step", "count", "--attempts").stdout.splitlines()
    assert told[1].split() == ["ATTEMPT", "1", "ATTEMPT", "2"]
    assert told[2].split() == ["status", "failed", "succeeded"]
    log = told.index("log")
    assert told[log + 1].strip() == "once"
    assert "  -once" in told
    assert "  +twice" in told
    found = read(weir("show", run, "--step", "count", "--attempts", "--json"))
    assert [each["status"] for each in found["attempts"]] == ["failed", "succeeded"]


def test_attempts_are_those_at_one_step(weir, here) -> None:
    refused = weir("show", here.start(), "--attempts")
    assert refused.exit_code == 2
    assert "say --step STEP" in refused.stderr
