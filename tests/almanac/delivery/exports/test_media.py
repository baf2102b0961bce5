from __future__ import annotations

from relay.almanac.delivery.exports import media
from relay.almanac.film.timeline import ShotKind, Span
from tests.almanac.delivery.exports.test_edit import film


def test_every_frame_of_an_item_is_made_once_and_what_no_name_lies_over_is_the_film_s_own() -> None:
    cut = film()
    bare = media.bare(cut)
    spans = {
        item: [shot.span for shot in bare.timeline.shots if shot.item == item] for item in range(len(cut.compositions))
    }
    for item, parts in spans.items():
        edges = [0, *(part.last for part in parts)]
        assert [part.first for part in parts] == edges[:-1]
        assert edges[-1] == cut.timeline.items[item].frames
    assert spans[0] == [Span(0, 38), Span(38, 50)]
    assert all(shot.kind is not ShotKind.fade for shot in bare.timeline.shots)
    own = {(shot.item, shot.span) for shot in cut.timeline.shots if shot.kind is ShotKind.card}
    assert own <= {(shot.item, shot.span) for shot in bare.timeline.shots}


def test_names_are_off_the_clips_and_words_stay_on_the_cards() -> None:
    bare = media.bare(film(burned=True))
    assert [look.layers for look in bare.compositions[1:]] == [(), ()]
    assert bare.timeline.frames == film().timeline.frames
