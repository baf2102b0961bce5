"""Mistakes that a developer really makes, put into a module one at a time: what `scripts/mutants` tries the tests with.

`mutations` reads a module and returns every single change that it can think of. Changes that nobody could notice are
left out where that is cheap to see: wording, logs, type hints, docstrings, asserts, decorators, imports.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What the mistake is. A sample takes all kinds alike."""

    bound = "a bound moved"
    comparison = "a comparison turned round"
    condition = "a condition negated"
    guard = "a guard dropped"
    conjunct = "a part of a condition forgotten"
    connective = "and for or"
    number = "off by one"
    unit = "another unit"
    constant = "True for False"
    arithmetic = "plus for minus"
    extreme = "min for max"
    sibling = "another member of the enum"
    argument = "an argument forgotten"
    clause = "a clause of a query forgotten"
    statement = "a statement forgotten"
    result = "a wrong result"


@dataclass(frozen=True, slots=True)
class Mutation:
    """Bytes `start` to `end` of the module at `path` become `new`.

    A test can notice it if it runs one of `lines`. A line that runs only at import is noticed by whoever uses one of
    `names`, which is empty for what runs later. `function`: in whose body it lies, by qualified name; of nested ones
    the outermost.
    """

    path: str
    line: int
    start: int
    end: int
    new: str
    old: str
    kind: Kind
    lines: frozenset[int]
    names: frozenset[str]
    function: str = ""

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.path}:{self.start}:{self.end}:{self.new}".encode()).hexdigest()[:16]

    @property
    def told(self) -> str:
        return f"{self.path}:{self.line}: {self.kind}: {_short(self.old)} -> {_short(self.new)}"

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.new.encode() + source[self.end :]


@dataclass(frozen=True, slots=True)
class House:
    """What one module must know of the others: members of enums, and which parameters a call can't do without."""

    enums: Mapping[str, tuple[str, ...]]
    required: Mapping[str, frozenset[str]]


WORDING = frozenset(
    {
        *("hint", "help", "metavar", "title", "description", "label", "empty", "exc_info", "encoding", "daemon"),
        *(
            "index",
            "unique",
            "length",
            "max_length",
            "primary_key",
            "foreign_key",
            "nullable",
            "ondelete",
            "native_enum",
        ),
    }
)
"""Keywords that only say something to people, to SQLite (whose tables the migrations make) or to the system."""

LOGS = frozenset({"log", "logger", "logging", "warnings"})
SCHEMA = frozenset(
    {"Field", "Column", "Index", "UniqueConstraint", "CheckConstraint", "Relationship", "Option", "Argument"}
)
TYPES = frozenset({"NewType", "ParamSpec", "TypeVar", "cast"})
CLAUSES = frozenset({"where", "having", "order_by", "limit", "distinct", "strip", "casefold", "lower"})
TURNED = {"min": "max", "max": "min", "any": "all", "all": "any"}
TURNED_METHODS = {"startswith": "endswith", "endswith": "startswith", "asc": "desc", "desc": "asc"}
UNITS = {"weeks": "days", "days": "hours", "hours": "minutes", "minutes": "seconds", "seconds": "minutes"}
COMPARED: Mapping[type[ast.cmpop], tuple[str, tuple[tuple[str, Kind], ...]]] = {
    ast.Lt: (r"<", (("<=", Kind.bound), (">", Kind.comparison))),
    ast.LtE: (r"<=", (("<", Kind.bound), (">=", Kind.comparison))),
    ast.Gt: (r">", ((">=", Kind.bound), ("<", Kind.comparison))),
    ast.GtE: (r">=", ((">", Kind.bound), ("<=", Kind.comparison))),
    ast.Eq: (r"==", (("!=", Kind.comparison),)),
    ast.NotEq: (r"!=", (("==", Kind.comparison),)),
    ast.Is: (r"\bis\b", (("is not", Kind.comparison),)),
    ast.IsNot: (r"\bis\s+not\b", (("is", Kind.comparison),)),
    ast.In: (r"\bin\b", (("not in", Kind.comparison),)),
    ast.NotIn: (r"\bnot\s+in\b", (("in", Kind.comparison),)),
}
ARITHMETIC: Mapping[type[ast.operator], tuple[str, str]] = {
    ast.Add: (r"\+", "-"),
    ast.Sub: (r"-", "+"),
    ast.Mult: (r"\*", "/"),
    ast.Div: (r"/", "*"),
    ast.FloorDiv: (r"//", "*"),
    ast.Mod: (r"%", "+"),
}
LARGE = 100
"""Off by one is no mistake that a person makes, or meets, in a number above this."""


def house(sources: Iterable[bytes]) -> House:
    enums: dict[str, tuple[str, ...]] = {}
    required: dict[str, frozenset[str]] = {}
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef):
                if any(ast.unparse(base).endswith("Enum") for base in node.bases):
                    enums[node.name] = _members(node)
                required[node.name] = required.get(node.name, frozenset()) | _fields(node)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                required[node.name] = required.get(node.name, frozenset()) | _needed(node.args)
    return House(enums, required)


def mutations(path: str, source: bytes, known: House) -> list[Mutation]:
    """Every mutation of the module, in the order of its text. Whether one `differs` is asked of those that are used."""
    found = _Walk(path, source, known).module(ast.parse(source))
    return sorted({each.key: each for each in found}.values(), key=lambda each: (each.start, each.end, each.new))


def differs(mutation: Mutation, source: bytes) -> bool:
    """Whether the changed module can be compiled and says something else than before."""
    try:
        return ast.dump(ast.parse(mutation.applied(source))) != ast.dump(ast.parse(source))
    except (SyntaxError, ValueError):
        return False


def _members(node: ast.ClassDef) -> tuple[str, ...]:
    return tuple(
        target.id
        for each in node.body
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Name)
    )


def _fields(node: ast.ClassDef) -> frozenset[str]:
    return frozenset(
        each.target.id
        for each in node.body
        if isinstance(each, ast.AnnAssign) and each.value is None and isinstance(each.target, ast.Name)
    )


def _needed(args: ast.arguments) -> frozenset[str]:
    given = [*args.posonlyargs, *args.args]
    plain = given[: len(given) - len(args.defaults)]
    return frozenset(
        arg.arg
        for arg in [*plain, *(a for a, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value is None)]
    )


def _short(text: str) -> str:
    line = re.sub(r"\s+", " ", text.strip())
    return line if len(line) <= 80 else f"{line[:77]}…"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walk is: what a test must run to meet it."""

    lines: frozenset[int]
    names: frozenset[str]
    returns: str = ""
    owner: str = ""
    function: str = ""


class _Walk:
    def __init__(self, path: str, source: bytes, known: House) -> None:
        self.path, self.source, self.known = path, source, known
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def module(self, tree: ast.Module) -> Iterator[Mutation]:
        yield from self._block(tree.body, _Place(frozenset(), frozenset({"*"})))

    # Statements

    def _block(self, body: list[ast.stmt], place: _Place) -> Iterator[Mutation]:
        for node in body:
            if not _silent(node):
                yield from self._statement(node, place)

    def _statement(self, node: ast.stmt, place: _Place) -> Iterator[Mutation]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from self._function(node, place)
        elif isinstance(node, ast.ClassDef):
            inside = _Place(frozenset(), frozenset({node.name}), owner=f"{place.owner}{node.name}.")
            yield from self._block(node.body, inside)
        else:
            here = self._at(node, place)
            yield from self._changed(node, here)
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr) and child is not getattr(node, "annotation", None):
                    yield from self._expression(child, here)
                elif isinstance(child, ast.withitem):
                    yield from self._expression(child.context_expr, here)
            for inner in _blocks(node):
                yield from self._block(inner, place)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, place: _Place) -> Iterator[Mutation]:
        lines = frozenset(range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1))
        kept = any("cache" in ast.unparse(each) for each in node.decorator_list)
        names = frozenset({node.name}) if kept else frozenset()
        for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
            yield from self._expression(default, _Place(lines, names))
        returns = ast.unparse(node.returns) if node.returns is not None else ""
        function = place.function or place.owner + node.name
        inside = _Place(lines if kept or not place.lines else place.lines, names, returns, function=function)
        yield from self._block(node.body, inside)

    def _at(self, node: ast.stmt, place: _Place) -> _Place:
        """The lines of a statement without the blocks inside it; what it binds, where it runs at import."""
        if place.names and not place.lines:
            bound = frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name) and _stored(each))
            return replace(place, names=bound or place.names)
        first = [inner[0].lineno for inner in _blocks(node) if inner]
        end = min(first) if first else (node.end_lineno or node.lineno) + 1
        own = frozenset(range(node.lineno, max(end, node.lineno + 1)))
        return replace(place, lines=own if not place.names else own | place.lines)

    def _changed(self, node: ast.stmt, place: _Place) -> Iterator[Mutation]:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                yield self._made(test, f"not ({self._text(test)})", Kind.condition, place)
                if not orelse and isinstance(body[-1], ast.Return | ast.Raise | ast.Continue | ast.Break):
                    yield self._made(test, "False", Kind.guard, place)
            case ast.Expr(value=ast.Call()):
                yield self._made(node, "pass", Kind.statement, place)
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) if place.lines:
                yield self._made(node, "pass", Kind.statement, place)
            case ast.AugAssign(op=ast.Add() | ast.Sub() as op, target=target, value=value):
                turned = "-=" if isinstance(op, ast.Add) else "+="
                if not _text_like(value):
                    yield from self._between(target, value, r"[+-]=", turned, Kind.arithmetic, place)
            case ast.Break():
                yield self._made(node, "continue", Kind.result, place)
            case ast.Continue():
                yield self._made(node, "break", Kind.result, place)
            case ast.Return(value=value) if value is not None and not _constant(value):
                yield from self._returned(value, place)

    def _returned(self, value: ast.expr, place: _Place) -> Iterator[Mutation]:
        if place.returns == "bool":
            yield self._made(value, f"not ({self._text(value)})", Kind.result, place)
        elif place.returns.endswith("| None"):
            yield self._made(value, "None", Kind.result, place)
        elif place.returns.startswith("list[") and not (isinstance(value, ast.List) and not value.elts):
            yield self._made(value, f"({self._text(value)})[1:]", Kind.result, place)

    # Expressions

    def _expression(self, node: ast.AST, place: _Place) -> Iterator[Mutation]:
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Call) and _logs(node)):
            return
        yield from self._choice(node, place)
        yield from self._value(node, place)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr | ast.comprehension):
                yield from self._expression(child, place)
            elif isinstance(child, ast.keyword) and child.arg not in WORDING:
                yield from self._expression(child.value, place)

    def _choice(self, node: ast.AST, place: _Place) -> Iterator[Mutation]:
        """What is asked, and how the answers are put together."""
        match node:
            case ast.Compare():
                yield from self._compared(node, place)
            case ast.BoolOp():
                yield from self._joined(node, place)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield self._made(node, self._wrapped(operand), Kind.condition, place)
            case ast.IfExp(test=test):
                yield self._made(test, f"not ({self._text(test)})", Kind.condition, place)
            case ast.comprehension(ifs=ifs):
                yield from (self._made(each, "True", Kind.guard, place) for each in ifs)

    def _value(self, node: ast.AST, place: _Place) -> Iterator[Mutation]:
        """What is reckoned, named and called."""
        match node:
            case ast.BinOp():
                yield from self._reckoned(node, place)
            case ast.Constant(value=bool() as value):
                yield self._made(node, str(not value), Kind.constant, place)
            case ast.Constant(value=int() | float()):
                yield from self._counted(node, place)
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if attr in self.known.enums.get(name, ()):
                yield from self._sibling(node, name, attr, place)
            case ast.Call():
                yield from self._called(node, place)

    def _compared(self, node: ast.Compare, place: _Place) -> Iterator[Mutation]:
        lefts = [node.left, *node.comparators]
        for left, op, right in zip(lefts, node.ops, node.comparators, strict=False):
            pattern, changes = COMPARED[type(op)]
            for new, kind in changes:
                yield from self._between(left, right, pattern, new, kind, place)

    def _joined(self, node: ast.BoolOp, place: _Place) -> Iterator[Mutation]:
        if _for_the_types(node):
            return
        word, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        texts = [self._wrapped(value) for value in node.values]
        yield self._made(node, f"({f' {other} '.join(texts)})", Kind.connective, place)
        for at in range(len(texts)):
            kept = f" {word} ".join(texts[:at] + texts[at + 1 :])
            yield self._made(node, f"({kept})", Kind.conjunct, place)

    def _reckoned(self, node: ast.BinOp, place: _Place) -> Iterator[Mutation]:
        if type(node.op) in ARITHMETIC and not _text_like(node.left) and not _text_like(node.right):
            pattern, new = ARITHMETIC[type(node.op)]
            yield from self._between(node.left, node.right, pattern, new, Kind.arithmetic, place)

    def _counted(self, node: ast.Constant, place: _Place) -> Iterator[Mutation]:
        value = node.value
        assert isinstance(value, int | float)
        if value and (isinstance(value, float) or value > LARGE):
            yield self._made(node, f"({self._text(node)} * 60)", Kind.unit, place)
        else:
            yield self._made(node, str(value + 1), Kind.number, place)  # 0.0 becomes 1.0
            if value > 0:
                yield self._made(node, str(value - 1), Kind.number, place)

    def _sibling(self, node: ast.Attribute, name: str, attr: str, place: _Place) -> Iterator[Mutation]:
        members = self.known.enums[name]
        if len(members) > 1:
            other = members[(members.index(attr) + 1) % len(members)]
            yield self._made(node, f"{name}.{other}", Kind.sibling, place)

    def _called(self, node: ast.Call, place: _Place) -> Iterator[Mutation]:
        name = _name(node.func)
        if name in SCHEMA | TYPES:
            return
        if isinstance(node.func, ast.Name) and name in TURNED:
            yield self._made(node.func, TURNED[name], Kind.extreme, place)
        if isinstance(node.func, ast.Attribute):
            if name in TURNED_METHODS:
                whole = f"{self._text(node.func.value)}.{TURNED_METHODS[name]}"
                yield self._made(node.func, whole, Kind.extreme, place)
            if name in CLAUSES and (len(node.args) < 2 or name == "order_by"):
                yield self._made(node, self._text(node.func.value), Kind.clause, place)
            elif name in CLAUSES:
                for arg in node.args:
                    yield from self._without(node, arg, Kind.clause, place)
        yield from self._forgotten(node, name, place)

    def _forgotten(self, node: ast.Call, name: str, place: _Place) -> Iterator[Mutation]:
        for keyword in node.keywords:
            if keyword.arg is None or keyword.arg in WORDING:
                continue
            if name == "timedelta" and keyword.arg in UNITS:
                start = self._offset(keyword.lineno, keyword.col_offset)
                end = start + len(keyword.arg)
                yield self._cut(start, end, UNITS[keyword.arg], Kind.unit, place, keyword.lineno)
            elif keyword.arg not in self.known.required.get(name, ()) and not _raised(name):
                yield from self._without(node, keyword, Kind.argument, place)

    # Text

    def _text(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self.source[start:end].decode()

    def _wrapped(self, node: ast.expr) -> str:
        simple = isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.Constant)
        return self._text(node) if simple else f"({self._text(node)})"

    def _offset(self, line: int, column: int) -> int:
        return self.starts[line - 1] + column

    def _span(self, node: ast.AST) -> tuple[int, int]:
        assert isinstance(node, ast.expr | ast.stmt | ast.keyword)
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)

    def _cut(self, start: int, end: int, new: str, kind: Kind, place: _Place, line: int) -> Mutation:
        old = self.source[start:end].decode()
        return Mutation(self.path, line, start, end, new, old, kind, place.lines, place.names, place.function)

    def _made(self, node: ast.expr | ast.stmt, new: str, kind: Kind, place: _Place) -> Mutation:
        return self._cut(*self._span(node), new, kind, place, node.lineno)

    def _between(
        self, left: ast.expr, right: ast.expr, pattern: str, new: str, kind: Kind, place: _Place
    ) -> Iterator[Mutation]:
        start, end = self._span(left)[1], self._span(right)[0]
        gap = self.source[start:end].decode()
        found = re.search(pattern, re.sub(r"#[^\n]*", lambda comment: " " * len(comment[0]), gap))
        if found is not None and gap.isascii():
            line = left.end_lineno or left.lineno
            yield self._cut(start + found.start(), start + found.end(), new, kind, place, line)

    def _without(self, node: ast.Call, gone: ast.expr | ast.keyword, kind: Kind, place: _Place) -> Iterator[Mutation]:
        """The call without this argument and the comma that belongs to it."""
        given = sorted([*node.args, *node.keywords], key=lambda each: self._span(each)[0])
        at = given.index(gone)
        start, end = self._span(gone)
        if at + 1 < len(given):
            end = self._span(given[at + 1])[0]
        elif at > 0:
            start = self._span(given[at - 1])[1]
        yield self._cut(start, end, "", kind, place, gone.lineno)


def _blocks(node: ast.stmt) -> list[list[ast.stmt]]:
    found = [getattr(node, name) for name in ("body", "orelse", "finalbody") if getattr(node, name, None)]
    found += [each.body for each in getattr(node, "handlers", [])]
    return found + [each.body for each in getattr(node, "cases", [])]


def _silent(node: ast.stmt) -> bool:
    """Statements in which no change can be noticed, or none is meant to be."""
    match node:
        case ast.Assert() | ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()) | ast.Raise():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__" | "__slots__")]) | ast.AnnAssign(value=None):
            return True
        case ast.Assign(targets=[ast.Name(id="model_config" | "__tablename__" | "__table_args__")]):
            return True
        case ast.Expr(value=ast.Call() as call):
            return _logs(call)
    return False


def _logs(call: ast.Call) -> bool:
    root = call.func
    while isinstance(root, ast.Attribute):
        root = root.value
    return isinstance(root, ast.Name) and root.id in LOGS


def _stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _raised(name: str) -> bool:
    """Whether it is the name of a sentence that somebody reads, whose words stand in its keywords."""
    return name in {"Finding", "Refused", "NotFound", "Stale"} or name.endswith(("Error", "Failed", "Missing"))


def _for_the_types(node: ast.BoolOp) -> bool:
    """`row.id or 0`: a row that was read has its number, and only the type checker can't know it."""
    first, last = node.values[0], node.values[-1]
    return _name(first).endswith("id") and isinstance(last, ast.Constant) and not last.value


def _text_like(node: ast.expr) -> bool:
    """Texts, lists and paths: minus means nothing to them, and no developer would write it."""
    match node:
        case ast.Constant(value=str() | bytes()) | ast.JoinedStr() | ast.List() | ast.ListComp() | ast.Tuple():
            return True
        case ast.BinOp(left=left, right=right):
            return _text_like(left) or _text_like(right)
        case ast.Call(func=func):
            return _name(func) in {"join", "list", "str", "tuple", "absolute", "folder", "Path", "format", "strip"}
    return False
