"""The database: one unit of work is one transaction, begun IMMEDIATE on SQLite.

SQLite settings follow what was measured under eight threads: anything but `BEGIN IMMEDIATE` fails or loses rows.
`synchronous=FULL`, because decisions must survive a power cut.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, CursorResult, Dialect, Engine, Executable, Insert, create_engine, event, insert, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DataError, InternalError, OperationalError
from sqlmodel import Session, SQLModel

from relay import models
from relay.chain.seals import ChainKeys, keys_of
from relay.errors import NeedsUpgrade, NotFound, StoreError, from_database
from relay.models.columns import ReadyInsert, ready_insert

if TYPE_CHECKING:
    from alembic.config import Config

BUSY_SECONDS = 30.0
ANALYSIS_LIMIT = 400
"""Entries of an index that are looked at for statistics: SQLite's own recommendation."""
MISSED = {"keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3", "tcp_user_timeout": "25000"}
"""Both ends of a connection miss each other after 25 s (s; the last in ms); by themselves they wait for hours."""
IDLE = "2 min"  # a server gives up a unit of work in which nothing happens for so long
MIGRATIONS = Path(__file__).with_name("migrations")
"""Each step is a file that begins with its revision, and revisions are numbered: the last one is the newest."""

LEAST_CLIPS = 1000
_COUNT_EMPTY = """
    INSERT INTO sqlite_stat1 (tbl, idx, stat) SELECT name, NULL, '1' FROM sqlite_schema
    WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT IN (SELECT tbl FROM sqlite_stat1)
"""


class Store:
    """`Store("sqlite:////data/relay.db")`. Opening it touches nothing; `check()` tells whether it can be used.

    `channels`: by which people are told of alerts; sessions carry it to relay/alerts.py. `secret`: the installation's
    key, under which the record is chained (relay/chain); without one it is not, and `relay audit verify` says so.
    """

    def __init__(self, url: str, *, channels: Sequence[str] = (), secret: Callable[[], bytes] | None = None) -> None:
        self.url = make_url(url)
        self.engine = _engine(url)
        self.channels = tuple(channels)
        self._secret = secret
        self._look: ContextVar[Session | None] = ContextVar("look", default=None)

    @property
    def path(self) -> Path | None:
        """The file behind an SQLite database; None on a server."""
        if self.url.get_backend_name() == "sqlite" and self.url.database:
            return Path(self.url.database)
        return None

    @cached_property
    def chain_keys(self) -> ChainKeys | None:
        return None if self._secret is None else keys_of(self._secret())

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One unit of work: commits at the end, rolls back on any exception. Never hold it while waiting."""
        from relay.chain import links

        assert self._look.get() is None, "what is written while one looks would not be seen"
        models.load_all()
        carried = {"channels": self.channels}
        with told_plainly(), Session(self.engine, expire_on_commit=False, info=carried) as session:
            yield session
            if self.chain_keys is not None:
                links.append(session, self.chain_keys)
            session.commit()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent look that takes no write lock. What it changed would be lost."""
        if (taken := self._look.get()) is not None:
            yield taken
            return
        with (
            told_plainly(),
            self.engine.connect().execution_options(relay_reading=True) as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session

    @contextmanager
    def one_look(self) -> Iterator[None]:
        """All `reading` inside is one and the same look: a page of many parts agrees with itself, and what several of
        them ask for is read once.
        """
        rows: list[object] = []
        with self.reading() as session:
            event.listen(session, "loaded_as_persistent", lambda _session, row: rows.append(row))  # held
            before = self._look.set(session)
            try:
                yield
            finally:
                self._look.reset(before)

    def revision(self) -> str | None:
        """The step of the migrations that the tables are at; None for an empty database."""
        with told_plainly(), self.engine.connect().execution_options(relay_reading=True) as connection:
            if not connection.dialect.has_table(connection, "alembic_version"):
                return None
            return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()

    def check(self) -> None:
        """Raises StoreError where there is no database, NeedsUpgrade where it is older than this program."""
        if self.path is not None and not self.path.exists():
            raise StoreError("There is no database at {path} yet.", hint="Run: relay init", path=self.path)
        revision = self.revision()
        if revision is None:
            raise StoreError("The database is empty.", hint="Run: relay init")
        if not self._is_newest(revision):
            raise NeedsUpgrade("The database is older than this program.", hint="Run: relay upgrade")

    def _is_newest(self, revision: str) -> bool:
        """Raises StoreError for one that this program does not know."""
        known = revisions()
        if revision == known[-1]:
            return True
        if revision not in known:
            raise StoreError(
                "The database was written by a newer Relay (revision {revision}).",
                hint="Install that version.",
                revision=revision,
            )
        return False

    def upgrade(self, now: datetime, *, copied: bool = True) -> Path | None:
        """Brings the tables to this program's shape; an existing SQLite file is copied first, unless not `copied`.

        Returns the copy. `now` names it. All steps are one unit of work: who is ended meanwhile
        has the old database. Raises StoreError for a database of a newer Relay.
        """
        from alembic import command

        from relay.chain import links

        copy = None
        if (self.path is None or self.path.exists()) and (revision := self.revision()) is not None:
            self._is_newest(revision)
        if self.path is not None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if copied and self.path.exists() and self.revision() is not None:
                copy = self.path.with_name(f"{self.path.stem}-before-upgrade-{now:%Y%m%dT%H%M%S}.db")
                self.copy_to(copy)
            self.path.touch(mode=0o600)  # SQLite gives its journals the same rights
        with told_plainly(), self.engine.connect() as connection, connection.begin():
            command.upgrade(self._alembic(connection), "head")
            if self.chain_keys is not None:
                links.adopt(connection, self.chain_keys)
        return copy

    def copy_to(self, target: Path) -> None:
        """A consistent copy of an SQLite database, taken while others write."""
        if self.path is None:
            raise StoreError("Only an SQLite database can be copied by Relay.", hint="Use pg_dump.")
        part = target.with_name(target.name + ".part")
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        try:
            with told_plainly(), self.engine.connect().execution_options(relay_reading=True) as connection:
                connection.rollback()
                raw = connection.connection.dbapi_connection
                assert isinstance(raw, sqlite3.Connection)
                out = sqlite3.connect(part)
                try:
                    raw.backup(out)
                finally:
                    out.close()
            shutil.move(part, target)
        finally:
            part.unlink(missing_ok=True)

    def renew_statistics(self) -> None:
        """What SQLite plans its reading by, from a few hundred entries of each index: milliseconds at any size
        (https://sqlite.org/lang_analyze.html). PostgreSQL's autovacuum sees to that by itself.

        Below LEAST_CLIPS its own guesses do, and what is counted then would be wrong soon. A table without rows is
        counted as one with a single row: SQLite takes a table that it knows nothing of for a huge one, and would go
        through all clips to ask of each whether one of no questions is about it.
        """
        if self.path is None:
            return
        with told_plainly(), self.engine.connect() as connection, connection.begin():
            if (connection.execute(text("SELECT max(id) FROM clip")).scalar() or 0) < LEAST_CLIPS:
                return
            connection.execute(text(f"PRAGMA analysis_limit={ANALYSIS_LIMIT}"))
            connection.execute(text("ANALYZE"))
            connection.execute(text(_COUNT_EMPTY))
            connection.execute(text("ANALYZE sqlite_schema"))  # reads what was written by hand

    def close(self) -> None:
        self.engine.dispose()

    def _alembic(self, connection: Any = None) -> Config:
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        return config


def revisions() -> list[str]:
    """The steps of the migrations, the newest last: by their files, since alembic takes longer than most looks."""
    return sorted(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def add_new(session: Session, row: SQLModel) -> bool:
    """INSERT … ON CONFLICT DO NOTHING: whether the row is new. The database's unique keys decide, on every engine."""
    return bool(add_all_new(session, [row]))


def add_all_new(session: Session, rows: Sequence[SQLModel]) -> int:
    """As `add_new`, for rows of one table: how many of them are new."""
    if not rows:
        return 0
    table = rows[0].__class__
    columns = [name for name in _columns(table) if name != "id" or getattr(rows[0], "id", 0) is not None]
    return _add(session, table, {name: [getattr(row, name) for row in rows] for name in columns})


def add_row(session: Session, row: SQLModel) -> int:
    """Inserts a row at once and returns its number. It does not become one of the session's objects."""
    from relay.chain import links

    table = row.__class__
    values = {name: getattr(row, name) for name in _columns(table) if name != "id"}
    session.flush()
    inserted = session.connection().execute(_insert(table), values).inserted_primary_key
    assert inserted is not None
    links.noted_values(session, table, int(inserted[0]), values)
    return int(inserted[0])


@lru_cache(maxsize=100)
def _insert(table: type[SQLModel]) -> Insert:
    return insert(table)


def add_rows(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, object]]) -> int:
    """As `add_all_new`, for rows by the names of their columns; what they leave out has the table's own default.

    For many at a time: making the object of a row takes longer than inserting it.
    """
    if not rows:
        return 0
    values, makers = _defaults(table)
    given = tuple(rows[0])
    constant = {name: value for name, value in values.items() if name not in rows[0]}
    made = {name: make for name, make in makers.items() if name not in rows[0]}
    columns: dict[str, Sequence[Any]] = {name: [row[name] for row in rows] for name in given}
    assert all(len(row) == len(given) for row in rows), "rows of one insert name the same columns"
    columns |= {name: [value] * len(rows) for name, value in constant.items()}
    columns |= {name: [make() for _ in rows] for name, make in made.items()}
    return _add(session, table, columns)


def _add(session: Session, table: type[SQLModel], columns: Mapping[str, Sequence[Any]]) -> int:
    """`columns`: the values of all rows, by the column's name."""
    from relay.chain import facts

    session.flush()
    if table in facts.FACTS:
        statement = _insert_new(table, session.get_bind().dialect.name)
        rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
        return sum(_add_fact(session, table, statement, row) for row in rows)
    connection = session.connection()
    ready = _ready_insert(table, connection.dialect, tuple(columns))
    return int(connection.exec_driver_sql(ready.sql, ready.rows(columns), _COUNTED).rowcount)


_COUNTED: Any = {"preserve_rowcount": True}


_INSERTS: WeakKeyDictionary[Dialect, dict[tuple[type[SQLModel], tuple[str, ...]], ReadyInsert]] = WeakKeyDictionary()


def _ready_insert(table: type[SQLModel], dialect: Dialect, names: tuple[str, ...]) -> ReadyInsert:
    known = _INSERTS.setdefault(dialect, {})
    if (found := known.get((table, names))) is None:
        compiled = _insert_new(table, dialect.name).compile(dialect=dialect, column_keys=list(names))
        found = known[table, names] = ready_insert(compiled, table, names)
    return found


def _add_fact(session: Session, table: type[SQLModel], statement: Insert, values: dict[str, Any]) -> bool:
    """One at a time, because each one's number is needed for its link."""
    from relay.chain import links

    found = session.connection().execute(statement.returning(table.__table__.c.id), values).first()  # type: ignore[attr-defined]
    if found is not None:
        links.noted_values(session, table, int(found[0]), values)
    return found is not None


@lru_cache(maxsize=100)
def _columns(table: type[SQLModel]) -> tuple[str, ...]:
    return tuple(column.name for column in table.__table__.columns)  # type: ignore[attr-defined]


@lru_cache(maxsize=100)
def _defaults(table: type[SQLModel]) -> tuple[dict[str, Any], dict[str, Callable[[], Any]]]:
    """What stands in columns that nobody names: values, and makers of values."""
    left_out = {name: field for name, field in table.model_fields.items() if name != "id" and not field.is_required()}
    makers = {name: partial(field.get_default, call_default_factory=True) for name, field in left_out.items()}
    made = {name for name, field in left_out.items() if field.default_factory is not None}
    values = {name: make() for name, make in makers.items() if name not in made}
    return values, {name: makers[name] for name in made}


@lru_cache(maxsize=200)
def _insert_new(table: type[SQLModel], dialect: str) -> Insert:
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        statement: Any = postgresql.insert(table)
    else:
        from sqlalchemy.dialects import sqlite

        statement = sqlite.insert(table)
    # without the first, RETURNING is added on PostgreSQL, whose rows nobody reads; without the other nobody counts
    made: Insert = statement.on_conflict_do_nothing().inline().execution_options(preserve_rowcount=True)
    return made


def run(session: Session, statement: Executable, **values: object) -> CursorResult[*tuple[Any, ...]]:
    """A statement that stands ready in a module, with values for its `bindparam`s (which no column may be called).

    Building a statement takes several times as long as running it, which is felt where a sweep takes dozens of them.
    """
    session.flush()
    return session.connection().execute(statement, values)


def one_at_a_time(session: Session, table: type[SQLModel]) -> None:
    """Others who ask for the same wait until this unit of work is over, so that what it counts stays true. To be asked
    for before the first change. SQLite lets one write at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text(f'LOCK TABLE "{table.__tablename__}" IN SHARE ROW EXCLUSIVE MODE'))


def _engine(url: str) -> Engine:
    if not make_url(url).get_backend_name().startswith("sqlite"):
        return _engine_on_server(make_url(url))
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in (
            f"busy_timeout={int(BUSY_SECONDS * 1000)}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",  # what is erased is not to be read in pages that were freed
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("relay_reading", False)
        words = "BEGIN" if reading else "BEGIN IMMEDIATE"
        raw = connection.connection.dbapi_connection
        assert isinstance(raw, sqlite3.Connection)
        try:
            raw.execute(words)  # by way of SQLAlchemy it takes three times as long, 1 % of a crawl more
        except sqlite3.OperationalError as error:
            raise OperationalError(words, None, error) from error

    return engine


def _engine_on_server(url: URL) -> Engine:
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername == "postgresql+psycopg":
        url = url.set(query={"connect_timeout": "10", **MISSED, **url.query})
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise StoreError(
            "A database on a server needs a driver that is not installed.",
            hint="Run: pip install 'hashtag-relay[postgres]'",
        ) from error
    if engine.dialect.driver == "psycopg":
        event.listen(engine, "connect", _without_nul)
        event.listen(engine, "connect", _let_go_by_the_server)
    return engine


def _let_go_by_the_server(connection: Any, _record: object) -> None:
    """A host that is cut off, or stands still, may hold locks that all others wait for, its lease's row for one."""
    named = {f"tcp_{name.removeprefix('tcp_')}": value for name, value in MISSED.items()}
    for name, value in {"idle_in_transaction_session_timeout": IDLE, **named}.items():
        connection.execute(f"SET {name} = '{value}'")
    connection.commit()


def _without_nul(connection: Any, _record: object) -> None:
    """PostgreSQL keeps no NUL in a text, and posts and forms may hold one: it becomes U+FFFD, the sign for what can't
    be shown. So no text with it is ever taken for one without it.
    """
    from psycopg.types.string import StrDumperUnknown

    class NoNul(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\ufffd"))

    connection.adapters.register_dumper(str, NoNul)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Raises StoreError, DiskFull or DiskBroken for what a person can do something about."""
    try:
        yield
    except (InternalError, OperationalError, sqlite3.OperationalError) as error:
        if (told := from_database(getattr(error, "orig", None) or error)) is not None:
            raise told from error
        raise
    except (DataError, OverflowError) as error:
        if not _is_of_no_row(error):
            raise
        raise NotFound("There is nothing with so large a number.") from error


def _is_of_no_row(error: DataError | OverflowError) -> bool:
    """Of a number that is larger than any that the database could give to a row."""
    text = str(getattr(error, "orig", error))
    return "too large to convert to SQLite INTEGER" in text or "integer out of range" in text
