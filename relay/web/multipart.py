"""A form with a file, read as it comes. python-multipart tells of a form piece by piece; here the pieces become fields,
and the bytes of the field `file` blocks.
"""

from __future__ import annotations

from collections.abc import Mapping

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from relay.errors import Refused

LONGEST_BOUNDARY = 70
"""Signs (RFC 2046, 5.1.1)."""
UNREADABLE = "This request can't be understood."


class MultipartForm:
    """`field`: the name of the one that is being read; `complete`: whether the end of the form has come."""

    refusal: type[Refused] = Refused
    """What is raised for a form that can't be understood."""

    def __init__(self, content_type: str) -> None:
        self.field, self.complete = "", False
        self._name = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._blocks: list[bytes] = []
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if not 0 < len(boundary) <= LONGEST_BOUNDARY:
            raise self.refusal(UNREADABLE)
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begins,
                "on_header_field": self._names,
                "on_header_value": self._values,
                "on_header_end": self._noted,
                "on_headers_finished": self._described,
                "on_part_data": self._brings,
                "on_end": self.ends,
            },
        )

    def feed(self, some: bytes) -> None:
        """Raises `refusal`."""
        try:
            self._parser.write(some)
        except FormParserError as error:
            raise self.refusal(UNREADABLE) from error

    def taken(self) -> list[bytes]:
        """What has come of the file since the last call."""
        blocks, self._blocks = self._blocks, []
        return blocks

    def file_begins(self, file_name: str, headers: Mapping[bytes, bytes]) -> None:
        """`headers`: of the part, their names in small letters."""

    def word_brings(self, some: bytes) -> None:
        """Bytes of `field`, which is not the file; they may end in the middle of a letter."""

    def ends(self) -> None:
        self.complete = True

    # --- what the parser tells ---

    def _begins(self) -> None:
        self._headers, self._name, self._value, self.field = {}, b"", b"", ""

    def _names(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _values(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _noted(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _described(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self.field = text(options.get(b"name", b""))
        if self.field == "file":
            self.file_begins(text(options.get(b"filename", b"")), self._headers)

    def _brings(self, data: bytes, start: int, end: int) -> None:
        if self.field == "file":
            self._blocks.append(data[start:end])
        else:
            self.word_brings(data[start:end])


def text(some: bytes) -> str:
    return some.decode("utf-8", errors="replace")
