from __future__ import annotations

import typer

from relay.cli.terminal.show import AsJson, as_json, table, tongue, worded

app = typer.Typer(help="The access tokens of the networks.", no_args_is_help=True)


@app.command("list")
def listing(json: AsJson = False) -> None:
    """The tokens by the end of their digest, how they stand, and what of the day's quota they have used."""
    from relay.alerts import local_time
    from relay.bootstrap import open_relay
    from relay.upkeep import tokens
    from relay.upkeep.zone import zone_of
    from relay.web.words.wording import METHODS, TOKEN_STATES

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
                row.network,
                row.token,
                tongue()(TOKEN_STATES[row.state]),
                "; ".join(
                    f"{tongue()(METHODS.get(call.method, call.method))} {call.made}/{call.allowed}"
                    for call in row.calls
                    if call.allowed is not None
                ),
                local_time(row.until, here) if row.until else "",
                worded(row.reason, ours=True),
            ]
            for row in found
        ),
        empty="There is no access token. Put one into RELAY_VK_TOKEN (see .env.example).",
    )
