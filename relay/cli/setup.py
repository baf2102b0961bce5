"""`relay setup`: from nothing to a campaign that is ready to run, by five questions.

Every answer is also an option, so that it can be scripted. What was answered is kept in the data folder until the end
(the token in `.env` only), and every step finds what is done already: after a break the same command goes on.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from relay.cli.terminal.asking import Check, Terminal, tell
from relay.cli.terminal.show import fail, say, table, tongue, worded
from relay.errors import ConfigError, Refused, RelayError
from relay.language.catalogue import N_

if TYPE_CHECKING:
    from relay.collect.dry_run import DryRun
    from relay.context import Relay
    from relay.models import Campaign
    from relay.sources.vk.token import TokenVerdict

ANSWERS = "setup.json"
TOKEN = "RELAY_VK_TOKEN"  # noqa: S105 - a setting's name
ZONE = "Europe/Moscow"
LASTS = timedelta(days=7)
MOST_ADDRESSES = 2000


def setup(
    title: Annotated[str | None, typer.Option(help="The campaign's title, as it stands on the film.")] = None,
    hashtag: Annotated[list[str] | None, typer.Option(help="The tag to look for; may be given several times.")] = None,
    alias: Annotated[list[str] | None, typer.Option(help="A spelling that counts like the tag.")] = None,
    slug: Annotated[str | None, typer.Option(help="Short name: small Latin letters, digits, dashes.")] = None,
    opens: Annotated[
        str | None, typer.Option(help="First day or moment that counts, e.g. 2023-01-11 or 11.01.2023.")
    ] = None,
    closes: Annotated[
        str | None, typer.Option(help="Last day or moment that counts, e.g. 2023-01-18 or 18.01.2023 23:59.")
    ] = None,
    tz: Annotated[str | None, typer.Option(help="The campaign's time zone.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Where people post; may be given several times.")] = None,
    sources_file: Annotated[
        Path | None, typer.Option(help="The same, one a line.", exists=True, dir_okay=False)
    ] = None,
    vk_token_file: Annotated[
        Path | None, typer.Option(help="A file with VK's service token; - reads it from stdin.", allow_dash=True)
    ] = None,
    no_vk_token: Annotated[bool, typer.Option("--no-vk-token", help="Go on without a token of VK.")] = False,
    moderator: Annotated[
        list[str] | None, typer.Option(help="Name of somebody who moderates; may be given several times.")
    ] = None,
    alert_mail: Annotated[str | None, typer.Option(help="Where alerts go by mail.")] = None,
    smtp_url_file: Annotated[
        Path | None,
        typer.Option(
            help="A file with the mail server, as RELAY_SMTP_URL has it; - reads it from stdin.", allow_dash=True
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take the default of every question left.")] = False,
) -> None:
    """Set everything up by five questions, test it, and say what would be found. Killed midway, it goes on."""
    given = {
        "title": title,
        "hashtags": hashtag,
        "aliases": alias,
        "slug": slug,
        "opens": opens,
        "closes": closes,
        "tz": tz,
        "sources": _listed(source, sources_file),
        "moderators": moderator,
        "mail": alert_mail,
    }
    terminal = Terminal(yes=yes, asks=sys.stdin.isatty() and sys.stdout.isatty())
    secrets = Secrets(vk_token_file, smtp_url_file, without_token=no_vk_token)
    try:
        Wizard(terminal, {name: value for name, value in given.items() if value is not None}, secrets).walk()
    except (typer.Abort, EOFError):
        fail("Stopped. What you answered is kept: run relay setup again to go on.")


@dataclass(slots=True)
class SetupAnswers:
    """What the wizard wants to know, as people write it."""

    title: str = ""
    hashtags: list[str] = field(default_factory=list)
    aliases: list[str] | None = None
    slug: str = ""
    opens: str = ""
    closes: str = ""
    tz: str = ""
    sources: list[str] = field(default_factory=list)
    moderators: list[str] | None = None
    mail: str | None = None


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where what nobody may see is read from; None: it is asked for."""

    token_file: Path | None = None
    smtp_file: Path | None = None
    without_token: bool = False


class Wizard:
    def __init__(self, terminal: Terminal, given: dict[str, Any], secrets: Secrets, env: Path = Path(".env")) -> None:
        self.terminal, self.given, self.secrets, self.env = terminal, given, secrets, env
        self.left_out: list[str] = []

    def walk(self) -> None:
        """All of it, in order; every part may find that it is done already."""
        from relay.bootstrap import open_relay

        self.relay = open_relay(ready=False)
        self.answers = self._kept()
        self._campaign_questions()
        self._window_questions()
        self._place_question()
        self.terminal.needs_all()
        self._token_question()
        self._people_questions()
        self.terminal.needs_all()
        campaign = self._made()
        found = self._rehearsed(campaign)
        self._ends(campaign, found)

    # The five questions

    def _campaign_questions(self) -> None:
        from relay.collect import campaigns, proposals

        now = self.answers
        self.terminal.explains(
            "{step} What is your campaign called, and which hashtag do people put on their posts?", step="1/5:"
        )
        tags = self.given.get("hashtags") or now.hashtags
        named = now.title or (tags[0].lstrip("#") if tags and not self.terminal.asks else "")
        now.title = self._ask(N_("Title"), "--title", "title", named, _something) or ""
        proposed = " ".join(now.hashtags) or (proposals.tag(now.title) if now.title else "")
        now.hashtags = self._ask(N_("Hashtag"), "--hashtag", "hashtags", proposed, campaigns.tags) or []
        if not now.title or not now.hashtags:
            return
        others = proposals.aliases(now.hashtags, now.title) if now.aliases is None else now.aliases
        if others:
            self.terminal.explains(
                "Some people will write the tag in other letters. These spellings can count like the tag itself; "
                "each is searched for, so fewer are better. Rarer ones are shown to a moderator anyway. "
                "A dash (-) means none."
            )
        now.aliases = self._ask(N_("Other spellings"), "--alias", "aliases", " ".join(others), _tags_or_none)
        short = self.given.get("slug") or now.slug or proposals.slug(now.title, now.hashtags)
        now.slug = self._free(short)
        self._keep()

    def _window_questions(self) -> None:
        from relay.collect import campaigns

        now = self.answers
        self.terminal.explains(
            "{step} From when to when do posts count? Days as 2023-01-11, or times as 2023-01-18T23:59.", step="2/5:"
        )
        now.tz = self._ask(N_("Time zone"), "--tz", "tz", now.tz or _zone_here(), _zone) or ZONE
        today = self.relay.now().astimezone(campaigns.zone_of(now.tz)).date()
        opens = now.opens or today.isoformat()
        now.opens = self._ask(N_("First day"), "--opens", "opens", opens, lambda said: _day(said, now.tz)) or ""
        if not now.opens:
            self.terminal.misses("--closes", given="closes" in self.given)
            return
        closes = now.closes or _a_week_later(now.opens, now.tz)
        now.closes = self._ask(N_("Last day"), "--closes", "closes", closes, self._closing) or ""
        self._keep()

    def _place_question(self) -> None:
        now = self.answers
        self.terminal.explains(
            "{step} Where do people post? Addresses of communities and pages, parted by spaces: "
            "https://vk.com/name, vk:club1, tg:channel, ok:group/1, rutube:channel/1, yt:@name. vk:tag is VK's search "
            "by the tag. A file with one address a line will do too.",
            step="3/5:",
        )
        default = " ".join(now.sources) or "vk:tag"
        now.sources = self._ask(N_("Addresses"), "--source", "sources", default, self._addresses) or []
        self._keep()

    def _token_question(self) -> None:
        """Tested at once. One that is set already is tested too, and asked for again when it doesn't work."""
        if not any(self.relay.sources["vk"].claims(address) for address in self.answers.sources):
            return
        self.terminal.explains(
            '{step} VK is read with a service token: id.vk.com/business, your application, "Service access key". '
            "It reads public pages only and can change nothing. What you type is not shown.",
            step="4/5:",
        )
        token = self._token_given()
        while True:
            if token and self._token_works(token):
                return
            if self.secrets.without_token:
                return
            if not self.terminal.asks and not token:
                self.terminal.misses("--vk-token-file")
                self.terminal.needs_all()
            if not self.terminal.asks:
                fail("VK can't be read with this token. To go on without one: --no-vk-token")
            token = self.terminal.secret(N_("Service token (Enter: go on without)"))
            if not token:
                say("Without a token VK is not read. Put it into .env later, and run relay setup again.")
                return

    def _people_questions(self) -> None:
        now = self.answers
        self.terminal.explains(
            "{step} Who moderates besides you? Names, parted by commas; each gets an account. "
            "And where shall alerts go by mail? Both may stay empty: the desk shows alerts too. A dash (-) is nobody.",
            step="5/5:",
        )
        people = ", ".join(now.moderators or [])
        now.moderators = self._ask(N_("Moderators"), "--moderator", "moderators", people, _names) or []
        now.mail = self._ask(N_("Alerts by mail to"), "--alert-mail", "mail", now.mail or "", _mail) or ""
        self._keep()
        self._mail_server()

    # What is made

    def _made(self) -> Campaign:
        from relay.bootstrap import open_relay
        from relay.cli.system import make_home
        from relay.config import load_settings

        make_home(self.relay)
        self.relay = open_relay(load_settings())
        campaign = self._campaign()
        self._sources(campaign)
        self._accounts()
        return campaign

    def _campaign(self) -> Campaign:
        from relay.collect import campaigns

        now = self.answers
        if (found := self._existing(now.slug)) is not None:
            say("Campaign {slug} is there already.", slug=now.slug)
            return found
        campaign = campaigns.new(
            self.relay,
            slug=now.slug,
            title=now.title,
            hashtags=now.hashtags,
            aliases=now.aliases or [],
            opens=now.opens,
            closes=now.closes,
            tz=now.tz,
            language=self.relay.settings.language,
        )
        say("Campaign {slug} is made.", slug=campaign.slug)
        return campaign

    def _sources(self, campaign: Campaign) -> None:
        """Each is looked up on its network, which is the test of it; a wrong one may be written anew."""
        from relay.collect import sources

        for address in self.answers.sources:
            written = address
            while written:
                try:
                    source = sources.add(self.relay, campaign.slug, written)
                    say("  {address}  {title}", address=source.address, title=tongue()(source.title))
                    break
                except RelayError as error:
                    if _is_there(self.relay, campaign.slug, error):
                        break
                    tell(error)
                    asked = self.terminal.asks and isinstance(error, Refused)
                    written = self._written_anew() if asked else self._leave_out(written)

    def _accounts(self) -> None:
        from relay.collect import proposals
        from relay.models import Role
        from relay.moderation import accounts

        known = {account.name for account in accounts.listing(self.relay)}
        for name in self.answers.moderators or []:
            if name in known:
                continue
            login = proposals.login(name)
            try:
                account, password = accounts.create(
                    self.relay, login, name, Role.moderator, language=self.relay.settings.language
                )
            except Refused as error:
                tell(error)
                continue
            say("{name} signs in as {login} with {password}", name=name, login=account.login, password=password)

    def _rehearsed(self, campaign: Campaign) -> DryRun:
        from relay.collect import dry_run

        say()
        say("A dry run: your places are read, and nothing is kept.")
        found = dry_run.dry_run(self.relay, campaign.slug)
        say_rehearsal(found, campaign)
        return found

    def _ends(self, campaign: Campaign, found: DryRun) -> None:
        from relay.collect import schedule
        from relay.web.wording import QUOTAS

        for quota in schedule.show(self.relay, campaign.slug)["quotas"]:
            say(
                "{network}, {kind}: each is read about every {interval_minutes} minutes, {calls_per_day} calls a day.",
                **{**quota, "kind": tongue()(QUOTAS[quota["kind"]])},
            )
        say()
        say("What comes next:")
        if campaign.opens_at > self.relay.now():
            say("  relay up    the desk and the schedule; the campaign begins by itself")
        else:
            say("  relay up    the desk and the schedule; collecting begins at once")
        say("  relay campaign status {slug}    how it stands", slug=campaign.slug)
        say("  relay doctor    whether all is well")
        trouble = [*self.left_out, *(address for address, _ in found.trouble)]
        if trouble:
            fail(
                "Places that could not be read: {places}. Put it right and run relay setup again: it goes on.",
                places=", ".join(dict.fromkeys(trouble)),
            )
        self._file().unlink(missing_ok=True)

    # Inside

    def _ask(self, question: str, option: str, name: str, default: str, check: Check) -> Any:
        value = self.given.pop(name, None)
        written = " ".join(value) if isinstance(value, list) and name != "moderators" else value
        written = ", ".join(value) if isinstance(value, list) and name == "moderators" else written
        answer = self.terminal.answer(question, option, given=written, default=default, check=check)
        if answer is not None:
            setattr(self.answers, name, answer)
        return answer

    def _closing(self, said: str) -> str:
        from relay.collect import campaigns

        campaigns.window_of(self.answers.opens, said, campaigns.zone_of(self.answers.tz))
        return said.strip()

    def _addresses(self, said: str) -> list[str]:
        """Each belongs to a network that Relay reads; whether it is there is asked once there is a token."""
        words = _read_lines(Path(said.strip())) if _is_file(said) else said.replace(",", " ").split()
        for address in words:
            if not any(source.claims(address) for source in self.relay.sources.values()):
                raise Refused(
                    "{address} belongs to no network that Relay reads.",
                    hint="Known are: {known}",
                    address=address,
                    known=", ".join(f"{name}:…" for name in self.relay.sources),
                )
        if not words:
            raise Refused("The campaign needs a place to look at.", hint="vk:tag is VK's search by the tag.")
        return list(dict.fromkeys(words))[:MOST_ADDRESSES]

    def _free(self, wanted: str) -> str:
        """A short name that no other campaign has."""
        from relay.collect import campaigns

        def check(said: str) -> str:
            if campaigns.SLUG.fullmatch(said.strip()) is None:
                raise Refused(
                    "{slug!r} is no short name.",
                    hint="Use small Latin letters, digits and dashes, up to 64.",
                    slug=said,
                )
            found = self._existing(said.strip())
            if found is not None and found.hashtags != self.answers.hashtags:
                raise Refused(
                    "There is already a campaign {slug}.", hint="Choose another short name.", slug=said.strip()
                )
            return said.strip()

        try:
            return check(wanted)
        except RelayError as error:
            if not self.terminal.asks and wanted:
                raise
            if wanted:
                tell(error)
            return str(self.terminal.answer(N_("Short name"), "--slug", given=None, default="", check=check) or "")

    def _existing(self, slug: str) -> Campaign | None:
        from relay.collect import campaigns

        store = self.relay.store
        if (store.path is not None and not store.path.exists()) or store.revision() is None:
            return None
        store.check()
        return next((each for each in campaigns.all_campaigns(self.relay) if each.slug == slug), None)

    def _token_given(self) -> str:
        if self.secrets.without_token:
            return ""
        if self.secrets.token_file is not None:
            return _secret_in(self.secrets.token_file)
        return self.relay.settings.vk_token.get_secret_value().partition(",")[0].strip()

    def _token_works(self, token: str) -> bool:
        from relay.sources.vk.token import probe

        tag = self.answers.hashtags[0] if self.answers.hashtags else "#vk"
        verdict = probe(self.relay.settings, token, self.relay.clock, tag=tag)
        say_verdict(verdict)
        if not verdict.works:
            return False
        if token not in self.relay.settings.vk_token.get_secret_value().split(","):
            self._set({TOKEN: token})
        return True

    def _mail_server(self) -> None:
        """Mail needs a server; its address holds a password, so it is neither shown nor given as an option."""
        now, settings = self.answers, self.relay.settings
        if not now.mail:
            return
        server = settings.smtp_url.get_secret_value()
        if self.secrets.smtp_file is not None:
            server = _secret_in(self.secrets.smtp_file)
        elif not server and self.terminal.asks:
            self.terminal.explains(
                "Mail is sent through a server: smtps://user:password@host. What you type is not shown."
            )
            server = self.terminal.secret(N_("Mail server (Enter: no mail)"))
        if not server:
            if not self.terminal.asks:
                self.terminal.misses("--smtp-url-file")
            now.mail = ""
            return
        _refuse_server(server, now.mail)
        if (server, now.mail) != (settings.smtp_url.get_secret_value(), settings.alert_mail):
            self._set({"RELAY_ALERT_MAIL": now.mail, "RELAY_SMTP_URL": server})

    def _set(self, values: dict[str, str]) -> None:
        """Writes settings into `.env`; one that the environment sets would win over it, which is said."""
        from relay.bootstrap import open_relay
        from relay.config import load_settings
        from relay.upkeep import settings_file

        settings_file.write(self.env, values)
        for name in values:
            if name in os.environ:
                raise ConfigError(
                    "The environment sets {name} too, and wins over .env.",
                    hint="Take it out of the environment.",
                    name=name,
                )
        say("Written to {path}, for your eyes only: {names}", path=self.env, names=", ".join(values))
        self.relay = open_relay(load_settings(), ready=False)

    def _written_anew(self) -> str:
        say("Write it anew, or press Enter to leave it out.")
        anew = self.terminal.answer(N_("Address"), "--source", given=None, default="", check=lambda said: said.strip())
        return str(anew or "")

    def _leave_out(self, address: str) -> str:
        self.left_out.append(address)
        return ""

    def _file(self) -> Path:
        return self.relay.settings.data_dir.absolute() / ANSWERS

    def _kept(self) -> SetupAnswers:
        """What was answered before a break, where the file can still be read."""
        try:
            told = json.loads(self._file().read_text("utf-8"))
            known = {each.name for each in fields(SetupAnswers)}
            answers = SetupAnswers(**{name: value for name, value in told.items() if name in known})
        except (OSError, ValueError, TypeError, AttributeError):
            return SetupAnswers()
        if self.terminal.asks:
            say("Going on from what you answered last time: press Enter to keep an answer.")
        elif not self.terminal.yes:
            kept = {name: value for name, value in asdict(answers).items() if value}
            self.given = kept | self.given
        return answers

    def _keep(self) -> None:
        path = self._file()
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(self.answers), file, ensure_ascii=False, indent=1)
        part.replace(path)


# What is said


def say_verdict(verdict: TokenVerdict) -> None:
    say(verdict.line)
    if verdict.hint:
        say(verdict.hint)
    said = {True: "yes", False: "no", None: N_("can't be told now")}
    rows = {
        "wall.get": N_("Reads walls"),
        "newsfeed.search": N_("Searches by tags"),
        "execute": N_("Asks for 25 walls at once"),
    }
    for method, what in rows.items():
        if method in verdict.may:
            say("  {what}: {answer}", what=tongue()(what), answer=tongue()(said[verdict.may[method]]))


def say_rehearsal(found: DryRun, campaign: Campaign) -> None:
    """What it would have been, and what it was not able to see."""
    told = found.as_json(campaign)
    if found.before:
        say("Your campaign opens later, so the last seven days were tried.")
    say(
        "From {since} to {until} we would have found {videos} videos by {people} people, in {posts} posts.",
        **{**told, "since": worded(told["since"]), "until": worded(told["until"])},
    )
    if found.shared:
        say("{shared} of them stand in several posts, and are one clip each.", shared=found.shared)
    say("Look-alike tags for a moderator: {near}. Posts read: {read}, requests: {requests}.", **told)
    if found.videos:
        say("Whether different videos show the same recording is told once they are fetched.")
    if found.cut:
        say(
            "Only the newest posts were read of: {places}. The first sweep reads all.", places=", ".join(found.cut[:20])
        )
    table(
        ["address", "reason"],
        ([address, tongue()(line)] for address, line in found.trouble),
        empty="Every place can be read.",
    )


# What counts as an answer


def _something(said: str) -> str:
    if not said.strip():
        raise Refused("The campaign needs a title.", hint="Give one with --title.")
    return said.strip()


def _tags_or_none(said: str) -> list[str]:
    from relay.collect import campaigns

    return [] if said.strip() in ("", "-") else campaigns.tags(said)


def _zone(said: str) -> str:
    from relay.collect import campaigns

    return campaigns.zone_of(said.strip()).key


def _day(said: str, tz: str) -> str:
    from relay.collect import campaigns, dates

    dates.moment(said, campaigns.zone_of(tz))
    return said.strip()


def _names(said: str) -> list[str]:
    names = [] if said.strip() == "-" else [" ".join(name.split()) for name in said.split(",")]
    return list(dict.fromkeys(name for name in names if name))


def _mail(said: str) -> str:
    said = "" if said.strip() == "-" else said.strip()
    if any(part.strip().count("@") != 1 or not part.strip().isprintable() for part in said.split(",") if said):
        raise Refused("{said!r} is no mail address.", hint="Several are parted by commas.", said=said)
    return said


def _refuse_server(server: str, mail: str) -> None:
    from relay.config import load_settings

    load_settings(smtp_url=server, alert_mail=mail)


def _zone_here() -> str:
    """The machine's zone; a server's UTC is nobody's."""
    from tzlocal import get_localzone_name

    name = get_localzone_name()
    return name if name and "/" in name and not name.startswith("Etc/") else ZONE


def _a_week_later(opens: str, tz: str) -> str:
    from relay.collect import campaigns, dates

    zone = campaigns.zone_of(tz)
    return (dates.moment(opens, zone).astimezone(zone).date() + LASTS).isoformat()


def _listed(given: Sequence[str] | None, file: Path | None) -> list[str] | None:
    if file is None:
        return list(given) if given else None
    return [*(given or ()), *_read_lines(file)]


def _is_file(said: str) -> bool:
    try:
        return Path(said.strip()).is_file()
    except (OSError, ValueError):
        return False


def _read_lines(path: Path) -> list[str]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            "{path} can't be read.", hint="It should be a text with one address a line.", path=path
        ) from error
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _secret_in(path: Path) -> str:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("{path} can't be read.", hint="It should hold the secret and nothing else.", path=path) from error
    return text.strip()


def _is_there(relay: Relay, slug: str, error: RelayError) -> bool:
    from relay.collect import sources

    return error.words.get("address") in {row["address"] for row in sources.listing(relay, slug)}
