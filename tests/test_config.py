from __future__ import annotations

import re
from pathlib import Path

import pytest

from relay.config import SMTP_SCHEMES, Settings, load_settings
from relay.errors import ConfigError

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.slow
def test_the_example_names_every_setting_with_its_default() -> None:
    example = dict(
        line.split("=", 1)
        for line in (ROOT / ".env.example").read_text().splitlines()
        if line and not line.startswith("#")
    )
    assert set(example) == {f"RELAY_{name.upper()}" for name in Settings.model_fields}
    copied = Settings(_env_file=ROOT / ".env.example")  # type: ignore[call-arg]
    assert copied == Settings(_env_file=None)  # type: ignore[call-arg]


@pytest.mark.parametrize("name", ["RELAY_CA_BUNDLE", "RELAY_DATA_DIR", "RELAY_PORT", "RELAY_METRICS", "RELAY_VK_RATE"])
def test_a_number_a_path_or_a_switch_that_says_nothing_is_not_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty path would be the folder that somebody happens to stand in."""
    monkeypatch.setenv(name, "")
    assert load_settings(_env_file=None) == Settings(_env_file=None)  # type: ignore[call-arg]


def test_a_text_that_says_nothing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("RELAY_PROXY=http://proxy.example.org:3128\n")
    monkeypatch.setenv("RELAY_PROXY", "")
    assert load_settings(_env_file=tmp_path / ".env").proxy == ""


def test_a_wrong_setting_is_named_and_its_value_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_PORT", "secret-value")
    with pytest.raises(ConfigError, match="RELAY_PORT") as caught:
        load_settings()
    assert "secret-value" not in caught.value.line


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("RELAY_CLUSTER", "dask:8786", "write it like tls://host:8786"),
        *(("RELAY_MEDIA_URL", wrong, "s3://bucket/folder") for wrong in ("gs://bucket", "s3://B", "s3://b/../c")),
        ("RELAY_MEDIA_ENDPOINT", "s3.example.org", "begins with https"),
        ("RELAY_MEDIA_LINKS", "ftp://s3.example.org", "begins with https"),
        ("RELAY_ALLOW_PRIVATE", "127.0.0.1", "host:port"),
        ("RELAY_ALERT_MAIL", "olga@example.org", "needs a mail server"),
        ("RELAY_SMTP_URL", "http://relay:canary@mail.example.org", "RELAY_SMTP_URL is wrong"),
        ("RELAY_ALERT_FROM", "Relay <relay@example.org>", "it is one address"),
        ("RELAY_PUBLIC_URL", "relay.example.org", "RELAY_PUBLIC_URL is wrong"),
        ("RELAY_ALERT_WEBHOOK", "ftp://example.org/canary", "begins with https://"),
    ],
)
def test_what_this_version_cannot_do_is_refused(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=re.escape(said)) as told:
        load_settings()
    assert "canary" not in told.value.line


def test_the_token_is_not_shown_by_anything_that_prints_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_VK_TOKEN", "canary-token")
    settings = load_settings()
    assert "canary" not in repr(settings)
    assert "canary" not in str(settings.model_dump_json())


def test_private_addresses_are_read_as_pairs() -> None:
    settings = Settings(_env_file=None, allow_private="127.0.0.1:80, [::1]:8080")  # type: ignore[call-arg]
    assert settings.allowed_private == {("127.0.0.1", 80), ("::1", 8080)}


@pytest.mark.slow
def test_channels_are_set_up_by_their_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().alert_channels == ()
    monkeypatch.setenv("RELAY_ALERT_MAIL", "olga@example.org, duty@example.org")
    monkeypatch.setenv("RELAY_SMTP_URL", "smtps://relay:canary@mail.example.org")
    monkeypatch.setenv("RELAY_ALERT_WEBHOOK", "https://chat.example.org/hooks/canary")
    settings = load_settings()
    assert settings.alert_channels == ("mail", "webhook")
    assert settings.alert_addresses == ["olga@example.org", "duty@example.org"]
    assert "canary" not in repr(settings) + str(settings.model_dump_json())
    monkeypatch.setenv("RELAY_ALERT_MAIL", "olga@example.org, nobody")
    with pytest.raises(ConfigError, match="a list of addresses"):
        load_settings()


@pytest.mark.slow
def test_people_open_the_desk_at_its_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().desk_url == "http://127.0.0.1:8000"
    monkeypatch.setenv("RELAY_PUBLIC_URL", "https://relay.example.org/")
    assert load_settings().desk_url == "https://relay.example.org"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "least", "below", "most", "above"),
    [
        ("vk_rate", 0.001, 0, 60, 60.1),
        ("vk_wall_quota", 1, 0, None, None),
        ("vk_search_quota", 1, 0, None, None),
        ("vk_comments_quota", 1, 0, None, None),
        ("crawl_minutes", 0.001, 0, None, None),
        ("overlap_hours", 1, 0.9, None, None),
        ("fetch_workers", 1, 0, 16, 17),
        ("max_video_mb", 1, 0, None, None),
        ("max_video_seconds", 0.001, 0, None, None),
        ("min_video_side", 2, 1, None, None),
        ("min_free_gb", 0, -0.1, None, None),
        ("hand_ins_per_hour", 0, -1, None, None),
        ("hand_ins_per_day", 0, -1, None, None),
        ("hand_in_hours", 0.001, 0, None, None),
        ("lease_seconds", 1, 0.9, 3600, 3601),
        ("render_workers", 0, -1, 64, 65),
        ("shots_gb", 0, -0.1, None, None),
        ("film_crf", 0, -1, 51, 52),
        ("loudness", -40, -40.1, -5, -4.9),
        ("port", 0, -1, 65535, 65536),
        ("session_hours", 0.001, 0, None, None),
    ],
)
def test_a_number_may_be_what_the_program_can_live_with_and_nothing_beyond(
    name: str, least: float, below: float, most: float | None, above: float | None
) -> None:
    for good in (least, most if most is not None else 10_000):
        assert getattr(load_settings(**{name: good}), name) == good
    for bad in (below, above):
        if bad is not None:
            with pytest.raises(ConfigError, match=f"RELAY_{name.upper()}"):
                load_settings(**{name: bad})


@pytest.mark.parametrize(
    ("words", "folder", "database"),
    [
        ({}, "/srv/relay/vault", "sqlite:////srv/relay/relay.db"),
        ({"media_url": "file:///mnt/media"}, "/mnt/media", "sqlite:////srv/relay/relay.db"),
        ({"database_url": "postgresql://db/relay"}, "/srv/relay/vault", "postgresql://db/relay"),
    ],
)
def test_where_rows_and_files_lie(words: dict[str, str], folder: str, database: str) -> None:
    settings = Settings(_env_file=None, data_dir=Path("/srv/relay"), **words)  # type: ignore[call-arg, arg-type]
    assert (str(settings.media_folder), settings.db_url) == (folder, database)


@pytest.mark.parametrize(
    ("written", "pairs"),
    [("", set()), (" , ", set()), ("a:1,", {("a", 1)}), ("[::1]:8080 , b:2", {("::1", 8080), ("b", 2)})],
)
def test_the_list_of_what_may_be_reached_forgives_spaces_and_commas(written: str, pairs: set[tuple[str, int]]) -> None:
    assert Settings(_env_file=None, allow_private=written).allowed_private == pairs  # type: ignore[call-arg]


def test_mail_alone_and_a_webhook_alone_are_channels_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_ALERT_WEBHOOK", "https://chat.example.org/hooks/1")
    assert load_settings().alert_channels == ("webhook",)
    monkeypatch.delenv("RELAY_ALERT_WEBHOOK")
    monkeypatch.setenv("RELAY_ALERT_MAIL", "olga@example.org")
    monkeypatch.setenv("RELAY_SMTP_URL", "smtps://mail.example.org")
    assert load_settings().alert_channels == ("mail",)


MAIL = {"alert_mail": "olga@example.org", "smtp_url": "smtps://mail.example.org"}


@pytest.mark.parametrize(
    "url", ["smtps://mail.example.org", "smtp://a:b@mail.example.org:1", "smtp+starttls://mail.example.org:65535"]
)
def test_a_mail_server_may_be_reached_in_three_ways(url: str) -> None:
    assert load_settings(smtp_url=url).smtp_url.get_secret_value() == url
    assert SMTP_SCHEMES == {"smtp": 25, "smtp+starttls": 587, "smtps": 465}, "the ports that IANA gives them"


@pytest.mark.parametrize(
    "url",
    [
        *("smtps://", "smtps://:465", "mail.example.org", "smtps://mail.example.org:0", "smtps://mail.example.org:x"),
        *("smtps://mail.example.org:65536", "smtps://[mail", "https://mail.example.org"),
    ],
)
def test_what_leads_to_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ConfigError) as told:
        load_settings(smtp_url=url)
    assert told.value.line == "RELAY_SMTP_URL is wrong: write it like smtps://user:password@host:465."


@pytest.mark.slow
@pytest.mark.parametrize("name", ["public_url", "alert_webhook"])
def test_the_web_is_reached_by_http_and_https_alone(name: str) -> None:
    for good in ("http://a.example", "https://a.example:1/x"):
        load_settings(**{name: good})
    for bad in ("ftp://a.example", "https://", "a.example", "http://a.example:0", "smtps://a.example"):
        with pytest.raises(ConfigError) as told:
            load_settings(**{name: bad})
        assert told.value.line == (
            f"RELAY_{name.upper()} is wrong: it is an address that begins with https:// or http://."
        )


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("relay@example.org", True),
        ("a@b", True),
        ("", True),
        ("nobody", False),
        ("a@", False),
        ("@example.org", False),
        ("ольга@example.org", False),
        ("olga@пример.рф", False),
        ("a@b@c", False),
        ("a b@example.org", False),
    ],
)
def test_a_sender_is_one_plain_address_or_none(address: str, is_one: bool) -> None:
    if is_one:
        assert load_settings(**MAIL, alert_from=address).alert_from == address
    else:
        with pytest.raises(
            ConfigError, match=r"^RELAY_ALERT_FROM is wrong: it is one address like relay@example\.org\.$"
        ):
            load_settings(**MAIL, alert_from=address)


@pytest.mark.slow
def test_each_address_of_the_list_has_to_be_one() -> None:
    assert load_settings(**MAIL | {"alert_mail": " a@b , ,c@d"}).alert_addresses == ["a@b", "c@d"]
    for bad in ("a@b, nobody", "nobody, a@b"):
        with pytest.raises(ConfigError, match="a list of addresses"):
            load_settings(**MAIL | {"alert_mail": bad})


def test_a_bundle_that_is_there_and_a_folder_for_media_are_taken(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("x")
    settings = load_settings(ca_bundle=bundle, media_url="file:///mnt/media", allow_private="a:1")
    assert (settings.ca_bundle, settings.media_url) == (bundle, "file:///mnt/media")
    assert settings.trusted_file == bundle


def test_a_bundle_that_is_gone_stops_only_what_goes_out_into_the_network(tmp_path: Path) -> None:
    settings = load_settings(ca_bundle=tmp_path)
    with pytest.raises(ConfigError, match=re.escape(f"RELAY_CA_BUNDLE: there is no file {tmp_path}.")):
        assert settings.trusted_file


def test_links_lead_to_the_port_that_the_desk_has(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    assert settings.desk_url == "http://127.0.0.1:8000"
    settings.desk_file.write_text("http://127.0.0.1:45678\n", "utf-8")
    assert settings.desk_url == "http://127.0.0.1:45678"
    assert load_settings(data_dir=tmp_path, public_url="https://relay.example/").desk_url == "https://relay.example"


@pytest.mark.parametrize("said", ["", "nonsense", "javascript:alert(1)", "\0", "http://["])
def test_an_address_that_is_none_is_not_believed(tmp_path: Path, said: str) -> None:
    settings = load_settings(data_dir=tmp_path)
    settings.desk_file.write_text(said, "utf-8")
    assert settings.desk_url == "http://127.0.0.1:8000"


def test_the_first_wrong_setting_is_told_with_its_reason() -> None:
    with pytest.raises(ConfigError) as told:
        load_settings(port=-1)
    assert told.value.line == (
        "The setting RELAY_PORT is wrong: Input should be greater than or equal to 0. See .env.example."
    )


@pytest.mark.slow
def test_the_desk_is_told_by_host_and_port_where_it_has_no_name() -> None:
    assert load_settings(host="10.0.0.1", port=81).desk_url == "http://10.0.0.1:81"
    assert load_settings(host="10.0.0.1", port=81, public_url="https://desk.example").desk_url == "https://desk.example"


def test_proxies_are_trusted_by_address_or_by_network_however_it_is_written(tmp_path):
    settings = load_settings(_env_file=None, data_dir=tmp_path, trusted_proxies=" 10.0.0.5/8, 127.0.0.1,, ::1 ")
    assert settings.trusted_networks == ("10.0.0.0/8", "127.0.0.1/32", "::1/128")
