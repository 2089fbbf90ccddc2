"""Gates, from real terminals: who may decide, on what, and what every end is called."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

from engine.desk import Desk
from engine.errors import StaleDecision
from engine.machine import commands as c
from engine.people import user_name
from store import approvals
from store.records import ApprovalRecord
from tests.stories.place import PATIENCE, WEIR, Place, one_line
from tests.stories.refusal import open_gate, perform, refuses
from tests.tui.pty_run import Terminal

MakePlace = Callable[..., Place]
MAIN = Path(__file__).parents[1] / "tui" / "cli" / "weir_main.py"
ME = user_name(os.getuid())

ASK = """workflow: {name}
inputs:
  name: {{type: string, default: world}}
steps:
  - id: draft
    set: {{text: "Hello {{{{ inputs.name }}}}"}}
  - id: review
    approval: {{title: "Greet {{{{ inputs.name }}}}?", {more}}}
{tail}
  - id: last
    set: {{said: "{{{{ decisions.review.comment }}}}"}}
"""
ROUTES = """    route:
      - {choice: rework, to: draft}
      - {choice: reject, to: end}
      - {choice: approve, to: last}"""


def asks(more: str, tail: str = "", name: str = "ask") -> str:
    """A workflow whose gate says more."""
    return ASK.format(more=more, tail=tail, name=name)


REVIEW = asks(
    "choices: [approve, rework, reject], show: [outputs.draft],"
    ' reasons: {tone: "Warmer, please."},'
    " form: {copies: {type: integer, minimum: 1}, to: {enum: [ana, bob]}}",
    ROUTES,
)
FILLED = ("-i", "copies=1", "-i", "to=ana")


def gate_of(place: Place, gate: str) -> ApprovalRecord:
    found = approvals.get(place.database, gate)
    assert found is not None
    return found


def decisions(place: Place, gate: str) -> list[Any]:
    listed: list[Any] = msgspec.json.decode(gate_of(place, gate).decisions)
    return listed


# What leaves a gate open.

LEFT_OPEN: dict[str, tuple[list[str], int, str]] = {
    "nobody to ask": ([*FILLED], 1, "there is no terminal to ask on; add --yes"),
    "a wrong choice": (["--yes", "--choice", "yes"], 2, "offers approve, rework"),
    "a wrong reason": (["--yes", *FILLED, "--reason", "nope"], 2, "known: tone"),
    "no form": (["--yes"], 2, "missing form value `copies`; missing form value `to`"),
    "half a form": (["--yes", "-i", "to=ana"], 2, "`copies`"),
    "no number": (["--yes", "-i", "copies=x", "-i", "to=ana"], 2, "got `x`"),
    "too few": (["--yes", "-i", "copies=0", "-i", "to=ana"], 2, "at least 1"),
    "nobody known": (["--yes", "-i", "copies=1", "-i", "to=eve"], 2, "ana, bob"),
    "an unknown field": (["--yes", *FILLED, "-i", "copy=1"], 2, "`copies`?"),
    "no equals sign": (["--yes", "-i", "copies"], 2, "is not key=value"),
    "given twice": (["--yes", "-i", "copies=1", "-i", "copies=2"], 2, "given twice"),
    "no UTF-8": (["--yes", *FILLED, "--comment", os.fsdecode(b"\xff")], 2, "UTF-8"),
    "an edited no": (
        ["--yes", "--choice", "rework", "--edit"],
        1,
        "an edited draft can be approved, not `rework`",
    ),
    "no editor": (["--yes", *FILLED, "--edit"], 1, "no terminal for an editor"),
}


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, str]]:
    """A workspace with an open gate that stays open."""
    root = tmp_path_factory.mktemp("gates")
    place = Place(root / "work", {"ask.yaml": REVIEW}, root / "home")
    yield place, open_gate(place, "ask")
    place.close()


@pytest.mark.parametrize("case", LEFT_OPEN)
def test_what_does_not_fit_leaves_the_gate_open(
    held: tuple[Place, str], case: str
) -> None:
    place, gate = held
    words, ends, says = LEFT_OPEN[case]
    refuses(place, "approve", gate, *words, ends=ends, says=says)


EDITORS: dict[str, tuple[str, int, str]] = {
    "fails": ("false", 1, "false ended with 1; nothing was decided"),
    "changes nothing": ("true", 1, "the draft is unchanged, nothing was decided"),
    "is not there": ("no-such-editor", 1, "can't be started"),
    "is no command": ("'", 1, "can't be started"),
    "breaks the JSON": ("sed -i s/:/=/", 2, "the edited text is not JSON"),
    "nests it": ("sh -c 'printf %099999d 0 | tr 0 [ > $0'", 2, "nested too deeply"),
    "leaves bytes": (r"sh -c 'printf \\377 > $0'", 1, "is not UTF-8 at byte 0"),
    "leaves a lot": ("truncate -s 3M", 1, "larger than 2 MB"),
    "removes it": ("rm", 1, "draft.json"),
}


@pytest.mark.parametrize("case", EDITORS)
def test_an_editor_that_leaves_no_draft_leaves_the_gate_open(
    held: tuple[Place, str], monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    place, gate = held
    editor, ends, says = EDITORS[case]
    monkeypatch.setitem(place.environment, "EDITOR", editor)
    words = ("approve", gate, "--yes", *FILLED, "--edit")
    refuses(place, *words, ends=ends, says=says)


def test_a_run_decides_nothing(
    held: tuple[Place, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, gate = held
    monkeypatch.setitem(place.environment, "WEIR_RUN_ID", "r1")
    for words in (
        ("approve", gate, "--yes", *FILLED),
        ("reject", gate, "--comment", "no"),
        ("withdraw", gate),
        ("mark", gate_of(place, gate).run, "draft", "--again"),
    ):
        refuses(place, *words, ends=1, says="a run can't decide for itself")
    refuses(place, "trust", "--yes", ends=1, says="a run can't trust anything")


# Who may decide.

NOT_MINE = {
    "another login": ("approvers: [somebody-else]", "somebody-else may"),
    "a role of others": ('approvers: ["role:csm"]', "role:csm may"),
    "high risk": ("risk: high", "approve it from a terminal, not a script"),
}


@pytest.mark.parametrize("case", NOT_MINE)
def test_who_may_not_approve_is_told_who_may(make_place: MakePlace, case: str) -> None:
    more, says = NOT_MINE[case]
    config = 'provider = "mock"\n[roles]\ncsm = ["somebody-else"]\n'
    place = make_place(config=config, ask=asks(more))
    refuses(place, "approve", open_gate(place, "ask"), "--yes", ends=1, says=says)


def test_a_role_is_what_weir_toml_says_at_the_time(make_place: MakePlace) -> None:
    told = 'provider = "mock"\n[roles]\ncsm = ["{}"]\n'
    place = make_place(config=told.format(ME), ask=asks('approvers: ["role:csm"]'))
    gate = open_gate(place, "ask")
    (place.root / "weir.toml").write_text(told.format("somebody-else"))
    refuses(place, "approve", gate, "--yes", ends=1, says="role:csm may")
    (place.root / "weir.toml").write_text(told.format(ME))
    place.weir("approve", gate, "--yes")
    assert decisions(place, gate)[0]["by"]["roles"] == ["csm"]


def test_a_high_risk_gate_may_be_rejected_by_a_script(make_place: MakePlace) -> None:
    place = make_place(ask=asks("risk: high"))
    gate = open_gate(place, "ask")
    place.weir("reject", gate, "--comment", "not today")
    assert gate_of(place, gate).status == "rejected"


def test_a_decision_says_who_from_where_and_on_what(make_place: MakePlace) -> None:
    place = make_place(ask=REVIEW)
    gate = open_gate(place, "ask")
    place.environment |= {
        "SSH_CONNECTION": "192.0.2.7 50000 192.0.2.1 22",
        "USER": "somebody-else",  # anyone can set this
        "LOGNAME": "somebody-else",
    }
    before = time.time()
    place.weir("approve", gate, "--yes", *FILLED, "--comment", "good")
    (decision,) = decisions(place, gate)
    assert decision["by"]["name"] == ME
    assert decision["by"]["uid"] == os.getuid()
    assert decision["by"]["ssh"] == "192.0.2.7 50000 192.0.2.1 22"
    assert decision["by"]["machine"] == os.uname().nodename
    assert decision["by"]["via"] == "script"
    assert decision["comment"] == "good"
    assert decision["inputs"] == {"copies": 1, "to": "ana"}
    assert decision["digest"] == gate_of(place, gate).digest
    assert before <= decision["at"] <= time.time()


def test_a_canned_reason_is_the_comment(make_place: MakePlace) -> None:
    place = make_place(ask=REVIEW)
    gate = open_gate(place, "ask")
    place.weir("approve", gate, "--yes", *FILLED, "--reason", "tone")
    place.until_run(gate_of(place, gate).run, "succeeded")
    shown = place.reads("show", gate_of(place, gate).run, "--step", "last")
    assert shown["output"] == {"said": "Warmer, please."}


# Two people.

OTHER = 65534
# The real user is another one; the effective one stays, who can read this Python.
AS_OTHER = f"import os; os.setresuid({OTHER}, 0, 0); from tui.cli import main; main()"


@pytest.fixture
def shared() -> Iterator[Place]:
    """A workspace of another user of this machine, which root can reach too."""
    if os.getuid() != 0:
        pytest.skip("only root can decide as two users")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    more = f"approvers: [{ME}, {user_name(OTHER)}], required: 2"
    place = Place(folder / "work", {"ask.yaml": asks(more)}, folder / "home")
    yield place
    place.close()
    shutil.rmtree(folder)


def as_other(place: Place, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", AS_OTHER, "-C", str(place.root), *words],
        cwd="/",
        env=place.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def test_two_different_people_must_decide(shared: Place) -> None:
    gate = open_gate(shared, "ask")
    gives = ["chown", "-R", f"{OTHER}:{OTHER}", str(shared.root)]
    subprocess.run(gives, check=True)
    first = as_other(shared, "approve", gate, "--yes")
    assert first.returncode == 0, first.stderr
    assert "the gate is still open: 1 more must decide" in first.stdout
    again = as_other(shared, "approve", gate, "--yes")
    assert "2 different people must" in one_line(again.stderr)
    assert gate_of(shared, gate).status == "pending"
    shared.weir("approve", gate, "--yes")
    assert gate_of(shared, gate).status == "approved"
    who = [decision["by"]["uid"] for decision in decisions(shared, gate)]
    assert who == [OTHER, 0]
    shared.until_run(gate_of(shared, gate).run, "succeeded")


def test_one_person_is_not_two(make_place: MakePlace) -> None:
    place = make_place(ask=asks("required: 2"))
    gate = open_gate(place, "ask")
    place.weir("approve", gate, "--yes")
    assert gate_of(place, gate).status == "pending"
    refuses(place, "approve", gate, "--yes", ends=1, says="2 different people must")
    place.weir("reject", gate, "--comment", "on second thought", ends=1)
    place.weir("withdraw", gate)
    assert gate_of(place, gate).status == "withdrawn"


# Four different ends, and none of them opens again.


def approve(place: Place, gate: str) -> None:
    place.weir("approve", gate, "--yes")


def reject(place: Place, gate: str) -> None:
    place.weir("reject", gate, "--comment", "too stiff")


def expire(place: Place, gate: str) -> None:
    place.engine.clock = lambda: time.time() + 3 * 86400
    place.engine.handle(gate_of(place, gate).run, c.FireTimer("review"))


def withdraw(place: Place, gate: str) -> None:
    place.weir("withdraw", gate, "--comment", "moot")


def cancel(place: Place, gate: str) -> None:
    place.weir("cancel", gate_of(place, gate).run)


ENDS: dict[str, tuple[Callable[[Place, str], None], str, str]] = {
    "approved": (approve, "approved", "succeeded"),
    "rejected": (reject, "rejected", "failed"),
    "expired": (expire, "expired", "cancelled"),
    "withdrawn": (withdraw, "withdrawn", "cancelled"),
    "cancelled with its run": (cancel, "withdrawn", "cancelled"),
}


@pytest.mark.parametrize("case", ENDS)
def test_each_end_has_its_own_name_and_is_final(
    make_place: MakePlace, case: str
) -> None:
    end, gate_is, run_is = ENDS[case]
    place = make_place(ask=asks("timeout: 2d, on_timeout: expire"))
    gate = open_gate(place, "ask")
    end(place, gate)
    run = gate_of(place, gate).run
    place.until_run(run, run_is)
    shown = place.reads("show", run)
    assert [each["status"] for each in shown["approvals"]] == [gate_is]
    assert shown["run"]["status"] == run_is
    assert place.reads("inbox") == []
    already = f"{gate} is already {gate_is}"
    refuses(place, "approve", gate, "--yes", ends=1, says=already)
    refuses(place, "reject", gate, "--comment", "no", ends=1, says=already)
    refuses(place, "withdraw", gate, ends=1, says=already)


SILENT = {
    "an approval": ("timeout: 2d, on_timeout: approve", "silence is nobody's consent"),
    "nothing said": ("timeout: 2d", "must say what silence means"),
}


@pytest.mark.parametrize("case", SILENT)
def test_silence_can_not_approve(make_place: MakePlace, case: str) -> None:
    more, says = SILENT[case]
    place = make_place(ask=asks(more))
    told, _ = place.types("check").communicate()
    assert says in told
    refuses(place, "run", "ask", ends=1, says="has no good version yet")


# What is decided on is what is used.

SENDS = """workflow: sends
steps:
  - id: draft
    artifact:
      title: Größe
      sections: [{heading: Note, text: "tabs\\t, trailing  \\n\\nsign: ✓ $(id)\\n"}]
  - id: review
    approval: {title: "Send?", show: [artifacts.draft], choices: [approve, rework]}
    route: [{choice: rework, to: draft}, {choice: approve, to: send}]
  - id: send
    shell: "sha256sum < {{ artifacts.draft.path | quote }}"
"""


def used(place: Place, gate: str) -> str:
    """The digest of what the last step was given."""
    run = gate_of(place, gate).run
    state = place.until_run(run, "succeeded", "failed")
    assert state.status == "succeeded", state
    output: str = place.reads("show", run, "--step", "send")["output"]["stdout"]
    return output.split()[0]


def shown_by(place: Place, gate: str) -> Any:
    (shown,) = msgspec.json.decode(gate_of(place, gate).request)["shown"]
    assert hashlib.sha256(shown["text"].encode()).hexdigest() == shown["digest"]
    return shown


def test_a_later_step_is_given_the_bytes_that_were_shown(make_place: MakePlace) -> None:
    place = make_place(sends=SENDS)
    gate = open_gate(place, "sends")
    shown = shown_by(place, gate)
    printed = place.weir("approve", gate, "--yes")
    assert "sign: ✓ $(id)" in printed
    assert used(place, gate) == shown["digest"]


def test_a_later_step_is_given_the_bytes_as_edited(make_place: MakePlace) -> None:
    place = make_place(sends=SENDS)
    gate = open_gate(place, "sends")
    shown = shown_by(place, gate)
    place.environment["EDITOR"] = "sed -i s/tabs/TABS/"
    place.weir("approve", gate, "--yes", "--edit")
    text = shown["text"].replace("tabs", "TABS")
    assert used(place, gate) == hashlib.sha256(text.encode()).hexdigest()
    (decision,) = decisions(place, gate)
    edit = decision["edit"]
    assert edit["text"] == text
    assert edit["original"] == shown["digest"]
    assert edit["digest"] == hashlib.sha256(text.encode()).hexdigest()
    assert "-tabs" in edit["diff"]
    assert "+TABS" in edit["diff"]
    # What was asked stays as it was asked.
    assert shown_by(place, gate) == shown


def test_a_draft_changed_behind_the_decision_is_not_used(make_place: MakePlace) -> None:
    place = make_place(sends=SENDS)
    gate = open_gate(place, "sends")
    digest = shown_by(place, gate)["digest"]
    (blob,) = (place.root / ".weir" / "blobs").rglob(f"*{digest}*")
    asked = blob.read_bytes()
    blob.write_text("something else")
    place.weir("approve", gate, "--yes")
    run = gate_of(place, gate).run
    place.until_run(run, "failed")
    assert "was changed: restore it from a backup" in place.weir("why", run)
    blob.write_bytes(asked)
    place.weir("retry", run)
    assert used(place, gate) == digest


def test_a_request_changed_in_the_store_is_not_decided_on(
    make_place: MakePlace,
) -> None:
    place = make_place(ask=REVIEW)
    gate = open_gate(place, "ask")
    changed = gate_of(place, gate).request.replace(b"Hello", b"Howdy")
    store = apsw.Connection(str(place.root / ".weir" / "weir.db"))
    store.execute("update approval set request = ? where id = ?", (changed, gate))
    store.close()
    words = ("approve", gate, "--yes", *FILLED)
    refuses(place, *words, ends=1, says="is not the one that was asked")


def test_what_is_asked_anew_is_not_decided_by_what_was_seen_before(
    make_place: MakePlace,
) -> None:
    place = make_place(ask=REVIEW)
    first = open_gate(place, "ask")
    run = gate_of(place, first).run
    place.weir("approve", first, "--yes", "--choice", "rework", "--comment", "warmer")
    perform(place, run)
    second = place.reads("inbox")[0]["id"]
    before = gate_of(place, first).digest
    assert gate_of(place, second).digest != before
    desk = Desk.open(place.root, via="cli")
    with pytest.raises(StaleDecision, match="no longer asks what was shown"):
        desk.decide(second, "approve", seen=before, inputs={"copies": "1", "to": "ana"})
    desk.close()
    assert gate_of(place, second).status == "pending"
    statuses = [each["status"] for each in place.reads("show", run)["approvals"]]
    assert statuses == ["rejected", "pending"]


def test_who_was_slower_is_told_who_was_quicker(
    make_place: MakePlace, tmp_path: Path
) -> None:
    place = make_place(ask=REVIEW)
    gate = open_gate(place, "ask")
    # While this one is in the editor, someone rejects.
    editor = tmp_path / "editor"
    rejects = f"{shlex.join(WEIR)} -C {place.root} reject {gate} --comment no"
    editor.write_text(f'#!/bin/sh\n{rejects} >&2\nsed -i s/Hello/Howdy/ "$1"\n')
    editor.chmod(0o700)
    place.environment["EDITOR"] = str(editor)
    line = place.weir("approve", gate, "--yes", *FILLED, "--edit", ends=1)
    assert f"weir: {gate} is already rejected by {ME}" in line.splitlines()[-1]
    assert gate_of(place, gate).status == "rejected"
    assert len(decisions(place, gate)) == 1


class Typing(Terminal):
    """`weir` at a terminal on a place."""

    def __init__(
        self, place: Place, monkeypatch: pytest.MonkeyPatch, *words: str
    ) -> None:
        monkeypatch.setenv("WEIR_STATE", place.environment["WEIR_STATE"])
        super().__init__(MAIN, "-C", str(place.root), *words)


def test_a_question_asked_anew_is_not_answered_at_an_older_prompt(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place(ask=REVIEW)
    gate = open_gate(place, "ask")
    typing = Typing(place, monkeypatch, "approve", gate, *FILLED)
    typing.read_until(["Hello world", "Type approve to decide so"])
    place.weir("approve", gate, "--yes", "--choice", "rework")
    perform(place, gate_of(place, gate).run)
    (asked,) = place.reads("inbox")
    typing.type("approve\r")
    seen, code = typing.read_to_end()
    assert code == 1
    assert f"weir: {gate} is already rejected by {ME}".encode() in seen
    assert gate_of(place, asked["id"]).status == "pending"


def test_high_risk_is_approved_by_a_person_at_a_terminal(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place(ask=asks("risk: high"))
    gate = open_gate(place, "ask")
    typing = Typing(place, monkeypatch, "approve", gate)
    typing.read_until(["high risk", "Type approve to decide so"])
    typing.type("approve\r")
    seen, code = typing.read_to_end()
    assert code == 0, seen
    assert decisions(place, gate)[0]["by"]["terminal"].startswith("/dev/")
    assert gate_of(place, gate).status == "approved"


# A step's own command.


SLY = """workflow: sly
inputs: {{gate: {{type: string}}}}
steps:
  - id: try
    shell: |
      cd / && {weir} -C "$WEIR_WORKSPACE" approve {{{{ inputs.gate | quote }}}} --yes
"""


def test_a_step_can_not_approve_a_gate(make_place: MakePlace) -> None:
    place = make_place(sly=SLY.format(weir=shlex.join(WEIR)), ask=asks(""))
    gate = open_gate(place, "ask")
    run = place.start("sly", gate=gate)
    perform(place, run)
    assert place.state(run).status == "failed"
    assert "a run can't decide for itself" in place.weir("logs", run)
    assert gate_of(place, gate).status == "pending"


# What others on this machine may see.


def test_nothing_of_a_run_can_be_read_by_others(make_place: MakePlace) -> None:
    place = make_place(sends=SENDS)
    place.environment["EDITOR"] = "sed -i s/tabs/TABS/"
    gate = open_gate(place, "sends")
    place.weir("approve", gate, "--yes", "--edit")
    used(place, gate)
    found = [place.root / ".weir", *(place.root / ".weir").rglob("*")]
    open_to_others = [
        path for path in found if not path.is_symlink() and path.stat().st_mode & 0o077
    ]
    assert open_to_others == []
