"""Typefaces: which file draws which letters.

A *face* is written as themes write it: a family and a weight, `Roboto 500`, `Source Serif 4 600`, and where it takes
another's place, how large it is set beside it: `Noto Serif 540 92%`. Families are fonts of packages that Relay depends
on: those of `fontpkg`, and Noto's for the scripts that `fontpkg` has no family of. Where none of them has a letter, a
font of this machine may.

HarfBuzz (uharfbuzz) reads the files, shapes and draws. It is part of its wheel, so that a name in Arabic or Devanagari
is shaped on every machine; Pillow's wheel shapes such scripts only where the system has FriBiDi.
"""

from __future__ import annotations

import math
import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FACE = re.compile(r"(?P<family>.+?) (?P<weight>[1-9]\d\d)(?: (?P<size>\d+)%)?")
PACKAGES = (
    "fontpkg-manrope",
    "fontpkg-noto-sans",
    "fontpkg-noto-sans-arabic",
    "fontpkg-noto-sans-devanagari",
    "fontpkg-noto-serif",
    "fontpkg-roboto",
    "fontpkg-source-serif-4",
    "manimgx-fonts",
    "manimgx-fonts-cjk",
    "uharfbuzz",
)
"""What the look of a letter depends on."""
SERIF, SANS = "Noto Serif", "Noto Sans"
SERIFS = ("Source Serif 4", SERIF)
LIGHTER = {"Manrope": 0.8, "Roboto": 0.95, "Source Serif 4": 0.9}
"""Noto's weight that is as dark as the family's own: equal ink of «нимпрот» at 44 pixels, between 400 and 800."""
FAMILIES = (SANS, "Noto Sans Arabic", "Noto Sans Devanagari", SERIF, "Roboto", "Manrope", "Source Serif 4")
"""Of `fontpkg`, in the order in which they are asked for a letter that a face lacks."""
MORE = ("manimgx_fonts", "manimgx_fonts_cjk")
"""Packages with the faces of Noto Sans for single scripts: Armenian, Georgian, Hebrew, Bengali, Tamil, Thai …; the
second, of the extra `cjk`, for Chinese, Japanese and Korean."""
NO_LETTERS = re.compile(r"Emoji|Symbol|LastResort|Blank|Tofu|Redacted|Barcode|Italic|Oblique|Condensed|Mono|Math")
"""Files that have no letters, or not as a name wants them."""
STYLES = re.compile(r"-(?!Regular|Bold$|VF|Variable)[A-Z]\w*$")
BOLD = 550
"""Weight from which a machine's font that has but one gives way to its bold sister: halfway between 400 and 700."""
WHOLE = 100
"""Per cent of a face's own size."""
MOST_LARGER, MOST_SMALLER = 1.15, 0.87
"""How far another file's size may be fitted to a face's: letters much larger or smaller would stand out as strokes."""
POINTS = 0.5
"""Optical size in points of a pixel of a card: a card is seen from further away than print."""
NOTO_CAPITALS, NOTO_SMALL = 0.714, 0.536
"""Height of Noto's letters in ems; its faces of other scripts are drawn to go with them."""


@dataclass(frozen=True, eq=False, slots=True)
class FontFile:
    """An opened font file: HarfBuzz's face, and the set of code points that it has. `ours`: it is of a package."""

    path: Path
    face: Any
    letters: Any
    ours: bool

    def has(self, cluster: str) -> bool:
        """Whether all of a letter with its marks can be drawn. HarfBuzz composes and decomposes by itself."""
        return any(
            all(ord(sign) in self.letters for sign in unicodedata.normalize(form, cluster) if not is_joiner(sign))
            for form in ("NFC", "NFD")
        )


def is_joiner(sign: str) -> bool:
    return sign in "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"


def parted(face: str) -> tuple[str, int]:
    """Family and weight. Raises ValueError for what is not written as a face."""
    found = _read(face)
    return found["family"], int(found["weight"])


def size_of(face: str) -> float:
    """How large a face is set, in the sizes that are asked for."""
    return int(_read(face)["size"] or 100) / 100


def _read(face: str) -> re.Match[str]:
    found = FACE.fullmatch(face)
    if found is None:
        raise ValueError(f"{face!r} is no face: a family and a weight, like “Roboto 500”")
    return found


def companion(face: str) -> str:
    """The face that is nearest to this one and has all European letters, as dark and as large as this one."""
    family = SERIF if parted(face)[0] in SERIFS else SANS
    percent = round(WHOLE * size_of(face) * _fitting(_family(family), face))
    return f"{family} {as_dark(face)}" + (f" {percent}%" if percent != WHOLE else "")


def as_dark(face: str) -> int:
    family, weight = parted(face)
    return round(weight * LIGHTER.get(family, 1.0))


@lru_cache(maxsize=8192)
def file_for(cluster: str, face: str) -> FontFile | None:
    """Of a letter with its marks: the face's own file, or one of the others that has it; None where none has."""
    ours = next((file for file in _asked(face) if file.has(cluster)), None)
    return ours or _of_system(cluster, parted(face)[1])


def own_file(face: str) -> FontFile:
    return _family(parted(face)[0])


@cache
def drawable(cluster: str) -> bool:
    return file_for(cluster, f"{SANS} 400") is not None


def _asked(face: str) -> Iterator[FontFile]:
    yield own_file(face)
    yield own_file(companion(face))
    yield from (_family(family) for family in FAMILIES)
    yield from _scripts()


@cache
def _family(name: str) -> FontFile:
    import fontpkg

    return _opened(fontpkg.path(name), ours=True)


@cache
def _scripts() -> tuple[FontFile, ...]:
    folders = [Path(str(files(package))) for package in MORE if find_spec(package) is not None]
    paths = [path for folder in folders for path in sorted(folder.glob("*.tt[fc]"))]
    return tuple(_opened(path, ours=True) for path in paths if not NO_LETTERS.search(path.stem))


def _opened(path: Path, *, ours: bool) -> FontFile:
    import uharfbuzz as hb

    face = hb.Face(hb.Blob.from_file_path(str(path)))
    return FontFile(path, face, face.unicodes, ours)


# --- fonts of this machine ----------------------------------------------------------------------------------------


def system_folders() -> tuple[Path, ...]:
    """Where the XDG base directories and fontconfig's usual configuration have fonts."""
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    own = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    folders = [Path(part) / "fonts" for part in (own, *shared.split(":")) if part]
    return tuple(folder.expanduser() for folder in (*folders, Path("~/.fonts")))


def _of_system(cluster: str, weight: int) -> FontFile | None:
    """A font of this machine, for a letter that no package has. Signs that are no letters are not looked for."""
    if unicodedata.category(cluster[0])[0] not in "LMN":
        return None
    found = next((file for file in system_fonts() if file.has(cluster)), None)
    if found is None or weight < BOLD or found.face.has_var_data:
        return found
    bold = _bold(found)
    return bold if bold is not None and bold.has(cluster) else found


@cache
def _bold(file: FontFile) -> FontFile | None:
    """The bold file beside a regular one."""
    path = file.path.with_name(re.sub(r"(-Regular)?(?=\.\w+$)", "-Bold", file.path.name, count=1))
    return _usable(path) if path.exists() else None


@cache
def system_fonts() -> tuple[FontFile, ...]:
    """Every usable font file, the best kept first: opening one takes less than a millisecond."""
    found = {path for folder in system_folders() for path in _font_files(folder)}
    return tuple(file for path in sorted(found, key=_rank) if (file := _usable(path)) is not None)


def _font_files(folder: Path) -> Iterator[Path]:
    for inside, _, names in os.walk(folder):
        for name in names:
            stem, ending = os.path.splitext(name)  # noqa: PTH122 -- a million names are not worth a Path each
            if ending.lower() in (".ttf", ".otf", ".ttc") and not NO_LETTERS.search(stem) and not STYLES.search(stem):
                yield Path(inside) / name


def _rank(path: Path) -> tuple[int, bool, str]:
    stem = path.stem.replace("-", "").replace(" ", "")
    known = ("NotoSansCJK", "NotoSans", "NotoSerif", "DejaVuSans", "FreeSans")
    place = next((place for place, name in enumerate(known) if stem.startswith(name)), len(known))
    return place, "Bold" in stem, path.name


def _usable(path: Path) -> FontFile | None:
    import uharfbuzz as hb

    try:
        file = _opened(path, ours=False)
    except (OSError, ValueError, hb.HarfBuzzError):
        return None
    drawn = {"glyf", "CFF ", "CFF2"} & set(file.face.table_tags)
    return file if drawn and len(file.letters) else None


# --- ready to draw ------------------------------------------------------------------------------------------------

UNITS = 64
"""Of a pixel."""


@lru_cache(maxsize=512)
def font(file: FontFile, face: str, size: float) -> Any:
    """HarfBuzz's font of a file in the weight of `face`, so large that its letters go with those of `face`."""
    import uharfbuzz as hb

    made = hb.Font(file.face)
    scale = max(1, round(size * size_of(face) * _fitting(file, face) * UNITS))
    made.scale = (scale, scale)
    weight = parted(face)[1] if file is own_file(face) else as_dark(face)
    made.set_variations({"wght": weight, "opsz": size * POINTS})
    return made


@cache
def _fitting(file: FontFile, face: str) -> float:
    """How much larger than its own size another file is set, for its letters to look as high as the face's."""
    own = own_file(face)
    return 1.0 if file is own else min(MOST_LARGER, max(MOST_SMALLER, _middle_height(own) / _middle_height(file)))


@cache
def _middle_height(file: FontFile) -> float:
    """Between that of small letters and that of capitals, in ems."""
    capital, small = _height(file, "НH") or NOTO_CAPITALS, _height(file, "нx") or NOTO_SMALL
    return math.sqrt(capital * small)


@cache
def _height(file: FontFile, letters: str) -> float:
    """Of the first of `letters` that the file has, in ems; 0 where it has none."""
    import uharfbuzz as hb

    letter = next((letter for letter in letters if file.has(letter)), "")
    if not letter:
        return 0.0
    measured = hb.Font(file.face)
    extents = measured.get_glyph_extents(measured.get_nominal_glyph(ord(letter)))
    return float(extents.y_bearing / file.face.upem)


@cache
def capital_height(face: str, size: float) -> float:
    """Pixels from the baseline to the top of a capital."""
    return _height(own_file(face), "НH") * size_of(face) * size


def stamp(text: str) -> list[str]:
    """What the look of a text depends on beside its theme: versions of the packages, and fonts of this machine."""
    seen = {file.path for sign in set(text) if (file := file_for(sign, f"{SANS} 400")) is not None and not file.ours}
    return [*package_versions(), *(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in sorted(seen))]


@cache
def package_versions() -> tuple[str, ...]:
    return tuple(f"{name} {_version(name)}" for name in PACKAGES)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"
