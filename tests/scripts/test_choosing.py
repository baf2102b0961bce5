from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.choosing import QUICK, ROOT, changed_files, is_in_share, is_left_out_as_a_whole, own_tests, own_tests_of

TESTS = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.parametrize("shares", [1, 2, 3, 8])
def test_each_file_is_in_one_share_and_no_share_is_much_longer(shares: int) -> None:
    names = [str(path.relative_to(TESTS.parent)) for path in TESTS.rglob("test_*.py")]
    of_each = [[name for name in names if is_in_share(name, f"{one}/{shares}")] for one in range(1, shares + 1)]
    assert sorted(name for share in of_each for name in share) == sorted(names)
    assert max(map(len, of_each)) < 2 * len(names) / shares


@pytest.mark.parametrize(
    ("marks", "asked", "left_out"),
    [
        ("pytestmark = pytest.mark.slow\n", QUICK, True),
        ("pytestmark = [pytest.mark.media, pytest.mark.slow]\n", "not media", True),
        ("pytestmark = [\n    pytest.mark.media,\n    pytest.mark.slow,\n]\n", "not slow", True),
        ("pytestmark = IN_BROWSER\n", QUICK, True),
        ("pytestmark = browser.pytestmark\n", QUICK, True),
        ("pytestmark = pytest.mark.slow\n", "not media", False),
        ("pytestmark = pytest.mark.slow\n", "slow", False),
        ("pytestmark = pytest.mark.slow\n", "not slow or media", False),
        ("pytestmark = pytest.mark.slow\n", "", False),
        ("pytestmark = pytest.mark.slower\n", QUICK, False),
        ("@pytest.mark.slow\ndef test_a(): ...\n", QUICK, False),
        ("pytestmark = pytest.mark.skip\n\n\n@pytest.mark.slow\ndef test_a(): ...\n", QUICK, False),
    ],
)
def test_a_file_is_left_out_by_a_mark_of_all_its_tests(marks: str, asked: str, left_out: bool) -> None:
    assert is_left_out_as_a_whole(f"import pytest\n\n{marks}\n\ndef test_b(): ...\n", asked) is left_out


TEXTS = {
    "tests/plan/test_rules.py": "from relay.plan.rules import proposed\n",
    "tests/plan/test_rounds.py": "from relay.plan import (\n    queries,\n    rules,\n)\n",
    "tests/plan/test_queries.py": "from relay.plan import queries\n\nrules = queries.rules\n",
    "tests/web/desk/test_plan.py": "from relay.plan import edits, rules\nassert rules.proposed\n",
    "tests/web/desk/test_desk.py": "import relay.plan.rules\n",
    "tests/web/desk/test_home.py": "'the rules of the house'\n",
    "tests/web/test_app.py": "'a house'\n",
    "tests/web/test_pages.py": "",
    "tests/web/test_serve.py": "",
    "tests/web/test_paper.py": "",
}
HOUSE = {
    "relay/plan/queries.py": "from relay.plan import (\n    seeds,\n)\n",
    "relay/plan/edits.py": "from relay.plan.seeds import seeds\n",
    "relay/plan/rules.py": "seeds = 7\n",
}


@pytest.mark.parametrize(
    ("module", "files"),
    [
        ("plan/rules", ["plan/test_rules", "web/desk/test_plan", "plan/test_rounds", "web/desk/test_desk"]),
        ("plan/queries", ["plan/test_queries", "plan/test_rounds"]),
        ("plan/edits", ["web/desk/test_plan", "plan/test_queries", "plan/test_rounds", "plan/test_rules"]),
        ("web/desk/film/house", ["web/desk/test_home"]),
        ("web/house", ["web/test_app"]),
        ("web/unheard", []),
        ("plan/seeds", ["web/desk/test_plan", "plan/test_queries", "plan/test_rounds", "plan/test_rules"]),
    ],
)
def test_a_modules_own_tests_mirror_it_import_it_or_are_about_what_is_near(module: str, files: list[str]) -> None:
    assert own_tests(f"relay/{module}.py", TEXTS, HOUSE) == [f"tests/{file}.py" for file in files]


def test_what_has_been_changed_brings_its_slow_tests_along(tmp_path: Path) -> None:
    for name, text in {"relay/rules.py": "", "tests/test_rules.py": "", "tests/test_other.py": ""}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    assert changed_files(tmp_path) == []
    (tmp_path / "relay/rules.py").write_text("x = 1\n")
    (tmp_path / "tests/test_new.py").write_text("")
    assert sorted(changed_files(tmp_path)) == ["relay/rules.py", "tests/test_new.py"]
    assert own_tests_of(changed_files(tmp_path), tmp_path) == ["tests/test_new.py", "tests/test_rules.py"]


SLOW = "import pytest\n\npytestmark = pytest.mark.slow\n\n\ndef test_a():\n    assert False\n"


@pytest.mark.slow  # two runs of pytest
def test_in_a_whole_file_slow_tests_run(tmp_path: Path) -> None:
    (tmp_path / "test_slow.py").write_text(SLOW)
    asked = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "--rootdir", str(tmp_path), "-m", QUICK]
    runs = [
        subprocess.run([*asked, str(tmp_path), *more], cwd=ROOT, capture_output=True, check=False).returncode
        for more in ([], ["--whole=test_slow.py"])
    ]
    assert runs == [pytest.ExitCode.NO_TESTS_COLLECTED, pytest.ExitCode.TESTS_FAILED]
