from __future__ import annotations

import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from relay.cli.terminal.show import AsJson, as_json, fail, say, table, tongue
from relay.language.sentence import as_sentence

if TYPE_CHECKING:
    from relay.context import Relay
    from relay.jobs import WorkDone


def init() -> None:
    """Make the data folder, the database and the first account. Asks nothing; running it again changes nothing."""
    from relay.bootstrap import open_relay

    relay = open_relay(ready=False)
    if relay.store.path is not None and relay.store.path.exists():
        relay.store.check()
        say("Relay is already set up in {data_dir}.", data_dir=relay.settings.data_dir.absolute())
        return
    make_home(relay)
    say("Next: relay campaign new …, then relay up")


def is_empty(relay: Relay) -> bool:
    """Whether there is no database yet."""
    store = relay.store
    return (store.path is not None and not store.path.exists()) or store.revision() is None


def make_home(relay: Relay) -> None:
    """The data folder, the database and the first account, as far as they are not there yet."""
    from relay.models import Role
    from relay.moderation.people import accounts

    relay.folder()
    if relay.store.path is None or not relay.store.path.exists() or relay.store.revision() is None:
        relay.store.upgrade(relay.now())
    if accounts.listing(relay):
        return
    _account, password = accounts.create(relay, "organizer", tongue()("Organizer"), Role.organizer)
    say("Data folder: {data_dir}", data_dir=relay.settings.data_dir.absolute())
    say(
        "Sign in at http://{host}:{port}/sign-in as organizer with {password}",
        host=relay.settings.host,
        port=relay.settings.port,
        password=password,
    )


def work(
    once: Annotated[bool, typer.Option("--once", help="Do all that is due, then end.")] = False,
    json: AsJson = False,
) -> None:
    """Collect, fetch, inspect and prepare on schedule, until SIGTERM."""
    from relay.bootstrap import open_relay
    from relay.cli.terminal.progress import steps
    from relay.jobs import Scheduler, work_through

    relay = open_relay()
    if not once:
        Scheduler(relay).run()
        return
    lines: list[str] = []
    with steps("work", quiet=json) as told:
        done = work_through(relay, report=lines.append, told=told)
    if json:
        as_json(asdict(done))
    else:
        _say_what_was_done(done)
    if done.failed:
        fail("Tasks that failed: {failed}. {first}", failed=done.failed, first=as_sentence(lines[0] if lines else ""))


def _say_what_was_done(done: WorkDone) -> None:
    say(
        "Sources read: {sweeps}, new posts: {posts}. Videos tried: {tried}, hand-ins: {hand_ins}, new clips: {clips}.",
        **asdict(done),
    )
    if done.more_to_prepare:
        say("Clips prepared for films: {prepared}. More are made the next time, or when a film needs them.",
            prepared=done.prepared)  # fmt: skip


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on (default RELAY_HOST).")] = "",
    port: Annotated[int, typer.Option(help="Port to listen on (default RELAY_PORT).")] = -1,
) -> None:
    """The desk: pages for organizer, moderator and editor."""
    from relay.bootstrap import open_relay
    from relay.web import serve

    relay = open_relay()
    serve.serve(relay, host or relay.settings.host, port if port >= 0 else relay.settings.port, on_ready=_say_address)


def up() -> None:
    """`relay serve` and `relay work` together, for one machine. An empty data folder is set up first, as by `init`."""
    from relay.bootstrap import open_relay

    relay = open_relay(ready=False)
    if is_empty(relay):
        make_home(relay)
    run_both(open_relay())


def run_both(relay: Relay) -> None:
    """The desk in a thread, the schedule in the foreground; both end on SIGTERM or Ctrl-C."""
    from relay.jobs import Scheduler
    from relay.web.serve import Desk

    desk = Desk(relay, relay.settings.host, relay.settings.port)
    desk.start()
    _say_address(desk.url)
    worker = Scheduler(relay)
    threading.Thread(target=_stop_with_the_desk, args=(desk, worker), daemon=True).start()
    try:
        worker.run()
    finally:
        desk.stop()


def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Put right what can be put right.")] = False,
    deep: Annotated[bool, typer.Option("--deep", help="Read every file and compare it with its hash.")] = False,
    json: AsJson = False,
) -> None:
    """Look the whole installation over. Exit code 1 when something is left to do."""
    from relay.almanac.delivery import pruning
    from relay.bootstrap import open_relay
    from relay.intake import inspect
    from relay.intake.lookup import index
    from relay.upkeep import doctor

    shots = pruning.prune if fix else pruning.stock
    findings = doctor.check(
        open_relay(ready=False),
        fix=fix,
        deep=deep,
        shots=shots,
        look=inspect.inspect,
        changed_shots=pruning.changed,
        tables=index.look,
    )
    if json:
        as_json([finding.as_json() for finding in findings])
    else:
        told = tongue()
        table(["", "what", "found"], ([each.mark, told(each.what), each.text_in(told)] for each in findings), empty="")
    if not any(each.wrong for each in findings):
        return
    if fix:
        fail("Something still needs attention.")
    fail("Something needs attention. Try: relay doctor --fix")


def upgrade() -> None:
    """Bring the database to this version; it is copied first."""
    from relay.bootstrap import open_relay
    from relay.search import index

    relay = open_relay(ready=False)
    copy = relay.store.upgrade(relay.now())
    index.catch_up(relay.store)
    say("The database is up to date.")
    if copy:
        say("The copy from before: {copy}", copy=copy)


def _say_address(url: str) -> None:
    say("The desk is at {url}", url=url)


def _stop_with_the_desk(desk: object, worker: object) -> None:
    from relay.jobs import Scheduler
    from relay.web.serve import Desk

    assert isinstance(desk, Desk)
    assert isinstance(worker, Scheduler)
    desk.join()
    worker.stop()
