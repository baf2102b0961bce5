"""A real PostgreSQL: what SQLite never sees, and the tests that have a database once more.

A server is taken from `TEST_POSTGRES`, or started where Debian's package is installed; elsewhere these are skipped.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlmodel import Session, SQLModel, select

from relay.config import Settings
from relay.context import Relay
from relay.errors import NotFound, Refused, StoreError
from relay.media.toolbox import Toolbox
from relay.media.vault import Vault
from relay.models import Campaign, ClipState, Decision, Lease, Role, Verdict
from relay.moderation import claims, desk
from relay.moderation.finding import clips
from relay.moderation.finding.clip_filter import ClipFilter
from relay.moderation.people import accounts, passwords, sessions, tries
from relay.moderation.team import queue
from relay.store import Store, add_all_new, add_new
from scripts.choosing import QUICK
from tests import postgres
from tests.fakes.clock import FakeClock
from tests.fakes.fetcher import FakeFetcher
from tests.moderation.town import Town, cheap_hasher
from tests.postgres import PostgresDatabases

ROOT = Path(__file__).resolve().parents[1]
MODERATION = ROOT / "tests" / "moderation"
SERVICES: Mapping[str, Iterable[Path]] = {
    "search": [ROOT / "tests" / "search"],
    "moderation": MODERATION.glob("test_*.py"),
    **{path.name: [path] for path in sorted(MODERATION.iterdir()) if (path / "__init__.py").exists()},
}
"""Those of which the slow tests are run, too."""
SHARES = [f"{one}/4" for one in range(1, 5)]
"""Of the quick tests of everything else that has a database."""


@pytest.fixture
def store(on_postgres: PostgresDatabases) -> Iterator[Store]:
    with on_postgres.opens() as opened:
        yield opened


@pytest.fixture
def town(store: Store, settings: Settings) -> Town:
    return Town(relay_on(store, settings))


def relay_on(store: Store, settings: Settings) -> Relay:
    return Relay(
        settings=settings,
        store=store,
        sources={},
        fetcher=FakeFetcher(),
        media=Vault(settings.data_dir / "vault"),
        toolbox=Toolbox(),
        clock=FakeClock(),
    )


@pytest.mark.slow
def test_the_migrations_make_the_tables_from_nothing_and_take_them_away(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
        command.downgrade(store._alembic(connection), "base")
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
        assert connection.execute(text("SELECT count(*) FROM pg_proc WHERE proname LIKE 'search\\_%'")).scalar() == 0
        command.upgrade(store._alembic(connection), "head")
        assert compare_metadata(context, SQLModel.metadata) == []


@pytest.mark.slow
def test_only_rows_that_are_new_count_as_new(store: Store) -> None:
    now = FakeClock()()
    with store.transaction() as session:
        assert add_new(session, Lease(name="bell", holder="a", until=now))
        assert not add_new(session, Lease(name="bell", holder="b", until=now))
        assert add_all_new(session, [Lease(name=name, holder="b", until=now) for name in ("bell", "cards")]) == 1


@pytest.mark.slow
def test_a_text_with_nul_is_kept_and_is_no_other_text(town: Town) -> None:
    """A post may hold one, and whoever writes a form may send it anywhere."""
    clip = town.has_clip(name="Оль\0га", text="читает \0 #proryv80")
    assert town.clip(clip).name == "Оль\ufffdга"
    for slug in ("proryv80\0", "\0", "pro\0ryv80"):
        with pytest.raises(NotFound):
            desk.campaign(town.relay, slug)
    assert [found.id for found in clips.listing(town.relay, town.slug, ClipFilter(q="читает"))] == [clip]
    with town.relay.reading() as session:
        assert session.exec(select(Campaign.id).where(Campaign.slug == "proryv80")).all() != []


def _judges(url: str, folder: Path, person: str) -> list[int]:
    """A process of its own: takes clip after clip and decides it, until there is none. The clips, in order."""
    settings = Settings(_env_file=None, data_dir=folder)  # type: ignore[call-arg]
    relay, judged = relay_on(Store(url), settings), []
    while (clip := queue.hand_out(relay, "proryv80", person)) is not None:
        desk.decide(relay, clip, Verdict.approve, person=person, seen=ClipState.awaiting, at_desk=True)
        judged.append(clip)
    relay.store.close()
    return judged


def waits_for_who_stands_still(url: str) -> None:
    """Somebody takes a row's lock and goes on no more, as a host that was put to sleep; another wants the same row."""
    still, other = Store(url), Store(url)
    now = FakeClock()()
    with still.transaction() as session:
        add_new(session, Lease(name="work", holder="a", until=now))
    with contextlib.closing(still), contextlib.closing(other), still.transaction() as session:
        session.exec(select(Lease).with_for_update())
        with other.transaction() as theirs:
            theirs.connection().execute(text("SET lock_timeout = '5 s'"))
            theirs.exec(select(Lease).with_for_update())


@pytest.mark.slow
def test_a_lock_of_who_stands_still_holds_up_nobody_for_long(
    store: Store, on_postgres: PostgresDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who wakes up finds that nothing of it was written."""
    monkeypatch.setattr("relay.store.IDLE", "500 ms")
    with pytest.raises(StoreError, match="can't be reached"):
        waits_for_who_stands_still(on_postgres.url(on_postgres.name))


@pytest.mark.slow
def test_twin_without_the_limit_it_does(
    store: Store, on_postgres: PostgresDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.store.IDLE", "0")
    with pytest.raises(StoreError, match="busy for too long"):
        waits_for_who_stands_still(on_postgres.url(on_postgres.name))


@pytest.mark.slow
def test_two_processes_never_meet_on_a_clip(town: Town, on_postgres: PostgresDatabases, tmp_path: Path) -> None:
    made = {town.has_clip() for _ in range(60)}
    url = on_postgres.url(on_postgres.name)
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as processes:
        both = [processes.submit(_judges, url, tmp_path, person) for person in ("Анна", "Борис", "Вера")]
        judged = [each.result(timeout=300) for each in both]
    assert Counter(clip for each in judged for clip in each) == Counter(made)
    with town.relay.reading() as session:
        assert len(session.exec(select(Decision.id)).all()) == len(made)


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "password_hasher", cheap_hasher)


@pytest.fixture
def overtaken(town: Town, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Two clips, of which a colleague decides the first one while it is being handed out to somebody else."""
    first, second = town.has_clip(), town.has_clip()
    take = claims.take

    def late(session: Session, clip_id: int, *rest: Any) -> bool:
        if clip_id == first and not town.decisions(first):
            desk.decide(town.relay, first, Verdict.approve, person="Борис", seen=ClipState.awaiting)
        return take(session, clip_id, *rest)

    monkeypatch.setattr(claims, "take", late)
    return first, second


@pytest.mark.slow
def test_a_clip_that_was_decided_while_it_was_handed_out_is_passed_over(town: Town, overtaken: tuple[int, int]) -> None:
    assert queue.hand_out(town.relay, town.slug, "Анна") == overtaken[1]
    assert claims.who_has(town.relay, overtaken[0]) is None


@pytest.mark.slow
def test_twin_without_a_second_look_she_gets_a_decided_clip(
    town: Town, overtaken: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_is_still", lambda *_: True)
    assert queue.hand_out(town.relay, town.slug, "Анна") == overtaken[0]


@pytest.mark.slow
def test_of_many_who_open_one_clip_at_once_one_has_it(town: Town) -> None:
    clip, people = town.has_clip(), [f"person {number}" for number in range(12)]
    with ThreadPoolExecutor(len(people)) as threads:
        held = list(threads.map(lambda person: claims.open_clip(town.relay, clip, person, "a page"), people))
    assert len({each.person for each in held if each is not None}) == 1
    assert None not in held


@pytest.mark.slow
def test_twin_where_every_claim_counts_as_new_each_of_them_has_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    clip, taken = town.has_clip(), Counter[bool]()
    monkeypatch.setattr(claims, "add_new", lambda session, row: add_new(session, row) or True)
    for person in ("Анна", "Борис"):
        with town.relay.transaction() as session:
            taken[claims.take(session, clip, person, town.relay.now())] += 1
    assert taken == {True: 2}


@pytest.mark.slow
def test_of_many_tries_at_once_no_more_than_five_are_looked_at(town: Town, cheap: None) -> None:
    """They are counted before, and each of them sees what the others have counted."""
    assert _sixteen_wrong(town) == {"Login or password is wrong.": 5, "Too many wrong passwords.": 11}


@pytest.mark.slow
def test_twin_where_they_are_counted_side_by_side_more_are(
    town: Town, cheap: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tries, "one_at_a_time", lambda *_: None)
    assert _sixteen_wrong(town)["Login or password is wrong."] > 5


def _sixteen_wrong(town: Town) -> Counter[str]:
    accounts.create(town.relay, "anna", "Анна", Role.moderator, password="password of anna")

    def told(_number: int) -> str:
        with pytest.raises(Refused) as refused:
            sessions.sign_in(town.relay, "anna", "wrong", address="192.0.2.1")
        return str(refused.value)

    with ThreadPoolExecutor(16) as threads:
        return Counter(threads.map(told, range(16)))


@pytest.mark.slow
def test_two_accounts_of_one_name_at_once_are_one(town: Town, cheap: None) -> None:
    def made(number: int) -> bool:
        try:
            accounts.invite(town.relay, f"anna{number}", "Анна", Role.viewer)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(made, range(8))) == 1


def test_without_its_driver_a_server_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match="needs a driver") as refused:
        Store("postgresql://nowhere/relay")
    assert "hashtag-relay[postgres]" in str(refused.value.hint)


@pytest.mark.slow
@pytest.mark.parametrize("room", SERVICES)
def test_the_services_pass_their_own_tests_on_it(on_postgres: PostgresDatabases, room: str) -> None:
    _pass(on_postgres, "-m", "not media and not browser", *map(str, SERVICES[room]))


@pytest.mark.slow
@pytest.mark.parametrize("share", SHARES)
def test_the_quick_tests_pass_on_it(on_postgres: PostgresDatabases, share: str) -> None:
    elsewhere = [f"--ignore={folder}" for folder in (MODERATION, ROOT / "tests" / "search")]
    _pass(on_postgres, "-m", QUICK, "--share", share, *elsewhere)


def _pass(on_postgres: PostgresDatabases, *words: str) -> None:
    """What pytest says stands in the failure."""
    asked = ["-q", "-n", "0", "-p", "no:cacheprovider", "--on-postgres", *words]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *asked],
        cwd=ROOT,
        env={**os.environ, postgres.NAMED: on_postgres.url("postgres")},
        capture_output=True,
        text=True,
        timeout=550,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout.splitlines()[-1]
