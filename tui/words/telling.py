"""An event of a run in words."""

from __future__ import annotations

from typing import assert_never

import msgspec

from engine.machine import events as e
from engine.machine.state import Actor, Earlier, RunStatus
from engine.machine.waiting import words_of
from tui.words.times import moment


def telling(event: e.AnyEvent) -> tuple[str, str]:
    """The status an event leads to ("" for none) and what else there is to say."""
    match event:
        case e.RunStarted():
            return "created", begun(event)
        case e.RunPaused():
            return "paused", told("the run is paused", event.by, event.comment)
        case e.RunResumed():
            return "running", told("the run goes on", event.by)
        case e.RunRetried():
            where = f" from {event.step}" if event.step else ""
            return "running", told(f"the run goes on{where}", event.by)
        case e.RollbackStarted(rollback=rollback):
            to = f"to {rollback.to}" if rollback.to else "to its beginning"
            said = f"the run is rolled back {to}; {len(rollback.steps)} to undo"
            return "rolling_back", told(said, rollback.by)
        case e.RunRolledBack():
            return "rolled_back", "the run is rolled back"
        case e.WentBack():
            few, more = event.outdated[:5], len(event.outdated) - 5
            also = f"; outdated: {', '.join(few)}" if few else ""
            also += f" and {more} more" if more > 0 else ""
            said = f"back to {event.to}{also}"
            return "running", told(said, event.by, event.comment)
        case e.ContextSet():
            value = msgspec.json.encode(event.value).decode()[:80]
            return "", told(f"{event.name} is set to {value}", event.by)
        case e.FinallyStarted(ending=ending):
            cancelled = ending.outcome is RunStatus.CANCELLED
            how = ending.reason if cancelled else f"the run has {ending.outcome}"
            return "", f"{how}; what is always done begins"
        case e.VersionAdopted():
            said = f"goes on by version {event.version[:12]}"
            return "", told(said, event.by)
        case e.RunSucceeded():
            return "succeeded", cut_short("the run has succeeded", event.by)
        case e.RunFailed():
            return "failed", cut_short(event.reason, event.by)
        case e.RunCancelled():
            return "cancelled", told("the run is cancelled", event.by, event.reason)
        case _:
            return of_a_step(event)


def of_a_step(event: e.AnyEvent) -> tuple[str, str]:
    match event:
        case e.StepReady(looks_up=names):
            return "ready", f"looks up {', '.join(names)}" if names else ""
        case e.StepSkipped():
            return "skipped", told("", event.by, event.reason)
        case e.AttemptStarted():
            return "running", f"attempt {event.attempt}" if event.attempt > 1 else ""
        case e.StepSucceeded():
            said = taken_over(event.earlier) or "marked done" * bool(event.by)
            return "succeeded", told(said, event.by, event.comment)
        case e.StepReused():
            said = f"reused from {event.run}, event {event.seq}"
            return "succeeded", told(said, event.by, "another output" * bool(event.by))
        case e.StepRetrying():
            when = f"again at {moment(event.at)}"
            what = f"asks fallback {event.fallback}" if event.fallback else when
            again = f"{event.failure.message}; {what}"
            return "retrying", again
        case e.StepFailed():
            return "failed", told(event.failure.message, event.by)
        case e.StepInterrupted():
            # What undoes a step that may not have happened says that itself.
            unsure = "; it may or may not have happened" if event.attempt else ""
            return "interrupted", f"{event.reason}{unsure}"
        case e.StepResumed():
            return "ready", told("again", event.by, event.comment)
        case e.StepCancelled():
            return "cancelled", event.reason
        case e.StepWaiting():
            return "waiting", waiting(event)
        case e.ItemTicked():
            said = "takes the tick back of" if event.undone else "ticks"
            return "", f"{name(event.by)} {said} {event.item} {event.text}"
        case e.RouteTaken():
            return "", f"goes to {event.chosen}" + (event.why and f" ({event.why})")
        case _:
            return of_arms(event)


def taken_over(earlier: Earlier | None) -> str:
    """Whose answer to the same question a step has, instead of one of its own."""
    if earlier is None:
        return ""
    whose = f"{earlier.path} of {earlier.run}"
    return f"not asked again: the answer is that of {whose} (reuse: {earlier.why})"


def of_arms(event: e.AnyEvent) -> tuple[str, str]:
    match event:
        case e.ArmsOpened(arms=arms):
            few = ", ".join(arm.key for arm in arms[:5])
            more = f" and {len(arms) - 5} more" if len(arms) > 5 else ""
            return "running", f"begins {len(arms)}: {few}{more}" if arms else "is empty"
        case e.ArmStarted():
            return "", f"{event.arm} begins"
        case e.ArmEnded():
            said = f"{event.arm} {event.status}"
            return "", f"{said}: {event.reason}" if event.reason else said
        case e.ArmReopened():
            return "", f"{event.arm} goes on"
        case e.ChildStarted():
            return "waiting", f"starts {event.workflow} as {event.run}"
        case e.UndoStarted():
            return "", f"what was not needed is undone: {', '.join(event.steps[:5])}"
        case e.StepUndone():
            return "undone", ""
        case e.ChildUndoing():
            return "waiting", f"{event.run} is rolled back"
        case e.ChildRetried():
            return "waiting", f"{event.run} goes on"
        case _:
            return of_a_gate(event)


def of_a_gate(event: e.AnyEvent) -> tuple[str, str]:
    match event:
        case e.ApprovalRequested():
            return "waiting", f"asks: {event.request.title} ({event.approval})"
        case e.ApprovalDecided():
            decision = event.decision
            said = f"{decision.choice} on {event.approval}"
            # Another choice than `reject` tells itself where it leads.
            no = event.status == "rejected" and decision.choice != "reject"
            word = "" if no else event.status
            return word, told(said, decision.by, decision.comment)
        case e.ApprovalExpired():
            return "expired", f"{event.approval}: nobody decided in time"
        case e.ApprovalReminded():
            return "waiting", f"{event.approval}: nobody has answered{_next(event)}"
        case e.ApprovalEscalated():
            return "waiting", f"{event.approval} is escalated{_to_whom(event)}"
        case e.ApprovalWithdrawn():
            return "withdrawn", told(event.approval, event.by, event.comment)
        case (
            e.RunStarted() | e.RunPaused() | e.RunResumed() | e.RunRetried()
            | e.RollbackStarted() | e.RunRolledBack() | e.UndoStarted()
            | e.ChildUndoing() | e.StepUndone() | e.WentBack() | e.ContextSet()
            | e.VersionAdopted() | e.FinallyStarted() | e.RunSucceeded() | e.RunFailed()
            | e.RunCancelled()
            | e.StepReady() | e.StepSkipped() | e.AttemptStarted() | e.StepSucceeded()
            | e.StepReused() | e.StepRetrying() | e.StepFailed() | e.StepInterrupted()
            | e.StepResumed() | e.StepCancelled() | e.StepWaiting() | e.RouteTaken()
            | e.ItemTicked()
            | e.ArmsOpened() | e.ArmStarted() | e.ArmEnded() | e.ArmReopened()
            | e.ChildStarted() | e.ChildRetried()
        ):  # fmt: skip
            raise ValueError(f"{type(event).__name__} is told above")
        case _:
            assert_never(event)


def _next(event: e.ApprovalReminded) -> str:
    if event.remind_at is not None:
        return f"; told of again {moment(event.remind_at)}"
    return f"; waits until {moment(event.deadline)}" if event.deadline else ""


def _to_whom(event: e.ApprovalEscalated) -> str:
    told = f" to {', '.join(event.to)}" if event.to else ""
    may = f"; {', '.join(event.approvers)} may decide too" if event.approvers else ""
    return f"{told}{may}"


def waiting(event: e.StepWaiting) -> str:
    """For what, and until when."""
    awaited = event.awaits
    until = "" if event.until is None else f"until {moment(event.until)}"
    if awaited is None:
        return until
    why = getattr(awaited, "why", "")
    said = f"for {words_of(awaited)}" + (f": {why}" if why else "")
    return f"{said}, {until} at the latest" if until else said


def begun(event: e.RunStarted) -> str:
    said = f"{event.workflow} started by {name(event.by)}"
    if event.variant is not None:
        chose = event.variant
        options = ", ".join(f"{name} {w:g}" for name, w in chose.options.items())
        said += f" as a variant of {chose.of} ({chose.by} is {chose.value}; {options})"
    if event.occasion is not None:
        said += f" for {event.occasion.key}"
    fork = event.fork
    return f"{said} as a fork of {fork.run} from {fork.step}" if fork else said


def cut_short(what: str, by: Actor | None) -> str:
    """How it ended, and who did not wait for what is always done."""
    return f"{what}; what is always done was ended by {name(by)}" if by else what


def told(what: str, by: Actor | None, comment: str = "") -> str:
    """What was done, by whom, and what they said to it."""
    said = " ".join(part for part in (what, f"by {name(by)}" if by else "") if part)
    return ": ".join(part for part in (said, comment) if part)


def name(actor: Actor) -> str:
    """A person and from where they acted, as far as it is known."""
    return f"{actor.name} ({actor.via})" if actor.via not in ("cli", "") else actor.name


def whence(by: Actor) -> str:
    """`desk pts/3 ssh 10.0.0.7, cli`: the machine, the terminal and the way in."""
    from_where = f"ssh {by.ssh.split()[0]}" if by.ssh.strip() else ""
    parts = (by.machine, by.terminal.removeprefix("/dev/"), from_where)
    return ", ".join(filter(None, (" ".join(filter(None, parts)), by.via)))
