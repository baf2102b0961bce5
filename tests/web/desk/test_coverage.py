from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlmodel import select, update

from relay.collect.ledger import coverage as ledger_of_sources
from relay.collect.ledger.coverage import CoverageDay
from relay.models import Match, Post, Source, SourceState, Spotting, Sweep
from relay.web.desk import coverage
from tests.moderation.town import OPENS

PATH = "/campaigns/proryv80/coverage"
WALLS = (("vk:club1", "-1", "Город"), ("vk:club2", "-2", "<b>Село</b>"), ("vk:tag", "", ""))


@pytest.fixture
def ledger(town, clock):
    """A wall that was read all the time, one with an outage, and the search; five posts, all of them on the first."""
    clock.is_at(OPENS + timedelta(days=4))
    with town.relay.transaction() as session:
        sources = [
            Source(
                campaign_id=town.campaign_id,
                address=address,
                network="vk",
                owner_id=owner,
                title=title,
                high_water=clock(),
                covered_from=OPENS,
                created_at=OPENS,
                next_sweep_at=clock() + timedelta(minutes=5),
            )
            for address, owner, title in WALLS
        ]
        session.add_all(sources)
        session.flush()
        for source in sources:
            parts = [(0, 96)] if source.owner_id != "-2" else [(0, 24), (60, 96)]
            for begin, end in parts:
                session.add(row(source, begin, end, complete=True))
        session.add(row(sources[1], 24, 48, complete=False))
    return [source.id for source in sources]


def row(source, begin, end, *, complete):
    return Sweep(
        source_id=source.id,
        started_at=OPENS + timedelta(hours=end),
        finished_at=OPENS + timedelta(hours=end),
        covers_from=OPENS + timedelta(hours=begin),
        covers_to=OPENS + timedelta(hours=end),
        complete=complete,
        fault="" if complete else "VK does not answer.",
        fresh={"2023-01-12": 7} if complete else {},
    )


@pytest.mark.slow
def test_holes_are_red_and_in_plain_words(town, ledger, anna):
    page = anna.sees(PATH)
    assert "1 source has not been read completely." in page
    assert "Not read from 12 January, 00:00 to 13 January, 12:00." in page
    assert "Between two readings; the next reading begins here." in page
    assert page.index("&lt;b&gt;Село") < page.index("Город"), "what has holes comes first"
    assert 'class="day-none"' in page
    assert 'class="day-part"' in page
    assert "1 time without an answer" in page


@pytest.mark.slow
def test_without_holes_it_says_so(town, ledger, anna):
    with town.relay.transaction() as session:
        session.add(row(session.get(Source, ledger[1]), 20, 70, complete=True))
    page = anna.sees(PATH)
    assert "Every source has been read without a hole." in page
    assert "day-none" not in page


@pytest.mark.slow
def test_the_estimate_needs_both_channels(town, ledger, anna):
    assert "This can't be told yet" in anna.sees(PATH)
    for number in range(8):
        town.has_clip(posts=2)
        with town.relay.transaction() as session:
            post = session.exec(select(Match.post_id).order_by(Match.id.desc()).limit(1)).one()
            for source_id in ledger[:1] if number == 7 else (ledger[0], ledger[2]):
                session.add(Spotting(post_id=post, source_id=source_id, at=OPENS))
    page = anna.sees(PATH)
    assert "the walls showed 8 posts, search and people 7, and 7 were found in both ways" in page
    assert "About 0 more were probably missed by all of them; with 95 % certainty it is between 0 and" in page
    assert "What can't be told" not in page


@pytest.mark.slow
def test_what_can_not_be_told_is_said(town, ledger, anna):
    for owner in ("-1", "7", "7"):
        town.has_clip()
        with town.relay.transaction() as session:
            post = session.exec(select(Match.post_id).order_by(Match.id.desc()).limit(1)).one()
            session.exec(update(Post).where(Post.id == post).values(owner_id=owner))
            session.add(Spotting(post_id=post, source_id=ledger[0] if owner == "-1" else ledger[2], at=OPENS))
    page = anna.sees(PATH)
    assert "What can't be told" in page
    assert "VK, listed walls: 1 post." in page
    assert "VK, personal pages and others that are not listed: 2 posts." in page
    assert page.count("They were found in one way only: nothing else has shown any.") == 2


@pytest.mark.slow
def test_a_pause_is_told(town, ledger, anna):
    with town.relay.transaction() as session:
        source = session.get(Source, ledger[1])
        source.state = SourceState.paused
        session.add(source)
    page = anna.sees(PATH)
    assert "The source is paused; resume it to have this read." in page
    assert page.index("&lt;b&gt;Село") < page.index("<h2>Город"), "what has holes comes first"


@pytest.mark.slow
def test_everybody_at_the_desk_may_look(town, ledger, boris, vera):
    assert "Coverage" in boris.sees(PATH)
    assert vera.get(PATH).status_code == 303


@pytest.mark.slow
def test_before_there_is_a_source(town, anna):
    assert "There is no source yet, so nothing is read." in anna.sees(PATH)
    assert anna.get("/campaigns/nowhere/coverage").status_code == 404


def test_a_day_is_drawn_by_what_is_missing_of_it():
    drawn = [
        coverage._cover(CoverageDay("2023-01-12", covered, holes, *[0] * 8))
        for holes, covered in ((0, 1), (0, 0), (1, 0), (1, 0.01), (1, 1))
    ]
    assert drawn == ["full", "full", "none", "part", "part"]


def test_days_are_summed_column_by_column():
    columns = ("read", "matched", "near", "fetched", "waiting", "refused", "hidden", "without")
    day = CoverageDay("2023-01-12", 1, 0, **{name: 10**place for place, name in enumerate(columns)})
    assert coverage._sums([day, day]) == {name: 2 * 10**place for place, name in enumerate(columns)}
    assert coverage._sums([]) == dict.fromkeys(columns, 0)


@pytest.mark.slow
def test_hundreds_of_sources_are_shown_a_page_at_a_time_those_with_holes_first(town, ledger, anna, monkeypatch):
    monkeypatch.setattr(ledger_of_sources, "PAGE", 1)
    pages = [anna.sees(f"{PATH}?page={number}") for number in (1, 2, 3)]
    shown = [re.findall(r"<h2>(.*?)</h2> <span", page) for page in pages]
    assert shown[0] == ["&lt;b&gt;Село&lt;/b&gt;"]
    assert sorted(len(titles) for titles in shown) == [1, 1, 1]
    assert len({titles[0] for titles in shown}) == 3
    assert all("1 source has not been read completely." in page for page in pages), "whichever page it is on"
    assert [('rel="prev"' in page, 'rel="next"' in page) for page in pages] == [
        (False, True), (True, True), (True, False)
    ]  # fmt: skip
    assert re.findall(r"<h2>(.*?)</h2> <span", anna.sees(f"{PATH}?page=99")) == shown[2]
    assert anna.get(f"{PATH}?page=0").status_code == 400
