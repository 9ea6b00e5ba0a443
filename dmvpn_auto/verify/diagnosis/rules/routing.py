"""The tunnel is UP and the overlay is not: no neighbor, or a neighbor without routes."""

from __future__ import annotations

from dmvpn_auto.verify.diagnosis.facts import (
    both,
    differs,
    has,
    lacks,
    logged,
    no,
    secrets_differ,
)
from dmvpn_auto.verify.diagnosis.observations.nhrp import duplicated
from dmvpn_auto.verify.diagnosis.observations.routing import (
    hub_asks_for_other_hub,
    hub_sends_no_multicast,
    listen_limit_reached,
    neighbor_is,
    neighbor_missing,
    outside_listen_range,
    overlay_is,
    spoke_sends_no_multicast,
    spokes_lack_other_lans,
    underlay_through_tunnel,
)
from dmvpn_auto.verify.diagnosis.rule import DOCUMENTED, EXPERT, MEASURED, Rule, states

_UP = states("UP")
_IGP = overlay_is("eigrp", "ospf", "rip")
_BGP = overlay_is("ibgp", "ebgp")

RULES = (
    Rule(
        id="hub-multicast-missing", row="3.1", states=_UP, source="L W6", base=MEASURED,
        side="hub",
        cause="{hub} sends no multicast to its spokes, so no {overlay} neighbor comes up: {words}",
        shows=(neighbor_missing, _IGP),
        proof=(lacks("hub", "nhrp.multicast-dynamic"), hub_sends_no_multicast),
        fix=("{hub}: interface {interface}", "{hub}:  {ip} nhrp map multicast dynamic",
             "{hub}: clear {ip} nhrp {inside}{spoke_tunnel}"),
        next=("{hub}: show {ip} nhrp multicast",), guess=False,
    ),
    Rule(
        id="spoke-multicast-missing", row="3.1", states=_UP, source="L W6", base=MEASURED,
        cause="{spoke} sends no multicast to {hub}, so no {overlay} neighbor comes up: {words}",
        shows=(neighbor_missing, _IGP),
        proof=(both(lacks("spoke", "nhrp.multicast"), no(lacks("spoke", "nhrp.nhs"))),
               spoke_sends_no_multicast),
        next=("{spoke}: show {ip} nhrp multicast",), guess=False,
    ),
    Rule(
        id="multicast-unused", row="3.1", states=_UP, source="L W6", base=0.6,
        cause="{device} sends no multicast into the tunnel; no neighbor is lost so far: {words}",
        when=(no(neighbor_missing),),
        proof=(lacks("hub", "nhrp.multicast-dynamic"), lacks("spoke", "nhrp.multicast")),
        next=("{device}: show {ip} nhrp multicast",), guess=False,
    ),
    Rule(
        id="one-way-multicast", row="3.2", states=_UP, source="K", base=0.6,
        cause="the {overlay} neighbor flaps: multicast or large packets pass one way only",
        shows=(_IGP,),
        proof=(logged("spoke", "NBRCHANGE", "{hub_tunnel}", "retry limit exceeded"),
               logged("hub", "NBRCHANGE", "{spoke_tunnel}", "retry limit exceeded")),
        next=("{spoke}: show {ip} nhrp multicast", "{hub}: show {ip} nhrp multicast",
              "{spoke}: ping {inside}{hub_tunnel} size {mtu}{df}"), guess=False,
    ),
    Rule(
        id="ospf-network-type", row="3.3", states=_UP, source="K", base=EXPERT,
        cause="{device} has another OSPF network type than the design: {words}",
        shows=(overlay_is("ospf"),),
        proof=(differs("hub", "ospf.network-type"), differs("spoke", "ospf.network-type")),
        fix=("{device}: {clear_ospf}",), guess=False,
        next=("{device}: {show_ospf}",),
    ),
    Rule(
        id="ospf-mtu", row="3.4", states=_UP, source="K", base=EXPERT,
        cause="OSPF hangs in EXSTART or EXCHANGE because the ends have different ip mtu: {words}",
        shows=(overlay_is("ospf"), neighbor_missing),
        proof=(differs("spoke", "tunnel.ip-mtu"), differs("hub", "tunnel.ip-mtu")),
        next=("{spoke}: {show_ospf}",), guess=False,
    ),
    Rule(
        id="ospf-exstart", row="3.4", states=_UP, source="K", base=0.6,
        cause="OSPF hangs in EXSTART or EXCHANGE: the ends have different ip mtu, or large "
        "packets do not pass",
        shows=(overlay_is("ospf"),),
        proof=(neighbor_is("EXSTART", "EXCHANGE"),), guess=False, specific=False,
        next=("{spoke}: show {ip} interface {interface} | include MTU",
              "{hub}: show {ip} interface {interface} | include MTU"),
    ),
    Rule(
        id="ospf-priority", row="3.5", states=_UP, source="K", base=EXPERT,
        cause="{device} takes part in the election of the designated router: {words}",
        shows=(overlay_is("ospf"),),
        proof=(differs("spoke", "ospf.priority"), differs("hub", "ospf.priority")),
        fix=("{device}: {clear_ospf}",), guess=False,
    ),
    Rule(
        id="ospf-two-way", row="3.5", states=_UP, source="K", base=0.55,
        cause="the designated router is not the hub: a spoke has a priority other than 0",
        shows=(overlay_is("ospf"),),
        proof=(neighbor_is("2WAY"),), guess=False, specific=False,
        next=("{spoke}: {show_ospf}", "{hub}: {show_ospf}"),
    ),
    Rule(
        id="ospf-parameters", row="3.4", states=_UP, source="K", base=EXPERT,
        cause="{device} has other OSPF parameters than the design, so the neighbor is refused: "
        "{words}",
        shows=(overlay_is("ospf"), neighbor_missing),
        proof=(differs("spoke", "ospf.hello", "ospf.dead", "ospf.area", "ospf.passive"),
               differs("hub", "ospf.hello", "ospf.dead", "ospf.area", "ospf.passive"),
               lacks("spoke", "ospf.authentication"), lacks("hub", "ospf.authentication"),
               secrets_differ("spoke", "ospf.authentication"),
               secrets_differ("hub", "ospf.authentication")),
        next=("{device}: {show_ospf}",), guess=False,
    ),
    Rule(
        id="eigrp-parameters", row="3.4", states=_UP, source="K", base=EXPERT,
        cause="{device} has other EIGRP parameters than the design, so no neighbor comes up: "
        "{words}",
        shows=(overlay_is("eigrp"), neighbor_missing),
        proof=(differs("spoke", "eigrp.asn", "eigrp.passive", "eigrp.key-chain"),
               differs("hub", "eigrp.asn", "eigrp.passive", "eigrp.key-chain"),
               lacks("spoke", "eigrp.key"), lacks("hub", "eigrp.key"),
               secrets_differ("spoke", "eigrp.key"), secrets_differ("hub", "eigrp.key")),
        next=("{device}: {show_eigrp}",), guess=False,
    ),
    Rule(
        id="ipv6-routing-off", row="3.4", states=_UP, source="IOS guide", base=DOCUMENTED,
        cause="{device} does not route IPv6: `ipv6 unicast-routing` is missing",
        proof=(lacks("spoke", "ipv6.routing"), lacks("hub", "ipv6.routing")), guess=False,
    ),
    Rule(
        id="split-horizon", row="3.6", states=_UP, source="IOS guide", base=DOCUMENTED,
        cause="{hub} keeps the routes of one spoke from the others (EIGRP split horizon): {words}",
        shows=(overlay_is("eigrp"),),
        proof=(differs("hub", "eigrp.split-horizon"),), side="hub", guess=False,
    ),
    Rule(
        id="no-route-reflector", row="3.6", states=_UP, source="RFC 4456", base=DOCUMENTED,
        cause="{hub} does not reflect routes between its iBGP spokes: {words}",
        shows=(overlay_is("ibgp"),),
        proof=(lacks("hub", "bgp.route-reflector-client"),), side="hub", guess=False,
        fix=("{hub}: {clear_bgp} soft",),
    ),
    Rule(
        id="as-loop", row="3.6", states=_UP, source="RFC 4271", base=DOCUMENTED,
        cause="{device} drops the routes of the other spokes, which have its own AS: {words}",
        shows=(overlay_is("ebgp"),),
        proof=(lacks("spoke", "bgp.allowas-in"), lacks("hub", "bgp.as-override")), guess=False,
        fix=("{device}: {clear_bgp} soft",),
    ),
    Rule(
        id="routes-not-passed-on", row="3.6", states=_UP, source="K", base=0.5,
        cause="{hub} knows the LANs of other spokes and {spoke} does not: split horizon, no "
        "route reflector, AS loop, or a filter",
        when=(no(neighbor_missing),),
        proof=(spokes_lack_other_lans,), guess=False, specific=False, side="hub",
        next=("{hub}: show running-config | section router",
              "{spoke}: {show_routes}"),
    ),
    Rule(
        id="duplicate-router-id", row="3.7", states=_UP, source="L", base=MEASURED,
        cause="two routers have the same router-id, and {device} has it against the design: "
        "{words}",
        proof=(duplicated("bgp.router-id"), duplicated("ospf.router-id"),
               duplicated("eigrp.router-id")),
        fix=("{device}: {clear_routing}",), guess=False,
    ),
    Rule(
        id="hubs-do-not-know-each-other", row="3.8", states=_UP, source="capture of two hubs",
        base=EXPERT, side="hub",
        cause="{hub} has a BGP neighbor at another hub and no way to it through the cloud: {words}",
        shows=(_BGP,),
        proof=(hub_asks_for_other_hub,), guess=False,
        fix=("{hub}: interface {interface}",
             "{hub}:  {ip} nhrp map OTHER-HUB-TUNNEL OTHER-HUB-NBMA",
             "{hub}:  {ip} nhrp map multicast OTHER-HUB-NBMA"),
        next=("{hub}: {show_bgp} summary",),
    ),
    Rule(
        id="bgp-listen-range", row="3.9", states=_UP, source="K", base=DOCUMENTED, side="hub",
        cause="{hub} does not listen to the tunnel address of {spoke}: {words}",
        shows=(_BGP, neighbor_missing),
        proof=(outside_listen_range, lacks("hub", "bgp.listen-range")), guess=False,
    ),
    Rule(
        id="bgp-listen-limit", row="3.9", states=_UP, source="K", base=DOCUMENTED, side="hub",
        cause="{hub} takes no more dynamic BGP neighbors: {words}",
        shows=(_BGP, neighbor_missing),
        proof=(listen_limit_reached,), guess=False,
    ),
    Rule(
        id="bgp-as", row="3.9", states=_UP, source="K", base=DOCUMENTED,
        cause="{device} has another BGP AS number than the design: {words}",
        shows=(_BGP, neighbor_missing),
        proof=(differs("spoke", "bgp.asn", "bgp.remote-as"),
               differs("hub", "bgp.asn", "bgp.remote-as")),
        fix=("{device}: {clear_bgp}",),
        next=("{spoke}: {show_bgp} neighbors {peer_tunnel}",), guess=False,
    ),
    Rule(
        id="bgp-session", row="3.9", states=_UP, source="K", base=DOCUMENTED,
        cause="{device} does not open the BGP session: {words}",
        shows=(_BGP, neighbor_missing),
        proof=(differs("spoke", "bgp.activate"), has("spoke", "bgp.shutdown"),
               differs("hub", "bgp.activate"), has("hub", "bgp.shutdown"),
               lacks("spoke", "bgp.password"), lacks("hub", "bgp.password"),
               secrets_differ("spoke", "bgp.password"), secrets_differ("hub", "bgp.password")),
        next=("{device}: {show_bgp} neighbors {peer_tunnel}",), guess=False,
    ),
    Rule(
        id="neighbor-unexplained", row="3.1", states=_UP, source="K", base=0.3,
        cause="NHRP is UP both ways and the {overlay} neighbor is not; nothing collected says why",
        proof=(neighbor_missing,), guess=False, specific=False, likely=0.2,
        next=("{spoke}: ping {inside}{hub_tunnel}",
              "{spoke}: ping {inside}{hub_tunnel} size {mtu}{df}",
              "{spoke}: show {ip} nhrp multicast", "{hub}: show logging | include NBR|ADJ|BGP"),
    ),
    Rule(
        id="recursion-mgre", row="5.2", states=states("UP", "IKE", "NHRP"), source="L3",
        base=EXPERT,
        cause="recursive routing: the route of {spoke} to {hub_nbma} leads into the tunnel",
        proof=(underlay_through_tunnel,),
        fix=("{spoke}: ! better: a front-door VRF, or filter the NBMA prefixes out of the overlay",
             "{spoke}: {host_route}"),
        next=("{spoke}: show {ip_outside} cef {vrf}{hub_nbma}",), guess=False,
    ),
)  # fmt: skip
