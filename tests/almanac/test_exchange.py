from __future__ import annotations

from pathlib import Path

import opentimelineio as otio
import pytest

from relay.almanac import plans
from relay.almanac.exchange import export
from relay.context import Relay
from relay.errors import Refused
from relay.models import ClipState
from tests.moderation.town import Town

APPROVED = ClipState.approved


@pytest.fixture
def town(relay: Relay) -> Town:
    """Two approved clips with their originals, in an almanac."""
    town = Town(relay)
    for name in ("Анна", "Глеб"):
        clip = town.has_clip(name=name, town="Мга", state=APPROVED, duration=10)
        part = relay.folder("incoming") / "part"
        part.write_bytes(name.encode())
        relay.media.put(f"originals/{town.sha256(clip)}", part)
    plans.new(relay, "proryv80", "film", all_approved=True)
    return town


def tracks(made: dict[str, object]) -> list[otio.schema.Track]:
    return list(otio.adapters.read_from_file(str(made["timeline"])).tracks)


def test_an_editor_opens_the_plan_with_its_originals(relay: Relay, town: Town, tmp_path: Path) -> None:
    made = export(relay, "proryv80", "film", tmp_path / "out")
    video, _audio = tracks(made)
    clips = [item for item in video if isinstance(item, otio.schema.Clip)]
    assert [clip.name for clip in clips] == ["Анна", "Глеб"]
    assert [clip.markers[0].name for clip in clips] == ["Анна, Мга", "Глеб, Мга"]
    for clip, name in zip(clips, ("Анна", "Глеб"), strict=True):
        file = tmp_path / "out" / clip.media_reference.target_url
        assert file.read_bytes() == name.encode()


def test_the_length_is_the_films_with_its_dissolves(relay: Relay, town: Town, tmp_path: Path) -> None:
    made = export(relay, "proryv80", "film", tmp_path / "out")
    assert made["frames"] == 250 + 250 - 12
    for track in tracks(made):
        assert track.duration() == otio.opentime.RationalTime(made["frames"], 25)
    video = tracks(made)[0]
    (dissolve,) = [item for item in video if isinstance(item, otio.schema.Transition)]
    assert dissolve.duration() == otio.opentime.RationalTime(12, 25)


def test_writing_what_was_read_changes_nothing(relay: Relay, town: Town, tmp_path: Path) -> None:
    made = export(relay, "proryv80", "film", tmp_path / "out")
    first = otio.adapters.read_from_file(made["timeline"])
    otio.adapters.write_to_file(first, str(tmp_path / "again.otio"))
    assert otio.adapters.read_from_file(str(tmp_path / "again.otio")).is_equivalent_to(first)


def test_a_folder_in_use_and_an_empty_plan_are_refused(relay: Relay, town: Town, tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(Refused, match="not empty"):
        export(relay, "proryv80", "film", tmp_path)
    plans.new(relay, "proryv80", "empty")
    with pytest.raises(Refused, match="no clips"):
        export(relay, "proryv80", "empty", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_original_in_the_vault_is_not_touched_by_an_export(relay: Relay, town: Town, tmp_path: Path) -> None:
    made = export(relay, "proryv80", "film", tmp_path / "out")
    for file in made["media"]:
        Path(file).unlink()
    assert relay.media.has(f"originals/{town.sha256(1)}")
