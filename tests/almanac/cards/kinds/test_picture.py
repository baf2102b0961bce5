from __future__ import annotations

import pytest

from relay.almanac.cards.kinds.picture import LegendCard
from tests.almanac.cards.sketching import Sketches, check


@pytest.mark.slow
def test_what_a_picture_shows_stands_on_its_shadow_or_below_it(sketches: Sketches) -> None:
    check(
        sketches,
        (
            lambda card: card.draw(LegendCard("Полуторка на льду", "ЦГАКФФД СПб", shape=(1600, 900))),
            {
                "night 1920x1080": """
                    1920x1080 #000000:1920x408+0+672 #ffffff:373x39+142+924 #e2e4e8:188x27+142+978
                """,
                "night 1080x1080": "1080x1080 plate_ink:303x33+390+780 soft:163x24+459+824",
            },
        ),
        (
            lambda card: card.draw(LegendCard("Полуторка на льду", "", shape=(1600, 900))),
            {
                "night 1920x1080": "1920x1080 #000000:1920x366+0+714 #ffffff:373x39+142+967",
                "granite 1080x1920": "1080x1920 plate_ink:318x34+382+1142",
            },
        ),
        (
            lambda card: card.draw(LegendCard("", "ЦГАКФФД СПб", shape=(1600, 900))),
            {
                "night 1920x1080": "1920x1080 #000000:1920x348+0+732 #e2e4e8:188x27+142+978",
                "granite 1080x1920": "1080x1920 soft:163x21+459+1139",
            },
        ),
        (
            lambda card: card.draw(LegendCard("Регулировщица", "ЦГАКФФД СПб", shape=(500, 1000))),
            {
                "granite 1920x1080": "1920x1080 plate_ink:295x38+813+915 soft:181x24+870+966",
                "paper 1080x1080": "1080x1080 plate_ink:268x32+407+910 plate_soft:172x24+454+953",
                "night 1080x1920": """
                    1080x1920 #000000:1080x534+0+1386 #ffffff:281x36+88+1614 #e2e4e8:169x25+88+1663
                """,
            },
        ),
    )
