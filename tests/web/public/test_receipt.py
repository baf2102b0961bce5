from __future__ import annotations

import html
import json

import pytest
from sqlmodel import select

from relay.erasure import certificate
from relay.intake.hand_in import hand_ins
from relay.models import Almanac, Clip, ClipState, HandIn, HandInState, Match, Render
from relay.web.public.receipt import STAGES, stage
from tests.web.participant import FORM, Participant, found


@pytest.fixture
def person(relay, town, vera) -> Participant:
    hand_ins.switch(relay, town.slug, is_open=True, person="Ольга")
    person = Participant(relay, vera)
    person.fills_in()
    return person


def becomes(relay, town, person, state: ClipState, reason: str = "") -> int:
    """The worker has made a clip of the hand-in, and somebody has judged it."""
    number = town.has_clip(name=FORM["name"], state=state)
    with relay.transaction() as session:
        clip = session.get_one(Clip, number)
        clip.reason = reason
        hand_in = session.get_one(HandIn, person.hand_in.id)
        hand_in.state, hand_in.video_id = HandInState.taken_in, clip.video_id
        session.add_all([clip, hand_in])
    return number


def is_shown(relay, town, clip: int, seconds: float) -> None:
    with relay.transaction() as session:
        almanac = Almanac(campaign_id=town.campaign_id, name="film", title="Голоса", created_at=relay.now())
        session.add(almanac)
        session.flush()
        session.add(
            Render(almanac_id=almanac.id, version=1, file="x", manifest="almanacs/x.json", sha256="0" * 64, frames=1,
                   fps=25, shots_encoded=1, shots_reused=0, seconds=1, at=relay.now())
        )  # fmt: skip
    manifest = {"clips": [{"clip": clip, "film": {"from_seconds": seconds}}]}
    (relay.folder("almanacs") / "x.json").write_text(json.dumps(manifest))


@pytest.mark.slow
def test_it_says_where_the_video_stands(relay, town, person):
    assert person.headline() == "Now the video"
    clip = becomes(relay, town, person, ClipState.awaiting)
    assert person.headline() == "The organizers are looking at it"
    for state, reason, headline, words in (
        (ClipState.later, "", "The organizers are looking at it", ""),
        (ClipState.approved, "", "Accepted", "It is not in a film yet."),
        (ClipState.rejected, "bad_quality", "Not taken", "Picture or sound too poor"),
        (ClipState.rejected, "another war", "Not taken", "another war"),
        (ClipState.withdrawn, "", "Taken back", ""),
    ):
        with relay.transaction() as session:
            row = session.get_one(Clip, clip)
            row.state, row.reason = state, reason
            session.add(row)
        page = person.sees()
        assert found(r"<h1>(.*?)</h1>", page) == headline
        assert words in page


def test_a_note_beside_a_standard_reason_stays_at_the_desk(relay, town, person):
    becomes(relay, town, person, ClipState.rejected, "duplicate: see clip 12 of Mrs. X")
    page = person.sees()
    assert "Duplicate of another clip" in page
    assert "Mrs. X" not in page


@pytest.mark.slow
def test_it_tells_the_minute_in_the_film(relay, town, person):
    is_shown(relay, town, becomes(relay, town, person, ClipState.approved), 192.4)
    assert "In the film “Голоса” at 03:12" in person.sees()
    person.browser.remembers("relay-language", "ru")
    assert "В фильме «Голоса» на 03:12" in person.sees()


@pytest.mark.slow
def test_a_file_that_was_refused_says_why(relay, town, person):
    with relay.transaction() as session:
        hand_in = session.get_one(HandIn, person.hand_in.id)
        hand_in.state, hand_in.reason = HandInState.refused, "The video is damaged."
        session.add(hand_in)
    page = person.browser.sees(f"{person.receipt}?lang=ru")
    assert "Видео не принято" in page
    assert "Видео повреждено." in page
    assert "/withdraw" not in page


def test_it_can_be_saved_copied_and_printed(person):
    page = person.sees()
    link = f"http://desk.test{person.receipt}"
    assert f'data-copy="{link}"' in page
    assert f">{link}</p>" in page
    assert 'class="print"' in page


@pytest.mark.slow
def test_nobody_keeps_it(person):
    for path in (person.receipt, f"{person.receipt}/withdraw"):
        answer = person.browser.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert '<meta name="robots" content="noindex' in answer.text
        assert answer.headers["referrer-policy"] == "same-origin", "no other site is told the address"


@pytest.mark.slow
def test_a_made_up_link_shows_nothing(person):
    for path in ("/receipt/forged", "/receipt/forged/withdraw", f"{person.receipt}x"):
        answer = person.browser.get(path)
        assert answer.status_code == 404
        assert FORM["name"] not in answer.text
    assert person.browser.sends("/receipt/forged/withdraw").status_code == 404


@pytest.mark.slow
def test_the_ticket_of_the_upload_is_not_the_secret_of_the_receipt(person):
    ticket = person.ticket.rpartition("/")[2]
    assert person.receipt.rpartition("/")[2] not in ticket
    assert person.browser.get(f"/receipt/{ticket}").status_code == 404


@pytest.mark.slow
def test_looking_takes_nothing_back(relay, town, person):
    clip = becomes(relay, town, person, ClipState.approved)
    assert "Take the video back?" in person.browser.sees(f"{person.receipt}/withdraw")
    assert town.clip(clip).state is ClipState.approved


@pytest.mark.slow
def test_its_participant_takes_it_back(relay, town, person):
    person.sends_plainly(b"0123456789")
    answer = person.browser.sends(f"{person.receipt}/withdraw", words="Передумала\n")
    assert (answer.status_code, answer.headers["location"]) == (303, person.receipt)
    assert person.headline() == "Taken back"
    assert (person.hand_in.state.value, person.hand_in.reason) == ("withdrawn", "Передумала")
    assert person.browser.get(f"{person.receipt}/withdraw").status_code == 303


@pytest.mark.slow
def test_what_was_taken_back_is_certified_and_its_film_is_not_shown_any_more(relay, town, person, anna, vera):
    clip = becomes(relay, town, person, ClipState.approved)
    is_shown(relay, town, clip, 61)
    with relay.transaction() as session:
        row = session.get_one(Clip, clip)
        row.handed_in = person.hand_in.number
        for match in session.exec(select(Match)).all():
            session.delete(match)
        session.add(row)
    assert vera.get(f"{person.receipt}/certificate").status_code == 404
    person.browser.sends(f"{person.receipt}/withdraw")
    shown = certificate.of_clip(relay, clip)
    page = person.sees()
    assert "All that was made of it was erased on" in page
    assert "“Голоса” at 01:01" not in page
    page = vera.sees(f"{person.receipt}/certificate")
    assert " 2023, " in page, "it is kept for longer than a year"
    assert shown.number in page
    assert "“Голоса”, version 1" in page
    assert shown.number in anna.sees(f"/clips/{clip}/certificate")
    answer = anna.get("/almanacs/proryv80/film/1")
    assert answer.status_code == 410
    assert "This version is not shown any more" in answer.text


@pytest.mark.slow
def test_what_also_came_another_way_waits_for_a_person(relay, town, person, anna):
    clip = becomes(relay, town, person, ClipState.approved)
    is_shown(relay, town, clip, 61)
    person.browser.sends(f"{person.receipt}/withdraw")
    assert (town.clip(clip).state, town.clip(clip).doubt) == (ClipState.approved, "hand-in")
    page = person.sees()
    assert "The video also came to the organizers another way." in page
    assert "“Голоса” at 01:01" in page
    page = anna.sees(f"/clips/{clip}")
    assert "Whoever handed it in has taken it back; but it also came another way." in page
    assert anna.sends(f"/clips/{clip}/confirm", doubt="hand-in").status_code == 303
    assert town.clip(clip).state is ClipState.withdrawn


@pytest.mark.slow
@pytest.mark.parametrize("headers", [{"origin": "https://evil.test"}, {"sec-fetch-site": "cross-site"}], ids=str)
def test_another_site_can_t_take_it_back(person, headers):
    data = {"form_token": person.browser.token()}
    assert person.browser.post(f"{person.receipt}/withdraw", data=data, headers=headers).status_code == 403
    assert person.browser.post(f"{person.receipt}/withdraw", data={}).status_code == 403
    assert person.hand_in.state is HandInState.begun


# The desk


@pytest.mark.slow
def test_the_desk_tells_how_the_clip_came_and_the_contact_only_to_those_who_may(
    relay, town, person, visit, anna, boris
):
    clip = becomes(relay, town, person, ClipState.awaiting)
    for who, may in ((anna, True), (boris, False), (visit("pavel"), False), (visit("olga"), True)):
        page = html.unescape(who.sees(f"/clips/{clip}"))
        assert f"№ {person.hand_in.number}" in page
        assert "from the family's letters or diaries" in page
        assert person.hand_in.consent.split("\n")[1] in page
        assert ("vera@example.org" in page) is may
        assert person.receipt.rpartition("/")[2] not in page


@pytest.mark.slow
def test_a_clip_that_was_not_handed_in_says_nothing_of_it(town, anna):
    assert "Handed in" not in anna.sees(f"/clips/{town.has_clip()}")


@pytest.mark.slow
def test_stages_have_no_gaps(relay, town, person):
    for state in HandInState:
        for clips in ([], [ClipState.approved], [ClipState.rejected, ClipState.awaiting], [ClipState.withdrawn]):
            rows = [Clip(campaign_id=1, sha256="", video_id=1, state=each) for each in clips]
            hand_in = HandIn(campaign_id=1, number="", link_hash="", state=state)
            assert stage(hand_ins.Receipt(hand_in, None, rows)) in STAGES
