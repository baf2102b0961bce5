from __future__ import annotations

import pytest

from relay.moderation.review import asks


@pytest.mark.parametrize(
    ("codes", "brought", "met"),
    [
        (["name"], [], False),
        (["name"], ["name"], True),
        (["name", "sound"], ["name"], False),
        (["name", "sound"], ["video"], True),
        (["sound"], ["words"], True),
        (["guardian", "name"], ["guardian"], False),
        (["guardian", "name"], ["guardian", "name"], True),
        (["own_words"], ["name"], False),
        (["own_words"], ["words"], True),
    ],
)
def test_an_answer_is_there_when_a_moderator_has_something_to_look_at(codes, brought, met):
    assert asks.is_met(codes, brought) is met


def test_what_is_asked_stands_in_the_order_of_the_desk():
    assert asks.tidied(["own_words", "sound", "name", "sound", "weather"]) == ["name", "sound", "own_words"]


def test_the_participant_reads_one_sentence_for_each_thing_and_the_moderators_own_last():
    told = asks.sentences(["own_words", "name"], "Please smile.")
    assert told == ["Please smile."] or told[-1] == "Please smile."
    assert len(told) == 2
    assert asks.reason(["name", "own_words"], "Please smile.") == "The name is missing or unclear; Please smile."
    assert asks.reason(["sound"], "") == "The sound is poor"
    assert asks.needs(["name", "sound", "own_words"]) == {"name", "video", "words"}
