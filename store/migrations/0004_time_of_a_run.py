"""How long a run may take in all: the time at which it has taken too long.

A workflow may say how long its runs may take. The runner that keeps the times of steps
keeps this one as well, with no terminal open and after a restart: it looks for the next
time among the few runs that have one. A run that has ended has none.

The rows that are there belong to runs whose workflow could not say it yet.
"""

from __future__ import annotations

from typing import Any

from peewee import Database


def up(migrator: Any, db: Database) -> None:
    db.execute_sql('alter table "run" add column "wake_at" REAL')
    db.execute_sql(
        'CREATE INDEX "run_wake_at" ON "run" ("wake_at") WHERE ("wake_at" IS NOT NULL)'
    )
