from __future__ import annotations

import pytest

from relay.almanac.cards.kinds.chapter import ChapterCard
from tests.almanac.cards.sketching import WE_DROVE, Sketches, check


@pytest.mark.slow
def test_a_chapter_has_its_number_above_and_a_sentence_below(sketches: Sketches) -> None:
    check(
        sketches,
        (
            lambda card: card.draw(ChapterCard("Дорога жизни", "Зима 1941–1942 годов", "Глава 2")),
            {
                "night 1920x1080": """
                    1920x1080 accent:109x25+906+378 plate_ink:583x81+667+454 accent:520x18+700+574 soft:401x34+759+637
                """,
                "granite 1080x1920": """
                    1080x1920 accent:98x23+88+806 plate_ink:554x78+88+871 accent:100x10+86+976 soft:350x31+87+1026
                """,
            },
        ),
        (
            lambda card: card.draw(ChapterCard("Дорога жизни")),
            {
                "paper 1920x1080": "1920x1080 plate_ink:560x81+679+475 accent:150x3+885+591",
            },
        ),
        (
            lambda card: card.draw(ChapterCard("Дорога жизни, воспоминания шофёров и регулировщиц", WE_DROVE * 9)),
            {
                "night 1920x1080": """
                    1920x1080 plate_ink:1233x81+341+314 plate_ink:1075x85+425+418 accent:520x18+700+541
                    soft:1024x29+447+602 soft:1025x29+447+642 soft:912x29+504+683 soft:1025x29+448+724
                """,
                "paper 1080x1080": """
                    1080x1080 plate_ink:530x73+273+226 plate_ink:888x78+96+314 plate_ink:601x59+240+427
                    accent:136x3+472+517 plate_soft:785x31+147+559 plate_soft:823x31+128+600 plate_soft:804x31+138+642
                    plate_soft:785x31+147+684 plate_soft:823x31+128+725 plate_soft:804x31+138+767
                    plate_soft:601x31+239+808
                """,
            },
        ),
    )


@pytest.mark.slow
def test_a_long_title_has_a_line_more_where_the_picture_stands_upright(sketches: Sketches) -> None:
    title = "Дорога жизни, зимние воспоминания шофёров, регулировщиц и путевых обходчиков станции Кобона"
    for shape, lines in (("night 1920x1080", 3), ("granite 1080x1920", 4)):
        laid = sketches.laid(shape, lambda card: card.draw(ChapterCard(title)))
        assert len([word for word in laid if word.startswith("plate_ink:")]) == lines, laid
