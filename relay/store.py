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

from sqlalchemy import Connection, CursorResult, Engine, Executable, Insert, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlmodel import Session, SQLModel

from relay import models
from relay.chain.seals import ChainKeys, keys_of
from relay.errors import DiskBroken, DiskFull, NeedsUpgrade, NotFound, RelayError, StoreBusy, StoreError
from relay.language.catalogue import N_
from relay.language.sentence import Sentence
from relay.models.columns import insert_new, ready_insert, ready_statement

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
        """A consistent look that takes no write lock. What it changed would be lost; PostgreSQL refuses it."""
        if (taken := self._look.get()) is not None:
            yield taken
            return
        with (
            told_plainly(),
            self.engine.connect().execution_options(**self._of_a_look) as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session

    @property
    def _of_a_look(self) -> Mapping[str, Any]:
        """All statements of a look see the database as it was at the first. On SQLite that is so by itself."""
        if self.path is None and self.engine.dialect.name == "postgresql":
            return {"relay_reading": True, "isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        return {"relay_reading": True}

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

    def upgrade(
        self, now: datetime, *, copied: bool = True, then: Callable[[Connection], None] | None = None
    ) -> Path | None:
        """Brings the tables to this program's shape; an existing SQLite file is copied first, unless not `copied`.

        Returns the copy. `now` names it. All steps, and what is to be done `then`, are one unit of work: who is ended
        meanwhile has the old database. Raises StoreError for a database of a newer Relay.
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
            if then is not None:
                then(connection)
        return copy

    def copy_to(self, target: Path) -> None:
        """A consistent copy of an SQLite database, taken while others write. Of one on a server: backups/across.py."""
        assert self.path is not None, "a server's database has no file"
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
    return _add(session, table, {name: [getattr(row, name) for row in rows] for name in columns}, {})


def add_row(session: Session, row: SQLModel) -> int:
    """Inserts a row at once and returns its number. It does not become one of the session's objects."""
    from relay.chain import links

    table = row.__class__
    values = {name: getattr(row, name) for name in _columns(table) if name != "id"}
    session.flush()
    connection = session.connection()
    ready = ready_insert(table, tuple(values), connection.dialect, numbered=True)
    number = int(connection.exec_driver_sql(ready.sql, ready.row(values)).scalar_one())
    links.noted_values(session, table, number, values)
    return number


def add_rows(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, object]]) -> int:
    """As `add_all_new`, for rows by the names of their columns; what they leave out has the table's own default.

    For many at a time: making the object of a row takes longer than inserting it.
    """
    if not rows:
        return 0
    given = rows[0].keys()
    assert all(row.keys() == given for row in rows), "rows of one insert name the same columns"
    return add_columns(session, table, {name: [row[name] for row in rows] for name in given})


def add_columns(session: Session, table: type[SQLModel], columns: dict[str, Sequence[Any]], **same: object) -> int:
    """As `add_rows`, for the values of each column, in the order of the rows; `same`: what all rows have there."""
    number = len(next(iter(columns.values())))
    if not number:
        return 0
    values, makers = _defaults(table)
    made = {name: [make() for _ in range(number)] for name, make in makers.items() if name not in columns | same}
    return _add(session, table, {**columns, **made}, {**values, **same})


def _add(
    session: Session, table: type[SQLModel], columns: Mapping[str, Sequence[Any]], same: Mapping[str, object]
) -> int:
    """`columns`: the values of all rows, by the column's name; `same`: what all rows have in the others."""
    from relay.chain import facts

    session.flush()
    if table in facts.FACTS:
        statement = insert_new(table, session.get_bind().dialect.name)
        rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
        return sum(_add_fact(session, table, statement, {**same, **row}) for row in rows)
    connection = session.connection()
    ready = ready_insert(table, tuple(sorted(columns.keys() | same.keys())), connection.dialect)
    return int(connection.exec_driver_sql(ready.sql, ready.rows(columns, same), _COUNTED).rowcount)


_COUNTED: Any = {"preserve_rowcount": True}


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


def run(session: Session, statement: Executable, **values: object) -> CursorResult[*tuple[Any, ...]]:
    """A statement that stands ready in a module, with values for its `bindparam`s (which no column may be called).

    Building a statement takes several times as long as running it, which is felt where a sweep takes dozens of them.
    """
    session.flush()
    return session.connection().execute(statement, values)


def ask(session: Session, statement: Executable, **values: object) -> list[tuple[Any, ...]]:
    """As `run`, for what is asked dozens of times a minute: the rows that were found. `among` in place of `in_`."""
    session.flush()
    connection = session.connection()
    ready = ready_statement(statement, connection.dialect)
    return ready.rows(connection.exec_driver_sql(ready.sql, ready.filled(values)).fetchall())


def change(session: Session, statement: Executable, **values: object) -> int:
    """As `ask`, for a statement that changes rows: how many."""
    session.flush()
    connection = session.connection()
    ready = ready_statement(statement, connection.dialect)
    return int(connection.exec_driver_sql(ready.sql, ready.filled(values)).rowcount)


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
    except (DataError, OverflowError) as error:
        if not _is_of_no_row(error):
            raise
        raise NotFound("There is nothing with so large a number.") from error
    except (DBAPIError, sqlite3.OperationalError) as error:
        if (told := _plain(getattr(error, "orig", error))) is None:
            raise
        raise told from error


def _plain(error: BaseException | None) -> RelayError | None:
    """Of what a driver raised; None for a bug."""
    said = " ".join(str(error).split())
    if isinstance(error, sqlite3.OperationalError):
        told = next((told for sign, told in OF_SQLITE.items() if sign in said), None)
    else:
        # psycopg raises its OperationalError itself, without a state, where it can't connect
        state = getattr(error, "sqlstate", None) or type(error).__name__
        told = next((told for sign, told in OF_POSTGRES.items() if state.startswith(sign)), None)
    if told is None:
        return None
    kind, message, hint = told
    return kind(message, hint=hint, why=Sentence(said))


_FULL = DiskFull, N_("The disk with the database is full."), N_("Free some space; nothing was lost.")
_BUSY = StoreBusy, N_("The database is busy for too long."), N_("Try again in a minute.")
_AWAY = (
    StoreError,
    N_("The database server can't be reached ({why})."),
    N_("See whether it runs, and whether RELAY_DATABASE_URL is right."),
)
_UNWRITABLE = N_("The database can't be written ({why}).")
_OF_FOLDER = StoreError, _UNWRITABLE, N_("Check the folder's rights.")
_OF_ACCOUNT = StoreError, _UNWRITABLE, N_("Check the rights of the account in RELAY_DATABASE_URL.")
_BROKEN = (
    DiskBroken,
    N_("The disk with the database can't be read or written."),
    N_("See whether it is sound, then try again; what was confirmed is kept."),
)
OF_SQLITE: Mapping[str, tuple[type[RelayError], str, str]] = {
    "full": _FULL,
    "disk I/O": _BROKEN,
    "locked": _BUSY,
    "readonly": _OF_FOLDER,
    "unable to open": _OF_FOLDER,
}
"""By words of its message."""
OF_POSTGRES: Mapping[str, tuple[type[RelayError], str, str]] = {
    "53100": _FULL,
    "40001": _BUSY,  # a serialization failure
    "40P01": _BUSY,  # a deadlock, which was broken here
    "53300": _BUSY,  # no connection is left
    "55P03": _BUSY,  # a lock wasn't given
    "58030": _BROKEN,
    "25006": _OF_ACCOUNT,
    "42501": _OF_ACCOUNT,
    "57P": _AWAY,  # it is stopped, or starting
    "25P03": _AWAY,  # it let go of a unit of work that stood still: `_let_go_by_the_server`
    "08": _AWAY,
    "OperationalError": _AWAY,
}
"""By how SQLSTATE begins (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""


def _is_of_no_row(error: DataError | OverflowError) -> bool:
    """Of a number that is larger than any that the database could give to a row."""
    text = str(getattr(error, "orig", error))
    return "too large to convert to SQLite INTEGER" in text or "integer out of range" in text
