"""A router on paper: a configuration that takes commands the way IOS does.

It exists to prove plans. It shares the tree with the rest of the room and nothing else: what
replaces what, what wipes what out, what is refused is its own knowledge (`habits.py`). Where it
does not know a line it takes it as a member of a set, and it is strict where IOS is lenient: to
take away what is not there is a mistake of the plan, and so is leaving configuration mode.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Interface

from dmvpn_auto.ios import habits
from dmvpn_auto.ios.tree import Tree


class Refused(Exception):  # noqa: N818 - what IOS does to a line
    """The router would not take a command; the text holds no secret."""


@dataclass(eq=False, slots=True)
class _Mode:
    """One section that is open: its header, its lines, and its lines by key."""

    header: str
    lines: Tree
    keys: re.Pattern[str]
    by_key: dict[str, str] = field(default_factory=dict)
    indexed: bool = False

    def key(self, line: str) -> str:
        found = self.keys.match(line)
        if found is None:
            told = ((pattern.match(line), key) for pattern, key in habits.KEYS)
            return next((key.format(match[1]) for match, key in told if match), line)
        return habits.ALIASES.get(found[0], found[0])

    def held(self, line: str) -> str | None:
        """Return the line with the key of `line`."""
        if line in self.lines:
            return line
        if not self.indexed:
            self.by_key = {self.key(other): other for other in self.lines}
            self.indexed = True
        return self.by_key.get(self.key(line))

    def put(self, line: str) -> Tree:
        self.by_key[self.key(line)] = line
        return self.lines.setdefault(line, {})

    def drop(self, line: str) -> None:
        del self.lines[line]
        self.by_key.pop(self.key(line), None)


class Simulator:
    """Takes commands; `tree` is the running configuration then. The tree given stays as it is."""

    def __init__(self, running: Tree) -> None:
        self.tree = _copy(running)
        self._path = [_Mode("", self.tree, habits.TOP)]
        self._off: set[tuple[str, str]] = set()

    @property
    def switched_off(self) -> tuple[str, ...]:
        """What is displayed and does nothing: `interface Tunnel0: ip nhrp redirect`."""
        return tuple(sorted(f"{header}: {line}" for header, line in self._off))

    def type(self, commands: Iterable[str]) -> None:
        """Take commands, indented as a plan indents them. Raises Refused."""
        listed = list(commands)
        for place, raw in enumerate(listed):
            after = listed[place + 1] if place + 1 < len(listed) else ""
            depth = len(raw) - len(raw.lstrip())
            self._take(raw.strip(), opens=len(after) - len(after.lstrip()) > depth)
        if len(self._path) > 1:
            raise Refused(f"the commands end inside {self._path[-1].header!r}")

    def _take(self, line: str, *, opens: bool) -> None:
        if line == "exit" or line.startswith("exit-"):
            if len(self._path) == 1:
                raise Refused("exit: leaves configuration mode")
            self._path.pop()
        elif line.startswith("no "):
            self._no(line[3:])
        elif opens or habits.HEADERS.match(line):
            self._enter(line)
        else:
            self._set(line)

    def _enter(self, line: str) -> None:
        mode = self._path[-1]
        if line not in mode.lines:
            self._rename(mode, line)
        below = mode.put(line)
        inherited = mode.keys if mode.header else habits.OTHER
        keys = next((k for header, k in habits.SECTIONS if header.match(line)), inherited)
        self._path.append(_Mode(line, below, keys))

    def _rename(self, mode: _Mode, line: str) -> None:
        found = habits.PARAMETRIC.match(line)
        held = _known_by(mode.lines, found[0]) if found else []
        if not held:
            return
        if line.startswith("router bgp"):
            raise Refused(f"{line}: BGP is already running; AS is {held[0].split()[2]}")
        mode.lines[line] = mode.lines[held[0]]
        mode.drop(held[0])

    def _set(self, line: str) -> None:
        mode = self._path[-1]
        if f"no {line}" in mode.lines:
            mode.drop(f"no {line}")
            if not habits.BOTH.match(line):
                return
        self._refuse(mode, line)
        if self._ignored(line):
            return
        held = mode.held(line)
        if held and held != line and line.startswith("crypto isakmp key "):
            raise Refused("crypto isakmp key: a key for this address already exists")
        if held == line:
            self._off.discard((mode.header, line))
            return
        if line == habits.ALL_PASSIVE:
            _drop_all(mode, "passive-interface ")
        if held is not None:
            self._effects(mode, held)
            mode.drop(held)
        elif re.match(r"(?:ip )?vrf forwarding ", line):
            _wipe_addresses(mode)
        mode.put(line)
        self._off.discard((mode.header, line))

    def _no(self, line: str) -> None:
        mode = self._path[-1]
        gone = self._meant(mode, line)
        if line == habits.ALL_PASSIVE:
            _drop_all(mode, "no passive-interface ")
        for held in gone:
            self._refuse_removal(held)
            self._effects(mode, held)
            mode.drop(held)
        if not gone and f"no {line}" not in habits.UNSAID:
            if len(self._path) == 1 and habits.HEADERS.match(line):
                raise Refused(f"no {line.split(maxsplit=1)[0]} ...: it is not there")
            mode.put(f"no {line}")
        elif gone and habits.BOTH.match(line):
            mode.put(f"no {line}")

    def _meant(self, mode: _Mode, line: str) -> list[str]:
        if line in mode.lines:
            return [line]
        if line.isdigit() and habits.ORDERED.match(mode.header):
            return [other for other in mode.lines if other.startswith(f"{line} ")]
        if found := habits.PARAMETRIC.match(line):
            return _known_by(mode.lines, found[0])
        held = mode.held(line)
        if held is not None and (held == line or mode.key(line) == line.rstrip()):
            return [held]
        return []

    def _refuse(self, mode: _Mode, line: str) -> None:
        """Raise Refused for what IOS does not take in this state."""
        number = (
            re.match(r"(?:sequence )?\d+ ", line) if habits.ORDERED.match(mode.header) else None
        )
        if number and any(x.startswith(number[0]) and x != line for x in mode.lines):
            raise Refused(f"{mode.header}: duplicate sequence number {number[0].strip()}")
        if line == "tunnel mode gre multipoint" and any(
            other.startswith("tunnel destination ") for other in mode.lines
        ):
            raise Refused("tunnel mode gre multipoint: a tunnel destination is set")
        if line.startswith("tunnel destination ") and any(
            other.startswith("tunnel mode gre multipoint") for other in mode.lines
        ):
            raise Refused("tunnel destination: the tunnel is multipoint")
        if found := re.match(r"neighbor (\S+) (?!remote-as|peer-group$)", line):
            self._refuse_neighbor(line, found[1])
        if found := re.match(r"ip address (\d\S+) (\d\S+)$", line):
            self._refuse_overlap(mode, f"{found[1]}/{found[2]}")

    def _refuse_neighbor(self, line: str, name: str) -> None:
        process = self._path[1] if len(self._path) > 1 else self._path[0]
        if not process.header.startswith("router bgp"):
            return
        known = re.compile(rf"neighbor {re.escape(name)} (?:remote-as|peer-group)")
        if not re.match(r"neighbor \S+ peer-group \S", line) and not any(
            known.match(other) for mode in self._path[1:] for other in mode.lines
        ):
            raise Refused(f"neighbor {name}: no remote-as or peer-group yet")

    def _refuse_overlap(self, mode: _Mode, text: str) -> None:
        vrf = _vrf(mode.lines)
        network = IPv4Interface(text).network
        for header, lines in self.tree.items():
            if header == mode.header or not header.startswith("interface "):
                continue
            found = [re.match(r"ip address (\d\S+) (\d\S+)$", other) for other in lines]
            others = [IPv4Interface(f"{m[1]}/{m[2]}").network for m in found if m]
            if "shutdown" in lines or "shutdown" in mode.lines or _vrf(lines) != vrf:
                continue
            if any(network.overlaps(other) for other in others):
                raise Refused(f"{mode.header}: {network} overlaps with {header.split()[1]}")

    def _ignored(self, line: str) -> bool:
        """Whether IOS forgets the line without a word: a profile that is not defined."""
        found = re.match(r"tunnel protection ipsec profile (\S+)", line)
        return (
            bool(found) and f"crypto ipsec profile {found[1]}" not in self.tree if found else False
        )

    def _refuse_removal(self, line: str) -> None:
        if len(self._path) > 1:
            return
        for target, where, what in habits.REFERENCES:
            head = target.format("")
            if not line.startswith(head):
                continue
            name = line.removeprefix(head).split()[0]
            pattern = re.compile(what.format(re.escape(name)))
            users = [
                header
                for header, lines in self.tree.items()
                if header.startswith(where) and any(pattern.match(other) for other in lines)
            ]
            if users:
                raise Refused(f"no {head}{name}: {users[0]} uses it")

    def _effects(self, mode: _Mode, gone: str) -> None:
        """Do what the loss or the change of a line does to others."""
        if re.match(r"(?:ip )?vrf forwarding ", gone):
            _wipe_addresses(mode)
        for cause, victim in habits.SWITCHED_OFF_WITH:
            if cause.match(gone):
                self._off.update((mode.header, x) for x in mode.lines if victim.match(x))
        self._off.discard((mode.header, gone))
        found = re.match(r"neighbor (\S+) (?:remote-as|peer-group$)", gone)
        stays = found and not gone.endswith(" peer-group") and _is_group(mode, found[1])
        if found and not stays and mode.header.startswith(("router bgp", "address-family")):
            scope = mode if " vrf " in mode.header else self._path[1]
            _forget(scope.lines, f"neighbor {found[1]} ", but=gone)
            for open_mode in self._path[1:]:
                open_mode.indexed = False
        found = re.match(r"vrf definition (\S+)|ip vrf (\S+)", gone)
        if found and not mode.header:
            for lines in self.tree.values():
                for other in [
                    x for x in lines if x.endswith(f"vrf forwarding {found[1] or found[2]}")
                ]:
                    del lines[other]


def simulate(running: Tree, commands: Iterable[str]) -> Simulator:
    """Return the router after `commands`. Raises Refused."""
    router = Simulator(running)
    router.type(commands)
    return router


def _copy(tree: Tree) -> Tree:
    return {
        line: _copy(below) if below else {}
        for line, below in tree.items()
        if line not in habits.UNSAID
    }


def _known_by(lines: Tree, identity: str) -> list[str]:
    head = identity.rstrip() + " "
    return [line for line in lines if line == identity.rstrip() or line.startswith(head)]


def _wipe_addresses(mode: _Mode) -> None:
    for line in [x for x in mode.lines if re.match(r"ip(?:v6)? address ", x)]:
        mode.drop(line)


def _drop_all(mode: _Mode, start: str) -> None:
    for line in [x for x in mode.lines if x.startswith(start)]:
        mode.drop(line)


def _is_group(mode: _Mode, name: str) -> bool:
    """Whether a neighbor is a peer group, which outlives its AS number."""
    return f"neighbor {name} peer-group" in mode.lines


def _forget(lines: Tree, head: str, *, but: str) -> None:
    for line, below in list(lines.items()):
        if line.removeprefix("no ").startswith(head) and line != but:
            del lines[line]
        elif below and " vrf " not in line:
            _forget(below, head, but=but)


def _vrf(lines: Tree) -> str:
    return next((x.split()[-1] for x in lines if re.match(r"(?:ip )?vrf forwarding ", x)), "")
