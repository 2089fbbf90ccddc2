"""`weir snooze`, and what the inbox says of it."""

from __future__ import annotations

from tests.tui.cli.here import read


def test_a_snoozed_gate_is_only_counted_until_it_is_woken(weir, here) -> None:
    gate = here.gate()
    assert f"{gate} is snoozed until 20" in weir("snooze", gate, "2h").stdout
    assert weir("inbox").stdout == "1 snoozed; `weir inbox --all` lists them too\n"
    assert read(weir("inbox", "--json")) == []
    (item,) = read(weir("inbox", "--all", "--json"))
    assert (item["id"], item["snoozed"] > item["since"]) == (gate, True)
    assert "approval, snoozed until 20" in weir("inbox", "--all").stdout
    assert weir("snooze", gate, "--wake").stdout == f"{gate} is shown again\n"
    assert gate in weir("inbox").stdout


def test_as_json_it_says_until_when(weir, here) -> None:
    gate = here.gate()
    assert read(weir("snooze", gate, "tomorrow", "--json"))["id"] == gate
    assert read(weir("snooze", gate, "--wake", "--json")) == {
        "id": gate,
        "snoozed": None,
    }


def test_a_slip_is_told_in_one_line(weir, here) -> None:
    gate = here.gate()
    for words, code, said in (
        (("snooze", gate, "soon"), 2, "'soon' is no time to come; write 2h"),
        (("snooze", gate, "--wake"), 1, "is not snoozed by"),
        (("snooze", gate), 2, "say until when"),
        (("snooze", gate, "2h", "--wake"), 2, "say until when"),
    ):
        result = weir(*words)
        assert (result.exit_code, said in result.stderr) == (code, True), result.stderr
    assert gate in weir("inbox").stdout


def test_a_step_of_a_run_hides_nothing_from_a_person(weir, here, monkeypatch) -> None:
    gate = here.gate()
    monkeypatch.setenv("WEIR_RUN_ID", here.run_of(gate))
    assert weir("snooze", gate, "2h").exit_code == 1
