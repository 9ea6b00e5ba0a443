"""IKEv1 of a running configuration: ISAKMP policies, keys and profile of one protected tunnel.

Main mode with pre-shared keys or RSA signatures. As on IOS, an IPsec profile that names no IKE
profile takes every policy and the keys of its front VRF; one with `set isakmp-profile` the keyring
or the trustpoint of that profile, provided that the profile matches the peers in the tunnel's front
VRF. charon takes one way of authentication for a connection: signatures where the profile names a
trustpoint or no policy has pre-shared keys. A router that signs is known by its subject name, where
IOS says its address; so a profile must match all addresses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from dmvpn_auto.lab.dataplane.connection import (
    GROUPS,
    Dpd,
    Incomplete,
    PreSharedKey,
    Trustpoint,
    host_mask,
    owner,
)
from dmvpn_auto.lab.dataplane.tree import network, number, section, sections, value, values
from dmvpn_auto.lab.dataplane.trustpoint import read_trustpoint
from dmvpn_auto.lab.live import Tree

_HASHES = {"sha": "sha1"}
_DEFAULT_LIFETIME = 86400
_DEFAULT_RETRY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Isakmp:
    """What phase 1 of a tunnel is made with."""

    profile: str
    """"" when the IPsec profile names none."""
    proposals: tuple[str, ...]
    lifetime: int
    keys: tuple[PreSharedKey, ...]
    trustpoint: Trustpoint | None
    """Where certificates come from; None: with pre-shared keys."""
    remote_id: str
    dpd: Dpd | None


def read_isakmp(
    tree: Tree, profile: str | None, *, local: IPv4Address, front_vrf: str | None
) -> Isakmp:
    """Resolve phase 1; `profile` is that of `set isakmp-profile`. Raises Incomplete."""
    remote_id, body = "%any", None
    if profile is not None:
        body = section(tree, f"crypto isakmp profile {profile}")
        if body is None:
            raise Incomplete(f"crypto isakmp profile {profile} is not defined")
        remote_id = _remote(body, profile, front_vrf)
    named = value(body, "ca trust-point") if body is not None else None
    numbered = _policies(tree)
    policies = [policy for policy in numbered if _shared(policy)] if named is None else []
    keys: tuple[PreSharedKey, ...] = ()
    trustpoint = None
    if policies:
        keys = tuple(_keys(tree, body, local, front_vrf))
        if not keys:
            raise Incomplete(f"no ISAKMP key for front VRF {front_vrf or 'none'}")
    else:
        policies = [policy for policy in numbered if _signed(policy)]
        if not policies:
            raise Incomplete("no crypto isakmp policy with a known authentication is defined")
        if remote_id != "%any":
            raise Incomplete(f"crypto isakmp profile {profile} must match all who sign")
        who = f"crypto isakmp profile {profile}" if profile else "crypto isakmp"
        trustpoint = read_trustpoint(tree, named[0] if named else None, who, "rsa")
    return Isakmp(
        profile=profile or "",
        proposals=tuple(dict.fromkeys(_proposal(policy) for policy in policies)),
        lifetime=number(policies[0], "lifetime") or _DEFAULT_LIFETIME,
        keys=keys,
        trustpoint=trustpoint,
        remote_id=remote_id,
        dpd=_dpd(tree, body),
    )


def _policies(tree: Tree) -> list[Tree]:
    """Return the policies by priority."""
    numbered = sorted(
        ((int(words[0]), body) for words, body in sections(tree, "crypto isakmp policy")),
        key=lambda pair: pair[0],
    )
    return [body for _, body in numbered]


def _shared(policy: Tree) -> bool:
    return value(policy, "authentication") == ["pre-share"]


def _signed(policy: Tree) -> bool:
    """Whether a policy has RSA signatures, which is IOS's default."""
    return value(policy, "authentication") in (None, ["rsa-sig"])


def _proposal(policy: Tree) -> str:
    """Spell a policy; what is not said is IOS's default: DES, SHA-1, group 1."""
    words = value(policy, "encryption") or value(policy, "encr") or ["des"]
    cipher = words[0]
    if cipher == "aes":
        cipher = f"aes{words[1] if len(words) > 1 else 128}"
    hashed = (value(policy, "hash") or ["sha"])[0]
    group = GROUPS[number(policy, "group") or 1]
    return f"{cipher}-{_HASHES.get(hashed, hashed)}-{group}"


def _remote(body: Tree, profile: str, front_vrf: str | None) -> str:
    """Return whom a profile matches in the front VRF."""
    identity = value(body, "self-identity")
    if identity is not None and identity != ["address"]:
        raise Incomplete("self-identity other than address is not carried")
    found = []
    for words in values(body, "match identity address"):
        *rest, last = words
        vrf = None if last[0].isdigit() else last
        if vrf != front_vrf:
            continue
        prefix, *mask = words if vrf is None else rest
        net = network(prefix, mask[0] if mask else host_mask(prefix))
        found.append("%any" if net.prefixlen == 0 else owner(net))
    if not found:
        raise Incomplete(
            f"crypto isakmp profile {profile} matches no address in front VRF {front_vrf or 'none'}"
        )
    if len(found) > 1 and "%any" not in found:
        raise Incomplete(f"crypto isakmp profile {profile}: several matches are not carried")
    return "%any" if "%any" in found else found[0]


def _keys(
    tree: Tree, profile: Tree | None, local: IPv4Address, front_vrf: str | None
) -> Iterator[PreSharedKey]:
    named = [words[0] for words in values(profile, "keyring")] if profile is not None else []
    for words, ring in sections(tree, "crypto keyring"):
        vrf = words[2] if words[1:2] == ["vrf"] else None
        bound = value(ring, "local-address")
        if (named and words[0] not in named) or vrf != front_vrf:
            continue
        if bound is not None and bound[0] != str(local):
            continue
        for given in values(ring, "pre-shared-key address"):
            yield _key(given[: given.index("key")], given[-1])
    if not named and front_vrf is None:
        for given in values(tree, "crypto isakmp key"):
            at = given.index("address")
            scope = [word for word in given[at + 1 :] if word != "no-xauth"]
            yield _key(scope, given[at - 1])


def _key(scope: list[str], key: str) -> PreSharedKey:
    net = network(scope[0], scope[1] if len(scope) > 1 else host_mask(scope[0]))
    return PreSharedKey(owners=() if net.prefixlen == 0 else (owner(net),), value=key)


def _dpd(tree: Tree, profile: Tree | None) -> Dpd | None:
    own = value(profile, "keepalive") if profile is not None else None
    if own is not None:
        return Dpd(interval=int(own[0]), retry=int(own[2]), periodic=False)
    words = value(tree, "crypto isakmp keepalive")
    if words is None:
        return None
    numbers = [int(word) for word in words if word.isdigit()]
    retry = numbers[1] if len(numbers) > 1 else _DEFAULT_RETRY
    return Dpd(interval=numbers[0], retry=retry, periodic="periodic" in words)
