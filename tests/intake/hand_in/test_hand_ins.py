from __future__ import annotations

import dataclasses
import hashlib

import pytest
from sqlmodel import select

from relay.collect import recheck
from relay.errors import NotFound, Refused, ToolFailed
from relay.intake import clips
from relay.intake.hand_in import files, hand_ins, uploads
from relay.intake.inspect import DAMAGED, original
from relay.models import (
    Campaign,
    CampaignState,
    Clip,
    ClipState,
    Consent,
    Decision,
    Event,
    Finding,
    Inspection,
    Match,
    MatchKind,
    Source,
    Spotting,
    Video,
    VideoState,
)
from relay.moderation import desk
from tests.fakes.source import a_post
from tests.intake.participants import ANNA, CONSENT, SLUG, sha256_of

VK_LINK = "https://vk.com/wall-1_1"


def all_of(relay, table):
    with relay.reading() as session:
        return list(session.exec(select(table)))


# The page


@pytest.mark.slow
def test_the_page_is_closed_until_it_is_opened(relay, people):
    hand_ins.switch(relay, SLUG, is_open=False, person="Ольга")
    for slug in (SLUG, "nowhere"):
        with pytest.raises(NotFound, match="Nothing can be handed in here"):
            begins_at(relay, slug)
    assert people.rows() == []
    whats = [event.what for event in all_of(relay, Event) if event.subject == "campaign"]
    assert whats == ["hand-in opened", "hand-in closed"]


def begins_at(relay, slug):
    return hand_ins.begin(relay, slug, ANNA, consent=CONSENT, language="ru", visitor="home")


@pytest.mark.slow
@pytest.mark.parametrize("state", [CampaignState.draft, CampaignState.stopped, CampaignState.archived])
def test_it_is_open_only_while_the_campaign_runs(relay, people, state):
    with relay.transaction() as session:
        campaign = session.exec(select(Campaign)).one()
        campaign.state = state
        session.add(campaign)
    with pytest.raises(NotFound):
        people.begins()


@pytest.mark.slow
def test_an_archived_campaign_is_not_opened(relay, people):
    people.scene.campaign("old", CampaignState.archived)
    with pytest.raises(Refused, match="archived"):
        hand_ins.switch(relay, "old", is_open=True, person="Ольга")


@pytest.mark.slow
def test_the_secret_is_kept_nowhere_and_leads_to_the_receipt(relay, people):
    secret = people.begins()
    (row,) = people.rows()
    assert secret not in repr(row.model_dump())
    assert row.link_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert people.hand_in(secret).number == row.number
    assert len(row.number) == 7
    with pytest.raises(NotFound, match="no receipt"):
        hand_ins.receipt(relay, secret[:-1])


# Limits


@pytest.mark.slow
def test_a_flood_from_one_address_ends_and_others_go_on(relay, people, clock):
    for _ in range(relay.settings.hand_ins_per_hour):
        people.begins()
    with pytest.raises(hand_ins.TooManyHandIns, match="5 videos"):
        people.begins()
    people.begins("another home")
    clock.moves(minutes=61)
    people.begins()


@pytest.mark.slow
def test_a_patient_flood_ends_with_the_day(relay, people, clock):
    with pytest.raises(hand_ins.TooManyHandIns, match="20 videos"):
        for _ in range(40):
            people.begins()
            clock.moves(minutes=13)
    assert len(people.rows()) == 20
    clock.moves(hours=24)
    people.begins()


@pytest.mark.slow
def test_twin_without_the_limits_the_flood_goes_on(relay, people):
    relay.settings.hand_ins_per_hour = relay.settings.hand_ins_per_day = 0
    for _ in range(21):
        people.begins()
    assert len(people.rows()) == 21


# A file


@pytest.mark.slow
def test_a_file_becomes_a_clip_with_the_participants_words(relay, people):
    film = people.scene.film("her film")
    secret = people.hands_in(film)
    assert people.state(secret) == "waiting"
    people.worker_comes()
    clip = people.clip(secret)
    assert people.state(secret) == "taken in"
    told = (clip.name, clip.town, clip.district, clip.age, clip.quote)
    assert told == ("Анна Иванова", "Кировск", "Кировский", "60+", "12")
    assert (clip.state, clip.sha256) == (ClipState.awaiting, sha256_of(film))
    assert relay.media.has(f"originals/{clip.sha256}")
    assert not (relay.folder("handed-in") / "1").exists()
    (consent,) = all_of(relay, Consent)
    number = people.hand_in(secret).number
    assert (consent.scope, consent.person, consent.clip_id) == ("public", f"№ {number}", clip.id)
    assert consent.evidence == f"№ {number}, 2023-01-12T09:00+00:00\n{CONSENT}"
    (shown,) = hand_ins.of_clip(relay, clip.id)
    assert (shown.number, shown.contact, shown.file_name) == (number, "+7 921 000-00-00", "дедушка.mp4")
    assert desk.show(relay, clip.id).network == "hand-in"


@pytest.mark.slow
def test_the_worker_may_come_again_at_any_point(relay, people, monkeypatch):
    """Killed after the file was put away, before there was a clip: nothing is lost and nothing doubled."""
    secret = people.hands_in(people.scene.film("her film"))
    with monkeypatch.context() as broken:
        broken.setattr(clips, "make", lambda *_, **_more: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            people.worker_comes()
    assert people.state(secret) == "waiting"
    people.worker_comes()
    people.worker_comes()
    assert (len(people.scene.clips()), people.state(secret)) == (1, "taken in")


@pytest.mark.slow
def test_twin_a_worker_that_moved_the_only_copy_would_lose_it(relay, people, monkeypatch):
    monkeypatch.setattr(hand_ins, "add_original", moved)
    secret = people.hands_in(people.scene.film("her film"))
    with monkeypatch.context() as broken:
        broken.setattr(clips, "make", lambda *_, **_more: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            people.worker_comes()
    people.worker_comes()
    assert (people.state(secret), people.hand_in(secret).reason) == ("refused", hand_ins.LOST)


def moved(relay, path):
    sha256 = sha256_of(path)
    relay.media.put(f"originals/{sha256}", path)
    return sha256


def test_a_folder_without_second_names_will_do(relay, people, monkeypatch):
    monkeypatch.setattr("pathlib.Path.hardlink_to", lambda *_: (_ for _ in ()).throw(PermissionError))
    secret = people.hands_in(people.scene.film("her film"))
    people.worker_comes()
    assert people.state(secret) == "taken in"


@pytest.mark.slow
def test_a_file_that_is_no_use_is_refused_with_its_reason(relay, people, monkeypatch):
    film = people.scene.film("half a film", finding=Finding.refused, reason=DAMAGED)
    secret = people.hands_in(film)
    monkeypatch.setattr(hand_ins, "inspect", seen)  # the look itself needs ffmpeg
    people.worker_comes()
    assert (people.state(secret), people.hand_in(secret).reason) == ("refused", DAMAGED)
    assert not relay.media.has(f"originals/{sha256_of(film)}")
    assert people.scene.clips() == []


def seen(relay, sha256):
    with relay.reading() as session:
        return session.get_one(Inspection, sha256)


@pytest.mark.slow
def test_the_same_bytes_join_the_clip_that_is_there(relay, people):
    film = people.scene.film("her film")
    (clip_id,) = files.add_files(relay, SLUG, [film], person="Ольга", name="Бабушка Аня")
    desk.edit(relay, clip_id, person="Ольга", consent="archive", evidence="by letter")
    secret = people.hands_in(film, name="Somebody Else")
    people.worker_comes()
    clip = people.clip(secret)
    assert (clip.id, clip.name, clip.town) == (clip_id, "Бабушка Аня", "Кировск"), "only what was lacking is filled in"
    assert [row.scope for row in all_of(relay, Consent)] == ["archive"], "a stranger does not widen a consent"
    assert len(people.scene.clips()) == 1


@pytest.mark.slow
def test_what_a_moderator_has_corrected_stays(relay, people):
    film = people.scene.film("her film")
    first = people.hands_in(film)
    people.worker_comes()
    desk.edit(relay, people.clip(first).id, person="Анна", town="")
    second = people.hands_in(film, "another home", name="Боб", town="Мга")
    people.worker_comes()
    clip = people.clip(second)
    assert (clip.name, clip.town) == ("Анна Иванова", "")
    assert [told.participant.name for told in hand_ins.of_clip(relay, clip.id)] == ["Анна Иванова", "Боб"]


# A link


@pytest.mark.slow
def test_a_link_becomes_a_post_and_then_a_clip(relay, people):
    relay.sources["vk"].has(a_post("Читаю письмо деда."))
    secret = people.begins(way="link", url=VK_LINK)
    people.worker_comes()
    assert people.state(secret) == "waiting", "its video has not been fetched yet"
    assert [match.matched_in for match in all_of(relay, Match)] == ["handed in"]
    fetched(relay, people)
    people.worker_comes()
    assert (people.state(secret), people.clip(secret).name) == ("taken in", "Анна Иванова")
    assert people.clip(secret).town == "Кировск"


def fetched(relay, people, content="his film"):
    """The worker has fetched what there was to fetch."""
    sha256 = sha256_of(people.scene.film(content))
    with relay.transaction() as session:
        for video in session.exec(select(Video).where(Video.state == VideoState.found)):
            video.state, video.sha256 = VideoState.fetched, sha256
            session.add(video)
    return clips.adopt(relay)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("post", "reason"),
    [
        (None, "Nothing that we may see is at https://vk.com/wall-1_1."),
        (a_post("без видео", videos=()), hand_ins.NO_VIDEO),
    ],
)
def test_a_link_to_nothing_is_refused_with_its_reason(relay, people, post, reason):
    if post:
        relay.sources["vk"].has(post)
    secret = people.begins(way="link", url=VK_LINK)
    people.worker_comes()
    assert (people.state(secret), people.hand_in(secret).reason) == ("refused", reason)


@pytest.mark.slow
def test_a_post_outside_the_days_is_refused(relay, people, clock):
    early = a_post()
    relay.sources["vk"].has(dataclasses.replace(early, published_at=early.published_at.replace(year=2020)))
    secret = people.begins(way="link", url=VK_LINK)
    people.worker_comes()
    assert people.hand_in(secret).reason == hand_ins.TOO_EARLY_OR_LATE


@pytest.mark.slow
def test_a_network_that_is_down_is_asked_again_later_and_rarer(relay, people, clock):
    network = relay.sources["vk"]
    network.is_down()
    secret = people.begins(way="link", url=VK_LINK)
    people.worker_comes()
    assert people.state(secret) == "waiting"
    assert hand_ins.waiting(relay) == [], "not at once"
    clock.moves(minutes=1)
    people.worker_comes()
    clock.moves(minutes=1)
    assert hand_ins.waiting(relay) == []
    clock.moves(minutes=1)
    network.recovers()
    network.has(a_post())
    people.worker_comes()
    assert people.hand_in(secret).post_id is not None


@pytest.mark.slow
def test_a_video_that_can_t_be_fetched_is_told_on_the_receipt(relay, people):
    relay.sources["vk"].has(a_post())
    secret = people.begins(way="link", url=VK_LINK)
    people.worker_comes()
    with relay.transaction() as session:
        video = session.exec(select(Video)).one()
        video.state, video.reason = VideoState.gone, "The video was deleted."
        session.add(video)
    people.worker_comes()
    assert (people.state(secret), people.hand_in(secret).reason) == ("refused", "The video was deleted.")


def test_only_links_of_networks_that_are_read_are_known(relay):
    assert hand_ins.is_known_link(relay, "https://vk.com/video1_2")
    for link in ("https://evil.example/video", "vk:club1", "folder:/etc", "ftp://vk.com/video1_2"):
        assert not hand_ins.is_known_link(relay, link)


# Taking back


@pytest.mark.slow
def test_taken_back_it_is_withdrawn_at_once(relay, people):
    secret = people.hands_in(people.scene.film())
    people.worker_comes()
    clip = people.clip(secret)
    people.takes_back(secret, "Передумала")
    number = people.hand_in(secret).number
    assert (people.state(secret), people.clip(secret).state) == ("withdrawn", ClipState.withdrawn)
    (decision,) = all_of(relay, Decision)
    assert (decision.clip_id, decision.person) == (clip.id, f"№ {number}")
    assert decision.reason == f"The participant took it back on the receipt page, hand-in {number}. Передумала"
    people.takes_back(secret)
    assert len(all_of(relay, Decision)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("arrived", [False, True])
def test_taken_back_before_the_worker_came_nothing_is_left(relay, people, arrived):
    secret = people.hands_in(people.scene.film()) if arrived else people.begins()
    people.takes_back(secret)
    people.worker_comes()
    assert (people.state(secret), people.scene.clips()) == ("withdrawn", [])
    assert list(relay.folder("handed-in").iterdir()) == []


def the_vault(relay):
    return [path.name for path in relay.settings.media_folder.rglob("*") if path.is_file()]


@pytest.mark.slow
def test_taken_back_while_it_is_looked_at_nothing_is_left(relay, people, monkeypatch):
    secret = people.hands_in(people.scene.film())
    look = hand_ins.inspect

    def looks(relay, sha256):
        found = look(relay, sha256)
        people.takes_back(secret)
        relay.media.put(original(sha256), people.scene.film())  # as a look that has begun goes on to write
        return found

    monkeypatch.setattr(hand_ins, "inspect", looks)
    people.worker_comes()
    assert (people.state(secret), people.scene.clips(), the_vault(relay)) == ("withdrawn", [], [])
    assert all_of(relay, Inspection) == []


@pytest.mark.slow
def test_taken_back_after_a_try_that_failed_nothing_is_left(relay, people, monkeypatch):
    secret = people.hands_in(people.scene.film())

    def fails(relay, sha256):
        raise ToolFailed("no decoder")

    monkeypatch.setattr(hand_ins, "inspect", fails)
    people.worker_comes()
    assert (people.state(secret), len(the_vault(relay))) == ("waiting", 1)
    people.takes_back(secret)
    assert (people.state(secret), the_vault(relay)) == ("withdrawn", [])


@pytest.mark.slow
def test_what_was_refused_can_t_be_taken_back(relay, people):
    secret = people.begins(way="link", url=VK_LINK)
    people.worker_comes()
    with pytest.raises(Refused, match="nothing to take back"):
        people.takes_back(secret)


@pytest.mark.slow
def test_a_link_that_is_taken_back_is_not_fetched(relay, people):
    relay.sources["vk"].has(a_post("без тега"))
    secret = people.begins(way="link", url=VK_LINK)
    people.worker_comes()
    people.takes_back(secret)
    (match,) = all_of(relay, Match)
    assert (match.kind, match.turned_down) == (MatchKind.near, f"№ {people.hand_in(secret).number}")
    assert fetched(relay, people) == []


@pytest.mark.slow
def test_a_link_that_is_taken_back_while_it_is_fetched_is_withdrawn_when_it_comes(relay, people):
    relay.sources["vk"].has(a_post("без тега"))
    secret = people.begins(way="link", url=VK_LINK)
    people.worker_comes()
    with relay.transaction() as session:
        video = session.exec(select(Video)).one()
        video.state = VideoState.fetching
        session.add(video)
    people.takes_back(secret)
    with relay.transaction() as session:
        video = session.exec(select(Video)).one()
        video.state = VideoState.found
        session.add(video)
    fetched(relay, people)
    people.worker_comes()
    assert [clip.state for clip in people.scene.clips()] == [ClipState.withdrawn]


def shown_by_a_source(relay, post_id):
    with relay.transaction() as session:
        source = Source(campaign_id=1, address="vk:club1", network="vk", created_at=relay.now())
        session.add(source)
        session.flush()
        session.add(Spotting(post_id=post_id, source_id=source.id, at=relay.now()))


def strangers_clip(relay, people, clock):
    """Vera posted with the tag, her clip was found and approved; then a stranger hands its link in."""
    relay.sources["vk"].has(a_post())
    video = people.scene.video()
    post = people.scene.post(1, video)
    shown_by_a_source(relay, post)
    (clip_id,) = fetched(relay, people)
    desk.decide(relay, clip_id, desk.Verdict.approve, person="Анна", seen=ClipState.awaiting)
    clock.moves(minutes=5)
    return clip_id, post


def hands_the_post_in(relay, people, post):
    secret = people.begins("stranger", way="link", url=VK_LINK, name="Чужое имя", town="Чужой город")
    for hand_in_id in hand_ins.waiting(relay):
        hand_ins.process(relay, hand_in_id, add=lambda *_, **__: post)
    people.worker_comes()
    return secret


@pytest.mark.slow
def test_whoever_hands_in_anothers_video_neither_renames_nor_removes_it(relay, people, clock):
    clip_id, post = strangers_clip(relay, people, clock)
    secret = hands_the_post_in(relay, people, post)
    people.takes_back(secret)
    (clip,) = people.scene.clips()
    assert (clip.id, clip.name, clip.town) == (clip_id, "Анна Иванова", "")
    assert (clip.state, clip.doubt) == (ClipState.approved, "hand-in"), "out of the films until a person decides"
    desk.keep(relay, clip_id, person="Ольга", seen="hand-in")
    people.worker_comes()
    assert people.scene.clips()[0].doubt == ""


@pytest.mark.slow
def test_twin_without_the_question_whose_it_is_a_stranger_removes_it(relay, people, clock, monkeypatch):
    _, post = strangers_clip(relay, people, clock)
    monkeypatch.setattr(hand_ins, "is_alone", lambda *_: True)
    people.takes_back(hands_the_post_in(relay, people, post))
    assert people.scene.clips()[0].state is ClipState.withdrawn


@pytest.mark.slow
def test_the_second_who_hands_in_the_same_bytes_can_t_remove_the_first(relay, people, clock):
    film = people.scene.film()
    first = people.hands_in(film)
    second = people.hands_in(film, "another home")  # both have arrived before the worker comes
    people.worker_comes()
    people.takes_back(second)
    assert (people.clip(first).state, people.clip(first).doubt) == (ClipState.awaiting, "hand-in")


def test_a_doubt_of_ours_is_not_settled_by_a_post_that_returns(relay, people, clock):
    clip_id, post = strangers_clip(relay, people, clock)
    people.takes_back(hands_the_post_in(relay, people, post))
    with relay.transaction() as session:
        assert not recheck._reconsidered(session, relay, session.get_one(Clip, clip_id), newly_lost=False)
    assert people.scene.clips()[0].doubt == "hand-in"


# Tidying


@pytest.mark.slow
def test_an_upload_that_nobody_goes_on_with_is_removed_with_all_that_was_written(relay, people, clock):
    secret = people.begins()
    hand_in_id = people.hand_in(secret).id
    upload = uploads.create(relay, hand_in_id, name="a.mp4", kind="video/mp4", length=10)
    clock.moves(hours=11)
    assert hand_ins.tidy(relay) == 0
    part = uploads.OpenUpload(relay, hand_in_id, upload, 0)
    part.write(b"12345")
    part.close()
    clock.moves(hours=11)
    assert hand_ins.tidy(relay) == 0, "five bytes came eleven hours ago"
    clock.moves(hours=2)
    assert hand_ins.tidy(relay) == 1
    hand_in = people.hand_in(secret)
    assert (hand_in.state.value, hand_in.reason) == ("refused", hand_ins.NEVER_CAME)
    assert "".join((hand_in.name, hand_in.contact, hand_in.consent, hand_in.town)) == ""
    assert list(relay.folder("handed-in").iterdir()) == []


@pytest.mark.slow
def test_an_upload_that_trickles_for_ever_ends(relay, people, clock):
    secret = people.begins()
    hand_in_id = people.hand_in(secret).id
    upload = uploads.create(relay, hand_in_id, name="a.mp4", kind="video/mp4", length=1000)
    for hour in range(8):
        clock.moves(hours=7)
        if hand_ins.tidy(relay):
            break
        part = uploads.OpenUpload(relay, hand_in_id, upload, hour)
        part.write(b"1")
        part.close()
    assert (hour, people.state(secret)) == (6, "refused")


@pytest.mark.slow
def test_twin_without_the_tidying_abandoned_files_stay(relay, people, clock):
    relay.settings.hand_in_hours = 1e5
    hand_in_id = people.hand_in(people.begins()).id
    uploads.create(relay, hand_in_id, name="a.mp4", kind="video/mp4", length=10)
    clock.moves(days=300)
    assert hand_ins.tidy(relay) == 0
    assert len(list(relay.folder("handed-in").iterdir())) == 1


@pytest.mark.slow
def test_folders_that_a_crash_left_are_cleared_away(relay, people):
    waiting = people.hands_in(people.scene.film())
    left = relay.folder("handed-in", "999")
    (left / "x.part").write_bytes(b"x")
    hand_ins.tidy(relay)
    assert not left.exists()
    assert uploads.arrived(relay, people.hand_in(waiting)) is not None


def test_the_listing_tells_all(relay, people):
    secret = people.hands_in(people.scene.film())
    people.begins(way="link", url=VK_LINK)
    people.worker_comes()
    first, second = hand_ins.listing(relay, SLUG)
    assert (first.state, first.clips, first.way) == ("taken in", [people.clip(secret).id], "file")
    assert (second.way, second.url, second.at) == ("link", VK_LINK, "2023-01-12T12:00:00+03:00")
    with pytest.raises(NotFound):
        hand_ins.listing(relay, "nowhere")
