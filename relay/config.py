"""Settings, from the environment and from `.env`. `.env.example` explains each to a person."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from relay.errors import ConfigError
from relay.language.catalogue import is_spoken, languages
from relay.language.sentence import Sentence

SMTP_SCHEMES = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
"""Ways to reach a mail server in RELAY_SMTP_URL → the usual port."""


NOTICE = re.compile(r"[a-z][a-z0-9.+-]*://\S")
MOST_NOTICES = 9
BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9][A-Za-z0-9._-]*)*/?")
"""Names of buckets as S3 has them (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html)."""
HOST = re.compile(r"[\w.-]{1,253}|\[?[0-9a-fA-F:.]{2,45}\]?")


SAID: Mapping[str, tuple[str, str, str]] = {
    "greater_than_equal": ("Input should be greater than or equal to {least}", "least", "ge"),
    "less_than_equal": ("Input should be less than or equal to {most}", "most", "le"),
    "greater_than": ("Input should be greater than {least}", "least", "gt"),
    "less_than": ("Input should be less than {most}", "most", "lt"),
    "literal_error": ("Input should be {allowed}", "allowed", "expected"),
}
"""Kinds of pydantic's errors that name a bound → our message id, its place, pydantic's name for it."""


def _spoken(language: str) -> str:
    if not is_spoken(language):
        expected = ", ".join(f"'{code}'" for code in languages())
        raise PydanticCustomError("literal_error", "Input should be {expected}", {"expected": expected})
    return language


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="RELAY_", env_file=".env", extra="ignore", hide_input_in_errors=True)

    data_dir: Path = Path("data")
    database_url: str = ""
    media_url: str = ""
    media_endpoint: str = ""
    media_region: str = ""
    media_access_key: SecretStr = SecretStr("")
    media_secret_key: SecretStr = SecretStr("")
    media_links: str = ""
    media_cache_gb: float = Field(default=20.0, ge=0.1)
    cluster: str = ""
    cluster_folder: str = ""
    language: Annotated[str, AfterValidator(_spoken)] = "ru"

    vk_token: SecretStr = SecretStr("")
    vk_api_url: str = ""
    vk_rate: float = Field(default=3.0, gt=0, le=60)
    vk_wall_quota: int = Field(default=5000, ge=1)
    vk_search_quota: int = Field(default=1000, ge=1)
    vk_comments_quota: int = Field(default=500, ge=1)
    proxy: str = ""
    ca_bundle: Path | None = None
    allow_private: str = ""

    crawl_minutes: float = Field(default=10.0, gt=0)
    overlap_hours: float = Field(default=24.0, ge=1)
    fetch_workers: int = Field(default=2, ge=1, le=16)
    max_video_mb: int = Field(default=2048, ge=1)
    max_video_seconds: float = Field(default=300.0, gt=0)
    min_video_side: int = Field(default=100, ge=2)
    min_free_gb: float = Field(default=2.0, ge=0)

    speech_model: str = ""

    hand_ins_per_hour: int = Field(default=5, ge=0)
    hand_ins_per_day: int = Field(default=20, ge=0)
    hand_in_hours: float = Field(default=12.0, gt=0)

    backup_recipients: str = ""

    mending_days: float = Field(default=7.0, gt=0)
    second_looks: bool = False
    second_look_share: float = Field(default=0.01, ge=0, le=1)

    keep_answers_days: int = Field(default=0, ge=0)
    keep_contacts_days: int = Field(default=0, ge=0)
    keep_logs_days: int = Field(default=0, ge=0)

    lease_seconds: float = Field(default=20.0, ge=1, le=3600)

    render_workers: int = Field(default=0, ge=0, le=64)
    shots_gb: float = Field(default=50.0, ge=0)
    film_preset: str = "veryfast"
    film_crf: int = Field(default=21, ge=0, le=51)
    loudness: float = Field(default=-16.0, ge=-40, le=-5)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    session_hours: float = Field(default=12.0, gt=0)
    secure_cookies: bool = False
    public_url: str = ""
    hosts: str = ""
    trusted_proxies: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_name: str = ""
    oidc_claim: str = "preferred_username"
    oidc_role: Literal["", "moderator", "editor", "viewer"] = ""
    api_per_minute: int = Field(default=600, ge=1)
    person: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    alert_mail: str = ""
    smtp_url: SecretStr = SecretStr("")
    alert_from: str = ""
    record_mail: str = ""
    alert_webhook: SecretStr = SecretStr("")
    alert_notify: SecretStr = SecretStr("")
    metrics: bool = False
    metrics_token: SecretStr = SecretStr("")

    @property
    def db_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'relay.db'}"

    @property
    def in_bucket(self) -> bool:
        """Whether files are kept in an object store, which several hosts may share."""
        return self.media_url.startswith("s3://")

    @property
    def place_of_media(self) -> str:
        """As RELAY_MEDIA_URL names it, also where it is left empty."""
        return self.media_url or f"file://{self.data_dir.absolute() / 'vault'}"

    @property
    def media_folder(self) -> Path:
        """Where media lie on this host; with an object store only what it holds in its cache."""
        if self.in_bucket:
            return self.data_dir.absolute() / "media-cache"
        return Path(self.media_url.removeprefix("file://")) if self.media_url else self.data_dir.absolute() / "vault"

    @model_validator(mode="before")
    @classmethod
    def _empty_is_not_set(cls, given: dict[str, object]) -> dict[str, object]:
        """Where nothing can't be a value: a number, a switch, or a path, of which pydantic makes the folder `.`."""
        texts = {name for name, field in cls.model_fields.items() if isinstance(field.default, str | SecretStr)}
        return {name: value for name, value in given.items() if value != "" or name in texts}

    @property
    def speech_folder(self) -> Path | None:
        """The folder of RELAY_SPEECH_MODEL."""
        return Path(self.speech_model).absolute() if self.speech_model else None

    @property
    def media_origin(self) -> str:
        """From where browsers read media, beside the desk: scheme, host and port; empty for nowhere else."""
        parts = urlsplit(self.media_links if self.in_bucket else "")
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""

    @property
    def allowed_private(self) -> frozenset[tuple[str, int]]:
        """Host and port pairs that the connect guard lets through although they are private."""
        pairs = [entry.strip().rpartition(":") for entry in self.allow_private.split(",") if entry.strip()]
        return frozenset((host.strip("[]"), int(port)) for host, _, port in pairs)

    @property
    def own_hosts(self) -> frozenset[str]:
        """Names under which the desk is opened, in small letters."""
        written = (*self.hosts.split(","), urlsplit(self.public_url).hostname or "", self.host)
        return frozenset(name for entry in written if (name := entry.strip().casefold().strip("[]")))

    @property
    def trusted_networks(self) -> tuple[str, ...]:
        """Addresses and networks of proxies whose word counts about who asks."""
        written = [entry.strip() for entry in self.trusted_proxies.split(",") if entry.strip()]
        return tuple(str(ip_network(entry, strict=False)) for entry in written)

    @property
    def trusted_file(self) -> Path | None:
        """The file of RELAY_CA_BUNDLE, for whoever goes out into the network. Raises ConfigError where it is gone: what
        needs no network works without it.
        """
        if self.ca_bundle is not None and not self.ca_bundle.is_file():
            raise ConfigError("RELAY_CA_BUNDLE: there is no file {ca_bundle}.", ca_bundle=self.ca_bundle)
        return self.ca_bundle

    @property
    def alert_addresses(self) -> list[str]:
        """To whom mail about alerts goes."""
        return [address.strip() for address in self.alert_mail.split(",") if address.strip()]

    @property
    def record_addresses(self) -> list[str]:
        """To whom the day's head of the record goes: at best somebody who doesn't run the machine."""
        named = [address.strip() for address in self.record_mail.split(",") if address.strip()]
        return named or self.alert_addresses

    @property
    def notify_addresses(self) -> list[str]:
        """Addresses of services that apprise knows. Each holds secrets."""
        return self.alert_notify.get_secret_value().split()

    @property
    def alert_channels(self) -> tuple[str, ...]:
        """The channels that are set up: `mail`, `webhook`, `notify-1` …"""
        wanted = {"mail": bool(self.alert_addresses), "webhook": bool(self.alert_webhook.get_secret_value())}
        notices = (f"notify-{number}" for number, _ in enumerate(self.notify_addresses, 1))
        return (*(name for name, is_set in wanted.items() if is_set), *notices)

    @property
    def desk_url(self) -> str:
        """Where people open the desk, without a slash at the end."""
        return self.public_url.rstrip("/") or self._heard_at() or f"http://{self.host}:{self.port}"

    @property
    def desk_file(self) -> Path:
        """Where the desk notes on which address of this machine it listens, or listened last."""
        return self.data_dir.absolute() / "desk.url"

    def _heard_at(self) -> str:
        try:
            said = self.desk_file.read_text("utf-8").strip()
        except (OSError, ValueError):
            return ""
        return said if _leads_to(said, ("http",)) else ""


def load_settings(**overrides: object) -> Settings:
    """Reads the settings; ConfigError names the first one that is wrong, and never shows its value."""
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = "RELAY_" + "_".join(str(part) for part in first["loc"]).upper()
        raise ConfigError(
            "The setting {name} is wrong: {msg}.", hint="See .env.example.", name=name, msg=_said(first)
        ) from error
    _refuse_what_is_not_there(settings)
    return settings


def _said(error: ErrorDetails) -> Sentence:
    message, place, theirs = SAID.get(error["type"], ("", "", ""))
    if not message:
        return Sentence(error["msg"])
    bound = error["ctx"][theirs]
    return Sentence(message, {place: int(bound) if isinstance(bound, float) and bound.is_integer() else bound})


def _refuse_channels(settings: Settings) -> None:
    """Neither address is shown: both may hold a password."""
    smtp, webhook = settings.smtp_url.get_secret_value(), settings.alert_webhook.get_secret_value()
    if settings.alert_addresses and not smtp:
        raise ConfigError("RELAY_ALERT_MAIL needs a mail server in RELAY_SMTP_URL.", hint="See .env.example.")
    if smtp and not _leads_to(smtp, SMTP_SCHEMES):
        raise ConfigError("RELAY_SMTP_URL is wrong: write it like smtps://user:password@host:465.")
    if not all(_is_address(address) for address in settings.alert_addresses):
        raise ConfigError("RELAY_ALERT_MAIL is wrong: it is a list of addresses, parted by commas.")
    if settings.record_mail and not settings.smtp_url.get_secret_value():
        raise ConfigError("RELAY_RECORD_MAIL needs a mail server in RELAY_SMTP_URL.", hint="See .env.example.")
    if settings.record_mail and not all(_is_address(address) for address in settings.record_addresses):
        raise ConfigError("RELAY_RECORD_MAIL is wrong: it is a list of addresses, parted by commas.")
    if settings.alert_from and not _is_address(settings.alert_from):
        raise ConfigError("RELAY_ALERT_FROM is wrong: it is one address like relay@example.org.")
    if settings.public_url and not _leads_to(settings.public_url, ("https", "http")):
        raise ConfigError("RELAY_PUBLIC_URL is wrong: it is an address that begins with https:// or http://.")
    if not all(HOST.fullmatch(entry.strip()) for entry in settings.hosts.split(",") if entry.strip()):
        raise ConfigError("RELAY_HOSTS is wrong: it is a list of names without http:// and port, parted by commas.")
    if webhook and not _leads_to(webhook, ("https", "http")):
        raise ConfigError("RELAY_ALERT_WEBHOOK is wrong: it is an address that begins with https:// or http://.")
    notices = settings.notify_addresses
    if len(notices) > MOST_NOTICES or not all(NOTICE.match(address) for address in notices):
        raise ConfigError(
            "RELAY_ALERT_NOTIFY is wrong: it is up to {most} addresses like tgram://…, parted by spaces.",
            most=MOST_NOTICES,
        )


def _is_address(text: str) -> bool:
    from email.errors import MessageError
    from email.headerregistry import Address

    try:
        parsed = Address(addr_spec=text)
    except (ValueError, IndexError, MessageError):
        return False
    return bool(parsed.username and parsed.domain) and text.isascii()


def _leads_to(url: str, schemes: Collection[str]) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def check_place_of_media(url: str) -> None:
    """Raises ConfigError for what is neither a folder nor a bucket."""
    if url and not url.startswith("file://") and not BUCKET.fullmatch(url):
        raise ConfigError(
            "RELAY_MEDIA_URL is wrong: write it like file:///srv/relay/media or s3://bucket/folder.",
            hint="See .env.example.",
        )


def _refuse_what_is_not_there(settings: Settings) -> None:
    _refuse_channels(settings)
    try:
        settings.allowed_private  # noqa: B018 - parsed here so that a slip is told at the start
    except ValueError as error:
        raise ConfigError("RELAY_ALLOW_PRIVATE is wrong: it is a list of host:port, parted by commas.") from error
    try:
        settings.trusted_networks  # noqa: B018 - parsed here so that a slip is told at the start
    except ValueError as error:
        raise ConfigError(
            "RELAY_TRUSTED_PROXIES is wrong: it is a list of addresses or networks like 10.0.0.0/8, parted by commas."
        ) from error
    if settings.oidc_issuer and not settings.oidc_client_id:
        raise ConfigError("RELAY_OIDC_ISSUER needs RELAY_OIDC_CLIENT_ID.", hint="See .env.example.")
    if settings.oidc_issuer and not _leads_to(settings.oidc_issuer, ("https", "http")):
        raise ConfigError("RELAY_OIDC_ISSUER is wrong: it is an address that begins with https://.")
    check_place_of_media(settings.media_url)
    for name, address in (
        ("RELAY_MEDIA_ENDPOINT", settings.media_endpoint),
        ("RELAY_MEDIA_LINKS", settings.media_links),
    ):
        if address and not _leads_to(address, ("https", "http")):
            raise ConfigError("{name} is wrong: it is an address that begins with https:// or http://.", name=name)
    if settings.cluster and not _leads_to(settings.cluster, ("tls", "tcp")):
        raise ConfigError(
            "RELAY_CLUSTER is wrong: write it like tls://host:8786.",
            hint="Without TLS (tcp://) a cluster stays on one machine.",
        )
