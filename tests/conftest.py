from __future__ import annotations

import faulthandler
import gc
import math
import os
import time
from pathlib import Path

import hypothesis
import pytest

from scripts.choosing import is_in_share, is_left_out_as_a_whole

HANGS_AFTER = 600  # seconds: longer than any test takes

SHARED = Path(__file__).resolve().parents[2] / "shared"

# How long an example takes tells more about what else the machine is doing.
for profile, examples in (("quick", 12), ("whole", 200)):  # `scripts/test` takes the whole one
    hypothesis.settings.register_profile(
        profile, max_examples=examples, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
hypothesis.settings.load_profile("quick")


class Watch:
    """Whatever hangs is told, with its stacks, and ends the run. pytest's own `faulthandler_timeout` starts a thread
    for each of thousands of quick tests, which costs a second; this one starts a thread every half a minute.
    """

    def __init__(self) -> None:
        self.stderr = os.dup(2)  # of the run: a test's own is taken away
        self.since = -math.inf

    def pytest_runtest_logstart(self) -> None:
        if time.monotonic() - self.since > 30:
            self.since = time.monotonic()
            faulthandler.dump_traceback_later(HANGS_AFTER, exit=True, file=self.stderr)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--on-postgres", action="store_true", help="tests that have a database, on PostgreSQL: tests/postgres.py"
    )
    parser.addoption("--share", metavar="2/4", help="only the second of four shares of the test files: scripts/quick")
    parser.addoption(
        "--whole", metavar="FILE", action="append", default=[], help="in this file slow tests count as quick ones"
    )


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()
    os.umask(0o077)  # as relay/cli sets it
    is_alone = not config.getoption("numprocesses", None)  # else this process only hands tests to others
    if is_alone or config.getoption("--hypothesis-profile", None):
        config.pluginmanager.import_plugin("tests.fixtures")  # which knows the profiles
    if is_alone:
        config.pluginmanager.register(Watch())


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What is not to run isn't even imported: that took the quick tests as long as a quarter of them do."""
    if not collection_path.name.startswith("test_"):
        return None
    name = str(collection_path.relative_to(config.rootpath))
    share = config.getoption("--share")
    if share is not None and not is_in_share(name, share):
        return True
    left_out = config.getoption("markexpr")
    if name in config.getoption("--whole"):
        return None
    return True if left_out and is_left_out_as_a_whole(collection_path.read_text("utf-8"), left_out) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    whole = set(config.getoption("--whole"))
    for item in items if whole else ():
        if item.nodeid.split("::")[0] in whole:
            for node in item.listchain():
                node.own_markers[:] = [mark for mark in node.own_markers if mark.name != "slow"]
    if config.getoption("--on-postgres"):
        others = [item for item in items if "databases" not in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=others)
        kept = set(items) - set(others)
        items[:] = [item for item in items if item in kept]


def pytest_collection_finish() -> None:
    """What was imported stays until the end: looking through it for garbage again and again took a fifth of the run."""
    gc.freeze()
    gc.enable()
