"""Bring a lab up, look at it, take it down.

`up` returns only when every router has shown its IOS prompt over SSH; called again it changes
nothing, and of a lab that has died in part it first clears the rest. `down` needs nothing of the
lab to be alive: the lab's processes hang together (see supervisor), so ending one ends all.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from dmvpn_auto.errors import LabError, UsageError
from dmvpn_auto.lab import packages
from dmvpn_auto.lab.control import open_lab
from dmvpn_auto.lab.inventory import (
    PASSWORD,
    USER,
    check_inventory,
    remove_inventory,
    write_inventory,
)
from dmvpn_auto.lab.state import Backend, LabFolder, LabRecord
from dmvpn_auto.lab.supervisor import CONTROL_PORT, FIRST_PORT, GUEST_ADDRESS
from dmvpn_auto.lab.topology import Topology, read_topology

Say = Callable[[str], None]
BOOT_DEADLINE = 180.0
"""Seconds in which a lab must be ready; a slow machine needs 20 to 40 for hub and three spokes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Up:
    """What `up` did."""

    folder: Path
    inventory: Path
    record: LabRecord
    already: bool  # it was up before
    phases: tuple[tuple[str, float], ...]  # name, seconds


def up(topology_path: Path, *, backend: Backend, inventory: Path, memory: int, say: Say) -> Up:
    """Bring the lab of a topology file up, wait until it is ready, write its inventory."""
    began = time.monotonic()
    topology = read_topology(topology_path.resolve())
    if not topology.routers:
        raise UsageError("no node of the topology is a router (env LAB_ROLE: ios)",
                         where=str(topology_path))  # fmt: skip
    check_inventory(inventory.resolve())
    folder = LabFolder.of(topology.name)
    with folder.lock():
        record = _wanted(topology, backend, inventory.resolve(), memory, folder.record())
        if _still_good(folder, record, say):
            write_inventory(folder, record)
            return Up(folder=folder.path, inventory=Path(record.inventory), record=record,
                      already=True, phases=())  # fmt: skip
        root = packages.private_root(say)
        # Other labs may have taken ports meanwhile: a first download takes its time.
        record = _with_free_ports(record, topology)
        phases = [("packages", time.monotonic() - began)]
        done = False
        try:
            phases += _boot(folder, record, topology, root, say)
            write_inventory(folder, record)
            done = True
        finally:
            if not done:
                say("taking down what had begun")
                remove_inventory(folder, record)
                _take_down(folder)
    return Up(folder=folder.path, inventory=Path(record.inventory), record=record,
              already=False, phases=tuple(phases))  # fmt: skip


def _wanted(
    topology: Topology, backend: Backend, inventory: Path, memory: int, running: LabRecord | None
) -> LabRecord:
    nodes = [node.name for node in (*topology.routers, *topology.jumps)]
    same = running if running is not None and list(running.doors) == nodes else None
    return LabRecord(
        name=topology.name,
        backend=backend,
        topology=str(topology.path),
        digest=_digest(topology),
        inventory=str(inventory),
        ports=same.ports if same else {},
        memory=memory,
        jumps=same.jumps if same else {},
    )


def _with_free_ports(record: LabRecord, topology: Topology) -> LabRecord:
    routers = [node.name for node in topology.routers]
    jumps = [node.name for node in topology.jumps]
    free = iter(_free_ports(len(routers) + len(jumps)))
    ports = dict(zip(routers, free, strict=False))
    return replace(record, ports=ports, jumps=dict(zip(jumps, free, strict=True)))


def _digest(topology: Topology) -> str:
    digest = hashlib.sha256(topology.path.read_bytes())
    for node in topology.nodes:
        for bind in node.binds:
            source = Path(bind.source)
            files = sorted(source.rglob("*")) if source.is_dir() else [source]
            for file in files:
                if file.is_file():
                    digest.update(file.read_bytes())
    return digest.hexdigest()


def _free_ports(count: int) -> list[int]:
    """Ports on loopback for the routers: 2201 and up where they are free, so they can be learnt."""
    found: list[int] = []
    for port in range(FIRST_PORT, FIRST_PORT + 1000 + count):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise LabError(f"no {count} free ports on 127.0.0.1 from {FIRST_PORT} up", stage="start")


def _still_good(folder: LabFolder, record: LabRecord, say: Say) -> bool:
    """Whether this very lab is up and answers; clears away what is left of a dead one."""
    running = folder.record()
    if running is None:
        if folder.path.exists():
            _take_down(folder)
        return False
    supervisor = folder.process("supervisor")
    alive = supervisor is not None and supervisor.alive()
    if alive:
        try:
            with open_lab(folder, timeout=10) as lab:
                alive = lab.status()["phase"] == "ready"
        except LabError:
            alive = False
    if alive and asdict(running) == asdict(record):
        return True
    if alive:
        changed = sorted(
            key for key, value in asdict(record).items() if asdict(running)[key] != value
        )
        raise UsageError(
            f"the lab {record.name!r} is up with another {', '.join(changed)}",
            where=f"{running.topology} ({running.inventory})",
            hint=f"give the same options as before, or first: dmvpn-auto lab down {record.name}",
        )
    say(f"the lab {record.name!r} has died in part; clearing away the rest")
    remove_inventory(folder, running)
    _take_down(folder)
    return False


def _boot(
    folder: LabFolder,
    record: LabRecord,
    topology: Topology,
    root: packages.PrivateRoot,
    say: Say,
) -> list[tuple[str, float]]:
    folder.create(record)
    _make_keys(folder)
    (folder.path / "world.json").write_text(json.dumps(_world(folder, record, topology)))
    with _compiled_world(), (folder.path / "supervisor.log").open("wb") as log:
        command = [sys.executable, "-m", "dmvpn_auto.lab.supervisor"]
        command += [str(folder.path), str(root.path)]
        supervisor = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        folder.note_process("supervisor", supervisor.pid)
        began = time.monotonic()
        phases: list[tuple[str, float]] = []
        for event in _follow(folder, supervisor, began + BOOT_DEADLINE):
            now = time.monotonic()
            phases.append((event, now - began - sum(seconds for _, seconds in phases)))
            say(f"{event}: {phases[-1][1]:.1f} s")
            if event == "routers":
                break
    left = began + BOOT_DEADLINE - time.monotonic()
    asyncio.run(_prompts(record, left))
    phases.append(("SSH prompts", time.monotonic() - began - sum(s for _, s in phases)))
    return phases


@contextlib.contextmanager
def _compiled_world() -> Iterator[None]:
    """Meanwhile compile the modules of the world to where the lab finds them (its writes are lost).

    Without it the lab works too, and boots some seconds slower: its end is awaited, not judged.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(packages.bytecode_folder())}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "dmvpn_auto.lab.world", "--import-only"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, env=environment, stdin=quiet, stdout=quiet, stderr=quiet
    ) as process:
        try:
            yield
        except BaseException:
            process.terminate()
            raise


def _world(folder: LabFolder, record: LabRecord, topology: Topology) -> dict[str, Any]:
    """Return what the world is told (world.json)."""
    return {
        "progress": str(folder.progress),
        "nvram": str(folder.path / "nvram"),
        "host_key": str(folder.path / "ssh_host_key"),
        "login": _login(folder),
        "user": {"name": USER, "password": PASSWORD},
        "user_key": str(folder.key.with_suffix(".pub")),
        "address": GUEST_ADDRESS.partition("/")[0],
        "control_port": CONTROL_PORT,
        "ports": {name: FIRST_PORT + number for number, name in enumerate(record.doors)},
        "nodes": [
            {
                **asdict(node),
                "startup_config": str(node.startup_config) if node.startup_config else None,
                "devices": topology.interfaces(node.name),
            }
            for node in topology.nodes
        ],
        "links": [asdict(link) for link in topology.links],
    }


def _make_keys(folder: LabFolder) -> None:
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    for name in ("ssh_host_key", "id_lab"):
        key = Ed25519PrivateKey.generate()
        private = folder.path / name
        private.touch(0o600)
        private.write_bytes(
            key.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption())
        )
        public = key.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH)
        private.with_suffix(".pub").write_bytes(public + b" dmvpn-auto-lab\n")


def _login(folder: LabFolder) -> list[str]:
    """Return the IOS lines that let the lab's key in."""
    kind, blob = folder.key.with_suffix(".pub").read_text().split()[:2]
    digest = hashlib.md5(base64.b64decode(blob), usedforsecurity=False).hexdigest().upper()
    return ["ip ssh pubkey-chain", f" username {USER}", f"  key-hash {kind} {digest}"]


def _follow(
    folder: LabFolder, supervisor: subprocess.Popen[bytes], deadline: float
) -> Iterator[str]:
    """Yield the phases of booting as they are reported; raise LabError when it fails or hangs."""
    read = 0
    while True:
        ended = supervisor.poll() is not None
        lines = folder.progress.read_text().splitlines() if folder.progress.exists() else []
        for line in lines[read:]:
            event = json.loads(line)
            if "failed" in event:
                raise _failed(folder, event["failed"])
            read += 1
            yield event["phase"]
        if ended:
            raise _failed(folder, "its supervisor ended")
        if time.monotonic() > deadline:
            raise _failed(folder, f"it was not ready within {BOOT_DEADLINE:.0f} s")
        with contextlib.suppress(subprocess.TimeoutExpired):
            supervisor.wait(0.05)


def _failed(folder: LabFolder, what: str) -> LabError:
    detail = folder.log_tail()
    return LabError(
        f"the lab did not come up: {what}" + (f"\n  {detail}" if detail else ""), stage="boot"
    )


async def _prompts(record: LabRecord, seconds: float) -> None:
    """Wait for the IOS prompt of every router, over SSH as a user would."""
    waiting = dict.fromkeys(record.ports, "no connection yet")
    try:
        async with asyncio.timeout(max(seconds, 1)):
            await asyncio.gather(
                *(_prompt(name, port, waiting) for name, port in record.ports.items())
            )
    except TimeoutError:
        raise LabError(
            "no IOS prompt over SSH: "
            + "; ".join(f"{name}: {why}" for name, why in waiting.items()),
            stage="ssh",
        ) from None


async def _prompt(name: str, port: int, waiting: dict[str, str]) -> None:
    """Return when a router shows its prompt; until then `waiting` says why it does not."""
    import asyncssh

    while True:
        try:
            async with asyncssh.connect(
                "127.0.0.1", port, username=USER, password=PASSWORD, known_hosts=None,
                client_keys=None, agent_path=None, config=None,
            ) as connection:  # fmt: skip
                process = await connection.create_process(term_type="vt100")
                seen = ""
                while f"{name}#" not in seen and f"{name}>" not in seen:
                    chunk = await process.stdout.read(512)
                    if not chunk:
                        raise LabError(f"no IOS prompt, but {seen!r}", where=name, stage="ssh")
                    seen += str(chunk)
                del waiting[name]
                return
        except (OSError, asyncssh.Error) as error:
            if isinstance(error, asyncssh.PermissionDenied):
                raise LabError("the router refuses admin/admin", where=name, stage="ssh") from error
            waiting[name] = str(error) or type(error).__name__
            await asyncio.sleep(0.1)  # not there yet; the caller holds the deadline


def _take_down(folder: LabFolder) -> list[str]:
    """End the lab's processes and remove its files; return what was ended."""
    ended = []
    for role, gentle in (("supervisor", signal.SIGTERM), ("kernel", signal.SIGKILL)):
        process = folder.process(role)  # type: ignore[arg-type]  # the two literals above
        for number in (gentle, signal.SIGKILL):
            if process is None or not process.alive():
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, number)
                ended.append(role)
            _await_end(process.pid, 5)
        if process is not None and process.alive():
            raise LabError(f"the lab's {role} (process {process.pid}) does not end", stage="down")
    folder.remove()
    return ended


def _await_end(pid: int, seconds: float) -> None:
    """Return when the process has ended (it need not be our child) or the time is over."""
    with contextlib.suppress(ProcessLookupError):
        watch = os.pidfd_open(pid)
        try:
            select.select([watch], [], [], seconds)
        finally:
            os.close(watch)


def down(folder: LabFolder, say: Say) -> bool:
    """Take a lab down, whatever is left of it; False when there was nothing."""
    if not folder.path.exists():
        return False
    with folder.lock():
        with contextlib.suppress(LabError):
            record = folder.record()
            if record is not None:
                for kept in remove_inventory(folder, record):
                    say(f"kept, because it was changed since: {kept}")
        _take_down(folder)
    return True
