"""A backup, and all of it brought back on a machine that has nothing: what each step takes.

A data folder with so many gigabytes of films that nothing makes smaller (random bytes, 5 to 60 MB each), with a
database of their clips and of so many posts. It is backed up into one file by `relay backup`, the folder is thrown
away, and `relay restore --check`, `relay restore` and `relay doctor --deep` run as an operator runs them.

For each step `s`: wall, `cpu_s`: CPU of the process and its children, `peak_mb`: its memory; `copy`: what copying the
same bytes takes (`cp`), and `hash`: what reading them for their sums takes (`sha256sum`), to compare with. `whole`:
files that came back with the bytes that they had. Ends with 1 when one is not, when doctor has found anything but
what the folder had before (`before`), or when the way back took more than MARK seconds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scripts import bench_desk, desk_rows

MARK = 900.0
SMALLEST, LARGEST = 5, 60
PEAK = 2.2
"""At most so many times the films' bytes lie on the disk at once."""
MEBI = 1 << 20


def run(words: argparse.Namespace) -> int:
    parent = words.work or Path(tempfile.gettempdir())
    if shutil.disk_usage(parent).free < PEAK * words.gb * (1 << 30):
        print(f"{parent} has no room for {PEAK} times {words.gb} GB", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="restore-", dir=parent) as name:
        result = measured(Path(name), words.gb, words.posts)
    print(json.dumps(result, indent=2))
    if words.json:
        words.json.write_text(json.dumps(result, indent=2) + "\n")
    is_good = result["whole"] == result["files"] and not result["found"]
    return 0 if is_good and result["restore"]["s"] <= MARK else 1


def measured(folder: Path, gb: float, posts: int) -> dict[str, Any]:
    old, new, archive = folder / "old", folder / "new", folder / "relay.tar"
    sums = fill(old, int(gb * (1 << 30)), posts)
    sizes = sum(path.stat().st_size for path in old.rglob("*") if path.is_file())
    before = _doctor(old)[1]
    result: dict[str, Any] = {"files": len(sums), "bytes": sizes}
    result["backup"] = relay(old, "backup", str(archive))[0]
    shutil.rmtree(old)
    result["hash"] = timed(["sha256sum", str(archive)])[0]
    result["copy"] = timed(["cp", str(archive), str(folder / "copy")])[0]
    (folder / "copy").unlink()
    result["check"] = relay(new, "restore", "--check", str(archive))[0]
    result["restore"] = relay(new, "restore", str(archive))[0]
    result["doctor"], after = _doctor(new)
    result["whole"] = sum(_sha256(new / "vault" / place) == sum_ for place, sum_ in sums.items())
    result["before"] = before
    result["found"] = [each for each in after if each not in before]
    return result


def relay(folder: Path, *words: str, fine: Sequence[int] = (0,)) -> tuple[dict[str, float], str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("RELAY_")}
    env |= {"RELAY_DATA_DIR": str(folder), "RELAY_LANGUAGE": "en", "RELAY_MIN_FREE_GB": "0"}
    return timed([sys.executable, "-m", "relay", *words], env=env, fine=fine)


def timed(
    argv: list[str], *, env: dict[str, str] | None = None, fine: Sequence[int] = (0,)
) -> tuple[dict[str, float], str]:
    begun = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(argv, env=env, cwd=Path(__file__).resolve().parents[1], stdout=said)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode()
    assert process.returncode in fine, text
    took = {"s": time.monotonic() - begun, "cpu_s": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}
    return {name: round(value, 1) for name, value in took.items()}, text


def _doctor(folder: Path) -> tuple[dict[str, float], list[str]]:
    """What it took, and what is wrong: subjects, since the sentences tell how much room there is."""
    cost, said = relay(folder, "doctor", "--deep", "--json", fine=(0, 1))
    return cost, sorted(each["what"] for each in json.loads(said) if each["wrong"])


def fill(folder: Path, size: int, posts: int) -> dict[str, str]:
    """Places of originals in the vault, and their sums."""
    from relay.bootstrap import open_relay
    from relay.config import Settings

    relay = open_relay(Settings(_env_file=None, data_dir=folder), ready=False)  # type: ignore[call-arg]
    relay.store.upgrade(relay.now())
    chance, sums, have = random.Random(1), dict[str, int](), 0
    while have < size:
        length = min(chance.randint(SMALLEST, LARGEST) * MEBI, max(MEBI, size - have))
        part = relay.folder("work") / "part"
        sum_ = hashlib.sha256()
        with part.open("wb") as file:
            for _ in range(length // MEBI):
                file.write(block := chance.randbytes(MEBI))
                sum_.update(block)
        relay.media.put(f"originals/{sum_.hexdigest()}", part)
        sums[sum_.hexdigest()] = part_size = length // MEBI * MEBI
        have += part_size
    _add_rows(relay, sums, posts)
    relay.store.close()
    return {f"originals/{name[:2]}/{name}": name for name in sums}


def _add_rows(relay: Any, sums: dict[str, int], posts: int) -> None:
    from relay.models import Clip, ClipVideo, Inspection, Match, Post, Sighting, Video
    from relay.store import add_rows

    opens = datetime.now(UTC) - timedelta(days=8)
    at = [opens + timedelta(seconds=20 * number) for number in range(max(posts, len(sums)))]
    films = list(enumerate(sums.items()))
    with relay.transaction() as session:
        campaign = bench_desk.campaign(session, opens)
        looks = [bench_desk.inspection(n, at[n]) | _kept(name, size) for n, (name, size) in films]
        add_rows(session, Inspection, looks)
        add_rows(session, Video, [desk_rows.video(n, at[n]) | {"sha256": name} for n, (name, _) in films])
        add_rows(session, Post, [desk_rows.post(n, at[n], "#bench") for n in range(len(at))])
        add_rows(session, Sighting, [{"post_id": n + 1, "video_id": n + 1} for n, _ in films])
        tagged = {"campaign_id": campaign, "kind": "exact", "matched_in": "text", "tag": "#bench"}
        add_rows(session, Match, [{**tagged, "post_id": n + 1, "at": at[n]} for n, _ in films])
        made = [{"campaign_id": campaign, "sha256": name, "video_id": n + 1} for n, (name, _) in films]
        add_rows(
            session,
            Clip,
            [{**one, "state": "awaiting", "created_at": at[n], "published_at": at[n]} for n, one in enumerate(made)],
        )
        add_rows(session, ClipVideo, [{"clip_id": n + 1, "video_id": n + 1} for n, _ in films])


def _kept(name: str, size: int) -> dict[str, Any]:
    return {"sha256": name, "bytes": size, "poster": "", "proxy": "", "storyboard": ""}


def _sha256(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
