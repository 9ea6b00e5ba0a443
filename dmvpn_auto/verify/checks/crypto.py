"""IKE and IPsec SAs between every client and its hubs, both ends, with the intended algorithms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dmvpn_auto.design.types import (
    CloudDesign,
    Crypto,
    Ikev1Certificates,
    Ikev1PreShared,
    Ikev2Certificates,
    Ikev2PreShared,
    Ipsec,
)
from dmvpn_auto.observe.evidence import IkeSa, IpsecFlow, IpsecFlows
from dmvpn_auto.observe.evidence import IkeSas as IkeReading
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.check import Answer, Case, Check, Subject
from dmvpn_auto.verify.checks.subjects import BOTH_ENDS, both_ways
from dmvpn_auto.verify.evidence import NoEvidenceError
from dmvpn_auto.verify.states import nbma_of

IKEV2_LIFETIME = 86400
IPSEC_LIFETIME = 3600
"""Seconds, where nothing else is configured."""
_CIPHER = re.compile(r"^(?P<name>aes-gcm|aes-cbc|3des|des)(?:-(?P<size>\d+))?$")


def _protected_pairs(cloud: CloudDesign) -> Iterator[Subject]:
    return (s for s in both_ways(cloud) if s.device.crypto and s.towards.crypto)


def _remote(case: Case, subject: Subject) -> str:
    address = nbma_of(case.evidence, subject.device, subject.towards)
    if address is None:
        raise NoEvidenceError(
            f"the NBMA address of {subject.towards.name} is dynamic and not learnt"
        )
    return address


class IkeSas(Check):
    """An established IKE SA to the peer's NBMA address, negotiated to the intended algorithms.

    The table of IKEv1 SAs prints no algorithms; there only the state is judged.
    """

    name = "ike-sa"
    about = BOTH_ENDS
    reads = (
        "show crypto ikev2 sa",
        "show crypto isakmp sa",
        commands.DMVPN,
    )
    shared = True

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Client towards hub and hub towards client."""
        return _protected_pairs(cloud)

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """The SAs, and the state column for learnt NBMA addresses."""
        return [commands.ike(subject.device), commands.DMVPN]

    def expected(self, subject: Subject) -> str:
        """Say the state of an established SA and the algorithms."""
        version, state = _established(subject.crypto)
        return ", ".join([f"IKEv{version} {state}", *_wanted(subject.crypto).values()])

    def judge(self, case: Case, subject: Subject) -> Answer:
        """The newest established SA to the peer decides."""
        device, crypto, remote = subject.device, subject.crypto, _remote(case, subject)
        mine = case.evidence.sas(device.name, commands.ike(device)).get(remote, [])
        _, state = _established(crypto)
        ready = [sa for sa in mine if sa.status == state]
        if not ready:
            case.evidence.whole(device.name, commands.ike(device), IkeReading)
            states = ", ".join(sorted({sa.status for sa in mine}))
            words = f"no IKE SA with {remote}" + (f" (only {states})" if states else "")
            return Answer(False, words, tuple(line for sa in mine for line in sa.lines))
        sa = min(ready, key=lambda s: s.active_time or 0)
        got, wanted = _got(sa), _wanted(crypto)
        wrong = [f"{got[k]}, not {want}" for k, want in wanted.items() if got[k] != want]
        said = ", ".join([state, *(got[k] for k in wanted)])
        facts = {"nbma": remote, **{k: got[k] for k in wanted}}
        return Answer(not wrong, "; ".join(wrong) or said, sa.lines, facts)


def _established(crypto: Crypto) -> tuple[int, str]:
    """Return IKE version and what IOS calls an established SA."""
    if isinstance(crypto, Ikev1PreShared | Ikev1Certificates):
        return 1, "QM_IDLE"
    return 2, "READY"


def _wanted(crypto: Crypto) -> dict[str, str]:
    """Return the algorithms of the design in the words of `show crypto ikev2 sa`."""
    match crypto:
        case Ikev2PreShared():
            sign = "PSK"
        case Ikev2Certificates():
            sign = crypto.signature.removesuffix("-sig").upper()
        case Ikev1PreShared() | Ikev1Certificates():
            return {}
    cipher = _CIPHER.match(crypto.encryption)
    name, size = (cipher["name"], cipher["size"]) if cipher else (crypto.encryption, None)
    wanted = {"encryption": name.upper() + (f" {size}" if size else "")}
    prf = crypto.prf or crypto.integrity
    if prf:
        wanted["prf"] = f"PRF {prf.upper()}"
    wanted["integrity"] = f"hash {_hash(crypto.integrity)}"
    wanted["group"] = f"DH group {crypto.dh_group}"
    wanted["authentication"] = f"{sign}/{sign}"
    wanted["lifetime"] = f"lifetime {crypto.lifetime or IKEV2_LIFETIME} s"
    return wanted


def _hash(integrity: str | None) -> str:
    if integrity is None:
        return "None"
    return {"sha1": "SHA96", "md5": "MD596"}.get(integrity, integrity.upper())


def _got(sa: IkeSa) -> dict[str, str]:
    return {
        "encryption": f"{sa.encryption} {sa.key_size}" if sa.key_size else str(sa.encryption),
        "prf": f"PRF {sa.prf}",
        "integrity": f"hash {sa.integrity}",
        "group": f"DH group {sa.dh_group}",
        "authentication": f"{sa.auth_local}/{sa.auth_remote}",
        "lifetime": f"lifetime {sa.lifetime} s",
    }


class IpsecSas(Check):
    """A pair of ESP SAs for GRE to the peer's NBMA address, intended transform, mode and lifetime.

    A PFS group is judged once the router shows one: the first SAs of IKEv2 are made without.
    """

    name = "ipsec-sa"
    about = BOTH_ENDS
    reads = (
        commands.IPSEC,
        commands.DMVPN,
    )
    stands_on = ("ike-sa",)
    shared = True

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Client towards hub and hub towards client."""
        return _protected_pairs(cloud)

    def commands(self, _: Subject, /) -> Sequence[str]:
        """The flows, and the state column for learnt NBMA addresses."""
        return [commands.IPSEC, commands.DMVPN]

    def expected(self, subject: Subject) -> str:
        """Say transform and mode."""
        return describe_ipsec(subject.crypto.ipsec)

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Inbound and outbound SA, each as intended."""
        remote = _remote(case, subject)
        flows = case.evidence.flows(subject.device.name, commands.IPSEC).get(remote, [])
        if not any(flow.esp for flow in flows):
            case.evidence.whole(subject.device.name, commands.IPSEC, IpsecFlows)
        return judge_flows(flows, subject.crypto.ipsec, remote)


def describe_ipsec(ipsec: Ipsec) -> str:
    """Return transform and mode of the design."""
    return f"inbound and outbound ESP SA, {_transform(ipsec)}, {ipsec.mode} mode"


def judge_flows(flows: list[IpsecFlow], ipsec: Ipsec, remote: str) -> Answer:
    """Compare the flows to one peer with the design; used for shortcuts too."""
    lines = tuple(line for flow in flows for line in flow.lines)
    live = [flow for flow in flows if {s.direction for s in flow.esp if s.active} >= _BOTH]
    if not live:
        return Answer(False, f"no ESP SA pair with {remote}", lines)
    flow = live[0]
    wrong = sorted(
        {
            f"{_same_spelling(sa.transform)} in {sa.mode} mode"
            for sa in flow.esp
            if (_same_spelling(sa.transform), sa.mode) != (_transform(ipsec), ipsec.mode)
        }
    )
    longest = ipsec.lifetime or IPSEC_LIFETIME
    left = max((sa.remaining_seconds or 0 for sa in flow.esp), default=0)
    if left > longest:
        wrong.append(f"{left} s of lifetime left, more than the {longest} s of the design")
    group = (flow.pfs_group or "").removeprefix("group")
    if group.isdigit() and group != str(ipsec.pfs_group):
        wrong.append(f"PFS group {group}, not {ipsec.pfs_group or 'none'}")
    counters = f"{flow.encapsulated} packets out, {flow.decapsulated} in"
    facts = {"transform": _same_spelling(flow.esp[0].transform), "mode": flow.esp[0].mode}
    if wrong:
        return Answer(False, f"{', '.join(wrong)}; {counters}", flow.lines, facts)
    said = f"{_transform(ipsec)}, {ipsec.mode} mode, {counters}"
    return Answer(True, said, flow.lines, facts)


class EspCounters(Check):
    """ESP packets go both ways between a client and its hub.

    One way only is what a filter of ESP on the path, or a tunnel key of the other end, looks like.
    """

    name = "esp-counters"
    about = BOTH_ENDS
    reads = (commands.IPSEC, commands.DMVPN)
    stands_on = ("ike-sa", "ipsec-sa")
    bars = False
    shared = True

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Client towards hub and hub towards client."""
        return _protected_pairs(cloud)

    def commands(self, _: Subject, /) -> Sequence[str]:
        """The flows, and the state column for learnt NBMA addresses."""
        return [commands.IPSEC, commands.DMVPN]

    def expected(self, _: Subject) -> str:
        """Say both."""
        return "packets out and in"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Neither of the two counters is 0; both 0 say nothing yet."""
        remote = _remote(case, subject)
        flows = case.evidence.flows(subject.device.name, commands.IPSEC).get(remote, [])
        if not flows:
            raise NoEvidenceError(f"no flow with {remote}")
        out = sum(flow.encapsulated for flow in flows)
        into = sum(flow.decapsulated for flow in flows)
        errors = sum(flow.send_errors + flow.receive_errors for flow in flows)
        lines = tuple(line for flow in flows for line in flow.lines if "#" in line)
        if not out and not into:
            raise NoEvidenceError(f"no packet with {remote} yet", lines)
        said = f"{out} packets out, {into} in" + (f", {errors} errors" if errors else "")
        return Answer(bool(out and into), said, lines)


_BOTH = {"inbound", "outbound"}


def _transform(ipsec: Ipsec) -> str:
    return f"{ipsec.encryption} {ipsec.integrity}" if ipsec.integrity else ipsec.encryption


def _same_spelling(shown: str) -> str:
    """Return the transform as configured: IOS shows `esp-256-aes` for `esp-aes 256`."""
    return re.sub(r"\besp-(\d+)-aes\b", r"esp-aes \1", shown)
