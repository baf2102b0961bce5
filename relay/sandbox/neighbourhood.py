"""Any folder of videos as a neighbourhood: residents who post them, publics that carry them on.

Beside the posts that a campaign must find stand those it must not: look-alike tags, another tag, posts before
and after the window, a deleted one, everyday talk. All names are invented.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from relay.errors import Refused
from relay.media.toolbox import Toolbox
from relay.sandbox.measure import Measure, Size, measure_with
from relay.sandbox.network import Network
from relay.sandbox.vk.network import Vk
from relay.sandbox.vk.records import Key

TAG = "#proryv80"
CAPTIONS = "captions.json"
NO_VIDEO = frozenset({".json", ".csv", ".md", ".txt"})

PUBLICS = (
    ("podslushano_tosno", "Подслушано в Тосно"),
    ("gatchina_segodnya", "Гатчина сегодня"),
    ("kirishi_nash_gorod", "Кириши — наш город"),
    ("vyborg_live", "Выборг Live"),
    ("pamyat_lenoblasti", "Память Ленинградской области"),
)

WOMEN = (
    "Анна",
    "Мария",
    "Вера",
    "Ольга",
    "Татьяна",
    "Елена",
    "Наталья",
    "Людмила",
    "Дарья",
    "Софья",
    "Ирина",
    "Полина",
)
MEN = ("Иван", "Борис", "Пётр", "Алексей", "Николай", "Михаил", "Сергей", "Дмитрий", "Егор", "Фёдор", "Павел", "Андрей")
LAST = (
    "Соколов", "Лебедев", "Морозов", "Волков", "Зайцев", "Воробьёв", "Ильин", "Королёв", "Орлов", "Фомин",
    "Журавлёв", "Калинин", "Рябов", "Белов", "Громов", "Ершов", "Карпов", "Снегирёв", "Голубев",
)  # fmt: skip
TOWNS = (
    "Тосно", "Гатчина", "Кириши", "Выборг", "Всеволожск", "Луга", "Волхов", "Тихвин", "Приозерск", "Кировск",
    "Сланцы", "Кингисепп", "Волосово", "Бокситогорск", "Подпорожье", "Лодейное Поле", "Сосновый Бор", "Никольское",
)  # fmt: skip

READINGS = (
    "Читаю отрывок из дневника моей прабабушки.",
    "Воспоминания деда о январе 1943-го — впервые вслух.",
    "Письмо с Волховского фронта, наша семья хранит его восемьдесят лет.",
    "Отрывок из сборника воспоминаний о прорыве блокады.",
    "Ради тех, кто не дождался. Читаем всей семьёй.",
    "Строки, которые я помню с детства.",
)
CARRIED = (
    "Наша соседка тоже прочитала. Спасибо! {tag}",
    "Ещё одно видео от наших подписчиков. {tag}",
    "Смотрим и вспоминаем. {tag}",
)
TALK = (
    "Кто-нибудь знает, почему опять нет горячей воды?",
    "Потерялась кошка, серая, отзывается на Дусю.",
    "На въезде гололёд, будьте осторожны!",
    "Отдам коляску в хорошие руки.",
    "Сегодня в доме культуры концерт, вход свободный <3",
    "Завтра приём граждан с 10 до 13.",
    "Какая красота сегодня была на рассвете ❄",
)


@dataclass(frozen=True, slots=True)
class FileCaption:
    """What a folder's captions.json may say about a file."""

    name: str = ""
    town: str = ""
    text: str = ""
    title: str = ""
    kind: str = ""


NOWHERE = Key(0, 0)


@dataclass(slots=True)
class CastFile:
    """One file with its resident, and the times of the own post and of the public's."""

    path: Path
    size: Size
    caption: FileCaption
    at: datetime
    carried_at: datetime
    resident: int = 0
    video: Key = NOWHERE
    post: Key = NOWHERE


def populate(
    network: Network,
    folder: Path,
    *,
    tag: str = TAG,
    opens: datetime,
    closes: datetime,
    seed: int = 1,
    measure: Measure | None = None,
) -> list[str]:
    """Fills the network and returns the addresses that a campaign should list as sources.

    Every file of the folder (and of folders in it) is carried by a public's wall inside [opens, closes], in a
    post that counts; nothing is dated later than now unless the window opens later. The same seed makes the same
    neighbourhood. Raises Refused for a folder that is not there or has no video.
    """
    files = videos_in(folder)
    dice = random.Random(seed)  # noqa: S311 - a repeatable neighbourhood
    captions = _captions(folder)
    with ThreadPoolExecutor(4) as pool:
        sizes = list(pool.map(measure or measure_with(Toolbox()), files))
    start = _second(opens + timedelta(seconds=0.999999))
    end = _second(min(closes, network.now()) if network.now() > start else closes)
    step = (end - start) / (len(files) + 1)
    parts = [
        CastFile(
            path=path,
            size=size,
            caption=captions.get(path.relative_to(folder).as_posix(), captions.get(path.name, FileCaption())),
            at=_second(start + step * (number + 0.3)),
            carried_at=_second(start + step * (number + 0.6)),
        )
        for number, (path, size) in enumerate(zip(files, sizes, strict=True))
    ]
    vk = network.vk
    publics = [vk.has_group(name, title) for name, title in PUBLICS]
    _talk(vk, publics, opens, end, dice)
    _residents_post(vk, parts, tag, dice)
    _publics_carry(vk, parts, publics, tag, end)
    _strays(vk, parts, publics, tag, opens, closes, end, dice)
    return [*(f"vk:{name}" for name, _ in PUBLICS), "vk:tag"]


def videos_in(folder: Path) -> list[Path]:
    """The files to serve, in the order of their names. Raises Refused."""
    if not folder.is_dir():
        raise Refused("There is no folder {folder}.", hint="Name a folder with videos.", folder=folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and _may_be_video(path.relative_to(folder)))
    if not files:
        raise Refused(
            "There are no videos in {folder}.", hint="Put some files into it, or name another folder.", folder=folder
        )
    return files


def _may_be_video(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and path.suffix.lower() not in NO_VIDEO


def _captions(folder: Path) -> Mapping[str, FileCaption]:
    path = folder / CAPTIONS
    if not path.is_file():
        return {}
    try:
        read: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8"))
        return {name: _caption(words) for name, words in read.items()}
    except (ValueError, AttributeError) as error:
        raise Refused("{path} is no JSON object of objects.", hint="Put it right, or remove it.", path=path) from error


def _caption(words: Mapping[str, Any]) -> FileCaption:
    known = {key: str(words.get(key) or "") for key in ("name", "town", "text", "title")}
    return FileCaption(**known, kind=str(words.get("as") or ""))


def _residents_post(vk: Vk, parts: list[CastFile], tag: str, dice: random.Random) -> None:
    """Each file by its resident on the own page. Every third of these posts is unknown to search."""
    names = _names(dice)
    clips = _clips_among(parts)
    for number, part in enumerate(parts):
        first, last, sex, town = _person(part, next(names))
        part.resident = vk.has_resident(first, last, town=town, sex=sex)
        reading = part.caption.text or f"{dice.choice(READINGS)} {first} {last}, {town}."
        text = reading if tag.casefold() in reading.casefold() else f"{reading} {tag}"
        is_clip = number in clips
        part.video = vk.uploads(
            part.resident,
            part.path,
            title="" if is_clip else part.caption.title or f"{first} {last} читает воспоминания",
            description=text if is_clip else "",
            kind="short_video" if is_clip else "video",
            width=part.size.width,
            height=part.size.height,
            duration=part.size.duration,
            at=part.at,
        )
        late = number == 1 and not is_clip
        shown = "" if is_clip else text.replace(tag, "").strip() if late else text
        part.post = vk.posts(part.resident, shown, videos=[part.video], at=part.at, indexed=number % 3 != 2)
        if late:
            vk.edits(part.post, text, at=part.carried_at)


def _publics_carry(vk: Vk, parts: list[CastFile], publics: list[int], tag: str, end: datetime) -> None:
    """Each file on the wall of one public: a repost, the public's own post, a repost with a word, a visitor's post.

    Visitors forget the tag first and edit it in.
    """
    for number, part in enumerate(parts):
        public, at = publics[number % len(publics)], part.carried_at
        carried = CARRIED[number % len(CARRIED)].format(tag=tag)
        match number % 4:
            case 0:
                vk.posts(public, "", repost_of=part.post, at=at)
            case 1:
                vk.posts(public, carried, videos=[part.video], at=at, signer_id=part.resident)
            case 2:
                vk.posts(public, "Делимся с вами.", repost_of=part.post, at=at)
            case _:
                post = vk.posts(public, "Вот моё видео.", videos=[part.video], at=at, from_id=part.resident)
                vk.edits(post, f"Вот моё видео. {tag}", at=end)
    if len(parts) > 1:
        both = [parts[0].video, parts[-1].video]
        vk.posts(publics[-1], f"Два голоса за один день. {tag}", videos=both, at=_second(end))


def _strays(
    vk: Vk,
    parts: list[CastFile],
    publics: list[int],
    tag: str,
    opens: datetime,
    closes: datetime,
    end: datetime,
    dice: random.Random,
) -> None:
    """What a campaign must not take in: each carries an upload of its own of some file of the folder."""
    day = timedelta(days=1)
    middle = _second(opens + (end - opens) / 2)
    strays = (
        (f"Тоже прочитала! {_cyrillic(tag)}", middle),
        (f"Мой отрывок. {_one_foreign_letter(tag)}", middle),
        (f"Читаем с внуком {_parted(tag)}", middle),
        (f"Другая акция, другие слова {tag}лет", middle),
        (f"Репетирую, завтра начинаем {tag}", _second(opens - day)),
        (f"Опоздала, но прочитала {tag}", _second(closes + day)),
        (f"Ой, не то видео {tag}", middle),
    )
    names = _names(dice)
    for number, (text, at) in enumerate(strays):
        part = parts[number % len(parts)]
        first, last, sex, town = next(names)
        resident = vk.has_resident(first, last, town=town, sex=sex)
        size = part.size
        video = vk.uploads(
            resident, part.path, title="Видео", width=size.width, height=size.height, duration=size.duration, at=at
        )
        post = vk.posts(publics[number % len(publics)], text, videos=[video], at=at, from_id=resident, indexed=False)
        if text.startswith("Ой"):
            vk.deletes(post)
    vk.posts(publics[0], f"Ждём ваших видео! {tag}", at=_second(opens - 3 * day), pinned=True)
    vk.posts(publics[1], f"Осталось немного, присоединяйтесь. {tag}", at=middle)


def _talk(vk: Vk, publics: list[int], opens: datetime, end: datetime, dice: random.Random) -> None:
    """What else is written on the walls: before the window, and all through it."""
    first = opens - timedelta(days=5)
    for public in publics:
        moments = sorted(_second(first + (end - first) * dice.random()) for _ in range(24))
        for moment in moments:
            vk.posts(public, dice.choice(TALK), at=moment)


def _names(dice: random.Random) -> Iterator[tuple[str, str, int, str]]:
    """First name, last name, sex, town; people repeat only after all of them had their turn."""
    women = [(first, f"{last}а", 1) for first in WOMEN for last in LAST]
    men = [(first, last, 2) for first in MEN for last in LAST]
    people = women + men
    dice.shuffle(people)
    while True:
        for first, last, sex in people:
            yield first, last, sex, dice.choice(TOWNS)


def _person(part: CastFile, invented: tuple[str, str, int, str]) -> tuple[str, str, int, str]:
    if not part.caption.name:
        first, last, sex, town = invented
        return first, last, sex, part.caption.town or town
    first, _, last = part.caption.name.rpartition(" ")
    return first or last, last if first else "", 0, part.caption.town or invented[3]


def _clips_among(parts: list[CastFile]) -> set[int]:
    """Which files are clips: those that the captions name, else the first upright one, else the third."""
    named = {number for number, part in enumerate(parts) if part.caption.kind == "clip"}
    upright = [number for number, part in enumerate(parts) if part.size.height > part.size.width]
    return named or set(upright[:1] or ([2] if len(parts) > 2 else []))


_TWINS = str.maketrans({"p": "р", "c": "с", "a": "а", "e": "е", "o": "о", "x": "х"})
_LOOKS = str.maketrans({"p": "п", "r": "р", "o": "о", "y": "ы", "v": "в", "a": "а", "e": "е", "t": "т"})


def _cyrillic(tag: str) -> str:
    """How somebody writes the tag who forgot to switch the keyboard: `#proryv80` → `#прорыв80`."""
    switched = tag.translate(_LOOKS)
    return switched if switched != tag else f"{tag}_"


def _one_foreign_letter(tag: str) -> str:
    """`#proryv80` → `#рroryv80`, whose first letter only looks the same; a tag without such a letter gets a tail."""
    first = tag[1:2].translate(_TWINS)
    return f"#{first}{tag[2:]}" if first != tag[1:2] else f"{tag}__"


def _parted(tag: str) -> str:
    """`#proryv80` → `#proryv 80`; a tag without a number loses its last letter to the gap."""
    letters = tag.rstrip("0123456789")
    cut = len(letters) if letters != tag else len(tag) - 1
    return f"{tag[:cut]} {tag[cut:]}"


def _second(moment: datetime) -> datetime:
    """VK counts in whole seconds."""
    return moment.replace(microsecond=0)
