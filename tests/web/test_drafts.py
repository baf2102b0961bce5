from __future__ import annotations

import base64
import html
import re
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from relay.models import ClipState, KeptForm, Verdict
from relay.moderation import desk
from relay.moderation.review import second_looks
from relay.web import drafts

pytestmark = pytest.mark.slow

TYPED = {"name": "Ольга <Смирнова>", "was_name": "Оля", "evidence": "письмо", "scope": "film", "seen": "awaiting"}


def sealed(answer):
    found = re.search(r'name="carried" value="([^"]*)"', answer.text)
    return html.unescape(found[1]) if found else ""


def signs_in(person, who="anna", **fields):
    """Back at the desk with a new session, as the sign-in page sends it."""
    return person.sends("/sign-in", login=who, password=f"password of {who}", **fields)


def test_what_was_typed_when_the_session_had_ended_is_there_after_signing_in(visit, anna, vera, town):
    clip = town.has_clip(name="Оля")
    answer = vera.sends(f"/clips/{clip}/decide", verdict="approve", **TYPED)
    assert answer.status_code == 401
    assert "What you typed is kept" in answer.text
    assert f'name="next" value="/clips/{clip}"' in answer.text
    wrong = signs_in(vera, "nobody", carried=sealed(answer))
    assert (wrong.status_code, sealed(wrong)) == (400, sealed(answer))
    back = signs_in(vera, carried=sealed(answer)).headers["location"]
    assert re.fullmatch(rf"/clips/{clip}\?kept=[\w-]+", back)
    page = vera.sees(back)
    assert 'name="name" value="Ольга &lt;Смирнова&gt;"' in page
    assert 'name="was_name" value="Оля"' in page
    assert 'name="evidence" value="письмо"' in page
    assert (town.clip(clip).name, town.clip(clip).state) == ("Оля", ClipState.awaiting)
    assert "&lt;Смирнова" not in visit("olga").sees(back)  # it is Anna's


@pytest.mark.parametrize(("who", "is_told"), [("Вера", True), ("Анна", False)])
def test_what_was_pressed_when_somebody_else_had_decided_is_told_after_signing_in(
    relay, anna, vera, town, who, is_told
):
    clip = town.has_clip()
    answer = vera.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting")
    desk.decide(relay, clip, Verdict.approve, person=who, seen=ClipState.awaiting)
    page = vera.sees(signs_in(vera, carried=sealed(answer)).headers["location"])
    assert ("You pressed:" in page and f"{who} decided meanwhile" in page) is is_told


@pytest.mark.parametrize(("who", "is_told"), [("Вера", True), ("Анна", False), ("", False)])
def test_a_second_look_that_was_pressed_is_told_as_well(relay, app, anna, vera, town, who, is_told):
    careful = replace(relay, settings=relay.settings.model_copy(update={"second_looks": True}))
    app.state.relay = careful
    clip = town.has_clip()
    desk.decide(careful, clip, Verdict.approve, person="Кира", seen=ClipState.awaiting)
    answer = vera.sends(f"/clips/{clip}/look", verdict="approve")
    if who:
        second_looks.give(careful, clip, Verdict.approve, person=who)
    page = vera.sees(signs_in(vera, carried=sealed(answer)).headers["location"])
    assert ("data-overtaken" in page and "Nobody is asked to look at this clip again." in page) is is_told
    assert ("A second look, please" in page) is (not who)


def test_a_page_that_has_no_address_leads_back_to_what_the_form_is_about(vera, town):
    clip = town.has_clip()
    fields = {"form_token": vera.token(), "verdict": "approve", **TYPED}
    answer = vera.post(f"/clips/{clip}/decide", data=fields, headers={"referer": "http://["})
    assert answer.status_code == 401
    assert f'name="next" value="/clips/{clip}"' in answer.text


@pytest.mark.parametrize("change", ["letter", "signature", "nothing", "old", "letters"])
def test_only_what_we_have_packed_is_opened(relay, clock, vera, anna, town, change):
    whole = sealed(vera.sends(f"/clips/{town.has_clip()}/decide", verdict="approve", **TYPED))
    packed, _, signature = whole.partition(".")
    if change == "old":
        clock.moves(days=2)
    forged = {
        "letter": f"{packed[:-1]}A.{signature}",
        "signature": f"{packed}.{'0' * 64}",
        "nothing": "",
        "old": whole,
        "letters": "я.я",
    }[change]
    assert signs_in(vera, carried=forged).headers["location"] == "/"
    with relay.reading() as session:
        assert session.exec(select(KeptForm)).all() == []


def test_twin_without_the_signature_anybody_writes_into_the_fields(vera, anna, town, monkeypatch):
    whole = sealed(vera.sends(f"/clips/{town.has_clip()}/decide", verdict="approve", **TYPED))
    monkeypatch.setattr(drafts, "_signature", lambda *_: "")
    assert "?kept=" in signs_in(vera, carried=whole.partition(".")[0] + ".").headers["location"]


def test_another_sites_form_is_not_carried(vera, town):
    clip = town.has_clip()
    vera.headers["origin"] = "https://evil.example"
    assert sealed(vera.post(f"/clips/{clip}/decide", data={"verdict": "approve", **TYPED})) == ""


def test_what_is_too_much_is_not_carried(vera, town):
    clip = town.has_clip()
    assert sealed(vera.sends(f"/clips/{clip}/edit", **{f"f{number}": "x" for number in range(500)})) == ""
    carried = sealed(vera.sends(f"/clips/{clip}/edit", password="secret", name="Olga"))
    inside = zlib.decompress(base64.urlsafe_b64decode(carried.partition(".")[0] + "=="))
    assert b"Olga" in inside
    assert b"secret" not in inside


def test_kept_forms_go_after_a_day(relay, clock, vera, anna, town):
    clip = town.has_clip()
    old = signs_in(vera, carried=sealed(vera.sends(f"/clips/{clip}/edit", **TYPED))).headers["location"]
    clock.moves(hours=25)
    vera.cookies.clear()
    vera.remembers("relay-language", "en")
    signs_in(vera, carried=sealed(vera.sends(f"/clips/{clip}/edit", **TYPED)))
    assert "&lt;Смирнова" not in vera.sees(old)
    with relay.reading() as session:
        kept = session.exec(select(KeptForm)).all()
    assert [row.at for row in kept] == [relay.now()]
    assert relay.now() - drafts.KEPT_FOR + timedelta(hours=1) < kept[0].at


def test_every_save_says_so_once(anna, town):
    clip, following = town.has_clip(), town.has_clip()
    anna.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting", draft=f"clip-{clip}")
    page = anna.sees(f"/clips/{following}")
    assert f'data-saved="clip-{clip}"' in page
    assert f"Clip {clip}: saved." in page
    assert "data-saved" not in anna.sees(f"/clips/{following}")
    assert anna.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting", draft="clip-9").status_code == 409
    assert "data-saved" not in anna.sees(f"/clips/{following}")
    anna.sends(f"/clips/{clip}/edit", name="Ольга", draft="<script>")
    assert "data-saved" not in anna.sees(f"/clips/{following}")


def test_the_script_is_told_where_to_go(anna, town):
    clip, following = town.has_clip(), town.has_clip()
    anna.headers[drafts.OUTBOX] = "1"
    answer = anna.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting", draft=f"clip-{clip}")
    assert (answer.status_code, answer.headers["x-relay-to"]) == (204, f"/clips/{following}")
    assert "location" not in answer.headers
    assert drafts.COOKIE in answer.headers["set-cookie"]


def test_a_page_that_could_not_be_gone_on_to_ends_what_was_said_of_the_one_before(town, anna):
    """Else a later page says so, and the script forgets what was typed since."""
    clip = town.has_clip(name="Оля")
    form = {"draft": f"clip-{clip}", "name": "Ольга", "was_name": "Оля"}
    assert anna.sends(f"/clips/{clip}/edit", **form).status_code == 303
    assert anna.sends(f"/clips/{clip}/edit", age="сорок", was_age="").status_code == 400
    assert "data-saved" not in anna.sees(f"/clips/{clip}")
