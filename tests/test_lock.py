from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import replace
from importlib.metadata import distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from scripts import locked

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")

OLDEST = "3.11.2"
"""Debian 12's Python."""


@pytest.mark.slow
def test_what_is_locked_runs_on_the_oldest_python() -> None:
    pinned = locked.read(LOCK.read_text("utf-8")).keys()
    wanted = {canonicalize_name(each.name): each.metadata.get("Requires-Python") or "" for each in distributions()}
    there = pinned & wanted.keys()
    assert {"httpx", "vk-api", "yt-dlp", "moviepy", "apscheduler", "sqlmodel", "typer", "soupsieve"} <= there
    assert [name for name in sorted(there) if not SpecifierSet(wanted[name]).contains(OLDEST)] == []


def test_every_file_that_is_installed_has_its_hash_in_the_lock() -> None:
    lock = locked.read(LOCK.read_text("utf-8"))
    assert len(lock) > 150
    assert [name for name, pinned in lock.items() if not HASH.search(pinned.lines)] == []


def lacking(names: set[str]) -> set[str]:
    """What the packages of these names want and nobody has named, as their own metadata says."""
    found = set()
    for name in names:
        for line in requires(name) or ():
            wish = Requirement(line)
            if wish.marker is None or wish.marker.evaluate({"extra": ""}):
                found.add(canonicalize_name(wish.name))
    return found - names


@pytest.mark.slow
def test_what_is_named_for_an_extra_is_all_that_it_needs() -> None:
    """As metadata of what is installed here says. The twin forgets who wants what."""
    lock = locked.read(LOCK.read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    here = {canonicalize_name(each.name) for each in distributions()}
    for extras in ([], ["demo"], ["dev"], ["c2pa", "demo", "dev", "faces", "postgres"]):
        wanted = locked.named(project, extras)
        assert lacking(set(locked.needed(lock, wanted)) & here) & here == set(), extras
    orphans = {name: replace(pinned, wanted_by=frozenset()) for name, pinned in lock.items()}
    assert lacking(set(locked.needed(orphans, wanted)) & here) & here != set()


@pytest.mark.slow
def test_of_each_extra_only_its_own_is_named() -> None:
    lock = locked.read(LOCK.read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    plain = set(locked.needed(lock, locked.named(project, [])))
    assert {"httpx", "idna", "starlette"} <= plain and not {"pytest", "hatchling", "opencv-python-headless"} & plain
    assert {"hatchling", "babel", "pathspec"} <= set(locked.needed(lock, set(), build=True))
    every = locked.named(project, project["project"]["optional-dependencies"])
    assert locked.needed(lock, every, build=True) == list(lock), "nothing stands in the lock that nobody wants"
    with pytest.raises(locked.Unlocked, match="There is no extra nonsense"):
        locked.named(project, ["nonsense"])
    with pytest.raises(locked.Unlocked, match=r"lacks another\. Run scripts/lock --keep"):
        locked.needed(lock, {"another"})


PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "hashtag-relay"
version = "1"
dependencies = ["part==1"]
[project.optional-dependencies]
demo = []
"""
BACKEND = """
import zipfile
SAYS = {
    "METADATA": "Metadata-Version: 2.1\\nName: hashtag-relay\\nVersion: 1\\nRequires-Dist: part==1\\n",
    "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    "RECORD": "",
}
def build_editable(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(f"{folder}/hashtag_relay-1-py3-none-any.whl", "w") as wheel:
        for name, text in SAYS.items():
            wheel.writestr(f"hashtag_relay-1.dist-info/{name}", text)
    return "hashtag_relay-1-py3-none-any.whl"
"""


def a_part(folder: Path, says: str) -> str:
    """A package that scripts/setup is to install; its sha256."""
    file = folder / "part-1-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr(zipfile.ZipInfo("part.py"), f"says = {says!r}")
        wheel.writestr(zipfile.ZipInfo("part-1.dist-info/METADATA"), "Metadata-Version: 2.1\nName: part\nVersion: 1\n")
        kind = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(zipfile.ZipInfo("part-1.dist-info/WHEEL"), kind)
        wheel.writestr(zipfile.ZipInfo("part-1.dist-info/RECORD"), "")
    return hashlib.sha256(file.read_bytes()).hexdigest()


def set_up(folder: Path, lock: str, *, guarded: bool = True) -> subprocess.CompletedProcess[str]:
    """scripts/setup in a small project of its own, with a folder in the place of the index."""
    (folder / "scripts").mkdir(exist_ok=True)
    for name in ("setup", "locked.py"):
        text = (ROOT / "scripts" / name).read_text("utf-8")
        (folder / "scripts" / name).write_text(text if guarded else text.replace("--require-hashes ", ""))
    for name, text in (("pyproject.toml", PROJECT), ("backend.py", BACKEND), ("requirements.lock", lock)):
        (folder / name).write_text(text)
    env = {"PATH": os.environ["PATH"], "PYTHON": sys.executable, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1"}
    argv = ["bash", "scripts/setup", "demo"]
    return subprocess.run(
        argv, cwd=folder, env={**env, "PIP_FIND_LINKS": str(folder)}, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_setup_installs_no_file_but_those_of_the_lock(tmp_path: Path) -> None:
    """The twin, without the demand for hashes, takes what nobody has vouched for."""
    sha256 = a_part(tmp_path, "good")
    via = "    # via hashtag-relay (pyproject.toml)\n"
    changed = f"part==1 \\\n    --hash=sha256:{'0' * 64}\n{via}"
    refused = set_up(tmp_path, changed)
    assert refused.returncode != 0 and "DO NOT MATCH THE HASHES" in refused.stderr
    unknown = set_up(tmp_path, f"part==1\n{via}")
    assert unknown.returncode != 0 and "Hashes are required" in unknown.stderr
    assert set_up(tmp_path, f"part==1 \\\n    --hash=sha256:{sha256}\n{via}").returncode == 0
    assert list(tmp_path.glob(".venv/lib/*/site-packages/part.py")) != []
    twin = tmp_path / "twin"
    twin.mkdir()
    a_part(twin, "bad")
    assert set_up(twin, f"part==1\n{via}", guarded=False).returncode == 0
