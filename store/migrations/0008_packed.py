"""Packed histories: what a run that ended some time ago has left, as one short text.

A run of ten steps left 30 events and 10 rows of steps, of which most bytes were the
same words again and the entries of three indexes: 9.4 KB. One row of `packed` holds
all of its events up to `seq`, and its steps, compressed: 0.9 KB. Whatever comes after
that stands in `event` and `step` as ever, until it is packed as well.

The other columns answer what would otherwise be asked of each event: which positions,
times and numbers of devices are inside, how many of them this device has given
(`own`), whether any event may say what a model used (`spends`), and whether the data of
any lies in a file (`large`).
"""

from __future__ import annotations

from typing import Any

from peewee import (
    SQL,
    BigIntegerField,
    BlobField,
    BooleanField,
    Database,
    DoubleField,
    IntegerField,
    Model,
    TextField,
)


class Packed(Model):
    position = IntegerField(primary_key=True)
    run = TextField(unique=True)
    seq = IntegerField()
    at = DoubleField()
    own = IntegerField()
    low = BigIntegerField()
    high = BigIntegerField()
    spends = BooleanField()
    large = BooleanField()
    data = BlobField()

    class Meta:
        legacy_table_names = False


Packed.add_index(
    SQL('CREATE INDEX "packed_spends" ON "packed" ("at") WHERE ("spends" = 1)')
)


def up(migrator: Any, db: Database) -> None:
    with db.bind_ctx((Packed,)):
        db.create_tables((Packed,))
