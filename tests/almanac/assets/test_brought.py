"""Music and pictures of a campaign: their rows, and what is refused before any file is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay.almanac.assets import music, pictures
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Picture, Track
from relay.views import as_json
from tests.moderation.town import Town

SHA = "ab" * 32


@pytest.fixture
def two(relay: Relay) -> tuple[int, int]:
    """Two campaigns; the second has a piece, a piece that is not cleared any more, and a picture."""
    first, second = (Town(relay, slug).campaign_id for slug in ("first", "second"))
    common = {"campaign_id": second, "person": "Анна", "at": relay.now()}
    with relay.transaction() as session:
        words = {"title": "Время", "author": "Г. Свиридов", "seconds": 12.5, "loudness": -18.0}
        session.add(Track(sha256=SHA, cleared="Договор № 12", **words, **common))  # type: ignore[arg-type]
        session.add(Track(sha256=SHA[::-1], cleared=" ", **words, **common))  # type: ignore[arg-type]
        session.add(Picture(sha256=SHA[::-1], source="Фото 2", title="Лёд", width=3, height=2, **common))  # type: ignore[arg-type]
        session.flush()
        session.add(Picture(sha256=SHA, source="ЦГАКФФД", title="Полуторка", width=320, height=180, **common))  # type: ignore[arg-type]
    return first, second


@pytest.mark.slow
def test_what_a_campaign_has_is_listed_and_nothing_of_another(relay: Relay, two: tuple[int, int]) -> None:
    at = {"person": "Анна", "at": "2023-01-12T12:00:00+03:00"}  # in the campaign's zone
    piece = {"title": "Время", "author": "Г. Свиридов", "seconds": 12.5, "loudness": -18.0, **at}
    assert as_json(music.listing(relay, "second")) == [
        {"id": 1, "cleared": "Договор № 12", "sha256": SHA, **piece},
        {"id": 2, "cleared": " ", "sha256": SHA[::-1], **piece},
    ]
    assert as_json(pictures.listing(relay, "second")) == [
        {"id": 1, "title": "Лёд", "source": "Фото 2", "width": 3, "height": 2, "sha256": SHA[::-1], **at},
        {"id": 2, "title": "Полуторка", "source": "ЦГАКФФД", "width": 320, "height": 180, "sha256": SHA, **at},
    ]
    assert music.listing(relay, "first") == pictures.listing(relay, "first") == []
    for listing in (music.listing, pictures.listing):
        with pytest.raises(NotFound, match="no campaign nowhere"):
            listing(relay, "nowhere")


@pytest.mark.slow
def test_a_piece_is_found_in_its_campaign_while_it_is_cleared(relay: Relay, two: tuple[int, int]) -> None:
    first, second = two
    with relay.reading() as session:
        assert music.find(session, second, 1).title == "Время"
        assert pictures.find(session, second, 2).source == "ЦГАКФФД"
        for find in (music.find, pictures.find):
            for campaign, number in ((first, 1), (second, 99)):
                with pytest.raises(NotFound, match=f"{number} in this campaign"):
                    find(session, campaign, number)
        with pytest.raises(Refused, match="Music 2 is not cleared"):
            music.find(session, second, 2)


def test_without_clearance_title_or_source_no_file_is_even_looked_at(relay: Relay, two: tuple[int, int]) -> None:
    nowhere = Path("/nowhere/at.all")
    refused = [
        (
            lambda: music.add(relay, "second", nowhere, title="x", cleared=" \n", person="a"),
            "Music is taken only with the licence or agreement that allows it. Give its words.",
        ),
        (
            lambda: music.add(relay, "second", nowhere, title=" ", cleared="x", person="a"),
            "A piece of music needs its title: it stands in the credits. Give one.",
        ),
        (
            lambda: pictures.add(relay, "second", nowhere, source="\t", person="a"),
            "A picture needs the line that says where it is from.",
        ),
    ]
    for attempt, line in refused:
        with pytest.raises(Refused) as error:
            attempt()
        assert error.value.line == line
    assert len(music.listing(relay, "second")) == 2


@pytest.mark.slow
def test_a_picture_whose_file_is_gone_says_which_one(relay: Relay, two: tuple[int, int]) -> None:
    with relay.reading() as session, pytest.raises(Refused) as refused:
        pictures.photo(relay, pictures.find(session, two[1], 1))
    assert refused.value.line == "The file of picture 1 is missing. Run: relay doctor"
