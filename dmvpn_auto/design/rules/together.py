"""Rules between clouds: two tunnels on one router must not be taken for each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from dmvpn_auto.design.rules.addressing import section
from dmvpn_auto.design.rules.base import Breach, JointRule
from dmvpn_auto.design.types import (
    CloudDesign,
    EbgpHub,
    EbgpSpoke,
    Eigrp,
    IbgpClient,
    IbgpReflector,
    Odr,
    Ospf,
    Ospfv3,
    ProviderBgp,
    Rip,
    RouterDesign,
    Static,
)


def _common(cloud: CloudDesign, other: CloudDesign) -> Iterator[tuple[RouterDesign, RouterDesign]]:
    there = {router.name: router for router in other.routers}
    return ((router, there[router.name]) for router in cloud.routers if router.name in there)


class SameInterface(JointRule):
    """Two clouds with one tunnel interface on a router overwrite each other's configuration."""

    id = "tunnel-interface-taken"
    fix = "give this cloud another tunnel.interface, such as Tunnel1"
    source = "IOS: an interface has one configuration"

    def judge(self, cloud: CloudDesign, other: CloudDesign) -> Iterator[Breach]:
        """Compare the interface names of routers in both clouds."""
        for mine, theirs in _common(cloud, other):
            if mine.tunnel.interface == theirs.tunnel.interface:
                yield Breach(
                    ("tunnel", "interface"),
                    f"{mine.name} has {mine.tunnel.interface} in cloud {other.name} as well",
                )
                return


class OverlappingSubnets(JointRule):
    """IOS refuses an interface whose subnet overlaps that of another one."""

    id = "tunnel-subnets-overlap"
    fix = "give the clouds separate tunnel subnets"
    source = 'measured: IOS answers "% 10.0.0.0 overlaps with Tunnel1"'

    def judge(self, cloud: CloudDesign, other: CloudDesign) -> Iterator[Breach]:
        """Compare the tunnel subnets of clouds that share a router."""
        for mine, theirs in _common(cloud, other):
            separate = mine.tunnel.inside_vrf != theirs.tunnel.inside_vrf
            for one, two in product(cloud.tunnel_subnets, other.tunnel_subnets):
                if not separate and one.version == two.version and one.overlaps(two):
                    yield Breach(
                        ("tunnel", "subnet" if one.version == 4 else "ipv6_subnet"),
                        f"{one} overlaps {two} of cloud {other.name}, and {mine.name} is in both",
                    )
                    return


def _one_source(mine: RouterDesign, theirs: RouterDesign) -> bool:
    one, two = (
        (tunnel.source_interface, tunnel.front_vrf, tunnel.ipv6_transport)
        for tunnel in (mine.tunnel, theirs.tunnel)
    )
    return one == two


class SameKey(JointRule):
    """Two tunnels with one source are told apart by their GRE key alone."""

    id = "tunnel-key-ambiguous"
    fix = "give each of the two clouds a tunnel.key of its own"
    source = "RFC 2890"

    def judge(self, cloud: CloudDesign, other: CloudDesign) -> Iterator[Breach]:
        """Look for equal or missing keys of tunnels with one source."""
        for mine, theirs in _common(cloud, other):
            one, two = mine.tunnel.key, theirs.tunnel.key
            if _one_source(mine, theirs) and (one == two or one is None or two is None):
                what = "no key" if one is None else f"the key {one}"
                yield Breach(
                    ("tunnel", "key"),
                    f"{mine.name} has a tunnel of cloud {other.name} from the same "
                    f"{mine.tunnel.source_interface}; this one has {what}, the other "
                    f"{'none' if two is None else two}",
                )
                return


class NotShared(JointRule):
    """Without `shared`, IKE binds the SA of two tunnels with one source to the wrong one, and both
    flap.
    """

    id = "tunnel-not-shared"
    fix = "set tunnel.shared: true in both clouds"
    source = "Cisco, Sharing IPsec with Tunnel Protection"

    def judge(self, cloud: CloudDesign, other: CloudDesign) -> Iterator[Breach]:
        """Look for protected tunnels with one source that are not both shared."""
        for mine, theirs in _common(cloud, other):
            both = mine.crypto and theirs.crypto and _one_source(mine, theirs)
            if both and not (mine.tunnel.shared and theirs.tunnel.shared):
                yield Breach(
                    ("tunnel", "shared"),
                    f"{mine.name} has a protected tunnel of cloud {other.name} from the same "
                    f"{mine.tunnel.source_interface}, and not both are shared",
                )
                return


class SharedProfiles(JointRule):
    """Shared tunnels have one IPsec SA, hence they must have one IPsec profile."""

    id = "shared-profile-differs"
    fix = "use the same crypto section, crypto.name included, in both clouds"
    source = "Cisco, Sharing IPsec with Tunnel Protection"

    def judge(self, cloud: CloudDesign, other: CloudDesign) -> Iterator[Breach]:
        """Compare the profile names of shared tunnels with one source."""
        for mine, theirs in _common(cloud, other):
            if not (mine.crypto and theirs.crypto and mine.tunnel.shared and theirs.tunnel.shared):
                continue
            one, two = mine.crypto.ipsec.profile, theirs.crypto.ipsec.profile
            if _one_source(mine, theirs) and one != two:
                yield Breach(
                    ("crypto", "name"),
                    f"{mine.name} shares its SAs between IPsec profiles {one} and {two} "
                    f"(cloud {other.name})",
                )
                return


class SameNames(JointRule):
    """Crypto objects of one name and different content overwrite each other on a router that has
    both.
    """

    id = "crypto-name-taken"
    fix = "make the crypto sections equal, or give this one another crypto.name"
    source = "IOS: an object has one configuration"

    def judge(self, cloud: CloudDesign, other: CloudDesign) -> Iterator[Breach]:
        """Compare the crypto of routers in both clouds where the names are equal."""
        for mine, theirs in _common(cloud, other):
            if not (mine.crypto and theirs.crypto) or mine.crypto == theirs.crypto:
                continue
            if mine.crypto.ipsec.profile == theirs.crypto.ipsec.profile:
                yield Breach(
                    ("crypto", "name"),
                    f"{mine.name} gets {mine.crypto.ipsec.profile} from cloud {other.name} too, "
                    "with another content",
                )
                return


class SameNetworkId(JointRule):
    """Two tunnels of one router with one NHRP network id are one NHRP domain, and redirects leak
    between the clouds.
    """

    id = "network-id-shared"
    fix = "give each cloud its own nhrp.network_id"
    source = "Cisco, IP Addressing command reference, ip nhrp network-id"

    def judge(self, cloud: CloudDesign, other: CloudDesign) -> Iterator[Breach]:
        """Compare the network ids of routers in both clouds."""
        for mine, theirs in _common(cloud, other):
            if mine.tunnel.nhrp.network_id == theirs.tunnel.nhrp.network_id:
                yield Breach(
                    ("nhrp", "network_id"),
                    f"{mine.name} has the network id {mine.tunnel.nhrp.network_id} in cloud "
                    f"{other.name} as well",
                )
                return


class SharedProcess(JointRule):
    """A routing process that serves two clouds has one router id; two that differ reset its
    neighbors at every deployment.
    """

    id = "process-router-id"
    fix = "set router_id of the router to the same address in both clouds"
    source = "IOS: one router-id per process"

    def judge(self, cloud: CloudDesign, other: CloudDesign) -> Iterator[Breach]:
        """Compare the router ids of equal processes."""
        for mine, theirs in _common(cloud, other):
            if _process(mine) is None or _process(mine) != _process(theirs):
                continue
            one = getattr(mine.overlay, "router_id", None)
            two = getattr(theirs.overlay, "router_id", None)
            if one != two:
                yield Breach(
                    (section(mine), mine.name, "router_id"),
                    f"{mine.name} has the router id {one} here and {two} in cloud {other.name}, "
                    "in one routing process",
                )


def _process(router: RouterDesign) -> tuple[object, ...] | None:
    """Return what tells the routing process of a cloud from others on the router."""
    overlay = router.overlay
    match overlay:
        case Ospf():
            return "ospf", overlay.process
        case Ospfv3():
            return "ospfv3", overlay.process
        case Eigrp():
            return "eigrp", overlay.name or overlay.asn
        case Rip() | Static() | Odr():
            return None
        case _:
            return "bgp", router.tunnel.inside_vrf


class TwoAsNumbers(JointRule):
    """A router has one BGP process, hence one AS."""

    id = "bgp-two-as"
    fix = "use the same AS for the router in both clouds"
    source = "IOS: BGP is already running; AS is N"

    def judge(self, cloud: CloudDesign, other: CloudDesign) -> Iterator[Breach]:
        """Compare the AS of routers in both clouds."""
        for mine, theirs in _common(cloud, other):
            one, two = _asn(mine), _asn(theirs)
            if one and two and one != two:
                yield Breach(
                    (section(mine), mine.name),
                    f"{mine.name} is in AS {one} here and in AS {two} in cloud {other.name}",
                )


def _asn(router: RouterDesign) -> int | None:
    overlay = router.overlay
    if isinstance(overlay, IbgpReflector | IbgpClient | EbgpHub | EbgpSpoke):
        return overlay.asn
    provider = router.underlay.provider if router.underlay else None
    return provider.asn if isinstance(provider, ProviderBgp) else None


class SamePeerGroup(JointRule):
    """A peer group has one set of settings; two clouds on one hub that fill it in differently
    overwrite each other's at every deployment.
    """

    id = "peer-group-taken"
    fix = "give this cloud another overlay.peer_group, which names its filter too"
    source = "IOS: a peer group has one configuration"

    def judge(self, cloud: CloudDesign, other: CloudDesign) -> Iterator[Breach]:
        """Compare the settings of peer groups with one name in one table."""
        for mine, theirs in _common(cloud, other):
            one, two = _group(mine), _group(theirs)
            if one and two and one[0] == two[0] and one != two:
                yield Breach(
                    ("overlay", "peer_group"),
                    f"{mine.name} gets the peer group {one[0][1]} from cloud {other.name} too, "
                    "with other settings",
                )
                return


def _group(router: RouterDesign) -> tuple[tuple[str | None, str], tuple[object, ...]] | None:
    """Return ((table, name), settings) of the peer group of a hub."""
    hub = router.overlay
    if not isinstance(hub, IbgpReflector | EbgpHub):
        return None
    settings = (hub.kind, hub.keepalive, hub.holdtime, hub.password, hub.bfd, hub.next_hop_self,
                hub.default_originate, hub.only, getattr(hub, "spoke_asn", None))  # fmt: skip
    return (router.tunnel.inside_vrf, hub.peer_group), settings


class SameWan(JointRule):
    """A WAN interface that two clouds manage differently changes at every deployment of either."""

    id = "wan-differs"
    fix = "say the same of wan and transport in both clouds, or let one of them manage the WAN"
    source = "IOS: an interface has one configuration"

    def judge(self, cloud: CloudDesign, other: CloudDesign) -> Iterator[Breach]:
        """Compare the WAN of routers that have one interface in both."""
        for mine, theirs in _common(cloud, other):
            one, two = mine.underlay, theirs.underlay
            if one and two and one.interface == two.interface and one != two:
                yield Breach(
                    (section(mine), mine.name, "wan"),
                    f"{mine.name} has {one.interface} otherwise in cloud {other.name}",
                )


RULES: tuple[type[JointRule], ...] = (
    SharedProcess,
    TwoAsNumbers,
    SameInterface,
    OverlappingSubnets,
    SameWan,
    SamePeerGroup,
    SameKey,
    NotShared,
    SharedProfiles,
    SameNames,
    SameNetworkId,
)
