"""Deciding at a gate without a terminal: what is shown, refused and recorded."""

from __future__ import annotations

import pytest

from engine.inbox import inbox
from tests.tui.cli.here import GATED, Here, read


def test_everything_a_gate_shows_is_printed_before_it_is_decided(weir, here) -> None:
    gate = here.gate(name="Ana")
    shown = weir("approve", gate, "--yes").stdout
    for part in (
        "Greet Ana?", "--- outputs.draft", '"text": "Hello Ana"', "approve",
        "go to last", "rework", "go to draft", "--input copies (integer, not needed)",
        "--reason tone: Warmer, please.", "decided by anyone here",
    ):  # fmt: skip
        assert part in shown
    assert "is ✓ approved" in shown


def test_a_decision_without_a_terminal_is_recorded_as_a_scripts(weir, here) -> None:
    gate = here.gate()
    done = read(weir("approve", gate, "--yes", "--comment", "fine", "--json"))
    assert done["status"] == "approved"
    decision = here.decision(gate)
    assert decision["by"]["via"] == "script"
    assert decision["comment"] == "fine"
    assert decision["digest"] == done["digest"]


def test_without_a_terminal_and_without_yes_nothing_is_decided(weir, here) -> None:
    gate = here.gate()
    result = weir("approve", gate)
    assert result.exit_code == 1
    assert result.stderr == (
        "weir: there is no terminal to ask on; add --yes to decide as a script\n"
    )
    assert here.status(gate) == "pending"


def test_a_high_risk_gate_is_not_approved_by_a_script(weir, here) -> None:
    text = GATED.replace("      form:", "      risk: high\n      form:")
    (here.root / "workflows" / "greet.yaml").write_text(text)
    weir("list")
    gate = here.gate()
    result = weir("approve", gate, "--yes")
    assert result.exit_code == 1
    assert result.stderr == (
        f"weir: {gate} is high risk; approve it from a terminal, not a script\n"
    )
    assert here.status(gate) == "pending"


def test_a_canned_reason_is_reason_enough_to_reject(weir, here) -> None:
    gate = here.gate()
    assert weir("reject", gate, "--reason", "tone").exit_code == 0
    assert here.decision(gate)["comment"] == "Warmer, please."


def test_a_run_cannot_decide_for_itself(weir, here, monkeypatch) -> None:
    gate = here.gate()
    monkeypatch.setenv("WEIR_RUN_ID", here.run_of(gate))
    for words in (
        ("approve", gate, "--yes"),
        ("reject", gate, "--comment", "no"),
        ("withdraw", gate),
        ("mark", here.run_of(gate), "review", "--again"),
    ):
        result = weir(*words)
        assert result.exit_code == 1
        assert result.stderr == (
            "weir: a run can't decide for itself; a person must, from their own"
            " terminal\n"
        )
    assert here.status(gate) == "pending"


def test_a_run_names_its_one_open_gate_and_a_beginning_names_a_gate(weir, here) -> None:
    gate = here.gate()
    assert read(weir("approve", here.run_of(gate), "--yes", "--json"))["id"] == gate
    gate = here.gate()
    assert read(weir("approve", gate[:-1], "--yes", "--json"))["id"] == gate


def test_a_beginning_that_fits_two_gates_names_both(weir, here) -> None:
    first, second = here.gate(), here.gate()
    result = weir("approve", "a", "--yes")
    assert result.exit_code == 2
    assert first in result.stderr
    assert second in result.stderr
    assert here.status(first) == here.status(second) == "pending"


def test_a_decided_gate_says_who_decided_and_when(weir, here) -> None:
    gate = here.gate()
    weir("approve", gate, "--yes")
    who = here.decision(gate)["by"]["name"]
    result = weir("reject", gate, "--comment", "too late")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"weir: {gate} is already approved by {who} ")
    assert result.stderr.endswith("ago\n")
    assert here.status(gate) == "approved"


def test_a_rejection_needs_no_yes_and_keeps_its_comment(weir, here) -> None:
    gate = here.gate()
    done = read(weir("reject", gate, "--comment", "too stiff", "--json"))
    assert done["status"] == "rejected"
    assert here.decision(gate)["comment"] == "too stiff"


def test_another_choice_is_taken_by_its_name(weir, here) -> None:
    gate = here.gate()
    words = ("--choice", "rework", "--reason", "tone", "--yes", "--json")
    done = read(weir("approve", gate, *words))
    assert done["status"] == "rejected"
    assert here.decision(gate)["choice"] == "rework"
    assert here.decision(gate)["comment"] == "Warmer, please."


def test_a_rework_is_told_as_sent_back_and_not_as_a_no(weir, here) -> None:
    gate = here.gate()
    done = weir("approve", gate, "--choice", "rework", "--reason", "tone", "--yes")
    assert "the gate is ↶ sent back" in done.stdout
    for told in (
        weir("show", here.run_of(gate)).stdout,
        weir("trace", here.run_of(gate)).stdout,
        weir("approve", gate, "--yes").stderr,
    ):
        assert "rework" in told or "sent back" in told
        assert "rejected" not in told
    no = here.gate()
    assert "✗ rejected" in weir("reject", no, "--comment", "no", "--yes").stdout


REFUSED = {
    "a choice that is none": (
        ["--choice", "yes"],
        "weir: 'yes' is no choice here; the gate offers approve, rework, reject\n",
    ),
    "a reason that is none": (
        ["--reason", "long"],
        "weir: 'long' is not a reason here; known: tone\n",
    ),
    "a value that does not fit": (
        ["--input", "copies=none"],
        "weir: `copies` must be a whole number; got `none`\n",
    ),
    "a value nobody asked for": (
        ["-i", "copy=2"],
        "weir: unknown input `copy`; did you mean `copies`?\n",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_leaves_the_gate_open(weir, here, case: str) -> None:
    words, line = REFUSED[case]
    gate = here.gate()
    result = weir("approve", gate, "--yes", *words)
    assert result.stderr == line
    assert result.exit_code in (1, 2)
    assert here.status(gate) == "pending"


@pytest.mark.parametrize("words", [["--choice", "yes"], ["--reason", "long"]])
def test_a_word_the_gate_does_not_know_is_refused_before_it_is_shown(
    weir, here, words
) -> None:
    result = weir("approve", here.gate(), "--yes", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    result = weir("reject", here.gate(), "--comment", "no", "--reason", "long")
    assert (result.exit_code, result.stdout) == (2, "")


def test_what_is_typed_into_the_form_reaches_later_steps(weir, here) -> None:
    gate = here.gate()
    weir("approve", gate, "--yes", "-i", "copies=3")
    here.work(here.run_of(gate))
    shown = read(weir("show", here.run_of(gate), "--step", "last", "--json"))
    assert shown["output"] == {"copies": 3}


def test_a_withdrawn_gate_is_neither_a_yes_nor_a_no(weir, here) -> None:
    gate = here.gate()
    assert read(weir("withdraw", gate, "--comment", "moot", "--json"))["status"] == (
        "withdrawn"
    )


def test_hostile_text_in_a_request_is_printed_visibly(weir, here: Here) -> None:
    gate = here.gate(name="a\x1b]52;c;eA==\x07\u202eb")
    shown = weir("approve", gate, "--yes").stdout
    assert "␛]52;c;eA==␇" in shown
    assert all(line.isprintable() for line in shown.splitlines())


def test_an_edited_draft_goes_on_as_it_was_edited(weir, here, monkeypatch) -> None:
    gate = here.gate()
    monkeypatch.setenv("EDITOR", "sed -i s/world/everyone/")
    result = weir("approve", gate, "--edit", "--yes")
    assert '-  "text": "Hello world"' in result.stdout
    assert '+  "text": "Hello everyone"' in result.stdout
    assert result.exit_code == 0, result.stderr
    edit = here.decision(gate)["edit"]
    assert edit["name"] == "outputs.draft"
    assert "Hello everyone" in edit["text"]
    shown = weir("show", here.run_of(gate)).stdout
    by = here.decision(gate)["by"]
    assert f"approve by {by['name']} on {by['machine']}" in shown
    assert "by a script" in shown
    assert "outputs.draft was edited before it was approved" in shown


@pytest.mark.parametrize(
    ("editor", "line"),
    [
        ("true", "the draft is unchanged, nothing was decided; leave out --edit to"),
        ("false", "false ended with 1; nothing was decided"),
        ("no-such-editor", "the editor 'no-such-editor' can't be started"),
        ("sed -i s/:/=/", "the edited text is not JSON at line 2, column "),
        ("'", "the editor \"'\" can't be started"),
    ],
)
def test_a_draft_that_is_not_edited_decides_nothing(
    weir, here, monkeypatch, editor: str, line: str
) -> None:
    gate = here.gate()
    monkeypatch.setenv("EDITOR", editor)
    result = weir("approve", gate, "--edit", "--yes")
    assert result.stderr.startswith(f"weir: {line}")
    assert result.stderr.count("\n") == 1
    assert here.status(gate) == "pending"


def test_the_draft_in_the_editor_is_its_persons_alone(
    weir, here, monkeypatch, tmp_path
) -> None:
    told = tmp_path / "modes"
    script = tmp_path / "editor"
    script.write_text(f'#!/bin/sh\nstat -c %a "$1" "$(dirname "$1")" > {told}\n')
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(script))
    weir("approve", here.gate(), "--edit", "--yes")
    assert told.read_text().split() == ["600", "700"]


def test_what_a_field_of_choices_takes_is_told_before_one_is_typed(
    weir, workspace
) -> None:
    text = """workflow: sort
steps:
  - id: ask
    approval:
      title: How bad is it?
      form:
        severity: {enum: [sev1, sev2]}
"""
    here = Here(workspace, {"sort.yaml": text})
    here.start("sort")
    shown = weir("approve", inbox(here.engine)[-1].id).stdout
    assert "--input severity (one of sev1, sev2)" in shown
    here.database.close()
