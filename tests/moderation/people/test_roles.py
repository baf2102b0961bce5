from __future__ import annotations

import pytest

from relay.errors import NotFound, Refused
from relay.models import Role
from relay.moderation.people import accounts, roles, sessions
from relay.moderation.rules import Right, may, role_in
from tests.moderation.people.trail import trail
from tests.moderation.town import Town


@pytest.mark.parametrize(
    ("usual", "own", "campaign", "holds"),
    [
        (Role.moderator, {}, 1, Role.moderator),
        (Role.moderator, {1: Role.viewer}, 1, Role.viewer),
        (Role.moderator, {1: Role.viewer}, 2, Role.moderator),
        (Role.moderator, {1: Role.viewer}, None, Role.moderator),
        (None, {1: Role.editor}, 1, Role.editor),
        (None, {1: Role.editor}, 2, None),
        (None, {1: Role.organizer}, None, None),
        (Role.organizer, {1: Role.viewer}, 1, Role.organizer),
    ],
)
def test_a_campaigns_own_role_comes_before_the_usual_one(usual, own, campaign, holds):
    assert role_in(usual, own, campaign) is holds


def test_without_a_role_one_may_enter_and_nothing_else():
    assert [right for right in Right if may(None, right)] == [Right.enter]


@pytest.mark.slow
def test_a_role_in_a_campaign_is_given_changed_and_taken_and_ends_the_sessions(relay, anna):
    Town(relay)
    for wanted in (Role.editor, Role.viewer, None):
        token = sessions.sign_in(relay, *anna)
        roles.set_role_in(relay, "anna", "proryv80", wanted, person="Ольга")
        assert sessions.whoami(relay, token) is None
        (view,) = accounts.views(relay)
        assert view.roles == ({"proryv80": wanted} if wanted else {})
    token = sessions.sign_in(relay, *anna)
    roles.set_role_in(relay, "anna", "proryv80", None, person="Ольга")
    assert sessions.whoami(relay, token) is not None, "nothing was changed"


@pytest.mark.slow
def test_roles_are_for_campaigns_and_people_that_are_there(relay, anna):
    Town(relay)
    accounts.create(relay, "olga", "Ольга", Role.organizer)
    with pytest.raises(NotFound, match="no campaign"):
        roles.set_role_in(relay, "anna", "nowhere", Role.viewer)
    with pytest.raises(NotFound, match="no account"):
        roles.set_role_in(relay, "nobody", "proryv80", Role.viewer)
    with pytest.raises(Refused, match="organizes every campaign"):
        roles.set_role_in(relay, "olga", "proryv80", Role.viewer)
    with pytest.raises(Refused, match="There is no role king"):
        roles.role_of("king")
    assert (roles.role_of(""), roles.role_of("viewer")) == (None, Role.viewer)


def test_a_role_in_one_campaign_is_one_persons_and_stands_in_the_record(relay):
    """Of invited people: nobody's password is looked at here."""
    for slug in ("proryv80", "other"):
        Town(relay, slug)
    for login in ("anna", "boris"):
        accounts.invite(relay, login, login.title(), Role.moderator)
        roles.set_role_in(relay, login, "other", Role.viewer, person="Ольга")
    roles.set_role_in(relay, "anna", "proryv80", Role.editor, person="Ольга")
    roles.set_role_in(relay, "anna", "other", None, person="Вера")
    told = {view.login: view.roles for view in accounts.views(relay)}
    assert told == {"anna": {"proryv80": Role.editor}, "boris": {"other": Role.viewer}}
    assert [each for each in trail(relay) if each[0] == "role changed"] == [
        ("role changed", "Ольга", {"role": "viewer", "campaign": "other"}),
        ("role changed", "Ольга", {"role": "viewer", "campaign": "other"}),
        ("role changed", "Ольга", {"role": "editor", "campaign": "proryv80"}),
        ("role changed", "Вера", {"role": "", "campaign": "other"}),
    ]


def test_an_organizer_loses_a_role_that_was_given_before(relay):
    Town(relay)
    accounts.invite(relay, "olga", "Ольга", Role.organizer)
    with pytest.raises(Refused, match="organizes every campaign"):
        roles.set_role_in(relay, "olga", "proryv80", Role.viewer)
    roles.set_role_in(relay, "olga", "proryv80", None)
    assert roles.role_of("editor") is Role.editor
    assert roles.role_of("") is None
    with pytest.raises(Refused, match="The roles are: organizer, moderator, editor, viewer"):
        roles.role_of("king")
