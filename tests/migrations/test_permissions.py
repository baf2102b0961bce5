"""0022: campaigns go on as they were, and who agreed for a child is taken from where it stood."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from relay.models import Almanac, Campaign, Consent, ConsentWay, PermissionGate, PermissionRule
from relay.permissions import standing
from relay.permissions.rules import Lack
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.migrations.test_decided_facts import OldDatabase

pytestmark = pytest.mark.slow


def test_what_was_allowed_stays_and_people_are_only_told(clock: FakeClock, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    with store.engine.connect() as connection:
        command.upgrade(store._alembic(connection), "0020")
        _fill(OldDatabase(connection, clock))
        connection.commit()
    store.upgrade(clock())
    with store.transaction() as session:
        campaign = session.get_one(Campaign, 1)
        assert (campaign.permission, campaign.gate) == (PermissionRule.public_post, PermissionGate.tell)
        assert session.get_one(Almanac, 4).uses == []
        rows = [session.get_one(Consent, number) for number in (1, 2, 3)]
        assert [(row.guardian, row.way, row.broadcast, row.until) for row in rows] == [
            ("Вера Крылова", ConsentWay.form, None, None),
            ("Пётр — дед", ConsentWay.form, None, None),
            ("", ConsentWay.unknown, None, None),
        ]
        found = standing.of_clips(session, [1, 2, 3], now=clock())
        assert [(one.passes, list(one.open)) for one in found.values()] == [
            (True, []), (True, []), (True, [Lack.guardian]),
        ]  # fmt: skip
    with store.engine.connect() as connection:
        command.downgrade(store._alembic(connection), "0020")
        kept = connection.execute(sa.text("SELECT id, scope FROM consent ORDER BY id")).all()
        command.upgrade(store._alembic(connection), "head")
    assert [tuple(row) for row in kept] == [(1, "public"), (2, "public"), (3, "film")]
    store.close()


def _fill(old: OldDatabase) -> None:
    """A child by a hand-in, one by the answer of a mending, and one of whom nobody has noted a guardian."""
    old.has("campaign", id=1, slug="s", tz="UTC", state="running", hashtags=["t"], aliases=[])
    old.has("almanac", id=4, campaign_id=1, name="film")
    old.has("handin", id=1, campaign_id=1, number="123-456", link_hash="h", state="taken in", guardian="Вера Крылова")
    said = (
        ("public", "№ 123-456", "№ 123-456, 2023-01-12\nI allow it."),
        ("public", "the participant", "I am a parent. — Пётр — дед"),
        ("film", "anna", "by mail — 12 January"),
    )
    for number, (scope, person, evidence) in enumerate(said, 1):
        sha256 = f"{number}" * 64
        old.has("inspection", sha256=sha256, finding="accepted", flags=[])
        old.has("video", id=number, network="vk", owner_id="1", video_id=str(number))
        old.has("clip", id=number, campaign_id=1, sha256=sha256, video_id=number, state="approved", age="9")
        old.has("consent", id=number, clip_id=number, scope=scope, person=person, evidence=evidence)
