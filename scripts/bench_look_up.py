"""What it costs to find the family of a new recording among many: the look-up beside comparing with every one.

Recordings are invented: 40 frames of chance each, and every twentieth one is a copy of another with up to 60 of the 256
bits of each frame changed. What is asked for is a copy, too. CPU seconds, all in one run.
"""

from __future__ import annotations

import json
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from relay.intake import likeness
from relay.intake.families import NEARER
from relay.intake.likeness import Fingerprint, Table
from relay.intake.lookup import chunks, segment
from relay.intake.lookup.chunks import BitDistances, ChunkTable
from relay.intake.lookup.index import SIZES
from relay.intake.lookup.seeds import Printed, SeedQuery
from relay.intake.lookup.segment import PrintTables

FRAMES = 40
PRINTS_AT_ONCE = 1 << 20


def measure(sizes: Sequence[int], asked: int, compared: int, prints: int, path: Path | None) -> int:
    told: dict[str, Any] = {str(size): families(size, asked, min(compared, size)) for size in sizes}
    if prints:
        told["prints"] = {str(prints): of_prints(prints)}
    for size, row in {**told, **told.get("prints", {})}.items():
        if size != "prints":
            print(size, *(f"\n    {what}: {number}" for what, number in row.items()))
    if path:
        path.write_text(json.dumps(told, indent=1), "utf-8")
    wrong = [size for size, row in told.items() if size != "prints" and row["missed"]]
    wrong += [size for size, row in told.get("prints", {}).items() if not row["equal"]]
    print(f"NOT passed: {', '.join(wrong)}" if wrong else "passed")
    return 1 if wrong else 0


def families(size: int, asked: int, compared: int) -> dict[str, Any]:
    """`compared`: with so many of them all are compared, from which the cost of comparing with every one follows."""
    dice = np.random.default_rng(size)
    with tempfile.TemporaryDirectory() as folder:
        tables, copied, build = [], {}, 0.0
        for start in range(0, size, SIZES[-1]):
            rows = [some(dice) for _ in range(start, min(size, start + SIZES[-1]))]
            for at in range(1, len(rows), 20):
                rows[at] = changed(rows[at - 1], dice, 60)
            copied |= {start + at: rows[at] for at in dice.integers(0, len(rows), 8)}
            before = time.process_time()
            names = [f"{start + at:064x}" for at in range(len(rows))]
            recordings = [Printed.of(name, print_of(one)) for name, one in zip(names, rows, strict=True)]
            segment.write(PrintTables.of(recordings), path := Path(folder, str(start)))
            build += time.process_time() - before
            tables.append(segment.read(path))
        disk = sum(path.stat().st_size for path in Path(folder).iterdir())
        names = sorted(copied)
        chosen = [names[at] for at in dice.integers(0, len(names), asked)]
        questions = [print_of(changed(copied[name], dice, 60)) for name in chosen]
        found, spent = [], 0.0
        for question in [questions[0], *questions]:
            before = time.process_time()
            wanted = SeedQuery.of(Fingerprint(question.views))
            found.append({one.names[n] for one in tables for n in one.seeds(wanted).alike})
            spent += time.process_time() - before if len(found) > 1 else 0
        missed = sum(f"{name:064x}" not in some_found for name, some_found in zip(chosen, found[1:], strict=True))
        others = [print_of(some(dice)) for _ in range(compared)]
        before = time.process_time()
        for other in others:
            likeness.compare(questions[0], other)
        each = (time.process_time() - before) / compared
    return {
        "look-ups a CPU second": round(asked / spent, 1),
        "CPU ms a look-up": round(1000 * spent / asked, 2),
        "CPU ms by comparing with every one": round(1000 * each * size),
        "times less": round(each * size * asked / spent),
        "build, CPU ms a recording": round(1000 * build / size, 3),
        "bytes a recording": round(disk / size),
        "asked": asked,
        "missed": missed,
        "resident MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def of_prints(count: int, asked: int = 200) -> dict[str, Any]:
    """Single prints within 31 bits, which the look-up promises to find: beside brute force over all of them."""
    dice = np.random.default_rng(count)
    build = spent = force = 0.0
    questions: Table = changed(some(dice, asked), dice, 0)
    found: set[tuple[int, int]] = set()
    expected: set[tuple[int, int]] = set()
    for start in range(0, count, PRINTS_AT_ONCE):
        rows = some(dice, min(PRINTS_AT_ONCE, count - start))
        rows[dice.integers(0, len(rows), asked)] = changed(questions, dice, 40)
        before = time.process_time()
        table = ChunkTable.of(chunks.of_frames(rows))
        build += time.process_time() - before
        before = time.process_time()
        comparison = BitDistances(questions, rows)
        for places, numbers in table.meeting(chunks.of_frames(questions), reach=1):
            close, _ = comparison.near(places, numbers, NEARER)
            found.update(zip(places[close].tolist(), (numbers[close] + start).tolist(), strict=True))
        spent += time.process_time() - before
        before = time.process_time()
        for place, question in enumerate(questions):
            differing = np.bitwise_count(rows ^ question).sum(axis=1, dtype=np.uint16)
            expected.update((place, int(at) + start) for at in np.flatnonzero(differing <= NEARER))
        force += time.process_time() - before
    return {
        "look-ups a CPU second": round(asked / spent, 1),
        "times less than brute force": round(force / spent, 1),
        "build, CPU s": round(build, 1),
        "pairs": len(expected),
        "equal": found == expected,
        "resident MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def some(dice: np.random.Generator, count: int = FRAMES) -> Table:
    return dice.integers(0, 1 << 64, (count, 4), np.uint64)


def changed(rows: Table, dice: np.random.Generator, most: int) -> Table:
    """In each row as many bits are other ones, by chance which, as chance says, at most so many."""
    bits = np.unpackbits(rows.view(np.uint8), axis=1)
    for row in bits:
        row[dice.choice(256, dice.integers(0, most + 1), replace=False)] ^= 1
    return np.packbits(bits, axis=1).view(np.uint64)


def print_of(rows: Table) -> Fingerprint:
    return Fingerprint({"whole": rows})
