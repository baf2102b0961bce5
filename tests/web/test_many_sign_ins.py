"""Sixty-four people sign in at the same moment: the desk's memory stays small, and nobody waits for ever."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.slow

AT_ONCE, MOST_MB = 64, 300
SERVE = "import sys; from relay.cli import main; sys.argv = ['relay', 'serve', '--port', '0']; main()"
WITHOUT_BOUND = (
    "from relay.moderation.people import passwords; "
    f"passwords.TURNSTILE = passwords.Turnstile(at_once={AT_ONCE}, most_waiting={AT_ONCE}); {SERVE}"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """How often each status was answered, and the most memory that the desk had, in MB."""

    statuses: Counter[int]
    most_mb: float


def many_sign_in(folder: Path, program: str) -> Seen:
    """Each from an address of their own, as a trusted proxy says, so that no brake stops them before the comparison."""
    env = {"PATH": os.environ["PATH"], "RELAY_DATA_DIR": str(folder), "RELAY_LANGUAGE": "en", "RELAY_MIN_FREE_GB": "0"}
    env["RELAY_TRUSTED_PROXIES"] = "127.0.0.1"
    subprocess.run([sys.executable, "-m", "relay", "init"], env=env, check=True, capture_output=True)
    with subprocess.Popen([sys.executable, "-c", program], env=env, stdout=subprocess.PIPE, text=True) as desk:
        try:
            assert desk.stdout is not None
            url = re.findall(r"http://\S+", desk.stdout.readline())[0]
            return Seen(all_at_once(url), peak_mb(desk.pid))
        finally:
            desk.terminate()


def all_at_once(url: str) -> Counter[int]:
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as browser:
        page = browser.get("/sign-in")
        cookies = dict(browser.cookies)
    token = re.findall(r'name="form_token" value="(\w+)"', page.text)[0]

    def sign_in(number: int) -> int:
        fields = {"login": f"person{number}", "password": "a long password", "form_token": token}
        headers = {"x-forwarded-for": f"198.51.100.{number}"}
        with httpx.Client(base_url=url, timeout=60, trust_env=False, cookies=cookies, headers=headers) as browser:
            return browser.post("/sign-in", data=fields).status_code

    with ThreadPoolExecutor(AT_ONCE) as people:
        return Counter(people.map(sign_in, range(AT_ONCE)))


def peak_mb(pid: int) -> float:
    return int(re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[0]) / 1024


def test_sixty_four_at_once_stay_within_300_mb(tmp_path: Path) -> None:
    """Some are told to come again in a few seconds; that is the bound."""
    seen = many_sign_in(tmp_path, SERVE)
    assert set(seen.statuses) <= {400, 503} and seen.statuses[400] >= 16, seen
    assert seen.most_mb < MOST_MB, seen


def test_without_the_bound_they_would_not(tmp_path: Path) -> None:
    seen = many_sign_in(tmp_path, WITHOUT_BOUND)
    assert seen.most_mb > 2 * MOST_MB, seen
