"""A language more needs a catalogue and no line of code."""

from __future__ import annotations

import pytest

from relay.almanac.cards.words import card_words, counted, quoted
from relay.cli.terminal import show
from relay.collect import campaigns
from relay.config import load_settings
from relay.context import Relay
from relay.errors import ConfigError, DiskFull, Refused
from relay.language import catalogue
from relay.models import Role
from relay.moderation.people import accounts
from tests.language.polish import POLISH, a_catalogue_more
from tests.web.conftest import Browser


@pytest.fixture
def in_polish(tmp_path_factory):
    with a_catalogue_more(tmp_path_factory.mktemp("locale"), "pl", POLISH):
        yield


def campaign(relay: Relay, language: str) -> str:
    window = {"opens": "2023-01-11", "closes": "2023-01-18", "tz": "Europe/Warsaw"}
    words = {"slug": "glosy", "title": "Głosy", "hashtags": ["#głosy"], "language": language}
    return campaigns.new(relay, **words, **window).language


@pytest.mark.slow
def test_the_desk_speaks_it(in_polish: None, vera: Browser) -> None:
    text = vera.sees("/sign-in?lang=pl")
    assert '<html lang="pl">' in text
    assert "Zaloguj się" in text
    assert 'title="Polski">PL' in text
    assert catalogue.closest("pl-PL, en;q=0.5") == "pl"


def test_the_command_line_speaks_it(in_polish: None, monkeypatch, capsys) -> None:
    monkeypatch.setenv("RELAY_LANGUAGE", "pl")
    full = DiskFull("Only {free:.1f} GB are free, Relay keeps {min_free_gb:g}.", free=1.5, min_free_gb=2.0)
    with pytest.raises(SystemExit):
        show.stop(full)
    assert capsys.readouterr().err == "Wolne jest tylko 1,5 GB, Relay zachowuje 2.\n"
    assert show.figure(2.5) == "2,5"
    assert load_settings().language == "pl"


def test_cards_speak_it_with_its_plural_forms(in_polish: None) -> None:
    assert card_words("pl")["people"] == "Głosy"
    assert [counted(count, "pl") for count in (1, 2, 5)] == ["1 uczestnik", "2 uczestnicy", "5 uczestników"]
    assert [quoted(text, "pl") for text in ("Jechaliśmy.", "Jechaliśmy…")] == [
        "„Jechaliśmy”.", "„Jechaliśmy…”",
    ]  # fmt: skip


@pytest.mark.slow
def test_accounts_and_campaigns_take_it(in_polish: None, relay: Relay) -> None:
    account, _password = accounts.create(relay, "claire", "Claire", Role.viewer, language="pl")
    assert (account.language, campaign(relay, "pl")) == ("pl", "pl")


@pytest.mark.slow
def test_twin_without_the_catalogue_nobody_takes_it(relay: Relay, vera: Browser) -> None:
    assert '<html lang="en">' in vera.sees("/sign-in?lang=pl")
    assert card_words("pl")["people"] == "With the voices of"
    with pytest.raises(ConfigError, match="'en', 'fr', 'ru'"):
        load_settings(language="pl")
    with pytest.raises(Refused, match="speaks en, fr, ru"):
        accounts.create(relay, "claire", "Claire", Role.viewer, language="pl")
    with pytest.raises(Refused, match="no language") as told:
        campaign(relay, "pl")
    assert told.value.line.endswith("Choose one of these: en, fr, ru.")
