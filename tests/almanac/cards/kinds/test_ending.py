from __future__ import annotations

import pytest

from relay.almanac.cards.kinds.ending import EndingCard
from tests.almanac.cards.sketching import Sketches, check


@pytest.mark.slow
def test_the_ending_names_the_hashtag_the_days_and_the_music(sketches: Sketches) -> None:
    check(
        sketches,
        (
            lambda card: card.draw(EndingCard("#proryv80", "11–18 января 2023", "Г. Свиридов")),
            {
                "night 1920x1080": """
                    1920x1080 plate_ink:340x72+790+390 accent:520x18+700+496 soft:350x38+785+554 soft:283x29+819+647
                    accent:315x26+803+971
                """,
                "granite 1920x1080": """
                    1920x1080 plate_ink:403x75+144+393 accent:110x10+140+500 soft:330x40+142+549 soft:288x31+142+642
                    accent:322x27+140+971
                """,
                "paper 1080x1920": """
                    1080x1920 plate_ink:309x62+385+820 accent:136x3+472+912 plate_soft:300x33+390+953
                    plate_soft:279x26+400+1036 accent:308x24+387+1596
                """,
            },
        ),
        (
            lambda card: card.draw(EndingCard("")),
            {
                "night 1920x1080": "1920x1080 accent:520x18+700+515 accent:315x26+803+971",
                "granite 1080x1920": "1080x1920 accent:100x10+86+926 accent:290x24+86+1597",
            },
        ),
        (
            lambda card: card.draw(
                EndingCard("#proryv80", music="Г. Свиридов — «Время, вперёд!», из сюиты к одноимённому фильму")
            ),
            {
                "night 1080x1080 en": """
                    1080x1080 plate_ink:307x65+386+422 accent:468x18+306+517 soft:478x26+302+582 soft:435x27+323+614
                    accent:167x23+458+972
                """,
            },
        ),
    )
