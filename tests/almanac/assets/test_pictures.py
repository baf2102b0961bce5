"""Archive pictures: what is taken, and how they are decoded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from relay.almanac.assets import pictures
from relay.context import Relay
from relay.errors import Refused
from relay.media import pictures as media_pictures
from tests.almanac.assets.given import SUM, left, town, tune
from tests.moderation.town import Town

__all__ = ["town", "tune"]  # fixtures


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, Path, int]]:
    """Every picture is of 640×480, and black; which were looked at, where, and how large they were to be."""
    asked: list[tuple[Path, Path, int]] = []

    def decode(
        _toolbox: object, path: Path, folder: Path, *, longest: int = media_pictures.LONGEST
    ) -> media_pictures.Seen:
        assert folder.is_dir()
        asked.append((path, folder, longest))
        if path.read_bytes() == b"noise":
            raise Refused("{file} is not a picture.", hint="Give another.", file=path.name)
        return media_pictures.Seen(640, 480, np.zeros((3, 4, 3), np.uint8))

    monkeypatch.setattr(media_pictures, "decode", decode)
    return asked


def test_a_picture_is_taken_with_the_line_that_says_where_it_is_from_and_once(
    relay: Relay, town: Town, tune: Path, seen: list[tuple[Path, Path, int]]
) -> None:
    Town(relay, "other")
    row = pictures.add(relay, "other", tune, source=" ЦГАКФФД\n 12 ", title=" Ладога  зимой ", person="o")
    assert row.model_dump() == {
        "id": 1, "campaign_id": 2, "sha256": SUM, "title": "Ладога зимой", "source": "ЦГАКФФД 12", "width": 640,
        "height": 480, "person": "o", "at": relay.now(),
    }  # fmt: skip
    with pytest.raises(Refused, match=r"^This picture is there already: number 1\.$"):
        pictures.add(relay, "other", tune, source="x", person="o")
    second = pictures.add(relay, "proryv80", tune, source="x", person="p").id
    assert [(one.id, one.title) for one in pictures.listing(relay, "other")] == [(1, "Ладога зимой")]
    assert [(one.id, one.title) for one in pictures.listing(relay, "proryv80")] == [(second, "")]
    assert {(path.parent == folder, longest) for path, folder, longest in seen} == {(True, 64)}, "a glance is enough"
    tune.write_bytes(b"noise")
    with pytest.raises(Refused, match=r"^Время\.MP3 is not a picture\.") as refused:
        pictures.add(relay, "proryv80", tune, source="x", person="o")
    assert refused.value.hint == "Give another."
    assert left(relay) == []


def test_a_picture_is_decoded_when_it_is_drawn_and_leaves_nothing(
    relay: Relay, town: Town, tune: Path, seen: list[tuple[Path, Path, int]]
) -> None:
    photo = pictures.photo(relay, pictures.add(relay, "proryv80", tune, source="x", person="o"))
    assert (photo.sha256, photo.width, photo.height) == (SUM, 640, 480)
    seen.clear()
    assert photo.pixels().shape == (3, 4, 3)
    ((path, folder, longest),) = seen
    assert (path, folder.parent) == (relay.media.local(f"pictures/{SUM}"), relay.folder("incoming"))
    assert longest == media_pictures.LONGEST
    assert left(relay) == []


@pytest.mark.slow
def test_a_picture_needs_the_line_that_says_where_it_is_from(relay: Relay, town: Town, tune: Path) -> None:
    with pytest.raises(Refused):
        pictures.add(relay, "proryv80", tune, source=" ", title="Ладога", person="o")
    assert pictures.listing(relay, "proryv80") == []
