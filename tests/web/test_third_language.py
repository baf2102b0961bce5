"""A third language needs a catalogue and no line of code."""

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
from tests.language.french import FRENCH, a_catalogue_more
from tests.web.conftest import Browser


@pytest.fixture
def in_french(tmp_path_factory):
    with a_catalogue_more(tmp_path_factory.mktemp("locale"), "fr", FRENCH):
        yield


def campaign(relay: Relay, language: str) -> str:
    window = {"opens": "2023-01-11", "closes": "2023-01-18", "tz": "Europe/Paris"}
    words = {"slug": "voix", "title": "Voix", "hashtags": ["#voix"], "language": language}
    return campaigns.new(relay, **words, **window).language


@pytest.mark.slow
def test_the_desk_speaks_it(in_french: None, vera: Browser) -> None:
    text = vera.sees("/sign-in?lang=fr")
    assert '<html lang="fr">' in text
    assert "Se connecter" in text
    assert 'title="Français">FR' in text
    assert catalogue.closest("fr-CA, en;q=0.5") == "fr"


def test_the_command_line_speaks_it(in_french: None, monkeypatch, capsys) -> None:
    monkeypatch.setenv("RELAY_LANGUAGE", "fr")
    full = DiskFull("Only {free:.1f} GB are free, Relay keeps {min_free_gb:g}.", free=1.5, min_free_gb=2.0)
    with pytest.raises(SystemExit):
        show.stop(full)
    assert capsys.readouterr().err == "Il ne reste que 1,5 Go, Relay en garde 2.\n"
    assert show.figure(2.5) == "2,5"
    assert load_settings().language == "fr"


def test_cards_speak_it_with_its_plural_forms(in_french: None) -> None:
    assert card_words("fr")["people"] == "Avec les voix de"
    assert [counted(count, "fr") for count in (0, 1, 2)] == ["0 participant", "1 participant", "2 participants"]
    assert [quoted(text, "fr") for text in ("Nous roulions.", "Nous roulions…")] == [
        "« Nous roulions. »", "« Nous roulions… »",
    ]  # fmt: skip


def test_accounts_and_campaigns_take_it(in_french: None, relay: Relay) -> None:
    account, _password = accounts.create(relay, "claire", "Claire", Role.viewer, language="fr")
    assert (account.language, campaign(relay, "fr")) == ("fr", "fr")


@pytest.mark.slow
def test_twin_without_the_catalogue_nobody_takes_it(relay: Relay, vera: Browser) -> None:
    assert '<html lang="en">' in vera.sees("/sign-in?lang=fr")
    assert card_words("fr")["people"] == "With the voices of"
    with pytest.raises(ConfigError, match="'en' or 'ru'"):
        load_settings(language="fr")
    with pytest.raises(Refused, match="speaks en, ru"):
        accounts.create(relay, "claire", "Claire", Role.viewer, language="fr")
    with pytest.raises(Refused, match="no language") as told:
        campaign(relay, "fr")
    assert told.value.line.endswith("Choose one of these: en, ru.")
