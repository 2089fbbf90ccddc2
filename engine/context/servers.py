"""Rows from a database server: any address that SQLAlchemy has a driver for.

What only reads is rolled back at its end, whatever it was, and told to be read-only
where the server knows that. An address with a password comes from the environment or
the keyring.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from engine.context.found import Unavailable, plain
from engine.errors import WeirError
from engine.extras import how_to_add
from engine.hidden import ENV, KEYRING, place_of, value_at

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

Json = Any
Row = dict[str, Json]

HIDDEN = (ENV, KEYRING)
LOCAL = frozenset({"sqlite"})  # a file: it is named by its path, inside the workspace


def is_address(told: str) -> bool:
    """Whether what weir.toml says of a database is a server's address, not a file."""
    return told.startswith(HIDDEN) or "://" in told


def select(
    database: str, told: str, sql: str, bound: Mapping[str, Json], most: int
) -> list[Row]:
    """The rows of a query, at most so many. Raises Unavailable."""
    from sqlalchemy import text

    with connected(database, told) as connection:
        quietly = connection.execution_options(**reading(connection))
        found = quietly.execute(text(sql), dict(bound))
        if not found.returns_rows:
            raise Unavailable("missing", f"{database}: the query gives no rows")
        rows = [plain(dict(row)) for row in found.mappings().fetchmany(most + 1)]
        quietly.rollback()
    if len(rows) > most:
        raise Unavailable("limit", f"the query has more than {most} rows")
    return rows


def write(database: str, told: str, sql: str, bound: Mapping[str, Json]) -> int:
    """Run a statement in a transaction of its own; the rows it changed."""
    from sqlalchemy import text

    with connected(database, told) as connection:
        changed = connection.execute(text(sql), dict(bound)).rowcount
        connection.commit()
    return max(0, int(changed))


def reading(connection: Connection) -> dict[str, Any]:
    if connection.dialect.name == "postgresql":
        return {"postgresql_readonly": True}
    return {}


@contextmanager
def connected(database: str, told: str) -> Iterator[Connection]:
    """A connection of its own, whose errors are told without the password."""
    try:
        from sqlalchemy.exc import (
            DBAPIError,
            NoSuchModuleError,
            OperationalError,
            SQLAlchemyError,
        )
    except ModuleNotFoundError as error:
        raise Unavailable(
            "missing",
            f"{database} is a server, which needs more: {how_to_add('databases')},"
            " likewise its driver; then `weir runner stop` and retry",
        ) from error
    engine, secret = engine_of(database, told)
    try:
        with engine.connect() as connection:
            yield connection
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise Unavailable(
            "missing", f"{database}: no driver for it is installed: {error}"
        ) from error
    except OperationalError as error:
        raise Unavailable("lost", said(database, error.orig, secret), True) from error
    except DBAPIError as error:
        raise Unavailable("internal", said(database, error.orig, secret)) from error
    except SQLAlchemyError as error:
        raise Unavailable("internal", said(database, error, secret)) from error
    finally:
        engine.dispose()


def engine_of(database: str, told: str) -> tuple[Engine, str]:
    """The engine of an address, and its password, which is never told."""
    from sqlalchemy import create_engine, make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    try:
        url = make_url(address(database, told))
    except ArgumentError as error:
        raise Unavailable("missing", f"{database}: that is no address") from error
    if url.get_backend_name() in LOCAL:
        words = f"{database}: name the file by its path, which is inside the workspace"
        raise Unavailable("missing", words)
    if url.password and not told.startswith(HIDDEN):
        raise Unavailable(
            "missing",
            f"{database}: a password does not belong into a file; put the address into"
            " a variable of the environment, and say env:NAME, or into the keyring",
        )
    try:
        return create_engine(url, poolclass=NullPool), str(url.password or "")
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise Unavailable(
            "missing", f"{database}: no driver for it is installed: {error}"
        ) from error


def address(database: str, told: str) -> str:
    if not told.startswith(HIDDEN):
        return told
    try:
        place = place_of(database, told)
        found = value_at(place)
    except WeirError as error:
        raise Unavailable("missing", f"{database}: {error}") from error
    if not found:
        where = place if place.service else place.name
        raise Unavailable(
            "missing",
            f"{database} is at the address in {where}, which is not set; set it and"
            " wake a runner that knows it (`weir runner stop`, then retry)",
        )
    return found


def said(database: str, error: object, secret: str) -> str:
    """An error on one line, without the password."""
    line = " ".join(str(error).split())[:300]
    return f"{database}: {line.replace(secret, '…') if secret else line}"
