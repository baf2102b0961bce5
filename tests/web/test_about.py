"""Roles in single campaigns, as pages meet them."""

from __future__ import annotations

import pytest

from relay.collect import campaigns
from relay.models import Role
from relay.moderation.people import accounts, roles, sessions
from relay.moderation.review import opinions
from relay.web import about, access
from tests.moderation.town import Town
from tests.web.conftest import Browser
from tests.web.test_access import ask, routes

pytestmark = pytest.mark.slow


@pytest.fixture
def spring(relay):
    other = Town(relay, "spring")
    other.number = 500  # its videos are others
    return other


@pytest.fixture
def boris_of(relay, app):
    """`boris_of(usual, proryv80=Role.editor)`: Boris at his desk, with roles in single campaigns."""

    def at_the_desk(usual: Role | None, **own: Role) -> Browser:
        if "boris" not in {account.login for account in accounts.listing(relay)}:
            accounts.create(relay, "boris", "Борис", usual, password="password of boris")
        accounts.set_role(relay, "boris", usual)
        for campaign in campaigns.all_campaigns(relay):
            roles.set_role_in(relay, "boris", campaign.slug, own.get(campaign.slug))
        browser = Browser(app)
        browser.remembers("relay-language", "en")
        browser.remembers("relay", sessions.sign_in(relay, "boris", "password of boris"))
        return browser

    return at_the_desk


def test_the_address_tells_which_campaigns_it_is_about(relay, town, spring):
    here, there = town.has_clip(), spring.has_clip()
    first, second = (relay_id(relay, slug) for slug in ("proryv80", "spring"))
    asked = [
        ({"slug": "spring"}, ((second,),)),
        ({"slug": "nowhere"}, ((),)),
        ({"clip_id": here}, ((first,),)),
        ({"clip_id": str(there)}, ((second,),)),
        ({"sha256": town.sha256(here)}, ((first,),)),
        ({"number": "1"}, ((),)),
        ({"slug": "spring", "name": "film", "number": 7}, ((second,),)),
        ({"slug": "spring", "clip_id": here}, ((second,), (first,))),
        ({}, ()),
        ({"account_id": 1}, ()),
    ]
    for parts, belongs in asked:
        assert about.campaigns_of(relay, parts) == belongs, parts
    for odd in ("x", "-1", "1e3", "٣", "9" * 40, ""):
        assert about.campaigns_of(relay, {"clip_id": odd}) == ((),)


def relay_id(relay, slug):
    from relay.records import find_campaign

    with relay.reading() as session:
        return find_campaign(session, slug).id


def test_somebody_of_one_campaign_sees_nothing_of_another(town, spring, boris_of, poster):
    boris = boris_of(None, proryv80=Role.moderator)
    here, there = town.has_clip(name="Анна", poster=poster()), spring.has_clip(name="Глеб", poster=poster())
    assert boris.sees(f"/clips/{here}")
    assert boris.get("/kept/forged").status_code == 404, "what he typed himself is his, whatever his roles"
    assert boris.get(f"/clips/{there}").status_code == 403
    assert boris.get("/clips/99").status_code == 403, "he doesn't even learn what there is"
    assert boris.get(f"/media/poster/{town.sha256(here)}").status_code == 200
    assert boris.get(f"/media/poster/{spring.sha256(there)}").status_code == 403
    for page in ("queue", "clips", "posts", "near", "coverage", "without-video"):
        assert boris.get(f"/campaigns/proryv80/{page}").status_code in (200, 303), page
        assert boris.get(f"/campaigns/spring/{page}").status_code == 403, page
    for page in ("/", "/almanacs"):
        assert "/campaigns/spring" not in boris.sees(page)
    assert "/campaigns/proryv80/queue" in boris.sees("/")
    assert boris.get("/health").status_code == 403, "sources and messages of all campaigns"
    assert 'href="/health"' not in boris.sees("/")
    assert boris.sends(f"/clips/{there}/decide", verdict="approve", seen="awaiting").status_code == 403
    assert boris.sends(f"/clips/{here}/decide", verdict="approve", seen="awaiting").status_code == 303


def test_twin_without_the_address_one_campaigns_moderator_judges_everywhere(spring, boris_of, monkeypatch, town):
    boris = boris_of(None, proryv80=Role.moderator)
    clip, first = spring.has_clip(), relay_id(town.relay, "proryv80")
    monkeypatch.setattr(access, "campaigns_of", lambda _relay, _parts: ((first,),))
    assert boris.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting").status_code == 303


def test_a_role_may_be_less_in_one_campaign_and_the_page_shows_it(town, spring, boris_of):
    boris = boris_of(Role.moderator, spring=Role.viewer)
    here, there = town.has_clip(), spring.has_clip()
    assert 'class="verdicts"' in boris.sees(f"/clips/{here}")
    assert 'class="verdicts"' not in boris.sees(f"/clips/{there}")
    assert boris.sends(f"/clips/{there}/decide", verdict="approve", seen="awaiting").status_code == 403
    assert boris.get("/clips/99").status_code == 404


def test_without_any_role_there_are_only_the_first_page_and_ones_own(app, town, boris_of):
    boris, clip = boris_of(None), town.has_clip()
    assert "No campaign is open to you yet" in boris.sees("/")
    own = {"home", "almanacs", "me", "own_tokens", "second_factor", "sign_out", "kept"}
    for name, _path, methods in routes(app):
        if methods & {"GET"} and access.POLICY[name] is not access.PUBLIC and name not in own:
            assert ask(boris, name, town.sha256(clip)).status_code == 403, name


@pytest.mark.parametrize("role", list(Role))
def test_a_role_in_the_only_campaign_lets_in_where_the_usual_one_does(app, town, spring, boris_of, role, poster):
    """All routes that are about a campaign: the same answers by the one way and by the other, and none elsewhere."""
    sha256, _other = town.sha256(town.has_clip(poster=poster())), town.has_clip()
    opinions.ask(town.relay, 1, person="Ольга", text="Is it hers?")
    about_one = [
        name
        for name, path, _methods in routes(app)
        if access.POLICY[name] is not access.PUBLIC and any(f"{{{part}" in path for part in about.OF)
    ]
    assert len(about_one) > 25
    about_one.sort(key=lambda name: "withdraw" in name)  # last: what is erased is of no campaign any more
    by_campaign, elsewhere = boris_of(None, proryv80=role), {}
    for name in about_one:
        elsewhere[name] = ask(by_campaign, name, sha256).status_code == 403
    missing = {"protocol", "revoke_sign_off", "mail_sign_off"}  # there is no sign-off, so it belongs to no campaign
    expected = {name: name in missing or not rules_may(role, name) for name in about_one}
    assert elsewhere == expected
    other = boris_of(None, spring=role)
    assert {name for name in about_one if ask(other, name, sha256).status_code != 403} == set()


def rules_may(role, name):
    from relay.moderation.rules import may

    return may(role, access.POLICY[name])
