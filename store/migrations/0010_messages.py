"""Messages to models, each text once, however often it is asked.

A model that calls tools is asked the whole conversation at every turn, a retry asks the
same again, and so does a fork; every run of an agent begins with the same words. What
was asked stood in `log` line by line each time. Now the log has a row for each message,
and its text, by its SHA-256, is in `message`. What was written before stays as it is.
"""

from __future__ import annotations

from typing import Any

from peewee import AutoField, BlobField, Database, Model, TextField


class Message(Model):
    id = AutoField()
    digest = BlobField(unique=True)
    text = TextField()

    class Meta:
        legacy_table_names = False


def up(migrator: Any, db: Database) -> None:
    with db.bind_ctx((Message,)):
        db.create_tables((Message,))
    db.execute_sql('alter table "log" add column "message" INTEGER')
