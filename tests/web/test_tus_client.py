"""The upload as the real tuspy client speaks it, against a desk that is served on loopback."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from relay import installation_key
from relay.intake.hand_in import hand_ins, uploads
from relay.models import HandIn
from relay.web.public.uploads import ticket_of
from relay.web.serve import Desk
from tests.intake.participants import ANNA

tusclient = pytest.importorskip("tusclient", reason="tuspy is not installed")
from tusclient.client import TusClient  # noqa: E402
from tusclient.exceptions import TusCommunicationError, TusUploadFailed  # noqa: E402

pytestmark = pytest.mark.slow

PIECE = 300_000
ABOUT = {"filename": "дедушка.mp4", "filetype": "video/mp4"}


@pytest.fixture(autouse=True)
def _straight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def desk(relay, town) -> Iterator[Desk]:
    hand_ins.switch(relay, town.slug, is_open=True, person="Ольга")
    running = Desk(relay, "127.0.0.1", 0)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def hand_in(relay, desk, town) -> HandIn:
    hand_in, _ = hand_ins.begin(relay, town.slug, ANNA, consent="Yes.", language="en", visitor="home")
    return hand_in


@pytest.fixture
def address(relay, desk, hand_in) -> str:
    return place_of(relay, desk, hand_in)


def place_of(relay, desk, hand_in) -> str:
    """The address on the receipt's page."""

    class Asking:
        app = SimpleNamespace(state=SimpleNamespace(secret=installation_key.secret(relay)))

    return f"{desk.url}/uploads/{ticket_of(Asking, hand_in)}"  # type: ignore[arg-type]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(range(251)) * 8000)
    return path


def uploader(address: str, film: Path, **more: Any) -> Any:
    stream = io.BytesIO(film.read_bytes())  # tuspy leaves a file of its own open
    return TusClient(address).uploader(file_stream=stream, chunk_size=PIECE, metadata=ABOUT, **more)


def arrived(relay, hand_in) -> bytes | None:
    fresh = hand_ins.get(relay, hand_in.id)
    path = uploads.arrived(relay, fresh)
    return path.read_bytes() if path and fresh.state.value == "waiting" else None


def test_tuspy_sends_a_file_in_pieces(relay, hand_in, address, film):
    sending = uploader(address, film)
    sending.upload()
    assert sending.offset == film.stat().st_size
    assert arrived(relay, hand_in) == film.read_bytes()
    assert hand_ins.get(relay, hand_in.id).file_name == "дедушка.mp4"


def test_tuspy_goes_on_in_another_process(relay, hand_in, address, film):
    first = uploader(address, film)
    first.upload(stop_at=2 * PIECE)
    assert arrived(relay, hand_in) is None
    second = uploader(address, film, url=first.url)
    assert second.offset == 2 * PIECE
    second.upload()
    assert arrived(relay, hand_in) == film.read_bytes()


def test_a_connection_that_is_cut_in_a_piece_loses_nothing_that_came(relay, hand_in, address, film):
    sending = uploader(address, film)
    sending.upload_chunk()
    cut(sending.url, PIECE, film.read_bytes()[PIECE : PIECE + 100_000], of=PIECE)
    again = uploader(address, film, url=sending.url)
    deadline = 2000
    while again.get_offset() == PIECE and deadline:
        deadline -= 1
    assert again.get_offset() == PIECE + 100_000
    again = uploader(address, film, url=sending.url)
    again.upload()
    assert arrived(relay, hand_in) == film.read_bytes()


def cut(url: str, offset: int, content: bytes, *, of: int) -> None:
    """A PATCH that promises `of` bytes and ends with fewer."""
    parts = urlsplit(url)
    head = (
        f"PATCH {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n"
        f"Content-Type: application/offset+octet-stream\r\nContent-Length: {of}\r\n\r\n"
    )
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as wire:
        wire.sendall(head.encode() + content)


def test_a_client_that_goes_on_at_the_wrong_place_is_told_so(relay, hand_in, address, film):
    sending = uploader(address, film)
    sending.upload_chunk()
    sending.offset = 7
    with pytest.raises(TusUploadFailed) as told:
        sending.upload_chunk()
    assert told.value.status_code == 409
    assert sending.get_offset() == PIECE


def test_twin_without_the_check_of_offsets_the_file_is_mixed_up(relay, hand_in, address, film, monkeypatch):
    monkeypatch.setattr(uploads.OpenUpload, "lock", lambda self, _hand_in_id, offset: self._file.seek(offset))
    sending = uploader(address, film)
    sending.upload_chunk()
    sending.offset = film.stat().st_size - 5
    sending.upload()
    fresh = hand_ins.get(relay, hand_in.id)
    (part,) = (relay.folder("handed-in") / str(hand_in.id)).iterdir()
    assert fresh.state.value == "waiting"
    assert part.read_bytes() != film.read_bytes()


def test_a_client_with_a_made_up_ticket_or_from_another_site_gets_nowhere(relay, hand_in, address):
    for where, headers in ((f"{address}x", {}), (address, {"Origin": "https://evil.test"})):
        with pytest.raises(TusCommunicationError):
            TusClient(where, headers=headers).uploader(file_stream=io.BytesIO(b"film"), metadata=ABOUT).upload()
    assert hand_ins.get(relay, hand_in.id).bytes_total == 0


def test_many_who_send_at_once_get_through_whole(relay, desk, town, film):
    made = [
        hand_ins.begin(relay, town.slug, ANNA, consent="Yes.", language="en", visitor=f"home {n}")[0] for n in range(4)
    ]
    places = [place_of(relay, desk, hand_in) for hand_in in made]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda place: uploader(place, film).upload(), places))
    assert [arrived(relay, hand_in) for hand_in in made] == [film.read_bytes()] * 4
