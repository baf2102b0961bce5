from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import bindparam, text, update
from sqlmodel import SQLModel, col, select

from relay.errors import DiskFull, NeedsUpgrade, StoreError
from relay.models import Event, Lease, Match, MatchKind, Post, Sighting
from relay.store import Store, add_new, add_row, add_rows, run

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
    words = [{"at": NOW, "subject": "post", "subject_id": 1, "what": what} for what in ("seen", "edited")]
    with store.transaction() as session:
        add_rows(session, Event, words)
    with store.reading() as session:
        first, second = session.exec(select(Event).order_by(col(Event.id)))
        assert (first.id, first.person, first.details, second.id) == (1, "", {}, 2)


def test_a_row_gets_its_number_at_once(store: Store) -> None:
    row = Event(at=NOW, subject="post", subject_id=1, what="seen", details={"text": "ё"})
    with store.transaction() as session:
        assert [add_row(session, row), add_row(session, row)] == [1, 2]
    with store.reading() as session:
        assert session.get_one(Event, 2).details == {"text": "ё"}


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


def test_a_database_before_the_newest_revision_needs_an_upgrade(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = "9999"
    from alembic.script import ScriptDirectory

    monkeypatch.setattr(ScriptDirectory, "get_current_head", lambda _self: newest)
    with pytest.raises(NeedsUpgrade) as caught:
        store.check()
    assert caught.value.line == "The database is older than this program. Run: relay upgrade"


def set_revision(store: Store, revision: str | None) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        if revision:
            connection.execute(text("INSERT INTO alembic_version VALUES (:r)"), {"r": revision})


def test_upgrading_copies_the_database_first(store: Store) -> None:
    with store.transaction() as session:
        session.add(Lease(name="bell", holder="a", until=NOW))
    copy = store.upgrade(NOW)
    assert copy is not None
    assert copy.name == "relay-before-upgrade-20230112T000000.db"
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT holder FROM lease").fetchall() == [("a",)]
    connection.close()


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
