from __future__ import annotations

import pytest

from relay.almanac.plan import queries
from relay.models import ClipState

FILM = ("proryv80", "film")
PLAN = "/almanacs/proryv80/film/plan"

pytestmark = pytest.mark.slow


@pytest.fixture
def clip(relay, town):
    found = town.has_clip(name="Анна", town="Мга", state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    return found


def test_the_plan_is_told_with_its_cards(relay, clip, boris):
    answer = boris.get(f"{PLAN}/played.json")
    told = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert told["version"] == queries.show(relay, *FILM).version
    assert [one["clip"] for one in told["clips"]] == [clip]
    title, film, *_ = told["items"]
    assert (title["kind"], film["kind"], film["start"], film["frames"]) == ("card", "clip", 88, 250)
    card = boris.get(f"{PLAN}/cards/{film['layers'][0]['picture']}")
    assert (card.headers["content-type"], card.content[1:4]) == ("image/png", b"PNG")
    assert card.headers["cache-control"] == "private, no-store"
    assert boris.get(f"{PLAN}/cards/{title['ground']}").headers["content-type"] == "image/jpeg"


def test_a_plan_of_which_no_film_can_be_made_says_why(relay, town, clip, boris):
    with relay.transaction() as session:
        row = town.clip(clip)
        row.state = ClipState.rejected
        session.add(row)
    assert "is not approved any more" in boris.get(f"{PLAN}/played.json").json()["refused"]


@pytest.mark.parametrize("path", ["cards/forged", f"cards/{'0' * 64}", "music/forged", f"music/{'0' * 64}"])
def test_what_is_not_in_the_film_is_not_there(clip, boris, path):
    assert boris.get(f"{PLAN}/{path}").status_code == 404


def test_a_film_that_is_not_there(clip, boris):
    assert boris.get("/almanacs/proryv80/other/plan/played.json").status_code == 404
