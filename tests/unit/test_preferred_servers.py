"""Which next-hop servers a client registers with, as the checks see it."""

from __future__ import annotations

from dmvpn_auto.design import Ledger, resolve
from dmvpn_auto.verify.checks.subjects import clients
from tests.unit.intents import cloud


def test_a_client_owes_nothing_to_servers_that_wait_for_preferred_ones() -> None:
    hubs = {
        "hub": {"priority": 2},
        "hub2": {"nbma": "203.0.113.6", "priority": 1},
        "hub3": {"nbma": "203.0.113.10", "cluster": 1, "priority": 9},
    }
    intent = cloud({"hubs": hubs, "nhrp": {"cluster_max_connections": 1}})
    design = resolve("branches", intent, Ledger())
    asked = {
        (one.device.name, one.towards.name)
        for one in clients(design)
        if one.device in design.spokes
    }
    spokes = {spoke.name for spoke in design.spokes}
    assert asked == {(spoke, hub) for spoke in spokes for hub in ("hub2", "hub3")}
