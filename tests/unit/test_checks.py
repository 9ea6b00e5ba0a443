"""Each check fails for what it is there for, names it, and passes otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from dmvpn_auto.design.types import Eigrp, Ikev2Certificates, Ospf, Trustpoint, Waiver
from dmvpn_auto.errors import InputError, UsageError
from dmvpn_auto.render import Renderer, placeholder
from dmvpn_auto.verify import ALL, Plan, Status, Verdict, Verification, verify
from dmvpn_auto.verify.catalogue import catalogue, choose, refuse_unknown_waivers
from dmvpn_auto.verify.checks import CONVERGENCE
from tests.unit.cloud_model import (
    CRYPTO,
    EIGRP,
    EIGRP_INTERFACE,
    OSPF,
    OSPF_INTERFACE,
    FakeClock,
    ModelCloud,
    make_cloud,
)

HUB_ROW = "     1 198.51.100.6        10.255.0.12    UP 00:01:07     D\n"
DOUBLE = HUB_ROW.replace("198.51.100.6", "192.0.2.77  ")
ENTRY = "   NBMA address: 198.51.100.2 \n"


@dataclass(frozen=True)
class Case:
    """What one router prints otherwise, and the verdict that must fail for it."""

    device: str
    command: str
    old: str
    new: str
    check: str
    about: tuple[str, str | None]
    words: str


CASES = {
    "a line of ours is gone": Case(
        "spoke1", "show running-config", " ip nhrp shortcut\n", "", "configuration",
        ("spoke1", None), "1 lines differ: + ip nhrp shortcut",
    ),
    "a line of ours is other": Case(
        "hub", "show running-config", " tunnel key 100\n", " tunnel key 101\n", "configuration",
        ("hub", None), "- tunnel key 101, + tunnel key 100",
    ),
    "a secret is gone": Case(
        "spoke1", "show running-config", " pre-shared-key 7 075A1B\n", "", "configuration",
        ("spoke1", None), "+ pre-shared-key <secret>",
    ),
    "point-to-point by mistake": Case(
        "hub", "show interfaces Tunnel0", "multi-GRE/IP", "GRE/IP", "tunnel-interface",
        ("hub", None), "mode GRE, not multi-GRE",
    ),
    "no protection": Case(
        "hub", "show interfaces Tunnel0", '(profile "I")', '(profile "OTHER")', "tunnel-interface",
        ("hub", None), "protection OTHER, not I",
    ),
    "the NBMA address by the tunnel": Case(
        "spoke1", "show ip route", "B        10.0.0.0/8",
        "B        203.0.113.0/24 [200/0] via 10.255.0.1, 00:00:12\nB        10.0.0.0/8",
        "underlay-route", ("spoke1", None),
        "203.0.113.2 of hub by B 203.0.113.0/24 via 10.255.0.1",
    ),
    "a hub that is a spoke": Case(
        "hub", "show dmvpn", "Type:Hub", "Type:Spoke", "role", ("hub", None), "Type:Spoke",
    ),
    "a tunnel address twice": Case(
        "hub", "show dmvpn", HUB_ROW, HUB_ROW + DOUBLE, "duplicate-registrations", ("hub", None),
        "10.255.0.12 is registered from 198.51.100.6 and 192.0.2.77",
    ),
    "two spokes behind one address": Case(
        "hub", "show dmvpn", "198.51.100.6 ", "198.51.100.10", "duplicate-registrations",
        ("hub", None), "10.255.0.12 and 10.255.0.13 share NBMA address 198.51.100.10",
    ),
    "a tunnel address from another spoke's": Case(
        "hub", "show dmvpn", "198.51.100.6 ", "198.51.100.10", "duplicate-registrations",
        ("hub", None), "10.255.0.12 of spoke2 is registered from 198.51.100.10, the address of "
        "spoke3",
    ),
    "a NAT nobody planned": Case(
        "hub", "show ip nhrp", ENTRY, f"{ENTRY}   (Claimed NBMA address: 192.168.1.2) \n",
        "nbma-address", ("hub", "spoke1"), "NBMA 198.51.100.2, claimed 192.168.1.2",
    ),
    "an address the client left": Case(
        "spoke1", "show interfaces Tunnel0", "Tunnel source 198.51.100.2",
        "Tunnel source 198.51.100.99", "nbma-address", ("hub", "spoke1"),
        "spoke1 itself has 198.51.100.99",
    ),
    "another priority": Case(
        "spoke1", "show ip nhrp nhs detail", "priority = 0", "priority = 9", "nhs-set",
        ("spoke1", None), "priority 9 cluster 0, not 10.255.0.1 NBMA 203.0.113.2 priority 0",
    ),
    "a foreign server": Case(
        "spoke1", "show ip nhrp nhs detail", "10.255.0.1  RE",
        "10.255.0.9  RE  NBMA Address: 203.0.113.9 priority = 0 cluster = 0  req-sent 5  "
        "req-failed 0  repl-recv 5 (00:00:07 ago)\n10.255.0.1  RE", "nhs-set", ("spoke1", None),
        "10.255.0.9 is none of the design",
    ),
    "no multicast to a client": Case(
        "hub", "show ip nhrp multicast",
        "Tunnel0    198.51.100.2    Flags: dynamic        (Enabled) \n", "", "multicast",
        ("hub", "spoke1"), "no copy to 198.51.100.2",
    ),
    "no multicast to the hub": Case(
        "spoke2", "show ip nhrp multicast", "203.0.113.2 ", "203.0.113.9 ", "multicast",
        ("spoke2", "hub"), "no copy to 203.0.113.2",
    ),
    "another IKE lifetime": Case(
        "spoke1", "show crypto ikev2 sa", "86400/", "3600/", "ike-sa", ("spoke1", "hub"),
        "lifetime 3600 s, not lifetime 86400 s",
    ),
    "a longer IPsec lifetime": Case(
        "spoke1", "show crypto ipsec sa", "        Status: ACTIVE(ACTIVE)\n",
        "        sa timing: remaining key lifetime (k/sec): (4607988/28000)\n"
        "        Status: ACTIVE(ACTIVE)\n", "ipsec-sa", ("spoke1", "hub"),
        "28000 s of lifetime left, more than the 3600 s of the design",
    ),
    "another PFS group": Case(
        "spoke1", "show crypto ipsec sa", "     inbound esp sas:",
        "     PFS (Y/N): Y, DH group: group14\n     inbound esp sas:", "ipsec-sa",
        ("spoke1", "hub"), "PFS group 14, not none",
    ),
    "nothing comes back": Case(
        "spoke1", "show crypto ipsec sa", "#pkts decaps: 8", "#pkts decaps: 0", "esp-counters",
        ("spoke1", "hub"), "9 packets out, 0 in",
    ),
    "a foreign neighbor": Case(
        "hub", "show ip bgp summary", "*10.255.0.11",
        "*10.255.0.99  4  65000  15  17  9  0  0 00:10:12  1\n*10.255.0.11",
        "unexpected-neighbors", ("hub", None), "unexpected: 10.255.0.99 Established",
    ),
    "a prefix too many at the hub": Case(
        "hub", "show ip route", "B        10.1.0.0/24",
        "B        10.99.0.0/24 [200/0] via 10.255.0.11, 00:10:12\nB        10.1.0.0/24",
        "unexpected-routes", ("hub", None), "unexpected: 10.99.0.0/24 via 10.255.0.11 (B)",
    ),
    "a prefix that the summary should hide": Case(
        "spoke1", "show ip route", "B        10.0.0.0/8",
        "B        10.2.0.0/24 [200/0] via 10.255.0.1, 00:10:12\nB        10.0.0.0/8",
        "unexpected-routes", ("spoke1", None), "10.2.0.0/24 via 10.255.0.1",
    ),
    "large packets vanish": Case(
        "spoke1", "ping 10.255.0.1 source 10.255.0.11 repeat 2 timeout 1 size 1400 df-bit",
        "(2/2)", "(0/2)", "overlay-mtu", ("spoke1", "hub"), "0 of 2 packets answered",
    ),
}  # fmt: skip


def run(cloud: ModelCloud, checks: frozenset[str] = ALL, **plan: object) -> Verification:
    wanted = Plan(timeout=0, pairs="none", checks=checks, **plan)  # type: ignore[arg-type]
    config = Renderer(placeholder).render
    return verify(cloud.design, cloud, FakeClock(), wanted, config=config)


def one(result: Verification, check: str, about: tuple[str, str | None]) -> Verdict:
    (found,) = [v for v in result.verdicts if v.key[:3] == (check, *about)]
    return found


def changed(case: Case) -> ModelCloud:
    cloud = ModelCloud(make_cloud())
    text = cloud.ask({case.device: [case.command]})[case.device][case.command]
    assert isinstance(text, str)
    assert case.old in text, text
    cloud.extra[case.device, case.command] = text.replace(case.old, case.new, 1)
    return cloud


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_check_fails_for_what_it_is_there_for(case: Case) -> None:
    healthy = one(run(ModelCloud(make_cloud())), case.check, case.about)
    assert healthy.status is Status.PASS, healthy
    verdict = one(run(changed(case)), case.check, case.about)
    assert verdict.status is Status.FAIL, verdict
    assert case.words in verdict.actual


def test_every_check_about_routers_at_rest_has_a_failing_case() -> None:
    elsewhere = {  # in test_verify
        "peer-state", "registration", "unexpected-peers", "nhs", "overlay-neighbor",
        "overlay-routes", "overlay-ping",
    }  # fmt: skip
    here = {case.check for case in CASES.values()}
    here |= {"next-hops", "overlay-timers", "clock", "certificates"}
    assert {check.name for check in CONVERGENCE} <= here | elsewhere


def phase_2(routes: str) -> ModelCloud:
    made = make_cloud()
    routers = tuple(replace(r, phase=2) for r in made.routers)
    cloud = ModelCloud(replace(made, phase=2, routers=routers))
    cloud.extra["spoke1", "show ip route"] = routes
    return cloud


@pytest.mark.parametrize(
    ("hop", "status"), [("10.255.0.12", Status.PASS), ("10.255.0.1", Status.FAIL)]
)
def test_the_next_hop_in_phase_2_is_the_owner(hop: str, status: Status) -> None:
    routes = (
        "B        10.0.0.0/24 [200/0] via 10.255.0.1, 00:10:12\n"
        f"B        10.2.0.0/24 [200/0] via {hop}, 00:10:12\n"
        "B        10.3.0.0/24 [200/0] via 10.255.0.13, 00:10:12\n"
    )
    verdict = one(run(phase_2(routes), frozenset({"next-hops"})), "next-hops", ("spoke1", None))
    assert verdict.status is status, verdict
    if status is Status.FAIL:
        assert verdict.actual == "10.2.0.0/24 of spoke2 via 10.255.0.1 (B 10.2.0.0/24)"


def test_a_client_behind_static_nat_claims_its_own_address() -> None:
    made = make_cloud()
    routers = tuple(replace(r, nat=r.name == "spoke1") for r in made.routers)
    cloud = ModelCloud(replace(made, routers=routers))
    about = ("hub", "spoke1")
    assert one(run(cloud), "nbma-address", about).status is Status.FAIL
    text = cloud.ask({"hub": ["show ip nhrp"]})["hub"]["show ip nhrp"]
    assert isinstance(text, str)
    claimed = f"{ENTRY}   (Claimed NBMA address: 192.168.1.2) \n"
    cloud.extra["hub", "show ip nhrp"] = text.replace(ENTRY, claimed, 1)
    shown = cloud.ask({"spoke1": ["show interfaces Tunnel0"]})["spoke1"]["show interfaces Tunnel0"]
    assert isinstance(shown, str)
    cloud.extra["spoke1", "show interfaces Tunnel0"] = shown.replace(
        "Tunnel source 198.51.100.2", "Tunnel source 192.168.1.2"
    )
    assert one(run(cloud), "nbma-address", about).status is Status.PASS


@pytest.mark.parametrize(
    "check", sorted(c.name for c in CONVERGENCE if any(True for _ in c.subjects(make_cloud())))
)
def test_a_truncated_output_is_never_a_pass(check: str) -> None:
    """Cut in the middle of a line, every output gives unknown or, by what is left, fail."""
    cloud = ModelCloud(make_cloud())
    chosen = next(c for c in CONVERGENCE if c.name == check)
    subject = next(iter(chosen.subjects(cloud.design)))
    for command in chosen.commands(subject):
        text = cloud.ask({subject.device.name: [command]})[subject.device.name][command]
        assert isinstance(text, str)
        cloud.extra[subject.device.name, command] = text[: len(text) // 3] + "\n ?? cut"
    about = (subject.device.name, subject.peer.name if subject.peer else None)
    verdict = one(run(cloud, frozenset({check})), check, about)
    assert verdict.status is not Status.PASS, verdict


def test_each_check_declares_the_commands_that_it_sends() -> None:
    design = make_cloud()
    for check in CONVERGENCE:
        for subject in check.subjects(design):
            for command in check.commands(subject):
                plain = command.replace("Tunnel0", "TunnelN")
                assert any(plain.startswith(said) for said in check.reads), (check.name, command)


def test_every_check_can_be_chosen_and_says_what_it_is() -> None:
    entries = catalogue()
    assert {entry.name for entry in entries} == ALL
    for entry in entries:
        assert entry.sentence.endswith((".", ")"))
        assert entry.about
        assert entry.reads
    assert choose(["nhs"]) == {"nhs"}
    assert choose(skip=["nhs"]) == ALL - {"nhs"}
    with pytest.raises(UsageError, match="no check 'nsh', did you mean 'nhs'"):
        choose(["nsh"])
    with pytest.raises(UsageError, match="leave no check"):
        choose(["nhs"], ["nhs"])


def test_only_the_chosen_checks_are_asked_for_and_judged() -> None:
    cloud = ModelCloud(make_cloud())
    result = run(cloud, frozenset({"nhs"}))
    assert {v.check for v in result.verdicts} == {"nhs"}
    assert {command for _, command in cloud.asked} == {"show ip nhrp nhs detail"}


def test_every_command_is_sent_once_to_each_router() -> None:
    cloud = ModelCloud(make_cloud())
    run(cloud)
    assert len(cloud.asked) == len(set(cloud.asked))


def waived(**about: str) -> ModelCloud:
    cloud = changed(CASES["another priority"])
    waiver = Waiver(check="nhs-set", reason="a trial", **about)
    return replace(cloud, design=replace(cloud.design, waivers=(waiver,)))


def test_a_waived_verdict_is_shown_with_its_reason_and_is_no_failure() -> None:
    result = run(waived())
    verdict = one(result, "nhs-set", ("spoke1", None))
    assert (verdict.status, verdict.waiver) == (Status.WAIVED, "a trial")
    assert "priority 9" in verdict.actual
    assert result.verdict is Status.PASS
    document = result.to_json()["checks"]
    assert [c["waiver"] for c in document if "waiver" in c] == ["a trial"]
    assert one(result, "nhs-set", ("spoke2", None)).status is Status.PASS


def test_a_waiver_about_another_router_waives_nothing_here() -> None:
    assert run(waived(device="spoke2")).verdict is Status.FAIL
    assert run(waived(device="spoke1")).verdict is Status.PASS


def test_a_run_in_which_all_is_waived_is_no_pass() -> None:
    cloud = waived()
    result = run(cloud, frozenset({"nhs-set"}), devices=frozenset({"spoke1"}))
    assert result.verdict is Status.UNKNOWN


def test_a_waiver_of_an_unknown_check_is_refused() -> None:
    waiver = Waiver(check="nhs-sets", reason="a typo")
    with pytest.raises(InputError, match="did you mean 'nhs-set'"):
        refuse_unknown_waivers(replace(make_cloud(), waivers=(waiver,)))


def test_what_stands_on_a_waived_check_is_judged_by_itself() -> None:
    cloud = changed(Case(
        "spoke1", "show dmvpn", "UP", "NHRP", "", ("", None), "",
    ))  # fmt: skip
    waiver = Waiver(check="peer-state", reason="a trial")
    waived_cloud = replace(cloud, design=replace(cloud.design, waivers=(waiver,)))
    assert one(run(waived_cloud), "nhs", ("spoke1", "hub")).status is Status.PASS
    assert one(run(cloud), "nhs", ("spoke1", "hub")).follows


TRUSTPOINT = Trustpoint(
    name="LAB-CA", enrollment_url="http://192.0.2.10:80", subject="CN=x", fqdn=None, key="rsa",
    key_label="K", key_size=2048, revocation="none", auto_enroll=None, front_vrf=None,
)  # fmt: skip
CERTIFICATES = """\
Certificate
  Status: Available
  Certificate Serial Number (hex): 0A
  Certificate Usage: General Purpose
  Issuer:
    cn=Lab CA
  Subject:
    Name: spoke1
    cn=spoke1
  Validity Date:
    start date: 10:00:00 UTC Jan 1 2026
    end   date: 10:00:00 UTC Jan 1 2027
  Associated Trustpoints: LAB-CA

CA Certificate
  Status: Available
  Certificate Serial Number (hex): 01
  Certificate Usage: Signature
  Issuer:
    cn=Lab CA
  Subject:
    cn=Lab CA
  Validity Date:
    start date: 10:00:00 UTC Jan 1 2026
    end   date: 10:00:00 UTC Jan 1 2036
  Associated Trustpoints: LAB-CA
"""


def certified(certificates: str = CERTIFICATES, clock: str = "10:00:00.000 UTC Tue Jun 2 2026",
              others: str = "10:01:00.000 UTC Tue Jun 2 2026") -> Verification:  # fmt: skip
    made = make_cloud()
    crypto = Ikev2Certificates(
        kind="ikev2-certificate", proposal="P", policy="P", profile="F", encryption="aes-gcm-256",
        prf="sha384", integrity=None, dh_group=19, signature="rsa-sig", trustpoint=TRUSTPOINT,
        dpd=None, lifetime=None, front_vrf=None, ipsec=CRYPTO.ipsec,
    )  # fmt: skip
    routers = tuple(replace(r, crypto=crypto) for r in made.routers)
    cloud = ModelCloud(replace(made, routers=routers))
    for router in routers:
        mine = router.name == "spoke1"
        cloud.extra[router.name, "show clock"] = f"{clock if mine else others}\n"
        shown = certificates if mine else CERTIFICATES
        cloud.extra[router.name, "show crypto pki certificates"] = shown
    return run(cloud, frozenset({"clock", "certificates"}))


SPOKE1 = ("spoke1", None)


@pytest.mark.parametrize(
    ("old", "new", "status", "words"),
    [
        ("", "", Status.PASS, "own lasts until 2027-01-01, 213 days; authority's lasts until"),
        ("Jan 1 2027", "Jun 10 2026", Status.FAIL, "own lasts until 2026-06-10, 8 days"),
        ("Jan 1 2027", "Jun 1 2026", Status.FAIL, "own expired 2026-06-01"),
        ("Jan 1 2026", "Jun 3 2026", Status.FAIL, "own is not valid before 2026-06-03"),
        ("Status: Available", "Status: Pending", Status.FAIL, "own is Pending"),
        ("LAB-CA", "OTHER", Status.FAIL, "no certificate (own) in LAB-CA"),
        ("CA Certificate\n", "Router Self-Signed Certificate\n", Status.FAIL,
         "no certificate (authority's) in LAB-CA"),
        ("UTC Jan 1 2027", "CET Jan 1 2027", Status.UNKNOWN, "another zone than the clock"),
    ],
)  # fmt: skip
def test_a_certificate_is_there_and_lasts(old: str, new: str, status: Status, words: str) -> None:
    verdict = one(certified(CERTIFICATES.replace(old, new, 1)), "certificates", SPOKE1)
    assert (verdict.status, words in verdict.actual) == (status, True), verdict


@pytest.mark.parametrize(
    ("clock", "status"),
    [
        ("10:00:00.000 UTC Tue Jun 2 2026", Status.PASS),
        ("*10:00:00.000 UTC Tue Jun 2 2026", Status.PASS),
        ("*10:09:00.000 UTC Tue Jun 2 2026", Status.FAIL),
        (".10:00:00.000 UTC Mon Mar 1 1993", Status.FAIL),
        ("*10:00:00.000 CET Tue Jun 2 2026", Status.UNKNOWN),
    ],
)
def test_a_clock_is_synchronized_or_agrees_with_the_others(clock: str, status: Status) -> None:
    result = certified(clock=clock)
    assert one(result, "clock", SPOKE1).status is status
    if status is Status.FAIL:
        assert one(result, "certificates", SPOKE1).follows


@pytest.mark.parametrize(
    ("overlay", "text", "old", "new", "words"),
    [
        (OSPF, OSPF_INTERFACE, "Dead 40", "Dead 120", "dead 120, not 40"),
        (OSPF, OSPF_INTERFACE, "POINT_TO_MULTIPOINT", "BROADCAST",
         "type broadcast, not point-to-multipoint"),
        (OSPF, OSPF_INTERFACE, "Area 0", "Area 5", "area 5, not 0"),
        (OSPF, OSPF_INTERFACE, OSPF_INTERFACE, "", "does not run on Tunnel0"),
        (EIGRP, EIGRP_INTERFACE, "Hello-interval is 5", "Hello-interval is 60",
         "hello 60, not 5"),
        (EIGRP, EIGRP_INTERFACE, "Split-horizon is disabled", "Split-horizon is enabled",
         "split horizon True, not False"),
    ],
)  # fmt: skip
def test_timers_and_modes_of_the_overlay(
    overlay: Ospf | Eigrp, text: str, old: str, new: str, words: str
) -> None:
    made = make_cloud()
    cloud = ModelCloud(
        replace(made, routers=tuple(replace(r, overlay=overlay) for r in made.routers))
    )
    check = next(c for c in CONVERGENCE if c.name == "overlay-timers")
    subject = next(s for s in check.subjects(cloud.design) if s.device.name == "spoke1")
    (command,) = check.commands(subject)
    for router in cloud.design.routers:
        cloud.extra[router.name, command] = text
    only = frozenset({"overlay-timers"})
    assert one(run(cloud, only), "overlay-timers", SPOKE1).status is Status.PASS
    cloud.extra["spoke1", command] = text.replace(old, new, 1)
    verdict = one(run(cloud, only), "overlay-timers", SPOKE1)
    assert (verdict.status, words in verdict.actual) == (Status.FAIL, True), verdict


def test_secrets_of_any_kind_count_as_present() -> None:
    """`md5` before a key is no type; a stored type does not matter."""
    made = make_cloud()
    keyed = replace(OSPF, authentication="env:OSPF")
    cloud = ModelCloud(
        replace(made, routers=tuple(replace(r, overlay=keyed) for r in made.routers))
    )
    only = frozenset({"configuration"})
    assert {v.status for v in run(cloud, only).verdicts} == {Status.PASS}
    text = cloud.ask({"spoke1": ["show running-config"]})["spoke1"]["show running-config"]
    assert isinstance(text, str)
    assert "message-digest-key 1 md5 7 " in text
    cloud.extra["spoke1", "show running-config"] = text.replace("md5 7 ", "md5 ")
    assert {v.status for v in run(cloud, only).verdicts} == {Status.PASS}


DIRECT = frozenset(name for name in ALL if name.startswith("shortcut")) | {"redirect-active"}


def with_traffic(cloud: ModelCloud) -> Verification:
    return verify(cloud.design, cloud, FakeClock(), Plan(timeout=3, checks=DIRECT))


def test_direct_tunnels_of_phase_2_are_proven_with_traffic() -> None:
    made = phase_2("").design
    hubs = [replace(r, tunnel=replace(r.tunnel, nhrp=replace(r.tunnel.nhrp, redirect=False)))
            for r in made.hubs]  # fmt: skip
    design = replace(made, routers=(*hubs, *made.spokes))
    result = with_traffic(ModelCloud(design))
    assert result.verdict is Status.PASS
    formed = one(result, "shortcut-formed", ("spoke1", "spoke2"))
    assert formed.actual == "10.255.0.12/32 via 10.255.0.12 at NBMA 198.51.100.6, UP DT1"
    assert one(result, "shortcut-absent", ("spoke1", "spoke2")).actual == "no direct tunnel"
    assert "redirect-active" not in {v.check for v in result.verdicts}
    stays = with_traffic(ModelCloud(design, shortcut_works=False))
    assert one(stays, "shortcut-formed", ("spoke1", "spoke2")).status is Status.FAIL


def test_a_hub_that_sends_no_redirect_is_named() -> None:
    assert one(with_traffic(ModelCloud(make_cloud())), "redirect-active", ("hub", None)).actual == (
        "3 sent"
    )
    result = with_traffic(ModelCloud(make_cloud(), shortcut_works=False))
    verdict = one(result, "redirect-active", ("hub", None))
    assert (verdict.status, verdict.actual) == (
        Status.FAIL, "none sent; enter `ip nhrp redirect` again on the tunnel",
    )  # fmt: skip
