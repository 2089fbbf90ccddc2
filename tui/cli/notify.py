"""`weir notify`: who is told of gates, what waits to be sent, and a trial of it."""

from __future__ import annotations

import asyncio

import click
import msgspec

from engine.errors import WeirError
from engine.notify_settings import Notify
from engine.notifying.composing import here
from engine.notifying.hours import quiet_until, zone_of
from engine.notifying.sending import Sent, ready, send
from engine.notifying.standing import Standing, standing
from engine.notifying.words import moment, trial
from engine.opening import require_texts
from engine.people import refuse_inside_a_run
from engine.workspace import Workspace
from tui.cli import out
from tui.cli.reach import Reach, pass_looking
from tui.words.times import ago, now

HEADERS = ("TARGET", "FROM", "WAITING", "LAST SENT", "STANDS")


@click.group(invoke_without_command=True)
@out.json_option
@click.pass_context
@pass_looking
def notify(reach: Reach, ctx: click.Context, as_json: bool) -> None:
    """List who is told of gates, or send a message to try it."""
    if ctx.invoked_subcommand is None:
        tell(reach, as_json)


@notify.command()
@click.argument("target")
@out.json_option
@pass_looking
def test(reach: Reach, target: str, as_json: bool) -> None:
    """Send TARGET a message now, whatever the hour."""
    refuse_inside_a_run("a run sends nothing; its gates are told by the runner")
    workspace = reach.workspace()
    require_texts(workspace, {})
    sent = asyncio.run(try_it(workspace, target))
    if sent.end != "sent":
        maybe = "it may have arrived: " if sent.end == "unknown" else ""
        raise WeirError(f"the message to {target} was not sent: {maybe}{sent.why}")
    if as_json:
        out.document({"target": target, "sent": True})
    else:
        out.line(f"{out.one_line(target)} was sent a message")


def tell(reach: Reach, as_json: bool) -> None:
    settings, at = reach.workspace().config.notify, now()
    found = standing(reach.workspace().config, reach.database(), at)
    ends = quiet_until(settings.quiet, at)
    if as_json:
        tell_json(settings, found, ends)
        return
    if not found:
        out.line("weir.toml names no target; write one under [notify.targets]")
        return
    out.table(HEADERS, [row(each, zone_of(settings.quiet)) for each in found])
    tell_hours(settings, ends)
    out.line(f"at most {settings.per_hour} messages an hour to each")


async def try_it(workspace: Workspace, target: str) -> Sent:
    address = await ready(workspace.config, target)
    words = trial(target, here(workspace))
    return await send(workspace.config, target, address, words)


def row(each: Standing, where: str) -> list[str]:
    waiting = str(each.waiting or "")
    last = "never" if each.sent_at is None else ago(each.sent_at)
    told = (each.target, each.from_, waiting, last, stands(each, where))
    return [out.one_line(cell) for cell in told]


def stands(each: Standing, where: str) -> str:
    """Why it waits, else what was wrong with the last message."""
    if each.why:
        until = f" (until {moment(each.until, where)})" if each.until else ""
        return f"{each.why}{until}"
    if each.failed_at is not None and each.failed_at >= (each.sent_at or 0.0):
        return f"{each.reason} ({ago(each.failed_at)})"
    return ""


def tell_hours(settings: Notify, ends: float | None) -> None:
    quiet = settings.quiet
    if quiet is None:
        return
    where = zone_of(quiet)
    unless = f", but for {' and '.join(quiet.unless)} risk" if quiet.unless else ""
    said = f"quiet from {quiet.from_} until {quiet.until} ({where}){unless}"
    out.line(said + ("; it is quiet now" if ends is not None else ""))


def tell_json(settings: Notify, found: list[Standing], ends: float | None) -> None:
    out.document(
        {
            "targets": msgspec.to_builtins(found),
            "rules": msgspec.to_builtins(settings.rules),
            "quiet": msgspec.to_builtins(settings.quiet),
            "quiet_until": ends,
            "per_hour": settings.per_hour,
        }
    )
