from __future__ import annotations

from relay.almanac.captions.doubts import CaptionFault, doubts
from relay.almanac.captions.sureness import carried, unsure_words, words_of
from relay.almanac.film.cues import Cue

SAID = [Cue(0, 2, "Мы ехали\nпо люду", sure=(0.9, 0.9, 0.9, 0.2)), Cue(3, 5, "Лёд трещал", sure=(0.3, 0.9))]


def test_words_that_may_have_been_misheard_are_told_with_their_caption() -> None:
    assert [unsure_words(cue) for cue in SAID] == [["люду"], ["Лёд"]]
    assert [(doubt.cue, doubt.fault) for doubt in doubts(SAID, 10)] == [
        (0, CaptionFault.unsure),
        (1, CaptionFault.unsure),
    ]


def test_numbers_that_are_not_those_of_the_words_say_nothing() -> None:
    assert unsure_words(Cue(0, 2, "Мы ехали по льду", sure=(0.1,))) == []
    assert words_of([Cue(0, 2, "Мы ехали", sure=(0.1,))]) == [("Мы", 1.0), ("ехали", 1.0)]


def test_what_somebody_wrote_is_sure_and_what_stays_is_as_unsure_as_it_was() -> None:
    typed = [Cue(0, 2, "Мы ехали по льду"), Cue(3, 4, "Лёд"), Cue(4, 5, "трещал громко")]
    made = carried(words_of(SAID), typed)
    assert [cue.sure for cue in made] == [(0.9, 0.9, 0.9, 1.0), (0.3,), (0.9, 1.0)]
    assert [unsure_words(cue) for cue in made] == [[], ["Лёд"], []]


def test_captions_that_no_model_heard_have_no_numbers() -> None:
    typed = [Cue(0, 2, "Мы ехали")]
    assert carried(words_of(typed), typed)[0].sure == ()
