"""Rules about the tunnel interface and NHRP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from dmvpn_auto.design.facts import families, mtu, transport
from dmvpn_auto.design.rules.base import ERROR, INFO, WARNING, Breach, Place, Rule, View, meant
from dmvpn_auto.models.crypto import NoCrypto
from dmvpn_auto.models.overlay import EigrpClassic, EigrpNamed, Ospf, Static

_USUAL_MTU = {"ipv4": 1400, "ipv6": 1380}  # by what carries the tunnels
_PLAIN_MTU = {"ipv4": 1476, "ipv6": 1456}  # what GRE alone leaves of 1500
_KEY = 4  # bytes
_TCP_AND_IP = {"ipv4": 40, "ipv6": 60}
_LABEL = 4  # bytes; a larger ip_mtu with MPLS is the matter of mpls-mtu
_LONG_HOLDTIME = 600
_NHRP_LENGTH = 8


class NhrpAuthenticationForm(Rule):
    """NHRP authentication has at most 8 characters and no blank or question mark; IOS refuses or
    cuts off the rest.
    """

    id = "nhrp-authentication-form"
    fix = "choose a word of 1 to 8 letters and digits"
    source = "Cisco, IP Addressing command reference, ip nhrp authentication"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look at the value where it can be resolved; it is never shown."""
        reference = cloud.intent.nhrp.authentication
        value = cloud.secret(reference) if reference else None
        if value is None:
            return
        at = ("nhrp", "authentication")
        if len(value) > _NHRP_LENGTH:
            yield Breach(
                at, f"the value behind {reference} has {len(value)} characters, not 1 to 8"
            )
        if " " in value or "?" in value:
            yield Breach(at, f"the value behind {reference} has a blank or a question mark")


class NhrpAuthenticationIsKey(Rule):
    """NHRP authentication travels and is stored in the clear, so a pre-shared key of the same value
    is public.
    """

    id = "nhrp-authentication-is-psk"
    fix = "give NHRP a word of its own"
    source = "Cisco, IP Addressing command reference, ip nhrp authentication (clear text)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare the references and, where they can be resolved, the values."""
        reference = cloud.intent.nhrp.authentication
        if not reference:
            return
        value = cloud.secret(reference)
        common = getattr(cloud.intent.crypto, "pre_shared_key", None)
        keys: list[tuple[Place, str | None]] = [(("crypto", "pre_shared_key"), common)]
        for name, spoke in cloud.intent.spokes.items():
            if spoke.pre_shared_key:
                keys.append((("spokes", name, "pre_shared_key"), spoke.pre_shared_key))
        for at, key in keys:
            if key and (key == reference or (value and cloud.secret(key) == value)):
                yield Breach(
                    at, "the pre-shared key is the NHRP authentication, which is no secret"
                )


class NhrpAuthenticationClear(Rule):
    """NHRP authentication only keeps clouds apart that meet by mistake; it protects nothing."""

    id = "nhrp-authentication-clear-text"
    severity = INFO
    fix = "protect the cloud with IPsec, and do not reuse the word"
    source = "Cisco, IP Addressing command reference, ip nhrp authentication (clear text)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Remark it where there is no IPsec to protect the cloud."""
        if cloud.intent.nhrp.authentication and isinstance(cloud.intent.crypto, NoCrypto):
            at = ("nhrp", "authentication")
            yield Breach(at, "NHRP authentication crosses an unprotected network in the clear")


class HoldtimeRegistration(Rule):
    """A registration that is lost must be repeated before the hub forgets the spoke."""

    id = "nhrp-holdtime-registration"
    severity = WARNING
    fix = "make nhrp.holdtime at least three times nhrp.registration_timeout"
    source = "RFC 2332 section 5.2.3; IOS registers every third of the holdtime"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare the two times."""
        nhrp = cloud.intent.nhrp
        timeout = nhrp.registration_timeout
        if timeout is None or nhrp.holdtime >= 3 * timeout:
            return
        message = f"registrations every {timeout} s with a holdtime of {nhrp.holdtime} s"
        severe = ERROR if timeout >= nhrp.holdtime else None
        yield Breach(("nhrp", "registration_timeout"), message, severe)


class HoldtimeDynamic(Rule):
    """A spoke that changes its address stays known under the old one until the holdtime ends."""

    id = "nhrp-holdtime-dynamic"
    severity = WARNING
    fix = "lower nhrp.holdtime to 600 or less"
    source = "RFC 2332 section 5.2.3"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for long holdtimes where a spoke is dynamic."""
        holdtime = cloud.intent.nhrp.holdtime
        if holdtime > _LONG_HOLDTIME and _dynamic(cloud):
            at = ("nhrp", "holdtime")
            yield Breach(at, f"holdtime {holdtime} s with spokes of dynamic address")


class UniqueDynamic(Rule):
    """With unique registrations (the default up to 15.5) the hub refuses a spoke's new address
    until the old entry expires.
    """

    id = "nhrp-unique-dynamic"
    severity = WARNING
    fix = "leave nhrp.no_unique: true"
    source = "Cisco, IP Addressing command reference, ip nhrp registration"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for dynamic spokes without no-unique."""
        if not cloud.intent.nhrp.no_unique and _dynamic(cloud):
            at = ("nhrp", "no_unique")
            yield Breach(at, "spokes of dynamic address register as unique")


def _dynamic(cloud: View) -> bool:
    return any(spoke.nbma == "dynamic" for spoke in cloud.intent.spokes.values())


class IpMtu(Rule):
    """An IP MTU other than 1400 (1380 over IPv6) either fragments after encryption or wastes room;
    the TCP segment is 40 bytes less, that of IPv6 60.

    Where nothing is encrypted, GRE alone leaves up to 1476 (1456 over IPv6), 4 less with a key.
    """

    id = "ip-mtu-mss"
    severity = WARNING
    fix = "leave ip_mtu, ipv6_mtu and tcp_mss out, unless the path was measured"
    source = "Cisco, Dynamic Multipoint VPN; measured: 1400 passes GRE, ESP and NAT traversal"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare with the usual values."""
        tunnel, labels = cloud.intent.tunnel, cloud.intent.mpls is not None
        usual = _USUAL_MTU[transport(cloud.intent)] - (_LABEL if labels else 0)
        most = usual
        if isinstance(cloud.intent.crypto, NoCrypto):
            most = _PLAIN_MTU[transport(cloud.intent)] - (0 if tunnel.key is None else _KEY)
        for key, given in (("ip_mtu", tunnel.ip_mtu), ("ipv6_mtu", tunnel.ipv6_mtu)):
            if given is None or usual <= given <= most:
                continue
            if not (labels and given > usual):
                said = key.replace("_", " ")
                yield Breach(("tunnel", key), f"{said} is {given}, not {usual}")
        for key, mss, size, header in _segments(cloud):
            at = ("tunnel", key)
            if mss == "off":
                yield Breach(at, "TCP segments are not adjusted to the tunnel")
            elif mss is not None and mss != size - header:
                worse = ERROR if mss > size - header else None
                of = "ipv6_mtu" if "ipv6" in key else "ip_mtu"
                message = f"{key} is {mss}, but {of} - {header} is {size - header}"
                yield Breach(at, message, worse)


def _segments(cloud: View) -> Iterator[tuple[str, int | Literal["off"] | None, int, int]]:
    """Yield (key, segment size that is given, MTU, headers) of each family of the overlay."""
    tunnel = cloud.intent.tunnel
    given = {
        "ipv4": ("tcp_mss", tunnel.tcp_mss),
        "ipv6": ("ipv6_tcp_mss", tunnel.ipv6_tcp_mss),
    }
    for family in families(cloud.intent):
        yield *given[family], mtu(cloud.intent, family), _TCP_AND_IP[family]


class DefaultMss(Rule):
    """IOS takes a segment size from 500 to 1460 only, so a large MTU needs it said."""

    id = "tcp-mss-range"
    fix = "set tunnel.tcp_mss (500 to 1460, or off)"
    source = "Cisco, command reference, ip tcp adjust-mss"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look at the segment size that follows from the MTU."""
        for key, mss, size, header in _segments(cloud):
            if mss is None and not 500 <= size - header <= 1460:
                if cloud.intent.tunnel.tcp_mss == "off":
                    continue
                own = "ipv6" in key and cloud.intent.tunnel.ipv6_mtu
                named = "ipv6_mtu" if own else "ip_mtu"
                message = f"{named} {size} makes a TCP segment of {size - header} bytes"
                yield Breach(("tunnel", named), message)


class DefaultBandwidth(Rule):
    """A tunnel has 100 kbit/s by default: EIGRP paces itself to half of it, OSPF makes a cost of
    1000 from it, QoS takes percentages of it.
    """

    id = "tunnel-bandwidth-default"
    severity = WARNING
    fix = "set tunnel.bandwidth, or `bandwidth` at groups and routers"
    source = "measured: BW 100 Kbit/sec, DLY 50000 usec"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for routers without a bandwidth, where something reckons with it."""
        overlay = cloud.intent.overlay
        reckons = isinstance(overlay, EigrpClassic | EigrpNamed | Ospf) or cloud.intent.qos
        without = [r.name for r in cloud.design.routers if r.tunnel.bandwidth is None]
        if without:
            more = f" and {len(without) - 1} more" if len(without) > 1 else ""
            message = f"{without[0]}{more} leave the tunnel's bandwidth at 100 kbit/s"
            yield Breach(("tunnel",), message, None if reckons else INFO)


class KeepaliveUse(Rule):
    """GRE keepalives work on plain point-to-point tunnels alone; on others the line goes down."""

    id = "gre-keepalive"
    fix = "take tunnel.keepalive out; DPD and NHRP find a dead peer"
    source = "Cisco, GRE Tunnel Keepalives; found in 12 public configurations, where it cannot work"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Refuse keepalives in every DMVPN, as its hubs are multipoint, and with protection."""
        if not cloud.intent.tunnel.keepalive:
            return
        at = ("tunnel", "keepalive")
        if not isinstance(cloud.intent.crypto, NoCrypto):
            yield Breach(at, "keepalive with tunnel protection is not supported")
        elif cloud.intent.phase != 0:
            yield Breach(at, "keepalive on a multipoint tunnel is not supported")
        elif cloud.intent.transport.front_vrf != cloud.intent.transport.inside_vrf:
            yield Breach(at, "keepalives come back in the front-door VRF, where nobody waits")


class IfState(Rule):
    """Without if-state nhrp a spoke's tunnel stays up when no hub answers, so routes that float
    behind a static one never take over.
    """

    id = "if-state-static"
    severity = WARNING
    fix = "set tunnel.if_state_nhrp: true"
    source = "measured: up/up in every state of IKE and NHRP"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for static routing without it; on-demand routes age with CDP."""
        static = isinstance(cloud.intent.overlay, Static) and cloud.intent.phase != 0
        if static and not cloud.intent.tunnel.if_state_nhrp:
            yield Breach(("tunnel",), "static routes stay although no hub answers")


class Bfd(Rule):
    """BFD needs the timers on the interface and a protocol that listens."""

    id = "bfd-half"
    fix = "set both tunnel.bfd and overlay.bfd, or neither"
    source = "RFC 5882"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare the two."""
        timers = cloud.intent.tunnel.bfd is not None
        wanted = bool(getattr(cloud.intent.overlay, "bfd", False))
        if wanted and not timers:
            yield Breach(("overlay", "bfd"), "the overlay follows BFD, but the tunnel has none")
        if timers and not wanted:
            yield Breach(
                ("tunnel", "bfd"), "the tunnel has BFD, but no protocol follows it", WARNING
            )


class QosGroup(Rule):
    """A spoke's NHRP group without a policy on the hub is ignored without a word, and so is one
    that is spelled in another way.
    """

    id = "qos-group-unknown"
    fix = "add the group under qos.groups, with the hub's policy map"
    source = "Cisco, Per-Tunnel QoS for DMVPN"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look up the group of each spoke."""
        known = cloud.intent.qos.groups if cloud.intent.qos else {}
        for router in cloud.design.spokes:
            group = router.tunnel.nhrp.group
            if group and group not in known:
                at = ("spokes", router.name, "qos_group")
                message = f"{router.name}: no hub has a policy for the group {group!r}"
                yield Breach(at, message + meant(group, known))


class UnusedQosGroup(Rule):
    """A policy for a group that no spoke names is never applied."""

    id = "qos-group-unused"
    severity = INFO
    fix = "set qos_group at the spokes it is for"
    source = "Cisco, Per-Tunnel QoS for DMVPN"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for groups without spokes."""
        used = {router.tunnel.nhrp.group for router in cloud.design.spokes}
        for group in cloud.intent.qos.groups if cloud.intent.qos else ():
            if group not in used:
                yield Breach(("qos", "groups", group), f"no spoke names the group {group!r}")


RULES: tuple[type[Rule], ...] = (
    NhrpAuthenticationForm,
    NhrpAuthenticationIsKey,
    NhrpAuthenticationClear,
    HoldtimeRegistration,
    HoldtimeDynamic,
    UniqueDynamic,
    IpMtu,
    DefaultMss,
    DefaultBandwidth,
    KeepaliveUse,
    IfState,
    Bfd,
    QosGroup,
    UnusedQosGroup,
)
