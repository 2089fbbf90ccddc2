"""A step more in a workflow's file: what it may be, where, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.definition.sketches import KINDS, sketch
from engine.definition.yaml import read
from engine.errors import CommandRefused, InvalidValues, NotFound, WeirError
from engine.files import FileChanged
from engine.trust import Trust
from engine.workspace import Workspace, open_workspace
from engine.writing.adding import Addition, Place, Target, add, addition
from engine.writing.around import around
from engine.writing.choices import choice_of, choices
from tests.given import make_workspace

FLOW = """\
workflow: flow
inputs:
  name: string
steps:
  # the draft
  - id: draft
    set: {text: "{{ inputs.name }}"}   # short

  - id: ask
    approval:
      title: Right?
    route:
      - {choice: reject, to: end}
      - {choice: approve, to: send}
  - id: send
    shell: "true"
finally:
  - {id: tidy, shell: "true"}
"""
NOTE = """\
step: note
description: Keeps a line.
inputs:
  text: {type: string, description: The line}
  copies: {type: integer, default: 1, minimum: 1}
set: {kept: "{{ inputs.text }}"}
"""
GRAPH = """\
workflow: web
steps:
  - {id: a, set: {x: 1}}
  - {id: b, set: {x: 1}, needs: [a]}
"""
INNER = """\
workflow: inner
inputs: {n: {type: integer, default: 1}}
steps:
  - {id: a, set: {x: 1}}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    files = {
        "flow.yaml": FLOW,
        "note.yaml": NOTE,
        "web.yaml": GRAPH,
        "inner.yaml": INNER,
    }
    root = make_workspace(tmp_path / "ws", files)
    Trust.open().own(root)
    return open_workspace(root)


def change(
    workspace: Workspace,
    what: str,
    *,
    to: str = "flow",
    own: str = "",
    place: Place | None = None,
    given: Mapping[str, str] | None = None,
) -> Addition:
    there = around(workspace)
    return addition(
        workspace,
        Target(there, to),
        choice_of(there, what),
        own=own,
        place=place,
        given=given or {},
    )


def lines(found: Addition) -> list[str]:
    """The lines that came in."""
    before, after = (t.decode().split("\n") for t in (found.before, found.after))
    number = found.line - 1
    count = len(after) - len(before)
    assert after[:number] + after[number + count :] == before
    return after[number : number + count]


def test_a_template_is_used_with_what_it_is_given(workspace: Workspace) -> None:
    given = {"text": "{{ inputs.name }}: yes", "copies": "2"}
    found = change(workspace, "note", place=Place("send"), given=given)
    add(workspace, found)
    assert (workspace.definitions / "flow.yaml").read_text() == FLOW.replace(
        '  - id: send\n    shell: "true"\n',
        '  - id: send\n    shell: "true"\n'
        "  - id: note\n"
        "    use: note\n"
        "    with:\n"
        '      text: "{{ inputs.name }}: yes"\n'
        "      copies: 2\n",
    )
    assert (found.id, found.path) == ("note", "workflows/flow.yaml")


def test_another_workflow_is_started_as_a_run_of_its_own(workspace: Workspace) -> None:
    found = change(workspace, "inner", given={"n": "3"})
    assert lines(found) == [
        "  - id: inner",
        "    run: inner",
        "    with:",
        "      n: 3",
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_step_comes_with_words_to_replace(
    workspace: Workspace, kind: str
) -> None:
    written, name = lines(change(workspace, kind)), kind.replace("_", "-")
    assert written[0] == f"  - id: {name}"
    step = {"id": name, kind: sketch(kind, name)}
    assert read("\n".join([*written, ""]), "").value == [step]


def test_an_id_that_is_taken_gets_a_number(workspace: Workspace) -> None:
    add(workspace, change(workspace, "set"))
    assert change(workspace, "set").id == "set-2"


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        ("draft", "has a step `draft` already"),
        ("tidy", "has a step `tidy` already"),
        ("end", "is where a run ends"),
        ("My step", "small letters"),
    ],
)
def test_an_id_that_cannot_be_is_refused_with_the_reason(
    workspace: Workspace, own: str, reason: str
) -> None:
    with pytest.raises(WeirError, match=reason):
        change(workspace, "set", own=own)


def test_every_place_is_known_in_the_order_of_the_file(workspace: Workspace) -> None:
    words = [place.words for place in Target(around(workspace), "flow").places()]
    first = ["before draft", "after draft", "after ask", "after send"]
    assert words == [*first, "before tidy", "after tidy"]
    found = change(workspace, "set", place=Place("tidy", before=True))
    assert lines(found) == ["  - {id: set, set: {note: a value for later steps}}"]


def test_in_a_graph_it_needs_the_step_it_comes_after(workspace: Workspace) -> None:
    found = change(workspace, "set", to="web")
    (line,) = lines(found)
    assert line.endswith("needs: [b]}")
    with pytest.raises(WeirError, match="are a graph"):
        change(workspace, "set", to="web", place=Place("a", before=True))


@pytest.mark.parametrize(
    ("what", "given", "told"),
    [
        ("note", {}, ["missing input `text` (The line)"]),
        (
            "note",
            {"txt": "x", "copies": "0"},
            [
                "unknown input `txt`",
                "`copies` must be at least 1",
                "missing input `text`",
            ],
        ),
        ("note", {"text": "x", "copies": "two"}, ["`copies` must be a whole number"]),
    ],
)
def test_all_that_is_wrong_with_what_is_given_is_told(
    workspace: Workspace, what: str, given: dict[str, str], told: list[str]
) -> None:
    with pytest.raises(InvalidValues) as raised:
        change(workspace, what, given=given)
    assert len(raised.value.problems) == len(told)
    assert all(words in str(raised.value) for words in told)


@pytest.mark.parametrize(
    ("what", "to", "place", "told"),
    [
        ("nte", "flow", None, "did you mean `note`"),
        ("set", "flwo", None, "did you mean `flow`"),
        ("set", "flow", Place("drft"), "did you mean `draft`"),
    ],
)
def test_who_is_near_is_named(
    workspace: Workspace, what: str, to: str, place: Place | None, told: str
) -> None:
    with pytest.raises(NotFound, match=told):
        change(workspace, what, to=to, place=place)


def test_what_would_be_wrong_is_refused_with_its_line(workspace: Workspace) -> None:
    with pytest.raises(WeirError, match=r"flow.yaml:15:\d+: the step `set` is never"):
        change(workspace, "set", place=Place("ask"))


def test_an_output_of_nobody_is_refused(workspace: Workspace) -> None:
    given = {"text": "{{ outputs.nobody.x }}"}
    with pytest.raises(WeirError, match="nobody"):
        change(workspace, "note", given=given)


def test_a_file_with_problems_of_its_own_may_get_a_step(workspace: Workspace) -> None:
    broken = FLOW.replace("title: Right?", "title: Right?\n      tilte: x")
    (workspace.definitions / "flow.yaml").write_text(broken)
    assert change(workspace, "set").line == 18


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("workflow: flow\nsteps: [\n", "no workflow `flow` that can be read"),
        ("workflow: flow\nsteps: 3\n", "has no steps that can be read"),
        (
            "workflow: flow\nvariants: {use: {inner: 1}, by: '1'}\n",
            "a choice between variants; add to one of inner",
        ),
    ],
)
def test_a_file_that_holds_no_list_of_steps_is_refused(
    workspace: Workspace, text: str, told: str
) -> None:
    (workspace.definitions / "flow.yaml").write_text(text)
    with pytest.raises(WeirError, match=told):
        change(workspace, "set")


def test_a_workflow_that_would_start_itself_is_refused(workspace: Workspace) -> None:
    with pytest.raises(WeirError, match="would start itself"):
        change(workspace, "flow", given={"name": "x"})


def test_a_file_that_was_changed_meanwhile_stays_as_it_is(workspace: Workspace) -> None:
    found = change(workspace, "set")
    file = workspace.definitions / "flow.yaml"
    file.write_text(FLOW + "# more\n")
    with pytest.raises(FileChanged, match="changed meanwhile"):
        add(workspace, found)
    assert file.read_text() == FLOW + "# more\n"


def test_a_mark_of_bytes_at_the_beginning_stays(workspace: Workspace) -> None:
    file = workspace.definitions / "flow.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + FLOW.encode())
    found = change(workspace, "set", place=Place("draft"))
    add(workspace, found)
    assert file.read_bytes().startswith(b"\xef\xbb\xbfworkflow: flow\n")
    assert "id: set" in file.read_text().split("\n")[found.line - 1]


def test_what_may_run_may_run_with_a_step_more_and_else_not(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "theirs", {"flow.yaml": FLOW, "inner.yaml": INNER})
    workspace, trust = open_workspace(root), Trust.open()
    trust.trust_texts(root, {"workflows/flow.yaml": FLOW.encode()})
    for name, untrusted in (("flow", []), ("inner", ["workflows/inner.yaml"])):
        found = change(workspace, "set", to=name)
        add(workspace, found)
        assert trust.untrusted(root, {found.path: found.after}) == untrusted


def test_a_run_cannot_add_a_step(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = change(workspace, "set")
    monkeypatch.setenv("WEIR_RUN_ID", "r1")
    with pytest.raises(CommandRefused):
        add(workspace, found)
    assert (workspace.definitions / "flow.yaml").read_text() == FLOW


def test_a_preview_tells_what_an_input_is(workspace: Workspace) -> None:
    assert choice_of(around(workspace), "note").preview() == [
        "Keeps a line.",
        "text  string, needed: The line",
        "copies  integer, 1 unless given",
    ]


def test_what_has_the_name_of_a_kind_is_reached_by_its_key(
    workspace: Workspace,
) -> None:
    (workspace.definitions / "llm.yaml").write_text(
        NOTE.replace("step: note", "step: llm")
    )
    there = around(workspace)
    assert choice_of(there, "llm").what == "kind of step"
    assert choice_of(there, "step/llm").what == "step template"
    assert len({each.key for each in choices(there)}) == len([*choices(there)])
