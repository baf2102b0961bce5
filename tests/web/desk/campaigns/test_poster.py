from __future__ import annotations

import io
import re

import pytest

from relay.collect.leading import settings
from relay.intake.hand_in import hand_ins
from relay.web.desk.campaigns.poster import qr

pytestmark = pytest.mark.slow

HERE = "/campaigns/proryv80/poster"


def test_the_sheet_speaks_the_campaigns_language_and_leads_to_the_page(relay, town, olga):
    settings.change(relay, "proryv80", {"introduction": "Читаем письма.", "contact": "Библиотека"},
                    settings.shown(relay, "proryv80"), person="Ольга")  # fmt: skip
    relay.settings.public_url = "https://relay.example.org/"
    page = olga.sees(HERE)
    sheet = page[page.index("<article") : page.index("</article>")]
    for words in ("Прорыв. Голоса памяти", "#proryv80", "Читаем письма.", "Передайте своё видео", "Библиотека"):
        assert words in sheet
    assert ">relay.example.org/take-part/proryv80<" in sheet, "short enough to be typed"
    assert "is not open now" in page
    hand_ins.switch(relay, "proryv80", is_open=True, person="Ольга")
    assert "is not open now" not in olga.sees(HERE)
    assert "Telephones can" not in olga.sees(HERE)
    relay.settings.public_url = "http://127.0.0.1:8000"
    assert "Telephones can" in olga.sees(HERE)


def test_a_telephone_reads_the_code() -> None:
    zxing = pytest.importorskip("zxingcpp")
    import segno
    from PIL import Image

    address = "https://relay.example.org/take-part/proryv80"
    picture = io.BytesIO()
    segno.make(address, error="q", micro=False).save(picture, kind="png", scale=4, border=4)
    assert zxing.read_barcode(Image.open(picture).convert("L")).text == address
    drawn = str(qr(address))
    assert drawn.startswith("<svg")
    assert not re.search(r"style=|<script|href=", drawn), "nothing that the page's policy forbids"
