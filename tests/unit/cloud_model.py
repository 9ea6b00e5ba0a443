"""A small cloud as a design and as routers that print IOS text, for tests without any router.

The texts are written here from the model's state alone, so that verify is judged by layouts that
know nothing of it. Faults change the state the way they change a router's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from dmvpn_auto.design.types import (
    Address,
    CloudDesign,
    Eigrp,
    IbgpClient,
    IbgpReflector,
    Ikev2PreShared,
    Ipsec,
    Nhrp,
    Nhs,
    Ospf,
    Role,
    RouterDesign,
    Tunnel,
)
from dmvpn_auto.errors import DeviceError, DmvpnError, UnreachableError
from dmvpn_auto.render import render
from dmvpn_auto.verify import WireCount
from dmvpn_auto.verify.commands import for_support

HUB_NBMA = IPv4Address("203.0.113.2")
HUB_TUNNEL = IPv4Address("10.255.0.1")
SUBNET = IPv4Network("10.255.0.0/24")

CRYPTO = Ikev2PreShared(
    kind="ikev2-psk", proposal="P", policy="P", keyring="K", profile="F",
    encryption="aes-gcm-256", prf="sha384", integrity=None, dh_group=19,
    pre_shared_key="env:PSK", dpd=None, lifetime=None, front_vrf=None,
    ipsec=Ipsec(
        transform_set="T", profile="I", encryption="esp-gcm 256", integrity=None,
        mode="transport", pfs_group=None, lifetime=None, replay_window=None,
    ),
)  # fmt: skip

OSPF = Ospf(
    kind="ospf", process=1, router_id=IPv4Address("10.255.0.1"), area=0, area_type="normal",
    network_type="point-to-multipoint", hello=10, dead=40, priority=None, cost=None, key_id=1,
    authentication=None, networks=(), neighbors=(), summaries=(IPv4Network("10.0.0.0/8"),),
    default_originate=False,
)  # fmt: skip
EIGRP = Eigrp(
    kind="eigrp", name=None, asn=100, router_id=IPv4Address("10.255.0.1"), hello=5, hold=15,
    stub=True, split_horizon=False, next_hop_self=True, networks=(),
    summaries=(IPv4Network("10.0.0.0/8"),), key=None,
)  # fmt: skip

OSPF_INTERFACE = """\
Tunnel0 is up, line protocol is up 
  Internet Address 10.255.0.11/24, Interface ID 9, Area 0
  Attached via Network Statement
  Process ID 1, Router ID 10.255.0.1, Network Type POINT_TO_MULTIPOINT, Cost: 1000
  Transmit Delay is 1 sec, State POINT_TO_MULTIPOINT
  Timer intervals configured, Hello 10, Dead 40, Wait 40, Retransmit 5
"""  # noqa: W291 - IOS leaves the blank
EIGRP_INTERFACE = """\
EIGRP-IPv4 Interfaces for AS(100)
                              Xmit Queue   PeerQ        Mean   Pacing Time   Multicast    Pending
Interface              Peers  Un/Reliable  Un/Reliable  SRTT   Un/Reliable   Flow Timer   Routes
Tu0                      3        0/0       0/0          20       0/0           50           0
  Hello-interval is 5, Hold-time is 15
  Split-horizon is disabled
  Next xmit serial <none>
"""


def _router(name: str, number: int, length: int) -> RouterDesign:
    hub = number == 0
    lan = IPv4Network(f"10.{number % 250}.{number // 250}.0/24")
    address = HUB_TUNNEL if hub else SUBNET[0] + 10 + number
    nhs = Nhs(hub="hub", tunnel_address=HUB_TUNNEL, nbma_address=HUB_NBMA)
    overlay: IbgpReflector | IbgpClient
    if hub:
        overlay = IbgpReflector(
            kind="ibgp-hub", asn=65000, router_id=address, peer_group="SPOKES",
            listen_range=SUBNET, listen_limit=100, keepalive=20, holdtime=60, networks=(lan,),
            summaries=(IPv4Network("10.0.0.0/8"),), default_originate=False,
        )  # fmt: skip
    else:
        overlay = IbgpClient(
            kind="ibgp-spoke", asn=65000, router_id=address, neighbors=(HUB_TUNNEL,),
            keepalive=20, holdtime=60, networks=(lan,),
        )  # fmt: skip
    return RouterDesign(
        name=name, cloud="branches", phase=3, role=Role.HUB if hub else Role.SPOKE,
        dialect="iosxe",
        nbma_address=HUB_NBMA if hub else IPv4Address("198.51.100.0") + 4 * number - 2,
        lan_prefixes=(lan,), lan_addresses=(lan[1],),
        tunnel=Tunnel(
            interface="Tunnel0", description="", address=IPv4Interface(f"{address}/{length}"),
            source_interface="GigabitEthernet1", key=100, ip_mtu=1400, tcp_mss=1360,
            bandwidth=None, delay=None, front_vrf=None, inside_vrf=None,
            nhrp=Nhrp(
                network_id=1, authentication=None, holdtime=300, registration_timeout=None,
                registration_no_unique=True, multicast_dynamic=hub, redirect=hub,
                shortcut=not hub, nhs=() if hub else (nhs,),
            ),
        ),
        crypto=CRYPTO, overlay=overlay,
    )  # fmt: skip


def make_cloud(spokes: int = 3) -> CloudDesign:
    names = ["hub", *(f"spoke{n}" for n in range(1, spokes + 1))]
    subnet = SUBNET if spokes < 200 else SUBNET.supernet(new_prefix=16)
    routers = tuple(_router(name, n, subnet.prefixlen) for n, name in enumerate(names))
    return CloudDesign(name="branches", phase=3, tunnel_subnet=subnet, routers=routers)


@dataclass
class FakeClock:
    """Time that passes only by waiting."""

    time: float = 0.0

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        assert seconds >= 0
        self.time += max(seconds, 0.001)


@dataclass
class ModelCloud:
    """The state of the routers: all UP unless told otherwise, and what was asked."""

    design: CloudDesign
    state: dict[str, str] = field(default_factory=dict)  # spoke -> DMVPN state towards the hub
    shut: set[str] = field(default_factory=set)
    seen_nbma: dict[str, str] = field(default_factory=dict)  # spoke -> NBMA the hub has for it
    used_nbma: dict[str, str] = field(default_factory=dict)  # spoke -> NBMA it uses for the hub
    hub_cache: set[str] = field(default_factory=set)  # spokes the hub still shows UP though broken
    strangers: tuple[str, ...] = ()
    unreachable: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    extra: dict[tuple[str, str], str] = field(default_factory=dict)  # replaces an answer
    shortcuts: set[tuple[str, str]] = field(default_factory=set)
    shortcut_works: bool = True
    plain_gre: int = 0
    esp: int = 0
    indications: int = 7  # what the hub has sent
    asked: list[tuple[str, str]] = field(default_factory=list)

    def router(self, name: str) -> RouterDesign:
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, RouterDesign]:
        return {router.name: router for router in self.design.routers}

    def count(self) -> WireCount:
        return WireCount(gre=self.plain_gre, esp=self.esp, lines=(f"{self.esp} esp",))

    def ask(
        self, wanted: Mapping[str, Sequence[str]]
    ) -> Mapping[str, Mapping[str, str | DmvpnError]]:
        return {d: {c: self._answer(d, c) for c in commands} for d, commands in wanted.items()}

    def _answer(self, device: str, command: str) -> str | DmvpnError:
        self.asked.append((device, command))
        if device in self.unreachable:
            return UnreachableError(device, "no answer on 192.0.2.1 port 22")
        if command in self.refused:
            return DeviceError(device, f"{command!r}: Invalid input detected")
        if (device, command) in self.extra:
            return self.extra[device, command]
        router, words = self.router(device), command.split()
        if words[0] == "ping":
            return self._ping(router, words[1], int(words[5]))
        if words[0] == "traceroute":
            return self._trace(router, words[1])
        if words[0] == "clear":
            self.shortcuts = {s for s in self.shortcuts if device not in s}
            return ""
        made = {
            "show dmvpn": self._dmvpn,
            "show ip nhrp": self._nhrp,
            "show ip nhrp nhs detail": self._nhs,
            "show crypto ikev2 sa": self._ike,
            "show crypto ipsec sa": self._ipsec,
            "show ip bgp summary": self._bgp,
            "show ip ospf neighbor Tunnel0": self._ospf,
            "show ip eigrp neighbors": self._eigrp,
            "show crypto isakmp sa": self._isakmp,
            "show ip route": self._routes,
            "show interfaces Tunnel0": self._interface,
            "show ip interface Tunnel0": self._ip_interface,
            "show ip nhrp traffic": self._traffic,
            "show ip ospf interface Tunnel0": self._ospf_interface,
            "show ip eigrp interfaces detail Tunnel0": self._eigrp_interface,
            "show ip nhrp multicast": self._multicast,
            "show running-config": self._running,
        }
        if command not in made and command in for_support(router):
            return DeviceError(device, f"{command!r}: Invalid input detected")
        return made[command](router)

    def state_of(self, spoke: str) -> str:
        return "INTF" if spoke in self.shut else self.state.get(spoke, "UP")

    def _rows(self, router: RouterDesign) -> list[tuple[str, str, str, str]]:
        if router.role is Role.HUB:
            rows = [
                (
                    self.seen_nbma.get(s.name, str(s.nbma_address)),
                    str(s.tunnel.address.ip),
                    "UP",
                    "D",
                )
                for s in self.design.spokes
                if self.state_of(s.name) == "UP" or s.name in self.hub_cache
            ]
            return rows + [("192.0.2.99", stranger, "UP", "D") for stranger in self.strangers]
        if router.name in self.shut:
            return []
        nbma = self.used_nbma.get(router.name, str(HUB_NBMA))
        rows = [(nbma, str(HUB_TUNNEL), self.state_of(router.name), "S")]
        for a, b in self.shortcuts:
            if a == router.name:
                other = self.router(b)
                rows.append((str(other.nbma_address), str(other.tunnel.address.ip), "UP", "DT1"))
        return rows

    def _dmvpn(self, router: RouterDesign) -> str:
        rows = self._rows(router)
        text = "Legend: Attrb --> S - Static, D - Dynamic, I - Incomplete\n"
        if not rows:
            return text
        role = "Hub" if router.role is Role.HUB else "Spoke"
        text += (
            f"\nInterface: Tunnel0, IPv4 NHRP Details \nType:{role}, NHRP Peers:{len(rows)}, \n\n"
        )
        for nbma, tunnel, state, flags in rows:
            text += f"     1 {nbma:<15} {tunnel:>15} {state:>5} 00:01:07 {flags:>5}\n"
        return text

    def _running(self, router: RouterDesign) -> str:
        rendered = render(router, lambda reference: f"7 {len(reference):02d}5A1B")
        return f"Building configuration...\n!\nhostname {router.name}\n!\n{rendered}!\nend\n"

    def _multicast(self, router: RouterDesign) -> str:
        text = "  I/F     NBMA address\n"
        if router.role is Role.SPOKE:
            return f"{text}Tunnel0    {HUB_NBMA}     Flags: static         (Enabled) \n"
        for nbma, *_ in self._rows(router):
            text += f"Tunnel0    {nbma:<15} Flags: dynamic        (Enabled) \n"
        return text

    def _nhrp(self, router: RouterDesign) -> str:
        text = ""
        if router.role is Role.HUB:
            for nbma, tunnel, *_ in self._rows(router):
                text += (
                    f"{tunnel}/32 via {tunnel}\n"
                    "   Tunnel0 created 00:04:49, expire 00:00:50\n"
                    "   Type: dynamic, Flags: registered nhop \n"
                    f"   NBMA address: {nbma} \n"
                )
        for a, b in sorted(self.shortcuts):
            if a == router.name:
                other = self.router(b)
                host = f"{other.tunnel.address.ip}/32"
                target = host if self.design.phase == 2 else other.lan_prefixes[0]
                text += (
                    f"{target} via {other.tunnel.address.ip}\n"
                    "   Tunnel0 created 00:00:05, expire 00:04:55\n"
                    "   Type: dynamic, Flags: router rib \n"
                    f"   NBMA address: {other.nbma_address} \n"
                )
        return text

    def _traffic(self, router: RouterDesign) -> str:
        sent = self.indications if router.role is Role.HUB else 0
        return (
            "Tunnel0: Max-send limit:10000Pkts/10Sec, Usage:0%\n"
            f"   Sent: Total {sent + 9}\n"
            "         0 Resolution Request  0 Resolution Reply  0 Registration Request\n"
            "         9 Registration Reply  0 Purge Request  0 Purge Reply\n"
            f"         0 Error Indication  {sent} Traffic Indication  "
            "0 Redirect Suppress\n"
            "   Rcvd: Total 9\n         9 Registration Request\n"
        )

    def _nhs(self, router: RouterDesign) -> str:
        flags = "RE" if self.state_of(router.name) == "UP" else " E"
        return (
            "Legend: E=Expecting replies, R=Responding, W=Waiting, D=Dynamic\nTunnel0:\n"
            f"{HUB_TUNNEL}  {flags}  NBMA Address: {HUB_NBMA} priority = 0 cluster = 0  "
            "req-sent 5  req-failed 0  repl-recv 5 (00:00:07 ago)\n"
        )

    def _protected(self, router: RouterDesign, layers: set[str]) -> list[Address]:
        """Return the NBMA addresses with which `router` has an SA, spokes in `layers` lack one."""
        if router.role is Role.HUB:
            return [
                s.nbma_address
                for s in self.design.spokes
                if self.state_of(s.name) not in layers and s.nbma_address
            ]
        ends: list[Address] = [] if self.state_of(router.name) in layers else [HUB_NBMA]
        others = [self.router(b).nbma_address for a, b in self.shortcuts if a == router.name]
        return ends + [o for o in others if o is not None]

    def _ike(self, router: RouterDesign) -> str:
        text = " IPv4 Crypto IKEv2  SA \n"
        for number, remote in enumerate(self._protected(router, {"INTF", "IKE"}), 1):
            text += (
                "\nTunnel-id Local                 Remote                fvrf/ivrf   Status \n"
                f"{number}  {router.nbma_address}/500  {remote}/500  none/none  READY  \n"
                "      Encr: AES-GCM, keysize: 256, PRF: SHA384, Hash: None, DH Grp:19, "
                "Auth sign: PSK, Auth verify: PSK\n      Life/Active Time: 86400/735 sec\n"
            )
        return text

    def _ipsec(self, router: RouterDesign) -> str:
        text = "\ninterface: Tunnel0\n    Crypto map tag: Tunnel0-head-0, local addr 0.0.0.0\n"
        for remote in self._protected(router, {"INTF", "IKE", "IPSEC"}):
            sa = (
                "      spi: 0x1(1)\n        transform: esp-gcm 256 ,\n"
                "        in use settings ={Transport, }\n        Status: ACTIVE(ACTIVE)\n"
            )
            text += (
                "\n   protected vrf: (none)\n"
                "   local  ident (addr/mask/prot/port): "
                f"({router.nbma_address}/255.255.255.255/47/0)\n"
                "   remote ident (addr/mask/prot/port): "
                f"({remote}/255.255.255.255/47/0)\n"
                f"   current_peer {remote} port 500\n"
                "    #pkts encaps: 9, #pkts encrypt: 9, #pkts digest: 9\n"
                "    #pkts decaps: 8, #pkts decrypt: 8, #pkts verify: 8\n"
                f"     inbound esp sas:\n{sa}     outbound esp sas:\n{sa}"
            )
        return text

    def _bgp(self, router: RouterDesign) -> str:
        text = f"BGP router identifier {router.tunnel.address.ip}, local AS number 65000\n"
        neighbors = [
            (f"*{s.tunnel.address.ip}", "1" if self.state_of(s.name) == "UP" else "Idle")
            for s in self.design.spokes
        ]
        if router.role is Role.SPOKE:
            up = self.state_of(router.name) == "UP"
            neighbors = [(str(HUB_TUNNEL), "1" if up else "Active")]
        for address, state in neighbors:
            text += f"{address}  4  65000  15  17  9  0  0 00:10:12  {state}\n"
        return text

    def _adjacent(self, router: RouterDesign) -> list[Address]:
        if router.role is Role.SPOKE:
            return [HUB_TUNNEL] if self.state_of(router.name) == "UP" else []
        up = [s for s in self.design.spokes if self.state_of(s.name) == "UP"]
        return [s.tunnel.address.ip for s in up]

    def _ospf(self, router: RouterDesign) -> str:
        rows = [
            f"{a}   0   FULL/  -        00:00:39    {a}    Tunnel0\n"
            for a in self._adjacent(router)
        ]
        head = "\nNeighbor ID     Pri   State           Dead Time   Address         Interface\n"
        return head + "".join(rows)

    def _eigrp(self, router: RouterDesign) -> str:
        rows = [
            f"{n}   {a}              Tu0                12 00:11:24   14   100  0  10\n"
            for n, a in enumerate(self._adjacent(router))
        ]
        return (
            "EIGRP-IPv4 VR(DMVPN) Address-Family Neighbors for AS(100)\n"
            "H   Address                 Interface       Hold Uptime   SRTT   RTO  Q  Seq\n"
            "                                            (sec)         (ms)       Cnt Num\n"
        ) + "".join(rows)

    def _ospf_interface(self, router: RouterDesign) -> str:
        return OSPF_INTERFACE.replace("10.255.0.11", str(router.tunnel.address.ip))

    def _eigrp_interface(self, _: RouterDesign) -> str:
        return EIGRP_INTERFACE

    def _isakmp(self, router: RouterDesign) -> str:
        text = "IPv4 Crypto ISAKMP SA\n"
        text += "dst             src             state          conn-id status\n"
        for number, remote in enumerate(self._protected(router, {"INTF", "IKE"})):
            source = router.nbma_address if remote == HUB_NBMA else remote
            text += f"{HUB_NBMA}     {source}    QM_IDLE  100{number} ACTIVE\n"
        return text

    def _routes(self, router: RouterDesign) -> str:
        rows = ""
        if router.role is Role.SPOKE:
            if self.state_of(router.name) == "UP":
                rows += f"B        10.0.0.0/8 [200/0] via {HUB_TUNNEL}, 00:10:12\n"
            for a, b in sorted(self.shortcuts):
                if a == router.name:
                    other = self.router(b)
                    rows += f"H        {other.lan_prefixes[0]} [250/255] via "
                    rows += f"{other.tunnel.address.ip}, 00:00:05, Tunnel0\n"
        else:
            for spoke in self.design.spokes:
                if self.state_of(spoke.name) == "UP":
                    hop = spoke.tunnel.address.ip
                    rows += f"B        {spoke.lan_prefixes[0]} [200/0] via {hop}, 00:10:12\n"
        subnets = rows.count("\n")
        return (
            "Codes: L - local, C - connected\n\nGateway of last resort is not set\n\n"
            f"      10.0.0.0/8 is variably subnetted, {subnets} subnets, 3 masks\n{rows}"
        )

    def _interface(self, router: RouterDesign) -> str:
        down = router.name in self.shut
        admin, line = ("administratively down", "down") if down else ("up", "up")
        return (
            f"Tunnel0 is {admin}, line protocol is {line} \n  Hardware is Tunnel\n"
            f"  Internet address is {router.tunnel.address}\n"
            f"  Tunnel source {router.nbma_address} (GigabitEthernet1)\n"
            "  Tunnel protocol/transport multi-GRE/IP\n    Key 0x64, sequencing disabled\n"
            + (
                f'  Tunnel protection via IPSec (profile "{router.crypto.ipsec.profile}")\n'
                if router.crypto
                else ""
            )
        )

    def _ip_interface(self, router: RouterDesign) -> str:
        return (
            "Tunnel0 is up, line protocol is up\n"
            f"  Internet address is {router.tunnel.address}\n  MTU is 1400 bytes\n"
        )

    def _ping(self, router: RouterDesign, target: str, count: int) -> str:
        owner = next(
            r
            for r in self.design.routers
            if target in {str(r.tunnel.address.ip), *map(str, r.lan_addresses)}
        )
        works = {self.state_of(n) for n in (router.name, owner.name) if n != "hub"} <= {"UP"}
        if works and {router.role, owner.role} == {Role.SPOKE} and self.shortcut_works:
            self.shortcuts |= {(router.name, owner.name), (owner.name, router.name)}
            self.indications += 1
        if works:
            self.esp += count
        got = count if works else 0
        return (
            "Type escape sequence to abort.\n"
            f"Sending {count}, 100-byte ICMP Echos to {target}, timeout is 1 seconds:\n"
            f"{('!' if works else '.') * count}\n"
            f"Success rate is {100 * got // count} percent ({got}/{count})\n"
        )

    def _trace(self, router: RouterDesign, target: str) -> str:
        owner = next(r for r in self.design.routers if target in map(str, r.lan_addresses))
        direct = (router.name, owner.name) in self.shortcuts
        hops = [owner] if direct else [self.router("hub"), owner]
        text = f"Type escape sequence to abort.\nTracing the route to {target}\n"
        text += "VRF info: (vrf in name/id, vrf out name/id)\n"
        for ttl, hop in enumerate(hops, 1):
            text += f"  {ttl} {hop.tunnel.address.ip} 4 msec\n"
        return text
