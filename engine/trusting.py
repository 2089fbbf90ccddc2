"""A person's word that what they have looked at may run here, and that they gave it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.acts import act
from engine.counted import counted
from engine.machine.state import Actor
from engine.opening import take_over
from engine.trust import Trust, digest
from engine.workspace import Workspace
from store import acts
from store.database import Database


def let_run(
    workspace: Workspace,
    database: Database,
    who: Actor,
    texts: Mapping[str, bytes],
    now: float,
    *,
    runs: bool = False,
) -> None:
    """Trust these texts, by path, as they were shown; with `runs` the store as well.

    That it was said is on disk first: what may run is kept elsewhere, and no more runs
    than was said. Raises StoreError where nothing can be written.
    """
    digests = {path: digest(text) for path, text in texts.items()}
    what = " and ".join([*told(digests), *["the runs that were here"] * runs])
    details = {"texts": digests, "runs": runs}
    said = act(who, "trust", f"let run {what}", now, details)
    database.write(lambda: acts.write(database, said))
    kept = Trust.open()
    kept.trust_texts(workspace.root, texts)
    kept.own(workspace.root)
    if runs:
        take_over(workspace, database)


def told(digests: Mapping[str, str]) -> list[str]:
    """The one text by its path and digest, or how many."""
    if len(digests) > 1:
        return [counted(len(digests), "text")]
    return [f"{path} ({sha[:12]})" for path, sha in digests.items()]
