"""How honest the estimate of what all ways of finding posts missed is, over invented networks whose truth is known.

The networks are those of tests/collect/ledger/invented.py, all kinds in turn; what is asked is what the product asks
(relay/estimate.py). For each question: how many networks it was told of, in how many the 95 % interval holds the truth,
and how wide it is as a share of what was found, in the middle and in 95 of 100.

walls        posts on listed walls, as the board and the coverage page tell it
independent  the same, with the dependence of the readers ignored
chapman      the same as Relay told it before: all walls as one, Chapman's count, the share's interval
elsewhere    posts on pages that are not listed
beyond       networks, not among the others, whose readers depend on each other more than is allowed for

`--collected`: so many small towns are read by the real collector, over the sandbox's VK, and the report is compared.
Ends with 1 when `walls` or `elsewhere` hold the truth in less than 90 of 100, or `walls` is wider than a tenth of what
was found in the middle network.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any

from relay.estimate import WITH_WALLS, WITHOUT_WALLS, Dependence
from tests.collect.ledger.collected import collect
from tests.collect.ledger.invented import (
    IN_TURN,
    InventedTown,
    TownKind,
    Verdict,
    by_chapman,
    invented,
    off_walls,
    on_walls,
    towns,
)

HOLDS, WIDTH = 0.9, 0.1
SIZES = ((0, 100), (100, 300), (300, 1000), (1000, 10**9))


def run(words: argparse.Namespace) -> int:
    seeds = range(words.seed, words.seed + words.networks)
    drawn = towns(seeds)
    beyond = [invented(seed, TownKind.beyond) for seed in seeds[:: len(IN_TURN)]]
    ignored = Dependence(0.0, 0.0)
    questions: dict[str, tuple[Sequence[InventedTown], Callable[[InventedTown], Verdict | None]]] = {
        "walls": (drawn, lambda town: on_walls(town, WITH_WALLS)),
        "independent": (drawn, lambda town: on_walls(town, ignored)),
        "chapman": (drawn, by_chapman),
        "elsewhere": (drawn, lambda town: off_walls(town, WITHOUT_WALLS)),
        "beyond": (beyond, lambda town: on_walls(town, WITH_WALLS)),
    }
    figures: dict[str, Any] = {name: _figures(towns, ask) for name, (towns, ask) in questions.items()}
    if words.collected:
        figures["collected"] = _collected(range(words.seed, words.seed + words.collected))
    print(json.dumps(figures, indent=2))
    if words.json:
        words.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0 if _is_honest(figures) else 1


def _is_honest(figures: dict[str, Any]) -> bool:
    holds = all(figures[name]["holds"] >= HOLDS for name in ("walls", "elsewhere"))
    return bool(holds and figures["walls"]["width"] <= WIDTH)


def _figures(drawn: Sequence[InventedTown], ask: Callable[[InventedTown], Verdict | None]) -> dict[str, Any]:
    verdicts = [verdict for town in drawn if (verdict := ask(town)) is not None]
    by_kind = defaultdict(list)
    for verdict in verdicts:
        by_kind[verdict.kind.value].append(verdict)
    sizes = {f"{low}-{high}" if high < SIZES[-1][1] else f"{low}-": (low, high) for low, high in SIZES}
    return {
        "networks": len(drawn),
        **_sums(verdicts),
        "kinds": {kind: _sums(found) for kind, found in sorted(by_kind.items())},
        "by_posts_found": {
            name: _sums([verdict for verdict in verdicts if low <= verdict.found < high])
            for name, (low, high) in sizes.items()
        },
    }


def _sums(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    if not verdicts:
        return {"told": 0}
    widths = sorted(verdict.width for verdict in verdicts)
    return {
        "told": len(verdicts),
        "holds": round(mean(verdict.holds for verdict in verdicts), 3),
        "width": round(median(widths), 3),
        "width_95": round(widths[min(len(widths) - 1, int(0.95 * len(widths)))], 3),
        "within_a_tenth": round(mean(width <= WIDTH for width in widths), 3),
    }


def _collected(seeds: Iterable[int]) -> list[dict[str, Any]]:
    told = []
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="coverage-") as folder:
            told.append(collect(seed, Path(folder)))
        print(f"collected: {told[-1]}", file=sys.stderr, flush=True)
    return told
