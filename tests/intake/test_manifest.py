"""Every file of the shared corpus ends as its manifest expects. Takes minutes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from relay.config import Settings
from relay.context import Relay
from relay.intake import families
from relay.intake.inspect import inspect
from relay.media.toolbox import Toolbox
from relay.media.vault import Vault
from relay.models import Finding, Inspection
from relay.store import Store
from tests.conftest import SHARED
from tests.fakes.clock import FakeClock
from tests.fakes.fetcher import FakeFetcher
from tests.intake.test_inspect import put

pytestmark = [pytest.mark.media, pytest.mark.slow]

FITS: dict[str, set[Finding]] = {
    "accepted": {Finding.accepted},
    "accepted (or too short)": {Finding.accepted},
    "accepted (or too long)": {Finding.accepted},
    "accepted (or flagged)": {Finding.accepted, Finding.review},
    "accepted, flagged as duplicate": {Finding.accepted},
    "accepted or rejected (too large)": {Finding.accepted, Finding.refused},
    "accepted or rejected (too small/short)": {Finding.accepted, Finding.refused},
    "accepted or rejected (too small)": {Finding.accepted, Finding.refused},
    "accepted or rejected (changes size)": {Finding.accepted, Finding.refused},
    "accepted or rejected (GIF not video)": {Finding.refused},
    "accepted technically; flag black + silent": {Finding.accepted},
    "accepted with warnings": {Finding.review},
    "rejected or accepted without sound": {Finding.accepted, Finding.refused},
}
"""What each `expected` of the manifest allows; whatever begins with `rejected:` must be refused."""
REASONS = {
    "odd/sample_audio_only_15s.mp4": "There is only sound in this file, no picture.",
    "odd/sample_vvc.mp4": "The picture is coded in a way that is not supported.",
    "odd/sample_fragmented_widevine.mp4": "The video is encrypted.",
    "odd/invalid-bitstream.webm": "The video is damaged.",
    "odd/-video-with-dash-.mp4": "The picture is too small.",
    "odd/broken.mp4": "The video can't be read: it is damaged or incomplete.",
    "odd/corrupted.mp4": "The video is damaged.",
    "odd/no_timescale.mp4": "The video is damaged.",
    "odd/mov-3elist-encrypted.mp4": "The video is encrypted.",
    "odd/long_1080p_lowbitrate.mp4": "The video is longer than the campaign allows.",
    "general/pigs_in_a_polka.gif": "This is an animated picture, not a video.",
}
FLAGS = {
    "odd/silent-black-10s.mp4": {"black", "silent"},
    "odd/sample_missing_stsd.mp4": {"no_sound", "lost_sound"},
    "people/d13.mp4": {"no_sound", "vertical"},
    "general/dv84.mp4": {"hdr", "vertical"},
    "general/hdr10-av1.mp4": {"hdr", "vertical"},
    "general/dolbyVision-hdr.MOV": {"hdr", "short"},
    "general/portrait_4k60.mp4": {"vertical", "short"},
    "general/sample_android_slow_motion.mp4": {"vfr", "no_sound"},
    "odd/weird_aspect.small.mpg": {"damaged"},
}
SAME = {
    "chair": ["chair-orig-22-sd-bar", "chair-22-sd-grey-bar", "chair-22-with-large-logo-bar", "chair-19-sd-bar"],
    "man": ["sample_portrait", "sample_rotate_and_reflect", "sample", "sample_with_htc_rotation_track_name",
            "sample_missing_stsd"],
}  # fmt: skip
ALSO_THE_MAN = "sample_empty_track"
"""Not in the manifest's group, but the same pictures (12 bits apart); seen by eye."""


def rows() -> list[dict[str, str]]:
    path = SHARED / "corpus" / "media" / "manifest.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Inspection]]:
    """One relay for all, so that the families can be compared at the end."""
    data = tmp_path_factory.mktemp("manifest")
    settings = Settings(_env_file=None, data_dir=data)  # type: ignore[call-arg]
    store = Store(settings.db_url)
    store.upgrade(FakeClock()())
    relay = Relay(
        settings=settings, store=store, sources={}, fetcher=FakeFetcher(), media=Vault(data / "vault"),
        toolbox=Toolbox(), clock=FakeClock(), holder="test",
    )  # fmt: skip
    yield {
        row["file"]: inspect(relay, put(relay, SHARED / "corpus" / "media" / row["file"]))
        for row in rows()
    }  # fmt: skip
    store.close()


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["file"])
def test_each_file_ends_as_expected(shared: Path, found: dict[str, Inspection], row: dict[str, str]) -> None:
    seen, expected = found[row["file"]], row["expected"]

    assert seen.finding in FITS.get(expected, {Finding.refused}), (seen.reason, seen.technical.get("said"))
    assert expected in FITS or expected.startswith("rejected:")
    assert seen.reason == REASONS.get(row["file"], "")
    assert FLAGS.get(row["file"], set()) <= set(seen.flags)
    if seen.finding is not Finding.refused and row["duration"]:
        assert seen.duration == pytest.approx(float(row["duration"]), abs=0.25)
        assert seen.poster and seen.storyboard and seen.proxy and seen.prints
        tall = int(row["h"]) > int(row["w"])
        if row["rotation"] in ("90", "-90"):
            tall = not tall
        assert (seen.height > seen.width) == tall
        assert ("vertical" in seen.flags) == tall


def test_recordings_are_grouped_and_nothing_else_is(shared: Path, found: dict[str, Inspection]) -> None:
    groups: dict[str, str] = {}
    for one, other in combinations([name for name, row in found.items() if row.prints], 2):
        if families.same_recording(found[one].prints or b"", found[other].prints or b""):
            groups.setdefault(one, one)
            old, new = groups.get(other, other), groups[one]
            groups = {name: new if group == old else group for name, group in (groups | {other: new}).items()}

    by_group: dict[str, set[str]] = {}
    for name, group in groups.items():
        by_group.setdefault(group, set()).add(Path(name).stem)
    assert sorted(map(sorted, by_group.values())) == sorted(
        [sorted(SAME["chair"]), sorted([*SAME["man"], ALSO_THE_MAN])]
    )
