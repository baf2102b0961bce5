from __future__ import annotations

import pytest

from relay.models import ClipState
from relay.moderation import desk
from relay.moderation.review import mending
from relay.moderation.withdrawal import withdraw

pytestmark = pytest.mark.slow


@pytest.fixture
def link(relay, town):
    clip = town.has_clip(name="Olga S.")
    mending.send_back(relay, clip, ["name", "guardian"], person="Анна", note="<i>Please</i>")
    return mending.of_clip(relay, clip, "")[-1].link


def test_the_author_reads_what_is_asked_and_writes_it(relay, town, vera, link):
    page = vera.sees(link)
    assert "&lt;i&gt;Please&lt;/i&gt;" in page and 'value="Olga S."' in page and 'name="guardian"' in page
    unchanged = vera.sends(link, name="Olga S.", was_name="Olga S.")
    assert (unchanged.status_code, "Nothing is written yet." in unchanged.text) == (400, True)
    vera.sends(link, name="Ольга", was_name="Olga S.", guardian="Мария", guardian_agreed="yes")
    (clip,) = desk.listing(relay, "proryv80")
    assert clip.participant.name == "Ольга"
    assert clip.consent is not None and clip.consent.evidence.endswith("— Мария")
    assert "your answer is here" in vera.sees(link)
    assert vera.sends(link, words="more").status_code == 409


def test_nothing_keeps_the_page_and_wrong_links_are_counted(vera, link):
    page = vera.get(link)
    assert (page.headers["cache-control"], page.headers["x-robots-tag"].split(",")[0]) == ("no-store", "noindex")
    assert vera.get("/answer/" + "x" * 32).status_code == 404
    for _ in range(40):
        last = vera.get("/answer/" + "y" * 32).status_code
    assert last == 429


def test_a_new_video_needs_the_permission_and_has_a_receipt(vera, link):
    refused = vera.sends(f"{link}/video")
    assert (refused.status_code, "Without this permission" in refused.text) == (400, True)
    receipt = vera.sends(f"{link}/video", agreed="yes").headers["location"]
    assert "Now the video" in vera.sees(receipt)
    assert f'href="{receipt}"' in vera.sees(link)
    assert vera.sends(f"{link}/video", agreed="yes").headers["location"] == receipt


def test_a_page_whose_clip_was_judged_or_withdrawn_says_so(relay, town, vera, link):
    (clip,) = desk.listing(relay, "proryv80")
    desk.decide(relay, clip.id, "approve", person="Анна", seen=ClipState.awaiting)
    assert "Nothing is asked any more" in vera.sees(link)
    withdraw(relay, clip.id, reason="asked for", person="Ольга")
    assert "Taken back" in vera.sees(link)
