from __future__ import annotations

import os
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlmodel import update

from relay.almanac.delivery import remarks, sign_off
from relay.almanac.plan import edits, queries
from relay.models import ClipState, Render
from relay.moderation.withdrawal import withdraw
from tests.almanac.cinema import PICTURE, has_preview, has_version

pytestmark = pytest.mark.slow

FILM = b"film" * 1000


@pytest.fixture
def film(relay, town, poster):
    """A film of one clip that was rendered once."""
    clip = town.has_clip(name="Ольга", poster=poster(), state=ClipState.approved)
    almanac = queries.new(relay, "proryv80", "film", title="Голоса памяти", all_approved=True)
    path = relay.folder("almanacs") / "film-1.mp4"
    path.write_bytes(FILM)
    with relay.transaction() as session:
        session.add(
            Render(
                almanac_id=almanac.id,
                version=1,
                file="almanacs/film-1.mp4",
                manifest="almanacs/film-1.json",
                sha256="0" * 64,
                frames=250,
                fps=25,
                shots_encoded=1,
                shots_reused=0,
                seconds=1,
                at=relay.now(),
            )
        )
    return clip


def test_films_are_listed_and_shown(film, anna, boris, vera):
    for person in (anna, boris):
        assert "Голоса памяти" in person.sees("/almanacs")
        page = person.sees("/almanacs/proryv80/film")
        assert 'src="/almanacs/proryv80/film/1"' in page
        assert "Ольга" in page
    for path in ("/almanacs", "/almanacs/proryv80/film", "/almanacs/proryv80/film/1"):
        assert vera.get(path).status_code == 303


def test_every_page_of_a_film_is_in_its_menu(film, boris):
    page = boris.sees("/almanacs/proryv80/film")
    for name in ("plan", "cards", "look", "captions", "credits"):
        assert f'<a href="/almanacs/proryv80/film/{name}">' in page


def test_a_film_plays_in_ranges_and_can_be_taken_along(film, boris):
    answer = boris.get("/almanacs/proryv80/film/1", headers={"range": "bytes=4-7"})
    assert (answer.status_code, answer.content) == (206, FILM[4:8])
    assert answer.headers["content-type"] == "video/mp4"
    answer = boris.get("/almanacs/proryv80/film/1?download=true")
    assert answer.content == FILM
    assert 'filename="proryv80-film-1.mp4"' in answer.headers["content-disposition"]


def test_versions_and_files_that_are_not_there(relay, film, boris):
    assert boris.get("/almanacs/proryv80/film/2").status_code == 404
    assert boris.get("/almanacs/proryv80/nothing").status_code == 404
    (relay.folder("almanacs") / "film-1.mp4").unlink()
    assert boris.get("/almanacs/proryv80/film/1").status_code == 404


def test_a_film_outside_the_data_folder_is_not_handed_out(relay, film, boris):
    from sqlmodel import select

    (relay.settings.data_dir.parent / "outside.mp4").write_bytes(b"secret")
    with relay.transaction() as session:
        row = session.exec(select(Render)).one()
        row.file = "../outside.mp4"
        session.add(row)
    assert boris.get("/almanacs/proryv80/film/1").status_code == 404


def test_a_film_with_a_withdrawn_clip_says_so(relay, clock, film, boris):
    queries.new(relay, "proryv80", "other", title="Другой")
    clock.moves(hours=1)
    withdraw(relay, film, reason="asked in a message", person="Ольга")
    for path in ("/", "/almanacs", "/almanacs/proryv80/film"):
        assert "withdrawn since" in boris.sees(path)
    assert "withdrawn since" not in boris.sees("/almanacs/proryv80/other")


# A film with two versions, from the list to the protocol

HERE = "/almanacs/proryv80/film"
LARGE = 2**31


@pytest.fixture
def versions(relay, town):
    """The film of one clip, made twice; and another film, of another clip, that was never made."""
    first = town.has_clip(name="Ольга", state=ClipState.approved)
    queries.new(relay, "proryv80", "film", title="Голоса памяти", all_approved=True)
    for number in (1, 2):
        has_version(relay, number=number, content=bytes([number]) * 64)
    queries.new(relay, "proryv80", "other", title="Другой")
    return first


def test_the_newest_version_is_shown_unless_another_one_is_asked_for(versions, boris):
    listed = boris.sees("/almanacs")
    assert "Голоса памяти" in listed
    assert "1 clip · version 2 · 0:10" in " ".join(listed.split())
    assert "0 clips · not rendered yet" in " ".join(listed.split())
    newest, chosen, unmade = (boris.sees(path) for path in (HERE, f"{HERE}?version=1", "/almanacs/proryv80/other"))
    assert [f'src="{HERE}/{number}" poster="{HERE}/{number}/poster.jpg"' in newest for number in (1, 2)] == [
        False,
        True,
    ]
    assert [f'src="{HERE}/{number}" poster="{HERE}/{number}/poster.jpg"' in chosen for number in (1, 2)] == [
        True,
        False,
    ]
    assert ["not the newest" in page for page in (newest, chosen)] == [False, True]
    assert "Nobody has remarked anything yet." in newest
    assert "Nobody has been asked to sign this film off." in newest
    assert f'<a href="/clips/{versions}">' in newest
    assert "This film has not been made yet." in unmade
    assert '<p class="notice">' not in newest
    for version, status in ((0, 200), (2, 200), (3, 404), (-1, 400), (LARGE - 1, 404), (LARGE, 400)):
        assert boris.get(HERE, params={"version": version}).status_code == status, version
    assert "There is no such version of the film." in boris.get(f"{HERE}?version=3").text
    assert boris.get("/almanacs/proryv80/other?version=1").status_code == 404


def test_a_versions_file_and_picture_are_its_own(versions, boris):
    for number in (1, 2):
        answer = boris.get(f"{HERE}/{number}")
        assert (answer.status_code, answer.content) == (200, bytes([number]) * 64)
        assert answer.headers["content-type"] == "video/mp4"
        assert answer.headers["cache-control"] == "private, no-store"
        assert "content-disposition" not in answer.headers
    answer = boris.get(f"{HERE}/2?download=true")
    assert answer.headers["content-disposition"] == 'attachment; filename="proryv80-film-2.mp4"'
    answer = boris.get(f"{HERE}/1/poster.jpg")
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "private, no-store"
    assert [boris.get(f"{HERE}/{number}").status_code for number in (0, 3, LARGE - 1, LARGE)] == [400, 404, 404, 400]


def test_what_is_said_of_a_moment_is_kept_ticked_off_and_opened_again(relay, versions, boris):
    def said():
        return [
            (one.version, one.seconds, one.text, one.person, one.done_by)
            for one in remarks.listing(relay, "proryv80", "film")
        ]

    answer = boris.sends(f"{HERE}/1/remarks", text="Громче", at="0:02.4")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HERE}?version=1#remark-1")
    assert said() == [(1, 2.4, "Громче", "Борис", "")]
    page = boris.sees(f"{HERE}?version=1")
    assert "Громче" in page
    assert "0:02" in page
    answer = boris.sends(f"{HERE}/2/remarks", text=" ")
    assert answer.status_code == 400
    assert '<p class="notice" role="status">A remark says something.' in answer.text or (
        "A remark says something. Write what you noticed." in answer.text
    )
    assert f'src="{HERE}/2"' in answer.text
    assert boris.sends(f"{HERE}/3/remarks", text="x").status_code == 404
    answer = boris.sends(f"{HERE}/remarks/1", done="true", version=1)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HERE}?version=1#remark-1")
    assert said() == [(1, 2.4, "Громче", "Борис", "Борис")]
    answer = boris.sends(f"{HERE}/remarks/1")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HERE}?version=0#remark-1")
    assert said() == [(1, 2.4, "Громче", "Борис", "")], "without the word it is open again"
    statuses = [boris.sends(f"{HERE}/remarks/{number}").status_code for number in (0, 2, LARGE - 1, LARGE)]
    assert statuses == [400, 404, 404, 400]


def test_a_sign_off_is_asked_for_shown_on_record_and_revoked(relay, clock, versions, boris):
    answer = boris.sends(f"{HERE}/1/sign-offs", to="К. А. Веденеев", position="глава")
    assert answer.status_code == 200
    assert 'value="http://desk.test/sign-off/' in answer.text
    assert f'src="{HERE}/1"' in answer.text
    relay.settings.public_url = "https://relay.example.org/"
    answer = boris.sends(f"{HERE}/2/sign-offs", to="Глава", days=90)
    assert 'value="https://relay.example.org/sign-off/' in answer.text
    second, first = sign_off.listing(relay, "proryv80", "film")
    told = ("person", "position", "version", "invited_by", "state")
    assert [getattr(first, name) for name in told] == ["К. А. Веденеев", "глава", 1, "Борис", "open"]
    assert [getattr(second, name) for name in told] == ["Глава", "", 2, "Борис", "open"]
    lasts = [datetime.fromisoformat(one.expires_at) - clock() for one in (first, second)]
    assert lasts == [timedelta(days=7), timedelta(days=90)]
    for words in ({"to": ""}, {"to": "Глава", "days": 0}, {"to": "Глава", "days": 91}):
        assert boris.sends(f"{HERE}/1/sign-offs", **words).status_code == 400
    assert boris.sends(f"{HERE}/3/sign-offs", to="Глава").status_code == 404
    page = boris.sees("/sign-offs/1")
    assert "Protocol of the sign-off" in page
    assert "none yet" in page
    assert f'<a href="{HERE}?version=1">The film</a>' in page
    assert "<video" not in page
    assert "/verdict" not in page
    answer = boris.sends("/sign-offs/1/revoke")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HERE}?version=1#sign-offs")
    assert [one.state for one in sign_off.listing(relay, "proryv80", "film")] == ["open", "revoked"]
    assert [boris.get(f"/sign-offs/{number}").status_code for number in (0, 3, LARGE)] == [400, 404, 400]
    assert [boris.sends(f"/sign-offs/{number}/revoke").status_code for number in (0, 3, LARGE)] == [400, 404, 400]
    page = boris.sees(HERE)
    assert "link revoked" in page
    assert "no answer yet" in page


# The list, and what a film's page shows of the film itself


def test_the_list_tells_two_films_of_one_title_apart_and_how_they_stand(relay, versions, boris):
    queries.new(relay, "proryv80", "vertical", title="Голоса памяти", all_approved=True)
    has_preview(relay, name="vertical")
    asked = sign_off.ask(relay, "proryv80", "film", to="К. А. Веденеев", person="Борис")
    sign_off.decide(relay, asked.secret, "remarks", words="Громче начало")
    page = " ".join(boris.sees("/almanacs").split())
    assert '>Голоса памяти</a> <span class="soft name">film</span>' in page
    assert '>Голоса памяти</a> <span class="soft name">vertical</span>' in page
    for words in ("preview only", "a plan so far", "finished", "has remarks", "Громче начало"):
        assert words in page, words
    assert f'src="{HERE}/2/poster.jpg"' in page
    assert 'src="/almanacs/proryv80/vertical/preview.jpg?' in page
    assert boris.get("/almanacs/proryv80/vertical/preview.jpg").content == PICTURE
    assert boris.get("/almanacs/proryv80/other/preview.jpg").status_code == 404


def test_the_poster_of_somebody_who_withdrew_is_not_in_the_list(relay, versions, boris):
    withdraw(relay, versions, reason="asked", person="Ольга")
    page = boris.sees("/almanacs")
    assert "/2/poster.jpg" not in page
    assert "shows somebody who has taken their video back" in page


def test_a_film_whose_only_version_was_closed_says_why_there_is_none(relay, film, boris):
    with relay.transaction() as session:
        session.exec(update(Render).values(closed_at=relay.now()))
    page = boris.sees(HERE)
    assert "a participant has taken a clip back" in page
    assert "has not been made yet" not in page


def test_the_film_lists_its_own_names_and_lengths(relay, town, boris):
    clip = town.has_clip(name="Елена Морозова", town="Мга", state=ClipState.approved, duration=5)
    queries.new(relay, "proryv80", "film", title="Голоса памяти", all_approved=True)
    edits.retitle(relay, "proryv80", "film", clip, who="Морозова Е. А.", town="Лодейное Поле", person="Борис")
    edits.trim(relay, "proryv80", "film", clip, first=1.0, last=3.0, person="Борис")
    drafted = boris.sees(HERE)
    assert "Морозова Е. А." in drafted
    assert "Лодейное Поле" in drafted
    assert '<span class="length">0:02</span>' in drafted
    has_version(relay, each=75)
    edits.retitle(relay, "proryv80", "film", clip, who="Другая", town=None, person="Борис")
    made = boris.sees(HERE)
    assert "Морозова Е. А." in made, "this version has the name that it was made with"
    assert '<span class="length">0:03</span>' in made
    assert "Елена Морозова" not in made


def test_a_preview_stands_near_the_top_with_its_picture(relay, versions, boris):
    has_preview(relay, name="other")
    page = boris.sees("/almanacs/proryv80/other")
    assert "There is only a preview of this film so far." in page
    assert page.index('id="preview-player"') < page.index("There is only a preview")
    assert 'poster="/almanacs/proryv80/other/preview.jpg?' in page
    path = has_preview(relay)
    page = boris.sees(HERE)
    assert "newer than version 2" in page
    assert page.index('id="preview-player"') < page.index('id="player"')
    os.utime(path, (0, 0))
    page = boris.sees(HERE)
    assert page.index('id="preview-player"') > page.index('id="player"')


def test_a_version_says_what_is_new_in_it(relay, versions, town, boris):
    second = town.has_clip(name="Дина", town="Мга", state=ClipState.approved)
    queries.plan(relay, "proryv80", "film", person="Борис")
    has_version(relay, number=3)
    page = boris.sees(HERE)
    assert "What is new since version 2" in page
    assert "New: Дина, Мга." in page
    assert "What is new" not in boris.sees(f"{HERE}?version=2")
    withdraw(relay, second, reason="asked", person="Ольга")


def test_a_sign_off_of_an_older_version_is_told_to_be_outdated(relay, versions, boris):
    sign_off.ask(relay, "proryv80", "film", version=1, to="К. А. Веденеев", person="Борис")
    sign_off.ask(relay, "proryv80", "film", to="М. Громова", person="Борис")
    assert boris.sees(HERE).count("a newer version is there") == 1


@pytest.fixture
def post_office(relay):
    """A mail server is set up; nobody looks what goes to it."""
    relay.settings.smtp_url, relay.settings.alert_from = SecretStr("smtp://127.0.0.1:9"), "relay@library.example"


def test_an_official_is_written_to_and_only_editors_see_where(relay, post_office, versions, boris, visit):
    answer = boris.sends(f"{HERE}/2/sign-offs", to="Глава", mail="head@district.example", language="en")
    assert "A letter with a link of its own goes to head@district.example within a minute." in answer.text
    assert 'data-saved="ask"' in answer.text, "the browser forgets what was typed in the form"
    page = boris.sees(HERE)
    assert "once you say where to" in page
    boris.sends("/me/letters", address="boris@library.example", pace="daily")
    assert "once you say where to" not in boris.sees(HERE)
    assert "Letter to head@district.example: goes out within a minute" in page
    assert "Reminder to head@district.example: on" in page
    pavel = visit("pavel").sees(HERE)
    assert "Глава" in pavel
    assert "head@district.example" not in pavel
    assert visit("pavel").sends("/sign-offs/1/letters", mail="x@district.example").status_code == 403
    answer = boris.sends("/sign-offs/1/letters", mail="head@district.example")
    assert (answer.status_code, "A letter to head@district.example is on its way." in answer.text) == (400, True)
    answer = boris.sends("/sign-offs/1/letters", mail="other@district.example")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HERE}?version=2#sign-offs")
    assert "Letter to other@district.example" in boris.sees(HERE)
    statuses = [boris.sends(f"/sign-offs/{number}/letters").status_code for number in (0, 3, LARGE)]
    assert statuses == [400, 404, 400]


def test_a_wrong_address_is_told_and_what_was_typed_stays(relay, post_office, versions, boris):
    answer = boris.sends(f"{HERE}/2/sign-offs", to="Глава", position="района", days="3", mail="nowhere")
    assert answer.status_code == 400
    assert "is no mail address" in answer.text
    for typed in ('value="Глава"', 'value="района"', 'value="3"', 'value="nowhere"'):
        assert typed in answer.text
    assert sign_off.listing(relay, "proryv80", "film") == []


def test_without_a_mail_server_the_page_says_so(versions, boris):
    page = boris.sees(HERE)
    assert "No mail server is set up here: give the link to the person yourself." in page
    assert 'name="mail"' not in page


def test_captions_are_shown_and_can_be_taken_along(relay, versions, boris, vera):
    has_version(relay, number=3, told={"captions": {"ru": 1}})
    folder = relay.folder("almanacs")
    (folder / "proryv80_film-v3.ru.srt").write_text("1\n", "utf-8")
    (folder / "proryv80_film-v3.ru.vtt").write_text("WEBVTT\n", "utf-8")
    page = boris.sees(HERE)
    assert f'<track kind="captions" srclang="ru" label="Русский" src="{HERE}/3/captions.ru.vtt">' in page
    shown, taken = boris.get(f"{HERE}/3/captions.ru.vtt"), boris.get(f"{HERE}/3/captions.ru.srt")
    assert (shown.text, shown.headers["content-type"]) == ("WEBVTT\n", "text/vtt; charset=utf-8")
    assert 'filename="proryv80-film-3.ru.srt"' in taken.headers["content-disposition"]
    for wrong in ("captions.en.vtt", "captions.ru.json", "captions..vtt", "captions.ru.mp4"):
        assert boris.get(f"{HERE}/3/{wrong}").status_code == 404, wrong
    assert boris.get(f"{HERE}/2/captions.ru.vtt").status_code == 404
    assert vera.get(f"{HERE}/3/captions.ru.vtt").status_code == 303
    asked = sign_off.ask(relay, "proryv80", "film", version=3, to="Глава", person="Борис")
    assert "captions.ru.vtt" in vera.sees(f"/sign-off/{asked.secret}")
    assert vera.get(f"/sign-off/{asked.secret}/captions.ru.vtt").text == "WEBVTT\n"
    assert vera.get(f"/sign-off/{asked.secret}/captions.en.vtt").status_code == 404
