"""Registration: crypto stands, or there is none, and NHRP gets no answer."""

from __future__ import annotations

from dmvpn_auto.verify.diagnosis.facts import (
    both,
    differs,
    has,
    lacks,
    logged,
    no,
    secrets_agree,
    secrets_differ,
)
from dmvpn_auto.verify.diagnosis.observations.crypto import (
    esp_lost_to_hub,
    esp_lost_to_spoke,
    everybody_down,
    hub_receives,
    some_spoke_up,
)
from dmvpn_auto.verify.diagnosis.observations.nhrp import (
    duplicate_victim,
    duplicated,
    hub_asks_for_spoke,
    natted_and_not_seen,
    never_answered,
    no_dmvpn_on_spoke,
    no_server_on_spoke,
    only_one_unregistered,
    shared_nbma,
    stray_server,
)
from dmvpn_auto.verify.diagnosis.observations.underlay import wrong_hub_nbma
from dmvpn_auto.verify.diagnosis.rule import DOCUMENTED, DOWN, EXPERT, MEASURED, Rule, states

_NHRP = states("NHRP")
_ANY = DOWN | {"UP"}
_WRONG_STRING = "wrong authentication string"

RULES = (
    Rule(
        id="spoke-network-id-missing", row="1.7", states=_ANY, source="L",
        base=MEASURED,
        cause="NHRP is off on {spoke}: it has no network-id",
        proof=(lacks("spoke", "nhrp.network-id"), no_dmvpn_on_spoke),
        fix=("{spoke}: interface {interface}", "{spoke}:  {ip} nhrp network-id {network_id}"),
        next=("{spoke}: show running-config interface {interface}",), guess=False,
    ),
    Rule(
        id="hub-network-id-missing", row="2.10", states=_NHRP, source="L W3",
        base=MEASURED, side="hub",
        cause="NHRP is off on {hub}: it has no network-id",
        when=(no(some_spoke_up),),
        proof=(lacks("hub", "nhrp.network-id"),
               logged("hub", "NHRP_NETID_UNCONFIGURED", blames="hub")),
        fix=("{hub}: interface {interface}", "{hub}:  {ip} nhrp network-id {network_id}",
             "{hub}:  {redirect}"),
        next=("{hub}: show running-config interface {interface}",
              "{hub}: show logging | include NETID"),
        likely=0.8,
    ),
    Rule(
        id="wrong-nhs-address", row="2.13", states=_ANY, source="L F4", base=MEASURED,
        cause="{spoke} registers with a tunnel address that is not the one of {hub}: {words}",
        proof=(stray_server, both(differs("spoke", "nhrp.nhs"), has("spoke", "nhrp.other-nhs"))),
        fix=(),
        next=("{spoke}: show {ip} nhrp nhs detail", "{hub}: show logging | include Encap Error"),
        guess=False,
    ),
    Rule(
        id="server-missing", row="2.14", states=_ANY, source="L F5", base=MEASURED,
        cause="{spoke} has no next-hop server, only a map for {hub}: it never registers",
        when=(no(stray_server), no(has("spoke", "nhrp.other-nhs"))),
        proof=(no_server_on_spoke, lacks("spoke", "nhrp.nhs")),
        next=("{spoke}: show {ip} nhrp nhs detail",), guess=False,
    ),
    Rule(
        id="authentication", row="2.12", states=_NHRP, source="L F3, L2", base=MEASURED,
        cause="the NHRP authentication string of {device} is not the one of {peer}",
        when=(no(stray_server), no(no_server_on_spoke), no(esp_lost_to_hub),
              no(secrets_agree("nhrp.authentication"))), side="",
        proof=(secrets_differ("spoke", "nhrp.authentication"),
               secrets_differ("hub", "nhrp.authentication"),
               lacks("spoke", "nhrp.authentication"), lacks("hub", "nhrp.authentication"),
               has("spoke", "nhrp.authentication"), has("hub", "nhrp.authentication"),
               both(logged("hub", _WRONG_STRING, blames="hub"), everybody_down),
               both(logged("hub", _WRONG_STRING, blames="spoke"), only_one_unregistered)),
        fix=("{device}: clear {ip} nhrp {inside}{peer_tunnel}",),
        next=("{hub}: show logging | include authentication",
              "{hub}: ! IOS 15.9 does not log it",
              "{spoke}: show running-config interface {interface}",
              "{hub}: show running-config interface {interface}"),
        likely=0.8,
    ),
    Rule(
        id="tunnel-key", row="2.11", states=_NHRP, source="L W4, W10, L2", base=MEASURED,
        cause="{device} has another tunnel key than the design, so GRE of {peer} is dropped "
        "without a trace: {words}",
        when=(hub_receives, no(stray_server), no(no_server_on_spoke)),
        proof=(differs("spoke", "tunnel.key"), differs("hub", "tunnel.key")),
        next=("{spoke}: show interfaces {interface} | include Key",
              "{hub}: show interfaces {interface} | include Key"),
        likely=1.5, side="",
    ),
    Rule(
        id="acl-blocks-esp", row="2.16", states=_NHRP, source="L F2", base=MEASURED,
        cause="an access list on {device} drops ESP: {words}",
        proof=(has("hub", "acl.denies-esp"), has("spoke", "acl.denies-esp"),
               logged("hub", "ACCESSLOGNP", "denied 50 {spoke_nbma}", blames="hub"),
               logged("spoke", "ACCESSLOGNP", "denied 50 {hub_nbma}", blames="spoke")),
        fix=("{device}: {access_list} {acl}", "{device}:  {sequence}1 permit esp any any",
             "{device}:  {sequence}2 permit udp any any eq isakmp",
             "{device}:  {sequence}3 permit udp any any eq non500-isakmp"),
        next=("{device}: {show_acl}",), guess=False,
    ),
    Rule(
        id="path-blocks-esp", row="2.16", states=_NHRP, source="L F2", base=0.8,
        cause="ESP between {spoke} and {hub} is lost on the way although IKE passes: an access "
        "list or a provider (behind NAT: UDP 4500)",
        when=(no(stray_server), no(no_server_on_spoke)),
        proof=(esp_lost_to_hub, esp_lost_to_spoke),
        fix=("{hub}: ! ESP, UDP 500 and UDP 4500 must pass (access lists, provider)",),
        next=("{spoke}: show crypto ipsec sa peer {hub_nbma} | include encaps|decaps",
              "{hub}: show crypto ipsec sa peer {spoke_nbma} | include encaps|decaps",
              "{hub}: ! twice, 10 s apart: what one end sends the other one must get"),
        specific=False, likely=0.9,
    ),
    Rule(
        id="unique-registration", row="2.17", states=_NHRP, source="C, K", base=DOCUMENTED,
        cause="{hub} keeps the older, unique registration of {spoke_tunnel}: the NBMA address of "
        "{spoke} has changed, or another router uses its tunnel address",
        proof=(logged("hub", "unique address registered already", blames="spoke"),
               logged("spoke", "unique address registered already", blames="spoke")),
        fix=("{spoke}: interface {interface}", "{spoke}:  {ip} nhrp registration no-unique",
             "{hub}: clear {ip} nhrp {inside}{spoke_tunnel}"),
        next=("{hub}: show {ip} nhrp {spoke_tunnel}",), guess=False, specific=False,
    ),
    Rule(
        id="duplicate-tunnel-address", row="2.17", states=_ANY, source="C, K", base=DOCUMENTED,
        cause="two routers have the same tunnel address, and {device} has it against the design: "
        "{words}",
        proof=(duplicated("tunnel.address"), duplicated("tunnel.link-local")),
        fix=("{hub}: clear {ip} nhrp {inside}{spoke_tunnel}",), guess=False,
    ),
    Rule(
        id="tunnel-address", row="2.17", states=_ANY, source="K", base=EXPERT,
        cause="{device} has another tunnel address than the design: {words}",
        when=(no(duplicated("tunnel.address")), no(duplicated("tunnel.link-local"))),
        proof=(differs("spoke", "tunnel.address", "tunnel.link-local"),
               differs("hub", "tunnel.address", "tunnel.link-local")),
        guess=False,
    ),
    Rule(
        id="victim-of-duplicate", row="2.17", states=_ANY, source="C, K", base=0.8,
        cause="another router uses the tunnel address of {spoke}: {words}",
        proof=(duplicate_victim,), guess=False, specific=False,
        follows=("duplicate-tunnel-address",),
        next=("{hub}: show {ip} nhrp {spoke_tunnel}",),
    ),
    Rule(
        id="two-behind-one-pat", row="2.18", states=_NHRP | {"UP"}, source="C", base=EXPERT,
        cause="two spokes are seen at one NBMA address (port address translation is not "
        "supported): {words}",
        when=(no(duplicated("tunnel.address")),),
        proof=(shared_nbma,), follows=("duplicate-tunnel-address",),
        fix=("{spoke}: ! each spoke needs a public address of its own",),
        next=("{hub}: show {ip} nhrp", "{hub}: show crypto session"), guess=False,
    ),
    Rule(
        id="nhrp-unexplained", row="1.3", states=_NHRP, source="L", base=0.3,
        cause="{hub} gets what {spoke} sends and does not answer: network-id, tunnel key, "
        "authentication or NHS address",
        when=(hub_receives, no(stray_server), no(wrong_hub_nbma)),
        next=("{spoke}: show running-config interface {interface}",
              "{hub}: show running-config interface {interface}", "{hub}: show logging"),
        specific=False, likely=0.2,
    ),
    Rule(
        id="negative-entry", row="2.20", states=_NHRP, source="golden", base=0.25,
        cause="{hub} has only a negative entry for {spoke}: something asks for it, it never "
        "registered",
        when=(hub_asks_for_spoke, never_answered),
        next=("{spoke}: show {ip} nhrp nhs detail", "{hub}: show logging | include NHRP"),
        specific=False, likely=0.1,
    ),
    Rule(
        id="authentication-at-expiry", row="2.12", states=states("UP"), source="L2", base=EXPERT,
        cause="the NHRP authentication string of {device} is not the one of {peer}; the "
        "registration lives only until its holdtime is over",
        proof=(secrets_differ("spoke", "nhrp.authentication"),
               secrets_differ("hub", "nhrp.authentication"),
               lacks("spoke", "nhrp.authentication"), lacks("hub", "nhrp.authentication")),
        fix=("{device}: clear {ip} nhrp {inside}{peer_tunnel}",), guess=False,
    ),
    Rule(
        id="key-until-expiry", row="2.11", states=states("UP"), source="L W4", base=EXPERT,
        cause="{device} has another tunnel key than the design; what {hub} remembers hides it for "
        "up to the holdtime: {words}",
        proof=(differs("spoke", "tunnel.key"), differs("hub", "tunnel.key")), guess=False,
    ),
    Rule(
        id="natted-without-n", row="2.19", states=states("UP", "NHRP"), source="K", base=0.5,
        cause="{spoke} is behind NAT and NAT traversal is off: IKE stays on port 500",
        proof=(natted_and_not_seen,), guess=False,
        fix=("{device}: crypto ipsec nat-transparency udp-encapsulation",),
        next=("{hub}: show crypto ipsec sa peer {spoke_nbma}",),
    ),
)  # fmt: skip
