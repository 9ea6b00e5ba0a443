"""IKE and IPsec: nobody agrees on keys, algorithms, mode or groups."""

from __future__ import annotations

from dmvpn_auto.verify.diagnosis.facts import (
    Question,
    as_designed,
    both,
    differs,
    either,
    has,
    lacks,
    last_logged,
    logged,
    no,
    secrets_agree,
    secrets_differ,
)
from dmvpn_auto.verify.diagnosis.observations.crypto import (
    certificate_invalid,
    everybody_down,
    hub_has_no_ike_at_all,
    ike_is,
    negotiated_tunnel_mode,
)
from dmvpn_auto.verify.diagnosis.observations.underlay import (
    other_spokes_have_ike,
    underlay_silent,
    wrong_hub_nbma,
)
from dmvpn_auto.verify.diagnosis.rule import DOCUMENTED, EXPERT, MEASURED, Rule, states

_IKE, _IPSEC = states("IKE"), states("IPSEC")
_KEYS = ("ike.encryption", "ike.prf", "ike.integrity", "ike.group")
_REACHED = (no(underlay_silent), no(wrong_hub_nbma))


def _bad_certificate(blames: str) -> Question:
    """One end has logged that a certificate is not valid: the other one's, by its own clock."""
    return either(
        *(
            logged(side, message, blames=blames)
            for side in ("spoke", "hub")
            for message in ("CERTIFICATE_INVALID", "IKMP_INVAL_CERT")
        )
    )


_CERTIFICATE_FIX = (
    "{device}: ! wrong clock: `ntp server`, `clock set`; else: `crypto pki enroll {trustpoint}`",
)
_CERTIFICATE_NEXT = ("{device}: show clock", "{device}: show crypto pki certificates")

RULES = (
    Rule(
        id="hub-protection-missing", row="2.2", states=_IKE, source="L W1, W2",
        base=MEASURED, side="hub",
        cause="{hub} does not protect its tunnel: {words}",
        when=(no(other_spokes_have_ike),),
        proof=(differs("hub", "tunnel.protection"), lacks("hub", "ipsec.profile"),
               lacks("hub", "ike.profile"), lacks("hub", "ipsec.transform"),
               both(last_logged("hub", "ISAKMP_ON_OFF", "ISAKMP is OFF", blames="hub"),
                    hub_has_no_ike_at_all)),
        fix=("{hub}: interface {interface}", "{hub}:  no shutdown"),
        next=("{hub}: show running-config interface {interface}",
              "{hub}: show running-config | section crypto ipsec profile",
              "{hub}: show logging | include ISAKMP_ON_OFF"),
        likely=1.0,
    ),
    Rule(
        id="spoke-protection-missing", row="2.15", states=states("NHRP"), source="L W8",
        base=MEASURED,
        cause="{spoke} sends GRE in clear, its tunnel is not protected: {words}",
        when=(ike_is("spoke", "none"),),
        proof=(differs("spoke", "tunnel.protection"), lacks("spoke", "ipsec.profile"),
               lacks("spoke", "ike.profile"), lacks("spoke", "ipsec.transform"),
               logged("hub", "RECVD_PKT_NOT_IPSEC", "src_addr= {spoke_nbma}", blames="spoke")),
        fix=("{spoke}: interface {interface}", "{spoke}:  no shutdown"),
        next=("{spoke}: show running-config interface {interface}",
              "{hub}: show logging | include RECVD_PKT_NOT_IPSEC"),
    ),
    Rule(
        id="pre-shared-key", row="2.6", states=_IKE, source="K", base=EXPERT + 0.05,
        cause="the pre-shared key of {device} is not the one of {peer}",
        when=(no(ike_is("spoke", "up")), *_REACHED, no(secrets_agree("ike.psk"))), side="",
        proof=(secrets_differ("spoke", "ike.psk"), secrets_differ("hub", "ike.psk"),
               lacks("spoke", "ike.psk"), lacks("hub", "ike.psk"),
               both(logged("spoke", "AUTHENTICATION_FAILED", blames="spoke"),
                    no(lacks("spoke", "ike.trustpoint"))),
               both(ike_is("spoke", "MM_KEY_EXCH"), no(everybody_down))),
        fix=("{device}: clear crypto session remote {peer_nbma}",),
        next=("{device}: show running-config | section keyring|isakmp key",
              "{peer}: show running-config | section keyring|isakmp key",
              "{device}: {debug_ike}"),
        likely=1.5,
    ),
    Rule(
        id="ike-proposal", row="2.3", states=_IKE, source="L W7", base=EXPERT + 0.05, side="",
        cause="{device} proposes other IKE algorithms than {peer}: {words}",
        when=(no(ike_is("spoke", "up")), *_REACHED,
              no(both(as_designed("spoke", *_KEYS), as_designed("hub", *_KEYS)))),
        proof=(differs("spoke", *_KEYS), differs("hub", *_KEYS),
               logged("spoke", "NO_PROPOSAL_CHOSEN", blames="spoke"),
               logged("hub", "NO_PROPOSAL_CHOSEN", "{spoke_nbma}", blames="spoke")),
        fix=("{device}: clear crypto session remote {peer_nbma}",),
        next=("{device}: {ike_algorithms}", "{peer}: {ike_algorithms}"),
    ),
    Rule(
        id="ike-identity", row="2.3", states=_IKE, source="K", base=EXPERT, side="",
        cause="{device} does not take the IKE identity of {peer}: {words}",
        when=(no(ike_is("spoke", "up")), *_REACHED),
        proof=(differs("spoke", "ike.identity", "ike.local-identity", "ike.auth-remote",
                       "ike.auth-local", "ike.keyring", "ike.profile", "ike.trustpoint"),
               differs("hub", "ike.identity", "ike.local-identity", "ike.auth-remote",
                       "ike.auth-local", "ike.keyring", "ike.profile", "ike.trustpoint")),
        fix=("{device}: clear crypto session remote {peer_nbma}",),
        next=("{device}: show running-config | section {ike_section} profile",),
        likely=0.7,
    ),
    Rule(
        id="ike-front-vrf", row="2.7", states=_IKE, source="K", base=EXPERT,
        cause="IKE of {device} does not look into the front-door VRF: {words}",
        when=(no(ike_is("spoke", "up")),),
        proof=(differs("spoke", "ike.match-fvrf"), differs("hub", "ike.match-fvrf")),
        fix=("{device}: clear crypto session",),
        next=("{device}: show running-config | section {ike_section} profile|crypto keyring",),
        guess=False,
    ),
    Rule(
        id="certificate", row="2.6", states=_IKE, source="K", base=EXPERT,
        cause="{device} and {peer} do not take each other's certificates, and the fault is at "
        "{device} (certificate missing or expired, wrong clock, another authority): {words}",
        when=(no(ike_is("spoke", "up")),),
        proof=(certificate_invalid("spoke"), certificate_invalid("hub"),
               both(_bad_certificate("hub"), everybody_down),
               both(_bad_certificate("spoke"), no(everybody_down))),
        fix=_CERTIFICATE_FIX, next=_CERTIFICATE_NEXT, guess=False,
    ),
    Rule(
        id="certificate-of-one-end", row="2.6", states=_IKE, source="K", base=0.6, side="spoke",
        cause="{spoke} and {hub} do not take each other's certificates: at one of the two ends it "
        "has expired, the clock is wrong, or the authority is another",
        when=(no(ike_is("spoke", "up")),),
        proof=(_bad_certificate("spoke"),),
        fix=_CERTIFICATE_FIX, next=("{hub}: show clock", *_CERTIFICATE_NEXT), guess=False,
        specific=False, follows=("certificate",),
    ),
    Rule(
        id="ike-unexplained", row="2.3", states=_IKE, source="K", base=0.3,
        cause="{spoke} gets no IKE SA with {hub} and other spokes do: its own key, proposal, "
        "certificate or identity, or its path",
        when=(no(ike_is("spoke", "up")), other_spokes_have_ike),
        next=("{spoke}: ping {vrf}{hub_nbma} source {source} repeat 3",
              "{spoke}: {debug_ike}", "{hub}: {debug_ike}"),
        specific=False, likely=0.2,
    ),
    Rule(
        id="transform-set", row="2.8", states=_IPSEC, source="L F6, F8", base=MEASURED, side="",
        cause="{device} has another IPsec transform set than {peer}: {words}",
        proof=(differs("spoke", "ipsec.transform"), differs("hub", "ipsec.transform"),
               lacks("spoke", "ipsec.transform"), lacks("hub", "ipsec.transform")),
        fix=("{device}: clear crypto session remote {peer_nbma}",),
        next=("{device}: show crypto ipsec transform-set",
              "{peer}: show crypto ipsec transform-set"),
        likely=1.2,
    ),
    Rule(
        id="pfs", row="2.8", states=_IPSEC, source="L F6", base=MEASURED, side="",
        cause="{device} asks for another perfect forward secrecy than {peer}: {words}",
        proof=(differs("spoke", "ipsec.pfs"), differs("hub", "ipsec.pfs")),
        fix=("{device}: clear crypto session remote {peer_nbma}",),
        next=("{device}: show running-config | section crypto ipsec profile",
              "{peer}: show running-config | section crypto ipsec profile"),
    ),
    Rule(
        id="transform-mode", row="2.8", states=_IPSEC, source="L F8", base=MEASURED, side="",
        cause="{device} has another IPsec mode than {peer}: {words}",
        proof=(differs("spoke", "ipsec.mode"), differs("hub", "ipsec.mode")),
        fix=("{device}: clear crypto session remote {peer_nbma}",),
        next=("{device}: show crypto ipsec transform-set",
              "{peer}: show crypto ipsec transform-set"),
        likely=0.8,
    ),
    Rule(
        id="tunnel-mode-negotiated", row="2.9", states=states("UP"), source="L2", base=MEASURED,
        cause="IPsec runs in tunnel mode (20 bytes more per packet) where the design wants "
        "transport: {words}",
        when=(negotiated_tunnel_mode,),
        proof=(differs("spoke", "ipsec.mode"), differs("hub", "ipsec.mode"),
               negotiated_tunnel_mode),
        fix=("{device}: clear crypto session",),
        next=("{device}: show crypto ipsec transform-set",),
        guess=False,
    ),
    Rule(
        id="pfs-at-rekey", row="2.8", states=states("UP"), source="RFC 7296", base=DOCUMENTED,
        cause="{device} asks for another perfect forward secrecy than {peer}; the tunnel stands "
        "until the next rekey of its IPsec SA: {words}",
        proof=(differs("spoke", "ipsec.pfs"), differs("hub", "ipsec.pfs")),
        fix=("{device}: clear crypto sa peer {peer_nbma}",), guess=False,
    ),
    Rule(
        id="key-at-reauthentication", row="2.6", states=states("UP"), source="L2", base=EXPERT,
        cause="the pre-shared key of {device} is not the one of {peer}; the tunnel stands only "
        "until IKE starts anew",
        proof=(secrets_differ("spoke", "ike.psk"), secrets_differ("hub", "ike.psk"),
               lacks("spoke", "ike.psk"), lacks("hub", "ike.psk")),
        fix=("{device}: clear crypto session remote {peer_nbma}",), guess=False,
    ),
    Rule(
        id="algorithms-at-rekey", row="2.8", states=states("UP"), source="K", base=EXPERT,
        cause="{device} has other algorithms than the design; the tunnel stands only until it "
        "negotiates anew: {words}",
        proof=(differs("spoke", "ipsec.transform", *_KEYS),
               differs("hub", "ipsec.transform", *_KEYS),
               has("spoke", "tunnel.protection"), lacks("spoke", "tunnel.protection"),
               lacks("hub", "tunnel.protection")),
        fix=("{device}: clear crypto session remote {peer_nbma}",), guess=False,
    ),
)  # fmt: skip
