"""Pictures, music and what lies beside films: kept by the doctor, and in every backup."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import time
from pathlib import Path

import pytest

from relay.context import Relay
from relay.media.vault import Vault
from relay.models import Almanac, Picture, Render, Track
from relay.store import Store
from relay.upkeep.backups.making import backup
from relay.upkeep.backups.restoring import restore
from relay.upkeep.doctor import check
from tests.moderation.town import OPENS, Town

SHAS = {kind: hashlib.sha256(kind.encode()).hexdigest() for kind in ("pictures", "music")}


@pytest.fixture
def campaign(relay: Relay) -> int:
    for kind, sha256 in SHAS.items():
        part = relay.folder("work") / kind
        part.write_text(kind)
        relay.media.put(f"{kind}/{sha256}", part)
        os.utime(relay.media.local(f"{kind}/{sha256}"), (time.time() - 90_000,) * 2)
    return Town(relay).campaign_id


def rows(relay: Relay, campaign: int) -> None:
    common = {"campaign_id": campaign, "person": "anna", "at": OPENS}
    with relay.transaction() as session:
        session.add(Picture(sha256=SHAS["pictures"], source="ЦГАКФФД", width=1, height=1, **common))  # type: ignore[arg-type]
        session.add(Track(sha256=SHAS["music"], title="Время", cleared="Договор", seconds=9, **common))  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_doctor_keeps_pictures_and_music_that_have_a_row(relay: Relay, campaign: int) -> None:
    rows(relay, campaign)
    check(relay, fix=True)
    assert all(relay.media.has(f"{kind}/{sha256}") for kind, sha256 in SHAS.items())


@pytest.mark.slow
def test_without_a_row_they_go(relay: Relay, campaign: int) -> None:
    """The twin."""
    check(relay, fix=True)
    assert not any(relay.media.has(f"{kind}/{sha256}") for kind, sha256 in SHAS.items())


@pytest.mark.slow
def test_a_backup_has_them_and_what_lies_beside_a_film(relay: Relay, campaign: int, tmp_path: Path) -> None:
    rows(relay, campaign)
    names = [f"film-v1{end}" for end in (".mp4", ".json", ".jpg", ".ru.srt", ".ru.vtt", ".en.srt")]
    for name in (*names, "film-v10.ru.srt"):
        (relay.folder("almanacs") / name).write_text(name)
    with relay.transaction() as session:
        almanac = Almanac(campaign_id=campaign, name="film", title="x", created_at=OPENS)
        session.add(almanac)
        session.flush()
        session.add(
            Render(
                almanac_id=almanac.id or 0, version=1, file="almanacs/film-v1.mp4", manifest="almanacs/film-v1.json",
                poster="almanacs/film-v1.jpg", sha256="0" * 64, frames=1, fps=25, shots_encoded=0, shots_reused=0,
                seconds=1, at=OPENS,
            )
        )  # fmt: skip
    backup(relay, tmp_path / "b.tar")
    settings = relay.settings.model_copy(update={"data_dir": tmp_path / "elsewhere"})
    store, media = Store(settings.db_url), Vault(settings.media_folder)
    restore(dataclasses.replace(relay, settings=settings, store=store, media=media), tmp_path / "b.tar")
    store.close()
    assert all(media.local(f"{kind}/{sha256}").read_text() == kind for kind, sha256 in SHAS.items())
    assert sorted(path.name for path in (tmp_path / "elsewhere" / "almanacs").iterdir()) == sorted(names)
