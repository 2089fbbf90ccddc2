"""What a person can ask for: the same acts for the keys and for the commands.

Every act is refused in one line, or done and on disk when it returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from engine import awake, recording, witness
from engine.answers import Unsure, unsure
from engine.beginning import beginning, require_inputs
from engine.closure import closure
from engine.definition.fields import accept
from engine.errors import NotFound
from engine.filters import require_filter
from engine.gates import edit_of, request_of, the_approval, typed
from engine.handle import Engine
from engine.ids import new_id
from engine.inbox import InboxItem, inbox, waiting
from engine.lost import living, silent, what_holds
from engine.machine import commands as c
from engine.machine.putting import value_at
from engine.machine.setting import asked_again
from engine.machine.state import (
    Actor,
    Request,
    RunState,
    RunStatus,
)
from engine.machine.ticking import Item, items_of
from engine.meant import (
    document_of,
    finished_path,
    item_of,
    only,
    require_awaited,
    require_id,
    require_there,
    typed_like,
    visit_of,
)
from engine.opening import open_store, require_known, require_texts
from engine.people import current_actor
from engine.projects import open_project
from engine.snoozing import Snooze, Snoozes, Waits, rouse, snooze, snoozed
from engine.spans import age
from engine.why import finishing, why
from engine.workspace import Workspace, open_workspace
from store import filters, runs, steps
from store.database import Database
from store.filters import FilterRecord
from store.records import ApprovalRecord, ProjectRecord, ScheduleRecord

if TYPE_CHECKING:
    from engine.changing import Adoption, Proposal
    from engine.machine.missing import Lack
    from engine.preview import Undoing
    from engine.standing import Standing

Json = Any
T = TypeVar("T")


class Desk:
    """A person at a workspace. `who` is recorded with everything they do.

    Where it does not wake (`wakes`), what is asked waits until someone starts a runner.
    """

    wakes = True

    def __init__(self, engine: Engine, who: Actor) -> None:
        self.engine = engine
        self.who = who

    @classmethod
    def open(cls, root: Path, *, via: str, read_only: bool = False) -> Desk:
        """Open the workspace at `root`. `via`: cli, workbench, browser or script."""
        workspace = open_workspace(root)
        database = open_store(workspace, read_only=read_only)
        return cls.at(workspace, database, via=via)

    @classmethod
    def at(cls, workspace: Workspace, database: Database, *, via: str) -> Desk:
        """The desk over a store that is open already."""
        return cls(Engine(workspace, database), current_actor(workspace, via))

    @property
    def workspace(self) -> Workspace:
        return self.engine.workspace

    @property
    def database(self) -> Database:
        return self.engine.database

    def close(self) -> None:
        try:
            if self.database.has_written:
                witness.note(self.database)
        finally:
            self.database.close()

    def start(
        self,
        workflow: str,
        given: Mapping[str, Json],
        *,
        text: bool = True,
        project: str = "",
        provider: str = "",
        record: bool = False,
        cassette: str = "",
        force: bool = False,
    ) -> str:
        """Begin a run and return its id.

        `text`: the values given are words typed by a person. `record` keeps what
        models are asked in `cassette`, or in a file of the run's own; without it,
        they are answered from there. Raises NotFound, InvalidValues for what does not
        fit, NotTrusted, and WeirError.
        """
        begins = beginning(self.engine, workflow, given, text=text)
        require_texts(self.workspace, begins.texts)
        require_inputs(self.engine, begins)
        run = new_id("r")
        kept_in = (
            recording.recorded(self.workspace, provider, run, cassette, force=force)
            if record
            else recording.played(self.workspace, provider, cassette)
        )
        command = c.StartRun(
            run,
            begins.inputs,
            begins.closure.version,
            begins.closure.pins,
            self.who,
            project,
            provider,
            variant=begins.variant,
            cassette=kept_in,
        )
        self._act(run, command)
        return run

    def proposal(
        self,
        run: str,
        start: str,
        given: Mapping[str, Json],
        outputs: Mapping[str, Json],
        *,
        newest: bool = False,
        version: str = "",
    ) -> Proposal:
        """What a fork of a run would keep and do again. Nothing is done yet.

        `given` are words typed by a person. Raises as `fork` does, but for NotTrusted.
        """
        from engine.changing import propose  # Jinja's parser, for who forks

        state = self.engine.load(self.resolve_run(run))
        return propose(self.engine, state, start, given, outputs, newest, version)

    def fork(self, proposal: Proposal) -> str:
        """Begin the run that was proposed, and return its id.

        Raises NotTrusted for a version that came from someone else.
        """
        found = proposal.closure
        require_texts(self.workspace, found.texts)
        run = new_id("r")
        command = c.StartRun(
            run,
            proposal.inputs,
            found.version,
            found.pins,
            self.who,
            proposal.project,
            proposal.provider,
            fork=proposal.fork,
            variant=proposal.variant,
            kept=proposal.kept,
            cassette=proposal.cassette,
        )
        self._act(run, command)
        return run

    def adoption(self, run: str) -> Adoption:
        """What the newest version would mean for a run. Nothing is done yet."""
        from engine.changing import adoption

        return adoption(self.engine, self.engine.load(self.resolve_run(run)))

    def standing(self, run: str) -> Standing:
        """Where a run stands towards the newest version of its workflow."""
        from engine.standing import standing

        return standing(self.engine, self.engine.load(self.resolve_run(run)))

    def is_behind(self, run: str) -> bool:
        """Whether a run goes by another version than the one in force."""
        state = self.engine.load(self.resolve_run(run))
        found = closure(self.engine, state.workflow)
        return not found.is_of(state)

    def adopt(self, run: str) -> RunState:
        """Let a run go on by the newest version of its workflow.

        Raises CommandRefused where that is not safe, and NotTrusted for a version that
        came from someone else.
        """
        from engine.changing import adopt

        state = self.engine.load(self.resolve_run(run))
        found = closure(self.engine, state.workflow)
        require_texts(self.workspace, found.texts)
        return self._act(state.id, adopt(self.engine, state, found, self.who))

    def approval(self, approval_id: str) -> ApprovalRecord:
        """The approval of an id or its beginning, or the one open gate of a run."""
        return the_approval(self.database, approval_id)

    def request(self, approval: ApprovalRecord) -> Request:
        """What the gate asks, as it was rendered and stored."""
        return request_of(approval)

    def decide(
        self,
        approval_id: str,
        choice: str,
        *,
        seen: str,
        comment: str = "",
        reason: str = "",
        inputs: Mapping[str, Json] | None = None,
        edited: tuple[str, str] | None = None,
        trial: bool = False,
    ) -> ApprovalRecord:
        """Answer a gate. `seen` is the digest of the request that was shown.

        `inputs` are the words typed into the gate's form; `edited` is the name and
        the new text of a changed draft. Raises StaleDecision, CommandRefused and
        InvalidValues; the gate then stays open as it was. With `trial` it does so in
        any case: only what would be refused is.
        """
        approval = self.approval(approval_id)
        command = c.DecideApproval(
            approval.id,
            choice,
            seen,
            self.who,
            comment,
            reason,
            typed(self.engine, approval, inputs or {}),
            edit_of(self.engine, approval, edited) if edited else None,
        )
        if trial:
            self._require_open(approval.run)
            self.engine.require_taken(approval.run, command)
        else:
            self._act(approval.run, command)
        return self.approval(approval.id)

    def withdraw(self, approval_id: str, comment: str = "") -> ApprovalRecord:
        approval = self.approval(approval_id)
        self._act(approval.run, c.WithdrawApproval(approval.id, self.who, comment))
        return self.approval(approval.id)

    def waits(self, waits_id: str) -> Waits:
        """A gate; or, by RUN/PATH, a step that can't go on. Raises NotFound."""
        run, slash, path = waits_id.partition("/")
        if not slash:
            return self.approval(waits_id)
        full = self.resolve_run(run)
        for row in steps.of_run(self.database, full):
            if row.path == path:
                return row
        raise NotFound(f"{full} has no step {path}; `weir show {full}` lists them")

    def snooze(self, waits_id: str, until: str) -> Snooze:
        """Show a gate, or a step that can't go on, to oneself no more until a time.

        2h, tomorrow, monday, 14:30. The deadline of a gate stays. Raises InvalidValues
        and CommandRefused.
        """
        self.database.require_writable()
        return snooze(self.engine, self.who, self.waits(waits_id), until)

    def rouse(self, waits_id: str) -> None:
        """Show to oneself again what was snoozed."""
        self.database.require_writable()
        rouse(self.engine, self.who, self.waits(waits_id))

    def snoozed(self) -> Snoozes:
        """What one has snoozed; some of it may not hold any more."""
        return snoozed(self.database, self.who.name)

    def pause(self, run: str, comment: str = "") -> RunState:
        return self._ask(run, c.PauseRun(self.who, comment))

    def resume(self, run: str) -> RunState:
        return self._ask(run, c.ResumeRun(self.who))

    def pause_schedule(self, name: str) -> ScheduleRecord:
        """Let a schedule begin nothing until it is resumed; how it stands then."""
        from engine.schedules import acting

        acting.pause(self.engine, acting.the_schedule(self.engine, name), self.who)
        return acting.the_schedule(self.engine, name)

    def resume_schedule(self, name: str) -> ScheduleRecord:
        """Let a schedule begin runs again; how it stands then, with its next time."""
        from engine.schedules import acting

        require_known(self.workspace, self.database)
        acting.resume(self.engine, acting.the_schedule(self.engine, name), self.who)
        self.wake()
        return acting.the_schedule(self.engine, name)

    def open_project(self, name: str, title: str = "") -> ProjectRecord:
        """Make a project, or take one out of the archive. Raises WeirError."""
        return open_project(self.database, self.who, name, title, self.engine.clock())

    def save_filter(
        self, name: str, text: str, *, pane: str, project: str = ""
    ) -> FilterRecord:
        """Keep what is typed after `/` under a name. Raises WeirError."""
        record = FilterRecord(
            person=self.who.name, project=project, pane=pane, name=name, text=text
        )
        require_filter(record, self.engine.clock())
        filters.save(self.database, record)
        return record

    def delete_filter(self, record: FilterRecord) -> None:
        filters.delete(self.database, record)

    def cancel(self, run: str, comment: str = "") -> RunState:
        return self._ask(run, c.CancelRun(self.who, comment))

    def retry(self, run: str, step: str = "", *, newest: bool = False) -> RunState:
        """Go on from the step that failed; by the newest version, where that is said.

        Raises as `adopt` then.
        """
        if newest and self.is_behind(run):
            self.adopt(run)
        return self._ask(run, c.RetryRun(self.who, step))

    def skip(self, run: str, step: str, reason: str) -> RunState:
        """Go on without a step, as if it had succeeded and left nothing."""
        full = self.resolve_run(run)
        path = visit_of(self.engine.load(full), step)
        return self._ask(full, c.SkipStep(path, reason, self.who))

    def back(self, run: str, to: str, comment: str = "") -> RunState:
        """Come to an earlier step again; what is under way in its list is ended."""
        return self._ask(run, c.GoBack(to, self.who, comment))

    def preview(self, run: str, to: str = "") -> list[Undoing]:
        """What a roll back would undo, newest first, and what it would leave."""
        full = self.resolve_run(run)
        path = finished_path(self.engine.load(full), to)
        from engine.preview import preview  # templates: not for the first paint

        return preview(self.engine, full, path, self.who)

    def roll_back(self, run: str, to: str = "") -> RunState:
        """Undo what was done after a step; all of it when no step is named."""
        full = self.resolve_run(run)
        path = finished_path(self.engine.load(full), to)
        return self._ask(full, c.RollBack(path, self.who))

    def set_values(self, run: str, texts: Mapping[str, str]) -> list[str]:
        """Give context values, as typed, each of the kind that is there: all or none.

        Returns the paths of the gates that ask anew, because they show one of them.
        """
        full = self.resolve_run(run)
        before = self.engine.load(full)
        values = {
            name: typed_like(value_at(before.context, name), text)
            for name, text in texts.items()
        }
        return asked_again(before, self._ask(full, c.SetContext(values, self.who)))

    def checklist(self, run: str, name: str) -> tuple[str, list[Item]]:
        """The path and the items of a checklist, by its path or the id of its step."""
        state = self.engine.load(self.resolve_run(run))
        path = document_of(state, name)
        return path, items_of(state.steps[path])

    def rendered_from(self, run: str, name: str) -> str:
        """The digest of what a document was rendered from. Raises NotFound."""
        state = self.engine.load(self.resolve_run(run))
        path = document_of(state, name)
        digest = state.steps[path].output.get("data", "")
        if not digest:
            raise NotFound(f"{path} was written before Weir kept what it was made from")
        return str(digest)

    def tick(self, run: str, name: str, item: str, *, undo: bool = False) -> Item:
        """Tick an item of a checklist, named by its number or by its words.

        With `undo` the tick is taken back. Raises NotFound, Ambiguous, CommandRefused.
        """
        full = self.resolve_run(run)
        path, items = self.checklist(full, name)
        chosen = item_of(items, item)
        number, text = (chosen.number, chosen.text) if chosen else (int(item), "")
        state = self._act(full, c.TickItem(path, number, self.who, text, undo))
        return items_of(state.steps[path])[number - 1]

    def lack(self, run: str) -> Lack:
        """The values that a run waits for a person to give."""
        from engine.machine.missing import missing  # Jinja's parser

        state = self.engine.load(self.resolve_run(run))
        return missing(self.engine.plan_of(state), state)

    def fill(self, run: str, said: Mapping[str, Json]) -> RunState:
        """Give values that a run waits for, a text as typed; all of them or none.

        Raises CommandRefused for one that no step waits for, and InvalidValues for one
        that does not fit what the workflow says of it.
        """
        from engine.filling import filling  # Jinja's parser

        full = self.resolve_run(run)
        state = self.engine.load(full)
        require_awaited(state, said)
        values = filling(self.engine.plan_of(state).workflow, state, said)
        return self._ask(full, c.SetContext(values, self.who))

    def unsure(self, run: str) -> list[Unsure]:
        """The steps that may or may not have happened, and what can be said of them."""
        state = self.engine.load(self.resolve_run(run))
        return unsure(self.engine.plan_of(state), state, self.engine.clock())

    def mark(
        self,
        run: str,
        step: str,
        *,
        how: str = "done",
        output: Json = None,
        comment: str = "",
        text: bool = False,
    ) -> RunState:
        """Say what became of a step: `again`, `done` or `fail`.

        `text`: the values of the output are words typed by a person.
        """
        full = self.resolve_run(run)
        state = self.engine.load(full)
        path = visit_of(state, step)
        plan = self.engine.plan_of(state)
        declared = (
            plan.steps.get(state.steps[path].step) if path in state.steps else None
        )
        if how == "done" and declared is not None and declared.output:
            given = output if isinstance(output, dict) else {}
            output = accept(declared.output, given, text=text, noun="output")
        return self._ask(full, c.ResolveStep(path, how, self.who, output, comment))

    def finishing(self, run: str) -> list[tuple[str, str]]:
        """The run and the path of each step that a paused run will still finish."""
        state = self.engine.load(self.resolve_run(run))
        return [(id_, step.path) for id_, step in finishing(self.engine, state)]

    def why(self, run: str) -> str:
        full = self.resolve_run(run)
        said = why(self.engine, full)
        going = self.engine.load(full).status is RunStatus.RUNNING
        return f"{said}{self._why_nobody()}" if going else said

    def _why_nobody(self) -> str:
        """Why no runner goes on with anything here; "" where one does."""
        if not awake.is_awake(self.workspace):
            return "; but no runner is awake: `weir runner start` goes on with it"
        database, now = self.engine.database, self.engine.clock()
        held = silent(database, now)
        if not held or living(database, now):
            return ""
        quiet = age(now - held[-1].beat_at)
        words = what_holds(held[-1])
        return f"; but the runner has not been heard of for {quiet}, and {words}"

    def inbox(self, by: str = "risk", most: int | None = None) -> list[InboxItem]:
        return inbox(self.engine, self.who.name, by, most)

    def waiting(self) -> list[InboxItem]:
        """As `inbox`, in no order and without what it blocks."""
        return waiting(self.engine, self.who.name)

    def resolve_run(self, prefix: str) -> str:
        """The id of the run that begins so. Raises NotFound and Ambiguous."""
        require_id(prefix, "run", "weir runs")
        ids = runs.find(self.database, prefix)
        if prefix in ids:
            return prefix
        return only(
            list(ids),
            f"no run begins with {prefix}; `weir runs` lists them",
            f"{prefix} fits more than one run: {', '.join(ids)}",
        )

    def wake(self) -> None:
        """Make sure a runner is awake to carry on what was asked.

        Raises NotTrusted for runs that came with the folder.
        """
        if self.wakes:
            require_known(self.workspace, self.database)
            awake.ensure_runner(self.workspace)

    def _ask(self, run: str, command: c.Command) -> RunState:
        return self._act(self.resolve_run(run), command)

    def _act(self, run: str, command: c.Command) -> RunState:
        """The one way from a person to a run."""
        self._require_open(run)
        try:
            return self.engine.handle(run, command)
        finally:
            self.wake()  # also after a refusal: a timer may be what stands in the way

    def _require_open(self, run: str) -> None:
        """Refuse where nothing can be written, or the run may not go on here."""
        self.database.require_writable()
        require_known(self.workspace, self.database)
        require_there(self.database, run)
