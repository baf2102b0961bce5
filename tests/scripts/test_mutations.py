from __future__ import annotations

from pathlib import Path

import pytest

from scripts.mutations import Kind, Mutation, differs, house, mutations

ROOT = Path(__file__).parents[2]
ENUM = "class Colour(StrEnum):\n    red = 'red'\n    green = 'green'\n"


def changes(code: str, others: str = ENUM) -> dict[Kind, set[str]]:
    """Each kind of mistake → the texts that the module may become, of those that can be compiled."""
    source = code.encode()
    found: dict[Kind, set[str]] = {}
    for each in mutations("relay/a.py", source, house([source, others.encode()])):
        if differs(each, source):
            found.setdefault(each.kind, set()).add(each.applied(source).decode())
    return found


def inside(line: str, returns: str = "") -> str:
    return f"def f(a, b, c){returns}:\n    {line}\n"


@pytest.mark.parametrize(
    ("line", "kind", "becomes"),
    [
        ("x = a < b", Kind.bound, {"x = a <= b"}),
        ("x = a >= b", Kind.bound, {"x = a > b"}),
        ("x = a <= b", Kind.comparison, {"x = a >= b"}),
        ("x = a is not b", Kind.comparison, {"x = a is b"}),
        ("x = a not  in b", Kind.comparison, {"x = a in b"}),
        ("x = (a) == (b)", Kind.comparison, {"x = (a) != (b)"}),
        ("x = a < b <= c", Kind.bound, {"x = a <= b <= c", "x = a < b < c"}),
        ("x = not a", Kind.condition, {"x = a"}),
        ("x = not a.b == c", Kind.condition, {"x = (a.b == c)"}),
        ("x = a and b and c", Kind.connective, {"x = (a or b or c)"}),
        ("x = a or b", Kind.conjunct, {"x = (a)", "x = (b)"}),
        ("x = [y for y in a if y]", Kind.guard, {"x = [y for y in a if True]"}),
        ("x = 5", Kind.number, {"x = 6", "x = 4"}),
        ("x = 0", Kind.number, {"x = 1"}),
        ("x = 3600", Kind.unit, {"x = (3600 * 60)"}),
        ("x = timedelta(hours=a)", Kind.unit, {"x = timedelta(minutes=a)"}),
        ("x = True", Kind.constant, {"x = False"}),
        ("x = a - b", Kind.arithmetic, {"x = a + b"}),
        ("x -= a", Kind.arithmetic, {"x += a"}),
        ("x = min(a, b)", Kind.extreme, {"x = max(a, b)"}),
        ("x = a.startswith(b)", Kind.extreme, {"x = a.endswith(b)"}),
        ("x = Colour.green", Kind.sibling, {"x = Colour.red"}),
        ("x = query.where(a, b)", Kind.clause, {"x = query.where(b)", "x = query.where(a)"}),
        ("x = query.where(a)", Kind.clause, {"x = query"}),
        ("x = update(a).values(b=1, c=a)", Kind.argument, {"x = update(a).values(c=a)", "x = update(a).values(b=1)"}),
        ("a.add(b)", Kind.statement, {"pass"}),
        ("a.b = c", Kind.statement, {"pass"}),
    ],
)
def test_a_line_becomes_what_a_developer_might_have_written(line, kind, becomes):
    assert changes(inside(line))[kind] == {inside(text) for text in becomes}


@pytest.mark.parametrize(
    ("returns", "becomes"),
    [(" -> bool", "return not (a)"), (" -> str | None", "return None"), (" -> list[str]", "return (a)[1:]")],
)
def test_a_result_becomes_one_that_the_types_allow(returns, becomes):
    assert changes(inside("return a", returns))[Kind.result] == {inside(becomes, returns)}


@pytest.mark.slow
def test_a_guard_is_dropped_where_it_leaves_and_its_sentence_stays():
    code = inside('if a:\n        raise Refused("It is closed.")')
    assert changes(code)[Kind.guard] == {code.replace("if a", "if False")}
    assert Kind.guard not in changes(inside("if a:\n        b.c = 1"))


@pytest.mark.parametrize(
    "code",
    [
        '"""Docs with 5 < 6."""\n',
        "def f(a: int = ..., b: Literal[5] | None = ...) -> tuple[int, int]: ...\n",
        "if TYPE_CHECKING:\n    x = 5\n",
        "__all__ = ['a', 'b']\n",
        inside("assert a < 5"),
        inside("log.info('a', number=5)"),
        inside('raise Refused("Only {most}.", hint="Less than 5.", most=a)'),
        inside("x = f'{a:>5}'"),
        inside("x = a + 'text'"),
        inside("x = a.id or ''"),
        inside("import b"),
        "@cache(5)\ndef f(): ...\n",
        "Rule = TypeVar('Rule', bound=StrEnum)\n",
        inside("return []", " -> list[str]"),
        "class A(SQLModel, table=True):\n    b: int = Field(index=True, max_length=5)\n",
    ],
)
def test_what_nobody_could_notice_is_left_alone(code):
    assert {kind: texts for kind, texts in changes(code).items() if kind is not Kind.constant} == {}


def test_a_call_keeps_what_it_cannot_do_without():
    others = "def build(*, walls, roof=None): ...\n"
    assert changes(inside("x = build(walls=a, roof=b)"), others)[Kind.argument] == {inside("x = build(walls=a)")}


def one(code: str, kind: Kind) -> Mutation:
    (found,) = [each for each in mutations("relay/a.py", code.encode(), house([])) if each.kind is kind]
    return found


def test_it_says_which_lines_a_test_has_to_run():
    code = "def f(a):\n    if a(\n        1,\n    ) < 2:\n        b()\n        c()\n"
    assert one(code, Kind.bound).lines == {2, 3, 4}
    assert one(code, Kind.bound).names == frozenset()


def test_what_runs_at_import_is_met_by_whoever_uses_its_name():
    assert one("LONGEST = 500\ndef f(): return 1\n", Kind.unit).names == {"LONGEST"}
    assert one("class A:\n    most: int = 500\n", Kind.unit).names == {"most"}


def test_a_default_is_met_by_whoever_runs_the_function():
    assert one("def f(a=500):\n    b(a)\n    return a\n", Kind.unit).lines == {2, 3}


def test_what_is_remembered_is_met_by_everybody_who_calls_it():
    assert one("@cache\ndef f():\n    return 500\n", Kind.unit).names == {"f"}


def test_cyrillic_before_the_place_does_not_move_it():
    assert changes("x = ['ё', 5 < y]\n")[Kind.bound] == {"x = ['ё', 5 <= y]\n"}


def test_two_mistakes_are_never_the_same():
    source = (ROOT / "relay/moderation/rules.py").read_bytes()
    found = mutations("relay/moderation/rules.py", source, house([source]))
    assert len({each.key for each in found}) == len({each.applied(source) for each in found}) == len(found) > 40
    assert all(source[each.start : each.end].decode() == each.old for each in found)
