"""The one write path to a run: load its state, decide, append what follows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import nullcontext, suppress
from hashlib import sha256
from typing import TypeVar, get_args

from engine import rows, snapshots
from engine.changed import Changed
from engine.definition import compiled
from engine.definition.graph import compile_graph
from engine.definition.link import link
from engine.definition.model import Definition, Workflow
from engine.entries import entries_of
from engine.errors import CommandRefused, NotFound, NotTogether, WeirError
from engine.family import consequences
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.decide import decide
from engine.machine.evolve import evolve
from engine.machine.places import scope_of
from engine.machine.plan import Plan
from engine.machine.state import RunState
from engine.notices import notices_of
from engine.states import states_of
from engine.workspace import Workspace
from store import approvals, definitions, events, rebuilding
from store.database import Database
from store.errors import StoreError
from store.records import EventRecord, LogRecord, VersionRecord
from store.writing import Batch

T = TypeVar("T")
Clock = Callable[[], float]
Then = Callable[[RunState], c.Command | None]

# Events that have more rows than those of the run and of one step.
Besides = (
    e.RunRolledBack
    | e.WentBack
    | e.ApprovalRequested
    | e.ApprovalDecided
    | e.ApprovalExpired
    | e.ApprovalReminded
    | e.ApprovalEscalated
    | e.ApprovalWithdrawn
)
_BESIDES = frozenset(get_args(Besides))


class Engine:
    """A workspace's runs. Safe to use from several threads."""

    def __init__(
        self, workspace: Workspace, database: Database, clock: Clock = time.time
    ) -> None:
        self.workspace = workspace
        self.database = database
        self.clock = clock
        self._plans: dict[tuple[str, tuple[tuple[str, str], ...]], Plan] = {}

    def handle(self, run_id: str, command: c.Command) -> RunState:
        """Apply a command to a run and return the state it left behind.

        Raises CommandRefused when the run does not allow it, InvalidValues when
        typed values do not fit, and StoreError when it could not be kept.
        """
        return self.submit(run_id, command).result()

    def submit(self, run_id: str, command: c.Command) -> Future[RunState]:
        """As `handle`, answered when the commit that holds it is on disk."""
        return self.database.writer.submit(
            lambda batch: self.whole(batch, run_id, command)
        )

    def require_taken(self, run_id: str, command: c.Command) -> None:
        """Raise what `handle` would of the run as it stands; nothing is done."""
        state = self.load(run_id)
        decide(self.plan_of(state), state, command, self.clock())

    def log(self, records: Sequence[LogRecord]) -> Future[None]:
        """Keep lines of a log. They decide nothing."""
        return self.database.writer.submit(lambda batch: batch.add_logs(list(records)))

    def load(self, run_id: str) -> RunState:
        """The state of a run as its history leaves it. Raises NotFound."""
        state = self._folded(run_id)
        if state is None:
            raise NotFound(f"there is no run {run_id}; `weir runs` lists them")
        return state

    def at(self, run_id: str, seq: int) -> RunState:
        """The state of a run after its event `seq`. Raises NotFound."""
        state = snapshots.nearest(self.database, run_id, seq)
        records = events.history(
            self.database, run_id, state.seq if state else 0, until=seq
        )
        state = _fold(state, records)
        if state is None or state.seq != seq:
            last = state.seq if state else 0
            raise NotFound(f"run {run_id} has events 1 to {last}; there is no {seq}")
        return state

    def plan(self, version: str, pins: dict[str, str]) -> Plan:
        """The workflow of a version, with the texts it was pinned to, ready to run."""
        key = (version, tuple(sorted(pins.items())) if pins else ())
        if key not in self._plans:
            workflow = self.definition(version)
            assert isinstance(workflow, Workflow)
            if workflow.variants is not None:
                which = ", ".join(workflow.variants.use)
                raise WeirError(
                    f"`{workflow.name}` is a choice between variants, and no run goes"
                    f" by it; start one of {which}"
                )
            library = {name: self.definition(sha) for name, sha in pins.items()}
            linked = link(workflow, library)
            self._plans[key] = Plan(linked, compile_graph(linked))
        return self._plans[key]

    def plan_of(self, state: RunState) -> Plan:
        return self.plan(state.version, state.pins)

    def definition(self, sha: str) -> Definition:
        """The definition a version says. Raises NotFound."""
        version = definitions.version(self.database, sha)
        if version is None:
            raise NotFound(f"the store has no version {sha[:12]}")
        return definition_of(version)

    def rebuild(self, run_id: str) -> None:
        """Write the rows of a run anew from its history."""

        def work(batch: Batch) -> None:
            records = events.history(self.database, run_id)
            self.put_rows_of(batch, records)
            rebuilding.forget(self.database, run_id)

        self.database.writer.submit(work).result()

    def put_rows_of(self, batch: Batch, records: Iterable[EventRecord]) -> None:
        """Leave in a batch the rows that follow from a run's whole history."""
        state: RunState | None = None
        for entry in entries_of(records):
            state = evolve(state, entry.event, entry.seq, entry.at)
            self._put_rows(batch, self.plan_of(state), state, [entry])

    def whole(
        self,
        batch: Batch,
        run_id: str,
        command: c.Command,
        then: Then = lambda _: None,
    ) -> RunState:
        """A command with all that follows from it in other runs, or nothing of it.

        For one who has more to do in the same transaction, on the writer's thread.
        `then` says of each state what is done to the run next; where that can't be, all
        of it is refused by NotTogether.
        """
        states_of(batch).make_room(batch.turn)
        changed = Changed()
        state = self._apply(batch, changed, run_id, command)
        state = self._go_on(batch, changed, state, then)
        self._keep(batch, changed)
        return state

    def _apply(
        self, batch: Batch, changed: Changed, run_id: str, command: c.Command
    ) -> RunState:
        known = changed.get(run_id)
        state = known.state if known else self._current(batch, run_id)
        if state is not None:
            plan = known.plan if known else self.plan_of(state)
        elif isinstance(command, c.StartRun):
            plan = self.plan(command.version, command.pins)
        else:
            raise NotFound(f"there is no run {run_id}; `weir runs` lists them")
        newer = None
        if isinstance(command, c.AdoptVersion):
            newer = self.plan(command.version, command.pins)
        change = decide(plan, state, command, self.clock(), newer)
        plan = newer or plan
        changed.add(plan, change)
        batch.add_notices(notices_of(self.workspace.config, plan, change))
        for other, follows in consequences(plan, change):
            self._follow(batch, changed, other, follows)
        return changed[run_id].state  # what followed elsewhere may have come back

    def _go_on(
        self, batch: Batch, changed: Changed, state: RunState, then: Then
    ) -> RunState:
        try:
            while (following := then(state)) is not None:
                state = self._apply(batch, changed, state.id, following)
            return state
        except StoreError:
            raise
        except Exception as error:
            raise NotTogether(str(error)) from error

    def _follow(
        self, batch: Batch, changed: Changed, run_id: str, command: c.Command
    ) -> None:
        """Tell a run above or below. One that has ended by itself has been heard of.

        But a step can't wait for a run that can't go on, nor a run go on in another
        that can't: then the whole is refused.
        """
        must = isinstance(command, c.RetryRun | c.GoOnWithChild)
        with nullcontext() if must else suppress(CommandRefused):
            self._apply(batch, changed, run_id, command)

    def _current(self, batch: Batch, run_id: str) -> RunState | None:
        """The newest state: the one in memory, and what others have added since."""
        known, current = states_of(batch).get(run_id, batch.others())
        if known is None:
            return self._folded(run_id)
        if current:
            return known
        found = events.history(self.database, run_id, known.seq - 1)
        last = [(event.seq, event.at) for event in found[:1]]
        if last != [(known.seq, known.updated_at)]:
            # An older copy was put in the store's place: what we remember is not there.
            return self._folded(run_id)
        return _fold(known, found[1:])

    def _folded(self, run_id: str) -> RunState | None:
        state = snapshots.nearest(self.database, run_id)
        after = state.seq if state else 0
        return _fold(state, events.history(self.database, run_id, after))

    def _keep(self, batch: Batch, changed: Changed) -> None:
        """Leave all that has changed in a batch; the states last, so that it all is."""
        records = [rows.event_row(run, entry) for run, entry in changed.entries]
        batch.append(records)
        sizes = dict.fromkeys(changed, 0)
        for record in records:
            sizes[record.run] += len(record.data)
        for run in changed.values():
            self._put_rows(batch, run.plan, run.state, run.entries)
            if snapshots.due(run.state, len(run.entries)):
                batch.add_snapshot(snapshots.take(run.state))
        states = states_of(batch)
        for run_id, run in changed.items():
            states.put(run.state, batch.others(), len(run.entries), sizes[run_id])

    def _put_rows(
        self,
        batch: Batch,
        plan: Plan,
        state: RunState,
        entries: Iterable[e.Entry],
    ) -> None:
        batch.put_run(rows.run_row(plan, state))
        touched: dict[str, None] = {}
        for entry in entries:
            event = entry.event
            path = getattr(event, "path", "")
            if path in state.steps:
                touched[path] = None
            if type(event) in _BESIDES:  # asked of each event of every run
                assert isinstance(event, Besides)
                for path in self._put_besides(batch, plan, state, event):
                    touched[path] = None
        for path in touched:
            batch.put_step(rows.step_row(plan, state, path))
            if state.steps[path].artifact:
                batch.add_artifact(rows.artifact_row(plan, state, path))

    def _put_besides(
        self, batch: Batch, plan: Plan, state: RunState, event: Besides
    ) -> Iterable[str]:
        """Put an approval's row; the paths of other steps that an event is about."""
        match event:
            case e.RunRolledBack():
                return state.rollback.dropped if state.rollback else ()
            case e.WentBack():
                return event.outdated
            case e.ApprovalRequested():
                batch.put_approval(rows.approval_row(plan, state, event))
                return ()
        self._update_approval(batch, state, event.approval)
        if not isinstance(event, e.ApprovalDecided) or event.decision.edit is None:
            return ()
        edited = event.decision.edit.name.partition(".")[2]
        draft = state.seen_from(scope_of(event.path), edited)
        assert draft is not None
        return (draft,)

    def _update_approval(self, batch: Batch, state: RunState, approval: str) -> None:
        row = batch.approvals.get(approval) or approvals.get(self.database, approval)
        if row is None:
            batch.settle()  # it may have been asked earlier in this transaction
            row = approvals.get(self.database, approval)
        if row is None:
            raise WeirError(
                f"approval {approval} has no row; run `weir doctor --rebuild`"
            )
        batch.put_approval(rows.approval_update(row, state.approvals[approval]))


def definition_of(version: VersionRecord) -> Definition:
    """A version's definition, from its compiled form or, if that is old, its text."""
    if version.format == compiled.FORMAT:
        return compiled.decode(version.compiled)
    from engine.definition.parse import parse  # a YAML reader, for old versions only

    if sha256(version.text.encode()).hexdigest() != version.sha:
        raise WeirError(
            f"{version.kind} {version.name}: the text kept as {version.sha[:12]} is"
            " another one; `weir doctor` looks at the store"
        )
    parsed = parse(version.text, f"{version.kind}/{version.name}")
    if parsed.definition is None:
        raise WeirError(
            f"{version.kind} {version.name} ({version.sha[:12]}) was written for an"
            f" older Weir and no longer parses: {parsed.problems[0]}"
        )
    return parsed.definition


def _fold(state: RunState | None, records: Iterable[EventRecord]) -> RunState | None:
    for entry in entries_of(records):
        state = evolve(state, entry.event, entry.seq, entry.at)
    return state
