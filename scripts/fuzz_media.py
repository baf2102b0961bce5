"""Films in every kind of file that is let in are damaged, and each goes through the whole look of a relay.

scripts/fuzz-media [--count 10000] [--seed 1] [--workers 2] [--json FILE]

No look may break, last longer than a minute or leave anything behind, and nothing may be accepted that a strict decode
rejects. Of whole films, those of the corpus beside the project included, at least 99.5 % are accepted. Ends with 1 when
that does not hold.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from tests.faults.damaged import Judge, Verdict

LEAST_GOOD = 0.995
_judges: list[Judge] = []
_films: dict[str, bytes] = {}
"""Of this worker."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("count", 10_000), ("seed", 1), ("workers", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", type=Path, default=None, help="also write the figures here")
    words = parser.parse_args()
    from tests.conftest import SHARED
    from tests.faults.damaged import seeds, whole

    shared = SHARED if SHARED.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="fuzz-") as temporary:
        folder = Path(temporary)
        made = folder / "seeds"
        made.mkdir()
        films = seeds(made, shared)
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(words.workers, fresh, initializer=begins, initargs=(temporary, films)) as pool:
            good = list(pool.map(judged_whole, whole(made, shared)))
            done = []
            for verdict in pool.map(judged, ((number, words.seed) for number in range(words.count)), chunksize=4):
                done.append(verdict)
                if verdict.fault:
                    print(f"\r{_told(verdict)}", file=sys.stderr)
                faults = sum(bool(one.fault) for one in done)
                print(f"\r{len(done)} of {words.count}, {faults} faults", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    told = figures(good, done)
    print(json.dumps(told, indent=2, ensure_ascii=False))
    if words.json:
        words.json.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    return 1 if told["faults"] or told["whole_accepted"] < LEAST_GOOD * told["whole"] else 0


def begins(folder: str, films: dict[str, bytes]) -> None:
    """Once in each worker: a relay of its own."""
    from tests.faults.damaged import Judge

    _films.update(films)
    _judges.append(Judge(Path(tempfile.mkdtemp(dir=folder)) / "data"))


def judged(which: tuple[int, int]) -> Verdict:
    from tests.faults.damaged import damaged

    return _judges[0].judged(*damaged(_films, *which))


def judged_whole(path: Path) -> Verdict:
    return _judges[0].judged(path.name, "none", path.read_bytes())


def figures(good: list[Verdict], done: list[Verdict]) -> dict[str, Any]:
    return {
        "damaged": len(done),
        "findings": dict(Counter(one.finding for one in done)),
        "slowest_seconds": round(max((one.seconds for one in done), default=0.0), 1),
        "faults": len([one for one in done if one.fault]),
        "found": [_told(one) for one in done if one.fault],
        "whole": len(good),
        "whole_accepted": sum(one.finding == "accepted" for one in good),
        "whole_not_accepted": [f"{one.seed}: {one.finding}" for one in good if one.finding != "accepted"],
    }


def _told(verdict: Verdict) -> str:
    return f"{verdict.seed}, {verdict.damage}: {verdict.fault}"


if __name__ == "__main__":
    sys.exit(main())
