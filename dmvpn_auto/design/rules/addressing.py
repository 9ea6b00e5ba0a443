"""Rules about addresses and prefixes: each once, each where it belongs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from dmvpn_auto.design.rules.base import Breach, Place, Rule, View
from dmvpn_auto.design.types import Role, RouterDesign

T = TypeVar("T")


def section(router: RouterDesign) -> str:
    """Return the key of the intent under which a router stands."""
    return "hubs" if router.role is Role.HUB else "spokes"


def twice(pairs: Iterable[tuple[str, T]]) -> Iterator[tuple[str, str, T]]:
    """Yield (second owner, first owner, value) of values that are owned more than once."""
    owners: dict[T, str] = {}
    for owner, value in pairs:
        first = owners.setdefault(value, owner)
        if first != owner:
            yield owner, first, value


class TunnelAddressOutside(Rule):
    """A tunnel address outside the tunnel subnet is not on the cloud's network, so that no other
    router reaches it.
    """

    id = "tunnel-address-outside"
    fix = "choose an address inside tunnel.subnet, or leave tunnel_address out"
    source = "Cisco, Dynamic Multipoint VPN"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare with the network, and its first and last address."""
        subnet = cloud.design.tunnel_subnet
        ends = {subnet.network_address, subnet.broadcast_address} if subnet.prefixlen < 31 else {}
        low, high = int(subnet.network_address), int(subnet.broadcast_address)
        for router in cloud.design.routers:
            address = router.tunnel.address.ip
            at: Place = (section(router), router.name, "tunnel_address")
            if not low <= int(address) <= high:
                yield Breach(at, f"tunnel address {address} is outside the tunnel subnet {subnet}")
            elif address in ends:
                yield Breach(at, f"{address} is the network or broadcast address of {subnet}")


class TunnelAddressTwice(Rule):
    """Two routers with one tunnel address take each other's NHRP registration and routes."""

    id = "tunnel-address-duplicate"
    fix = "give one of them another tunnel_address, or leave it out to get a free one"
    source = "Cisco, Dynamic Multipoint VPN"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare all with all."""
        routers = {router.name: router for router in cloud.design.routers}
        pairs = [(r.name, int(r.tunnel.address.ip)) for r in cloud.design.routers]
        for name, first, number in twice(pairs):
            at: Place = (section(routers[name]), name, "tunnel_address")
            yield Breach(at, f"{name} and {first} have the tunnel address {IPv4Address(number)}")


class TunnelAddressReserved(Rule):
    """The address belonged to a router that left; its NHRP and routing entries may still live."""

    id = "tunnel-address-reserved"
    fix = "choose another address, or free it: dmvpn-auto render --prune"
    source = "the ledger of the cloud (clouds/NAME.addresses.yaml)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for given addresses that the ledger keeps for a router which is not there."""
        there = {router.name for router in cloud.design.routers}
        gone = {a: name for name, a in cloud.ledger.addresses.items() if name not in there}
        if not gone:
            return
        for router in cloud.design.routers:
            if former := gone.get(router.tunnel.address.ip):
                at: Place = (section(router), router.name, "tunnel_address")
                address = router.tunnel.address.ip
                yield Breach(at, f"{address} is reserved for {former!r}, which left the cloud")


class NbmaAddressTwice(Rule):
    """The address at which a router is reached must be its own, also after NAT: NHRP and IPsec
    tell routers apart by it.
    """

    id = "nbma-address-duplicate"
    fix = "correct one of the two nbma addresses; routers behind one PAT address cannot be spokes"
    source = "Cisco, Dynamic Multipoint VPN, restrictions (the address after NAT must be unique)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare all static ones with all."""
        routers = {router.name: router for router in cloud.design.routers}
        pairs = [(r.name, int(a)) for r in cloud.design.routers if (a := r.nbma_address)]
        for name, first, number in twice(pairs):
            at: Place = (section(routers[name]), name, "nbma")
            yield Breach(at, f"{name} and {first} have the NBMA address {IPv4Address(number)}")


class NbmaInsideTunnel(Rule):
    """A tunnel packet to an NBMA address inside the tunnel subnet goes into the tunnel again."""

    id = "nbma-in-tunnel-subnet"
    fix = "write the address of the WAN interface, not that of the tunnel"
    source = "recursive routing; measured: multipoint tunnels do not report it"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare each static NBMA address with the tunnel subnet."""
        subnet = cloud.design.tunnel_subnet
        low, high = int(subnet.network_address), int(subnet.broadcast_address)
        for router in cloud.design.routers:
            if router.nbma_address and low <= int(router.nbma_address) <= high:
                at: Place = (section(router), router.name, "nbma")
                yield Breach(at, f"NBMA address {router.nbma_address} lies in the tunnel subnet")


class LanOverlap(Rule):
    """A prefix behind two routers is reached at one of them only, and which one changes."""

    id = "lan-overlap"
    fix = "correct the prefix, or summarise it on one router"
    source = "routing by longest match"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Sort the prefixes of each table; those that overlap stand next to each other."""
        routers = {router.name: router for router in cloud.design.routers}
        tables: dict[str, list[tuple[int, int, int, str]]] = {}
        for position, router in enumerate(cloud.design.routers):
            for vrf, prefixes in _tables(router):
                tables.setdefault(vrf, []).extend(
                    (int(prefix.network_address), prefix.prefixlen, position, router.name)
                    for prefix in prefixes
                )
        for vrf, owned in tables.items():
            key: Place = ("vrf_lan", vrf) if vrf else ("lan",)
            for name, holder, prefix, other in _overlaps(owned):
                at = (section(routers[name]), name, *key)
                where = "twice" if holder == name else f"also behind {holder}"
                yield Breach(at, f"prefix {prefix} of {name} is {where} ({other})")


def _tables(router: RouterDesign) -> Iterator[tuple[str, tuple[IPv4Network, ...]]]:
    """Yield (VRF of an MPLS cloud or nothing, prefixes behind the router in it)."""
    yield "", router.lan_prefixes
    for lan in router.vrf_lans:
        yield lan.vrf, lan.prefixes


def _overlaps(
    owned: list[tuple[int, int, int, str]],
) -> Iterator[tuple[str, str, IPv4Network, IPv4Network]]:
    """Yield (router, router before it, prefix, the one that it overlaps)."""
    end, before, holder = -1, (0, 0), ""
    for number, length, _, name in sorted(owned):
        if number <= end and holder:
            yield name, holder, IPv4Network((number, length)), IPv4Network(before)
        last = number | (0xFFFFFFFF >> length)
        if last > end:
            end, before, holder = last, (number, length), name


class LanOverTunnel(Rule):
    """A LAN prefix that overlaps the tunnel subnet hides tunnel addresses behind one router."""

    id = "lan-overlaps-tunnel"
    fix = "give the tunnel a subnet that no site uses"
    source = 'measured: IOS answers "% 10.0.0.0 overlaps with Tunnel1"'

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare each LAN prefix with the tunnel subnet."""
        subnet = cloud.design.tunnel_subnet
        low, high = int(subnet.network_address), int(subnet.broadcast_address)
        for router in cloud.design.routers:
            for prefix in router.lan_prefixes:
                start = int(prefix.network_address)
                if start <= high and low <= start | (0xFFFFFFFF >> prefix.prefixlen):
                    at: Place = (section(router), router.name, "lan")
                    yield Breach(at, f"prefix {prefix} overlaps the tunnel subnet {subnet}")


class RouterIdTwice(Rule):
    """Routers with one router id drop each other's routes without a word."""

    id = "router-id-duplicate"
    fix = "give one of them another router_id, or leave both out"
    source = "measured on IOS-XE 17.15: EIGRP drops the routes without a message"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare given ids with all others."""
        members = {**cloud.intent.hubs, **cloud.intent.spokes}
        if not any(member.router_id for member in members.values()):
            return
        routers = {router.name: router for router in cloud.design.routers}
        ids = [
            (name, int(members[name].router_id or router.tunnel.address.ip))
            for name, router in routers.items()
        ]
        for name, first, number in twice(ids):
            at: Place = (section(routers[name]), name, "router_id")
            yield Breach(at, f"{name} and {first} have the router id {IPv4Address(number)}")


RULES: tuple[type[Rule], ...] = (
    TunnelAddressOutside,
    TunnelAddressTwice,
    TunnelAddressReserved,
    NbmaAddressTwice,
    NbmaInsideTunnel,
    LanOverlap,
    LanOverTunnel,
    RouterIdTwice,
)
