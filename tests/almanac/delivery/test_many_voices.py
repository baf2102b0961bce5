"""A film in which a clip stands in several pieces: what of it is seen, heard, named and told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relay.almanac.delivery import cost
from relay.almanac.delivery.render import render
from relay.almanac.delivery.reviewing import carrying, changes
from relay.almanac.delivery.reviewing.changes import Changed
from relay.almanac.film.sentences import sentences_of
from relay.almanac.plan import queries
from relay.context import Relay
from relay.models import Almanac, Inspection
from tests.almanac.filming import Camera, number_in, numbered
from tests.almanac.plan.reading_aloud import TEXT, has_text, hearing
from tests.heard_rows import keeps
from tests.moderation.town import Town

STYLE = {"width": 320, "height": 180, "preset": "ultrafast", "page_seconds": 1, "end_seconds": 1}


def voices(spans: list[tuple[float, float]], pitch: int) -> list[str]:
    """A tone where somebody speaks, hardly any noise elsewhere."""
    heard = "+".join(f"between(t,{first},{last})" for first, last in spans)
    sound = f"aevalsrc='0.3*sin(2*PI*{pitch}*t)*({heard})+0.0005*random(0)':s=48000:d={spans[-1][1] + 1}"
    return ["-f", "lavfi", "-i", sound, "-map", "0:v", "-map", "1:a"]


@pytest.mark.media
def test_two_readers_in_turn(relay: Relay, camera: Camera) -> None:
    town = Town(relay)
    has_text(relay)
    for number, name in enumerate(("Анна", "Борис")):
        _films(relay, town, camera, name, number)
    almanac = queries.new(relay, "proryv80", "film", given={"voices": "7"})
    with relay.transaction() as session:
        row = session.get_one(Almanac, almanac.id)
        row.style = {**STYLE, "captions": ["ru"], "title_seconds": 1}
        session.add(row)
    version = render(relay, "proryv80", "film")
    folder = relay.settings.data_dir
    told = json.loads((folder / version.manifest).read_text("utf-8"))
    shown = queries.show(relay, "proryv80", "film").segments
    clips = [one["clip"] for one in told["clips"]]
    assert len(clips) > 2 and clips == [one.clip for one in shown]
    assert [one["source"]["from"] for one in told["clips"]] == [one.in_frame for one in shown]
    assert sorted(one["name"] for one in told["credits"]) == ["Анна", "Борис"]
    assert cost.diff(relay, "proryv80", "film").changes == []
    _pictures(camera, folder / version.file, told)
    _sound(camera, folder / version.file, told)
    said = (folder / version.file).with_suffix(".ru.srt").read_text("utf-8")
    assert "".join(" ".join(said.split()).split(sentences_of(TEXT)[0])) != " ".join(said.split())


def _films(relay: Relay, town: Town, camera: Camera, name: str, number: int) -> None:
    told = hearing(sentences_of(TEXT), word=0.5, pause=0.6)
    sound = voices(list(told.voice), 400 + 150 * number)
    picture = numbered(number)
    silent = camera.films(f"reader-{number}", frames=round(told.seconds * 25), picture=picture, sound=0)
    path = silent.with_name(f"reader-{number}-heard.mp4")
    argv = [camera.toolbox.ffmpeg, "-v", "error", "-i", str(silent), *sound, "-c:v", "copy", "-c:a", "aac"]
    camera.toolbox.run([*argv, "-shortest", "-y", str(path)], folder=camera.folder)
    clip = town.has_clip(name=name, town="Мга", state="approved", size=(320, 180))  # type: ignore[arg-type]
    facts = camera.facts(path)
    with relay.transaction() as session:
        row = session.get_one(Inspection, town.sha256(clip))
        row.duration, row.has_audio, row.technical = facts.video_duration, True, facts.to_json()
        session.add(row)
    relay.media.put(f"originals/{town.sha256(clip)}", _copied(relay, path))
    keeps(relay, clip, told)


def _copied(relay: Relay, path: Path) -> Path:
    copy = relay.folder("incoming") / path.name
    copy.write_bytes(path.read_bytes())
    return copy


def _pictures(camera: Camera, film: Path, told: Mapping[str, Any]) -> None:
    """Each piece shows its own frames, in the middle of it."""
    frames = camera.looks_at(film)
    for one in told["clips"]:
        middle = (one["film"]["to"] - one["film"]["from"]) // 2
        seen = number_in(frames[one["film"]["from"] + middle], one["clip"] - 1)
        assert seen == one["source"]["from"] + middle


def _sound(camera: Camera, film: Path, told: Mapping[str, Any]) -> None:
    """Where two pieces meet nobody speaks, and every voice is as loud as the others."""
    samples = camera.hears(film)
    levels = []
    for one in told["clips"]:
        first, last = (round(one["film"][edge] * 48000) for edge in ("from_seconds", "to_seconds"))
        assert np.abs(samples[first + 240 : first + 4800]).max() < 0.02
        levels.append(20 * np.log10(np.sqrt((samples[first + 48000 : last - 24000] ** 2).mean())))
    assert max(levels) - min(levels) < 1.0


def _manifest(*clips: tuple[int, int, int, int]) -> dict[str, Any]:
    rows = [
        {"clip": clip, "name": "Анна", "town": "", "film": {"from": at, "to": at + last - first},
         "source": {"from": first, "to": last}}
        for clip, at, first, last in clips
    ]  # fmt: skip
    return {"fps": 25, "clips": rows}


def test_a_clip_that_lost_a_piece_is_shorter_not_gone() -> None:
    before, after = (
        _manifest((1, 0, 0, 50), (2, 50, 0, 50), (1, 100, 75, 125)),
        _manifest((1, 0, 0, 50), (2, 50, 0, 50)),
    )
    (told,) = changes.between(before, after)
    assert (told.what, told.clip, told.before, told.now) == (Changed.trimmed, 1, 4.0, 2.0)
    assert changes.between(before, before) == []
    now = [
        cost.PlannedClip(one["clip"], "Анна", "", one["source"]["from"], one["source"]["to"], 0.0, 0.0)
        for one in after["clips"]
    ]
    assert [(one.what, one.clip) for one in cost.compare(before, now, "")] == [("trimmed", 1)]


def test_the_same_pictures_are_found_in_every_piece() -> None:
    both = _manifest((1, 0, 0, 50), (2, 50, 0, 50), (1, 100, 75, 125))
    assert [(one.left, one.right) for one in carrying.common(both, both)] == [(0.0, 0.0), (2.0, 2.0), (4.0, 4.0)]
    assert carrying.carried(4.5, both, _manifest((1, 0, 75, 125)), 10.0) == 0.5
