"""What is thrown away, looked up and answered for: three tables and a list of words.

`act` holds what a person did outside of any run (made a project, threw runs away); acts
within a run are events already, with their `by`. `pruned` names the runs that no list
shows: a table of its own, because a mark in `run` would be carried along by every
commit of a running run, for the sake of runs that have long ended.

`words` is the full-text index of SQLite (FTS5). It has no text in it (`content=''`): a
copy of each prompt would double the database, and would have to be overwritten too when
a run is thrown away. `indexed` tells which document is which run's. Both follow from
events and logs, and can be made again.

This is a copy of `store/tables.py` as it was then, and stays as it is.
"""

from __future__ import annotations

from typing import Any

from peewee import (
    SQL,
    BigAutoField,
    BlobField,
    Database,
    DoubleField,
    IntegerField,
    Model,
    NodeList,
    TextField,
)
from playhouse.sqlite_ext import FTS5Model, SearchField


class PositionField(BigAutoField):
    """Given in order, and never again: not even after the newest row is deleted."""

    def ddl(self, ctx: Any) -> Any:
        column = super().ddl(ctx)
        if ctx.state.field_types["BIGAUTO"] == "INTEGER":  # SQLite
            return NodeList((column, SQL("AUTOINCREMENT")))
        return column


class Table(Model):
    class Meta:
        legacy_table_names = False


class Act(Table):
    """What a person did outside of any run. Only ever added to."""

    position = PositionField()
    at = DoubleField()
    kind = TextField()
    what = TextField()
    by = BlobField()
    details = BlobField()


class Pruned(Table):
    """A run that no list shows. Its rows and history are all still there."""

    run = TextField(primary_key=True)
    at = DoubleField(index=True)


class Indexed(Table):
    """Which text of `Words` is which run's, as of which event."""

    doc = PositionField()
    run = TextField(unique=True)
    seq = IntegerField()


class Words(FTS5Model):
    """The words of each run, without the text: what is found is read from the run."""

    body = SearchField()

    class Meta:
        legacy_table_names = False
        options = {
            "content": "",
            "contentless_delete": 1,
            "tokenize": "unicode61 remove_diacritics 2",
        }


TABLES = (Act, Pruned, Indexed, Words)


def up(migrator: Any, db: Database) -> None:
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES)
