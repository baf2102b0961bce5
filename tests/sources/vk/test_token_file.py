from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from relay.config import Settings
from relay.sources.vk.token_file import TokenWords, parted, words_of


def settings(tokens: str) -> Settings:
    return Settings(_env_file=None, vk_token=SecretStr(tokens))  # type: ignore[call-arg]


def test_a_list_of_tokens_is_parted() -> None:
    assert parted(" a , b,, a") == ["a", "b"]
    assert parted("") == []


def test_a_token_that_is_written_into_the_file_counts_without_a_restart(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    words = TokenWords(settings("first"), env)
    assert words() == ["first"]
    env.write_text("RELAY_LANGUAGE=ru\n", "utf-8")
    assert words() == ["first"], "the file says nothing of tokens"
    env.write_text("RELAY_VK_TOKEN='first,second'\n", "utf-8")
    assert words() == words_of(settings("first"), env) == ["first", "second"]
    env.write_text("RELAY_VK_TOKEN=\n", "utf-8")
    assert words() == []
    env.write_bytes(b"\xff\xfe")
    assert words() == [], "what can't be read changes nothing"


@pytest.mark.slow
def test_a_file_that_stood_there_at_the_start_is_the_settings_own_affair(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text("RELAY_VK_TOKEN=another\n", "utf-8")
    assert TokenWords(settings("first"), env)() == ["first"]


@pytest.mark.slow
def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "RELAY_VK_TOKEN", "outside")
    env = tmp_path / ".env"
    words = TokenWords(settings("outside"), env)
    env.write_text("RELAY_VK_TOKEN=inside\n", "utf-8")
    assert words() == words_of(settings("outside"), env) == ["outside"]
