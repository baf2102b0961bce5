from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from relay.almanac.cards.between import Between, Photo
from relay.almanac.cards.people import Person
from relay.almanac.cards.themes import Transition, theme
from relay.almanac.film import cut
from relay.almanac.film.chapters import Chapter
from relay.almanac.film.cues import Cue
from relay.almanac.film.cut import Cut, Script, Subclip, Words, alone, by_itself, draw_up
from relay.almanac.film.ffmpeg import Composition, Hold, Overlay, Still, View
from relay.almanac.film.footage import Footage
from relay.almanac.film.sound.ducking import MusicBed
from relay.almanac.film.timeline import ItemKind, ShotKind, Span
from relay.almanac.formats import House
from relay.errors import Refused
from tests.almanac.painting import Painter

HOUSE = House(width=320, height=180)
WORDS = Words("Прорыв", "Голоса", "#proryv80", "11–18 января")
DIP = replace(theme(), chapters=Transition.dip, dip=(255, 0, 16), dip_seconds=0.8)


@pytest.fixture(autouse=True)
def _painter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cut, "CardRenderer", Painter)


def footage(name: str, seconds: float = 10) -> Footage:
    return Footage(name, 320, 180, seconds)


def take(name: str = "anna", seconds: float = 10, **more: object) -> Subclip:
    person = more.pop("person", Person(name.title(), "Мга"))
    return Subclip(footage(name, seconds), Path(f"/{name}.mp4"), person, **more)  # type: ignore[arg-type]


def film(*takes: Subclip, words: Words = WORDS, credits: bool = True, house: House = HOUSE, **script: object) -> Cut:
    return draw_up(takes, words, house, Path("/cards"), credits=credits, script=Script(**script))  # type: ignore[arg-type]


def said(layer: Overlay | None) -> tuple[object, ...]:
    return () if layer is None else Painter.said[layer.sha256]


def shown(look: Composition) -> tuple[int, int, int, int]:
    """When the words of a card are there, and in how many frames they come and go."""
    assert look.layer is not None
    return look.layer.span.first, look.layer.span.last, look.layer.fade_in, look.layer.fade_out


def test_a_film_is_its_title_its_clips_its_credits_and_its_end() -> None:
    made = film(take("anna"), take("boris", 6))
    assert [(item.kind, item.frames, item.named, item.cut) for item in made.timeline.items] == [
        (ItemKind.card, 100, False, False),
        (ItemKind.clip, 250, True, False),
        (ItemKind.clip, 150, True, False),
        (ItemKind.card, 125, False, True),
        (ItemKind.card, 100, False, False),
    ]
    assert made.clips == (1, 2)
    assert made.title == "Прорыв"
    assert [said(look.layer) for look in made.compositions] == [
        ("title", "Прорыв", "Голоса", "#proryv80"),
        ("strip", "Anna", "Мга"),
        ("strip", "Boris", "Мга"),
        ("page", Person("Anna", "Мга"), Person("Boris", "Мга")),
        ("ending", "#proryv80", "11–18 января", ""),
    ]
    assert (made.cues, made.chapters, made.music, made.captions) == ({}, (), None, {})


def test_the_title_rises_from_black_and_the_end_sinks_into_it() -> None:
    made = film(take())
    assert [(look.from_black, look.to_black) for look in made.compositions] == [(10, 0), (0, 0), (0, 0), (0, 10)]
    assert [shown(look) for look in made.compositions] == [
        (5, 100, 10, 0),
        (12, 100, 10, 10),
        (12, 125, 10, 10),
        (0, 95, 10, 10),
    ]


def test_words_of_short_cards_come_and_go_in_a_sixth_of_them() -> None:
    made = film(take(), house=replace(HOUSE, title_seconds=1.2, page_seconds=1, end_seconds=1.2))
    assert [(made.compositions[at].from_black, made.compositions[at].to_black) for at in (0, 3)] == [(5, 0), (0, 5)]
    assert shown(made.compositions[0]) == (2, 30, 5, 0)
    assert shown(made.compositions[2]) == (8, 25, 4, 4)
    assert shown(made.compositions[3]) == (0, 28, 5, 5)


def test_pages_of_the_credits_follow_without_a_dissolve_and_fuller_ones_stay_longer() -> None:
    made = film(take(), others=tuple(Person(str(number)) for number in range(24)))
    pages = made.timeline.items[2:4]
    assert [(page.frames, page.cut) for page in pages] == [(208, True), (125, True)]  # 20 people, 5 people
    assert [shown(look)[0] for look in made.compositions[2:4]] == [12, 0]
    assert made.timeline.fades[2:] == (0, 0)


def test_after_a_dip_the_credits_words_wait_for_its_end() -> None:
    made = film(take(), theme=DIP)
    assert shown(made.compositions[2])[0] == 20
    assert [(item.fade, item.dip) for item in made.timeline.items] == [
        (20, "0xff0010"),
        (20, "0xff0010"),
        (None, ""),
        (None, ""),
    ]


def test_without_a_title_a_film_begins_with_its_first_clip() -> None:
    made = film(take(), words=Words(), credits=False)
    assert [item.kind for item in made.timeline.items] == [ItemKind.clip]
    assert made.clips == (0,)


def test_an_end_of_no_length_is_left_out() -> None:
    made = film(take(), house=replace(HOUSE, end_seconds=0))
    assert [said(look.layer)[0] for look in made.compositions] == ["title", "strip", "page"]


def test_a_film_of_no_clips_is_refused() -> None:
    with pytest.raises(Refused, match="no clips for the film"):
        film()


@pytest.mark.parametrize(
    ("first", "last", "span"),
    [(0, None, Span(0, 250)), (25, 100, Span(25, 100)), (249, 900, Span(249, 250)), (250, None, None), (60, 60, None),
     (-1, 5, None)],
)  # fmt: skip
def test_of_a_clip_is_shown_what_was_chosen_and_is_there(first: int, last: int | None, span: Span | None) -> None:
    chosen = take(first=first, last=last)
    if span is not None:
        assert chosen.span(HOUSE) == span
        made = film(chosen)
        assert (made.compositions[1].first, made.compositions[1].frames) == (span.first, span.frames)
    else:
        with pytest.raises(Refused, match=f"Nothing is left of a clip between its frames {first} and {last or 250}"):
            chosen.span(HOUSE)


def test_every_file_that_is_seen_or_heard_is_at_hand() -> None:
    music = MusicBed("m", "mov", "Время", "Чайковский")
    made = film(take("anna"), take("boris", person=Person("")), music=music, music_path=Path("/m"))
    assert made.music == music
    assert {"anna": Path("/anna.mp4"), "boris": Path("/boris.mp4"), "m": Path("/m")}.items() <= made.files.items()
    wanted = {layer.sha256 for look in made.compositions for layer in look.layers}
    wanted |= {look.source.sha256 for look in made.compositions}
    assert made.files.keys() == wanted | {"m"}
    unheard = film(take("anna"), music=music)
    assert (unheard.music, "m" in unheard.files) == (music, False)


def test_a_clip_of_nobody_carries_no_name() -> None:
    made = film(take(person=Person("")))
    assert not made.timeline.items[1].named
    assert made.compositions[1].layer is None


@pytest.mark.parametrize(("author", "credited"), [("Чайковский", "Чайковский — Время"), ("", "Время")])
def test_music_is_named_at_the_end(author: str, credited: str) -> None:
    made = film(take(), music=MusicBed("m", "mov", "Время", author), music_path=Path("/m"))
    assert said(made.compositions[-1].layer) == ("ending", "#proryv80", "11–18 января", credited)


# --- between clips ---


def quote(text: str = "Мы выстоим.", **more: object) -> Between:
    return Between("quote", {"text": text, "author": "Мария", "link": "https://x.ru"}, **more)  # type: ignore[arg-type]


def photo(width: int = 320, height: int = 180) -> Photo:
    return Photo("p", width, height, lambda: np.zeros((height, width, 3), np.uint8))


def test_cards_stand_before_their_clip_and_behind_the_last() -> None:
    chapter = Between("chapter", {"title": "Дорога", "text": "Ладога", "above": "I"})
    made = film(take("anna"), take("boris", before=(chapter, quote())), after=(quote("Конец."),))
    assert [said(look.layer) for look in made.compositions[1:7]] == [
        ("strip", "Anna", "Мга"),
        ("chapter", "Дорога", "Ладога", "I"),
        ("quote", "Мы выстоим.", "Мария", "https://x.ru"),
        ("strip", "Boris", "Мга"),
        ("quote", "Конец.", "Мария", "https://x.ru"),
        ("page", Person("Anna", "Мга"), Person("Boris", "Мга")),
    ]
    assert made.clips == (1, 4)


@pytest.mark.parametrize(
    ("card", "frames"),
    [
        (quote("а" * 10), 100),
        (quote("а" * 140), 288),  # 1.5 s, and a second for 14 letters
        (quote("а" * 140, seconds=2.0), 50),
        (Between("chapter", {"title": "x"}), 100),
        (Between("chapter", {"title": "x"}, 6), 150),
        (Between("picture", {}, photo=photo()), 175),
        (Between("picture", {}, 3, photo()), 75),
    ],
)
def test_a_card_stands_as_long_as_it_takes_to_read(card: Between, frames: int) -> None:
    assert film(take(before=(card,))).timeline.items[1].frames == frames


def test_pictures_are_walked_towards_and_away_from_by_turns_and_sides() -> None:
    cards = tuple(Between("picture", {"title": "Ладога"}, photo=photo()) for _ in range(4))
    made = film(take(before=cards))
    far, near, other = View(0.5, 0.5, 1.0), View(0.515, 0.48, 1.1), View(1 - 0.515, 0.48, 1.1)
    assert [look.motion for look in made.compositions[1:5]] == [(far, near), (other, far), (far, other), (near, far)]


def test_a_picture_that_does_not_fill_the_frame_moves_less_and_is_named_if_it_has_words() -> None:
    tall = Between("picture", {"source": "ЦГАКФФД"}, photo=photo(100, 300))
    made = film(take(before=(tall, Between("picture", {}, photo=photo()))))
    assert made.compositions[1].motion == (View(0.5, 0.5, 1.0), View(0.5, 0.485, 1.04))
    assert said(made.compositions[1].layer) == ("legend", "", "ЦГАКФФД", (100, 300))
    assert shown(made.compositions[1]) == (0, 175, 10, 0)
    assert made.compositions[2].layer is None


def test_a_picture_that_is_gone_has_no_card() -> None:
    assert len(film(take(before=(Between("picture", {"title": "x"}),))).compositions) == 4


# --- how one goes over into the next ---


def ways(made: Cut) -> list[str]:
    return ["cut" if item.cut else "dip" if item.dip else "dissolve" for item in made.timeline.items[:-1]]


@pytest.mark.parametrize(
    ("clips", "chapters", "found"),
    [
        ("dissolve", "dissolve", ["dissolve", "dissolve", "dissolve", "cut"]),
        ("cut", "dissolve", ["dissolve", "cut", "dissolve", "cut"]),
        ("cut", "dip", ["dip", "cut", "dip", "cut"]),
        ("dip", "cut", ["cut", "dip", "cut", "cut"]),
    ],
)
def test_a_theme_tells_apart_clips_and_cards(clips: str, chapters: str, found: list[str]) -> None:
    look = replace(theme(), clips=Transition(clips), chapters=Transition(chapters))
    assert ways(film(take("anna"), take("boris"), theme=look)) == found


def test_the_way_into_one_clip_is_its_own() -> None:
    made = film(take("anna", into=Transition.cut), take("boris", into=Transition.dip))
    assert ways(made) == ["cut", "dip", "dissolve", "cut"]


def test_the_way_into_a_clip_with_cards_is_the_way_into_the_first_card() -> None:
    made = film(take("anna"), take("boris", into=Transition.cut, before=(quote(), quote("Ещё."))))
    assert ways(made) == ["dissolve", "cut", "dissolve", "dissolve", "dissolve", "cut"]


# --- captions and chapters ---


def speaks(*spans: tuple[float, float], **more: object) -> Subclip:
    cues = [Cue(first, last, f"{number}") for number, (first, last) in enumerate(spans)]
    return take("anna", captions={"ru": cues}, **more)


def test_captions_stand_in_the_film_when_they_are_said() -> None:
    made = film(speaks((1, 3), (5, 7)), take("boris"), tracks=("ru",))
    start = made.timeline.starts[1] / 25
    assert [(cue.start, cue.end) for cue in made.cues["ru"]] == [(start + 1, start + 3), (start + 5, start + 7)]
    assert made.captions["ru"].startswith("1\n00:00:04,520 --> 00:00:06,520\n0\n")


def test_captions_of_a_trimmed_clip_move_with_it_and_stay_within_its_half_of_a_dissolve() -> None:
    made = film(speaks((0, 3), (3, 6), (6, 10), first=50, last=200), tracks=("ru",))
    start = made.timeline.starts[1]
    frames = [(round(cue.start * 25) - start, round(cue.end * 25) - start) for cue in made.cues["ru"]]
    assert frames == [(6, 25), (25, 100), (100, 144)]


def test_a_language_without_captions_is_no_track() -> None:
    made = film(speaks((1, 3)), tracks=("ru", "en"))
    assert list(made.captions) == ["ru"]
    assert made.cues["en"] == ()


def test_burned_captions_stand_above_the_name_while_it_is_there() -> None:
    made = film(speaks((1, 3), (5, 7)), burn="ru")
    above = made.compositions[1].above
    assert [(said(layer), layer.span) for layer in above] == [
        (("caption", "0", True), Span(25, 75)),
        (("caption", "1", False), Span(125, 175)),
    ]
    assert all(layer.sha256 in made.files for layer in above)
    assert made.cues == {}


def test_without_a_name_burned_captions_stand_below() -> None:
    made = film(speaks((1, 3), person=Person("")), burn="ru")
    assert said(made.compositions[1].above[0]) == ("caption", "0", False)


def test_chapters_are_the_people_where_no_card_divides_the_film() -> None:
    made = film(take("anna"), take("boris", person=Person("", "Луга")), take("vera", person=Person("")), chapters=True)
    assert [chapter.title for chapter in made.chapters] == [
        "Прорыв",
        "Anna",
        "Луга",
        "участник",
        "В фильме участвовали",
    ]
    assert [chapter.start for chapter in made.chapters] == [made.timeline.starts[at] for at in range(5)]


def test_chapters_are_the_chapter_cards_where_there_are_any() -> None:
    card = Between("chapter", {"title": "Дорога"})
    made = film(take("anna"), take("boris", before=(card,)), chapters=True)
    starts = made.timeline.starts
    assert made.chapters == (
        Chapter(0, "Прорыв"),
        Chapter(starts[2], "Дорога"),
        Chapter(starts[4], "В фильме участвовали"),
    )


def test_quotes_do_not_divide_a_film() -> None:
    made = film(take("anna", before=(quote(),)), chapters=True)
    assert [chapter.title for chapter in made.chapters] == ["Прорыв", "Anna", "В фильме участвовали"]


# --- a clip ahead of its film ---


def test_a_clip_ahead_of_its_film_stands_between_two_open_sides() -> None:
    made = alone(take("anna", first=25), HOUSE, Path("/cards"))
    assert made.clips == (1,)
    assert made.compositions[0] == made.compositions[2] == Composition(Still(""), HOUSE.piece)
    assert (made.compositions[1].first, made.compositions[1].frames) == (25, 225)
    assert made.timeline.fades == (12, 12)
    assert (said(made.compositions[1].layer), shown(made.compositions[1])) == (
        ("strip", "Anna", "Мга"),
        (12, 100, 10, 10),
    )
    assert set(made.files) == {"anna", made.compositions[1].layer.sha256}  # type: ignore[union-attr]


def test_a_clip_of_nobody_ahead_of_its_film() -> None:
    made = alone(take("anna", person=Person("")), HOUSE, Path("/cards"))
    assert made.compositions[1].layer is None
    assert list(made.files) == ["anna"]


def test_a_clip_ahead_has_the_shots_that_its_film_asks_for() -> None:
    made = film(take("anna"), take("boris"), take("vera"), music=MusicBed("m", "mov", "x"), music_path=Path("/m"))
    one = by_itself(made, 2)
    assert one.clips == (2,)
    assert one.music is None
    assert one.timeline.shots == tuple(
        shot for shot in made.timeline.shots if shot.item == 2 and shot.kind is not ShotKind.fade
    )
    assert one.compositions[2] == made.compositions[2]
    assert [number for number, look in enumerate(one.compositions) if look.source != Still("")] == [2]
    assert [look.frames for look in one.compositions] == [look.frames for look in made.compositions]


def test_a_name_that_stands_in_the_dissolves_comes_and_goes_with_the_picture() -> None:
    made = film(take(), house=replace(HOUSE, strip_in_fades=True))
    assert shown(made.compositions[1]) == (0, 100, 0, 0)


def test_a_frame_around_faces_goes_into_the_look() -> None:
    holds = (Hold(0, 0.4), Hold(50, 0.6, 30))
    assert film(take(framing=holds)).compositions[1].framing == holds
