"""Numbers of rows in addresses and forms: of none below the first, and of none that no database can hold."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from relay.web.desk import films, plan
from relay.web.desk.campaigns import new, sources
from relay.web.desk.captions import clip as captions
from relay.web.desk.film import cards, credits, exports, music, pictures, quotes, watch
from relay.web.desk.judging import claims, clip, recordings, suggestions
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.desk.lists import many, near_misses, without_video
from relay.web.desk.people import accounts
from relay.web.desk.review import compare, permissions, questions, remarks, returned, signed

FROM_ONE: tuple[tuple[Any, str], ...] = (
    (accounts, "AccountId"),
    (captions, "ClipId"),
    (cards, "CardId"),
    (claims, "ClipId"),
    (clip, "ClipId"),
    (credits, "EmblemId"),
    (exports, "Number"),
    (films, "Version"),
    (many, "Number"),
    (music, "TrackId"),
    (near_misses, "PostId"),
    (new, "DraftId"),
    (permissions, "ClipId"),
    (pictures, "PictureId"),
    (questions, "Id"),
    (quotes, "QuoteId"),
    (recordings, "ClipId"),
    (recordings, "OtherId"),
    (remarks, "Version"),
    (remarks, "Number"),
    (returned, "ClipId"),
    (signed, "Version"),
    (sources, "SourceId"),
    (suggestions, "ClipId"),
    (without_video, "PostId"),
)
FROM_NONE: tuple[tuple[Any, str], ...] = (
    (captions, "Version"),
    (plan, "Number"),
    (remarks, "Seen"),
    (watch, "Number"),
)


def takes(kind: Any, number: int) -> bool:
    try:
        TypeAdapter(kind).validate_python(number)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("room", "name", "least"),
    [*((*each, 1) for each in FROM_ONE), *((*each, 0) for each in FROM_NONE), (compare, "Version", -1)],
)
def test_a_number_of_a_row_is_one(room, name, least):
    kind = getattr(room, name)
    assert [takes(kind, number) for number in (least - 1, least, 2**31 - 1, 2**31)] == [False, True, True, False]


def test_the_largest_is_that_of_every_database():
    assert LARGEST_ID == 2**31 - 1
