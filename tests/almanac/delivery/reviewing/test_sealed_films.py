"""A film with its protocols, box by box (ISO/IEC 14496-12, 4.2); how they come about: test_protocols.py."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from relay.almanac.delivery.reviewing import sealed_films
from relay.almanac.delivery.reviewing.sealed_films import SignedProtocol
from relay.errors import NotFound

SEED, OTHER = bytes(range(32)), bytes(32)
FILM = struct.pack(">I4s", 16, b"ftyp") + b"isomavc1" + struct.pack(">I4s", 12, b"free") + b"film"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(FILM)
    return path


def protocol(film: bytes = FILM, **more: object) -> dict[str, Any]:
    return {"person": "Вера", "film": hashlib.sha256(film).hexdigest(), "remarks": [], **more}


def sealed(film: Path, *protocols: SignedProtocol) -> Path:
    target = film.with_name("sealed.mp4")
    sealed_films.write(film, target, protocols)
    return target


def box(content: bytes, *, kind: bytes = sealed_films.KIND) -> bytes:
    return struct.pack(">I4s", sealed_films.HEADER + len(content), b"uuid") + kind + content


def told(*protocols: Mapping[str, Any]) -> bytes:
    return json.dumps({"protocols": list(protocols)}, ensure_ascii=False).encode()


def test_a_film_brings_its_protocols_along_and_stays_the_film(film: Path) -> None:
    first, second = (sealed_films.signed(SEED, protocol(verdict=verdict)) for verdict in ("agreed", "remarks"))
    target = sealed(film, first, second)
    assert target.read_bytes().startswith(FILM)
    assert film.read_bytes() == FILM
    found = sealed_films.compare(target)
    assert [(one.protocol, one.key) for one in found] == [
        (first.protocol, sealed_films.public_key(SEED)), (second.protocol, sealed_films.public_key(SEED)),
    ]  # fmt: skip
    assert [(one.is_right, one.is_of_film, one.is_known, one.holds) for one in found] == [(True, True, None, True)] * 2


def test_whose_key_it_is_counts_where_one_was_asked_for(film: Path) -> None:
    target = sealed(film, sealed_films.signed(SEED, protocol()))
    key = sealed_films.public_key(SEED)
    for asked, known in (
        (key, True),
        (f" {key.upper()}\n", True),
        (sealed_films.public_key(OTHER), False),
        (" ", None),
    ):
        (one,) = sealed_films.compare(target, asked)
        assert (one.is_known, one.holds) == (known, known is not False)


def test_another_film_another_word_or_another_signature_holds_no_more(film: Path) -> None:
    right = sealed_films.signed(SEED, protocol())
    changed = SignedProtocol({**right.protocol, "person": "Анна"}, right.key, right.signature)
    by_another = SignedProtocol(right.protocol, sealed_films.public_key(OTHER), right.signature)
    nonsense = SignedProtocol(right.protocol, "no key", "no signature")
    of_another = sealed_films.signed(SEED, protocol(b"another film"))
    found = sealed_films.compare(sealed(film, changed, by_another, nonsense, of_another))
    assert [(one.is_right, one.is_of_film, one.holds) for one in found] == [
        (False, True, False), (False, True, False), (False, True, False), (True, False, False),
    ]  # fmt: skip


def test_the_bytes_that_are_signed_are_the_same_everywhere() -> None:
    assert sealed_films.as_signed({"b": "ё", "a": [1, None]}) == '{"a":[1,null],"b":"ё"}'.encode()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{}", b"\xff", told(), told({"protocol": {}, "key": "k"}),
        told({"protocol": [], "key": "k", "signature": "s"}),
        told({"protocol": {"remarks": ["x"]}, "key": "k", "signature": "s"}),
        told({"protocol": {"remarks": 5}, "key": "k", "signature": "s"}),
    ],
)  # fmt: skip
def test_a_box_of_something_else_brings_no_protocol_along(film: Path, content: bytes) -> None:
    film.write_bytes(FILM + box(content))
    with pytest.raises(NotFound, match="brings no protocol"):
        sealed_films.compare(film)


def test_only_our_box_at_the_end_counts(film: Path) -> None:
    one = sealed_films.signed(SEED, protocol())
    mine = box(told({"protocol": one.protocol, "key": one.key, "signature": one.signature}))
    wrong: list[bytes] = [
        b"", FILM, FILM + mine + struct.pack(">I4s", 8, b"free"), FILM + mine[:-1], FILM + mine + b"x",
        FILM + mine.replace(b"uuid", b"free", 1), FILM + box(mine[sealed_films.HEADER :], kind=b"0" * 16),
        FILM + struct.pack(">I4s", 7, b"free") + mine,
    ]  # fmt: skip
    for content in wrong:
        film.write_bytes(content)
        with pytest.raises(NotFound):
            sealed_films.compare(film)
    large = struct.pack(">I4sQ", 1, b"mdat", 20) + b"data"
    film.write_bytes(FILM + large + mine)
    assert [found.is_right for found in sealed_films.compare(film)] == [True]
    film.write_bytes(FILM + mine)
    assert sealed_films.compare(film)[0].holds


def test_a_box_that_is_too_large_or_one_among_too_many_is_not_read(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = sealed(film, sealed_films.signed(SEED, protocol()))
    size = target.stat().st_size - len(FILM)
    with monkeypatch.context() as patch:
        patch.setattr(sealed_films, "LARGEST", size - 1)
        with pytest.raises(NotFound):
            sealed_films.compare(target)
        patch.setattr(sealed_films, "LARGEST", size)
        assert sealed_films.compare(target)
    monkeypatch.setattr(sealed_films, "BLOCK", 5)
    assert sealed_films.compare(target)[0].is_of_film
    monkeypatch.setattr(sealed_films, "MOST_BOXES", 2)
    with pytest.raises(NotFound):
        sealed_films.compare(target)
    monkeypatch.setattr(sealed_films, "MOST_BOXES", 3)
    assert sealed_films.compare(target)
