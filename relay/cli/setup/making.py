"""What is made of the answers: the data folder, the campaign, its sources, accounts. What is there is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relay.cli.setup.answers import SetupRun
from relay.cli.terminal.asking import tell
from relay.cli.terminal.show import say, tongue
from relay.errors import Refused, RelayError
from relay.language.catalogue import N_

if TYPE_CHECKING:
    from relay.context import Relay
    from relay.models import Campaign


class Maker:
    """`left_out`: addresses that were given up, for want of an answer."""

    def __init__(self, run: SetupRun) -> None:
        self.run = run
        self.left_out: list[str] = []

    def make(self) -> Campaign:
        from relay.bootstrap import open_relay
        from relay.cli.system import make_home
        from relay.config import load_settings

        make_home(self.run.relay)
        self.run.relay = open_relay(load_settings())
        campaign = self._campaign()
        self._sources(campaign)
        self._accounts()
        return campaign

    def _campaign(self) -> Campaign:
        from relay.collect.leading import opening

        opened = opening.campaign_of(self.run.relay, self.run.answers, language=self.run.relay.settings.language)
        if opened.is_new:
            say("Campaign {slug} is made.", slug=opened.campaign.slug)
        else:
            say("Campaign {slug} is there already.", slug=opened.campaign.slug)
        return opened.campaign

    def _sources(self, campaign: Campaign) -> None:
        """Each is looked up on its network, which is the test of it; a wrong one may be written anew."""
        from relay.collect import sources

        for address in self.run.answers.sources:
            written = address
            while written:
                try:
                    source = sources.add(self.run.relay, campaign.slug, written)
                    say("  {address}  {title}", address=source.address, title=tongue()(source.title))
                    break
                except RelayError as error:
                    if _is_there(self.run.relay, campaign.slug, error):
                        break
                    tell(error)
                    asked = self.run.terminal.asks and isinstance(error, Refused)
                    written = self._written_anew() if asked else self._leave_out(written)

    def _accounts(self) -> None:
        from relay.collect import proposals
        from relay.models import Role
        from relay.moderation.people import accounts

        known = {account.name for account in accounts.listing(self.run.relay)}
        for name in self.run.answers.moderators or []:
            if name in known:
                continue
            login = proposals.login(name)
            try:
                account, password = accounts.create(
                    self.run.relay, login, name, Role.moderator, language=self.run.relay.settings.language
                )
            except Refused as error:
                tell(error)
                continue
            say("{name} signs in as {login} with {password}", name=name, login=account.login, password=password)

    def _written_anew(self) -> str:
        say("Write it anew, or press Enter to leave it out.")
        anew = self.run.terminal.answer(
            N_("Address"), "--source", given=None, default="", check=lambda said: said.strip()
        )
        return str(anew or "")

    def _leave_out(self, address: str) -> str:
        self.left_out.append(address)
        return ""


def _is_there(relay: Relay, slug: str, error: RelayError) -> bool:
    from relay.collect import sources

    return error.words.get("address") in {row.address for row in sources.listing(relay, slug)}
