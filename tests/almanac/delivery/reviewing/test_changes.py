from __future__ import annotations

from typing import Any

import pytest

from relay.almanac.delivery.reviewing import changes
from relay.almanac.delivery.reviewing.changes import SENTENCES, Changed
from relay.language.catalogue import languages, translator
from relay.web.words import films
from tests.almanac.delivery.reviewing.test_carrying import film

BEFORE = {
    **film((1, 0, 10, 0), (2, 0, 10, 0), (3, 0, 10, 0)),
    "title": "Голоса",
    "cards": [],
    "style": {},
    "music": None,
}
CHAPTER = {"before": 2, "kind": "chapter", "words": {"title": "Мга"}, "picture": None, "seconds": 0.0}


def told(after: dict[str, Any], before: dict[str, Any] = BEFORE, **known: Any) -> list[str]:
    return [str(films.change(one)) for one in changes.between(before, after, **known)]


def with_clips(*clips: tuple[int, float, float, float], **known: Any) -> dict[str, Any]:
    return {**BEFORE, **film(*clips), **known}


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (BEFORE, []),
        (with_clips((1, 0, 10, 0), (2, 0, 10, 0)), ["Not in it any more: n3."]),
        (with_clips((1, 0, 10, 0), (2, 0, 10, 0), (3, 0, 10, 0), (4, 0, 1, 0)), ["New: n4."]),
        (with_clips((3, 0, 10, 0), (1, 0, 10, 0), (2, 0, 10, 0)), ["In another place: n3."]),
        (
            with_clips((1, 0, 10, 0), (2, 2, 6, 0), (3, 0, 10, 0)),
            ["Cut differently: n2, 6.0 s instead of 10.0 s."],
        ),
        ({**BEFORE, "title": "Память"}, ["Another title: “Память” instead of “Голоса”."]),
        ({**BEFORE, "cards": [CHAPTER]}, ["A new card: Мга."]),
        ({**BEFORE, "music": {"title": "Адажио", "author": "Альбинони"}}, ["Other music: Адажио · Альбинони."]),
        ({**BEFORE, "captions": {"ru": 3, "en": 3}}, ["Other captions: en, ru."]),
        ({**BEFORE, "style": {"theme": "night"}}, ["The cards look different."]),
        ({**BEFORE, "style": {"music": 3, "fps": 50}}, []),
        ({**BEFORE, "house": {"width": 1080, "height": 1920, "fps": 25}}, []),
    ],
)
def test_what_is_new_is_told_in_words(after: dict[str, Any], said: list[str]) -> None:
    assert told(after) == said


def test_other_words_of_the_same_captions_are_told_where_both_manifests_tell_them() -> None:
    before = {**BEFORE, "captions": {"ru": 3, "en": 3}, "captions_said": {"ru": "1", "en": "2"}}
    after = {**before, "captions_said": {"ru": "1", "en": "3"}}
    assert told(after, before) == ["Other captions: en."]
    assert told(before, before) == []
    old = {name: value for name, value in before.items() if name != "captions_said"}
    assert told(after, old) == told(old, after) == []


def test_what_was_there_and_is_gone_is_told() -> None:
    music = {"title": "Адажио"}
    before = {**BEFORE, "cards": [CHAPTER], "music": music, "house": {"width": 1920, "height": 1080, "fps": 25}}
    other = {**CHAPTER, "words": {"title": "Шум"}}
    assert told(BEFORE, before) == ["A card less: Мга.", "The music is gone."]
    assert told({**before, "cards": [other]}, before) == ["Other words on a card: “Шум” instead of “Мга”."]
    vertical = {**before, "house": {"width": 1080, "height": 1920, "fps": 25}}
    assert told(vertical, before) == ["Another format: 1080×1920, 25 instead of 1920×1080, 25."]


def test_names_and_turns_are_told() -> None:
    after = with_clips((1, 0, 10, 0), (2, 0, 10, 0), (3, 0, 10, 0))
    after["clips"][0] |= {"name": "Анна", "town": "Мга"}
    after["clips"][1] |= {"turn": 90}
    after["clips"][2] |= {"name": ""}
    assert told(after) == [
        "Another name: “Анна, Мга” instead of “n1”.",
        "Another name: “№ 3” instead of “n3”.",
        "Turned: n2.",
    ]


def test_whoever_took_their_video_back_is_not_named() -> None:
    after = with_clips((1, 0, 10, 0))
    assert told(after, withdrawn=[3]) == [
        "Not in it any more: n2.",
        "Not in it any more: somebody who has taken their video back.",
    ]


def test_twin_without_being_told_the_name_is_said() -> None:
    assert "n3" in "".join(told(with_clips((1, 0, 10, 0))))


def test_the_same_moments_at_another_rate_are_no_change() -> None:
    after = {**BEFORE, **film((1, 0, 10, 0), (2, 0, 10, 0), (3, 0, 10, 0), fps=50)}
    assert told(after) == []


def test_a_lost_manifest_tells_nothing_and_an_old_one_less() -> None:
    assert changes.between({}, BEFORE) == changes.between(BEFORE, {}) == []
    assert told({name: BEFORE[name] for name in ("fps", "frames", "clips", "title")}) == []


@pytest.mark.slow
def test_every_change_has_its_sentence_in_every_language() -> None:
    assert set(SENTENCES) == set(Changed)
    for language in languages():
        for what in Changed:
            one = changes.VersionChange(what, "Анна", "Глеб", 1, 2.0, 3.0)
            assert "{" not in translator(language).tell(films.change(one))
