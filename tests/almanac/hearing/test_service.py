"""What is heard is kept once for a recording, laid beside the campaign's texts, and goes when the clip goes."""

from __future__ import annotations

import dataclasses
import fcntl
from pathlib import Path

import pytest
from sqlmodel import select

from relay.almanac.assets import quotes
from relay.almanac.hearing import service
from relay.context import Relay
from relay.errors import NotFound, Refused, ToolFailed
from relay.media.hearing import listening
from relay.media.hearing.heard import SpeechMark
from relay.media.hearing.model import SpeechModel
from relay.models import Clip, ClipState, HeardRecording, Inspection
from relay.moderation.withdrawal import withdraw
from tests.almanac.hearing.ears import Ears
from tests.moderation.town import Town

pytestmark = pytest.mark.slow

TEXT = "Хлеб мы делили ниткой, потому что от ножа оставались крошки."


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> Ears:
    monkeypatch.setattr(listening, "can_listen", lambda: True)
    return Ears(f"Здравствуйте меня зовут Мария {TEXT}")


@pytest.fixture
def town(relay: Relay, ears: Ears) -> Town:
    town = Town(dataclasses.replace(relay, toolbox=ears))
    quotes.add(relay, town.slug, TEXT, number="7")
    quotes.add(relay, town.slug, "Радио не выключали никогда, ночью стучал метроном.", number="8")
    return town


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    path = tmp_path / "copy"
    path.write_bytes(b"copy")
    return path


@pytest.fixture
def _speaks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(service, "speech_model", lambda _relay: SpeechModel(tmp_path, "d01c3014881c"))


def kept(relay: Relay) -> list[tuple[str, str]]:
    with relay.reading() as session:
        return [(row.sha256, row.model) for row in session.exec(select(HeardRecording)).all()]


@pytest.mark.usefixtures("_speaks")
def test_a_clip_is_heard_once_and_its_text_is_proposed(town: Town, copy: Path) -> None:
    relay, clip = town.relay, town.has_clip(proxy=copy)
    assert service.due(relay) == [clip]
    service.hear(relay, clip)

    found = service.of_clip(relay, clip)
    (reading,) = found.readings
    assert (reading.number, reading.verdict, reading.start) == ("7", "read", 3.0)
    assert found.texts["7"][reading.first : reading.last] == TEXT.rstrip(".")
    assert found.hearing.language == "ru"
    assert kept(relay) == [(town.sha256(clip), "d01c3014881c")]
    assert service.due(relay) == []
    assert not list(relay.folder("looks").iterdir())
    assert not list(relay.folder("work").iterdir())


def test_without_a_model_only_the_voice_is_known_and_with_one_it_is_heard_anew(
    town: Town, copy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    relay, clip = town.relay, town.has_clip(proxy=copy)
    service.hear(relay, clip)
    found = service.of_clip(relay, clip)
    assert (found.readings, found.hearing.marks) == ((), {SpeechMark.no_model})
    assert found.hearing.bounds == (1.0, pytest.approx(8.0, abs=1))
    assert service.due(relay) == []

    monkeypatch.setattr(service, "speech_model", lambda _relay: SpeechModel(tmp_path, "d01c3014881c"))
    assert service.due(relay) == [clip]
    assert service.of_clip(relay, clip) == found
    service.hear(relay, clip)
    assert [each.number for each in service.of_clip(relay, clip).readings] == ["7"]


def test_a_clip_without_sound_and_one_whose_copy_is_gone(town: Town, copy: Path) -> None:
    relay, clip = town.relay, town.has_clip(proxy=copy, flags=("no_sound",))
    service.hear(relay, clip)
    assert service.of_clip(relay, clip).hearing.marks == {SpeechMark.no_sound}
    copy.write_bytes(b"another")
    for other in (99, town.has_clip(), town.has_clip(proxy=copy, state=ClipState.withdrawn)):
        with pytest.raises(NotFound):
            service.hear(relay, other)
    assert service.due(relay) == []


@pytest.mark.usefixtures("_speaks")
def test_one_recording_in_two_campaigns_is_heard_once_and_laid_beside_each_ones_texts(town: Town, copy: Path) -> None:
    relay, clip = town.relay, town.has_clip(proxy=copy)
    other = Town(relay, "other")
    with relay.transaction() as session:
        first = session.get_one(Clip, clip)
        twin = Clip(campaign_id=other.campaign_id, sha256=first.sha256, video_id=first.video_id,
                    created_at=relay.now(), published_at=relay.now())  # fmt: skip
        session.add(twin)
        session.flush()
        number = twin.id or 0
    assert service.due(relay) == [clip]
    service.hear(relay, clip)
    assert service.of_clip(relay, number).readings == ()
    assert len(service.of_clip(relay, clip).readings) == 1


@pytest.mark.usefixtures("_speaks")
def test_what_was_taken_back_meanwhile_is_not_kept(town: Town, ears: Ears, copy: Path) -> None:
    relay, clip = town.relay, town.has_clip(proxy=copy)
    ears.meanwhile = lambda: withdraw(relay, clip, person="anna", reason="Просила")
    with pytest.raises(NotFound):
        service.hear(relay, clip)
    assert kept(relay) == []
    assert not list(relay.folder("looks").iterdir())
    with pytest.raises(NotFound):
        service.of_clip(relay, clip)


@pytest.mark.usefixtures("_speaks")
def test_two_processes_do_not_listen_to_one_clip(town: Town, copy: Path) -> None:
    relay, clip = town.relay, town.has_clip(proxy=copy)
    notes = relay.folder("looks") / f"{town.sha256(clip)}-heard-d01c3014881c.jsonl"
    with notes.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(Refused):
            service.hear(relay, clip)
    service.hear(relay, clip)


@pytest.mark.usefixtures("_speaks")
def test_what_fails_leaves_its_notes_and_the_next_time_goes_on(town: Town, ears: Ears, copy: Path) -> None:
    relay, clip = town.relay, town.has_clip(proxy=copy)
    ears.fails = True
    with pytest.raises(ToolFailed):
        service.hear(relay, clip)
    assert service.due(relay) == [clip]
    with pytest.raises(Refused, match="Nobody has listened"):
        service.of_clip(relay, clip)
    ears.fails = False
    service.hear(relay, clip)
    assert service.due(relay) == []


def test_a_recording_that_nobody_has_looked_at_cannot_be_kept(town: Town, copy: Path) -> None:
    """The row stands on its Inspection, which an erasure takes away."""
    clip = town.has_clip(proxy=copy)
    service.hear(town.relay, clip)
    with town.relay.reading() as session:
        assert session.get(Inspection, kept(town.relay)[0][0]) is not None
