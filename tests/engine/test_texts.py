"""Which words of an event can be found, and which are nobody's."""

from __future__ import annotations

from typing import Any

import pytest

from engine.machine import events as e
from engine.machine.state import (
    ApprovalState,
    ApprovalStatus,
    Decision,
    Edit,
    Failure,
    Request,
    Shown,
    Usage,
)
from engine.texts import told
from tests.engine.machine.given import ANA

DIGEST = "d" * 64
DECISION = Decision("approve", ANA, 1.0, DIGEST, "fine", inputs={"path": "north"})
DECIDED = ApprovalState("a1", "gate", ApprovalStatus.APPROVED, DIGEST, 1.0)
LEFT = {
    "choice": "approve",
    "comment": "fine",
    "by": "ana",
    "at": 1.5,
    "inputs": {"kind": "sev2"},
}
DOCUMENT = {
    "title": "Page",
    "form": "page",
    "path": "/there",
    "sha256": DIGEST,
    "text": "hello",
    "size": 5,
}


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            e.StepSucceeded("x", 1, {"status": "open", "type": "ice", "n": {"by": 7}}),
            {"output": "open ice 7"},
        ),
        (
            e.StepSucceeded("x", 1, [{"path": "/tmp/a"}, 4711, 0.5, True, None]),
            {"output": "/tmp/a 4711 0.5"},
        ),
        (e.StepSucceeded("x", 1, "kind words"), {"output": "kind words"}),
        (e.StepSucceeded("x", 1, 4711), {"output": "4711"}),
        (
            e.StepSucceeded("x", 1, {}, usage=Usage("model-x"), code={"a.py": DIGEST}),
            {},
        ),
        (e.StepSucceeded("x", 1, DOCUMENT, artifact=True), {"output": "Page hello"}),
        (e.StepSucceeded("gate", 1, LEFT), {"output": "approve fine sev2"}),
        (
            e.StepReused("gate", "r0", "gate", 4, LEFT, approval=DECIDED),
            {"output": "approve fine sev2"},
        ),
        (
            e.StepSucceeded(
                "@context",
                1,
                {
                    "values": {"who": {"kind": "Globex"}},
                    "provenance": {"who": {"kind": "file", "digest": DIGEST}},
                },
            ),
            {"output": "Globex"},
        ),
        (
            e.RunStarted("r1", "w", "v1", ANA, {"run": "a marathon"}, {"agent/x": "v"}),
            {"workflow": "w", "inputs": "a marathon"},
        ),
        (
            e.ApprovalRequested(
                "gate",
                1,
                "a1",
                Request("Go?", shown=(Shown("x", "text", DIGEST),)),
                DIGEST,
            ),
            {"request": "Go? x text"},
        ),
        (
            e.ApprovalDecided("a1", "gate", DECISION, ApprovalStatus.APPROVED),
            {"decision": "approve fine north"},
        ),
        (
            e.ApprovalDecided(
                "a1",
                "gate",
                Decision(
                    "approve",
                    ANA,
                    1.0,
                    DIGEST,
                    edit=Edit("x", DIGEST, DIGEST, "new", "+new"),
                ),
                ApprovalStatus.APPROVED,
            ),
            {"decision": "approve x new +new"},
        ),
        (
            e.StepFailed("x", 1, Failure("exit", "no figures", "a trace")),
            {"failure": "no figures a trace"},
        ),
        (
            e.ContextSet("who", {"type": "Initech"}, ANA),
            {"name": "who", "value": "Initech"},
        ),
        (e.AttemptStarted("x", 1, "w1", DIGEST), {}),
    ],
)
def test_what_a_person_or_a_step_has_said_is_found_and_nothing_of_weirs_own(
    event: Any, words: dict[str, str]
) -> None:
    found = {
        piece.where: " ".join(piece.text.split()) for piece in told(event, {"gate"})
    }
    assert found == words
