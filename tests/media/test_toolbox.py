"""The walls around a child: each is seen to hold, and its twin sees what happens without it."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relay.errors import Interrupted, ToolFailed, ToolMissing
from relay.media.toolbox import Limits, Toolbox


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "private"
    path.mkdir()
    return path


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    path = tmp_path / "canary.txt"
    path.write_text("the secret")
    return path


@pytest.fixture
def walled() -> Toolbox:
    toolbox = Toolbox()
    if toolbox.walls == "limits":
        pytest.skip("this machine has neither bubblewrap nor Landlock")
    return toolbox


def python(script: str, *words: str) -> list[str]:
    return [sys.executable, "-I", "-c", script, *words]


READ = "import sys; print(open(sys.argv[1]).read())"


@pytest.mark.slow
def test_a_child_reads_only_what_it_was_given(walled: Toolbox, folder: Path, canary: Path) -> None:
    assert walled.run(python(READ, str(canary)), folder=folder, reads=[canary]).stdout.strip() == "the secret"

    with pytest.raises(ToolFailed) as caught:
        walled.run(python(READ, str(canary)), folder=folder)
    assert "the secret" not in caught.value.stderr


@pytest.mark.slow
def test_without_walls_it_reads_everything(folder: Path, canary: Path) -> None:
    done = Toolbox(walls="limits").run(python(READ, str(canary)), folder=folder)

    assert done.stdout.strip() == "the secret"


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/etc/passwd", "/etc/shadow", "/etc/hostname", "/root", "/home"])
def test_nothing_of_the_machine_itself_is_shown(walled: Toolbox, folder: Path, path: str) -> None:
    script = "import os, sys; p = sys.argv[1]; print(os.listdir(p) if os.path.isdir(p) else open(p).read())"

    with pytest.raises(ToolFailed):
        walled.run(python(script, path), folder=folder)


PARENTS = f"print(len(open('/proc/{os.getpid()}/environ').read()))"


@pytest.mark.slow
def test_the_environment_of_the_parent_is_out_of_reach(
    walled: Toolbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELAY_VK_TOKEN", "vk1.a.secret")

    assert "secret" not in walled.run(python("import os; print(dict(os.environ))"), folder=folder).stdout
    with pytest.raises(ToolFailed):
        walled.run(python(PARENTS), folder=folder)


def test_without_walls_the_environment_of_the_parent_can_be_read(folder: Path) -> None:
    assert int(Toolbox(walls="limits").run(python(PARENTS), folder=folder).stdout) > 0


@pytest.mark.slow
def test_a_child_writes_only_into_its_folder(walled: Toolbox, folder: Path, tmp_path: Path) -> None:
    script = "import sys; open(sys.argv[1], 'w').write('x')"
    walled.run(python(script, str(folder / "mine")), folder=folder)
    assert (folder / "mine").read_text() == "x"

    with pytest.raises(ToolFailed):
        walled.run(python(script, str(tmp_path / "outside")), folder=folder)
    assert not (tmp_path / "outside").exists()


def test_without_walls_it_writes_everywhere(folder: Path, tmp_path: Path) -> None:
    script = "import sys; open(sys.argv[1], 'w').write('x')"

    Toolbox(walls="limits").run(python(script, str(tmp_path / "outside")), folder=folder)

    assert (tmp_path / "outside").exists()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server


CONNECT = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 3)"


@pytest.mark.slow
def test_a_child_has_no_network_unless_it_needs_one(walled: Toolbox, folder: Path, listener: socket.socket) -> None:
    port = str(listener.getsockname()[1])

    with pytest.raises(ToolFailed):
        walled.run(python(CONNECT, port), folder=folder)
    with pytest.raises(TimeoutError):
        listener.accept()

    walled.run(python(CONNECT, port), folder=folder, network=True)
    listener.accept()[0].close()


LIMITS = {
    "memory": ("x = bytearray(600 << 20)", Limits(memory_mb=400)),
    "file": ("open('big', 'wb').write(bytes(5 << 20))", Limits(file_mb=1)),
    "processor": ("import time\nwhile time.process_time() < 1.8: pass", Limits(cpu_seconds=1)),
    "time": ("import time; time.sleep(1.5)", Limits(wall_seconds=1)),
    "files": ("held = [open('/dev/null') for _ in range(100)]", Limits(open_files=30)),
}


NAMES = [pytest.param(name, marks=pytest.mark.slow) if name in ("processor", "time") else name for name in LIMITS]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_child_over_a_limit_ends(folder: Path, name: str) -> None:
    script, limits = LIMITS[name]
    started = time.monotonic()

    with pytest.raises(ToolFailed):
        Toolbox().run(python(script), folder=folder, limits=limits)
    assert time.monotonic() - started < 15


LEAVES_ONE_BEHIND = """
import subprocess, sys
words = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(20)"
left = subprocess.Popen([sys.executable, "-c", words], stdout=subprocess.PIPE)
left.stdout.readline()
print(left.pid, flush=True)
"""


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.slow
@pytest.mark.parametrize("then", ["", "import time; time.sleep(20)"], ids=["ends itself", "runs out of time"])
def test_what_a_child_has_started_ends_with_it(folder: Path, then: str) -> None:
    said: list[str] = []
    with contextlib.suppress(ToolFailed):
        Toolbox(walls="limits").run(
            python(LEAVES_ONE_BEHIND + then), folder=folder, limits=Limits(wall_seconds=2), on_line=said.append
        )

    (pid,) = map(int, said)
    for _ in range(50):
        if not lives(pid):
            break
        time.sleep(0.02)
    assert not lives(pid)


@pytest.mark.slow
def test_without_a_group_of_its_own_what_it_has_started_lives_on(folder: Path) -> None:
    done = subprocess.run(
        python(LEAVES_ONE_BEHIND), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True
    )

    assert lives(int(done.stdout))
    os.kill(int(done.stdout), signal.SIGKILL)


@pytest.mark.slow
def test_a_kernel_without_handles_on_processes_is_waited_for_as_well(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_pid: int) -> int:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", refuses, raising=False)
    toolbox, (script, limits) = Toolbox(), LIMITS["time"]
    assert toolbox.run(python("print('here')"), folder=folder).stdout == "here\n"
    with pytest.raises(ToolFailed, match="took longer than 1 s"):
        toolbox.run(python(script), folder=folder, limits=limits)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        name if name not in ("memory", "processor", "time") else pytest.param(name, marks=pytest.mark.slow)
        for name in LIMITS
    ],
)
def test_within_wide_limits_the_same_child_succeeds(folder: Path, name: str) -> None:
    assert Toolbox().run(python(LIMITS[name][0]), folder=folder, limits=Limits(memory_mb=4000)).returncode == 0


@pytest.mark.slow
def test_closing_ends_the_children_at_once(folder: Path) -> None:
    toolbox = Toolbox()
    threading.Timer(0.5, toolbox.close).start()
    started = time.monotonic()

    with pytest.raises(Interrupted):
        toolbox.run(python("import time; time.sleep(60)"), folder=folder)
    assert time.monotonic() - started < 10
    with pytest.raises(Interrupted):
        toolbox.run(python("pass"), folder=folder)


def test_who_is_born_while_the_toolbox_closes_ends_as_well(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toolbox = Toolbox(walls="limits")
    spawn = subprocess.Popen

    def born_late(*words: Any, **options: Any) -> subprocess.Popen[bytes]:
        child = spawn(*words, **options)
        toolbox.close()
        return child

    monkeypatch.setattr("relay.media.toolbox.subprocess.Popen", born_late)
    started = time.monotonic()
    with pytest.raises(Interrupted):
        toolbox.run(["sleep", "60"], folder=folder)
    assert time.monotonic() - started < 30


def test_a_missing_ffmpeg_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing) as caught:
        _ = Toolbox(ffmpeg=str(tmp_path / "ffmpeg")).ffmpeg
    assert "imageio-ffmpeg" in caught.value.line


def test_a_child_whose_news_nobody_wants_any_more_is_stopped(tmp_path: Path) -> None:
    """A fetch that lost its lease downloads no further."""

    def refuses(_line: str) -> None:
        raise Interrupted("Another process fetches this video now.")

    words = "print(1, flush=True); import time; time.sleep(600)"
    with pytest.raises(Interrupted, match="Another process"):
        Toolbox().run([sys.executable, "-c", words], folder=tmp_path, on_line=refuses)
