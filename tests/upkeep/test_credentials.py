from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from relay.context import Relay
from relay.errors import ConfigError, NotFound, Refused
from relay.sources.vk import token_check
from relay.sources.vk.token_check import TokenKind, TokenVerdict
from relay.sources.vk.token_file import digest
from relay.upkeep import credentials
from relay.upkeep.tokens import tail

WORKS = TokenVerdict(TokenKind.service, "The token works: it is a service token.")
WRONG = TokenVerdict(TokenKind.wrong, "VK does not accept the access token.")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens that VK was asked about; those that begin with `good` work."""
    asked: list[str] = []

    def probe(_settings: object, token: str, _clock: object, *, tag: str) -> TokenVerdict:
        asked.append(f"{token} {tag}")
        return WORKS if token.startswith("good") else WRONG

    monkeypatch.setattr(token_check, "probe", probe)
    return asked


def test_a_token_that_works_is_kept_beside_the_others(relay: Relay, asked: list[str], tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text("RELAY_LANGUAGE=ru\nRELAY_VK_TOKEN=old\n", "utf-8")
    assert credentials.add_vk(relay, " good-one ", env=env, tag="#про").works
    assert asked == ["good-one #про"]
    assert env.read_text("utf-8") == "RELAY_LANGUAGE=ru\nRELAY_VK_TOKEN=old,good-one\n"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    with pytest.raises(Refused, match="kept already"):
        credentials.add_vk(relay, "good-one", env=env)
    credentials.drop_vk(relay, tail(digest("old")), env=env)
    assert env.read_text("utf-8").endswith("RELAY_VK_TOKEN=good-one\n")
    with pytest.raises(NotFound):
        credentials.drop_vk(relay, tail(digest("old")), env=env)


@pytest.mark.slow
def test_the_first_one_stands_beside_what_the_process_has(relay: Relay, asked: list[str], tmp_path: Path) -> None:
    relay.settings.vk_token = SecretStr("given")
    credentials.add_vk(relay, "good-one", env=tmp_path / ".env")
    assert "RELAY_VK_TOKEN=given,good-one\n" in (tmp_path / ".env").read_text("utf-8")


def test_one_that_does_not_work_is_not_kept(relay: Relay, asked: list[str], tmp_path: Path) -> None:
    assert not credentials.add_vk(relay, "bad", env=tmp_path / ".env").works
    assert not (tmp_path / ".env").exists()


@pytest.mark.slow
@pytest.mark.parametrize("odd", ["", "  ", "a,b", "кириллица", "a\nb", "x" * 1001])
def test_what_can_be_no_token_is_refused_before_anybody_is_asked(
    relay: Relay, asked: list[str], tmp_path: Path, odd: str
) -> None:
    with pytest.raises(Refused):
        credentials.add_vk(relay, odd, env=tmp_path / ".env")
    assert asked == []


def test_where_the_environment_has_them_nothing_is_changed(
    relay: Relay, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "RELAY_VK_TOKEN", "outside")
    assert credentials.is_set_outside()
    for change in (credentials.add_vk, credentials.drop_vk):
        with pytest.raises(ConfigError, match="wins over"):
            change(relay, "good-one", env=tmp_path / ".env")
    assert not (tmp_path / ".env").exists()


def test_twin_without_that_guard_it_would_be_written_and_not_count(
    relay: Relay, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "RELAY_VK_TOKEN", "outside")
    monkeypatch.setattr(credentials, "is_set_outside", lambda: False)
    with pytest.raises(ConfigError):
        credentials.add_vk(relay, "good-one", env=tmp_path / ".env")
    assert "good-one" in (tmp_path / ".env").read_text("utf-8")
