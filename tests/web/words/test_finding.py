"""Filters of lists as the reader sees them: chips, and what was done to many."""

from __future__ import annotations

import re
from dataclasses import fields

from relay.collect.found.post_filter import PostFilter
from relay.models import ClipState, MatchKind
from relay.moderation.finding.clip_filter import ClipFilter
from relay.search import filters
from relay.web.words import finding

TITLES = {"3": "Наш город"}


def told(chosen: object, language: str = "en") -> list[tuple[str, str, str]]:
    return [(chip.field, chip.text, chip.without) for chip in finding.chips(chosen, language, TITLES)]


def parsed(kind: type, **typed: str) -> object:
    return filters.parsed(kind, list(typed.items()))


def test_each_value_of_a_filter_has_its_words_and_a_way_without_it():
    later, approved = told(ClipFilter(state=(ClipState.later, ClipState.approved)))
    assert (later[0], later[2], approved[0], approved[2]) == ("State", "state=approved", "State", "state=later")
    assert later[1] != approved[1]
    (chip,) = told(parsed(ClipFilter, q="мга", sort="newest"))
    assert (chip[:2], "q=" in chip[2], "sort=newest" in chip[2]) == (("Words", "мга"), False, True)


def test_what_a_value_means():
    for kind, typed, said in (
        (ClipFilter, {"network": "vk"}, ("Network", "VK")),
        (ClipFilter, {"source": "3"}, ("Source", "Наш город")),
        (ClipFilter, {"source": "4"}, ("Source", "4")),
        (ClipFilter, {"town": filters.UNKNOWN}, ("Town", "Not known")),
        (ClipFilter, {"tag": filters.UNKNOWN}, ("Tag", "Without a tag")),
        (ClipFilter, {"town": "Мга"}, ("Town", "Мга")),
        (ClipFilter, {"text": "false"}, ("Text that is read", "Not known")),
        (ClipFilter, {"double": "true"}, ("The same recording", "Posted more than once")),
        (ClipFilter, {"shape": "upright"}, ("Shape", "Upright")),
        (ClipFilter, {"came": "handed-in"}, ("Came", "Handed in")),
        (ClipFilter, {"flag": "silent"}, ("Mark", "Silent: nothing can be heard")),
        (ClipFilter, {"since": "2023-01-12"}, ("Published from", "12 Jan 2023")),
        (ClipFilter, {"decided_until": "2023-01-12"}, ("Decided until", "12 Jan 2023")),
        (PostFilter, {"video": "none"}, ("Video", "Without a video")),
    ):
        (chip,) = told(parsed(kind, **typed))
        assert chip == (*said, ""), typed
    (russian,) = told(PostFilter(match=MatchKind.near), "ru")
    assert re.fullmatch(r"[А-Яа-яё ]+", russian[1]), "in the reader's language"


def test_every_field_of_both_filters_has_a_name():
    for kind in (ClipFilter, PostFilter):
        for each in fields(kind):
            assert each.name == "sort" or each.name in finding.FIELDS


def test_what_was_done_to_many():
    assert finding.done("edit", "", "en") == "Corrected"
    assert finding.done("tag", "весна", "en") == "Tagged “весна”"
    assert finding.done("untag", "весна", "en") == "Tag “весна” removed"
    approved = finding.done("decide", "approve", "en")
    assert approved[:1].isupper()
    assert approved.lower() == "approved"
    assert finding.done("odd", "thing", "en") == "Thing", "a word that nobody has written down is shown as it is"


def test_choices():
    assert finding.twice(["Мга", "Луга"]) == [("Мга", "Мга"), ("Луга", "Луга")]
    assert finding.networks_in(["vk"], "en") == [("vk", "VK")]
    assert ("silent", "Silent: nothing can be heard") in finding.flags_in("en")
