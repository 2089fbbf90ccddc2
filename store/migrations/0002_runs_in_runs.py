"""Runs inside of runs: which run started a run, and which stands at the top.

A step of the kind `run` starts another workflow as a run of its own. Lists show the
runs at the top; a run's page shows the gates of all that it has started, however deep,
which `root` finds with one look at an index. A run at the top has neither.

The columns have a default because the rows that are there have no value for them.
"""

from __future__ import annotations

from typing import Any

from peewee import Database


def up(migrator: Any, db: Database) -> None:
    for column in ("parent", "root"):
        db.execute_sql(
            f'alter table "run" add column "{column}" TEXT NOT NULL DEFAULT \'\''
        )
    db.execute_sql('CREATE INDEX "run_root" ON "run" ("root") WHERE ("root" != \'\')')
