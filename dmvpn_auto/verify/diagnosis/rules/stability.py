"""Tunnels that flap, carry only small packets, or ignore what was configured."""

from __future__ import annotations

from dmvpn_auto.verify.diagnosis.facts import differs, lacks, logged, no
from dmvpn_auto.verify.diagnosis.observations.crypto import everybody_down
from dmvpn_auto.verify.diagnosis.observations.routing import neighbor_missing
from dmvpn_auto.verify.diagnosis.rule import DOWN, EXPERT, MEASURED, Rule, states

_ANY = DOWN | {"UP"}
_UP = states("UP")

RULES = (
    Rule(
        id="unshared-protection", row="5.4", states=_ANY, source="K", base=EXPERT,
        cause="two tunnels of {device} start from one source without `shared`: {words}",
        proof=(lacks("spoke", "tunnel.shared"), lacks("hub", "tunnel.shared")), guess=False,
    ),
    Rule(
        id="invalid-spi", row="5.4", states=_ANY, source="K", base=0.6,
        cause="{device} gets ESP for SAs that it does not have: one end lost its SAs, or two "
        "tunnels share a source without `shared`",
        proof=(logged("spoke", "RECVD_PKT_INV_SPI", "{hub_nbma}", blames="spoke"),
               logged("hub", "RECVD_PKT_INV_SPI", "{spoke_nbma}", blames="hub")),
        fix=("{device}: clear crypto sa peer {peer_nbma}",), guess=False, specific=False,
        next=("{device}: show crypto session", "{device}: show running-config | include shared"),
    ),
    Rule(
        id="replay-drops", row="5.5", states=_ANY, source="K", base=0.65,
        cause="{device} drops packets as replayed: QoS reorders them beyond the window",
        proof=(logged("spoke", "REPLAY_ERROR", "{hub_nbma}", blames="spoke"),
               logged("hub", "REPLAY_ERROR", "{spoke_nbma}", blames="hub"),
               logged("hub", "PKT_REPLAY_ERR", blames="hub"),
               logged("spoke", "PKT_REPLAY_ERR", blames="spoke")),
        fix=("{device}: crypto ipsec security-association replay window-size 1024",),
        guess=False, specific=False, next=("{device}: show crypto ipsec sa | include replay",),
    ),
    Rule(
        id="hub-restarted", row="5.5", states=DOWN, source="K", base=0.5, side="hub",
        cause="all spokes of {hub} went down together: it was reloaded, or limits IKE calls",
        shows=(everybody_down,),
        proof=(logged("hub", "SYS-5-RESTART", blames="hub"),
               logged("hub", "CRYPTO-4-IKE_DENY_SA_REQ", blames="hub")),
        guess=False, specific=False,
        next=("{hub}: show version | include uptime|reload",
              "{hub}: show crypto call admission statistics"),
    ),
    Rule(
        id="socket-flaps", row="5.6", states=_UP, source="K", base=0.4,
        cause="the crypto socket between {spoke} and {hub} goes down and up: lifetimes differ, or "
        "a volume lifetime",
        shows=(differs("spoke", "ipsec.lifetime"),), when=(no(neighbor_missing),),
        proof=(logged("hub", "CRYPTO_SS", "{spoke_nbma}", "socket is DOWN", blames="spoke"),),
        guess=False, specific=False,
        next=("{spoke}: show crypto ipsec sa | include lifetime",),
    ),
    Rule(
        id="administratively-removed", row="5.7", states=DOWN, source="L", base=0.6,
        cause="the tunnel of {device} went down because its configuration was removed",
        proof=(logged("spoke", "NHRP_NHS_DOWN", "{hub_tunnel}", "administratively prohibited",
                      blames="spoke"),
               logged("hub", "NHRP_NHC_DOWN", "{spoke_tunnel}", "administratively prohibited",
                      blames="hub")),
        guess=False, specific=False,
        next=("{device}: show archive log config all", "{device}: show logging"),
    ),
    Rule(
        id="mtu", row="5.8", states=_UP, source="K, L2", base=0.7,
        cause="{device} lets packets into the tunnel that do not fit: {words}",
        when=(no(neighbor_missing),),
        proof=(differs("spoke", "tunnel.ip-mtu", "tunnel.mss"),
               differs("hub", "tunnel.ip-mtu", "tunnel.mss")),
        next=("{spoke}: ping {inside}{hub_tunnel} size {mtu}{df}",
              "{spoke}: ping {inside}{hub_tunnel} size 1000{df}"), guess=False,
    ),
    Rule(
        id="profile-undefined", row="5.9", states=_ANY, source="L W2", base=MEASURED,
        cause="{device} names an IPsec profile that does not exist; IOS ignores it in silence: "
        "{words}",
        when=(no(lacks("spoke", "tunnel.protection")), no(lacks("hub", "tunnel.protection"))),
        proof=(lacks("spoke", "ipsec.profile"), lacks("hub", "ipsec.profile"),
               lacks("spoke", "ipsec.transform"), lacks("hub", "ipsec.transform"),
               lacks("spoke", "ike.profile"), lacks("hub", "ike.profile")),
        fix=("{device}: interface {interface}", "{device}:  no shutdown"),
        next=("{device}: show running-config | section crypto",), guess=False,
    ),
)  # fmt: skip
