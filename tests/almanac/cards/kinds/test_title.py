from __future__ import annotations

import pytest

from relay.almanac.cards.kinds.title import TitleCard
from tests.almanac.cards.sketching import Sketches, check


@pytest.mark.slow
def test_the_title_stands_a_little_above_the_middle_with_what_belongs_to_it(sketches: Sketches) -> None:
    check(
        sketches,
        (
            lambda card: card.draw(TitleCard("Голоса памяти", "январь 1943", "#proryv80")),
            {
                "night 1920x1080": """
                    1920x1080 accent:159x34+881+367 accent:520x18+700+427 plate_ink:711x76+605+507 soft:227x38+846+650
                """,
                "granite 1920x1080": """
                    1920x1080 accent:181x36+142+363 plate_ink:871x89+148+449 accent:110x10+140+601 soft:226x40+141+652
                """,
                "paper 1080x1920": """
                    1080x1920 accent:153x30+463+799 accent:136x3+472+852 plate_ink:609x65+236+912
                    plate_soft:201x33+439+1038
                """,
            },
        ),
        (
            lambda card: card.draw(TitleCard("Прорыв")),
            {
                "night 1920x1080": "1920x1080 plate_ink:382x96+771+487",
                "granite 1080x1080": "1080x1080 plate_ink:416x104+93+462 accent:100x10+86+598",
            },
        ),
        (
            lambda card: card.draw(TitleCard("Прорыв", "январь 1943")),
            {
                "night 1920x1080": """
                    1920x1080 accent:520x18+700+392 plate_ink:382x96+771+473 soft:227x38+846+615
                """,
            },
        ),
        (
            lambda card: card.draw(TitleCard("Прорыв", above="#proryv80")),
            {
                "paper 1920x1080": """
                    1920x1080 accent:166x33+876+418 accent:150x3+885+477 plate_ink:359x96+781+543
                """,
            },
        ),
        (
            lambda card: card.draw(TitleCard("Голоса памяти жителей Ленинградской области о прорыве блокады в январе")),
            {
                "night 1920x1080": """
                    1920x1080 plate_ink:1160x79+381+357 plate_ink:1174x101+371+482 plate_ink:1434x101+243+609
                """,
                "granite 1080x1920": """
                    1080x1920 plate_ink:680x70+92+661 plate_ink:406x74+86+764 plate_ink:736x95+87+870
                    plate_ink:895x92+89+980 plate_ink:833x92+89+1087 accent:100x10+86+1211
                """,
            },
        ),
    )
