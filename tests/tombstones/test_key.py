from __future__ import annotations

import hashlib

import pytest

from relay.errors import Refused
from relay.models import TombstoneKind
from relay.tombstones.key import TombstoneKey

KEY, OTHER = TombstoneKey.of(b"one"), TombstoneKey.of(b"two")
SHA = hashlib.sha256(b"video").hexdigest()


def test_nobody_without_the_key_can_ask_about_a_video() -> None:
    digest = KEY.digest(TombstoneKind.bytes, SHA)
    assert digest == TombstoneKey.of(b"one").digest(TombstoneKind.bytes, SHA)
    guesses = {OTHER.digest(TombstoneKind.bytes, SHA), SHA, hashlib.sha256(SHA.encode()).hexdigest()}
    assert digest not in guesses


def test_parts_and_kinds_are_kept_apart() -> None:
    made = [
        KEY.digest(TombstoneKind.video, "a", "bc"),
        KEY.digest(TombstoneKind.video, "ab", "c"),
        KEY.digest(TombstoneKind.video, "abc"),
        KEY.digest(TombstoneKind.post, "a", "bc"),
    ]
    assert len(set(made)) == 4


def test_the_same_prints_are_sealed_otherwise_each_time_and_open_with_the_key_alone() -> None:
    first, second = KEY.seal(b"prints"), KEY.seal(b"prints")
    assert first != second
    assert b"prints" not in first
    assert KEY.unseal(first) == KEY.unseal(second) == b"prints"
    for sealed, key in ((first, OTHER), (first[:-1], KEY), (b"", KEY)):
        with pytest.raises(Refused):
            key.unseal(sealed)


def test_a_key_shows_its_name_only() -> None:
    assert KEY.name in repr(KEY)
    assert repr(KEY.digests) not in repr(KEY)
    assert OTHER.name != KEY.name
