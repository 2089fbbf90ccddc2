"""What a run is for, in few words: its project and its inputs, what differs first."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from store.records import RunRecord
from tui.text import flat, one_line

LONGEST = 24  # columns of one value
READ = 200  # characters of a value, of which so many columns are shown

_inputs = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Purposes:
    """Tells apart the runs that it was shown.

    An input that differs among the runs of a workflow stands before those that don't.
    A run without inputs is told by its title.
    """

    def __init__(self, runs: Iterable[RunRecord] = ()) -> None:
        self._given: dict[str, dict[str, str]] = {}
        self._first: dict[tuple[str, str], int] = {}
        self._differs: set[tuple[str, str]] = set()
        self.learn(runs)

    def learn(self, runs: Iterable[RunRecord]) -> None:
        """What a run is given stays the same: each is looked at once."""
        for run in runs:
            if run.id not in self._given:
                given = _inputs.decode(run.inputs)
                self._given[run.id] = {name: _short(raw) for name, raw in given.items()}
                for name, raw in given.items():
                    self._compare((run.workflow, name), hash(bytes(raw)))

    def _compare(self, name: tuple[str, str], value: int) -> None:
        if self._first.setdefault(name, value) != value:
            self._differs.add(name)

    def of(self, run: RunRecord, project: str = "") -> str:
        """`acme: customer=Acme, copies=2`; without the project where all are of it."""
        given = self._given.get(run.id, {})
        names = sorted(
            given, key=lambda name: (run.workflow, name) not in self._differs
        )
        told = ", ".join(f"{flat(name)}={given[name]}" for name in names)
        where = flat(run.project) if run.project != project else ""
        return ": ".join(word for word in (where, told or flat(run.title)) if word)


def _short(raw: msgspec.Raw) -> str:
    """The beginning of a value: a text as it is, anything else as JSON."""
    value = msgspec.json.decode(raw)
    text = value if isinstance(value, str) else bytes(raw).decode()
    return one_line(flat(text[:READ]), LONGEST)
