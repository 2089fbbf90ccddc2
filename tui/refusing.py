"""Why an action can't be done just now: a function of what is chosen, in words."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from engine.machine.state import RUN_ENDED, ApprovalStatus, RunStatus
from store.records import (
    ApprovalRecord,
    DefinitionRecord,
    ProjectRecord,
    RunRecord,
    StepRecord,
)

RUNS, APPROVALS, LOG, TEMPLATES, PROJECTS = (
    "runs", "approvals", "log", "templates", "projects",
)  # fmt: skip
PANES = (RUNS, APPROVALS, LOG, TEMPLATES, PROJECTS)
DEFINITION, INSIDE = "definition", "inside"  # screens of their own
AUDIT, SCHEDULES, RUNNER = "audit", "schedules", "runner"
SETTINGS, TRENDS = "settings", "trends"
LISTS = (AUDIT, SCHEDULES, RUNNER, SETTINGS)  # screens that are one list
BESIDE = "beside"  # two runs, or the attempts at a step, side by side
PLACES = (*PANES, DEFINITION, INSIDE, *LISTS, TRENDS, BESIDE)


class Here(Struct, frozen=True):
    """What is chosen in the pane that has the focus: what a refusal is decided on."""

    pane: str = RUNS
    run: RunRecord | None = None
    step: StepRecord | None = None
    approval: ApprovalRecord | None = None
    definition: DefinitionRecord | None = None
    project: ProjectRecord | None = None
    row: str = ""  # in a screen of lists that are its own
    choices: tuple[str, ...] = ()
    editable: str = ""  # what of the shown may be edited
    edited: bool = False  # by this person, and not decided on
    unsure: bool = False  # a step of the run may have happened, or not
    lacking: bool = False  # a step of it lacks values
    alike: int = 0  # runs that are asked the same
    asleep: bool = False  # what is chosen in the inbox is snoozed
    drawn: bool = False  # what is shown is not shown as it is written
    checklist: bool = False  # what is shown has items to tick
    workflows: int = 0
    waiting: int = 0
    marked: int = 0  # approvals that are to be decided together
    folded: bool = False  # they are those of one row, and nobody has marked them
    marked_run: str = ""  # that another is to be compared with
    held: int = 0  # what is decided and not sent yet
    window: float = 0.0  # seconds for which a decision is held
    answered: bool = False  # the approval is among it
    read_only: bool = False
    in_browser: bool = False

    @property
    def run_id(self) -> str | None:
        """Of the chosen run, or of the one that what is chosen belongs to."""
        if self.run is not None:
            return self.run.id
        of = self.step or self.approval
        return of.run if of is not None else None

    @property
    def path(self) -> str | None:
        """Of the chosen step, or of the one that asks."""
        of = self.step or self.approval
        return of.path if of is not None else None


Refusal = Callable[[Here], str | None]


def always(_: Here) -> str | None:
    return None


def writable(here: Here) -> str | None:
    return "the workspace is open for reading only" if here.read_only else None


def at_a_terminal(here: Here) -> str | None:
    if here.in_browser:
        return "a browser has no terminal to hand over: do it in one"
    return None


def commands(here: Here) -> str | None:
    # A window's process has no key of a model, and would wake a runner without one.
    return writable(here) or at_a_terminal(here)


def something(here: Here) -> str | None:
    if here.pane in (*LISTS, TRENDS):
        return None if here.row else "nothing is chosen in this list"
    chosen = {
        RUNS: here.run,
        LOG: here.run,
        APPROVALS: here.approval or here.step,
        TEMPLATES: here.definition,
        PROJECTS: here.project,
        DEFINITION: here.definition,
        INSIDE: here.run,
        BESIDE: here.run,
    }
    return None if chosen[here.pane] else "nothing is chosen in this pane"


def again(here: Here) -> str | None:
    return writable(here) or chosen_run(here)


def startable(here: Here) -> str | None:
    if (reason := writable(here)) is not None:
        return reason
    if not here.workflows:
        return "there is no workflow yet: put one into workflows/"
    chosen = here.definition
    if here.pane not in (TEMPLATES, DEFINITION) or chosen is None:
        return None
    if chosen.kind != "workflow":
        return f"a {chosen.kind} can't be started, only a workflow"
    if chosen.missing:
        return f"{chosen.path} is gone: put it back, then a run can begin"
    if not chosen.version:
        return "it has never been free of problems: mend them first"
    return None


def schedule(here: Here) -> str | None:
    if (reason := writable(here)) is not None:
        return reason
    return None if here.row else "no schedule is chosen"


def setting(here: Here) -> str | None:
    if here.in_browser:
        return "a browser keeps no settings: set them at a terminal"
    return None if here.row else "no setting is chosen"


def live_run(here: Here) -> str | None:
    if (reason := writable(here)) is not None:
        return reason
    if here.run is None:
        return "no run is chosen"
    if here.run.status in RUN_ENDED:
        return f"the run is {here.run.status}: it has ended"
    return None


def chosen_run(here: Here) -> str | None:
    if (reason := writable(here)) is not None:
        return reason
    return None if here.run is not None else "no run is chosen"


def any_run(here: Here) -> str | None:
    return None if here.run_id is not None else "no run is chosen"


def any_step(here: Here) -> str | None:
    if here.run is None:
        return "no run is chosen"
    return None if here.step is not None else "no step is chosen"


def retryable(here: Here) -> str | None:
    if (reason := writable(here)) is not None:
        return reason
    if here.run is None:
        return "no run is chosen"
    if here.run.status != RunStatus.FAILED:
        return f"the run is {here.run.status}: only a failed one can be retried"
    return None


def open_gate(here: Here) -> str | None:
    if (reason := writable(here)) is not None:
        return reason
    if here.approval is None:
        return no_gate(here)
    if here.approval.status != ApprovalStatus.PENDING:
        return (
            f"{here.approval.id} is {here.approval.status}: it can't be decided again"
        )
    return None


def no_gate(here: Here) -> str:
    if here.step is None:
        return "no approval is chosen"
    return "no approval is chosen, but a step that can't go on: Enter answers it"


def any_gate(here: Here) -> str | None:
    return None if here.approval is not None else no_gate(here)


def openable(here: Here) -> str | None:
    """To open a step that can't go on is to answer it; all else is only looked at."""
    answers = here.pane == APPROVALS and here.step is not None
    return writable(here) if answers else None


def snoozable(here: Here) -> str | None:
    waits = here.pane == APPROVALS and here.step is not None
    return writable(here) if waits else open_gate(here)


def marked(here: Here) -> str | None:
    if (reason := writable(here)) is not None:
        return reason
    return None if here.marked else "none is marked; mark the chosen one first"


def offers(choice: str) -> Refusal:
    def refuse(here: Here) -> str | None:
        if (reason := open_gate(here)) is not None:
            return reason
        if here.choices and choice not in here.choices:
            return f"this gate offers {', '.join(here.choices)}: press c to choose"
        return None

    return refuse


def editable(here: Here) -> str | None:
    if (reason := open_gate(here)) is not None:
        return reason
    if not here.editable:
        return "this gate shows nothing that can be edited"
    return at_a_terminal(here)


def checklist(here: Here) -> str | None:
    if (reason := writable(here)) is not None:
        return reason
    if here.approval is None:
        return no_gate(here)
    return None if here.checklist else "this gate shows nothing to tick"


def edited(here: Here) -> str | None:
    if (reason := open_gate(here)) is not None:
        return reason
    return None if here.edited else "you have edited nothing here"


def drawn(here: Here) -> str | None:
    if here.approval is None:
        return no_gate(here)
    return None if here.drawn else "what this gate shows is shown as it is written"


def file(here: Here) -> str | None:
    if (reason := commands(here)) is not None:
        return reason
    if here.definition is None:
        return "no definition is chosen"
    if here.definition.missing:
        return f"{here.definition.path} is gone: its versions and runs stay"
    return None


def addable(here: Here) -> str | None:
    """A step goes into the file of the chosen workflow, or into one that is asked."""
    if (reason := writable(here)) is not None:
        return reason
    chosen = here.definition
    if chosen is not None and chosen.missing and chosen.kind == "workflow":
        return f"{chosen.path} is gone: put it back, then a step can be added"
    return None


def document(here: Here) -> str | None:
    if here.run is None:
        return "no run is chosen"
    if here.step is None:
        return "choose the step that has left a checklist: ] goes to the next one"
    if here.step.kind != "artifact":
        return f"{here.step.path} leaves no document, and so nothing to tick"
    return None


def held(here: Here) -> str | None:
    if here.held:
        return None
    if not here.window:
        return "decisions are sent at once: `weir settings undo=5` holds them for 5 s"
    told = f"a decision can be taken back for {here.window:g} s"
    return f"nothing is held: {told}; what was sent stands"


def somewhere_waiting(here: Here) -> str | None:
    return None if here.waiting else "nothing waits for a person"
