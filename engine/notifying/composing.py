"""The message of notices that go together, from what they are about."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from engine.errors import NotFound
from engine.handle import Engine
from engine.machine.gate import gate_of
from engine.notifying.asking import Question
from engine.notifying.failing import Failure
from engine.notifying.hours import zone_of
from engine.notifying.words import From, Message, message
from engine.why import late, why
from engine.workspace import Workspace
from store import approvals
from store.records import NoticeRecord


def compose(engine: Engine, notices: Sequence[NoticeRecord]) -> Message:
    """The newest of each gate. Raises WeirError where a run can't be read."""
    newest = {each.about: each for each in notices}.values()
    place = here(engine.workspace)
    return message([told(engine, each).told(place) for each in newest], place)


def here(workspace: Workspace) -> From:
    return From(workspace.root, platform.node(), zone_of(workspace.config.notify.quiet))


def told(engine: Engine, notice: NoticeRecord) -> Question | Failure:
    if not notice.is_failure:
        return question(engine, notice)
    workflow = engine.load(notice.run).workflow
    return Failure(notice, workflow, why(engine, notice.run))


def question(engine: Engine, notice: NoticeRecord) -> Question:
    approval = approvals.get(engine.database, notice.about)
    if approval is None:
        raise NotFound(f"approval {notice.about} has no row; see `weir doctor`")
    state = engine.load(notice.run)
    gate = gate_of(engine.plan_of(state), state.steps[approval.path])
    ends = gate.on_timeout not in (None, "remind")
    return Question(notice, approval, late(gate.on_timeout) if ends else "")
