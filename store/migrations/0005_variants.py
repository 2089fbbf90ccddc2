"""Variants: by which name a run was asked for, when that led to one of several.

A run's `workflow` is the one it goes by; `variant_of` is the name that was typed, so
that a list of that name's runs finds them. Most runs have none.

The column has a default because the rows that are there have no value for it.
"""

from __future__ import annotations

from typing import Any

from peewee import Database


def up(migrator: Any, db: Database) -> None:
    db.execute_sql(
        'alter table "run" add column "variant_of" TEXT NOT NULL DEFAULT \'\''
    )
    db.execute_sql(
        'CREATE INDEX "run_variant_of" ON "run" ("variant_of", "id")'
        " WHERE (\"variant_of\" != '')"
    )
