"""Faults as SQLite tests them: a process that does what a relay does is killed, or one of its writes fails, or the
power goes; then Relay is started again, and what was confirmed must be there.

scripts/faults [--kills 100] [--full 70] [--broken 70] [--cuts 50] [--walk 200] [--seed 1] [--json FILE]

kills: at a system call that changes a file · full: the call gets ENOSPC · broken: EIO · cuts: the recorded calls are
replayed up to a point, and what was not synced by then is dropped in three ways · walk: kills at random moments of the
commands from the crawl to the restored backup. Ends with 1 when anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("kills", 100), ("full", 70), ("broken", 70), ("cuts", 50), ("walk", 200), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", type=Path, default=None, help="also write the figures here")
    words = parser.parse_args()
    from tests.faults import strace

    if why := strace.why_not():
        print(why, file=sys.stderr)
        return 2
    figures, found = Counter[str](), []
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        for what, where, troubles in tried(Path(folder), words):
            figures[what] += 1
            told = [f"{what} at {where}: {trouble}" for trouble in troubles]
            print("".join(f"\r{line}\n" for line in told), end="", file=sys.stderr)
            found += told
            print(f"\r{sum(figures.values())} tried, {len(found)} wrong", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    summary = {**figures, "wrong": len(found), "found": found}
    print(json.dumps(summary, indent=2, ensure_ascii=False))
    if words.json:
        words.json.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
    return 1 if found else 0


def tried(folder: Path, words: argparse.Namespace) -> Iterator[tuple[str, str, list[str]]]:
    from tests.faults.power import Loss
    from tests.faults.world import Fault, World, troubles

    world, chance = World(folder), random.Random(words.seed)
    place, calls = world.recorded()
    for fault, count in ((Fault.killed, words.kills), (Fault.full, words.full), (Fault.broken, words.broken)):
        for call in world.points(calls, fault, count, chance):
            after, said = world.injected(call, fault)
            yield fault.name, f"{call.name} {call.number}", [*said.broke, *troubles(after, said.done)]
    for at in sorted(chance.sample(range(len(calls) + 1), min(words.cuts, len(calls)))):
        for loss in Loss:
            after, said = world.cut(place, calls, at, loss, chance)
            yield f"cut, {loss} lost", str(at), troubles(after, said.done, boots=True)
    yield from walked(folder, words)


def walked(folder: Path, words: argparse.Namespace) -> Iterator[tuple[str, str, list[str]]]:
    from tests.faults.chain import Walk
    from tests.test_kill import filmed, opened

    if not words.walk:
        return
    for name in ("videos", "walk"):
        (folder / name).mkdir()
    with opened(filmed(folder / "videos"), folder / "walk") as world:
        walk = Walk(world.place, words.walk, words.seed)
        wrong = walk.run()
        for name, count in walk.killed.items():
            for number in range(count):
                yield f"killed: {name}", str(number + 1), []
        yield "walks", "the end", wrong


if __name__ == "__main__":
    sys.exit(main())
