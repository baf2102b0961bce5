"""Pages in Russian hold no English sentence: neither one that nobody translated nor one that was filled with it."""

from __future__ import annotations

import html
import re

import pytest
from jinja2 import DictLoader
from sqlmodel import select

from relay.alerts import raise_alert
from relay.language.sentence import filled
from relay.models import Almanac, Clip, ClipState, Event, Render, Segment, Source, SourceState, Sweep, Video
from relay.web import page
from tests.moderation.town import OPENS
from tests.web.test_access import REQUESTS

ENGLISH = re.compile(r"[A-Za-z][a-z']+(?:[ ,]+[a-z][a-z']*)+")
"""Two words in a row of which the second is small: names of programs and files are single or capitalised."""
NOT_TEXT = re.compile(r"<(script|style|svg|code|kbd)\b.*?</\1>|<!--.*?-->", re.DOTALL)
SPOKEN_ATTRIBUTES = re.compile(r'\b(?:title|aria-label|placeholder|alt|data-(?:text|say|title))="([^"]*)"')
COMMANDS = re.compile(r"\brelay (?:[a-z-]+ ?)+|\bpip install \S+|(?:\b\w+\b )?--[a-z-]+")
LITTLE_ROOM = filled("Only {free:.1f} GB are free, Relay keeps {min_free_gb:g}.", free=1.5, min_free_gb=2)
PAGES = [path for method, path, _ in REQUESTS.values() if method == "GET" and "{" not in path and "." not in path]


def english(text: str) -> list[str]:
    """What a person reads on a page of it, in runs of English words."""
    seen = NOT_TEXT.sub(" ", text)
    told = [*SPOKEN_ATTRIBUTES.findall(seen), *re.sub(r"<[^>]*>", "\n", seen).split("\n")]
    return [found for line in told for found in ENGLISH.findall(COMMANDS.sub(" ", html.unescape(line)))]


@pytest.fixture
def busy(relay, town, poster):
    """A campaign in which everything that is told in words has happened."""
    relay_now = relay.now()
    clip = town.has_clip(poster=poster(), name="Анна Петрова", town="Тосно", state=ClipState.approved)
    waiting = town.has_clip(name="Иван", state=ClipState.awaiting)
    town.has_clip(state=ClipState.rejected)
    with relay.transaction() as session:
        for number in (clip, waiting):
            row = session.get_one(Clip, number)
            row.reason = "VK took too long."
            session.add(row)
        for state, reason in (("attention", "The community is closed."), ("paused", ""), ("gone", "VK took too long.")):
            source = Source(
                campaign_id=town.campaign_id, address=f"vk:{state}", network="vk", owner_id=f"-{len(state)}",
                title="Город", state=SourceState(state), reason=reason, created_at=OPENS, next_sweep_at=relay_now,
            )  # fmt: skip
            session.add(source)
            session.flush()
            session.add(
                Sweep(
                    source_id=source.id, started_at=OPENS, finished_at=OPENS, covers_from=OPENS, covers_to=OPENS,
                    complete=False, fault="VK took too long.",
                )
            )  # fmt: skip
        video = session.exec(select(Video)).first()
        video.reason = LITTLE_ROOM
        almanac = Almanac(campaign_id=town.campaign_id, name="film", title="Голоса", created_at=relay_now)
        session.add_all([video, almanac])
        session.flush()
        session.add(Segment(almanac_id=almanac.id, clip_id=clip, position=0))
        for number in (1, 2):
            session.add(
                Render(
                    almanac_id=almanac.id, version=number, file="f.mp4", manifest="f.json", frames=100, fps=25,
                    sha256="0" * 64, loudness=-23.0, shots_encoded=1, shots_reused=0, seconds=1.0, at=relay_now,
                )
            )  # fmt: skip
        for what in ("made", "edited", "consent", "captioned", "seen again", "post edited", "shots failed"):
            session.add(Event(at=relay_now, subject="clip", subject_id=clip, what=what, person="Ольга", details={}))
        raise_alert(session, "disk", LITTLE_ROOM, relay_now)
    return clip


QUICK = {"/", "/clips/1", "/health", "/almanacs/proryv80/film/plan"}
"""Pages whose sentences are filled in most; the others are seen by the whole suite."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", [path if path in QUICK else pytest.param(path, marks=pytest.mark.slow) for path in PAGES]
)
def test_a_page_in_russian_has_no_english_in_it(busy, visit, path):
    olga = visit("olga")
    olga.remembers("relay-language", "ru")
    response = olga.get(path)
    assert english(response.text) == [], path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<p>Клип awaiting a decision</p>", ["awaiting a decision"]),
        ('<i title="the wall is closed">Стена</i>', ["the wall is closed"]),
        ("<p>ВКонтакте: no such user</p>", ["no such user"]),
        ("<p>Выполните <code>pip install x</code> или relay source check p</p>", []),
        ("<p>Relay читает YouTube и RuTube, файл WebVTT</p><script>let a = the best of all</script>", []),
    ],
)
def test_the_finder_finds_half_english_sentences(text, found):
    assert english(text) == found


@pytest.mark.slow
def test_twin_a_sentence_that_nobody_translated_is_found(busy, visit, monkeypatch):
    ours = page.environment("ru")
    spoilt = ours.overlay(loader=DictLoader({"sign_in.html": "<p>{{ _('Nobody has translated this.') }}</p>"}))
    monkeypatch.setattr(page, "environment", lambda _language: spoilt)
    stranger = visit("vera")
    stranger.remembers("relay-language", "ru")
    assert english(stranger.get("/sign-in").text) == ["Nobody has translated this"]
