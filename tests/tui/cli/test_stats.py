"""`weir stats`: figures in words and as JSON."""

from __future__ import annotations

import pytest

from engine.trust import Trust
from tests.tui.cli.here import read
from tui.cli.stats import short

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


def test_one_workflow_tells_its_ends_its_answers_and_its_steps(weir, here) -> None:
    gate = here.gate()
    assert weir("approve", gate, "--yes").exit_code == 0
    here.work(here.run_of(gate))
    here.gate()
    lines = weir("stats", "greet").stdout.splitlines()
    assert lines[0].split() == [
        *("WORKFLOW", "RUNS", "OPEN", "SUCCEEDED", "MEDIAN", "9", "OF", "10", "ASKED")
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


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("stats",), 0, "no such runs; --since 365d looks further back"),
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
