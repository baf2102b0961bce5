from __future__ import annotations

import html

import pytest

from relay.models import Video
from relay.moderation.withdrawal import withdraw

TEXT = "Читает Мария Журавлёва из Волхова. #Луга"


@pytest.mark.slow
def test_what_the_words_say_stands_beside_the_fields(town, anna, boris, relay):
    clip = town.has_clip(text=TEXT)
    page = html.unescape(anna.sees(f"/clips/{clip}"))
    assert 'value="town:Волхов"' in page
    assert "from the post: <q>Читает Мария Журавлёва из <mark>Волхова</mark>. #Луга</q>" in page
    assert "Take all <kbd>T</kbd>" in page
    assert "suggestions" not in boris.sees(f"/clips/{clip}")
    withdraw(relay, clip, reason="asked for", person="Ольга")
    assert "suggestions" not in anna.sees(f"/clips/{clip}")


@pytest.mark.slow
def test_without_a_script_a_button_takes_one(town, anna, boris, vera):
    clip = town.has_clip(text=TEXT)
    path = f"/clips/{clip}/suggestions"
    for person, status in ((boris, 403), (vera, 401), (anna, 303)):
        assert person.sends(path, take="town:Волхов").status_code == status
    assert (town.clip(clip).name, town.clip(clip).town) == ("", "Волхов")
    assert "took what was suggested" in anna.sees(f"/clips/{clip}")


@pytest.mark.slow
def test_what_is_not_proposed_is_not_taken(town, anna):
    clip = town.has_clip(text=TEXT)
    answer = anna.sends(f"/clips/{clip}/suggestions", take="town:Тверь")
    assert answer.status_code == 400
    assert "not proposed" in answer.text
    assert anna.sends(f"/clips/{clip}/suggestions").status_code == 400
    assert town.clip(clip).town == ""


@pytest.mark.slow
def test_a_hostile_post_stays_text(town, anna):
    clip = town.has_clip(text='Читает Мария "><script>alert(1)</script> Журавлёва, г. Луга<img src=x>')
    page = anna.sees(f"/clips/{clip}")
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


@pytest.mark.slow
def test_the_description_of_the_video_is_shown_and_the_fullest_post_first(town, anna, relay):
    clip = town.has_clip(text="", title="Варежки", posts=2)
    with relay.transaction() as session:
        video = session.get_one(Video, 1)
        video.description = "Моя прабабушка шила варежки."
        session.add(video)
    page = anna.sees(f"/clips/{clip}")
    assert "Below the video" in page
    assert "Моя прабабушка шила варежки." in page
    assert ">—</p>" not in page


@pytest.mark.slow
def test_help_speaks_of_the_campaign(town, anna):
    assert "belongs to “Прорыв. Голоса памяти”" in html.unescape(anna.sees(f"/clips/{town.has_clip()}"))
