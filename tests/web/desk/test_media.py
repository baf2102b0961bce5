from __future__ import annotations

import random

import pytest

from relay.models import ClipState
from relay.web import headers

NOT_KEPT = "private, no-store"
BYTES = bytes(range(256)) * 40


@pytest.mark.slow
def test_posters_for_those_who_are_signed_in(town, anna, boris, vera, poster):
    clip = town.has_clip(poster=poster())
    path = f"/media/poster/{town.sha256(clip)}"
    for person in (anna, boris):
        answer = person.get(path)
        assert answer.status_code == 200
        assert answer.content == BYTES
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["cache-control"] == NOT_KEPT
        assert answer.headers["accept-ranges"] == "bytes"
    answer = vera.get(path)
    assert answer.status_code == 401
    assert BYTES not in answer.content


@pytest.mark.slow
def test_ranges_are_exact_to_the_byte(town, anna, poster):
    clip = town.has_clip(proxy=poster())
    path, dice = f"/media/proxy/{town.sha256(clip)}", random.Random(80)
    for _ in range(15):
        start = dice.randrange(len(BYTES))
        end = dice.randrange(start, len(BYTES))
        for wanted, expected in (
            (f"bytes={start}-{end}", BYTES[start : end + 1]),
            (f"bytes={start}-", BYTES[start:]),
            (f"bytes=-{end + 1}", BYTES[-(end + 1) :]),
        ):
            answer = anna.get(path, headers={"range": wanted})
            assert answer.status_code == 206
            assert answer.content == expected
            assert answer.headers["content-type"] == "video/mp4"
            first = len(BYTES) - len(expected) if wanted.startswith("bytes=-") else start
            assert answer.headers["content-range"] == f"bytes {first}-{first + len(expected) - 1}/{len(BYTES)}"


@pytest.mark.slow
@pytest.mark.parametrize("wanted", ["bytes=999999-", "bytes=5-1", "bytes=-0"])
def test_odd_ranges_are_no_bugs(town, anna, poster, wanted):
    clip = town.has_clip(proxy=poster())
    answer = anna.get(f"/media/proxy/{town.sha256(clip)}", headers={"range": wanted})
    assert answer.status_code in (200, 206, 400, 416)


@pytest.mark.slow
@pytest.mark.parametrize("wanted", ["cows=1-2", "bytes=a-b", "bytes 0-1", "bytes=", "seconds=0-1,3-4"])
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "twin"])
def test_a_range_in_a_unit_that_nobody_knows_is_answered_with_the_whole(
    town, anna, poster, monkeypatch, wanted, guarded
):
    """The twin hands it on, and it is refused."""
    if not guarded:
        monkeypatch.setattr(headers, "with_known_range", list)
    clip = town.has_clip(proxy=poster())
    answer = anna.get(f"/media/proxy/{town.sha256(clip)}", headers={"range": wanted})
    assert (answer.status_code, answer.content == BYTES) == ((200, True) if guarded else (400, False))


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "/media/original/{}",
        "/media/poster/..%2f..%2frelay.db",
        "/media/poster/%2e%2e/secret.key",
        "/media/poster/" + "0" * 64,
        "/media/poster/{}.jpg",
        "/media/proxy/{}",
    ],
)
def test_nothing_else_is_handed_out(town, anna, poster, path):
    sha256 = town.sha256(town.has_clip(poster=poster()))
    assert anna.get(path.format(sha256)).status_code in (400, 404)


@pytest.mark.slow
def test_what_was_withdrawn_is_not_shown_any_more(town, anna, poster):
    clip = town.has_clip(poster=poster(), state=ClipState.withdrawn)
    assert anna.get(f"/media/poster/{town.sha256(clip)}").status_code == 404


@pytest.mark.slow
def test_a_file_that_is_missing_is_a_page_that_is_missing(relay, town, anna, poster):
    clip = town.has_clip(poster=poster())
    relay.media.delete(f"posters/{town.sha256(clip)}.jpg")
    assert anna.get(f"/media/poster/{town.sha256(clip)}").status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("held", ["{}", 'W/"other", {}', "W/{}", "*"])
@pytest.mark.parametrize("kind", ["poster", "proxy"])
def test_what_the_browser_holds_already_does_not_come_again(town, anna, vera, poster, kind, held):
    clip = town.has_clip(poster=poster(), proxy=poster())
    path = f"/media/{kind}/{town.sha256(clip)}"
    known = {"if-none-match": held.format(anna.get(path).headers["etag"])}
    answer = anna.get(path, headers=known)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["cache-control"] == NOT_KEPT
    assert anna.get(path, headers={"if-none-match": '"another"'}).content == BYTES
    assert vera.get(path, headers=known).status_code == 401


@pytest.mark.slow
def test_what_was_withdrawn_is_not_even_said_to_be_the_same(town, anna, poster):
    clip = town.has_clip(poster=poster())
    path = f"/media/poster/{town.sha256(clip)}"
    etag = anna.get(path).headers["etag"]
    gone = town.has_clip(poster=poster(), state=ClipState.withdrawn)
    assert anna.get(f"/media/poster/{town.sha256(gone)}", headers={"if-none-match": etag}).status_code == 404


@pytest.mark.slow
def test_a_file_that_lies_elsewhere_is_fetched_there(town, anna, poster, monkeypatch):
    clip = town.has_clip(poster=poster())
    key = f"posters/{town.sha256(clip)}.jpg"
    monkeypatch.setattr(type(town.relay.media), "url", lambda _store, wanted: f"https://store.example/{wanted}")
    answer = anna.get(f"/media/poster/{town.sha256(clip)}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, f"https://store.example/{key}")
    assert answer.headers["cache-control"] == NOT_KEPT


@pytest.mark.slow
def test_a_picture_comes_whole_once_and_then_only_its_mark(town, anna, poster):
    clip = town.has_clip(poster=poster(), proxy=poster())
    for kind, type_ in (("poster", "image/jpeg"), ("proxy", "video/mp4")):
        path = f"/media/{kind}/{town.sha256(clip)}"
        whole = anna.get(path)
        assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, BYTES, type_)
        assert whole.headers["cache-control"] == NOT_KEPT
    etag = whole.headers["etag"]
    for held in (f' W/"another" , {etag} ', f"W/{etag}", " * "):
        answer = anna.get(path, headers={"if-none-match": held})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
        assert answer.headers["cache-control"] == NOT_KEPT
    for other in ('"another"', f"{etag}x", '"*"'):
        assert anna.get(path, headers={"if-none-match": other}).status_code == 200


@pytest.mark.slow
def test_what_lies_elsewhere_is_fetched_there_and_only_by_its_own_name(town, anna, poster, monkeypatch):
    clip = town.has_clip(poster=poster())
    monkeypatch.setattr(type(town.relay.media), "url", lambda _store, wanted: f"https://store.example/{wanted}")
    sha256 = town.sha256(clip)
    answer = anna.get(f"/media/storyboard/{sha256}")
    assert (answer.status_code, answer.headers["location"]) == (
        307, f"https://store.example/storyboards/{sha256}.jpg"
    )  # fmt: skip
    assert answer.headers["cache-control"] == NOT_KEPT
    names = (f"poster/{'0' * 64}", f"poster/{sha256}x", f"poster/{sha256.upper()}", f"original/{sha256}")
    assert [anna.get(f"/media/{name}").status_code for name in names] == [404, 404, 404, 400]
