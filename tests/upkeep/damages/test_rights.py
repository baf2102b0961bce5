from __future__ import annotations

import os
import stat

from relay.context import Relay
from relay.upkeep.damages.rights import rights


def test_what_others_may_read_is_counted_told_and_taken_from_them(relay: Relay) -> None:
    folder = relay.folder("almanacs")
    film, link, vault = folder / "a.mp4", folder / "b.mp4", relay.settings.media_folder.absolute()
    film.write_bytes(b"a film")
    film.chmod(0o600)
    link.symlink_to(film)  # its own mode means nothing
    for path in (relay.settings.data_dir, *relay.settings.data_dir.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)
    vault.mkdir(exist_ok=True, mode=0o700)
    (well,) = rights(relay, False, False)
    assert (well.what, well.text, well.wrong, well.fixed) == ("rights", "for this user only", False, False)

    film.chmod(0o640)
    vault.chmod(0o711)
    (wrong,) = rights(relay, False, False)
    assert (wrong.wrong, wrong.fixed) == (True, False)
    assert wrong.text.startswith("others may read files and folders: 2 (")
    assert str(film) in wrong.text or str(vault) in wrong.text
    (fixed,) = rights(relay, True, False)
    assert (fixed.wrong, fixed.fixed, fixed.text) == (False, True, "taken from others: 2")
    assert (stat.S_IMODE(film.stat().st_mode), stat.S_IMODE(vault.stat().st_mode)) == (0o600, 0o700)
    (well,) = rights(relay, True, False)
    assert well.text == "for this user only"


def test_what_is_somebody_elses_and_can_not_be_closed_is_left_and_told(relay: Relay, monkeypatch) -> None:
    film = relay.folder("almanacs") / "a.mp4"
    film.write_bytes(b"a film")
    (relay.folder("almanacs") / "b.mp4").write_bytes(b"")
    for path in relay.folder("almanacs").iterdir():
        path.chmod(0o644)
    closes = os.chmod

    def not_ours(path, mode, **words):
        if str(path).endswith("a.mp4"):
            raise PermissionError(1, "Operation not permitted")
        return closes(path, mode, **words)

    monkeypatch.setattr(os, "chmod", not_ours)
    (told,) = rights(relay, True, False)
    assert told.wrong
    assert told.text == f"others may read files and folders: 1 ({film.absolute()} …)"


def test_what_went_away_meanwhile_is_open_to_nobody(relay: Relay, monkeypatch) -> None:
    film = relay.folder("almanacs") / "a.mp4"
    film.write_bytes(b"a film")
    film.chmod(0o644)

    def gone(path, _mode, **_words):
        raise FileNotFoundError(2, "gone", str(path))

    monkeypatch.setattr(os, "chmod", gone)
    (told,) = rights(relay, True, False)
    assert (told.wrong, told.fixed, told.text) == (False, True, "taken from others: 1")
