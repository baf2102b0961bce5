"""Who lives in the demo: invented people from real towns of the Leningrad region, and what each of them tells.

The memories are made up for the demo, after the manner of what families tell; they quote nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Place = Literal["kitchen", "classroom", "embankment", "birches", "library", "street", "study"]
Hair = Literal["short", "parted", "bob", "long", "bun", "braids", "curly", "bald"]
Hat = Literal["", "headscarf", "ushanka", "beanie", "beret"]
Clothes = Literal["coat", "cardigan", "suit", "pinafore", "hoodie", "sweater", "shawl", "parka"]
Held = Literal["", "sheet", "photo", "book"]


@dataclass(frozen=True, slots=True)
class Appearance:
    """How a person is drawn. Colours are `#rrggbb`; `age`: `child`, `adult` or `elder`."""

    age: Literal["child", "adult", "elder"]
    skin: str
    hair: Hair
    hair_colour: str
    clothes: Clothes
    cloth: str
    second: str
    eyes: str = "#5b4636"
    hat: Hat = ""
    hat_colour: str = "#8a2f3a"
    beard: Literal["", "full", "moustache"] = ""
    glasses: bool = False
    lips: str = ""
    held: Held = ""


@dataclass(frozen=True, slots=True)
class Voice:
    """`kind`: an espeak-ng voice. `rate`: words a minute, `pitch` and `range` 0…100, as espeak-ng counts them."""

    kind: str = "ru"
    rate: int = 150
    pitch: int = 50
    range: int = 50


@dataclass(frozen=True, slots=True)
class Shape:
    """What the clip is as a file. `turned`: shown upright by a display matrix only; `loudness` in LUFS."""

    width: int
    height: int
    rate: int
    codec: Literal["h264", "hevc10", "vp9"] = "h264"
    audio_rate: int = 48000
    channels: int = 2
    loudness: float = -19.0
    silent: bool = False
    turned: bool = False

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height as a player shows them."""
        return (self.height, self.width) if self.turned else (self.width, self.height)


@dataclass(frozen=True, slots=True)
class Resident:
    """`says`: what is heard. `text`: what stands under the post. `post`: how the network is to carry it.

    `by_hand`: filmed without a tripod. `flipped`: the place is drawn the other way round.
    """

    file: str
    name: str
    town: str
    district: str
    age: int
    title: str
    text: str
    says: str
    place: Place
    look: Appearance
    voice: Voice
    shape: Shape
    by_hand: bool = False
    flipped: bool = False
    post: Literal["video", "clip"] = "video"


CAST: tuple[Resident, ...] = (
    Resident(
        file="01-sokolova.mp4",
        name="Нина Петровна Соколова",
        town="Шлиссельбург",
        district="Кировский район",
        age=74,
        title="Как мама узнала о прорыве",
        text="Записала мамин рассказ. Она вспоминала этот день до конца жизни.",
        says="Мама говорила: когда прорвали блокаду, на улице обнимались незнакомые люди.",
        place="kitchen",
        look=Appearance(
            "elder",
            "#f0c9ab",
            "bun",
            "#cfcac6",
            "shawl",
            "#e6e1dc",
            "#5f6f8c",
            eyes="#5a7590",
            hat="headscarf",
            hat_colour="#b23a48",
            lips="#b5675f",
        ),
        voice=Voice("ru+Annie", 148, 42, 55),
        shape=Shape(1920, 1080, 25),
    ),
    Resident(
        file="02-belova.mp4",
        name="Ирина Львовна Белова",
        town="Тосно",
        district="Тосненский район",
        age=46,
        title="Урок при коптилке",
        text="Читаю семейную запись в нашем классе. Учу детей в той же школе, где учила бабушка.",
        says="Бабушка учила детей при свете коптилки. И ни одного урока не отменила.",
        place="classroom",
        look=Appearance(
            "adult",
            "#eec3a0",
            "bob",
            "#5b3425",
            "cardigan",
            "#33685f",
            "#f3ead9",
            eyes="#4f6b4a",
            glasses=True,
            lips="#b5545a",
            held="sheet",
        ),
        voice=Voice("ru+Alicia", 165, 55, 60),
        shape=Shape(1280, 720, 30),
    ),
    Resident(
        file="03-kim.mp4",
        name="Дарья Ким",
        town="Всеволожск",
        district="Всеволожский район",
        age=20,
        title="Прадед на Дороге жизни",
        text="Прадед был водителем на Ладоге. Рассказываю так, как рассказывали мне.",
        says="Прадед водил полуторку по Ладоге и дверцу всегда держал открытой.",
        place="embankment",
        look=Appearance(
            "adult",
            "#f1cda6",
            "long",
            "#241c22",
            "coat",
            "#c98a3c",
            "#2f4858",
            eyes="#33241c",
            hat="beret",
            hat_colour="#7c2f3f",
            lips="#c0555c",
        ),
        voice=Voice("ru+Andrea", 135, 62, 60),
        shape=Shape(1080, 1920, 25),
        by_hand=True,
        post="clip",
    ),
    Resident(
        file="04-orlov.mp4",
        name="Миша Орлов",
        town="Волхов",
        district="Волховский район",
        age=9,
        title="Про прапрадедушку",
        text="Миша сам попросил снять. Снимала мама, в парке после школы.",
        says="Мой прапрадедушка чинил паровозы, чтобы хлеб приехал в Ленинград.",
        place="birches",
        look=Appearance(
            "child",
            "#f5cfae",
            "short",
            "#a8672f",
            "parka",
            "#2f6f9f",
            "#d9a441",
            eyes="#4b6f86",
            hat="beanie",
            hat_colour="#d0533f",
        ),
        voice=Voice("ru+Andy", 150, 88, 70),
        shape=Shape(1280, 720, 25, channels=1, turned=True),
        by_hand=True,
        post="clip",
    ),
    Resident(
        file="05-yurieva.mp4",
        name="Тамара Ильинична Юрьева",
        town="Кировск",
        district="Кировский район",
        age=61,
        title="Тетрадь из нашей библиотеки",
        text="У нас в библиотеке хранится школьная тетрадь тех лет. Читаю одну строчку из неё.",
        says="«Сегодня мама принесла книгу и сказала: пока читаем, мы живы».",
        place="library",
        look=Appearance(
            "elder",
            "#ecc4a4",
            "curly",
            "#b9b3b5",
            "cardigan",
            "#6b4a77",
            "#efe3ee",
            eyes="#4f5f6f",
            glasses=True,
            lips="#a94f5b",
            held="book",
        ),
        voice=Voice("ru+Alicia", 150, 44, 45),
        shape=Shape(1080, 1080, 25),
    ),
    Resident(
        file="06-galiev.mp4",
        name="Рустам Галиев",
        town="Гатчина",
        district="Гатчинский район",
        age=38,
        title="Шинель",
        text="Рассказываю на ходу, прислал из мессенджера. Дед воевал под Невской Дубровкой.",
        says="Дед вернулся с Невы без шинели: укрыл ею раненого товарища.",
        place="street",
        look=Appearance(
            "adult",
            "#dba97f",
            "short",
            "#2b211e",
            "coat",
            "#46505e",
            "#8c3b34",
            eyes="#3a2a20",
            hat="ushanka",
            hat_colour="#5a4636",
            beard="moustache",
        ),
        voice=Voice("ru", 148, 32, 45),
        shape=Shape(480, 848, 30, audio_rate=16000, channels=1),
        by_hand=True,
        post="clip",
    ),
    Resident(
        file="07-lebedev.mp4",
        name="Артём Лебедев",
        town="Сосновый Бор",
        district="Сосновоборский городской округ",
        age=19,
        title="Последняя строчка письма",
        text="Письмо прадеда хранится у нас дома. Вот его последняя строчка.",
        says="Письмо прадеда кончалось так: слышим залпы с той стороны, идём навстречу!",
        place="embankment",
        look=Appearance("adult", "#efc6a2", "parted", "#7a5230", "hoodie", "#3b4f7a", "#e9eef5", eyes="#56748a"),
        voice=Voice("ru+Michael", 165, 52, 65),
        shape=Shape(1280, 720, 60, loudness=-9.0),
        flipped=True,
    ),
    Resident(
        file="08-gromov.mp4",
        name="Виктор Степанович Громов",
        town="Луга",
        district="Лужский район",
        age=81,
        title="Корочка хлеба",
        text="Внук помог включить камеру. Рассказываю про отца.",
        says="Отец до старости хранил в шкафу корочку хлеба. На всякий случай.",
        place="study",
        look=Appearance(
            "elder",
            "#eabf9d",
            "bald",
            "#dcd8d4",
            "suit",
            "#4d4a45",
            "#6d2f35",
            eyes="#667a88",
            beard="moustache",
            glasses=True,
        ),
        voice=Voice("ru+Gene", 138, 28, 35),
        shape=Shape(640, 360, 12, audio_rate=44100, channels=1),
    ),
    Resident(
        file="09-smirnova.webm",
        name="Алина Смирнова",
        town="Тихвин",
        district="Тихвинский район",
        age=12,
        title="Варежки",
        text="Наш класс собирает семейные истории. Моя — про варежки.",
        says="Прабабушка шила варежки бойцам и в каждую клала записку: возвращайся.",
        place="classroom",
        look=Appearance(
            "child",
            "#f6d2b5",
            "braids",
            "#c9974f",
            "pinafore",
            "#3b3f63",
            "#fbf7ef",
            eyes="#4f7a6a",
        ),
        voice=Voice("ru+Andrea", 145, 80, 70),
        shape=Shape(960, 540, 25, codec="vp9"),
    ),
    Resident(
        file="10-karpov.mp4",
        name="Олег Карпов",
        town="Выборг",
        district="Выборгский район",
        age=52,
        title="Дед молчал",
        text="Короткая история о том, что дед так и не рассказал.",
        says="Дед не любил говорить о войне. Он только гладил нас по голове.",
        place="birches",
        look=Appearance(
            "adult",
            "#e3b48c",
            "parted",
            "#6b5647",
            "sweater",
            "#efe6d6",
            "#7a2f36",
            eyes="#4a5a4a",
            beard="full",
        ),
        voice=Voice("ru+Denis", 150, 26, 40),
        shape=Shape(1280, 720, 25, codec="hevc10"),
        by_hand=True,
    ),
    Resident(
        file="11-lanskaya.mp4",
        name="Вера Андреевна Ланская",
        town="Кингисепп",
        district="Кингисеппский район",
        age=67,
        title="Первый трамвай",
        text="Снято на старый фотоаппарат, простите за тихий звук.",
        says="Тётя помнила, как весной зазвенел первый трамвай и весь двор плакал.",
        place="library",
        look=Appearance(
            "elder",
            "#f0c8a9",
            "bun",
            "#a59a94",
            "sweater",
            "#8f3d56",
            "#f0dfe3",
            eyes="#5f6b52",
            lips="#ad565c",
        ),
        voice=Voice("ru+Annie", 155, 48, 45),
        shape=Shape(640, 480, 25, audio_rate=44100, channels=1, loudness=-32.0),
        flipped=True,
        by_hand=True,
    ),
    Resident(
        file="12-mohova.mp4",
        name="Галина Фёдоровна Мохова",
        town="Приозерск",
        district="Приозерский район",
        age=70,
        title="Дедушкина фотография",
        text="Это мой дед, сапёр, он строил переправу. Звук, кажется, не записался.",
        says="Это мой дед. Он был сапёром и строил переправу через Неву.",
        place="kitchen",
        look=Appearance(
            "elder",
            "#eec5a6",
            "bob",
            "#d7d2d0",
            "cardigan",
            "#4a6a8a",
            "#f4efe6",
            eyes="#6a5a48",
            lips="#b06468",
            held="photo",
        ),
        voice=Voice("ru+Alicia", 150, 46, 50),
        shape=Shape(854, 480, 24, silent=True),
        flipped=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Echo:
    """A file made of another's bytes: the same ones (`keeps` = 1), or only the first part of them."""

    file: str
    of: str
    keeps: float
    name: str
    town: str
    district: str
    age: int
    title: str
    text: str


ECHOES: tuple[Echo, ...] = (
    Echo(
        file="13-belov.mp4",
        of="02-belova.mp4",
        keeps=1.0,
        name="Сергей Белов",
        town="Тосно",
        district="Тосненский район",
        age=23,
        title="Мамин урок",
        text="Это моя мама. Сохраню и у себя на странице.",
    ),
    Echo(
        file="14-drozdov.mp4",
        of="10-karpov.mp4",
        keeps=0.55,
        name="Павел Дроздов",
        town="Лодейное Поле",
        district="Лодейнопольский район",
        age=31,
        title="История от деда",
        text="Связь плохая, выкладываю как получилось.",
    ),
)
