from __future__ import annotations

import pytest

from relay.almanac.assets import styles, text_lines
from relay.almanac.plan import queries
from relay.almanac.plan.store import find
from relay.models import Campaign, Clip, ClipState, Quote, TextOrigin
from relay.moderation import desk
from tests.moderation.town import Town

TEXTS = {
    "7": Quote(campaign_id=1, number="7", text="Хлеб", author="Даниил Гранин", link="https://library.example/items/7/"),
    "8": Quote(campaign_id=1, number="8", text="Письмо"),
}


def reads(**told: object) -> Clip:
    return Clip(campaign_id=1, sha256="a" * 64, video_id=1, **told)


@pytest.mark.parametrize(
    ("clip", "language", "line"),
    [
        (reads(origin=TextOrigin.family, text_author="бабушка Анна"), "ru", "из семейного архива: бабушка Анна"),
        (reads(origin=TextOrigin.family), "ru", "из семейного архива"),
        (reads(origin=TextOrigin.relative, text_author="Jeanne"), "fr", "souvenirs d’un proche\u00a0: Jeanne"),
        (reads(origin=TextOrigin.own, text_author="Анна"), "en", "own memories"),
        (reads(origin=TextOrigin.book, text_author="Ольга Берггольц"), "ru", "текст: Ольга Берггольц"),
        (reads(origin=TextOrigin.book), "ru", ""),
        (reads(quote="7", text_author="кто-то"), "ru", "текст: Даниил Гранин"),
        (reads(quote="7", origin=TextOrigin.family), "ru", "из семейного архива"),
        (reads(quote="8"), "ru", ""),
        (reads(quote="9"), "ru", ""),
        (reads(), "ru", ""),
    ],
)
def test_what_stands_beside_a_name(clip, language, line):
    assert text_lines.told_of(clip, TEXTS, language) == line


def test_a_long_link_is_told_by_its_site():
    assert text_lines.short("https://library.example/items/7/") == "library.example/items/7"
    assert text_lines.short(f"https://library.example/{'x' * 60}") == "library.example"
    assert text_lines.short("") == ""


@pytest.mark.slow
def test_only_a_film_that_wants_it_tells_it(relay):
    town = Town(relay)
    clips = [town.has_clip(name="Анна", state=ClipState.approved) for _ in range(2)]
    desk.edit(relay, clips[0], person="Анна", quote="7")
    with relay.transaction() as session:
        session.add(Quote(campaign_id=1, number="7", text="Хлеб", author="Гранин", link="https://library.example/7"))
    queries.new(relay, town.slug, "film", title="Голоса", all_approved=True)

    def told() -> tuple[dict[int, str], tuple[tuple[str, str], ...]]:
        with relay.reading() as session:
            almanac, campaign = find(session, town.slug, "film"), session.get_one(Campaign, 1)
            read = [session.get_one(Clip, clip) for clip in clips]
        lines = text_lines.of_film(relay, campaign, almanac, read)
        return lines, text_lines.authors(relay, almanac, read)

    assert told() == ({}, ())
    styles.change(relay, town.slug, "film", styles.Change(origins="shown", language="ru"), person="Борис")
    assert told() == ({clips[0]: "текст: Гранин"}, (("Гранин", "library.example/7"),))
