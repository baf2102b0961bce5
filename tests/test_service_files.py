"""The files under docs/service, read by the programs they are for where those are there, else by readers of the same
language; and what of them Relay depends on.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import crossplane
import pytest
import yaml

from relay.web.headers import COUNTED
from tests.test_documents import ROOT

pytestmark = pytest.mark.slow

CLUSTER_PORT = 8786  # Dask's own
FOLDER = ROOT / "docs" / "service"
UNITS = sorted([*FOLDER.glob("*.service"), *FOLDER.glob("*.timer")])
BREAKS_THE_WALLS = (
    *("RestrictNamespaces", "SystemCallFilter", "ProtectProc", "ProcSubset"),
    *("ProtectKernelTunables", "ProtectKernelLogs", "MemoryDenyWriteExecute"),
)
"""Options under which bubblewrap or Landlock can't be set up."""
HARDENED = ("NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "StateDirectory=relay", "User=relay")


def verified(folder: Path, units: dict[str, str]) -> str:
    """What systemd says of units whose program is here."""
    for name, text in units.items():
        (folder / name).write_text(text.replace("/opt/relay/bin/relay", "/bin/true"), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(folder.glob("*.*")))],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return done.stdout + done.stderr + ("" if done.returncode == 0 else f"exit code {done.returncode}")


def options(unit: Path) -> list[str]:
    return [line for line in unit.read_text("utf-8").splitlines() if line and not line.startswith("#")]


def nginx(text: str, tmp_path: Path) -> list[dict[str, Any]]:
    """What nginx reads, as a tree. Raises ValueError for what it would not take."""
    whole = tmp_path / "nginx.conf"
    (tmp_path / "relay.conf").write_text(text, "utf-8")
    whole.write_text(f"events {{}}\nhttp {{ include {tmp_path / 'relay.conf'}; }}\n", "utf-8")
    read = crossplane.parse(str(whole), combine=True)
    if read["status"] != "ok":
        raise ValueError(read["errors"])
    (http,) = [block for block in read["config"][0]["parsed"] if block["directive"] == "http"]
    found: list[dict[str, Any]] = http["block"]
    return found


def caddy(text: str) -> dict[str, Any]:
    """Blocks and directives of a Caddyfile, by its own rules of braces. Raises ValueError where one is left open."""
    root: dict[str, Any] = {}
    path = [root]
    for line in (each.strip() for each in text.splitlines()):
        if not line or line.startswith("#"):
            continue
        if line == "}":
            path.pop()
            if not path:
                raise ValueError("a brace too many")
        elif line.endswith("{"):
            path.append(path[-1].setdefault(line[:-1].strip(), {}))
        else:
            path[-1][line] = None
    if len(path) != 1:
        raise ValueError("a brace is missing")
    return root


# systemd


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_every_unit(tmp_path):
    assert verified(tmp_path, {unit.name: unit.read_text("utf-8") for unit in UNITS}) == ""


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_twin_a_unit_with_a_slip_is_noticed(tmp_path):
    unit = FOLDER / "relay-work.service"
    assert "ProtectSistem" in verified(
        tmp_path, {unit.name: unit.read_text("utf-8").replace("ProtectSystem", "ProtectSistem")}
    )


def test_every_unit_is_hardened_and_leaves_the_walls_of_children_alone():
    services = [unit for unit in UNITS if unit.suffix == ".service"]
    names = ("serve", "work", "up", "backup", "worker", "scheduler")
    assert {unit.stem for unit in services} == {f"relay-{name}" for name in names}
    for unit in services:
        lines = options(unit)
        assert set(HARDENED) <= set(lines), unit.name
        assert [line for line in lines if line.partition("=")[0] in BREAKS_THE_WALLS] == [], unit.name


def test_the_units_run_commands_that_there_are():
    from relay.cli import app

    named = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    named |= {group.name for group in app.registered_groups}
    said = {word for unit in UNITS for word in re.findall(r"/opt/relay/bin/relay (\w+)", unit.read_text("utf-8"))}
    assert said == {"serve", "work", "up", "backup", "backups", "worker", "cluster"}
    assert said <= named


def test_work_is_given_longer_to_stop_than_it_needs():
    from relay.jobs import STOP_SECONDS

    for name in ("relay-work", "relay-up", "relay-worker"):
        (said,) = [line for line in options(FOLDER / f"{name}.service") if line.startswith("TimeoutStopSec=")]
        assert int(said.partition("=")[2]) > STOP_SECONDS


# web servers


def test_nginx_takes_its_file(tmp_path):
    servers = nginx((FOLDER / "nginx.conf").read_text("utf-8"), tmp_path)
    (location,) = [one for server in servers for one in server["block"] if one["directive"] == "location"]
    said = {one["directive"]: one["args"] for one in location["block"] if one["directive"] != "proxy_set_header"}
    headers = {one["args"][0]: one["args"][1] for one in location["block"] if one["directive"] == "proxy_set_header"}
    assert (said["proxy_buffering"], said["proxy_request_buffering"]) == (["off"], ["off"])
    assert headers["X-Forwarded-For"] == "$remote_addr", "what a stranger says of addresses must not come through"
    assert headers["X-Forwarded-Proto"] == "$scheme"
    sizes = [one["args"] for server in servers for one in server["block"] if one["directive"] == "client_max_body_size"]
    assert sizes == [["0"]]
    assert COUNTED.pattern.startswith("/uploads/"), "what is sent there may be large"


@pytest.mark.parametrize("slip", [("proxy_buffering off;", "proxy_buffering off"), ("location / {", "location /")])
def test_twin_a_slip_for_nginx_is_noticed(tmp_path, slip):
    with pytest.raises(ValueError, match=r"directive|end of file|unexpected"):
        nginx((FOLDER / "nginx.conf").read_text("utf-8").replace(*slip), tmp_path)


@pytest.mark.skipif(shutil.which("nginx") is None or shutil.which("openssl") is None, reason="nginx is not here")
def test_nginx_itself_takes_its_file(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=relay.example.org", "-days", "1"]
    subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True, timeout=60)
    text = (FOLDER / "nginx.conf").read_text("utf-8")
    text = re.sub(r"/etc/letsencrypt\S+fullchain.pem", str(certificate), text)
    text = re.sub(r"/etc/letsencrypt\S+privkey.pem", str(key), text)
    (tmp_path / "relay.conf").write_text(text, "utf-8")
    whole = tmp_path / "nginx.conf"
    places = "".join(
        f"{kind}_temp_path {tmp_path}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole.write_text(f"pid {tmp_path}/pid; events {{}}\nhttp {{ {places} include {tmp_path}/relay.conf; }}\n", "utf-8")
    done = subprocess.run(
        ["nginx", "-t", "-q", "-c", str(whole), "-e", str(tmp_path / "log")],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_caddys_file_sends_what_flows_and_compresses_no_stream():
    (site,) = caddy((FOLDER / "Caddyfile").read_text("utf-8")).values()
    assert "flush_interval -1" in site["reverse_proxy 127.0.0.1:8000"]
    assert "not path */live" in site["@texts"]


@pytest.mark.parametrize("slip", [("\ttransport http {", "\ttransport http"), ("reverse_proxy 127.0.0.1:8000 {", "")])
def test_twin_a_brace_that_is_missing_is_noticed(slip):
    with pytest.raises(ValueError, match="brace"):
        caddy((FOLDER / "Caddyfile").read_text("utf-8").replace(*slip))


@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not here")
def test_caddy_itself_takes_its_file(tmp_path):
    done = subprocess.run(
        ["caddy", "adapt", "--validate", "--config", str(FOLDER / "Caddyfile"), "--adapter", "caddyfile"],
        capture_output=True, text=True, check=False, timeout=60,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "XDG_DATA_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


# containers


def steps(text: str) -> list[tuple[str, str]]:
    """Instructions of a Containerfile with what they say, lines that go on put together."""
    whole = re.sub(r"\\\n", " ", "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")))
    return [
        (word, said.strip()) for line in whole.splitlines() if line.strip() for word, _, said in [line.partition(" ")]
    ]


def faults(text: str) -> list[str]:
    """What a careful reader of Containerfiles objects to."""
    told, found = steps(text), []
    words = [word for word, _ in told]
    base = next(said for word, said in told if word == "FROM")
    checks = {
        "no version of the base": ":" not in base or base.endswith(":latest"),
        "an address of a registry": "/" in base,
        "runs as root": "USER" not in words or words.index("USER") > words.index("ENTRYPOINT"),
        "package lists stay": any(
            "apt-get install" in said and "rm -rf /var/lib/apt/lists" not in said for _, said in told
        ),
        "recommended packages": any(
            "apt-get install" in said and "--no-install-recommends" not in said for _, said in told
        ),
        "ADD in place of COPY": "ADD" in words,
        "files without a hash": any(
            "--requirement" in said and ("scripts/locked.py" not in said or "--require-hashes" not in said)
            for _, said in told
        )
        or any("pip install" in part and "--no-deps" not in part for _, said in told for part in said.split("&&")),
        "pip keeps a cache": any("pip install" in said and "--no-cache-dir" not in said for _, said in told),
        "no sign of life": "HEALTHCHECK" not in words,
        "a shell between": any(word in ("ENTRYPOINT", "CMD") and not said.startswith("[") for word, said in told),
        "unknown instruction": bool(set(words) - KNOWN),
    }
    found += [fault for fault, holds in checks.items() if holds]
    missing = [path for path in copied(told) if not (ROOT / path).exists()]
    return found + [f"not in the tree: {path}" for path in missing]


KNOWN = {
    *("FROM", "RUN", "WORKDIR", "COPY", "USER", "ENV", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"),
    *("ARG", "LABEL"),
}


def copied(told: list[tuple[str, str]]) -> list[str]:
    return [path for word, said in told if word == "COPY" for path in said.split()[:-1]]


def test_the_containerfile_is_sound():
    assert faults((FOLDER / "Containerfile").read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("was", "now", "fault"),
    [
        ("python:3.13-slim-bookworm", "registry.example/python:3", "an address of a registry"),
        ("USER relay\n", "", "runs as root"),
        ("pip install --no-cache-dir", "pip install", "pip keeps a cache"),
        ("--require-hashes ", "", "files without a hash"),
        ("--no-deps --no-build-isolation .", "'.[oidc]'", "files without a hash"),
        ("COPY relay relay", "COPY raley relay", "not in the tree: raley"),
        ('CMD ["up"]', "CMD up", "a shell between"),
    ],
)
def test_twin_an_unsound_containerfile_is_noticed(was, now, fault):
    assert fault in faults((FOLDER / "Containerfile").read_text("utf-8").replace(was, now))


def test_the_compose_file_runs_desk_and_work_on_one_volume():
    told = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
    serve, work = told["services"]["serve"], told["services"]["work"]
    assert serve["ports"] == ["127.0.0.1:8000:8000"], "a web server stands in front"
    assert serve["volumes"] == work["volumes"] == ["data:/data"]
    assert (serve["command"], work["command"]) == (["serve"], ["work"])
    assert "/" not in serve["image"], "no registry"
    assert (FOLDER / serve["build"]["context"]).resolve() == ROOT
    assert (ROOT / serve["build"]["dockerfile"]).is_file()
    assert "no-new-privileges:true" in serve["security_opt"]


def test_a_cluster_runs_beside_it_on_the_same_walls():
    told, beside = (yaml.safe_load((FOLDER / name).read_text("utf-8")) for name in ("compose.yaml", "cluster.yaml"))
    work = told["services"]["work"]
    for name, command in (("scheduler", ["cluster", "scheduler"]), ("worker", ["worker"])):
        service = beside["services"][name]
        assert service["command"] == command
        for shared in ("image", "env_file", "volumes", "read_only", "tmpfs", "cap_drop", "security_opt"):
            assert service[shared] == work[shared], (name, shared)
    assert beside["services"]["scheduler"]["ports"] == [f"{CLUSTER_PORT}:{CLUSTER_PORT}"]


def test_no_file_names_a_registry_or_a_machine():
    for path in FOLDER.iterdir():
        text = path.read_text("utf-8")
        assert not re.search(r"(ghcr|docker|quay|gcr)\.io|/work/|/root/|/home/(?!dir)", text), path.name
