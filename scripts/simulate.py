"""A simulated relay: a month of a town's walls in minutes, with faults and without, and what came of it.

scripts/simulate [--walls 100] [--days 30] [--posts 200000] [--tagged 5000] [--tokens 1] [--seed 1] [--in-turn]
                 [--json FILE]

Both runs are made side by side, each in a process of its own; `--in-turn` gives each the machine to itself, for the
time that it takes. Ends with 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

MOST_REQUESTS = 1.3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("walls", 100), ("days", 30), ("posts", 200_000), ("tagged", 5_000), ("tokens", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=None, help="where the databases go; a temporary one by default")
    parser.add_argument("--json", type=Path, default=None, help="also write the figures here")
    parser.add_argument("--in-turn", action="store_true", help="one run after the other")
    words = parser.parse_args()
    from tests.collect.simulation import Job

    job = Job(words.walls, words.days, words.posts, words.tagged, words.tokens, seed=words.seed)
    jobs = {"faulty": job, "fault_free": replace(job, faults=0.0)}
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1 if words.in_turn else 2, mp_context=fresh, max_tasks_per_child=1) as pool:
        runs = {name: pool.submit(run, each, words.folder) for name, each in jobs.items()}
        figures = {name: told(name, future.result()) for name, future in runs.items()}
    figures["requests_ratio"] = round(figures["faulty"]["requests"] / figures["fault_free"]["requests"], 3)
    print(json.dumps(figures, indent=2))
    if words.json:
        words.json.write_text(json.dumps(figures, indent=2) + "\n")
    broken = broken_promises(figures)
    for line in broken:
        print(line, file=sys.stderr)
    return 1 if broken else 0


def told(name: str, figures: dict[str, Any]) -> dict[str, Any]:
    shown = ("seconds", "due_to_be_found", "missed", "doubled", "requests", "sweeps")
    print(f"{name}: {', '.join(f'{figures[what]} {what}' for what in shown)}", file=sys.stderr, flush=True)
    return figures


def run(job: Any, folder: Path | None) -> dict[str, Any]:
    from tests.collect.simulation import Simulation

    memory = Path("/dev/shm")  # not the disk is what is looked at
    with tempfile.TemporaryDirectory(
        prefix="simulation-", dir=folder or (memory if memory.is_dir() else None)
    ) as temporary:
        return asdict(Simulation(job, Path(temporary)).run())


def broken_promises(figures: dict[str, Any]) -> list[str]:
    lines = []
    for name in ("faulty", "fault_free"):
        found = figures[name]
        lines += [f"{name}: {found[what]} {what}" for what in ("missed", "doubled") if found[what]]
        lines += [f"{name}: refused for {what} {times} times" for what, times in found["refusals"].items() if times]
        if not found["frozen"]:
            lines.append(f"{name}: the last sweep did not end")
    if figures["requests_ratio"] > MOST_REQUESTS:
        lines.append(f"{figures['requests_ratio']} times the fault-free requests")
    return lines


if __name__ == "__main__":
    sys.exit(main())
