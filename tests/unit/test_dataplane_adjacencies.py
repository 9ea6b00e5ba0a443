"""FRR's words about neighbours in those of IOS."""

from __future__ import annotations

import pytest

from dmvpn_auto.lab.dataplane.adjacencies import bgp_line, ospf_line

BGP = "2026/11/21 12:30:16 BGP: [M7Q4P-46WDR] "
OSPF = (
    "2026/11/21 12:30:16 OSPF: [Y05P2-YJVXY] "
    "AdjChg: Nbr 10.255.0.1, NbrIP 10.255.0.1 (default) on tu0:10.255.0.11: "
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "%ADJCHANGE: neighbor 10.255.0.1(Unknown) in vrf default Up",
            "%BGP-5-ADJCHANGE: neighbor 10.255.0.1 Up ",
        ),
        (
            "%ADJCHANGE: neighbor 10.255.0.1(hub) in vrf default Down User reset",
            "%BGP-5-ADJCHANGE: neighbor 10.255.0.1 Down User reset",
        ),
        (
            "%ADJCHANGE: neighbor 10.255.0.1(hub) in vrf default Down Peer closed the session",
            "%BGP-5-ADJCHANGE: neighbor 10.255.0.1 Down Peer closed the session",
        ),
        ("bgp_update_receive: rcvd End-of-RIB for IPv4 Unicast from 10.255.0.1", None),
    ],
)
def test_a_bgp_neighbor_comes_and_goes(text: str, said: str | None) -> None:
    assert bgp_line(BGP + text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Loading -> Full (LoadingDone)",
            (
                "%OSPF-5-ADJCHG: Process 7, Nbr 10.255.0.1 on Tunnel0 from LOADING to FULL,"
                " Loading Done"
            ),
        ),
        (
            "Full -> Deleted (InactivityTimer)",
            (
                "%OSPF-5-ADJCHG: Process 7, Nbr 10.255.0.1 on Tunnel0 from FULL to DOWN,"
                " Neighbor Down: Dead timer expired"
            ),
        ),
        (
            "Init -> ExStart (TwoWay)",
            None,
        ),
    ],
)
def test_an_ospf_adjacency_comes_and_goes(text: str, said: str | None) -> None:
    assert ospf_line(OSPF + text, {"tu0": "Tunnel0"}, "7") == said
