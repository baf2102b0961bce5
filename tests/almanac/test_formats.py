from __future__ import annotations

import pytest

from relay.almanac.formats import Format, House, RenderRequest, applied, ending, label, read, request
from relay.errors import Refused

HOUSE = House()


@pytest.mark.parametrize(
    ("wanted", "size", "called", "file"),
    [
        (read(), (1920, 1080), "", ""),
        (read("9:16"), (1080, 1920), "9:16", "9x16"),
        (read("9x16", "720"), (720, 1280), "9:16 720p", "9x16-720p"),
        (read("1:1", "1080p"), (1080, 1080), "1:1", "1x1"),
        (read("", "4k"), (3840, 2160), "2160p", "2160p"),
        (read("", "720", 50), (1280, 720), "720p 50 fps", "720p-50fps"),
        (read("4:5", "480"), (480, 600), "4:5 480p", "4x5-480p"),
        (read("", "", 0, -23), (1920, 1080), "-23 LUFS", "23lufs"),
    ],
)
def test_a_wish_becomes_a_house_format_and_a_name(
    wanted: Format, size: tuple[int, int], called: str, file: str
) -> None:
    house = applied(HOUSE, wanted)
    assert (house.width, house.height) == size
    assert label(HOUSE, house) == called
    assert ending(called) == file


def test_another_rate_keeps_the_dissolves_as_long() -> None:
    house = applied(HOUSE, read("", "", 50))
    assert (house.fps, house.fade, house.samples) == (50, 24, 960)
    assert applied(HOUSE, read("", "", 30)).fade == 14


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("2:1",), "There is no format 2:1. Formats: 16:9, 9:16, 1:1, 4:5, 4:3."),
        (("", "999"), "A film can't be of size 999. Sizes of the shorter side: 360, 480, 720, 1080, 1440, 2160."),
        (("", "", 29), "A film can't have 29 pictures a second: take 24, 25, 30, 50 or 60."),
        (("", "", 0, -3.0), "A film can't be as loud as -3.0 LUFS. Take -16 for the web or -23 for broadcast."),
    ],
)
def test_what_no_film_can_be_is_refused(words: tuple[str], line: str) -> None:
    with pytest.raises(Refused) as refused:
        read(*words)
    assert refused.value.line == line


def test_captions_are_wished_for_by_language() -> None:
    assert request(Format()) == RenderRequest()
    assert request(Format(), "ru, en,ru", "RU") == RenderRequest(Format(), ("ru", "en"), "ru")
    assert request(Format(), "none", "none") == RenderRequest(Format(), (), "")
    with pytest.raises(Refused, match="is no language"):
        request(Format(), "../x")


@pytest.mark.parametrize(("loudness", "good"), [(-9.0, True), (-8.9, False), (-31.0, True), (-31.1, False)])
def test_loudness_from_broadcast_to_the_loudest_that_people_bear(loudness: float, good: bool) -> None:
    if good:
        assert read(loudness=loudness).loudness == loudness
    else:
        with pytest.raises(Refused, match="as loud as"):
            read(loudness=loudness)


@pytest.mark.parametrize("size", ["७२०", "７２０", "72O", "-720", "0", "720.0"])
def test_a_size_is_one_of_the_list_in_plain_digits(size: str) -> None:
    with pytest.raises(Refused, match="of size"):
        read("", size)


@pytest.mark.parametrize(
    ("size", "number"), [(" 720P ", 720), ("4K", 2160), ("uhd", 2160), ("2k", 1440), ("FullHD", 1080), ("hd", 720)]
)
def test_sizes_have_names(size: str, number: int) -> None:
    assert read("", size).size == number


@pytest.mark.parametrize("shape", ["9x16", "9х16", " 9:16 "])
def test_a_shape_is_written_with_either_cross(shape: str) -> None:
    assert read(shape).shape == "9:16"


@pytest.mark.parametrize(
    ("languages", "good"), [("ru", True), ("rus", True), ("r", False), ("russ", False), ("рус", False), ("r1", False)]
)
def test_a_language_has_two_or_three_letters(languages: str, good: bool) -> None:
    if good:
        assert request(Format(), languages).tracks == (languages,)
        assert request(Format(), None, languages).burn == languages
    else:
        for words in ((languages,), (None, languages)):
            with pytest.raises(Refused, match="is no language"):
                request(Format(), *words)
