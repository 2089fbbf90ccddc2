"""What a program wrote, byte for byte, where the text of its line doesn't say it.

A text has its line's end taken off, and what is no UTF-8 replaced. What was written
before has its text alone.
"""

from __future__ import annotations

from typing import Any

from peewee import Database


def up(migrator: Any, db: Database) -> None:
    db.execute_sql('alter table "log" add column "exact" BLOB')
