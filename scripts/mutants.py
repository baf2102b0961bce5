"""Can the tests fail? Puts mistakes into copies of the project, one at a time, and tells which of them no test notices.

scripts/mutants [--count 200] [--seed 1] [--module plan/rules …] [--fast | --full] [--again] [--list]

A sample is spread over at least 30 modules and over all kinds of mistakes (scripts/mutations.py says which); the same
seed gives the same sample as long as the modules are the same. A mistake meets the tests that run its line: first
those of the module's own file, then all others that scripts/quick would take; with --full then the slow ones, and the
media tests of the module's own file and of those that import it. The checkout is never changed.

Nothing is left out of the sample because the fast suite can't see it: what draws with moviepy, the sandbox and the
demo, and what runs in processes of its own only (walls, faces, voices) is noticed with --full, and counts either way.

It can be stopped at any moment and goes on where it was when it is called again in the same words. --again tries the
mistakes that were not noticed once more, after tests were added. What was found lies in build/mutants.

Ends with 1 when fewer are noticed than --at-least says (percent; 75 with --fast, which is the default, 90 with --full).
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts import mutations, trials  # noqa: E402
from scripts.choosing import QUICK, direct_tests, own_tests, texts  # noqa: E402
from scripts.mutations import Mutation  # noqa: E402
from scripts.trials import UNABLE, Chosen, Copy, Host, Reach, Trial  # noqa: E402

WORK = ROOT / "build/mutants"
FEWEST_MODULES = 30
OF_ONE_MODULE = 4
LEFT_OUT = ("relay/migrations/", "relay/demo/", "relay/__main__.py")
"""What is written once and never changed, and pictures, of which the eye is the judge."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`by` is the test that noticed the mistake, `stage` where that was; both are empty for a survivor."""

    key: str
    path: str
    told: str
    stage: str
    by: str
    seconds: float
    full: bool
    tests: str

    @property
    def noticed(self) -> bool:
        return bool(self.by)


@dataclass(slots=True)
class Stage:
    name: str
    files: list[str]
    chosen: Chosen
    seconds: float
    words: tuple[str, ...] = ()


@dataclass(slots=True)
class Lane:
    """One copy and the mistake that is in it now."""

    copy: Copy
    host: Host | None = None
    mutation: Mutation | None = None
    stages: list[Stage] = field(default_factory=list)
    trial: Trial | Host | None = None
    stage: Stage | None = None
    since: float = 0.0
    undo: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)


def main() -> int:
    words = _words()
    files = trials.tree(ROOT)
    modules = [name for name in files if name.startswith("relay/") and name.endswith(".py")]
    known = mutations.house((ROOT / name).read_bytes() for name in modules)
    found = sample(ROOT, [name for name in modules if not name.startswith(LEFT_OUT)], known, words)
    if words.list or not found:
        print("\n".join(each.told for each in found) or "There is no such module, or nothing in it can be mistaken.")
        return 0 if found else 2
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another one is at work in build/mutants.", file=sys.stderr)
            return 2
        with _room():
            return _tried(found, files, modules, words)


@contextlib.contextmanager
def _room() -> Iterator[None]:
    """A folder for what the tests leave behind; that of a run that was killed is emptied first."""
    room = Path(tempfile.gettempdir()) / f"mutants-{trials.digest_of(str(ROOT))[:8]}"
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir()
    tempfile.tempdir = str(room)
    try:
        yield
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200, help="how many mistakes (200)")
    parser.add_argument("--seed", type=int, default=1, help="which sample (1)")
    parser.add_argument(
        "--module", action="append", default=[], help="only modules whose path has this in it; repeatable"
    )
    suite = parser.add_mutually_exclusive_group()
    suite.add_argument("--fast", action="store_true", help="only the fast suite (the default)")
    suite.add_argument("--full", action="store_true", help="the slow and media tests too")
    parser.add_argument("--again", action="store_true", help="try only what was not noticed the last time")
    parser.add_argument("--list", action="store_true", help="show the sample and try nothing")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once (as many as cores)")
    parser.add_argument("--at-least", type=float, default=None, help="percent that must be noticed")
    return parser.parse_args()


def sample(root: Path, modules: Sequence[str], known: mutations.House, words: argparse.Namespace) -> list[Mutation]:
    """`words.count` mutations, no two of one line, spread over modules and kinds."""
    chance = random.Random(words.seed)
    wanted = [name for name in modules if not words.module or any(each in name for each in words.module)]
    chance.shuffle(wanted)
    pools = {name: _Pool(name, (root / name).read_bytes(), known, chance) for name in wanted}
    most = max(FEWEST_MODULES, words.count // OF_ONE_MODULE)
    drawn = [name for name in wanted if pools[name].large][:most] or wanted
    taken: list[Mutation] = []
    while drawn and len(taken) < words.count:
        for name in [*drawn][: words.count - len(taken)]:
            found = pools[name].draw()
            taken += [found] if found else []
            drawn = drawn if found else [each for each in drawn if each != name]
    return sorted(taken, key=lambda each: (each.path, each.start))


class _Pool:
    """The mutations of one module, drawn by kind."""

    def __init__(self, path: str, source: bytes, known: mutations.House, chance: random.Random) -> None:
        self.source, self.chance, self.lines = source, chance, set[int]()
        self.kinds = defaultdict(list)
        for each in mutations.mutations(path, source, known):
            self.kinds[each.kind].append(each)
        self.large = sum(map(len, self.kinds.values())) >= 2 * OF_ONE_MODULE

    def draw(self) -> Mutation | None:
        while self.kinds:
            kind = self.chance.choice(sorted(self.kinds))
            found = self.kinds[kind].pop(self.chance.randrange(len(self.kinds[kind])))
            if not self.kinds[kind]:
                del self.kinds[kind]
            if found.line not in self.lines and mutations.differs(found, self.source):
                self.lines.add(found.line)
                return found
        return None


def _tried(found: list[Mutation], files: list[str], modules: list[str], words: argparse.Namespace) -> int:
    tests = [name for name in files if name.startswith("tests/") and name.endswith(".py")]
    state = trials.digest(ROOT, [*modules, *tests])
    copies = [Copy(ROOT, WORK / str(at)) for at in range(words.jobs)]
    for copy in copies:
        copy.refresh(files)
    trials.warm()
    _say("Looking which test runs which line …")
    states = _states(modules, tests)
    reach = trials.reach(copies, states, WORK / "reach", trials.ALL_BUT_MEDIA if words.full else QUICK)
    of_tests, house = texts(Path("tests"), "test_*.py", root=ROOT), texts(Path("relay"), root=ROOT)
    near = {path: own_tests(path, of_tests, house) for path in {each.path for each in found}}
    if not words.full:
        own = {name: states[name] for names in near.values() for name in names if "mark.slow" in of_tests[name]}
        trials.reach(copies, own, WORK / "reach", trials.SLOW, found=reach)
    for test in sorted(reach.failed - set(trials.READ_THE_SOURCE)):
        _say(f"{test} fails without any mistake, and counts for nothing.")
    ledger = Ledger(WORK / f"{_named(words, trials.digest(ROOT, modules))}.jsonl", state, words)
    plan = Planner(reach, of_tests, near, trials.uses(ROOT, modules), full=words.full)
    todo = [each for each in found if each.key not in ledger.known]
    quick = [each for each in todo if each.function and not each.names]
    alone = sorted(name for name in tests if Path(name).name.startswith("test_"))
    lanes = [Lane(copy, Host(copy, alone, trials.ALL_BUT_MEDIA) if quick else None) for copy in copies[: len(todo)]]
    run(todo, lanes, plan, ledger, len(found))
    return told([ledger.known[each.key] for each in found], words)


def _states(modules: Sequence[str], tests: Sequence[str]) -> dict[str, str]:
    """Each test file, and what its tests go by: itself, all modules, and what the tests share."""
    alone = [name for name in tests if Path(name).name.startswith("test_")]
    shared = trials.digest(ROOT, [*modules, *(name for name in tests if name not in alone)])
    return {name: f"{shared} {trials.digest(ROOT, [name])}" for name in alone}


def _named(words: argparse.Namespace, modules: str) -> str:
    asked = trials.digest_of(*sorted(words.module))[:8] if words.module else ""
    return "-".join(filter(None, ["sample", modules, str(words.seed), str(words.count), asked]))


class Ledger:
    """What is known of each mistake, one line a finding, so that nothing is lost with the process."""

    def __init__(self, path: Path, tests: str, words: argparse.Namespace) -> None:
        self.path, self.tests, self.full = path, tests, words.full
        self.known: dict[str, Outcome] = {}
        for line in path.read_text().splitlines() if path.exists() else []:
            with contextlib.suppress(ValueError, TypeError):  # the last line of a process that was killed
                self._take(Outcome(**json.loads(line)), again=words.again)

    def _take(self, known: Outcome, *, again: bool) -> None:
        same = known.tests == self.tests
        if known.noticed:
            holds = (same or again) and (self.full or known.stage == "fast")
        else:
            holds = same and (known.full or not self.full)
        if holds:
            self.known[known.key] = known
        else:
            self.known.pop(known.key, None)

    def add(self, found: Outcome) -> None:
        self.known[found.key] = found
        with self.path.open("a") as out:
            out.write(json.dumps(asdict(found)) + "\n")


class Planner:
    """Which tests a mistake meets, in which order: the nearest first, because it ends with the first that fails."""

    def __init__(
        self,
        reach: Reach,
        tests: Mapping[str, str],
        near: Mapping[str, Sequence[str]],
        uses: dict[str, dict[str, set[int]]],
        *,
        full: bool,
    ) -> None:
        """`tests`: files of tests and their texts; `near`: module → files whose slow tests scripts/quick takes too."""
        self.reach, self.tests, self.near, self.uses, self.full = reach, tests, near, uses, full

    def stages(self, mutation: Mutation) -> list[Stage]:
        own = direct_tests(mutation.path, self.tests)
        found = self._met(mutation, own)
        changed = self.near.get(mutation.path, ())
        quick = {test for test in found if test not in self.reach.slow or test.split("::")[0] in changed}
        by_file = Counter(test.split("::")[0] for test in quick)
        near = set(own) | {name for name, _count in by_file.most_common(2)}
        first = {test for test in quick if test.split("::")[0] in near}
        stages = [self._stage("fast", first, own), self._stage("fast", quick - first, own)]
        if self.full:
            stages += [self._stage("slow", found - quick, own), *self._media(own)]
        return [stage for stage in stages if stage.files]

    def _met(self, mutation: Mutation, own: Sequence[str]) -> set[str]:
        found = self.reach.of(mutation.path, mutation.lines)
        for name in mutation.names - {"*"}:
            for path, lines in self.uses.get(name, {}).items():
                found |= self.reach.of(path, lines)
            naming = {file for file in own if name in self.tests[file]}
            found |= {test for test in self.reach.seconds if test.split("::")[0] in naming} - self.reach.failed
        if mutation.names:  # it runs at import, or is remembered: the map doesn't know who lives by it
            found |= self.reach.of(mutation.path) or set(self.reach.seconds) - self.reach.failed
        return found

    def _stage(self, name: str, tests: set[str], own: Sequence[str]) -> Stage:
        place = {file: at for at, file in enumerate(own)}
        ranked = sorted(tests, key=lambda test: (place.get(test.split("::")[0], len(own)), self.reach.seconds[test]))
        seconds = sum(self.reach.seconds[test] for test in tests)
        files = sorted({test.split("::")[0] for test in tests})
        return Stage(
            name, files, Chosen({test: at for at, test in enumerate(ranked)}), trials.SPARE_SECONDS + 10 * seconds
        )

    def _media(self, own: Sequence[str]) -> Iterator[Stage]:
        for name in own:
            if "mark.media" in self.tests[name]:
                yield Stage("media", [name], Chosen({}, frozenset({name})), 1200, ("-m", "media and not browser"))


def run(todo: Sequence[Mutation], lanes: Sequence[Lane], plan: Planner, ledger: Ledger, total: int) -> None:
    """Tries all of them, as many at once as there are lanes."""
    waiting, show = list(reversed(todo)), _shown(total, total - len(todo))
    try:
        while waiting or any(lane.mutation for lane in lanes):
            for lane in lanes:
                if lane.mutation is None and waiting:
                    _begin(lane, waiting.pop(), plan)
                if lane.mutation is not None:
                    _look(lane, ledger, plan, show)
            time.sleep(0.01)
    finally:
        for lane in lanes:
            if isinstance(lane.trial, Trial):
                lane.trial.stop()
            if lane.host is not None:
                lane.host.stop()
            lane.undo.close()


def _begin(lane: Lane, mutation: Mutation, plan: Planner) -> None:
    lane.undo.enter_context(lane.copy.changed(mutation.path, mutation.applied))
    lane.mutation, lane.stages, lane.since = mutation, plan.stages(mutation), time.monotonic()


def _look(lane: Lane, ledger: Ledger, plan: Planner, show: Callable[[Outcome], None]) -> None:
    """Goes on with the next stage when one has ended, and notes what came of it all."""
    assert lane.mutation is not None
    told = lane.trial.ended() if lane.trial is not None else ""
    if told is None:
        return
    if told == UNABLE and lane.stage is not None:
        lane.trial = _started(lane.copy, lane.stage)
    elif not told and lane.stages:
        lane.stage = lane.stages.pop(0)
        lane.trial = _asked(lane, lane.mutation, lane.stage, plan) or _started(lane.copy, lane.stage)
    else:
        _note(lane, told, ledger, show)


def _started(copy: Copy, stage: Stage) -> Trial:
    return trials.start(copy, stage.files, stage.chosen, stage.seconds, "-x", *stage.words)


def _asked(lane: Lane, mutation: Mutation, stage: Stage, plan: Planner) -> Host | None:
    """The host, where it can do it: in what runs later than the import, with tests that it has collected."""
    at_import = mutation.names or mutation.lines & plan.reach.imported.get(mutation.path, set())
    if lane.host is None or at_import or not mutation.function or not stage.chosen.order:
        return None
    try:
        lane.host.asks(stage.chosen.order, mutation.path, mutation.function, stage.seconds)
    except OSError:  # it was killed, as the greediest of a full machine
        lane.host.stop()
        lane.host = None
    return lane.host


def _note(lane: Lane, told: str, ledger: Ledger, show: Callable[[Outcome], None]) -> None:
    mutation, stage = lane.mutation, lane.stage
    assert mutation is not None
    lane.mutation = lane.stage = lane.trial = None
    lane.undo.close()
    took = round(time.monotonic() - lane.since, 1)
    where = stage.name if stage is not None and told else ""
    found = Outcome(mutation.key, mutation.path, mutation.told, where, told, took, full=ledger.full, tests=ledger.tests)
    ledger.add(found)
    show(found)


def _shown(total: int, done: int) -> Callable[[Outcome], None]:
    count = iter(range(done + 1, total + 1))

    def show(found: Outcome) -> None:
        said = f"noticed ({found.stage})" if found.noticed else "NOT NOTICED"
        _say(f"[{next(count):{len(str(total))}}/{total}] {said} {found.told}  {found.by}")

    return show


def told(outcomes: Sequence[Outcome], words: argparse.Namespace) -> int:
    """The survivors, the modules, the shares. Returns the exit code."""
    survivors = [each for each in outcomes if not each.noticed]
    print(f"\n{len(survivors)} of {len(outcomes)} were not noticed:")
    print("\n".join(f"  {each.told}" for each in survivors))
    print("\nNoticed in each module:")
    for path, noticed, count in by_module(outcomes):
        print(f"  {noticed}/{count}  {path}")
    stages = Counter(each.stage for each in outcomes if each.noticed)
    for name in ("fast", "slow", "media"):
        if stages[name]:
            print(f"Noticed by {name} tests: {stages[name]}")
    share = 100 * sum(stages.values()) / len(outcomes)
    least = words.at_least if words.at_least is not None else 90 if words.full else 75
    modules = len({each.path for each in outcomes})
    print(f"{share:.1f} % of {len(outcomes)} mistakes in {modules} modules were noticed; {least:g} % are wanted.")
    return 0 if share >= least else 1


def by_module(outcomes: Iterable[Outcome]) -> list[tuple[str, int, int]]:
    """(module, noticed, tried), the worst first."""
    grouped = defaultdict(list)
    for each in outcomes:
        grouped[each.path].append(each.noticed)
    rows = [(path, sum(values), len(values)) for path, values in grouped.items()]
    return sorted(rows, key=lambda row: (row[1] / row[2], row[0]))


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("Stopped; the same words go on where it was.", file=sys.stderr)
        sys.exit(130)
