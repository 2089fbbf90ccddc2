"""What a person can do here: one registry feeds keys, footer, help and palette.

An action is data. Who performs it is the pane or the screen, by its id; why it can't be
done just now is a function of what is chosen. No action is a Textual `action_*` method,
so that no markup in any text can reach one.
"""

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
PLACES = (*PANES, DEFINITION, INSIDE)


class Here(Struct, frozen=True):
    """What is chosen in the pane that has the focus: what a refusal is decided on."""

    pane: str = RUNS
    run: RunRecord | None = None
    step: StepRecord | None = None
    approval: ApprovalRecord | None = None
    definition: DefinitionRecord | None = None
    project: ProjectRecord | None = None
    choices: tuple[str, ...] = ()
    editable: str = ""  # what of the shown may be edited
    workflows: int = 0
    waiting: int = 0
    marked: int = 0  # approvals that are to be decided together
    read_only: bool = False
    in_browser: bool = False


Refusal = Callable[[Here], str | None]


def always(_: Here) -> str | None:
    return None


def _writable(here: Here) -> str | None:
    return "the workspace is open for reading only" if here.read_only else None


def _at_a_terminal(here: Here) -> str | None:
    if here.in_browser:
        return "a browser has no terminal to hand over: do it in one"
    return None


def _commands(here: Here) -> str | None:
    # A window's process has no key of a model, and would wake a runner without one.
    return _writable(here) or _at_a_terminal(here)


def _something(here: Here) -> str | None:
    chosen = {
        RUNS: here.run,
        LOG: here.run,
        APPROVALS: here.approval,
        TEMPLATES: here.definition,
        PROJECTS: here.project,
        DEFINITION: here.definition,
        INSIDE: here.run,
    }
    return None if chosen[here.pane] else "nothing is chosen in this pane"


def _startable(here: Here) -> str | None:
    if (reason := _writable(here)) is not None:
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


def _live_run(here: Here) -> str | None:
    if (reason := _writable(here)) is not None:
        return reason
    if here.run is None:
        return "no run is chosen"
    if here.run.status in RUN_ENDED:
        return f"the run is {here.run.status}: it has ended"
    return None


def _chosen_run(here: Here) -> str | None:
    if (reason := _writable(here)) is not None:
        return reason
    return None if here.run is not None else "no run is chosen"


def _any_run(here: Here) -> str | None:
    return None if here.run is not None else "no run is chosen"


def _retryable(here: Here) -> str | None:
    if (reason := _writable(here)) is not None:
        return reason
    if here.run is None:
        return "no run is chosen"
    if here.run.status != RunStatus.FAILED:
        return f"the run is {here.run.status}: only a failed one can be retried"
    return None


def _open_gate(here: Here) -> str | None:
    if (reason := _writable(here)) is not None:
        return reason
    if here.approval is None:
        return "no approval is chosen"
    if here.approval.status != ApprovalStatus.PENDING:
        return (
            f"{here.approval.id} is {here.approval.status}: it can't be decided again"
        )
    return None


def _marked(here: Here) -> str | None:
    if (reason := _writable(here)) is not None:
        return reason
    return None if here.marked else "none is marked: m marks the chosen one"


def _offers(choice: str) -> Refusal:
    def refuse(here: Here) -> str | None:
        if (reason := _open_gate(here)) is not None:
            return reason
        if here.choices and choice not in here.choices:
            return f"this gate offers {', '.join(here.choices)}: press c to choose"
        return None

    return refuse


def _editable(here: Here) -> str | None:
    if (reason := _open_gate(here)) is not None:
        return reason
    if not here.editable:
        return "this gate shows nothing that can be edited"
    return _at_a_terminal(here)


def _file(here: Here) -> str | None:
    if (reason := _commands(here)) is not None:
        return reason
    if here.definition is None:
        return "no definition is chosen"
    if here.definition.missing:
        return f"{here.definition.path} is gone: its versions and runs stay"
    return None


def _document(here: Here) -> str | None:
    if here.run is None:
        return "no run is chosen"
    if here.step is None:
        return "choose the step that has left a checklist: ] goes to the next one"
    if here.step.kind != "artifact":
        return f"{here.step.path} leaves no document, and so nothing to tick"
    return None


def _somewhere_waiting(here: Here) -> str | None:
    return None if here.waiting else "nothing waits for a person"


class Action(Struct, frozen=True):
    """Something a key does. An empty `where` means every pane.

    `by_key_only`: the help and the palette show it and don't run it, because Enter
    runs things there and Enter never decides.
    """

    id: str
    name: str
    does: str
    keys: tuple[str, ...]
    where: tuple[str, ...] = ()
    command: str = ""
    refuse: Refusal = always
    by_key_only: bool = False

    def applies(self, pane: str) -> bool:
        return not self.where or pane in self.where


ACTIONS: tuple[Action, ...] = (
    # Runs
    Action("runs.start", "New run", "start a run of a workflow", ("n",),
           (RUNS, TEMPLATES, DEFINITION), "weir run WORKFLOW", _startable),
    Action("runs.pause", "Pause", "pause the run, or let a paused one go on", ("p",),
           (RUNS, LOG, INSIDE), "weir pause RUN · weir resume RUN", _live_run),
    Action("runs.stop", "Stop", "cancel the run for good", ("x",),
           (RUNS, LOG, INSIDE), "weir cancel RUN", _live_run),
    Action("runs.retry", "Retry", "go on from the step that failed", ("R",),
           (RUNS, LOG, INSIDE), "weir retry RUN", _retryable),
    Action("runs.resolve", "Resolve", "say what became of an interrupted step", ("m",),
           (RUNS, LOG, INSIDE), "weir mark RUN STEP", _live_run),
    Action("runs.fill", "Fill in", "give the values that the run lacks", ("f",),
           (RUNS, LOG, INSIDE), "weir fill RUN NAME=VALUE", _live_run),
    Action("runs.rollback", "Roll back", "undo what the run has done; shown before",
           ("b",), (RUNS, LOG, INSIDE), "weir rollback RUN --to STEP", _chosen_run),
    Action("runs.fork", "Fork", "begin a new run at a step of this one; shown before",
           ("o",), (RUNS, LOG, INSIDE), "weir fork RUN --from STEP", _chosen_run),
    Action("runs.back", "Go back", "come to an earlier step again", ("B",),
           (RUNS, LOG, INSIDE), "weir back RUN --to STEP", _chosen_run),
    Action("runs.skip", "Skip", "go on without a step, and say why", ("S",),
           (RUNS, LOG, INSIDE), "weir skip RUN STEP", _chosen_run),
    Action("runs.adopt", "Adopt", "go on by the newest version; shown before", ("A",),
           (RUNS, LOG, INSIDE), "weir adopt RUN", _chosen_run),
    Action("runs.why", "Why", "what the run waits for, and who can move it", ("w",),
           (RUNS,), "weir why RUN", _something),
    Action("runs.inside", "Inside", "the run's history, steps, texts, at any event",
           ("i",), (RUNS, LOG), "weir show RUN --at EVENT", _any_run),
    Action("inside.earlier", "Before", "the run as it was an event before", ("[",),
           (INSIDE,)),
    Action("inside.later", "After", "the run as it was an event later", ("]",),
           (INSIDE,)),
    # Approvals
    Action("approvals.approve", "Approve", "approve what is shown", ("a",),
           (APPROVALS,), "weir approve ID", _offers("approve"), by_key_only=True),
    Action("approvals.reject", "Reject", "reject what is shown, with a reason", ("r",),
           (APPROVALS,), "weir reject ID --comment T", _offers("reject"),
           by_key_only=True),
    Action("approvals.choose", "Choose", "any other answer the gate offers", ("c",),
           (APPROVALS,), "weir approve ID --choice C", _open_gate, by_key_only=True),
    Action("approvals.edit", "Edit", "edit the draft in $EDITOR, then look at the diff",
           ("e",), (APPROVALS,), "weir approve ID --edit", _editable),
    Action("approvals.withdraw", "Withdraw", "take the question back", ("w",),
           (APPROVALS,), "weir withdraw ID", _open_gate, by_key_only=True),
    Action("approvals.mark", "Mark", "mark it, to decide on several at once; or not",
           ("m",), (APPROVALS,), refuse=_open_gate, by_key_only=True),
    Action("approvals.approve_marked", "Approve marked",
           "approve all that are marked; shown together before", ("A",), (APPROVALS,),
           "weir approve ID", _marked, by_key_only=True),
    Action("approvals.reject_marked", "Reject marked",
           "reject all that are marked, with one reason", ("X",), (APPROVALS,),
           "weir reject ID --comment T", _marked, by_key_only=True),
    Action("approvals.read_down", "Read on", "scroll the request down",
           ("space", "J"), (APPROVALS,)),
    Action("approvals.read_up", "Read back", "scroll the request up",
           ("K",), (APPROVALS,)),
    # Log
    Action("log.follow", "Follow", "stay at the end of the log", ("F",), (LOG,),
           "weir logs RUN -f"),
    Action("log.previous_step", "Step before", "the log of the step before", ("[",),
           (LOG,)),
    Action("log.next_step", "Next step", "the log of the next step", ("]",), (LOG,),
           "weir logs RUN --step S"),
    Action("log.next_error", "Next error", "the next line that tells of a failure",
           ("E",), (LOG,)),
    Action("log.wrap", "Wrap", "wrap long lines, or not", ("w",), (LOG,)),
    Action("log.times", "Times", "show the time of each line, or not", ("t",), (LOG,)),
    Action("log.find_next", "Next match", "the next line that holds the text of /",
           ("n",), (LOG,)),
    Action("log.find_previous", "Match before", "the line before that holds it",
           ("N",), (LOG,)),
    Action("log.checklist", "Checklist", "tick the items of the step's checklist",
           ("enter",), (LOG,), "weir tick RUN ARTIFACT ITEM", _document),
    Action("log.left", "Left", "ten columns to the left", ("h", "left"), (LOG,)),
    Action("log.right", "Right", "ten columns to the right", ("l", "right"), (LOG,)),
    Action("log.line_start", "Line start", "to the first column", ("0",), (LOG,)),
    Action("log.line_end", "Line end", "to the last column", ("$",), (LOG,)),
    # Templates
    Action("templates.edit", "Edit", "edit the file in $EDITOR", ("e",),
           (TEMPLATES, DEFINITION), "$EDITOR FILE", _file),
    # Definition
    Action("definition.text", "Text", "the text again, after a diff", ("t",),
           (DEFINITION,)),
    Action("definition.mark", "Mark", "mark a version, for a diff with another",
           ("space",), (DEFINITION,)),
    # Projects
    Action("projects.new", "New", "make a project", ("n",), (PROJECTS,),
           "weir project new NAME", _writable),
    # Every list
    Action("list.open", "Open", "open what is chosen", ("enter", "l", "right"),
           (RUNS, APPROVALS, TEMPLATES, PROJECTS, DEFINITION, INSIDE)),
    Action("list.filter", "Filter", "show only what holds a text; !text: what doesn't",
           ("/",), PANES),
    Action("list.copy", "Copy", "copy the id to the clipboard", ("y",),
           refuse=_something),
    Action("list.down", "Down", "the next one", ("j", "down")),
    Action("list.up", "Up", "the one before", ("k", "up")),
    Action("list.page_down", "Page down", "half a page down", ("ctrl+d", "pagedown")),
    Action("list.page_up", "Page up", "half a page up", ("ctrl+u", "pageup")),
    Action("list.top", "Top", "the first one", ("g g", "home")),
    Action("list.bottom", "Bottom", "the last one", ("G", "end")),
    # Everywhere
    Action("go.runs", "Runs", "go to Runs", ("1", "g r"), command="weir runs"),
    Action("go.approvals", "Approvals", "go to Approvals", ("2", "g a"),
           command="weir inbox"),
    Action("go.log", "Log", "go to the steps and log of the chosen run", ("3", "g l"),
           command="weir logs RUN"),
    Action("go.templates", "Templates", "go to Templates", ("4", "g t"),
           command="weir list"),
    Action("go.projects", "Projects", "go to Projects", ("5", "g p"),
           command="weir project list"),
    Action("go.definition", "Look",
           "a definition's text, graph, problems, versions, runs and uses", ("g d",),
           command="weir graph WORKFLOW"),
    Action("go.waiting", "Waiting", "go to what stands first in the inbox", ("g w",),
           refuse=_somewhere_waiting),
    Action("go.next", "Next pane", "go to the next pane, or page", ("tab",)),
    Action("go.previous", "Previous pane", "go to the pane before, or page",
           ("shift+tab",)),
    Action("view.zoom", "Zoom", "give the pane the whole screen, or take it back",
           ("z",)),
    Action("view.peek", "Peek", "show or hide what is below the list", ("v",),
           PANES),
    Action("app.help", "Help", "every key of this pane", ("?", "f1")),
    Action("app.commands", "Palette", "everything that can be done, by name",
           ("ctrl+p",)),
    Action("app.line", "Cmds", "any weir command; RUN, STEP, ID: what is chosen",
           (":",), command="weir COMMAND", refuse=_commands),
    Action("app.theme", "Colours", "other colours, also your terminal's own", ("g h",)),
    Action("app.back", "Back", "back; from Runs: quit", ("q", "backspace", "escape")),
    Action("app.suspend", "Suspend", "back to the shell until fg", ("ctrl+z",),
           refuse=_at_a_terminal),
    Action("app.interrupt", "Copy or quit", "copy the selection; twice: quit",
           ("ctrl+c",)),
    Action("app.quit", "Quit", "leave the workbench; runs go on", ("ctrl+q",)),
)  # fmt: skip

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}

DECIDING = ("approvals.approve", "approvals.reject", "approvals.choose",
            "approvals.edit", "approvals.withdraw")  # fmt: skip


def dead_at(here: Here) -> frozenset[str]:
    """What can't be done here at all: to a decided gate, or where one only looks."""
    if (reason := _writable(here)) is not None:
        return frozenset(each.id for each in ACTIONS if each.refuse(here) == reason)
    gate = here.approval
    ended = gate is not None and gate.status != ApprovalStatus.PENDING
    return frozenset(DECIDING if ended else ())


# What the last line teaches, in order; what doesn't fit is in the help.
FOOTER: dict[str, tuple[str, ...]] = {
    RUNS: ("list.open", "runs.start", "runs.stop", "runs.pause", "runs.retry",
           "list.filter"),
    APPROVALS: ("approvals.approve", "approvals.reject", "approvals.choose",
                "approvals.edit", "approvals.read_down", "list.filter"),
    LOG: ("log.follow", "log.next_step", "runs.stop", "runs.pause", "runs.retry",
          "list.filter"),
    INSIDE: ("go.next", "inside.earlier", "inside.later", "runs.rollback", "runs.fork",
             "list.copy"),
    DEFINITION: ("go.next", "list.open", "templates.edit", "runs.start",
                 "definition.mark", "definition.text"),
    TEMPLATES: ("list.open", "runs.start", "templates.edit", "list.copy",
                "list.filter"),
    PROJECTS: ("list.open", "projects.new", "list.copy", "list.filter"),
}  # fmt: skip
ALWAYS_IN_FOOTER = ("app.help", "app.line", "app.back")


def of_pane(pane: str) -> list[Action]:
    """The actions a pane answers to: its own first, then those of every pane."""
    own = [a for a in ACTIONS if pane in a.where]
    return own + [a for a in ACTIONS if not a.where]
