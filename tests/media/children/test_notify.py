"""Without apprise's own network: what is said of each way in which a message can end."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from relay.media.children import notify

JOB = {"url": "json://somewhere/secret", "title": "Тревога", "body": "Диск полон."}


class Apprise:
    """In the place of apprise: knows the address or not, and sends or not."""

    def __init__(self, *, knows: bool = True, sends: bool = True) -> None:
        self.knows, self.sends, self.given = knows, sends, dict[str, Any]()

    def module(self) -> ModuleType:
        made = ModuleType("apprise")
        made.NotifyFormat = SimpleNamespace(TEXT="text")  # type: ignore[attr-defined]
        made.AppriseAsset = lambda **words: self.given.update(asset=words) or "asset"  # type: ignore[attr-defined]
        made.Apprise = lambda asset: self.given.update(of=asset) or self  # type: ignore[attr-defined]
        return made

    def add(self, url: str) -> bool:
        self.given["url"] = url
        return self.knows

    def notify(self, **words: str) -> bool:
        self.given["message"] = words
        return self.sends


@pytest.fixture(autouse=True)
def _logs_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify.logging, "disable", lambda _level: None)


def told(monkeypatch: pytest.MonkeyPatch, apprise: Apprise | None, refusals: list[str] | None = None) -> object:
    monkeypatch.setitem(sys.modules, "apprise", apprise.module() if apprise else None)
    return notify.sending(JOB, refusals or [])


def test_a_message_is_sent_as_plain_text_and_names_no_secret_in_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    apprise = Apprise()
    assert told(monkeypatch, apprise) == {"sent": True}
    assert apprise.given["url"] == JOB["url"]
    assert apprise.given["message"] == {"title": "Тревога", "body": "Диск полон.", "body_format": "text"}
    asset = apprise.given["asset"]
    assert (asset["secure_logging"], asset["async_mode"], asset["app_id"]) == (True, False, "Relay")
    assert apprise.given["of"] == "asset"


def test_each_failure_has_its_word(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, None) == {"error": "missing"}
    assert told(monkeypatch, Apprise(knows=False)) == {"error": "unknown"}
    assert told(monkeypatch, Apprise(sends=False)) == {"error": "failed"}
    assert told(monkeypatch, Apprise(sends=False), ["10.0.0.1"]) == {"error": "refused"}
