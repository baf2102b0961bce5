from __future__ import annotations

import threading

import pytest

from relay.errors import NotFound, Refused
from relay.models import Role
from relay.moderation.people import accounts, links, sessions


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
