"""A folder of video files on this machine, as a school hands them in: each file is a hand-in, copied, never moved.

Who reads is told by captions.json (`{"file.mp4": {"name": …, "town": …, "text": …}}`) or by the file's own name:
`Анна Иванова, Тосно.mp4`. A file that is replaced by another under the same name is another hand-in.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from relay import clocks
from relay.config import Settings
from relay.errors import Closed, DiskFull, Gone, NotYet, Refused
from relay.language.sentence import as_sentence, filled, prefixed
from relay.ports import (
    Author,
    Clock,
    Fetched,
    NetworkDescription,
    OwnerKind,
    Page,
    Place,
    PollingPolicy,
    Progress,
    SeenPost,
    SeenVideo,
)
from relay.sources.links import HANDED_IN
from relay.sources.video_links import VIDEO_ENDINGS
from relay.store import Store

NETWORK = "folder"
CAPTIONS = "captions.json"
MOST_FILES = 5000
SETTLED = timedelta(seconds=10)
"""A file that was written to so shortly ago may still be on its way in."""
BLOCK = 1 << 20
UNREADABLE = "The folder {folder} can't be read ({strerror})."
EXAMPLES = "Known is folder:/path/to/the/videos."

_NUMBERING = re.compile(r"^\s*\d{1,4}\s*[._)\-–—]\s*")


class FolderSource:
    """`SourceAdapter` for a folder. `owner_id` is the folder's path; a video's `url` is `folder:` and its path."""

    description = NetworkDescription(
        name=NETWORK,
        titles={"en": "folders", "fr": "dossiers", "ru": "папки"},
        owners=OwnerKind.collection,
        on_this_machine=True,
    )
    polling = PollingPolicy(timedelta(minutes=1))

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        del store
        self._settings, self._clock = settings, clock

    def claims(self, address: str) -> bool:
        return address.strip().startswith(f"{NETWORK}:")

    def resolve(self, address: str) -> Place:
        """Raises Refused for a folder that isn't there or can't be read."""
        name = address.strip().removeprefix(f"{NETWORK}:").strip()
        try:
            folder = Path(name).resolve()
            if not name or not folder.is_dir():
                raise Refused("There is no folder {name}.", hint=EXAMPLES, name=name)
            _files(folder)
        except OSError as error:
            raise Refused(
                "The folder {name} can't be read ({why}).",
                hint=EXAMPLES,
                name=name[:200],
                why=as_sentence(error.strerror),
            ) from error
        except ValueError as error:
            raise Refused("There is no folder {name}.", hint=EXAMPLES, name=repr(name[:80])) from error
        return Place(NETWORK, f"{NETWORK}:{folder}", str(folder), folder.name)

    def read(self, place: Place, *, since: datetime, until: datetime, tags: Sequence[str]) -> Iterator[Page]:
        """One page. The files count as handed in at the moment of the reading, whatever their own date says."""
        folder = Path(place.owner_id)
        try:
            files = _files(folder)
            captions, faults = _captions(folder)
        except OSError as error:
            raise Closed(UNREADABLE, folder=folder, strerror=as_sentence(error.strerror)) from error
        posts = []
        for path in files:
            try:
                about = path.stat()
            except OSError:
                continue  # taken away in between
            if not clocks.has_passed(SETTLED, datetime.fromtimestamp(about.st_mtime, UTC), self._clock()):
                faults.append(
                    prefixed(path.name, filled("it is still being written; it will be taken at the next sweep"))
                )
                continue
            posts.append(_post(folder, path, about, captions, until, tags))
        yield Page(tuple(posts), 0, len(files), since, tuple(faults))

    def posts_behind(self, links: Sequence[str]) -> list[SeenPost]:
        """Nothing: a path that comes as a link is nobody's hand-in."""
        del links
        return []

    def fetcher(self) -> FolderFetcher:
        """See ports.FetchesItself."""
        return FolderFetcher(self._settings)


class FolderFetcher:
    """`Fetcher` for the `folder:` addresses that FolderSource gives: a copy of a video file, never of a link."""

    def __init__(self, settings: Settings) -> None:
        self._most = settings.max_video_mb << 20
        self._free_gb = settings.min_free_gb

    def fetch(self, url: str, folder: Path, *, progress: Progress | None = None) -> Fetched:
        """See ports.Fetcher. Raises Gone for a file that was taken away, Refused for one that is too large."""
        path = Path(url.removeprefix(f"{NETWORK}:"))
        if not url.startswith(f"{NETWORK}:/") or not _is_video(path):
            raise Refused("The address is no video in a folder.")
        try:
            with _opened(path) as source:
                return self._copied(source, folder / f"handed-in{path.suffix.casefold()}", path, progress)
        except FileNotFoundError as error:
            raise Gone("The file was taken out of the folder.") from error
        except OSError as error:
            if error.errno in (28, 122):
                raise DiskFull("The disk is full.", hint="Free some space; nothing was lost.") from error
            raise NotYet("The file can't be read ({strerror}).", strerror=as_sentence(error.strerror)) from error

    def _copied(self, source: BinaryIO, target: Path, path: Path, progress: Progress | None) -> Fetched:
        size = os.fstat(source.fileno()).st_size
        if size > self._most:
            raise Refused("The video is larger than allowed.")
        free = shutil.disk_usage(target.parent).free - size
        if free < self._free_gb * (1 << 30):
            raise DiskFull("There is no room for the file.", hint="Free some space, or lower RELAY_MIN_FREE_GB.")
        done = 0
        with target.open("wb") as copy:
            while block := source.read(BLOCK):
                copy.write(block)
                done += len(block)
                if progress is not None:
                    progress(min(1.0, done / max(1, size)))
        return Fetched(target, done, title=path.stem, author=credited(path.name, {})[0])


def credited(name: str, caption: Mapping[str, Any]) -> tuple[str, str]:
    """Name and town of whoever reads: as the caption says, else as `Имя Фамилия, Город.mp4` does."""
    person, town = (str(caption.get(key) or "").strip() for key in ("name", "town"))
    stem = _NUMBERING.sub("", Path(name).stem).replace("_", " ").strip()
    said, _, place = stem.partition(",")
    looks_like_a_name = len(said.split()) >= 2 and not any(char.isdigit() for char in said)
    return person or (said.strip() if looks_like_a_name else ""), town or (place.strip() if looks_like_a_name else "")


def _files(folder: Path) -> list[Path]:
    """Video files of the folder and the folders in it; nothing hidden, no links that lead out."""
    found = []
    for where, folders, names in os.walk(folder, followlinks=False, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(where) / name
            if not name.startswith(".") and _is_video(path) and stat.S_ISREG(path.lstat().st_mode):
                found.append(path)
        if len(found) >= MOST_FILES:
            break
    return found[:MOST_FILES]


def _raise(error: OSError) -> None:
    raise error


def _is_video(path: Path) -> bool:
    return path.name.casefold().endswith(VIDEO_ENDINGS)


def _captions(folder: Path) -> tuple[Mapping[str, Any], list[str]]:
    path = folder / CAPTIONS
    if not path.is_file():
        return {}, []
    try:
        told = json.loads(path.read_text("utf-8-sig"))
    except ValueError:
        told = None
    if not isinstance(told, dict):
        return {}, [prefixed(CAPTIONS, filled("it is no JSON object of objects; the names in it are not used"))]
    return {name: words for name, words in told.items() if isinstance(words, dict)}, []


def _post(
    folder: Path, path: Path, about: os.stat_result, captions: Mapping[str, Any], at: datetime, tags: Sequence[str]
) -> SeenPost:
    name = path.relative_to(folder).as_posix()
    caption = captions.get(name, captions.get(path.name, {}))
    number = hashlib.sha256(f"{name}\0{about.st_size}\0{about.st_mtime_ns}".encode()).hexdigest()[:32]
    person, town = credited(path.name, caption)
    author = Author(name=person)
    words = str(caption.get("text") or "").strip()
    text = "\n".join(part for part in (words, ", ".join(part for part in (person, town) if part)) if part)
    said = ((HANDED_IN, f"#{tags[0].lstrip('#')}"),) if tags else ()
    video = SeenVideo(
        network=NETWORK,
        owner_id=str(folder),
        video_id=number,
        url=f"{NETWORK}:{path}",
        title=str(caption.get("title") or path.stem),
        description=text,
        author=author,
    )
    return SeenPost(
        network=NETWORK,
        owner_id=str(folder),
        post_id=number,
        url=video.url,
        published_at=at,
        text=text,
        author=author,
        texts=((("text", text),) if text else ()) + (("video title", video.title), *said),
        videos=(video,),
        raw={"file": name, "name": person, "town": town},
    )


def _opened(path: Path) -> BinaryIO:
    """A regular file, opened without following a link in its place."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise FileNotFoundError(path)
    return os.fdopen(handle, "rb")
