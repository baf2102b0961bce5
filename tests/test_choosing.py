from __future__ import annotations

from pathlib import Path

import pytest

from tests.choosing import is_in_share, is_left_out_as_a_whole

TESTS = Path(__file__).parent
QUICK = "not media and not browser and not slow"


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
