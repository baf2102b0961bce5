"""Every place that opens a file which others made: one container, its limits, a folder of its own, and no network.

What the words do is seen in test_toolbox.py (the walls) and test_probe.py (the first bytes); here it is seen that
nobody forgets them. A place that is new and stands in neither list fails.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from relay.almanac.captions import sound, speech_timing
from relay.almanac.film.cut import Cut
from relay.almanac.film.encoder import FilmEncoder
from relay.almanac.film.ffmpeg import Composition
from relay.almanac.film.footage import Footage
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.film.sound.ducking import MusicBed
from relay.almanac.film.timeline import Item, ItemKind, lay_out
from relay.almanac.formats import House
from relay.context import Relay
from relay.errors import RelayError
from relay.intake import fingerprints
from relay.intake.inspect import inspect, proxy
from relay.media import faces, music, pictures, probe
from relay.media.children import probe as probe_child
from relay.media.fetcher import YtDlpFetcher
from relay.media.hearing import listening, parts
from relay.media.probe import Facts
from relay.media.toolbox import Limits
from relay.models import Finding, Inspection
from relay.moderation import clip_pictures
from relay.sandbox.measure import measure_with
from relay.sources import networks
from tests.fakes.toolbox import PACKAGE, Call, RecordingToolbox
from tests.trees import tree_of

HEAD = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"
PHONE = Facts(
    "mov", streams=2, video_index=0, codec="h264", known_codec=True, coded_width=640, coded_height=360,
    pix_fmt="yuv420p", fps=25.0, video_duration=4.0, video_packets=100, audio_index=1, audio_codec="aac", channels=2,
    sample_rate=48000, audio_duration=4.0, audio_packets=188,
)  # fmt: skip

NOTHING_FOREIGN = {
    "relay/demo/__init__.py:_encoders": "asks ffmpeg what it can",
    "relay/demo/__init__.py:_shoot": "frames that the demo draws",
    "relay/demo/voices.py:loudness": "a WAV file that the demo wrote",
    "relay/media/text_to_speech.py:speak": "a text, as data",
    "relay/media/hearing/listening.py:_run": "samples that a child has decoded",
    "relay/media/hearing/model.py:_download": "names of packages; what comes is opened by parts.py",
    "relay/media/hearing/model.py:_configuration": "pip's own settings",
    "relay/media/fetcher.py:fetch": "a link; what comes is opened by _whole and by the look",
    "relay/media/lister.py:entries": "a link",
    "relay/almanac/delivery/sidecars.py:still": "a film of our own making",
    "relay/almanac/delivery/exports/media.py:_write_sound": "samples of our own",
    "relay/channels/notify.py:_done": "words of ours and an address of the settings, as data",
    "relay/almanac/film/encoder.py:_fade": "raw frames of our own",
    "relay/almanac/film/encoder.py:join": "shots and sound of our own",
    "relay/almanac/film/encoder.py:_master": "samples of our own",
    "relay/almanac/film/encoder.py:encode_mix": "samples of our own",
}
"""Places that start a child which opens no file of others, and what it gets instead."""


@pytest.fixture
def toolbox() -> RecordingToolbox:
    return RecordingToolbox()


@pytest.fixture
def studio(toolbox: RecordingToolbox, tmp_path: Path) -> FilmEncoder:
    """A film of one clip, with music."""
    clip, tune = foreign(tmp_path / "vault" / "clip"), foreign(tmp_path / "vault" / "tune")
    house = House(width=320, height=180)
    footage = Footage("a" * 64, 640, 360, 4.0, coded=(640, 360), container="mov", audio=1)
    cut = Cut(
        house,
        lay_out([Item(ItemKind.clip, 100)], house),
        (Composition(footage, 100),),
        {"a" * 64: clip, "b" * 64: tune},
        music=MusicBed("b" * 64, "mp3", "Время"),
    )
    return FilmEncoder(cut, toolbox, ShotCache(tmp_path / "shots"))


def foreign(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(HEAD + path.name.encode())
    return path


def work(folder: Path) -> Path:
    place = folder / "work" / "own"
    place.mkdir(parents=True)
    return place


def by_probe(toolbox: RecordingToolbox, path: Path, tmp_path: Path) -> None:
    probe.probe(toolbox, path, work(tmp_path), max_seconds=300)


def by_faces(toolbox: RecordingToolbox, path: Path, tmp_path: Path) -> None:
    faces.find(toolbox, path, work(tmp_path), width=640, height=360, seconds=4.0)


def by_music(toolbox: RecordingToolbox, path: Path, tmp_path: Path) -> None:
    music.measure(toolbox, path, work(tmp_path))


def by_measure(toolbox: RecordingToolbox, path: Path, _tmp_path: Path) -> None:
    measure_with(toolbox)(path)


def by_pictures(toolbox: RecordingToolbox, path: Path, tmp_path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    toolbox.answers(error="recorded")
    pictures.decode(toolbox, path, work(tmp_path))


def by_hearing(toolbox: RecordingToolbox, path: Path, tmp_path: Path) -> None:
    toolbox.answers(plan={"seconds": 0.0, "loud": None, "voice": [], "pieces": []})
    listening.hear(toolbox, path, work(tmp_path), model=None)


def by_parts(toolbox: RecordingToolbox, path: Path, tmp_path: Path) -> None:
    toolbox.answers(taken=[], wrong=[], missing=[])
    parts.put_together(toolbox, [path], work(tmp_path), {})


OPENERS: tuple[Callable[[RecordingToolbox, Path, Path], None], ...] = (
    by_probe, by_faces, by_music, by_measure, by_pictures, by_hearing, by_parts,
)  # fmt: skip


def recorded(calls: list[Call], *paths: Path) -> list[tuple[Call, Path]]:
    return [(call, path) for call in calls for path in paths if call.opens(path)]


def opened_alone(opener: Callable[..., None], toolbox: RecordingToolbox, tmp_path: Path) -> list[tuple[Call, Path]]:
    path = foreign(tmp_path / "vault" / "file")
    toolbox.answers(**PHONE.to_json())
    with contextlib.suppress(RelayError, OSError):
        opener(toolbox, path, tmp_path)
    return recorded(toolbox.calls, path)


def opened_by_the_look(relay: Relay, toolbox: RecordingToolbox) -> list[tuple[Call, Path]]:
    sha256 = hashlib.sha256(HEAD).hexdigest()
    copy = relay.folder("incoming") / "file"
    copy.write_bytes(HEAD)
    relay.media.put(f"originals/{sha256}", copy)
    toolbox.answers(**PHONE.to_json())
    inspect(dataclasses.replace(relay, toolbox=toolbox), sha256)
    return recorded(toolbox.calls, relay.media.local(f"originals/{sha256}"))


def opened_afterwards(relay: Relay, toolbox: RecordingToolbox) -> list[tuple[Call, Path]]:
    """The proxy that was made of it: printed anew, and drawn for whoever cuts it."""
    sha256 = "c" * 64
    row = Inspection(
        sha256=sha256, bytes=1, finding=Finding.accepted, proxy=proxy(sha256), has_audio=True, at=relay.now()
    )
    copy = relay.folder("incoming") / "proxy"
    copy.write_bytes(HEAD)
    relay.media.put(proxy(sha256), copy)
    with relay.transaction() as session:
        session.add(row)
    recording = dataclasses.replace(relay, toolbox=toolbox)
    fingerprints.print_again(recording, sha256)
    with contextlib.suppress(OSError):
        clip_pictures.waveform(recording, sha256)
    with contextlib.suppress(OSError):
        sound.heard(recording, relay.media.local(proxy(sha256)))
    return recorded(toolbox.calls, relay.media.local(proxy(sha256)))


def opened_by_hearing(relay: Relay, toolbox: RecordingToolbox, tmp_path: Path) -> list[tuple[Call, Path]]:
    path = foreign(tmp_path / "vault" / "file")
    footage = Footage("a" * 64, 640, 360, 4.0, container="mov", audio=1)
    with contextlib.suppress(OSError):
        speech_timing.timed_speech(dataclasses.replace(relay, toolbox=toolbox), footage, path)
    return recorded(toolbox.calls, path)


def opened_by_the_film(studio: FilmEncoder, toolbox: RecordingToolbox) -> list[tuple[Call, Path]]:
    missing = studio.needs.missing(1)
    studio.expect(missing)
    for task in missing.tasks:
        with contextlib.suppress(RelayError, OSError):
            studio.make(task.job)
    return recorded(toolbox.calls, *studio.cut.files.values())


def opened_by_the_fetcher(relay: Relay, toolbox: RecordingToolbox, tmp_path: Path) -> list[tuple[Call, Path]]:
    folder = work(tmp_path)
    pieces = [folder / "picture.mp4", folder / "sound.m4a"]
    for piece in pieces:
        piece.write_bytes(HEAD)
    toolbox.answers(result={"files": [piece.name for piece in pieces]})
    with contextlib.suppress(OSError):
        YtDlpFetcher(relay.settings, toolbox, networks.extractors()).fetch("https://vk.com/video7_1", folder)
    return recorded(toolbox.calls, *pieces)


@pytest.fixture
def everything(
    relay: Relay, toolbox: RecordingToolbox, studio: FilmEncoder, tmp_path: Path
) -> list[tuple[Call, Path]]:  # fmt: skip
    found: list[tuple[Call, Path]] = []
    for opener in OPENERS:
        here = tmp_path / opener.__name__
        here.mkdir()
        found += opened_alone(opener, toolbox, here)
        toolbox.calls.clear()
    found += opened_by_the_look(relay, toolbox)
    toolbox.calls.clear()
    found += opened_afterwards(relay, toolbox)
    toolbox.calls.clear()
    found += opened_by_hearing(relay, toolbox, tmp_path)
    toolbox.calls.clear()
    found += opened_by_the_film(studio, toolbox)
    toolbox.calls.clear()
    return found + opened_by_the_fetcher(relay, toolbox, tmp_path)


def faults(call: Call, path: Path) -> Iterator[str]:
    """What is missing at the opening of a file that others made."""
    yield from _faults_of_words(call, path)
    order, limits = call.order, call.order["limits"]
    for name, most in (("RLIMIT_AS", 8 << 30), ("RLIMIT_CPU", 3600), ("RLIMIT_FSIZE", 4 << 30), ("RLIMIT_NOFILE", 256)):
        if not 0 < limits[name] <= most:
            yield name
    if not 0 < call.limits.wall_seconds <= 3 * 3600:
        yield "wall time"
    if order["network"]:
        yield "network"
    if not order["confine"]:
        yield "no wall"
    if order["writes"] != [str(call.folder.absolute()), "/dev/null"]:
        yield "writes"
    seen = {Path(word) for word in order["reads"]}
    if seen & set(path.parents) - {call.folder}:
        yield "reads its neighbours"
    if path.parent != call.folder and call.neighbours:
        yield "not a folder of its own"


def _faults_of_words(call: Call, path: Path) -> Iterator[str]:
    if call.argv[0] == sys.executable:
        job = json.loads(call.argv[-1])
        if not (job.get("container") or job.get("format")):
            yield "container"
        return
    place = next(number for number, word in enumerate(call.argv) if str(path) in word)
    earlier = [number for number, word in enumerate(call.argv[: place - 1]) if word == "-i"]
    words = call.argv[(earlier[-1] + 2 if earlier else 1) : place]
    kinds = {word for flag, word in pairwise(words) if flag in ("-f", "-format_whitelist")}
    if "-f" not in words or "-format_whitelist" not in words or len(kinds) != 1:
        yield "container"
    if ("-protocol_whitelist", "file") not in set(pairwise(words)):
        yield "protocol"
    if words[-1] != "-i" or "-nostdin" not in call.argv:
        yield "stdin"


def test_every_file_of_others_is_opened_as_one_container_within_limits_in_a_folder_of_its_own(
    everything: list[tuple[Call, Path]],
) -> None:
    wrong = {(max(call.places), fault) for call, path in everything for fault in faults(call, path)}

    assert not wrong
    assert len(everything) >= 11


def without(call: Call, flag: str, length: int = 2) -> Call:
    words = list(call.argv)
    place = words.index(flag)
    return replace(call, argv=words[:place] + words[place + length :])


def ordered(call: Call, **changes: Any) -> Call:
    return replace(call, order=call.order | changes)


TWINS: dict[str, Callable[[Call, Path], Call]] = {
    "container": lambda call, _: without(call, "-format_whitelist"),
    "protocol": lambda call, _: without(call, "-protocol_whitelist"),
    "stdin": lambda call, _: without(call, "-nostdin", 1),
    "RLIMIT_AS": lambda call, _: ordered(call, limits=call.order["limits"] | {"RLIMIT_AS": 1 << 40}),
    "RLIMIT_CPU": lambda call, _: ordered(call, limits=call.order["limits"] | {"RLIMIT_CPU": 0}),
    "wall time": lambda call, _: replace(call, limits=replace(call.limits, wall_seconds=1e9)),
    "network": lambda call, _: ordered(call, network=True),
    "no wall": lambda call, _: ordered(call, confine=False),
    "writes": lambda call, path: ordered(call, writes=[str(path.parent)]),
    "reads its neighbours": lambda call, path: ordered(call, reads=[str(path.parent)]),
    "not a folder of its own": lambda call, _: replace(call, neighbours=("another clip",)),
}


@pytest.mark.parametrize("guard", TWINS)
def test_a_guard_that_is_forgotten_is_noticed(toolbox: RecordingToolbox, tmp_path: Path, guard: str) -> None:
    (call, path) = opened_alone(by_faces, toolbox, tmp_path)[0]
    assert list(faults(call, path)) == []

    assert list(faults(TWINS[guard](call, path), path)) == [guard]


def test_the_probe_forces_the_container_and_bounds_what_may_be_nested_in_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[dict[str, Any]] = []

    class Binding(ModuleType):
        def open(self, name: str, **words: Any) -> None:
            asked.append({"name": name, **words})
            raise ValueError("it is only recorded")

    monkeypatch.setitem(sys.modules, "av", Binding("av"))
    path = foreign(tmp_path / "vault" / "file")
    job = {"path": str(path), "container": "avi", "codecs": ["h264", "aac"], "max_seconds": 1}
    with pytest.raises(ValueError, match="only recorded"):
        probe_child.read_facts(job)

    ((opening),) = asked
    assert (opening["name"], opening["format"]) == (f"file:{path}", "avi")
    assert opening["options"]["format_whitelist"] == "avi"
    assert opening["options"]["protocol_whitelist"] == "file"
    assert opening["options"]["codec_whitelist"] == "h264,aac"


# Nobody is left out


STARTS = {"run": ("toolbox", "_toolbox"), "_ran": ("self",), "_ffmpeg": ("self",)}
"""Names by which a child is started: of the toolbox, and of the film's own two ways to it."""


def starters(module: ast.Module, name: str) -> set[str]:
    """`name:function` of every place in a module that starts a child (or hands on the means to)."""
    found: set[str] = set()

    def walk(node: ast.AST, function: str) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node.name
        if isinstance(node, ast.Attribute) and _last(node.value) in STARTS.get(node.attr, ()):
            found.add(f"{name}:{function}")
        for child in ast.iter_child_nodes(node):
            walk(child, function)

    walk(module, "<module>")
    return found


def _last(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


@cache
def all_starters() -> frozenset[str]:
    found = set[str]()
    for path in PACKAGE.rglob("*.py"):
        found |= starters(tree_of(path), str(path.relative_to(PACKAGE.parent)))
    ways = {"relay/almanac/film/encoder.py:_ffmpeg", "relay/almanac/film/encoder.py:_ran"}
    return frozenset(place for place in found - ways if not place.startswith("relay/media/toolbox.py:"))


@pytest.mark.slow
def test_every_place_that_starts_a_child_is_known_here(everything: list[tuple[Call, Path]]) -> None:
    seen = {place for call, _ in everything for place in call.places}

    assert all_starters() - set(NOTHING_FOREIGN) <= seen
    assert set(NOTHING_FOREIGN) <= all_starters()


@pytest.mark.parametrize(
    "words",
    [
        "relay.toolbox.run(['ffmpeg', '-i', path], folder=folder)",
        "self._toolbox.run(argv, folder=folder)",
        "start = toolbox.run\n    start(argv)",
        "self._ffmpeg(argv, folder, [path], 300)",
    ],
)
def test_a_new_place_that_starts_a_child_is_noticed(words: str) -> None:
    assert starters(ast.parse(f"def opens():\n    {words}\n"), "relay/new.py") == {"relay/new.py:opens"}


STARTING = {"subprocess", "multiprocessing", "pty", "popen2"}
OPENING = {"av", "cv2", "yt_dlp"}
"""Packages that decode or download what others made."""


def imports(path: Path) -> set[str]:
    nodes = list(ast.walk(tree_of(path)))
    plain = {entry.name for node in nodes if isinstance(node, ast.Import) for entry in node.names}
    return {
        name.partition(".")[0]
        for name in plain | {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom) and not n.level}
    }


@pytest.mark.slow
def test_only_the_toolbox_starts_processes_and_only_children_open_what_others_made() -> None:
    used = {str(path.relative_to(PACKAGE)): imports(path) for path in PACKAGE.rglob("*.py")}

    assert {name for name, names in used.items() if names & STARTING} == {"media/toolbox.py"}
    opening = {name for name, names in used.items() if names & OPENING}
    assert {Path(name).parent.as_posix() for name in opening} == {"media/children"}


def test_the_limits_bound_everything_also_where_nobody_names_them(toolbox: RecordingToolbox, tmp_path: Path) -> None:
    toolbox.run(["/bin/true"], folder=work(tmp_path))

    limits = toolbox.calls[0].order["limits"]
    usual = Limits()
    assert limits["RLIMIT_AS"] == usual.memory_mb << 20
    assert limits["RLIMIT_CPU"] == usual.cpu_seconds
    assert limits["RLIMIT_FSIZE"] == usual.file_mb << 20
    assert limits["RLIMIT_NOFILE"] == usual.open_files
    assert limits["RLIMIT_CORE"] == 0
