"""*Withdrawn?*: a clip whose post is gone, until a person has said what that means."""

from __future__ import annotations

import pytest

from relay.models import ClipState, Verdict
from relay.moderation import desk


@pytest.fixture
def clip(town):
    number = town.has_clip(name="Ольга", state=ClipState.approved)
    with town.relay.transaction() as session:
        row = session.get(type(town.clip(number)), number)
        row.doubt = "post"
        session.add(row)
    return number


@pytest.mark.slow
def test_the_clip_asks_and_the_lists_show_it(town, anna, boris, clip):
    page = anna.sees(f"/clips/{clip}")
    assert "Withdrawn?" in page
    assert "The post was deleted or hidden." in page
    assert f'action="/clips/{clip}/keep"' in page
    assert f'action="/clips/{clip}/keep"' not in boris.sees(f"/clips/{clip}")
    other = town.has_clip()
    listed = anna.sees("/campaigns/proryv80/clips?doubtful=true")
    assert f'href="/clips/{clip}"' in listed
    assert f'href="/clips/{other}"' not in listed
    assert "1 clip may have been withdrawn" in anna.sees("/")


@pytest.mark.slow
def test_a_person_keeps_it(town, anna, clip):
    assert anna.sends(f"/clips/{clip}/keep", doubt="post").status_code == 303
    row = town.clip(clip)
    assert (row.doubt, row.state) == ("", ClipState.approved)
    (decision,) = town.decisions(clip)
    assert (decision.verdict, decision.person, decision.doubt) == (Verdict.keep, "Анна", "post")
    page = anna.sees(f"/clips/{clip}")
    assert "Withdrawn?" not in page
    assert "kept the clip" in page


@pytest.mark.slow
def test_a_person_confirms_it(town, anna, clip):
    assert anna.sends(f"/clips/{clip}/confirm", doubt="post").status_code == 303
    row = town.clip(clip)
    assert (row.doubt, row.state, row.reason) == ("", ClipState.withdrawn, "The post was deleted or hidden.")
    (decision,) = town.decisions(clip)
    assert (decision.verdict, decision.person, decision.doubt) == (Verdict.withdraw, "Анна", "post")


@pytest.mark.slow
def test_undo_brings_the_doubt_back(town, anna, olga, clip):
    anna.sends(f"/clips/{clip}/keep", doubt="post")
    (decision,) = town.decisions(clip)
    assert olga.sends(f"/clips/{clip}/undo", decision=decision.id, sure="true").status_code == 303
    row = town.clip(clip)
    assert (row.doubt, row.state) == ("post", ClipState.approved)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["keep", "confirm"])
def test_the_slower_one_changes_nothing(town, anna, olga, clip, way):
    anna.sends(f"/clips/{clip}/keep", doubt="post")
    assert olga.sends(f"/clips/{clip}/{way}", doubt="post").status_code == 409
    assert town.clip(clip).state is ClipState.approved
    assert len(town.decisions(clip)) == 1


@pytest.mark.slow
def test_a_clip_that_is_in_no_doubt_can_be_neither(town, anna):
    number = town.has_clip(state=ClipState.approved)
    for way in ("keep", "confirm"):
        assert anna.sends(f"/clips/{number}/{way}", doubt="post").status_code == 409
        assert anna.sends(f"/clips/{number}/{way}", doubt="").status_code in (400, 409)
    assert town.clip(number).state is ClipState.approved


@pytest.mark.slow
@pytest.mark.parametrize(("who", "status"), [("boris", 403), ("pavel", 403), ("vera", 401)])
def test_others_may_not(town, visit, clip, who, status):
    for way in ("keep", "confirm"):
        assert visit(who).sends(f"/clips/{clip}/{way}", doubt="post").status_code == status
    assert town.clip(clip).doubt == "post"


@pytest.mark.slow
def test_it_stands_in_the_json(town, clip):
    assert desk.listing(town.relay, "proryv80")[0].doubt == "post"


@pytest.mark.slow
def test_a_withdrawal_settles_the_doubt(town, olga, clip):
    olga.sends(f"/clips/{clip}/withdraw", reason="Ольга позвонила")
    row = town.clip(clip)
    assert (row.doubt, row.state) == ("", ClipState.withdrawn)
