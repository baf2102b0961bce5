from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from relay.cli.terminal.show import AsJson, as_json, fail, say, table, tongue, worded
from relay.language.sentence import prefixed

if TYPE_CHECKING:
    from relay.upkeep.told_alerts import ToldMessage

app = typer.Typer(help="What needs a person, and who is told of it.", no_args_is_help=True)


@app.command("list")
def listing(
    past: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    json: AsJson = False,
) -> None:
    """The alerts that are open, what to do about them, and whether they were told."""
    from relay.alerts import local_time
    from relay.bootstrap import open_relay
    from relay.upkeep import told_alerts
    from relay.upkeep.zone import zone_of

    relay = open_relay()
    with relay.reading() as session:
        here = zone_of(session)
    shown = told_alerts.listing(relay, past=past)
    if json:
        as_json(shown)
        return
    table(
        ["since", "what happened", "what to do", "told"],
        (
            [
                local_time(datetime.fromisoformat(row.since), here),
                tongue()(row.text),
                tongue()(row.advice),
                _messages(row.told),
            ]
            for row in shown
        ),
        empty="Nothing needs a person.",
    )


@app.command()
def test(json: AsJson = False) -> None:
    """Send a test message by every channel now, and say what came back."""
    from dataclasses import asdict

    from relay.bootstrap import open_relay
    from relay.upkeep import outbox

    answers = list(outbox.test(open_relay()))
    if json:
        as_json([asdict(answer) for answer in answers])
    for answer in answers if not json else ():
        words = {"channel": _channel(answer.channel), "line": worded(answer.line, ours=not answer.sent)}
        if answer.sent:
            say("{channel}: sent. The answer: {line}", **words)
        else:
            say("{channel}: not sent. {line}", **words)
    if not answers:
        fail("No channel is set up: see RELAY_ALERT_MAIL, RELAY_ALERT_WEBHOOK and RELAY_ALERT_NOTIFY in .env.example.")
    if not all(answer.sent for answer in answers):
        fail("Not every channel works.")


def _messages(messages: list[ToldMessage]) -> str:
    from relay.web.words.wording import MESSAGES

    told = (prefixed(_channel(each.channel), tongue()(MESSAGES[each.state])) for each in messages)
    return ", ".join(tongue()(each) for each in told)


def _channel(name: str) -> str:
    from relay.web.words.wording import CHANNELS

    return tongue()(CHANNELS.get(name, name))
