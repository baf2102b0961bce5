"""The contract of the media store, over every implementation, and what only the one on a disk promises."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.media.vault import INCOMING, Vault
from relay.ports import MediaStore
from tests.fakes.store import FakeStore

A, B = "a" * 64, "b" * 64


@pytest.fixture(params=["vault", "fake", pytest.param("bucket", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    if request.param == "bucket":
        in_bucket: Relay = request.getfixturevalue("in_bucket")
        return in_bucket.media
    return Vault(tmp_path / "vault") if request.param == "vault" else FakeStore()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


def a_file(folder: Path, content: bytes = b"0123456789", name: str = "given") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_what_is_put_in_can_be_read_and_the_given_file_is_gone(store: MediaStore, tmp_path: Path) -> None:
    path = a_file(tmp_path)

    store.put(f"originals/{A}", path)

    assert store.has(f"originals/{A}")
    assert store.local(f"originals/{A}").read_bytes() == b"0123456789"
    assert not path.exists()


def test_the_same_key_again_changes_nothing(store: MediaStore, tmp_path: Path) -> None:
    store.put(A, a_file(tmp_path, b"first"))
    again = a_file(tmp_path, b"other")

    store.put(A, again)

    assert store.local(A).read_bytes() == b"first"
    assert not again.exists()


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [(0, 4, b"0123"), (3, 4, b"3456"), (8, 99, b"89"), (10, 5, b""), (99, 5, b""), (2, 0, b"")],
)
def test_a_range_is_limited_at_both_ends(
    store: MediaStore, tmp_path: Path, start: int, length: int, expected: bytes
) -> None:
    store.put(A, a_file(tmp_path))

    with store.range(A, start, length) as file:
        assert file.read() == expected


def test_a_range_can_be_read_piece_by_piece(store: MediaStore, tmp_path: Path) -> None:
    store.put(A, a_file(tmp_path, bytes(range(256)) * 1000))

    with store.range(A, 256, 512) as file:
        pieces = list(iter(lambda: file.read(100), b""))
    assert b"".join(pieces) == bytes(range(256)) * 2


def test_what_is_not_there_is_said_clearly(store: MediaStore) -> None:
    assert not store.has(A)
    with pytest.raises(NotFound, match=A):
        store.local(A)
    with pytest.raises(NotFound):
        store.range(A, 0, 1)


def test_deleting_is_final_and_can_be_repeated(store: MediaStore, tmp_path: Path) -> None:
    store.put(A, a_file(tmp_path))

    store.delete(A)
    store.delete(A)

    assert not store.has(A)


def test_lists_by_prefix_in_order(store: MediaStore, tmp_path: Path) -> None:
    for key in (f"posters/{B}.jpg", f"posters/{A}.jpg", f"originals/{A}", B):
        store.put(key, a_file(tmp_path))

    assert list(store.list("posters/")) == [f"posters/{A}.jpg", f"posters/{B}.jpg"]
    assert sorted(store.list()) == sorted([B, f"originals/{A}", f"posters/{A}.jpg", f"posters/{B}.jpg"])
    assert list(store.list("proxies/")) == []


@pytest.mark.parametrize(
    "key",
    [
        *("", "../etc/passwd", f"../{A}", f"a/../{A}", f"/{A}", "clip.mp4", f"{A}/{A}", f"x/{A}.tar.gz", f"{A}\n"),
        *(A.upper(), f"Видео/{A}", f"{A}.m\0p4", f".incoming/{A}"),
    ],
)
def test_nothing_foreign_names_a_file(store: MediaStore, tmp_path: Path, key: str) -> None:
    given = a_file(tmp_path)
    for attempt in (
        lambda: store.put(key, given),
        lambda: store.local(key),
        lambda: store.range(key, 0, 1),
        lambda: store.delete(key),
        lambda: store.has(key),
        lambda: store.url(key),
    ):
        with pytest.raises(Refused):
            attempt()
    assert given.exists()


def test_size_and_sum_are_told_without_bringing_the_bytes(store: MediaStore, tmp_path: Path) -> None:
    store.put(A, a_file(tmp_path))

    assert store.facts(A).size == 10
    assert store.facts(A).at.tzinfo is not None
    assert store.digest(A) == hashlib.sha256(b"0123456789").hexdigest()
    here = store.at_hand(A)
    assert here is not None
    assert here.read_bytes() == b"0123456789"


@pytest.mark.parametrize("ask", ["facts", "digest"])
def test_nothing_is_told_of_what_is_not_there(store: MediaStore, ask: str) -> None:
    with pytest.raises(NotFound):
        getattr(store, ask)(A)


def test_files_can_only_be_read(vault: Vault, tmp_path: Path) -> None:
    vault.put(A, a_file(tmp_path))

    assert stat.S_IMODE(vault.local(A).stat().st_mode) == 0o400


def test_a_file_that_a_crash_left_on_its_way_belongs_to_no_key(vault: Vault, tmp_path: Path) -> None:
    incoming = vault.root / INCOMING
    incoming.mkdir(parents=True)
    left = a_file(incoming, name="4f3c")

    assert list(vault.list()) == []
    assert list(incoming.iterdir()) == [left]


def test_a_file_from_another_disk_comes_in_whole(tmp_path: Path) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second disk here")
    vault = Vault(tmp_path / "vault")
    path = a_file(other, b"from far away", name=f"relay-test-{os.getpid()}")

    vault.put(A, path)

    assert vault.local(A).read_bytes() == b"from far away"
    assert not path.exists()
    assert list((vault.root / INCOMING).iterdir()) == []


FULL = """
import sys; from pathlib import Path; from relay.media.vault import INCOMING, Vault; from relay.errors import DiskFull
given = Path(sys.argv[1]) / "given"; vault = Vault(Path(sys.argv[2]) / "vault")
vault.put("b" * 64, Path(sys.argv[1]) / "small")
try:
    vault.put("a" * 64, given)
except DiskFull:
    print("full", given.exists(), list(vault.list()) == ["b" * 64], list((vault.root / INCOMING).iterdir()))
"""


@pytest.mark.slow
def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    """A real one: a small tmpfs in a mount namespace of its own."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare")
    a_file(tmp_path, bytes(1_000_000))
    a_file(tmp_path, b"small", name="small")
    disk = tmp_path / "disk"
    disk.mkdir()
    script = 'mount -t tmpfs -o size=300k none "$2" && exec "$3" -c "$4" "$1" "$2"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", str(tmp_path), str(disk), sys.executable, FULL],
        capture_output=True,
        text=True,
        check=False,
    )
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip("this machine lets nobody mount")
    assert done.stdout.strip() == "full True True []", done.stderr


KILLED = """
import os, sys; from pathlib import Path; from relay.media.vault import Vault
step, count = int(sys.argv[2]), 0
def watch(event, values):
    global count
    if event in ("os.rename", "open", "os.chmod", "os.mkdir", "shutil.copyfile"):
        count += 1
        if count == step: os._exit(9)
root = Path(sys.argv[1]); vault = Vault(root / "vault")
sys.addaudithook(watch)
vault.put("a" * 64, root / "given")
print(count)
"""


@pytest.mark.slow
def test_killed_at_any_step_a_key_is_whole_or_absent(tmp_path: Path) -> None:
    for step in _until_done(tmp_path):
        vault = Vault(tmp_path / "vault")
        if vault.has(A):
            assert vault.local(A).read_bytes() == b"0123456789", step
        else:
            assert (tmp_path / "given").read_bytes() == b"0123456789", step
            vault.put(A, tmp_path / "given")
            assert vault.local(A).read_bytes() == b"0123456789", step


def _until_done(root: Path) -> Iterator[int]:
    for step in range(1, 100):
        shutil.rmtree(root / "vault", ignore_errors=True)
        a_file(root)
        done = subprocess.run([sys.executable, "-c", KILLED, str(root), str(step)], capture_output=True, check=False)
        if done.returncode == 0:
            assert step > 5
            return
        assert done.returncode == 9, done.stderr
        yield step
