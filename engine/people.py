"""Who is at the keyboard, as far as the operating system can tell."""

from __future__ import annotations

import contextlib
import os
import platform
import pwd
import sys
from pathlib import Path

from engine.errors import CommandRefused
from engine.machine.state import Actor
from engine.workspace import Workspace

NOT_ITSELF = "a run can't decide for itself; a person must, from their own terminal"
NOBODY_LOGGED_IN = 2**32 - 1  # what the kernel says for a process outside any login


def current_actor(workspace: Workspace, via: str) -> Actor:
    """The person who runs this process: the user of the operating system, unsigned.

    Environment variables that name a user are not believed; anyone can set them.
    """
    uid = os.getuid()
    name = user_name(uid)
    return Actor(
        name=name,
        via=via,
        uid=uid,
        login_uid=login_uid(),
        machine=platform.node(),
        terminal=terminal(),
        ssh=os.environ.get("SSH_CONNECTION", ""),
        roles=roles_of(workspace, name),
    )


def inside_a_run() -> bool:
    """Whether a step of a run started this process: a run can't decide for itself."""
    return "WEIR_RUN_ID" in os.environ


def refuse_inside_a_run(why: str = NOT_ITSELF) -> None:
    """Raises CommandRefused."""
    if inside_a_run():
        raise CommandRefused(why)


def roles_of(workspace: Workspace, name: str) -> tuple[str, ...]:
    roles = workspace.config.roles
    return tuple(role for role in sorted(roles) if name in roles[role])


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)  # a container may run under a user without a name


def login_uid(source: Path = Path("/proc/self/loginuid")) -> int | None:
    """Who logged in, which sudo and su don't change; None where it isn't known."""
    with contextlib.suppress(OSError, ValueError):
        uid = int(source.read_text())
        return None if uid == NOBODY_LOGGED_IN else uid
    return None


def terminal() -> str:
    """The terminal on standard input; empty without one."""
    # ValueError: standard input is closed, or a test has put something else there.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return os.ttyname(sys.stdin.fileno())
    return ""
