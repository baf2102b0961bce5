"""Runs chosen tests against a copy of the project, in forked processes: what `scripts/mutants` is driven by.

A `Host` has imported Relay and collected all tests; it forks a child for each mistake, which gives one function of its
own another code and runs the tests that were asked for. What runs at import can't be changed like that: for it `start`
forks a child that has imported everything but Relay. The copy on the disk is changed in both cases, for the programs
that tests start. The checkout is only read.
"""

from __future__ import annotations

import ast
import contextlib
import ctypes
import gc
import hashlib
import importlib
import importlib.util
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

SPARE_SECONDS = 60.0
"""What a trial may take beside ten times what its tests take: importing, on a busy machine."""
ALL_BUT_MEDIA = "not media and not browser"
SLOW = f"slow and {ALL_BUT_MEDIA}"
WARM = (
    *("alembic.command", "apscheduler.schedulers.background", "babel.messages.pofile", "bs4", "coverage", "fastapi"),
    *("feedparser", "httpx", "hypothesis", "jinja2", "moviepy", "numpy", "opentimelineio", "orjson", "PIL.Image"),
    *("prometheus_client", "pwdlib", "pydantic_settings", "pysubs2", "requests", "rich.table", "segno", "sqlmodel"),
    *("starlette.responses", "structlog", "trustme", "typer", "uvicorn", "vk_api", "PIL.ImageFont", "PIL.ImageDraw"),
    *("aiosmtpd.controller", "email.mime.multipart", "sqlalchemy.dialects.sqlite", "hypothesis.extra", "xml.sax"),
)
READ_THE_SOURCE = (
    "tests/language/test_catalogue.py::test_every_sentence_is_in_the_catalogues_and_nothing_else",
    "tests/language/test_catalogue.py::test_no_sentence_is_put_together_where_it_is_said",
)
"""They notice that a line is gone, not that it is wrong, so they count for nothing here."""


class Copy:
    """A copy of the working tree, uncommitted changes included, with `shared` beside it where there is one."""

    def __init__(self, root: Path, place: Path) -> None:
        self.root, self.place = root, place / "relay"
        self.place.mkdir(parents=True, exist_ok=True)
        beside, shared = place / "shared", root.parent / "shared"
        if shared.is_dir() and not beside.exists():
            beside.symlink_to(shared.resolve())

    def refresh(self, files: Sequence[str]) -> None:
        wanted = set(files)
        for path in [*self.place.rglob("*")]:
            if path.is_file() and "__pycache__" not in path.parts and str(path.relative_to(self.place)) not in wanted:
                path.unlink()
        for name in files:
            source, target = self.root / name, self.place / name
            if not target.exists() or _stamp(source) != _stamp(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)

    @contextlib.contextmanager
    def changed(self, name: str, change: Callable[[bytes], bytes]) -> Iterator[None]:
        """The module with another text. Its compiled form goes by time and size, so the time is one of its own."""
        target = self.place / name
        before, stamp = target.read_bytes(), target.stat().st_mtime_ns
        target.write_bytes(change(before))
        os.utime(target, (0, int(time.time()) + 10))
        try:
            yield
        finally:
            target.write_bytes(before)
            os.utime(target, ns=(stamp, stamp))
            Path(importlib.util.cache_from_source(str(target))).unlink(missing_ok=True)


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def tree(root: Path) -> list[str]:
    """Files that git knows or would take, as they are now."""
    argv = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(argv, cwd=root, capture_output=True, check=True).stdout.decode().split("\0")
    return sorted({name for name in listed if name and (root / name).is_file()})


def digest(root: Path, names: Iterable[str]) -> str:
    seen = hashlib.sha256()
    for name in sorted(names):
        seen.update(name.encode() + b"\0" + (root / name).read_bytes() + b"\0")
    return seen.hexdigest()[:16]


def warm() -> None:
    """Imports what every trial would import, except Relay and its tests."""
    for name in WARM:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


@dataclass(slots=True)
class Trial:
    """A child that runs tests, and what it was told to do."""

    pid: int
    folder: Path
    ends_at: float

    def ended(self) -> str | None:
        """None while it runs; then why the tests failed, or "" if they passed."""
        if os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            if time.monotonic() < self.ends_at:
                return None
            self.stop()
            return self._told("it did not come to an end")
        return self._told("the tests could not be run")

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _told(self, otherwise: str) -> str:
        answer = self.folder / "answer"
        told = answer.read_text() if answer.exists() else f"{otherwise}: {_end_of(self.folder / 'log')}"
        shutil.rmtree(self.folder, ignore_errors=True)
        return told


def _end_of(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-2000:] if log.exists() else ""


def start(copy: Copy, files: Sequence[str], plugin: object, seconds: float, *words: str) -> Trial:
    """Runs the tests of `files` that `plugin` lets through, in a child of its own, for at most `seconds`."""
    folder = Path(tempfile.mkdtemp(prefix="mutant-"))
    parent = os.getpid()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        _become(copy, folder, parent, lambda: _judge(files, plugin, folder, words))
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)
    return Trial(pid, folder, time.monotonic() + seconds)


class Host:
    """A child that has collected the tests of `files`, and runs some of them with a changed function when asked."""

    def __init__(self, copy: Copy, files: Sequence[str], marks: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mutants-host-"))
        asked, self._ask = os.pipe()
        self._told, tells = os.pipe()
        parent = os.getpid()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            plugin = _Hosted(copy, asked, tells)
            _become(copy, self.folder, parent, lambda: _judge(files, plugin, self.folder, ("-m", marks)))
        os.close(asked)
        os.close(tells)
        self._heard = b""

    def asks(self, order: Mapping[str, int], path: str, function: str, seconds: float) -> None:
        """The answer comes with `ended`. `path`: of the module, which lies changed in the copy."""
        words = {"order": dict(order), "path": path, "function": function, "seconds": seconds}
        data = json.dumps(words).encode() + b"\n"
        while data:
            data = data[os.write(self._ask, data) :]

    def ended(self) -> str | None:
        """As Trial.ended; UNABLE when the function can't be changed here, or the host is gone."""
        if not select.select([self._told], [], [], 0)[0]:
            return None
        self._heard += os.read(self._told, 65536)
        if not self._heard.endswith(b"\n"):
            return None if self._heard else UNABLE
        told, self._heard = str(json.loads(self._heard)), b""
        return told

    def stop(self) -> None:
        for number in (self._ask, self._told):
            os.close(number)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        shutil.rmtree(self.folder, ignore_errors=True)


UNABLE = "unable"


class _Hosted:
    """The host's side: in the place of pytest's own loop over the tests."""

    def __init__(self, copy: Copy, asked: int, tells: int) -> None:
        self.copy, self.asked, self.tells = copy, asked, tells

    def pytest_runtestloop(self, session: Any) -> bool:
        items = {item.nodeid: item for item in session.items}
        functions = _functions(self.copy.place)
        with os.fdopen(self.asked) as asked:
            for line in asked:
                told = self._tried(session, items, functions, json.loads(line))
                os.write(self.tells, json.dumps(told).encode() + b"\n")
        return True

    def _tried(self, session: Any, items: Mapping[str, Any], functions: _Functions, asked: Mapping[str, Any]) -> str:
        source = (self.copy.place / asked["path"]).read_bytes()
        codes = _changed_codes(source, str(self.copy.place / asked["path"]), asked["function"])
        found = [(each, codes[key]) for key, each in functions if key in codes]
        if not found or not asked["order"].keys() <= items.keys():
            return UNABLE
        folder = Path(tempfile.mkdtemp(prefix="mutant-"))
        host = os.getpid()
        pid = os.fork()
        if pid == 0:
            chosen = [items[name] for name in sorted(asked["order"], key=asked["order"].__getitem__)]
            _become(self.copy, folder, host, lambda: _run(session, chosen, found, folder))
        trial = Trial(pid, folder, time.monotonic() + asked["seconds"])
        while (told := trial.ended()) is None:
            time.sleep(0.01)
        return told


_Functions = list[tuple[tuple[str, str, int], FunctionType]]


def _functions(place: Path) -> _Functions:
    """Every function of Relay that there is, by file, name and first line."""
    gc.unfreeze()
    found = [each for each in gc.get_objects() if isinstance(each, FunctionType)]
    home = str(place / "relay")
    return [(_key(each.__code__), each) for each in found if each.__code__.co_filename.startswith(home)]


def _key(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _changed_codes(source: bytes, path: str, function: str) -> dict[tuple[str, str, int], CodeType]:
    def all_of(code: CodeType) -> Iterator[CodeType]:
        yield code
        for each in code.co_consts:
            if isinstance(each, CodeType):
                yield from all_of(each)

    whole = compile(source, path, "exec", dont_inherit=True)
    return {_key(code): code for code in all_of(whole) if code.co_qualname == function}


def _run(session: Any, chosen: Sequence[Any], changed: Sequence[tuple[FunctionType, CodeType]], folder: Path) -> None:
    first = _FirstFailure()
    session.config.pluginmanager.register(first)
    session.config._tmp_path_factory._basetemp = folder / "t"
    (folder / "t").mkdir()
    for function, code in changed:
        function.__code__ = code
    for item, after in zip(chosen, [*chosen[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        if first.name:
            break
    (folder / "answer.part").write_text(first.name)
    (folder / "answer.part").rename(folder / "answer")


def _become(copy: Copy, folder: Path, parent: int, work: Callable[[], None]) -> None:
    try:
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)
        log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ |= {"PYTHONPATH": str(copy.place), "TMPDIR": str(folder)}
        tempfile.tempdir = None
        os.chdir(copy.place)
        sys.path[:] = [str(copy.place), *(path for path in sys.path if Path(path or ".").resolve() != copy.root)]
        sys.argv = ["pytest"]
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        work()
    finally:
        os._exit(0)


def _judge(files: Sequence[str], plugin: object, folder: Path, words: Sequence[str]) -> None:
    first = _FirstFailure()
    code = pytest.main(
        [
            *(
                "-q",
                "-p",
                "no:unraisableexception",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:randomly",
                "-p",
                "no:xdist",
                "-p",
                "no:logging",
            ),
            *("-W", "ignore::pytest.PytestAssertRewriteWarning", f"--basetemp={folder / 't'}", "--hypothesis-seed=0"),
            *words,
            *files,
        ],
        plugins=[plugin, first],
    )
    told = first.name or ("" if code in (0, 5) else "nothing can be imported")
    (folder / "answer.part").write_text(told)
    (folder / "answer.part").rename(folder / "answer")


class _FirstFailure:
    name = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self.name:
            self.name = report.nodeid

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and not self.name:
            self.name = f"{report.nodeid} can't be imported"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Only these tests, in this order; of files named in `whole`, all that are in the selection of marks."""

    order: Mapping[str, int]
    whole: frozenset[str] = frozenset()

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        kept = [each for each in items if each.nodeid in self.order or each.nodeid.split("::")[0] in self.whole]
        items[:] = sorted(kept, key=lambda each: self.order.get(each.nodeid, -1))


# Which tests run which lines


@dataclass(slots=True)
class Reach:
    """Which tests run a line, how long each takes, and which are slow. `imported`: lines that ran outside any test."""

    seconds: dict[str, float] = field(default_factory=dict)
    slow: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    lines: dict[str, dict[int, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    imported: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, part: Mapping[str, Any]) -> None:
        self.seconds |= part["seconds"]
        self.slow |= set(part["slow"])
        self.failed |= set(part["failed"])
        for path, at in part["imported"].items():
            self.imported[path] |= set(at)
        of_file = defaultdict(set)
        for test in part["seconds"]:
            of_file[test.split("::")[0]].add(test)
        for path, lines in part["lines"].items():
            for line, contexts in lines.items():
                for context in contexts:
                    meant = of_file[context[:-3]] if context.endswith("::*") else {context}
                    self.lines[path][int(line)] |= meant & part["seconds"].keys()

    def of(self, path: str, lines: Iterable[int] | None = None) -> set[str]:
        """Tests that run one of the lines (any line, if none are named), of those that pass without a mistake."""
        there = self.lines.get(path, {})
        found = set().union(*(there.get(line, set()) for line in (there if lines is None else lines)))
        return found - self.failed


class _Recorder:
    """Notes for each test which lines of Relay it runs. What a fixture of a whole file runs, all its tests run."""

    def __init__(self, copy: Path, target: Path) -> None:
        import coverage

        self.copy, self.target = copy, target
        self.seconds: dict[str, float] = {}
        self.slow: list[str] = []
        self.failed: list[str] = []
        self.now = ""
        self.coverage = coverage.Coverage(
            data_file=None, source=[str(copy / "relay")], config_file=False, messages=False
        )

    def pytest_sessionstart(self) -> None:
        self.coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Iterator[None]:
        self.now = item.nodeid
        if item.get_closest_marker("slow"):
            self.slow.append(item.nodeid)
        self.coverage.switch_context(self.now)
        started = time.monotonic()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = round(time.monotonic() - started, 3)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        if fixturedef.scope == "function":
            return (yield)
        self.coverage.switch_context(f"{self.now.split('::')[0]}::*" if fixturedef.scope == "module" else "")
        try:
            return (yield)
        finally:
            self.coverage.switch_context(self.now)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tests that run nothing of Relay are no trouble
            self.coverage.stop()
            data = self.coverage.get_data()
        lines = {
            str(Path(path).relative_to(self.copy)): data.contexts_by_lineno(path) for path in data.measured_files()
        }
        told = {"seconds": self.seconds, "slow": self.slow, "failed": self.failed, "lines": lines}
        self.target.write_text(json.dumps(told))


def reach(
    copies: Sequence[Copy], files: Mapping[str, str], folder: Path, marks: str, *, found: Reach | None = None
) -> Reach:
    """What the tests of `files` (name → what the answer depends on) reach; added to what was `found` of others. Files
    known from before aren't run again.
    """
    places = {name: folder / f"{digest_of(name, state, marks)}.json" for name, state in files.items()}
    missing = [name for name, place in places.items() if not place.exists()]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        for name, part in _split(missing, _measured(copies, missing, folder, marks)).items():
            new = places[name].with_suffix(".new")
            new.write_text(json.dumps(part))
            new.rename(places[name])
    found = found or Reach(failed=set(READ_THE_SOURCE))
    for place in places.values():
        found.add(json.loads(place.read_text()))
    return found


def digest_of(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:24]


def _measured(copies: Sequence[Copy], files: Sequence[str], folder: Path, marks: str) -> list[dict[str, Any]]:
    """What the processes saw, one for each copy."""
    shares = [(copy, files[at :: len(copies)]) for at, copy in enumerate(copies) if files[at :: len(copies)]]
    targets = [folder / f"part{at}" for at in range(len(shares))]
    trials = [
        start(copy, share, _Recorder(copy.place, target), 7200, "-m", marks)
        for (copy, share), target in zip(shares, targets, strict=True)
    ]
    try:
        for trial, target in zip(trials, targets, strict=True):
            while (told := trial.ended()) is None:
                time.sleep(0.1)
            if not target.exists():
                raise RuntimeError(f"The tests can't be run without a mistake: {told}")
    finally:
        for trial in trials:
            if trial.folder.exists():
                trial.stop()
    parts = [json.loads(target.read_text()) for target in targets]
    for target in targets:
        target.unlink()
    return parts


def _split(files: Sequence[str], parts: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The same by test file."""
    found = {name: {"seconds": {}, "slow": [], "failed": [], "lines": {}, "imported": {}} for name in files}
    for part in parts:
        first = found[_file(next(iter(part["seconds"]), files[0]))]
        for path, lines in part["lines"].items():
            first["imported"][path] = [int(line) for line, contexts in lines.items() if "" in contexts]
        for test, seconds in part["seconds"].items():
            found[_file(test)]["seconds"][test] = seconds
        for what in ("slow", "failed"):
            for test in part[what]:
                found[_file(test)][what].append(test)
        for path, lines in part["lines"].items():
            for line, contexts in lines.items():
                for context in filter(None, contexts):
                    of_path = found[_file(context)]["lines"].setdefault(path, {})
                    of_path.setdefault(line, []).append(context)
    return found


def _file(test: str) -> str:
    return test.split("::", maxsplit=1)[0]


def uses(root: Path, modules: Iterable[str]) -> dict[str, dict[str, set[int]]]:
    """Name → module → lines inside functions that mention it."""
    found: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for path in modules:
        for function in ast.walk(ast.parse((root / path).read_bytes())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Name | ast.Attribute):
                        found[node.id if isinstance(node, ast.Name) else node.attr][path].add(node.lineno)
    return found
