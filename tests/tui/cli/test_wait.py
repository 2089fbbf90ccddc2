"""`weir wait`: until a run has stopped, or a gate asks."""

from __future__ import annotations

import json

from tests.given import start
from tests.tui.cli.here import read, write


def test_a_run_that_has_stopped_is_told_at_once(weir, here) -> None:
    run = here.start()
    told = weir("wait", run)
    assert told.stdout.startswith(f"{run} is ? waiting")
    weir("cancel", run)
    assert json.loads(weir("wait", run, "--json").stdout)["status"] == "cancelled"


def test_its_exit_code_says_how_the_run_stands_as_that_of_weir_run(weir, here) -> None:
    gate = here.gate()
    run = here.run_of(gate)
    assert weir("wait", run).exit_code == 3
    assert weir("approve", gate, "--yes").exit_code == 0
    here.work(run)
    assert weir("wait", run).exit_code == 0
    write(here, weir, "workflow: two\nsteps: [{id: a, fail: no}]\n")
    assert weir("wait", here.start("two")).exit_code == 1
    called_off = here.start()
    weir("cancel", called_off)
    assert weir("wait", called_off).exit_code == 4


def test_the_id_of_the_gate_that_asks_is_printed_alone(weir, here) -> None:
    run = here.start()
    (gate,) = here.engine.load(run).approvals
    assert weir("wait", run, "--gate", "review").stdout == f"{gate}\n"
    assert read(weir("wait", run, "--gate", "review", "--json"))["id"] == gate


def test_the_gate_of_a_later_visit_is_found_by_its_path_and_by_its_step(
    weir, here
) -> None:
    run = here.start()
    assert weir("approve", run, "--choice", "rework", "--yes").exit_code == 0
    here.work(run)
    (second,) = [
        a.id for a in here.engine.load(run).approvals.values() if "#" in a.path
    ]
    for name in ("review#2", "review"):
        assert weir("wait", run, "--gate", name).stdout == f"{second}\n"


def test_a_gate_that_can_never_ask_is_refused(weir, here) -> None:
    run = start(here.engine, "greet")
    weir("cancel", run)
    refused = weir("wait", run, "--gate", "review")
    assert refused.exit_code == 1
    assert "has ended, and no gate asks at review" in refused.stderr


def test_a_session_is_kept_of_the_workbench_and_of_no_command(weir, here) -> None:
    refused = weir("--record", "x.sh", "runs")
    assert refused.exit_code == 2
    assert "--record keeps a session of the workbench" in refused.stderr
    assert not (here.root / "x.sh").exists()
