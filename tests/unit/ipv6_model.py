"""The model cloud with IPv6 outside or inside its tunnels, printed as routers print IPv6.

Capitals, rows broken after a long NBMA address, `/128` masks, link-local next hops: the layouts of
IOS XE. The model says what is up; only addresses and layouts are changed here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, IPv6Interface, IPv6Network

from dmvpn_auto.design.types import (
    CloudDesign,
    Eigrp,
    IbgpClient,
    IbgpReflector,
    Nhs,
    Ospfv3,
    PrefixList,
    Role,
    RouterDesign,
    TunnelIpv6,
)
from dmvpn_auto.errors import DmvpnError
from tests.unit.cloud_model import ModelCloud

INSIDE = IPv6Network("2001:db8:ff::/64")
SUMMARY = IPv6Network("2001:db8:a00::/40")
_NBMA = re.compile(r"\b(?:203\.0\.113|198\.51\.100)\.\d+\b")
_TUNNEL = re.compile(r"\b10\.255\.0\.\d+\b")
_DMVPN_ROW = re.compile(r"^     1 (\S+) +(\S+) +(\S+) (\S+) +(\S+)\n", re.MULTILINE)
_NEIGHBOR = re.compile(r"^(\*?)(\S+)(  4  .*)\n", re.MULTILINE)
_LAN_ROUTE = re.compile(
    r"^([BH]) +10\.(\d+)\.(\d+)\.0/(\d+) (\[\S+\]) via (\S+), [\d:]+(.*)\n", re.M
)


def nbma(address: object) -> IPv6Address:
    """Return the IPv6 NBMA address that stands for the model's."""
    return IPv6Address(f"2001:db8:0:{int(IPv4Address(str(address))) & 0xFFFF:x}::1")


def tunnel(address: object) -> IPv6Address:
    """Return the IPv6 tunnel address that stands for the model's."""
    return INSIDE[int(str(address).rpartition(".")[2])]


def local(address: object) -> IPv6Address:
    """Return the link-local address beside it."""
    return IPv6Address("fe80::") + int(str(address).rpartition(".")[2])


def lan(number: int) -> IPv6Network:
    """Return the LAN of a router by its number; the hub's is 0."""
    return IPv6Network(f"2001:db8:a{number:02x}::/64")


def over_ipv6(cloud: CloudDesign) -> CloudDesign:
    """Return the same cloud, its GRE in IPv6 packets."""

    def changed(router: RouterDesign) -> RouterDesign:
        nhrp = router.tunnel.nhrp
        nhs = tuple(replace(one, nbma_address=nbma(one.nbma_address)) for one in nhrp.nhs)
        inside = replace(router.tunnel, ipv6_transport=True, nhrp=replace(nhrp, nhs=nhs))
        return replace(router, nbma_address=nbma(router.nbma_address), tunnel=inside)

    return replace(cloud, routers=tuple(map(changed, cloud.routers)))


def ipv6_alone(cloud: CloudDesign, overlay: str = "bgp") -> CloudDesign:
    """Return the same cloud with nothing but IPv6 inside its tunnels."""
    routers = tuple(_inside(r, n, overlay) for n, r in enumerate(cloud.routers))
    return replace(cloud, tunnel_subnet=INSIDE, tunnel_ipv6_subnet=INSIDE, routers=routers)


def _inside(router: RouterDesign, number: int, kind: str) -> RouterDesign:
    old = router.tunnel.address.ip
    address = IPv6Interface(f"{tunnel(old)}/64")
    nhs = tuple(
        Nhs(hub=n.hub, tunnel_address=tunnel(n.tunnel_address), nbma_address=n.nbma_address)
        for n in router.tunnel.nhrp.nhs
    )
    own = router.overlay
    if kind == "ospf":
        own = Ospfv3(
            kind="ospfv3", process=1, router_id=IPv4Address(str(old)), area=0, area_type="normal",
            network_type="point-to-multipoint", hello=10, dead=40, priority=None, cost=None,
            connected=PrefixList(name="LAN", prefixes=(lan(number),)), default_originate=False,
        )  # fmt: skip
    elif kind == "eigrp":
        own = Eigrp(
            kind="eigrp", name="DMVPN", asn=100, router_id=IPv4Address(str(old)), hello=5, hold=15,
            stub=router.role is Role.SPOKE, split_horizon=False, next_hop_self=True, networks=(),
            summaries=(SUMMARY,) if router.role is Role.HUB else (), key=None, family="ipv6",
        )  # fmt: skip
    elif isinstance(own, IbgpReflector):
        own = replace(
            own, listen_range=INSIDE, networks=(lan(number),), summaries=(SUMMARY,), family="ipv6"
        )
    elif isinstance(own, IbgpClient):
        hubs = tuple(map(tunnel, own.neighbors))
        own = replace(own, neighbors=hubs, networks=(lan(number),), family="ipv6")
    return replace(
        router,
        lan_prefixes=(),
        lan_addresses=(),
        lan_ipv6_prefixes=(lan(number),),
        lan_ipv6_addresses=(lan(number)[1],),
        overlay=own,
        tunnel=replace(
            router.tunnel,
            address=address,
            nhrp=replace(router.tunnel.nhrp, nhs=nhs),
            ipv6=TunnelIpv6(
                address=address, link_local=local(old), mtu=1400, tcp_mss=1340, nhs=nhs
            ),
        ),
    )


class Ipv6Model:
    """Asks the model of IPv4 and prints its answer with IPv6."""

    def __init__(self, base: ModelCloud, *, outside: bool, inside: str = "") -> None:
        self.base = base
        design = over_ipv6(base.design) if outside else base.design
        self.design = ipv6_alone(design, inside) if inside else design
        self.outside, self.inside = outside, inside

    def ask(
        self, wanted: Mapping[str, Sequence[str]]
    ) -> Mapping[str, Mapping[str, str | DmvpnError]]:
        return {d: {c: self._one(d, c) for c in commands} for d, commands in wanted.items()}

    def _one(self, device: str, command: str) -> str | DmvpnError:
        if command.startswith("show ipv6 interface"):
            return self._ipv6_interface(device)
        if command.startswith("show ospfv3 neighbor"):
            return self._ospfv3(device)
        asked = self._old(command)
        text = self.base.ask({device: [asked]})[device][asked]
        if not isinstance(text, str):
            return text
        if command == "show ipv6 eigrp neighbors":
            text = re.sub(r"^(\d+)   (\S+) +Tu0 ", _local_row, text, flags=re.M)
            return text.replace("EIGRP-IPv4", "EIGRP-IPv6")
        if self.inside:
            text = self._tunnels(command, text)
        return self._nbmas(command, text) if self.outside else text

    def _old(self, command: str) -> str:
        """Return the model's command of IPv4 for one of IPv6."""
        if command.startswith(("ping", "traceroute")):
            return re.sub(r"[0-9a-f]+:[0-9a-f:]+", self._old_address, command)
        if command == "show bgp ipv6 unicast summary":
            return "show ip bgp summary"
        return command.replace("show ipv6 ", "show ip ")

    def _old_address(self, found: re.Match[str]) -> str:
        address = IPv6Address(found[0])
        for new, old in zip(self.design.routers, self.base.design.routers, strict=True):
            if address == new.tunnel.address.ip:
                return str(old.tunnel.address.ip)
            if address in new.lan_ipv6_addresses:
                return str(old.lan_addresses[0])
        return found[0]

    def _tunnels(self, command: str, text: str) -> str:
        if command == "show dmvpn":
            text = _ipv6_details(text)
        if command == "show ipv6 route":
            lans = [lan(n) for n in range(len(self.design.routers))]
            sums = lans if self.inside == "ospf" else [SUMMARY]
            return _ipv6_routes(text, sums, local_hops=self.inside != "bgp")
        if command == "show bgp ipv6 unicast summary":
            text = _NEIGHBOR.sub(_broken_neighbor, text)
        if command == "show ipv6 nhrp":
            text = re.sub(r"^10\.(\d+)\.0\.0/24", _lan_target, text, flags=re.M)
            text = text.replace("/32 via", "/128 via")
        if "router identifier" in text:
            head, _, rest = text.partition("\n")
            return f"{head}\n{_TUNNEL.sub(_new_tunnel, rest)}"
        return _TUNNEL.sub(_new_tunnel, text)

    def _nbmas(self, command: str, text: str) -> str:
        if command == "show dmvpn" and not self.inside:
            text = _DMVPN_ROW.sub(r"     1 \1\n                       \2  \3 \4 \5\n", text)
        if command == "show crypto ipsec sa":
            text = text.replace("/255.255.255.255/47/0", "/128/47/0")
        if command == "show crypto ikev2 sa":
            text = text.replace("IPv4 Crypto", "IPv6 Crypto")
        text = text.replace("multi-GRE/IP\n", "multi-GRE/IPv6\n")
        return _NBMA.sub(lambda found: str(nbma(found[0])).upper(), text)

    def _router(self, device: str) -> tuple[RouterDesign, RouterDesign]:
        pairs = zip(self.design.routers, self.base.design.routers, strict=True)
        return next(pair for pair in pairs if pair[0].name == device)

    def _ipv6_interface(self, device: str) -> str:
        new, old = self._router(device)
        own = str(local(old.tunnel.address.ip)).upper()
        return (
            "Tunnel0 is up, line protocol is up\n"
            f"  IPv6 is enabled, link-local address is {own} \n"
            "  No Virtual link-local address(es):\n  Global unicast address(es):\n"
            f"    {str(new.tunnel.address.ip).upper()}, subnet is {str(INSIDE).upper()} \n"
            "  Joined group address(es):\n    FF02::1\n  MTU is 1400 bytes\n"
        )

    def _ospfv3(self, device: str) -> str:
        old = self._router(device)[1]
        rows = "".join(
            f"{a}      0   FULL/  -        00:00:33    17              Tunnel0\n"
            for a in self.base._adjacent(old)
        )
        return (
            "          OSPFv3 1 address-family ipv6 (router-id 10.255.0.1)\n\n"
            "Neighbor ID     Pri   State           Dead Time   Interface ID    Interface\n" + rows
        )


def _new_tunnel(found: re.Match[str]) -> str:
    return str(tunnel(found[0])).upper()


def _local_row(found: re.Match[str]) -> str:
    return f"{found[1]}   {str(local(found[2])).upper():<24}Tu0 "


def _lan_target(found: re.Match[str]) -> str:
    return str(lan(int(found[1]))).upper()


def _broken_neighbor(found: re.Match[str]) -> str:
    return f"{found[1]}{_TUNNEL.sub(_new_tunnel, found[2])}\n        {found[3]}\n"


def _ipv6_details(text: str) -> str:
    rows = _DMVPN_ROW.findall(text)
    head = _DMVPN_ROW.sub("", text).replace("IPv4 NHRP Details", "IPv6 NHRP Details")
    head = re.sub(r"NHRP Peers:(\d+), ", r"Total NBMA Peers (v4/v6): \1", head)
    for number, (outer, inner, state, since, flags) in enumerate(rows, 1):
        address = _TUNNEL.sub(_new_tunnel, inner)
        head = head.rstrip("\n") + (
            f"\n    {number}.Peer NBMA Address: {outer}\n"
            f"        Tunnel IPv6 Address: {address}\n"
            f"        IPv6 Target Network: {address}/128\n"
            f"        # Ent: 1, Status: {state}, UpDn Time: {since}, Cache Attrib: {flags}\n"
        )
    return head


def _ipv6_routes(text: str, sums: list[IPv6Network], *, local_hops: bool) -> str:
    rows = []
    for code, second, _, length, metric, hop, rest in _LAN_ROUTE.findall(text):
        shown = local(hop) if local_hops and code == "B" else tunnel(hop)
        outgoing = rest if code == "H" or not local_hops else ", Tunnel0"
        rows += [
            f"{code}   {str(prefix).upper()} {metric}\n     via {str(shown).upper()}{outgoing}\n"
            for prefix in (sums if length == "8" else [lan(int(second))])
        ]
    return (
        f"IPv6 Routing Table - default - {len(rows)} entries\n"
        "Codes: C - Connected, L - Local, S - Static, U - Per-user Static route\n"
        "       B - BGP, H - NHRP\n" + "".join(rows)
    )
