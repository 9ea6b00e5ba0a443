"""Verify on a model cloud: healthy, broken in the six ways of the lab, and without evidence."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from dmvpn_auto.design.types import Ikev1PreShared, Static, StaticRoute
from dmvpn_auto.render import Renderer, placeholder
from dmvpn_auto.verify import Plan, Status, Verdict, Verification, verify
from tests.unit.cloud_model import CRYPTO, EIGRP, OSPF, FakeClock, ModelCloud, make_cloud

CONFIG = Renderer(placeholder).render


def run(cloud: ModelCloud, *, timeout: float = 20, **plan: object) -> Verification:
    wanted = replace(Plan(timeout=timeout), **plan)  # type: ignore[arg-type]
    return verify(cloud.design, cloud, FakeClock(), wanted, wire=cloud, config=CONFIG)


def model(**state: object) -> ModelCloud:
    return replace(ModelCloud(make_cloud()), **state)  # type: ignore[arg-type]


def of(result: Verification, status: Status) -> list[Verdict]:
    return [v for v in result.verdicts if v.status is status]


def one(result: Verification, check: str, device: str, peer: str | None = None) -> Verdict:
    (found,) = [v for v in result.verdicts if (v.check, v.device, v.peer) == (check, device, peer)]
    return found


def test_a_healthy_cloud_passes_every_check_and_says_why() -> None:
    result = run(model())
    assert result.verdict is Status.PASS, of(result, Status.FAIL) + of(result, Status.UNKNOWN)
    assert {v.check for v in result.verdicts} == {
        "tunnel-interface", "peer-state", "registration", "unexpected-peers", "nhs", "ike-sa",
        "ipsec-sa", "overlay-neighbor", "overlay-routes", "overlay-ping", "shortcut-absent",
        "shortcut-ping", "shortcut-formed", "shortcut-ipsec", "shortcut-path", "no-plain-gre",
        "redirect-active", "configuration", "underlay-route", "role", "duplicate-registrations",
        "nbma-address", "nhs-set", "multicast", "esp-counters", "unexpected-neighbors",
        "unexpected-routes", "next-hops", "overlay-mtu",
    }  # fmt: skip
    for verdict in result.verdicts:
        assert verdict.expected
        assert verdict.actual
    registration = one(result, "registration", "hub", "spoke1")
    assert registration.expected == "registered, UP at NBMA 198.51.100.2"
    assert "198.51.100.2" in registration.evidence[0]


def test_the_json_document() -> None:
    document = json.loads(json.dumps(run(model()).to_json()))
    assert set(document) == {"verdict", "checks"}
    assert document["verdict"] == "pass"
    for check in document["checks"]:
        assert set(check) - {"facts"} == {
            "check", "device", "peer", "status", "expected", "actual", "evidence",
        }  # fmt: skip


FAULTS = {
    "wrong-psk": ({"state": {"spoke2": "IKE"}}, "IKE"),
    "wrong-tunnel-key": ({"state": {"spoke2": "NHRP"}, "hub_cache": {"spoke2"}}, "NHRP"),
    "wrong-nhs-nbma": (
        {"state": {"spoke2": "IKE"}, "used_nbma": {"spoke2": "203.0.113.77"}},
        "IKE",
    ),
    "ipsec-mismatch": ({"state": {"spoke2": "IPSEC"}}, "IPSEC"),
    "tunnel-shutdown": ({"shut": {"spoke2"}}, "INTF"),
    "wan-down": ({"state": {"spoke2": "IKE"}, "hub_cache": {"spoke2"}}, "IKE"),
}


@pytest.mark.parametrize(("state", "word"), FAULTS.values(), ids=FAULTS)
def test_a_fault_names_its_router_and_state_and_nobody_else(
    state: dict[str, object], word: str
) -> None:
    result = run(model(**state))
    assert result.verdict is Status.FAIL
    failed = of(result, Status.FAIL)
    assert all("spoke2" in {v.device, v.peer} for v in failed), failed
    assert all("spoke2" in {v.device, v.peer} for v in of(result, Status.UNKNOWN))
    state_verdict = one(result, "peer-state", "spoke2", "hub")
    assert state_verdict.actual.split()[0] == word
    assert one(result, "shortcut-formed", "spoke2", "spoke1").actual.startswith("not tried: spoke2")
    assert one(result, "shortcut-formed", "spoke3", "spoke1").status is Status.PASS


def test_consequences_are_unknown_and_point_at_the_cause() -> None:
    result = run(model(state={"spoke2": "IKE"}))
    assert one(result, "ipsec-sa", "spoke2", "hub").actual == "not judged: ike-sa does not hold"
    neighbor = one(result, "overlay-neighbor", "hub", "spoke2")
    assert (neighbor.status, neighbor.actual) == (
        Status.UNKNOWN, "not judged: peer-state does not hold",
    )  # fmt: skip
    other = one(result, "overlay-routes", "spoke1", "hub")
    assert other.status is Status.PASS
    assert "left out, not registered: spoke2" in other.actual


def test_a_missing_registration_quotes_the_other_end() -> None:
    verdict = one(run(model(state={"spoke2": "IKE"})), "registration", "hub", "spoke2")
    assert verdict.actual.startswith("not registered")
    assert "spoke2 itself says IKE at NBMA 203.0.113.2" in verdict.actual


def test_a_wrong_nbma_address_fails_even_when_up() -> None:
    result = run(model(seen_nbma={"spoke1": "192.0.2.66"}))
    verdict = one(result, "registration", "hub", "spoke1")
    assert verdict.status is Status.FAIL
    assert verdict.actual.startswith("UP at NBMA 192.0.2.66")


def test_a_stranger_is_named() -> None:
    verdict = one(run(model(strangers=("10.255.0.66",))), "unexpected-peers", "hub")
    assert verdict.status is Status.FAIL
    assert verdict.actual == "unexpected: 10.255.0.66 at NBMA 192.0.2.99"


def test_a_dynamic_nbma_address_is_learnt() -> None:
    cloud = model(seen_nbma={"spoke1": "192.0.2.66"})
    routers = tuple(
        replace(r, nbma_address=None) if r.name == "spoke1" else r for r in cloud.design.routers
    )
    learnt = replace(cloud, design=replace(cloud.design, routers=routers))
    verdict = one(run(learnt, timeout=0), "registration", "hub", "spoke1")
    assert (verdict.status, verdict.expected) == (
        Status.PASS, "registered, UP at NBMA any",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "check", "words"),
    [
        (("keysize: 256", "keysize: 128"), "ike-sa", "AES-GCM 128, not AES-GCM 256"),
        (("PRF: SHA384", "PRF: SHA256"), "ike-sa", "PRF SHA256, not PRF SHA384"),
        (("DH Grp:19", "DH Grp:14"), "ike-sa", "DH group 14, not DH group 19"),
        (("READY", "IN-NEG"), "ike-sa", "no IKE SA with 203.0.113.2 (only IN-NEG)"),
        (("esp-gcm 256", "esp-256-aes esp-sha256-hmac"), "ipsec-sa",
         "esp-aes 256 esp-sha256-hmac in transport mode"),
        (("{Transport", "{Tunnel"), "ipsec-sa", "esp-gcm 256 in tunnel mode"),
        (("     outbound esp sas:", "     outbound ah sas:"), "ipsec-sa", "no ESP SA pair"),
    ],
)  # fmt: skip
def test_algorithms_are_compared(change: tuple[str, str], check: str, words: str) -> None:
    cloud = model()
    command = "show crypto ikev2 sa" if check == "ike-sa" else "show crypto ipsec sa"
    text = cloud.ask({"spoke1": [command]})["spoke1"][command]
    assert isinstance(text, str)
    assert change[0] in text
    cloud.extra["spoke1", command] = text.replace(*change)
    verdict = one(run(cloud, timeout=0), check, "spoke1", "hub")
    assert verdict.status is Status.FAIL
    assert words in verdict.actual


@pytest.mark.parametrize(
    ("command", "change", "check", "peer", "words"),
    [
        ("show interfaces Tunnel0", ("0x64", "0x65"), "tunnel-interface", None, "key 101, not 100"),
        ("show ip interface Tunnel0", ("1400", "1500"), "tunnel-interface", None,
         "ip mtu 1500, not 1400"),
        ("show ip nhrp nhs detail", ("  RE  ", "   E  "), "nhs", "hub", "not responding"),
        ("show ip bgp summary", ("00:10:12  1", "never Idle"), "overlay-neighbor", "hub", "Idle"),
        ("show ip route", ("10.0.0.0/8 [200", "10.0.0.0/9 [200"), "overlay-routes", "hub",
         "10.0.0.0/8 is missing"),
        ("show ip route", ("via 10.255.0.1,", "via 10.255.0.9,"), "overlay-routes", "hub",
         "via 10.255.0.9 (B 10.0.0.0/8)"),
        ("ping 10.255.0.1 source 10.255.0.11 repeat 3 timeout 1", ("(3/3)", "(2/3)"),
         "overlay-ping", "hub", "2 of 3 packets answered"),
    ],
)  # fmt: skip
def test_each_fact_is_compared(
    command: str, change: tuple[str, str], check: str, peer: str | None, words: str
) -> None:
    cloud = model()
    text = cloud.ask({"spoke1": [command]})["spoke1"][command]
    assert isinstance(text, str)
    assert change[0] in text
    cloud.extra["spoke1", command] = text.replace(*change)
    verdict = one(run(cloud, timeout=0), check, "spoke1", peer)
    assert verdict.status is Status.FAIL
    assert words in verdict.actual


def test_convergence_is_awaited_and_ends_early() -> None:
    class Slow(ModelCloud):
        rounds = 0

        def state_of(self, spoke: str) -> str:
            registered = [c for c in self.asked if c == ("spoke1", "show dmvpn")]
            return "NHRP" if spoke == "spoke1" and len(registered) < 4 else "UP"

    clock = FakeClock()
    cloud = Slow(make_cloud())
    result = verify(cloud.design, cloud, clock, Plan(timeout=300, pairs="none"))
    assert result.verdict is Status.PASS
    assert 3 < clock.now() < 30


def test_what_holds_is_not_asked_again_but_the_last_word_is_fresh() -> None:
    cloud = model(state={"spoke2": "IKE"})
    run(cloud, timeout=10, pairs="none")
    spoke1 = [c for d, c in cloud.asked if d == "spoke1"]
    spoke2 = [c for d, c in cloud.asked if d == "spoke2"]
    assert spoke1.count("show ip bgp summary") == 2  # the first round and the last
    assert spoke2.count("show dmvpn") > 3


def test_a_state_that_goes_away_while_waiting_is_noticed() -> None:
    class Decaying(ModelCloud):
        def state_of(self, spoke: str) -> str:
            late = self.asked.count(("spoke2", "show dmvpn")) >= 3
            if spoke == "spoke1":
                return "IKE" if late else "UP"
            return "UP" if spoke != "spoke2" or late else "NHRP"

    cloud = Decaying(make_cloud())
    result = verify(cloud.design, cloud, FakeClock(), Plan(timeout=20, pairs="none"))
    assert result.verdict is Status.FAIL
    assert one(result, "peer-state", "spoke1", "hub").actual.startswith("IKE")


def test_an_unreachable_router_is_unknown_and_not_waited_for() -> None:
    clock = FakeClock()
    cloud = model(unreachable={"spoke3"})
    result = verify(cloud.design, cloud, clock, Plan(timeout=300))
    assert result.unreachable == ("spoke3",)
    assert result.verdict is Status.UNKNOWN
    mine = [v for v in result.verdicts if v.device == "spoke3"]
    assert {v.status for v in mine} == {Status.UNKNOWN}
    assert any("no answer on 192.0.2.1" in v.actual for v in mine)
    for check in ("registration", "ike-sa", "ipsec-sa", "overlay-neighbor", "overlay-routes"):
        assert one(result, check, "hub", "spoke3").status is Status.PASS, check
    assert clock.now() < 60


def test_a_refused_command_is_unknown_never_pass() -> None:
    result = run(model(refused={"show crypto ipsec sa"}), timeout=0)
    assert one(result, "ipsec-sa", "hub", "spoke1").status is Status.UNKNOWN
    assert result.verdict is Status.UNKNOWN


def test_absence_in_an_output_that_was_not_read_whole_is_unknown() -> None:
    cloud = model()
    text = cloud.ask({"hub": ["show dmvpn"]})["hub"]["show dmvpn"]
    assert isinstance(text, str)
    cloud.extra["hub", "show dmvpn"] = text.replace("     1 198.51.100.2 ", "   ??? 198.51.100.2 ")
    verdict = one(run(cloud, timeout=0), "registration", "hub", "spoke1")
    assert verdict.status is Status.UNKNOWN
    assert any("???" in line for line in verdict.evidence)


STATIC = Static(
    kind="static",
    routes=tuple(
        StaticRoute(prefix=IPv4Network(prefix), next_hop=IPv4Address("10.255.0.1"))
        for prefix in ("10.0.0.0/8", "10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24")
    ),
)
IKEV1 = Ikev1PreShared(
    kind="ikev1-psk", policy=10, keyring=None, profile=None, encryption="aes 256", hash="sha256",
    dh_group=14, pre_shared_key="env:PSK", dpd=None, lifetime=None, front_vrf=None,
    ipsec=CRYPTO.ipsec,
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "check", "expected"),
    [
        ({"overlay": OSPF}, "overlay-neighbor", "OSPF neighbor 10.255.0.1 FULL"),
        ({"overlay": EIGRP}, "overlay-neighbor", "EIGRP neighbor 10.255.0.1 UP"),
        ({"overlay": STATIC}, "overlay-routes",
         "a route through the cloud to every LAN"),
        ({"crypto": IKEV1}, "ike-sa", "IKEv1 QM_IDLE"),
    ],
    ids=["ospf", "eigrp", "static", "ikev1"],
)  # fmt: skip
def test_other_overlays_and_ikev1(change: dict[str, object], check: str, expected: str) -> None:
    cloud = model()
    routers = tuple(replace(r, **change) for r in cloud.design.routers)  # type: ignore[arg-type]
    other = replace(cloud, design=replace(cloud.design, routers=routers))
    result = run(other)
    assert result.verdict is Status.PASS, of(result, Status.FAIL) + of(result, Status.UNKNOWN)
    assert one(result, check, "spoke1", "hub").expected == expected
    broken = run(replace(other, state={"spoke1": "IKE"}))
    assert one(broken, "ike-sa", "hub", "spoke1").status is Status.FAIL
    assert all("spoke1" in {v.device, v.peer} for v in of(broken, Status.FAIL))


def test_without_protection_there_is_nothing_to_ask_about_sas() -> None:
    cloud = model()
    routers = tuple(replace(r, crypto=None) for r in cloud.design.routers)
    result = run(replace(cloud, design=replace(cloud.design, routers=routers), plain_gre=0))
    assert not {"ike-sa", "ipsec-sa", "shortcut-ipsec"} & {v.check for v in result.verdicts}
    assert not [c for _, c in cloud.asked if "crypto" in c]


def test_limit_asks_only_the_routers_named() -> None:
    cloud = model()
    result = run(cloud, devices=frozenset({"spoke1", "spoke2"}))
    assert {d for d, _ in cloud.asked} == {"spoke1", "spoke2"}
    assert result.verdict is Status.PASS
    pairs = {(v.device, v.peer) for v in result.verdicts if v.check == "shortcut-formed"}
    assert pairs == {("spoke1", "spoke2")}


def test_an_old_shortcut_is_cleared_first_and_the_proof_says_so() -> None:
    cloud = model(shortcuts={("spoke1", "spoke2"), ("spoke2", "spoke1")})
    result = run(cloud)
    assert result.verdict is Status.PASS
    absent = one(result, "shortcut-absent", "spoke1", "spoke2")
    assert absent.actual == "no shortcut (an older one was cleared)"
    assert ("spoke1", "clear ip nhrp 10.2.0.0") in cloud.asked
    assert not [c for d, c in cloud.asked if c.startswith("clear") and d == "hub"]


def test_without_traffic_nothing_is_cleared() -> None:
    cloud = model(shortcuts={("spoke1", "spoke2"), ("spoke2", "spoke1")})
    assert run(cloud, pairs="none").verdict is Status.PASS
    assert not [c for _, c in cloud.asked if c.startswith("clear")]


def test_a_shortcut_that_does_not_form_fails_with_the_path_by_the_hub() -> None:
    result = run(model(shortcut_works=False))
    formed = one(result, "shortcut-formed", "spoke1", "spoke2")
    assert (formed.status, formed.actual) == (
        Status.FAIL, "no row in show dmvpn (no cache entry for 10.2.0.1)",
    )  # fmt: skip
    path = one(result, "shortcut-path", "spoke1", "spoke2")
    assert path.actual == "2 hops: 10.255.0.1, 10.255.0.12"
    assert one(result, "shortcut-ipsec", "spoke1", "spoke2").status is Status.FAIL
    assert one(result, "shortcut-ping", "spoke1", "spoke2").status is Status.PASS


def test_a_hub_that_sends_a_clients_lan_elsewhere_fails() -> None:
    cloud = model()
    text = cloud.ask({"hub": ["show ip route"]})["hub"]["show ip route"]
    assert isinstance(text, str)
    cloud.extra["hub", "show ip route"] = text.replace("via 10.255.0.11", "via 203.0.113.1")
    verdict = one(run(cloud, timeout=0), "overlay-routes", "hub", "spoke1")
    assert (verdict.status, verdict.actual) == (
        Status.FAIL, "10.1.0.0/24 via 203.0.113.1 (B 10.1.0.0/24)",
    )  # fmt: skip


def test_a_path_through_the_right_spoke_and_on_is_no_shortcut() -> None:
    cloud = model()
    command = "traceroute 10.2.0.1 source 10.1.0.1 numeric timeout 1 probe 1"
    cloud.extra["spoke1", command] = (
        "Tracing the route to 10.2.0.1\n  1 10.255.0.12 4 msec\n  2 10.2.0.1 5 msec\n"
    )
    verdict = one(run(cloud, timeout=2), "shortcut-path", "spoke1", "spoke2")
    assert (verdict.status, verdict.actual) == (
        Status.FAIL, "2 hops: 10.255.0.12, 10.2.0.1",
    )  # fmt: skip


def test_plain_gre_on_the_wire_fails() -> None:
    class Leaking(ModelCloud):
        def count(self) -> object:  # type: ignore[override]
            self.plain_gre += 3
            return super().count()

    cloud = Leaking(make_cloud())
    result = verify(cloud.design, cloud, FakeClock(), Plan(timeout=5), wire=cloud)  # type: ignore[arg-type]
    verdict = one(result, "no-plain-gre", "transport")
    assert (verdict.status, verdict.actual.split(",")[1]) == (
        Status.FAIL, " 3 plain GRE packets",
    )  # fmt: skip


def test_all_pairs_are_proven_when_asked_for() -> None:
    cloud = ModelCloud(make_cloud(4))
    result = run(cloud, pairs="all")
    assert result.verdict is Status.PASS
    pairs = {(v.device, v.peer) for v in result.verdicts if v.check == "shortcut-formed"}
    assert len(pairs) == 6
