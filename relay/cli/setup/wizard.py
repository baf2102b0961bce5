"""The wizard from its first question to its last word."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relay.cli.setup.answers import Secrets, SetupRun, forget, kept_in
from relay.cli.setup.credentials import Credentials
from relay.cli.setup.making import Maker
from relay.cli.setup.questions import Questions
from relay.cli.setup.report import say_dry_run, say_what_comes_next
from relay.cli.terminal.asking import Terminal
from relay.cli.terminal.show import fail, say
from relay.collect.leading.answers import SetupAnswers

if TYPE_CHECKING:
    from relay.collect.dry_run import DryRun
    from relay.models import Campaign


class Wizard:
    """Asks for what is missing, then makes it. `given`: answers by option, by the names of SetupAnswers."""

    def __init__(self, terminal: Terminal, given: dict[str, Any], secrets: Secrets, env: Path = Path(".env")) -> None:
        self.terminal, self.given, self.secrets, self.env = terminal, given, secrets, env

    def walk(self) -> None:
        """All of it, in order; every part may find that it is done already."""
        run = self._begun()
        self.ask(run)
        maker = Maker(run)
        campaign = maker.make()
        found = self._tried(run, campaign)
        say_what_comes_next(run.relay, campaign)
        trouble = [*maker.left_out, *(address for address, _ in found.trouble)]
        if trouble:
            fail(
                "Places that could not be read: {places}. Put it right and run relay setup again: it goes on.",
                places=", ".join(dict.fromkeys(trouble)),
            )
        forget(run.folder)

    def ask(self, run: SetupRun) -> None:
        """The five questions. Ends with all that is missing at once, where nobody is there to ask."""
        questions, credentials = Questions(run), Credentials(run)
        questions.campaign()
        questions.window()
        questions.places()
        run.terminal.needs_all()
        credentials.vk_token()
        questions.people()
        credentials.mail_server()
        run.terminal.needs_all()

    def _begun(self) -> SetupRun:
        """With what was answered before a break."""
        from relay.bootstrap import open_relay

        run = SetupRun(self.terminal, self.given, self.secrets, self.env, open_relay(ready=False), SetupAnswers())
        answers = kept_in(run.folder)
        if answers is None:
            return run
        run.answers = answers
        if self.terminal.asks:
            say("Going on from what you answered last time: press Enter to keep an answer.")
        elif not self.terminal.yes:
            run.given = {name: value for name, value in asdict(answers).items() if value} | run.given
        return run

    def _tried(self, run: SetupRun, campaign: Campaign) -> DryRun:
        from relay.collect import dry_run

        say()
        say("A dry run: your places are read, and nothing is kept.")
        found = dry_run.dry_run(run.relay, campaign.slug)
        say_dry_run(found, campaign)
        return found
