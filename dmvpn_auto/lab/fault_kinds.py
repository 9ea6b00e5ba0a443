"""The kinds of fault that the lab can make: each a literal that says what is typed on which router.

`state` is what `show dmvpn` of the broken router says of its peers when the fault is in effect, ""
where they stay UP or go: the fault shows elsewhere. Faults that only some clouds have (OSPF, a
front-door VRF) are refused by a router that lacks the line.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from dmvpn_auto.errors import UsageError
from dmvpn_auto.lab.edits import Change, Config, Edit, carry_out

NOBODY = "192.0.2.254"  # documentation range: no router of the lab routes it
HUB, SPOKE = "hub", "spoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of fault: on what, what it does, how `show dmvpn` of that router names it."""

    name: str
    state: str
    says: str
    change: Callable[[Config], Change] | None  # None: done to the wire, not to the router
    clears: bool = True  # an engineer would `clear crypto session`: live SAs outlast the change
    role: str = ""  # "hub" or "spoke" where it makes sense on one of them only


def _edits(*edits: Edit) -> Callable[[Config], Change]:
    return partial(_carry_out, edits=edits)


def _carry_out(config: Config, *, edits: tuple[Edit, ...]) -> Change:
    config.tunnel()
    return carry_out(config, edits)


def _missing(config: Config, what: str) -> UsageError:
    return UsageError(f"has no {what} to break", where=config.node)


def _wrong_psk(config: Config) -> Change:
    wrong = "".join(secrets.choice(string.ascii_letters) for _ in range(20))
    lines: list[str] = []
    undo: list[str] = []
    for head, below in config.sections("crypto ikev2 keyring"):
        peer = ""
        for word in (line.strip() for line in below):
            if word.startswith("peer "):
                peer = word
            elif word.startswith("pre-shared-key "):
                words = word.split()
                side = [words[1]] if words[1] in ("local", "remote") else []
                lines += [head, peer, " ".join(["pre-shared-key", *side, wrong])]
                undo += [head, peer, word]
    for head, below in config.sections("crypto keyring"):
        for line in (line.strip() for line in below if " key " in line):
            lines += [head, f"no {line}", f"{line.rpartition(' key ')[0]} key {wrong}"]
            undo += [head, f"no {line.rpartition(' key ')[0]} key {wrong}", line]
    for line, _ in config.sections("crypto isakmp key "):
        rest = line.split(" address ", 1)[1]
        lines += [f"no {line}", f"crypto isakmp key {wrong} address {rest}"]
        undo += [f"no crypto isakmp key {wrong} address {rest}", line]
    if not undo:
        raise _missing(config, "pre-shared key")
    return Change(lines=tuple(lines), undo=tuple(undo), said="another pre-shared key")


def _without_network_id(config: Config) -> Change:
    """Take NHRP off; who gives the network-id back has to type the redirect once more too."""
    head, below = config.tunnel()
    edit = Edit(path=_TUNNEL, line=r"ip nhrp network-id \d+", what="network-id")
    change = _carry_out(config, edits=(edit,))
    again = tuple(line for line in below if line.startswith("ip nhrp redirect"))
    return replace(change, undo=(*change.undo, head, *again))


def _wrong_tunnel_key(config: Config) -> Change:
    head, below = config.tunnel()
    key = next((line for line in below if line.startswith("tunnel key ")), None)
    wrong = 4242 if key is None else int(key.split()[2]) ^ 1
    return Change(
        lines=(head, f"tunnel key {wrong}"),
        undo=(head, key or "no tunnel key"),
        said=f"{head.split()[1]}: {key or 'no tunnel key'} -> tunnel key {wrong}",
    )


def _wrong_nhs_nbma(config: Config) -> Change:
    head, below = config.tunnel()
    lines, undo, said = [head], [head], ""
    for line in below:
        words = line.split()
        if line.startswith("ip nhrp nhs ") and "nbma" in words:
            place = words.index("nbma") + 1
        elif line.startswith("ip nhrp map multicast ") and words[4] != "dynamic":
            place = 4
        elif line.startswith("ip nhrp map ") and words[3] != "multicast":
            place = -1
        else:
            continue
        right = words[place]
        words[place] = NOBODY
        wrong = " ".join(words)
        lines += [f"no {line}", wrong]
        undo += [f"no {wrong}", line]
        said = f"{head.split()[1]}: NBMA address of the hub {right} -> {NOBODY}"
    if not said:
        raise _missing(config, "next-hop server with an NBMA address (is it a hub?)")
    return Change(lines=tuple(lines), undo=tuple(undo), said=said)


def _ipsec_mismatch(config: Config) -> Change:
    _, below = config.tunnel()
    words = [line.split() for line in below if line.startswith("tunnel protection ipsec profile ")]
    if not words:
        raise _missing(config, "tunnel protection")
    name = words[0][4]
    used = {
        word
        for head, lines in config.sections("crypto ipsec profile ")
        if head.split()[3] == name
        for line in lines
        if line.strip().startswith("set transform-set ")
        for word in line.split()[2:]
    }
    lines: list[str] = []
    undo: list[str] = []
    said = []
    for head, lines_below in config.sections("crypto ipsec transform-set "):
        transform = head.split()[3]
        if transform not in used:
            continue
        other = "esp-aes 256 esp-sha256-hmac" if "esp-gcm" in head else "esp-gcm 256"
        modes = [line.strip() for line in lines_below]
        lines += [f"crypto ipsec transform-set {transform} {other}", *modes]
        undo += [head, *modes]
        said.append(f"transform-set {transform}: {' '.join(head.split()[4:])} -> {other}")
    if not undo:
        raise _missing(config, "transform set")
    return Change(lines=tuple(lines), undo=tuple(undo), said="; ".join(said))


def _tunnel_shutdown(config: Config) -> Change:
    head, _ = config.tunnel()
    said = f"{head.split()[1]}: shutdown"
    return Change(lines=(head, "shutdown"), undo=(head, "no shutdown"), said=said)


def _recursion(config: Config) -> Change:
    head, below = config.tunnel()
    nhs = next((line.split() for line in below if line.startswith("ip nhrp nhs ")), [])
    if "nbma" not in nhs:
        raise _missing(config, "next-hop server with an NBMA address (is it a hub?)")
    nbma = nhs[nhs.index("nbma") + 1]
    route = f"ip route {nbma} 255.255.255.255 {nhs[3]}"
    return Change(lines=(route,), undo=(f"no {route}",), said=f"{head.split()[1]}: {route}")


_TUNNEL = ("interface Tunnel",)
_BGP = ("router bgp ",)
_FAMILY = ("router bgp ", "address-family ipv4")
_PROFILE = ("crypto ipsec profile ",)
_IKE_PROFILE = ("crypto ikev2 profile ",)
_NHS = r"ip nhrp nhs (\S+) nbma (\S+) multicast"
_WALL = "FAULT-WALL"


def _wall(*lines: str) -> Callable[[Config], Change]:
    """Put an access list on the source of the tunnel."""
    return _edits(
        Edit(path=(f"ip access-list extended {_WALL}",), wrong=lines),
        Edit(path=("{source}",), wrong=(f"ip access-group {_WALL} in",), what="tunnel source"),
    )


_ALL = (
    Kind(name="wrong-psk", state="IKE", says="pre-shared key differs", change=_wrong_psk),
    Kind(
        name="psk-missing", state="IKE", says="no pre-shared key for the peer",
        change=_edits(
            Edit(path=("crypto ikev2 keyring ", "peer "), line=r"pre-shared-key .+",
                 what="pre-shared key"),
        ),
    ),
    Kind(
        name="ike-group", state="IKE", says="no common IKE proposal: another DH group",
        change=_edits(
            Edit(path=("crypto ikev2 proposal ",), line=r"group (\d+)", wrong=("group 14",),
                 what="IKEv2 proposal"),
        ),
    ),
    Kind(
        name="ike-encryption", state="IKE", says="no common IKE proposal: another cipher",
        change=_edits(
            Edit(path=("crypto ikev2 proposal ",), line=r"encryption (.+)",
                 wrong=("encryption aes-gcm-128",), what="IKEv2 proposal"),
        ),
    ),
    Kind(
        name="ike-identity", state="IKE", says="the peer's identity is not accepted",
        change=_edits(
            Edit(path=_IKE_PROFILE, line=r"match identity remote address (.+)",
                 wrong=(f"match identity remote address {NOBODY} 255.255.255.255",), adds=True,
                 what="IKEv2 profile"),
        ),
    ),
    Kind(
        name="match-fvrf-missing", state="IKE", says="IKE does not look into the front-door VRF",
        change=_edits(
            Edit(path=_IKE_PROFILE, line=r"match fvrf \S+", what="front-door VRF"),
        ),
    ),
    Kind(
        name="hub-protection-missing", state="IKE", role=HUB, says="the hub's tunnel is in clear",
        change=_edits(
            Edit(path=_TUNNEL, line=r"tunnel protection ipsec profile .+",
                 what="tunnel protection"),
        ),
    ),
    Kind(
        name="spoke-protection-missing", state="NHRP", role=SPOKE,
        says="the spoke sends GRE in clear",
        change=_edits(
            Edit(path=_TUNNEL, line=r"tunnel protection ipsec profile .+",
                 what="tunnel protection"),
        ),
    ),
    Kind(
        name="ipsec-mismatch", state="IPSEC", says="no common IPsec proposal",
        change=_ipsec_mismatch,
    ),
    Kind(
        name="pfs-mismatch", state="", clears=False,
        says="another group for perfect forward secrecy, seen at the next rekey",
        change=_edits(
            Edit(path=_PROFILE, line=r"set pfs (\S+)", wrong=("set pfs group14",),
                 what="perfect forward secrecy"),
        ),
    ),
    Kind(
        name="wrong-tunnel-key", state="NHRP",
        says="GRE key differs: packets arrive and are dropped", change=_wrong_tunnel_key,
    ),
    Kind(
        name="tunnel-key-missing", state="NHRP", says="GRE without a key",
        change=_edits(Edit(path=_TUNNEL, line=r"tunnel key (\d+)", what="tunnel key")),
    ),
    Kind(
        name="hub-network-id-missing", state="NHRP", role=HUB, says="NHRP is off on the hub",
        change=_without_network_id,
    ),
    Kind(
        name="spoke-network-id-missing", state="NHRP", role=SPOKE,
        says="NHRP is off on the spoke: show dmvpn is empty",
        change=_edits(Edit(path=_TUNNEL, line=r"ip nhrp network-id \d+", what="network-id")),
    ),
    Kind(
        name="nhrp-authentication", state="NHRP", says="another NHRP authentication string",
        change=_edits(
            Edit(path=_TUNNEL, line=r"ip nhrp authentication (\S+)",
                 wrong=("ip nhrp authentication NotThis1",), what="NHRP authentication"),
        ),
    ),
    Kind(
        name="wrong-nhs-nbma", state="IKE", role=SPOKE,
        says="the hub is looked for where nobody answers", change=_wrong_nhs_nbma,
    ),
    Kind(
        name="wrong-nhs-address", state="NHRP", role=SPOKE,
        says="the next-hop server has another tunnel address",
        change=_edits(
            Edit(path=_TUNNEL, line=r"ip nhrp nhs \S+ nbma (\S+) multicast", adds=True,
                 wrong=("ip nhrp nhs 10.255.0.253 nbma {0} multicast",), what="next-hop server"),
        ),
    ),
    Kind(
        name="nhs-missing", state="NHRP", role=SPOKE, says="a map for the hub, no next-hop server",
        change=_edits(
            Edit(path=_TUNNEL, line=r"ip nhrp nhs (\S+ nbma \S+) multicast", adds=True,
                 wrong=("ip nhrp map {words[0]} {words[2]}",), what="next-hop server"),
        ),
    ),
    Kind(
        name="hub-multicast-missing", state="", role=HUB, clears=False,
        says="the hub sends no multicast to its spokes",
        change=_edits(
            Edit(path=_TUNNEL, line=r"ip nhrp map multicast dynamic", what="multicast map"),
        ),
    ),
    Kind(
        name="spoke-multicast-missing", state="", role=SPOKE, clears=False,
        says="the spoke sends no multicast to the hub",
        change=_edits(
            Edit(path=_TUNNEL, line=r"ip nhrp nhs (\S+ nbma \S+) multicast", adds=True,
                 wrong=("ip nhrp nhs {0}",), what="multicast to the hub"),
        ),
    ),
    Kind(
        name="redirect-missing", state="", role=HUB, clears=False,
        says="spoke-to-spoke traffic stays on the hub",
        change=_edits(Edit(path=_TUNNEL, line=r"ip nhrp redirect", what="redirect")),
    ),
    Kind(
        name="shortcut-missing", state="", role=SPOKE, clears=False,
        says="the spoke takes no shorter way",
        change=_edits(Edit(path=_TUNNEL, wrong=("no ip nhrp shortcut",), what="tunnel")),
    ),
    Kind(
        name="duplicate-tunnel-address", state="", role=SPOKE, clears=False,
        says="the tunnel address of the next spoke",
        change=_edits(
            Edit(path=_TUNNEL, line=r"ip address (\S+) \S+",
                 wrong=("ip address {next} 255.255.255.0",), what="tunnel address"),
        ),
    ),
    Kind(
        name="acl-blocks-esp", state="NHRP", says="an access list on the WAN drops ESP",
        change=_wall("deny esp any any", "permit ip any any"),
    ),
    Kind(
        name="acl-blocks-ike", state="IKE", says="an access list on the WAN drops UDP 500",
        change=_wall("deny udp any any eq isakmp", "permit ip any any"),
    ),
    Kind(
        name="default-route-missing", state="IKE", says="no way to the peer outside the tunnel",
        change=_edits(Edit(path=(), line=r"ip route (?:vrf \S+ )?0\.0\.0\.0 .+",
                           what="default route")),
    ),
    Kind(
        name="source-shutdown", state="INTF", clears=False,
        says="the interface that the tunnel starts from is shut down",
        change=_edits(Edit(path=("{source}",), wrong=("shutdown",), what="tunnel source")),
    ),
    Kind(
        name="tunnel-shutdown", state="INTF", says="the tunnel interface is shut down",
        change=_tunnel_shutdown, clears=False,
    ),
    Kind(
        name="wrong-tunnel-source", state="IKE", role=SPOKE,
        says="the tunnel starts from the LAN interface",
        change=_edits(
            Edit(path=_TUNNEL, line=r"tunnel source (\S+)",
                 wrong=("tunnel source GigabitEthernet2",), what="tunnel source"),
        ),
    ),
    Kind(
        name="hub-point-to-point", state="", role=HUB, says="point-to-point GRE on the hub",
        change=_edits(
            Edit(path=_TUNNEL, line=r"tunnel mode gre multipoint", wrong=("tunnel mode gre ip",),
                 what="multipoint tunnel"),
        ),
    ),
    Kind(
        name="mtu-mismatch", state="", clears=False, says="another ip mtu on the tunnel",
        change=_edits(
            Edit(path=_TUNNEL, line=r"ip mtu (\d+)", wrong=("ip mtu 1300",), what="ip mtu"),
        ),
    ),
    Kind(
        name="bgp-remote-as", state="", clears=False, says="another AS number for the neighbor",
        change=_edits(
            Edit(path=_BGP, line=r"neighbor (\S+) remote-as \d+",
                 wrong=("neighbor {0} remote-as 64999",), what="BGP neighbor"),
        ),
    ),
    Kind(
        name="bgp-listen-range", state="", role=HUB, clears=False,
        says="the hub listens to other addresses",
        change=_edits(
            Edit(path=_BGP, line=r"bgp listen range \S+ peer-group (\S+)", adds=True,
                 wrong=("bgp listen range 10.254.0.0/24 peer-group {0}",), what="listen range"),
        ),
    ),
    Kind(
        name="bgp-neighbor-shutdown", state="", role=SPOKE, clears=False,
        says="the BGP neighbor is shut down",
        change=_edits(
            Edit(path=_BGP, line=r"neighbor (\S+) remote-as (\d+)",
                 wrong=("neighbor {0} shutdown",), what="BGP neighbor", keeps=True),
        ),
    ),
    Kind(
        name="router-id-duplicate", state="", role=SPOKE, clears=False,
        says="the router-id of the next spoke",
        change=_edits(
            Edit(path=_BGP, line=r"bgp router-id (\S+)", wrong=("bgp router-id {next}",),
                 what="BGP router-id"),
        ),
    ),
    Kind(
        name="no-route-reflector", state="", role=HUB, clears=False,
        says="the hub reflects no routes between its spokes",
        change=_edits(
            Edit(path=_FAMILY, line=r"neighbor \S+ route-reflector-client",
                 what="route reflector"),
        ),
    ),
    Kind(
        name="recursion", state="", role=SPOKE, clears=False,
        says="the route to the hub's NBMA address leads into the tunnel",
        change=_recursion,
    ),
    Kind(
        name="ospf-network-type", state="", clears=False, says="another OSPF network type",
        change=_edits(
            Edit(path=_TUNNEL, line=r"ip ospf network (\S+)",
                 wrong=("ip ospf network point-to-point",), what="OSPF"),
        ),
    ),
    Kind(
        name="ospf-hello", state="", clears=False, says="another OSPF hello interval",
        change=_edits(
            Edit(path=_TUNNEL, line=r"ip ospf hello-interval (\d+)",
                 wrong=("ip ospf hello-interval {next}",), what="OSPF"),
        ),
    ),
    Kind(
        name="ospf-authentication", state="", clears=False, says="another OSPF key",
        change=_edits(
            Edit(path=_TUNNEL, line=r"ip ospf message-digest-key (\d+) md5 .+",
                 wrong=("ip ospf message-digest-key {0} md5 NotThis1",), adds=True,
                 what="OSPF key"),
        ),
    ),
    Kind(
        name="wan-down", state="IKE", clears=False, change=None,
        says="all packets on the WAN link are lost, the link stays up",
    ),
)  # fmt: skip

KINDS = {kind.name: kind for kind in _ALL}
