"""`show crypto ikev2 sa|session` and `show crypto isakmp sa`: what charon holds.

What charon does not tell (message ids, windows) is left out of the detailed form. A router without
any IKEv2 SA prints nothing at all.
"""

from __future__ import annotations

from ipaddress import IPv4Address

from dmvpn_auto.lab.live import IkeSa
from dmvpn_auto.lab.show import config
from dmvpn_auto.lab.show.forms import text
from dmvpn_auto.lab.show.types import ShowContext

_COLUMNS = "Tunnel-id Local                 Remote                fvrf/ivrf            Status "
_ISAKMP_COLUMNS = "dst             src             state          conn-id status"
_ISAKMP_BASE = 1000  # the first connection id of a software crypto engine is 1001


def show_ikev2(context: ShowContext) -> str:
    """Lay out `show crypto ikev2 sa [remote A.B.C.D]`."""
    return _ikev2(context, detailed=False)


def show_ikev2_detailed(context: ShowContext) -> str:
    """Lay out `show crypto ikev2 sa detailed`."""
    return _ikev2(context, detailed=True)


def show_ikev2_session(context: ShowContext) -> str:
    """Lay out `show crypto ikev2 session`: each IKE SA with its child SAs."""
    sas = _sas(context, 2)
    if not sas:
        return ""
    lines = [" IPv4 Crypto IKEv2 Session ", ""]
    for sa in sas:
        children = [
            child
            for child in context.live.ipsec
            if child.ike_unique_id == sa.unique_id and child.installed
        ]
        status = "UP-ACTIVE" if children else "UP-IDLE" if sa.established else "DOWN-NEGOTIATING"
        lines += [
            f"Session-id:{sa.unique_id}, Status:{status}, IKE count:1, CHILD count:{len(children)}",
            "",
            *_summary(context, sa),
        ]
        for child in children:
            lines += [
                f"Child sa: local selector  {child.local}/0 - {child.local}/65535",
                f"          remote selector {child.remote}/0 - {child.remote}/65535",
                f"          ESP spi in/out: 0x{child.spi_in:X}/0x{child.spi_out:X}  ",
            ]
        lines.append("")
    return text([*lines, " IPv6 Crypto IKEv2 Session ", ""])


def show_isakmp(context: ShowContext) -> str:
    """Lay out `show crypto isakmp sa`; the initiator is the source, whoever asks."""
    lines = ["IPv4 Crypto ISAKMP SA", _ISAKMP_COLUMNS]
    for sa in _sas(context, 1):
        source, target = _directed(sa)
        state, number = (
            ("QM_IDLE", _ISAKMP_BASE + sa.unique_id) if sa.established else ("MM_NO_STATE", 0)
        )
        lines.append(f"{target!s:<15} {source!s:<15} {state:<14} {number:>7} ACTIVE")
    return text([*lines, "", "IPv6 Crypto ISAKMP SA", ""])


def _ikev2(context: ShowContext, *, detailed: bool) -> str:
    sas = _sas(context, 2)
    if not sas:
        return ""
    lines = [" IPv4 Crypto IKEv2  SA ", ""]
    for sa in sas:
        lines += _summary(context, sa)
        lines += [
            f"      CE id: 0, Session-id: {sa.unique_id}",
            f"      Local spi: {_spis(sa)[0]}       Remote spi: {_spis(sa)[1]}",
        ]
        if detailed:
            lines += _details(context, sa)
        lines.append("")
    return text([*lines, " IPv6 Crypto IKEv2  SA ", ""])


def _sas(context: ShowContext, version: int) -> list[IkeSa]:
    remote = context.args.get("remote")
    return sorted(
        (
            sa
            for sa in context.live.ike
            if sa.version == version and remote in (None, str(sa.remote))
        ),
        key=lambda sa: sa.unique_id,
    )


def _summary(context: ShowContext, sa: IkeSa) -> list[str]:
    vrfs = f"{sa.front_vrf or 'none'}/{_inside(context, sa) or 'none'}"
    return [
        _COLUMNS,
        (
            f"{sa.unique_id:<9} {f'{sa.local}/{sa.local_port}':<21}"
            f" {f'{sa.remote}/{sa.remote_port}':<21} {vrfs[:18]:<20}"
            f" {'READY' if sa.established else 'IN-NEG':<7}"
        ),
        _algorithms(sa),
        f"      Life/Active Time: {sa.lifetime}/{int(sa.age)} sec",
    ]


def _inside(context: ShowContext, sa: IkeSa) -> str | None:
    """Return the VRF of what is protected: the profile's, else that of the tunnel it protects."""
    profile = config.section(context.running, f"crypto ikev2 profile {sa.profile}")
    if configured := config.value(profile, "ivrf"):
        return configured
    for tunnel in context.live.tunnels:
        ipsec = config.section(context.running, f"crypto ipsec profile {tunnel.protection_profile}")
        if config.value(ipsec, "set ikev2-profile") == sa.profile:
            return config.value(config.interface(context.running, tunnel.name), "vrf forwarding")
    return None


def _algorithms(sa: IkeSa) -> str:
    if not sa.encryption:
        return (
            "      Encr: Unknown - 0, PRF: Unknown - 0, Hash: None, DH Grp:0,"
            " Auth sign: Unknown - 0, Auth verify: Unknown - 0"
        )
    return (
        f"      Encr: {sa.encryption}, keysize: {sa.key_size}, PRF: {sa.prf or 'None'},"
        f" Hash: {'SHA96' if sa.integrity == 'SHA1' else sa.integrity}, DH Grp:{sa.dh_group},"
        f" Auth sign: {sa.auth_local or 'Unknown - 0'},"
        f" Auth verify: {sa.auth_remote or 'Unknown - 0'}"
    )


def _details(context: ShowContext, sa: IkeSa) -> list[str]:
    profile = config.section(context.running, f"crypto ikev2 profile {sa.profile}")
    dpd = config.value(profile, "dpd") or config.value(context.running, "crypto ikev2 dpd")
    interval, retry = (*(dpd or "0 0").split(), "0")[:2]
    status = "Negotiation done" if sa.established else "Initiating IKE negotiation"
    translated = "detected  outside" if sa.remote_port == 4500 else "not detected  "
    return [
        f"      Status Description: {status}",
        f"      Local id: {sa.local_id}",
        f"      Remote id: {sa.remote_id}",
        f"      DPD configured for {interval} seconds, retry {retry}",
        "      Fragmentation not  configured.",
        "      Dynamic Route Update: disabled",
        "      Extended Authentication not configured.",
        f"      NAT-T is {translated}",
        "      Cisco Trust Security SGT is disabled",
        f"      Initiator of SA : {'Yes' if sa.initiator else 'No'}",
        "      PEER TYPE: Other",
    ]


def _spis(sa: IkeSa) -> tuple[str, str]:
    """Return the local and the remote SPI."""
    own, other = sa.initiator_spi.upper(), sa.responder_spi.upper()
    return (own, other) if sa.initiator else (other, own)


def _directed(sa: IkeSa) -> tuple[IPv4Address, IPv4Address]:
    """Return who began and who answered."""
    return (sa.local, sa.remote) if sa.initiator else (sa.remote, sa.local)
