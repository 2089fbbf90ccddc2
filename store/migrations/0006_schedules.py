"""Schedules: what begins runs by itself, each occasion for it, and facts of projects.

There was a table `schedule` that nothing ever wrote to; what it held is in `rule` now,
as the file says it, so it is made anew. `occasion` has a row for each time, file and
project that a schedule was to begin a run for, with what became of it: that row is
what makes a run begin once, whoever looks, and however often. A project has `facts`,
which say what is known of it: when its contract ends, how large it is.

A step says what it waits for besides a time: `awaits` is file, decision or values. Up
to here that was told from its summary. The runs of a workflow that have ended in one
way are found by an index of their own, which a run enters once, at its end.

This is a copy of `store/tables.py` as it was then, and stays as it is.
"""

from __future__ import annotations

from typing import Any

from peewee import (
    SQL,
    BlobField,
    BooleanField,
    CompositeKey,
    Database,
    DoubleField,
    Model,
    TextField,
)


class Table(Model):
    class Meta:
        legacy_table_names = False


class Schedule(Table):
    name = TextField(primary_key=True)
    workflow = TextField()
    kind = TextField()
    rule = BlobField()
    zone = TextField()
    paused = BooleanField()
    gone = BooleanField()
    next_at = DoubleField(null=True)
    looked_at = DoubleField(null=True)
    trouble = TextField()
    created_at = DoubleField()


class Occasion(Table):
    schedule = TextField()
    key = TextField()
    subject = TextField()
    at = DoubleField()
    due = DoubleField()
    status = TextField()
    run = TextField()
    reason = TextField()
    details = BlobField()

    class Meta:
        primary_key = CompositeKey("schedule", "key")
        indexes = (
            (("schedule", "at"), False),
            (("schedule", "subject", "at"), False),
            (("run",), False),
        )


Occasion.add_index(
    SQL(
        'CREATE INDEX "occasion_waiting" ON "occasion" ("schedule", "due")'
        " WHERE (\"status\" = 'waiting')"
    )
)


def up(migrator: Any, db: Database) -> None:
    db.execute_sql(
        'alter table "project" add column "facts" BLOB NOT NULL DEFAULT X\'7b7d\''
    )
    db.execute_sql('alter table "step" add column "awaits" TEXT NOT NULL DEFAULT \'\'')
    db.execute_sql(
        "update step set awaits = 'file' where kind = 'wait' and status = 'waiting'"
        " and summary like 'for %file %'"
    )
    db.execute_sql(
        "update step set awaits = 'decision' where kind = 'wait'"
        " and status = 'waiting' and summary like 'for the decision at %'"
    )
    db.execute_sql(
        'CREATE INDEX "step_awaits" ON "step" ("awaits") WHERE ("awaits" != \'\')'
    )
    db.execute_sql(
        'CREATE INDEX "run_ended" ON "run" ("workflow", "status", "id")'
        ' WHERE ("ended_at" IS NOT NULL)'
    )
    db.execute_sql('drop table "schedule"')
    tables = (Schedule, Occasion)
    with db.bind_ctx(tables):
        db.create_tables(tables)
