"""Several gates read together: what they have in common once, and what differs in each.

What is decided on is each gate by itself, bound to the digest of what was shown here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise

from msgspec import Struct
from textual.content import Content

from engine.machine.state import Shown
from tui.panes.alike import Alike, alike
from tui.panes.gate import Gate
from tui.panes.marking import kind_of
from tui.widgets.safe import plain

Part = Content | str
HEADING = "bold $text-accent"
LEAST = 2  # gates of one kind that are told together


def why_alone(gate: Gate, choice: str) -> str:
    """Why a gate has to be decided by itself; "" where it need not be."""
    if not gate.open:
        return "it has been decided"
    if choice not in gate.request.choices:
        return f"it offers {', '.join(gate.request.choices)}"
    if gate.high_risk and gate.approves(choice):
        return "it is high risk"
    if gate.approves(choice) and (lacks := gate.lacks()):
        return lacks
    if gate.rules.form and gate.approves(choice):
        return "it asks for values"
    return ""


def parts_of(gates: Sequence[Gate]) -> Iterator[Part]:
    """All that is asked, kind by kind, in the order in which it is to be read."""
    by_kind = sorted(gates, key=lambda gate: kind_of(gate.approval))
    for kind, each in groupby(by_kind, key=lambda gate: kind_of(gate.approval)):
        card = card_of([*each])
        yield plain(f"── {kind[0]}, {kind[1]}: {len(card.gates)} ──", HEADING)
        yield from card.common()
        for gate in card.gates:
            yield from card.own(gate)
    yield plain(f"── end of {len(gates)} ──", "$foreground-muted")


class Card(Struct, frozen=True):
    """Gates of one kind: what all of them show, and what each shows of its own.

    `same` are the shown that are alike to the letter, by name; `near` those that are
    nearly, with the lines they share.
    """

    gates: list[Gate]
    same: dict[str, Shown]
    near: dict[str, Alike]

    def common(self) -> Iterator[Part]:
        first = self.gates[0].request
        if self._share(lambda gate: gate.request.title):
            yield plain(first.title, "bold")
        if first.text and self._share(lambda gate: gate.request.text):
            yield first.text
        for shown in self.same.values():
            yield plain(f"{shown.name}, the same in all", HEADING)
            yield shown.text
        for name, found in self.near.items():
            yield plain(f"{name}, the same in all but at ‹1›{_to(found)}", HEADING)
            yield from with_places(found)

    def own(self, gate: Gate) -> Iterator[Part]:
        approval, request = gate.approval, gate.request
        yield ""
        if not self._share(lambda gate: gate.request.title):
            yield plain(request.title, "bold")
        purpose = f" · for {gate.purpose}" if gate.purpose else ""
        yield f"{approval.id} · run {approval.run}{purpose} · {approval.digest[:12]}"
        if request.text and not self._share(lambda gate: gate.request.text):
            yield request.text
        for shown in request.shown:
            if shown.name in self.near:
                yield from self._differing(gate, shown.name)
            elif shown.name not in self.same:
                yield plain(shown.name, HEADING)
                yield shown.text

    def _differing(self, gate: Gate, name: str) -> Iterator[Part]:
        found = self.near[name]
        own = found.own[self.gates.index(gate)]
        for place, number in found.places().items():
            if place in own:
                yield plain(f"{name} ‹{number}›", HEADING)
                yield "\n".join(own[place])
            else:
                yield plain(f"{name} ‹{number}›: nothing", HEADING)

    def _share(self, what: Callable[[Gate], str]) -> bool:
        return len(self.gates) >= LEAST and len({*map(what, self.gates)}) == 1


def _to(found: Alike) -> str:
    last = len(found.places())
    return f" to ‹{last}›" if last > 1 else ""


def card_of(gates: list[Gate]) -> Card:
    if len(gates) < LEAST:
        return Card(gates, {}, {})
    same = common_to(gates)
    return Card(gates, same, nearly(gates, same))


def common_to(gates: Sequence[Gate]) -> dict[str, Shown]:
    """What each of them shows, and shows alike, by name."""
    first, *others = gates
    return {
        shown.name: shown
        for shown in first.request.shown
        if all(shown in other.request.shown for other in others)
    }


def nearly(gates: Sequence[Gate], same: dict[str, Shown]) -> dict[str, Alike]:
    """What each of them shows with mostly the same lines, by name."""
    texts = [{s.name: s.text for s in gate.request.shown} for gate in gates]
    names = [name for name in texts[0] if name not in same]
    found = {
        name: alike([text[name] for text in texts])
        for name in names
        if all(name in text for text in texts)
    }
    return {name: each for name, each in found.items() if each is not None}


def with_places(found: Alike) -> Iterator[Part]:
    """The shared lines, with a mark of ours where each text has its own."""
    places, lines = found.places(), found.lines
    for start, end in pairwise(sorted({0, *places, len(lines)})):
        if start in places:
            yield plain(f"‹{places[start]}›", HEADING)
        if start < end:
            yield "\n".join(lines[start:end])
    if len(lines) in places:
        yield plain(f"‹{places[len(lines)]}›", HEADING)
