"""Of all commands the one that is asked for: to make the others of their functions takes longer than most run."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import typer
from typer.models import CommandInfo, TyperInfo


def narrowed(whole: typer.Typer, words: Sequence[str]) -> typer.Typer:
    """A copy with only the groups and the command that the line's words name. Where they name none, as in a line with a
    slip or with an option before the command, everything is there, and typer says what it always says.
    """
    word, rest = (words[0], words[1:]) if words else ("", ())
    groups = [_narrowed_group(each, rest) for each in whole.registered_groups if each.name == word]
    commands = [each for each in whole.registered_commands if _name(each) == word]
    if not groups and not commands:
        return whole
    part = copy(whole)
    part.registered_groups, part.registered_commands = groups, commands
    return part


def _narrowed_group(group: TyperInfo, words: Sequence[str]) -> TyperInfo:
    if group.typer_instance is None:
        return group
    part = copy(group)
    part.typer_instance = narrowed(group.typer_instance, words)
    return part


def _name(command: CommandInfo) -> str:
    if command.name or command.callback is None:
        return command.name or ""
    return typer.main.get_command_name(command.callback.__name__)
