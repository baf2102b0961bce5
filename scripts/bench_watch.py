"""A film that is watched while it is made: what its parts cost, beside an ordinary render of the same in the same run.

The film job is made once, which fills the cache; then each kind of render is made twice, alone and watched. Whoever
watches asks for every part as soon as the render has begun:

warm        all shots and voices are there, the film's sound is not: a clip was trimmed, a name corrected
unchanged   everything is there

`first_cpu_s`: from the beginning of the render, with the drawing up of the cut, until the first part can be played;
`all_cpu_s`: until all of them can. `render_cpu_s`, `watched_cpu_s`: of the whole render without and with somebody who
watches, `ratio` of the two. CPU seconds are of the process and all its children. Films are compared byte by byte.
Ends with 1 when the first part takes more than MARK_CPU, or a film differs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bench_render import HOUSE, WORDS, Desk, prepared, takes

from relay.almanac.film.cut import Cut, draw_up
from relay.almanac.film.encoder import FilmEncoder, make_film
from relay.almanac.film.streaming.stream import FilmStream
from relay.media.toolbox import Toolbox

MARK_CPU = 2.0


@dataclass(frozen=True)
class Watched:
    """CPU seconds, bytes of the first part and of all, seconds of film."""

    first_cpu_s: float
    all_cpu_s: float
    first_bytes: int
    all_bytes: int
    parts: int
    film_s: float


@dataclass(frozen=True)
class WatchCost:
    watched: Watched
    render_cpu_s: float
    watched_cpu_s: float
    ratio: float
    film_bytes: int
    same: bool


def run(words: argparse.Namespace) -> int:
    if not words.film.is_dir():
        print(f"There is no folder {words.film} with the clips.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        work = (words.work or Path(temporary)).absolute()
        work.mkdir(parents=True, exist_ok=True)
        desk = prepared(words.job, words.film.absolute(), work)
        filled = work / "filled"
        _made(desk, filled)
        costs = {kind: _cost(desk, filled, kind) for kind in ("warm", "unchanged")}
    told = {kind: {**asdict(cost.watched), **_without(asdict(cost), "watched")} for kind, cost in costs.items()}
    print(json.dumps(told, indent=2))
    if words.json:
        words.json.write_text(json.dumps(told, indent=2) + "\n")
    quick = all(cost.watched.first_cpu_s <= MARK_CPU for cost in costs.values())
    return 0 if quick and all(cost.same for cost in costs.values()) else 1


def _cost(desk: Desk, filled: Path, kind: str) -> WatchCost:
    alone, watched = desk.work / f"{kind}-alone", desk.work / f"{kind}-watched"
    for folder in (alone, watched):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(filled, folder)
        if kind == "warm":
            shutil.rmtree(folder / "shots" / "reels")
            for master in (folder / "shots" / "sounds").glob("*.m4a"):
                master.unlink()
                master.with_suffix(".json").unlink()
    render, _ = _made(desk, alone)
    total, seen = _made(desk, watched, watch=True)
    assert seen is not None
    films = [(folder / "film.mp4").read_bytes() for folder in (alone, watched)]
    return WatchCost(seen, render, total, round(total / render, 3), len(films[0]), films[0] == films[1])


def _made(desk: Desk, folder: Path, *, watch: bool = False) -> tuple[float, Watched | None]:
    """CPU seconds of a render, and what watching it cost."""
    seen: list[Watched] = []
    begun = _cpu()
    cut = _cut(desk, folder)

    def watches(encoder: FilmEncoder) -> None:
        seen.append(_watched(FilmStream(encoder), begun))

    make_film(
        cut,
        toolbox=Toolbox(),
        cache=folder / "shots",
        target=folder / "film.mp4",
        workers=os.cpu_count() or 1,
        on_begin=watches if watch else None,
    )
    return round(_cpu() - begun, 2), seen[0] if seen else None


def _cut(desk: Desk, folder: Path) -> Cut:
    return draw_up(takes(desk), WORDS, replace(HOUSE, strip_in_fades=False), folder / "shots" / "cards")


def _watched(stream: FilmStream, begun: float) -> Watched:
    made, size, first = stream.made(), len(stream.head()), (0.0, 0)
    for number, there in enumerate(made):
        assert there, "a warm film is all there"
        size += sum(len(block) for block in stream.part(number).read())
        if not number:
            first = round(_cpu() - begun, 2), size
    return Watched(first[0], round(_cpu() - begun, 2), first[1], size, len(made), round(stream.seconds, 2))


def _cpu() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _without(told: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in told.items() if key != name}
