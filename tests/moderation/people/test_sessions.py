from __future__ import annotations

import pytest
from sqlmodel import select

from relay.errors import Refused
from relay.models import Account, Role, WebSession
from relay.moderation import claims
from relay.moderation.people import accounts, roles, sessions
from tests.moderation.people.trail import trail
from tests.moderation.town import Town

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


def test_sign_ins_stand_in_the_record_with_who_ended_them(relay, anna, app_of):
    token = sessions.sign_in(relay, *anna, address="192.0.2.1")
    account = sessions.whoami(relay, token)
    sessions.end(relay, account, sessions.digest(token)[: sessions.SHOWN], "Анна")
    sessions.end(relay, account, sessions.digest(token)[: sessions.SHOWN], "Анна")
    sessions.end_others(relay, account, "", "Ольга")
    app = app_of("anna")
    with pytest.raises(sessions.CodeNeeded) as needed:
        sessions.sign_in(relay, *anna)
    sessions.sign_in_by_code(relay, needed.value.proof, app())
    told = [each for each in trail(relay, "key") if each[0].startswith("sign")]
    assert told == [
        ("sign-in tried", "", {}), ("signed in", "", {}),
        ("sign-ins ended", "Анна", {}), ("sign-ins ended", "Ольга", {}),
        ("sign-in tried", "", {}), ("signed in", "", {"by": "second factor"}),
    ]  # fmt: skip
    keys = {details["key"] for what, _, details in trail(relay)[:3] if what.startswith("sign")}
    assert len(keys) == 1, "the try and what came of it belong together"


def test_a_proof_of_the_password_lasts_five_minutes_and_dies_with_the_password(relay, anna, app_of, clock):
    app = app_of("anna")

    def proof() -> str:
        with pytest.raises(sessions.CodeNeeded) as needed:
            sessions.sign_in(relay, *anna)
        return needed.value.proof

    first = proof()
    clock.moves(minutes=4, seconds=59)
    assert sessions.proven(relay, first).login == "anna"
    clock.moves(seconds=1)
    with pytest.raises(Refused, match="took too long"):
        sessions.sign_in_by_code(relay, first, app())
    second = proof()
    with pytest.raises(Refused, match="code is wrong"):
        sessions.sign_in_by_code(relay, second, "000000")
    accounts.close(relay, "anna")
    with pytest.raises(Refused, match="Sign in again"):
        sessions.proven(relay, second)
    accounts.reopen(relay, "anna")
    assert sessions.proven(relay, second)
    with relay.transaction() as session:
        sessions.proven(relay, second)
        session.exec(select(Account)).one().password_hash = "another"
    for said in (second, "", "x"):
        with pytest.raises(Refused, match="Sign in again"):
            sessions.proven(relay, said)


def test_a_session_is_noted_as_used_once_a_minute_and_not_by_whoever_only_looks(relay, anna, clock):
    token = sessions.sign_in(relay, *anna)
    account = sessions.whoami(relay, token)
    began = clock()
    clock.moves(seconds=59)
    sessions.present(relay, token)
    assert sessions.sign_ins(relay, account)[0].seen_at == began
    clock.moves(seconds=1)
    sessions.present(relay, token, noted=False)
    assert sessions.sign_ins(relay, account)[0].seen_at == began
    sessions.present(relay, token)
    assert sessions.sign_ins(relay, account)[0].seen_at == clock()


def test_the_newest_sign_in_comes_first_and_ended_ones_are_not_shown(relay, anna, clock):
    oldest = sessions.sign_in(relay, *anna)
    account = sessions.whoami(relay, oldest)
    clock.moves(hours=2)
    for browser in ("Firefox", "Chrome"):
        sessions.sign_in(relay, *anna, seat=sessions.Seat(browser, "x" * 100))
        clock.moves(minutes=1)
    listed = sessions.sign_ins(relay, account, oldest)
    assert [(each.browser, each.is_this) for each in listed] == [("Chrome", False), ("Firefox", False), ("", True)]
    assert {len(each.address) for each in listed} == {64, 0}
    assert len({each.key for each in listed}) == 3
    clock.moves(minutes=58)
    assert [each.browser for each in sessions.sign_ins(relay, account)] == ["Chrome", "Firefox"]


def test_a_person_who_is_out_holds_nothing_and_the_roles_are_those_of_now(relay, anna):
    town = Town(relay)
    clip = town.has_clip()
    token, other = (sessions.sign_in(relay, *anna) for _ in range(2))
    account = sessions.whoami(relay, token)
    claims.open_clip(relay, clip, account.name, "page")
    with relay.transaction() as session:
        sessions.end_all(session, account, but=token)
    assert claims.who_has(relay, clip) is not None, "she is still there"
    assert [sessions.whoami(relay, each) is not None for each in (token, other)] == [True, False]
    roles.set_role_in(relay, "anna", town.slug, Role.viewer)
    assert claims.who_has(relay, clip) is None
    found = sessions.present(relay, sessions.sign_in(relay, *anna))
    assert (found.roles, found.lacks_second_factor) == ({town.campaign_id: Role.viewer}, False)
