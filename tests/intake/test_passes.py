"""Which passes a file gets, what is kept of them and what is looked at again; ffmpeg is played by a toolbox that says
what it was told to.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relay.context import Relay
from relay.errors import DiskFull, NotFound, Refused, ToolFailed
from relay.intake import families, look
from relay.intake import inspect as inspect_module
from relay.intake.inspect import DAMAGED, TOO_HEAVY, TOO_LONG, inspect, original, poster, proxy, storyboard
from relay.media.probe import Facts
from relay.media.toolbox import Done, Limits
from relay.models import Clip, Finding, Inspection
from tests.fakes.clock import FakeClock
from tests.intake.scene import Scene
from tests.intake.test_look import LOG, PHONE, SHOWN

SAID_WELL = "\n".join(
    line for line in LOG.replace("299 frames decoded; 2 decode", "301 frames decoded; 0 decode")
    .replace("469 frames decoded; 1 decode", "470 frames decoded; 0 decode").splitlines() if "[error]" not in line
)  # fmt: skip
SAID_ILL = LOG.replace("299 frames decoded; 2 decode", "300 frames decoded; 1 decode")


class Watcher:
    """In the place of a toolbox: each pass says the next of `says` and writes what a pass writes."""

    ffmpeg = "/usr/bin/ffmpeg"

    def __init__(self, *says: tuple[str, int] | Exception) -> None:
        self.says = list(says)
        self.passes: list[list[str]] = []
        self.limits: list[Limits] = []
        self.left: list[list[str]] = []

    def run(
        self, argv: Sequence[str], *, folder: Path, reads: Sequence[Path], limits: Limits, check: bool, nice: int
    ) -> Done:
        assert not check
        assert (nice, [path.name for path in reads]) == (5, [hashlib.sha256(b"film").hexdigest()])
        self.passes.append(list(argv))
        self.limits.append(limits)
        self.left.append(sorted(path.name for path in folder.iterdir()))
        for number in range(12):
            (folder / look.still(number)).write_text(f"still {number}")
        (folder / look.PROXY).write_text("proxy")
        (folder / look.STORYBOARD).write_text("board")
        noise = np.random.default_rng(1).integers(60, 200, (20, 64 * 64), dtype=np.uint8)
        (folder / look.PRINTS).write_bytes(noise.tobytes())
        said = self.says.pop(0)
        if isinstance(said, Exception):
            raise said
        return Done("", said[0], said[1], 1.0)

    @property
    def strict(self) -> list[tuple[bool, bool]]:
        """Of each pass: whether it was strict, and whether hanging pictures were left out."""
        return [("-xerror" in argv, any("noise=drop" in word for word in argv)) for argv in self.passes]


def given(relay: Relay, data: bytes = b"film") -> str:
    file = relay.folder("incoming") / "file"
    file.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    relay.media.put(original(sha256), file)
    return sha256


def watched(
    relay: Relay, monkeypatch: pytest.MonkeyPatch, *says: tuple[str, int] | Exception, facts: Facts | Exception = PHONE
) -> tuple[Inspection, Watcher]:
    watcher = Watcher(*says)

    def probed(*_words: Any, max_seconds: float) -> Facts:
        assert max_seconds == relay.settings.max_video_seconds
        if isinstance(facts, Exception):
            raise facts
        return facts

    monkeypatch.setattr(inspect_module, "probe", probed)
    return inspect(dataclasses.replace(relay, toolbox=watcher), given(relay)), watcher  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_file_without_fault_gets_one_strict_pass(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    row, watcher = watched(relay, monkeypatch, (SAID_WELL, 0))
    assert watcher.strict == [(True, False)]
    assert (row.finding, row.reason, row.bytes) == (Finding.accepted, "", 4)
    assert (row.width, row.height, row.fps, row.duration, row.has_audio) == (1920, 1080, 30.0, 10.0, True)
    assert (row.loudness, row.peak) == (-23.4, -1.2)
    assert (row.flags, row.at) == ([], relay.now())
    assert row.technical == PHONE.to_json() | {
        "decoded": 301, "late": 0.0, "decode_errors": 0, "complaints": 0, "said": [], "shapes": [],
        "silence": [[0.0, 2.25], [8.0, 10.0]], "black": [[0.0, 1.5]], "frozen": [[2.0, 5.0]],
    }  # fmt: skip
    words = watcher.passes[0]
    path = relay.media.local(original(row.sha256))
    assert words == look.argv("/usr/bin/ffmpeg", str(path), PHONE, seconds=301.0, strict=True)


@pytest.mark.slow
def test_what_the_desk_needs_is_kept_and_nothing_else(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    row, _ = watched(relay, monkeypatch, (SAID_WELL, 0))
    assert relay.media.local(row.proxy).read_text() == "proxy"
    assert relay.media.local(row.storyboard).read_text() == "board"
    assert relay.media.local(row.poster).read_text() == "still 4"
    assert (row.poster, row.storyboard, row.proxy) == (
        poster(row.sha256),
        storyboard(row.sha256),
        proxy(row.sha256),
    )
    assert row.prints is not None
    assert len(row.prints) == 20 * families.BYTES
    assert list(relay.folder("work").iterdir()) == []


@pytest.mark.slow
def test_a_file_with_a_little_fault_is_looked_at_once_more_and_left_to_a_person(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, watcher = watched(relay, monkeypatch, (SAID_WELL, 1), (SAID_ILL, 0))
    assert watcher.strict == [(True, False), (False, False)]
    assert watcher.left == [[], []], "nothing of the first pass is taken for the second's"
    assert row.finding is Finding.review
    assert "damaged" in row.flags


def test_hanging_pictures_are_left_out_before_a_file_is_called_damaged(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = dataclasses.replace(PHONE, unkeyed=[[0, 5]])
    row, watcher = watched(relay, monkeypatch, (SAID_ILL, 1), (SAID_WELL, 0), facts=facts)
    assert watcher.strict == [(True, False), (True, True)]
    assert row.finding is Finding.accepted


@pytest.mark.slow
def test_a_file_whose_rest_is_damaged_too_is_looked_at_without_them(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = dataclasses.replace(PHONE, unkeyed=[[0, 5]])
    row, watcher = watched(relay, monkeypatch, (SAID_ILL, 1), (SAID_ILL, 1), (SAID_ILL, 0), facts=facts)
    assert watcher.strict == [(True, False), (True, True), (False, True)]
    assert row.finding is Finding.review


@pytest.mark.slow
def test_a_damaged_file_is_refused_and_leaves_nothing_but_its_reason(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, _ = watched(relay, monkeypatch, ("", 1), ("", 1))
    assert (row.finding, row.reason) == (Finding.refused, DAMAGED)
    assert (row.poster, row.proxy, row.storyboard, row.prints) == ("", "", "", None)
    assert not relay.media.has(poster(row.sha256))
    assert list(relay.folder("work").iterdir()) == []


@pytest.mark.slow
def test_of_a_damaged_picture_only_what_can_be_seen_counts(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    short = SAID_ILL.replace("300 frames encoded", "285 frames encoded")
    row, _ = watched(relay, monkeypatch, (short, 1), (short, 0))
    assert (row.finding, row.duration) == (Finding.review, 9.5)


@pytest.mark.slow
def test_a_picture_that_begins_late_is_told_with_how_much(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    row, _ = watched(relay, monkeypatch, (SHOWN + SAID_WELL, 0))
    assert row.technical["late"] == 2.04
    assert row.finding is Finding.review


@pytest.mark.slow
@pytest.mark.parametrize(
    "said",
    [
        ToolFailed("ffmpeg took too long"),
        ("[error] Cannot allocate memory", 1),
        ("", -9),
        ("", 137),
    ],
)
def test_a_file_that_costs_more_than_it_may_is_refused_as_too_heavy(
    relay: Relay, monkeypatch: pytest.MonkeyPatch, said: tuple[str, int] | Exception
) -> None:
    row, watcher = watched(relay, monkeypatch, said)
    assert (row.finding, row.reason) == (Finding.refused, TOO_HEAVY)
    assert len(watcher.passes) == 1


def test_a_pass_that_was_done_before_it_was_killed_counts(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    row, watcher = watched(relay, monkeypatch, (SAID_WELL, -9), (SAID_WELL, 0))
    assert len(watcher.passes) == 2
    assert row.finding is Finding.review


@pytest.mark.slow
def test_what_a_look_may_cost_grows_with_the_picture(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    _, watcher = watched(relay, monkeypatch, (SAID_WELL, 0))
    (limits,) = watcher.limits
    seconds = look.cost(PHONE)
    assert seconds == 60 + 40
    assert (limits.cpu_seconds, limits.wall_seconds, limits.memory_mb) == (seconds, 3 * seconds, 6144)
    assert (limits.file_mb, limits.open_files) == (512, 128)


@pytest.mark.parametrize(
    ("change", "seconds"),
    [
        ({}, 100),
        ({"coded_width": 3840, "coded_height": 2160, "fps": 60.0}, 60 + 249),
        ({"fps": 1000.0}, 60 + 249),
        ({"fps": 0.0}, 100),
        ({"video_duration": 10_000.0}, 3600),
    ],
)
def test_the_cost_of_a_look(change: dict[str, Any], seconds: int) -> None:
    assert look.cost(dataclasses.replace(PHONE, **change)) == seconds


@pytest.mark.slow
def test_a_film_that_is_too_long_is_never_decoded(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = dataclasses.replace(PHONE, video_duration=301.0)
    row, watcher = watched(relay, monkeypatch, facts=facts)
    assert (row.finding, row.reason, row.duration) == (Finding.refused, TOO_LONG, 301.0)
    assert (row.width, row.height, row.fps, row.has_audio, row.technical) == (1920, 1080, 30.0, True, facts.to_json())
    assert watcher.passes == []
    endless, _ = watched(relay, monkeypatch, facts=dataclasses.replace(PHONE, video_duration=1e9, audio_index=None))
    assert (endless.duration, endless.has_audio) == (1e6, False)


@pytest.mark.slow
def test_what_is_no_video_is_refused_with_its_reason(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    row, _ = watched(relay, monkeypatch, facts=Refused("This is a photo."))
    assert (row.finding, row.reason) == (Finding.refused, "This is a photo.")


@pytest.mark.parametrize("error", [ToolFailed("python failed"), DiskFull("The disk is full.")])
def test_a_machine_in_trouble_stores_nothing(relay: Relay, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    with pytest.raises(type(error)):
        watched(relay, monkeypatch, facts=error)
    with relay.reading() as session:
        assert session.get(Inspection, hashlib.sha256(b"film").hexdigest()) is None
    assert list(relay.folder("work").iterdir()) == []


def test_a_file_that_is_not_there_can_not_be_looked_at(relay: Relay) -> None:
    with pytest.raises(NotFound):
        inspect(relay, "0" * 64)


# --- again ---


@pytest.mark.slow
def test_a_file_is_looked_at_once(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = watched(relay, monkeypatch, (SAID_WELL, 0))
    again, watcher = watched(relay, monkeypatch)
    assert watcher.passes == []
    assert again.at == first.at


@pytest.mark.slow
@pytest.mark.parametrize("lost", [poster, storyboard, proxy])
def test_what_was_lost_is_made_again(
    relay: Relay, monkeypatch: pytest.MonkeyPatch, clock: FakeClock, lost: Any
) -> None:
    first, _ = watched(relay, monkeypatch, (SAID_WELL, 0))
    relay.media.delete(lost(first.sha256))
    clock.moves(hours=1)
    again, watcher = watched(relay, monkeypatch, (SAID_WELL, 0))
    assert len(watcher.passes) == 1
    assert relay.media.has(lost(first.sha256))
    assert again.at > first.at


@pytest.mark.slow
def test_a_refused_file_that_is_brought_again_is_judged_anew(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    watched(relay, monkeypatch, facts=dataclasses.replace(PHONE, video_duration=301.0))
    row, _ = watched(relay, monkeypatch, (SAID_WELL, 0))
    assert row.finding is Finding.accepted


def test_what_a_clip_stands_on_is_neither_forgotten_nor_judged_anew(
    relay: Relay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row, _ = watched(relay, monkeypatch, (SAID_WELL, 0))
    scene = Scene(relay, tmp_path)
    with relay.transaction() as session:
        session.add(
            Clip(
                campaign_id=scene.campaign(),
                sha256=row.sha256,
                video_id=scene.video(),
                created_at=relay.now(),
                published_at=relay.now(),
            )
        )
    relay.media.delete(row.poster)
    again, _ = watched(relay, monkeypatch, facts=dataclasses.replace(PHONE, video_duration=301.0))
    assert (again.finding, again.reason) == (Finding.refused, TOO_LONG)
    with relay.reading() as session:
        assert session.get_one(Inspection, row.sha256).finding is Finding.accepted
    inspect_module.forget(relay, row.sha256)
    assert relay.media.has(original(row.sha256))


@pytest.mark.slow
def test_a_refused_file_whose_bytes_are_gone_stays_refused(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    row, _ = watched(relay, monkeypatch, facts=Refused("This is a photo."))
    inspect_module.forget(relay, row.sha256)
    assert not relay.media.has(original(row.sha256))
    assert inspect(relay, row.sha256).reason == "This is a photo."


# --- what a moderator is told, at the bounds ---


@pytest.mark.parametrize(
    ("facts", "log", "flag", "there"),
    [
        ({}, {"loudness": -33.0}, "quiet", False),
        ({}, {"loudness": -33.1}, "quiet", True),
        ({}, {"loudness": -9.0}, "loud", False),
        ({}, {"loudness": -8.9}, "loud", True),
        ({}, {"peak": 0.5}, "clipped", False),
        ({}, {"peak": 0.6}, "clipped", True),
        ({}, {"black": ((0.0, 9.0),)}, "black", True),
        ({}, {"black": ((0.0, 8.9),)}, "black", False),
        ({}, {"frozen": ((0.0, 9.0),)}, "frozen", True),
        ({}, {"frozen": ((0.0, 4.0), (5.0, 9.9))}, "frozen", False),
        ({}, {"frozen": ((0.0, 2.0),), "frames": 60}, "frozen", False),
        ({}, {"silence": ((0.0, 9.8),)}, "silent", True),
        ({}, {"silence": ((0.0, 9.7),)}, "silent", False),
        ({"coded_height": 360}, {}, "low_resolution", False),
        ({"coded_height": 359}, {}, "low_resolution", True),
        ({"coded_width": 1080}, {}, "vertical", False),
        ({"video_duration": 1.0}, {"frames": 30}, "short", False),
        ({"video_duration": 0.99}, {}, "short", True),
        ({}, {"frames": 29}, "short", True),
        ({"sounds": 1}, {}, "several_sounds", False),
    ],
)
def test_a_flag_is_there_from_its_bound_on(
    facts: dict[str, Any], log: dict[str, Any], flag: str, *, there: bool
) -> None:
    said = look.flags(
        dataclasses.replace(PHONE, **facts),
        dataclasses.replace(look.read(SAID_WELL, PHONE), **{"silence": (), "black": (), "frozen": (), **log}),
    )
    assert (flag in said) is there


def test_spans_that_are_open_or_upside_down() -> None:
    def spans(*said: str) -> tuple[tuple[float, float], ...]:
        log = "\n".join(f"[Parsed_silencedetect_6 @ 0x1] [info] silence_{each}" for each in said)
        return look.read(f"{SAID_WELL.replace('silence_', 'quiet_')}\n{log}", PHONE).silence

    assert spans("start: 1", "end: 2", "start: 3") == ((1.0, 2.0), (3.0, 10.0))
    assert spans("end: 2", "start: 11") == ()
    assert look.share(((0.0, 3.0), (5.0, 9.0)), 5) == 1.0
    assert look.share(((0.0, 3.0),), 0) == 0.0
    assert look.share(((1.0, 2.0), (3.0, 4.0)), 10) == pytest.approx(0.2)
