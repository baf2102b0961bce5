"""The five questions: what is still missing, and what a good default for it is. Nothing is made here."""

from __future__ import annotations

from pathlib import Path

from relay.cli.setup.answers import SetupRun, is_file, read_lines
from relay.cli.terminal.asking import tell
from relay.collect.leading.answers import (
    ZONE,
    a_week_later,
    addresses,
    day,
    gate,
    mail,
    names,
    permission,
    short_name,
    something,
    tags_or_none,
    zone,
    zone_here,
)
from relay.errors import RelayError
from relay.language.catalogue import N_


class Questions:
    """Asks what options and kept answers leave open, in the order of the walk."""

    def __init__(self, run: SetupRun) -> None:
        self.run = run

    def campaign(self) -> None:
        from relay.collect import campaigns, proposals

        now = self.run.answers
        self.run.terminal.explains(
            "{step} What is your campaign called, and which hashtag do people put on their posts?", step="1/5:"
        )
        tags = self.run.given.get("hashtags") or now.hashtags
        named = now.title or (tags[0].lstrip("#") if tags and not self.run.terminal.asks else "")
        now.title = self.run.ask(N_("Title"), "--title", "title", named, something) or ""
        proposed = " ".join(now.hashtags) or (proposals.tag(now.title) if now.title else "")
        now.hashtags = self.run.ask(N_("Hashtag"), "--hashtag", "hashtags", proposed, campaigns.tags) or []
        if not now.title or not now.hashtags:
            return
        others = proposals.aliases(now.hashtags, now.title) if now.aliases is None else now.aliases
        if others:
            self.run.terminal.explains(
                "Some people will write the tag in other letters. These spellings can count like the tag itself; "
                "each is searched for, so fewer are better. Rarer ones are shown to a moderator anyway. "
                "A dash (-) means none."
            )
        now.aliases = self.run.ask(N_("Other spellings"), "--alias", "aliases", " ".join(others), tags_or_none)
        short = self.run.given.get("slug") or now.slug or proposals.slug(now.title, now.hashtags)
        now.slug = self._free(short)
        self._permission()
        self.run.keep()

    def _permission(self) -> None:
        """The gate is asked for by an option only: what it is at first fits nearly everybody."""
        now = self.run.answers
        self.run.terminal.explains(
            "When may a clip be shown in a film? public-post: its public post with the tag is enough; asked: its "
            "author was asked and said yes; written: there is a yes in writing. Children always need a guardian."
        )
        usual = now.permission or permission("")
        now.permission = self.run.ask(N_("Permission"), "--permission", "permission", usual, permission) or ""
        if (said := self.run.given.pop("gate", None)) is not None:
            now.gate = gate(said)

    def window(self) -> None:
        from relay.collect import campaigns

        now = self.run.answers
        self.run.terminal.explains(
            "{step} From when to when do posts count? Days as 2023-01-11, or times as 2023-01-18T23:59.", step="2/5:"
        )
        now.tz = self.run.ask(N_("Time zone"), "--tz", "tz", now.tz or zone_here(), zone) or ZONE
        today = self.run.relay.now().astimezone(campaigns.zone_of(now.tz)).date()
        opens = now.opens or today.isoformat()
        now.opens = self.run.ask(N_("First day"), "--opens", "opens", opens, lambda said: day(said, now.tz)) or ""
        if not now.opens:
            self.run.terminal.misses("--closes", given="closes" in self.run.given)
            return
        closes = now.closes or a_week_later(now.opens, now.tz)
        now.closes = self.run.ask(N_("Last day"), "--closes", "closes", closes, self._closing) or ""
        self.run.keep()

    def places(self) -> None:
        now = self.run.answers
        self.run.terminal.explains(
            "{step} Where do people post? Addresses of communities and pages, parted by spaces: "
            "https://vk.com/name, vk:club1, tg:channel, ok:group/1, rutube:channel/1, yt:@name. vk:tag is VK's search "
            "by the tag. A file with one address a line will do too.",
            step="3/5:",
        )
        default = " ".join(now.sources) or "vk:tag"
        now.sources = self.run.ask(N_("Addresses"), "--source", "sources", default, self._addresses) or []
        self.run.keep()

    def people(self) -> None:
        now = self.run.answers
        self.run.terminal.explains(
            "{step} Who moderates besides you? Names, parted by commas; each gets an account. "
            "And where shall alerts go by mail? Both may stay empty: the desk shows alerts too. A dash (-) is nobody.",
            step="5/5:",
        )
        people = ", ".join(now.moderators or [])
        now.moderators = self.run.ask(N_("Moderators"), "--moderator", "moderators", people, names) or []
        now.mail = self.run.ask(N_("Alerts by mail to"), "--alert-mail", "mail", now.mail or "", mail) or ""
        self.run.keep()

    def _closing(self, said: str) -> str:
        from relay.collect import campaigns

        campaigns.window_of(self.run.answers.opens, said, campaigns.zone_of(self.run.answers.tz))
        return said.strip()

    def _addresses(self, said: str) -> list[str]:
        """Each belongs to a network that Relay reads; whether it is there is asked once there is a token."""
        words = read_lines(Path(said.strip())) if is_file(said) else said.replace(",", " ").split()
        return addresses(self.run.relay, words)

    def _free(self, wanted: str) -> str:
        """A short name that no other campaign has."""

        def check(said: str) -> str:
            return short_name(said, self.run.answers.hashtags, self.run.existing(said.strip()))

        try:
            return check(wanted)
        except RelayError as error:
            if not self.run.terminal.asks and wanted:
                raise
            if wanted:
                tell(error)
            return str(self.run.terminal.answer(N_("Short name"), "--slug", given=None, default="", check=check) or "")
