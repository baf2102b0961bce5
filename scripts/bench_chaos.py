"""A cluster on this machine whose processes are killed again and again: workers in fetch and in encode, the scheduler,
the holder of the lease. After each kill the database and the store are looked at (tests/engine/chaos.py). At the end
the shots are compared with those that one machine makes.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from pathlib import Path


def run(words: argparse.Namespace) -> int:
    from tests.engine import chaos

    def told(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, chaos.fleet(Path(folder), words.clips) as town:
        hit = chaos.kill_all_the_time(town, words.kills, words.seed, told)
        poisoned = chaos.comes_to_an_end(town, 1200)
        same = town.seen_shots() == chaos.shots_of_one_machine(town)
        left = town.left_over()
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    result = {
        "kills": 4 * words.kills,
        "hit": hit,
        "videos": words.clips,
        "put_off": poisoned,
        "left_over": left,
        "same_shots": same,
        "cpu_s": round(sum(each.ru_utime + each.ru_stime for each in spent), 1),
    }
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    if words.json:
        words.json.write_text(json.dumps(result, indent=2) + "\n")
    return 0 if same and not left else 1
