"""What people type on routers at night, and what drift says of it: this line and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from dmvpn_auto.ios import parse
from dmvpn_auto.rollout.drift import compared
from dmvpn_auto.rollout.plan import plan
from tests.golden.changes import RUNNING, target


@dataclass(frozen=True)
class Edit:
    """Typed on a router: `new` in the place of `old`; `drift` is what must be told."""

    name: str
    router: str  # of `running/`
    old: str
    new: str
    drift: tuple[str, ...]


TUNNEL = "interface Tunnel0"
EDITS = (
    Edit("the tunnel is shut", "bfd-spoke1", " ip mtu 1400\n", " ip mtu 1400\n shutdown\n",
         (f"added    {TUNNEL}: shutdown",)),
    Edit("a smaller MTU is tried", "two-hubs-spoke1", " ip mtu 1400\n", " ip mtu 1300\n",
         (f"changed  {TUNNEL}: ip mtu 1300 (wanted: ip mtu 1400)",)),
    Edit("the MSS is taken off", "static-hub", " ip tcp adjust-mss 1360\n", "",
         (f"missing  {TUNNEL}: ip tcp adjust-mss 1360",)),
    Edit("protection is taken off to rule it out", "qos-hub",
         " tunnel protection ipsec profile DMVPN-IPSEC\n", "",
         (f"missing  {TUNNEL}: tunnel protection ipsec profile DMVPN-IPSEC",)),
    Edit("another NHRP word", "ospf2-ikev1-hub", "authentication NHRPKEY", "authentication GUESS",
         (f"changed  {TUNNEL}: ip nhrp authentication <secret> (another secret)",)),
    Edit("a static map for one spoke", "ebgp-cert-hub", " ip nhrp network-id 100\n",
         " ip nhrp map 10.255.0.9 198.51.100.9\n ip nhrp network-id 100\n",
         (f"added    {TUNNEL}: ip nhrp map 10.255.0.9 198.51.100.9",)),
    Edit("the hub's old address in the three-line form", "eigrp2-ikev1-spoke1",
         " ip nhrp map 10.255.0.1 203.0.113.2\n", " ip nhrp map 10.255.0.1 203.0.113.99\n",
         ((f"changed  {TUNNEL}: ip nhrp map 10.255.0.1 203.0.113.99"
          " (wanted: ip nhrp map 10.255.0.1 203.0.113.2)"),)),
    Edit("redirect is switched off", "inside-vrf-hub", " ip nhrp redirect\n", "",
         (f"missing  {TUNNEL}: ip nhrp redirect",)),
    Edit("shortcuts are switched off where they are hidden", "static-spoke1",
         " ip tcp adjust-mss 1360\n", " no ip nhrp shortcut\n ip tcp adjust-mss 1360\n",
         (f"changed  {TUNNEL}: no ip nhrp shortcut (wanted: ip nhrp shortcut)",)),
    Edit("a stored neighbor password becomes another", "ebgp-cert-spoke1",
         "password 7 13071002461F012939213C", "password 7 094F471A1A0A",
         ("changed  router bgp 65100: neighbor 10.255.0.1 password 7 <secret> (another secret)",)),
    Edit("a stored OSPF key becomes another", "ospf3-cert-hub", "7 082E5F5E0F54161211190910",
         "7 094F471A1A0A",
         (f"changed  {TUNNEL}: ip ospf message-digest-key 1 md5 7 <secret> (another secret)",)),
    Edit("the stored form of the same key", "ospf3-cert-hub", "7 082E5F5E0F54161211190910",
         "7 130A04020D41172F28362D27", ()),
    Edit("dead peer detection is tuned", "phase1-spoke1", " dpd 40 5 on-demand\n",
         " dpd 10 2 periodic\n",
         (("changed  crypto ikev2 profile DMVPN-PROF: dpd 10 2 periodic"
          " (wanted: dpd 40 5 on-demand)"),)),
    Edit("a weaker group for one more proposal", "named3-ikev2-hub", " group 20\ncrypto",
         " group 14\ncrypto",
         ("changed  crypto ikev2 proposal DMVPN-PROP: group 14 (wanted: group 20)",)),
    Edit("a neighbor is shut", "two-hubs-spoke1", " neighbor 10.255.0.1 timers 20 60\n",
         " neighbor 10.255.0.1 timers 20 60\n neighbor 10.255.0.1 shutdown\n",
         ("added    router bgp 65000: neighbor 10.255.0.1 shutdown",)),
    Edit("the LAN is no more announced", "two-hubs-spoke1",
         "  network 10.1.0.0 mask 255.255.255.0\n", "",
         ("missing  router bgp 65000 / address-family ipv4: network 10.1.0.0 mask 255.255.255.0",)),
    Edit("another LAN is announced where nobody else speaks", "ebgp-cert-spoke1",
         "  network 10.1.0.0 mask 255.255.255.0\n",
         "  network 10.1.0.0 mask 255.255.255.0\n  network 10.9.0.0 mask 255.255.255.0\n",
         ("added    router bgp 65100 / address-family ipv4: network 10.9.0.0 mask 255.255.255.0",)),
    Edit("the overlay becomes passive on the tunnel", "ospf2-ikev1-spoke1",
         " no passive-interface Tunnel0\n", "",
         ("missing  router ospf 1: no passive-interface Tunnel0",)),
    Edit("the spoke is no stub any more", "eigrp2-ikev1-spoke1",
         " eigrp stub connected summary\n", "",
         ("missing  router eigrp 100: eigrp stub connected summary",)),
    Edit("split horizon comes back", "named3-ikev2-hub", "   no split-horizon\n", "",
         (("missing  router eigrp DMVPN / address-family ipv4 unicast autonomous-system 100"
          " / af-interface Tunnel0: no split-horizon"),)),
    Edit("a route for the summary by another way", "static-spoke1",
         "ip route 10.0.0.0 255.0.0.0 10.255.0.1\n", "ip route 10.0.0.0 255.0.0.0 10.255.0.9\n",
         ("missing  ip route 10.0.0.0 255.0.0.0 10.255.0.1",
          "added    ip route 10.0.0.0 255.0.0.0 10.255.0.9")),
    Edit("an ACL on the LAN, a user, a tunnel of somebody else", "bfd-spoke1",
         "interface GigabitEthernet1\n",
         "interface Tunnel5\n ip address 10.5.0.1 255.255.255.0\nusername eve secret 5 $1$abc\n"
         "access-list 7 permit any\ninterface GigabitEthernet1\n", ()),
)  # fmt: skip


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_drift_tells_the_edit_and_nothing_else(edit: Edit) -> None:
    text = (RUNNING / f"{edit.router}.cfg").read_text()
    assert text.count(edit.old) == 1, "one place"
    state, _, router = edit.router.rpartition("-")
    design, wanted = target(state, router)
    before = compared(plan(wanted, parse(text), design))
    assert not before
    found = compared(plan(wanted, parse(text.replace(edit.old, edit.new)), design))
    assert tuple(map(str, found.drift)) == edit.drift
    assert found.beside == before.beside
    assert bool(found) is bool(edit.drift)


def test_what_is_announced_beside_the_intent_is_told_and_no_drift() -> None:
    text = (RUNNING / "ospf2-ikev1-hub.cfg").read_text()
    design, wanted = target("ospf2-ikev1", "hub")
    more = text.replace(" auto-cost", " redistribute static subnets\n auto-cost")
    found = compared(plan(wanted, parse(more), design))
    assert not found
    assert "beside   router ospf 1: redistribute static subnets" in map(str, found.beside)
