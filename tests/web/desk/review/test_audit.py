from __future__ import annotations

import pytest

from relay.models import ClipState, Verdict
from relay.moderation import desk
from relay.web.desk.review import audit

pytestmark = pytest.mark.slow


@pytest.fixture
def decided(relay, town):
    clips = [town.has_clip(name=f"Ольга {number}") for number in range(3)]
    for clip in clips:
        desk.decide(relay, clip, Verdict.reject, person="Анна", seen=ClipState.awaiting, reason="offensive")
    return clips


def test_the_record_a_page_at_a_time(decided, visit, monkeypatch):
    monkeypatch.setattr(audit, "PAGE", 2)
    olga = visit("olga")
    page = olga.sees("/audit?person=Анна")
    assert "Ольга 2" in page and "Ольга 0" not in page and "Offensive" in page
    following = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "Ольга 0" in olga.sees(following)
    assert "Ольга 0" in olga.sees(f"/audit?clip=№+{decided[0]}")
    assert "Nobody did anything like this." in olga.sees("/audit?until=2001-01-01")
    assert olga.sees("/audit?since=yesterday&clip=x")
    assert olga.get("/audit?after=x").status_code == 400


def test_the_table_and_the_pace(decided, visit):
    olga = visit("olga")
    response = olga.get("/audit.csv?campaign=proryv80&kind=reject")
    assert response.content.startswith(b"\xef\xbb\xbfat,campaign,person")
    assert response.headers["content-disposition"] == 'attachment; filename="record.csv"'
    assert len(response.text.splitlines()) == 4
    assert ",rejected,Clip," in response.text
    assert olga.get("/audit.csv?campaign=nowhere").status_code == 404
    assert "Анна" in olga.sees("/audit/pace?campaign=proryv80")
