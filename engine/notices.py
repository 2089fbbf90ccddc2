"""Who outside is told of what, and why: rows that are written with what they tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase

from engine.counted import counted
from engine.definition.kinds import Approval
from engine.failures import gone_wrong
from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.gate import approvers_of, gate_of
from engine.machine.plan import Plan
from engine.machine.state import ApprovalState
from engine.notify_settings import Notify, Rule
from engine.spans import age
from engine.workspace import Config
from store.records import NoticeRecord

Telling = e.ApprovalRequested | e.ApprovalReminded | e.ApprovalEscalated
Whys = dict[str, str]  # by target


def notices_of(config: Config, plan: Plan, change: Change) -> Iterator[NoticeRecord]:
    """A notice for each target that has to hear of what has just happened."""
    if not config.notify.targets:
        return
    if "gates" in config.notify.of:
        yield from of_gates(config, plan, change)
    if "failures" in config.notify.of:
        yield from of_failures(config, change)


def of_gates(config: Config, plan: Plan, change: Change) -> Iterator[NoticeRecord]:
    for entry in change.entries:
        event = entry.event
        if isinstance(event, Telling):
            approval = change.state.approvals[event.approval]
            gate = gate_of(plan, change.state.steps[event.path])
            whys = told(config, change.state.workflow, gate, approval, event)
            for target, why in whys.items():
                yield NoticeRecord(
                    about=approval.id,
                    occasion=occasion_of(event, approval),
                    target=target,
                    run=change.state.id,
                    risk=gate.risk,
                    why=why,
                    at=entry.at,
                )


def of_failures(config: Config, change: Change) -> Iterator[NoticeRecord]:
    state = change.state
    below = state.parent is not None
    for failure in gone_wrong(state.id, change.entries, below=below):
        for target, why in of_failure(config, state.workflow).items():
            yield NoticeRecord(
                about=failure.about,
                occasion=failure.occasion,
                target=target,
                run=state.id,
                risk="normal",
                why=why,
                at=failure.at,
            )


def occasion_of(event: Telling, approval: ApprovalState) -> str:
    match event:
        case e.ApprovalRequested():
            return "asked"
        case e.ApprovalReminded():
            return f"reminded {approval.reminders}"
        case e.ApprovalEscalated():
            return "escalated"


def told(
    config: Config,
    workflow: str,
    gate: Approval,
    approval: ApprovalState,
    event: Telling,
) -> Whys:
    """The targets, each with why: as the gate says, else as weir.toml does."""
    if isinstance(event, e.ApprovalEscalated) and event.to:
        waited = age(gate.escalate.after) if gate.escalate else "long"
        why = f"nobody has answered for {waited}, and the gate then escalates to it"
        return dict.fromkeys(event.to, why)
    if gate.notify:
        return dict.fromkeys(gate.notify, "the gate names it under `notify`")
    approvers = approvers_of(gate, approval)
    return by_rules(config, workflow, gate.risk, approvers)


def by_rules(
    config: Config, workflow: str, risk: str, approvers: tuple[str, ...]
) -> Whys:
    notify: Notify = config.notify
    if not notify.rules:
        why = "weir.toml has no rules: every gate is told to every target"
        return dict.fromkeys(notify.targets, why)
    who = everyone(config, approvers)
    return by_those(notify, lambda rule: fits(rule, workflow, risk, who))


def of_failure(config: Config, workflow: str) -> Whys:
    notify = config.notify
    if not notify.rules:
        why = "weir.toml has no rules: every failure is told to every target"
        return dict.fromkeys(notify.targets, why)
    return by_those(notify, lambda rule: fits_failure(rule, workflow))


def by_those(notify: Notify, fits: Callable[[Rule], bool]) -> Whys:
    """The targets of the rules that fit, each with the first of them."""
    found: Whys = {}
    for number, rule in enumerate(notify.rules, 1):
        if fits(rule):
            why = f"rule {number} of weir.toml fits it{in_words(rule)}"
            for target in rule.to:
                found.setdefault(target, why)
    return found


def everyone(config: Config, approvers: tuple[str, ...]) -> set[str]:
    """Approvers, and by name who has a role that is one."""
    roles = (name.removeprefix("role:") for name in approvers if ":" in name)
    return {*approvers, *(who for role in roles for who in config.roles.get(role, ()))}


def fits(rule: Rule, workflow: str, risk: str, who: set[str]) -> bool:
    return (
        (not rule.of or "gates" in rule.of)
        and (not rule.risk or risk in rule.risk)
        and fits_workflow(rule, workflow)
        and (not rule.approver or not who.isdisjoint(rule.approver))
    )


def fits_failure(rule: Rule, workflow: str) -> bool:
    """A failure has no risk and nobody who may approve it."""
    if rule.risk or rule.approver or not fits_workflow(rule, workflow):
        return False
    return not rule.of or "failures" in rule.of


def fits_workflow(rule: Rule, workflow: str) -> bool:
    return not rule.workflow or any(fnmatchcase(workflow, p) for p in rule.workflow)


def in_words(rule: Rule) -> str:
    names = ("of", "risk", "workflow", "approver")
    asks = {name: getattr(rule, name) for name in names}
    said = [f"{name} {' or '.join(values)}" for name, values in asks.items() if values]
    return f" ({', '.join(said)})" if said else ""


def gates_and_failures(some: Sequence[NoticeRecord]) -> str:
    """How many there are: `2 gates and 1 failure`."""
    gates = {each.about for each in some if not each.is_failure}
    failures = {each.about for each in some if each.is_failure}
    counts = ((len(gates), "gate"), (len(failures), "failure"))
    return " and ".join(counted(many, one) for many, one in counts if many)
