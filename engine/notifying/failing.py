"""A failure, as it is told: of which run, why, and the command that tells more."""

from __future__ import annotations

from msgspec import Struct

from engine.failures import headline
from engine.notifying.words import TEXT, TITLE, From, Item, clean, weir
from store.records import NoticeRecord


class Failure(Struct, frozen=True):
    """`why` is the sentence that `weir why` says of its run."""

    notice: NoticeRecord
    workflow: str
    why: str

    def told(self, here: From) -> Item:
        tells = weir(here, "why", self.notice.run)
        where = f"What goes on with it, on {clean(here.machine, 100)}:"
        lines = [clean(self.why, TEXT), "", where, f"  {tells}"]
        said = headline(self.notice.about, self.notice.occasion, self.workflow)
        return Item(self.notice, clean(said, TITLE), lines, tells)
