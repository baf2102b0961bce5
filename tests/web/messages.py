"""Finds every sentence that a person may read, so that none is forgotten in a catalogue."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po

import relay
from relay import errors
from relay.web.page import EXTENSIONS
from relay.web.texts import catalogue

ROOT = Path(relay.__file__).parent
ERRORS = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
MARKS = {"N_", "gettext", "translate", "Forbidden", "Refusal", *ERRORS}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}

Message = str | tuple[str, str]


def in_templates(folder: Path = ROOT / "web" / "templates") -> set[Message]:
    options = {"extensions": ",".join(EXTENSIONS), "trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
    found: set[Message] = set()
    for path in sorted(folder.glob("*.html")):
        for _line, message, _comments, _context in extract(
            "jinja2.ext:babel_extract", BytesIO(path.read_bytes()), keywords=KEYWORDS, options=options
        ):
            found.add(message if isinstance(message, str) else (message[0], message[1]))
    return found


def in_code(paths: Iterable[Path]) -> set[Message]:
    """Literals given to N_() and the like, and the sentences and hints of our errors."""
    return {text for path in paths for text in _literals(ast.parse(path.read_text("utf-8")))}


def _literals(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or _name(node.func) not in MARKS:
            continue
        given = [*node.args[:2], *(word.value for word in node.keywords if word.arg == "hint")]
        yield from (arg.value for arg in given if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def _name(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def translated(language: str) -> dict[Message, str | tuple[str, ...]]:
    with catalogue(language).open("rb") as file:
        return {message.id: message.string for message in read_po(file, locale=language) if message.id}


def of_the_desk() -> set[Message]:
    parts = [*(ROOT / "web").glob("*.py"), *(ROOT / "moderation").glob("*.py"), ROOT / "publish" / "withdraw.py"]
    return {message for message in in_templates() | in_code(parts) if message not in ("", ("", ""))}
