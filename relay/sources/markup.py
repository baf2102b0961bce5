"""HTML as the text that a reader sees, for all sources that meet any. Pure.

Elements that browsers set as blocks (HTML's standard, section 15.3; cells of tables too) begin and end lines, `<br>`
ends one; inline elements add nothing, so that `#<span>tag</span>` and `#tag<wbr>80` stay one word. White space runs
together but in `<pre>`. What is shown as a box (a picture, a player) parts words as a space does; pictures of emoji
are their emoji. Scripts, styles and templates are no text. Entities are resolved once, by the parser.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from enum import Enum

from bs4 import BeautifulSoup, Tag
from bs4.element import CData, NavigableString, PreformattedString

BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir"),
        *("div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("header", "hgroup", "html", "legend", "li", "listing", "main", "menu", "nav", "ol", "p", "plaintext", "pre"),
        *("search", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "xmp"),
    }
)
BREAKS = frozenset({"br", "hr"})
PREFORMATTED = frozenset({"pre", "listing", "plaintext", "xmp"})
BOXES = frozenset(
    {"audio", "canvas", "embed", "iframe", "img", "input", "math", "object", "select", "svg", "textarea", "video"}
)
"""What stands inside of them is shown by programs that don't know them, if at all."""
NO_TEXT = BOXES | {"head", "noscript", "script", "style", "template", "title"}
_SPACE = re.compile(r"[ \t\r\n\f]+")
_NEWLINE = re.compile(r"\r\n?|\n")


def read(markup: str) -> BeautifulSoup:
    """The tree of a page or of a piece of one. Wrapped, so that a bare address or file name is not taken for one."""
    return BeautifulSoup(markup if "<" in markup else f"<p>{markup}</p>", "html.parser")


def text_of(found: object) -> str:
    """The text in an element, lines without space at their ends; "" for what is no element."""
    if not isinstance(found, Tag):
        return ""
    written = _Written()
    for piece, preformatted in _pieces(found):
        if piece is _End.block:
            written.ends_block()
        elif piece is _End.line:
            written.ends_line()
        elif preformatted:
            written.adds_lines(piece)
        else:
            written.adds(piece)
    return written.text()


def plain(markup: str) -> str:
    """The same for a piece of HTML that is plain text most of the time, such as a title."""
    return text_of(read(markup)) if "<" in markup else _clean(_SPACE.sub(" ", html.unescape(markup)).lstrip())


class _End(Enum):
    """`block`: a new line unless one has just begun; `line`: a new line."""

    block = 1
    line = 2


def _pieces(root: Tag) -> Iterator[tuple[str | _End, bool]]:
    """Words and ends of lines, in order, and whether white space counts. Without recursion: trees may be deep."""
    open_tags = [(root, iter(root.children), any(each.name in PREFORMATTED for each in (root, *root.parents)))]
    while open_tags:
        tag, children, preformatted = open_tags[-1]
        child = next(children, None)
        if child is None:
            open_tags.pop()
            yield from ((end, preformatted) for end in _around(tag))
        elif isinstance(child, Tag):
            yield from ((end, preformatted) for end in _around(child))
            if child.name in BREAKS:
                yield _End.line, preformatted
            elif child.name in BOXES:
                yield _emoji(child) or " ", preformatted
            elif child.name not in NO_TEXT:
                open_tags.append((child, iter(child.children), preformatted or child.name in PREFORMATTED))
        elif _is_text(child):
            yield str(child), preformatted


def _around(tag: Tag) -> tuple[_End, ...]:
    return (_End.block,) if tag.name in BLOCKS else ()


def _emoji(tag: Tag) -> str:
    """What a picture stands for in the text; nothing for pictures that are pictures."""
    said = str(tag.get("alt") or "").strip()
    is_sign = said and not any(sign.isalnum() for sign in said)
    return said if is_sign or "emoji" in str(tag.get("class") or "") else ""


def _is_text(child: object) -> bool:
    """Neither a remark nor a declaration. Feeds that are wrapped twice leave whole texts in CDATA."""
    return isinstance(child, NavigableString) and (
        isinstance(child, CData) or not isinstance(child, PreformattedString)
    )


def _clean(line: str) -> str:
    return line.replace("\0", "").replace("\xa0", " ").rstrip()


class _Written:
    """Lines while they grow. White space at the beginning of a block is none; behind a `<br>` it is kept."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._before = " "

    def adds(self, words: str) -> None:
        words = _SPACE.sub(" ", words)
        words = words.lstrip(" ") if self._before.endswith(" ") else words
        if words:
            self._line.append(words)
            self._before = words

    def adds_lines(self, words: str) -> None:
        first, *further = _NEWLINE.split(words)
        self._line.append(first)
        for line in further:
            self.ends_line()
            self._line.append(line)

    def ends_line(self) -> None:
        self._lines.append(_clean("".join(self._line)))
        self._line, self._before = [], ""

    def ends_block(self) -> None:
        if any(part.strip() for part in self._line):
            self.ends_line()
        self._line, self._before = [], " "

    def text(self) -> str:
        return "\n".join([*self._lines, _clean("".join(self._line))]).strip()
