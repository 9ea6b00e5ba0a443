"""What the lines of a change do to tunnels and sessions, as data; from it and the design's timers,
the impact on one router.

Sources: Cisco IOS command references (what resets a BGP session or an adjacency); recovery times
measured on IOS-XE 17.15 (16 s after a bounce; a client that gave up tries again within 64 s).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dmvpn_auto.design.types import Role, RouterDesign
from dmvpn_auto.ios import Change, Tree, mask
from dmvpn_auto.rollout.impact import Flap, Impact, Reach, Reset

_BOUNCE = 2  # seconds: shutdown, the lines, no shutdown
_IKE = 16  # seconds until IKE and NHRP were up again after a bounce, measured
_RETRY = 64  # seconds: the longest pause between two registration attempts


@dataclass(frozen=True, slots=True)
class _Effect:
    section: re.Pattern[str]
    line: re.Pattern[str]
    protocol: str
    what: str  # {} is group 1 of the line
    why: str


def _effect(section: str, line: str, protocol: str, what: str, why: str) -> _Effect:
    return _Effect(re.compile(section), re.compile(line), protocol, what, why)


_EFFECTS = (
    _effect(
        r"router bgp",
        r"(?:no )?neighbor (\S+) (?:remote-as|password|update-source|ebgp-multihop|local-as"
        r"|peer-group|activate|route-reflector-client|allowas-in|fall-over)",
        "bgp",
        "neighbor {}",
        "the session is set up anew",
    ),
    _effect(
        r"router bgp",
        r"(?:no )?bgp router-id",
        "bgp",
        "all neighbors",
        "another router id, for others of the process too",
    ),
    _effect(
        r"router bgp",
        r"(?:no )?neighbor (\S+) timers",
        "bgp",
        "neighbor {}",
        "timers count from the next session on: clear it to use them now",
    ),
    _effect(
        r"router (?:ospf|ospfv3)",
        r"(?:no )?(?:router-id|area \S+ (?:stub|nssa))",
        "ospf",
        "the process",
        "adjacencies start anew",
    ),
    _effect(
        r"router eigrp",
        r"(?:no )?(?:eigrp (?:router-id|stub)|authentication|no next-hop-self|no split-horizon"
        r"|next-hop-self|split-horizon|hello-interval|hold-time)",
        "eigrp",
        "all neighbors",
        "adjacencies start anew",
    ),
    _effect(
        r"router rip", r"(?:no )?version", "rip", "the process", "updates of the other version"
    ),
    _effect(
        r"interface Tunnel",
        r"(?:no )?(?:ip ospf|ospfv3) .*?(network|hello-interval|dead-interval|area|authentication)",
        "ospf",
        "adjacencies on the tunnel",
        "both ends must agree on it: down until the other end has the same",
    ),
    _effect(
        r"interface Tunnel",
        r"(?:no )?ip(?:v6)? nhrp (?:authentication|network-id)",
        "nhrp",
        "registrations",
        "they end when they expire, unless the other end has the same",
    ),
    _effect(
        r"interface Tunnel",
        r"(?:no )?(?:ip address|vrf forwarding)",
        "nhrp",
        "the router's own registrations and every session over the tunnel",
        "the tunnel address is set anew",
    ),
    _effect(
        r"interface Tunnel",
        r"no ip(?:v6)? nhrp (?:nhs|map(?= \d)) (?!cluster|fallback)(\S+)",
        "nhrp",
        "mapping of {}",
        "what runs over it waits until it is registered or resolved again",
    ),
    _effect(
        r"interface Tunnel",
        r"(?:no )?ip (?:next-hop-self|split-horizon|summary-address|authentication \S+) eigrp",
        "eigrp",
        "neighbors on the tunnel",
        "they are resynchronised, or set up anew",
    ),
    _effect(
        r"router (?:eigrp|ospf|rip)",
        r"(no network .+|passive-interface (?!default).+|no passive-interface default)",
        "routing",
        "{}",
        "neighbors on those interfaces end",
    ),
    _effect(
        r"no router ", r"no router (.+)", "routing", "{}", "the process ends with its neighbors"
    ),
    _effect(
        r"crypto (?:ikev2|isakmp|keyring)",
        r"(?:no )?(?:pre-shared-key|encryption|encr|integrity|prf|group|hash|authentication|match"
        r"|keyring|proposal|identity)",
        "ike",
        "new negotiations",
        "sessions that are up go on; a mismatch shows only at the next negotiation",
    ),
    _effect(
        r"(?:no )?crypto isakmp key",
        r".*",
        "ike",
        "new negotiations",
        "sessions that are up go on; a mismatch shows only at the next negotiation",
    ),
    _effect(
        r"crypto ipsec (?:profile|transform-set)",
        r"(?:no )?(?:set (?:transform-set|pfs|ikev2-profile|isakmp-profile)|mode)",
        "ipsec",
        "new security associations",
        "those that are up go on until they are rekeyed",
    ),
)
_WAN = re.compile(r"(?:no )?(?:vrf forwarding|ip address|shutdown|ip access-group)")
_AWAY = re.compile(r"no (?:router |ip route )")
_TUNNEL = re.compile(
    r"(?:no )?(?:vrf forwarding|ip address)|no ip(?:v6)? nhrp (?:nhs|map) (?!multicast)"
    r"|no (?:ip ospf|ospfv3) \d+ "
)
_PROCESS = re.compile(r"no (?:network|neighbor) |passive-interface Tunnel")


def impact_of(
    change: Change, running: Tree, router: RouterDesign, *, in_band: bool, known: bool
) -> Impact:
    """Return what the change of one router does. `in_band`: its management address lies behind the
    cloud itself; `known`: where that address leads could be told.
    """
    if not change:
        return Impact()
    typed = tuple(_typed(change))
    flaps = tuple(_flaps(change, running, router))
    reach, why = _reach(typed, flaps, router, in_band=in_band, known=known)
    return Impact(flaps, _resets(typed, flaps), reach, why)


def _typed(change: Change) -> Iterator[tuple[str, str]]:
    """Yield (top-level section, line) of each command."""
    section = ""
    for command in change.forward:
        line = command.strip()
        if not command.startswith(" "):
            section = line
        if line != "exit":
            yield section, line


def _flaps(change: Change, running: Tree, router: RouterDesign) -> Iterator[Flap]:
    nhrp, dpd = router.tunnel.nhrp, router.crypto.dpd if router.crypto else None
    registers = nhrp.registration_timeout or nhrp.holdtime // 3
    most = _BOUNCE + _IKE + _RETRY
    why = f"IKE and NHRP need up to {_IKE} s, a registration that failed is tried again in {_RETRY}"
    if router.role is Role.HUB:
        silence = dpd.interval + 5 * dpd.retry if dpd else 0
        most = _BOUNCE + _IKE + max(registers, silence)
        why = f"spokes register every {registers} s" + (
            f" and notice a dead peer after {silence} s" if silence else ""
        )
    for header in change.bounces:
        if header.startswith("interface ") and "shutdown" not in running.get(header, {}):
            yield Flap(header.removeprefix("interface "), _BOUNCE, most, why)
    for command in change.forward:
        if command.startswith("no interface Tunnel"):
            yield Flap(command.split()[-1], _BOUNCE, most, "it is made anew under another number")


def _resets(typed: tuple[tuple[str, str], ...], flaps: tuple[Flap, ...]) -> tuple[Reset, ...]:
    found: dict[Reset, None] = {}
    for flap in flaps:
        every = f"every session over {flap.interface}"
        found[Reset("ike", every, f"{flap.interface} goes down")] = None
    for section, line in typed:
        for effect in _EFFECTS:
            match = effect.line.match(line) if effect.section.match(section) else None
            if match:
                subject = match[1] if match.re.groups else ""
                found[Reset(effect.protocol, effect.what.format(subject), effect.why)] = None
    return tuple(found)


def _reach(
    typed: tuple[tuple[str, str], ...],
    flaps: tuple[Flap, ...],
    router: RouterDesign,
    *,
    in_band: bool,
    known: bool,
) -> tuple[Reach, str]:
    tunnel = f"interface {router.tunnel.interface}"
    wan = f"interface {router.tunnel.source_interface}"
    for section, line in typed:
        lost = section.startswith("router ") and _PROCESS.match(line)
        if in_band and (_AWAY.match(line) or lost):
            return Reach.CUT, f"{mask(line)}: our session needs the routes that go with it"
        if in_band and section == tunnel and _TUNNEL.match(line):
            return Reach.CUT, f"{router.tunnel.interface}: {line}: our session runs over it"
        if section == wan and _WAN.match(line):
            return Reach.CUT, f"{wan.removeprefix('interface ')}: {line}: everything comes in there"
    if in_band and flaps:
        return Reach.CUT, f"{flaps[0].interface} goes down and carries our session"
    if not known and flaps:
        return Reach.UNKNOWN, "where the management address leads cannot be told: it has no address"
    return Reach.CLEAR, ""
