"""What `/` and `weir runs --search` say of runs: `status:failed cost:>0.5 refund`.

Words stand together with terms. A term may name several values, as in
`status:failed,waiting`; `!` before a word or a term turns it round.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import ge, gt, le, lt

from msgspec import Struct

from engine.errors import WeirError
from engine.machine.state import RunStatus
from engine.moments import days_of, moment_of
from store.terms import Term

HINT = "text !text status: workflow: project: by: since: date: cost:"
COST = re.compile(r"(>=|<=|>|<)?\$?(\d+(?:\.\d*)?|\.\d+)")
COMPARED: dict[str, Callable[[float, float], bool]] = {
    ">": gt,
    ">=": ge,
    "<": lt,
    "<=": le,
    "": ge,
}


class Cost(Struct, frozen=True):
    """US dollars that models have cost, in a run and those inside of it."""

    compared: str
    dollars: float
    no: bool = False

    def fits(self, cost: float) -> bool:
        return COMPARED[self.compared](cost, self.dollars) is not self.no


class Sought(Struct, frozen=True):
    """Runs that hold a text, and fit each of the terms and costs."""

    text: str = ""
    terms: tuple[Term, ...] = ()
    costs: tuple[Cost, ...] = ()


def sought(text: str, now: float) -> Sought:
    """What a person has typed. A term without a value yet is left out.

    Raises WeirError for a value that a term can't have.
    """
    words: list[str] = []
    found: list[Term | Cost] = []
    for word in text.split():
        no, plain = word.startswith("!"), word.removeprefix("!")
        name, colon, value = plain.partition(":")
        if colon and name.casefold() in READERS:
            found += READERS[name.casefold()](value, no, now) if value else ()
        elif no:
            found += [Term("word", (plain,), no=True)] if plain else []
        else:
            words.append(word)
    return Sought(
        " ".join(words),
        tuple(each for each in found if isinstance(each, Term)),
        tuple(each for each in found if isinstance(each, Cost)),
    )


Reader = Callable[[str, bool, float], Sequence[Term | Cost]]


def _beginnings(name: str) -> Reader:
    def read(value: str, no: bool, now: float) -> Sequence[Term]:
        return [Term(name, tuple(part for part in value.split(",") if part), no)]

    return read


def _status(value: str, no: bool, now: float) -> Sequence[Term]:
    wanted = [part.casefold() for part in value.split(",") if part]
    fits = [s.value for s in RunStatus if any(s.startswith(w) for w in wanted)]
    if not fits:
        known = ", ".join(status.value for status in RunStatus)
        raise WeirError(f"no status begins with {value!r}; there are {known}")
    return [Term("status", tuple(fits), no)]


def _moment(name: str) -> Reader:
    def read(value: str, no: bool, now: float) -> Sequence[Term]:
        try:
            return [Term(name, (moment_of(value, now),), no)]
        except ValueError:
            raise _no_time(name, value) from None

    return read


def _date(value: str, no: bool, now: float) -> Sequence[Term]:
    try:
        begin, end = days_of(value, now)
    except ValueError:
        raise _no_time("date", value) from None
    if no:
        raise WeirError("!date: can't be; since: and until: leave out what is not so")
    return [Term("since", (begin,)), Term("until", (end,))]


def _no_time(name: str, value: str) -> WeirError:
    return WeirError(f"{name}:{value} is no time; write 2h, 3d, today or 2026-11-21")


def _cost(value: str, no: bool, now: float) -> Sequence[Cost]:
    if value in COMPARED:
        return []  # the number is still to come
    if (found := COST.fullmatch(value)) is None:
        raise WeirError(f"cost:{value} is no cost; write cost:>0.5 or cost:<2")
    return [Cost(found[1] or "", float(found[2]), no)]


READERS: dict[str, Reader] = {
    "status": _status,
    "workflow": _beginnings("workflow"),
    "project": _beginnings("project"),
    "by": _beginnings("by"),
    "since": _moment("since"),
    "until": _moment("until"),
    "date": _date,
    "cost": _cost,
}
