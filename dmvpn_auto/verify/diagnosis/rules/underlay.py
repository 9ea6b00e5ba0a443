"""Interfaces and the network under the tunnels: INTF, and IKE where packets do not arrive."""

from __future__ import annotations

from dmvpn_auto.verify.diagnosis.facts import as_designed, both, differs, has, lacks, logged, no
from dmvpn_auto.verify.diagnosis.observations.crypto import credentials_hold, everybody_down, ike_is
from dmvpn_auto.verify.diagnosis.observations.underlay import (
    other_spokes_have_ike,
    registered_elsewhere,
    source_down,
    source_has_another_address,
    source_in_another_vrf,
    source_without_address,
    tunnel_down,
    tunnel_shut,
    underlay_answers,
    underlay_silent,
    underlay_silent_for_all,
    wrong_hub_nbma,
)
from dmvpn_auto.verify.diagnosis.rule import DOWN, EXPERT, MEASURED, Rule, states

_IKE = (
    "tunnel.protection", "ike.encryption", "ike.prf", "ike.group", "ike.integrity", "ike.profile",
    "ike.identity", "ike.match-fvrf", "ike.psk", "ike.keyring",
)  # fmt: skip
_ANY = DOWN | {"UP"}

RULES = (
    Rule(
        id="tunnel-shutdown", row="2.1", states=_ANY, source="golden INTF", base=EXPERT,
        cause="the tunnel interface of {device} is shut down",
        proof=(tunnel_shut("spoke"), tunnel_shut("hub"), has("spoke", "tunnel.shutdown"),
               has("hub", "tunnel.shutdown")),
        fix=("{device}: interface {interface}", "{device}:  no shutdown"),
        next=("{spoke}: show interfaces {interface}",), guess=False,
    ),
    Rule(
        id="source-shutdown", row="2.1", states=_ANY, source="K", base=EXPERT,
        cause="the interface that the tunnel of {device} starts from is shut down",
        proof=(has("spoke", "source.shutdown"), has("hub", "source.shutdown")),
        fix=("{device}: interface {source}", "{device}:  no shutdown"), guess=False,
    ),
    Rule(
        id="source-down", row="2.1", states=_ANY, source="K", base=EXPERT,
        cause="the interface that the tunnel of {device} starts from is down",
        when=(no(has("spoke", "source.shutdown")), no(has("hub", "source.shutdown"))),
        proof=(source_down("spoke"), source_down("hub")),
        fix=("{device}: interface {source}", "{device}:  no shutdown"),
        next=("{device}: show interfaces {source}",), guess=False,
    ),
    Rule(
        id="source-without-address", row="2.1", states=states("INTF", "IKE"), source="K",
        base=EXPERT,
        cause="the interface that the tunnel of {device} starts from has no address: {words}",
        proof=(lacks("spoke", "source.address"), lacks("hub", "source.address"),
               source_without_address("spoke"), source_without_address("hub")),
        next=("{device}: show {ip_outside} interface brief",), guess=False,
    ),
    Rule(
        id="tunnel-source", row="2.1", states=_ANY, source="K", base=EXPERT,
        cause="the tunnel of {device} starts from the wrong place: {words}",
        proof=(differs("spoke", "tunnel.source"), differs("hub", "tunnel.source")),
        guess=False,
    ),
    Rule(
        id="tunnel-missing", row="2.1", states=_ANY, source="K", base=EXPERT,
        cause="{device} has no {interface}",
        proof=(lacks("spoke", "tunnel.exists"), lacks("hub", "tunnel.exists")),
        fix=("{device}: ! dmvpn-auto deploy --limit {device}",),
        guess=False,
    ),
    Rule(
        id="tunnel-vrf", row="2.1", states=_ANY, source="K", base=EXPERT,
        cause="the packets of the tunnel of {device} travel in the wrong VRF: {words}",
        proof=(differs("spoke", "tunnel.vrf"), differs("hub", "tunnel.vrf"),
               source_in_another_vrf("spoke"), source_in_another_vrf("hub")),
        next=("{spoke}: ping {vrf}{hub_nbma} source {source} repeat 3",), guess=False,
    ),
    Rule(
        id="hub-point-to-point", row="2.4", states=_ANY, source="L F7, W5", base=MEASURED,
        cause="{device} has a point-to-point tunnel where the design wants multipoint GRE: "
        "{words}",
        proof=(both(differs("hub", "tunnel.mode"), no(has("hub", "tunnel.destination"))),
               differs("hub", "tunnel.destination"), differs("hub", "tunnel.mode")),
        fix=("{device}: interface {interface}", "{device}:  shutdown", "{device}:  no shutdown"),
        side="hub", guess=False,
    ),
    Rule(
        id="spoke-tunnel-mode", row="2.5", states=_ANY, source="L W5", base=EXPERT,
        cause="{device} has another tunnel mode than the design: {words}",
        proof=(differs("spoke", "tunnel.mode", "tunnel.destination"),),
        fix=("{device}: interface {interface}", "{device}:  shutdown", "{device}:  no shutdown"),
        guess=False,
    ),
    Rule(
        id="ipv6-duplicate-address", row="2.1", states=_ANY, source="K", base=EXPERT,
        cause="another router answers for an IPv6 address of {device}, which does not use it "
        "therefore (duplicate address detection)",
        proof=tuple(
            logged(side, "-4-DUPLICATE: Duplicate address", f"on {{{name}}}", blames=side)
            for side in ("spoke", "hub") for name in ("interface", f"{side}_source")
        ),
        fix=("{device}: ! give each router an address of its own, then bounce the interface",),
        next=("{device}: show ipv6 interface {interface}", "{device}: show ipv6 interface {source}",
              "{device}: show logging | include DUPLICATE"), guess=False,
    ),
    Rule(
        id="tunnel-down-unexplained", row="2.1", states=states("INTF"), source="K", base=0.4,
        cause="the line protocol of {interface} is down on {device}; nothing collected says why "
        "(source, its VRF and route, tunnel destination, IPv6 duplicate address detection)",
        proof=(tunnel_down("spoke"), tunnel_down("hub")), specific=False,
        next=("{device}: show interfaces {source}", "{device}: show {ip_outside} interface brief",
              "{device}: show running-config interface {interface}"),
    ),
    Rule(
        id="wrong-hub-nbma", row="2.3", states=_ANY, source="K", base=MEASURED,
        cause="{device} looks for {hub} at the wrong NBMA address: {words}",
        proof=(wrong_hub_nbma, differs("spoke", "nhrp.hub-nbma")),
        fix=("{device}: clear crypto session",), guess=False,
    ),
    Rule(
        id="acl-blocks-ike", row="2.16", states=states("IKE"), source="L F2", base=MEASURED,
        cause="an access list on {device} drops IKE (UDP 500): {words}",
        proof=(has("spoke", "acl.denies-ike"), has("hub", "acl.denies-ike")),
        fix=("{device}: {access_list} {acl}", "{device}:  {sequence}1 permit esp any any",
             "{device}:  {sequence}2 permit udp any any eq isakmp",
             "{device}:  {sequence}3 permit udp any any eq non500-isakmp"),
        next=("{device}: {show_acl}",), guess=False,
    ),
    Rule(
        id="underlay-broken", row="2.3", states=states("IKE", "IPSEC", "NHRP"), source="L W7",
        base=MEASURED,
        cause="{device} and {peer} do not reach each other outside the tunnel: {hub_nbma} does not "
        "answer a ping",
        when=(no(ike_is("spoke", "up")),),
        proof=(underlay_silent_for_all, underlay_silent), side="",
        fix=("{device}: ! repair the underlay first: line, provider, default route",),
        next=("{spoke}: ping {vrf}{hub_nbma} source {source} repeat 3",
              "{spoke}: show interfaces {source}",
              "{spoke}: show {ip_outside} route {vrf}{hub_nbma}"),
        likely=1.2, yields=("source-shutdown", "source-down", "source-without-address"),
    ),
    Rule(
        id="path-blocks-ike", row="2.3", states=states("IKE"), source="K", base=0.65,
        cause="UDP 500 (or 4500) between {spoke} and {hub} is filtered on the way: the NBMA "
        "address answers a ping, IKE gets no answer, and nothing that was read differs",
        when=(ike_is("spoke", "none", "MM_NO_STATE", "IN-NEG", "DELETE"), underlay_answers,
              no(differs("spoke", *_IKE)), no(differs("hub", *_IKE)), no(everybody_down)),
        proof=(both(other_spokes_have_ike, underlay_answers, as_designed("spoke", *_IKE),
                    as_designed("hub", *_IKE), credentials_hold),),
        fix=("{spoke}: ! UDP 500, UDP 4500 and ESP must pass (access lists, provider)",),
        next=("{spoke}: ping {vrf}{hub_nbma} source {source} repeat 3",
              "{hub}: {debug_ike}", "{hub}: ! does anything arrive from {spoke_nbma}?"),
        likely=0.6, specific=False,
    ),
    Rule(
        id="nbma-changed", row="2.17", states=_ANY, source="C, K", base=EXPERT,
        cause="{hub} has {spoke} registered at another NBMA address: {words}",
        proof=(registered_elsewhere, source_has_another_address),
        fix=("{hub}: clear {ip} nhrp {inside}{spoke_tunnel}",),
        next=("{spoke}: show {ip_outside} interface brief", "{hub}: show {ip} nhrp {spoke_tunnel}"),
        guess=False, specific=False, follows=("duplicate-tunnel-address",),
    ),
    Rule(
        id="recursion", row="5.1", states=_ANY, source="L3", base=MEASURED,
        cause="recursive routing: {device} reaches {hub_nbma} through the tunnel itself",
        proof=(logged("spoke", "RECURDOWN", blames="spoke"),
               logged("spoke", "looped chain attempting to stack", blames="spoke"),
               logged("hub", "RECURDOWN", blames="hub")),
        fix=("{device}: ! better: a front-door VRF, or filter the NBMA prefixes out of the overlay",
             "{device}: {host_route}"),
        next=("{device}: show {ip_outside} route {vrf}{hub_nbma}",
              "{device}: show {ip_outside} cef {vrf}{hub_nbma}"),
        guess=False,
    ),
)  # fmt: skip
