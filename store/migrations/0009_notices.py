"""Notices: that a target outside is to be told of a gate, and what became of it.

A row is written with the event that it tells of (a gate opened, a reminder, an
escalation), so it is there exactly when that has happened; a runner sends it. Its key
is what makes it sent once, whoever looks and however often.

This is a copy of `store/tables.py` as it was then, and stays as it is.
"""

from __future__ import annotations

from typing import Any

from peewee import (
    SQL,
    CompositeKey,
    Database,
    DoubleField,
    IntegerField,
    Model,
    TextField,
)


class Notice(Model):
    approval = TextField()
    occasion = TextField()
    target = TextField()
    run = TextField(index=True)
    risk = TextField()
    why = TextField()
    at = DoubleField()
    status = TextField()
    due = DoubleField()
    tries = IntegerField()
    message = TextField()
    runner = TextField()
    tried_at = DoubleField(null=True)
    reason = TextField()

    class Meta:
        legacy_table_names = False
        primary_key = CompositeKey("approval", "occasion", "target")
        indexes = ((("target", "tried_at"), False),)


Notice.add_index(
    SQL(
        'CREATE INDEX "notice_open" ON "notice" ("at")'
        " WHERE (\"status\" IN ('waiting', 'sending'))"
    )
)
Notice.add_index(
    SQL(
        'CREATE INDEX "notice_trouble" ON "notice" ("at")'
        " WHERE (\"status\" IN ('unknown', 'failed'))"
    )
)


def up(migrator: Any, db: Database) -> None:
    with db.bind_ctx((Notice,)):
        db.create_tables((Notice,))
