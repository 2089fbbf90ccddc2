"""`weir approve`, `reject` and `withdraw`: a person's answer to a gate."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from engine.definition.kinds import Approval
from engine.errors import CommandRefused, InvalidValues, NotFound, StaleDecision
from engine.machine.gate import editable, gate_of
from engine.machine.places import scope_of
from engine.machine.state import Request
from engine.machine.ticking import Checklist, checklists_of
from engine.outlook import outlook, told
from engine.people import refuse_inside_a_run
from engine.steps.approval import digest_of
from store import runs
from store.records import ApprovalRecord
from tui.broken import broken_json
from tui.cli import out
from tui.cli.decided import already, decided_lines
from tui.cli.editor import diff_lines, edit
from tui.cli.known import GATE
from tui.cli.pairs import pairs
from tui.cli.reach import Reach, pass_reach
from tui.cli.shown import answer_lines, request_lines, ticked_lines
from tui.words.times import now

comment_option = click.option("--comment", default="", metavar="TEXT", help="Why.")


@click.command()
@click.argument("gate", type=GATE)
@click.option("--choice", metavar="NAME", help="Which of its choices; else approve.")
@comment_option
@click.option("--reason", default="", metavar="KEY", help="One of its canned reasons.")
@click.option("-i", "--input", "inputs", multiple=True, metavar="KEY=VALUE")
@click.option(
    "--edit", "edits", is_flag=True, help="Change the draft in $EDITOR first."
)
@click.option("--yes", is_flag=True, help="Don't ask; recorded as a script's decision.")
@out.json_option
@pass_reach
def approve(
    reach: Reach,
    gate: str,
    choice: str | None,
    comment: str,
    reason: str,
    inputs: tuple[str, ...],
    edits: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Read everything a gate shows, then decide by typing the choice.

    ID is an approval, or a run with one open gate; the beginning of it will do.
    """
    given = pairs(inputs, "--input")
    asking = Asking(reach, as_json=as_json, yes=yes)
    approval, request = asking.look(gate, choice, reason)
    chosen = asking.choice(request, choice)
    if not (asking.interactive or yes):
        raise CommandRefused(
            "there is no terminal to ask on; add --yes to decide as a script"
        )
    edited = asking.edited(approval, request, chosen) if edits else None
    asking.confirm(chosen)
    done = asking.desk.decide(
        approval.id,
        chosen,
        seen=approval.digest,
        comment=comment,
        reason=reason,
        inputs=given or None,
        edited=edited,
    )
    asking.tell(done)


@click.command()
@click.argument("gate", type=GATE)
@click.option("--comment", default="", metavar="TEXT", help="Why not.")
@click.option("--reason", default="", metavar="KEY", help="One of its canned reasons.")
@click.option("--yes", is_flag=True, help="Don't ask; recorded as a script's decision.")
@out.json_option
@pass_reach
def reject(
    reach: Reach, gate: str, comment: str, reason: str, yes: bool, as_json: bool
) -> None:
    """Say no to a gate. What stops a run may come from a script without --yes."""
    if not (comment or reason):
        raise click.UsageError("say why not: --comment TEXT, or --reason KEY")
    asking = Asking(reach, as_json=as_json, yes=yes)
    approval, request = asking.look(gate, "reject", reason)
    chosen = asking.choice(request, "reject")
    asking.confirm(chosen)
    done = asking.desk.decide(
        approval.id, chosen, seen=approval.digest, comment=comment, reason=reason
    )
    asking.tell(done)


@click.command()
@click.argument("gate", type=GATE)
@comment_option
@out.json_option
@pass_reach
def withdraw(reach: Reach, gate: str, comment: str, as_json: bool) -> None:
    """Take a gate's question back, which is neither a yes nor a no."""
    refuse_inside_a_run()
    desk = reach.desk()
    after = desk.withdraw(desk.approval(gate).id, comment)
    if as_json:
        out.document(after)
    else:
        out.line(f"{after.id} is {out.status(after.status)}")


class Asking:
    """One decision: who can answer here, and what they are shown before they do."""

    def __init__(self, reach: Reach, *, as_json: bool, yes: bool) -> None:
        refuse_inside_a_run()
        self.as_json = as_json
        # With --json the document alone goes to standard output.
        screen = sys.stderr if as_json else sys.stdout
        self.interactive = sys.stdin.isatty() and screen.isatty() and not yes
        self.desk = reach.desk(via="cli" if self.interactive else "script")

    def look(
        self, gate: str, choice: str | None, reason: str
    ) -> tuple[ApprovalRecord, Request]:
        """The gate and its request, printed whole.

        Refuses one that is decided, and first of all words that no gate like it knows.
        """
        approval = self.desk.approval(gate)
        if approval.status != "pending":
            raise CommandRefused(already(approval))
        request = self.desk.request(approval)
        if digest_of(approval.run, approval.path, request) != approval.digest:
            raise StaleDecision(
                f"the stored request of {approval.id} is not the one that was asked;"
                " `weir doctor --rebuild` writes it anew"
            )
        rules, checklists = self.gate(approval)
        require_known(request, rules, choice, reason)
        self.print(request_lines(approval, request))
        self.print(ticked_lines(checklists))
        if (ahead := outlook(self.desk.engine, approval)) is not None:
            self.print(told(ahead, now()))
        self.print(answer_lines(rules))
        return approval, request

    def gate(self, approval: ApprovalRecord) -> tuple[Approval, list[Checklist]]:
        """What the definition says of it (its form, its reasons), and its checklists
        as they are ticked."""
        state = self.desk.engine.load(approval.run)
        plan = self.desk.engine.plan_of(state)
        rules = gate_of(plan, state.steps[approval.path])
        return rules, checklists_of(state, scope_of(approval.path), rules)

    def choice(self, request: Request, wanted: str | None) -> str:
        offered = ", ".join(request.choices)
        if wanted is None and "approve" in request.choices:
            return "approve"
        if wanted is None and self.interactive:
            offers = click.Choice(request.choices)
            return str(click.prompt("Which", type=offers, err=True))
        if wanted is None:
            raise CommandRefused(f"the gate offers {offered}; name one with --choice")
        return wanted

    def edited(
        self, approval: ApprovalRecord, request: Request, choice: str
    ) -> tuple[str, str] | None:
        """The draft as the person leaves it, with what they changed printed."""
        gate, _ = self.gate(approval)
        if not any(each.approves for each in gate.choices if each.name == choice):
            raise CommandRefused(f"an edited draft can be approved, not `{choice}`")
        name = editable(gate)
        draft = next((shown for shown in request.shown if shown.name == name), None)
        if draft is None:
            raise CommandRefused("nothing that this gate shows can be edited")
        text = edit(draft.text, draft.form)
        while draft.form == "json" and (wrong := broken_json(text)):
            self.edit_again(f"the edited text is {wrong}")
            text = edit(text, draft.form)
        self.print(diff_lines(draft.text, text, draft.name))
        return draft.name, text

    def edit_again(self, wrong: str) -> None:
        """Ask whether to mend the text. Refuses where nobody can, or who won't."""
        if not self.interactive:
            raise InvalidValues([wrong])
        out.line(wrong, err=True)
        if not click.confirm("Go on editing?", default=True, err=True):
            raise CommandRefused("nothing was decided; the gate is still open")

    def confirm(self, choice: str) -> None:
        """Ask for the choice, typed out; anything else leaves the gate open."""
        if not self.interactive:
            return
        forget_typed_ahead()
        typed = click.prompt(
            f"Type {choice} to decide so, anything else to leave it open",
            default="",
            show_default=False,
            err=True,
        )
        if typed.strip() != choice:
            said = f"you typed {typed.strip()!r}; " if typed.strip() else ""
            raise CommandRefused(f"{said}nothing was decided; the gate is still open")

    def tell(self, done: ApprovalRecord) -> None:
        if self.as_json:
            out.document(done)
        else:
            run = runs.get(self.desk.database, done.run)
            self.print(decided_lines(done, run))

    def print(self, lines: Iterable[str]) -> None:
        for each in lines:
            out.line(each, err=self.as_json)


def require_known(
    request: Request, rules: Approval, choice: str | None, reason: str
) -> None:
    """Raise NotFound for a choice or a canned reason that the gate does not offer."""
    if choice is not None and choice not in request.choices:
        offered = ", ".join(request.choices)
        raise NotFound(f"{choice!r} is no choice here; the gate offers {offered}")
    if reason and reason not in rules.reasons:
        known = ", ".join(rules.reasons) or "none; say it with --comment"
        raise NotFound(f"{reason!r} is not a reason here; known: {known}")


def forget_typed_ahead() -> None:
    """Drop keys pressed before the question stood there: they answered another."""
    import termios

    termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
