"""The inventory folder of a running lab: a complete one, which every verb of the tool works on.

Hosts are loopback ports, credentials and cloud secrets are files with random values, the cloud is
the lab's own. What the user changed or added is never overwritten, and `down` removes only what is
still as it was written here (their digests are kept in the lab's state folder). The journal of
rollouts onto the lab's routers goes with them: a run that was killed must not bind the next lab.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import string
from collections.abc import Iterator
from pathlib import Path

import yaml

from dmvpn_auto.errors import LabError
from dmvpn_auto.lab.state import LabFolder, LabRecord
from dmvpn_auto.resources import resource

USER = "admin"
PASSWORD = "admin"  # noqa: S105 - the lab's routers listen on loopback only, and it is documented
_SECRET = re.compile(r"file:secrets/([A-Za-z0-9._-]+)")
_WRITTEN = "inventory.json"
_JOURNAL = ".dmvpn-auto"
_NOTE = "# Written by `dmvpn-auto lab up`"


def check_inventory(base: Path) -> None:
    """Make sure that the folder can be written, before a lab is booted for it; makes nothing."""
    place = base
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise _unwritable(NotADirectoryError(20, "Not a directory"), place)
    if not os.access(place, os.W_OK | os.X_OK):
        raise _unwritable(PermissionError(13, "Permission denied"), place)


def _unwritable(error: OSError, base: Path) -> LabError:
    return LabError(
        f"cannot write the lab's inventory: {error.strerror}",
        where=str(error.filename or base),
        hint="name another folder: --inventory DIR",
    )


def write_inventory(folder: LabFolder, record: LabRecord) -> Path:
    """Write the inventory of a running lab; return its folder. Harmless to repeat."""
    base = Path(record.inventory)
    known, made = _written(folder)
    places = (base / _JOURNAL, base, *base.parents)
    made += [str(place) for place in places if not place.exists()]
    clouds = {
        f"clouds/{path.name}": path.read_text()
        for path in sorted((resource("lab") / "clouds").glob("*.yaml"))
    }
    files = {**dict(_hosts(folder, record)), **clouds, "known_hosts": _known_hosts(folder, record)}
    names = {name for text in files.values() for name in _SECRET.findall(text)}
    written = dict(known)  # what the user has put in place of ours keeps our digest: not ours now
    try:
        for name, text in files.items():
            if _write(base / name, text, known.get(name), 0o644):
                written[name] = _digest(base / name)
        (base / "secrets").mkdir(mode=0o700, exist_ok=True)
        for name in sorted(names):
            place = base / "secrets" / name
            if not place.exists() and _write(place, _value(name) + "\n", None, 0o600):
                written[f"secrets/{name}"] = _digest(place)
    except OSError as error:
        raise _unwritable(error, base) from error
    (folder.path / _WRITTEN).write_text(json.dumps({"files": written, "folders": made}))
    return base


def remove_inventory(folder: LabFolder, record: LabRecord) -> list[Path]:
    """Remove what `write_inventory` wrote; return files that stay because the user changed them."""
    base = Path(record.inventory)
    kept = []
    files, made = _written(folder)
    for name, digest in files.items():
        place = base / name
        if not place.is_file():
            continue
        if _digest(place) == digest:
            place.unlink()
        else:
            kept.append(place)
    journal = base / _JOURNAL
    if str(journal) in made and journal.is_dir() and not (base / "hosts.yaml").exists():
        shutil.rmtree(journal)
    for ledger in (base / "clouds").glob("*.addresses.yaml"):
        # Addresses given out for a cloud that is gone are of no use to anybody.
        if not ledger.with_name(ledger.name.replace(".addresses.yaml", ".yaml")).exists():
            ledger.unlink()
    for place in (base / "clouds", base / "secrets", *map(Path, made)):
        with contextlib.suppress(OSError):  # the user has put something there
            place.rmdir()
    return kept


def _hosts(folder: LabFolder, record: LabRecord) -> Iterator[tuple[str, str]]:
    note = f"{_NOTE} for the lab {record.name!r}; it goes with the lab.\n"
    hosts = {
        name: {
            "hostname": "127.0.0.1",
            "port": port,
            "groups": ["hubs" if name.startswith("hub") else "spokes", "lab"],
        }
        for name, port in record.ports.items()
    }
    groups = {
        "hubs": {"data": {"role": "hub"}},
        "spokes": {"data": {"role": "spoke"}},
        "lab": {"platform": "cisco_xe", "data": {"lab": str(folder.path)}},
    }
    defaults = {"username": USER, "password": "file:secrets/admin-password"}
    for name, content in (("hosts", hosts), ("groups", groups), ("defaults", defaults)):
        yield f"{name}.yaml", note + yaml.safe_dump(content, sort_keys=False)


def _known_hosts(folder: LabFolder, record: LabRecord) -> str:
    """Vouch for the routers of the lab, which have one host key."""
    kind, key, *_ = (folder.path / "ssh_host_key.pub").read_text().split()
    lines = (f"[127.0.0.1]:{port} {kind} {key}\n" for port in record.doors.values())
    return f"{_NOTE}; it goes with the lab.\n{''.join(lines)}"


def _value(name: str) -> str:
    """Make up a secret that fits its use: NHRP authentication is at most eight characters."""
    if name == "admin-password":
        return PASSWORD
    letters = string.ascii_letters + string.digits
    length = 8 if "nhrp" in name else 32
    return "".join(secrets.choice(letters) for _ in range(length))


def _write(place: Path, text: str, before: str | None, mode: int) -> bool:
    """Write a file unless it is the user's; return whether it was written.

    `before` is the digest of what we last wrote there, None: unknown.
    What the user has changed since stays; a file that was never ours is an error, except a
    cloud, which is the user's to give.
    """
    if place.exists():
        now = place.read_text()
        ours = now.startswith(_NOTE) if before is None else _digest(place) == before
        if not ours:
            if before is None and place.parent.name != "clouds" and now != text:
                raise LabError(
                    "is there already and was not written by the lab",
                    where=str(place),
                    hint="name another folder: --inventory DIR",
                )
            return False
    place.parent.mkdir(parents=True, exist_ok=True)
    scratch = place.with_name(f".{place.name}.new")
    scratch.touch(mode)
    scratch.write_text(text)
    scratch.chmod(mode)
    scratch.rename(place)
    return True


def _digest(place: Path) -> str:
    return hashlib.sha256(place.read_bytes()).hexdigest()


def _written(folder: LabFolder) -> tuple[dict[str, str], list[str]]:
    """Return what was written for this lab: digests of files, folders made (innermost first)."""
    try:
        found = json.loads((folder.path / _WRITTEN).read_text())
    except FileNotFoundError:
        return {}, []
    return found["files"], found["folders"]
