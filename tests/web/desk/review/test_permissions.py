from __future__ import annotations

import pytest

from relay.almanac.plan import queries
from relay.models import ClipState, PermissionGate, PermissionRule
from relay.moderation import consent, desk
from relay.moderation.agreement import links
from relay.permissions import overrides, views
from relay.permissions.rules import Lack
from tests.almanac.cinema import has_preview, has_version
from tests.permissions.premiere import strictly

FILM = "/almanacs/proryv80/film"


@pytest.fixture
def child(relay, town):
    strictly(relay)
    clip = town.has_clip(name="Оля")
    desk.edit(relay, clip, person="Анна", age="9")
    return clip


@pytest.mark.slow
def test_a_clip_tells_what_it_lacks_and_is_approved_when_somebody_takes_it_upon_them(relay, anna, child):
    page = anna.sees(f"/clips/{child}")
    assert "may not be shown" in page and "no parent or guardian has agreed" in page
    refused = anna.sends(f"/clips/{child}/decide", verdict="approve", seen="awaiting")
    assert (refused.status_code, "take it upon you by name" in refused.text) == (400, True)
    assert desk.show(relay, child).state is ClipState.awaiting
    empty = anna.sends(f"/clips/{child}/permission/override", reason=" ")
    assert (empty.status_code, "their name and a reason" in empty.text) == (400, True)
    anna.sends(f"/clips/{child}/permission/override", reason="<i>мать</i> на съёмке")
    page = anna.sees(f"/clips/{child}")
    assert "takes it upon them: &lt;i&gt;мать&lt;/i&gt; на съёмке" in page and "Take it upon me no more" in page
    anna.sends(f"/clips/{child}/decide", verdict="approve", seen="awaiting")
    assert desk.show(relay, child).state is ClipState.approved
    anna.sends(f"/clips/{child}/permission/take-back")
    assert views.of_clip(relay, child).open == [Lack.guardian]


@pytest.mark.slow
def test_the_author_s_message_stands_beside_the_clip_in_three_languages_for_whoever_decides(relay, visit, anna, child):
    assert "Ask the author" in anna.sees(f"/clips/{child}")
    sent = anna.sends(f"/clips/{child}/permission/ask")
    assert sent.headers["location"] == f"/clips/{child}#permission"
    link = links.of_clip(relay, child, "http://desk.test")[-1].link
    page = anna.sees(f"/clips/{child}")
    assert page.count(link) == 3 and "Copy the message" in page and "No answer yet" in page
    assert link not in visit("pavel").sees(f"/clips/{child}"), "whoever only looks has no use for it"
    anna.sends(f"/clips/{child}/permission/end-link")
    assert link not in anna.sees(f"/clips/{child}")
    assert anna.sends(f"/clips/{child}/permission/end-link").status_code == 404


@pytest.mark.slow
def test_what_the_author_said_is_noted_with_its_end_and_changed_without_losing_the_rest(relay, anna, child):
    there = f"/clips/{child}/permission/terms"
    anna.sends(
        there, scope="film", evidence="письмо", guardian="Мария", until="2030-01-31", broadcast="yes", abroad="no"
    )
    found = views.of_clip(relay, child)
    assert (found.scope, found.guardian, found.until, found.broadcast, found.abroad) == (
        "film", "Мария", "2030-01-31", True, False,
    )  # fmt: skip
    anna.sends(there, was_until="2030-01-31")
    found = views.of_clip(relay, child)
    assert (found.scope, found.guardian, found.until, found.broadcast) == ("film", "Мария", "", True)
    wrong = anna.sends(there, until="завтра")
    assert (wrong.status_code, "be read as a day" in wrong.text) == (400, True)


@pytest.mark.slow
def test_the_campaign_s_list_has_those_that_lack_something_and_those_taken_upon(relay, town, anna, child):
    fine, other = town.has_clip(name="Борис"), town.has_clip(name="Вера", posts=0)
    overrides.take_upon(relay, other, person="Анна", reason="свои")
    page = anna.sees("/campaigns/proryv80/consents")
    assert f'"/clips/{child}#permission"' in page and f'"/clips/{fine}#permission"' not in page
    assert "Анна takes it upon them: свои" in page and "1 clip lacks nothing." in page


@pytest.mark.slow
def test_where_a_film_goes_is_said_on_the_editing_page_which_tells_who_has_not_agreed(relay, town, boris):
    strictly(relay)
    town.has_clip(name="Оля", state=ClipState.approved)
    queries.new(relay, "proryv80", "film", all_approved=True)
    assert "Whoever is in this film may be shown in it." in boris.sees(f"{FILM}/plan")
    boris.sends(f"{FILM}/reaches", uses=["broadcast"])
    page = boris.sees(f"{FILM}/plan?clip=1")
    assert "Nobody has asked whether it may be broadcast." in page and "not allowed" in page
    boris.sends(f"{FILM}/reaches")
    assert "not allowed" not in boris.sees(f"{FILM}/plan")


@pytest.mark.slow
def test_a_version_whose_participant_said_no_is_given_out_to_nobody(relay, town, boris):
    clip = town.has_clip(name="Оля", state=ClipState.approved)
    queries.new(relay, "proryv80", "film", all_approved=True)
    has_version(relay)
    has_preview(relay)
    paths = [
        f"{FILM}/1",
        f"{FILM}/1?download=true",
        f"{FILM}/1/poster.jpg",
        f"{FILM}/preview.mp4",
        f"{FILM}/preview.jpg",
    ]
    assert {boris.get(path).status_code for path in paths} == {200}
    consent.note(relay, clip, "refused", person="Анна")
    assert [boris.get(path).status_code for path in paths] == [410, 410, 410, 404, 404]
    assert "not shown any more" in boris.get(f"{FILM}/1").text
    assert boris.get(FILM).status_code == 200, "the page itself tells on"


@pytest.mark.slow
def test_the_rule_is_asked_when_a_campaign_is_made_and_can_be_changed(relay, town, olga):
    form = {"title": "Весна", "hashtags": "#весна", "language": "ru"}
    assert olga.sends("/new-campaign", **form, permission="perhaps", gate="tell").status_code == 400
    sent = olga.sends("/new-campaign", **form, permission="written", gate="tell")
    assert sent.status_code == 303
    page = olga.sees("/new-campaign/1/campaign")
    assert '<option value="written" selected>' in page and '<option value="tell" selected>' in page
    olga.sends("/campaigns/proryv80/settings", permission="asked", gate="override", was_permission="public-post",
               was_gate="tell")  # fmt: skip
    campaign = desk.campaign(relay, "proryv80")
    assert (campaign.permission, campaign.gate) == (PermissionRule.asked, PermissionGate.override)
