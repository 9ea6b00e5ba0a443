"""The 56 rules that a CCIE would name (domain notes, section 7): each has a rule of ours, or the
reason why an intent cannot break it. Reasons are checked where they can be.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from dmvpn_auto.design.rules import all_rules, check_change
from dmvpn_auto.ios import parse
from tests.golden import designs
from tests.unit.intents import design


@dataclass(frozen=True)
class Always:
    """The text of every cell holds it, so that no intent can leave it out."""

    why: str


@dataclass(frozen=True)
class Once:
    """The intent says it once for all routers, so that two of them cannot differ."""

    key: str


NUMBERED: dict[int, str | Always | Once] = {
    1: Always("a tunnel with NHRP has a network id"),
    2: Once("tunnel.key"),
    3: Once("nhrp.authentication"),
    4: "nhrp-authentication-form",
    5: "nhrp-authentication-clear-text",
    6: "nhs-unknown",
    7: Always("a static map of a client has an nhs line"),
    8: Always("a hub maps multicast dynamically"),
    9: Always("an nhs line has multicast, or a map multicast beside it"),
    10: Once("crypto"),
    11: Always("what is named exists in the same text"),
    12: "psk-missing",
    13: Once("crypto.ipsec"),
    14: Once("crypto.ipsec.mode"),
    15: "ipsec-tunnel-mode",
    16: "tunnel-not-shared",
    17: "shared-profile-differs",
    18: "tunnel-key-ambiguous",
    19: "phase2-summary",
    20: "phase2-next-hop-self",
    21: "eigrp-split-horizon",
    22: Always("named EIGRP has no EIGRP line at the interface"),
    23: "phase3-next-hop-kept",
    24: "eigrp-not-stub",
    25: Once("overlay"),
    26: Always("a spoke with an election has priority 0"),
    27: "ospf-phase2-type",
    28: "ospf-point-to-point",
    29: "ospf-many-hubs-broadcast",
    30: Always("an iBGP hub reflects"),
    31: Always("a Phase 2 hub leaves the next hop alone"),
    32: "ebgp-same-as",
    33: "bgp-listen-limit",
    34: Always("Phase 3 hubs redirect, spokes have shortcuts"),
    35: "network-id-readded",
    36: Always("a spoke never redirects; shortcuts are on spokes and regional hubs alone"),
    37: "overlay-covers-nbma",
    38: "default-route-recursion",
    39: "nbma-address-duplicate",
    40: "nhrp-unique-dynamic",
    41: "ip-mtu-mss",
    42: "psk-wildcard",
    43: "crypto-weak",
    44: "nhrp-holdtime-registration",
    45: "dpd-absent",
    46: "gre-keepalive",
    47: "tunnel-bandwidth-default",
    48: Always("a front-door VRF is matched by IKE"),
    49: "hub-nat",
    50: "qos-group-unknown",
    51: "certificate-clock",
    52: "link-local-duplicate",
    53: Once("nhrp.network_id"),  # a difference would be harmless: nothing to find
    54: "router-id-duplicate",
    55: "if-state-static",
    56: "acl-lacks-tunnels",
}


def test_all_numbers_are_there() -> None:
    assert sorted(NUMBERED) == list(range(1, 57))


@pytest.mark.parametrize("number", [n for n, told in NUMBERED.items() if isinstance(told, str)])
def test_a_number_names_a_rule_that_exists(number: int) -> None:
    known = {rule.id for rule in all_rules()}
    assert NUMBERED[number] in known, sorted(k for k in known if "link" in k or "ipv6" in k)


@pytest.mark.parametrize(
    "key", sorted(told.key for told in NUMBERED.values() if isinstance(told, Once))
)
def test_what_is_said_once_is_no_key_of_a_router(key: str) -> None:
    from dmvpn_auto.models import Cloud, Defaults, Hub, Spoke

    section, _, word = key.partition(".")
    assert section in Cloud.model_fields
    for kind in (Defaults, Hub, Spoke):
        assert section not in kind.model_fields
        assert not word or word.partition(".")[0] not in kind.model_fields


def _tunnels() -> list[tuple[str, str, bool, list[str], dict[str, list[str]]]]:
    """Yield (cell, router, is it a hub, tunnel lines, all sections) of every cell with NHRP."""
    found = []
    for name in designs.NAMES:
        made = designs.design(name)
        if made.phase == 0:
            continue
        texts = dict(designs.rendered(name))
        for router in made.routers:
            tree = parse(texts[router.name])
            lines = list(tree[f"interface {router.tunnel.interface}"])
            flat = {head: _flat(below) for head, below in tree.items()}
            found.append((name, router.name, router in made.hubs, lines, flat))
    return found


def _flat(tree: object) -> list[str]:
    lines: list[str] = []
    if isinstance(tree, dict):
        for line, below in tree.items():
            lines += [line, *_flat(below)]
    return lines


TUNNELS = _tunnels()


def test_what_is_always_there_is_always_there() -> None:
    for name, router, hub, lines, sections in TUNNELS:
        place = f"{name}/{router}"
        made = designs.design(name)
        nhs = [line for line in lines if " nhrp nhs " in line and " nbma " in line]
        plain = [
            line for line in lines if line.startswith("ip nhrp nhs ") and "cluster" not in line
        ]
        maps = [line for line in lines if line.startswith("ip nhrp map 1")]
        six = "ipv6 nhrp" if not any(line.startswith("ip nhrp") for line in lines) else "ip nhrp"
        assert any(line.startswith(f"{six} network-id ") for line in lines), place  # 1
        assert not maps or plain, place  # 7
        if hub:
            assert f"{six} map multicast dynamic" in lines, place  # 8
        for line in nhs:
            assert " multicast" in line, place  # 9
        if maps:
            assert any(line.startswith("ip nhrp map multicast ") for line in lines), place
        redirect = f"{six} redirect" in lines
        shortcut = f"{six} shortcut" in lines
        regional = bool(designs.intent(name).hubs[router].upstream) if hub else False
        assert redirect == (hub and made.phase == 3), place  # 34, 36
        assert shortcut == (made.phase == 3 and (not hub or regional)), place
        _always_in_processes(place, hub, made.phase, lines, sections)
        _always_in_crypto(place, sections)


def _always_in_processes(
    place: str, hub: bool, phase: int, lines: list[str], sections: dict[str, list[str]]
) -> None:
    for head, below in sections.items():
        if head.startswith("router eigrp ") and not head.split()[2].isdigit():
            assert not any(" eigrp " in line for line in lines), place  # 22
        bgp = head.startswith("router bgp ") and hub
        if bgp and any("route-reflector-client" in line for line in below):
            if phase == 2:
                assert not any("SPOKES next-hop-self" in line for line in below), place  # 31
        elif bgp and "ibgp" in place:
            raise AssertionError(f"{place}: no reflector")  # 30
    types = [
        line for line in lines if line.endswith(("network broadcast", "network non-broadcast"))
    ]
    if types and not hub:
        assert any(line.endswith(" priority 0") for line in lines), place  # 26


def _always_in_crypto(place: str, sections: dict[str, list[str]]) -> None:
    words = {head for head in sections if head.startswith("crypto ")}
    front = [
        line.split()[-1]
        for below in sections.values()
        for line in below
        if line[:11] == "tunnel vrf "
    ]
    for head in words:
        for line in sections[head]:  # 11
            for start, target in (
                ("set transform-set ", "crypto ipsec transform-set "),
                ("set ikev2-profile ", "crypto ikev2 profile "),
                ("set isakmp-profile ", "crypto isakmp profile "),
                ("keyring local ", "crypto ikev2 keyring "),
                ("proposal ", "crypto ikev2 proposal "),
                ("pki trustpoint ", "crypto pki trustpoint "),
            ):
                if line.startswith(start):
                    wanted = f"{target}{line.removeprefix(start)}"
                    assert any(f"{other} ".startswith(f"{wanted} ") for other in words), place
        if front and head.startswith(("crypto ikev2 policy", "crypto ikev2 profile")):
            assert f"match fvrf {front[0]}" in sections[head], place  # 48


def test_a_plan_says_when_redirects_are_off_for_a_moment() -> None:
    hub, spoke, _ = design().routers
    (found,) = check_change(hub, ["ip nhrp network-id 100", "ip mtu 1400"])
    assert found.rule == "network-id-readded"
    assert "ip nhrp redirect" in found.message
    assert check_change(spoke, ["ip nhrp network-id 100"]) == ()
    assert check_change(hub, ["ip mtu 1400"]) == ()


def test_a_plan_of_a_changed_id_carries_the_note() -> None:
    from dmvpn_auto.render import render
    from dmvpn_auto.rollout.plan import plan
    from dmvpn_auto.rollout.target import Target

    cloud = design()
    text = render(cloud.routers[0], lambda reference: reference)
    running = parse(text.replace("network-id 100", "network-id 99"))
    target = Target(cloud.routers[0], "192.0.2.1", text)
    made = plan(target, running, cloud)
    assert any("[network-id-readded]" in note for note in made.notes)
    commands = [line.strip() for line in made.change.forward]
    again = commands.index("ip nhrp redirect")
    assert again > commands.index("ip nhrp network-id 100")
    assert plan(target, parse(text), cloud).notes == ()
