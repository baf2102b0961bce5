"""What Tab proposes, and that it never fails and never costs much."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from relay.almanac.plan import queries
from relay.cli.terminal import complete, show
from relay.context import Relay
from relay.models import Source
from tests.moderation.town import Town


@pytest.fixture
def home(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Two campaigns with a film and a source each, where the command line looks."""
    towns = [Town(relay, slug) for slug in ("spring_1", "proryv80")]
    for number, town in enumerate(towns):
        queries.new(relay, town.slug, f"film{number}", title="Голоса")
        with relay.transaction() as session:
            session.add(
                Source(
                    campaign_id=town.campaign_id,
                    network="vk",
                    address=f"vk:club{number}",
                    owner_id="-1",
                    title="Город",
                    created_at=relay.now(),
                )
            )
    assert relay.store.path is not None
    monkeypatch.setenv("RELAY_DATABASE_URL", f"sqlite:///{relay.store.path}")
    return towns[1]


def words(found: complete.Candidates) -> list[str]:
    return [word for word, _about in found]


@pytest.mark.slow
def test_campaigns_films_and_sources_are_proposed(home: Town) -> None:
    here = SimpleNamespace(params={"slug": "proryv80"})
    assert words(complete.campaigns("")) == ["proryv80", "spring_1"]
    assert complete.campaigns("pro") == [("proryv80", "Прорыв. Голоса памяти")]
    assert complete.films(here, "") == [("film1", "Голоса")]
    assert complete.films(here, "x") == []
    assert words(complete.sources(here, "vk:")) == ["vk:club1"]
    assert complete.sources(here, "2") == [("2", "vk:club1  Город")]


@pytest.mark.slow
@pytest.mark.parametrize("typed", ["spring%", "s_ring", "'", '"; DROP TABLE campaign', "!", "\0"])
def test_signs_that_mean_something_to_a_database_mean_nothing_here(home: Town, typed: str) -> None:
    assert complete.campaigns(typed) == []
    assert len(complete.campaigns("")) == 2


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@nowhere/none", "sqlite:////no/such/file.db", "sqlite:///" + "x" * 5000, "\x01"]
)
def test_without_a_database_nothing_is_proposed_and_nothing_fails(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("RELAY_DATABASE_URL", url)
    assert complete.campaigns("") == []
    assert complete.films(SimpleNamespace(params={}), "") == []


def test_a_file_that_is_no_database_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "relay.db").write_bytes(b"nothing" * 100)
    monkeypatch.setenv("RELAY_DATA_DIR", str(tmp_path))
    assert complete.database() == tmp_path / "relay.db"
    assert complete.campaigns("") == []


def test_a_shell_that_asks_is_asked_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(complete.ASKED, "complete_bash")
    assert (show.person_here(), show.only_campaign()) == ("", "")


@pytest.mark.slow
def test_the_shell_gets_them_without_the_weight_of_relay(home: Town) -> None:
    """Through the program itself; of Relay it imports only its command line."""
    code = (
        "import sys; from relay.cli import main\n"
        "try: main()\n"
        "finally: sys.stderr.write(' '.join({'sqlmodel', 'fastapi', 'sqlalchemy', 'babel'} & set(sys.modules)))"
    )
    asked = {complete.ASKED: "complete_bash", "COMP_WORDS": "relay campaign status pro", "COMP_CWORD": "3"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == (["proryv80"], "")
