"""What each file of an export can't carry: written out here, because editors go by it."""

from __future__ import annotations

import pytest

from relay.almanac.delivery.exports.carried import FILM_LACKS, OF_ORIGINALS, ORIGINALS_LACK, FilmPart, Target, lacking

OF_FILM = {
    Target.otio: {"limiter"},
    Target.fcp7: {"limiter", "places"},
    Target.mlt: {"captions", "limiter"},
    Target.edl: {"names", "dips", "captions", "burned", "chapters", "loudness", "music", "sound"},
    Target.folder: {"dissolves", "dips", "chapters"},
}
BEYOND = {Target.otio: set(), Target.fcp7: {"stream"}, Target.edl: {"sound"}, Target.mlt: set(), Target.folder: set()}
"""What originals in it lack, beyond what all originals do."""
ALL = {"ends", "names", "framing", "loudness", "cards", "dips", "music", "captions", "burned"}


def test_every_target_is_told_of() -> None:
    assert set(FILM_LACKS) == set(ORIGINALS_LACK) == set(Target)
    assert {part.name for part in OF_ORIGINALS} == ALL


@pytest.mark.parametrize("target", list(Target))
def test_what_a_file_lacks(target: Target) -> None:
    assert {part.name for part in FILM_LACKS[target]} == OF_FILM[target]
    assert {part.name for part in ORIGINALS_LACK[target]} == ALL | BEYOND[target]


def test_only_what_the_film_has_is_missed_and_each_sentence_stands_once() -> None:
    held = {FilmPart.music, FilmPart.sound, FilmPart.loudness, FilmPart.framing}
    (said,) = lacking(FILM_LACKS[Target.edl], held)
    assert said == "sound: an EDL carries the pictures only; voices and music lie beside it"
    assert lacking(FILM_LACKS[Target.edl], {FilmPart.framing}) == []
