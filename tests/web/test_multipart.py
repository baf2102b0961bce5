from __future__ import annotations

from collections.abc import Mapping

import pytest
from python_multipart.exceptions import FormParserError

from relay.errors import Refused
from relay.web import multipart
from relay.web.multipart import MultipartForm

FORM = (
    b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\n\xd0\x9b\xd0\xb0\xd0\xb4\xd0\xbe\xd0\xb3\xd0\xb0\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="\xd1\x8f.mp4"\r\nCONTENT-TYPE: video/mp4\r\n\r\n'
    b"bytes\r\n--x--\r\n"
)


class Heard(MultipartForm):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.words: dict[str, bytes] = {}
        self.files: list[tuple[str, bytes]] = []
        super().__init__("multipart/form-data; boundary=x")

    def file_begins(self, file_name: str, headers: Mapping[bytes, bytes]) -> None:
        self.files.append((file_name, headers[b"content-type"]))

    def word_brings(self, some: bytes) -> None:
        self.words[self.field] = self.words.get(self.field, b"") + some


@pytest.mark.parametrize("size", [1, 2, 7, len(FORM)])
def test_in_whatever_pieces_a_form_comes_it_is_the_same(size: int) -> None:
    form, file = Heard(), b""
    for at in range(0, len(FORM), size):
        form.feed(FORM[at : at + size])
        file += b"".join(form.taken())
    assert {name: said.decode() for name, said in form.words.items()} == {"title": "Ладога"}
    assert (form.files, file, form.complete) == ([("я.mp4", b"video/mp4")], b"bytes", True)
    assert form.taken() == []


def test_what_is_no_form_is_refused() -> None:
    with pytest.raises(Refused, match="can't be understood"):
        Heard().feed(b"no form at all\r\n" * 3)
    with pytest.raises(Refused, match="can't be understood"):
        MultipartForm("multipart/form-data")


@pytest.mark.parametrize("length", [71, 257, 5000])
def test_a_boundary_that_is_longer_than_any_is_no_form(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the twin the parser is asked, whose error is no answer of ours."""
    header = f"multipart/form-data; boundary={'x' * length}"
    with pytest.raises(Refused, match="can't be understood"):
        MultipartForm(header)
    assert MultipartForm(f"multipart/form-data; boundary={'x' * 70}").complete is False
    monkeypatch.setattr(multipart, "LONGEST_BOUNDARY", 10**6)
    if length > 256:
        with pytest.raises(FormParserError):
            MultipartForm(header)
