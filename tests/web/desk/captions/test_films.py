from __future__ import annotations

import pytest

from relay.almanac.captions import editing
from relay.almanac.captions.editing import TypedCue
from relay.almanac.plan import queries
from relay.models import ClipState

pytestmark = pytest.mark.slow
PAGE = "/almanacs/proryv80/film/captions"


@pytest.fixture
def film(relay, town):
    clips = [town.has_clip(name=name, state=ClipState.approved) for name in ("Анна", "Глеб")]
    queries.new(relay, town.slug, "film", all_approved=True)
    said = [TypedCue("1", "3", "Мы ехали."), TypedCue("3", "3.5", "Да.")]
    editing.save(relay, clips[0], said, language="ru", person="Борис")
    return clips


def test_an_editor_sees_which_clips_lack_captions_and_where_there_is_a_doubt(boris, film):
    page = boris.sees(PAGE)
    assert f'href="/clips/{film[0]}/captions?code=ru&amp;film=film"' in page
    assert "1 of 2 clips" in page
    assert "1 caption is doubtful" in page
    assert 'href="/almanacs/proryv80/film/captions" aria-current="page"' in page


@pytest.mark.parametrize(("query", "names"), [("lacking", ["Глеб"]), ("doubtful", ["Анна"]), ("", ["Анна", "Глеб"])])
def test_the_list_can_be_narrowed(boris, film, query, names):
    for code in ("", "&code=ru"):
        page = boris.sees(f"{PAGE}?only={query}{code}")
        assert [name for name in ("Анна", "Глеб") if f"<bdi>{name}</bdi>" in page] == names


def test_who_only_looks_is_not_asked_to_write(visit, film):
    assert "write them" not in visit("pavel").sees(PAGE)
