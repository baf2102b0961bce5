"""How SQLite looks for what the desk's pages and the ticks of `relay work` ask for, in a campaign of 10 000 clips.

Whatever goes through all clips, posts, matches or videos without an index grows with the campaign and is refused here.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event

from relay import models
from relay.almanac.delivery import pruning
from relay.almanac.hearing.rounds import HearingRounds
from relay.bootstrap import open_relay
from relay.collect import campaigns, crawl, recheck
from relay.collect.ledger import coverage
from relay.config import Settings
from relay.context import Relay
from relay.erasure import retention, taking_back
from relay.intake import clips, fetch, kin
from relay.intake.hand_in import hand_ins
from relay.models import Role
from relay.moderation.people import accounts, sessions
from relay.upkeep import health, letters, official_letters, outbox
from relay.upkeep.record import looks
from relay.web.app import create_app
from scripts import town_rows
from tests.web.conftest import Browser

pytestmark = pytest.mark.slow

CLIPS = 10_000
CAMPAIGN, FILM = f"/campaigns/{town_rows.SLUG}", f"/almanacs/{town_rows.SLUG}/{town_rows.FILM}"
PAGES = (
    *("/", "/healthz", "/metrics", "/health", "/audit", "/clips/10", "/clips/7", f"{FILM}/plan"),
    *(
        f"{CAMPAIGN}/{page}"
        for page in ("queue", "queue?after=10", "mine", "posts", "near", "near?after=10", "coverage", "returned")
    ),
    *(f"{CAMPAIGN}/posts?match=near", f"{CAMPAIGN}/clips", f"{CAMPAIGN}/clips?doubtful=true"),
    *(
        f"{CAMPAIGN}/clips?{one}"
        for one in ("after=10", "state=rejected", "town=Мга3", "district=Лужский+район", "q=мга")
    ),
)
TICKS: tuple[Callable[[Relay], object], ...] = (
    *(health.put_right, health.watch, campaigns.tick, coverage.watch, crawl.due, recheck.recheck, hand_ins.tidy),
    *(hand_ins.waiting, clips.adopt, fetch.waiting, fetch.reclaim, taking_back.tend, taking_back.make_films, kin.renew),
    *(retention.prune, pruning.prune, looks.daily, outbox.send_due, letters.send_due, official_letters.send_due),
    lambda relay: HearingRounds().step(relay, hears=True),
)
WHOLE = re.compile(r'SCAN "?(clip|post|match|video)(_\d+)?"?( USING AUTOMATIC.*)?$')


@dataclass
class Asked:
    """Each statement once, with values that it was given."""

    statements: dict[str, Any]

    def notes(self, _connection: Any, _cursor: Any, words: str, values: Any, _context: Any, many: bool) -> None:
        self.statements.setdefault(words, values[0] if many and not isinstance(values[0], str) else values)


@dataclass
class Week:
    """A town's campaign, and all that the database was asked for while people and the worker were at it."""

    database: sqlite3.Connection
    asked: Asked

    def whole_tables(self) -> list[str]:
        """Statements that go through a whole table, with their plans."""
        found = []
        for words, values in self.asked.statements.items():
            if re.match("SELECT|UPDATE|DELETE|WITH", words):
                plan = [row[3] for row in self.database.execute(f"EXPLAIN QUERY PLAN {words}", values)]
                if any(WHOLE.match(line) for line in plan):
                    found.append(f"{' '.join(words.split())}\n    {plan}")
        return found


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    folder = tmp_path_factory.mktemp("week")
    settings = Settings(_env_file=None, data_dir=folder, metrics=True)  # type: ignore[call-arg]
    relay = open_relay(settings, ready=False)
    relay.store.upgrade(relay.now())
    accounts.create(relay, "olga", "Ольга", Role.organizer, password="password of olga", language="en")
    with closing(sqlite3.connect(folder / "relay.db")) as database:
        town_rows.fill(database, models, CLIPS, relay.now())
    relay.store.renew_statistics()
    asked = Asked({})
    event.listen(relay.store.engine, "before_cursor_execute", asked.notes)
    _look_round(relay)
    for tick in TICKS:
        tick(relay)
    adoption = clips.Adoption()
    adoption.tick(relay)
    adoption.tick(relay)
    with closing(sqlite3.connect(folder / "relay.db", isolation_level=None)) as database:
        yield Week(database, asked)
    relay.store.close()


def _look_round(relay: Relay) -> None:
    browser = Browser(create_app(relay))
    browser.remembers("relay", sessions.sign_in(relay, "olga", "password of olga"))
    for page in PAGES:
        assert browser.get(page).status_code in (200, 303, 503), page
    found = re.search(r'name="key" value="([^"]+)"', browser.sees("/clips/10"))
    assert found is not None
    fields = {"seen": "awaiting", "queue": "awaiting", "key": found[1], "verdict": "approve"}
    assert browser.sends("/clips/10/decide", **fields).status_code == 303


def test_no_page_and_no_tick_goes_through_a_whole_table(week: Week) -> None:
    assert len(week.asked.statements) > 150
    assert week.whole_tables() == []


@pytest.mark.parametrize("index", ["ix_clip_state_created_at", "ix_video_state_next_try_at", "ix_match_post_id"])
def test_the_twin_without_an_index_goes_through_a_whole_table(week: Week, index: str) -> None:
    before = week.whole_tables()
    week.database.execute("BEGIN")
    try:
        week.database.execute(f"DROP INDEX {index}")
        assert len(week.whole_tables()) > len(before)
    finally:
        week.database.execute("ROLLBACK")
