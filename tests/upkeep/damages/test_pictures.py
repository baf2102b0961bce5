from __future__ import annotations

import hashlib

import pytest

from relay.context import Relay
from relay.errors import Refused
from relay.models import Inspection
from relay.upkeep.damages.pictures import Look, made_of_videos

pytestmark = pytest.mark.slow

ORIGINAL, PICTURE = b"an original", b"a picture"
SHA = hashlib.sha256(ORIGINAL).hexdigest()
KEYS = [f"posters/{SHA}.jpg", f"storyboards/{SHA}.jpg", f"proxies/{SHA}.mp4"]


def puts(relay: Relay, key: str, content: bytes) -> None:
    part = relay.folder("work") / "part"
    part.write_bytes(content)
    relay.media.put(key, part)


def holds(relay: Relay, key: str, content: bytes) -> None:
    path = relay.media.local(key)
    path.chmod(0o600)
    path.write_bytes(content)


def told(relay: Relay, *, fix: bool = False, deep: bool = False, look: Look | None = None) -> list[object]:
    found = list(made_of_videos(relay, fix, deep, look))
    assert {each.what for each in found} == {"posters and proxies"}
    return [(each.text, each.wrong, each.fixed) for each in found]


@pytest.fixture
def looked(relay: Relay) -> Relay:
    """One video with all that is made of it, and a file that is none."""
    puts(relay, f"originals/{SHA}", ORIGINAL)
    sums = {key: [len(PICTURE), hashlib.sha256(PICTURE).hexdigest()] for key in KEYS}
    words = {"bytes": len(ORIGINAL), "finding": "accepted", "at": relay.now()}
    with relay.transaction() as session:
        session.add(
            Inspection(sha256=SHA, poster=KEYS[0], storyboard=KEYS[1], proxy=KEYS[2], sums=sums, **words)  # type: ignore[arg-type]
        )
        session.add(Inspection(sha256="0" * 64, **words))  # type: ignore[arg-type]
    for key in KEYS:
        puts(relay, key, PICTURE)
    return relay


def test_all_that_was_made_is_in_place(looked: Relay) -> None:
    assert told(looked, deep=True, fix=True) == [("in place: 1", False, False)]


@pytest.mark.parametrize("key", KEYS)
def test_what_is_gone_short_empty_or_other_bytes_is_named(looked: Relay, key: str) -> None:
    wrong = [(f"missing or changed: 1 ({key})", True, False)]
    holds(looked, key, PICTURE[:-1] + b"!")
    assert told(looked) == [("in place: 1", False, False)], "only the deep look reads the bytes"
    assert told(looked, deep=True) == wrong
    for content in (PICTURE[:-1], b""):
        holds(looked, key, content)
        assert told(looked) == wrong
    looked.media.delete(key)
    assert told(looked) == wrong


def test_of_what_no_sum_was_noted_it_must_be_there_and_not_be_empty(looked: Relay) -> None:
    with looked.transaction() as session:
        session.get_one(Inspection, SHA).sums = {}
    holds(looked, KEYS[0], b"anything")
    assert told(looked, deep=True) == [("in place: 1", False, False)]
    holds(looked, KEYS[0], b"")
    assert told(looked) == [(f"missing or changed: 1 ({KEYS[0]})", True, False)]


def test_only_what_is_damaged_is_made_anew_and_of_a_whole_original(looked: Relay) -> None:
    asked: list[tuple[str, list[bool]]] = []

    def look(relay: Relay, sha256: str) -> None:
        asked.append((sha256, [relay.media.has(key) for key in KEYS]))
        puts(relay, KEYS[0], PICTURE)

    holds(looked, KEYS[0], PICTURE[:-1])
    assert told(looked, fix=True) == [(f"missing or changed: 1 ({KEYS[0]})", True, False)], "nobody looks"
    assert told(looked, look=look) == [(f"missing or changed: 1 ({KEYS[0]})", True, False)], "nobody asked for it"
    assert asked == []
    assert told(looked, fix=True, look=look) == [("missing or changed, made again: 1", False, True)]
    assert asked == [(SHA, [False, True, True])]


def test_what_can_not_be_made_now_is_left_as_it_is_and_named(looked: Relay) -> None:
    def fails(_relay: Relay, _sha256: str) -> None:
        raise Refused("Not now.")

    looked.media.delete(KEYS[2])
    wrong = [(f"missing or changed: 1 ({KEYS[2]})", True, False)]
    assert told(looked, fix=True, look=fails) == wrong
    holds(looked, f"originals/{SHA}", b"an Original")
    holds(looked, KEYS[0], b"")
    wrong = [(f"missing or changed: 1 ({KEYS[0]}, {KEYS[2]})", True, False)]
    assert told(looked, fix=True, look=fails) == wrong
    assert looked.media.has(KEYS[0]), "nothing is taken away that can't be made again"
