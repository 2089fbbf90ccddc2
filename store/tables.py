"""The tables. No model leaves the store: records go in and out."""

from __future__ import annotations

from typing import Any

from peewee import (
    SQL,
    AutoField,
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    DoubleField,
    IntegerField,
    Model,
    NodeList,
    TextField,
)
from playhouse.sqlite_ext import FTS5Model, SearchField

# Read a name as: the number of the newest script in migrations/.
SCHEMA = 12
APPLICATION_ID = 0x57454952  # "WEIR"


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


class Setting(Table):
    name = TextField(primary_key=True)
    value = TextField()


class Project(Table):
    name = TextField(primary_key=True)
    title = TextField()
    archived = BooleanField()
    created_at = DoubleField()
    facts = BlobField(constraints=[SQL("DEFAULT X'7b7d'")])  # a JSON object


class Definition(Table):
    """A name and its kind; `version` is the good text in force."""

    kind = TextField()
    name = TextField()
    path = TextField()
    version = TextField()
    title = TextField()
    missing = BooleanField()
    problems = IntegerField()
    updated_at = DoubleField()

    class Meta:
        primary_key = CompositeKey("kind", "name")


class Version(Table):
    """One immutable text. `compiled` follows from it and from `format`."""

    sha = TextField(primary_key=True)
    kind = TextField()
    name = TextField()
    text = TextField()
    compiled = BlobField()
    format = IntegerField()
    created_at = DoubleField()
    commit = TextField()
    uses = TextField()  # a JSON list

    class Meta:
        indexes = ((("kind", "name", "created_at"), False),)


class Problem(Table):
    id = BigAutoField()
    path = TextField(index=True)
    line = IntegerField()
    column = IntegerField()
    message = TextField()
    hint = TextField()


class Run(Table):
    id = TextField(primary_key=True)
    workflow = TextField()
    version = TextField()
    status = TextField()
    seq = IntegerField()
    started_at = DoubleField()
    updated_at = DoubleField()
    by = TextField()
    title = TextField()
    project = TextField()
    provider = TextField()
    step = TextField()
    done = IntegerField()
    total = IntegerField()
    ended_at = DoubleField(null=True)
    reason = TextField()
    inputs = BlobField()
    parent = TextField(constraints=[SQL("DEFAULT ''")])  # the run that started it
    root = TextField(constraints=[SQL("DEFAULT ''")])  # the run at the top
    wake_at = DoubleField(null=True)  # when its time is up
    variant_of = TextField(constraints=[SQL("DEFAULT ''")])

    class Meta:
        # Each list of runs is read newest first, from one of these.
        indexes = (
            (("status", "id"), False),
            (("workflow", "id"), False),
            (("project", "id"), False),
        )


# Few runs have a time that is still to come.
Run.add_index(
    SQL('CREATE INDEX "run_wake_at" ON "run" ("wake_at") WHERE ("wake_at" IS NOT NULL)')
)
# Of all that have ended: few runs of one workflow may stand among many that failed.
Run.add_index(
    SQL(
        'CREATE INDEX "run_ended" ON "run" ("workflow", "status", "id")'
        ' WHERE ("ended_at" IS NOT NULL)'
    )
)
# Few runs are inside of others.
Run.add_index(SQL('CREATE INDEX "run_root" ON "run" ("root") WHERE ("root" != \'\')'))
Run.add_index(
    SQL(
        'CREATE INDEX "run_variant_of" ON "run" ("variant_of", "id")'
        " WHERE (\"variant_of\" != '')"
    )
)


class Event(Table):
    """Only ever added to. `blob` names the file that holds a large `data`."""

    position = PositionField()
    run = TextField()
    seq = IntegerField()
    type = TextField()
    data = BlobField()
    at = DoubleField()
    cause = IntegerField()
    device = TextField()
    device_seq = BigIntegerField()
    blob = TextField()

    class Meta:
        indexes = ((("run", "seq"), True), (("device", "device_seq"), True))


class Packed(Table):
    """A run's events up to `seq`, and its steps, as one text (`packs`).

    It has the position and the time of the newest of them. `own` counts those that bear
    a number of this device; `low` to `high` are the numbers, of whatever device.
    """

    position = IntegerField(primary_key=True)
    run = TextField(unique=True)
    seq = IntegerField()
    at = DoubleField()
    own = IntegerField()
    low = BigIntegerField()
    high = BigIntegerField()
    spends = BooleanField()  # some event may say what a model has used
    large = BooleanField()  # the data of some event lies in a file
    data = BlobField()


# Few workflows ask a model.
Packed.add_index(
    SQL('CREATE INDEX "packed_spends" ON "packed" ("at") WHERE ("spends" = 1)')
)


class Step(Table):
    run = TextField()
    path = TextField()
    step = TextField()
    kind = TextField()
    visit = IntegerField()
    position = IntegerField()
    status = TextField()
    attempt = IntegerField()
    runner = TextField()
    ready_at = DoubleField()
    started_at = DoubleField(null=True)
    ended_at = DoubleField(null=True)
    wake_at = DoubleField(null=True)
    title = TextField()
    summary = TextField()
    awaits = TextField(constraints=[SQL("DEFAULT ''")])
    asked = TextField(constraints=[SQL("DEFAULT ''")])

    class Meta:
        primary_key = CompositeKey("run", "path")


# A step that has ended leaves both indexes, so looking for work costs the same however
# long the history is.
Step.add_index(
    Step.index(Step.status, Step.ready_at).where(
        (Step.status == "ready")
        | (Step.status == "running")
        | (Step.status == "interrupted")
    )
)
Step.add_index(Step.index(Step.wake_at).where(Step.wake_at.is_null(False)))
# Few steps wait for more than a time.
Step.add_index(
    SQL('CREATE INDEX "step_awaits" ON "step" ("awaits") WHERE ("awaits" != \'\')')
)
# Nor are there many that have asked a model.
Step.add_index(
    SQL('CREATE INDEX "step_asked" ON "step" ("asked") WHERE ("asked" != \'\')')
)


class Approval(Table):
    id = TextField(primary_key=True)
    run = TextField(index=True)
    path = TextField()
    workflow = TextField()
    status = TextField()
    title = TextField()
    digest = TextField()
    request = BlobField()
    requested_at = DoubleField()
    risk = TextField()
    required = IntegerField()
    approvers = TextField()  # a JSON list
    deadline = DoubleField(null=True)
    decisions = BlobField()
    ended_at = DoubleField(null=True)
    project = TextField()

    class Meta:
        indexes = ((("status", "requested_at"), False),)


class Artifact(Table):
    run = TextField()
    path = TextField()
    name = TextField()
    title = TextField()
    form = TextField()
    digest = TextField()
    size = BigIntegerField()
    created_at = DoubleField()

    class Meta:
        primary_key = CompositeKey("run", "path", "name")


class Snapshot(Table):
    """The state of a run after `seq`, so that an old one is quick to show."""

    run = TextField()
    seq = IntegerField()
    at = DoubleField()
    data = BlobField()

    class Meta:
        primary_key = CompositeKey("run", "seq")


class Log(Table):
    id = PositionField()
    run = TextField()
    path = TextField()
    attempt = IntegerField()
    at = DoubleField()
    stream = TextField()
    text = TextField()
    open = BooleanField()
    message = IntegerField(null=True)  # whose text it is; then `text` is empty
    exact = BlobField(null=True)  # what was written, where `text` doesn't say it

    class Meta:
        indexes = ((("run", "id"), False),)


Log.add_index(
    SQL('CREATE INDEX "log_message" ON "log" ("message") WHERE ("message" IS NOT NULL)')
)


class Message(Table):
    """A text that models were asked, once, by its SHA-256; the log names it."""

    id = AutoField()
    digest = BlobField(unique=True)
    text = TextField()


class Runner(Table):
    id = TextField(primary_key=True)
    pid = IntegerField()
    pid_started = TextField()
    machine = TextField()
    boot = TextField()
    started_at = DoubleField()
    beat_at = DoubleField()
    ended_at = DoubleField(null=True)


class Process(Table):
    """A process group that an attempt started, to be ended before another attempt."""

    run = TextField()
    path = TextField()
    attempt = IntegerField()
    pid = IntegerField()
    pid_started = TextField()
    boot = TextField()

    class Meta:
        primary_key = CompositeKey("run", "path", "attempt", "pid")


class Schedule(Table):
    """What begins runs of a workflow by itself, and when it is looked at next.

    Not there any more in its workflow: `gone`. The row stays, so that a schedule that
    was paused is still paused when its file comes back.
    """

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
    """A time, a file or a project for which a schedule was to begin a run."""

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


# Few occasions have not been answered yet.
Occasion.add_index(
    SQL(
        'CREATE INDEX "occasion_waiting" ON "occasion" ("schedule", "due")'
        " WHERE (\"status\" = 'waiting')"
    )
)


class Notice(Table):
    """That a target is to be told of something, and what became of it."""

    about = TextField(column_name="approval")
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
        primary_key = CompositeKey("about", "occasion", "target")
        indexes = ((("target", "tried_at"), False),)


# Few notices are on their way, and few have met with trouble.
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


# `Words` is a virtual table, which is no `Table` of ours to Peewee.
TABLES: tuple[type[Model], ...] = (
    Setting,
    Project,
    Definition,
    Version,
    Problem,
    Run,
    Event,
    Packed,
    Step,
    Approval,
    Artifact,
    Snapshot,
    Log,
    Message,
    Runner,
    Process,
    Schedule,
    Occasion,
    Notice,
    Act,
    Pruned,
    Indexed,
    Words,
)
