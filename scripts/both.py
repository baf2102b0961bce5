"""Random walks, each done on SQLite and on PostgreSQL: the same answers, the same words of refusal, the same rows, and
a record that verifies on both.

scripts/both [--walks 200] [--steps 60] [--seed 1] [--json FILE]

What is done and what is drawn stands in tests/both/deeds.py; on the way databases go back to an older revision and up
again. Ends with 1 where two parted, or something ended in an error that is no person's, 2 where there is no PostgreSQL.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("walks", 200), ("steps", 60), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", type=Path, default=None, help="also write the figures here")
    words = parser.parse_args()
    from tests import postgres

    if not postgres.is_there():
        print(f"no PostgreSQL: neither {postgres.NAMED} nor its programs", file=sys.stderr)
        return 2
    logging.disable(logging.CRITICAL)
    found, did = walked(words)
    faults = [name for name in did if ": " in name]
    refused = sum(count for name, count in did.items() if name.endswith("refused"))
    told = {"walks": words.walks, "deeds": did.total(), "refused": refused, "parted": found, "faults": faults}
    print(json.dumps(told, indent=2, ensure_ascii=False))
    if words.json:
        words.json.write_text(json.dumps({**told, "did": dict(sorted(did.items()))}, indent=2, ensure_ascii=False))
    return 1 if found or faults else 0


def walked(words: argparse.Namespace) -> tuple[list[str], Counter[str]]:
    from relay.store import Store
    from tests import postgres
    from tests.both.walk import Pair
    from tests.databases import Databases

    found, did = list[str](), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="both-") as name, postgres.server() as url:
        empty = Path(name) / "empty.db"
        store = Store(f"sqlite:///{empty}")
        store.upgrade(datetime(2023, 1, 1, tzinfo=UTC))
        store.close()
        there = postgres.PostgresDatabases(url)
        pair = Pair(Databases(empty), there, Path(name))
        for seed in range(words.seed, words.seed + words.walks):
            one = pair.walk(seed, steps=words.steps)
            found, did = found + one.parted, did + one.did
            for line in one.parted:
                print(f"\n{line}", file=sys.stderr)
            print(f"\r{seed - words.seed + 1} walked, {len(found)} parted", end="", file=sys.stderr, flush=True)
        there.close()
    print(file=sys.stderr)
    return found, did


if __name__ == "__main__":
    sys.exit(main())
