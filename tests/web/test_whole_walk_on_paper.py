"""The walk from an empty data folder to a signed film by links and forms alone: every step has a page without a script.

Captions have forms of their own, and tests beside those.
"""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from relay.bootstrap import wall_clock
from tests.web.paper import Paper
from tests.web.whole_walk import NAMES, Luggage, Started, neighbourhood, packed, started, waiting

pytestmark = [pytest.mark.media, pytest.mark.slow]

PASSWORD = "a password of one's own"
PEOPLE = 3


def comes_in(person: Paper, link: str) -> None:
    person.opens(link)
    person.sends("Save and sign in", password=PASSWORD, again=PASSWORD)


def organizer(olga: Paper, installed: Started) -> tuple[str, str]:
    """Returns the links of a moderator and of an editor."""
    olga.opens("/")
    olga.sends("Sign in", login="organizer", password=installed.password)
    olga.follows("Organizer")
    olga.sends("Save", name="Ольга Организатор")
    olga.follows("Campaigns")
    olga.follows("New campaign")
    olga.sends("Go on", title="Голоса памяти", hashtags="#proryv80", language="ru")
    olga.sends("Go on", slug="proryv80")
    opens, closes = wall_clock() - timedelta(days=1), wall_clock() + timedelta(days=5)
    olga.sends("Go on", opens=f"{opens:%d.%m.%Y}", closes=f"{closes:%d.%m.%Y}")
    olga.sends("Go on", sources="https://vk.com/tosno, Тосненский\nvk:tag")
    olga.sends("Test it and keep it", token=installed.token)
    olga.sends("Go on")
    olga.sends("Go on", moderators="Анна Модератор")
    olga.sends("Try it")
    assert "What would have been found" in olga.text
    olga.sends("Make the campaign")
    moderator = next(str(one["value"]) for one in olga.page.select("input[readonly]"))
    olga.follows("People")
    olga.sends(
        "Invite", name="Борис Монтажёр", login="boris", role="editor", language="en", mail="boris@library.example"
    )
    return moderator, installed.link_to("boris@library.example")


def moderator(anna: Paper) -> None:
    done = 0
    for _ in waiting():
        anna.opens("/")
        anna.follows("Look at" if "Look at" in anna.text else "The queue is empty")
        while "/clips/" in anna.url and done < PEOPLE:
            anna.sends("Take all")
            anna.sends("Approve")
            done += 1
        if done == PEOPLE:
            return
    raise TimeoutError(done)


def editor(boris: Paper, luggage: Luggage) -> None:
    boris.opens("/")
    boris.follows("Material")
    boris.follows("Archive pictures")
    boris.sends("Add the picture", {"file": luggage.picture}, source="ЦГАКФФД, Ар 145112", title="Ладога")
    boris.follows("Music")
    boris.sends("Add the music", {"file": luggage.music}, title="Тихая мелодия", cleared="CC0 1.0")
    boris.follows("Organizers and partners")
    boris.sends("Add the emblem", {"file": luggage.emblem}, name="Комитет", role="Организаторы")
    boris.follows("New film")
    boris.follows("Three-minute almanac")
    boris.sends("Create the film", title="Голоса памяти", name="film", order="district", chapters="district", score="")
    boris.follows("Cards")
    boris.follows("Quote")
    boris.sends("Add the card", text="Мы знали, что нас не забыли.", author="Из дневника")
    boris.follows("Archive picture")
    boris.sends("Add the card")
    boris.follows("Look and sound")
    music = str(boris.page.select("select[name=music] option")[1]["value"])
    boris.sends("Save the look", theme="paper", size="720", transition="dissolve", music=music)
    boris.follows("Credits")
    boris.sends("Others in this film")
    boris.sends("Those of the campaign again")
    boris.follows("Editing")
    boris.sends("Later")
    boris.sends("Undo")
    boris.sends("Preview")
    boris.waits_for("The preview is ready.")
    boris.sends("Make the film")
    boris.waits_for("Version 1 is ready.")
    boris.follows("Version 1 is ready.")
    boris.sends("Take it as the poster", at="0:01.50")
    boris.sends("Write it down", text="Музыка чуть тише", at="0:02")


def test_every_step_to_a_signed_film_has_a_form(tmp_path: Path) -> None:
    luggage = packed(tmp_path / "files")
    with (
        started(neighbourhood(tmp_path / "residents", PEOPLE), tmp_path / "relay") as installed,
        Paper(installed.url) as olga,
        Paper(installed.url) as anna,
        Paper(installed.url) as boris,
    ):
        first, second = organizer(olga, installed)
        comes_in(anna, first)
        moderator(anna)
        comes_in(boris, second)
        editor(boris, luggage)
        boris.sends("Make a link", to="К. А. Веденеев", position="глава", mail="vedeneev@district.example")
        assert "The link for the sign-off" in boris.text

        with Paper(installed.url) as official:
            official.opens(installed.link_to("vedeneev@district.example"))
            assert all(name in official.text for name in NAMES[:PEOPLE])
            official.sends("Write it down", text="Название деревни", at="0:01")
            official.sends("I agree with version 1")
            assert "Agreed" in official.text

        boris.opens("/")
        boris.follows("Films")
        boris.follows("Голоса памяти")
        assert "agreed" in boris.text
        assert boris.bytes_behind("Download")[4:8] == b"ftyp"
        boris.follows("Export")
        boris.sends("Make the export", to="folder")
        boris.waits_for("The export is ready.")
        with zipfile.ZipFile(io.BytesIO(boris.bytes_behind("Download"))) as export:
            assert export.testzip() is None
