"""What a person can do here: one registry feeds keys, footer, help and palette.

An action is data. Who performs it is the pane or the screen, by its id; why it can't be
done just now is a function of what is chosen (`refusing`). No action is a Textual
`action_*` method, so that no markup in any text can reach one.
"""

from __future__ import annotations

from msgspec import Struct

from tui import refusing as r
from tui.refusing import APPROVALS as APPROVALS
from tui.refusing import AUDIT as AUDIT
from tui.refusing import BESIDE as BESIDE
from tui.refusing import DEFINITION as DEFINITION
from tui.refusing import INSIDE as INSIDE
from tui.refusing import LISTS as LISTS
from tui.refusing import LOG as LOG
from tui.refusing import PANES as PANES
from tui.refusing import PLACES as PLACES
from tui.refusing import PROJECTS as PROJECTS
from tui.refusing import RUNNER as RUNNER
from tui.refusing import RUNS as RUNS
from tui.refusing import SCHEDULES as SCHEDULES
from tui.refusing import SETTINGS as SETTINGS
from tui.refusing import TEMPLATES as TEMPLATES
from tui.refusing import TRENDS as TRENDS
from tui.refusing import Here as Here


class Action(Struct, frozen=True):
    """Something a key does. An empty `where` means every pane.

    `by_key_only`: the help and the palette show it and don't run it, because Enter
    runs things there and Enter never decides. `anew`: it begins something new, whatever
    is chosen, so that the palette does it from anywhere.
    """

    id: str
    name: str
    does: str
    keys: tuple[str, ...]
    where: tuple[str, ...] = ()
    command: str = ""
    refuse: r.Refusal = r.always
    by_key_only: bool = False
    anew: bool = False

    def applies(self, pane: str) -> bool:
        return not self.where or pane in self.where


ACTIONS: tuple[Action, ...] = (
    # Runs
    Action("runs.start", "New run", "start a run of a workflow", ("n",),
           (RUNS, TEMPLATES, DEFINITION), "weir run WORKFLOW", r.startable, anew=True),
    Action("runs.again", "Again", "start another with what this one was given", ("N",),
           (RUNS, INSIDE), "weir run --like RUN", r.again),
    Action("runs.pause", "Pause", "pause the run, or let a paused one go on", ("p",),
           (RUNS, LOG, INSIDE), "weir pause RUN · weir resume RUN", r.live_run),
    Action("runs.stop", "Stop", "cancel the run for good", ("x",),
           (RUNS, LOG, INSIDE), "weir cancel RUN", r.live_run),
    Action("runs.retry", "Retry", "go on from the step that failed", ("R",),
           (RUNS, LOG, INSIDE), "weir retry RUN", r.retryable),
    Action("runs.resolve", "Resolve", "say what became of an interrupted step", ("m",),
           (RUNS, LOG, INSIDE), "weir mark RUN STEP", r.live_run),
    Action("runs.fill", "Fill in", "give the values that the run lacks", ("f",),
           (RUNS, LOG, INSIDE), "weir fill RUN NAME=VALUE", r.live_run),
    Action("runs.rollback", "Roll back", "undo what the run has done; shown before",
           ("b",), (RUNS, LOG, INSIDE), "weir rollback RUN --to STEP", r.chosen_run),
    Action("runs.fork", "Fork", "begin a new run at a step of this one; shown before",
           ("o",), (RUNS, LOG, INSIDE), "weir fork RUN --from STEP --newest",
           r.chosen_run),
    Action("runs.back", "Go back", "come to an earlier step again", ("B",),
           (RUNS, LOG, INSIDE), "weir back RUN --to STEP", r.chosen_run),
    Action("runs.skip", "Skip", "go on without a step, and say why", ("S",),
           (RUNS, LOG, INSIDE), "weir skip RUN STEP", r.chosen_run),
    Action("runs.adopt", "Adopt", "go on by the newest version; shown before", ("A",),
           (RUNS, LOG, INSIDE), "weir adopt RUN", r.chosen_run),
    Action("runs.why", "Why", "what the run waits for, and who can move it", ("w",),
           (RUNS,), "weir why RUN", r.something),
    Action("runs.inside", "Inside", "the run's history, steps, texts, at any event",
           ("i",), (RUNS, LOG, APPROVALS), "weir show RUN --at EVENT", r.any_run),
    Action("runs.mark", "Mark", "mark the run, to compare another with it; or not",
           ("space",), (RUNS,), refuse=r.any_run),
    Action("runs.compare", "Compare",
           "what differs from the marked run; of a fork, from where it comes", ("d",),
           (RUNS, LOG, INSIDE), "weir diff MARKED RUN", r.any_run),
    Action("runs.attempts", "Attempts", "the attempts at the chosen step side by side",
           ("T",), (LOG, INSIDE), "weir show RUN --step STEP --attempts", r.any_step),
    Action("inside.earlier", "Before", "the run as it was an event before", ("[",),
           (INSIDE,)),
    Action("inside.later", "After", "the run as it was an event later", ("]",),
           (INSIDE,)),
    # Approvals
    Action("approvals.approve", "Approve", "approve what is shown", ("a",),
           (APPROVALS,), "weir approve ID", r.offers("approve"), by_key_only=True),
    Action("approvals.reject", "Reject", "reject what is shown, with a reason", ("r",),
           (APPROVALS,), "weir reject ID --comment T", r.offers("reject"),
           by_key_only=True),
    Action("approvals.choose", "Choose", "any other answer the gate offers", ("c",),
           (APPROVALS,), "weir approve ID --choice C", r.open_gate, by_key_only=True),
    Action("approvals.edit", "Edit", "edit the draft in $EDITOR, then look at the diff",
           ("e",), (APPROVALS,), "weir approve ID --edit", r.editable),
    Action("approvals.discard", "Drop edit", "drop what you have edited, as it was",
           ("E",), (APPROVALS,), refuse=r.edited, by_key_only=True),
    Action("approvals.tick", "Tick", "tick the items of the checklist that is shown",
           ("t",), (APPROVALS,), "weir tick RUN ARTIFACT ITEM", r.checklist),
    Action("approvals.source", "Source",
           "show documents as they are written, or as they are read", ("V",),
           (APPROVALS,), refuse=r.drawn),
    Action("approvals.withdraw", "Withdraw", "take the question back", ("w",),
           (APPROVALS,), "weir withdraw ID", r.open_gate, by_key_only=True),
    Action("approvals.snooze", "Snooze", "be shown it later; or again, if snoozed",
           ("s",), (APPROVALS,), "weir snooze ID TIME", r.snoozable),
    Action("approvals.snoozed", "Snoozed", "show what is snoozed as well, or not",
           ("S",), (APPROVALS,), "weir inbox --all"),
    Action("approvals.order", "Order", "sort by risk, by age, or by what is blocked",
           ("O",), (APPROVALS,), "weir inbox --by blocks"),
    Action("approvals.fold", "Fold", "list each run that is asked the same, or one row",
           ("f",), (APPROVALS,), refuse=r.any_gate),
    Action("approvals.mark", "Mark", "mark it, to decide on several at once; or not",
           ("m",), (APPROVALS,), refuse=r.open_gate, by_key_only=True),
    Action("approvals.mark_alike", "Mark alike",
           "mark all that ask the same of other runs; or not", ("M",), (APPROVALS,),
           refuse=r.open_gate, by_key_only=True),
    Action("approvals.approve_marked", "Approve marked",
           "approve all that are marked, or folded; shown before", ("A",), (APPROVALS,),
           "weir approve ID", r.marked, by_key_only=True),
    Action("approvals.reject_marked", "Reject marked",
           "reject all that are marked, or folded, with one reason", ("X",),
           (APPROVALS,), "weir reject ID --comment T", r.marked, by_key_only=True),
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
    Action("log.raw", "Raw", r"every byte as it was written: \x1b, \r; or as text",
           ("e",), (LOG,), "weir logs RUN --raw"),
    Action("log.times", "Times", "show the time of each line, or not", ("t",), (LOG,)),
    Action("log.find", "Find", "the first line that holds a text, in all of the log",
           ("/",), (LOG,)),
    Action("log.find_next", "Next match", "the next line that holds the text of /",
           ("n",), (LOG,)),
    Action("log.find_previous", "Match before", "the line before that holds it",
           ("N",), (LOG,)),
    Action("log.checklist", "Checklist", "tick the items of the step's checklist",
           ("enter",), (LOG,), "weir tick RUN ARTIFACT ITEM", r.document),
    Action("log.left", "Left", "ten columns to the left", ("h", "left"), (LOG,)),
    Action("log.right", "Right", "ten columns to the right", ("l", "right"), (LOG,)),
    Action("log.line_start", "Line start", "to the first column", ("0",), (LOG,)),
    Action("log.line_end", "Line end", "to the last column", ("$",), (LOG,)),
    # Templates
    Action("templates.edit", "Edit", "edit the file in $EDITOR", ("e",),
           (TEMPLATES, DEFINITION), "$EDITOR FILE", r.file),
    Action("templates.new", "New", "write a new workflow, from a starter or blank",
           ("N",), (TEMPLATES,), "weir new NAME --from STARTER", r.writable, anew=True),
    Action("templates.add", "Add step", "put a step into a workflow; shown before",
           ("a",), (TEMPLATES, DEFINITION), "weir add WORKFLOW TEMPLATE", r.addable),
    # Definition
    Action("definition.text", "Text", "the text again, after a diff", ("t",),
           (DEFINITION,)),
    Action("definition.mark", "Mark", "mark a version, for a diff with another",
           ("space",), (DEFINITION,)),
    # Projects
    Action("projects.new", "New", "make a project", ("n",), (PROJECTS,),
           "weir project new NAME", r.writable, anew=True),
    # Schedules
    Action("schedules.pause", "Pause",
           "let the schedule begin nothing, or let a paused one go on", ("p",),
           (SCHEDULES,), "weir schedule pause NAME · weir schedule resume NAME",
           r.schedule),
    # Settings
    Action("settings.change", "Change", "turn it on or off, or take another",
           ("enter", "l", "right"), (SETTINGS,), "weir settings NAME=VALUE", r.setting),
    Action("settings.usual", "As usual", "make the setting as usual again", ("d",),
           (SETTINGS,), "weir settings NAME=", r.setting),
    Action("settings.edit", "Edit", "edit config.toml in $EDITOR", ("e",),
           (SETTINGS,), "$EDITOR FILE", r.at_a_terminal),
    # Trends
    Action("trends.shorter", "Shorter", "a shorter time: 90, 30, 7 days", ("[",),
           (TRENDS,), "weir stats --since 7d"),
    Action("trends.longer", "Longer", "a longer time: 30, 90 days, all", ("]",),
           (TRENDS,), "weir stats --since 90d"),
    Action("trends.read", "Read again", "read the figures as they are now", ("r",),
           (TRENDS,), "weir stats"),
    # Every list
    Action("list.open", "Open", "open what is chosen", ("enter", "l", "right"),
           (RUNS, APPROVALS, TEMPLATES, PROJECTS, DEFINITION, INSIDE, AUDIT,
            SCHEDULES, RUNNER, TRENDS, BESIDE), refuse=r.openable),
    Action("list.filter", "Filter", "show only what holds a text; !text: what doesn't",
           ("/",), (RUNS, APPROVALS, TEMPLATES, PROJECTS, *LISTS)),
    Action("filters.choose", "Filters", "filter by what was saved under a name", ("F",),
           (RUNS, APPROVALS), "weir runs --filter NAME"),
    Action("filters.save", "Save filter", "save what / says under a name", ("W",),
           (RUNS, APPROVALS), "weir filters save NAME TEXT", r.writable),
    Action("filters.delete", "Forget filter", "forget a filter that was saved", ("D",),
           (RUNS, APPROVALS), "weir filters delete NAME", r.writable),
    Action("list.copy", "Copy", "copy the id to the clipboard", ("y",),
           refuse=r.something),
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
    Action("go.audit", "Audit", "every act of a person: when, who, whence, what",
           ("g u",), command="weir audit"),
    Action("go.schedules", "Schedules", "what begins runs by itself, and when next",
           ("g c",), command="weir schedule list"),
    Action("go.runner", "Runner", "who is at work on what, and the limits", ("g o",),
           command="weir runner status"),
    Action("go.trends", "Trends", "how runs go over time, what holds them up, and cost",
           ("g s",), command="weir stats --by day"),
    Action("go.settings", "Settings", "your colours, keys, bell; and other ones",
           ("g ,",), command="weir settings"),
    Action("go.waiting", "Waiting", "go to what stands first in the inbox", ("g w",),
           refuse=r.somewhere_waiting),
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
           (":",), command="weir COMMAND", refuse=r.commands),
    Action("app.theme", "Colours", "other colours, also your terminal's own", ("g h",),
           command="weir settings theme=NAME"),
    Action("app.back", "Back", "back; from Runs: quit", ("q",)),
    Action("app.out", "Out", "back; from Runs: nowhere", ("escape", "backspace")),
    Action("app.undo", "Undo", "take back what is decided and not sent yet", ("u",),
           refuse=r.held),
    Action("app.suspend", "Suspend", "back to the shell until fg", ("ctrl+z",),
           refuse=r.at_a_terminal),
    Action("app.interrupt", "Copy or quit", "copy the selection; twice: quit",
           ("ctrl+c",)),
    Action("app.quit", "Quit", "leave the workbench; runs go on", ("ctrl+q",)),
)  # fmt: skip

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}


def of_pane(pane: str) -> list[Action]:
    """The actions a pane answers to: its own first, then those of every pane."""
    own = [a for a in ACTIONS if pane in a.where]
    return own + [a for a in ACTIONS if not a.where]
