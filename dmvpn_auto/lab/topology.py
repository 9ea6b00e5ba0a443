"""A containerlab topology file as far as the embedded backends carry it out.

What is read is done; what is not implemented is refused by name, so that a file which works under
containerlab never comes up here as something else. Node settings are merged as containerlab does:
defaults, then the kind, then the group, then the node (maps merge, lists join, values replace).
A node whose environment says `LAB_ROLE: ios` is an IOS router; all others are plain Linux nodes, of
which one with `LAB_ROLE: jump` is a jump host too: SSH leads through it to whatever it reaches.
Of a router the environment may also say `LAB_MANAGEMENT: GigabitEthernetN` (SSH comes in through
that interface) and `LAB_MINUTE: S` (a minute of its timers lasts so many seconds).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from dmvpn_auto.errors import InputError

_TOP = frozenset({"name", "topology"})
_TOPOLOGY = frozenset({"defaults", "kinds", "groups", "nodes", "links"})
_NODE = frozenset({"kind", "image", "group", "labels", "env", "binds", "exec", "sysctls"})
_LINK = frozenset({"endpoints", "mtu"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,30}\Z")
_DEVICE = re.compile(r"eth[1-9][0-9]{0,2}\Z")
Role = Literal["ios", "linux", "jump"]
_ENVIRONMENT = {
    "LAB_ROLE": (
        re.compile(rf"({'|'.join(get_args(Role))})\Z"),
        f"none of {', '.join(get_args(Role))}",
    ),
    "LAB_MINUTE": (re.compile(r"(?=.*[1-9])\d+(\.\d+)?\Z"), "not a number of seconds above 0"),
    "LAB_MANAGEMENT": (re.compile(r"GigabitEthernet[1-9][0-9]{0,2}\Z"), "not GigabitEthernetN"),
}
"""What a node's environment tells the lab, and how a wrong value is complained about."""
_SYSCTL = re.compile(r"[a-z0-9_]+(\.[A-Za-z0-9_-]+)+\Z")

STARTUP_CONFIG = "/config/startup-config"
"""Where a router's topology entry binds its first configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """A file or folder of the host that a node sees."""

    source: str  # absolute
    target: str  # absolute, inside the node
    read_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node of the topology, its settings merged."""

    name: str
    role: Role
    env: dict[str, str] = field(default_factory=dict)
    binds: tuple[Bind, ...] = ()
    commands: tuple[str, ...] = ()
    sysctls: dict[str, str] = field(default_factory=dict)

    @property
    def startup_config(self) -> Path | None:
        """The host file bound to /config/startup-config."""
        for bind in self.binds:
            if bind.target == STARTUP_CONFIG:
                return Path(bind.source)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A cable between two interfaces."""

    ends: tuple[tuple[str, str], tuple[str, str]]  # (node, device)
    mtu: int = 9500  # containerlab's default, bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """The whole file."""

    name: str
    path: Path
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]

    @property
    def routers(self) -> tuple[Node, ...]:
        """The nodes that speak IOS."""
        return self._with_role("ios")

    @property
    def jumps(self) -> tuple[Node, ...]:
        """The jump hosts."""
        return self._with_role("jump")

    def _with_role(self, role: Role) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.role == role)

    def interfaces(self, node: str) -> tuple[str, ...]:
        """Devices of a node in the order of their numbers."""
        found = [device for link in self.links for name, device in link.ends if name == node]
        return tuple(sorted(found, key=lambda device: int(device[3:])))

    def node(self, name: str) -> Node:
        """Return a node by name; raises InputError that lists the names there are."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise InputError(
            f"the lab has no node {name!r}; it has {', '.join(node.name for node in self.nodes)}",
            where=str(self.path),
        )


def read_topology(path: Path) -> Topology:
    """Read and check a topology file. Raises InputError that names the file, the place, the key."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot read the topology: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise InputError("the topology is not UTF-8 text", where=str(path)) from error
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or "not YAML"
        raise InputError(f"the topology is not YAML: {problem}", where=where) from error
    reader = _Reader(path)
    top = reader.mapping(raw, "the file", _TOP)
    body = reader.mapping(top.get("topology"), "topology", _TOPOLOGY)
    layers = {
        kind: reader.mapping(body.get(kind) or {}, f"topology.{kind}", None)
        for kind in ("kinds", "groups", "nodes")
    }
    defaults = reader.mapping(body.get("defaults") or {}, "topology.defaults", _NODE)
    if not layers["nodes"]:
        raise reader.error("topology.nodes", "there is no node")
    nodes = tuple(
        reader.node(name, setting, defaults, layers["kinds"], layers["groups"])
        for name, setting in layers["nodes"].items()
    )
    links = tuple(reader.links(body.get("links") or [], {node.name for node in nodes}))
    return Topology(name=reader.name(top.get("name"), "name"), path=path, nodes=nodes, links=links)


class _Reader:
    """Checks one file; every complaint names the file and the place in it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def error(self, place: str, message: str, hint: str = "") -> InputError:
        return InputError(f"{place}: {message}", where=str(self._path), hint=hint)

    def mapping(self, value: Any, place: str, known: frozenset[str] | None) -> dict[str, Any]:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise self.error(place, "must be a mapping of names to values")
        for key in value:
            if known is not None and key not in known:
                near = get_close_matches(key, known, 1)
                hint = (
                    f"did you mean {near[0]!r}?"
                    if near
                    else f"the embedded backends know: {', '.join(sorted(known))}"
                )
                raise self.error(place, f"key {key!r} is not implemented", hint)
        return value

    def name(self, value: Any, place: str) -> str:
        if not isinstance(value, str) or not _NAME.match(value):
            raise self.error(
                place, f"{value!r} is no name (letters, digits, - and _; at most 31 characters)"
            )
        return value

    def strings(self, value: Any, place: str) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(place, "must be a list of strings")
        return value

    def scalars(self, value: Any, place: str) -> dict[str, str]:
        for key, item in self.mapping(value, place, None).items():
            if isinstance(item, bool) or not isinstance(item, str | int):
                raise self.error(f"{place}.{key}", "must be a string or a whole number")
        return {key: str(item) for key, item in value.items()}

    def node(
        self,
        name: str,
        setting: Any,
        defaults: dict[str, Any],
        kinds: dict[str, Any],
        groups: dict[str, Any],
    ) -> Node:
        place = f"topology.nodes.{self.name(name, 'topology.nodes')}"
        own = self.mapping(setting or {}, place, _NODE)
        group_name = own.get("group", defaults.get("group"))
        if group_name is not None and group_name not in groups:
            raise self.error(f"{place}.group", f"there is no group {group_name!r}")
        group = (groups.get(group_name) if group_name else None) or {}
        kind_name = own.get("kind", group.get("kind", defaults.get("kind")))
        if kind_name != "linux":
            raise self.error(
                f"{place}.kind",
                f"kind {kind_name!r} is not implemented",
                "the embedded backends run `kind: linux`; use containerlab for vendor images",
            )
        merged: dict[str, Any] = {}
        for layer, where in (
            (defaults, "topology.defaults"),
            (kinds.get("linux") or {}, "topology.kinds.linux"),
            (group, f"topology.groups.{group_name}"),
            (own, place),
        ):
            for key, value in self.mapping(layer, where, _NODE).items():
                before = merged.get(key)
                if isinstance(value, dict) and isinstance(before, dict):
                    merged[key] = {**before, **value}
                elif isinstance(value, list) and isinstance(before, list):
                    merged[key] = [*before, *value]
                else:
                    merged[key] = value
        env = self.environment(merged.get("env") or {}, f"{place}.env")
        role: Any = env.get("LAB_ROLE", "linux")
        sysctls = self.scalars(merged.get("sysctls") or {}, f"{place}.sysctls")
        for key in sysctls:
            if not _SYSCTL.match(key):
                raise self.error(f"{place}.sysctls", f"{key!r} is no kernel setting")
        commands = self.strings(merged.get("exec") or [], f"{place}.exec")
        if role == "ios" and commands:
            raise self.error(f"{place}.exec", "a router is set up by its startup-config, not exec")
        return Node(
            name=name,
            role=role,
            env=env,
            binds=tuple(self.binds(merged.get("binds") or [], f"{place}.binds")),
            commands=tuple(commands),
            sysctls=sysctls,
        )

    def environment(self, value: Any, place: str) -> dict[str, str]:
        env = self.scalars(value, place)
        for key, (pattern, words) in _ENVIRONMENT.items():
            if key in env and not pattern.match(env[key]):
                raise self.error(f"{place}.{key}", f"{env[key]!r} is {words}")
        return env

    def binds(self, value: Any, place: str) -> Iterator[Bind]:
        for item in self.strings(value, place):
            source, _, rest = item.partition(":")
            target, _, mode = rest.partition(":")
            if not source or not target.startswith("/") or mode not in ("", "ro", "rw"):
                raise self.error(place, f"{item!r} is not SOURCE:/TARGET or SOURCE:/TARGET:ro")
            path = (self._path.parent / Path(source).expanduser()).resolve()
            if not path.exists():
                raise self.error(place, f"{path} does not exist")
            yield Bind(source=str(path), target=target, read_only=mode == "ro")

    def links(self, value: Any, names: set[str]) -> Iterator[Link]:
        if not isinstance(value, list):
            raise self.error("topology.links", "must be a list")
        used: set[tuple[str, str]] = set()
        for number, item in enumerate(value):
            place = f"topology.links[{number}]"
            link = self.mapping(item, place, _LINK)
            ends = self.strings(link.get("endpoints"), f"{place}.endpoints")
            if len(ends) != 2:
                raise self.error(place, "a link has two endpoints")
            pair = (self.end(ends[0], place, names), self.end(ends[1], place, names))
            for end in pair:
                if end in used:
                    raise self.error(place, f"{':'.join(end)} is cabled twice")
                used.add(end)
            mtu = link.get("mtu", 9500)
            if isinstance(mtu, bool) or not isinstance(mtu, int) or not 576 <= mtu <= 9500:
                raise self.error(place, f"mtu {mtu!r} is not between 576 and 9500")
            yield Link(ends=pair, mtu=mtu)

    def end(self, text: str, place: str, names: set[str]) -> tuple[str, str]:
        node, _, device = text.partition(":")
        if node not in names:
            near = get_close_matches(node, names, 1)
            hint = f"did you mean {near[0]!r}?" if near else ""
            raise self.error(place, f"there is no node {node!r}", hint)
        if not _DEVICE.match(device):
            raise self.error(place, f"{device!r} is not eth1, eth2, ... (eth0 is for management)")
        return node, device
