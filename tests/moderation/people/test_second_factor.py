from __future__ import annotations

import pytest
from sqlmodel import select

from relay.errors import Refused
from relay.models import RecoveryCode, SecondFactor
from relay.moderation.people import accounts, keys, second_factor, sessions, tries


@pytest.fixture
def account(relay, anna):
    return accounts.of_login(relay, anna[0])


@pytest.fixture
def proof(relay, anna):
    """Gives a new proof that her password was right."""

    def given() -> str:
        with pytest.raises(sessions.CodeNeeded) as needed:
            sessions.sign_in(relay, *anna)
        return needed.value.proof

    return given


def test_a_code_is_asked_for_after_the_password(relay, account, app_of, proof):
    app = app_of("anna")
    token = sessions.sign_in_by_code(relay, proof(), app())
    assert sessions.whoami(relay, token).login == "anna"


@pytest.mark.slow
def test_a_code_counts_once(relay, account, app_of, proof, clock):
    app = app_of("anna")
    code = app()
    assert sessions.sign_in_by_code(relay, proof(), code)
    with pytest.raises(Refused, match="used already"):
        sessions.sign_in_by_code(relay, proof(), code)
    clock.moves(seconds=30)
    with pytest.raises(Refused, match="used already"):
        sessions.sign_in_by_code(relay, proof(), code)
    assert sessions.sign_in_by_code(relay, proof(), app())


@pytest.mark.slow
def test_twin_without_the_last_step_a_code_is_replayed(relay, account, app_of, proof):
    app = app_of("anna")
    code = app()
    for _ in range(2):
        assert sessions.sign_in_by_code(relay, proof(), code)
        with relay.transaction() as session:
            row = session.get(SecondFactor, account.id)
            row.last_step = 0
            session.add(row)


@pytest.mark.slow
@pytest.mark.parametrize(("seconds", "taken"), [(29, True), (59, True), (91, False)])
def test_a_telephone_whose_clock_is_a_little_wrong_gets_in(relay, account, app_of, proof, clock, seconds, taken):
    app = app_of("anna")
    clock.moves(seconds=60 - clock().timestamp() % 30)
    code = app()
    clock.moves(seconds=seconds)
    if taken:
        assert sessions.sign_in_by_code(relay, proof(), code)
    else:
        with pytest.raises(Refused, match="is wrong"):
            sessions.sign_in_by_code(relay, proof(), code)


@pytest.mark.slow
def test_codes_are_not_guessed(relay, account, app_of, proof, clock):
    app, told = app_of("anna"), []
    for number in range(tries.TRIES + 1):
        with pytest.raises(Refused) as refused:
            sessions.sign_in_by_code(relay, proof(), f"{number:06}")
        told.append("Too many wrong codes" in str(refused.value))
    assert told == [False] * tries.TRIES + [True]
    with pytest.raises(Refused, match="Too many wrong codes"):
        sessions.sign_in_by_code(relay, proof(), app())
    clock.moves(minutes=16)
    assert sessions.sign_in_by_code(relay, proof(), app())


@pytest.mark.parametrize("code", ["", "я", "000000 000000", "٣" * 6, "\0"])
@pytest.mark.slow
def test_odd_codes_are_wrong_and_nothing_else(relay, account, app_of, proof, code):
    app_of("anna")
    with pytest.raises(Refused, match="code is wrong"):
        sessions.sign_in_by_code(relay, proof(), code)


@pytest.mark.slow
def test_a_recovery_code_counts_once_however_it_is_typed(relay, account, clock, app_of, proof):
    app = app_of("anna")
    codes = second_factor.new_codes(relay, account, app())
    assert second_factor.codes_left(relay, account) == len(set(codes)) == 10
    assert sessions.sign_in_by_code(relay, proof(), f" {codes[0].upper().replace('-', ' ')} ")
    with pytest.raises(Refused, match="used already"):
        sessions.sign_in_by_code(relay, proof(), codes[0])
    assert second_factor.codes_left(relay, account) == 9
    clock.moves(seconds=30)
    second_factor.new_codes(relay, account, app())
    with pytest.raises(Refused, match="used already"):
        sessions.sign_in_by_code(relay, proof(), codes[1])


@pytest.mark.slow
def test_neither_codes_nor_the_secret_stand_in_the_database(relay, account):
    second_factor.begin(relay, account)
    secret = second_factor.begun(relay, account).secret
    with relay.reading() as session:
        row = session.exec(select(SecondFactor)).one()
    assert secret.casefold() not in str(row.model_dump()).casefold()
    (relay.settings.data_dir / "secret.key").write_bytes(b"the key of another installation")
    assert second_factor.begun(relay, account).secret != secret


@pytest.mark.slow
def test_recovery_codes_are_kept_as_digests(relay, account, app_of):
    app = app_of("anna")
    codes = second_factor.new_codes(relay, account, app())
    with relay.reading() as session:
        kept = {row.code_hash for row in session.exec(select(RecoveryCode)).all()}
    assert len(kept) == 10
    assert all(len(each) == 64 for each in kept)
    assert not kept & set(codes)


@pytest.mark.slow
def test_what_was_begun_is_not_asked_for_and_the_secret_is_not_shown_afterwards(relay, anna, account, app_of):
    second_factor.begin(relay, account)
    assert sessions.sign_in(relay, *anna), "nothing is asked before a first code was typed"
    with pytest.raises(Refused, match="code is wrong"):
        second_factor.confirm(relay, account, "000000")
    app_of("anna")
    assert second_factor.begun(relay, account) is None
    with pytest.raises(Refused, match="set up already"):
        second_factor.begin(relay, account)
    with pytest.raises(Refused, match="Begin with"):
        second_factor.confirm(relay, account, "000000")


@pytest.mark.slow
def test_a_proof_is_of_this_password_and_of_the_last_five_minutes(relay, account, app_of, proof, clock):
    app = app_of("anna")
    late = proof()
    clock.moves(minutes=5)
    with pytest.raises(Refused, match="took too long"):
        sessions.sign_in_by_code(relay, late, app())
    before = proof()
    accounts.set_password(relay, "anna", "another password")
    forged = keys.signed(relay, "relay sign-in link", account.id, "x", until=clock())
    for wrong in (before, forged, "", "x.y"):
        with pytest.raises(Refused, match="Sign in again"):
            sessions.sign_in_by_code(relay, wrong, app())


@pytest.mark.slow
def test_it_is_turned_off_with_a_code_unless_it_is_demanded(relay, anna, account, app_of, clock):
    app = app_of("anna")
    with pytest.raises(Refused, match="code is wrong"):
        second_factor.turn_off(relay, account, "000000")
    second_factor.demand(relay, True, "Ольга")
    with pytest.raises(Refused, match="demanded"):
        second_factor.turn_off(relay, account, app())
    second_factor.demand(relay, False, "Ольга")
    second_factor.turn_off(relay, account, app())
    assert sessions.sign_in(relay, *anna)


@pytest.mark.slow
def test_an_organizer_resets_it_for_who_has_lost_the_telephone(relay, anna, account, app_of):
    app_of("anna")
    second_factor.reset(relay, "anna", "Ольга")
    assert second_factor.codes_left(relay, account) == 0
    token = sessions.sign_in(relay, *anna)
    assert sessions.present(relay, token).lacks_second_factor is False
    second_factor.demand(relay, True, "Ольга")
    assert sessions.present(relay, token).lacks_second_factor is True
