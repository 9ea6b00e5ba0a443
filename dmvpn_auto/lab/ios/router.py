"""One router behind the command line: its configuration, its NVRAM, its log, its dataplane.

Reads a stored configuration as IOS does at boot (ports are not shut unless it says so; every line
it refuses is named), hands each change to the dataplane, and writes `show running-config`. It
knows nothing of SSH.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from dmvpn_auto.errors import DmvpnError
from dmvpn_auto.lab.ios import passwords
from dmvpn_auto.lab.ios.archive import Archive, RevertTimer
from dmvpn_auto.lab.ios.checks.interface import port_lines
from dmvpn_auto.lab.ios.config import Config
from dmvpn_auto.lab.ios.grammar.system import FACTORY, MODES
from dmvpn_auto.lab.ios.reload import ReloadTimer
from dmvpn_auto.lab.live import Dataplane
from dmvpn_auto.lab.show import Session

if TYPE_CHECKING:
    from dmvpn_auto.lab.ios.shell import Shell

VERSION = "17.9"
_LOG_LINES = 500
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class User:
    """A local user: how the password is kept, and the privilege level after login."""

    name: str
    privilege: int
    kind: str
    stored: str
    is_secret: bool


class Router:
    """The state that all sessions of a router share."""

    def __init__(
        self,
        hostname: str,
        dataplane: Dataplane,
        interfaces: Iterable[str],
        nvram: Path | None = None,
        *,
        strict: bool = True,
        minute: float = 60.0,
    ) -> None:
        """`strict` refuses correct lines that the dataplane cannot carry; `minute` is how many s a
        minute of its timers lasts."""
        self.dataplane = dataplane
        self.nvram = nvram
        self._kept = ""
        self.strict = strict
        self.started = time.monotonic()
        self.log: deque[str] = deque(maxlen=_LOG_LINES)
        self.monitors: set[Callable[[str], None]] = set()
        self.terminals: set[Callable[[str], None]] = set()
        self.watchers: list[Callable[[], None]] = []
        """Called when the configuration has changed."""
        self.sessions: Callable[[object], tuple[Session, ...]] = lambda _shell: ()
        self.reload: Callable[[], None] = lambda: None
        self.locked_by: Shell | None = None
        self.changed_at: tuple[datetime, str] | None = None
        self._ports = tuple(interfaces)
        self._name = hostname
        self._lock = asyncio.Lock()
        self.archive = Archive()
        self.revert = RevertTimer(minute)
        self.reloading = ReloadTimer(minute)
        self.config = self._factory()
        dataplane.listen(self.say)

    def _factory(self) -> Config:
        config = Config(MODES, self._ports)
        config.strict = self.strict
        for line in FACTORY:
            config.put(config.top, line)
        config.put(config.top, f"hostname {self._name}")
        for port in self._ports:
            section = config.put(config.top, f"interface {port}").children
            if section is not None:
                for line in ("no ip address", *port_lines(port)):
                    config.put(section, line, automatic=True)
        return config

    @property
    def hostname(self) -> str:
        """The configured name."""
        entry = self.config.top.get("hostname")
        return entry.args["name"] if entry else self._name

    # --- configuration ----------------------------------------------------------------------------

    async def boot(self, startup: str) -> list[str]:
        """Read a stored configuration into an unconfigured router; return the refusals, `line N:
        text: answer`.

        With an empty text the ports are shut, as on a new router.
        """
        self.revert.stop()
        self.reloading.stop()
        self.locked_by = None
        self.config, refused = await self._read(startup)
        self.changed_at = None
        await self.apply()
        for text in refused:
            _logger.warning("%s: startup-config %s", self._name, text)
        return refused

    async def replace(self, text: str, user: str) -> list[str]:
        """Make a stored configuration the running one, whole, in one step; return the lines that
        were not taken, with the reason."""
        self.say("Rollback:Acquired Configuration lock.")
        self.config, refused = await self._read(text)
        await self.changed(user)
        self.say("%SYS-5-CONFIG_R: Config Replace is Done")
        return refused

    async def _read(self, text: str) -> tuple[Config, list[str]]:
        """Read a stored configuration; sessions go on with the present one meanwhile."""
        from dmvpn_auto.lab.ios.shell import Shell

        config, refused = self._factory(), list[str]()
        if not text.strip():
            for port in self._ports:
                section = config.interface(port)
                if section:
                    config.put(section, "shutdown")
        config.booting = True
        shell = Shell(self, "", 15, write=lambda _text: None, config=config)
        shell.configure()
        for number, line in enumerate(text.splitlines(), 1):
            answer = await shell.configure_line(line, apply=False)
            if answer.refused:
                refused.append(f"line {number}: {_safe(line)}: {answer.text.strip()}")
        config.booting = False
        return config, refused

    async def changed(self, user: str) -> None:
        """A line changed the configuration: make the router follow it."""
        self.changed_at = (self.now(), user)
        await self.apply()

    async def apply(self) -> None:
        """Hand the configuration to the dataplane and log what it says."""
        async with self._lock:
            try:
                await self.dataplane.apply(self.config.tree())
            except (DmvpnError, OSError) as error:
                self.say(f"%LAB-3-DATAPLANE: {error}")
        for watcher in self.watchers:
            watcher()

    def say(self, *lines: str) -> None:
        """Log IOS messages and show them to the terminals that monitor."""
        for line in lines:
            stamped = f"*{self.now():%b %e %H:%M:%S.%f}"[:-3] + f": {line}"
            self.log.append(stamped)
            for monitor in tuple(self.monitors):
                monitor(f"{stamped}\n")

    def broadcast(self, text: str) -> None:
        """Show a text to every terminal."""
        for show in tuple(self.terminals):
            show(text)

    def restarted(self) -> None:
        """Begin again after a reload: the log and the uptime are lost, flash is not."""
        self.log.clear()
        self.started = time.monotonic()
        self.say("%SYS-5-RESTART: System restarted --")

    def save(self) -> None:
        """Write NVRAM, all of it or nothing; without a file it is in memory."""
        text = self.running_text()
        if self.nvram is None:
            self._kept = text
            return
        self.nvram.parent.mkdir(parents=True, exist_ok=True)
        draft = self.nvram.with_name(f".{self.nvram.name}.new")
        draft.touch(mode=0o600)
        draft.write_text(text)
        draft.replace(self.nvram)

    def unsaved(self) -> bool:
        """Tell whether NVRAM differs from the running configuration, comments aside."""
        return _lines(self.saved()) != _lines(self.running_text())

    def saved(self) -> str:
        """Return what NVRAM holds, "" when it is empty."""
        if self.nvram is None:
            return self._kept
        return self.nvram.read_text() if self.nvram.exists() else ""

    def erase(self) -> None:
        """Empty NVRAM."""
        self._kept = ""
        if self.nvram is not None:
            self.nvram.unlink(missing_ok=True)

    def running_text(self) -> str:
        """Return the running configuration from its first comment to `end`."""
        lines = ["!"]
        if self.changed_at:
            at, user = self.changed_at
            by = f" by {user}" if user else ""
            lines += [f"! Last configuration change at {self.stamp(at)}{by}", "!"]
        lines += [f"version {VERSION}", *self.config.lines(), "end"]
        return "".join(f"{line}\n" for line in lines)

    def greeting(self) -> str:
        """Return the banners that a session begins with."""
        return "".join(self.banner(kind) for kind in ("motd", "exec")) + "\n"

    def banner(self, kind: str) -> str:
        """Return the banner `kind` ("motd", "login", "exec"), "" when there is none."""
        head = f"banner {kind}"
        entry = self.config.top.get(head)
        if entry is None:
            return ""
        whole = "\n".join((entry.text.removeprefix(f"{head} ^C"), *entry.raw))
        return f"\n{whole.removesuffix('^C')}\n"

    # --- users ------------------------------------------------------------------------------------

    def users(self) -> dict[str, User]:
        """Return the local users by name."""
        found: dict[str, User] = {}
        for entry in self.config.top.starting("username"):
            words = entry.text.split()
            privilege = (
                int(words[words.index("privilege", 2) + 1]) if "privilege" in words[2:] else 1
            )
            kind, stored, is_secret = "", "", "secret" in words[2:]
            if {"secret", "password"} & set(words[2:-2]) and words[-2] in {"0", "5", "7", "8", "9"}:
                kind, stored = words[-2], words[-1]
            name = entry.args["name"]
            found[name] = User(name, privilege, kind, stored, is_secret)
        return found

    def password_is(self, name: str, password: str) -> bool:
        """Judge a login."""
        user = self.users().get(name)
        return bool(user and user.kind) and passwords.verify(password, user.kind, user.stored)  # type: ignore[union-attr]

    def key_hashes(self, name: str) -> set[str]:
        """Return the MD5 hashes of a user's public keys."""
        chain = self.config.top.get("ip ssh pubkey-chain")
        user = chain.children.get(f"username {name}") if chain and chain.children else None
        entries = user.children.ordered() if user and user.children else []
        return {e.args["hash"].upper() for e in entries if "hash" in e.args}

    def enable_secret(self) -> tuple[str, str] | None:
        """Return kind and stored form of the enable secret (or password), None when there is
        none."""
        for identity in ("enable secret", "enable password"):
            entry = self.config.top.get(identity)
            if entry:
                words = entry.text.split()
                known = words[-2] in {"5", "7", "8", "9"}
                return (words[-2] if known else "0", words[-1])
        return None

    # --- time -------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the time in the configured zone."""
        entry = self.config.top.get("clock timezone")
        if entry is None:
            return datetime.now(timezone(timedelta(0), "UTC"))
        hours, minutes = int(entry.args["hours"]), int(entry.args.get("minutes", 0))
        offset = timedelta(hours=hours, minutes=minutes if hours >= 0 else -minutes)
        return datetime.now(timezone(offset, entry.args["zone"]))

    @staticmethod
    def stamp(at: datetime) -> str:
        """Write a time as IOS does in comments."""
        return f"{at:%H:%M:%S %Z %a %b} {at.day} {at.year}"


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("!")]


_SECRET = re.compile(r"(key|password|secret|pre-shared-key|authentication|key-string)( \S+)* \S+$")


def _safe(line: str) -> str:
    """Return a line fit for a log: what may be a secret is left out."""
    return _SECRET.sub(r"\1 ***", line.strip())
