from __future__ import annotations

import pytest
from starlette.datastructures import FormData

from relay.almanac.captions.editing import MOST_CUES, CaptionTrack, TypedCue
from relay.almanac.film.cues import Cue
from relay.models import CaptionOrigin
from relay.web.desk.captions.typed import beside, rows_of


def test_rows_are_read_in_the_order_of_their_numbers() -> None:
    fields = [("text-10", "Да."), ("from-10", "9"), ("to-10", "10"), ("from-2", "1"), ("text-2", "Нет."), ("x-1", "y")]
    assert rows_of(FormData(fields)) == [TypedCue("1", "", "Нет."), TypedCue("9", "10", "Да.")]


@pytest.mark.slow
def test_what_is_ticked_is_left_out_and_one_too_many_is_left_to_be_refused() -> None:
    assert rows_of(FormData([("text-1", "Да."), ("drop-1", "yes")])) == []
    assert len(rows_of(FormData([(f"text-{number}", "Да.") for number in range(1, 3000)]))) == MOST_CUES + 1


def test_beside_a_caption_stands_what_is_said_for_most_of_its_time() -> None:
    said = [Cue(0, 2, "One\ntwo."), Cue(2, 4, "Three."), Cue(3.9, 9, "Four.")]
    other = CaptionTrack("en", 1, CaptionOrigin.hand, said, "Boris", "", ())
    assert beside(Cue(0.1, 4, "Раз, два, три."), [other]) == {"en": "One two. Three."}
    assert beside(Cue(20, 22, "Десять."), [other]) == {}
