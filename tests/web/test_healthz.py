from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from fastapi import FastAPI, Request
from pydantic import SecretStr

from relay.alerts import raise_alert
from relay.context import Relay
from relay.models import Lease
from relay.ports import TokenUsage
from relay.search import counting
from relay.upkeep import health
from relay.web import healthz
from relay.web.access import Visitor
from tests.web.conftest import Browser, InProcess
from tests.web.test_access import asked

DETAILS = {"work", "jobs", "queues", "disk", "tokens", "messages"}


@pytest.mark.slow
def test_health_needs_no_account_and_tells_strangers_little(relay, anna, boris, vera):
    for person in (anna, boris, vera):
        answer = person.get("/healthz")
        assert (answer.status_code, answer.json()["status"], answer.json()["alerts"]) == (200, "ok", 0)
    with relay.transaction() as session:
        raise_alert(session, "token", "The token of olga@example.org was refused.", relay.now())
    answer = vera.get("/healthz")
    assert answer.json() == {"status": "attention", "alerts": 1}
    assert "olga" not in answer.text


@pytest.mark.slow
def test_people_at_the_desk_are_told_more(relay, anna):
    found = anna.get("/healthz").json()
    assert set(found) == {"status", "alerts"} | DETAILS
    assert found["queues"]["clips"] == {"waiting": 0, "oldest_seconds": None}


@pytest.mark.slow
def test_work_that_nobody_does_is_a_503(relay, town, clock, vera):
    answer = vera.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "stalled")
    with relay.transaction() as session:
        session.add(Lease(name="bell", holder="work", until=clock() + timedelta(seconds=20)))
        session.add(Lease(name="job:crawl", holder="work", until=clock() + timedelta(minutes=20)))
    assert vera.get("/healthz").json() == {"status": "ok", "alerts": 0}
    with relay.transaction() as session:
        session.merge(Lease(name="job:crawl", holder="work", until=clock() - timedelta(seconds=1)))
    assert vera.get("/healthz").json()["status"] == "stalled"


@pytest.mark.slow
def test_a_database_that_can_not_be_read_is_a_503(app, relay, monkeypatch):
    from relay.errors import StoreError

    def gone(_relay: Relay) -> None:
        raise StoreError("The database can't be written.")

    monkeypatch.setattr(healthz.health, "read_vitals", gone)
    answer = Browser(app).get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "down"})


# Who is on this machine


class Local(Browser):
    """A program that asks from `client`, under the desk's name `host`."""

    def __init__(self, app: FastAPI, client: str = "127.0.0.1", host: str = "127.0.0.1:8000") -> None:
        super().__init__(app)
        inside = self._transport
        assert isinstance(inside, InProcess)
        inside.inner.client = (client, 50000)
        self.base_url = f"http://{host}"


@pytest.mark.slow
def test_a_program_on_this_machine_is_told_more(app, relay):
    assert set(Local(app).get("/healthz").json()) >= DETAILS
    assert set(Local(app, "::1", "localhost").get("/healthz").json()) >= DETAILS


@pytest.mark.slow
@pytest.mark.parametrize(
    ("client", "host", "headers"),
    [
        ("192.0.2.1", "127.0.0.1:8000", {}),
        ("127.0.0.1", "relay.example.org", {}),  # a name that a stranger's page leads here
        ("127.0.0.1", "127.0.0.1:8000", {"X-Forwarded-For": "192.0.2.1"}),
        ("127.0.0.1", "127.0.0.1:8000", {"Via": "1.1 proxy"}),
    ],
)
def test_whoever_may_come_from_elsewhere_is_a_stranger(app, relay, client, host, headers):
    relay.settings.hosts = "relay.example.org"
    assert set(Local(app, client, host).get("/healthz", headers=headers).json()) == {"status", "alerts"}


@pytest.mark.slow
def test_where_a_proxy_stands_before_the_desk_nobody_is_on_this_machine(app, relay, monkeypatch):
    behind = dataclasses.replace(
        relay, settings=relay.settings.model_copy(update={"public_url": "https://relay.example.org"})
    )
    monkeypatch.setattr(app.state, "relay", behind)
    assert set(Local(app).get("/healthz").json()) == {"status", "alerts"}


# Prometheus


@pytest.fixture
def measured(app, relay, monkeypatch):
    """The desk with /metrics; `measured(token="…")` asks for a token, too."""

    def made(token: str = "") -> None:
        words = {"metrics": True, "metrics_token": SecretStr(token)}
        monkeypatch.setattr(
            app.state, "relay", dataclasses.replace(relay, settings=relay.settings.model_copy(update=words))
        )

    return made


@pytest.mark.slow
def test_metrics_are_off_until_somebody_wants_them(app, relay, anna):
    assert anna.get("/metrics").status_code == 404
    assert Local(app).get("/metrics").status_code == 404


@pytest.mark.slow
def test_metrics_are_for_this_machine_and_for_the_desk(app, measured, anna, vera):
    measured()
    assert Local(app).get("/metrics").status_code == 200
    assert anna.get("/metrics").status_code == 200
    assert vera.get("/metrics").status_code == 401


@pytest.mark.slow
def test_metrics_with_a_token_are_for_whoever_has_it(app, measured, vera):
    measured("a long word")
    assert vera.get("/metrics", headers={"Authorization": "Bearer a long word"}).status_code == 200
    for header in ("Bearer wrong", "Bearer ", "Basic a long word", ""):
        answer = vera.get("/metrics", headers={"Authorization": header})
        assert (answer.status_code, answer.headers["www-authenticate"], answer.text) == (401, "Bearer", "")


def test_an_empty_token_opens_nothing(measured, vera):
    measured("")
    assert vera.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401


@pytest.mark.slow
def test_prometheus_understands_them(app, measured, relay, town, clock):
    from prometheus_client.parser import text_string_to_metric_families

    town.has_clip(name="Ольга Смирнова")
    with relay.transaction() as session:
        session.add(Lease(name="bell", holder="work", until=clock() + timedelta(seconds=20)))
        session.add(Lease(name="job:crawl", holder="work", until=clock() - timedelta(seconds=1)))
        raise_alert(session, "token", "The token of olga@example.org was refused.", relay.now())
    measured()
    clock.moves(seconds=5)
    answer = Local(app).get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["relay_work_ringing",] == 1
    assert found["relay_work_stalled",] == 1
    assert found["relay_job_overdue", ("job", "crawl")] == 1
    assert found["relay_alerts_open",] == 1
    assert found["relay_clips", ("state", "awaiting")] == 1
    assert found["relay_clips_awaiting_oldest_age_seconds",] > 0
    assert found["relay_videos", ("network", "vk"), ("state", "fetched")] == 1
    for words in ("Ольга", "olga", "proryv80", "http"):
        assert words not in answer.text, "metrics hold nothing personal"


@pytest.mark.slow
def test_names_follow_the_conventions(app, measured, relay):
    from prometheus_client.parser import text_string_to_metric_families

    measured()
    for family in text_string_to_metric_families(Local(app).get("/metrics").text):
        assert family.name.startswith("relay_")
        assert family.documentation
        assert family.type == "gauge"
        if "_age_" in family.name or "timestamp" in family.name:
            assert family.name.endswith("_seconds")


@pytest.mark.slow
def test_a_token_may_stand_among_spaces(measured, vera):
    measured(token="a long word")
    assert vera.get("/metrics", headers={"Authorization": "bearer   a long word "}).status_code == 200


# Without the pages


def test_what_waits_is_told_in_full_to_those_at_the_desk(relay):
    now = relay.now()
    vitals = health.Vitals(
        now=now,
        leader_until=now + timedelta(seconds=5),
        wanted_since=now - timedelta(hours=1),
        jobs={"recheck": now + timedelta(minutes=2), "crawl": now - timedelta(minutes=1)},
        free=12.345,
        least=2.0,
        videos=health.Queue(3, now - timedelta(seconds=90, milliseconds=260)),
        clips=health.Queue(0, None),
        sources=health.Queue(1, now),
    )
    relay.store.channels = ("mail",)
    relay.sources["vk"].tokens = lambda: [TokenUsage("0123456789abcdef", {"wall.get": (1, 5000)})]
    assert healthz._details(asked("GET", relay=relay), vitals) == {
        "work": {"rings": True, "wanted_since": vitals.wanted_since, "last_sign": vitals.leader_until},
        "jobs": {
            "crawl": {"deadline": vitals.jobs["crawl"], "overdue": True},
            "recheck": {"deadline": vitals.jobs["recheck"], "overdue": False},
        },
        "queues": {
            "videos": {"waiting": 3, "oldest_seconds": 90.3},
            "clips": {"waiting": 0, "oldest_seconds": None},
            "sources": {"waiting": 1, "oldest_seconds": 0.0},
        },
        "disk": {"free_gb": 12.3, "kept_free_gb": 2.0},
        "tokens": [{"network": "vk", "token": "…cdef", "state": "works", "until": None}],
        "messages": [{"channel": "mail", "waiting": 0, "given_up": 0, "sent_at": None}],
    }


@pytest.mark.parametrize(
    ("client", "headers", "here"),
    [
        ("127.0.0.1", {"host": "127.0.0.1:8000"}, True),
        ("127.0.0.1", {"host": "127.0.0.9"}, True),
        ("::1", {"host": "[::1]:8000"}, True),
        ("127.0.0.1", {"host": "["}, False),
        ("127.0.0.1", {"host": "localhost"}, True),
        ("192.0.2.1", {"host": "localhost"}, False),
        ("192.0.2.1", {"host": "127.0.0.1"}, False),
        ("127.0.0.1", {"host": "192.0.2.1"}, False),
        ("127.0.0.1", {"host": "relay.example.org"}, False),
        ("127.0.0.1", {"host": ""}, False),
        ("127.0.0.1", {}, False),
        ("somewhere", {"host": "localhost"}, False),
        (None, {"host": "localhost"}, False),
        *(
            ("127.0.0.1", {"host": "localhost", name: "x"}, False)
            for name in ("x_forwarded_for", "x_forwarded_host", "x_real_ip", "forwarded", "via")
        ),
    ],
)
def test_only_what_asks_this_machine_from_this_machine_is_at_home(relay, client, headers, here):
    def asks() -> Request:
        request = asked("GET", relay=relay, **headers)
        request.scope["client"] = None if client is None else (client, 1)
        request.state.visitor = Visitor(None, "", "b")
        return request

    assert healthz._is_one_of_us(asks()) is here
    relay.settings.public_url = "https://relay.example.org"
    assert healthz._is_one_of_us(asks()) is False


def test_a_token_is_asked_for_by_its_whole_word():
    def has(header: str, token: str = "a word") -> bool:
        return healthz._has_token(asked("GET", authorization=header), token)

    assert [has(header) for header in ("Bearer a word", "bearer  a word ", "BEARER a word")] == [True] * 3
    wrong = ("Bearer", "Bearer a", "Bearer a wordy", "Basic a word", "a word", "")
    assert [has(header) for header in wrong] == [False] * len(wrong)
    assert [has("Bearer ", ""), has("Bearer", ""), has("", "")] == [False] * 3


@pytest.mark.slow
def test_a_monitor_that_asks_often_has_the_queues_of_a_large_town_counted_once_in_a_while(relay, town, anna):
    seconds = [100.0]
    with relay.reading() as session:
        counting.remember(session, counting.CountMemory(cap=2, clock=lambda: seconds[0]))

    def waiting() -> int:
        return anna.get("/healthz").json()["queues"]["clips"]["waiting"]

    seen = []
    for _ in range(4):
        town.has_clip()
        seen.append(waiting())
    assert seen == [1, 2, 3, 3]
    seconds[0] += 20.1
    assert waiting() == 4
