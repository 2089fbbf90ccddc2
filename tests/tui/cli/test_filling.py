"""Values that a run lacks: how the inbox tells of them, and a person gives them."""

from __future__ import annotations

import pytest

from tests.tui.cli.here import Here, read, write
from tests.tui.cli.person import Person
from tui.cli import out

NAMES = [f"the_customers_{each}" for each in ("tier", "arr", "contact", "renewal")]
LACKS = f"""\
workflow: lacks
context:
  data: {{file: data/none.json, optional: true}}
steps:
  - id: use
    requires: [{", ".join(f"data.{name}" for name in NAMES)}]
    set: {{it: "{{{{ data.{NAMES[0]} }}}}"}}
  - {{id: ask, approval: {{title: Well}}}}
"""


def lacking(here: Here, weir) -> str:
    write(here, weir, LACKS, "lacks")
    return here.start("lacks")


def test_what_many_values_lack_hides_no_gate_from_a_narrow_inbox(
    weir, here, monkeypatch
) -> None:
    gate, run = here.gate(), lacking(here, weir)
    monkeypatch.setattr(out, "on_a_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    _, first, second = weir("inbox").stdout.splitlines()
    assert f"weir approve {gate}  Greet world?" in first
    assert f"weir fill {run}  " in second
    assert second.split()[-1].startswith("data.the")
    hints = [item["hint"] for item in read(weir("inbox", "--json"))]
    assert hints[1].split()[3:] == [f"data.{name}=…" for name in NAMES]


def test_a_person_is_asked_for_each_value_and_leaves_out_what_they_like(
    weir, here
) -> None:
    run = lacking(here, weir)
    person = Person("fill", run[:-1])
    person.read_until(
        ["An empty line leaves a value out", f"data.{NAMES[0]} (any), for use"]
    )
    person.type("gold\r")
    person.read_until([f"data.{NAMES[1]} (any), for use"])
    person.type("100\r\r")
    person.read_until([f"data.{NAMES[3]} (any), for use"])
    person.type("\r")
    told, code = person.read_to_end()
    assert code == 0
    assert f"it still lacks data.{NAMES[2]}" in told.decode()
    given = {NAMES[0]: "gold", NAMES[1]: 100}
    assert here.engine.load(run).context["data"] == given


def test_a_person_who_gives_nothing_is_told_that_it_waits(weir, here) -> None:
    run = lacking(here, weir)
    person = Person("fill", run)
    person.read_until(["for use"])
    person.type("\r\r\r\r")
    told, code = person.read_to_end()
    assert (code, f"nothing is given; {run} waits as before" in told.decode()) == (
        1,
        True,
    )


def test_a_script_is_told_what_to_say(weir, here) -> None:
    run = lacking(here, weir)
    told = weir("fill", run)
    assert told.exit_code == 2
    assert f"say what it lacks: weir fill {run} data.{NAMES[0]}=…" in told.stderr
    gate = here.gate()
    assert (
        f"{here.run_of(gate)} lacks no value" in weir("fill", here.run_of(gate)).stderr
    )


@pytest.mark.parametrize("given", ["", "x", "=1"])
def test_what_is_no_value_is_refused(weir, here, given) -> None:
    run = lacking(here, weir)
    assert weir("fill", run, given).exit_code == 2
