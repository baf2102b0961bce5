"""Backup and restore: the database and everything that a restored desk shows, in one plain tar file.

In it are originals with their posters, storyboards and proxies, pictures, music, films with what lies beside them, and
the key that links and forms are signed with. Shots can be made again and stay out; films stay in, because a version
that was shown must remain that version. The database is copied by SQLite's own backup call while others write, and the
files after it, so that no row points to a file that the archive lacks.
"""

from __future__ import annotations

import glob
import io
import json
import os
import shutil
import tarfile
from pathlib import Path, PurePosixPath
from typing import IO

from sqlmodel import col, select

from relay import __version__
from relay.context import Relay
from relay.errors import DiskFull, NotFound, Refused
from relay.language.sentence import as_sentence
from relay.media.toolbox import disk_full
from relay.models import Emblem, Inspection, Picture, Render, Track, Video

ABOUT = "about.json"
DATABASE = "relay.db"


def backup(relay: Relay, target: Path) -> tuple[int, int]:
    """Writes the archive beside its name first and moves it there when whole. Returns (files, bytes)."""
    if target.exists():
        raise Refused("{target} is already there.", hint="Choose another name.", target=target)
    part = target.with_name(target.name + ".part")
    copy = relay.folder("work") / f"backup-{os.getpid()}.db"
    try:
        relay.store.copy_to(copy)
        files = _write(relay, part, copy)
        part.replace(target)
    except OSError as error:
        if disk_full(error):
            raise DiskFull("There is no room for the backup.", hint="Choose another disk.") from error
        raise Refused(
            "The backup can't be written: {strerror}.",
            hint="Choose another place.",
            strerror=as_sentence(error.strerror),
        ) from error
    finally:
        part.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)
    return files, target.stat().st_size


def restore(relay: Relay, source: Path) -> int:
    """Into an empty data folder only: nothing that is there is ever overwritten. Returns the number of files."""
    root = relay.settings.data_dir.absolute()
    if relay.store.path is None:
        raise Refused("Only an SQLite database can be restored by Relay.", hint="Use pg_restore.")
    if relay.store.path.exists():
        raise Refused(
            "There is already a database in {root}.", hint="Set RELAY_DATA_DIR to an empty folder.", root=root
        )
    relay.folder()
    try:
        with tarfile.open(source, "r:") as archive:
            if ABOUT not in archive.getnames():
                raise Refused("{source} is not a backup made by Relay.", source=source)
            return _read(relay, archive, root)
    except tarfile.TarError as error:
        raise Refused("{source} can't be read as a backup: {error}.", source=source, error=error) from error


def _write(relay: Relay, part: Path, copy: Path) -> int:
    count = 0
    with part.open("wb") as raw, tarfile.open(fileobj=raw, mode="w") as archive:
        about = json.dumps({"relay": __version__, "made_at": relay.now().isoformat()}).encode()
        entry = tarfile.TarInfo(ABOUT)
        entry.size = len(about)
        archive.addfile(entry, io.BytesIO(about))
        archive.add(copy, DATABASE)
        for name, path in _files(relay):
            archive.add(path, name)
            count += 1
        archive.close()
        raw.flush()
        os.fsync(raw.fileno())
    return count


def _files(relay: Relay) -> list[tuple[str, Path]]:
    with relay.reading() as session:
        shas = session.exec(select(Video.sha256).where(col(Video.sha256).is_not(None)).distinct()).all()
        looks = session.exec(select(Inspection)).all()
        made = session.exec(select(Render).where(col(Render.closed_at).is_(None))).all()
        brought = [f"pictures/{sha}" for sha in session.exec(select(Picture.sha256).distinct()).all()]
        brought += [f"music/{sha}" for sha in session.exec(select(Track.sha256).distinct()).all()]
        brought += [f"emblems/{sha}" for sha in session.exec(select(Emblem.sha256).distinct()).all()]
    films = [path for row in made for path in (row.file, row.manifest, *_beside(relay, row))]
    keys = [*(f"originals/{sha}" for sha in shas), *brought]
    keys += [key for look in looks for key in (look.poster, look.storyboard, look.proxy) if key]
    found = [(f"media/{key}", relay.media.local(key)) for key in keys if relay.media.has(key)]
    root = relay.settings.data_dir.absolute()
    secret = root / "secret.key"
    found += [(f"data/{name}", root / name) for name in films if (root / name).is_file()]
    return found + ([("data/secret.key", secret)] if secret.is_file() else [])


def _beside(relay: Relay, film: Render) -> list[str]:
    """A film's poster and its captions in all languages."""
    place = relay.settings.data_dir.absolute() / film.file
    captions = [path for end in ("srt", "vtt") for path in place.parent.glob(f"{glob.escape(place.stem)}.*.{end}")]
    return [
        *([film.poster] if film.poster else []),
        *sorted(f"{Path(film.file).parent}/{path.name}" for path in captions),
    ]


def _read(relay: Relay, archive: tarfile.TarFile, root: Path) -> int:
    count, database = 0, root / f"{DATABASE}.restoring"
    assert relay.store.path is not None
    for entry in archive:
        stream = archive.extractfile(entry) if entry.isreg() else None
        if stream is None:
            continue
        place, _, rest = entry.name.partition("/")
        safe = not PurePosixPath(rest).is_absolute() and ".." not in PurePosixPath(rest).parts
        if entry.name == DATABASE:
            _pour(stream, database)
        elif place == "media" and safe:
            part = relay.folder("work") / f"restore-{os.getpid()}"
            _pour(stream, part)
            relay.media.put(rest, part)
            count += 1
        elif place == "data" and safe:
            target = root / rest
            target.parent.mkdir(parents=True, exist_ok=True)
            _pour(stream, target)
            count += 1
    if not database.exists():
        raise NotFound("The backup holds no database.")
    database.replace(relay.store.path)  # last: before this, a broken restore can simply be started again
    return count


def _pour(stream: IO[bytes], target: Path) -> None:
    with target.open("wb") as out:
        shutil.copyfileobj(stream, out)
        out.flush()
        os.fsync(out.fileno())
