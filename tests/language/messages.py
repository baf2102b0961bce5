"""Finds every sentence that a person may read, so that none is forgotten in a catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import typer
from babel.messages.extract import extract
from babel.messages.pofile import read_po

import relay
from relay import errors, kinds, models
from relay.almanac.assets.film_templates import templates
from relay.almanac.cards.themes import themes
from relay.almanac.delivery.exports.exchange import LEFT_OUT, OTHER_TRACK, PICTURES_ONLY
from relay.almanac.film.timeline import ItemKind
from relay.almanac.plan import editor_view, news
from relay.cli import app
from relay.cli.terminal import show
from relay.intake import inspect
from relay.language.catalogue import catalogue
from relay.moderation import consent, rules
from relay.web.page import EXTENSIONS
from relay.web.words import wording
from tests.trees import tree_of

ROOT = Path(relay.__file__).parent
ERRORS = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
MARKS = {"N_", "gettext", "translate", "tongue", "say", "fail", "filled", "_steps", "Forbidden", *ERRORS}
STATES = (
    *("CampaignState", "SourceState", "VideoState", "ClipState", "MatchKind", "Finding", "Verdict", "HandInState"),
    "CardKind",
)
"""Enumerations of relay.models whose values people read."""
NOT_FOR_PEOPLE = {"migrations", "sandbox", "demo"}
"""Folders without sentences for people; of the sandbox a person reads `relay/cli/sandbox.py` and what it raises."""
SENTENCE = re.compile(r"[A-Z{“][^\n]* [^\n]*([.?!]|: relay [^\n]*)")
MADE_UP = re.compile(r"[A-Z…“][^\n]*[a-z]{2}[^\n]* [^\n]*[a-z]{2}[^\n]*[.?!]")
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


def counted(paths: Iterable[Path]) -> set[Message]:
    """What is said of one and of many, by ngettext()."""
    calls = (node for path in paths for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call))
    pairs = (call.args[:2] for call in calls if _name(call.func) == "ngettext")
    return {(one.value, many.value) for one, many in pairs if isinstance(one, ast.Constant)}


def in_code(paths: Iterable[Path]) -> set[Message]:
    """Literals given to N_() and the like, sentences and hints of our errors, and whatever else reads as a sentence.

    Names of columns, facts and findings are told by where they stand.
    """
    return {text for path in paths for text in _literals(tree_of(path))} - {""}


def in_help(command: Any) -> set[Message]:
    """The help of a command, of its parameters, and of all that stands below it."""
    own = {command.help, *(getattr(parameter, "help", None) for parameter in command.params)} - {None, ""}
    return own.union(*(in_help(below) for below in getattr(command, "commands", {}).values()))


def made_up(paths: Iterable[Path]) -> list[str]:
    """Sentences that are put together where they are said: no catalogue can hold them."""
    return [
        f"{path.name}:{node.lineno} {ast.unparse(node)}"
        for path in paths
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.JoinedStr) and MADE_UP.fullmatch(_fixed_parts(node))
    ]


def torn(paths: Iterable[Path]) -> list[str]:
    """Where a sentence becomes text without its words: `str(error)` of an error of ours, or one within an f-string."""
    return [f"{path.name}:{node.lineno} {ast.unparse(node)}" for path in paths for node in _torn(tree_of(path))]


def _torn(tree: ast.AST) -> Iterator[ast.expr]:
    for outer in ast.walk(tree):
        if isinstance(outer, ast.ExceptHandler) and outer.name and _kinds(outer.type) <= ERRORS:
            yield from (node for node in ast.walk(outer) if any(_is_of(each, outer.name) for each in _as_text(node)))
        elif isinstance(outer, ast.JoinedStr) and any(_name(each) == "filled" for each in _as_text(outer)):
            yield outer


def _as_text(node: ast.AST) -> list[ast.expr]:
    """What an f-string or a call of str() turns into text."""
    if isinstance(node, ast.JoinedStr):
        return [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    return node.args[:1] if isinstance(node, ast.Call) and _name(node.func) == "str" else []


def _kinds(caught: ast.expr | None) -> set[str]:
    each = caught.elts if isinstance(caught, ast.Tuple) else [caught] if caught is not None else []
    return {_name(kind) for kind in each} or {"Exception"}


def _is_of(node: ast.expr, name: str) -> bool:
    """`error`, `error.line` or `error.sentence`."""
    if isinstance(node, ast.Attribute) and node.attr in ("line", "sentence"):
        node = node.value
    return isinstance(node, ast.Name) and node.id == name


def _literals(tree: ast.AST) -> Iterator[str]:
    prose = _prose(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            if SENTENCE.fullmatch(node.value):
                yield node.value
        elif isinstance(node, ast.Call):
            yield from (
                arg.value for arg in _said(node) if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            )


def _said(call: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a call that people read."""
    words = {word.arg: word.value for word in call.keywords}
    match _name(call.func):
        case name if name in MARKS:
            yield from call.args[:1]
            yield words.get("hint", ast.Constant(""))
        case "Check" | "_none_or":
            yield from call.args[:2]
        case "Task":
            yield from call.args[:1]
        case "table":
            yield from call.args[0].elts if isinstance(call.args[0], ast.List) else ()
            yield words["empty"]


def _prose(tree: ast.AST) -> set[int]:
    """Docstrings, and the pieces of strings that are put together."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            found.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            found |= {id(part) for part in node.values}
    return found


def _fixed_parts(node: ast.JoinedStr) -> str:
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Call):  # tongue()("a sentence")
        return _name(function.func)
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


@cache
def translated(language: str) -> dict[Message, str | tuple[str, ...]]:
    with catalogue(language).open("rb") as file:
        return {message.id: message.string for message in read_po(file, locale=language) if message.id}


def modules() -> list[Path]:
    """All files of code that may speak to people; those of children, which only machines listen to, are left out."""
    found = (path for path in sorted(ROOT.rglob("*.py")) if path.parent != ROOT / "media" / "children")
    spoken = [path for path in found if path.relative_to(ROOT).parts[0] not in NOT_FOR_PEOPLE]
    return [*spoken, ROOT / "sandbox" / "neighbourhood.py"]


@cache
def everywhere() -> frozenset[Message]:
    """Every sentence of templates, code and help, and every state by its name."""
    said = (
        in_templates()
        | in_code(modules())
        | counted(modules())
        | in_help(typer.main.get_command(app))
        | by_name()
        | around_help()
    )
    return frozenset(message for message in said if message not in ("", ("", "")))


def by_name() -> set[Message]:
    """States, kinds and fields whose names are their sentences, and texts that are kept in tables."""
    states = {state.value for name in STATES for state in getattr(models, name)}
    shots = {kind.value for kind in ItemKind}
    reasons = {
        *inspect.REASONS,
        *kinds.REFUSALS.values(),
        *rules.REASONS.values(),
        *rules.DOUBTS.values(),
    }
    tables = {
        *consent.SCOPES.values(),
        *LEFT_OUT,
        PICTURES_ONLY,
        OTHER_TRACK,
        *editor_view.ACTIONS.values(),
        news.UNDONE,
        *wording.MATCHED_IN,
        "tags",
        "scope",
        "evidence",
        "VK: hashtag search",
        *(text for theme in themes() for text in (theme.title["en"], theme.about["en"])),
        *(text for one in templates() for text in (one.title["en"], one.about["en"])),
    }
    return states | shots | reasons | tables | set(show.FACTS.values())


def around_help() -> set[Message]:
    """What typer itself writes into a page of help."""
    command = typer.main.get_command(app)
    metavars = {getattr(command, name) for name in show.METAVARS}
    return {*show.HEADINGS.values(), *metavars, show.USAGE, "Show this message and exit."}
