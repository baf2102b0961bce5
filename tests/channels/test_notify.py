"""Notices by the real apprise, in its child, to an HTTP server on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

from relay.channels import notify as module
from relay.channels import open_channels
from relay.channels.notify import Notify
from relay.config import Settings, load_settings
from relay.errors import ConfigError, NotSent
from relay.media.toolbox import Done
from tests.channels.conftest import LETTER, RUSSIAN
from tests.channels.test_webhook import Chat, serving
from tests.fakes.clock import FakeClock
from tests.fakes.toolbox import RecordingToolbox

SECRET = "canary"


@pytest.fixture
def port() -> Iterator[int]:
    Chat.got.clear()
    with serving() as port:
        yield port


@pytest.fixture
def notices(settings: Settings) -> Callable[..., Notify]:
    def opened(*addresses: str, allow: str = "", number: int = 1) -> Notify:
        words = {"alert_notify": SecretStr(" ".join(addresses)), "allow_private": allow}
        made = settings.model_copy(update={**words, "public_url": "https://relay.library.example/"})
        return Notify(made, FakeClock(), RUSSIAN, number=number)

    return opened


@pytest.mark.slow
def test_a_notice_arrives_with_what_to_do_and_a_link(notices, port):
    channel = notices(f"json://127.0.0.1:{port}/", allow=f"127.0.0.1:{port}")
    assert channel.send(LETTER) == "json: ✓"
    ((_headers, body),) = Chat.got
    assert body["title"] == "Relay · proryv80"
    lines = body["message"].splitlines()
    assert "капч" in lines[0].lower()
    assert lines[1].startswith("Что делать:")
    assert lines[-1] == "https://vk.com/captcha?sid=1"


@pytest.mark.slow
def test_a_private_address_is_not_reached_unless_it_is_allowed(notices, port):
    with pytest.raises(NotSent, match=r"must not be reached \(json\)"):
        notices(f"json://user:{SECRET}@127.0.0.1:{port}/").send(LETTER)
    assert Chat.got == []


@pytest.mark.slow
def test_a_service_that_refuses_is_told_without_the_address(notices, port, capfd):
    with pytest.raises(NotSent) as told:
        notices(f"json://user:{SECRET}@127.0.0.1:{port}/500", allow=f"127.0.0.1:{port}").send(LETTER)
    assert SECRET not in str(told.value.line) + "".join(capfd.readouterr())
    assert "json" in told.value.line


@pytest.mark.slow
def test_an_address_of_no_service_is_told(notices):
    with pytest.raises(NotSent, match=r"No service has an address like that .*\(nobody\)"):
        notices("nobody://x/y").send(LETTER)


def test_without_the_extra_it_says_what_to_install(notices, monkeypatch):
    channel = notices("tgram://1:x/2")

    class Without(RecordingToolbox):
        def run(self, *_words: object, **_more: object) -> Done:
            return Done('{"error": "missing"}\n', "", 0, 0.0)

    channel._toolbox = Without()
    with pytest.raises(NotSent) as told:
        channel.send(LETTER)
    assert "hashtag-relay[notify]" in told.value.line


@pytest.mark.parametrize("said", ["", "no json", '{"error": "failed"}'])
def test_a_child_that_fails_is_a_notice_that_was_not_sent(notices, said):
    channel = notices("tgram://1:x/2")
    with pytest.raises(NotSent, match="did not take the notice"):
        channel._judge(said)


@pytest.mark.slow
def test_each_address_is_a_channel_of_its_own(settings):
    made = settings.model_copy(update={"alert_notify": SecretStr("tgram://1:x/2\n  json://a.example/")})
    assert made.alert_channels == ("notify-1", "notify-2")
    channels = open_channels(made, FakeClock(), RUSSIAN)
    assert [channel.name for channel in channels.values()] == ["notify-1", "notify-2"]


@pytest.mark.slow
@pytest.mark.parametrize("value", ["canary", "canary://", " ".join(f"json://h{n}/canary" for n in range(10))])
def test_a_wrong_setting_is_told_and_not_shown(monkeypatch, value):
    monkeypatch.setenv("RELAY_ALERT_NOTIFY", value)
    with pytest.raises(ConfigError, match="RELAY_ALERT_NOTIFY is wrong") as told:
        load_settings()
    assert SECRET not in str(told.value.line)


@pytest.mark.slow
def test_twin_without_the_guard_the_private_address_is_reached(notices, port, monkeypatch):
    monkeypatch.setattr(module, "reach", lambda _settings: {"allowed": [("127.0.0.1", port)]})
    assert notices(f"json://127.0.0.1:{port}/").send(LETTER) == "json: ✓"
    assert len(Chat.got) == 1
