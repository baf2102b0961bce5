from __future__ import annotations

import re

import pytest
from pydantic import SecretStr

from relay.errors import NotSent
from relay.models import Role
from relay.moderation.people import accounts, links, sessions

pytestmark = pytest.mark.slow


def link_in(page: str) -> str:
    return re.search(r'class="secret" value="([^"]+)"', page)[1]


def view_of(relay, login):
    return next(view for view in accounts.views(relay) if view.login == login)


@pytest.fixture
def boris_id(relay, boris):
    return view_of(relay, "boris").id


def test_she_invites_him_and_he_chooses_a_password(relay, town, olga, vera):
    page = olga.sends("/accounts", login="gleb", name="Глеб", role="viewer").text
    link = link_in(page)
    assert link.startswith("http://desk.test/sign-in/")
    assert link not in olga.sees(f"/accounts/{view_of(relay, 'gleb').id}"), "it is shown this once"
    assert "Your login is gleb" in vera.sees(link)
    answer = vera.sends(link, password="a password of his", again="another one of his")
    assert (answer.status_code, "The two passwords differ" in answer.text) == (400, True)
    answer = vera.sends(link, password="short", again="short")
    assert (answer.status_code, "at least 10" in answer.text) == (400, True)
    assert vera.sends(link, password="a password of his", again="a password of his").status_code == 303
    assert "Глеб" in vera.sees("/")
    assert view_of(relay, "gleb").role is Role.viewer


def test_what_was_typed_wrong_comes_back(relay, olga):
    answer = olga.sends("/accounts", login="Глеб", name="<Глеб>", role="editor")
    assert answer.status_code == 400
    assert "A login is made of" in answer.text
    assert 'value="&lt;Глеб&gt;"' in answer.text
    assert 'value="editor" selected' in answer.text


def test_a_change_of_role_ends_the_session_at_once(relay, town, olga, boris, boris_id):
    clip = town.has_clip()
    assert olga.sends(f"/accounts/{boris_id}/roles", role="moderator").status_code == 303
    assert boris.get("/").headers["location"].startswith("/sign-in")
    boris.sends("/sign-in", login="boris", password="password of boris")
    assert boris.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting").status_code == 303


def test_roles_of_campaigns_are_set_and_taken(relay, town, olga, boris, boris_id):
    olga.sends(f"/accounts/{boris_id}/roles", role="", **{"role-proryv80": "viewer"})
    assert (view_of(relay, "boris").role, view_of(relay, "boris").roles) == (None, {"proryv80": Role.viewer})
    assert "Прорыв. Голоса памяти: Viewer" in olga.sees("/accounts")
    olga.sends(f"/accounts/{boris_id}/roles", role="editor", **{"role-proryv80": ""})
    assert (view_of(relay, "boris").role, view_of(relay, "boris").roles) == (Role.editor, {})
    answer = olga.sends(f"/accounts/{boris_id}/roles", role="king")
    assert (answer.status_code, "There is no role king" in answer.text) == (400, True)


def test_who_is_shut_out_is_out_at_once_and_may_be_let_in_again(relay, olga, boris, boris_id):
    token = boris.cookies["relay"]
    assert olga.sends(f"/accounts/{boris_id}/shut-out").status_code == 303
    assert sessions.whoami(relay, token) is None
    assert "shut out" in olga.sees("/accounts")
    answer = olga.sends(f"/accounts/{boris_id}/link")
    assert (answer.status_code, "This account is closed" in answer.text) == (400, True)
    assert boris.sends("/sign-in", login="boris", password="password of boris").status_code == 400
    olga.sends(f"/accounts/{boris_id}/reopen")
    assert boris.sends("/sign-in", login="boris", password="password of boris").status_code == 303


def test_the_last_organizer_stays(relay, olga):
    number = view_of(relay, "olga").id
    for deed, fields in (("shut-out", {}), ("roles", {"role": "viewer"})):
        answer = olga.sends(f"/accounts/{number}/{deed}", **fields)
        assert (answer.status_code, "This is the last organizer" in answer.text) == (400, True)
    assert "Ольга" in olga.sees("/")


def test_she_ends_his_sign_ins_and_her_own_others(relay, olga, boris, boris_id):
    olga.sends(f"/accounts/{boris_id}/sign-ins")
    assert sessions.whoami(relay, boris.cookies["relay"]) is None
    other = sessions.sign_in(relay, "olga", "password of olga")
    olga.sends(f"/accounts/{view_of(relay, 'olga').id}/sign-ins")
    assert sessions.whoami(relay, other) is None
    assert "Ольга" in olga.sees("/")


def test_a_link_is_sent_where_mail_is_set_up(relay, olga, boris_id, monkeypatch):
    letters = []
    assert "Mail address" not in olga.sees("/accounts")
    relay.settings.smtp_url = SecretStr("smtp://localhost")
    relay.settings.alert_from = "relay@museum.example"
    assert "Mail address" in olga.sees("/accounts")
    monkeypatch.setattr(links.Mail, "send_letter", lambda _self, *letter: letters.append(letter))
    page = olga.sends(f"/accounts/{boris_id}/link", mail="boris@museum.example").text
    assert "It was sent to boris@museum.example" in page
    ((to, subject, lines),) = letters
    assert (to, subject) == ("boris@museum.example", "Приглашение на рабочее место видеоэстафеты")
    assert link_in(page) in lines

    def down(_self, *_letter):
        raise NotSent("The mail server does not answer in time.")

    monkeypatch.setattr(links.Mail, "send_letter", down)
    page = olga.sends(f"/accounts/{boris_id}/link", mail="boris@museum.example").text
    assert "The mail server does not answer in time." in page
    assert link_in(page), "she can give it by other means"


def test_there_is_no_account_99(olga):
    for path in ("/accounts/99", "/accounts/0", "/accounts/99999999999"):
        assert olga.get(path).status_code in (400, 404)
    assert olga.get("/accounts/x").status_code == 404


def test_a_link_is_sent_where_an_address_is_given_and_letters_go_out(relay, olga, boris_id, monkeypatch):
    sent = []
    monkeypatch.setattr(links, "send", lambda _relay, mail, link, **_more: sent.append((mail, link)))
    here = f"/accounts/{boris_id}/link"
    for can_send, mail, goes in ((False, "b@x.example", False), (True, "  ", False), (True, "b@x.example", True)):
        monkeypatch.setattr(links, "can_send", lambda _relay, able=can_send: able)
        sent.clear()
        page = olga.sends(here, mail=mail).text
        assert [address for address, _link in sent] == ["b@x.example"] * goes
        assert ("It was sent to b@x.example." in page) is goes
        assert all(link == link_in(page) for _mail, link in sent)

    def fails(*_words: object, **_more: object) -> None:
        raise NotSent("The server says no.")

    monkeypatch.setattr(links, "send", fails)
    page = olga.sends(here, mail="b@x.example").text
    assert ("The server says no." in page, 'value="b@x.example"' in page, bool(link_in(page))) == (True, True, True)
