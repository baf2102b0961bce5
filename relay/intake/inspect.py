"""The one look at a file: is it a video that we can show and use, and what should a moderator know about it?

accepted   a strict decode printed no error, and picture and sound are as long as the file claims
review     slightly damaged: a tolerant decode lost at most one frame in a hundred; or the picture begins late, or has a
           hole, and all the rest is in order; a person decides, and `Inspection.reason` says what is wrong
refused    not a video, not allowed, or damaged; `Inspection.reason` is the sentence for a person

An exit code of 0 proves nothing (201 of 264 mutated files that got one had errors, docs/security.md, 0.3).

Flags: `short` (under a second) · `no_sound` (no track) · `lost_sound` (a track that can't be read) · `silent` ·
`quiet` · `loud` · `clipped` · `black` · `frozen` · `low_resolution` (shorter side under 360) · `vertical` · `hdr` ·
`vfr` (frames come unevenly) · `interlaced` · `changes_size` (the picture turns midway) · `late_picture` (the beginning
can't be shown) · `gap` (pictures are missing) · `several_sounds` (the default track is used) · `other_sound` (that one
is silent, another is used) · `spherical` · `stereo` · `dolby_vision` (wrong colours outside its own players) ·
`damaged`. Whether a clip is a duplicate is its `family`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from relay import kinds
from relay.config import Settings
from relay.context import Relay
from relay.errors import Refused, StorageDown, ToolFailed
from relay.intake import clips, families, fingerprints, look
from relay.intake.lookup import index
from relay.media import waveform
from relay.media.files import file_sha256, replace_file
from relay.media.probe import MAX_STREAMS, NOT_A_VIDEO, SLACK_SECONDS, TOO_HEAVY, UNREADABLE, Facts, killed, probe
from relay.media.toolbox import Limits
from relay.models import Finding, Inspection, RecordingPrint

DAMAGED = "The video is damaged."
TOO_LONG = "The video is longer than the campaign allows."
TOO_SMALL = "The picture is too small."
NO_PICTURE = "There is only sound in this file, no picture."
ONE_PICTURE = "There is only one picture in this file, nothing moves."
ENCRYPTED = kinds.LOCKED
UNKNOWN_CODEC = "The picture is coded in a way that is not supported."
TOO_MANY_TRACKS = "The file holds too many tracks."
HARDLY_SHOWN = "Most of the picture can't be shown: the frames are missing on which it hangs."
LATE_PICTURE = "The first {seconds} s of the picture can't be shown: the file doesn't begin with a key frame."
GAP = "Pictures are missing for {seconds} s at {at}."
REASONS = (
    DAMAGED, TOO_LONG, TOO_SMALL, NO_PICTURE, ONE_PICTURE, ENCRYPTED, UNKNOWN_CODEC, TOO_MANY_TRACKS,
    HARDLY_SHOWN, LATE_PICTURE, GAP, TOO_HEAVY, UNREADABLE, NOT_A_VIDEO,
)  # fmt: skip
"""Reasons that this module gives; those of relay.kinds.REFUSALS come beside them."""

LOST_FRAMES = 0.01
COMPLAINTS_PER_PACKET = 0.2
MISSING_SHARE = 0.1
LATE_SECONDS, LATE_FRAMES = 0.12, 2.5
"""How much later than its first packet a picture may begin: a recording out of a broadcast begins with two or three
pictures that hang on the group before.
"""
HIDDEN_SHARE = 0.5
"""Of a picture, that can't be shown: from there on there is not enough left to judge."""
MOST_GAPS = 3
"""That are told one by one."""
MEMORY_MB = 6144


def original(sha256: str) -> str:
    return f"originals/{sha256}"


def poster(sha256: str) -> str:
    return f"posters/{sha256}.jpg"


def storyboard(sha256: str) -> str:
    return f"storyboards/{sha256}.jpg"


def proxy(sha256: str) -> str:
    return f"proxies/{sha256}.mp4"


@dataclass(frozen=True, slots=True)
class Opinion:
    finding: Finding
    reason: str = ""
    flags: list[str] = field(default_factory=list)


def inspect(relay: Relay, sha256: str) -> Inspection:
    """Looks at `originals/<sha256>` unless that was done, keeps what it made, and returns the row.

    Raises NotFound without such a file, and DiskFull, ToolMissing or Interrupted, after which nothing is stored.
    """
    known = _known(relay, sha256)
    if known is not None:
        return known
    path = relay.media.local(original(sha256))
    row = Inspection(sha256=sha256, bytes=path.stat().st_size, finding=Finding.refused, at=relay.now())
    prints: RecordingPrint | None = None
    with _work_folder(relay) as folder:
        try:
            _analyse(relay, path, folder, row)
        except Refused as refusal:
            row.finding, row.reason = Finding.refused, refusal.sentence
        if row.finding is not Finding.refused:
            prints = _keep(relay, folder, row)
    return _stored(relay, row, prints)


def forget(relay: Relay, sha256: str) -> None:
    """The bytes of a refused file go, unless a clip stands on them; the reason stays."""
    if not clips.uses(relay, sha256):
        relay.media.delete(original(sha256))


def objection(facts: Facts, settings: Settings) -> str:
    """Why a file with these facts is refused before anything of it is decoded; empty when it is not."""
    checks = (
        (facts.encrypted, ENCRYPTED),
        (facts.video_index is None, NO_PICTURE),
        (facts.streams > MAX_STREAMS, TOO_MANY_TRACKS),
        (not facts.known_codec, UNKNOWN_CODEC),
        (min(facts.shape) < settings.min_video_side, TOO_SMALL),
        (facts.coded_width * facts.coded_height > look.MAX_PIXELS, TOO_HEAVY),
        (max(facts.shape) > 16 * min(facts.shape), TOO_SMALL),
        (facts.seconds > settings.max_video_seconds, TOO_LONG),
        (facts.video_packets < 2, ONE_PICTURE),
    )
    return next((reason for holds, reason in checks if holds), "")


def opinion(facts: Facts, log: look.Log, *, clean: bool, retried: bool = False) -> Opinion:
    """What a finished pass says about the file. `clean`: it was a strict pass, and nothing was wrong in it.

    `retried`: that was one without the pictures that hang on missing ones, since one with them found faults.
    """
    late, gaps = late_seconds(facts, log), holes(facts, hanging=retried or not clean)
    noted = [*look.flags(facts, log), *(["late_picture"] if late else []), *(["gap"] if gaps else [])]
    if log.decoded >= 2 and late + sum(seconds for _, seconds, _ in gaps) > HIDDEN_SHARE * facts.video_duration:
        return Opinion(Finding.refused, HARDLY_SHOWN)
    if clean:
        doubtful = late > 0 or any(kind != "keyed" for _, _, kind in gaps)
        return Opinion(Finding.review if doubtful else Finding.accepted, _told(late, gaps), noted)
    if log.decoded < 2 or not log.whole:
        return Opinion(Finding.refused, DAMAGED)
    lost = log.errors / max(1, log.packets)
    loud = log.complaints / max(1, log.packets)
    if lost > LOST_FRAMES or loud > COMPLAINTS_PER_PACKET or missing(facts, log) > MISSING_SHARE:
        return Opinion(Finding.refused, DAMAGED)
    return Opinion(Finding.review, _told(late, gaps), [*noted, "damaged"])


def late_seconds(facts: Facts, log: look.Log) -> float:
    """At the beginning of the picture that can't be shown; 0 for a frame or two."""
    return log.late if log.late > max(LATE_SECONDS, LATE_FRAMES / (facts.fps or 25)) else 0.0


def holes(facts: Facts, *, hanging: bool) -> list[tuple[float, float, str]]:
    """Where pictures are missing: (from, seconds, kind). `hanging`: the decoder missed some."""
    found = [(float(at), float(seconds), str(kind)) for at, seconds, kind in facts.holes]
    return [hole for hole in found if hanging or hole[2] != "hanging"]


def _told(late: float, gaps: Sequence[tuple[float, float, str]]) -> str:
    said = [LATE_PICTURE.format(seconds=f"{late:.1f}")] if late else []
    for at, seconds, _ in gaps[:MOST_GAPS]:
        said.append(GAP.format(seconds=f"{seconds:.1f}", at=f"{int(at) // 60}:{int(at) % 60:02d}"))
    return " ".join(said)


def missing(facts: Facts, log: look.Log) -> float:
    """The share of the picture that is promised and does not come, 0 to 1."""
    claimed = max(facts.video_duration, facts.video_declared or 0.0, facts.promised)
    return max(0.0, claimed - log.seconds - SLACK_SECONDS) / claimed if claimed else 0.0


def is_clean(facts: Facts, log: look.Log, returncode: int) -> bool:
    """Nothing was said against it, everything that was read was decoded, and nothing that was promised is missing."""
    sound = facts.audio_index is None or (log.audio_decoded > 0 and not log.audio_errors)
    return (
        returncode == 0
        and log.whole
        and sound
        and log.complaints == 0
        and log.errors == 0
        and log.decoded >= 2
        and missing(facts, log) == 0
    )


def _analyse(relay: Relay, path: Path, folder: Path, row: Inspection) -> None:
    facts = probe(relay.toolbox, path, folder, max_seconds=relay.settings.max_video_seconds)
    row.technical = facts.to_json()
    (row.width, row.height), row.fps = facts.shape, facts.fps
    row.duration, row.has_audio = min(facts.seconds, 1e6), facts.audio_index is not None
    reason = objection(facts, relay.settings)
    if reason:
        row.reason = reason
        return
    log, clean, retried = _decode(relay, path, folder, facts)
    found = opinion(facts, log, clean=clean, retried=retried)
    row.finding, row.reason, row.flags = found.finding, found.reason, found.flags
    row.technical |= _measured(log)
    row.duration = facts.video_duration if clean else min(facts.video_duration, log.seconds)
    row.loudness, row.peak = log.loudness, log.peak


def _decode(relay: Relay, path: Path, folder: Path, facts: Facts) -> tuple[look.Log, bool, bool]:
    """The strict pass, and, where that has something to say, the tolerant one: (log, clean, retried).

    Where pictures hang on frames that are not there, a second strict pass without them comes between: it tells whether
    all the rest is in order. The tolerant one leaves them out too.
    """
    log, code = _pass(relay, path, folder, facts, strict=True)
    if is_clean(facts, log, code):
        return log, True, False
    if facts.unkeyed:
        log, code = _pass(relay, path, folder, facts, strict=True, without_unkeyed=True)
        if is_clean(facts, log, code):
            return log, True, True
    log, code = _pass(relay, path, folder, facts, strict=False, without_unkeyed=bool(facts.unkeyed))
    resumed = log.of_missing > 0 and is_clean(facts, log, code)  # a strict pass ends at the first such word
    return log, resumed, resumed


def _pass(
    relay: Relay, path: Path, folder: Path, facts: Facts, *, strict: bool, without_unkeyed: bool = False
) -> tuple[look.Log, int]:
    for entry in folder.iterdir():
        entry.unlink()
    command = look.argv(
        relay.toolbox.ffmpeg,
        str(path.absolute()),
        facts,
        seconds=relay.settings.max_video_seconds + 1,
        strict=strict,
        without_unkeyed=without_unkeyed,
    )
    seconds = look.cost(facts)
    limits = Limits(memory_mb=MEMORY_MB, cpu_seconds=seconds, wall_seconds=3.0 * seconds, file_mb=512, open_files=128)
    try:
        done = relay.toolbox.run(command, folder=folder, reads=[path], limits=limits, check=False, nice=5)
    except ToolFailed as error:  # it took longer than it may
        raise Refused(TOO_HEAVY) from error
    log = look.read(done.stderr, facts, without_unkeyed=without_unkeyed)
    if log.no_memory or (killed(done.returncode) and not log.whole):
        raise Refused(TOO_HEAVY)
    return log, done.returncode


def _measured(log: look.Log) -> dict[str, object]:
    return {
        "decoded": log.decoded,
        "late": round(log.late, 3),
        "decode_errors": log.errors,
        "complaints": log.complaints,
        "said": list(log.said),
        "silence": [list(span) for span in log.silence],
        "black": [list(span) for span in log.black],
        "frozen": [list(span) for span in log.frozen],
        "shapes": [list(shape) for shape in log.shapes],
    }


def _keep(relay: Relay, folder: Path, row: Inspection) -> RecordingPrint:
    """Moves what the pass made into the media store and works out the fingerprints, which it returns."""
    frames = (folder / look.PRINTS).read_bytes()
    stills = len(list(folder.glob("still-*.jpg")))
    chosen = look.best_still(frames, row.duration, stills)
    row.prints = families.prints(frames)
    row.poster, row.storyboard, row.proxy = poster(row.sha256), storyboard(row.sha256), proxy(row.sha256)
    made = {row.proxy: look.PROXY, row.storyboard: look.STORYBOARD, row.poster: look.still(chosen)}
    row.sums = {key: [(folder / name).stat().st_size, file_sha256(folder / name)] for key, name in made.items()}
    for key, name in made.items():
        relay.media.put(key, folder / name)
    sound = folder / look.SOUND
    heard = sound.read_bytes() if sound.is_file() else b""
    if heard:
        drawn = waveform.place(relay.folder("looks"), row.sha256)
        replace_file(drawn, waveform.png(heard))
        with suppress(StorageDown):  # then another host draws it once more
            relay.shared.share(drawn)
    return fingerprints.made(row, frames, heard, relay.now())


def _known(relay: Relay, sha256: str) -> Inspection | None:
    with relay.reading() as session:
        row = session.get(Inspection, sha256)
    if row is None:
        return None
    if row.finding is Finding.refused and relay.media.has(original(sha256)):
        return None  # somebody brings it again: the limits may be others now
    if not all(relay.media.has(key) for key in (row.poster, row.storyboard, row.proxy) if key):
        return None
    return row


def _stored(relay: Relay, row: Inspection, prints: RecordingPrint | None) -> Inspection:
    """A second look at the same bytes (a lost poster, two workers at once) says the same: the newer row stands.

    Not where the limits are others now and a clip was made under the old ones: what was found then is what films use.
    """
    if row.finding is Finding.refused and clips.uses(relay, row.sha256):
        return row
    with relay.transaction() as session:
        index.leave(session, row.sha256)
        kept = session.merge(row)
        session.flush()
        if prints is not None:
            session.merge(prints)
        return kept


@contextmanager
def _work_folder(relay: Relay) -> Iterator[Path]:
    """A folder of its own for one file: nothing of a neighbour can be pulled in."""
    folder = relay.folder("work", uuid4().hex)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
