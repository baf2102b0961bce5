from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr

from relay.config import Settings
from relay.language.catalogue import translator
from relay.language.sentence import joined
from relay.ports import Notification

NOON = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
RUSSIAN = translator("ru").tell

LETTER = Notification(
    id="0123456789abcdef",
    key="vk:abc",
    state="open",
    text=joined(
        "VK asks for a captcha.", "Open the page that VK names, confirm there, then run: relay source check CAMPAIGN"
    ),
    url="https://vk.com/captcha?sid=1",
    at=NOON,
    advice="Look at the log of relay work, and start it again. Nothing was lost.",
    campaign="proryv80",
    zone="Europe/Moscow",
)


@pytest.fixture
def make_settings(settings: Settings) -> Callable[..., Settings]:
    """Settings with a mail server, or a webhook, and a desk that people know by its address."""

    def made(**more: object) -> Settings:
        words = {
            "alert_mail": "olga@library.example, duty@library.example",
            "alert_from": "relay@library.example",
            "public_url": "https://relay.library.example/",
            **{name: SecretStr(str(more.pop(name))) for name in ("smtp_url", "alert_webhook") if name in more},
            **more,
        }
        return settings.model_copy(update=words)

    return made


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> Path:
    """The file for RELAY_CA_BUNDLE."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    return path
