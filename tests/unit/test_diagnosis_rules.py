"""The failure catalogue as data: every row is there, every template can be filled, names differ."""

from __future__ import annotations

import string

import pytest

from dmvpn_auto.verify.diagnosis.rule import DOWN, EXPERT, MEASURED, Rule
from dmvpn_auto.verify.diagnosis.rules import RULES

ROWS = (
    {f"2.{n}" for n in range(1, 21)} | {f"3.{n}" for n in range(1, 10)}
    | {f"4.{n}" for n in range(1, 7)} | {"5.1", "5.2", "5.4", "5.5", "5.6", "5.7", "5.8", "5.9"}
)  # fmt: skip
"""What has a cause; 4.7, 4.8 and 5.3 of the catalogue describe what works."""
WORDS = {
    "spoke", "hub", "device", "peer", "interface", "source", "vrf", "inside", "words", "acl",
    "access_list", "sequence", "show_acl", "spoke_nbma", "hub_nbma", "peer_nbma", "spoke_tunnel",
    "hub_tunnel", "peer_tunnel", "network_id", "redirect", "overlay", "ip", "ip_outside", "mtu",
    "df", "host_route", "ike", "debug_ike", "ike_section", "ike_algorithms", "show_routes",
    "show_bgp", "clear_bgp", "show_ospf", "clear_ospf", "show_eigrp", "trustpoint", "clear_routing",
}  # fmt: skip


def test_every_row_of_the_catalogue_has_a_rule() -> None:
    assert {rule.row for rule in RULES} >= ROWS
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_whole(rule: Rule) -> None:
    assert rule.states <= DOWN | {"UP"}
    assert 0 < rule.base <= MEASURED
    assert rule.source
    assert rule.proof or rule.when or rule.shows
    assert rule.fix or rule.next or any(question.keys for question in rule.proof)
    for text in (rule.cause, *rule.fix, *rule.next):
        fields = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        assert fields <= WORDS, text
    for line in (*rule.fix, *rule.next):
        assert line.startswith(("{spoke}: ", "{hub}: ", "{device}: ", "{peer}: ")), line


def test_what_was_measured_weighs_more_than_what_is_only_known() -> None:
    proven = [rule for rule in RULES if rule.specific and rule.base >= EXPERT]
    measured = [rule.base for rule in proven if rule.source.startswith("L ")]
    known = [rule.base for rule in proven if rule.source == "K"]
    assert min(measured) >= max(base for base in known if base <= EXPERT)
