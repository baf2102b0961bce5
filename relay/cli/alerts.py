from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from relay.cli.terminal.show import AsJson, as_json, fail, say, table, tongue, worded
from relay.models import need_id

app = typer.Typer(help="What needs a person, and who is told of it.", no_args_is_help=True)
tokens = typer.Typer(help="The access tokens of the networks.", no_args_is_help=True)


@app.command("list")
def listing(
    past: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    json: AsJson = False,
) -> None:
    """The alerts that are open, what to do about them, and whether they were told."""
    from sqlmodel import select

    from relay.alerts import advice, local_time
    from relay.bootstrap import open_relay
    from relay.models import Alert
    from relay.upkeep import outbox
    from relay.upkeep.zone import zone_of

    relay = open_relay()
    told = outbox.messages_by_alert(relay)
    with relay.reading() as session:
        here = zone_of(session)
        rows = session.exec(select(Alert).order_by(Alert.last_at.desc())).all()  # type: ignore[attr-defined]
    rows = [row for row in rows if past or row.resolved_at is None]
    shown: list[dict[str, Any]] = [
        {
            "key": row.key,
            "text": row.text,
            "advice": advice(row.key),
            "url": row.action_url,
            "times": row.times,
            "since": _utc(row.first_at),
            "last": _utc(row.last_at),
            "over": _utc(row.resolved_at),
            "told": [message | {"sent_at": _utc(message["sent_at"])} for message in told.get(need_id(row), [])],
        }
        for row in rows
    ]
    if json:
        as_json(shown)
        return
    table(
        ["since", "what happened", "what to do", "told"],
        (
            [local_time(alert.first_at, here), tongue()(row["text"]), tongue()(row["advice"]), _messages(row["told"])]
            for alert, row in zip(rows, shown, strict=True)
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
        fail("No channel is set up: see RELAY_ALERT_MAIL and RELAY_ALERT_WEBHOOK in .env.example.")
    if not all(answer.sent for answer in answers):
        fail("Not every channel works.")


@tokens.command("list")
def token_list(json: AsJson = False) -> None:
    """The tokens by the end of their digest, how they stand, and what of the day's quota they have used."""
    from relay.alerts import local_time
    from relay.bootstrap import open_relay
    from relay.upkeep import tokens
    from relay.upkeep.zone import zone_of
    from relay.web.wording import METHODS, TOKEN_STATES

    relay = open_relay()
    found = tokens.listing(relay)
    if json:
        as_json(found)
        return
    with relay.reading() as session:
        here = zone_of(session)
    table(
        ["network", "token", "state", "calls in 24 hours", "rests until", "reason"],
        (
            [
                row["network"],
                row["token"],
                tongue()(TOKEN_STATES[row["state"]]),
                "; ".join(
                    f"{tongue()(METHODS.get(call['method'], call['method']))} {call['made']}/{call['allowed']}"
                    for call in row["calls"]
                    if call["allowed"] is not None
                ),
                local_time(row["until"], here) if row["until"] else "",
                worded(row["reason"], ours=True),
            ]
            for row in found
        ),
        empty="There is no access token. Put one into RELAY_VK_TOKEN (see .env.example).",
    )


def _messages(messages: list[dict[str, Any]]) -> str:
    from relay.web.wording import MESSAGES

    return ", ".join(f"{_channel(message['channel'])}: {tongue()(MESSAGES[message['state']])}" for message in messages)


def _channel(name: str) -> str:
    from relay.web.wording import CHANNELS

    return tongue()(CHANNELS.get(name, name))


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
