"""Starts many `relay` processes quickly: imports everything once, then forks. A program of its own, see Workers.

stdin, a line for each: `WORDS…` forks a process that runs `relay WORDS…`, `judge FILE` one that decides about clips
and writes down what was acknowledged, `wait PID` buries one that has ended. stdout: its pid, or its exit code
(negative: ended by that signal). A word `-fence` or `-lease` before the others switches that guard off, `NAME=value` is
a setting of that process alone.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import NoReturn

from relay.upkeep import leader

SWITCHES = ("-fence", "-lease")


class Workers:
    """The forge, while the `with` lasts. Whoever it started ends with it."""

    def __init__(self, env: dict[str, str], folder: Path) -> None:
        self._folder, self._started = folder, 0
        self._living: list[int] = []
        self._forge = subprocess.Popen(
            [sys.executable, "-m", "tests.workers"],
            env={**env, "PYTHONPATH": os.pathsep.join(sys.path)},
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Workers:
        self._says("")
        return self

    def __exit__(self, *_error: object) -> None:
        for pid in list(self._living):
            self.kills(pid)
        self._forge.communicate()

    def starts(self, *words: str) -> int:
        """Returns the pid; what the process logs is in `log_of(pid)`."""
        pid = self._says(" ".join(words))
        self._living.append(pid)
        return pid

    def kills(self, pid: int, number: int = signal.SIGKILL) -> int:
        os.kill(pid, number)
        return self.ended(pid)

    def ended(self, pid: int) -> int:
        """Waits for the end; returns the exit code."""
        self._living.remove(pid)
        return self._says(f"wait {pid}")

    def log_of(self, pid: int) -> str:
        log = self._folder / f"worker-{pid}.log"
        return log.read_text("utf-8") if log.exists() else ""

    def last_words(self) -> str:
        """Ends them all, with what they logged and what every thread of theirs was doing."""
        for pid in list(self._living):
            os.kill(pid, signal.SIGCONT)
            self.kills(pid, signal.SIGABRT)
        return "\n\n".join(f"{log.name}\n{log.read_text('utf-8')[-8000:]}" for log in self._folder.glob("worker-*.log"))

    def _says(self, line: str) -> int:
        assert self._forge.stdin is not None
        assert self._forge.stdout is not None
        self._forge.stdin.write(line + "\n")
        self._forge.stdin.flush()
        return int(json.loads(self._forge.stdout.readline()))


def main() -> None:
    import relay.almanac.cards.renderer
    import relay.bootstrap
    import relay.cli
    import relay.jobs
    import relay.moderation.desk
    import relay.sources.vk.source  # noqa: F401

    with contextlib.suppress(ImportError):
        import moviepy  # noqa: F401
    if os.environ.get("RELAY_CLUSTER"):
        import distributed  # noqa: F401
        import obstore  # noqa: F401
        import psycopg  # noqa: F401
    for line in sys.stdin:
        words = line.split()
        if not words:
            answer = 0
        elif words[0] == "wait":
            answer = os.waitstatus_to_exitcode(os.waitpid(int(words[1]), 0)[1])
        else:
            answer = os.fork() or _become(words)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _become(words: list[str]) -> NoReturn:
    """From here on this is a process like one that a shell has started."""
    code = 1
    try:
        log = os.open(f"worker-{os.getpid()}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        nothing = os.open(os.devnull, os.O_RDWR)
        for source, target in ((nothing, 0), (nothing, 1), (log, 2)):
            os.dup2(source, target)
        faulthandler.enable()
        while words[0] in SWITCHES or "=" in words[0]:
            name, _, value = words.pop(0).partition("=")
            os.environ[name] = value
            if name in SWITCHES:
                _switch_off(name)
        _judge(Path(words[1])) if words[0] == "judge" else _relay(words)
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except Exception:  # noqa: BLE001 - the forge must not go on in here
        traceback.print_exc()
    finally:
        os._exit(code)


def _relay(words: list[str]) -> None:
    from relay.cli import main as command_line

    sys.argv = ["relay", *words]
    command_line()


def _switch_off(guard: str) -> None:
    from relay.context import Relay

    if guard == "-fence":
        Relay._is_ours = lambda _self, _session, **_how: True  # type: ignore[method-assign]
    else:
        leader.acquire = lambda *_: 1
        Relay._is_ours = lambda _self, _session, **_how: True  # type: ignore[method-assign]


def _judge(acknowledged: Path) -> None:
    """A moderator who approves what waits, takes a verdict back where nothing waits, and so on without end; a line is
    written once the desk has said yes.
    """
    from sqlmodel import select

    from relay.bootstrap import open_relay
    from relay.models import Clip, ClipState, Verdict
    from relay.moderation import desk

    relay = open_relay()
    with acknowledged.open("a", buffering=1) as paper:
        while True:
            with relay.reading() as session:
                waiting = session.exec(select(Clip.id).where(Clip.state == ClipState.awaiting)).all()
                approved = session.exec(select(Clip.id).where(Clip.state == ClipState.approved)).all()
            for clip_id in waiting or approved[-1:]:
                assert clip_id is not None
                if waiting:
                    made = desk.decide(relay, clip_id, Verdict.approve, person="Anna", seen=ClipState.awaiting)
                else:
                    made = desk.undo(relay, clip_id, person="Anna")
                paper.write(f"{clip_id} {made.id}\n")
                time.sleep(0.1)
            time.sleep(0.1)


if __name__ == "__main__":
    main()
