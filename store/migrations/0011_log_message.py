"""An index of the few lines of a log that name a message: they are looked for when
messages are swept. Some stores have it from a first form of the migration before.
"""

from __future__ import annotations

from typing import Any

from peewee import Database


def up(migrator: Any, db: Database) -> None:
    db.execute_sql(
        'CREATE INDEX IF NOT EXISTS "log_message" ON "log" ("message")'
        ' WHERE ("message" IS NOT NULL)'
    )
