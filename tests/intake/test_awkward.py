"""Files that are broken off, empty, mislabelled, oddly named or oddly titled: each has a verdict, nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from relay.context import Relay
from relay.errors import Refused
from relay.intake.hand_in.files import add_files
from relay.intake.hand_in.uploads import create
from relay.intake.inspect import TOO_SMALL, inspect, original
from relay.media.toolbox import Toolbox
from relay.models import Finding, Video
from tests.intake import awkward
from tests.intake.participants import Participants
from tests.intake.scene import Scene
from tests.intake.test_inspect import put

pytestmark = pytest.mark.media


@pytest.fixture(scope="module")
def written(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the shared writer, with its manifest."""
    tool, folder = shared / "tools" / "make_awkward.py", tmp_path_factory.mktemp("awkward")
    if not tool.is_file():
        pytest.skip("the writer of awkward files is not beside the project")
    subprocess.run([sys.executable, str(tool), str(folder)], check=True, capture_output=True)
    return folder


def test_each_awkward_file_ends_in_its_verdict(relay: Relay, tmp_path: Path) -> None:
    found = {}
    for one in awkward.write(Toolbox(), tmp_path):
        row = inspect(relay, put(relay, one.path))
        found[one.path.name] = (row.finding is Finding.refused, row.reason) == (bool(one.reason), one.reason)

    assert found == dict.fromkeys(found, True)
    assert len(found) == 9


def test_each_file_of_the_manifest_ends_in_the_verdict_that_it_says(relay: Relay, written: Path) -> None:
    rows = json.loads((written / "manifest.json").read_text())["files"]
    for row in rows:
        found = inspect(relay, put(relay, written / row["file"]))
        if row["expected"].startswith("refused"):
            assert (found.finding, bool(found.reason)) == (Finding.refused, True), row["file"]
        else:
            assert found.finding is Finding.accepted or found.reason == TOO_SMALL, row["file"]
    assert len(rows) > 15


def test_a_title_inside_a_file_is_kept_out_of_what_is_known_of_it(relay: Relay, tmp_path: Path) -> None:
    path = awkward.films(Toolbox(), tmp_path, "-metadata", f"title={awkward.TITLE}")
    row = inspect(relay, put(relay, path))

    assert "Имя" not in json.dumps(row.technical, ensure_ascii=False)
    assert "Имя".encode() not in relay.media.local(row.proxy).read_bytes()


def test_a_name_is_never_taken_for_an_option_a_pattern_or_an_address(relay: Relay, tmp_path: Path) -> None:
    """Each file has content of its own, so that none can stand in for another."""
    Scene(relay, tmp_path).campaign()
    folder, stick = tmp_path / "made", tmp_path / "stick"
    folder.mkdir()
    stick.mkdir()
    film = awkward.films(Toolbox(), folder).read_bytes()
    before = {}
    for number, name in enumerate(awkward.NAMES):
        box = b"free" + number.to_bytes(4, "big")
        before[name] = film + (len(box) + 4).to_bytes(4, "big") + box
        (stick / name).write_bytes(before[name])
    here = set(Path().iterdir())

    made = add_files(relay, "proryv80", [stick / name for name in awkward.NAMES], person="Анна")

    assert len(set(made)) == len(awkward.NAMES)
    assert {path.name: path.read_bytes() for path in stick.iterdir()} == before, "the stick is as it was"
    with relay.reading() as session:
        videos = [session.get_one(Video, number) for number in made]
    assert {video.title for video in videos} == {name[:200] for name in awkward.NAMES}
    assert all(relay.media.has(original(video.sha256 or "")) for video in videos)
    assert set(Path().iterdir()) == here
    assert list(relay.folder("work").iterdir()) == []


def test_a_refusal_names_the_file_and_leaves_it_where_it_is(relay: Relay, tmp_path: Path) -> None:
    Scene(relay, tmp_path).campaign()
    for number, name in enumerate(("--help.mp4", "%d.mp4", "new\nline.mp4")):
        path = tmp_path / name
        path.write_bytes(f"Это не видео, а письмо {number}.\n".encode() * 40)
        with pytest.raises(Refused, match="This is a text, not a video") as caught:
            add_files(relay, "proryv80", [path], person="Анна")
        assert name in str(caught.value)
        assert path.is_file()


def test_what_a_browser_calls_a_file_is_only_kept_to_be_shown(relay: Relay, people: Participants) -> None:
    for name in awkward.NAMES:
        secret = people.begins(visitor=name)
        hand_in_id = people.hand_in(secret).id or 0
        upload = create(relay, hand_in_id, name=name, kind="video/mp4", length=10)

        kept = people.hand_in(secret).file_name
        assert "\n" not in kept
        assert [path.name for path in (relay.folder("handed-in") / str(hand_in_id)).iterdir()] == [f"{upload}.part"]
