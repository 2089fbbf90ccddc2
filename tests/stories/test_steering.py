"""Acts on runs reach the processes that do the work, and are done by others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stories.place import Place, is_gone, number_in, one_line, until

MakePlace = Callable[..., Place]

SLEEP = "'echo $$ > FOLDER/pid; sleep 600'"
SPENT = """workflow: spent
timeout: 6s
steps:
  - {id: work, shell: SLEEP}
finally:
  - {id: tidy, shell: 'echo {{ run.outcome }} >> FOLDER/end; exit 3'}
  - {id: tell, shell: 'echo told >> FOLDER/end'}
"""


FAILS = "test -e FOLDER/may && echo unleft >> FOLDER/did"
PARENT = """workflow: parent
steps:
  - id: book
    shell: 'echo book >> FOLDER/did'
    undo: {shell: 'echo unbook >> FOLDER/did'}
  - {id: note, shell: 'echo note >> FOLDER/did'}
  - id: both
    parallel:
      branches:
        a: [{id: left, shell: 'echo left >> FOLDER/did', undo: {shell: 'FAILS'}}]
        b: [{id: sub, run: child}]
  - {id: stop, shell: 'exit 3'}
"""
CHILD = """workflow: child
steps:
  - id: pay
    shell: 'echo pay >> FOLDER/did'
    undo: {shell: 'echo unpay {{ run.id }} >> FOLDER/did'}
"""


def filled(text: str, folder: Path) -> str:
    text = text.replace("FAILS", FAILS)
    return text.replace("SLEEP", SLEEP).replace("FOLDER", str(folder))


def test_the_time_of_a_run_is_kept_by_the_next_runner(
    make_place: MakePlace, tmp_path: Path
) -> None:
    place = make_place(spent=filled(SPENT, tmp_path))
    run = place.start("spent")
    first = place.wake()
    pid = number_in(tmp_path / "pid")
    place.kill(first)
    place.wake()
    state = place.until_run(run, "failed", "succeeded")
    assert (state.status, state.kind) == ("failed", "timeout")
    until(lambda: is_gone(pid), place.said)
    assert (tmp_path / "end").read_text() == "failed\ntold\n"


def test_a_run_is_rolled_back_with_all_that_it_has_started(
    make_place: MakePlace, tmp_path: Path
) -> None:
    texts = {"parent": PARENT, "child": CHILD}
    place = make_place(**{n: filled(text, tmp_path) for n, text in texts.items()})
    run = place.start("parent")
    place.wake()
    place.until_run(run, "failed")
    (sub,) = [s for s in place.state(run).steps.values() if s.child]
    seen = {(each["path"], each["standing"]) for each in previewed(place, run)}
    assert seen == {
        ("stop", "unknown"),
        ("pay", "reversible"),
        ("both[a]/left", "reversible"),
        ("note", "irreversible"),
        ("book", "reversible"),
    }
    assert "it would leave stop, note as it is" in place.weir("rollback", run, ends=1)
    told = place.weir("rollback", run, "--yes").splitlines()
    assert told[1:] == [
        "  stop  unknown  nothing undoes it: it is left",
        "  note  irreversible  nothing undoes it: it is left",
    ]
    place.until_step(run, "both[a]/left~undo", "interrupted")
    assert "both[a]/left is not undone" in place.weir("why", run)
    (tmp_path / "may").touch()
    place.weir("mark", run, "both[a]/left~undo", "--again")
    place.until_run(run, "rolled_back")
    assert place.state(sub.child).status == "rolled_back"
    did = (tmp_path / "did").read_text().splitlines()
    assert sorted(did[:4]) == ["book", "left", "note", "pay"]
    assert sorted(did[4:6]) == ["unleft", f"unpay {sub.child}"]
    assert did[6:] == ["unbook"]


ASKED = """workflow: asked
steps:
  - {id: ask, approval: {title: Pay?, timeout: 2d, on_timeout: expire}}
  - id: beside
    needs: []
    BESIDE
  - {id: pay, needs: [ask, beside], shell: 'echo paid >> FOLDER/did'}
"""
IN_BRANCHES = """parallel:
      join: any
      branches:
        a: [{id: x, shell: 'exit 3'}]
        b: [{id: y, shell: 'sleep 600'}]
"""
IN_TURNS = """for_each:
      in: '[1, 600]'
      join: 1
      steps: [{id: x, shell: '[ {{ item }} = 600 ] && sleep 600'}]
"""


@pytest.mark.parametrize(
    ("beside", "path"), [(IN_BRANCHES, "beside[a]/x"), (IN_TURNS, "beside[1]/x")]
)
def test_nothing_beside_a_no_leads_around_it(
    make_place: MakePlace, tmp_path: Path, beside: str, path: str
) -> None:
    text = ASKED.replace("BESIDE", beside)
    place = make_place(asked=filled(text, tmp_path))
    run = place.start("asked")
    place.wake()
    place.until_step(run, path, "failed")
    place.until_step(run, "ask", "waiting")
    (gate,) = place.state(run).approvals
    place.weir("reject", gate, "--comment", "too dear")
    place.until_run(run, "failed")
    for act in (
        ("skip", run, path, "--reason", "by hand"),
        ("mark", run, path, "--output", "{}"),
        ("back", run, "--to", path),
    ):
        said = one_line(place.weir(*act, ends=1))
        assert "answered `reject` at ask, and nothing goes on past that" in said
    said = one_line(place.weir("retry", run, ends=1))
    assert "no step failed" in said
    assert "answered `reject` at ask, and nothing goes on past that" in said
    assert place.state(run).status == "failed"
    assert not (tmp_path / "did").exists()


IN_A_RUN = """parallel:
      join: any
      branches:
        a: [{id: sub, run: inner}]
        b: [{id: y, shell: 'sleep 600'}]
"""
INNER = """workflow: inner
steps:
  - id: both
    parallel:
      branches:
        a: [{id: x, shell: 'exit 3'}]
        b: [{id: z, shell: 'true'}]
"""


@pytest.mark.parametrize("answer", ["approve", "reject"])
def test_a_run_inside_goes_on_with_the_one_above_or_not_at_all(
    make_place: MakePlace, tmp_path: Path, answer: str
) -> None:
    asked = filled(ASKED.replace("BESIDE", IN_A_RUN), tmp_path)
    place = make_place(asked=asked, inner=INNER)
    run = place.start("asked")
    place.wake()
    place.until_step(run, "beside[a]/sub", "failed")
    place.until_step(run, "ask", "waiting")
    sub = place.step(run, "beside[a]/sub").child
    (gate,) = place.state(run).approvals
    place.weir(answer, gate, "--comment", "so be it", "--yes")
    skip = ("skip", sub, "both[a]/x", "--reason", "by hand")
    if answer == "reject":
        place.until_run(run, "failed")
        said = one_line(place.weir(*skip, ends=1))
        assert "answered `reject` at ask, and nothing goes on past that" in said
        assert place.state(sub).status == "failed"
        assert not (tmp_path / "did").exists()
    else:
        place.weir(*skip)
        place.until_run(run, "succeeded")
        assert place.state(sub).status == "succeeded"
        assert (tmp_path / "did").read_text() == "paid\n"


NEEDS = """workflow: needs
steps:
  - {id: draft, needs: [], shell: 'echo draft >> FOLDER/did'}
  - {id: facts, needs: [], shell: 'echo facts >> FOLDER/did'}
  - id: ask
    needs: [draft]
    approval: {title: Send?, timeout: 2d, on_timeout: expire}
  - {id: send, needs: [ask, facts], shell: 'echo send >> FOLDER/did'}
  - {id: last, needs: [send], shell: 'echo last >> FOLDER/did; test -e FOLDER/may'}
"""


def test_going_back_in_a_graph_does_again_exactly_what_depends_on_it(
    make_place: MakePlace, tmp_path: Path
) -> None:
    place = make_place(needs=filled(NEEDS, tmp_path))
    run = place.start("needs")
    place.wake()
    place.until_step(run, "ask", "waiting")
    (gate,) = place.state(run).approvals
    place.weir("approve", gate, "--yes")
    place.until_run(run, "failed")
    (tmp_path / "may").touch()
    said = one_line(place.weir("back", run, "--to", "nowhere", ends=1))
    assert "nowhere was never visited" in said
    place.weir("back", run, "--to", "draft")
    place.until_step(run, "ask#2", "waiting")
    shown = {each["path"]: each for each in place.reads("show", run)["steps"]}
    outdated = [p for p, each in shown.items() if "outdated" in each["summary"]]
    assert outdated == ["draft", "ask", "send", "last"]
    assert "back to draft#2; outdated: draft, ask, send" in place.weir("trace", run)
    (again,) = place.state(run).approvals.keys() - {gate}
    place.weir("approve", again, "--yes")
    place.until_run(run, "succeeded")
    did = (tmp_path / "did").read_text().splitlines()
    assert sorted(did[:2]) == ["draft", "facts"]
    assert did[2:] == ["send", "last", "draft", "send", "last"]


def previewed(place: Place, run: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = place.reads("rollback", run, "--preview")
    return found
