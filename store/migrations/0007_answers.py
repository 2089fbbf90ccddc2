"""What a model was asked, by its digest, so that the same need not be asked twice.

A step that asked a model has the SHA-256 of the question beside it. Few steps have one,
and those alone stand in the index.
"""

from __future__ import annotations

from typing import Any

from peewee import Database


def up(migrator: Any, db: Database) -> None:
    db.execute_sql('alter table "step" add column "asked" TEXT NOT NULL DEFAULT \'\'')
    db.execute_sql(
        'CREATE INDEX "step_asked" ON "step" ("asked") WHERE ("asked" != \'\')'
    )
