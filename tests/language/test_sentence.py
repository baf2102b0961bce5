from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from relay.language.catalogue import translator
from relay.language.sentence import (
    LanguageCode,
    Sentence,
    as_sentence,
    filled,
    from_json,
    joined,
    languages_named,
    prefixed,
    recalled,
    stored,
    with_words,
)

FULL = filled("Only {free:.1f} GB are free, Relay keeps {min_free_gb:g}.", free=1.5, min_free_gb=2)
CLOSED = prefixed("Тихвин (vk:club1)", "The community is closed.")
BOTH = joined(CLOSED, FULL)


def test_as_text_a_sentence_is_the_english_one_and_it_keeps_its_message_and_words() -> None:
    assert FULL == "Only 1.5 GB are free, Relay keeps 2."
    assert (FULL.message, FULL.words) == (
        "Only {free:.1f} GB are free, Relay keeps {min_free_gb:g}.", {"free": 1.5, "min_free_gb": 2},
    )  # fmt: skip
    assert json.dumps([FULL]) == '["Only 1.5 GB are free, Relay keeps 2."]'
    assert pickle.loads(pickle.dumps(BOTH)).words == BOTH.words


def test_a_text_without_words_is_never_filled() -> None:
    assert Sentence("100 {%}") == as_sentence("100 {%}") == "100 {%}"
    assert as_sentence(FULL) is FULL
    assert as_sentence(7) == "7"
    assert filled(FULL) is FULL


@pytest.mark.parametrize(
    ("sentence", "russian"),
    [
        (FULL, "Свободно только 1,5 ГБ, а Relay оставляет 2."),
        (CLOSED, "Тихвин (vk:club1): Сообщество закрыто."),
        (BOTH, "Тихвин (vk:club1): Сообщество закрыто. Свободно только 1,5 ГБ, а Relay оставляет 2."),
        (filled("Posts that could not be read: {count}; the first: {item}.", count=1,
                item=prefixed("wall-1_9", "it has no date")),
         "Не удалось разобрать постов: 1; первый из них: wall-1_9: у записи нет даты."),
        (filled("VK answers with error {code}.", code="The community is closed."),
         "ВКонтакте ответила ошибкой The community is closed.."),
        (Sentence("Never heard of {x}.", {"x": 1}), "Never heard of 1."),
        (Sentence("Анна: {name} 100%"), "Анна: {name} 100%"),
        (Sentence(""), ""),
    ],
)  # fmt: skip
def test_a_sentence_is_told_in_a_language_with_those_of_its_words_that_are_sentences(
    sentence: Sentence, russian: str
) -> None:
    assert translator("ru").tell(sentence) == russian
    assert translator("en").tell(sentence) == sentence
    assert translator("ru").tell(recalled(stored(sentence))) == russian
    assert recalled(stored(sentence)) == sentence


def test_empty_parts_are_no_part() -> None:
    assert joined("", FULL, "").message == FULL.message
    assert joined() == ""
    assert joined("a", "b", by="; ") == "a; b"


def test_only_what_has_words_is_stored_as_a_document() -> None:
    assert (
        stored("The community is closed.") == stored(Sentence("The community is closed.")) == "The community is closed."
    )
    kept = json.loads(stored(CLOSED))
    assert kept == {
        "message": "{what}: {said}",
        "words": {"what": "Тихвин (vk:club1)", "said": {"message": "The community is closed.", "words": {}}},
    }
    odd = filled("{path} can't be written ({why}).", path=Path("/x"), why=None)
    assert recalled(stored(odd)) == odd
    measured = filled("{free:.1f} GB, {count:d} files", free=np.float32(1.25), count=np.int64(3))
    assert recalled(stored(measured)) == measured == "1.2 GB, 3 files"


@pytest.mark.parametrize("text", [stored(FULL), '{"message": ', '{"message": "{x}", "words": {}}', "{}", ""])
def test_twin_a_stranger_s_text_that_looks_like_a_stored_sentence_stays_text(text: str) -> None:
    again = recalled(stored(text))
    assert (again, again.words) == (text, {})


def test_a_document_keeps_its_sentences() -> None:
    details = {"reason": CLOSED, "posts": [FULL, "x"], "by": {"name": "Анна"}, "n": 1, "plain": Sentence("x")}
    kept = json.loads(json.dumps(with_words(details)))
    assert from_json(kept) == details
    assert from_json(kept)["posts"][0].words == FULL.words
    assert kept["plain"] == "x"


def test_a_language_is_told_by_its_name_in_every_language():
    told = filled("In this clip is spoken: {language}.", language=LanguageCode("de"))
    assert told == "In this clip is spoken: German."
    assert [translator(code).tell(told) for code in ("ru", "fr")] == [
        "Язык этого клипа: немецкий.",
        "Langue parlée dans ce clip\u00a0: allemand.",
    ]
    assert translator("ru").tell(languages_named(["ru", "xx"])) == "русский, xx"
