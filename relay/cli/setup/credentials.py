"""Secrets that are asked for, tested, and written into `.env`: VK's service token, the mail server."""

from __future__ import annotations

from relay.cli.setup.answers import SetupRun, secret_in
from relay.cli.setup.report import say_verdict
from relay.cli.terminal.show import fail, say
from relay.language.catalogue import N_

TOKEN = "RELAY_VK_TOKEN"  # noqa: S105 - a setting's name


class Credentials:
    """Each is tested before it is written; what is set already is tested too."""

    def __init__(self, run: SetupRun) -> None:
        self.run = run

    def vk_token(self) -> None:
        """Tested at once. One that is set already is tested too, and asked for again when it doesn't work."""
        if not any(self.run.relay.sources["vk"].claims(address) for address in self.run.answers.sources):
            return
        self.run.terminal.explains(
            '{step} VK is read with a service token: id.vk.com/business, your application, "Service access key". '
            "It reads public pages only and can change nothing. What you type is not shown.",
            step="4/5:",
        )
        token = self._token_given()
        while True:
            if token and self._token_works(token):
                return
            if self.run.secrets.without_token:
                return
            if not self.run.terminal.asks and not token:
                self.run.terminal.misses("--vk-token-file")
                self.run.terminal.needs_all()
            if not self.run.terminal.asks:
                fail("VK can't be read with this token. To go on without one: --no-vk-token")
            token = self.run.terminal.secret(N_("Service token (Enter: go on without)"))
            if not token:
                say("Without a token VK is not read. Put it into .env later, and run relay setup again.")
                return

    def _token_given(self) -> str:
        if self.run.secrets.without_token:
            return ""
        if self.run.secrets.token_file is not None:
            return secret_in(self.run.secrets.token_file)
        return self.run.relay.settings.vk_token.get_secret_value().partition(",")[0].strip()

    def _token_works(self, token: str) -> bool:
        from relay.upkeep import credentials

        tag = self.run.answers.hashtags[0] if self.run.answers.hashtags else "#vk"
        verdict = credentials.ask_vk(self.run.relay, token, tag=tag)
        say_verdict(verdict)
        if not verdict.works:
            return False
        if token not in self.run.relay.settings.vk_token.get_secret_value().split(","):
            self._set({TOKEN: token})
        return True

    def mail_server(self) -> None:
        """Mail needs a server; its address holds a password, so it is neither shown nor given as an option."""
        now, settings = self.run.answers, self.run.relay.settings
        if not now.mail:
            return
        server = settings.smtp_url.get_secret_value()
        if self.run.secrets.smtp_file is not None:
            server = secret_in(self.run.secrets.smtp_file)
        elif not server and self.run.terminal.asks:
            self.run.terminal.explains(
                "Mail is sent through a server: smtps://user:password@host. What you type is not shown."
            )
            server = self.run.terminal.secret(N_("Mail server (Enter: no mail)"))
        if not server:
            if not self.run.terminal.asks:
                self.run.terminal.misses("--smtp-url-file")
            now.mail = ""
            return
        _refuse_server(server, now.mail)
        if (server, now.mail) != (settings.smtp_url.get_secret_value(), settings.alert_mail):
            self._set({"RELAY_ALERT_MAIL": now.mail, "RELAY_SMTP_URL": server})

    def _set(self, values: dict[str, str]) -> None:
        """Writes settings into `.env`; one that the environment sets would win over it, which is said."""
        from relay.bootstrap import open_relay
        from relay.config import load_settings
        from relay.upkeep import credentials

        credentials.keep(self.run.env, values)
        say("Written to {path}, for your eyes only: {names}", path=self.run.env, names=", ".join(values))
        self.run.relay = open_relay(load_settings(), ready=False)


def _refuse_server(server: str, mail: str) -> None:
    from relay.config import load_settings

    load_settings(smtp_url=server, alert_mail=mail)
