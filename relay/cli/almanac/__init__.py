"""`relay almanac`: plan and render films, edit them by hand, set how they look, put cards between their clips."""

from __future__ import annotations

from relay.cli.almanac import cards, editing, posters, protocols, style
from relay.cli.almanac.films import app

for command in (*editing.COMMANDS, *protocols.COMMANDS, style.themes, style.templates, style.style, posters.poster):
    app.command()(command)
app.add_typer(cards.app, name="card")

__all__ = ["app"]
