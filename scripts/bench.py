"""Measures Relay beside what it is measured against.

scripts/bench render [--job S|L] [--engines relay,filtergraph,…] [--json FILE]
scripts/bench watch [--job S|L] [--json FILE]
scripts/bench crawl [--walls 25] [--posts 800] [--json FILE]
scripts/bench coverage [--networks 200] [--collected 0] [--json FILE]
scripts/bench desk [--clips 10000] [--decisions 100] [--json FILE]
scripts/bench board [--clips 10000] [--json FILE]
scripts/bench editing [--clips 4000] [--segments 300] [--json FILE]
scripts/bench record [--rows 1000000] [--flips 200] [--json FILE]
scripts/bench town [--clips 1000,10000,100000] [--against COMMIT] [--json FILE]
scripts/bench restore [--gb 2] [--posts 20000] [--work DIR] [--json FILE]
scripts/bench load [--clips 4000] [--seconds 60] [--rate 50] [--json FILE]
scripts/bench cluster [--tasks 10000] [--workers 16] [--json FILE]
scripts/bench cluster --stress [--tasks 10000] [--hosts 1200] [--json FILE]
scripts/bench chaos [--kills 60] [--clips 60] [--json FILE]
scripts/bench families [--corpus DIR] [--work DIR] [--missed] [--json FILE]
scripts/bench families --look-up [--clips 1000,10000,100000] [--prints 10000000] [--json FILE]
scripts/bench suggestions [--misses]
scripts/bench speech [--model DIR] [--work DIR] [--json FILE]
scripts/bench voices --model DIR [--work DIR] [--json FILE]
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
FILM, MEDIA = CORPUS / "film", CORPUS / "media"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    _add_render(commands)
    _add_watch(commands)
    _add_crawl(commands)
    _add_coverage(commands)
    _add_desk(commands)
    _add_board(commands)
    _add_editing(commands)
    _add_record(commands)
    _add_town(commands)
    _add_restore(commands)
    _add_load(commands)
    _add_cluster(commands)
    _add_chaos(commands)
    _add_families(commands)
    _add_suggestions(commands)
    _add_speech(commands)
    _add_voices(commands)
    words = parser.parse_args()
    return int(words.run(words))


def _add_render(commands: Any) -> None:
    render = commands.add_parser("render", help="the film job")
    render.add_argument("--job", choices=("L", "S"), default="S")
    render.add_argument("--film", type=Path, default=FILM, help="folder with the clips of the job")
    render.add_argument("--engines", default="", help="names parted by commas; all by default")
    render.add_argument("--work", type=Path, default=None, help="folder to work in; a temporary one by default")
    render.add_argument("--quality", action="store_true", help="also compare the films with lossless ones")
    render.add_argument("--json", type=Path, default=None, help="also write the figures here")
    render.set_defaults(run=lambda words: _the("bench_render").run(words))
    engine = commands.add_parser("engine")
    engine.add_argument("name")
    engine.add_argument("work", type=Path)
    engine.set_defaults(run=lambda words: _the("bench_render").run_engine(words))


def _add_watch(commands: Any) -> None:
    watch = commands.add_parser("watch", help="a film watched while it is made: until its first picture, and all of it")
    watch.add_argument("--job", choices=("L", "S"), default="S")
    watch.add_argument("--film", type=Path, default=FILM, help="folder with the clips of the job")
    watch.add_argument("--work", type=Path, default=None, help="folder to work in; a temporary one by default")
    watch.add_argument("--json", type=Path, default=None, help="also write the figures here")
    watch.set_defaults(run=lambda words: _the("bench_watch").run(words))


def _add_crawl(commands: Any) -> None:
    crawl = commands.add_parser("crawl", help="collecting, beside a naive loop and beside the bare database")
    crawl.add_argument("--walls", type=int, default=25)
    crawl.add_argument("--posts", type=int, default=800, help="posts on each wall")
    crawl.add_argument("--tagged", type=float, default=0.05, help="share of them with the tag")
    crawl.add_argument("--rounds", type=int, default=5, help="the best of so many runs counts")
    crawl.add_argument("--json", type=Path, default=None, help="also write the figures here")
    crawl.set_defaults(run=lambda words: _the("bench_crawl").run(words))


def _add_coverage(commands: Any) -> None:
    coverage = commands.add_parser("coverage", help="how often what was missed lies within the bounds that are told")
    coverage.add_argument("--networks", type=int, default=200, help="invented ones, all kinds in turn")
    coverage.add_argument("--seed", type=int, default=0, help="of the first one")
    coverage.add_argument("--collected", type=int, default=0, help="so many towns are read by the real collector too")
    coverage.add_argument("--json", type=Path, default=None, help="also write the figures here")
    coverage.set_defaults(run=lambda words: _the("bench_coverage").run(words))


def _add_desk(commands: Any) -> None:
    desk = commands.add_parser("desk", help="a moderator's decisions: what each costs the server")
    desk.add_argument("--clips", type=int, default=10_000)
    desk.add_argument("--decisions", type=int, default=100)
    desk.add_argument("--json", type=Path, default=None, help="also write the figures here")
    desk.set_defaults(run=lambda words: _the("bench_desk").run(words))


def _add_board(commands: Any) -> None:
    board = commands.add_parser("board", help="what a look at the organizer's board costs, and each table")
    board.add_argument("--clips", type=int, default=10_000, help="clips of the campaign")
    board.add_argument("--json", type=Path, default=None, help="also write the figures here")
    board.set_defaults(run=lambda words: _the("bench_board").run(words))


def _add_editing(commands: Any) -> None:
    editing = commands.add_parser("editing", help="the editing page of a long film: what it costs the server")
    editing.add_argument("--clips", type=int, default=4_000)
    editing.add_argument("--segments", type=int, default=300)
    editing.add_argument("--rounds", type=int, default=10)
    editing.add_argument("--json", type=Path, default=None, help="also write the figures here")
    editing.set_defaults(run=lambda words: _the("bench_editing").run(words))


def _add_record(commands: Any) -> None:
    record = commands.add_parser("record", help="the chained record: a look over all of it, and what a link costs")
    record.add_argument("--rows", type=int, default=1_000_000)
    record.add_argument("--flips", type=int, default=200, help="bytes that are changed, one at a time")
    record.add_argument("--json", type=Path, default=None, help="also write the figures here")
    record.set_defaults(run=lambda words: _the("bench_record").run(words))


def _add_town(commands: Any) -> None:
    town = commands.add_parser("town", help="pages and ticks as the clips become more, beside an older Relay")
    town.add_argument("--clips", default="1000,10000,100000", help="numbers parted by commas")
    town.add_argument("--only", default="", help="operations parted by commas; all by default")
    town.add_argument("--against", default="", metavar="COMMIT", help="the same of Relay as it was then")
    town.add_argument("--json", type=Path, default=None, help="also write the figures here")
    town.set_defaults(run=lambda words: _the("bench_town").run(words))


def _add_restore(commands: Any) -> None:
    restore = commands.add_parser("restore", help="a backup of films, and all of it brought back")
    restore.add_argument("--gb", type=float, default=2.0)
    restore.add_argument("--posts", type=int, default=20_000)
    restore.add_argument("--work", type=Path, default=None, help="a folder with room for more than twice as much")
    restore.add_argument("--json", type=Path, default=None, help="also write the figures here")
    restore.set_defaults(run=lambda words: _the("bench_restore").run(words))


def _add_load(commands: Any) -> None:
    load = commands.add_parser("load", help="the desk's lists asked for again and again beside a render")
    load.add_argument("--clips", type=int, default=4_000)
    load.add_argument("--seconds", type=int, default=60)
    load.add_argument("--rate", type=int, default=50, help="requests a second")
    load.add_argument("--json", type=Path, default=None, help="also write the figures here")
    load.set_defaults(run=lambda words: _the("bench_load").run(words))


def _add_cluster(commands: Any) -> None:
    cluster = commands.add_parser("cluster", help="what handing out work to a cluster costs")
    cluster.add_argument("--tasks", type=int, default=10_000, help="handed in at once")
    cluster.add_argument("--workers", type=int, default=16)
    cluster.add_argument("--most-ms", type=float, default=5.0, help="of CPU for a task; more ends with 1")
    cluster.add_argument("--json", type=Path, default=None, help="also write the figures here")
    cluster.add_argument("--stress", action="store_true", help="measure instead how tasks are booked on virtual hosts")
    cluster.add_argument("--hosts", type=int, default=1200, help="with --stress")
    cluster.add_argument(
        "--least", type=float, default=500.0, help="with --stress: bookings a CPU second; less ends with 1"
    )
    cluster.set_defaults(run=lambda words: _the("bench_stress" if words.stress else "bench_cluster").run(words))


def _add_chaos(commands: Any) -> None:
    chaos = commands.add_parser("chaos", help="a cluster whose processes are killed all the time")
    chaos.add_argument("--kills", type=int, default=60, help="of each kind: fetch, encode, scheduler, leader")
    chaos.add_argument("--clips", type=int, default=60)
    chaos.add_argument("--seed", type=int, default=80)
    chaos.add_argument("--json", type=Path, default=None, help="also write the figures here")
    chaos.set_defaults(run=lambda words: _the("bench_chaos").run(words))


def _add_families(commands: Any) -> None:
    recordings = commands.add_parser("families", help="copies of one recording found again, and none that is another")
    recordings.add_argument("--corpus", type=Path, default=MEDIA, help="folder with the files that are edited")
    recordings.add_argument("--work", type=Path, default=None, help="where the edits are kept; a new folder by default")
    recordings.add_argument("--missed", action="store_true", help="name what was not found, and what was merged")
    recordings.add_argument("--json", type=Path, default=None, help="also write the figures here")
    recordings.add_argument("--look-up", action="store_true", help="measure instead how a family is found among many")
    recordings.add_argument("--clips", default="1000,10000,100000", help="with --look-up: among how many")
    recordings.add_argument("--prints", type=int, default=10_000_000, help="with --look-up: single prints; 0: none")
    recordings.add_argument("--asked", type=int, default=50, help="with --look-up: how often it is asked")
    recordings.set_defaults(run=_families)


def _families(words: argparse.Namespace) -> int:
    if not words.look_up:
        return int(_the("bench_families").measure(words))
    sizes = [int(one) for one in words.clips.split(",")]
    return int(_the("bench_look_up").measure(sizes, words.asked, 200, words.prints, words.json))


def _add_speech(commands: Any) -> None:
    speech = commands.add_parser("speech", help="which text is heard, in noise, and what it costs")
    told = "folder of the model that relay speech fetch brings; without it by alignment alone"
    speech.add_argument("--model", type=Path, default=None, help=told)
    speech.add_argument("--work", type=Path, default=Path("/tmp/relay-speech"), help="what was spoken and heard stays")
    speech.add_argument("--json", type=Path, default=None, help="also write the figures here")
    speech.set_defaults(run=lambda words: _the("bench_speech").run(words))


def _add_voices(commands: Any) -> None:
    voices = commands.add_parser("voices", help="a film of one text by many voices: words at its cuts, levels, clicks")
    voices.add_argument("--model", type=Path, required=True, help="folder of the model that relay speech fetch brings")
    voices.add_argument("--work", type=Path, default=Path("/tmp/relay-voices"), help="readers and the film stay")
    voices.add_argument("--json", type=Path, default=None, help="also write the figures here")
    voices.set_defaults(run=lambda words: _the("bench_voices").run(words))


def _add_suggestions(commands: Any) -> None:
    suggestions = commands.add_parser("suggestions", help="how often what is proposed of a post is right")
    suggestions.add_argument("--misses", action="store_true", help="also tell which were missed or wrong")
    suggestions.set_defaults(run=lambda words: _the("tests.moderation.suggestions.measured").main(misses=words.misses))


def _the(name: str) -> ModuleType:
    """Help needs no environment; only a run imports Relay and its peers."""
    return importlib.import_module(name)


if __name__ == "__main__":
    sys.exit(main())
