"""Measures Relay beside what it is measured against.

scripts/bench render [--job S|L] [--engines relay,filtergraph,…] [--json FILE]
scripts/bench crawl [--walls 25] [--posts 800] [--json FILE]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    import bench_crawl
    import bench_render

    bench_render.add_to(commands)
    bench_crawl.add_to(commands)
    words = parser.parse_args()
    return int(words.run(words))


if __name__ == "__main__":
    sys.exit(main())
