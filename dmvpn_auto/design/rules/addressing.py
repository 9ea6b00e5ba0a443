"""Rules about addresses and prefixes: each once, each where it belongs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv6Address
from typing import TypeVar

from dmvpn_auto.design.facts import router_ids, transport
from dmvpn_auto.design.rules.base import Breach, Place, Rule, View
from dmvpn_auto.design.types import (
    ALL_ONES,
    Address,
    Family,
    Network,
    Role,
    RouterDesign,
    family_of,
)

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


def tunnel_addresses(cloud: View) -> Iterator[tuple[RouterDesign, str, Address, Network]]:
    """Yield (router, key of the intent, tunnel address, its subnet) of each family."""
    design = cloud.design
    for router in design.routers:
        if isinstance(router.tunnel.address, IPv4Interface):
            yield router, "tunnel_address", router.tunnel.address.ip, design.tunnel_subnet
        if router.tunnel.ipv6 and design.tunnel_ipv6_subnet:
            address = router.tunnel.ipv6.address.ip
            yield router, "tunnel_ipv6_address", address, design.tunnel_ipv6_subnet


class TunnelAddressOutside(Rule):
    """A tunnel address outside the tunnel subnet is not on the cloud's network, so that no other
    router reaches it.
    """

    id = "tunnel-address-outside"
    fix = "choose an address inside the tunnel subnet, or leave it out"
    source = "Cisco, Dynamic Multipoint VPN"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare with the network, and its first and last address."""
        for subnet in cloud.design.tunnel_subnets:
            low, high = int(subnet.network_address), int(subnet.broadcast_address)
            ends = {low, high} if subnet.version == 4 else {low}
            if low >= high - 1:
                ends = set()
            for router, key, address, its in tunnel_addresses(cloud):
                if its != subnet:
                    continue
                at: Place = (section(router), router.name, key)
                if not low <= int(address) <= high:
                    message = f"tunnel address {address} is outside the tunnel subnet {subnet}"
                    yield Breach(at, message)
                elif int(address) in ends:
                    yield Breach(at, f"{address} is the network or broadcast address of {subnet}")


class TunnelAddressTwice(Rule):
    """Two routers with one tunnel address take each other's NHRP registration and routes."""

    id = "tunnel-address-duplicate"
    fix = "give one of them another tunnel_address, or leave it out to get a free one"
    source = "Cisco, Dynamic Multipoint VPN"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare all with all."""
        routers = {router.name: router for router in cloud.design.routers}
        owned = [(r.name, (key, int(a))) for r, key, a, _ in tunnel_addresses(cloud)]
        for name, first, (key, number) in twice(owned):
            at: Place = (section(routers[name]), name, key)
            address = IPv6Address(number) if "ipv6" in key else IPv4Address(number)
            yield Breach(at, f"{name} and {first} have the tunnel address {address}")


class TunnelAddressReserved(Rule):
    """The address belonged to a router that left; its NHRP and routing entries may still live."""

    id = "tunnel-address-reserved"
    fix = "choose another address, or free it: dmvpn-auto render --prune"
    source = "the ledger of the cloud (clouds/NAME.addresses.yaml)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for given addresses that the ledger keeps for a router which is not there."""
        there = {router.name for router in cloud.design.routers}
        books: tuple[Mapping[str, Address], ...] = (cloud.ledger.addresses, cloud.ledger.ipv6)
        gone = {a: name for book in books for name, a in book.items() if name not in there}
        if not gone:
            return
        for router, key, address, _ in tunnel_addresses(cloud):
            if former := gone.get(address):
                at: Place = (section(router), router.name, key)
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
        pairs = [(r.name, str(a)) for r in cloud.design.routers if (a := r.nbma_address)]
        for name, first, address in twice(pairs):
            at: Place = (section(routers[name]), name, "nbma")
            yield Breach(at, f"{name} and {first} have the NBMA address {address}")


class NbmaInsideTunnel(Rule):
    """A tunnel packet to an NBMA address inside the tunnel subnet goes into the tunnel again."""

    id = "nbma-in-tunnel-subnet"
    fix = "write the address of the WAN interface, not that of the tunnel"
    source = "recursive routing; measured: multipoint tunnels do not report it"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare each static NBMA address with the tunnel subnet."""
        carrier = transport(cloud.intent)
        for subnet in cloud.design.tunnel_subnets:
            if family_of(subnet.network_address) != carrier:
                continue
            low, high = int(subnet.network_address), int(subnet.broadcast_address)
            for router in cloud.design.routers:
                nbma = router.nbma_address
                if nbma and low <= int(nbma) <= high and family_of(nbma) == carrier:
                    at: Place = (section(router), router.name, "nbma")
                    yield Breach(at, f"NBMA address {nbma} lies in the tunnel subnet")


class LanOverlap(Rule):
    """A prefix behind two routers is reached at one of them only, and which one changes."""

    id = "lan-overlap"
    fix = "correct the prefix, or summarise it on one router"
    source = "routing by longest match"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Sort the prefixes of each table; those that overlap stand next to each other."""
        tables: dict[tuple[str, Family], list[_Owned]] = {}
        for router in cloud.design.routers:
            for table, prefixes in _tables(router):
                tables.setdefault(table, []).extend((router, prefix) for prefix in prefixes)
        for (vrf, family), owned in tables.items():
            key: Place = ("vrf_lan", vrf) if vrf else ("lan",)
            for router, holder, prefix, other in _overlaps(owned, ALL_ONES[family]):
                at = (section(router), router.name, *key)
                where = "twice" if holder is router else f"also behind {holder.name}"
                yield Breach(at, f"prefix {prefix} of {router.name} is {where} ({other})")


_Owned = tuple[RouterDesign, Network]


def _tables(router: RouterDesign) -> Iterator[tuple[tuple[str, Family], tuple[Network, ...]]]:
    """Yield (VRF of an MPLS cloud or nothing, family) and the prefixes behind the router in it."""
    yield ("", "ipv4"), router.lan_prefixes
    if router.lan_ipv6_prefixes:
        yield ("", "ipv6"), router.lan_ipv6_prefixes
    for lan in router.vrf_lans:
        yield (lan.vrf, "ipv4"), lan.prefixes


def _overlaps(
    owned: list[_Owned], whole: int
) -> Iterator[tuple[RouterDesign, RouterDesign, Network, Network]]:
    """Yield (router, router before it, prefix, the one that it overlaps)."""
    order = sorted(
        (int(prefix.network_address), prefix.prefixlen, position)
        for position, (_, prefix) in enumerate(owned)
    )
    end, before = -1, -1
    for number, length, position in order:
        router, prefix = owned[position]
        if number <= end:
            holder, other = owned[before]
            yield router, holder, prefix, other
        last = number | whole >> length
        if last > end:
            end, before = last, position


class LanOverTunnel(Rule):
    """A LAN prefix that overlaps the tunnel subnet hides tunnel addresses behind one router."""

    id = "lan-overlaps-tunnel"
    fix = "give the tunnel a subnet that no site uses"
    source = 'measured: IOS answers "% 10.0.0.0 overlaps with Tunnel1"'

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare each LAN prefix with the tunnel subnet."""
        for subnet in cloud.design.tunnel_subnets:
            low, high = int(subnet.network_address), int(subnet.broadcast_address)
            family = family_of(subnet.network_address)
            whole = ALL_ONES[family]
            for router in cloud.design.routers:
                prefixes: tuple[Network, ...] = (
                    router.lan_prefixes if family == "ipv4" else router.lan_ipv6_prefixes
                )
                for prefix in prefixes:
                    start = int(prefix.network_address)
                    if start <= high and low <= start | whole >> prefix.prefixlen:
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
        alone = cloud.intent.tunnel.subnet is None
        if not alone and not any(member.router_id for member in members.values()):
            return
        routers = {router.name: router for router in cloud.design.routers}
        made = router_ids({name: router.tunnel.address.ip for name, router in routers.items()})
        ids = [
            (name, int(members[name].router_id or (made[name] if alone else r.tunnel.address.ip)))
            for name, r in routers.items()
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
