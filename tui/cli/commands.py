"""The table of commands: what each is for, and the module it is loaded from."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """`place` is `module:attribute`, imported when the command is called."""

    place: str
    help: str
    hidden: bool = False


# In the order of `weir --help`, which reads this table and imports nothing.
SECTIONS: dict[str, dict[str, Entry]] = {
    "Definitions": {
        "init": Entry("tui.cli.init:init", "Make a folder a workspace."),
        "new": Entry("tui.cli.writing:new", "Write a new workflow, from a starter."),
        "add": Entry("tui.cli.writing:add", "Put a step into a workflow's file."),
        "check": Entry("tui.cli.check:check", "Say what is wrong in definitions."),
        "test": Entry("tui.cli.test:test", "Try workflows with given answers."),
        "rehearse": Entry(
            "tui.cli.rehearse:rehearse_", "Play past runs by the files as they are now."
        ),
        "convert": Entry(
            "tui.cli.convert:convert", "Make a definition of what others have."
        ),
        "list": Entry("tui.cli.library:list_", "List workflows and other definitions."),
        "graph": Entry("tui.cli.library:graph", "Draw the steps of a workflow."),
        "context": Entry("tui.cli.seeing:context_", "Say what each step would see."),
        "render": Entry("tui.cli.seeing:render_", "Print prompts; ask no model."),
        "schema": Entry("tui.cli.library:schema", "Print JSON Schema for editors."),
        "trust": Entry("tui.cli.trust:trust", "Look at what a workspace can do here."),
    },
    "Runs": {
        "run": Entry("tui.cli.run:run", "Start a run and follow it."),
        "wait": Entry("tui.cli.wait:wait", "Wait until a run stops, or a gate asks."),
        "runs": Entry("tui.cli.runs:runs", "List runs, newest first."),
        "show": Entry("tui.cli.show:show_", "Show a run and its steps."),
        "filters": Entry("tui.cli.filters:filters", "List or save what you filter by."),
        "diff": Entry("tui.cli.diff:diff", "Say what differs between two runs."),
        "search": Entry("tui.cli.search:search_", "Find words in runs."),
        "logs": Entry("tui.cli.logs:logs", "Print the log of a run."),
        "why": Entry("tui.cli.why:why", "Say what a run waits for."),
        "trace": Entry("tui.cli.trace:trace", "Walk from a step to the run's root."),
        "stats": Entry("tui.cli.stats:stats_", "Tell how runs end and what they take."),
        "artifact": Entry("tui.cli.artifact:artifact", "Print an artifact of a run."),
    },
    "What waits for a person": {
        "inbox": Entry("tui.cli.inbox:inbox", "List what waits for a person."),
        "approve": Entry("tui.cli.gates:approve", "Read a gate's request and decide."),
        "reject": Entry("tui.cli.gates:reject", "Say no to a gate, with the reason."),
        "withdraw": Entry("tui.cli.gates:withdraw", "Take a gate's question back."),
        "snooze": Entry("tui.cli.snooze:snooze", "Be shown a gate later, or again."),
        "fill": Entry("tui.cli.change:fill", "Give a value that a run waits for."),
        "tick": Entry("tui.cli.tick:tick", "Tick an item of a checklist."),
        "mark": Entry("tui.cli.steer:mark", "Say what became of a step."),
    },
    "Steering": {
        "pause": Entry("tui.cli.steer:pause", "Start no further step of a run."),
        "resume": Entry("tui.cli.steer:resume", "Let a paused run go on."),
        "cancel": Entry("tui.cli.steer:cancel", "End a run and its running steps."),
        "retry": Entry("tui.cli.steer:retry", "Go on from where a run failed."),
        "skip": Entry("tui.cli.change:skip", "Go on without a step, and say why."),
        "back": Entry("tui.cli.change:back", "Come to an earlier step again."),
        "rollback": Entry("tui.cli.rollback:rollback", "Undo what a run has done."),
        "set": Entry("tui.cli.change:set_", "Give a run another context value."),
        "adopt": Entry("tui.cli.adopt:adopt", "Let a run go on by a newer version."),
        "fork": Entry("tui.cli.fork:fork", "Begin a new run at a step of an old one."),
    },
    "Keeping": {
        "audit": Entry("tui.cli.audit:audit_", "List what people did."),
        "prune": Entry("tui.cli.prune:prune", "Hide old runs; remove hidden ones."),
        "export": Entry("tui.cli.archive:export", "Write ended runs into a file."),
        "import": Entry("tui.cli.archive:import_", "Bring runs back from a file."),
    },
    "The workspace": {
        "schedule": Entry(
            "tui.cli.schedule:schedule", "List, pause or resume what begins by itself."
        ),
        "project": Entry("tui.cli.project:project", "List, make or change projects."),
        "secret": Entry("tui.cli.secret:secret", "List secrets, or keep one."),
        "notify": Entry("tui.cli.notify:notify", "List who is told of gates; try one."),
        "runner": Entry("tui.cli.runner:runner", "Start, stop or look at the runner."),
        "doctor": Entry("tui.cli.doctor:doctor", "Check the store; rebuild its rows."),
        "settings": Entry(
            "tui.cli.settings:settings", "Show your colours, keys, bell; or set them."
        ),
        "serve": Entry("tui.cli.serve:serve_", "Open the workbench to a browser."),
        "completion": Entry(
            "tui.cli.completion:completion", "Print what makes Tab complete words."
        ),
        "open": Entry("tui.cli.workbench:open_", "Open the workbench.", hidden=True),
        "demo": Entry("tui.cli.demo:demo", "Show what Weir does.", hidden=True),
    },
}

COMMANDS: dict[str, Entry] = {
    name: entry for section in SECTIONS.values() for name, entry in section.items()
}
