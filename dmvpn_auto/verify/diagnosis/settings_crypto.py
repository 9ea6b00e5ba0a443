"""IKE and IPsec of one tunnel as settings: profiles, transform set, the key for one peer."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

from dmvpn_auto.design.types import Network
from dmvpn_auto.ios import Tree, find
from dmvpn_auto.verify.diagnosis import patterns
from dmvpn_auto.verify.diagnosis.setting import Found, Setting, Settings, Towards, make, match

_WILD = {"ipv4": ip_network("0.0.0.0/0"), "ipv6": ip_network("::/0")}


def defaults(found: Settings, name: str, value: str, path: tuple[str, ...]) -> Found:
    """Yield what IOS does where nothing is said."""
    if name not in found:
        yield name, Setting(value, "", path)


def protection(tree: Tree, profile: str, towards: Towards) -> Found:
    """Yield all that the IPsec profile leads to."""
    head = f"crypto ipsec profile {profile}"
    if head not in tree:
        return
    yield "ipsec.profile", Setting(profile, head)
    made = dict(match(tree[head], patterns.IPSEC_PROFILE, (head,)))
    yield from made.items()
    if "ipsec.transform-set" in made:
        yield from _transform(tree, made["ipsec.transform-set"].value)
    if "ipsec.ike-profile" in made:
        line, name = made["ipsec.ike-profile"].line, made["ipsec.ike-profile"].value
        version = "2" if "ikev2" in line else "1"
    else:
        version, name = "1", ""
    yield "ike.version", Setting(version, head)
    yield from _ike2(tree, name, towards) if version == "2" else _ike1(tree, name, towards)


def _transform(tree: Tree, name: str) -> Found:
    for head, body in find(tree, rf"crypto ipsec transform-set {re.escape(name)} "):
        words = head.split(maxsplit=4)[4].strip()
        yield "ipsec.transform", Setting(" ".join(words.split()), head)
        found = dict(match(body, {"ipsec.mode": r"mode (\S+)"}, (head,)))
        yield from found.items()
        yield from defaults(found, "ipsec.mode", "tunnel", (head,))


def _ike2(tree: Tree, profile: str, towards: Towards) -> Found:
    head = f"crypto ikev2 profile {profile}"
    if head in tree:
        yield "ike.profile", Setting(profile, head)
        found = dict(match(tree[head], patterns.IKEV2_PROFILE, (head,)))
        yield from found.items()
        if "ike.keyring" in found:
            keyring = f"crypto ikev2 keyring {found['ike.keyring'].value}"
            yield from _keyring(keyring, tree.get(keyring, {}), towards)
    for name, body in find(tree, "crypto ikev2 proposal "):
        yield from match(body, patterns.IKEV2_PROPOSAL, (name,))


def _keyring(head: str, body: Tree, towards: Towards) -> Found:
    """Yield the key for one address: that of the most specific entry which covers it."""
    best: tuple[int, Setting] | None = None
    for entry, lines in body.items():
        fits = max((_fits(line, towards) for line in lines), default=_NOT)
        keys = [ln for ln in lines if ln.startswith("pre-shared-key")]
        if keys and fits > (_NOT if best is None else best[0]):
            best = (fits, make("", keys[0], (head, entry)))
    if best is not None:
        yield "ike.psk", best[1]


def _fits(line: str, towards: Towards) -> int:
    """Return how closely a line of a keyring entry names the peer, `_NOT` when it does not."""
    words = line.split()
    if words[0] == "identity":
        return _BY_NAME if towards.identity and words[-1] == towards.identity else _NOT
    network = _network(words[1:]) if words[0] == "address" else None
    return network.prefixlen if network is not None and _covers(network, towards) else _NOT


_NOT, _BY_NAME = -1, 999


def _ike1(tree: Tree, profile: str, towards: Towards) -> Found:
    for head, body in find(tree, rf"crypto isakmp profile {re.escape(profile)}$"):
        yield "ike.profile", Setting(profile, head)
        yield from match(body, patterns.ISAKMP_PROFILE, (head,))
    for head, body in find(tree, "crypto isakmp policy "):
        yield from match(body, patterns.ISAKMP_POLICY, (head,))
    best: tuple[int, Setting] | None = None
    sections = [("", tuple(line for line in tree if line.startswith("crypto isakmp key ")))]
    sections += [(head, tuple(body)) for head, body in find(tree, "crypto keyring ")]
    for head, lines in sections:
        for line in lines:
            address = re.search(r"address (?:ipv6 )?(\S+(?: \d+\.\S+)?)", line)
            network = _network(address[1].split()) if address else None
            if network is None or not _covers(network, towards):
                continue
            if best is None or network.prefixlen > best[0]:
                best = (network.prefixlen, make("", line, (head,) if head else ()))
        vrf = re.match(r"crypto keyring \S+ vrf (\S+)", head)
        if vrf:
            yield "ike.match-fvrf", Setting(vrf[1], head)
    if best is not None:
        yield "ike.psk", best[1]


def _network(words: list[str]) -> Network | None:
    try:
        if len(words) > 1 and words[1][0].isdigit():
            return ip_network(f"{words[0]}/{words[1]}", strict=False)
        anybody = words[0] == str(_WILD["ipv4"].network_address)
        return _WILD["ipv4"] if anybody else ip_network(words[0], strict=False)
    except (ValueError, IndexError):
        return None


def _covers(network: Network, towards: Towards) -> bool:
    try:
        return ip_address(towards.nbma) in network
    except ValueError:  # nobody knows the address of the peer
        return network == _WILD[towards.outside]
