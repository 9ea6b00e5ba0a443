"""A deployed cloud on a running lab, whose intent a test changes and rolls out."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.lab.cells import ask_at, everywhere, ports
from tests.lab.conftest import Bench

Free = Mapping[str, Mapping[str, list[str]]]
"""Free lines of a router, as the intent has them."""


def _list(entries: tuple[str, ...]) -> list[str]:
    return ["ip access-list extended WRONG", *(f" {entry}" for entry in entries)]


def filtered_underlay(*entries: str) -> Free:
    """Free lines that put an access list on what comes from the WAN."""
    group = ["interface GigabitEthernet1", " ip access-group WRONG in"]
    return {"crypto": {"before": _list(entries), "after": group}}


def filtered_overlay(*entries: str) -> Free:
    """Free lines that put an access list on what comes out of the tunnel."""
    return {
        "crypto": {"before": _list(entries)},
        "tunnel": {"inside": ["ip access-group WRONG in"]},
    }


NO_ESP = filtered_underlay("deny esp any any", "permit ip any any")


@dataclass
class Site:
    """A running lab with its cloud deployed, and what a test changes in the intent."""

    lab: Bench
    key: Path
    """The file of the pre-shared key."""
    intent: str = field(init=False)
    secret: str = field(init=False)
    ports: dict[str, int] = field(init=False)
    """Of the routers, out of band."""

    def __post_init__(self) -> None:
        self.intent, self.secret = self._cloud.read_text(), self.key.read_text()
        self.ports = ports(self.lab)

    @property
    def _cloud(self) -> Path:
        return self.lab.inventory / "clouds" / "branches.yaml"

    def write(self, old: str, new: str, *, free: tuple[str, Free] | None = None) -> None:
        """Change the intent, with free lines for one router."""
        assert old in self.intent
        cloud = yaml.safe_load(self.intent.replace(old, new))
        if free:
            routers = next(cloud[kind] for kind in ("hubs", "spokes") if free[0] in cloud[kind])
            routers[free[0]]["free"] = free[1]
        self._cloud.write_text(yaml.safe_dump(cloud, sort_keys=False))

    def deploy(self, *words: str) -> tuple[int, str]:
        """Deploy without questions; return the exit status and all that was said."""
        done = self.lab.cloud("deploy", "--yes", "--settle", "10", *words)
        return done.returncode, done.stdout + done.stderr

    def restore(self) -> None:
        """Put the intent back."""
        self._cloud.write_text(self.intent)
        self.key.write_text(self.secret)

    def forget(self) -> None:
        """Empty the logs: what they say afterwards is new, and none of it is pushed out."""
        everywhere(self.ports.values(), "clear logging")

    def ask(self, router: str, command: str) -> str:
        """Return what a router answers, asked out of band."""
        return ask_at(self.ports[router], command)

    def running(self, router: str) -> str:
        """What it runs, without the head that tells of times and sizes."""
        text = self.ask(router, "show running-config").partition("version ")[2]
        return "\n".join(line for line in text.splitlines() if not line.startswith("!"))

    def logged(self, router: str, what: str) -> int:
        """How often the router's own log tells of a guarded change."""
        return self.ask(router, "show logging").count(f"ROLLBK_CNFMD_CHG_{what}:")

    def works(self, router: str) -> None:
        """Ask `verify`."""
        status, answer = self.lab.verify("--limit", router, "--pairs", "none", "--timeout", "60")
        assert status == 0, [c for c in answer["checks"] if c["status"] != "pass"]

    def last_run(self) -> int:
        """The number of the newest run in the journal."""
        return int(self._read("SELECT max(id) FROM run")[0][0])

    def steps(self) -> list[tuple[str, str, str]]:
        """What the newest run did: router, step, how far it came; in order."""
        return self._read("SELECT device, step, mark FROM step WHERE run=? ORDER BY id",
                          self.last_run())  # fmt: skip

    def _read(self, query: str, *values: object) -> list[Any]:
        with sqlite3.connect(self.lab.inventory / ".dmvpn-auto" / "journal.db") as db:
            return db.execute(query, values).fetchall()
