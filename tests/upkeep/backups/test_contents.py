from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.intake.hand_in import uploads
from relay.models import HandIn, HandInState, Video
from relay.upkeep.backups import contents
from relay.upkeep.backups.making import backup
from relay.upkeep.backups.restoring import restore
from tests.moderation.town import Town
from tests.upkeep.backups.conftest import BYTES, SHA

pytestmark = pytest.mark.slow

WAITING = b"a video that waits" * 50


def has_hand_in(relay: Relay, state: HandInState, number: str, content: bytes = WAITING) -> HandIn:
    campaign = relay_campaign(relay)
    with relay.transaction() as session:
        row = HandIn(
            campaign_id=campaign, number=number, link_hash=number, state=state, bytes_total=len(content),
            bytes_here=len(content), created_at=relay.now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        folder = relay.folder(uploads.FOLDER, str(row.id))
        (folder / f"{'a' * 32}{uploads.PART}").write_bytes(content)
    return row


def relay_campaign(relay: Relay) -> int:
    from relay.models import Campaign

    with relay.reading() as session:
        known = session.exec(select(Campaign.id)).first()
    return known or Town(relay).campaign_id


@pytest.mark.parametrize("name", ["b.tar", "b"])
@pytest.mark.parametrize("state", [HandInState.waiting, HandInState.begun])
def test_files_that_were_handed_in_and_wait_come_back(
    filled: Relay, elsewhere: Relay, tmp_path: Path, name: str, state: HandInState
) -> None:
    row = has_hand_in(filled, state, "1")
    backup(filled, tmp_path / name, folder=name == "b")
    restore(elsewhere, tmp_path / name)
    (back,) = (elsewhere.settings.data_dir / uploads.FOLDER / str(row.id)).iterdir()
    assert (back.name, back.read_bytes()) == (f"{'a' * 32}{uploads.PART}", WAITING)
    elsewhere.store.close()


def test_twin_without_them_a_waiting_video_is_lost(
    filled: Relay, elsewhere: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = has_hand_in(filled, HandInState.waiting, "1")
    monkeypatch.setattr(contents, "STILL_TO_LOOK_AT", ())
    backup(filled, tmp_path / "b.tar")
    restore(elsewhere, tmp_path / "b.tar")
    assert not (elsewhere.settings.data_dir / uploads.FOLDER / str(row.id)).exists()
    with elsewhere.reading() as session:
        assert session.get_one(HandIn, row.id).state is HandInState.waiting
    elsewhere.store.close()


def test_what_was_taken_in_or_back_is_no_file_that_waits(filled: Relay, tmp_path: Path) -> None:
    for number, state in enumerate(set(HandInState) - set(contents.STILL_TO_LOOK_AT)):
        has_hand_in(filled, state, str(number))
    assert backup(filled, tmp_path / "b.tar").files == 2


def test_the_keys_of_signed_copies_come_along(filled: Relay, elsewhere: Relay, tmp_path: Path) -> None:
    folder = filled.folder("credentials")
    (folder / "key.pem").write_text("a key")
    (folder / "chain.pem").write_text("a chain")
    backup(filled, tmp_path / "b.tar")
    restore(elsewhere, tmp_path / "b.tar")
    back = elsewhere.settings.data_dir / "credentials"
    assert {path.name: path.read_text() for path in back.iterdir()} == {"key.pem": "a key", "chain.pem": "a chain"}
    elsewhere.store.close()


def test_files_are_those_of_the_copy_and_not_of_what_happened_since(
    filled: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_to = filled.store.copy_to

    def then_a_row_is_gone(target: Path) -> None:
        copy_to(target)
        with filled.transaction() as session:
            session.get_one(Video, 1).sha256 = None

    monkeypatch.setattr(filled.store, "copy_to", then_a_row_is_gone)
    assert backup(filled, tmp_path / "b.tar").files == 2


def test_what_is_missing_or_damaged_is_told_and_does_not_stop_the_backup(filled: Relay, tmp_path: Path) -> None:
    path = filled.media.local(f"originals/{SHA}")
    path.chmod(0o600)
    path.write_bytes(BYTES[:-1] + b"!")
    with filled.transaction() as session:
        again = session.get_one(Video, 1).model_dump(exclude={"id"}) | {"video_id": "3", "sha256": "0" * 64}
        session.add(Video(**again))
    for name in ("b.tar", "b"):
        made = backup(filled, tmp_path / name, folder=name == "b")
        assert made.damaged == [f"media/originals/{SHA}"]
        assert made.missing == [f"media/originals/{'0' * 64}"]


def test_a_file_that_goes_while_the_backup_runs_is_left_out(
    filled: Relay, elsewhere: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from relay.upkeep.backups import making

    listed = making._listed

    def then_it_is_erased(relay: Relay, copy: Path) -> object:
        found = listed(relay, copy)
        relay.media.delete(f"originals/{SHA}")
        return found

    monkeypatch.setattr(making, "_listed", then_it_is_erased)
    for name in ("b.tar", "b"):
        filled.folder("work").joinpath("part").write_bytes(BYTES)
        filled.media.put(f"originals/{SHA}", filled.folder("work") / "part")
        assert backup(filled, tmp_path / name, folder=name == "b").files == 1
    assert restore(elsewhere, tmp_path / "b.tar").damaged == []
    elsewhere.store.close()
