from __future__ import annotations

import json

import pytest

from relay.almanac.delivery import remarks
from relay.almanac.plan import edits, queries
from relay.models import ClipState
from tests.almanac.cinema import has_version

pytestmark = pytest.mark.slow

FILM = ("proryv80", "film")
HERE = "/almanacs/proryv80/film"
ARROW = json.dumps([{"tool": "arrow", "points": [[0.1, 0.1], [0.5, 0.5]]}])


@pytest.fixture
def film(relay, town):
    for name in ("Анна", "Глеб"):
        town.has_clip(name=name, state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    has_version(relay)


def said(relay):
    return [(one.text, one.seconds, one.until, len(one.drawing)) for one in remarks.listing(relay, *FILM)]


def test_a_remark_with_a_range_and_a_drawing_is_a_mark_on_the_bar(relay, film, boris):
    answer = boris.sends(f"{HERE}/1/remarks", text="Герб", at="0:05", until="0:06", strokes=ARROW)
    assert answer.headers["location"] == f"{HERE}?version=1#remark-1"
    assert said(relay) == [("Герб", 5.0, 6.0, 1)]
    page = boris.sees(HERE)
    assert 'class="mark drawn" href="#remark-1" data-seek="5.0" data-remark="1" aria-label="0:05 Борис: Герб"' in page
    assert '<svg x="25.0%" y="18"' in page
    assert 'x="25.0%" y="9" width="5.0%"' in page
    assert 'data-at="5.0" data-until="6.0"' in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"strokes": ARROW}, "A drawing is of one moment."),
        ({"at": "1", "strokes": "[[["}, "This is no drawing."),
        ({"at": "5", "until": "4"}, "A range ends after it begins."),
        ({"at": "soon"}, "soon is no time."),
    ],
)
def test_what_can_not_be_kept_is_told(relay, film, boris, fields, words):
    answer = boris.sends(f"{HERE}/1/remarks", text="Герб", **fields)
    assert (answer.status_code, said(relay)) == (400, [])
    assert words in answer.text


def test_answers_stand_below_and_the_list_can_be_filtered(relay, film, boris, visit):
    for text in ("раз", "два"):
        boris.sends(f"{HERE}/1/remarks", text=text, at="1")
    answer = boris.sends(f"{HERE}/remarks/1/replies", text="сделано", version=1, which="open")
    assert answer.headers["location"] == f"{HERE}?version=1&remarks=open#remark-1"
    assert "сделано" in boris.sees(HERE)
    assert "A remark says something." in boris.sends(f"{HERE}/remarks/1/replies", text=" ", version=1).text
    assert boris.sends(f"{HERE}/remarks/9/replies", text="x").status_code == 404
    answer = boris.sends(f"{HERE}/remarks/1", done="true", version=1, which="open")
    assert answer.headers["location"] == f"{HERE}?version=1&remarks=open#remark-1"
    shown = {which: boris.sees(f"{HERE}?remarks={which}") for which in ("all", "open", "done")}
    assert {which: ('id="remark-1"' in page, 'id="remark-2"' in page) for which, page in shown.items()} == {
        "all": (True, True),
        "open": (False, True),
        "done": (True, False),
    }
    assert "Done: Борис, 12 January" in shown["done"]
    boris.sends(f"{HERE}/remarks/1", version=1)
    assert "Opened again: Борис, 12 January" in boris.sees(HERE)
    assert boris.get(f"{HERE}?remarks=some").status_code == 400


def test_a_viewer_reads_and_writes_nothing(relay, film, boris, visit):
    boris.sends(f"{HERE}/1/remarks", text="Герб", at="1")
    pavel = visit("pavel")
    page = pavel.sees(HERE)
    assert "Герб" in page
    for form in ("/1/remarks", "/replies", 'name="done"', "/sign-offs"):
        assert f'action="{HERE}{form}' not in page
    for path, fields in (("/1/remarks", {"text": "x"}), ("/remarks/1/replies", {"text": "x"}), ("/remarks/1", {})):
        assert pavel.sends(f"{HERE}{path}", **fields).status_code == 403


def test_remarks_go_on_to_the_next_version(relay, film, boris):
    boris.sends(f"{HERE}/1/remarks", text="Глебу тише", at="12")
    boris.sends(f"{HERE}/1/remarks", text="Анну видно плохо", at="2")
    edits.leave_out(relay, *FILM, 1, reason="", person="Борис")
    has_version(relay, number=2)
    page = " ".join(boris.sees(HERE).split())
    assert "made in version 1" in page
    assert 'data-at="2.0" data-until="2.0"' in page
    assert page.count('class="mark"') == 1
    assert "Not in this version any more." in page
    assert f'<a class="moment" href="{HERE}?version=1#remark-2">0:02 · version 1</a>' in page


def test_hostile_words_stay_words(relay, film, boris):
    boris.sends(f"{HERE}/1/remarks", text='"><script>x</script>', at="1")
    page = boris.sees(HERE)
    assert "<script>x" not in page
    assert "&#34;&gt;&lt;script&gt;" in page
