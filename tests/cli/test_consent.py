from __future__ import annotations

import json

import pytest

from relay.almanac.plan import queries
from relay.errors import NotFound, Refused
from relay.models import ClipState
from relay.moderation import desk
from relay.permissions import views
from relay.permissions.gate import NotPermitted
from tests.cli.test_in_process import say  # noqa: F401 - a fixture
from tests.moderation.town import Town
from tests.permissions.premiere import strictly

pytestmark = pytest.mark.slow

CHILD = "The participant is under 18, and no parent or guardian has agreed."


@pytest.fixture
def child(relay):
    clip = Town(relay).has_clip(name="Оля", town="Мга")
    strictly(relay)
    desk.edit(relay, clip, person="Анна", age="9")
    return clip


def test_who_lacks_permission_is_listed_asked_and_noted(relay, child, say):  # noqa: F811
    assert CHILD in say("consent", "list", "proryv80", "--lacking")
    asked = say("consent", "ask", child, "--language", "en", "--days", 3, "--as", "vera")
    assert asked.startswith(f"Send this to the author of clip {child}:\nHello! Thank you for your video")
    assert "/agree/" in asked
    assert "No answer yet" in say("consent", "show", child)
    told = say(
        "consent", "note", child, "--scope", "film", "--guardian", "Мария", "--until", "2030-01-31", "--as", "vera"
    )
    assert told == (
        f"Clip {child}: Somebody noted a yes.\n  It holds until 2030-01-31.\n  Agreed for a child by Мария\n"
    )
    say("consent", "note", child, "--until", "-", "--broadcast", "--as", "vera")
    found = views.of_clip(relay, child)
    assert (found.until, found.guardian, found.broadcast, found.passes) == ("", "Мария", True, True)
    assert say("consent", "list", "proryv80", "--lacking") == "No clip lacks permission.\n"
    assert say("consent", "end-link", child) == f"The link of clip {child} works no more.\n"
    with pytest.raises(Refused, match="can't be read as a day"):
        say("consent", "note", child, "--until", "завтра")


def test_somebody_takes_it_upon_them_and_back(relay, child, say):  # noqa: F811
    with pytest.raises(NotPermitted):
        say("clip", "approve", child, "--as", "vera")
    told = say("consent", "override", child, "--reason", "мать на съёмке", "--as", "vera")
    assert f"  {CHILD} vera takes it upon them: мать на съёмке\n" in told
    say("clip", "approve", child, "--as", "vera")
    assert desk.show(relay, child).state is ClipState.approved
    assert f"  {CHILD}\n" in say("consent", "override", child, "--take-back", "--as", "vera")
    with pytest.raises(NotFound):
        say("consent", "show", 99)


def test_the_rule_of_a_campaign_and_where_a_film_goes(relay, child, say):  # noqa: F811
    assert say("consent", "rule", "proryv80") == (
        "Permission: The public post with the tag is enough\n"
        "Without it: Somebody has to take it upon them by name, with a reason\n"
    )
    told = json.loads(say("consent", "rule", "proryv80", "--permission", "written", "--gate", "tell", "--json"))
    assert told == {"permission": "written", "gate": "tell"}
    with pytest.raises(Refused, match="no rule of permission"):
        say("consent", "rule", "proryv80", "--gate", "open")
    say("clip", "approve", child, "--as", "vera")
    queries.new(relay, "proryv80", "film", all_approved=True)
    told = say("consent", "film", "proryv80", "film", "--broadcast", "--as", "vera")
    assert told.startswith("It is broadcast, on television or on the internet\nClip 1 (Оля): ")
    assert "Nobody has asked whether it may be broadcast." in told
    found = json.loads(say("consent", "film", "proryv80", "film", "--abroad", "--no-broadcast", "--json"))
    assert found["uses"] == ["abroad"]
    assert [one["lacks"] for one in found["lacking"]] == [["unknown", "guardian", "abroad"]]
