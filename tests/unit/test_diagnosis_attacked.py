"""Two faults at once, faults that no rule is about, misleading logs, evidence of one side only.

What must be named is named; whoever is innocent is never blamed with confidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from dmvpn_auto.cli.diagnose import intended
from dmvpn_auto.verify.commands import for_diagnosis
from dmvpn_auto.verify.diagnosis import Diagnosis, collect, diagnose, texts
from dmvpn_auto.verify.diagnosis.texts import Texts
from dmvpn_auto.verify.evidence import Evidence
from dmvpn_auto.verify.identity import own_only
from tests.golden import designs
from tests.unit.printed_cloud import LEGEND, PrintedCloud, logged

IBGP, EIGRP, OSPF = "p3-ibgp-default-fvrf", "p3-eigrp-named", "p3-ospf-p2mp"
CERTIFICATES, QOS = "ikev2-certificate-rsa-fvrf", "qos-per-tunnel"
SURE = 0.7
LOG, OTHER = "show logging", "pre-shared-key other"
PSK = "pre-shared-key <env:DMVPN_PSK>"
NOBODY = "\nNeighbor ID     Pri   State           Dead Time   Address         Interface\n"
EXPIRED = (
    "%PKI-3-CERTIFICATE_INVALID_EXPIRED: Certificate chain validation has failed. The certificate "
    "(SN: 01) has expired."
)
WRONG_STRING = (
    "%DMVPN-3-DMVPN_NHRP_ERROR:  Tunnel0: Recieved wrong authentication string for  Registration "
    "Request , Reason:  authentication failure (11) on (Tunnel: 10.0.0.1 NBMA: 203.0.113.1)"
)
Lines = Mapping[str, tuple[tuple[str, str], ...]]
BOTH_IKE = {"spoke1": "IKE", "spoke2": "IKE"}


@dataclass(frozen=True)
class Attack:
    """What is so, whom one may blame with confidence, which rules must be among the findings."""

    blamed: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    cell: str = IBGP
    state: Mapping[str, str] = field(default_factory=dict)
    lines: Lines = field(default_factory=dict)
    said: Mapping[tuple[str, str], str] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    deaf: frozenset[str] = frozenset()  # routers whose pings are not answered
    unreachable: frozenset[str] = frozenset()
    lost: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()  # routers of which there is no evidence
    blind: bool = False  # without any running configuration


class Routers(PrintedCloud):
    """A cloud of which some routers hear nothing from outside."""

    deaf: frozenset[str] = frozenset()

    def one(self, device: str, command: str) -> object:  # type: ignore[override]
        if command.startswith("ping ") and device in self.deaf:
            return (
                "Sending 3, 100-byte ICMP Echos to 203.0.113.1, timeout is 1 seconds:\n...\n"
                "Success rate is 0 percent (0/3)\n"
            )
        return super().one(device, command)


def _set(*names: str) -> frozenset[str]:
    return frozenset(names)


def _dmvpn(role: str, *rows: str) -> str:
    head = f"\nInterface: Tunnel0, IPv4 NHRP Details \nType:{role}, NHRP Peers:{len(rows)}, \n\n"
    return LEGEND + head + "".join(rows)


ATTACKS = {
    # two at once
    "a key here, a shut tunnel there": Attack(
        _set("spoke1", "spoke2"), _set("tunnel-key", "tunnel-shutdown"),
        state={"spoke1": "NHRP", "spoke2": "INTF"},
        lines={"spoke1": ((" tunnel key 100", " tunnel key 101"),),
               "spoke2": ((" tunnel key 100\n", " tunnel key 100\n shutdown\n"),)},
    ),
    "a key of IKE here, a string of NHRP there": Attack(
        _set("spoke1", "spoke2"), _set("pre-shared-key", "authentication"),
        state={"spoke1": "IKE", "spoke2": "NHRP"},
        lines={"spoke1": ((PSK, OTHER),),
               "spoke2": (("nhrp authentication <env:DMVPN_NHRP>", "nhrp authentication other"),)},
    ),
    "two on one spoke: the lower one first": Attack(
        _set("spoke1"), _set("pre-shared-key"), state={"spoke1": "IKE"},
        lines={"spoke1": ((PSK, OTHER), (" tunnel key 100", " tunnel key 101"))},
    ),
    "no redirect at the hub, no size at a spoke": Attack(
        _set("hub", "spoke1"), _set("redirect-missing", "mtu"),
        lines={"hub": ((" ip nhrp redirect\n", ""),), "spoke1": ((" ip mtu 1400\n", ""),)},
    ),
    "a dead line here, a key there: the hub is innocent though nobody is up": Attack(
        _set("spoke1", "spoke2"), _set("underlay-broken", "pre-shared-key"), state=BOTH_IKE,
        lines={"spoke2": ((PSK, OTHER),)}, deaf=_set("spoke1"),
    ),
    # misleading logs
    "a stranger sends the wrong string while ESP of a spoke is lost": Attack(
        _set("spoke1"), _set("path-blocks-esp"), state={"spoke1": "NHRP"},
        said={("hub", LOG): logged(WRONG_STRING)}, lost={"spoke1": (0, 0)},
    ),
    "one of two spokes sends the wrong string, nobody knows which": Attack(
        state={"spoke1": "NHRP", "spoke2": "NHRP"}, said={("hub", LOG): logged(WRONG_STRING)},
        blind=True, unseen=_set("spoke1", "spoke2"), blamed=_set("hub"),
    ),
    "one of two spokes sends the wrong string while a third is up": Attack(
        cell="ipv6-transport-ikev2-psk", state={"spoke1": "NHRP", "spoke2": "NHRP"},
        said={("hub", LOG): logged(WRONG_STRING)}, blind=True,
    ),
    "a stranger sends clear GRE": Attack(
        _set("spoke1"), _set("tunnel-key"), state={"spoke1": "NHRP"},
        lines={"spoke1": ((" tunnel key 100", " tunnel key 101"),)},
        said={("hub", LOG): logged("%CRYPTO-4-RECVD_PKT_NOT_IPSEC: Rec'd packet not an IPSEC "
              "packet. (ip) vrf/dest_addr= /203.0.113.1, src_addr= 192.0.2.66, prot= 47")},
    ),
    "a scanner proposes nonsense to the hub": Attack(
        state={"spoke1": "IKE"},
        said={("hub", LOG): logged("%IKEV2-3-NEG_ABORT: Negotiation aborted due to ERROR: "
                                   "NO_PROPOSAL_CHOSEN")},
    ),
    "replayed packets of somebody else": Attack(
        _set("spoke1"), _set("pre-shared-key"), state={"spoke1": "IKE"},
        lines={"spoke1": ((PSK, OTHER),)},
        said={("hub", LOG): logged("%IPSEC-3-REPLAY_ERROR: IPSec SA receives anti-replay error, DP "
              "Handle 5, src_addr 198.51.100.9, dest_addr 203.0.113.1, SPI 0x1")},
    ),
    "what a spoke logged before it came up": Attack(
        said={("spoke1", LOG): logged("%IKEV2-3-NEG_ABORT: Negotiation aborted due to ERROR: "
                                      "AUTHENTICATION_FAILED")},
    ),
    "the hub was reloaded and all is up again": Attack(
        said={("hub", LOG): logged(
            "%SYS-5-RESTART: System restarted --", "%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is OFF",
            "%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON")},
    ),
    "the hub was reloaded and nobody is back yet": Attack(
        _set(), _set("hub-restarted"), state=BOTH_IKE,
        said={("hub", LOG): logged(
            "%SYS-5-RESTART: System restarted --", "%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is OFF",
            "%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON")},
    ),
    # certificates
    "a clock that is wrong, by the spoke's log": Attack(
        _set("spoke1"), _set("certificate"), CERTIFICATES, {"spoke1": "IKE"},
        said={("spoke1", LOG): logged("%PKI-3-CERTIFICATE_INVALID_NOT_YET_VALID: Certificate chain "
              "validation has failed.  The certificate (SN: 04) is not yet valid")},
    ),
    "the hub's certificate has expired: every spoke says so": Attack(
        _set("hub"), _set("certificate"), CERTIFICATES, BOTH_IKE,
        said={(name, LOG): logged(EXPIRED) for name in ("spoke1", "spoke2")},
    ),
    "a clock in 1993 and no log": Attack(
        _set("spoke1"), _set("certificate"), CERTIFICATES, {"spoke1": "IKE"},
        said={("spoke1", "show clock"): "*00:06:00.000 UTC Mon Mar 1 1993\n"},
    ),
    "a router that never enrolled": Attack(
        _set("spoke1"), _set("certificate"), CERTIFICATES, {"spoke1": "IKE"},
        said={("spoke1", "show crypto pki certificates"): "CA Certificate\n  Status: Available\n"
              "  Certificate Serial Number (hex): 01\n  Certificate Usage: Signature\n  Issuer: \n"
              "    cn=Lab CA\n  Subject: \n    cn=Lab CA\n  Validity Date: \n"
              "    start date: 10:00:00 UTC Jan 1 2025\n    end   date: 10:00:00 UTC Jan 1 2035\n"
              "  Associated Trustpoints: DMVPN-CA \n"},
    ),
    # outside of the catalogue, or on its edge
    "another EIGRP AS": Attack(
        _set("spoke1"), _set("eigrp-parameters"), EIGRP,
        lines={"spoke1": (("autonomous-system 100", "autonomous-system 200"),)},
        said={("spoke1", "show ip eigrp neighbors"): "EIGRP-IPv4 VR(DMVPN) Address-Family Neighbors"
              " for AS(200)\n"},
    ),
    "another EIGRP key": Attack(
        _set("spoke1"), _set("eigrp-parameters"), EIGRP,
        lines={"spoke1": (("key-string <env:DMVPN_EIGRP>", "key-string other"),)},
        said={("spoke1", "show ip eigrp neighbors"): "EIGRP-IPv4 VR(DMVPN) Address-Family Neighbors"
              " for AS(100)\n"},
    ),
    "another OSPF network type": Attack(
        _set("spoke1"), _set("ospf-network-type"), OSPF,
        lines={"spoke1": ((" ip ospf network point-to-multipoint", " ip ospf network broadcast"),)},
        said={("spoke1", "show ip ospf neighbor Tunnel0"): NOBODY},
    ),
    "OSPF is passive on the tunnel": Attack(
        _set("spoke1"), _set("ospf-parameters"), OSPF,
        lines={"spoke1": ((" no passive-interface Tunnel0\n", ""),)},
        said={("spoke1", "show ip ospf neighbor Tunnel0"): NOBODY},
    ),
    "a BGP session that was closed for too many prefixes": Attack(
        said={("spoke1", "show ip bgp summary"): "BGP router identifier 10.0.0.11, local AS number "
              "65000\n10.0.0.1 4 65000 0 0 1 0 0 never Idle (PfxCt)\n"},
    ),
    "the hub polices what its processor gets": Attack(state={"spoke1": "NHRP"}),
    "another QoS group": Attack(
        _set("spoke1"), cell=QOS, lines={"spoke1": (("nhrp group ", "nhrp group X"),)},
    ),
    "a provider drops ESP alone": Attack(
        _set("spoke1"), _set("path-blocks-esp"), state={"spoke1": "NHRP"}, lost={"spoke1": (0, 0)},
    ),
    "a provider drops UDP 500 and 4500": Attack(
        _set("spoke1"), _set("path-blocks-ike"), state={"spoke1": "IKE"},
    ),
    "a foreign router has taken the address of a spoke": Attack(
        _set("spoke1"), _set("unique-registration"), state={"spoke1": "NHRP"},
        said={("hub", LOG): logged("%NHRP-3-PAKERROR: Receive Registration Request for 10.0.0.11 "
              "from 198.51.100.1 with error - unique address registered already(14)")},
    ),
    "two routers of the cloud have one address": Attack(
        _set("spoke2"), _set("duplicate-tunnel-address"), state={"spoke1": "NHRP"},
        lines={"spoke2": (("ip address 10.0.0.12 ", "ip address 10.0.0.11 "),)},
    ),
    "two spokes behind one address": Attack(
        _set("spoke1", "spoke2"), _set("two-behind-one-pat"),
        said={("hub", "show dmvpn"): _dmvpn(
            "Hub", "     2 198.51.100.1           10.0.0.11    UP 00:00:10    DN\n",
            "                              10.0.0.12    UP 00:00:12    DN\n")},
    ),
    "a hub that cannot be asked": Attack(state=BOTH_IKE, unreachable=_set("hub")),
    "a hub that is dead": Attack(
        _set("hub"), _set("underlay-broken"), state=BOTH_IKE, unreachable=_set("hub"),
        silent=_set("hub"),
    ),
    "a spoke that is dead": Attack(
        _set("spoke1"), _set("underlay-broken"), state={"spoke1": "IKE"},
        unreachable=_set("spoke1"), silent=_set("spoke1"),
    ),
    # one side only
    "the hub alone, a spoke's key": Attack(
        state={"spoke1": "IKE"}, lines={"spoke1": ((PSK, OTHER),)}, unseen=_set("spoke1", "spoke2"),
    ),
    "the spoke alone, its key": Attack(
        state={"spoke1": "IKE"}, lines={"spoke1": ((PSK, OTHER),)}, unseen=_set("hub", "spoke2"),
    ),
    "spokes alone, the hub's tunnel key": Attack(
        _set("hub"), state={"spoke1": "NHRP", "spoke2": "NHRP"},
        lines={"hub": ((" tunnel key 100", " tunnel key 101"),)}, unseen=_set("hub"),
    ),
    "the hub forgot whose key it is: the spoke's own is right": Attack(
        _set("hub"), _set("key-at-reauthentication"), "ikev2-psk-per-spoke-and-common",
        lines={"hub": (("  identity fqdn spoke1.vpn.example.net\n", ""),)},
    ),
    "plain GRE needs no map for multicast": Attack(
        _set("hub"), _set("ospf-parameters"), "p2p-gre-keepalive-ospf",
        lines={"hub": ((" ip ospf 1 area 0\n", ""),)},
        said={(name, "show ip ospf neighbor Tunnel0"): NOBODY for name in ("hub", "branch")},
    ),
    "a key that cannot be compared (type 6)": Attack(
        state={"spoke1": "IKE"}, lines={"spoke1": ((PSK, "pre-shared-key 6 Xa1b2c3d4e5"),)},
    ),
}  # fmt: skip


def run(attack: Attack) -> Diagnosis:
    cloud = designs.design(attack.cell)
    model = Routers(
        cloud, dict(attack.state), dict(attack.lines), dict(attack.said), set(attack.unreachable),
        set(attack.silent), dict(attack.lost),
    )  # fmt: skip
    model.deaf = attack.deaf
    seen = texts(collect(cloud, model, [router.name for router in cloud.routers])).evidence
    outputs = {
        device: {
            command: output
            for command, output in found.items()
            if not attack.blind or command != "show running-config"
        }
        for device, found in seen.outputs.items()
        if device not in attack.unseen
    }
    return diagnose(cloud, Texts(Evidence(outputs)), intended(cloud))


@pytest.mark.parametrize("name", ATTACKS)
def test_nobody_innocent_is_blamed_with_confidence(name: str) -> None:
    attack = ATTACKS[name]
    found = run(attack).findings
    said = [(f.device, f.rule, round(f.confidence, 2), f.cause) for f in found]
    assert {f.device for f in found if f.confidence >= SURE} <= attack.blamed, said
    assert attack.named <= {f.rule for f in found}, said
    assert bool(found) == bool(attack.state or attack.named or "Idle" in str(attack.said)), said
    assert all(f.fix or f.next for f in found)


def test_keys_that_each_router_encrypts_with_a_key_of_its_own_are_not_taken_for_different() -> None:
    every = {
        name: ((PSK, f"pre-shared-key 6 {name}Xa1b2"),) for name in ("hub", "spoke1", "spoke2")
    }
    assert not run(Attack(lines=every)).findings


def _routers(**said: Mapping[str, str]) -> Routers:
    texts_of = {(device, c): text for device, found in said.items() for c, text in found.items()}
    return Routers(designs.design(IBGP), {"spoke1": "NHRP"}, {}, texts_of, lost={"spoke1": (0, 0)})


def _judged(model: Routers) -> Diagnosis:
    seen = collect(model.design, model, [router.name for router in model.design.routers])
    mine = own_only(seen, model.design)
    return diagnose(model.design, texts(mine), intended(model.design))


def test_output_of_another_router_is_said_and_not_judged() -> None:
    model = _routers()
    healthy = PrintedCloud(model.design)
    spoke2 = next(r for r in model.design.routers if r.name == "spoke2")
    for command in for_diagnosis(spoke2):
        model.said["spoke1", command] = str(healthy.one("spoke2", command))
    result = _judged(model)
    assert "is of spoke2, not of spoke1" in result.unreachable["spoke1"]
    assert not [f for f in result.findings if f.confidence >= SURE]


@pytest.mark.parametrize(("hour", "named"), [("07:06:00.000", True), ("23:06:00.000", False)])
def test_counters_of_two_times_are_not_compared(hour: str, named: bool) -> None:
    result = _judged(_routers(
        spoke1={"show clock": "07:05:00.000 UTC Sun Sep 21 2025\n"},
        hub={"show clock": f"{hour} UTC Sun Sep 21 2025\n"},
    ))  # fmt: skip
    assert ("path-blocks-esp" in {f.rule for f in result.findings if f.proven}) is named
    assert bool(result.notes) is not named
    assert not result.notes or "spoke1 is 16:01:00 older than that of hub" in result.notes[0]
