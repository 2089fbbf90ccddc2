"""The message of notices that go together, from the gates that they are about."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from engine.errors import NotFound
from engine.handle import Engine
from engine.machine.gate import gate_of
from engine.notifying.hours import zone_of
from engine.notifying.words import From, Message, Question, message
from engine.why import late
from engine.workspace import Workspace
from store import approvals
from store.records import NoticeRecord


def compose(engine: Engine, notices: Sequence[NoticeRecord]) -> Message:
    """The newest of each gate. Raises WeirError where a run can't be read."""
    newest = {each.approval: each for each in notices}.values()
    questions = [question(engine, each) for each in newest]
    return message(questions, here(engine.workspace))


def here(workspace: Workspace) -> From:
    return From(workspace.root, platform.node(), zone_of(workspace.config.notify.quiet))


def question(engine: Engine, notice: NoticeRecord) -> Question:
    approval = approvals.get(engine.database, notice.approval)
    if approval is None:
        raise NotFound(f"approval {notice.approval} has no row; see `weir doctor`")
    state = engine.load(notice.run)
    gate = gate_of(engine.plan_of(state), state.steps[approval.path])
    ends = gate.on_timeout not in (None, "remind")
    return Question(notice, approval, late(gate.on_timeout) if ends else "")
