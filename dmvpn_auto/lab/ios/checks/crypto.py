"""Side conditions of crypto lines: what excludes what, what is in use, how keys are printed."""

from __future__ import annotations

from dmvpn_auto.lab.ios.config import Change, Entry, Form
from dmvpn_auto.lab.ios.rules import Line
from dmvpn_auto.lab.ios.syntax import Match

_COMBINED = ("esp-gcm", "esp-gmac")
_ANY = "0.0.0.0"  # noqa: S104 - a wildcard peer, nothing is bound
_HOST = "255.255.255.255"


def ikev2_encryption(change: Change) -> str | None:
    """Combined-mode ciphers stand alone."""
    words = change.match.text.split()[1:]
    combined = ["gcm" in w for w in words]
    if any(combined) and not all(combined):
        return "% AES-GCM cannot be combined with other encryption algorithms in one proposal"
    if any(combined) and change.section.get("integrity"):
        return "% AES-GCM excludes integrity algorithms: remove integrity from the proposal first"
    return None


def ikev2_integrity(change: Change) -> str | None:
    """A combined-mode cipher needs no integrity algorithm, and takes none."""
    encryption = change.section.get("encryption")
    if change.form is Form.SET and encryption and "gcm" in encryption.text:
        return "% Integrity algorithm is not allowed with AES-GCM encryption"
    return None


def derived_prf(change: Change) -> list[str]:
    """A prf that equals the integrity algorithms is derived from them and not shown."""
    prf, integrity = change.section.get("prf"), change.section.get("integrity")
    if prf and integrity and prf.text.split()[1:] == integrity.text.split()[1:]:
        del change.section.entries["prf"]
    return []


def common_key(change: Change) -> list[str]:
    """One key for both directions replaces two."""
    for side in ("local", "remote"):
        change.section.entries.pop(f"pre-shared-key {side}", None)
    return []


def local_or_remote_key(change: Change) -> list[str]:
    """Keys per direction replace the common one."""
    change.section.entries.pop("pre-shared-key", None)
    return []


def remote_identity(match: Match[Line]) -> str:
    """`0.0.0.0 0.0.0.0` is printed as `0.0.0.0 `; a host with its full mask."""
    args = match.args
    if "address" not in args or "/" in args["address"]:
        return match.text
    mask = args.get("mask", _ANY if args["address"] == _ANY else _HOST)
    head = f"match identity remote address {args['address']} "
    return head if mask == _ANY else head + mask


def isakmp_identity(match: Match[Line]) -> str:
    """The same for an ISAKMP profile, with its VRF at the end."""
    args = match.args
    mask = args.get("mask", _ANY if args["address"] == _ANY else _HOST)
    words = ["match identity address", args["address"], mask if mask != _ANY else ""]
    return " ".join(w for w in (*words, args.get("vrf", "")) if w) + " "


def isakmp_key(match: Match[Line]) -> str:
    """The mask of a wildcard or host key is not printed; the address fills 15 columns."""
    args = match.args
    mask = args.get("mask", "")
    shown = "" if mask in {"", _ANY, _HOST} else f" {mask}"
    tail = " no-xauth" if "no-xauth" in match.keywords else ""
    return f"crypto isakmp key {args['key']} address {args['address']:<15}{shown}{tail}"


def encr(change: Change) -> str:
    """IOS 15 says `encr`, IOS-XE 17 prints `encryption`."""
    return change.match.text.replace("encr ", "encryption ", 1)


def pfs_group(match: Match[Line]) -> str:
    """`set pfs` alone is group 1."""
    return "set pfs group1" if match.text == "set pfs" else match.text


def transforms(change: Change) -> str | None:
    """One cipher per set; a combined-mode cipher takes no hmac."""
    words = [w for w in change.match.text.split()[4:] if not w.isdigit()]
    ciphers = [w for w in words if w.startswith("esp-") and not w.endswith("-hmac")]
    macs = [w for w in words if w.startswith("esp-") and w.endswith("-hmac")]
    if len(ciphers) > 1 or len(macs) > 1:
        return "ERROR: a transform set takes one transform of each kind"
    if ciphers and macs and ciphers[0] in _COMBINED:
        return f"ERROR: {ciphers[0]} cannot be combined with {macs[0]}"
    return None


def default_mode(change: Change) -> list[str]:
    """`mode tunnel` is shown although it is the default."""
    entry = change.section.get(change.match.identity)
    if entry and entry.children and entry.children.get("mode") is None:
        change.config.put(entry.children, "mode tunnel", automatic=True)
    return []


def mode_back(change: Change) -> list[str]:
    """`no mode` means tunnel mode."""
    change.config.put(change.section, "mode tunnel", automatic=True)
    return []


def transform_sets_exist(change: Change) -> str | None:
    """A profile takes only transform sets that exist."""
    if change.form is not Form.SET:
        return None
    for name in change.args["set"].split():
        if change.config.top.get(f"crypto ipsec transform-set {name}") is None:
            return f'ERROR: transform set with tag "{name}" does not exist.'
    return None


def _children(change: Change, family: str) -> list[tuple[str, Entry]]:
    return [
        (e.args["name"], child)
        for e in change.config.top.starting(family)
        if e.children
        for child in e.children.entries.values()
    ]


def transform_set_free(change: Change) -> str | None:
    """A transform set that a profile names stays."""
    name = change.args["name"]
    for profile, child in _children(change, "crypto ipsec profile"):
        if child.identity == "set transform-set" and name in child.args["set"].split():
            return f"% Transform set {name} is in use by profile {profile}"
    return None


def ipsec_profile_free(change: Change) -> str | None:
    """An IPsec profile that protects a tunnel stays."""
    name = change.args["name"]
    for interface, child in _children(change, "interface"):
        if child.identity == "tunnel protection" and child.args["profile"] == name:
            return f"% Profile {name} is in use by {interface}"
    return None


def ikev2_proposal_free(change: Change) -> str | None:
    """A proposal that a policy names stays."""
    name = change.args["name"]
    for policy, child in _children(change, "crypto ikev2 policy"):
        if child.identity == f"proposal {name}":
            return f"% Proposal {name} is in use by policy {policy}"
    return None


def ikev2_keyring_free(change: Change) -> str | None:
    """A keyring that an IKEv2 profile names stays."""
    name = change.args["name"]
    for profile, child in _children(change, "crypto ikev2 profile"):
        if child.text.split()[:3] == ["keyring", "local", name]:
            return f"% Keyring {name} is in use by profile {profile}"
    return None


def ikev2_profile_free(change: Change) -> str | None:
    """An IKEv2 profile that an IPsec profile names stays."""
    name = change.args["name"]
    for profile, child in _children(change, "crypto ipsec profile"):
        if child.identity == "set ikev2-profile" and child.args["profile"] == name:
            return f"% IKEv2 profile {name} is in use by IPsec profile {profile}"
    return None
