from __future__ import annotations

import pytest

from relay.almanac.assets import backers, cards, emblems, music, pictures, quotes, styles, usage
from relay.almanac.assets.backers import CreditEntry
from relay.almanac.assets.styles import Change
from relay.almanac.assets.usage import FilmUse
from relay.almanac.hearing import answers, proposals
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Clip, Picture
from tests.almanac.assets.film import FILM, has_emblem, has_film, has_music, has_picture
from tests.almanac.hearing.said import BREAD, RADIO, heard
from tests.moderation.town import OPENS, Town

SLUG = "proryv80"
USE = FilmUse("film", "Голоса памяти")


def test_what_a_film_needs_is_not_thrown_away_and_the_film_is_named(relay: Relay):
    has_film(relay)
    picture, track, emblem = has_picture(relay), has_music(relay), has_emblem(relay)
    quotes.add(relay, SLUG, "Мы выстоим.")
    made = [
        cards.add(relay, *FILM, "picture", words={}, picture=picture, person="b"),
        cards.add(relay, *FILM, "quote", words={}, quote="1", person="b"),
    ]
    styles.change(relay, *FILM, Change(music=str(track)), person="b")
    backers.set_film(relay, *FILM, [CreditEntry("Партнёры", "", emblem)], person="b")
    uses = usage.of_campaign(relay, SLUG)
    assert (uses.pictures, uses.music, uses.quotes, uses.emblems) == (
        *({picture: [USE]}, {track: [USE]}, {"1": [USE]}, {emblem: [USE]}),
    )
    removals = (
        lambda: pictures.remove(relay, SLUG, picture, person="b"),
        lambda: music.remove(relay, SLUG, track, person="b"),
        lambda: quotes.remove(relay, SLUG, "1", person="b"),
        lambda: emblems.remove(relay, SLUG, emblem, person="b"),
    )
    for remove in removals:
        with pytest.raises(Refused, match=r"^This is in these films: “Голоса памяти” \(film\)\."):
            remove()
    for card in made:
        cards.remove(relay, *FILM, card.id, person="b")
    styles.change(relay, *FILM, Change(music="none"), person="b")
    backers.set_film(relay, *FILM, None, person="b")
    for remove in removals:
        remove()
    assert list(relay.media.list()) == []
    assert [pictures.listing(relay, SLUG), music.listing(relay, SLUG), quotes.listing(relay, SLUG)] == [[], [], []]


@pytest.mark.slow
def test_a_text_that_clips_read_stays(relay: Relay):
    clip, *_ = has_film(relay)
    quotes.add(relay, SLUG, "Мы выстоим.", number="7")
    with relay.transaction() as session:
        session.get_one(Clip, clip).quote = "7"
    assert usage.of_campaign(relay, SLUG).readers == {"7": 1}
    for deed in (
        lambda: quotes.remove(relay, SLUG, "7", person="b"),
        lambda: quotes.edit(relay, SLUG, 1, "Мы выстоим!", number="8", person="b"),
    ):
        with pytest.raises(Refused, match=r"^Clips that read the text 7: 1\."):
            deed()
    quotes.edit(relay, SLUG, 1, "Мы выстоим!", number="7", person="b")
    assert [(one.number, one.text) for one in quotes.listing(relay, SLUG)] == [("7", "Мы выстоим!")]


@pytest.mark.slow
def test_a_text_stays_that_is_only_the_second_one_of_a_clip(relay: Relay):
    pytest.importorskip("rapidfuzz", reason="texts are recognised with an extra: pip install 'hashtag-relay[speech]'")
    town = Town(relay)
    quotes.add(relay, SLUG, BREAD, number="7")
    quotes.add(relay, SLUG, RADIO, number="8")
    clip = town.has_clip()
    heard(town, clip, f"{BREAD} и ещё вот что {RADIO}")
    proposals.renew(relay, clip)
    quotes_read = [answers.confirm(relay, clip, place, person="anna").quote for place in (0, 1)]
    assert (quotes_read, usage.of_campaign(relay, SLUG).readers) == (["7", "7"], {"7": 1, "8": 1})
    with pytest.raises(Refused, match=r"^Clips that read the text 8: 1\."):
        quotes.remove(relay, SLUG, "8", person="b")


@pytest.mark.slow
def test_an_emblem_of_the_campaigns_lines_stays(relay: Relay):
    has_film(relay)
    emblem = has_emblem(relay)
    backers.set_campaign(relay, SLUG, [CreditEntry("Партнёры", "", emblem)], person="b")
    with pytest.raises(Refused, match=r"^This emblem stands in the campaign's credits\."):
        emblems.remove(relay, SLUG, emblem, person="b")


@pytest.mark.slow
def test_a_file_that_another_campaign_has_too_stays(relay: Relay):
    has_film(relay)
    number = has_picture(relay)
    other = Town(relay, "other")
    with relay.transaction() as session:
        there = session.get_one(Picture, number)
        session.add(
            Picture(
                campaign_id=other.campaign_id, sha256=there.sha256, source="x", width=1, height=1, person="b", at=OPENS
            )
        )
    with pytest.raises(NotFound):
        pictures.remove(relay, "other", number, person="b")
    pictures.remove(relay, SLUG, number, person="b")
    assert len(list(relay.media.list())) == 1
    pictures.remove(relay, "other", 2, person="b")
    assert list(relay.media.list()) == []


@pytest.mark.slow
def test_words_of_material_are_corrected(relay: Relay):
    has_film(relay)
    picture, track = has_picture(relay), has_music(relay)
    pictures.edit(relay, SLUG, picture, source=" РГАКФД ", title="Лёд", person="b")
    music.edit(relay, SLUG, track, title="Ладога", author="Оркестр", cleared="Договор 14", person="b")
    assert [(one.source, one.title) for one in pictures.listing(relay, SLUG)] == [("РГАКФД", "Лёд")]
    assert [(one.author, one.cleared) for one in music.listing(relay, SLUG)] == [("Оркестр", "Договор 14")]
    with pytest.raises(Refused, match=r"^A picture needs the line that says where it is from\."):
        pictures.edit(relay, SLUG, picture, source=" ", person="b")
    with pytest.raises(Refused, match=r"^Music is taken only with the licence or agreement that allows it\."):
        music.edit(relay, SLUG, track, title="x", author="", cleared="", person="b")
