"""Spoke-to-spoke traffic stays on the hub."""

from __future__ import annotations

from dmvpn_auto.verify.diagnosis.facts import both, differs, has, lacks, no
from dmvpn_auto.verify.diagnosis.observations.shortcuts import (
    no_indication_sent,
    shortcut_is,
    spoke_is_told_and_does_not_ask,
    stays_on_hub,
    unanswered_resolution,
)
from dmvpn_auto.verify.diagnosis.rule import EXPERT, MEASURED, Rule, states

_UP = states("UP")

RULES = (
    Rule(
        id="redirect-missing", row="4.1", states=_UP, source="L section 4", base=MEASURED,
        side="hub",
        cause="{hub} tells no spoke of the shorter way: `{ip} nhrp redirect` is missing",
        proof=(lacks("hub", "nhrp.redirect"),), guess=False,
        next=("{hub}: show {ip} nhrp traffic",),
    ),
    Rule(
        id="redirect-inactive", row="4.1", states=_UP, source="L section 4", base=0.85,
        side="hub",
        cause="`{ip} nhrp redirect` is configured on {hub} and not active: traffic between spokes "
        "crosses it and it has sent no traffic indication (it is lost when network-id is removed "
        "and put back)",
        shows=(stays_on_hub,), when=(no(lacks("hub", "nhrp.redirect")),),
        proof=(no_indication_sent,),
        fix=("{hub}: interface {interface}", "{hub}:  no {ip} nhrp redirect",
             "{hub}:  {ip} nhrp redirect"),
        next=("{hub}: show {ip} nhrp traffic",), guess=False,
    ),
    Rule(
        id="shortcut-missing", row="4.2", states=_UP, source="L2", base=MEASURED,
        cause="{spoke} takes no shorter way: `{ip} nhrp shortcut` is missing",
        proof=(lacks("spoke", "nhrp.shortcut"),), guess=False,
        next=("{spoke}: show {ip} nhrp traffic",),
    ),
    Rule(
        id="shortcut-not-asked", row="4.2", states=_UP, source="L2", base=0.7,
        cause="{spoke} is told of shorter ways and never asks for them: `{ip} nhrp shortcut` is "
        "missing, or its tunnel is point-to-point",
        proof=(both(spoke_is_told_and_does_not_ask, stays_on_hub),), guess=False, specific=False,
        next=("{spoke}: show running-config interface {interface}",),
    ),
    Rule(
        id="spoke-to-spoke-ike", row="4.3", states=_UP, source="L2", base=0.6,
        cause="{spoke} gets no IKE SA with another spoke: the key, certificate or identity covers "
        "only the hub, or something between the two NBMA addresses filters",
        when=(no(differs("spoke", "ike.psk", "ike.identity")),),
        proof=(shortcut_is("IKE", "IPSEC"),), guess=False,
        next=("{spoke}: show running-config | section keyring|isakmp key",
              "{spoke}: show crypto session"),
    ),
    Rule(
        id="resolution-unanswered", row="4.4", states=_UP, source="K", base=0.5,
        cause="{spoke} asked for another spoke and got no answer: that one is not registered, or "
        "both are behind port address translation",
        shows=(stays_on_hub,),
        proof=(unanswered_resolution,), guess=False, specific=False,
        next=("{spoke}: show {ip} nhrp", "{hub}: show {ip} nhrp"),
    ),
    Rule(
        id="shortcut-pending", row="4.5", states=_UP, source="K", base=0.4,
        cause="a shortcut of {spoke} is resolved and its IPsec is not up yet; after some seconds "
        "look at IKE between the two spokes",
        proof=(shortcut_is("NHRP"),), guess=False, specific=False,
        next=("{spoke}: show crypto session", "{spoke}: show dmvpn"),
    ),
    Rule(
        id="next-hop-is-hub", row="4.6", states=_UP, source="K", base=EXPERT, side="hub",
        cause="{hub} puts itself in as next hop, so Phase 2 never goes direct: {words}",
        proof=(has("hub", "bgp.next-hop-self"), differs("hub", "eigrp.next-hop-self")),
        guess=False, fix=("{hub}: {clear_bgp} soft",),
    ),
)  # fmt: skip
