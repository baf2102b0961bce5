from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from relay import views
from relay.cli.terminal.show import AsJson, as_json, fail, say, table, tongue, worded
from relay.language.sentence import prefixed

app = typer.Typer(help="What needs a person, and who is told of it.", no_args_is_help=True)


@app.command("list")
def listing(
    past: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    json: AsJson = False,
) -> None:
    """The alerts that are open, what to do about them, and whether they were told."""
    from sqlmodel import select

    from relay.alerts import advice, local_time
    from relay.bootstrap import open_relay
    from relay.models import Alert, need_id
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
            "told": [
                views.as_json(message) | {"sent_at": _utc(message.sent_at)} for message in told.get(need_id(row), [])
            ],
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


def _messages(messages: list[dict[str, Any]]) -> str:
    from relay.web.words.wording import MESSAGES

    told = (prefixed(_channel(each["channel"]), tongue()(MESSAGES[each["state"]])) for each in messages)
    return ", ".join(tongue()(each) for each in told)


def _channel(name: str) -> str:
    from relay.web.words.wording import CHANNELS

    return tongue()(CHANNELS.get(name, name))


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
