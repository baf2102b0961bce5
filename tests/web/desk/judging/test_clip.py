from __future__ import annotations

import html
import re

import pytest

from relay.models import Clip, ClipState, Event, Finding, Verdict
from relay.moderation import desk
from relay.moderation.withdrawal import withdraw
from relay.views import as_json
from tests.almanac.fonts import only_ours

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "</textarea><script>alert(1)</script>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "&lt;script&gt;",
    "javascript:alert(1)",
    "%(name)s %d %",
    "\u202e<b>",
]


@pytest.mark.slow
def test_who_sees_what(town, anna, boris, vera):
    clip = town.has_clip(name="Ольга Смирнова", text="Читаю письмо прадеда.")
    path = f"/clips/{clip}"
    page = anna.sees(path)
    assert "Ольга Смирнова" in page
    assert "Читаю письмо прадеда." in page
    assert f'action="{path}/decide"' in page
    page = boris.sees(path)
    assert "Ольга Смирнова" in page
    assert "/decide" not in page
    assert "/edit" not in page
    assert "/withdraw" not in page
    assert vera.get(path).status_code == 303


@pytest.mark.slow
def test_deciding_leads_to_the_next_clip(town, anna, boris, vera):
    first, second = town.has_clip(), town.has_clip()
    for person, status in ((boris, 403), (vera, 401), (anna, 303)):
        answer = person.sends(f"/clips/{first}/decide", verdict="approve", seen="awaiting")
        assert answer.status_code == status
    assert answer.headers["location"] == f"/clips/{second}"
    assert town.clip(first).state is ClipState.approved
    assert [d.person for d in town.decisions(first)] == ["Анна"]
    answer = anna.sends(f"/clips/{second}/decide", verdict="later", seen="awaiting")
    assert answer.headers["location"] == "/campaigns/proryv80/queue?state=awaiting"
    assert "Everything here has been looked at." in anna.sees(answer.headers["location"])


@pytest.mark.slow
def test_the_history_is_told_in_words(relay, town, anna):
    clip = town.has_clip(name="Оля")
    with relay.transaction() as session:
        session.add(Event(at=relay.now(), subject="clip", subject_id=clip, what="made", details={"video": 7}))
    desk.edit(relay, clip, person="Анна", name="Ольга", town="<Мга>", consent="film", evidence="письмо")
    anna.remembers("relay-language", "ru")
    history = anna.sees(f"/clips/{clip}").partition('class="card history"')[2]
    told = " ".join(re.sub(r"<[^>]*>", " ", history.partition("</ol>")[0]).split())
    for words in (
        "Relay · видео загружено",
        "Анна · исправлено: Имя для титров: Оля → Ольга; Населённый пункт: – → &lt;Мга&gt;",
        "Анна · согласие записано: Можно показать в фильме письмо",
    ):
        assert words in told
    assert "made" not in told


@pytest.mark.slow
def test_a_reason_is_chosen_or_written(town, anna):
    chosen, noted, written = (town.has_clip() for _ in range(3))
    reject = {"verdict": "reject", "seen": "awaiting"}
    anna.sends(f"/clips/{chosen}/decide", **reject, reason="no_reading")
    anna.sends(f"/clips/{noted}/decide", **reject, reason="duplicate", note=f"see {chosen}")
    anna.sends(f"/clips/{written}/decide", **reject, reason="other", note="another war")
    assert [town.clip(clip).reason for clip in (chosen, noted, written)] == [
        "no_reading",
        f"duplicate: see {chosen}",
        "another war",
    ]
    assert "Nothing is read aloud" in anna.sees(f"/clips/{chosen}")
    assert f"Duplicate of another clip: see {chosen}" in anna.sees(f"/clips/{noted}")


def test_a_rejection_without_reason_asks_again(town, anna):
    clip = town.has_clip()
    answer = anna.sends(f"/clips/{clip}/decide", verdict="reject", seen="awaiting", reason="other", note=" ")
    assert answer.status_code == 400
    assert "This verdict needs a reason." in answer.text
    assert re.search(r'<dialog id="reject"[^>]* open', answer.text)
    assert town.clip(clip).state is ClipState.awaiting


@pytest.mark.slow
def test_whoever_decided_in_another_window_is_told_so(town, anna):
    """And not that somebody else was faster."""
    clip = town.has_clip()
    anna.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting")
    answer = anna.sends(f"/clips/{clip}/decide", verdict="later", seen="awaiting")
    assert answer.status_code == 409
    assert "You decided about this clip in another window." in answer.text
    assert "was faster" not in answer.text


@pytest.mark.slow
def test_whoever_is_slower_gets_the_fresh_clip(relay, town, anna):
    clip = town.has_clip()
    desk.decide(relay, clip, Verdict.reject, person="Кира", seen=ClipState.awaiting, reason="offensive")
    answer = anna.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting")
    assert answer.status_code == 409
    assert "Somebody else was faster. The clip&#39;s state now: rejected." in answer.text
    assert "Offensive" in answer.text
    assert 'name="seen" value="rejected"' in answer.text
    assert len(town.decisions(clip)) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": "withdraw", "seen": "awaiting"},
        {"verdict": "undo", "seen": "awaiting"},
        {"verdict": "approve", "seen": "everything"},
        {"verdict": "approve"},
        {"seen": "awaiting"},
    ],
)
def test_nonsense_is_refused(town, anna, fields):
    clip = town.has_clip()
    assert anna.sends(f"/clips/{clip}/decide", **fields).status_code == 400
    assert town.decisions(clip) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", ["0", "-1", "x", "99999999999999999999", "1.5"])
def test_odd_numbers_are_no_bugs(town, anna, number):
    assert anna.get(f"/clips/{number}").status_code in (400, 404)
    assert anna.get("/campaigns/proryv80/queue", params={"after": number}).status_code in (303, 200, 400)


@pytest.mark.slow
def test_undo_from_the_next_page_takes_back_my_last_decision(town, anna):
    first, second = town.has_clip(name="Ольга"), town.has_clip()
    anna.sends(f"/clips/{first}/decide", verdict="approve", seen="awaiting")
    page = anna.sees(f"/clips/{second}")
    assert f'action="/clips/{first}/undo"' in page
    assert "Ольга" in page
    decision = town.decisions(first)[0].id
    answer = anna.sends(f"/clips/{first}/undo", decision=decision)
    assert answer.headers["location"] == f"/clips/{first}"
    assert town.clip(first).state is ClipState.awaiting
    assert "/undo" not in anna.sees(f"/clips/{second}")


@pytest.mark.slow
def test_on_a_decided_clip_undo_means_this_clip(town, anna):
    first, second = town.has_clip(state=ClipState.awaiting), town.has_clip()
    anna.sends(f"/clips/{second}/decide", verdict="later", seen="awaiting")
    anna.sends(f"/clips/{first}/decide", verdict="approve", seen="awaiting")
    assert f'action="/clips/{second}/undo"' in anna.sees(f"/clips/{second}")


@pytest.mark.slow
def test_undo_of_what_somebody_has_decided_anew_is_stale(relay, town, anna):
    clip = town.has_clip()
    anna.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting")
    mine = town.decisions(clip)[0].id
    desk.decide(relay, clip, Verdict.reject, person="Кира", seen=ClipState.approved, reason="offensive")
    answer = anna.sends(f"/clips/{clip}/undo", decision=mine)
    assert answer.status_code == 409
    assert town.clip(clip).state is ClipState.rejected


@pytest.mark.slow
def test_only_what_was_changed_is_corrected(relay, town, anna, boris, vera):
    clip = town.has_clip(name="Оля", town="Кировск")
    desk.edit(relay, clip, person="Кира", name="Ольга")
    form = {"was_name": "Оля", "name": "Оля", "was_town": "Кировск", "town": "Шлиссельбург"}
    for person, status in ((boris, 403), (vera, 401), (anna, 303)):
        assert person.sends(f"/clips/{clip}/edit", **form).status_code == status
    assert desk.show(relay, clip).participant.name == "Ольга"
    assert desk.show(relay, clip).participant.town == "Шлиссельбург"
    form |= {"name": "Оленька"}
    assert anna.sends(f"/clips/{clip}/edit", **form).status_code == 409


@pytest.mark.slow
def test_consent_is_noted_with_its_evidence(relay, town, anna):
    clip = town.has_clip()
    anna.sends(f"/clips/{clip}/edit", scope="film", evidence="message of 12 January")
    assert as_json(desk.show(relay, clip).consent) == {"scope": "film", "evidence": "message of 12 January"}
    assert "May be shown in the film" in anna.sees(f"/clips/{clip}")
    assert anna.sends(f"/clips/{clip}/edit", scope="everything").status_code == 400


@pytest.mark.slow
def test_only_an_organizer_withdraws_and_nobody_takes_it_back(town, olga, anna, boris, vera, poster):
    clip = town.has_clip(poster=poster(), state=ClipState.approved)
    for person, status in ((anna, 403), (boris, 403), (vera, 401), (olga, 303)):
        assert person.sends(f"/clips/{clip}/withdraw", reason="asked in a message").status_code == status
    page = anna.sees(f"/clips/{clip}")
    assert "The participant has withdrawn this clip." in page
    assert "/decide" not in page
    assert town.sha256(clip) not in page
    assert anna.get(f"/media/poster/{town.sha256(clip)}").status_code == 404
    decision = town.decisions(clip)[-1].id
    assert anna.sends(f"/clips/{clip}/undo", decision=decision).status_code == 403
    answer = olga.sends(f"/clips/{clip}/undo", decision=decision)
    assert (answer.status_code, "The video was taken back and is erased." in answer.text) == (400, True)
    assert town.clip(clip).state is ClipState.withdrawn


@pytest.mark.slow
def test_flags_and_findings_in_plain_words(town, anna):
    clip = town.has_clip(
        flags=("no_sound", "vertical", "unheard_of"), finding=Finding.review, reason="The video is damaged."
    )
    page = anna.sees(f"/clips/{clip}")
    for words in ("Has no sound", "Filmed upright", "unheard of", "Look closely", "The video is damaged."):
        assert words in page
    assert "Без звука" in anna.sees(f"/clips/{clip}?lang=ru")


@pytest.mark.slow
def test_where_else_it_was_seen_and_its_copies(town, anna):
    clip = town.has_clip(posts=3, family=1)
    copy = town.has_clip(family=1)
    page = anna.sees(f"/clips/{clip}")
    assert "Seen in 2 other places" in page
    assert "Публика 2" in page
    assert f'href="/clips/{clip}/beside/{copy}"' in page


@pytest.mark.slow
def test_times_are_told_in_the_campaigns_zone(town, anna):
    clip = town.has_clip()
    assert "11 January, 01:00" in anna.sees(f"/clips/{clip}")
    assert "11 января, 01:00" in anna.sees(f"/clips/{clip}?lang=ru")


@pytest.mark.slow
def test_what_strangers_wrote_is_only_text(relay, town, anna):
    clips = {}
    for evil in HOSTILE:
        words = dict.fromkeys(("name", "town", "text", "author", "title", "reason"), evil)
        clip = town.has_clip(**words, flags=(evil,), finding=Finding.review)
        desk.decide(relay, clip, Verdict.reject, person=evil, seen=ClipState.awaiting, reason=evil)
        desk.edit(relay, clip, person=evil, quote=evil, consent="film", evidence=evil)
        clips[f"/clips/{clip}"] = evil
    for path in (*clips, "/campaigns/proryv80/clips", "/campaigns/proryv80/posts", "/clips/1?lang=ru"):
        page = anna.sees(path)
        for live in ("<script>alert", "<img src=x", "<svg/onload", "<iframe", "49{%", "<b>\n", "</textarea>"):
            assert live not in page, path
        assert clips.get(path, "") in html.unescape(page)


@pytest.mark.slow
@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "vbscript:x", "//x"]
)
def test_a_post_can_not_lead_into_a_script(town, anna, url):
    clip = town.has_clip(url=url)
    assert "Open the post" not in anna.sees(f"/clips/{clip}")
    assert f'href="{url.strip()}' not in anna.sees("/campaigns/proryv80/posts")
    assert "Open the post" in anna.sees(f"/clips/{town.has_clip()}")


@pytest.mark.slow
def test_twin_without_escaping_the_script_is_live(town, anna, monkeypatch):
    from relay.web.page import environment

    clip = town.has_clip(text="<script>alert(1)</script>")
    environment.cache_clear()
    monkeypatch.setattr(environment("en"), "autoescape", False)
    try:
        assert "<script>alert(1)</script>" in anna.sees(f"/clips/{clip}")
    finally:
        environment.cache_clear()


@pytest.mark.slow
def test_twin_without_the_check_of_links_the_script_is_one_click_away(town, anna, monkeypatch):
    from relay.web.page import environment

    clip = town.has_clip(url="javascript:alert(1)")
    monkeypatch.setitem(environment("en").filters, "web_link", lambda url: url)
    assert 'href="javascript:alert(1)"' in anna.sees(f"/clips/{clip}")


@pytest.mark.slow
def test_a_name_whose_letters_no_font_has_is_told(town, anna, monkeypatch):
    clip, other = town.has_clip(name="李雷", town="Мга"), town.has_clip(name="გიორგი", town="თბილისი")
    half = town.has_clip(name="Вэй 李")
    with only_ours(monkeypatch):
        page = anna.sees(f"/clips/{clip}")
        assert "No font has the letters of the name “李雷”: in films “Участник” stands in its place." in page
        assert "leave them out: 李." in anna.sees(f"/clips/{half}")
        assert "Участник" not in anna.sees(f"/clips/{half}")
        anna.remembers("relay-language", "ru")
        assert "Ни в одном шрифте нет букв имени «李雷»: в фильмах вместо него" in anna.sees(f"/clips/{clip}")
        assert "Ни в одном шрифте нет этих букв из «Вэй 李»" in anna.sees(f"/clips/{half}")
        assert "шрифте" not in anna.sees(f"/clips/{other}")


# Where each form leads, and what it leaves behind

LARGE = 2**31


def lands(answer):
    return answer.status_code, answer.headers.get("location")


def is_in_doubt(relay, clip):
    with relay.transaction() as session:
        row = session.get_one(Clip, clip)
        row.doubt = "post"
        session.add(row)


@pytest.mark.slow
def test_each_verdict_leads_to_the_next_clip_of_the_same_queue(town, anna):
    one, two, three = (town.has_clip() for _ in range(3))
    aside, other = (town.has_clip(state=ClipState.later) for _ in range(2))
    approve = {"verdict": "approve", "seen": "awaiting", "reason": "offensive", "note": "is not asked"}
    assert lands(anna.sends(f"/clips/{two}/decide", **approve)) == (303, f"/clips/{three}")
    reject = {"verdict": "reject", "seen": "awaiting", "reason": "duplicate", "note": "see 1"}
    assert lands(anna.sends(f"/clips/{three}/decide", **reject)) == (303, f"/clips/{one}")
    later = {"verdict": "later", "seen": "awaiting"}
    assert lands(anna.sends(f"/clips/{one}/decide", **later)) == (303, "/campaigns/proryv80/queue?state=awaiting")
    again = {"verdict": "approve", "seen": "later", "queue": "later"}
    assert lands(anna.sends(f"/clips/{one}/decide", **again)) == (303, f"/clips/{aside}?queue=later")
    assert lands(anna.sends(f"/clips/{aside}/decide", **again)) == (303, f"/clips/{other}?queue=later")
    assert lands(anna.sends(f"/clips/{other}/decide", **again)) == (303, "/campaigns/proryv80/queue?state=later")
    told = [(town.clip(clip).state.value, town.clip(clip).reason) for clip in (one, two, three, aside, other)]
    assert told == [("approved", ""), ("approved", ""), ("rejected", "duplicate: see 1"), *[("approved", "")] * 2]
    assert {decision.person for clip in (one, two, three) for decision in town.decisions(clip)} == {"Анна"}


@pytest.mark.slow
def test_a_refusal_keeps_the_question_open_and_a_slower_one_does_not(relay, town, anna):
    clip = town.has_clip()
    opened = '<dialog id="reject" aria-labelledby="reject-title" open data-open>'

    def notice(answer):
        return html.unescape(re.search(r'<p class="notice" role="alert">(.*?)</p>', answer.text)[1])

    answer = anna.sends(f"/clips/{clip}/decide", verdict="reject", seen="awaiting", reason="other", note=" ")
    assert (answer.status_code, opened in answer.text) == (400, True)
    assert notice(answer).startswith("This verdict needs a reason. Choose one of off_topic, ")
    desk.decide(relay, clip, Verdict.approve, person="Кира", seen=ClipState.awaiting)
    answer = anna.sends(f"/clips/{clip}/decide", verdict="approve", seen="approved")
    assert (answer.status_code, notice(answer), opened in answer.text) == (
        400, "The clip already has this verdict.", False
    )  # fmt: skip
    answer = anna.sends(f"/clips/{clip}/decide", verdict="reject", seen="awaiting", reason="offensive")
    assert (answer.status_code, opened in answer.text) == (409, False)
    said = "Somebody else was faster. The clip's state now: approved. Nothing of yours was saved."
    assert notice(answer) == said
    answer = anna.sends(f"/clips/{clip}/undo", decision=99)
    assert (answer.status_code, notice(answer)) == (409, said)
    assert anna.sends(f"/clips/{clip}/undo", decision=1).status_code == 403
    desk.undo(relay, clip, person="Кира")
    answer = anna.sends(f"/clips/{clip}/undo", decision=1)
    assert (answer.status_code, notice(answer)) == (
        400, "There is no decision on this clip that could be taken back."
    )  # fmt: skip
    assert town.clip(clip).state is ClipState.awaiting
    assert [anna.sends(f"/clips/{clip}/undo", decision=number).status_code for number in (0, LARGE)] == [400, 400]


@pytest.mark.slow
def test_every_form_of_a_clip_leads_back_to_it(relay, town, olga):
    clip = town.has_clip(name="Оля", town="Мга")
    back = (303, f"/clips/{clip}")
    names = {"name": "Ольга", "was_name": "Оля", "town": "Мга", "was_town": "Мга"}
    assert lands(olga.sends(f"/clips/{clip}/edit", **names, scope="film", evidence="письмо")) == back
    shown = desk.show(relay, clip)
    assert [shown.participant.name, shown.participant.town] == ["Ольга", "Мга"]
    assert as_json(shown.consent) == {"scope": "film", "evidence": "письмо"}
    is_in_doubt(relay, clip)
    assert olga.sends(f"/clips/{clip}/keep", doubt="video").status_code == 409
    assert lands(olga.sends(f"/clips/{clip}/keep", doubt="post")) == back
    assert town.clip(clip).doubt == ""
    is_in_doubt(relay, clip)
    assert olga.sends(f"/clips/{clip}/confirm", doubt="video").status_code == 409
    assert lands(olga.sends(f"/clips/{clip}/confirm", doubt="post")) == back
    row = town.clip(clip)
    assert (row.state, row.reason) == (ClipState.withdrawn, "The post was deleted or hidden.")
    other = town.has_clip()
    assert olga.sends(f"/clips/{other}/withdraw", reason=" ").status_code == 400
    answer = olga.sends(f"/clips/{other}/withdraw", reason="письмо", queue="later")
    assert lands(answer) == (303, f"/clips/{other}?queue=later")
    assert [decision.verdict for decision in town.decisions(clip)] == ["keep", "withdraw"]


@pytest.mark.slow
def test_a_moderator_takes_back_a_decision_and_no_withdrawal(relay, town, anna):
    clip = town.has_clip()
    withdraw(relay, clip, reason="asked in a message", person="Ольга")
    answer = anna.sends(f"/clips/{clip}/undo", decision=town.decisions(clip)[0].id)
    assert (answer.status_code, "Only an organizer can take back a withdrawal." in answer.text) == (403, True)
    assert town.clip(clip).state is ClipState.withdrawn


@pytest.mark.slow
def test_the_page_tells_what_waits_and_what_can_be_taken_back(town, anna):
    one, two = (town.has_clip(name=name) for name in ("Ольга", "Глеб"))
    town.has_clip(state=ClipState.later)
    page = anna.sees(f"/clips/{one}")
    assert "2 clips wait" in page
    assert "you decided" not in page
    assert 'name="queue" value="awaiting"' in page
    assert "open data-open" not in page
    assert "/undo" not in page
    anna.sends(f"/clips/{two}/decide", verdict="later", seen="awaiting")
    page = anna.sees(f"/clips/{one}?dialog=help")
    assert "1 clip waits · you decided 1 today" in " ".join(re.sub(r"</?(?:a|span)\b[^>]*>", "", page).split())
    assert f'action="/clips/{two}/undo"' in page
    assert f'Your last decision:</span>\n          put aside · <a href="/clips/{two}"><bdi>Глеб</bdi></a>' in page
    assert '<dialog id="help" aria-labelledby="help-title" open data-open>' in page
    page = anna.sees(f"/clips/{two}?queue=later")
    assert "This clip:</span>" in page
    assert 'name="queue" value="later"' in page


@pytest.mark.slow
def test_numbers_of_clips_have_bounds(town, anna):
    town.has_clip()
    statuses = [anna.get(f"/clips/{number}").status_code for number in (0, 1, LARGE - 1, LARGE)]
    assert statuses == [400, 200, 404, 400]
