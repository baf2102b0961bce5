"""Pages read what they show: how many rows the database gives out for one doesn't grow with the campaign."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import func, select

from relay.almanac.plan import queries
from relay.models import Clip, ClipVideo, Inspection, Match, Post, Sighting, Source, Spotting, Sweep, Video
from relay.store import add_rows
from relay.web.desk.lists import posts
from scripts import bench_desk, desk_rows
from tests.moderation.town import OPENS

FEW, MANY = 200, 2_000
SOURCES = 40
PAGES = {
    "home": "/",
    "listing": "/campaigns/{slug}/clips",
    "one state": "/campaigns/{slug}/clips?state=awaiting",
    "further on": "/campaigns/{slug}/clips?after={middle}",
    "in doubt": "/campaigns/{slug}/clips?doubtful=true",
    "posts": "/campaigns/{slug}/posts",
    "posts further on": "/campaigns/{slug}/posts?after={middle}",
    "newest posts": "/campaigns/{slug}/posts?sort=newest",
    "look-alikes": "/campaigns/{slug}/near",
    "coverage": "/campaigns/{slug}/coverage",
    "queue": "/campaigns/{slug}/queue",
    "clip": "/clips/{middle}",
    "film": "/almanacs/{slug}/film",
    "healthz": "/healthz",
}


class GrowingCampaign:
    """`fill(slug, clips)`: their posts and videos, a third of them look-alikes; every fourth clip is in doubt."""

    def __init__(self, relay) -> None:
        self.relay, self.clips = relay, 0

    def fill(self, slug: str, clips: int) -> dict[str, object]:
        first, self.clips = self.clips, self.clips + clips
        numbers = [(number, OPENS + timedelta(seconds=number)) for number in range(first, first + clips)]
        with self.relay.transaction() as session:
            mine = bench_desk.campaign(session, OPENS, slug)
            place = dict.fromkeys(("high_water", "created_at", "next_sweep_at"), OPENS)
            walls = [
                {"campaign_id": mine, "network": "vk", "owner_id": f"-{first + n + 1}", "address": f"vk:{first + n}"}
                for n in range(SOURCES)
            ]
            add_rows(session, Source, [wall | place for wall in walls])
            source = session.exec(select(func.min(Source.id)).where(Source.campaign_id == mine)).one()
            read = {"started_at": OPENS, "finished_at": OPENS, "covers_from": OPENS, "complete": True}
            until = {"covers_to": OPENS + timedelta(hours=1), "fresh": {}}
            add_rows(session, Sweep, [{"source_id": source + n, **read, **until} for n in range(SOURCES)])
            add_rows(session, Inspection, [bench_desk.inspection(number, at) for number, at in numbers])
            add_rows(session, Video, [desk_rows.video(number, at) for number, at in numbers])
            add_rows(session, Post, [desk_rows.post(number, at, "#bench") for number, at in numbers])
            add_rows(session, Sighting, [{"post_id": n + 1, "video_id": n + 1} for n, _ in numbers])
            shown = [{"post_id": n + 1, "source_id": source + n % SOURCES, "at": at} for n, at in numbers]
            add_rows(session, Spotting, shown)
            tagged = {"campaign_id": mine, "matched_in": "text", "tag": "#bench"}
            kinds = [{"kind": "near" if n % 3 == 0 else "exact", "post_id": n + 1, "at": at} for n, at in numbers]
            add_rows(session, Match, [tagged | kind for kind in kinds])
            seen = [bench_desk._clip(mine, n, at, 0) | {"doubt": "post" if n % 4 == 1 else ""} for n, at in numbers]
            add_rows(session, Clip, seen)
            add_rows(session, ClipVideo, [{"clip_id": n + 1, "video_id": n + 1} for n, _ in numbers])
        queries.new(self.relay, slug, "film", title="Film")
        return {"slug": slug, "middle": first + 60}


class RowCounter:
    """Rows that SQLite has given out."""

    def __init__(self) -> None:
        self.rows = 0

    def note(self, _cursor: object, row: tuple[object, ...]) -> tuple[object, ...]:
        self.rows += 1
        return row


@contextmanager
def counting_rows(relay) -> Iterator[RowCounter]:
    counter = RowCounter()

    def watch(connection, _record, _proxy) -> None:
        connection.row_factory = counter.note

    event.listen(relay.store.engine, "checkout", watch)
    yield counter
    event.remove(relay.store.engine, "checkout", watch)


@pytest.fixture
def two_sizes(relay, town):
    """What stands in the addresses of pages of a small campaign and of one ten times as large."""
    if relay.store.path is None:
        pytest.skip("rows are counted in SQLite's driver")
    growing = GrowingCampaign(relay)
    return growing.fill("small", FEW), growing.fill("large", MANY)


def rows_of(relay, person, address: str) -> int:
    person.get(address)  # what is read once for a process, and by whoever has just come
    with counting_rows(relay) as counter:
        assert person.get(address).status_code in (200, 303, 503)
    return counter.rows


@pytest.mark.slow
def test_no_page_reads_more_rows_where_ten_times_as_many_clips_are(relay, two_sizes, anna):
    small, large = two_sizes
    grown = {}
    for name, address in PAGES.items():
        few, many = (rows_of(relay, anna, address.format(**campaign)) for campaign in (small, large))
        assert few > 0, name
        if many > few * 1.1 + 20:
            grown[name] = (few, many)
    assert grown == {}


@pytest.mark.slow
def test_a_page_that_takes_all_posts_at_once_is_seen(relay, two_sizes, anna, monkeypatch):
    """The guard's twin."""
    monkeypatch.setattr(posts, "PAGE", 10_000)
    few, many = (rows_of(relay, anna, PAGES["posts"].format(**campaign)) for campaign in two_sizes)
    assert many > few * 5
