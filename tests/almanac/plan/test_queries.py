from __future__ import annotations

import pytest
from sqlmodel import select

from relay.almanac.delivery.render import dates, file_name
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Almanac, Campaign, ClipState, Consent, Event, Segment
from relay.views import as_json
from tests.moderation.town import OPENS, Town

APPROVED = ClipState.approved


@pytest.fixture
def town(relay: Relay) -> Town:
    return Town(relay)


def clips_of(relay: Relay, name: str = "film") -> list[int]:
    return [segment.clip for segment in queries.show(relay, "proryv80", name).segments]


@pytest.mark.slow
def test_all_approved_clips_in_the_order_of_publication(relay: Relay, town: Town) -> None:
    first = town.has_clip(name="Анна", town="Мга", state=APPROVED, duration=10)
    town.has_clip(name="Борис", state=ClipState.awaiting)
    town.has_clip(name="Вера", state=ClipState.rejected)
    last = town.has_clip(name="Глеб", state=APPROVED)
    queries.new(relay, "proryv80", "film", all_approved=True)
    shown = queries.show(relay, "proryv80", "film")
    assert [segment.clip for segment in shown.segments] == [first, last]
    assert as_json(shown.segments[0]) == {
        "clip": first, "in": 0.0, "out": 10.0, "in_frame": 0, "out_frame": 250, "name": "Анна", "town": "Мга",
        "by_hand": [], "pinned": "", "unread": "", "sentences": None,
    }  # fmt: skip
    assert (shown.name, shown.title, shown.renders) == ("film", "Прорыв. Голоса памяти", [])


@pytest.mark.slow
def test_a_new_almanac_is_empty_unless_told_otherwise(relay: Relay, town: Town) -> None:
    town.has_clip(state=APPROVED)
    queries.new(relay, "proryv80", "film", title="Голоса  памяти ")
    assert clips_of(relay) == []
    assert queries.show(relay, "proryv80", "film").title == "Голоса памяти"


@pytest.mark.slow
def test_without_an_approved_clip_nothing_is_made(relay: Relay, town: Town) -> None:
    town.has_clip()
    with pytest.raises(Refused, match="No clip of proryv80 is approved"):
        queries.new(relay, "proryv80", "film", all_approved=True)
    assert queries.listing(relay, "proryv80") == []
    queries.new(relay, "proryv80", "film")
    with pytest.raises(Refused, match="No clip"):
        queries.plan(relay, "proryv80", "film")


@pytest.mark.slow
def test_a_name_is_taken_once_in_a_campaign(relay: Relay, town: Town) -> None:
    Town(relay, "other")
    queries.new(relay, "proryv80", "film")
    queries.new(relay, "other", "film")
    with pytest.raises(Refused, match="already an almanac film"):
        queries.new(relay, "proryv80", " film ")
    assert len(queries.listing(relay, "proryv80")) == 1


@pytest.mark.parametrize(
    "name", ["", "  ", "a/b", "..", "x" * 65, "a\x00b", "что?", "a#b", "a%2fb", "a\u202eb", "a\\b"]
)
def test_names_that_can_not_stand_in_an_address_are_refused(name: str) -> None:
    with pytest.raises(Refused, match="can't be called"):
        queries.checked_name(name)


@pytest.mark.parametrize("name", ["film", "Голоса памяти", "Фильм 2", "v1.0", "x" * 64])
def test_names_as_people_write_them(name: str) -> None:
    assert queries.checked_name(f" {name}\n") == name


@pytest.mark.slow
def test_what_is_not_there_is_told(relay: Relay, town: Town) -> None:
    with pytest.raises(NotFound, match="no campaign nowhere"):
        queries.new(relay, "nowhere", "film")
    with pytest.raises(NotFound, match="no almanac film"):
        queries.show(relay, "proryv80", "film")
    with pytest.raises(NotFound):
        queries.plan(relay, "proryv80", "film")
    with pytest.raises(NotFound):
        queries.listing(relay, "nowhere")


@pytest.mark.slow
def test_planning_again_brings_in_and_takes_out_and_keeps_hand_work(relay: Relay, town: Town) -> None:
    first, second = town.has_clip(name="Анна", state=APPROVED), town.has_clip(state=APPROVED)
    queries.new(relay, "proryv80", "film", all_approved=True)
    with relay.transaction() as session:
        segment = session.exec(select(Segment).where(Segment.clip_id == first)).one()
        segment.first, segment.last, segment.name = 25, 125, "Анна Щ."
        session.add(segment)
        clip = town.clip(second)
        clip.state = ClipState.withdrawn
        session.add(clip)
    third = town.has_clip(state=APPROVED)
    queries.plan(relay, "proryv80", "film")
    shown = queries.show(relay, "proryv80", "film").segments
    assert [segment.clip for segment in shown] == [first, third]
    assert (shown[0].start, shown[0].end, shown[0].name) == (1.0, 5.0, "Анна Щ.")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scope", "included"), [("archive", False), ("refused", False), ("film", True), ("public", True)]
)
def test_a_participant_may_keep_a_clip_out_of_films(relay: Relay, town: Town, scope: str, *, included: bool) -> None:
    kept, other = town.has_clip(state=APPROVED), town.has_clip(state=APPROVED)
    with relay.transaction() as session:
        session.add(Consent(clip_id=kept, scope="film" if not included else "refused", person="anna", at=OPENS))
        session.flush()
        session.add(Consent(clip_id=kept, scope=scope, person="anna", at=OPENS))
    queries.new(relay, "proryv80", "film", all_approved=True)
    assert clips_of(relay) == ([kept, other] if included else [other])


@pytest.mark.slow
def test_planning_is_remembered(relay: Relay, town: Town) -> None:
    town.has_clip(state=APPROVED)
    almanac = queries.new(relay, "proryv80", "film", all_approved=True)
    with relay.reading() as session:
        event = session.exec(select(Event).where(Event.subject == "almanac")).one()
    assert (event.subject_id, event.what, event.details) == (almanac.id, "planned", {"clips": 1})


def test_the_house_format_follows_the_settings_and_the_almanac(relay: Relay) -> None:
    almanac = Almanac(campaign_id=1, name="a", title="a", style={"fps": 50, "mood": "solemn"}, created_at=OPENS)
    house = queries.house_of(relay.settings, almanac)
    assert (house.fps, house.preset, house.crf, house.loudness) == (50, "veryfast", 21, -16.0)


@pytest.mark.slow
def test_files_have_safe_names_that_never_meet(relay: Relay) -> None:
    def named(slug: str, name: str, number: int) -> str:
        campaign = Campaign(slug=slug, title="", opens_at=OPENS, closes_at=OPENS, tz="UTC", created_at=OPENS)
        return file_name(campaign, Almanac(id=number, campaign_id=1, name=name, title="", created_at=OPENS))

    names = [
        ("a", "film"),
        ("a-film", "x"),
        ("a", "film-x"),
        ("a", "Film"),
        ("a", "Фильм"),
        ("a", "film 4"),
        ("a", "../x"),
    ]
    files = [named(slug, name, number) for number, (slug, name) in enumerate(names, 1)]
    assert files == ["a_film", "a-film_x", "a_film-x", "a_film_4", "a__5", "a_film-4_6", "a_x_7"]
    assert len(set(files)) == len(files)


@pytest.mark.parametrize(
    ("opens", "closes", "language", "wanted"),
    [
        ((2023, 1, 11), (2023, 1, 18), "ru", "11–18 января 2023"),
        ((2022, 12, 28), (2023, 1, 3), "ru", "28 декабря 2022 – 3 января 2023"),
        ((2023, 4, 20), (2023, 5, 9), "en", "20 April – 9 May 2023"),
        ((2023, 5, 9), (2023, 5, 9), "ru", "9 мая 2023"),
    ],
)
def test_dates_as_people_write_them(
    opens: tuple[int, int, int], closes: tuple[int, int, int], language: str, wanted: str
) -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Europe/Moscow")
    campaign = Campaign(
        slug="a",
        title="",
        opens_at=datetime(*opens, tzinfo=zone),
        closes_at=datetime(*closes, 23, 59, 59, tzinfo=zone),
        tz="Europe/Moscow",
        created_at=OPENS,
    )
    assert dates(campaign, language) == wanted
