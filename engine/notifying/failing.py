"""A failure, as it is told: of which run, why, and the command that tells more."""

from __future__ import annotations

from msgspec import Struct

from engine.notifying.words import TEXT, TITLE, From, Item, clean, weir
from store.records import NoticeRecord

KINDS = {
    "failed": "Failed: {workflow}",
    "interrupted": "{path} of {workflow} may or may not have happened",
    "missing": "{path} of {workflow} lacks a value",
}


class Failure(Struct, frozen=True):
    """`why` is the sentence that `weir why` says of its run."""

    notice: NoticeRecord
    workflow: str
    why: str

    def told(self, here: From) -> Item:
        tells = weir(here, "why", self.notice.run)
        where = f"What goes on with it, on {clean(here.machine, 100)}:"
        lines = [clean(self.why, TEXT), "", where, f"  {tells}"]
        return Item(self.notice, self.headline, lines, tells)

    @property
    def headline(self) -> str:
        kind = self.notice.occasion.partition(" ")[0]
        path = self.notice.about.partition("/")[2]
        said = KINDS[kind].format(path=path, workflow=self.workflow)
        return clean(said, TITLE)
