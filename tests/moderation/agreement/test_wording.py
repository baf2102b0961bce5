from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

from relay.moderation.agreement import wording
from relay.permissions.rules import Use

CAMPAIGN: Any = SimpleNamespace(title="Прорыв")
DAY = date(2023, 2, 11)


def test_the_message_greets_asks_leads_to_the_page_and_says_until_when() -> None:
    greeting, wish, where, child, until = wording.message(CAMPAIGN, "https://x/agree/1", DAY, "en").split("\n")
    assert greeting == "Hello! Thank you for your video for “Прорыв”."
    assert "permission" in wish
    assert where.endswith(": https://x/agree/1")
    assert "under 18" in child
    assert until.endswith("It works until 11 February 2023.")
    assert "11 февраля 2023" in wording.message(CAMPAIGN, "x", DAY, "ru")


def test_what_was_not_ticked_beside_the_film_is_said_too() -> None:
    boxes = wording.choices(CAMPAIGN, "en")
    assert list(boxes) == [Use.archive, Use.film, Use.broadcast, Use.abroad]
    assert "“Прорыв”" in boxes[Use.archive]
    all_ = wording.agreed(CAMPAIGN, set(Use), "en", until=None, guardian="")
    assert all_ == tuple(boxes.values())
    film = wording.agreed(CAMPAIGN, {Use.film}, "en", until=DAY, guardian="Мария")
    assert film == (
        boxes[Use.film],
        "It may not be kept in the archive.",
        "It may not be broadcast.",
        "It may not be shown abroad.",
        "This holds until 11 February 2023.",
        "I am a parent or guardian of the person in the video, and I allow all that is written above. — Мария",
    )
    assert wording.agreed(CAMPAIGN, {Use.archive}, "en", until=None, guardian="") == (boxes[Use.archive],)


def test_a_no_is_a_whole_sentence_in_the_authors_language() -> None:
    assert wording.refused("en") == ("I do not allow the video to be shown or kept.",)
    assert wording.refused("ru") != wording.refused("en")
