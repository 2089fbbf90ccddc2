"""Gates as a person names and answers them: by an id, with words typed into a form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from engine.definition.fields import accept
from engine.drafts import diff
from engine.errors import NotFound
from engine.handle import Engine
from engine.machine.gate import gate_of
from engine.machine.state import Decision, Edit, Request
from engine.meant import only, require_id
from store import approvals, blobs, runs
from store.database import Database
from store.records import ApprovalRecord

Json = Any


def the_approval(database: Database, approval_id: str) -> ApprovalRecord:
    """The approval of an id or its beginning, or the one open gate of a run.

    Raises NotFound and Ambiguous.
    """
    require_id(approval_id, "approval", "weir inbox")
    found = approvals.get(database, approval_id)
    if found is not None:
        return found
    ids = approvals.find(database, approval_id)
    if not ids and (of_runs := runs.find(database, approval_id)):
        ids = open_gates(database, approval_id)
        if not ids:
            raise NotFound(
                f"no gate of run {of_runs[0]} is open;"
                f" `weir show {of_runs[0]}` tells what was decided"
            )
    return only(
        [approvals.get(database, found_id) for found_id in ids],
        f"no approval begins with {approval_id}; `weir inbox` lists what waits",
        f"{approval_id} fits more than one approval: {', '.join(ids)}",
    )


def open_gates(database: Database, run_prefix: str) -> list[str]:
    """Those of the runs that begin so, and of all that they have started."""
    found = runs.find(database, run_prefix)
    inner = [run.id for each in found for run in runs.under(database, each)]
    waiting = approvals.of_runs(database, [*found, *inner])
    return [approval.id for approval in waiting]


def still_to_decide(
    roles: Mapping[str, Iterable[str]],
    approvers: Iterable[str],
    decisions: Iterable[Decision],
) -> Iterator[str]:
    """Who may decide and has not, a role with its people: `role:csm (ana, ben)`."""
    done = {decision.by.name for decision in decisions}
    for approver in approvers:
        role = approver.removeprefix("role:")
        if role == approver and approver not in done:
            yield approver
        elif role != approver:
            people = ", ".join(each for each in roles.get(role, ()) if each not in done)
            yield f"{approver} ({people or 'nobody else'})"


def request_of(approval: ApprovalRecord) -> Request:
    return msgspec.json.decode(approval.request, type=Request)


def typed(
    engine: Engine, approval: ApprovalRecord, inputs: Mapping[str, Json]
) -> dict[str, Json]:
    """The values of a gate's form, out of the words that were typed."""
    if not inputs:
        return {}
    state = engine.load(approval.run)
    gate = gate_of(engine.plan_of(state), state.steps[approval.path])
    return accept(gate.form, inputs, text=True)


def edit_of(engine: Engine, approval: ApprovalRecord, edited: tuple[str, str]) -> Edit:
    """A changed draft, by its name: kept, with what has changed. Raises NotFound."""
    name, text = edited
    shown = next((s for s in request_of(approval).shown if s.name == name), None)
    if shown is None:
        raise NotFound(f"{approval.id} does not show `{name}`")
    digest = blobs.put(engine.workspace.folder, text.encode())
    return Edit(name, shown.digest, digest, text, diff(shown.text, text, name))
