"""A person at a terminal: what it may do to them, and what they may do to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len

from engine.machine.state import ApprovalStatus, Decision
from store import approvals
from store.records import ApprovalRecord
from tests.stories.place import Place, is_gone, is_running, number_in, until
from tests.stories.window import PROMPT, Window, require_tmux

GATED = """workflow: gated
inputs:
  text: {type: string, default: plain}
steps:
  - {id: draft, set: {text: "{{ inputs.text }}"}}
  - id: ask
    approval: {title: "Send {{ inputs.text }}?", show: [outputs.draft]}
    route: [{choice: reject, to: end}, {choice: approve, to: done}]
  - {id: done, set: {x: 1}}
"""
LONG = """workflow: long
steps:
  - {id: say, safe: true, shell: "printf 'x%.0s' $(seq 2000); echo ' the end'"}
  - {id: wait, wait: 1h}
"""
# Two columns wide; joined from three; letters of Hebrew and Arabic; marks that combine.
STRANGE = "日本語 👩‍💻 ✅ שלום مرحبا é"
# As tmux writes them: of the sixteen, of the 256, of all; foreground or background.
COLOURS = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]")
MakePlace = Callable[..., Place]
Sit = Callable[..., Window]


@pytest.fixture
def place(make_place: MakePlace) -> Place:
    place = make_place(gated=GATED, long=LONG)
    place.wake()
    return place


@pytest.fixture
def sit(place: Place, tmp_path: Path) -> Iterator[Sit]:
    """Opens windows on the place, and closes them when the story ends."""
    require_tmux()
    opened: list[Window] = []

    def sit_down(line: str = "weir", **given: object) -> Window:
        folder = tmp_path / f"window-{len(opened)}"
        folder.mkdir()
        opened.append(Window(place, folder, **given))  # type: ignore[arg-type]
        opened[-1].enters(line)
        return opened[-1]

    yield sit_down
    for window in opened:
        window.close()


def gate_of(place: Place, run: str) -> ApprovalRecord:
    place.until_run(run, "waiting")
    (gate,) = approvals.of_run(place.database, run)
    return gate


def is_decided(place: Place, gate: ApprovalRecord) -> bool:
    now = approvals.get(place.database, gate.id)
    return now is not None and now.status != ApprovalStatus.PENDING


def test_a_decision_in_one_window_is_seen_in_the_other(place: Place, sit: Sit) -> None:
    gate = gate_of(place, place.start("gated"))
    one, other = sit(), sit(size=(120, 40))
    for window in (one, other):
        window.sees("Approvals(1)")
        window.press("2")
        window.sees("── end")
    one.presses_until("a", lambda: is_decided(place, gate))
    other.sees("this is approved: nothing is asked any more")
    other.press("a")
    other.sees("be decided again")
    place.until_run(gate.run, "succeeded")
    assert len(decisions(place, gate)) == 1


def decisions(place: Place, gate: ApprovalRecord) -> list[Decision]:
    now = approvals.get(place.database, gate.id)
    assert now is not None
    return msgspec.json.decode(now.decisions, type=list[Decision])


def test_a_pane_resized_keeps_the_run_that_was_chosen(place: Place, sit: Sit) -> None:
    runs = [place.start("gated") for _ in range(4)]
    window = sit()
    window.sees(f"> {runs[-1]}")
    window.press("j", "j")
    window.sees(f"> {runs[1]}")
    for columns, rows in ((160, 50), (120, 40), (50, 10), (80, 24)):
        window.resize(columns, rows)
        if columns < 60:
            window.sees("needs 60 columns")
            continue
        window.sees(f"> {runs[1]}")
        until(partial(fits, window, rows), lambda: window.screen)


def fits(window: Window, rows: int) -> bool:
    """Whether all rows are taken, and the last one by the footer."""
    lines = window.screen.rstrip("\n").split("\n")
    return len(lines) == rows and "? Help" in lines[-1]


def test_a_suspended_workbench_comes_back_whole(place: Place, sit: Sit) -> None:
    run = place.start("gated")
    window = sit()
    window.sees(run)
    window.press("C-z")
    window.sees("Stopped")
    window.enters("echo still $((1 + 1)) here")
    window.sees("still 2 here")
    later = place.start("gated")
    window.enters("fg")
    window.sees("? Help : Cmds q Back")
    window.sees(later)
    window.press("q")
    window.sees(PROMPT)
    window.sees_no_more("? Help : Cmds q Back")


def test_a_lost_terminal_stops_no_run(place: Place, sit: Sit, tmp_path: Path) -> None:
    gate = gate_of(place, place.start("gated"))
    window = sit(f"sh -c 'echo $$ > {tmp_path}/pid; exec weir'")
    window.sees("Approvals(1)")
    pid = number_in(tmp_path / "pid")
    assert is_running(pid)
    window.close()
    until(lambda: is_gone(pid))
    place.weir("approve", gate.id, "--yes")
    place.until_run(gate.run, "succeeded")
    again = sit()
    again.sees("✓ done")


def test_a_dumb_terminal_is_told_what_says_the_same(sit: Sit) -> None:
    window = sit("TERM=dumb weir; echo ended $?")
    window.sees("weir --plain")
    window.sees("ended 2")


def test_without_unicode_the_screen_is_ascii(place: Place, sit: Sit) -> None:
    gate_of(place, place.start("gated"))
    window = sit("LC_ALL=C weir", size=(160, 50))
    window.sees("? wait")
    window.press("2")
    window.sees("-- end")
    assert window.screen.isascii()
    assert "+- 1 Runs" in window.screen


def test_without_colours_none_is_sent(place: Place, sit: Sit) -> None:
    gate_of(place, place.start("gated"))
    window = sit("NO_COLOR=1 weir")
    window.sees("? wait")
    styled = window.does("capture-pane", "-p", "-e")
    assert "\x1b[1m" in styled  # bold stays
    assert COLOURS.search(styled) is None


def test_wide_signs_and_right_to_left_text_move_no_border(
    place: Place, sit: Sit
) -> None:
    gate_of(place, place.start("gated", text=STRANGE))
    window = sit(size=(160, 50))
    window.sees("日本語")
    window.press("2")
    window.sees("── end")
    window.sees("שלום")
    ends = {cell_len(line) for line in window.lines if line.endswith(("│", "┃"))}
    assert ends == {160}


def test_a_line_of_2000_columns_is_shown_to_its_end(place: Place, sit: Sit) -> None:
    place.until_run(place.start("long"), "waiting")
    window = sit()
    window.sees("xxxx")
    window.press("3", "z")
    window.sees("the end")
    window.press("w")
    window.sees_no_more("the end")
    window.press("$")
    window.sees("the end")


def test_what_arrives_while_a_reason_is_typed_is_not_what_is_rejected(
    place: Place, sit: Sit
) -> None:
    gate = gate_of(place, place.start("gated"))
    window = sit()
    window.sees("Approvals(1)")
    window.press("2")
    window.sees("── end")
    window.presses_until("r", lambda: "reject: Send" in window.screen)
    window.types("not like")
    window.sees("not like")
    other = gate_of(place, place.start("gated", text="another"))
    window.sees("Approvals(2)")
    window.enters(" this")
    until(lambda: is_decided(place, gate), lambda: window.screen)
    assert not is_decided(place, other)
    assert decisions(place, gate)[0].comment == "not like this"


def test_a_paste_of_100_kb_into_a_form_is_one_value(place: Place, sit: Sit) -> None:
    window = sit()
    window.sees("No run yet.")
    window.press("4")
    window.sees("> gated")
    window.press("n")
    window.sees("text (string)")
    window.pastes("y" * 100_000 + "the end\nq\n")
    window.sees("the end")
    window.press("Enter")
    window.presses_until("Enter", lambda: place.reads("runs"))
    (run,) = place.reads("runs")
    given = place.reads("show", run["id"])["run"]["inputs"]["text"]
    assert (len(given), given.count("y")) == (100_009, 100_000)
    assert given.endswith("the end q")
