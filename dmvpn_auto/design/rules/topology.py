"""Rules about who registers with whom, groups, sites and names."""

from __future__ import annotations

from collections.abc import Iterator

from dmvpn_auto.design.facts import told
from dmvpn_auto.design.rules.base import INFO, WARNING, Breach, Place, Rule, View, meant
from dmvpn_auto.design.types import Network
from dmvpn_auto.models import Hub, Spoke


def members(cloud: View) -> Iterator[tuple[str, str, Hub | Spoke]]:
    """Yield (section, name, router) of all hubs and spokes."""
    for name, hub in cloud.intent.hubs.items():
        yield "hubs", name, hub
    for name, spoke in cloud.intent.spokes.items():
        yield "spokes", name, spoke


class NameTwice(Rule):
    """A router is hub or spoke of a cloud, not both: it has one tunnel in it."""

    id = "router-name-duplicate"
    fix = "give one of them another name; a regional hub is a hub with `upstream`"
    source = "one tunnel interface per cloud"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare hub and spoke names, without regard to case (they become file names)."""
        seen: dict[str, str] = {}
        for section, name, _ in members(cloud):
            first = seen.setdefault(name.lower(), name)
            if first is not name:
                yield Breach((section, name), f"{name!r} is there already (as {first!r})")


class UnknownHub(Rule):
    """A spoke that registers with a router which is no hub stays in state NHRP for ever."""

    id = "nhs-unknown"
    fix = "name routers that stand under `hubs`"
    source = "measured: the hub answers with an NHRP error indication (Encap Error)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look up every name in `hubs` and `upstream`."""
        hubs = cloud.intent.hubs
        for section, name, router in members(cloud):
            key = "upstream" if isinstance(router, Hub) else "hubs"
            wanted = router.upstream if isinstance(router, Hub) else router.hubs
            for other in wanted:
                if other not in hubs:
                    message = f"{name}: there is no hub {other!r}{meant(other, hubs)}"
                    yield Breach((section, name, key), message)
                elif other == name:
                    yield Breach((section, name, key), f"{name} cannot register with itself")


class UnknownGroup(Rule):
    """A group or site without values is most often a misspelt one."""

    id = "group-unknown"
    fix = "correct the name, or add it under `groups` (`sites`)"
    source = "intent"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look up groups always, sites as soon as one site has values."""
        groups, sites = cloud.intent.groups, cloud.intent.sites
        for section, name, router in members(cloud):
            if router.group and router.group not in groups:
                message = f"{name}: no group {router.group!r}{meant(router.group, groups)}"
                yield Breach((section, name, "group"), message)
            if sites and router.site and router.site not in sites:
                message = f"{name}: no site {router.site!r}{meant(router.site, sites)}"
                yield Breach((section, name, "site"), message)


class NoSource(Rule):
    """A tunnel without a source is down, and IOS does not say why."""

    id = "tunnel-source-missing"
    fix = "set transport.source, or `source` at the router, its site or group"
    source = "IOS: tunnel source"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for routers whose source nobody names."""
        places = {name: section for section, name, _ in members(cloud)}
        for router in cloud.design.routers:
            if not router.tunnel.source_interface:
                at = (places[router.name], router.name)
                yield Breach(at, f"{router.name} has no tunnel source")


class TunnelSource(Rule):
    """A tunnel that starts at a tunnel of the cloud would carry itself."""

    id = "tunnel-source-is-tunnel"
    fix = "name the WAN interface or a loopback"
    source = "recursive routing"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for sources that are the cloud's own tunnel interface."""
        own = cloud.intent.tunnel.interface
        places = {name: section for section, name, _ in members(cloud)}
        for router in cloud.design.routers:
            if router.tunnel.source_interface == own:
                at = (places[router.name], router.name, "source")
                yield Breach(at, f"{router.name}: {own} cannot be its own source")


class PhaseOneHubs(Rule):
    """A Phase 1 spoke has a point-to-point tunnel, which ends at one hub."""

    id = "phase1-one-hub"
    fix = "name one hub per spoke (`hubs: [NAME]`), use two clouds for two, or Phase 3"
    source = "Cisco, Dynamic Multipoint VPN, Phase 1"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Count the hubs of each spoke in Phase 1."""
        if cloud.intent.phase != 1:
            return
        for router in cloud.design.spokes:
            if len(router.tunnel.nhrp.nhs) > 1:
                hubs = ", ".join(nhs.hub for nhs in router.tunnel.nhrp.nhs)
                at = ("spokes", router.name, "hubs")
                yield Breach(at, f"{router.name} has one tunnel destination but hubs {hubs}")


class PlainTunnel(Rule):
    """A plain GRE tunnel has two ends whose addresses are known; more routers need NHRP."""

    id = "point-to-point-ends"
    fix = "have one hub and one spoke, both with a static nbma, or use phase: 1"
    source = "RFC 2784"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Count the ends of a plain tunnel, and look at their addresses."""
        intent = cloud.intent
        if intent.phase != 0:
            return
        for section, routers in (("hubs", intent.hubs), ("spokes", intent.spokes)):
            if len(routers) != 1:
                yield Breach((section,), f"a plain tunnel with {len(routers)} {section}")
        for name, spoke in intent.spokes.items():
            if spoke.nbma == "dynamic":
                message = f"the hub does not know where {name} is"
                yield Breach(("spokes", name, "nbma"), message)
        if intent.nhrp.authentication:
            message = "a plain tunnel has no NHRP to authenticate"
            yield Breach(("nhrp", "authentication"), message, WARNING)


class HierarchyPhase(Rule):
    """Hubs under hubs need shortcuts across levels, which only Phase 3 has.

    In Phase 2 a hub answers from its own cache only; with hubs in a chain, spokes of different
    hubs never resolve each other. In Phase 1 there is nothing to resolve.
    """

    id = "hierarchy-phase"
    fix = "use phase: 3, or put all hubs on one level"
    source = "Cisco, Shortcut Switching Enhancements for NHRP"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for `upstream` outside Phase 3."""
        if cloud.intent.phase == 3:
            return
        for name, hub in cloud.intent.hubs.items():
            if hub.upstream:
                message = f"{name} is a regional hub, but the cloud is Phase {cloud.intent.phase}"
                yield Breach(("hubs", name, "upstream"), message)


_CARRIES_LEVELS = ("ibgp", "ebgp", "eigrp", "eigrp-named", "ospf")
_NOT_OVER_LEVELS = {
    "static": "no route goes away when the hub behind it does, on any level",
    "rip": "with split horizon off, hubs that lose a route count to infinity between the levels",
    "odr": "hubs exchange nothing, so that a region learns of no other",
}


class HierarchyOverlay(Rule):
    """Hubs on two levels exchange routes by a protocol that carries them over both.

    iBGP reflects them, eBGP passes them on between an AS per region, EIGRP and OSPF
    (point-to-multipoint) carry them as on any other path. Static routes, RIP and ODR do not.
    """

    id = "hierarchy-overlay"
    fix = "use ibgp, ebgp, eigrp, eigrp-named or ospf (point-to-multipoint)"
    source = "Cisco, Shortcut Switching Enhancements for NHRP"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look at the protocol where a hub has `upstream`."""
        overlay = cloud.intent.overlay
        kind = getattr(overlay, "network_type", "point-to-multipoint")
        if overlay.kind in _CARRIES_LEVELS and kind == "point-to-multipoint":
            return
        why = _NOT_OVER_LEVELS.get(
            overlay.kind, f"on an OSPF {kind} network all routers must reach the designated one"
        )
        for name, hub in cloud.intent.hubs.items():
            if hub.upstream:
                message = f"{name} is a regional hub, and the overlay is {overlay.kind}: {why}"
                yield Breach(("hubs", name, "upstream"), message)


class HierarchyTwins(Rule):
    """A hub that tells a summary drops what the summary covers and it does not know; two hubs of
    one region that tell the same one drop traffic to what only the other knows.
    """

    id = "hierarchy-twins"
    fix = "register all spokes of the region with both hubs, and keep hub LANs out of the summary"
    source = "routing: a summary installs a route to Null0; regional hubs have no session"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for LANs inside the summary of a twin that has no route to them."""
        if told(cloud.intent) != "summary":
            return
        hubs = cloud.intent.hubs
        regional = [name for name, hub in hubs.items() if hub.upstream]
        told_by = {name: _summaries(cloud, hubs[name]) for name in regional}
        for name in regional:
            twins = [
                other
                for other in regional
                if other != name and _meet(told_by[name], told_by[other])
            ]
            if not twins:
                continue
            at: Place = ("hubs", name, "lan")
            for twin in twins:
                if lan := _inside([lan.prefix for lan in hubs[name].lan], told_by[twin]):
                    yield Breach(at, f"{lan} of {name} is unknown to {twin}, which summarises it")
            for spoke_name, spoke in cloud.intent.spokes.items():
                missing = [twin for twin in twins if name in spoke.hubs and twin not in spoke.hubs]
                lan = (
                    _inside([lan.prefix for lan in spoke.lan], told_by[missing[0]])
                    if missing
                    else None
                )
                if lan:
                    at = ("spokes", spoke_name, "hubs")
                    message = f"{lan} of {spoke_name} is unknown to {missing[0]}"
                    yield Breach(at, f"{message}, which summarises it")


def _summaries(cloud: View, hub: Hub) -> tuple[Network, ...]:
    return cloud.intent.overlay.summaries if hub.summaries is None else hub.summaries


def _meet(one: tuple[Network, ...], two: tuple[Network, ...]) -> bool:
    return any(_overlap(a, b) for a in one for b in two)


def _overlap(one: Network, two: Network) -> bool:
    return one.version == two.version and (one.network_address in two or two.network_address in one)


def _inside(prefixes: list[Network], summaries: tuple[Network, ...]) -> Network | None:
    return next((p for p in prefixes for s in summaries if _overlap(p, s)), None)


class HierarchyLoop(Rule):
    """Hubs that are above each other send registrations and routes round in a circle."""

    id = "hierarchy-loop"
    fix = "let `upstream` lead to a top hub that has none"
    source = "Cisco, Shortcut Switching Enhancements for NHRP"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Climb from every hub and look for itself."""
        hubs = cloud.intent.hubs
        for name in hubs:
            above, todo = set[str](), list(hubs[name].upstream)
            while todo:
                other = todo.pop()
                if other in hubs and other not in above:
                    above.add(other)
                    todo += hubs[other].upstream
            if name in above:
                yield Breach(("hubs", name, "upstream"), f"{name} is above itself")


class HierarchySpokes(Rule):
    """With hubs on two levels a spoke must say which are its own, or it registers with all."""

    id = "hierarchy-spoke-hubs"
    fix = "name the regional hubs of the spoke: `hubs: [NAME]`"
    source = "Cisco, Shortcut Switching Enhancements for NHRP"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for spokes without `hubs` where a hub has `upstream`."""
        if not any(hub.upstream for hub in cloud.intent.hubs.values()):
            return
        for name, spoke in cloud.intent.spokes.items():
            if not spoke.hubs:
                yield Breach(("spokes", name), f"{name} does not say which of the hubs are its own")


class ManyClusterConnections(Rule):
    """A limit on the hubs of a cluster above their number limits nothing."""

    id = "nhs-cluster-limit"
    severity = WARNING
    fix = "lower nhrp.cluster_max_connections, or leave it out"
    source = "Cisco, DMVPN tunnel health monitoring and recovery"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare the limit with the largest cluster."""
        most = cloud.intent.nhrp.cluster_max_connections
        if most is None:
            return
        clusters = [hub.cluster or 0 for hub in cloud.intent.hubs.values()]
        largest = max(clusters.count(number) for number in clusters)
        if most > largest:
            at = ("nhrp", "cluster_max_connections")
            yield Breach(at, f"{most} hubs at a time, but no cluster has more than {largest}")


class NoSpokes(Rule):
    """A cloud without spokes connects nobody."""

    id = "no-spokes"
    severity = INFO
    fix = "add routers under `spokes`, or name a table in spokes_from"
    source = "intent"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Count the spokes."""
        if not cloud.intent.spokes:
            yield Breach(("hubs",), "the cloud has no spokes yet")


class UnknownWaiver(Rule):
    """A waiver of a rule or about a router that does not exist waives nothing, and hides a typo."""

    id = "waiver-unknown"
    severity = WARNING
    fix = "take the name from the brackets behind a finding"
    source = "intent"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look up the waived rules."""
        from dmvpn_auto.design.rules import all_rules

        known = {rule.id for rule in all_rules()}
        for name in cloud.intent.waive:
            if name not in known:
                message = f"there is no rule {name!r} to waive{meant(name, known)}"
                yield Breach(("waive", name), message)
        routers = {router.name for router in cloud.design.routers}
        for number, waiver in enumerate(cloud.intent.waive_checks):
            for key in ("device", "peer"):
                name = getattr(waiver, key)
                if name is not None and name not in routers:
                    at = ("waive_checks", number, key)
                    message = f"check {waiver.check!r} is waived for unknown {name!r}"
                    yield Breach(at, message + meant(name, routers))


RULES: tuple[type[Rule], ...] = (
    NameTwice,
    UnknownHub,
    UnknownGroup,
    NoSource,
    TunnelSource,
    PhaseOneHubs,
    PlainTunnel,
    HierarchyPhase,
    HierarchyOverlay,
    HierarchyTwins,
    HierarchyLoop,
    HierarchySpokes,
    ManyClusterConnections,
    NoSpokes,
    UnknownWaiver,
)
