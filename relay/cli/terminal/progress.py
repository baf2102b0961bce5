"""How far a long command is: a bar on a terminal, plain lines elsewhere, always on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from relay.cli.terminal.show import plain, tongue

Told = Callable[[int, int, str], None]
"""So many steps are done, of so many (0: nobody knows), and what was done just now, in a sentence."""


@contextmanager
def steps(what: str, *, quiet: bool = False) -> Iterator[Told]:
    """`what`: message id of the steps' name. `quiet`: says nothing, as with --json."""
    if quiet:
        yield lambda _done, _total, _line: None
    elif sys.stderr.isatty():
        with _bar(what) as told:
            yield told
    else:
        yield _line


def _line(done: int, total: int, line: str) -> None:
    place = f"{done}/{total}" if total else str(done)
    typer.echo(plain(f"{place}  {tongue()(line)}"), err=True)


@contextmanager
def _bar(what: str) -> Iterator[Told]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(tongue()(what), total=None)

        def told(done: int, total: int, line: str) -> None:
            said = escape(plain(tongue()(line)))[:60]
            bar.update(task, completed=done, total=total or None, description=said or tongue()(what))

        yield told
