"""`weir stats`: figures in words and as JSON."""

from __future__ import annotations

import csv

import pytest

from engine.trust import Trust
from tests.tui.cli.here import read
from tui.cli.stats_csv import safe
from tui.words.figures import short

FRONT = """\
workflow: front
inputs: {n: integer}
variants: {use: {left: 1, right: 1}, by: inputs.n}
"""
SIDE = """\
workflow: NAME
inputs: {n: integer}
steps:
  - {id: draft, set: {text: hello}}
"""
ASK = """\
workflow: ask
steps:
  - {id: say, llm: {agent: bard, prompt: Say something.}}
"""


def test_one_workflow_tells_its_ends_its_answers_and_its_steps(weir, here) -> None:
    gate = here.gate()
    assert weir("approve", gate, "--yes").exit_code == 0
    here.work(here.run_of(gate))
    here.gate()
    lines = weir("stats", "greet").stdout.splitlines()
    assert lines[0].split() == [
        *("WORKFLOW", "RUNS", "OPEN", "SUCCEEDED", "MEDIAN", "9", "OF", "10"),
        *("ASKED", "COST"),
    ]
    assert lines[1].split()[:4] == ["greet", "2", "1", "100%"]
    assert "2 runs: 1 succeeded, 1 waiting" in lines
    assert any(line.startswith("answers: approve 1, pending 1;") for line in lines)
    steps = {line.split()[0]: line.split()[1:3] for line in lines if "/" in line}
    assert steps == {
        "draft": ["set", "2/2"],
        "review": ["approval", "1/2"],
        "last": ["set", "1/1"],
    }


def test_all_workflows_have_a_row_and_their_variants_with_them(weir, here) -> None:
    for name, text in {
        "front": FRONT,
        "left": SIDE.replace("NAME", "left"),
        "right": SIDE.replace("NAME", "right"),
    }.items():
        (here.root / "workflows" / f"{name}.yaml").write_text(text)
        Trust.open().trust_texts(here.root, {f"workflows/{name}.yaml": text.encode()})
    assert weir("check").exit_code == 0
    for n in range(8):
        words = ("run", "front", "-i", f"n={n}", "--detach", "--json")
        here.work(read(weir(*words))["id"])
    rows = [line.split()[:2] for line in weir("stats").stdout.splitlines()[1:]]
    found = dict(rows)
    assert found["front"] == "8"
    assert int(found["left"]) + int(found["right"]) == 8
    told = weir("stats", "front").stdout
    assert "fewer than 30 runs of a variant: a difference may be chance" in told
    (stats,) = read(weir("stats", "front", "--json"))
    assert stats["figures"]["succeeded"] == 1.0
    assert set(stats["variants"]) == {"left", "right"}


def test_figures_are_told_by_day_and_by_step_also_as_csv(weir, here) -> None:
    here.gate()
    (day,) = read(weir("stats", "--by", "day", "--json"))
    assert (day["runs"], day["ends"]) == (1, {"waiting": 1})
    assert weir("stats", "--by", "day").stdout.splitlines()[1].split()[:3] == [
        day["day"], "1", "1",
    ]  # fmt: skip
    rows = table(weir("stats", "--by", "day", "--csv").stdout)
    assert [(row["day"], row["runs"]) for row in rows] == [(day["day"], "1")]
    steps = table(weir("stats", "--by", "step", "--csv").stdout)
    assert [(row["step"], row["visits"]) for row in steps] == [
        ("draft", "1"), ("review", "1"),
    ]  # fmt: skip
    (whole,) = table(weir("stats", "--csv").stdout)
    assert (whole["workflow"], whole["variant"], whole["succeeded"]) == (
        "greet", "", "0",
    )  # fmt: skip
    assert "review" in weir("stats", "--by", "step").stdout


def test_what_models_cost_is_told_by_agent(weir, here) -> None:
    files = {
        "ask.yaml": ASK,
        "bard.yaml": "agent: bard\nmodel: tiny\n",
    }
    for name, text in files.items():
        (here.root / "workflows" / name).write_text(text)
        Trust.open().trust_texts(here.root, {f"workflows/{name}": text.encode()})
    assert "no model was asked" in weir("stats", "--by", "agent").stdout
    here.work(read(weir("run", "ask", "--detach", "--json"))["id"])
    (told,) = read(weir("stats", "--by", "agent", "--json"))
    assert (told["agent"], told["asked"]) == ("bard", 1)
    (row,) = table(weir("stats", "--by", "agent", "--csv").stdout)
    assert (row["agent"], int(row["output_tokens"])) == (
        "bard", told["spent"]["output_tokens"],
    )  # fmt: skip
    assert weir("stats", "--by", "agent").stdout.splitlines()[1].split()[:1] == ["bard"]
    (step,) = table(weir("stats", "ask", "--by", "step", "--csv").stdout)
    assert (step["completed"], step["share_of_time"]) == ("1", "1.0")
    assert step["output_tokens"] == row["output_tokens"]


def test_no_runs_leave_a_csv_of_its_headers(weir, here) -> None:
    assert weir("stats", "--by", "day", "--csv").stdout.startswith("day,runs,")
    assert table(weir("stats", "--csv").stdout) == []


def test_a_name_in_csv_is_no_formula() -> None:
    assert safe("=1+1") == "'=1+1"
    assert safe("greet") == "greet"
    assert safe(-1) == -1


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("stats",), 0, "no such runs; --since 365d looks further back"),
        (("stats", "--csv", "--json"), 2, "take --csv or --json, not both"),
        (("stats", "gret"), 2, "no workflow 'gret'; did you mean greet?"),
        (("stats", "--project", "none"), 2, "no project 'none'"),
    ],
)
def test_what_is_not_there_is_said(weir, here, words, code: int, said: str) -> None:
    result = weir(*words)
    assert result.exit_code == code
    assert said in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(None, ""), (0.004, "0.00s"), (1.25, "1.2s"), (90.0, "1.5m"), (172_800.0, "2.0d")],
)
def test_a_length_is_told_with_two_figures(seconds: float | None, told: str) -> None:
    assert short(seconds) == told
