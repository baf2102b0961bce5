from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import bindparam, text, update
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel, col, select

from relay import models
from relay.errors import DiskBroken, DiskFull, NeedsUpgrade, StoreBusy, StoreError
from relay.models import Event, EventSubject, Lease, Match, MatchKind, Pace, Post, Sighting
from relay.models.columns import among
from relay.store import LEAST_CLIPS, Store, add_all_new, add_new, add_row, add_rows, ask, change, revisions, run
from scripts import town_rows

NOW = datetime(2023, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path, empty_database: Path) -> Iterator[Store]:
    """A copy of what the migrations made, with all guards."""
    shutil.copyfile(empty_database, tmp_path / "relay.db")
    made = Store(f"sqlite:///{tmp_path / 'relay.db'}")
    yield made
    made.close()


@pytest.mark.slow
def test_the_migrations_make_exactly_the_tables_of_the_models(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_sqlite_is_set_as_decisions_need_it(store: Store) -> None:
    with store.reading() as session:
        ask = session.connection().execute
        assert ask(text("PRAGMA journal_mode")).scalar() == "wal"
        assert ask(text("PRAGMA synchronous")).scalar() == 2
        assert ask(text("PRAGMA foreign_keys")).scalar() == 1
        assert ask(text("PRAGMA busy_timeout")).scalar() == 30000


def test_an_exception_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction() as session:
        session.add(Lease(name="bell", holder="a", until=NOW))
        session.flush()
        raise RuntimeError("in the middle")
    with store.reading() as session:
        assert session.exec(select(Lease)).all() == []


@pytest.mark.slow
def test_rows_that_are_not_new_are_turned_away(store: Store) -> None:
    rows = [{"name": name, "holder": "a", "until": NOW} for name in ("bell", "cards", "bell")]
    with store.transaction() as session:
        assert add_rows(session, Lease, rows) == 2
        assert add_rows(session, Lease, rows[:1]) == 0
        assert add_rows(session, Lease, []) == 0
        assert add_new(session, Lease(name="films", holder="b", until=NOW))
        assert not add_new(session, Lease(name="bell", holder="b", until=NOW))
    with store.reading() as session:
        assert sorted(session.exec(select(Lease.name, Lease.fence))) == [("bell", 1), ("cards", 1), ("films", 1)]


def test_what_a_row_leaves_out_is_the_tables_own_default(store: Store) -> None:
    words = [{"at": NOW, "subject": "post", "subject_id": 1, "what": what} for what in ("found", "edited")]
    with store.transaction() as session:
        add_rows(session, Event, words)
    with store.reading() as session:
        first, second = session.exec(select(Event).order_by(col(Event.id)))
        assert (first.id, first.person, first.details, second.id) == (1, "", {}, 2)


@pytest.mark.slow
def test_a_row_gets_its_number_at_once(store: Store) -> None:
    row = Event(at=NOW, subject="post", subject_id=1, what="found", details={"text": "ё"})
    with store.transaction() as session:
        assert [add_row(session, row), add_row(session, row)] == [1, 2]
    with store.reading() as session:
        assert session.get_one(Event, 2).details == {"text": "ё"}


def test_what_is_asked_for_comes_in_the_types_of_its_columns(store: Store) -> None:
    asked = select(Event.subject, Event.at, Event.details).where(
        among(col(Event.subject_id), "ids"), Event.person == bindparam("who"), Event.what == "found"
    )
    with store.transaction() as session:
        for number in range(1, 5):
            session.add(Event(at=NOW, subject="post", subject_id=number, what="found", person="Анна", details={"n": 1}))
        found = ask(session, asked.order_by(col(Event.id)), ids=[1, 3, 9], who="Анна")
        assert found == [(EventSubject.post, NOW, {"n": 1})] * 2
        assert [len(ask(session, asked, ids=ids, who="Анна")) for ids in ([], [2], [1, 2, 3, 4])] == [0, 1, 4]


def test_what_is_changed_is_counted(store: Store) -> None:
    later = update(Pace).where(among(col(Pace.token), "tokens")).values(next_at=bindparam("at"))
    with store.transaction() as session:
        for token in ("a", "b", "c"):
            session.add(Pace(token=token, next_at=NOW))
        assert change(session, later, tokens=["a", "c", "x"], at=NOW + timedelta(hours=1)) == 2
        paces = session.exec(select(Pace.token).where(Pace.next_at > NOW).order_by(Pace.token)).all()
        assert paces == ["a", "c"]


def test_a_statement_whose_text_follows_its_values_cannot_stand_ready(store: Store) -> None:
    with store.reading() as session, pytest.raises(TypeError, match="among"):
        ask(session, select(Pace.token).where(col(Pace.token).in_(["a"])))


def test_a_statement_that_stands_ready_sees_what_the_session_has_to_write(store: Store) -> None:
    holder_of = select(Lease.holder).where(Lease.name == bindparam("which"))
    with store.transaction() as session:
        session.add(Lease(name="bell", holder="a", until=NOW))
        assert run(session, holder_of, which="bell").scalar() == "a"
        assert run(session, holder_of, which="cards").scalar() is None


def count_up(store: Store, times: int) -> None:
    for _ in range(times):
        with store.transaction() as session:
            fence = session.exec(select(Lease.fence).where(Lease.name == "bell")).one()
            session.exec(update(Lease).where(col(Lease.name) == "bell").values(fence=fence + 1))


@pytest.mark.slow
def test_eight_threads_that_read_and_write_lose_nothing(store: Store) -> None:
    with store.transaction() as session:
        session.add(Lease(name="bell", holder="a", until=NOW, fence=0))
    threads = [threading.Thread(target=count_up, args=(store, 10)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as session:
        assert session.exec(select(Lease.fence)).one() == 80


@pytest.mark.slow
def test_without_begin_immediate_a_transaction_that_read_first_cannot_write(store: Store) -> None:
    """The twin of the test above: what `BEGIN IMMEDIATE` guards against does happen without it."""
    with store.transaction() as session:
        session.add(Lease(name="bell", holder="a", until=NOW, fence=0))
    path = str(store.path)
    first, second = (sqlite3.connect(path, isolation_level=None, timeout=0.1) for _ in range(2))
    for connection in (first, second):
        connection.execute("BEGIN")
        connection.execute("SELECT fence FROM lease").fetchall()
    first.execute("UPDATE lease SET fence = fence + 1")
    first.execute("COMMIT")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        second.execute("UPDATE lease SET fence = fence + 1")
    first.close()
    second.close()


def test_no_database_yet_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database") as caught:
        Store(f"sqlite:///{tmp_path / 'none.db'}").check()
    assert "relay init" in caught.value.line


def test_an_older_database_is_refused_with_the_command_that_upgrades_it(store: Store) -> None:
    set_revision(store, None)
    with pytest.raises(StoreError, match="empty"):
        store.check()
    store.upgrade  # noqa: B018
    set_revision(store, "0000")
    with pytest.raises(StoreError, match="newer"):
        store.check()


@pytest.mark.slow
def test_the_steps_of_the_migrations_are_those_that_alembic_knows(store: Store) -> None:
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(store._alembic())
    assert revisions() == [step.revision for step in script.walk_revisions()][::-1]
    assert revisions()[-1] == script.get_current_head()


def test_a_database_before_the_newest_revision_needs_an_upgrade(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.store.revisions", lambda: [*revisions(), "9999"])
    with pytest.raises(NeedsUpgrade) as caught:
        store.check()
    assert caught.value.line == "The database is older than this program. Run: relay upgrade"


def set_revision(store: Store, revision: str | None) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        if revision:
            connection.execute(text("INSERT INTO alembic_version VALUES (:r)"), {"r": revision})


@pytest.mark.slow
def test_upgrading_copies_the_database_first(store: Store) -> None:
    with store.transaction() as session:
        session.add(Lease(name="bell", holder="a", until=NOW))
    copy = store.upgrade(NOW)
    assert copy is not None
    assert copy.name == "relay-before-upgrade-20230112T000000.db"
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT holder FROM lease").fetchall() == [("a",)]
    connection.close()


@pytest.mark.slow
def test_posts_of_the_revision_before_lack_no_reason_and_no_decision(tmp_path: Path) -> None:
    """0004: what older rows don't say stays open, and what they do say is kept."""
    store = Store(f"sqlite:///{tmp_path / 'relay.db'}")
    with store.engine.connect() as connection:
        command.upgrade(store._alembic(connection), "0003")
        for line in (
            "INSERT INTO campaign (id, slug, title, hashtags, aliases, opens_at, closes_at, tz, language, state, held,"
            " last_sweep_due, created_at) VALUES (1, 's', 't', '[]', '[]', :at, :at, 'UTC', 'ru', 'draft', 0, 0, :at)",
            "INSERT INTO post (id, network, owner_id, post_id, url, text, author_id, author, published_at,"
            " first_seen_at, last_seen_at, raw) VALUES (5, 'vk', '1', '2', 'u', 'письмо', '', '', :at, :at, :at, '{}')",
            "INSERT INTO video (id, network, owner_id, video_id, url, title, description, author_id, author,"
            " access_key, kind, state, reason, attempts, lease_holder, created_at)"
            " VALUES (6, 'vk', '1', '3', 'u', '', '', '', '', '', 'video', 'found', '', 0, '', :at)",
            "INSERT INTO match (campaign_id, post_id, kind, matched_in, tag, turned_down, at)"
            " VALUES (1, 5, 'exact', 'text', '#t', '', :at)",
            "INSERT INTO sighting (post_id, video_id, position, lost) VALUES (5, 6, 0, '')",
        ):
            connection.execute(text(line), {"at": "2023-01-12 00:00:00"})
        connection.commit()
    store.upgrade(NOW)
    with store.reading() as session:
        post, match, sighting = (session.exec(select(table)).one() for table in (Post, Match, Sighting))
    assert (post.id, post.text, post.no_video) == (5, "письмо", None)
    assert (match.kind, match.put_aside) == (MatchKind.exact, "")
    assert (sighting.video_id, sighting.handed_in) == (6, "")
    with store.engine.connect() as connection:
        command.downgrade(store._alembic(connection), "0003")
        command.upgrade(store._alembic(connection), "head")
    store.close()


@pytest.mark.slow
def test_a_copy_can_be_taken_while_others_write(store: Store, tmp_path: Path) -> None:
    with store.transaction() as session:
        session.add(Lease(name="bell", holder="a", until=NOW))
        session.flush()
        store.copy_to(tmp_path / "copy.db")
    connection = sqlite3.connect(tmp_path / "copy.db")
    assert connection.execute("SELECT count(*) FROM lease").fetchone() == (0,)
    connection.close()


def test_a_full_disk_is_told_as_such(store: Store) -> None:
    with store.engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar()
    with pytest.raises(DiskFull), store.transaction() as session:
        session.connection().execute(text(f"PRAGMA max_page_count={pages}"))
        for number in range(40):
            session.add(Lease(name=f"{number}", holder="x" * 10_000, until=NOW))
        session.flush()


def test_naive_datetimes_are_refused(store: Store) -> None:
    from sqlalchemy.exc import StatementError

    with pytest.raises(StatementError, match="naive"), store.transaction() as session:
        session.add(Lease(name="x", holder="a", until=datetime(2023, 1, 1)))  # noqa: DTZ001
        session.flush()


def test_where_the_database_lies(tmp_path: Path) -> None:
    made = Store(f"sqlite:///{tmp_path / 'a.db'}", channels=["mail"])
    assert (made.path, made.channels) == (tmp_path / "a.db", ("mail",))
    assert Store("sqlite://").path is None
    assert Store("sqlite://").channels == ()


@pytest.mark.slow
def test_what_is_wrong_with_a_database_is_told_with_what_to_do(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as told:
        Store(f"sqlite:///{tmp_path / 'none.db'}").check()
    assert told.value.line == f"There is no database at {tmp_path / 'none.db'} yet. Run: relay init"
    assert not (tmp_path / "none.db").exists()
    store.check()
    set_revision(store, None)
    with pytest.raises(StoreError) as told:
        store.check()
    assert told.value.line == "The database is empty. Run: relay init"
    set_revision(store, "0001")
    with pytest.raises(NeedsUpgrade):
        store.check()
    set_revision(store, "9999")
    with pytest.raises(StoreError) as told:
        store.check()
    assert told.value.line == ("The database was written by a newer Relay (revision 9999). Install that version.")


def test_what_is_read_is_never_written_and_what_is_written_carries_the_channels(tmp_path: Path, store: Store) -> None:
    store.channels = ("mail",)
    with store.transaction() as session:
        session.add(Lease(name="bell", holder="a", until=NOW))
        assert session.info["channels"] == ("mail",)
        session.flush()
    with store.reading() as session:
        lease = session.get_one(Lease, "bell")
        lease.holder = "b"
        session.add(lease)
        session.flush()
    assert lease.holder == "b", "it can be used after the look is over"
    with store.transaction() as session:
        kept = session.get_one(Lease, "bell")
    assert kept.holder == "a", "and so can what a transaction brought"


def test_a_look_waits_for_no_writer(store: Store) -> None:
    with store.transaction() as session:
        session.add(Lease(name="bell", holder="a", until=NOW))
        session.flush()
        with store.reading() as other:
            assert other.exec(select(Lease)).all() == []


@pytest.mark.parametrize(
    ("said", "kind", "line"),
    [
        (
            "database or disk is full",
            DiskFull,
            "The disk with the database is full. Free some space; nothing was lost.",
        ),
        ("database is locked", StoreError, "The database is busy for too long. Try again in a minute."),
        (
            "attempt to write a readonly database",
            StoreError,
            "The database can't be written (attempt to write a readonly database). Check the folder's rights.",
        ),
        (
            "unable to open database file",
            StoreError,
            "The database can't be written (unable to open database file). Check the folder's rights.",
        ),
        ("no such table: lease", OperationalError, None),
    ],
)
def test_trouble_with_the_database_is_told_in_our_words(
    store: Store, said: str, kind: type[Exception], line: str | None
) -> None:
    for opened in (store.transaction, store.reading):
        with pytest.raises(kind) as told, opened():
            raise OperationalError("SELECT", None, sqlite3.OperationalError(said))
        assert getattr(told.value, "line", None) == line


class OfServer(Exception):
    """What psycopg raises, with the state that PostgreSQL gave."""

    def __init__(self, said: str, sqlstate: str | None) -> None:
        super().__init__(said)
        self.sqlstate = sqlstate


OfServer.__name__ = "OperationalError"


@pytest.mark.parametrize(
    ("state", "kind", "line"),
    [
        ("53100", DiskFull, "The disk with the database is full. Free some space; nothing was lost."),
        ("58030", DiskBroken, None),
        ("40P01", StoreBusy, "The database is busy for too long. Try again in a minute."),
        ("40001", StoreBusy, None),
        ("53300", StoreBusy, None),
        ("55P03", StoreBusy, None),
        ("25006", StoreError, "The database can't be written (it says so). Check the rights of the account in "
         "RELAY_DATABASE_URL."),
        ("42501", StoreError, None),
        ("57P01", StoreError, None),
        ("25P03", StoreError, None),
        ("08006", StoreError, "The database server can't be reached (it says so). See whether it runs, and whether "
         "RELAY_DATABASE_URL is right."),
        (None, StoreError, None),
        ("42703", OperationalError, None),
        ("57014", OperationalError, None),
    ],
)  # fmt: skip
def test_trouble_with_a_server_is_told_in_our_words(
    store: Store, state: str | None, kind: type[Exception], line: str | None
) -> None:
    with pytest.raises(kind) as told, store.reading():
        raise OperationalError("SELECT", None, OfServer("it\n  says so", state))
    assert type(told.value) is kind
    assert line in (None, getattr(told.value, "line", None))


@pytest.mark.slow
def test_all_rows_of_one_table_are_added_at_once_and_known_ones_are_not(store: Store) -> None:
    def event(number: int | None, what: str) -> Event:
        return Event(id=number, at=NOW, subject="post", subject_id=1, what=what, person="Анна", details={"a": 1})

    with store.transaction() as session:
        assert add_all_new(session, []) == 0
        assert add_all_new(session, [event(5, "made"), event(6, "edited")]) == 2
        assert add_all_new(session, [event(6, "gone"), event(7, "found")]) == 1
        assert add_new(session, event(None, "refused"))
    with store.reading() as session:
        rows = session.exec(select(Event).order_by(col(Event.id))).all()
    assert [(row.id, row.what, row.person, row.details) for row in rows] == [
        (number, what, "Анна", {"a": 1}) for number, what in ((5, "made"), (6, "edited"), (7, "found"), (8, "refused"))
    ]


def test_rows_that_leave_something_out_share_no_list(store: Store) -> None:
    rows = [{"at": NOW, "subject": "post", "subject_id": 1, "what": what} for what in ("made", "edited")]
    with store.transaction() as session:
        assert add_rows(session, Event, rows) == 2
        assert add_rows(session, Event, [{**rows[0], "details": {"x": 1}, "person": "Анна"}]) == 1
        assert add_rows(session, Event, [rows[0]]) == 1
    with store.reading() as session:
        found = session.exec(select(Event.person, Event.details).order_by(col(Event.id))).all()
    assert found == [("", {}), ("", {}), ("Анна", {"x": 1}), ("", {})]


def test_rows_of_one_insert_name_the_same_columns(store: Store) -> None:
    rows = [{"post_id": 1, "video_id": 1}, {"post_id": 1, "video_id": 2, "position": 1}]
    with store.transaction() as session, pytest.raises(AssertionError, match="same columns"):
        add_rows(session, Sighting, rows)


def test_a_copy_takes_the_place_of_what_was_left_of_one(store: Store, tmp_path: Path) -> None:
    (tmp_path / "copy.db.part").write_text("half a copy")
    store.copy_to(tmp_path / "copy.db")
    connection = sqlite3.connect(tmp_path / "copy.db")
    assert connection.execute("SELECT count(*) FROM lease").fetchone() == (0,)
    connection.close()
    assert not (tmp_path / "copy.db.part").exists()


def _adds_a_lease(store: Store) -> None:
    with store.transaction() as session:
        session.add(Lease(name="bell", holder="a", until=NOW))


def _leases(store: Store) -> int:
    with store.reading() as session:
        return len(session.exec(select(Lease)).all())


@pytest.mark.slow
def test_parts_of_one_look_see_the_same_whatever_others_write_meanwhile(store: Store) -> None:
    with store.one_look():
        assert _leases(store) == 0
        writer = threading.Thread(target=_adds_a_lease, args=[store])
        writer.start()
        writer.join()
        assert _leases(store) == 0
    assert _leases(store) == 1


@pytest.mark.slow
def test_twin_two_looks_do_not_agree(store: Store) -> None:
    assert _leases(store) == 0
    _adds_a_lease(store)
    assert _leases(store) == 1


def test_in_one_look_a_row_is_read_once_and_nothing_is_written(store: Store) -> None:
    _adds_a_lease(store)
    with store.one_look():
        with store.reading() as session:
            read = id(session.get(Lease, "bell"))
        with store.reading() as session:
            assert id(session.get(Lease, "bell")) == read
        with pytest.raises(AssertionError, match="would not be seen"):
            _adds_a_lease(store)


def plan_of_questions(store: Store) -> str:
    """How SQLite looks for the open questions of a campaign."""
    words = "SELECT question.id FROM question JOIN clip ON clip.id = question.clip_id WHERE clip.campaign_id + 0 = 1"
    with store.engine.connect() as connection:
        return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}").all())


@pytest.mark.slow
def test_a_table_without_rows_is_not_taken_for_a_huge_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert store.path is not None
    with closing(sqlite3.connect(store.path)) as database:
        town_rows.fill(database, models, LEAST_CLIPS, NOW)
    monkeypatch.setattr("relay.store._COUNT_EMPTY", "SELECT 1")
    store.renew_statistics()
    store.engine.dispose()
    assert "SCAN clip" in plan_of_questions(store), "the twin without a count of empty tables goes through all clips"
    monkeypatch.undo()
    store.renew_statistics()
    store.engine.dispose()
    assert "SCAN clip" not in plan_of_questions(store)
    store.renew_statistics()
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT stat FROM sqlite_stat1 WHERE tbl = 'question'").all() == [("1",)]


def test_of_a_few_clips_there_are_no_statistics(store: Store) -> None:
    store.renew_statistics()
    with store.engine.connect() as connection:
        tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'").scalar()
    assert tables == 0


@pytest.mark.slow
def test_a_new_database_is_for_its_owner_only_whatever_else_the_system_allows(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'inner' / 'relay.db'}")
    before = os.umask(0)
    try:
        store.upgrade(NOW)
        store.copy_to(tmp_path / "copy.db")
    finally:
        os.umask(before)
        store.close()
    made = [tmp_path / "inner", *(tmp_path / "inner").iterdir(), tmp_path / "copy.db"]
    assert {path.stat().st_mode & 0o077 for path in made} == {0}
    assert {path.stat().st_mode & 0o777 for path in made} == {0o700, 0o600}
