"""What the routers of any design print while all is well, in the layouts of IOS XE.

Made from the design alone, for both families inside and outside of the tunnels, so that every cell
of the space of designs has evidence. A fault changes what it changes on routers: the state of a
spoke, lines of a configuration, whole outputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address

from dmvpn_auto.design.sides import router_sides, sides
from dmvpn_auto.design.types import (
    CloudDesign,
    Ikev1Certificates,
    Ikev1PreShared,
    Role,
    RouterDesign,
)
from dmvpn_auto.errors import DeviceError, DmvpnError, UnreachableError
from dmvpn_auto.render import Renderer, placeholder
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.checks.subjects import links
from dmvpn_auto.verify.reach import lans_inside, next_hops
from tests.unit.printed_crypto import certificates, esp, isakmp_ipv6, negotiated
from tests.unit.printed_routing import neighbors, shown, table

LAYERS = ("INTF", "IKE", "IPSEC", "absent", "NHRP", "UP")
"""What a spoke hangs in; "absent": NHRP is off, nothing is registered or said."""
LOG_HEAD = (
    "Syslog logging: enabled (0 messages dropped, 0 messages rate-limited,\n"
    "                0 flushes, 0 overruns, xml disabled, filtering disabled)\n\n"
    "    Buffer logging:  level debugging, 9 messages logged, xml disabled,\n"
    "                    filtering disabled\n\nLog Buffer (8192 bytes):\n\n"
)
LEGEND = (
    "Legend: Attrb --> S - Static, D - Dynamic, I - Incomplete\n"
    "        N - NATed, L - Local, X - No Socket\n"
    "        T1 - Route Installed, T2 - Nexthop-override, B - BGP\n"
    "        C - CTS Capable, I2 - Temporary\n"
    "        # Ent --> Number of NHRP entries with same NBMA peer\n"
    "        NHS Status: E --> Expecting Replies, R --> Responding, W --> Waiting\n"
    "        UpDn Time --> Up or Down Time for a Tunnel\n"
    f"{'=' * 74}\n\n"
)


def logged(*lines: str) -> str:
    """Return `show logging` with these messages."""
    return LOG_HEAD + "".join(f"*Sep 21 07:05:{n:02}.100: {x}\n" for n, x in enumerate(lines))


@dataclass
class PrintedCloud:
    """The routers of a design; `state` is that of a spoke, "spoke" or "spoke ipv6" towards hubs."""

    design: CloudDesign
    state: dict[str, str] = field(default_factory=dict)
    lines: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    said: dict[tuple[str, str], str] = field(default_factory=dict)
    unreachable: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)  # routers whose NBMA address answers no ping
    lost: dict[str, tuple[int, int]] = field(default_factory=dict)  # spoke -> hub gets, spoke gets

    def __post_init__(self) -> None:
        named = {*(x.split()[0] for x in self.state), *self.lines, *(d for d, _ in self.said)}
        named |= self.unreachable | self.silent | set(self.lost)
        assert named <= set(self._named), named - set(self._named)

    def ask(
        self, wanted: Mapping[str, Sequence[str]]
    ) -> Mapping[str, Mapping[str, str | DmvpnError]]:
        return {d: {c: self.one(d, c) for c in asked} for d, asked in wanted.items()}

    def one(self, device: str, command: str) -> str | DmvpnError:
        if device in self.unreachable:
            return UnreachableError(device, "no answer on 192.0.2.1 port 22")
        if (device, command) in self.said:
            return self.said[device, command]
        if command.startswith("ping "):
            return self._ping(command)
        answers = self._answers(self._named[device])
        return answers.get(command) or DeviceError(device, f"{command!r}: Invalid input detected")

    @cached_property
    def _named(self) -> dict[str, RouterDesign]:
        return {router.name: router for router in self.design.routers}

    @cached_property
    def links(self) -> dict[str, list[tuple[RouterDesign, RouterDesign]]]:
        """Family -> (client, hub), as each family sees them."""
        return {
            f"ipv{side.tunnel_subnet.version}": [(x.device, x.towards) for x in links(side)]
            for side in sides(self.design)
        }

    def nbma(self, router: RouterDesign) -> str:
        """Return the address that a router has outside; dynamic ones are given here."""
        if router.nbma_address is not None:
            return str(router.nbma_address)
        number = [one.name for one in self.design.routers].index(router.name)
        if router.tunnel.ipv6_transport:
            return str(IPv6Address("2001:db8:0:d0::1") + number)
        return str(IPv4Address("192.0.2.100") + number)

    def level(self, client: RouterDesign, layer: str) -> bool:
        """Whether a client has got past a layer, towards its hubs."""
        family = f"ipv{client.tunnel.address.version}"
        word = self.state.get(f"{client.name} {family}", self.state.get(client.name, "UP"))
        return LAYERS.index(word) > LAYERS.index(layer)

    def word(self, client: RouterDesign) -> str:
        """Return the state of a client."""
        family = f"ipv{client.tunnel.address.version}"
        return self.state.get(f"{client.name} {family}", self.state.get(client.name, "UP"))

    def _answers(self, router: RouterDesign) -> dict[str, str]:
        made = {
            commands.DMVPN: LEGEND + "".join(map(self._dmvpn, router_sides(router))),
            commands.interface(router): self._tunnel(router),
            commands.source_interface(router): self._source(router),
            commands.IPSEC: self._ipsec(router),
            commands.ike(router): self._ike(router),
            commands.CERTIFICATES: certificates(router),
            commands.LOG: LOG_HEAD,
            commands.CLOCK: "*07:06:00.000 UTC Sun Sep 21 2025\n",
            commands.CONFIGURATION: self.configuration(router),
        }
        if router.tunnel.ipv6_transport:
            own = shown(self.nbma(router))
            made[commands.underlay_interface(router)] = _ipv6_interface(
                router.tunnel.source_interface, "FE80::99", own, 1500
            )
        for side in router_sides(router):
            made[commands.ip_interface(side)] = self._ip_interface(side)
            made[commands.nhs(side)] = self._nhs(side)
            made[commands.nhrp(side)] = self._cache(side)
            made[commands.multicast(side)] = self._multicast(side)
            made[commands.nhrp_traffic(side)] = self._traffic(side)
            made |= neighbors(side, self.near(side))
            made[commands.routes(side)] = self._routes(side)
        return {commands.underlay_routes(router): self._underlay(router)} | made

    def configuration(self, router: RouterDesign) -> str:
        """Return the running configuration, with the lines that the fault changes."""
        text, source = _RENDER(router), f"interface {router.tunnel.source_interface}\n"
        if source not in text:  # the cloud leaves the WAN to others
            vrf, own = router.tunnel.front_vrf, shown(self.nbma(router))
            source += f" vrf forwarding {vrf}\n" if vrf else ""
            six = router.tunnel.ipv6_transport
            source += f" ipv6 address {own}/64\n" if six else f" ip address {own} 255.255.255.252\n"
            text += f"{source}!\n"
        for old, new in self.lines.get(router.name, ()):
            assert old in text, f"{old!r} is not in the configuration of {router.name}"
            text = text.replace(old, new)
        return f"Building configuration...\n!\nhostname {router.name}\n!\n{text}!\nend\n"

    def _peers(self, side: RouterDesign) -> list[tuple[RouterDesign, str, str]]:
        """Return the rows of `show dmvpn`: peer, state, attributes."""
        found = []
        for client, hub in self.links[f"ipv{side.tunnel.address.version}"]:
            if client.name == side.name and self.word(client) != "absent":
                found.append((hub, self.word(client), "S"))
            elif hub.name == side.name and self.word(client) == "UP":
                found.append((client, "UP", "D" + ("N" if client.nat else "")))
        unique = {peer.name: (peer, state, flags) for peer, state, flags in reversed(found)}
        return list(reversed(unique.values()))

    def _dmvpn(self, side: RouterDesign) -> str:
        rows = self._peers(side)
        if not rows or not side.tunnel.nhrp.network_id:
            return ""
        tunnel, version = side.tunnel, side.tunnel.address.version
        role = "Hub" if side.role is Role.HUB else "Spoke"
        role += "/Spoke" if side.role is Role.HUB and tunnel.nhrp.nhs else ""
        text = f"\nInterface: {tunnel.interface}, IPv{version} NHRP Details \n"
        if version == 6:
            text += f"Type:{role}, Total NBMA Peers (v4/v6): {len(rows)}\n"
            for number, (peer, state, flags) in enumerate(rows, 1):
                own = shown(peer.tunnel.address.ip)
                text += (
                    f"    {number}.Peer NBMA Address: {shown(self.nbma(peer))}\n"
                    f"        Tunnel IPv6 Address: {own}\n"
                    f"        IPv6 Target Network: {own}/128\n"
                    f"        # Ent: 1, Status: {state}, UpDn Time: 00:01:07, "
                    f"Cache Attrib: {flags}\n"
                )
            return text
        text += f"Type:{role}, NHRP Peers:{len(rows)}, \n\n"
        for peer, state, flags in rows:
            nbma, own = shown(self.nbma(peer)), str(peer.tunnel.address.ip)
            gap = "\n                       " if ":" in nbma else " "
            text += f"     1 {nbma:<15}{gap}{own:>15} {state:>5} 00:01:07 {flags:>5}\n"
        return text

    def _tunnel(self, router: RouterDesign) -> str:
        tunnel, crypto = router.tunnel, router.crypto
        down = self.state.get(router.name) == "INTF"
        over = "IPv6" if tunnel.ipv6_transport else "IP"
        text = f"{tunnel.interface} is up, line protocol is {'down' if down else 'up'} \n"
        text += "  Hardware is Tunnel\n"
        if tunnel.address.version == 4:
            text += f"  Internet address is {tunnel.address}\n"
        text += f"  Tunnel source {shown(self.nbma(router))} ({tunnel.source_interface})"
        if tunnel.destination is not None:
            text += f", destination {shown(tunnel.destination)}"
        kind = "multi-GRE" if tunnel.destination is None else "GRE"
        text += f"\n  Tunnel protocol/transport {kind}/{over}\n"
        if tunnel.key is not None:
            text += f"    Key 0x{tunnel.key:X}, sequencing disabled\n"
        if crypto is not None:
            text += f'  Tunnel protection via IPSec (profile "{crypto.ipsec.profile}")\n'
        return text

    def _source(self, router: RouterDesign) -> str:
        text = f"{router.tunnel.source_interface} is up, line protocol is up \n"
        text += "  Hardware is CSR vNIC, address is 0050.56bb.0001\n"
        if not router.tunnel.ipv6_transport:
            own = "10.99.0.2" if router.nat else self.nbma(router)
            text += f"  Internet address is {own}/30\n"
        return text

    def _ip_interface(self, side: RouterDesign) -> str:
        tunnel = side.tunnel
        if tunnel.address.version == 6 and tunnel.ipv6 is not None:
            local = shown(tunnel.ipv6.link_local or "FE80::A8BB:CCFF:FE00:100")
            own = shown(tunnel.address.ip)
            return _ipv6_interface(tunnel.interface, local, own, tunnel.ipv6.mtu)
        return (
            f"{tunnel.interface} is up, line protocol is up\n"
            f"  Internet address is {tunnel.address}\n  MTU is {tunnel.ip_mtu} bytes\n"
        )

    def _nhs(self, side: RouterDesign) -> str:
        text = "Legend: E=Expecting replies, R=Responding, W=Waiting, D=Dynamic\n"
        text += f"{side.tunnel.interface}:\n" if side.tunnel.nhrp.network_id else ""
        given = {nhs.hub: nhs.priority or 0 for nhs in side.tunnel.nhrp.nhs}
        for client, hub in self.links[f"ipv{side.tunnel.address.version}"]:
            if client.name == side.name and side.tunnel.nhrp.network_id:
                if self.word(client) == "absent":
                    return text.partition(f"{side.tunnel.interface}:")[0]
                up = self.word(client) == "UP"
                text += (
                    f"{shown(hub.tunnel.address.ip)}  {'RE' if up else ' E'}  NBMA Address: "
                    f"{shown(self.nbma(hub))} priority = {given[hub.name]} cluster = 0  "
                    "req-sent 5  req-failed 0  "
                    + ("repl-recv 5 (00:00:07 ago)\n" if up else "repl-recv 0\n")
                )
        return text

    def _cache(self, side: RouterDesign) -> str:
        text = ""
        for client, hub in self.links[f"ipv{side.tunnel.address.version}"]:
            if hub.name == side.name and self.word(client) == "UP":
                own = shown(client.tunnel.address.ip)
                text += (
                    f"{own}/{client.tunnel.address.max_prefixlen} via {own}\n"
                    f"   {side.tunnel.interface} created 00:04:49, expire 00:00:50\n"
                    "   Type: dynamic, Flags: registered nhop \n"
                    f"   NBMA address: {shown(self.nbma(client))} \n"
                )
        return text

    def _multicast(self, side: RouterDesign) -> str:
        text = "  I/F     NBMA address\n"
        for peer, _, flags in self._peers(side) if side.tunnel.nhrp.network_id else ():
            kind = "static " if flags == "S" else "dynamic"
            nbma = f"{shown(self.nbma(peer)):<15}"
            text += f"{side.tunnel.interface}    {nbma} Flags: {kind}        (Enabled) \n"
        return text

    def _traffic(self, side: RouterDesign) -> str:
        sent = 7 if side.role is Role.HUB else 0
        zero = "0 Resolution Request  0 Resolution Reply  "
        return (
            f"{side.tunnel.interface}: Max-send limit:10000Pkts/10Sec, Usage:0%\n"
            f"   Sent: Total {sent + 9}\n         {zero}0 Registration Request\n"
            "         9 Registration Reply  0 Purge Request  0 Purge Reply\n"
            f"         0 Error Indication  {sent} Traffic Indication  0 Redirect Suppress\n"
            f"   Rcvd: Total 9\n         {zero}9 Registration Request\n"
        )

    def protected(self, router: RouterDesign, layer: str) -> list[str]:
        """Return the NBMA addresses of the peers with whom a router has got past a layer."""
        found: dict[str, None] = {}
        for pairs in self.links.values():
            for client, hub in pairs:
                if self.level(client, layer) and router.name in {client.name, hub.name}:
                    found[self.nbma(hub if client.name == router.name else client)] = None
        return list(found)

    def _ike(self, router: RouterDesign) -> str:
        own, text = self.nbma(router), ""
        for number, remote in enumerate(self.protected(router, "IKE"), 1):
            if isinstance(router.crypto, Ikev1PreShared | Ikev1Certificates):
                text += (
                    f"{shown(remote)}     {shown(own)}    QM_IDLE           100{number} ACTIVE\n"
                )
                continue
            text += (
                "\nTunnel-id Local                 Remote                fvrf/ivrf   Status \n"
                f"{number}  {shown(own)}/500  {shown(remote)}/500  none/none  READY  \n"
                + negotiated(router.crypto)
            )
        over = "IPv6" if router.tunnel.ipv6_transport else "IPv4"
        if isinstance(router.crypto, Ikev1PreShared | Ikev1Certificates):
            head = "dst             src             state          conn-id status\n"
            if over == "IPv6":
                return (
                    "IPv4 Crypto ISAKMP SA\n"
                    + head
                    + "\n"
                    + isakmp_ipv6(own, self.protected(router, "IKE"))
                )
            return f"IPv4 Crypto ISAKMP SA\n{head}{text}"
        return f" {over} Crypto IKEv2  SA \n{text}"

    def _ipsec(self, router: RouterDesign) -> str:
        remotes = self.protected(router, "IPSEC")
        if router.crypto is None or not remotes:
            return "No SAs found\n"
        over, own = router.tunnel.ipv6_transport, shown(self.nbma(router))
        mask = "/128" if over else "/255.255.255.255"
        sa = esp(router.crypto.ipsec)
        text = f"\ninterface: {router.tunnel.interface}\n"
        text += f"    Crypto map tag: {router.tunnel.interface}-head-0, local addr {own}\n"
        by_nbma = {self.nbma(one): one.name for one in self.design.routers}
        for remote in remotes:
            out, back = 90, 90
            if router.name in self.lost or by_nbma[remote] in self.lost:
                spoke = router.name if router.name in self.lost else by_nbma[remote]
                hub_gets, spoke_gets = self.lost[spoke]
                out, back = 90, (spoke_gets if spoke == router.name else hub_gets)
            peer = shown(remote)
            text += (
                "\n   protected vrf: (none)\n"
                f"   local  ident (addr/mask/prot/port): ({own}{mask}/47/0)\n"
                f"   remote ident (addr/mask/prot/port): ({peer}{mask}/47/0)\n"
                f"   current_peer {peer} port 500\n"
                f"    #pkts encaps: {out}, #pkts encrypt: {out}, #pkts digest: {out}\n"
                f"    #pkts decaps: {back}, #pkts decrypt: {back}, #pkts verify: {back}\n"
                f"     inbound esp sas:\n{sa}     outbound esp sas:\n{sa}"
            )
        return text

    def near(self, side: RouterDesign) -> list[RouterDesign]:
        """Return the overlay neighbors by the tunnel."""
        found = []
        for client, hub in self.links[f"ipv{side.tunnel.address.version}"]:
            if self.word(client) == "UP" and side.name in {client.name, hub.name}:
                found.append(hub if side.name == client.name else client)
        return list({one.name: one for one in found}.values())

    def _routes(self, side: RouterDesign) -> str:
        code = {"o": "O", "e": "D", "i": "B", "s": "S", "r": "R"}[side.overlay.kind[0]]
        code = "B" if "bgp" in side.overlay.kind else code
        hubs = [hub for hub in self.near(side) if hub.role is Role.HUB]
        local = code in "OD"
        rows = []
        for other in (one for cloud in self.links.values() for pair in cloud for one in pair):
            if (
                other.name == side.name
                or other.tunnel.address.version != side.tunnel.address.version
            ):
                continue
            reached = other in self.near(side) or (hubs and self.word(other) == "UP")
            direct = other in self.near(side) or (side.phase == 2 and self.word(other) == "UP")
            for lan in lans_inside(other) if reached else ():
                hop = shown(next_hops(other if direct else hubs[0])[-1 if local else 0])
                if lan.version == 4:
                    rows.append(f"{code}        {lan} [200/0] via {hop}, 00:10:12\n")
                else:
                    out = f", {side.tunnel.interface}" if local else ""
                    rows.append(f"{code}   {shown(str(lan))} [200/0]\n     via {hop}{out}\n")
        six = side.tunnel.address.version == 6
        carried = (
            side.tunnel.ipv6_transport == six and side.tunnel.front_vrf == side.tunnel.inside_vrf
        )
        return table(list(dict.fromkeys(rows)), six=six, default=carried)

    def _underlay(self, router: RouterDesign) -> str:
        return table([], six=router.tunnel.ipv6_transport, default=True)

    def _ping(self, command: str) -> str:
        target = next(word for word in command.split() if word.count(".") == 3 or "::" in word)
        by_nbma = {ip_address(self.nbma(one)): one.name for one in self.design.routers}
        works = by_nbma.get(ip_address(target)) not in self.silent
        return f"Sending 3, 100-byte ICMP Echos to {shown(target)}, timeout is 1 seconds:\n" + (
            "!!!\nSuccess rate is 100 percent (3/3), round-trip min/avg/max = 1/1/1 ms\n"
            if works
            else "...\nSuccess rate is 0 percent (0/3)\n"
        )


_RENDER = Renderer(placeholder).render


def _ipv6_interface(name: str, local: str, own: str, mtu: int) -> str:
    return (
        f"{name} is up, line protocol is up\n"
        f"  IPv6 is enabled, link-local address is {local} \n"
        "  No Virtual link-local address(es):\n  Global unicast address(es):\n"
        f"    {own}, subnet is {own}/64 \n"
        f"  Joined group address(es):\n    FF02::1\n  MTU is {mtu} bytes\n"
    )
