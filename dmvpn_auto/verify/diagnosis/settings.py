"""What a configuration says about one tunnel, as named settings that can be compared.

The running configuration of a router and the one intended for it are read by the same code, so that
a difference is a difference of meaning. Which line carries which setting is data. A secret is kept
for comparing only; its line is masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError

from dmvpn_auto.ios import Tree, find, mask, parse
from dmvpn_auto.ios.masking import comparable, take_apart


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting; `path` is the section it stands in, `line` the line as one may show it."""

    value: str = field(repr=False)
    line: str
    path: tuple[str, ...] = ()
    known: bool = True  # False: a secret that cannot be compared


Settings = Mapping[str, Setting]

_TUNNEL = {
    "tunnel.shutdown": r"(shutdown)$",
    "tunnel.address": r"ip address (\S+ \S+)$",
    "tunnel.source": r"tunnel source (\S+(?: \d\S*)?)$",
    "tunnel.destination": r"tunnel destination (\S+)",
    "tunnel.mode": r"tunnel mode (gre \S+)",
    "tunnel.key": r"tunnel key (\d+)",
    "tunnel.vrf": r"tunnel vrf (\S+)",
    "tunnel.inside-vrf": r"(?:ip )?vrf forwarding (\S+)",
    "tunnel.protection": r"tunnel protection ipsec profile (\S+)",
    "tunnel.shared": r"tunnel protection ipsec profile \S+.* (shared)\b",
    "tunnel.ip-mtu": r"ip mtu (\d+)",
    "tunnel.mss": r"ip tcp adjust-mss (\d+)",
    "tunnel.if-state": r"(if-state nhrp)",
    "nhrp.network-id": r"ip nhrp network-id (\d+)",
    "nhrp.authentication": r"ip nhrp authentication (.+)",
    "nhrp.holdtime": r"ip nhrp holdtime (\d+)",
    "nhrp.multicast-dynamic": r"ip nhrp map multicast (dynamic)",
    "nhrp.redirect": r"ip nhrp (redirect)\b",
    "nhrp.shortcut": r"ip nhrp (shortcut)$",
    "nhrp.no-unique": r"ip nhrp registration (no-unique)",
    "eigrp.split-horizon": r"(no ip split-horizon eigrp) ",
    "eigrp.next-hop-self": r"(no ip next-hop-self eigrp) ",
    "ospf.network-type": r"ip ospf network (.+)",
    "ospf.priority": r"ip ospf priority (\d+)",
    "ospf.hello": r"ip ospf hello-interval (\d+)",
    "ospf.dead": r"ip ospf dead-interval (\d+)",
    "ospf.area": r"ip ospf \d+ area (\S+)",
    "ospf.authentication": r"ip ospf (?:message-digest-key \d+ md5|authentication-key) (.+)",
    "ospf.mtu-ignore": r"ip ospf (mtu-ignore)",
}
_SOURCE = {
    "source.shutdown": r"(shutdown)$",
    "source.address": r"ip address (.+)",
    "source.vrf": r"(?:ip )?vrf forwarding (\S+)",
    "source.acl-in": r"ip access-group (\S+) in",
    "source.acl-out": r"ip access-group (\S+) out",
}
_IPSEC_PROFILE = {
    "ipsec.transform-set": r"set transform-set (\S+)",
    "ipsec.pfs": r"set pfs (\S+)",
    "ipsec.lifetime": r"set security-association lifetime seconds (\d+)",
    "ipsec.ike-profile": r"set (?:ikev2|isakmp)-profile (\S+)",
}
_IKEV2_PROFILE = {
    "ike.match-fvrf": r"match fvrf (\S+)",
    "ike.identity": r"match identity remote (.+)",
    "ike.local-identity": r"identity local (.+)",
    "ike.auth-remote": r"authentication remote (\S+)",
    "ike.auth-local": r"authentication local (\S+)",
    "ike.keyring": r"keyring local (\S+)",
    "ike.trustpoint": r"pki trustpoint (\S+)",
}
_ISAKMP_PROFILE = {
    "ike.keyring": r"keyring (\S+)",
    "ike.identity": r"match identity address (.+)",
}
_IKEV2_PROPOSAL = {
    "ike.encryption": r"encryption (.+)",
    "ike.prf": r"prf (.+)",
    "ike.integrity": r"integrity (.+)",
    "ike.group": r"group (.+)",
}
_ISAKMP_POLICY = {
    "ike.encryption": r"encr(?:yption)? (.+)",
    "ike.integrity": r"hash (.+)",
    "ike.group": r"group (.+)",
    "ike.auth-remote": r"authentication (\S+)",
}
_BGP = {
    "bgp.router-id": r"bgp router-id (\S+)",
    "bgp.listen-range": r"bgp listen range (\S+)",
    "bgp.listen-limit": r"bgp listen limit (\d+)",
}
_OSPF = {"ospf.router-id": r"router-id (\S+)"}
_EIGRP = {"eigrp.router-id": r"eigrp router-id (\S+)"}
_NAMED_EIGRP = {
    "eigrp.split-horizon": r"(no split-horizon)$",
    "eigrp.next-hop-self": r"(no next-hop-self)\b",
}
_DEFAULTS = {"tunnel.mode": "gre ip", "ipsec.mode": "tunnel"}


class Configuration:
    """A configuration text, read once.

    In an `intended` one references stand where secrets would; they may be shown.
    """

    def __init__(self, text: str, *, intended: bool = False) -> None:
        self.tree = parse(text)
        self._text = text
        self._intended = intended
        self._wildcard = not re.search(r"address (?!0\.0\.0\.0 0\.0\.0\.0|prefix-list)\d", text)
        self.spent: dict[tuple[str, str, str], dict[str, Setting]] = {}

    def settings(self, interface: str, peer_tunnel: str, peer_nbma: str) -> Settings:
        """Return the settings of one tunnel towards one peer; the addresses choose NHS and key."""
        # What the text does not name it treats like everybody else: a hub has one answer for all.
        peer_tunnel = peer_tunnel if f" {peer_tunnel}" in self._text else ""
        named = f" {peer_nbma}" in self._text or not self._wildcard
        peer_nbma = peer_nbma if named else ""
        key = (interface, peer_tunnel, peer_nbma)
        if key not in self.spent:
            found: dict[str, Setting] = {}
            for name, setting in _all(self.tree, interface, peer_tunnel, peer_nbma):
                found.setdefault(name, setting if self._intended else _hidden(setting))
            self.spent[key] = found
        return self.spent[key]


def _all(
    tree: Tree, interface: str, peer_tunnel: str, peer_nbma: str
) -> Iterator[tuple[str, Setting]]:
    head = f"interface {interface}"
    body = tree.get(head)
    if body is None:
        return
    yield "tunnel.exists", Setting(interface, head)
    tunnel = dict(_match(body, _TUNNEL, (head,)))
    yield from tunnel.items()
    yield from _defaults(tunnel, ("tunnel.mode",), (head,))
    yield from _nhrp(body, peer_tunnel, peer_nbma, (head,))
    yield from _source(tree, tunnel)
    if "tunnel.protection" in tunnel:
        yield from _protection(tree, tunnel["tunnel.protection"].value, peer_nbma)
    yield from _routing(tree, interface, peer_tunnel)


def _match(
    body: Iterable[str], patterns: Mapping[str, str], path: tuple[str, ...]
) -> Iterator[tuple[str, Setting]]:
    for name, pattern in patterns.items():
        for line in body:
            found = re.match(pattern, line)
            if found:
                yield name, _setting(found[1], line, path)
                break


def _setting(value: str, line: str, path: tuple[str, ...]) -> Setting:
    parts = take_apart(line)
    if parts is None:
        return Setting(" ".join(value.split()), line, path)
    hidden = parts.clear if parts.clear is not None else parts.value
    return Setting(hidden, line, path, known=comparable(line) and hidden != "<secret>")


def _hidden(setting: Setting) -> Setting:
    return replace(setting, line=mask(setting.line))


def _defaults(
    found: Mapping[str, Setting], names: Iterable[str], path: tuple[str, ...]
) -> Iterator[tuple[str, Setting]]:
    for name in names:
        if name not in found:
            yield name, Setting(_DEFAULTS[name], "", path)


def _nhrp(
    body: Iterable[str], hub: str, nbma: str, path: tuple[str, ...]
) -> Iterator[tuple[str, Setting]]:
    """Yield how one hub is known: its NHS line, its map, whether multicast goes there."""
    for line in body:
        words = line.split()
        if words[:3] == ["ip", "nhrp", "nhs"] and len(words) > 3 and words[3] not in _NHS_WORDS:
            name = "nhrp.nhs" if words[3] == hub else "nhrp.other-nhs"
            yield name, Setting(words[3], line, path)
            if "nbma" in words and words[3] == hub:
                yield "nhrp.hub-nbma", Setting(words[words.index("nbma") + 1], line, path)
            if "multicast" in words and words[3] == hub:
                yield "nhrp.multicast", Setting("yes", line, path)
        elif words[:4] == ["ip", "nhrp", "map", "multicast"] and words[4:5] != ["dynamic"]:
            name = "nhrp.multicast" if words[4] == nbma else "nhrp.other-multicast"
            yield name, Setting("yes" if words[4] == nbma else words[4], line, path)
        elif words[:3] == ["ip", "nhrp", "map"] and len(words) > 4 and words[3] == hub:
            yield "nhrp.hub-nbma", Setting(words[-1], line, path)


_NHS_WORDS = ("cluster", "fallback", "dynamic")


def _source(tree: Tree, tunnel: Mapping[str, Setting]) -> Iterator[tuple[str, Setting]]:
    if "tunnel.source" not in tunnel:
        return
    named = tunnel["tunnel.source"].value.replace(" ", "")
    for head, body in find(tree, "interface "):
        if head.split(maxsplit=1)[1] == named or any(
            line.startswith(f"ip address {named} ") for line in body
        ):
            yield "source.exists", Setting(head.split(maxsplit=1)[1], head)
            found = dict(_match(body, _SOURCE, (head,)))
            yield from found.items()
            for name in ("source.acl-in", "source.acl-out"):
                if name in found:
                    yield from _access_list(tree, found[name].value)
            return


def _access_list(tree: Tree, name: str) -> Iterator[tuple[str, Setting]]:
    """Yield what an access list does to tunnels: the first line that matches each protocol."""
    lines: list[tuple[str, tuple[str, ...]]] = []
    for head, body in find(tree, rf"ip access-list extended {re.escape(name)}$"):
        lines += [(re.sub(r"^\d+ +", "", " ".join(line.split())), (head,)) for line in body]
    for line in tree:
        if line.startswith(f"access-list {name} "):
            lines.append((line.removeprefix(f"access-list {name} "), ()))
    if not lines:
        return
    for key, pattern in _PASSES.items():
        hit = next(((x, p) for x, p in lines if re.match(rf"(permit|deny) {pattern}", x)), None)
        line, path = hit or ("deny ip any any (implicit)", ())
        if line.startswith("deny"):
            yield f"acl.denies-{key}", Setting(name, line, path)


_PASSES = {
    "esp": r"(?:esp|50|ip)\b",
    "ike": r"(?:udp\b.*\b(?:eq (?:isakmp|500)\b.*)|udp any any$|ip\b)",
}


def _protection(tree: Tree, profile: str, peer: str) -> Iterator[tuple[str, Setting]]:
    head = f"crypto ipsec profile {profile}"
    if head not in tree:
        return
    yield "ipsec.profile", Setting(profile, head)
    made = dict(_match(tree[head], _IPSEC_PROFILE, (head,)))
    yield from made.items()
    if "ipsec.transform-set" in made:
        yield from _transform(tree, made["ipsec.transform-set"].value)
    if "ipsec.ike-profile" in made:
        line, name = made["ipsec.ike-profile"].line, made["ipsec.ike-profile"].value
        version = "2" if "ikev2" in line else "1"
    else:
        version, name = "1", ""
    yield "ike.version", Setting(version, head)
    yield from _ike2(tree, name, peer) if version == "2" else _ike1(tree, name, peer)


def _transform(tree: Tree, name: str) -> Iterator[tuple[str, Setting]]:
    for head, body in find(tree, rf"crypto ipsec transform-set {re.escape(name)} "):
        words = head.split(maxsplit=4)[4].strip()
        yield "ipsec.transform", Setting(" ".join(words.split()), head)
        found = dict(_match(body, {"ipsec.mode": r"mode (\S+)"}, (head,)))
        yield from found.items()
        yield from _defaults(found, ("ipsec.mode",), (head,))


def _ike2(tree: Tree, profile: str, peer: str) -> Iterator[tuple[str, Setting]]:
    head = f"crypto ikev2 profile {profile}"
    if head in tree:
        yield "ike.profile", Setting(profile, head)
        found = dict(_match(tree[head], _IKEV2_PROFILE, (head,)))
        yield from found.items()
        if "ike.keyring" in found:
            keyring = f"crypto ikev2 keyring {found['ike.keyring'].value}"
            yield from _keyring(keyring, tree.get(keyring, {}), peer)
    for name, body in find(tree, "crypto ikev2 proposal "):
        yield from _match(body, _IKEV2_PROPOSAL, (name,))


def _keyring(head: str, body: Tree, peer: str) -> Iterator[tuple[str, Setting]]:
    """Yield the key for one address: that of the most specific entry which covers it."""
    best: tuple[int, str, Setting] | None = None
    for entry, lines in body.items():
        address = next((ln for ln in lines if ln.startswith("address ")), "address 0.0.0.0 0.0.0.0")
        network = _network(address.split()[1:])
        keys = [ln for ln in lines if ln.startswith("pre-shared-key")]
        if network is None or not keys or not _covers(network, peer):
            continue
        if best is None or network.prefixlen > best[0]:
            best = (network.prefixlen, entry, _setting("", keys[0], (head, entry)))
    if best is not None:
        yield "ike.psk", best[2]


def _ike1(tree: Tree, profile: str, peer: str) -> Iterator[tuple[str, Setting]]:
    for head, body in find(tree, rf"crypto isakmp profile {re.escape(profile)}$"):
        yield "ike.profile", Setting(profile, head)
        yield from _match(body, _ISAKMP_PROFILE, (head,))
    for head, body in find(tree, "crypto isakmp policy "):
        yield from _match(body, _ISAKMP_POLICY, (head,))
    best: tuple[int, Setting] | None = None
    sections = [("", tuple(line for line in tree if line.startswith("crypto isakmp key ")))]
    sections += [(head, tuple(body)) for head, body in find(tree, "crypto keyring ")]
    for head, lines in sections:
        for line in lines:
            address = re.search(r"address (\S+(?: \d+\.\S+)?)", line)
            network = _network(address[1].split()) if address else None
            if network is None or not _covers(network, peer):
                continue
            if best is None or network.prefixlen > best[0]:
                best = (network.prefixlen, _setting("", line, (head,) if head else ()))
        vrf = re.match(r"crypto keyring \S+ vrf (\S+)", head)
        if vrf:
            yield "ike.match-fvrf", Setting(vrf[1], head)
    if best is not None:
        yield "ike.psk", best[1]


def _network(words: list[str]) -> IPv4Network | None:
    try:
        if len(words) > 1 and words[1][0].isdigit():
            return IPv4Network(f"{words[0]}/{words[1]}", strict=False)
        host = words[0] if "/" in words[0] or words[0] == "0.0.0.0" else f"{words[0]}/32"  # noqa: S104
        return IPv4Network("0.0.0.0/0" if host == "0.0.0.0" else host, strict=False)  # noqa: S104
    except (AddressValueError, NetmaskValueError, ValueError, IndexError):
        return None


def _covers(network: IPv4Network, peer: str) -> bool:
    try:
        return IPv4Address(peer) in network
    except AddressValueError:
        return network.prefixlen == 0


def _routing(tree: Tree, interface: str, peer: str) -> Iterator[tuple[str, Setting]]:
    for head, body in find(tree, "router bgp "):
        yield "bgp.asn", Setting(head.split()[2], head)
        yield from _bgp(head, body, peer)
    for head, body in find(tree, "router ospf "):
        yield from _match(body, _OSPF, (head,))
    for head, body in find(tree, "router eigrp "):
        yield from _match(body, _EIGRP, (head,))
        for family, inside in body.items():
            yield from _match(inside, _EIGRP, (head, family))
            for place, lines in inside.items():
                if place == f"af-interface {interface}":
                    yield from _match(lines, _NAMED_EIGRP, (head, family, place))


def _bgp(head: str, body: Tree, peer: str) -> Iterator[tuple[str, Setting]]:
    """Yield what concerns one neighbor, itself or through the peer group of the listen range."""
    yield from _match(body, _BGP, (head,))
    group = next(
        (m[1] for x in body if (m := re.match(r"bgp listen range \S+ peer-group (\S+)", x))), ""
    )
    names = {peer: 0, group: 1} if group else {peer: 0}
    places = [((head,), body)] + [((head, x), y) for x, y in body.items() if y]
    for path, lines in places:
        for line in lines:
            words = line.split()
            if words[0] != "neighbor" or words[1] not in names:
                continue
            if name := _NEIGHBOR.get(words[2]):
                value = " ".join(words[3:4]) or "yes"
                setting = _setting(value, line, path)
                yield name, setting


_NEIGHBOR = {
    "remote-as": "bgp.remote-as",
    "route-reflector-client": "bgp.route-reflector-client",
    "next-hop-self": "bgp.next-hop-self",
    "allowas-in": "bgp.allowas-in",
    "as-override": "bgp.as-override",
    "password": "bgp.password",
    "activate": "bgp.activate",
    "shutdown": "bgp.shutdown",
}
