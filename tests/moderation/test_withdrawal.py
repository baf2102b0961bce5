from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from relay.errors import NotFound, Refused, Stale
from relay.models import Almanac, Clip, ClipState, Event, Render, Segment, Verdict, Video
from relay.moderation import desk
from relay.moderation.withdrawal import films_to_remake, withdraw
from tests.moderation.town import Town

pytestmark = pytest.mark.slow

WHY = "the author asked in a message"


def in_a_film(relay, town, clip):
    with relay.transaction() as session:
        almanac = Almanac(campaign_id=town.campaign_id, name="film", title="Фильм", created_at=relay.now())
        session.add(almanac)
        session.flush()
        session.add(Segment(almanac_id=almanac.id, clip_id=clip, position=0))
        session.add(rendered(almanac.id, 1, relay.now()))
    return almanac.id


def rendered(almanac, version, at):
    return Render(
        almanac_id=almanac,
        version=version,
        file="f.mp4",
        manifest="f.json",
        sha256="0" * 64,
        frames=1,
        fps=25,
        shots_encoded=1,
        shots_reused=0,
        seconds=1,
        at=at,
    )


@pytest.mark.parametrize("state", [s for s in ClipState if s is not ClipState.withdrawn])
def test_a_clip_can_be_withdrawn_from_every_state(relay, town, state):
    clip = town.has_clip(state=state)
    assert withdraw(relay, clip, reason=WHY, person="Ольга") == [clip]
    assert (town.clip(clip).state, town.clip(clip).reason) == (ClipState.withdrawn, WHY)
    (decision,) = town.decisions(clip)
    assert (decision.verdict, decision.from_state, decision.person) == (Verdict.withdraw, state, "Ольга")


def test_nothing_that_takes_approved_clips_finds_it_any_more(relay, town):
    clip = town.has_clip(state=ClipState.approved)
    withdraw(relay, clip, reason=WHY, person="Ольга")
    with relay.reading() as session:
        assert session.exec(select(Clip.id).where(Clip.state == ClipState.approved)).all() == []
    assert not desk.visible(relay, town.sha256(clip))


@pytest.mark.parametrize(
    "link",
    [
        "https://vk.com/wall101_1",
        "https://m.vk.com/wall101_1?from=feed",
        "https://vk.com/video101_456001",
        "vk.com/clip101_456001",
        "https://vk.com/feed?z=video101_456001%2Fabc",
        "https://vk.com/wall-1_9001",
        "https://vkvideo.ru/video_ext.php?oid=101&id=456001",
        "https://vk.com/away.php?to=https%3A%2F%2Fvk.ru%2Fvideo101_456001",
    ],
)
def test_by_any_spelling_of_the_link(relay, town, link):
    clip = town.has_clip(posts=2)
    other = town.has_clip()
    assert withdraw(relay, link, reason=WHY, person="Ольга") == [clip]
    assert town.clip(other).state is ClipState.awaiting


def test_by_any_spelling_on_another_network(relay, town):
    clip = town.has_clip()
    with relay.transaction() as session:
        video = session.get_one(Video, town.clip(clip).video_id)
        video.network, video.owner_id, video.video_id = "yt", "", "abcdefghijk"
        video.url = "https://www.youtube.com/watch?v=abcdefghijk"
        session.add(video)
    assert withdraw(relay, "https://youtu.be/abcdefghijk?si=x", reason=WHY, person="Ольга") == [clip]


def test_a_number_is_not_taken_for_a_part_of_another(relay, town):
    for _ in range(12):
        town.has_clip()
    assert withdraw(relay, "https://vk.com/wall101_1", reason=WHY, person="Ольга") == [1]


def test_in_every_campaign_that_has_it(relay, town):
    other = Town(relay, "other")
    clip = town.has_clip()
    with relay.transaction() as session:
        mine = session.get(Clip, clip)
        twin = Clip(
            campaign_id=other.campaign_id,
            sha256=mine.sha256,
            video_id=mine.video_id,
            created_at=relay.now(),
            published_at=relay.now(),
        )
        session.add(twin)
        session.flush()
        from relay.models import ClipVideo

        session.add(ClipVideo(clip_id=twin.id, video_id=mine.video_id))
    assert withdraw(relay, "https://vk.com/wall101_1", reason=WHY, person="Ольга") == [clip, twin.id]


def test_twice_is_once(relay, town):
    clip = town.has_clip()
    withdraw(relay, clip, reason=WHY, person="Ольга")
    assert withdraw(relay, str(clip), reason="again", person="Анна") == [clip]
    assert len(town.decisions(clip)) == 1


@pytest.mark.parametrize("named", ["77", "9" * 30, "https://vk.com/wall5_5", "https://example.org/x", "", "' OR 1=1"])
def test_what_is_not_there_is_told(relay, town, named):
    town.has_clip()
    with pytest.raises(NotFound):
        withdraw(relay, named, reason=WHY, person="Ольга")


def test_a_reason_is_needed(relay, town):
    clip = town.has_clip()
    with pytest.raises(Refused, match="needs a reason"):
        withdraw(relay, clip, reason=" ", person="Ольга")
    assert town.clip(clip).state is ClipState.awaiting


def test_nothing_can_be_decided_about_it_and_nobody_takes_it_back(relay, town):
    clip = town.has_clip(state=ClipState.approved)
    withdraw(relay, clip, reason=WHY, person="Ольга")
    for verdict in (Verdict.approve, Verdict.reject, Verdict.later):
        with pytest.raises(Refused, match="withdrawn"):
            desk.decide(relay, clip, verdict, person="Анна", seen=ClipState.withdrawn, reason="x")
    with pytest.raises(Refused, match="is erased"):
        desk.undo(relay, clip, person="Ольга")
    assert town.clip(clip).state is ClipState.withdrawn


def test_films_that_show_it_have_to_be_made_again(relay, town, clock):
    clip = town.has_clip(state=ClipState.approved)
    almanac = in_a_film(relay, town, clip)
    assert films_to_remake(relay) == []
    clock.moves(hours=1)
    withdraw(relay, clip, reason=WHY, person="Ольга")
    (film,) = films_to_remake(relay)
    assert (film.campaign, film.name, film.version, film.clips) == ("proryv80", "film", 1, [clip])
    with relay.transaction() as session:
        session.add(rendered(almanac, 2, relay.now() + timedelta(hours=1)))
    assert films_to_remake(relay) == []


def test_a_reason_is_one_line_of_five_hundred_signs(relay, town):
    clip = town.has_clip()
    withdraw(relay, clip, reason=f"  сказала\n\tпо  телефону {'я' * 600}\n", person="Ольга")
    (decision,) = town.decisions(clip)
    assert decision.reason == town.clip(clip).reason
    assert decision.reason.startswith("сказала по телефону яяя")
    assert len(decision.reason) == 500


def test_what_was_said_before_stays_in_the_record(relay, town):
    clip = town.has_clip()
    desk.decide(relay, clip, Verdict.reject, person="Анна", seen=ClipState.awaiting, reason="offensive")
    withdraw(relay, clip, reason=WHY, person="Ольга")
    assert [d.previous_reason for d in town.decisions(clip)] == ["", "offensive"]


def _told(relay, almanac):
    with relay.reading() as session:
        wanted = select(Event).where(Event.subject == "almanac", Event.subject_id == almanac)
        return [(event.what, event.person, event.details) for event in session.exec(wanted)]


def test_a_film_that_was_never_made_is_told_nothing(relay, town):
    shown, planned = town.has_clip(), town.has_clip()
    made = in_a_film(relay, town, shown)
    with relay.transaction() as session:
        draft = Almanac(campaign_id=town.campaign_id, name="draft", title="Черновик", created_at=relay.now())
        session.add(draft)
        session.flush()
        for position, clip in enumerate((shown, planned)):
            session.add(Segment(almanac_id=draft.id, clip_id=clip, position=position))
    for clip in (planned, shown):
        withdraw(relay, clip, reason=WHY, person="Ольга")
    assert _told(relay, draft.id) == []
    assert _told(relay, made) == [("clip withdrawn", "Ольга", {"clip": shown})]


def test_a_film_without_the_clip_need_not_be_made_again(relay, town):
    shown, other = town.has_clip(), town.has_clip()
    almanac = in_a_film(relay, town, shown)
    withdraw(relay, other, reason=WHY, person="Ольга")
    assert (_told(relay, almanac), films_to_remake(relay)) == ([], [])


def test_only_the_newest_version_counts_and_every_clip_of_it_is_named(relay, town, clock):
    first, second = town.has_clip(), town.has_clip()
    almanac = in_a_film(relay, town, first)
    with relay.transaction() as session:
        session.add(Segment(almanac_id=almanac, clip_id=second, position=1))
        session.add(rendered(almanac, 2, relay.now()))
    clock.moves(hours=1)
    for clip in (second, first):
        withdraw(relay, clip, reason=WHY, person="Ольга")
    (film,) = films_to_remake(relay)
    assert (film.version, film.clips, film.title) == (2, [second, first], "Фильм")


def test_a_film_that_was_made_in_the_moment_of_the_withdrawal_may_show_the_clip(relay, town):
    clip = town.has_clip()
    in_a_film(relay, town, clip)
    withdraw(relay, clip, reason=WHY, person="Ольга")
    assert [film.clips for film in films_to_remake(relay)] == [[clip]]


def test_a_doubt_is_confirmed_as_it_was_seen_or_nothing_happens(relay, town):
    clip = town.has_clip()
    with relay.transaction() as session:
        row = session.get_one(Clip, clip)
        row.doubt = "post"
        session.add(row)
    for seen in ("video", ""):
        with pytest.raises(Stale, match="not in doubt any more"):
            withdraw(relay, clip, reason=WHY, person="Ольга", doubt=seen)
    assert (town.clip(clip).state, town.clip(clip).doubt) == (ClipState.awaiting, "post")
    withdraw(relay, clip, reason=WHY, person="Ольга", doubt="post")
    assert (town.clip(clip).state, town.clip(clip).doubt) == (ClipState.withdrawn, "")
    assert town.decisions(clip)[0].doubt == "post"


def test_a_second_withdrawal_changes_neither_reason_nor_record(relay, town):
    clip = town.has_clip()
    in_a_film(relay, town, clip)
    withdraw(relay, clip, reason=WHY, person="Ольга")
    withdraw(relay, clip, reason="again", person="Анна")
    assert town.clip(clip).reason == WHY
    with relay.reading() as session:
        assert len(session.exec(select(Event).where(Event.what == "clip withdrawn")).all()) == 1


def test_a_long_number_that_is_no_clip_is_told_and_reaches_no_database(relay, town):
    for digits in (18, 19, 40):
        with pytest.raises(NotFound, match="no clip"):
            withdraw(relay, "9" * digits, reason=WHY, person="Ольга")


def test_a_link_names_its_own_network_only(relay, town):
    clip = town.has_clip()
    with relay.transaction() as session:
        video = session.get_one(Video, town.clip(clip).video_id)
        video.network, video.url = "ok", "https://ok.ru/video/456001"
        session.add(video)
    with pytest.raises(NotFound):
        withdraw(relay, "https://vk.com/video101_456001", reason=WHY, person="Ольга")
