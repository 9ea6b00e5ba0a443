"""What the `crypto` lines of a running configuration mean for one protected tunnel.

Decides which IKEv2 profile, policy, proposals, keys and transform sets take part, with IOS's own
rules of selection (front VRF, local address), and spells them as strongSwan does. What is not
complete gives no connection but a reason: the tunnel then sends nothing, as its plain GRE must
never leave the router. Algorithms are exactly those configured; nothing is added silently, so a
mismatch fails here as it does on IOS.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from ipaddress import IPv4Address
from typing import Literal

from dmvpn_auto.lab.dataplane.connection import (
    GROUPS,
    Child,
    Connection,
    Dpd,
    Incomplete,
    PreSharedKey,
    Trustpoint,
    host_mask,
    owner,
)
from dmvpn_auto.lab.dataplane.isakmp import read_isakmp
from dmvpn_auto.lab.dataplane.tree import has, network, number, section, sections, value, values
from dmvpn_auto.lab.dataplane.trustpoint import read_trustpoint
from dmvpn_auto.lab.live import Tree

_ENCRYPTION = {
    "des": "des",
    "3des": "3des",
    "aes-cbc-128": "aes128",
    "aes-cbc-192": "aes192",
    "aes-cbc-256": "aes256",
    "aes-gcm-128": "aes128gcm16",
    "aes-gcm-256": "aes256gcm16",
}
_HASHES = ("md5", "sha1", "sha256", "sha384", "sha512")
_ESP_CIPHERS = {
    "esp-gcm": {
        "": "aes128gcm16",
        "128": "aes128gcm16",
        "192": "aes192gcm16",
        "256": "aes256gcm16",
    },
    "esp-gmac": {"": "aes128gmac", "128": "aes128gmac", "192": "aes192gmac", "256": "aes256gmac"},
    "esp-aes": {"": "aes128", "128": "aes128", "192": "aes192", "256": "aes256"},
    "esp-3des": {"": "3des"},
    "esp-des": {"": "des"},
    "esp-null": {"": "null"},
}
_ESP_HASHES = {
    "esp-md5-hmac": "md5",
    "esp-sha-hmac": "sha1",
    "esp-sha256-hmac": "sha256",
    "esp-sha384-hmac": "sha384",
    "esp-sha512-hmac": "sha512",
}
# `show crypto ikev2 proposal default` and `show crypto ipsec transform-set default` of IOS-XE 17.
_DEFAULT_PROPOSAL: Tree = {
    "encryption aes-cbc-256": {},
    "integrity sha512 sha384": {},
    "group 19 14 21 5": {},
}
_DEFAULT_TRANSFORM = (["esp-aes", "esp-sha-hmac"], "transport")


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """`tunnel protection ipsec profile NAME`: protected, even while it cannot be negotiated."""

    profile: str
    connection: Connection | None
    problem: str | None = None
    """Why there is no connection."""


def read_protection(
    tree: Tree,
    words: list[str],
    *,
    local: IPv4Address,
    remote: IPv4Address | None,
    front_vrf: str | None,
) -> Protection:
    """Resolve `tunnel protection ipsec profile <words>` of a tunnel whose source is `local`."""
    try:
        connection = _connection(tree, words, local, remote, front_vrf)
    except Incomplete as why:
        return Protection(profile=words[0], connection=None, problem=str(why))
    return Protection(profile=words[0], connection=connection)


def _override(words: list[str]) -> str | None:
    """Return the profile that the tunnel names itself, after the IPsec profile."""
    return words[words.index("ikev2-profile") + 1] if "ikev2-profile" in words else None


def _connection(
    tree: Tree,
    words: list[str],
    local: IPv4Address,
    remote: IPv4Address | None,
    front_vrf: str | None,
) -> Connection:
    name = words[0]
    profile = section(tree, f"crypto ipsec profile {name}")
    if profile is None:
        raise Incomplete(f"crypto ipsec profile {name} is not defined")
    named = _override(words) or next(iter(value(profile, "set ikev2-profile") or []), None)
    esp, mode = _transforms(tree, profile)
    if mode != "transport":
        raise Incomplete("a transform set in tunnel mode is not carried; use mode transport")
    child = number(profile, "set security-association lifetime seconds")
    replay = number(profile, "set security-association replay window-size")
    tunnel = Child(
        name=f"{name}@{local}" + (f">{remote}" if remote else ""),
        local=local,
        remote=remote,
        front_vrf=front_vrf,
        esp_proposals=esp,
        child_lifetime=child
        or number(tree, "crypto ipsec security-association lifetime seconds")
        or 3600,
        replay_window=replay
        or number(tree, "crypto ipsec security-association replay window-size")
        or 64,
    )
    if named is None:
        return _with_isakmp(tree, profile, tunnel)
    return _with_ikev2(tree, named, tunnel)


def _with_isakmp(tree: Tree, profile: Tree, tunnel: Child) -> Connection:
    named = next(iter(value(profile, "set isakmp-profile") or []), None)
    isakmp = read_isakmp(tree, named, local=tunnel.local, front_vrf=tunnel.front_vrf)
    return Connection(
        **asdict(tunnel),
        profile=isakmp.profile,
        version=1,
        proposals=isakmp.proposals,
        auth_local="rsa" if isakmp.trustpoint else "psk",
        auth_remote="rsa" if isakmp.trustpoint else "psk",
        local_id="" if isakmp.trustpoint else str(tunnel.local),
        remote_id=isakmp.remote_id,
        dpd=isakmp.dpd,
        ike_lifetime=isakmp.lifetime,
        keys=isakmp.keys,
        trustpoint=isakmp.trustpoint,
    )


def _with_ikev2(tree: Tree, named: str, tunnel: Child) -> Connection:
    ike = section(tree, f"crypto ikev2 profile {named}")
    if ike is None:
        raise Incomplete(f"crypto ikev2 profile {named} is not defined")
    _require_scope(ike, named, tunnel.front_vrf, tunnel.local)
    dpd = value(ike, "dpd") or value(tree, "crypto ikev2 dpd")
    ours, theirs = _authentication(ike, named, "local"), _authentication(ike, named, "remote")
    signed = next((one for one in (ours, theirs) if one != "psk"), None)
    return Connection(
        **asdict(tunnel),
        profile=named,
        version=2,
        proposals=_proposals(tree, tunnel.front_vrf, tunnel.local),
        auth_local=ours,
        auth_remote=theirs,
        local_id=_local_identity(ike, tunnel.local, signs=ours != "psk"),
        remote_id=_remote_identity(ike, named),
        dpd=None if dpd is None else _dpd(dpd),
        ike_lifetime=number(ike, "lifetime") or 86400,
        keys=_keys(tree, ike, named) if "psk" in (ours, theirs) else (),
        trustpoint=_ikev2_trustpoint(tree, ike, named, signed) if signed else None,
    )


def _ikev2_trustpoint(
    tree: Tree, ike: Tree, name: str, kind: Literal["rsa", "ecdsa"]
) -> Trustpoint:
    words = value(ike, "pki trustpoint")
    return read_trustpoint(tree, words[0] if words else None, f"crypto ikev2 profile {name}", kind)


def _dpd(words: list[str]) -> Dpd:
    return Dpd(interval=int(words[0]), retry=int(words[1]), periodic=words[2:] == ["periodic"])


def _in_scope(tree: Tree, front_vrf: str | None, local: IPv4Address) -> bool:
    """Apply `match fvrf` and `match address local`; without the former only the global table."""
    fvrf = next(iter(value(tree, "match fvrf") or []), None)
    if fvrf not in ("any", front_vrf):
        return False
    addresses = [words[0] for words in values(tree, "match address local")]
    return not addresses or str(local) in addresses


def _require_scope(ike: Tree, name: str, front_vrf: str | None, local: IPv4Address) -> None:
    if not _in_scope(ike, front_vrf, local):
        raise Incomplete(
            f"crypto ikev2 profile {name} does not match front VRF {front_vrf or 'none'}"
        )


_METHODS: dict[str, Literal["psk", "rsa", "ecdsa"]] = {
    "pre-share": "psk",
    "rsa-sig": "rsa",
    "ecdsa-sig": "ecdsa",
}


def _authentication(
    ike: Tree, name: str, side: Literal["local", "remote"]
) -> Literal["psk", "rsa", "ecdsa"]:
    words = value(ike, f"authentication {side}")
    if words is None:
        raise Incomplete(f"crypto ikev2 profile {name} has no {side} authentication method")
    return _METHODS[words[0]]


def _local_identity(ike: Tree, local: IPv4Address, *, signs: bool) -> str:
    words = value(ike, "identity local")
    if words is None:
        return "" if signs else str(local)
    if words[0] == "dn":
        if not signs:
            raise Incomplete("identity local dn needs a certificate")
        return ""
    return f"keyid:{words[1]}" if words[0] == "key-id" else words[1]


def _remote_identity(ike: Tree, name: str) -> str:
    found = [_identity(words) for words in values(ike, "match identity remote")]
    if has(ike, "match any"):
        found.append("%any")
    if not found:
        raise Incomplete(f"crypto ikev2 profile {name} has no match statement")
    if "%any" in found:
        return "%any"
    if len(found) > 1:
        raise Incomplete(f"crypto ikev2 profile {name}: several match statements are not carried")
    return found[0]


def _identity(words: list[str]) -> str:
    kind, *rest = words
    match kind, rest:
        case "any", _:
            return "%any"
        case "address", [address, *mask]:
            net = network(address, mask[0] if mask else host_mask(address))
            return "%any" if net.prefixlen == 0 else owner(net)
        case (("fqdn" | "email"), ["domain", domain]):
            return f"*@{domain}" if kind == "email" else f"*.{domain}"
        case (("fqdn" | "email"), [name]):
            return name
        case "key-id", [name]:
            return f"keyid:{name}"
        case _:
            raise Incomplete(f"match identity remote {' '.join(words)} is not carried")


def _keys(tree: Tree, ike: Tree, name: str) -> tuple[PreSharedKey, ...]:
    direct = [
        words[2]
        for side in ("local", "remote")
        for words in values(ike, f"authentication {side}")
        if words[:2] == ["pre-share", "key"]
    ]
    if direct:
        return tuple(PreSharedKey(owners=(), value=key) for key in dict.fromkeys(direct))
    ring = value(ike, "keyring local")
    if ring is None:
        raise Incomplete(f"crypto ikev2 profile {name} names no keyring")
    peers = section(tree, f"crypto ikev2 keyring {ring[0]}")
    if peers is None:
        raise Incomplete(f"crypto ikev2 keyring {ring[0]} is not defined")
    keys = tuple(key for _, peer in sections(peers, "peer") for key in _peer_keys(peer))
    if not keys:
        raise Incomplete(f"crypto ikev2 keyring {ring[0]} has no pre-shared key")
    return keys


def _peer_keys(peer: Tree) -> Iterator[PreSharedKey]:
    owners = []
    for words in values(peer, "address"):
        net = network(words[0], words[1] if len(words) > 1 else host_mask(words[0]))
        owners.append("" if net.prefixlen == 0 else owner(net))
    owners += [_identity(words) for words in values(peer, "identity")]
    if not owners:
        return
    everybody = "" in owners or "%any" in owners
    # `pre-shared-key KEY`, `pre-shared-key local KEY`, `... 0 KEY`; the key is the last word.
    for key in dict.fromkeys(words[-1] for words in values(peer, "pre-shared-key")):
        yield PreSharedKey(owners=() if everybody else tuple(owners), value=key)


def _proposals(tree: Tree, front_vrf: str | None, local: IPv4Address) -> tuple[str, ...]:
    policies = [sub for _, sub in sections(tree, "crypto ikev2 policy")]
    if policies:
        policy = next((sub for sub in policies if _in_scope(sub, front_vrf, local)), None)
        if policy is None:
            raise Incomplete(f"no crypto ikev2 policy matches front VRF {front_vrf or 'none'}")
        names = [words[0] for words in values(policy, "proposal")]
    else:
        names = ["default"]
    spelled = tuple(text for name in names for text in _proposal(tree, name))
    if not spelled:
        raise Incomplete("the crypto ikev2 policy has no complete proposal")
    return spelled


def _proposal(tree: Tree, name: str) -> Iterator[str]:
    """Spell an IKEv2 proposal; nothing when it is incomplete, as IOS leaves it out then."""
    lines = section(tree, f"crypto ikev2 proposal {name}")
    if lines is None and name == "default":
        lines = _DEFAULT_PROPOSAL
    if lines is None:
        return
    ciphers = [_ENCRYPTION[word] for word in value(lines, "encryption") or []]
    hashes = [word for word in value(lines, "integrity") or [] if word in _HASHES]
    prfs = [word for word in value(lines, "prf") or [] if word in _HASHES]
    groups = [GROUPS[int(word)] for word in value(lines, "group") or []]
    combined = all(cipher.endswith("gcm16") for cipher in ciphers)
    if not ciphers or not groups or not (prfs if combined else hashes):
        return
    words = [*ciphers, *([] if combined else hashes), *(f"prf{word}" for word in prfs), *groups]
    yield "-".join(words)


def _transforms(tree: Tree, profile: Tree) -> tuple[tuple[str, ...], str]:
    names = value(profile, "set transform-set")
    group = value(profile, "set pfs")
    pfs = f"-{GROUPS[int(group[0].removeprefix('group'))]}" if group else ""
    found = []
    for name in names or []:
        for words, children in sections(tree, f"crypto ipsec transform-set {name}"):
            mode = (value(children, "mode") or ["tunnel"])[0]
            found.append((words, mode))
    if names is None:
        found = [_DEFAULT_TRANSFORM]
    if not found:
        raise Incomplete("the IPsec profile's transform set is not defined")
    return tuple(_esp(words) + pfs for words, _ in found), found[0][1]


def _esp(words: list[str]) -> str:
    """Spell a transform set: a cipher with an optional key size, and its integrity."""
    cipher, hashed = "", ""
    for index, word in enumerate(words):
        if word in _ESP_CIPHERS:
            size = (
                words[index + 1]
                if words[index + 1 : index + 2] and words[index + 1].isdigit()
                else ""
            )
            cipher = _ESP_CIPHERS[word][size]
        elif word in _ESP_HASHES:
            hashed = _ESP_HASHES[word]
        elif not word.isdigit():
            raise Incomplete(f"transform {word} is not carried")
    if not cipher:
        raise Incomplete("a transform set without ESP encryption is not carried")
    return f"{cipher}-{hashed}" if hashed else cipher
