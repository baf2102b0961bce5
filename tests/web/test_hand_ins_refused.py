"""What was handed in and not taken: the participant reads why on the receipt, the organizers at the desk."""

from __future__ import annotations

import html

import pytest

from relay import kinds
from relay.intake.hand_in import hand_ins
from relay.language.sentence import filled
from relay.models import HandIn, HandInState
from tests.web.participant import TUS, Participant, encoded

POSTS = "/campaigns/proryv80/posts"


@pytest.fixture
def person(relay, town, vera) -> Participant:
    hand_ins.switch(relay, town.slug, is_open=True, person="Ольга")
    person = Participant(relay, vera)
    person.fills_in()
    return person


def is_refused(relay, person, reason: str) -> None:
    with relay.transaction() as session:
        hand_in = session.get_one(HandIn, person.hand_in.id)
        hand_in.state, hand_in.reason, hand_in.finished_at = HandInState.refused, reason, relay.now()
        session.add(hand_in)


REASON = filled(hand_ins.CHECK_FAILS, times=7)


@pytest.mark.slow
def test_both_read_the_reason(relay, town, person, anna, boris):
    assert "Handed in and not taken" not in anna.sees(POSTS)
    is_refused(relay, person, REASON)

    assert "Not taken" in person.headline()
    assert REASON in html.unescape(person.sees())
    desk = html.unescape(anna.sees(POSTS))
    assert "Handed in and not taken" in desk
    assert all(words in desk for words in (REASON, "Вера Павлова", "vera@example.org", person.hand_in.number))
    anna.remembers("relay-language", "ru")
    assert "неудачных попыток: 7" in html.unescape(anna.sees(POSTS))
    assert "vera@example.org" not in boris.sees(POSTS), "an editor decides nothing about hand-ins"
    told = ["vera@example.org" in anna.sees(POSTS + query) for query in ("?lang=en", "?after=1", "?match=exact")]
    assert told == [True, False, False], "once, at the top of all posts"


@pytest.mark.slow
def test_a_file_that_never_came_is_nobodys_trouble(relay, person, anna):
    is_refused(relay, person, hand_ins.NEVER_CAME)
    assert "Handed in and not taken" not in anna.sees(POSTS)


@pytest.mark.slow
def test_the_page_offers_what_is_read_and_nothing_else(person):
    page = person.sees()
    assert f'accept="video/*,{",".join(kinds.ENDINGS)}"' in page
    assert "Kinds of files that are taken: MP4, MOV, 3GP, MKV, WebM, AVI, WMV" in page
    assert "MXF" not in page


UNREADABLE = [
    ("кассета.mxf", "application/mxf", "This kind of video (MXF) can't be read: save it as MP4"),
    ("кассета.DV", "video/x-dv", "This kind of video (DV) can't be read: save it as MP4"),
    ("фильм.rmvb", "", "This kind of video (RealMedia) can't be read: save it as MP4"),
    ("кино.m2v", "video/mpeg", "This kind of video (M2V) can't be read: save it as MP4"),
    ("голос.amr", "audio/amr", "This is a sound recording, there is no picture in it."),
    ("голос.mp3", "audio/mpeg", "This is a sound recording, there is no picture in it."),
    ("деда.heic", "image/heic", "This is a picture, not a video."),
    ("всё.zip", "application/zip", "This is an archive (ZIP), not a video: unpack it"),
    ("письмо.docx", "application/octet-stream", "This is a document (Office), not a video."),
    ("программа.exe", "application/x-msdownload", "This is not a video file."),
]


@pytest.mark.slow
def test_what_can_t_be_read_is_told_before_it_is_sent(person):
    place, headers = person.ticket, TUS | {"upload-length": "10"}
    for name, type_, words in UNREADABLE:
        about = f"filename {encoded(name)},filetype {encoded(type_)}"
        answer = person.browser.post(place, headers=headers | {"upload-metadata": about})
        assert (answer.status_code, answer.text[: len(words)]) == (415, words)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("a.wmv", "video/x-ms-wmv"), ("a.asf", "application/vnd.ms-asf"), ("a.MTS", ""), ("a.m2ts", "video/mp2t"),
        ("a.ts", "text/vnd.trolltech.linguist"), ("a.mkv", "application/x-matroska"), ("a.3gp", "audio/3gpp"),
        ("a.vob", "application/octet-stream"), ("a.ogv", "application/ogg"), ("photo.jpg", "video/mp4"),
        ("VID", "video/mp4"), ("a.unknown", "video/unknown"),
    ],
)  # fmt: skip
def test_what_can_be_read_may_be_sent(person, name, type_):
    assert person.begins(10, name, type_).status_code == 201
