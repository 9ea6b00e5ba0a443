"""Rules about EIGRP and OSPF in the tunnel."""

from __future__ import annotations

from collections.abc import Iterator

from dmvpn_auto.design.facts import told
from dmvpn_auto.design.rules.base import ERROR, WARNING, Breach, Rule, View
from dmvpn_auto.design.types import Ospf as OspfDesign
from dmvpn_auto.models.overlay import EigrpClassic, EigrpNamed, Ospf

_MANY_IN_AREA = 300


class PhaseTwoNextHop(Rule):
    """In Phase 2 the hub must leave the next hop alone, else all traffic goes through it."""

    id = "phase2-next-hop-self"
    fix = "set overlay.next_hop_self: false, or leave it out"
    source = "Cisco, Dynamic Multipoint VPN, EIGRP next hop"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look at EIGRP, where it can be set."""
        overlay = cloud.intent.overlay
        if not isinstance(overlay, EigrpClassic | EigrpNamed):
            return
        if cloud.intent.phase == 2 and overlay.next_hop_self:
            yield Breach(("overlay", "next_hop_self"), "the hub puts itself as next hop in Phase 2")


class PhaseThreeNextHop(Rule):
    """In Phase 3 shortcuts make the direct path; keeping next hops as well mixes two mechanisms."""

    id = "phase3-next-hop-kept"
    severity = WARNING
    fix = "leave overlay.next_hop_self out"
    source = "Cisco, Shortcut Switching Enhancements for NHRP"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look at EIGRP, where it can be set."""
        overlay = cloud.intent.overlay
        if not isinstance(overlay, EigrpClassic | EigrpNamed):
            return
        if cloud.intent.phase != 2 and overlay.next_hop_self is False:
            at = ("overlay", "next_hop_self")
            yield Breach(at, f"the hub keeps next hops in Phase {cloud.intent.phase}")


class SplitHorizon(Rule):
    """A hub with split horizon does not tell spokes what it learned through the same tunnel, that
    is from other spokes.
    """

    id = "eigrp-split-horizon"
    fix = "set overlay.split_horizon: false"
    source = "RFC 7868 section 5.1; Cisco, Dynamic Multipoint VPN"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for split horizon where spokes need each other's prefixes."""
        overlay = cloud.intent.overlay
        if not isinstance(overlay, EigrpClassic | EigrpNamed):
            return
        if not overlay.split_horizon or cloud.intent.phase == 0:
            return
        at = ("overlay", "split_horizon")
        regional = [name for name, hub in cloud.intent.hubs.items() if hub.upstream]
        if told(cloud.intent) == "specific":
            yield Breach(at, "the hub has split horizon on, so spokes do not learn of each other")
        elif regional:
            what = "does not hand on what the hubs above tell it"
            yield Breach(at, f"regional hub {regional[0]} has split horizon on, so it {what}")


class DiscardRoute(Rule):
    """A hub that tells a default by a summary of everything discards (distance 5) what it has no
    prefix for: a default that it learns from a routing protocol never takes effect.
    """

    id = "eigrp-default-discard"
    severity = WARNING
    fix = "tell spokes a summary of the sites, or give hubs a static default route and waive this"
    source = "Cisco, IP Routing: EIGRP, ip summary-address eigrp: floating summary routes"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for a default by EIGRP, unless the hub's own is the static one of the WAN."""
        overlay, transport = cloud.intent.overlay, cloud.intent.transport
        if not isinstance(overlay, EigrpClassic | EigrpNamed) or told(cloud.intent) != "default":
            return
        ours = cloud.intent.hubs.values()
        static = transport.manage and transport.provider is None and not transport.front_vrf
        if not (static and transport.inside_vrf is None and all(h.wan for h in ours)):
            at = ("overlay", "to_spokes")
            yield Breach(at, "hubs have a default route to Null0 that beats one they learn")


class HubsSummary(Rule):
    """EIGRP summarises per interface, so that hubs in one tunnel tell each other the summary too,
    and discard what they do not know: the other's LAN, a spoke that lost one of them.
    """

    id = "eigrp-hubs-summary"
    severity = WARNING
    fix = "connect the hubs outside the cloud and waive this, use two clouds, or overlay ibgp"
    source = "RFC 7868; Cisco, IP Routing: EIGRP, ip summary-address eigrp: discard route"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for several hubs on the top level that tell a summary or a default."""
        overlay = cloud.intent.overlay
        if not isinstance(overlay, EigrpClassic | EigrpNamed) or told(cloud.intent) == "specific":
            return
        top = [name for name, hub in cloud.intent.hubs.items() if not hub.upstream]
        if len(top) > 1:
            message = f"{top[0]} and {top[1]} tell each other the {told(cloud.intent)} alone"
            yield Breach(("overlay",), message)


class NotStub(Rule):
    """A spoke that is no stub is asked about every lost route, and hubs wait for all answers."""

    id = "eigrp-not-stub"
    severity = WARNING
    fix = "set overlay.stub: true"
    source = "Cisco, EIGRP Stub Routing"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for stub: false."""
        overlay = cloud.intent.overlay
        if isinstance(overlay, EigrpClassic | EigrpNamed) and not overlay.stub:
            yield Breach(("overlay", "stub"), "spokes are no EIGRP stubs")


class EigrpTimers(Rule):
    """A hold time below three hellos takes a neighbor for dead after a lost packet or two."""

    id = "eigrp-timers"
    severity = WARNING
    fix = "make overlay.hold three times overlay.hello"
    source = "RFC 7868 section 5.3.1"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare the two."""
        overlay = cloud.intent.overlay
        if not isinstance(overlay, EigrpClassic | EigrpNamed):
            return
        if overlay.hold < 3 * overlay.hello:
            severe = ERROR if overlay.hold <= overlay.hello else None
            message = f"hello {overlay.hello} s, hold {overlay.hold} s"
            yield Breach(("overlay", "hold"), message, severe)


class OspfTypePhase(Rule):
    """Point-to-multipoint makes the hub the next hop of everything, so Phase 2 spokes never talk
    directly.
    """

    id = "ospf-phase2-type"
    fix = "set overlay.network_type: broadcast (or non-broadcast), or phase: 3"
    source = "RFC 2328 section 2.1.2 (the next hop on point-to-multipoint is the neighbor)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for point-to-multipoint in Phase 2."""
        overlay = cloud.intent.overlay
        if not isinstance(overlay, Ospf) or cloud.intent.phase != 2:
            return
        if overlay.network_type == "point-to-multipoint":
            yield Breach(("overlay", "network_type"), "OSPF point-to-multipoint in Phase 2")


class OspfPointToPoint(Rule):
    """A multipoint tunnel of type point-to-point has one adjacency, for which spokes compete."""

    id = "ospf-point-to-point"
    fix = "set overlay.network_type: point-to-multipoint"
    source = "RFC 2328 section 9; expert knowledge: the default type of multipoint GRE"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for point-to-point with more than one spoke."""
        overlay = cloud.intent.overlay
        if not isinstance(overlay, Ospf) or overlay.network_type != "point-to-point":
            return
        if len(cloud.design.routers) > 2:
            at = ("overlay", "network_type")
            yield Breach(at, f"type point-to-point with {len(cloud.intent.spokes)} spokes")


class OspfElection(Rule):
    """In Phase 1 spokes see the hub alone, which an election among all cannot express."""

    id = "ospf-phase1-type"
    fix = "set overlay.network_type: point-to-multipoint"
    source = "RFC 2328 section 9.4"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for broadcast types in Phase 1."""
        overlay = cloud.intent.overlay
        if not isinstance(overlay, Ospf) or cloud.intent.phase != 1:
            return
        if overlay.network_type in ("broadcast", "non-broadcast"):
            yield Breach(("overlay", "network_type"), f"OSPF {overlay.network_type} in Phase 1")


class OspfDesignated(Rule):
    """Designated and backup router must be hubs; a third hub is none of both and reaches others
    through them.
    """

    id = "ospf-many-hubs-broadcast"
    severity = WARNING
    fix = "use two hubs, or network_type: point-to-multipoint with Phase 3"
    source = "RFC 2328 section 9.4"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Count hubs of broadcast clouds."""
        overlay = cloud.intent.overlay
        broadcast = isinstance(overlay, Ospf) and overlay.network_type in (
            "broadcast",
            "non-broadcast",
        )
        if broadcast and len(cloud.intent.hubs) > 2:
            yield Breach(("hubs",), f"{len(cloud.intent.hubs)} hubs in an OSPF broadcast network")


class OspfTimers(Rule):
    """A dead interval that is not above the hello interval tears every adjacency down."""

    id = "ospf-timers"
    fix = "make overlay.dead four times overlay.hello"
    source = "RFC 2328 section 9.3"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare the two."""
        overlay = cloud.intent.overlay
        if not isinstance(overlay, Ospf):
            return
        if overlay.dead < 2 * overlay.hello:
            severe = ERROR if overlay.dead <= overlay.hello else WARNING
            message = f"hello {overlay.hello} s, dead {overlay.dead} s"
            yield Breach(("overlay", "dead"), message, severe)


class OspfSummary(Rule):
    """Within an area every router has every prefix; OSPF summarises between areas only.

    Summaries of an OSPF cloud are told to the backbone, by hubs whose tunnels are in another area.
    """

    id = "ospf-summary"
    fix = "use area_type: totally-stub with to_spokes: default, or BGP or EIGRP for summaries"
    source = "RFC 2328 section 12.4.3"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for a summary towards spokes, which are in the tunnel's area."""
        overlay = cloud.intent.overlay
        if not isinstance(overlay, Ospf):
            return
        if told(cloud.intent) == "summary":
            at = ("overlay", "to_spokes")
            yield Breach(at, "OSPF cannot tell spokes a summary of their own area")
        if overlay.summaries and overlay.area == 0:
            at = ("overlay", "summaries")
            yield Breach(at, "the tunnels are in area 0, so there is no border to summarise at")


class OspfArea(Rule):
    """The backbone cannot be a stub, and an area borders on the backbone alone."""

    id = "ospf-area-type"
    fix = "give the tunnels an area other than 0, or area_type: normal"
    source = "RFC 2328 section 3.6"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare area and type."""
        overlay = cloud.intent.overlay
        if not isinstance(overlay, Ospf):
            return
        if overlay.area != 0 and overlay.lan_area not in (None, overlay.area):
            message = f"spokes in area {overlay.area} cannot border on area {overlay.lan_area}"
            yield Breach(("overlay", "lan_area"), message)
        if overlay.area_type != "normal":
            if overlay.area == 0:
                yield Breach(("overlay", "area_type"), f"area 0 cannot be {overlay.area_type}")
            for name, hub in cloud.intent.hubs.items():
                if not hub.lan and not hub.upstream:
                    message = f"{name} has no prefix in area 0, so it is no area border router"
                    yield Breach(("hubs", name), message, WARNING)
            if overlay.area_type == "nssa" and told(cloud.intent) == "default":
                at = ("overlay", "area_type")
                yield Breach(at, "an nssa has no default route; use totally-nssa", WARNING)


class OspfBackbones(Rule):
    """Hubs that have a piece of area 0 each and are joined through another area alone do not learn
    of what is behind one another.

    With the tunnels in an area of their own, a hub's prefixes are in area 0, and a router with an
    interface in area 0 believes what borders on other areas say in area 0 only.
    """

    id = "ospf-backbone-parted"
    severity = WARNING
    fix = "put the tunnels into area 0, or join the hubs in area 0 outside the cloud and waive this"
    source = "RFC 2328 sections 3.2 and 16.2; RFC 3509 section 2.2"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for two hubs with prefixes in area 0 while the tunnels are in another."""
        overlay = cloud.intent.overlay
        if not isinstance(overlay, Ospf) or overlay.area == 0:
            return
        of_ours = {
            router.name
            for router in cloud.design.hubs
            for one in router.overlays
            if isinstance(one, OspfDesign) and any(network.area == 0 for network in one.networks)
        }
        ours = [name for name in cloud.intent.hubs if name in of_ours]
        if len(ours) > 1:
            message = f"{ours[0]} and {ours[1]} have parts of area 0 that nothing joins"
            yield Breach(("overlay", "area"), message)


class OspfLarge(Rule):
    """All spokes of an area see each other's link states; each flap is computed by all."""

    id = "ospf-large-area"
    severity = WARNING
    fix = "use BGP or EIGRP, or several clouds with an area each"
    source = "expert knowledge: 200 to 300 spokes per area"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Count the spokes."""
        if isinstance(cloud.intent.overlay, Ospf) and len(cloud.intent.spokes) > _MANY_IN_AREA:
            yield Breach(("overlay", "kind"), f"OSPF with {len(cloud.intent.spokes)} spokes")


RULES: tuple[type[Rule], ...] = (
    PhaseTwoNextHop,
    PhaseThreeNextHop,
    SplitHorizon,
    DiscardRoute,
    HubsSummary,
    NotStub,
    EigrpTimers,
    OspfTypePhase,
    OspfPointToPoint,
    OspfElection,
    OspfDesignated,
    OspfTimers,
    OspfSummary,
    OspfArea,
    OspfBackbones,
    OspfLarge,
)
