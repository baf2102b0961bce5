from __future__ import annotations

from hashlib import sha256

import pytest

from relay.media.children.plain_file import PlainFileIE

ADDRESS = "https://files.example/Письмо.mp4?key=1"


def test_a_plain_file_is_the_bytes_of_one_address() -> None:
    assert PlainFileIE()._real_extract(f"{ADDRESS}#file") == {
        "id": sha256(ADDRESS.encode()).hexdigest()[:32],
        "title": "",
        "url": ADDRESS,
        "ext": "mp4",
    }


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        (f"{ADDRESS}#file", True),
        ("http://files.example/a#file", True),
        (ADDRESS, False),
        (f"{ADDRESS}#file2", False),
        (f"{ADDRESS}#x#file", False),
        ("ftp://files.example/a#file", False),
        ("file:///a#file", False),
    ],
)
def test_only_addresses_that_say_so_are_plain_files(url: str, *, ours: bool) -> None:
    assert PlainFileIE.suitable(url) is ours
