"""A simulated desk: eight moderators, ten thousand clips, connections that are lost and browsers that are closed.

scripts/simulate desk [--clips 10000] [--people 8] [--organizers 1] [--faults 0.02] [--seed 1] [--json FILE]

The application and its database are the real ones; a browser is a model of what static/outbox.js, drafts.js and live.js
do (tests/web/simulated/browser.py). Two requests in a hundred are lost, answered to nobody, arrive after the browser
has given them up, or meet a server that is killed in the middle of them; people lose their connection for up to twenty
minutes, close the browser with a clip on the screen, are signed out while they type, work in two tabs, take the wrong
key and take it back, ask colleagues, and think again while their decision waits; an organizer corrects what others
have open; and the server's clock is set ahead by up to four hours.

What is assumed of clips and of people's errors is told in scripts/looks; here people differ (2 to 8 errors in a hundred
looks), and what each of them would say about each clip is given, so that "two looks each" is told of the same clips and
the same people.

Ends with 1 when a clip was judged twice, two met on one without need, something typed or decided was lost or believed
without being there, or somebody's text was written over unseen; or where the looks are more than 1.3 a clip, or are
right less often than two looks each with a third where they differ.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

MOST_LOOKS = 1.3
CHANCE = 0.003
"""What two ways may differ by by chance alone: they part on some 250 of ten thousand, so twice the square root."""
ENOUGH = 5_000
"""With fewer clips the looks tell nothing: everybody's first thirty are looked at again."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("clips", 10_000), ("people", 8), ("organizers", 1), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--faults", type=float, default=0.02, help="share of requests that go wrong")
    parser.add_argument("--folder", type=Path, default=None, help="where the database goes; a temporary one by default")
    parser.add_argument("--json", type=Path, default=None, help="also write the figures here")
    words = parser.parse_args()
    figures = run(words)
    print(json.dumps(figures, indent=2, ensure_ascii=False))
    if words.json:
        words.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    broken = broken_promises(figures)
    for line in broken:
        print(line, file=sys.stderr)
    return 1 if broken else 0


def run(words: argparse.Namespace) -> dict[str, Any]:
    from tests.web.simulated.run import DeskSimulation, Job

    asked = {name: getattr(words, name) for name in ("clips", "people", "organizers", "faults", "seed")}
    job = replace(Job(), **asked)
    memory = Path("/dev/shm")  # not the disk is what is looked at
    with tempfile.TemporaryDirectory(
        prefix="simulation-", dir=words.folder or (memory if memory.is_dir() else None)
    ) as temporary:
        return asdict(DeskSimulation(job, Path(temporary)).run())


def broken_promises(figures: dict[str, Any]) -> list[str]:
    lines = [f"{number} {name}" for name, number in figures["faults"].items() if number]
    lines += [f"{figures[what]} {what}" for what in ("unjudged", "server_errors") if figures[what]]
    if figures["job"]["clips"] < ENOUGH:
        return lines
    if figures["looks"] > MOST_LOOKS:
        lines.append(f"{figures['looks']} looks a clip")
    lines += [
        f"right in {figures['right']:.2%}, two looks each ({name}) in {right:.2%}"
        for name, (right, _) in figures["two_each"].items()
        if figures["right"] < right - CHANCE
    ]
    return lines


if __name__ == "__main__":
    sys.exit(main())
