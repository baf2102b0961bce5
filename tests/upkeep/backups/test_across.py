"""A database that goes from SQLite to PostgreSQL and back by backups, and what stays true of it."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlmodel import SQLModel, col, select

from relay.chain import facts, verifying
from relay.chain.seals import keys_of
from relay.context import Relay
from relay.errors import Refused
from relay.installation_key import secret
from relay.models import ClipState, Decision, EventKind, EventSubject, Verdict, Video
from relay.moderation import desk
from relay.records import add_event
from relay.search import index
from relay.store import Store
from relay.upkeep.backups import across, making, restoring
from relay.upkeep.backups.holding import nobody
from tests.beside import relay_in
from tests.moderation.town import Town
from tests.postgres import PostgresDatabases

pytestmark = pytest.mark.slow

NAMES = itertools.count()
AWKWARD = 'Бабушка сказала: "O\'Neill"\t\\N \\. 👵🏻\r\nвторая строка'
ROWS = 30


@pytest.fixture
def town(relay: Relay) -> Town:
    """With a record, words to be found by, and texts that mean something to a file of columns."""
    made = Town(replace(relay, store=Store(relay.settings.db_url, secret=lambda: secret(relay))))
    for number in range(ROWS):
        made.has_clip(name=f"{AWKWARD} {number}", text=f"{AWKWARD} №{number} #proryv80", flags=("no_sound",))
    for clip in range(1, ROWS, 3):
        desk.decide(made.relay, clip, Verdict.approve if clip % 2 else Verdict.reject,
            person="Анна", reason=AWKWARD, seen=ClipState.awaiting)  # fmt: skip
    with made.relay.transaction() as session:
        for number in range(ROWS):
            of = EventSubject.clip, number
            add_event(session, made.relay.now(), of, EventKind.erased, "Анна", to=AWKWARD, at=number)
    index.catch_up(made.relay.store)
    return made


@pytest.fixture
def server(on_postgres: PostgresDatabases) -> Iterator[str]:
    """The address of a database without a table."""
    name = f"relay_bare_{next(NAMES)}"
    on_postgres.makes(name, template="template1")
    yield on_postgres.url(name)
    on_postgres.removes(name)


@pytest.fixture
def on_server(town: Town, server: str, tmp_path: Path) -> Iterator[Relay]:
    """A Relay elsewhere, with nothing in it but the address of its database."""
    bare = relay_in(town.relay, tmp_path / "elsewhere")
    bare.store.close()
    relay = replace(bare, store=Store(server, secret=lambda: secret(bare)))
    yield relay
    relay.store.close()


def rows(store: Store) -> dict[str, list[Any]]:
    """All that the models say of every table but what a restore itself writes."""
    with store.reading() as session:
        return {
            table.name: sorted(map(repr, session.execute(table.select()).all()))
            for table in SQLModel.metadata.sorted_tables
            if table.name not in ("restoration", "searchchange")
        }


def is_whole(relay: Relay) -> bool:
    with relay.store.reading() as session:
        found = verifying.verify(session.connection(), keys_of(secret(relay)))
    assert found.links > ROWS
    return found.is_whole


def test_a_town_that_grows_moves_to_a_server_and_back_by_backups(town: Town, on_server: Relay, tmp_path: Path) -> None:
    here, there, back = town.relay, on_server, relay_in(town.relay, tmp_path / "back")
    making.backup(here, tmp_path / "grown.tar")
    restoring.restore(there, tmp_path / "grown.tar", forget=nobody)
    assert rows(there.store) == rows(here.store)
    assert is_whole(there)
    assert index.wrong(there.store) == 0

    new = Video(network="vk", owner_id="1", video_id="2", url="https://vk.com/", created_at=there.now())
    with there.transaction() as session:  # numbers go on behind those that came
        session.add(new)
    assert new.id == ROWS + 1
    desk.decide(there, 2, Verdict.approve, person="Борис", seen=ClipState.awaiting)
    assert not (there.settings.data_dir / "relay.db.restoring").exists()

    making.backup(there, tmp_path / "folder", folder=True)
    restoring.restore(back, tmp_path / "folder", forget=nobody)
    assert rows(back.store) == rows(there.store)
    assert is_whole(back)
    assert index.wrong(back.store) == 0
    back.store.close()


def test_twin_documents_that_are_written_anew_break_the_record(
    town: Town, on_server: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL's other type of documents sorts their keys."""
    making.backup(town.relay, tmp_path / "a.tar")
    restoring.restore(on_server, tmp_path / "a.tar", forget=nobody)

    def sorted_anew(name: str, kind: object) -> str:
        kept = facts.as_on_sqlite(name, kind)
        return f"{name}::jsonb::text" if kept.endswith("::text") else kept

    monkeypatch.setattr(across, "as_on_sqlite", sorted_anew)
    back = relay_in(town.relay, tmp_path / "back")
    making.backup(on_server, tmp_path / "b.tar")
    restoring.restore(back, tmp_path / "b.tar", forget=nobody)
    assert not is_whole(back)
    back.store.close()


def test_what_others_write_meanwhile_is_not_in_the_copy_by_halves(
    town: Town, on_server: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decision and the clip's new state come from two tables, one read before it and one after."""
    making.backup(town.relay, tmp_path / "a.tar")
    restoring.restore(on_server, tmp_path / "a.tar", forget=nobody)
    usual = across._of_server
    decided: list[Decision] = []

    def decided_meanwhile(connection: Connection, table: Any) -> Any:
        yield from usual(connection, table)
        if table.name == "clip" and not decided:
            decided.append(desk.decide(on_server, 3, Verdict.approve, person="Борис", seen=ClipState.awaiting))

    monkeypatch.setattr(across, "_of_server", decided_meanwhile)
    across.copy(on_server.store, tmp_path / "copy.db", on_server.now())
    copy = Store(f"sqlite:///{tmp_path / 'copy.db'}")
    with copy.reading() as session:
        of_three = session.exec(select(Decision).where(col(Decision.clip_id) == 3)).all()
    copy.close()
    assert decided
    assert of_three == []
    assert {path.name for path in tmp_path.glob("copy.db*")} == {"copy.db"}


def test_a_database_with_tables_is_not_written_over(town: Town, on_server: Relay, tmp_path: Path) -> None:
    making.backup(town.relay, tmp_path / "a.tar")
    restoring.restore(on_server, tmp_path / "a.tar", forget=nobody)
    before = rows(on_server.store)
    with pytest.raises(Refused, match="There are tables in the database already"):
        restoring.restore(on_server, tmp_path / "a.tar", forget=nobody)
    assert rows(on_server.store) == before


def test_a_restore_that_ends_in_the_midst_leaves_an_empty_database(
    town: Town, on_server: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    making.backup(town.relay, tmp_path / "a.tar")
    usual = across._pour

    def torn(connection: Connection, table: Any, out: sqlite3.Connection) -> None:
        usual(connection, table, out)
        if table.name == "clip":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(across, "_pour", torn)
        with pytest.raises(KeyboardInterrupt):
            restoring.restore(on_server, tmp_path / "a.tar", forget=nobody)
    assert on_server.store.revision() is None
    restoring.restore(on_server, tmp_path / "a.tar", forget=nobody)
    assert rows(on_server.store)["clip"] == rows(town.relay.store)["clip"]


def test_new_tables_are_empty(relay: Relay) -> None:
    """Else rows that a migration writes would meet those that come."""
    assert [name for name, found in rows(relay.store).items() if found] == []


def test_a_look_at_a_server_sees_one_moment_and_changes_nothing(on_postgres: PostgresDatabases) -> None:
    from sqlalchemy.exc import DBAPIError

    with on_postgres.opens() as store, store.reading() as session:
        before = session.execute(text("SELECT count(*) FROM lease")).scalar_one()
        with store.transaction() as other:
            other.connection().execute(text("INSERT INTO lease VALUES ('work', 'a', now(), 1)"))
        assert session.execute(text("SELECT count(*) FROM lease")).scalar_one() == before
        with pytest.raises(DBAPIError):
            session.execute(text("DELETE FROM lease"))
