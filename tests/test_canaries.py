"""Secrets and a participant's particulars are let into a whole Relay, which collects, takes in, alerts and shows; then
they are looked for in all that it writes, starts and answers.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from relay.sandbox.neighbourhood import populate
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from tests.test_kill import SLUG, Place, descendants, videos
from tests.web.participant import FORM, TUS, encoded
from tests.web.test_access import REQUESTS

pytestmark = [pytest.mark.media, pytest.mark.slow]
__all__ = ["videos"]

SECRETS = {
    "RELAY_SMTP_URL": "smtp://relay:canary-smtp-51a7@127.0.0.1:9",
    "RELAY_ALERT_WEBHOOK": "https://127.0.0.1:9/canary-hook-51a7",
    "RELAY_ALERT_NOTIFY": "json://canary-notice-51a7@127.0.0.1:9/",
    "RELAY_METRICS_TOKEN": "canary-metrics-51a7",
    "RELAY_OIDC_CLIENT_SECRET": "canary-oidc-51a7",
}
NAME, CONTACT, GUARDIAN = "Канарейка Певчая", "canary-person-51a7@example.org", "Опекун Канарейкин"
PASSWORD = "canary-password-51a7"
PAGES = [path for method, path, _ in REQUESTS.values() if method == "GET" and "{" not in path and "once" not in path]
LISTS = ("campaign status", "clip list", "post list", "source list", "coverage", "audit list", "almanac list", "board")
SYSTEM_LISTS = ("doctor", "account list", "alert list")

Seen = dict[str, bytes]
"""What was seen, by the place where it was."""


def spellings(canary: str) -> set[bytes]:
    """As it is, as JSON escapes it, and as an address holds it."""
    return {canary.encode(), json.dumps(canary)[1:-1].encode(), quote(canary, safe="").encode()}


def leaks(seen: Seen, *canaries: str) -> list[tuple[str, str]]:
    """Each canary with each place where it was found."""
    return [(c, place) for place, said in seen.items() for c in canaries if any(one in said for one in spellings(c))]


class Watcher:
    """While the `with` lasts, notes the words and the environment of every process that `pid` starts."""

    def __init__(self, pid: int) -> None:
        self._pid, self._over, self.seen = pid, threading.Event(), defaultdict[str, bytes](bytes)
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.01):
            for pid in descendants(self._pid):
                with contextlib.suppress(OSError):
                    own, words = (Path(f"/proc/{one}/cmdline").read_bytes() for one in (self._pid, pid))
                    if words in (b"", own):  # for a moment it is its parent still
                        continue
                    self.seen["cmdline of a child"] += words
                    self.seen["environ of a child"] += Path(f"/proc/{pid}/environ").read_bytes()


@pytest.fixture
def place(videos: Path, tmp_path: Path) -> Iterator[Place]:
    network, now = Network(clock=lambda: datetime.now(UTC)), datetime.now(UTC)
    with Sandbox(network) as sandbox:
        env = {
            "PATH": "/usr/bin:/bin",
            "RELAY_DATA_DIR": str(tmp_path / "data"),
            "RELAY_MIN_FREE_GB": "0",
            "RELAY_LANGUAGE": "en",
            "RELAY_LOG_LEVEL": "debug",
            "RELAY_PORT": "0",
            "RELAY_METRICS": "true",
            "RELAY_ALERT_MAIL": "team@example.org",
            "RELAY_OIDC_ISSUER": "https://127.0.0.1:9",
            "RELAY_OIDC_CLIENT_ID": "relay",
            **SECRETS,
            **sandbox.settings(),
        }
        place = Place(tmp_path, env)
        addresses = populate(network, videos, opens=now - timedelta(days=3), closes=now)
        place.relay("init")
        begins = f"{now - timedelta(days=3):%Y-%m-%dT%H:%M}"
        place.relay(
            *("campaign", "new", SLUG, "--title", "T", "--hashtag", "#proryv80", "--tz", "UTC", "--opens", begins),
            *("--closes", f"{now + timedelta(days=1):%Y-%m-%d}"),
        )
        place.relay("source", "add", SLUG, *addresses)
        place.relay("campaign", "start", SLUG)
        place.relay("campaign", "hand-in", SLUG, "open")
        yield place


@pytest.fixture
def people(place: Place) -> dict[str, dict[str, str]]:
    """Cookies of Olga, who organizes, and Pavel, who may look; nobody's are empty."""
    made = subprocess.run(
        [sys.executable, "-c", MAKE_PEOPLE, PASSWORD], env=place.env, capture_output=True, text=True, check=True
    )
    return {"vera": {}, **{who: {"relay": token} for who, token in json.loads(made.stdout).items()}}


MAKE_PEOPLE = """
import json, sys
from relay.bootstrap import open_relay
from relay.models import Role
from relay.moderation.people import accounts, api_tokens, sessions
relay, told = open_relay(), {}
for who, role in (("olga", Role.organizer), ("pavel", Role.viewer)):
    accounts.create(relay, who, who, role, password=sys.argv[1])
    told[who] = sessions.sign_in(relay, who, sys.argv[1])
print(json.dumps(told))
"""


def hands_in(url: str, video: Path) -> str:
    """Vera's form and file; her receipt."""
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as browser:
        form = browser.get(f"/take-part/{SLUG}").text
        token = re.findall(r'name="form_token" value="(\w+)"', form)[0]
        told = {**FORM, "name": NAME, "contact": CONTACT, "age": "0–13", "guardian": GUARDIAN, "guardian_agreed": "yes"}
        answer = browser.post(f"/take-part/{SLUG}", data={**told, "form_token": token})
        assert answer.status_code == 303, answer.text
        receipt = answer.headers["location"]
        ticket = re.findall(r'data-create="([^"]+)"', browser.get(receipt).text)[0]
        content, named = video.read_bytes(), f"filename {encoded('видео.mp4')}"
        place = browser.post(ticket, headers={**TUS, "upload-length": str(len(content)), "upload-metadata": named})
        head = {**TUS, "upload-offset": "0", "content-type": "application/offset+octet-stream"}
        assert browser.patch(place.headers["location"], content=content, headers=head).status_code == 204
    return str(receipt)


def answered(url: str, who: str, cookies: dict[str, str]) -> Seen:
    seen = {}
    with httpx.Client(base_url=url, trust_env=False, timeout=60, cookies=cookies) as browser:
        for path in (*PAGES, *(f"/clips/{number}" for number in range(1, 8)), f"/take-part/{SLUG}"):
            answer = browser.get(path)
            seen[f"{path} for {who}"] = answer.content + str(answer.headers).encode()
    return seen


def until(moment: str, place: Place, count: int) -> None:
    ends = time.monotonic() + 300
    while len(place.says("clip", "list", SLUG)) < count:
        assert time.monotonic() < ends, moment
        time.sleep(4)


def test_no_secret_and_nobodys_particulars_are_written_started_or_shown(
    place: Place, people: dict[str, dict[str, str]], videos: Path
) -> None:
    process = place.starts("up")
    desk = place.folder / "data" / "desk.url"
    with Watcher(process.pid) as watcher:
        while not desk.is_file():
            assert process.poll() is None
            time.sleep(0.1)
        url = desk.read_text().strip()
        extra = place.folder / "extra.mp4"
        extra.write_bytes(next(videos.glob("*.mp4")).read_bytes() + b"\0\0\0\x08free")
        receipt = hands_in(url, extra)
        until("the clips never came", place, 6)
        shown = {who: answered(url, who, cookies) for who, cookies in people.items()}
        metrics = httpx.get(f"{url}/metrics", headers={"authorization": "Bearer canary-metrics-51a7"}, trust_env=False)
        vitals = httpx.get(f"{url}/healthz", trust_env=False)
    process.terminate()
    assert place.ends(process, 30) == 0
    told = {words: place.relay(*words.split(), SLUG, "--json", check=False).encode() for words in LISTS}
    told |= {words: place.relay(*words.split(), "--json", check=False).encode() for words in SYSTEM_LISTS}
    machine: Seen = {"the log": place.log().encode(), **watcher.seen}
    machine |= {"metrics": metrics.content, "healthz": vitals.content}
    assert metrics.status_code == 200 and b"yt-dlp" not in metrics.content and len(watcher.seen) == 2
    assert CONTACT in "".join(page.decode() for page in shown["olga"].values()), "who may, sees it: it was let in"

    secrets = [re.search(r"canary-[a-z]+-51a7", text)[0] for text in SECRETS.values()]  # type: ignore[index]
    secrets += [place.env["RELAY_VK_TOKEN"], PASSWORD, *(cookies["relay"] for cookies in people.values() if cookies)]
    kept = {str(path): path.read_bytes() for path in (place.folder / "data").rglob("*") if path.is_file()}
    everywhere = {**machine, **told, **kept, **shown["vera"], **shown["pavel"], **shown["olga"]}
    assert leaks(everywhere, *secrets, receipt.rpartition("/")[2]) == []
    assert leaks({**machine, **shown["vera"], **shown["pavel"]}, CONTACT) == []
    assert leaks({**machine, **shown["vera"]}, NAME, GUARDIAN) == []


@pytest.mark.parametrize("canary", [NAME, CONTACT, PASSWORD])
def test_twin_what_leaks_is_found_in_a_log_a_page_json_and_the_words_of_a_child(canary: str) -> None:
    said = {
        "the log": f"2023-01-12 [info] signed in password={canary}\n".encode(),
        "a page": f"<p>{canary}</p>".encode(),
        "JSON": json.dumps({"contact": canary}).encode(),
        "an address": f"/?q={quote(canary)}".encode(),
    }
    assert {place for _, place in leaks(said, canary)} == set(said)
    argv = [sys.executable, "-c", PARENT, SLEEP, canary]
    with subprocess.Popen(argv) as process, Watcher(process.pid) as watcher:
        process.wait(10)
    assert "cmdline of a child" in {place for _, place in leaks(watcher.seen, canary)}


PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"
SLEEP = "import time; time.sleep(1)"
