"""The protocols of a version's sign-offs go along with its file, and are compared without any database."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from relay.almanac.delivery import sign_off, versions
from relay.almanac.delivery.reviewing import protocols, sealed_films
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import DiskFull, NotFound, Refused, StoreError
from relay.models import Clip, ClipState, Event, EventKind
from relay.store import Store
from tests.almanac.cinema import has_version
from tests.almanac.filming import Camera
from tests.moderation.town import Town

FILM = ("proryv80", "film")
BOXES = struct.pack(">I4s", 16, b"ftyp") + b"isomiso2" + struct.pack(">I4sQ", 1, b"mdat", 16 + 400) + b"film" * 100


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    town.has_clip(name="Анна", state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    has_version(relay, content=BOXES)
    return town


def agrees(relay: Relay, name: str = "К. А. Веденеев", *, remark: str = "") -> None:
    link = sign_off.ask(relay, *FILM, to=name, position="глава", person="Ольга")
    if remark:
        sign_off.remark(relay, link.secret, remark, seconds=1)
    sign_off.decide(relay, link.secret, "remarks" if remark else "agreed")


@pytest.mark.slow
def test_the_file_alone_says_who_agreed_to_it(relay: Relay, town: Town) -> None:
    agrees(relay)
    agrees(relay, "М. Громова", remark="Синявино, а не Синявина")
    path = protocols.attach(relay, *FILM, person="Ольга")
    assert path.name == "proryv80_film-v1-protocol.mp4"
    assert path.read_bytes().startswith(BOXES)
    first, second = sealed_films.compare(path, protocols.public_key(relay).upper())
    assert first.holds
    assert second.holds
    assert (first.protocol["person"], first.protocol["verdict"]) == ("К. А. Веденеев", "agreed")
    assert second.protocol["remarks"] == [{"at": "0:01", "text": "Синявино, а не Синявина"}]
    assert (first.is_known, sealed_films.compare(path)[0].is_known) == (True, None)
    with relay.reading() as session:
        (noted,) = session.exec(select(Event).where(Event.what == EventKind.protocol_attached)).all()
    assert (noted.person, noted.details["protocols"]) == ("Ольга", 2)


@pytest.mark.slow
def test_the_film_stays_as_it_is_and_the_copy_is_made_anew(relay: Relay, town: Town) -> None:
    agrees(relay)
    film = relay.folder("almanacs") / "proryv80_film-v1.mp4"
    first = protocols.attach(relay, *FILM, person="Ольга")
    agrees(relay, "М. Громова")
    assert len(sealed_films.compare(protocols.attach(relay, *FILM, person="Ольга"))) == 2
    assert film.read_bytes() == BOXES
    assert versions.has_protocol_copy(relay, film)
    assert sorted(path.name for path in film.parent.glob("*.mp4")) == [first.name, film.name]


def _film_changed(content: bytes) -> bytes:
    return content.replace(b"filmfilm", b"filmFilm", 1)


def _position_changed(content: bytes) -> bytes:
    return content.replace("глава".encode(), "хлава".encode())


def _other_name(content: bytes) -> bytes:
    return content.replace("Веденеев".encode(), "Веденеёв".encode())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "is_right", "is_of_film"),
    [(_film_changed, True, False), (_position_changed, False, True), (_other_name, False, True)],
)
def test_whatever_is_changed_shows(
    relay: Relay, town: Town, change: Callable[[bytes], bytes], *, is_right: bool, is_of_film: bool
) -> None:
    agrees(relay)
    path = protocols.attach(relay, *FILM, person="Ольга")
    before = path.read_bytes()
    path.write_bytes(change(before))
    assert path.read_bytes() != before
    (found,) = sealed_films.compare(path)
    assert (found.is_right, found.is_of_film, found.holds) == (is_right, is_of_film, False)


@pytest.mark.slow
def test_every_byte_of_the_signed_protocol_counts(relay: Relay, town: Town) -> None:
    """The twin: whoever does not compare the signature takes another name for the right one."""
    agrees(relay)
    (said,) = sealed_films.compare(protocols.attach(relay, *FILM, person="Ольга"))
    seed = relay.store.chain_keys.signing  # type: ignore[union-attr]
    made = sealed_films.signed(seed, said.protocol)
    content = sealed_films.as_signed(said.protocol)
    for at in range(len(content)):
        flipped = bytearray(content)
        flipped[at] ^= 1
        try:
            other = json.loads(flipped)
        except ValueError:
            continue
        assert not sealed_films._is_right(replace(made, protocol=other)), at
    assert sealed_films._is_right(made)


def test_somebody_elses_key_is_told_where_one_is_asked_for(relay: Relay, town: Town, tmp_path: Path) -> None:
    """Anybody may sign with a key of their own; so the key is compared with the one that the installation tells."""
    agrees(relay)
    path = protocols.attach(relay, *FILM, person="Ольга")
    (said,) = sealed_films.compare(path)
    forged = tmp_path / "forged.mp4"
    (relay.folder("almanacs") / "plain.mp4").write_bytes(BOXES)
    theirs = sealed_films.signed(b"x" * 32, {**said.protocol, "person": "Никто"})
    sealed_films.write(relay.folder("almanacs") / "plain.mp4", forged, [theirs])
    (found,) = sealed_films.compare(forged, protocols.public_key(relay))
    assert (found.is_right, found.is_of_film, found.is_known, found.holds) == (True, True, False, False)
    assert sealed_films.compare(forged)[0].holds, "the twin: nobody asked whose key it is"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"x", BOXES, b"\0" * 100, struct.pack(">I4s", 0, b"mdat"), struct.pack(">I4s", 7, b"free") + b"x" * 20,
        struct.pack(">I4s", 24, b"uuid") + b"z" * 16, struct.pack(">I4s", 24, b"uuid") + sealed_films.KIND,
        *(struct.pack(">I4s", 24 + len(text), b"uuid") + sealed_films.KIND + text
          for text in (b"{}", b"[]", b'{"protocols": []}', b'{"protocols": [1]}', b'{"protocols": [{"protocol": 1}]}',
                       b'{"protocols": [{"protocol": {"remarks": [1]}, "key": "", "signature": ""}]}', b"[" * 100_000)),
    ],
)  # fmt: skip
def test_a_file_without_protocols_is_said_to_have_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(NotFound, match=r"film\.mp4 brings no protocol"):
        sealed_films.compare(path)


@pytest.mark.parametrize(("key", "signature"), [("", ""), ("zz", "zz"), ("00" * 32, "00" * 64), ("ab", "cd")])
def test_a_key_that_is_none_is_not_right(tmp_path: Path, key: str, signature: str) -> None:
    film, path = tmp_path / "a.mp4", tmp_path / "film.mp4"
    film.write_bytes(BOXES)
    sealed_films.write(film, path, [sealed_films.SignedProtocol({"film": ""}, key, signature)])
    assert not sealed_films.compare(path)[0].is_right


@pytest.mark.slow
def test_what_is_refused_leaves_nothing(relay: Relay, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="Nobody has given a verdict on version 1 yet"):
        protocols.attach(relay, *FILM, person="Ольга")
    agrees(relay)

    def full(*_words: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken, pytest.raises(DiskFull):
        broken.setattr(sealed_films, "write", full)
        protocols.attach(relay, *FILM, person="Ольга")
    plain = replace(relay, store=Store(str(relay.store.url.render_as_string(hide_password=False))))
    with pytest.raises(StoreError):
        protocols.public_key(plain)
    plain.store.close()
    film = relay.folder("almanacs") / "proryv80_film-v1.mp4"
    film.write_bytes(b"another")
    with pytest.raises(Refused, match="not the one that was to be signed off"):
        protocols.attach(relay, *FILM, person="Ольга")
    film.write_bytes(BOXES)
    with relay.transaction() as session:
        session.get_one(Clip, 1).state = ClipState.withdrawn
    with pytest.raises(Refused, match="taken a clip of this version back"):
        protocols.attach(relay, *FILM, person="Ольга")
    assert [path.name for path in film.parent.glob("*protocol*")] == []


@pytest.mark.media
def test_a_film_with_protocols_plays_like_the_film(relay: Relay, camera: Camera) -> None:
    town = Town(relay)
    town.has_clip(name="Анна", state=ClipState.approved, duration=2)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    content = camera.films("agreed", frames=50).read_bytes()
    has_version(relay, content=content)
    agrees(relay)
    path = protocols.attach(relay, *FILM, person="Ольга")
    assert sealed_films.compare(path)[0].holds
    from relay.almanac.film import mp4

    assert mp4.read(path) == mp4.read(relay.folder("almanacs") / "proryv80_film-v1.mp4")
    argv = [relay.toolbox.ffmpeg, "-v", "error", "-xerror", "-i", path.name, "-f", "null", "-"]
    done = relay.toolbox.run(argv, folder=path.parent)
    assert (done.returncode, done.stderr) == (0, "")
