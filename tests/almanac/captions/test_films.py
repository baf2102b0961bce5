from __future__ import annotations

import pytest

from relay.almanac.assets import styles
from relay.almanac.captions import editing, films
from relay.almanac.captions.editing import TypedCue
from relay.almanac.captions.films import CaptionCount
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound
from relay.models import ClipState
from tests.moderation.town import Town

pytestmark = pytest.mark.slow
SAID = [TypedCue("1", "3", "Мы ехали."), TypedCue("3", "3.5", "Да.")]


def test_a_film_tells_which_clips_have_captions_and_where_there_is_a_doubt(relay: Relay) -> None:
    town = Town(relay)
    one, two, three = (town.has_clip(name=name, state=ClipState.approved) for name in ("Анна", "Глеб", "Дина"))
    queries.new(relay, town.slug, "film", all_approved=True)
    styles.change(relay, town.slug, "film", styles.Change(captions=["en"], burn="ru"), person="Борис")
    editing.save(relay, one, SAID, language="ru", person="Борис")
    editing.save(relay, two, SAID[:1], language="ru", person="Борис")
    editing.save(relay, one, SAID[:1], language="de", person="Борис")
    found = films.of_film(relay, town.slug, "film")
    assert [(each.language, each.clips, each.doubtful, each.on, each.burned) for each in found.languages] == [
        ("en", 0, 0, True, False),
        ("ru", 2, 1, False, True),
        ("de", 1, 0, False, False),
    ]
    assert [(each.at, each.clip, each.name, dict(each.counts)) for each in found.clips] == [
        (1, one, "Анна", {"de": CaptionCount(1, 0), "ru": CaptionCount(2, 1)}),
        (2, two, "Глеб", {"ru": CaptionCount(1, 0)}),
        (3, three, "Дина", {}),
    ]
    assert [found.neighbours(clip) for clip in (one, two, three, 99)] == [(0, two), (one, three), (two, 0), (0, 0)]


def test_a_film_that_is_not_there_has_none(relay: Relay) -> None:
    Town(relay)
    with pytest.raises(NotFound):
        films.of_film(relay, "proryv80", "none")
