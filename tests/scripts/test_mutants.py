from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from scripts import mutants, trials
from scripts.choosing import own_tests
from scripts.mutants import Ledger, Outcome, Planner
from scripts.mutations import Kind, Mutation, house
from scripts.trials import Copy, Reach

SMALL = "def f(a):\n    if a < 5 and a != 3:\n        return a + 1\n    g(a)\n    return min(a, 7) or 9\n"


def words(**others: object) -> argparse.Namespace:
    return argparse.Namespace(**{"count": 12, "seed": 1, "module": [], "again": False, "full": False} | others)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for at in range(40):
        (tmp_path / f"m{at:02}.py").write_text(SMALL.replace("5", str(5 + at)))
    return tmp_path


def drawn(root: Path, **others: object) -> list[Mutation]:
    names = sorted(path.name for path in root.glob("m*.py"))
    return mutants.sample(root, names, house([SMALL.encode()]), words(**others))


@pytest.mark.slow
def test_a_sample_is_spread_over_modules_lines_and_kinds(root):
    found = drawn(root, count=60)
    assert len(found) == 60
    assert len({each.path for each in found}) >= mutants.FEWEST_MODULES
    assert max(Counter((each.path, each.line) for each in found).values()) == 1
    assert len({each.kind for each in found}) >= 6


@pytest.mark.slow
def test_the_same_seed_gives_the_same_sample_and_another_seed_another(root):
    assert drawn(root) == drawn(root)
    assert drawn(root) != drawn(root, seed=2)


def test_one_module_can_be_asked_for(root):
    assert {each.path for each in drawn(root, module=["m07"])} == {"m07.py"}
    assert drawn(root, module=["nowhere"]) == []


def test_what_was_asked_for_names_the_ledger_however_many_modules_that_are():
    many = [f"almanac/module{number}" for number in range(50)]
    names = {mutants._named(words(module=asked), "abc") for asked in ([], many[:1], many, many[::-1])}
    assert len(names) == 3
    assert all(len(name) < 100 for name in names)


def outcome(key: str, by: str, *, full: bool = False, stage: str = "fast", tests: str = "now") -> Outcome:
    return Outcome(key, "relay/a.py", "told", stage if by else "", by, 1.0, full, tests)


def kept(path: Path, tests: str = "now", **others: object) -> set[str]:
    return set(Ledger(path, tests, words(**others)).known)


def test_after_it_was_killed_it_knows_what_it_had_found(tmp_path):
    ledger = Ledger(tmp_path / "a.jsonl", "now", words())
    ledger.add(outcome("noticed", "tests/a.py::b"))
    ledger.add(outcome("survived", ""))
    with (tmp_path / "a.jsonl").open("a") as half:
        half.write('{"key": "half a li')
    assert kept(tmp_path / "a.jsonl") == {"noticed", "survived"}


def test_when_tests_changed_everything_is_tried_anew_or_only_the_survivors(tmp_path):
    ledger = Ledger(tmp_path / "a.jsonl", "then", words())
    ledger.add(outcome("noticed", "tests/a.py::b", tests="then"))
    ledger.add(outcome("survived", "", tests="then"))
    assert kept(tmp_path / "a.jsonl") == set()
    assert kept(tmp_path / "a.jsonl", again=True) == {"noticed"}


def test_the_full_run_tries_again_what_the_fast_tests_let_through(tmp_path):
    ledger = Ledger(tmp_path / "a.jsonl", "now", words())
    ledger.add(outcome("noticed", "tests/a.py::b"))
    ledger.add(outcome("survived", ""))
    assert kept(tmp_path / "a.jsonl", full=True) == {"noticed"}
    ledger.add(outcome("survived", "tests/a.py::c", full=True, stage="media"))
    assert kept(tmp_path / "a.jsonl", full=True) == {"noticed", "survived"}
    assert kept(tmp_path / "a.jsonl") == {"noticed"}


def planner(*, full: bool = False) -> Planner:
    texts = {
        "tests/stage/test_a.py": "from relay.stage import a",
        "tests/stage/test_c.py": "import x",
        "tests/stage/test_film.py": "from relay.stage.a import f\npytestmark = pytest.mark.media",
    }
    found = Reach(slow={"tests/stage/test_c.py::slow"}, failed={"tests/stage/test_c.py::broken"})
    found.seconds = {
        "tests/stage/test_a.py::one": 0.5,
        "tests/stage/test_a.py::two": 0.1,
        "tests/stage/test_c.py::other": 0.0,
        "tests/stage/test_c.py::slow": 9.0,
        "tests/stage/test_c.py::broken": 0.0,
    }
    found.lines["relay/stage/a.py"] |= {2: set(found.seconds), 7: {"tests/stage/test_c.py::other"}}
    found.lines["relay/stage/b.py"][9] = {"tests/stage/test_a.py::two"}
    uses = {"LONGEST": {"relay/stage/b.py": {9}}}
    near = {"relay/stage/a.py": own_tests("relay/stage/a.py", texts)}
    return Planner(found, texts, near, uses, full=full)


def mistake(lines: set[int], names: set[str] = frozenset()) -> Mutation:  # type: ignore[assignment]
    return Mutation("relay/stage/a.py", 2, 0, 1, "b", "a", Kind.bound, frozenset(lines), frozenset(names))


def test_a_mistake_meets_the_tests_that_run_its_line_its_own_file_first():
    (stage,) = planner().stages(mistake({2}))
    order = sorted(stage.chosen.order, key=stage.chosen.order.__getitem__)
    assert order == [f"tests/stage/test_{name}" for name in ("a.py::two", "a.py::one", "c.py::other")]
    assert [each.chosen.order for each in planner().stages(mistake({7}))] == [{"tests/stage/test_c.py::other": 0}]
    assert planner().stages(mistake({50})) == []


def test_what_runs_at_import_meets_the_tests_of_those_who_use_it():
    plan = planner()
    plan.reach.lines["relay/stage/a.py"].clear()
    (stage,) = plan.stages(mistake(set(), {"LONGEST"}))
    assert "tests/stage/test_a.py::two" in stage.chosen.order


def test_what_runs_at_import_meets_the_tests_that_name_it_too():
    """They need run no line of Relay: a table that is written out again in its test."""
    plan, met = planner(), {}
    del plan.reach.lines["relay/stage/a.py"][2]
    for text in ("from relay.stage.a import TABLE", "from relay.stage.a import OTHER"):
        plan.tests = {**plan.tests, "tests/stage/test_a.py": text}
        met[text] = {test for stage in plan.stages(mistake(set(), {"TABLE"})) for test in stage.chosen.order}
    named, unnamed = met.values()
    assert named - unnamed == {"tests/stage/test_a.py::one", "tests/stage/test_a.py::two"}


def test_the_full_run_goes_on_with_slow_tests_and_the_modules_own_media_tests():
    stages = planner(full=True).stages(mistake({2}))
    assert [(stage.name, stage.files) for stage in stages[1:]] == [
        ("slow", ["tests/stage/test_c.py"]),
        ("media", ["tests/stage/test_film.py"]),
    ]


def test_the_share_decides_how_it_ends(capsys):
    found = [outcome("a", "tests/a.py::b"), outcome("b", "tests/a.py::b"), outcome("c", "")]
    assert mutants.told(found, words(at_least=66.0)) == 0
    assert mutants.told(found, words(at_least=None)) == 1
    said = capsys.readouterr().out
    assert "1 of 3 were not noticed" in said
    assert "66.7 % of 3 mistakes in 1 modules" in said


PROJECT = {
    "relay/__init__.py": "",
    "relay/rules.py": """
def grown(age: int) -> bool:
    return age >= 18


def wait() -> None:
    n = 1
    while n != 0:
        n -= 1
""",
    "tests/__init__.py": "",
    "tests/test_rules.py": """
from relay.rules import grown, wait


def test_grown():
    grown(20)  # and no word about what it says


def test_wait():
    wait()
""",
    "pyproject.toml": "",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in PROJECT.items():
        (tmp_path / "project" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / name).write_text(text)
    return tmp_path / "project"


def tried(project: Path, tmp_path: Path) -> str:
    """What a whole run says about the small project, in a process of its own."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; from scripts import mutants, trials; "
        "mutants.ROOT, mutants.WORK, trials.WARM = Path(sys.argv[2]), Path(sys.argv[3]), (); "
        f"trials.tree = lambda root: {sorted(PROJECT)!r}; trials.SPARE_SECONDS = 3; "
        "sys.argv[1:] = ['--count', '9', '--jobs', '1']; sys.exit(mutants.main())"
    )
    argv = [sys.executable, "-c", program, str(Path(mutants.__file__).parents[1]), str(project), str(tmp_path / "work")]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False).stdout


@pytest.mark.slow  # one of the mistakes never ends
def test_a_mistake_that_no_test_notices_is_told_and_the_checkout_stays_as_it_is(project, tmp_path):
    said = tried(project, tmp_path)
    survivors = said.split("were not noticed:")[1].split("Noticed in each")[0]
    assert "relay/rules.py:3: " in survivors
    assert "relay/rules.py:9: " not in survivors  # it never ends, and that is noticed
    assert {name: (project / name).read_text() for name in PROJECT} == PROJECT
    assert "NOT NOTICED" not in tried(project, tmp_path)  # known, and not tried again


def test_a_copy_has_the_mistake_only_for_a_while(project, tmp_path):
    copy = Copy(project, tmp_path / "place")
    copy.refresh(sorted(PROJECT))
    module = copy.place / "relay/rules.py"
    with copy.changed("relay/rules.py", lambda text: b"broken" + text):
        assert module.read_bytes().startswith(b"broken")
        (project / "relay/rules.py").touch()  # somebody works on in the checkout
        compiled = Path(importlib.util.cache_from_source(str(module)))
        compiled.parent.mkdir(exist_ok=True)
        compiled.write_bytes(b"of the mistake")
    assert module.read_text() == PROJECT["relay/rules.py"]
    assert not compiled.exists()
    module.write_text("left by a process that was killed")
    (copy.place / "relay/old.py").write_text("")
    copy.refresh(sorted(PROJECT))
    assert module.read_text() == PROJECT["relay/rules.py"]
    assert not (copy.place / "relay/old.py").exists()


def test_what_a_fixture_of_a_whole_file_runs_all_its_tests_run():
    found = Reach()
    part = {
        "seconds": {"t/test_a.py::x": 1, "t/test_a.py::y": 1, "t/test_b.py::z": 1},
        "slow": [],
        "failed": [],
        "imported": {"relay/a.py": [5]},
        "lines": {"relay/a.py": {"3": ["t/test_a.py::*"], "4": ["t/test_b.py::z", ""], "5": [""]}},
    }
    found.add(json.loads(json.dumps(part)))
    assert found.of("relay/a.py", [3]) == {"t/test_a.py::x", "t/test_a.py::y"}
    assert found.of("relay/a.py", [4]) == {"t/test_b.py::z"}
    assert found.of("relay/a.py", [5]) == set()
    assert found.imported == {"relay/a.py": {5}}


def test_the_sentences_test_is_still_where_it_is_left_out():
    for name in trials.READ_THE_SOURCE:
        path, test = name.split("::")
        assert f"def {test}(" in (Path(mutants.__file__).parents[1] / path).read_text()


def test_what_is_left_out_of_the_sample_is_there() -> None:
    assert [path for path in mutants.LEFT_OUT if not (mutants.ROOT / path).exists()] == []
