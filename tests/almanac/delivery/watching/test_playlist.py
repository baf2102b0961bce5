"""What a player that reads HLS is told: only what is there, one part behind the other, and that more comes."""

from __future__ import annotations

from itertools import pairwise

from relay.almanac.delivery.watching.playlist import playlist

ENDS = [0.68, 5.2, 9.0, 9.4]


def parts(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_a_list_only_grows_and_ends_with_the_film():
    lists = [playlist(ENDS, made) for made in ("0000", "1000", "1011", "1110", "1111")]
    assert [parts(text) for text in lists] == [
        [],
        ["0.m4s"],
        ["0.m4s"],
        ["0.m4s", "1.m4s", "2.m4s"],
        ["0.m4s", "1.m4s", "2.m4s", "3.m4s"],
    ]
    assert [text.endswith("#EXT-X-ENDLIST\n") for text in lists] == [False, False, False, False, True]
    for before, after in pairwise(lists):
        assert after.startswith(before)


def test_what_a_player_needs_to_know_before():
    lines = playlist(ENDS, "1100").splitlines()
    assert lines[:7] == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:5",
        "#EXT-X-PLAYLIST-TYPE:EVENT",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        "#EXT-X-START:TIME-OFFSET=0",
        '#EXT-X-MAP:URI="head.mp4"',
    ]
    assert lines[7:] == ["#EXTINF:0.68000,", "0.m4s", "#EXTINF:4.52000,", "1.m4s"]
