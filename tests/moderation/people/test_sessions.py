from __future__ import annotations

import pytest
from sqlmodel import select

from relay.errors import Refused
from relay.models import Role, WebSession
from relay.moderation.people import accounts, sessions

pytestmark = pytest.mark.slow


def test_a_made_up_password_is_readable_and_works(relay, anna):
    login, password = anna
    assert login == "anna"
    assert len(password.split("-")) == 5
    assert sessions.whoami(relay, sessions.sign_in(relay, "ANNA ", password)).name == "Анна Соколова"


def test_neither_passwords_nor_tokens_stand_in_the_database(relay, anna):
    if relay.store.path is None:
        pytest.skip("the files of a server are not ours to read")
    login, password = anna
    token = sessions.sign_in(relay, login, password)
    everything = (relay.settings.data_dir / "relay.db").read_bytes()
    for file in relay.settings.data_dir.glob("relay.db-*"):
        everything += file.read_bytes()
    assert b"$argon2id$" in everything
    assert password.encode() not in everything
    assert token.encode() not in everything


def test_wrong_login_and_wrong_password_sound_the_same(relay, anna):
    lines = []
    for login, password in (("anna", "wrong"), ("nobody", "wrong")):
        with pytest.raises(Refused) as told:
            sessions.sign_in(relay, login, password)
        lines.append(told.value.line)
    assert lines[0] == lines[1]


def test_each_sign_in_is_a_new_session(relay, anna):
    first, second = (sessions.sign_in(relay, *anna) for _ in range(2))
    assert first != second
    sessions.sign_out(relay, first)
    assert sessions.whoami(relay, first) is None
    assert sessions.whoami(relay, second) is not None


def test_a_session_ends_when_nobody_uses_it(relay, anna, clock):
    token = sessions.sign_in(relay, *anna)
    for _ in range(3):
        clock.moves(hours=2)
        assert sessions.whoami(relay, token) is not None
    clock.moves(hours=3)
    assert sessions.whoami(relay, token) is None


def test_a_session_ends_after_its_hours_even_in_use(relay, anna, clock):
    token = sessions.sign_in(relay, *anna)
    for _ in range(11):
        clock.moves(hours=1)
        assert sessions.whoami(relay, token) is not None
    clock.moves(hours=1)
    assert sessions.whoami(relay, token) is None
    sessions.sign_in(relay, *anna)
    with relay.reading() as session:
        assert len(session.exec(select(WebSession)).all()) == 1


@pytest.mark.parametrize("token", ["", "x", "0" * 64])
def test_nobody_is_behind_a_made_up_token(relay, anna, token):
    assert sessions.whoami(relay, token) is None


def test_a_person_sees_her_sign_ins_and_ends_one_or_all_others(relay, anna, clock):
    seats = (sessions.Seat("Firefox · Windows", "192.0.2.0/24"), None, None)
    here, one, other = (sessions.sign_in(relay, *anna, seat=seat) for seat in seats)
    boris, password = accounts.create(relay, "boris", "Борис", Role.editor)
    his = sessions.sign_in(relay, "boris", password)
    account = sessions.whoami(relay, here)
    listed = sessions.sign_ins(relay, account, here)
    assert len(listed) == 3
    mine = next(each for each in listed if each.is_this)
    assert (mine.browser, mine.address, mine.created_at) == ("Firefox · Windows", "192.0.2.0/24", clock())
    (theirs,) = sessions.sign_ins(relay, boris)
    for key in (theirs.key, "", "%", "_" * 16):
        sessions.end(relay, account, key, "Анна")
    assert all(sessions.whoami(relay, token) for token in (here, one, other, his)), "only her own, and only by name"
    sessions.end(relay, account, sessions.digest(one)[: sessions.SHOWN], "Анна")
    assert [sessions.whoami(relay, token) is not None for token in (here, one, other)] == [True, False, True]
    sessions.end_others(relay, account, here, "Анна")
    assert [sessions.whoami(relay, token) is not None for token in (here, other, his)] == [True, False, True]
