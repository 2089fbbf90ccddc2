"""`[notify]` of weir.toml: targets, what goes to which, and when it is quiet."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Literal

from msgspec import Meta, field

from engine.settings import AtLeastOne, Settings

Risk = Literal["low", "normal", "high"]
Kind = Literal["gates", "failures"]
Names = Annotated[tuple[str, ...], Meta(min_length=1)]

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")


class Rule(Settings, frozen=True):
    """What all of this fits is told `to` these targets; left out fits any.

    A failure fits no rule that says a risk or an approver. `workflow` are names, or
    patterns with `*`; `approver` are names and role:NAME.
    """

    to: Names
    of: tuple[Kind, ...] = ()
    risk: tuple[Risk, ...] = ()
    workflow: tuple[str, ...] = ()
    approver: tuple[str, ...] = ()


class Quiet(Settings, frozen=True):
    """Times of day between which nothing is sent, but for what has such a risk."""

    from_: str = field(name="from")
    until: str
    timezone: str = ""  # empty: this machine's
    unless: tuple[Risk, ...] = ()

    def __post_init__(self) -> None:
        for told in (self.from_, self.until):
            if not CLOCK.fullmatch(told):
                raise ValueError(f"{told!r} is no time of day; write one like 22:00")
        if self.from_ == self.until:
            raise ValueError(f"from and until are both {self.until}; say two times")
        from engine.definition.cron import is_zone  # for those who have quiet hours

        if self.timezone and not is_zone(self.timezone):
            raise ValueError(
                f"there is no time zone {self.timezone}; write one like Europe/Vienna"
            )

    @property
    def times(self) -> tuple[time, time]:
        return time.fromisoformat(self.from_), time.fromisoformat(self.until)


class Notify(Settings, frozen=True):
    """`targets` are secret:NAME, env:NAME or keyring:SERVICE/NAME of an address, or an
    address that holds no secret. Without rules all goes to every target. `of` says
    what is told at all."""

    targets: dict[str, str] = {}
    of: tuple[Kind, ...] = ("gates", "failures")
    rules: tuple[Rule, ...] = ()
    quiet: Quiet | None = None
    per_hour: AtLeastOne = 20  # messages to each target

    def __post_init__(self) -> None:
        for name in self.targets:
            if not NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name; write letters, digits, - and _")
        for number, rule in enumerate(self.rules, 1):
            for name in rule.to:
                if name not in self.targets:
                    raise ValueError(
                        f"rule {number} is for {name}, which is not under"
                        " [notify.targets]"
                    )
