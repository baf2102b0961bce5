"""`relay setup` in process: every question, what is made of the answers, and what is said of them."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
import tzlocal
from pydantic import SecretStr

from relay import bootstrap
from relay.cli import setup
from relay.cli.setup import answers
from relay.cli.setup.answers import Secrets, SetupRun
from relay.cli.setup.wizard import Wizard
from relay.cli.terminal import show
from relay.cli.terminal.asking import Terminal
from relay.collect import campaigns, sources
from relay.collect.leading.answers import SetupAnswers
from relay.context import Relay
from relay.errors import ConfigError, Refused
from relay.moderation.people import accounts, passwords
from relay.sources.vk import token_check as vk_token
from relay.sources.vk.token_check import TokenKind, TokenVerdict
from relay.store import revisions
from tests.fakes.source import FakeSource
from tests.moderation.town import cheap_hasher

WITHOUT = Secrets(without_token=True)
GIVEN = {
    "title": "Прорыв",
    "hashtags": ["#proryv80"],
    "tz": "Europe/Moscow",
    "opens": "2023-01-11",
    "sources": ["vk:club1", "vk:tag"],
    "permission": "public-post",
}


class Typist:
    """Types the lines one after another, and remembers what was asked with which default."""

    def __init__(self, *lines: str, secrets: tuple[str, ...] = ()) -> None:
        self.lines, self.secrets = list(lines), list(secrets)
        self.asked: list[tuple[str, str]] = []

    def __call__(self, question: str, default: str) -> str:
        self.asked.append((question, default))
        return self.lines.pop(0) or default

    def hidden(self, question: str) -> str:
        self.asked.append((question, "hidden"))
        return self.secrets.pop(0)


@pytest.fixture
def source(relay: Relay) -> FakeSource:
    source = relay.sources["vk"]
    assert isinstance(source, FakeSource)
    return source


@pytest.fixture(autouse=True)
def _english(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RELAY_LANGUAGE", "en")
    monkeypatch.setattr(bootstrap, "open_relay", lambda *_words, **_more: relay)
    monkeypatch.setattr(type(relay.store), "check", lambda _store: None)
    monkeypatch.setattr(type(relay.store), "revision", lambda _store: revisions()[-1])
    monkeypatch.setattr(passwords, "password_hasher", cheap_hasher)
    monkeypatch.setattr(passwords, "made_up_password", lambda: "made-up")
    monkeypatch.setattr(tzlocal, "get_localzone_name", lambda: "Asia/Omsk")
    show.tongue.cache_clear()
    yield
    show.tongue.cache_clear()


def by_options(given: dict[str, Any], secrets: Secrets = WITHOUT, *, yes: bool = True) -> Wizard:
    return Wizard(Terminal(yes=yes, asks=False), dict(given), secrets)


def typed(typist: Typist, given: dict[str, Any], secrets: Secrets = WITHOUT) -> Wizard:
    terminal = Terminal(yes=False, asks=True, prompt=typist, hidden=typist.hidden)
    return Wizard(terminal, dict(given), secrets)


class Asked(Exception):
    """All questions are answered, and nothing is made yet."""


class AskingWizard(Wizard):
    """Ends before anything is made, which takes most of the time."""

    def ask(self, run: SetupRun) -> None:
        super().ask(run)
        raise Asked


def questions(terminal: Terminal, given: dict[str, Any], secrets: Secrets) -> None:
    with pytest.raises(Asked):
        AskingWizard(terminal, dict(given), secrets).walk()


def only_asked(given: dict[str, Any], secrets: Secrets = WITHOUT) -> None:
    questions(Terminal(yes=True, asks=False), given, secrets)


def only_typed(typist: Typist, given: dict[str, Any], secrets: Secrets = WITHOUT) -> None:
    questions(Terminal(yes=False, asks=True, prompt=typist, hidden=typist.hidden), given, secrets)


def steps(out: str) -> list[str]:
    """What is said, without the explanations of the five questions and empty lines."""
    return [line for line in out.splitlines() if line and line[1:2] != "/"]


DRY_RUN = [
    "A dry run: your places are read, and nothing is kept.",
    "From 2023-01-11 00:00 to 2023-01-12 12:00 we would have found 0 videos by 0 people, in 0 posts.",
    "Look-alike tags for a moderator: 0. Posts read: 0, requests: 2.",
    "Every place can be read.",
    "vk, walls: each is read about every 10.0 minutes, 118.8 calls a day.",
    "vk, search: each is read about every 10.0 minutes, 237.6 calls a day.",
    "What comes next:",
    "  relay up    the desk and the schedule; collecting begins at once",
    "  relay campaign status proryv80    how it stands",
    "  relay doctor    whether all is well",
]


# By options


@pytest.mark.slow
def test_all_is_made_from_options_and_running_it_again_changes_nothing(
    relay: Relay, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    relay.settings.language = "en"
    by_options({**GIVEN, "moderators": ["Анна Петрова", "Борис"]}).walk()
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out.splitlines() == [
        f"Data folder: {tmp_path / 'data'}",
        "Sign in at http://127.0.0.1:8000/sign-in as organizer with made-up",
        "Campaign proryv80 is made.",
        "  vk:club1  club1",
        "  vk:tag  Hashtag search",
        "Анна Петрова signs in as anna.petrova with made-up",
        "Борис signs in as boris with made-up",
        "",
        *DRY_RUN[:6],
        "",
        *DRY_RUN[6:],
    ]
    campaign = campaigns.get(relay, "proryv80")
    assert (campaign.title, campaign.hashtags, campaign.aliases) == ("Прорыв", ["#proryv80"], ["#прорыв80"])
    assert (campaign.tz, campaign.language, campaign.comments) == ("Europe/Moscow", "en", False)
    assert campaigns.local(campaign, campaign.opens_at) == "2023-01-11T00:00:00+03:00"
    assert campaigns.local(campaign, campaign.closes_at) == "2023-01-18T23:59:59+03:00"
    assert [row.address for row in sources.listing(relay, "proryv80")] == ["vk:club1", "vk:tag"]
    people = sorted((one.login, one.name, one.role.value) for one in accounts.listing(relay))
    assert people == [
        ("anna.petrova", "Анна Петрова", "moderator"),
        ("boris", "Борис", "moderator"),
        ("organizer", "Organizer", "organizer"),
    ]
    assert {one.language for one in accounts.listing(relay) if one.login != "organizer"} == {"en"}
    assert not (tmp_path / ".env").exists()
    assert not (tmp_path / "data" / "setup.json").exists()
    by_options({**GIVEN, "moderators": ["Анна Петрова", "Борис"]}).walk()
    again = capsys.readouterr()
    assert (steps(again.out), again.err) == (["Campaign proryv80 is there already.", *DRY_RUN], "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("opens", "begins"),
    [("2023-01-12T12:00", "collecting begins at once"), ("2023-01-12T12:01", "the campaign begins by itself")],
)
def test_a_campaign_that_opens_later_is_tried_on_the_last_days(
    capsys: pytest.CaptureFixture[str], opens: str, begins: str
) -> None:
    by_options({**GIVEN, "opens": opens}).walk()
    told = capsys.readouterr().out
    assert f"  relay up    the desk and the schedule; {begins}\n" in told
    later = "Your campaign opens later, so the last seven days were tried.\nFrom 2023-01-05 12:00 to 2023-01-12 12:00"
    assert (later in told) is (begins == "the campaign begins by itself")


@pytest.mark.slow
def test_without_anybody_to_ask_what_is_missing_is_named_at_once(
    relay: Relay, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lack = "There is no terminal to ask at, and these options are missing: {}. Or take the defaults: --yes\n"
    for given, yes, missing in (
        ({}, False, "--title, --hashtag, --tz, --opens, --closes, --source"),
        ({"closes": "2023-01-20"}, False, "--title, --hashtag, --tz, --opens, --source"),
        ({"title": "Прорыв", "hashtags": ["#proryv80"]}, False, "--tz, --opens, --closes, --source"),
        ({"title": "Прорыв"}, True, ""),
        ({"hashtags": ["#proryv80"]}, True, ""),
        ({}, True, "--title, --hashtag"),
    ):
        wizard = by_options(given, Secrets(), yes=yes)
        with pytest.raises(SystemExit):
            wizard.walk()
        told = capsys.readouterr().err
        assert told == lack.format(missing or "--vk-token-file"), given
        (tmp_path / "data" / "setup.json").unlink(missing_ok=True)
    assert campaigns.all_campaigns(relay) == []


@pytest.mark.slow
def test_with_yes_the_title_comes_of_the_tag_and_dates_and_place_are_the_usual(
    relay: Relay, capsys: pytest.CaptureFixture[str]
) -> None:
    by_options({"hashtags": ["#proryv80", "#прорыв"], "slug": " voices "}).walk()
    campaign = campaigns.get(relay, "voices")
    assert (campaign.title, campaign.hashtags, campaign.tz) == ("proryv80", ["#proryv80", "#прорыв"], "Asia/Omsk")
    assert campaigns.local(campaign, campaign.opens_at) == "2023-01-12T00:00:00+06:00"
    assert campaigns.local(campaign, campaign.closes_at) == "2023-01-19T23:59:59+06:00"
    assert [row.address for row in sources.listing(relay, "voices")] == ["vk:tag"]
    assert [one.login for one in accounts.listing(relay)] == ["organizer"]
    assert "Campaign voices is made." in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "line"),
    [
        ({"slug": "Ж"}, "'Ж' is no short name. Use small Latin letters, digits and dashes, up to 64."),
        ({"title": " "}, "The campaign needs a title. Give one."),
        ({"sources": ["myspace:tom"]}, "myspace:tom belongs to no network that Relay reads. Known are: vk:…"),
        ({"sources": [","]}, "The campaign needs a place to look at. vk:tag is VK's search by the tag."),
        ({"mail": "nobody"}, "'nobody' is no mail address. Several are parted by commas."),
    ],
)
def test_a_wrong_option_is_refused(words: dict[str, Any], line: str) -> None:
    with pytest.raises(Refused) as refused:
        by_options({**GIVEN, **words}).walk()
    assert refused.value.line == line


def test_a_campaign_of_this_name_with_another_tag_is_left_alone(relay: Relay) -> None:
    by_options({**GIVEN, "slug": "voices"}).walk()
    with pytest.raises(Refused, match="There is already a campaign voices"):
        by_options({**GIVEN, "slug": "voices", "hashtags": ["#другое"]}).walk()
    assert [one.hashtags for one in campaigns.all_campaigns(relay)] == [["#proryv80"]]


def test_places_that_cannot_be_read_are_named_once_and_the_answers_kept(
    relay: Relay, source: FakeSource, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.closes("vk:club2")
    given = {**GIVEN, "sources": ["vk:nowhere", "vk:club2", "vk:nowhere", "vk:club1", "vk:gone"]}
    with pytest.raises(SystemExit):
        by_options(given).walk()
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        "There is no vk:nowhere. Check the spelling.",
        "There is no vk:gone. Check the spelling.",
        "Places that could not be read: vk:nowhere, vk:gone, vk:club2. Put it right and run relay setup again: "
        "it goes on.",
    ]
    assert "This wall is closed." in told.out
    assert "Every place can be read." not in told.out
    assert [row.address for row in sources.listing(relay, "proryv80")] == ["vk:club2", "vk:club1"]
    kept = json.loads((tmp_path / "data" / "setup.json").read_text("utf-8"))
    assert kept["sources"] == ["vk:nowhere", "vk:club2", "vk:club1", "vk:gone"]


# Typed


def test_somebody_types_and_corrects_mistakes(relay: Relay, capsys: pytest.CaptureFixture[str]) -> None:
    typist = Typist(
        " ", "Прорыв. Голоса памяти", "80", "#proryv80", "-", "perhaps", "asked", "Mars/Base", "Europe/Moscow", "soon",
        "2023-01-11", "2020-01-01", "", "myspace:tom", "vk:gorodd vk:tag", " Анна  П , Борис,,Борис", "nobody", "-",
        "vk:club1", secrets=(),
    )  # fmt: skip
    typed(typist, {}).walk()
    told = capsys.readouterr()
    assert typist.asked == [
        ("Title", ""),
        ("Title", ""),
        ("Hashtag", "#прорывголосапамяти"),
        ("Hashtag", "#прорывголосапамяти"),
        ("Other spellings", "#прорыв80"),
        ("Permission", "public-post"),
        ("Permission", "public-post"),
        ("Time zone", "Asia/Omsk"),
        ("Time zone", "Asia/Omsk"),
        ("First day", "2023-01-12"),
        ("First day", "2023-01-12"),
        ("Last day", "2023-01-18"),
        ("Last day", "2023-01-18"),
        ("Addresses", "vk:tag"),
        ("Addresses", "vk:tag"),
        ("Moderators", ""),
        ("Alerts by mail to", ""),
        ("Alerts by mail to", ""),
        ("Address", ""),
    ]
    assert [line.partition(".")[0] for line in told.err.splitlines()] == [
        "The campaign needs a title",
        "'#80' is no hashtag: letters, digits and _ only, and at least one letter",
        "'perhaps' is no rule of permission",
        "'Mars/Base' is no time zone",
        "'soon' is no date",
        "The campaign would close (2020-01-01 23:59) before it opens (2023-01-11 00:00)",
        "myspace:tom belongs to no network that Relay reads",
        "'nobody' is no mail address",
        "There is no vk:gorodd",
    ]
    assert [line[:4] for line in told.out.splitlines() if line[1:2] == "/"] == ["1/5:", "2/5:", "3/5:", "4/5:", "5/5:"]
    assert steps(told.out)[2:10] == [
        f"Data folder: {relay.settings.data_dir.absolute()}",
        "Sign in at http://127.0.0.1:8000/sign-in as organizer with made-up",
        "Campaign proryv80 is made.",
        "Write it anew, or press Enter to leave it out.",
        "  vk:club1  club1",
        "  vk:tag  Hashtag search",
        "Анна П signs in as anna.p with made-up",
        "Борис signs in as boris with made-up",
    ]
    assert steps(told.out)[0].startswith("Some people will write the tag in other letters.")
    assert steps(told.out)[1].startswith("When may a clip be shown in a film?")
    assert steps(told.out)[10:] == [line.replace("237.6", "118.8") for line in DRY_RUN], "there is one spelling only"
    made = campaigns.get(relay, "proryv80")
    assert (made.aliases, made.permission, made.gate) == ([], "asked", "override")


@pytest.mark.slow
def test_a_short_name_is_asked_for_only_when_the_proposed_one_will_not_do(
    relay: Relay, capsys: pytest.CaptureFixture[str]
) -> None:
    by_options({**GIVEN, "slug": "voices"}).walk()
    typist = Typist("-", "Ж", "proryv80", "", "")
    typed(typist, {**GIVEN, "slug": "voices", "hashtags": ["#другое"], "closes": "2023-01-20"}).walk()
    assert [question for question, _ in typist.asked] == [
        "Other spellings", "Short name", "Short name", "Moderators", "Alerts by mail to",
    ]  # fmt: skip
    assert [one.slug for one in campaigns.all_campaigns(relay)] == ["proryv80", "voices"]
    assert capsys.readouterr().err.splitlines() == [
        "There is already a campaign voices. Choose another short name.",
        "'Ж' is no short name. Use small Latin letters, digits and dashes, up to 64.",
    ]


@pytest.mark.slow
def test_a_place_is_left_out_with_enter_and_one_out_of_reach_without_asking(
    relay: Relay, source: FakeSource, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {**GIVEN, "aliases": ["-"], "closes": "2023-01-20", "moderators": ["-"], "mail": "-"}
    typed(Typist(""), {**given, "sources": ["vk:nowhere"]}).walk()
    assert capsys.readouterr().err == "There is no vk:nowhere. Check the spelling.\n"
    assert sources.listing(relay, "proryv80") == []
    source.is_down()
    with pytest.raises(SystemExit):
        typed(Typist(), {**given, "sources": ["vk:club1"]}).walk()
    assert capsys.readouterr().err.splitlines() == [
        "VK does not answer. The source was not added: run the same command again in a few minutes.",
        "Places that could not be read: vk:club1. Put it right and run relay setup again: it goes on.",
    ]


# The token


def verdict(works: bool, **may: bool | None) -> TokenVerdict:
    kind = TokenKind.service if works else TokenKind.wrong
    return TokenVerdict(kind, "VK refuses the access token.", "" if works else "Try again in a few minutes.", may)


@pytest.fixture
def probed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Tokens that VK was asked about, and with which tag; those that begin with `good` work."""
    asked: list[tuple[str, str]] = []

    def probe(_settings: object, token: str, _clock: object, *, tag: str) -> TokenVerdict:
        asked.append((token, tag))
        return verdict(token.startswith("good"))

    monkeypatch.setattr(vk_token, "probe", probe)
    return asked


def test_a_token_is_tried_and_kept_for_its_owner_alone(
    probed: list[tuple[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "token").write_text("\ufeff good-one \n", "utf-8")
    only_asked(GIVEN, Secrets(token_file=tmp_path / "token"))
    assert probed == [("good-one", "#proryv80")]
    assert (tmp_path / ".env").read_text("utf-8").splitlines()[-1] == "RELAY_VK_TOKEN=good-one"
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert "Written to .env, for your eyes only: RELAY_VK_TOKEN\n" in capsys.readouterr().out


@pytest.mark.slow
def test_a_token_that_is_set_already_is_tried_and_not_written_again(
    relay: Relay, probed: list[tuple[str, str]], tmp_path: Path
) -> None:
    relay.settings.vk_token = SecretStr(" good-one ,good-two")
    only_asked(GIVEN, Secrets())
    relay.settings.vk_token = SecretStr("good-one,good-two")
    only_asked(GIVEN, Secrets())
    assert probed == [("good-one", "#proryv80")] * 2
    (tmp_path / "token").write_text("good-two")
    (tmp_path / ".env").unlink()
    only_asked(GIVEN, Secrets(token_file=tmp_path / "token"))
    assert not (tmp_path / ".env").exists()


@pytest.mark.slow
def test_a_wrong_token_ends_it_where_nobody_can_be_asked(
    relay: Relay, probed: list[tuple[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "token").write_text("bad")
    with pytest.raises(SystemExit):
        by_options(GIVEN, Secrets(token_file=tmp_path / "token")).walk()
    told = capsys.readouterr()
    assert told.out == "VK refuses the access token.\nTry again in a few minutes.\n"
    assert told.err == "VK can't be read with this token. To go on without one: --no-vk-token\n"
    assert campaigns.all_campaigns(relay) == []
    with pytest.raises(Refused, match="none can't be read"):
        by_options(GIVEN, Secrets(token_file=Path("none"))).walk()


def test_a_wrong_token_is_asked_for_again_at_a_terminal(
    relay: Relay, probed: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    given = {**GIVEN, "aliases": ["-"], "closes": "2023-01-20", "moderators": ["-"], "mail": "-"}
    question = ("Service token (Enter: go on without)", "hidden")
    typist = Typist(secrets=("bad", " good-one "))
    only_typed(typist, given, Secrets())
    assert (typist.asked, [token for token, _ in probed]) == ([question] * 2, ["bad", "good-one"])
    typist = Typist(secrets=("",))
    only_typed(typist, given, Secrets())
    assert typist.asked == [question]
    without = "Without a token VK is not read. Put it into .env later, and run relay setup again.\n"
    assert without in capsys.readouterr().out
    relay.settings.vk_token = SecretStr("bad")
    only_typed(Typist(), given, WITHOUT)
    assert [token for token, _ in probed] == ["bad", "good-one"]


def test_where_vk_is_not_read_no_token_is_asked_for(relay: Relay, probed: list[tuple[str, str]]) -> None:
    relay.sources["tg"] = FakeSource("tg")
    only_asked({**GIVEN, "sources": ["tg:club1"]}, Secrets())
    assert probed == []


def test_a_setting_that_the_environment_has_too_is_told(
    probed: list[tuple[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("good")
    monkeypatch.setenv("RELAY_VK_TOKEN", "other")
    with pytest.raises(ConfigError) as told:
        by_options(GIVEN, Secrets(token_file=tmp_path / "token")).walk()
    assert told.value.line == (
        "The environment sets RELAY_VK_TOKEN too, and wins over .env. Take it out of the environment."
    )


# Mail


@pytest.mark.slow
def test_mail_needs_a_server_which_is_kept_for_its_owner_alone(
    relay: Relay, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {**GIVEN, "mail": " a@b.example, c@d.example "}
    with pytest.raises(SystemExit):
        by_options(given).walk()
    assert "are missing: --smtp-url-file." in capsys.readouterr().err
    (tmp_path / "server").write_text("smtps://me:s3cret@mail.example\n")
    only_asked(given, Secrets(smtp_file=tmp_path / "server", without_token=True))
    assert (tmp_path / ".env").read_text("utf-8").splitlines()[-2:] == [
        "RELAY_ALERT_MAIL='a@b.example, c@d.example'",
        "RELAY_SMTP_URL=smtps://me:s3cret@mail.example",
    ]
    told = capsys.readouterr().out
    assert "Written to .env, for your eyes only: RELAY_ALERT_MAIL, RELAY_SMTP_URL\n" in told
    assert "s3cret" not in told
    (tmp_path / ".env").unlink()
    relay.settings.smtp_url = SecretStr("smtps://me:s3cret@mail.example")
    relay.settings.alert_mail = "a@b.example, c@d.example"
    only_asked(given)
    assert not (tmp_path / ".env").exists()
    only_asked({**given, "mail": "e@f.example"})
    assert "RELAY_ALERT_MAIL=e@f.example" in (tmp_path / ".env").read_text("utf-8")


@pytest.mark.slow
def test_a_mail_server_is_typed_unseen_or_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = {**GIVEN, "aliases": ["-"], "closes": "2023-01-20", "moderators": ["-"], "mail": "a@b.example"}
    typist = Typist(secrets=("",))
    only_typed(typist, given)
    assert typist.asked == [("Mail server (Enter: no mail)", "hidden")]
    assert not (tmp_path / ".env").exists()
    with pytest.raises(ConfigError, match="RELAY_SMTP_URL is wrong"):
        typed(Typist(secrets=("mail.example",)), given).walk()
    assert not (tmp_path / ".env").exists()
    only_typed(Typist(secrets=("smtps://mail.example",)), given)
    assert "RELAY_SMTP_URL=smtps://mail.example" in (tmp_path / ".env").read_text("utf-8")
    assert capsys.readouterr().out.count("Mail is sent through a server: smtps://user:password@host.") == 3


# After a break


@pytest.fixture
def kept(relay: Relay) -> Path:
    path = relay.settings.data_dir / "setup.json"
    answers = SetupAnswers(
        "Прорыв", ["#proryv80"], ["#прорыв80"], "voices", "2023-01-11", "2023-01-20", "Europe/Moscow", ["vk:club1"],
        ["Анна", "Борис"], "",
    )  # fmt: skip
    words = {name: getattr(answers, name) for name in answers.__slots__}
    path.write_text(json.dumps({**words, "unknown": 1}), "utf-8")
    return path


def test_what_was_answered_is_proposed_at_a_terminal(
    relay: Relay, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typist = Typist(*[""] * 10)
    typed(typist, {}).walk()
    assert typist.asked == [
        ("Title", "Прорыв"),
        ("Hashtag", "#proryv80"),
        ("Other spellings", "#прорыв80"),
        ("Permission", "public-post"),
        ("Time zone", "Europe/Moscow"),
        ("First day", "2023-01-11"),
        ("Last day", "2023-01-20"),
        ("Addresses", "vk:club1"),
        ("Moderators", "Анна, Борис"),
        ("Alerts by mail to", ""),
    ]
    told = capsys.readouterr().out
    assert told.startswith("Going on from what you answered last time: press Enter to keep an answer.\n")
    assert campaigns.get(relay, "voices").aliases == ["#прорыв80"]
    assert not kept.exists()


@pytest.mark.slow
@pytest.mark.parametrize("yes", [True, False])
def test_what_was_answered_is_taken_where_nobody_can_be_asked(
    relay: Relay, kept: Path, capsys: pytest.CaptureFixture[str], *, yes: bool
) -> None:
    by_options({"title": "Другое"}, yes=yes).walk()
    campaign = campaigns.get(relay, "voices")
    assert (campaign.title, campaigns.local(campaign, campaign.closes_at)) == ("Другое", "2023-01-20T23:59:59+03:00")
    assert [row.address for row in sources.listing(relay, "voices")] == ["vk:club1"]
    assert sorted(one.name for one in accounts.listing(relay)) == ["Organizer", "Анна", "Борис"]
    assert "Going on" not in capsys.readouterr().out


@pytest.mark.slow
def test_no_spelling_at_all_is_an_answer_too(relay: Relay, kept: Path) -> None:
    kept.write_text(json.dumps({"title": "Прорыв", "hashtags": ["#proryv80"], "aliases": []}), "utf-8")
    typist = Typist(*[""] * 10)
    only_typed(typist, {})
    assert typist.asked[2] == ("Other spellings", "")


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"title": 7'])
def test_a_file_of_answers_that_cannot_be_read_is_as_none(
    relay: Relay, kept: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.write_text(text, "utf-8")
    with pytest.raises(SystemExit):
        by_options({}).walk()
    assert "are missing: --title, --hashtag." in capsys.readouterr().err


@pytest.mark.slow
def test_answers_are_kept_question_by_question_for_their_owner_alone(relay: Relay, tmp_path: Path) -> None:
    kept = tmp_path / "data" / "setup.json"
    for words, known in (
        ({"sources": ["myspace:tom"]}, {"opens": "2023-01-11", "sources": []}),
        ({"mail": "nobody"}, {"opens": "2023-01-11", "sources": ["vk:club1", "vk:tag"]}),
        ({"opens": "soon"}, {"opens": "", "sources": []}),
    ):
        with pytest.raises(Refused):
            by_options({**GIVEN, **words}).walk()
        told = json.loads(kept.read_text("utf-8"))
        assert {name: told[name] for name in known} == known
        assert (told["title"], told["slug"], stat.S_IMODE(kept.stat().st_mode)) == ("Прорыв", "proryv80", 0o600)
        assert [path.name for path in kept.parent.glob("setup*")] == ["setup.json"]
        kept.unlink()


def refused(check: Callable[[str], Any], said: str) -> str:
    with pytest.raises(Refused) as error:
        check(said)
    return error.value.line


def test_places_may_stand_in_a_file(relay: Relay, tmp_path: Path) -> None:
    file = tmp_path / "places.txt"
    file.write_text("\ufeff# ours\n\n  vk:club1 \n #vk:club2\nvk:tag\nvk:club1\n", "utf-8")
    assert answers.listed(None, None) is answers.listed([], None) is None
    assert answers.listed(["vk:club3"], None) == ["vk:club3"]
    assert answers.listed(["vk:club3"], file) == ["vk:club3", "vk:club1", "vk:tag", "vk:club1"]
    assert answers.listed(None, file) == ["vk:club1", "vk:tag", "vk:club1"]
    only_asked({**GIVEN, "sources": [f" {file} "]})
    told = json.loads((tmp_path / "data" / "setup.json").read_text("utf-8"))
    assert told["sources"] == ["vk:club1", "vk:tag"]
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Refused, match=r"places.txt can't be read"):
        answers.listed(None, file)
    assert [answers.is_file(said) for said in (str(file), str(tmp_path), "x" * 5000, "\0")] == [True] + [False] * 3


# The command


@dataclass
class Walked:
    """The wizards that a command has sent on their way."""

    wizards: list[Wizard] = field(default_factory=list)
    ends: Exception | None = None


@pytest.fixture
def walked(monkeypatch: pytest.MonkeyPatch) -> Walked:
    walked = Walked()

    def walk(wizard: Wizard) -> None:
        walked.wizards.append(wizard)
        if walked.ends is not None:
            raise walked.ends

    monkeypatch.setattr(Wizard, "walk", walk)
    return walked


OPTIONS: dict[str, Any] = dict.fromkeys(
    ("title", "hashtag", "alias", "slug", "opens", "closes", "tz", "source", "sources_file", "vk_token_file",
     "moderator", "alert_mail", "smtp_url_file")
)  # fmt: skip


def test_options_are_handed_on_by_what_they_mean(walked: Walked, tmp_path: Path) -> None:
    (tmp_path / "p").write_text("vk:tag\n")
    setup.setup(
        title="Т", hashtag=["#а"], alias=["#б"], slug="s", opens="1", closes="2", tz="Z", source=["vk:club1"],
        sources_file=tmp_path / "p", vk_token_file=Path("t"), no_vk_token=True, moderator=["Анна"], alert_mail="a@b",
        smtp_url_file=Path("m"), yes=True,
    )  # fmt: skip
    setup.setup(**OPTIONS, no_vk_token=False, yes=False)
    whole, bare = walked.wizards
    assert whole.given == {
        "title": "Т", "hashtags": ["#а"], "aliases": ["#б"], "slug": "s", "opens": "1", "closes": "2", "tz": "Z",
        "sources": ["vk:club1", "vk:tag"], "moderators": ["Анна"], "mail": "a@b",
    }  # fmt: skip
    assert whole.secrets == Secrets(Path("t"), Path("m"), without_token=True)
    assert (whole.terminal.yes, whole.terminal.asks) == (True, False)
    assert (bare.given, bare.secrets) == ({}, Secrets(None, None, without_token=False))
    assert (bare.terminal.yes, bare.terminal.asks) == (False, False)


@pytest.mark.parametrize(("stdin", "stdout"), [(True, True), (True, False), (False, True)])
def test_questions_are_asked_only_where_both_ends_are_a_terminal(
    walked: Walked, monkeypatch: pytest.MonkeyPatch, *, stdin: bool, stdout: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: stdin))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: stdout))
    setup.setup(**OPTIONS, no_vk_token=False, yes=False)
    assert walked.wizards[0].terminal.asks is (stdin and stdout)


@pytest.mark.parametrize("end", [typer.Abort(), EOFError()])
def test_who_breaks_off_hears_that_the_answers_are_kept(
    walked: Walked, capsys: pytest.CaptureFixture[str], end: Exception
) -> None:
    walked.ends = end
    with pytest.raises(SystemExit):
        setup.setup(**OPTIONS, no_vk_token=False, yes=False)
    assert capsys.readouterr().err == "Stopped. What you answered is kept: run relay setup again to go on.\n"
