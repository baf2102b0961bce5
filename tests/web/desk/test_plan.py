from __future__ import annotations

import json
import re
import threading

import pytest
from sqlalchemy import event

from relay.almanac.delivery import render
from relay.almanac.plan import editor_view, edits, queries
from relay.errors import Refused
from relay.models import ClipState
from relay.moderation import desk, withdrawal
from relay.web.background.render_jobs import RenderJobs
from scripts import bench_editing
from tests.almanac.cinema import has_version
from tests.almanac.fonts import only_ours
from tests.heard_rows import hearing, keeps

FILM = ("proryv80", "film")
PLAN = "/almanacs/proryv80/film/plan"


@pytest.fixture
def clips(relay, town, poster):
    """Three clips in a film."""
    found = [
        town.has_clip(name=name, town="Мга", poster=poster(), state=ClipState.approved, duration=10)
        for name in ("Анна", "Глеб", "Дина")
    ]
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    return found


def order(relay):
    return [segment.clip for segment in queries.show(relay, *FILM).segments]


def segment(relay, clip):
    return next(one for one in queries.show(relay, *FILM).segments if one.clip == clip)


def version(relay):
    return queries.show(relay, *FILM).version


def wish(relay, person, deed, /, **fields):
    return person.sends(f"{PLAN}/{deed}", **{"seen": version(relay), **fields})


@pytest.mark.slow
def test_the_editor_sees_the_film_and_one_clip_on_the_table(clips, boris, anna):
    page = boris.sees(f"{PLAN}?clip={clips[1]}")
    assert [int(clip) for clip in re.findall(r'data-clip="(\d+)"', page)] == clips
    assert "2 of 3" in page
    assert f'action="{PLAN}/leave-out"' in page
    assert f'action="{PLAN}/leave-out"' not in anna.sees(PLAN)  # a moderator looks on


@pytest.mark.slow
def test_every_deed_has_its_form(relay, clips, boris):
    first, second, third = clips
    assert wish(relay, boris, "place", clip=third, before=first).headers["location"] == f"{PLAN}?clip={third}"
    wish(relay, boris, "trim", clip=second, first="1,5", last="0:04")
    wish(relay, boris, "retitle", clip=first, who="Анна Щ.", town="Мга", own_name="Анна", own_town="Мга")
    assert order(relay) == [third, first, second]
    assert (segment(relay, second).start, segment(relay, second).end) == (1.52, 4.0)
    assert (segment(relay, first).name, segment(relay, first).by_hand) == ("Анна Щ.", ["name"])
    wish(relay, boris, "whole", clip=second)
    wish(relay, boris, "pin", clip=second, where="opening")
    assert order(relay) == [second, third, first]
    assert wish(relay, boris, "leave-out", clip=third, reason="тихо").headers["location"] == f"{PLAN}?clip={first}"
    assert "тихо" in boris.sees(f"{PLAN}?panel=left-out")
    wish(relay, boris, "bring-back", clip=third)
    wish(relay, boris, "undo")
    wish(relay, boris, "undo")
    assert order(relay) == [second, third, first]


@pytest.mark.slow
def test_rules_are_set_proposed_and_followed(relay, clips, boris):
    answer = boris.sends("/almanacs/proryv80/film/rules", seen=version(relay), order="best", longest="5")
    assert answer.headers["location"] == f"{PLAN}?panel=proposals#panel"
    assert queries.show(relay, *FILM).rules == {"clips": "approved", "order": "best", "longest": "5"}
    page = boris.sees(f"{PLAN}?panel=proposals")
    assert "Take out: Анна" in page
    assert "It is shorter or longer than the rules allow." in page
    wish(relay, boris, "accept", clip=clips[0])
    assert order(relay) == clips[1:]
    wish(relay, boris, "accept-all")
    assert order(relay) == []
    answer = boris.sends("/almanacs/proryv80/film/rules", seen=version(relay), longest="soon")
    assert answer.status_code == 400
    assert "“A clip lasts at most” can&#39;t be “soon”." in answer.text


@pytest.mark.slow
def test_a_film_of_texts_of_some_origins(relay, clips, boris):
    desk.edit(relay, clips[1], person="Анна", origin="own")
    boris.sends("/almanacs/proryv80/film/rules", seen=version(relay), origin=["family", "own"])
    assert queries.show(relay, *FILM).rules == {"clips": "approved", "origin": "family, own"}
    page = boris.sees(f"{PLAN}?panel=proposals")
    assert "Its text is not from where the rules want." in page
    for origin, ticked in (("family", True), ("own", True), ("book", False), ("relative", False)):
        assert (f'name="origin" value="{origin}" checked' in page) is ticked
    wish(relay, boris, "accept-all")
    assert order(relay) == [clips[1]]


@pytest.mark.slow
def test_the_second_editor_gets_a_sentence_and_the_plan_as_it_is(relay, clips, boris, olga):
    seen = version(relay)
    wish(relay, boris, "place", clip=clips[2], before=clips[0], seen=seen)
    answer = wish(relay, olga, "leave-out", clip=clips[2], seen=seen)
    assert answer.status_code == 409
    assert "Борис changed this plan while you had it open." in answer.text
    assert f'data-version="{version(relay)}"' in answer.text
    assert order(relay) == [clips[2], *clips[:2]]


@pytest.mark.slow
def test_a_form_without_the_token_of_the_plan_changes_nothing(relay, clips, boris):
    assert wish(relay, boris, "leave-out", clip=clips[0], seen="").status_code == 409
    assert order(relay) == clips


@pytest.mark.slow
@pytest.mark.parametrize(
    ("deed", "fields", "status"),
    [
        ("trim", {"first": "soon"}, 400),
        ("trim", {"first": "9", "last": "3"}, 400),
        ("place", {"clip": 99}, 400),
        ("burn", {}, 404),
        ("pin", {"where": "middle"}, 400),
        ("place", {"clip": -1}, 400),
    ],
)
def test_what_makes_no_sense_is_told_and_changes_nothing(relay, clips, boris, deed, fields, status):
    assert wish(relay, boris, deed, **{"clip": clips[0], **fields}).status_code == status
    assert order(relay) == clips


@pytest.mark.slow
def test_a_strangers_words_are_no_markup(relay, clips, boris):
    edits.retitle(relay, *FILM, clips[0], who="<b>Анна</b>", town='"><script>', person="Борис")
    page = boris.sees(f"{PLAN}?clip={clips[0]}")
    assert "<b>Анна</b>" not in page
    assert "<script>" not in page


@pytest.mark.slow
def test_what_was_typed_stays_when_somebody_else_was_quicker(relay, clips, boris, olga):
    seen = version(relay)
    wish(relay, olga, "place", clip=clips[2], before=clips[0], seen=seen)
    typed = {"who": "Анна <Щ.>", "town": "Луга", "own_name": "Анна", "own_town": "Мга"}
    answer = wish(relay, boris, "retitle", clip=clips[0], seen=seen, **typed)
    assert answer.status_code == 409
    assert 'name="who" value="Анна &lt;Щ.&gt;"' in answer.text
    assert 'name="town" value="Луга"' in answer.text
    assert (
        'value="слишком тихо"' in wish(relay, boris, "leave-out", clip=clips[0], seen=seen, reason="слишком тихо").text
    )
    assert 'name="first" value="2.5"' in wish(relay, boris, "trim", clip=clips[0], seen=seen, first="2.5").text


@pytest.mark.slow
def test_the_panel_that_was_open_is_open_again(relay, clips, boris):
    where = {"panel": "tray", "page": "1", "q": "Мга"}
    wish(relay, boris, "leave-out", clip=clips[1])
    answer = wish(relay, boris, "place", clip=clips[1], showing=clips[0], **where)
    assert answer.headers["location"] == f"{PLAN}?clip={clips[0]}&panel=tray&q=%D0%9C%D0%B3%D0%B0"
    assert 'data-open="tray"' in boris.sees(answer.headers["location"])
    assert boris.get(f"{PLAN}?panel=cupboard").status_code == 400


@pytest.mark.slow
def test_a_step_of_the_history_is_gone_back_to(relay, clips, boris, anna):
    wish(relay, boris, "place", clip=clips[2], before=clips[0])
    wish(relay, boris, "leave-out", clip=clips[1])
    page = boris.sees(f"{PLAN}?panel=history")
    assert "A clip was left out: Глеб" in page
    steps = [int(step) for step in re.findall(r'name="step" value="(\d+)"', page)]
    assert 'name="step"' not in anna.sees(f"{PLAN}?panel=history"), "who may not edit looks on"
    wish(relay, boris, "back-to", step=steps[-1])
    assert order(relay) == clips


@pytest.mark.slow
def test_places_are_marked_listed_and_let_go(relay, clips, boris):
    wish(relay, boris, "mark", clip=clips[1], where="0:02,5", text="<b>смеётся</b>")
    page = boris.sees(f"{PLAN}?panel=markers")
    assert 'data-at="2.52"' in page or 'data-at="2.48"' in page
    assert "&lt;b&gt;смеётся&lt;/b&gt;" in page
    assert wish(relay, boris, "mark", clip=clips[1], where="99").status_code == 400
    (number,) = re.findall(r'name="step" value="(\d+)"', page)
    wish(relay, boris, "unmark", step=number)
    assert "data-at=" not in boris.sees(PLAN)
    assert wish(relay, boris, "unmark", step=number).status_code == 404


@pytest.fixture
def asked(relay):
    """Statements that the database is asked."""
    found = []

    def note(_connection, _cursor, statement, *_rest):
        found.append(statement)

    event.listen(relay.store.engine, "before_cursor_execute", note)
    yield found
    event.remove(relay.store.engine, "before_cursor_execute", note)


@pytest.mark.slow
def test_the_page_of_a_long_film_is_light(relay, town, boris, asked):
    """Measured in bytes and statements: what it costs in CPU is told by `scripts/bench editing`."""

    def page(slug: str, segments: int, clips: range) -> tuple[int, int]:
        bench_editing.add_rows(relay, clips, segments, slug)
        asked.clear()
        text = boris.sees(f"/almanacs/{slug}/film/plan")
        assert text.count("data-clip=") == min(segments, editor_view.PART)
        return len(text.encode()), len(asked)

    (small, few), (large, many) = page("short", 300, range(2000, 2400)), page("large", 300, range(5000, 6200))
    assert large < 200_000
    assert large - small < 2_000, "clips outside the film make the page no longer"
    assert many <= few + 2, "nor do they cost a question more"
    assert many < 40


@pytest.mark.slow
def test_a_film_longer_than_a_part_is_walked_through_part_by_part(relay, clips, boris, monkeypatch):
    monkeypatch.setattr(editor_view, "PART", 2)
    shown = {clip: boris.sees(f"{PLAN}?clip={clip}") for clip in clips}
    there = [[int(one) for one in re.findall(r'<li data-clip="(\d+)"', page)] for page in shown.values()]
    assert there == [clips[:2], clips[:2], clips[2:]]
    first, middle, last = shown.values()
    assert f"plan?clip={clips[2]}" in middle, "the next clip is in the next part"
    assert "3 of 3" in last
    assert re.findall(r'<span class="number">(\d+)</span>', last) == ["3"]
    assert re.findall(r'href="[^"]*clip=(\d+)" data-look>', last)[-1] == str(clips[1]), "back to the part before"
    assert len(re.findall(r"<b>3 clips</b>", first + last)) == 2
    wish(relay, boris, "place", clip=clips[2], before=clips[1])
    assert order(relay) == [clips[0], clips[2], clips[1]]
    seconds = {one.clip: one.at for clip in clips for one in editor_view.view(relay, *FILM, clip).segments}
    monkeypatch.setattr(editor_view, "PART", 100)
    assert seconds == {one.clip: one.at for one in editor_view.view(relay, *FILM).segments}


# Films that are made meanwhile


@pytest.fixture
def studio(app):
    """A studio that works until it is told to go on, instead of ffmpeg."""
    go_on = threading.Event()

    def preview(relay, job):
        job.report(50, 200, "clip")
        go_on.wait(10)
        render.preview_file(relay, job.slug, job.name).write_bytes(b"a preview")

    app.state.render_jobs = RenderJobs({"preview": preview})
    yield go_on
    go_on.set()


@pytest.mark.slow
def test_a_preview_is_made_while_the_desk_goes_on(app, relay, clips, boris, studio):
    assert boris.get("/almanacs/proryv80/film/making").json() is None
    assert boris.get("/almanacs/proryv80/film/preview.mp4").status_code == 404
    assert boris.sends("/almanacs/proryv80/film/make/preview").status_code == 303
    assert boris.get("/almanacs/proryv80/film/making").json()["running"]
    again = boris.sends("/almanacs/proryv80/film/make/film")
    assert again.status_code == 409
    assert "A film is being made just now: film." in again.text
    studio.set()
    app.state.render_jobs.wait()
    assert boris.get("/almanacs/proryv80/film/making").json()["running"] is False
    assert boris.get("/almanacs/proryv80/film/preview.mp4").content == b"a preview"
    assert "/almanacs/proryv80/film/preview.mp4?" in boris.sees(PLAN)


@pytest.mark.slow
def test_a_preview_with_a_withdrawn_clip_leaves_no_empty_player(relay, clips, boris):
    file = render.preview_file(relay, *FILM)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"a preview")
    file.with_suffix(".json").write_text(json.dumps({"clips": [{"clip": clips[0]}]}))
    assert "preview.mp4?" in boris.sees(PLAN)
    withdrawal.withdraw(relay, clips[0], reason="просьба", person="anna")
    assert boris.get("/almanacs/proryv80/film/preview.mp4").status_code == 404
    assert "preview.mp4?" not in boris.sees(PLAN)


@pytest.mark.slow
def test_a_film_that_can_not_be_made_says_why_on_the_page(app, relay, clips, boris):
    def refuses(_relay, _job):
        raise Refused("The almanac {name} has no clips.", name="film")

    app.state.render_jobs = RenderJobs({"preview": refuses})
    boris.sends("/almanacs/proryv80/film/make/preview")
    app.state.render_jobs.wait()
    assert "The almanac film has no clips." in boris.sees(PLAN)


@pytest.mark.slow
def test_a_finished_film_is_told_by_its_version(app, relay, clips, boris):
    def makes(relay, job):
        job.version = has_version(relay, job.slug, job.name).version

    app.state.render_jobs = RenderJobs({"film": makes})
    boris.sends("/almanacs/proryv80/film/make/film")
    app.state.render_jobs.wait()
    assert "Version 1 is ready." in boris.sees(PLAN)


def test_letters_that_no_font_has_are_told_above_the_plan(relay, clips, town, boris, monkeypatch):
    edits.retitle(relay, *FILM, clips[1], who="李雷", town=None, person="Борис")
    with only_ours(monkeypatch):
        page = boris.sees(PLAN)
    assert f'<a href="/clips/{clips[1]}">№ {clips[1]}</a>' in page
    assert "No font has the letters of the name “李雷”: in films “Участник” stands in its place." in page


@pytest.mark.slow
def test_what_the_desk_proposes_stands_in_the_plan(relay, anna, boris, clips):
    proposed = {"begins": "1", "ends": "6", "turn": "90", "editor_note": "Лежит <на боку>"}
    assert anna.sends(f"/clips/{clips[1]}/edit", was_turn="0", **proposed).status_code == 303
    page = boris.sees(f"{PLAN}?clip={clips[1]}")
    assert "From the desk:" in page
    assert "Лежит &lt;на боку&gt;" in page
    assert 'name="first" value="1' in page
    assert "As the moderator proposed" not in page
    wish(relay, boris, "trim", clip=clips[1], last="5")
    assert 'name="first" value="1' in boris.sees(f"{PLAN}?clip={clips[1]}")
    assert "As the moderator proposed" in boris.sees(f"{PLAN}?clip={clips[1]}")
    wish(relay, boris, "as-proposed", clip=clips[1])
    assert [(one.start, one.end) for one in queries.show(relay, *FILM).segments][1] == (1.0, 6.0)
    wish(relay, boris, "whole", clip=clips[1])
    assert [(one.start, one.end) for one in queries.show(relay, *FILM).segments][1] == (0.0, 10.0)


@pytest.mark.slow
def test_a_clip_that_is_too_short_for_its_name_is_told_with_what_to_do(relay, clips, boris):
    assert "too short for the name" not in boris.sees(PLAN)
    wish(relay, boris, "trim", clip=clips[1], first="1", last="0:02")
    page = boris.sees(f"{PLAN}?clip={clips[1]}")
    assert page.count("too short for the name") == 1
    assert "that takes 1.5 s, and it stands for 0.5 s. Make the clip 1.0 s longer" in page.replace("&#39;", "'")
    assert "longer" not in segment(relay, clips[0]).unread


@pytest.mark.slow
def test_the_first_and_the_last_word_are_proposed_as_in_and_out_and_taken_by_a_press(relay, clips, boris, anna):
    first = clips[0]
    assert "Somebody speaks" not in boris.sees(f"{PLAN}?clip={first}"), "nobody has listened"
    keeps(relay, first, hearing("Мы ехали по льду молча", seconds=10))
    page = boris.sees(f"{PLAN}?clip={first}")
    assert re.search(r"Somebody speaks from [\d.]+ to [\d.]+ s", page)
    (begins,), (ends,) = (
        re.findall(f'type="hidden" name="{name}" value="([^"]+)"', page) for name in ("first", "last")
    )
    assert (segment(relay, first).start, segment(relay, first).end) == (0.0, 10.0), "nothing is applied by itself"
    wish(relay, boris, "trim", clip=first, first=begins, last=ends)
    assert (segment(relay, first).start, segment(relay, first).end) == (0.76, 3.64)
    assert "Somebody speaks" not in boris.sees(f"{PLAN}?clip={first}"), "it stands there already"
    assert "Somebody speaks" not in anna.sees(f"{PLAN}?clip={first}")
