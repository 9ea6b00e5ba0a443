"""Faults that the lab cannot carry, written down in the formats of routers: both ends, by hand.

Each case starts from a healthy model cloud, replaces what the fault changes and says the cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Interface

import pytest

from dmvpn_auto.cli.diagnose import intended
from dmvpn_auto.design.types import CloudDesign, Eigrp, NhsCluster, RouterDesign
from dmvpn_auto.errors import DeviceError, DmvpnError
from dmvpn_auto.render import placeholder, render
from dmvpn_auto.verify.checks.subjects import clients
from dmvpn_auto.verify.diagnosis import Diagnosis, Finding, collect, diagnose, texts
from tests.unit.cloud_model import ModelCloud, make_cloud

HUB, SPOKE = "203.0.113.2", "198.51.100.6"
CONFIGURATION, LOG = "show running-config", "show logging"
_LOG_HEAD = (
    "Syslog logging: enabled (0 messages dropped, 0 messages rate-limited,\n"
    "                0 flushes, 0 overruns, xml disabled, filtering disabled)\n\n"
    "    Buffer logging:  level debugging, 9 messages logged, xml disabled,\n"
    "                    filtering disabled\n\nLog Buffer (8192 bytes):\n\n"
)


class Routers:
    """The model, which refuses what it does not know as a router would."""

    def __init__(self, model: ModelCloud) -> None:
        self._model = model

    def ask(
        self, wanted: Mapping[str, Sequence[str]]
    ) -> Mapping[str, Mapping[str, str | DmvpnError]]:
        return {d: {c: self._one(d, c) for c in commands} for d, commands in wanted.items()}

    def _one(self, device: str, command: str) -> str | DmvpnError:
        if (device, command) in self._model.extra:
            return self._model.extra[device, command]
        if command.startswith("ping "):
            return (
                "Sending 3, 100-byte ICMP Echos to 203.0.113.2, timeout is 1 seconds:\n!!!\n"
                "Success rate is 100 percent (3/3), round-trip min/avg/max = 1/1/1 ms\n"
            )
        try:
            return self._model.ask({device: [command]})[device][command]
        except KeyError:
            return DeviceError(device, f"{command!r}: Invalid input detected")


def _eigrp(cloud: CloudDesign) -> CloudDesign:
    overlay = Eigrp(
        kind="eigrp", name=None, asn=100, router_id=IPv4Address("10.255.0.1"), hello=5,
        hold=15, stub=False, split_horizon=False, next_hop_self=True, networks=(), summaries=(),
        key=None,
    )  # fmt: skip
    routers = tuple(
        replace(r, overlay=replace(overlay, router_id=IPv4Address(str(r.tunnel.address.ip))))
        for r in cloud.routers
    )
    return replace(cloud, routers=routers)


def _said(*lines: str) -> str:
    return _LOG_HEAD + "".join(f"*Sep 21 07:05:{n:02}.100: {x}\n" for n, x in enumerate(lines))


def _flow(remote: str, local: str, out: int, back: int) -> str:
    sa = (
        "      spi: 0x1(1)\n        transform: esp-gcm 256 ,\n"
        "        in use settings ={Transport, }\n        Status: ACTIVE(ACTIVE)\n"
    )
    return (
        "\ninterface: Tunnel0\n    Crypto map tag: Tunnel0-head-0, local addr 0.0.0.0\n"
        "\n   protected vrf: (none)\n"
        f"   local  ident (addr/mask/prot/port): ({local}/255.255.255.255/47/0)\n"
        f"   remote ident (addr/mask/prot/port): ({remote}/255.255.255.255/47/0)\n"
        f"   current_peer {remote} port 500\n"
        f"    #pkts encaps: {out}, #pkts encrypt: {out}, #pkts digest: {out}\n"
        f"    #pkts decaps: {back}, #pkts decrypt: {back}, #pkts verify: {back}\n"
        f"     inbound esp sas:\n{sa}     outbound esp sas:\n{sa}"
    )


def _dmvpn(role: str, *rows: str) -> str:
    if not rows:
        return "Legend: Attrb --> S - Static, D - Dynamic, I - Incomplete\n"
    head = f"\nInterface: Tunnel0, IPv4 NHRP Details \nType:{role}, NHRP Peers:{len(rows)}, \n\n"
    return "Legend: Attrb --> S - Static, D - Dynamic, I - Incomplete\n" + head + "\n".join(rows)


OTHERS = (
    "     1 198.51.100.2        10.255.0.11    UP 00:16:00     D",
    "     1 198.51.100.10       10.255.0.13    UP 00:16:00     D",
)
UNKNOWN = "     1 UNKNOWN             10.255.0.12   IKE    never    IX"
NO_NHS = "Legend: E=Expecting replies, R=Responding, W=Waiting, D=Dynamic\n"


@dataclass(frozen=True)
class Case:
    """What is broken: states of spokes, replaced outputs, changed lines of configurations."""

    device: str
    rule: str
    state: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[tuple[str, str], str] = field(default_factory=dict)
    lines: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # device -> old, new
    design: CloudDesign | None = None
    also: tuple[str, ...] = ()  # routers that share the fault


WALL = (
    "interface GigabitEthernet1\n ip address 198.51.100.6 255.255.255.252\n"
    " ip access-group EDGE in\nip access-list extended EDGE\n"
    " permit udp any any eq isakmp\n deny esp any any\n permit ip any any\n"
)
ALL_IKE = {"spoke1": "IKE", "spoke2": "IKE", "spoke3": "IKE"}
CASES = {
    "W2: the IPsec profile of the hub is not defined": Case(
        "hub", "hub-protection-missing", ALL_IKE,
        {("hub", LOG): _said("%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is OFF")},
    ),
    "W3: the hub has no network-id": Case(
        "hub", "hub-network-id-missing", {"spoke1": "NHRP", "spoke2": "NHRP", "spoke3": "NHRP"},
        {("hub", LOG): _said("%DMVPN-5-NHRP_NETID_UNCONFIGURED: Tunnel0: NHRP network-id is "
                             "unconfigured")},
    ),
    "W8: a spoke without protection, told by the hub's log": Case(
        "spoke2", "spoke-protection-missing", {"spoke2": "NHRP"},
        {("spoke2", "show crypto ikev2 sa"): " IPv4 Crypto IKEv2  SA \n",
         ("spoke2", "show crypto ipsec sa"): "",
         ("hub", LOG): _said("%CRYPTO-4-RECVD_PKT_NOT_IPSEC: Rec'd packet not an IPSEC packet. "
                             f"(ip) vrf/dest_addr= /{HUB}, src_addr= {SPOKE}, prot= 47")},
    ),
    "F2: an access list at the hub drops ESP and logs it": Case(
        "hub", "acl-blocks-esp", {"spoke2": "NHRP"},
        {("hub", "show crypto ipsec sa"): _flow(SPOKE, HUB, 0, 0),
         ("spoke2", "show crypto ipsec sa"): _flow(HUB, SPOKE, 9, 0),
         ("hub", LOG): _said(f"%SEC-6-IPACCESSLOGNP: list EDGE-IN denied 50 {SPOKE} -> {HUB}, "
                             "1 packet")},
    ),
    "F2 without a log: ESP is lost on the way": Case(
        "spoke2", "path-blocks-esp", {"spoke2": "NHRP"},
        {("hub", "show crypto ipsec sa"): _flow(SPOKE, HUB, 0, 0),
         ("spoke2", "show crypto ipsec sa"): _flow(HUB, SPOKE, 9, 0), ("hub", LOG): _said()},
    ),
    "an access list on the spoke, seen in its configuration": Case(
        "spoke2", "acl-blocks-esp", {"spoke2": "NHRP"},
        {("hub", "show crypto ipsec sa"): _flow(SPOKE, HUB, 9, 9),
         ("spoke2", "show crypto ipsec sa"): _flow(HUB, SPOKE, 9, 0)},
        {"spoke2": ("!!", WALL)},
    ),
    "F3: NHRP authentication, by the hub's log alone": Case(
        "spoke2", "authentication", {"spoke2": "NHRP"},
        {("hub", LOG): _said("%DMVPN-3-DMVPN_NHRP_ERROR:  Tunnel0: Recieved wrong authentication "
                             "string for  Registration Request , Reason:  authentication failure "
                             f"(11) on (Tunnel: 10.255.0.1 NBMA: {HUB})"),
         ("hub", "show dmvpn"): _dmvpn("Hub", UNKNOWN, *OTHERS)},
    ),
    "F4: a wrong NHS tunnel address": Case(
        "spoke2", "wrong-nhs-address", {"spoke2": "NHRP"},
        {("spoke2", "show dmvpn"): _dmvpn(
            "Spoke", "     1 203.0.113.2         10.255.0.99  NHRP    never     S"),
         ("hub", "show dmvpn"): _dmvpn("Hub", UNKNOWN, *OTHERS)},
    ),
    "F5: a map and no next-hop server": Case(
        "spoke2", "server-missing", {"spoke2": "NHRP"},
        {("spoke2", "show ip nhrp nhs detail"): NO_NHS,
         ("hub", "show dmvpn"): _dmvpn("Hub", UNKNOWN, *OTHERS)},
    ),
    "F6: PFS on one side (IKEv1 and first negotiation)": Case(
        "spoke2", "pfs", {"spoke2": "IPSEC"},
        lines={"spoke2": (" set transform-set T\n", " set transform-set T\n set pfs group14\n")},
    ),
    "F8: transport against tunnel mode": Case(
        "spoke2", "transform-mode", {"spoke2": "IPSEC"},
        lines={"spoke2": (" mode transport\n", " mode tunnel\n")},
    ),
    "2.17: the unique registration of an older address": Case(
        "spoke2", "unique-registration", {"spoke2": "NHRP"},
        {("hub", LOG): _said("%NHRP-3-PAKERROR: Receive Registration Request for 10.255.0.12 from "
                             f"{SPOKE} with error - unique address registered already(14)")},
    ),
    "2.18: two spokes behind one address": Case(
        "spoke2", "two-behind-one-pat", {},
        {("hub", "show dmvpn"): _dmvpn(
            "Hub", "     2 198.51.100.6        10.255.0.12    UP 00:00:10    DN",
            "       198.51.100.6        10.255.0.13    UP 00:00:12    DN", OTHERS[0])},
        also=("spoke3",),
    ),
    "2.6: an expired certificate": Case(
        "spoke2", "certificate", {"spoke2": "IKE"},
        {("spoke2", LOG): _said("%PKI-3-CERTIFICATE_INVALID_EXPIRED: Certificate chain validation "
                                "has failed. The certificate (SN: 04) has expired.")},
    ),
    "2.3: the path drops UDP 500, all else is as designed": Case(
        "spoke2", "path-blocks-ike", {"spoke2": "IKE"},
    ),
    "3.1: EIGRP and no multicast at the hub": Case(
        "hub", "hub-multicast-missing", {},
        {(name, "show ip eigrp neighbors"): "EIGRP-IPv4 Neighbors for AS(100)\n"
         for name in ("hub", "spoke1", "spoke2", "spoke3")}
        | {("hub", "show ip nhrp multicast"): "  I/F     NBMA address\n"},
        {"hub": (" ip nhrp map multicast dynamic\n", "")}, _eigrp(make_cloud()),
    ),
    "3.6: EIGRP split horizon at the hub": Case(
        "hub", "split-horizon", {}, {},
        {"hub": (" no ip split-horizon eigrp 100\n", "")}, _eigrp(make_cloud()),
    ),
    "4.1: redirect is shown and not active": Case(
        "hub", "redirect-inactive", {},
        {("hub", "show ip nhrp traffic"): "Tunnel0: Max-send limit:10000Pkts/10Sec, Usage:0%\n"
         "   Sent: Total 9\n         0 Resolution Request  0 Resolution Reply  0 Registration "
         "Request\n         9 Registration Reply  0 Purge Request  0 Purge Reply\n"
         "         0 Error Indication  0 Traffic Indication  0 Redirect Suppress\n"
         "   Rcvd: Total 9\n         0 Resolution Request  0 Resolution Reply  9 Registration "
         "Request\n         0 Registration Reply  0 Purge Request  0 Purge Reply\n"
         "         0 Error Indication  0 Traffic Indication  0 Redirect Suppress\n",
         ("spoke2", "traceroute 10.3.0.1 source 10.2.0.1 numeric"):
         "Type escape sequence to abort.\nTracing the route to 10.3.0.1\n"
         "VRF info: (vrf in name/id, vrf out name/id)\n"
         "  1 10.255.0.1 4 msec\n  2 10.255.0.13 8 msec\n"},
    ),
    "4.3: no IKE between two spokes": Case(
        "spoke2", "spoke-to-spoke-ike", {},
        {("spoke2", "show dmvpn"): _dmvpn(
            "Spoke", "     1 203.0.113.2          10.255.0.1    UP 00:16:00     S",
            "     1 198.51.100.10       10.255.0.13   IKE 00:00:20   DX")},
    ),
    "5.1: recursion on point-to-point GRE": Case(
        "spoke2", "recursion", {"spoke2": "NHRP"},
        {("spoke2", LOG): _said("%ADJ-5-PARENT: Midchain parent maintenance for IP midchain out "
                                "of Tunnel0 - looped chain attempting to stack",
                                "%TUN-5-RECURDOWN: Tunnel0 temporarily disabled due to recursive "
                                "routing")},
    ),
    "5.5: packets dropped as replayed": Case(
        "hub", "replay-drops", {},
        {("hub", LOG): _said("%IPSEC-3-REPLAY_ERROR: IPSec SA receives anti-replay error, DP "
                             "Handle 5, src_addr 198.51.100.6, dest_addr 203.0.113.2, SPI 0x1")},
    ),
    "5.4: ESP for an SA that is not there": Case(
        "hub", "invalid-spi", {},
        {("hub", LOG): _said("%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid "
                             f"spi for destaddr={HUB}, prot=50, spi=0x1, srcaddr={SPOKE}")},
    ),
    "5.8: no ip mtu on a spoke": Case(
        "spoke2", "mtu", lines={"spoke2": (" ip mtu 1400\n", "")},
    ),
    "5.9: a spoke names a profile that is not there": Case(
        "spoke2", "spoke-protection-missing", {"spoke2": "NHRP"},
        {("spoke2", "show crypto ikev2 sa"): " IPv4 Crypto IKEv2  SA \n",
         ("spoke2", "show crypto ipsec sa"): ""},
        {"spoke2": ("crypto ipsec profile I\n", "crypto ipsec profile J\n")},
    ),
    "2.9: both ends fell back to tunnel mode": Case(
        "spoke2", "tunnel-mode-negotiated", {},
        {("hub", "show crypto ipsec sa"): _flow(SPOKE, HUB, 9, 9).replace("Transport", "Tunnel"),
         ("spoke2", "show crypto ipsec sa"): _flow(HUB, SPOKE, 9, 9).replace("Transport",
                                                                              "Tunnel")},
    ),
    "3.9: the listen limit is too small": Case(
        "hub", "bgp-listen-limit", {},
        {("spoke2", "show ip bgp summary"): "BGP router identifier 10.255.0.12, local AS number "
         "65000\n10.255.0.1  4  65000  0  0  1  0  0 never  Idle\n"},
        {"hub": (" bgp listen range", " bgp listen limit 2\n bgp listen range")},
    ),
}  # fmt: skip


def _run(case: Case, model: ModelCloud | None = None) -> Diagnosis:
    design = case.design or make_cloud()
    model = model or ModelCloud(design)
    model.state.update(case.state)
    for router in design.routers:
        model.extra.setdefault((router.name, CONFIGURATION), _configuration(case, router))
    model.extra.update(case.said)
    names = [router.name for router in design.routers]
    seen = collect(design, Routers(model), names)
    for device, command in case.said:
        if command.startswith("traceroute"):
            more = collect.__globals__["gather"](Routers(model), {device: [command]})
            seen = replace(seen, rest=seen.rest.merged(more))
    return diagnose(design, texts(seen), intended(design))


def _configuration(case: Case, router: RouterDesign) -> str:
    text = render(router, placeholder)
    old, new = case.lines.get(router.name, ("", ""))
    if old == "!!":
        return f"{text}{new}end\n"
    assert old in text, f"{old!r} is not in the configuration of {router.name}"
    return f"{text.replace(old, new) if old else text}end\n"


@pytest.mark.parametrize("name", CASES)
def test_the_cause_is_named_first(name: str) -> None:
    case = CASES[name]
    found = _run(case).findings
    assert [(f.device, f.rule) for f in found][:1] == [(case.device, case.rule)], [
        (f.device, f.rule, f.cause) for f in found
    ]
    sure = [f for f in found if f.confidence >= 0.7]
    assert {f.device for f in sure} <= {case.device, *case.also}
    assert all(f.fix or f.next for f in found)


def _only(found: Sequence[Finding]) -> Finding:
    assert len(found) == 1, [(f.device, f.rule) for f in found]
    return found[0]


@pytest.mark.parametrize("design", [make_cloud(), make_cloud(1), _eigrp(make_cloud())])
def test_a_healthy_cloud_has_no_finding(design: CloudDesign) -> None:
    result = _run(Case("", "", design=design))
    assert not result.findings
    assert result.looked_at == len(design.spokes)


def test_a_spoke_that_cannot_be_asked_is_judged_from_the_hub() -> None:
    model = ModelCloud(make_cloud(), unreachable={"spoke2"}, state={"spoke2": "IKE"})
    design = model.design
    silent = "....\nSuccess rate is 0 percent (0/3)\n"
    ping = f"ping {SPOKE} source GigabitEthernet1 repeat 3 timeout 1"
    head = f"Sending 3, 100-byte ICMP Echos to {SPOKE}, timeout is 1 seconds:\n"
    model.extra["hub", ping] = head + silent
    for router in design.routers:
        if router.name != "spoke2":
            model.extra[router.name, CONFIGURATION] = f"{render(router, placeholder)}end\n"
    seen = collect(design, Routers(model), [router.name for router in design.routers])
    result = diagnose(design, texts(seen), intended(design))
    finding = _only(result.findings)
    assert finding.rule == "underlay-broken"
    assert finding.state == "IKE"
    assert finding.peers == ("hub",)
    assert set(result.unreachable) == {"spoke2"}


def test_what_the_evidence_leaves_open_is_said_with_the_next_probe() -> None:
    model = ModelCloud(make_cloud(), state={"spoke2": "IPSEC"})
    seen = collect(model.design, Routers(model), [r.name for r in model.design.routers])
    for router in model.design.routers:
        seen.rest.outputs[router.name].pop(CONFIGURATION)  # type: ignore[attr-defined]
    found = diagnose(model.design, texts(seen), intended(model.design)).findings
    assert {f.rule for f in found} == {"transform-set", "pfs", "transform-mode"}
    assert all(not f.proven and f.confidence < 0.5 and f.next for f in found)


def test_many_spokes_with_one_cause_are_one_finding() -> None:
    design = make_cloud(40)
    case = replace(CASES["W3: the hub has no network-id"], design=design,
                   state={s.name: "NHRP" for s in design.spokes})  # fmt: skip
    finding = _only(_run(case).findings)
    assert len(finding.peers) == 40


def test_a_hub_that_waits_for_another_to_fail_is_no_fault() -> None:
    design = make_cloud(1)
    hub, spoke = design.routers
    address = IPv4Interface("10.255.0.2/24")
    waiting = replace(hub, name="hub2", tunnel=replace(hub.tunnel, address=address))
    server = spoke.tunnel.nhrp.nhs[0]
    second = replace(server, hub="hub2", tunnel_address=address.ip, priority=2)
    nhrp = replace(
        spoke.tunnel.nhrp,
        nhs=(replace(server, priority=1), second),
        clusters=(NhsCluster(number=0, max_connections=1),),
    )
    client = replace(spoke, tunnel=replace(spoke.tunnel, nhrp=nhrp))
    both = replace(design, routers=(hub, waiting, client))
    links = {(link.device.name, link.towards.name) for link in clients(both)}
    assert links == {("spoke1", "hub")}
    assert _run(Case("", "", design=both)).looked_at == 1
