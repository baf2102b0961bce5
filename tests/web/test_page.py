"""How pages tell ages, figures and moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import jinja2
import pytest
from fastapi import Request

from relay.alerts import raise_alert
from relay.models import Account, Almanac, Render, Role
from relay.web.access import Visitor
from relay.web.page import environment, language_of, web_link
from tests.web.test_access import asked


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (datetime(2023, 1, 18, 9, 5, tzinfo=UTC), "18 января, 09:05"),
        (datetime(2022, 12, 31, 9, 5, tzinfo=UTC), "31 декабря 2022, 09:05"),
        ("2024-02-01T09:05:00+03:00", "1 февраля 2024, 09:05"),
        ("2024-01-01T00:30:00+03:00", "1 января 2024, 00:30"),
        (None, ""),
    ],
)
def test_the_year_stands_where_it_is_not_this_one(moment: datetime | str | None, told: str) -> None:
    page = environment("ru").from_string("{{ moment|when }}")
    assert page.render(moment=moment, now=datetime(2023, 1, 19, tzinfo=UTC)) == told


def test_which_year_it_is_is_known_in_the_zone_of_the_moment() -> None:
    page = environment("ru").from_string("{{ moment|when }}")
    new_year = datetime(2022, 12, 31, 22, tzinfo=UTC)
    assert page.render(moment="2023-01-01T01:00:00+03:00", now=new_year) == "1 января, 01:00"


@pytest.mark.slow
def test_versions_of_a_film_are_told_in_the_campaigns_zone(relay, town, boris) -> None:
    with relay.transaction() as session:
        almanac = Almanac(campaign_id=town.campaign_id, name="film", title="Голоса", created_at=relay.now())
        session.add(almanac)
        session.flush()
        late = relay.now().replace(hour=22, minute=30)
        session.add_all(
            Render(
                almanac_id=almanac.id, version=number, file="f.mp4", manifest="f.json", frames=100, fps=25,
                sha256="0" * 64, loudness=-23.0, shots_encoded=1, shots_reused=0, seconds=1.0, at=late,
            )
            for number in (1, 2)
        )  # fmt: skip
    tomorrow = late + timedelta(hours=3)
    assert f"{tomorrow.day} {tomorrow:%B}, 01:30" in boris.sees("/almanacs/proryv80/film")


# What a template may use


def told(template: str, language: str = "en", **values: object) -> str:
    return environment(language).from_string(template).render(values)


@pytest.mark.slow
def test_templates_tell_moments_lengths_and_figures():
    moment = datetime(2023, 1, 18, 9, 5, tzinfo=UTC)
    assert told("{{ moment|day }} {{ moment|when('HH:mm') }}", moment=moment) == "18 January 2023 09:05"
    assert told("{{ moment|day }}", "ru", moment="2023-01-18T23:30:00-03:00") == "18 января 2023"
    assert told("{{ none|day }}{{ none|when }}{{ ''|when('d') }}") == ""
    assert told("{{ 7200|ago }}, {{ -7200|ago }}", "en") == "2 hours ago, in 2 hours"
    assert told("{{ 3.14159|number }} {{ 3.14159|number(3) }} {{ none|number }}", "ru") == "3,1 3,142 "
    assert told("{% for one in some %}{{ one|minutes }} {% endfor %}", some=[75.4, 59.6, 0, None, 3600]) == (
        "1:15 1:00 0:00 0:00 60:00 "
    )


@pytest.mark.slow
def test_without_a_page_the_year_is_that_of_the_clock_on_the_wall():
    today = datetime.now(UTC)
    assert str(today.year) not in told("{{ moment|when }}", moment=today).rpartition(",")[0]
    assert str(today.year - 2) in told("{{ moment|when }}", moment=today.replace(year=today.year - 2, day=1))


def test_templates_tell_reasons_doubts_and_places_in_the_readers_language():
    reasons = ["duplicate", "duplicate: see 7", "another war", "The video is damaged.", ""]
    assert told("{% for one in some %}{{ one|reason }}|{% endfor %}", "ru", some=reasons) == (
        "Повтор другого клипа|Повтор другого клипа: see 7|another war|Видео повреждено.||"
    )
    assert told("{{ 'off_topic: war'|dissect }}") == "(&#39;Not about the topic&#39;, &#39;war&#39;)"
    assert told("{{ 'post'|doubt }} {{ 'never'|doubt }}", "ru") == "Пост удалён или скрыт. never"
    assert told("{{ 'comment'|place }}", "en") == "in a comment below the post"
    assert told("{{ 'comment'|place }}", "ru") != "in a comment below the post"
    source = SimpleNamespace(title="Тихвин", address="vk:club1")
    assert told("{{ source|source_title }}", source=source) == "Тихвин"
    assert told("{{ 'VK asks for a captcha.'|tr }}", "ru") == "ВКонтакте просит ввести капчу."
    assert told("{{ words.STATES.later }} {{ languages.ru }}") == "Put aside Русский"
    assert told('{{ _("version %(version)s", version="<b>") }}') == "version &lt;b&gt;"
    assert told('{{ ngettext("%(num)s clip", "%(num)s clips", 2) }}', "ru") == "2 клипа"


def test_a_template_escapes_what_it_shows_and_knows_all_that_it_names():
    assert told("{{ text }}", text="<b>") == "&lt;b&gt;"
    with pytest.raises(jinja2.UndefinedError):
        told("{{ nothing }}")
    assert told("<p>\n  {% if true %}\n  yes\n  {% endif %}\n</p>") == "<p>\n  yes\n</p>"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "offered"),
    [
        ("https://vk.com/wall1_2", True),
        ("http://vk.com/", True),
        ("javascript:alert(1)", False),
        ("//vk.com/", False),
        ("http://[broken", False),
        ("", False),
    ],
)
def test_a_browser_is_sent_to_web_pages_only(url, offered):
    assert web_link(url) == (url if offered else "")


# In which language


def wanting(relay, *, query: str = "", chosen: str = "", account: str | None = None, browser: str = "") -> Request:
    headers = {"accept_language": browser, "cookie": f"relay-language={chosen}"}
    request = asked("GET", relay=relay, **headers)
    request.scope["query_string"] = query.encode()
    known = None if account is None else Account(login="a", name="A", role=Role.viewer, language=account)
    request.state.visitor = Visitor(known, "", "b")
    return request


def test_the_language_is_the_one_that_was_asked_for_last(relay):
    relay.settings.language = "ru"
    assert language_of(wanting(relay)) == "ru"
    assert language_of(wanting(relay, browser="en-GB")) == "en"
    assert language_of(wanting(relay, account="ru", browser="en-GB")) == "ru"
    assert language_of(wanting(relay, account="", browser="en-GB")) == "en"
    assert language_of(wanting(relay, chosen="en", account="ru")) == "en"
    assert language_of(wanting(relay, query="lang=ru", chosen="en", account="en")) == "ru"
    assert language_of(wanting(relay, query="lang=tlh", chosen="nl", account="xx", browser="de")) == "ru"


def cookies(answer) -> list[str]:
    return sorted(answer.headers.get_list("set-cookie"))


@pytest.mark.slow
@pytest.mark.parametrize("tls", [False, True])
def test_a_choice_of_language_is_remembered_and_a_strangers_forms_are_bound(relay, vera, tls):
    relay.settings.secure_cookies = tls
    form = "__Host-relay-form" if tls else "relay-form"
    secure = "; Secure" if tls else ""
    answer = vera.get("/sign-in?next=/clips/7&lang=ru")
    bound, chosen = cookies(answer)
    assert chosen == f"relay-language=ru; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax{secure}"
    assert bound.startswith(f"{form}=")
    assert bound.partition(";")[2] == f" HttpOnly; Path=/; SameSite=lax{secure}"
    assert '<b lang="ru"' in answer.text
    assert 'href="/sign-in?next=%2Fclips%2F7&amp;lang=en"' in answer.text
    vera.remembers(form, bound.partition("=")[2].partition(";")[0])
    assert cookies(vera.get("/sign-in")) == []
    assert cookies(vera.get("/sign-in?lang=tlh")) == []
    vera.remembers(form, "")
    assert len(cookies(vera.get("/sign-in"))) == 1


@pytest.mark.slow
def test_who_is_signed_in_needs_no_such_cookie_and_sees_how_many_alerts_are_open(relay, town, anna):
    assert cookies(anna.get("/almanacs")) == []
    with relay.transaction() as session:
        for key in ("disk", "token"):
            raise_alert(session, key, "Something is wrong.", relay.now())
    assert '<b aria-hidden="true">2</b>' in anna.sees("/almanacs")
    answer = anna.post("/clips/1/decide", data={"form_token": "forged"})
    assert '<input type="hidden" name="next" value="/">' in answer.text, "what was sent can't be asked for again"
    page = anna.sees("/campaigns/proryv80/clips?state=rejected&lang=en")
    assert 'name="next" value="/campaigns/proryv80/clips?state=rejected"' in page
