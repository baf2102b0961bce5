from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from relay.errors import NotFound, Refused
from relay.models import Lease, Restoration, Role
from relay.moderation.people import accounts, links, sessions
from tests.moderation.people.trail import trail


@pytest.mark.slow
def test_a_link_signs_in_once(relay, anna):
    url = links.sign_in_link(relay, "anna", "http://desk.test/")
    base, _, link = url.rpartition("/")
    assert base == "http://desk.test/sign-in"
    assert links.read_link(relay, link).login == links.read_link(relay, link).login == "anna"
    assert sessions.whoami(relay, links.sign_in_by_link(relay, link)).login == "anna"
    with pytest.raises(Refused, match="used already"):
        links.sign_in_by_link(relay, link)
    with pytest.raises(Refused, match="used already"):
        links.read_link(relay, link)


@pytest.mark.slow
def test_a_link_is_for_one_also_when_eight_click_at_once(relay, anna):
    link = links.sign_in_link(relay, "anna", "").rpartition("/")[2]
    start, outcomes = threading.Barrier(8), []

    def click() -> None:
        start.wait()
        try:
            outcomes.append(links.sign_in_by_link(relay, link))
        except Refused:
            outcomes.append("")

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(bool(token) for token in outcomes) == 1


def test_a_link_lasts_fifteen_minutes(relay, anna, clock):
    link = links.sign_in_link(relay, "anna", "").rpartition("/")[2]
    clock.moves(minutes=14)
    assert links.read_link(relay, link).login == "anna"
    clock.moves(minutes=1)
    with pytest.raises(Refused, match="too old"):
        links.sign_in_by_link(relay, link)


@pytest.mark.slow
def test_a_link_can_not_be_made_without_the_key(relay, anna):
    link = links.sign_in_link(relay, "anna", "").rpartition("/")[2]
    accounts.create(relay, "olga", "Ольга", Role.organizer)
    for forged in ("", "x.y", link[:-2] + ("BB" if link[-2] == "A" else "AA"), link.swapcase()):
        with pytest.raises(Refused, match="not one of ours"):
            links.sign_in_by_link(relay, forged)
    (relay.settings.data_dir / "secret.key").write_bytes(b"another")
    with pytest.raises(Refused, match="not one of ours"):
        links.sign_in_by_link(relay, link)


@pytest.mark.slow
def test_links_are_for_accounts_that_are_there_and_open(relay, anna):
    with pytest.raises(NotFound):
        links.sign_in_link(relay, "nobody", "")
    link = links.sign_in_link(relay, "anna", "").rpartition("/")[2]
    accounts.close(relay, "anna")
    with pytest.raises(Refused, match="closed"):
        links.sign_in_by_link(relay, link)


@pytest.fixture
def invitation(relay) -> str:
    accounts.invite(relay, "boris", "Борис", Role.editor)
    return links.password_link(relay, "boris", "http://desk.test").rpartition("/")[2]


@pytest.mark.slow
def test_an_invitation_lasts_seven_days_and_lets_choose_a_password_once(relay, invitation, clock):
    clock.moves(days=6, hours=23)
    assert links.read_link(relay, invitation).kind is links.LinkKind.password
    with pytest.raises(Refused, match="at least 10"):
        links.sign_in_by_link(relay, invitation, password="short")
    token = links.sign_in_by_link(relay, invitation, password="a password of his own")
    assert sessions.whoami(relay, token).login == "boris"
    assert sessions.sign_in(relay, "boris", "a password of his own")
    with pytest.raises(Refused, match="used already"):
        links.sign_in_by_link(relay, invitation, password="another password")


@pytest.mark.slow
def test_an_invitation_is_too_old_after_seven_days(relay, invitation, clock):
    clock.moves(days=7)
    with pytest.raises(Refused, match="too old"):
        links.sign_in_by_link(relay, invitation, password="a password of his own")


def test_of_two_links_for_a_password_the_other_dies_with_the_first(relay, invitation):
    """Otherwise whoever finds the older letter within the week takes the account."""
    links.sign_in_by_link(
        relay, links.password_link(relay, "boris", "").rpartition("/")[2], password="a password of his own"
    )
    with pytest.raises(Refused, match="used already"):
        links.read_link(relay, invitation)


@pytest.mark.slow
def test_a_sign_in_link_changes_no_password(relay, anna):
    login, password = anna
    link = links.sign_in_link(relay, login, "").rpartition("/")[2]
    links.sign_in_by_link(relay, link, password="a password of hers")
    assert sessions.sign_in(relay, login, password)


@pytest.mark.slow
def test_a_link_for_a_password_ends_the_sessions_of_before(relay, anna):
    before = sessions.sign_in(relay, *anna)
    link = links.password_link(relay, "anna", "").rpartition("/")[2]
    links.sign_in_by_link(relay, link, password="a new password")
    assert sessions.whoami(relay, before) is None


@pytest.mark.slow
def test_a_link_asks_for_the_second_factor_too(relay, anna, app_of):
    app_of("anna")
    for make in (links.sign_in_link, links.password_link):
        link = make(relay, "anna", "").rpartition("/")[2]
        with pytest.raises(sessions.CodeNeeded):
            links.sign_in_by_link(relay, link, password="a new password")
        with pytest.raises(Refused, match="used already"):
            links.sign_in_by_link(relay, link, password="a new password")


@pytest.mark.slow
def test_links_stand_in_the_record_with_what_they_did(relay, anna, invitation):
    links.sign_in_by_link(relay, links.sign_in_link(relay, "anna", "").rpartition("/")[2])
    links.sign_in_by_link(relay, invitation, password="a password of his own")
    assert trail(relay)[2:] == [
        ("signed in", "", {"by": "link"}),
        ("password changed", "Борис", {"by": "link"}),
        ("signed in", "", {"by": "link"}),
    ]


@pytest.mark.slow
def test_used_links_are_kept_until_they_are_too_old_anyway(relay, anna, clock):
    first, second = (links.sign_in_link(relay, "anna", "").rpartition("/")[2] for _ in range(2))
    links.sign_in_by_link(relay, first)
    links.sign_in_by_link(relay, second)
    with relay.transaction() as session:
        session.add(Lease(name="bell", holder="work", until=clock() - timedelta(days=1)))
    clock.moves(minutes=15)
    with relay.reading() as session:
        assert len(session.exec(select(Lease)).all()) == 3, "until then both are known to be used"
    clock.moves(seconds=1)
    links.sign_in_by_link(relay, links.sign_in_link(relay, "anna", "").rpartition("/")[2])
    with relay.reading() as session:
        names = [row.name for row in session.exec(select(Lease)).all()]
    assert len(names) == 2
    assert "bell" in names, "leases of others are not theirs to end"


def test_after_a_backup_was_brought_back_no_older_link_opens(relay, anna, clock):
    """It may have been used since the backup was made."""
    clock.moves(days=1)
    link = links.sign_in_link(relay, "anna", "").rpartition("/")[2]
    with relay.transaction() as session:
        session.add(Restoration(at=clock()))
    assert links.read_link(relay, link).login == "anna", "it was made in the very moment"
    with relay.transaction() as session:
        session.exec(select(Restoration)).one().at = clock() + timedelta(seconds=1)
    with pytest.raises(Refused, match="not one of ours"):
        links.read_link(relay, link)


@pytest.mark.slow
def test_too_old_says_how_long_a_link_of_its_kind_lasts(relay, anna, invitation, clock):
    link = links.sign_in_link(relay, "anna", "").rpartition("/")[2]
    clock.moves(days=7)
    for token, lasts in ((link, "15 minutes"), (invitation, "seven days")):
        with pytest.raises(Refused, match="too old") as told:
            links.read_link(relay, token)
        assert lasts in str(told.value.hint)


def test_of_a_closed_account_no_link_is_made(relay, anna):
    accounts.close(relay, "anna")
    for make in (links.sign_in_link, links.password_link):
        with pytest.raises(Refused, match="closed"):
            make(relay, "anna", "")
