"""`show crypto ipsec sa` and `show crypto session`: one block for each peer of a protected tunnel.

The MTU figures are computed from the SA's algorithms as IOS does: the largest packet whose ESP form
still fits the tunnel's IP MTU (checked against captures: 1400 -> 1362 with AES-CBC and SHA-1,
1476 -> 1426 with SHA-256, 1500 -> 1446 with AES-GCM in tunnel mode).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from dmvpn_auto.lab.live import Interface, IpsecSa
from dmvpn_auto.lab.show import config
from dmvpn_auto.lab.show.forms import age, clock, text
from dmvpn_auto.lab.show.sessions import CryptoPeer, crypto_peers, transform
from dmvpn_auto.lab.show.types import ShowContext

_SESSION_CODES = """\
Code: C - IKE Configuration mode, D - Dead Peer Detection     
K - Keepalives, N - NAT-traversal, T - cTCP encapsulation     
X - IKE Extended Authentication, F - IKE Fragmentation
R - IKE Auto Reconnect, U - IKE Dynamic Route Update
S - SIP VPN
""".splitlines()  # noqa: W291 - IOS leaves these blanks
_ICV = {
    "esp-md5-hmac": 12,
    "esp-sha-hmac": 12,
    "esp-sha256-hmac": 16,
    "esp-sha384-hmac": 24,
    "esp-sha512-hmac": 32,
}
_DEFAULT_WINDOW = 64  # packets; IOS names the window only when it differs


def show_ipsec_sa(context: ShowContext) -> str:
    """Lay out `show crypto ipsec sa [peer A.B.C.D | interface X]`."""
    found = _wanted(context)
    if not found:
        return "\nNo SAs found\n"
    lines: list[str] = []
    for name, group in groupby(found, key=lambda peer: peer.tunnel.name):
        peers = list(group)
        lines += [
            "",
            f"interface: {name}",
            f"    Crypto map tag: {_map_tag(context, peers[0])}, local addr {peers[0].local}",
            "",
        ]
        for number, peer in enumerate(peers):
            lines += _identity(context, peer, number)
    return text(lines)


def show_session(context: ShowContext) -> str:
    """Lay out `show crypto session`."""
    lines = ["Crypto session current status", ""]
    for peer in _wanted(context):
        lines += [
            *_session_head(peer),
            f"Session status: {peer.status:<14}",
            f"Peer: {peer.remote} port {peer.port} ",
            *_session_ike(peer, detail=False),
            *peer.flow(),
            "",
        ]
    return text(lines)


def show_session_detail(context: ShowContext) -> str:
    """Lay out `show crypto session detail`."""
    interfaces = {interface.name: interface for interface in context.live.interfaces}
    lines = ["Crypto session current status", "", *_SESSION_CODES, ""]
    for peer in _wanted(context):
        identity = next((sa.remote_id for sa in peer.ike if sa.established), "(none)")
        inside = interfaces[peer.tunnel.name].vrf if peer.tunnel.name in interfaces else None
        lines += _session_head(peer)
        if peer.status.startswith("UP"):
            lines.append(f"Uptime: {age(peer.up_for)}")
        lines += [
            f"Session status: {peer.status:<14}",
            (
                f"Peer: {peer.remote} port {peer.port} fvrf: {peer.tunnel.front_vrf or '(none)'}"
                f" ivrf: {inside or '(none)'}"
            ),
            f"      Phase1_id: {identity}",
            "      Desc: (none)",
            *_session_ike(peer, detail=True),
            *peer.flow_lines(),
            "",
        ]
    return text(lines)


def plaintext_mtu(path: int, sa: IpsecSa | None) -> int:
    """Return the largest IP packet, in bytes, whose ESP form fits into `path` bytes."""
    if sa is None:
        return path
    combined = sa.encryption in ("esp-gcm", "esp-gmac")
    vector, block = (8, 4) if combined else (_vector(sa), _vector(sa))
    check = 16 if combined else _ICV.get(sa.integrity or "", 0)
    room = path - 20 - 8 - vector - check - (8 if sa.udp_encap else 0)
    payload = room // block * block - 2
    return payload if sa.mode == "tunnel" else payload + 20


def _vector(sa: IpsecSa) -> int:
    return 16 if sa.encryption == "esp-aes" else 8


def _wanted(context: ShowContext) -> list[CryptoPeer]:
    name, remote = context.args.get("interface"), context.args.get("peer")
    return [
        peer
        for peer in crypto_peers(context.live, context.running)
        if name in (None, peer.tunnel.name) and remote in (None, str(peer.remote))
    ]


def _map_tag(context: ShowContext, peer: CryptoPeer) -> str:
    """Name the crypto map behind tunnel protection; a shared one is named after the profile."""
    lines = config.interface(context.running, peer.tunnel.name)
    words = (config.value(lines, "tunnel protection ipsec profile") or "").split()
    stem = peer.tunnel.protection_profile if "shared" in words else peer.tunnel.name
    return f"{stem}-head-{1 if 'shared' in words else 0}"


def _identity(context: ShowContext, peer: CryptoPeer, number: int) -> Iterator[str]:
    interface = next(one for one in context.live.interfaces if one.name == peer.tunnel.name)
    sent = sum(sa.packets_out for sa in peer.ipsec)
    received = sum(sa.packets_in for sa in peer.ipsec)
    yield f"   protected vrf: {interface.vrf or '(none)'}"
    for side, address in (("local ", peer.local), ("remote", peer.remote)):
        yield f"   {side} ident (addr/mask/prot/port): ({address}/255.255.255.255/47/0)"
    yield f"   current_peer {peer.remote} port {peer.port}"
    yield "     PERMIT, flags={origin_is_acl,}"
    yield f"    #pkts encaps: {sent}, #pkts encrypt: {sent}, #pkts digest: {sent}"
    yield f"    #pkts decaps: {received}, #pkts decrypt: {received}, #pkts verify: {received}"
    yield "    #pkts compressed: 0, #pkts decompressed: 0"
    yield "    #pkts not compressed: 0, #pkts compr. failed: 0"
    yield "    #pkts not decompressed: 0, #pkts decompress failed: 0"
    yield "    #send errors 0, #recv errors 0"
    yield ""
    yield from _endpoints(peer, interface)
    yield ""
    tag = _map_tag(context, peer)
    for direction in ("inbound", "outbound"):
        yield f"     {direction} esp sas:"
        for place, sa in enumerate(peer.installed):
            connection = 2001 + 2 * (16 * number + place) + (direction == "outbound")
            yield from _sa(peer, sa, tag, connection, inbound=direction == "inbound")
        yield ""
        yield f"     {direction} ah sas:"
        yield ""
        yield f"     {direction} pcp sas:"
        yield ""


def _endpoints(peer: CryptoPeer, interface: Interface) -> Iterator[str]:
    newest = peer.newest
    path = interface.ip_mtu or interface.mtu
    spi = newest.spi_out if newest else 0
    group = f"Y, DH group: group{newest.dh_group}" if newest and newest.dh_group else None
    yield f"     local crypto endpt.: {peer.local}, remote crypto endpt.: {peer.remote}"
    yield (
        f"     plaintext mtu {plaintext_mtu(path, newest)}, path mtu {path}, ip mtu {path},"
        f" ip mtu idb {interface.name}"
    )
    yield f"     current outbound spi: 0x{spi:X}({spi})"
    yield f"     PFS (Y/N): {group or 'N, DH group: none'}"


def _sa(
    peer: CryptoPeer, sa: IpsecSa, tag: str, connection: int, *, inbound: bool
) -> Iterator[str]:
    spi = sa.spi_in if inbound else sa.spi_out
    mode = "Transport" if sa.mode == "transport" else "Tunnel"
    flags = 0xFFFFFFFF_80000008 | (0x4000 if peer.initiator else 0) | (mode == "Tunnel") * 0x40
    left = max(0, int(sa.lifetime - sa.age))
    yield f"      spi: 0x{spi:X}({spi})"
    yield f"        transform: {transform(sa)} ,"
    yield f"        in use settings ={{{mode}{' UDP-Encaps' if sa.udp_encap else ''}, }}"
    yield (
        f"        conn id: {connection}, flow_id: CSR:{connection - 2000},"
        f" sibling_flags {flags:X}, crypto map: {tag}, initiator : {peer.initiator}"
    )
    if peer.kilobytes is None:
        yield f"        sa timing: remaining key lifetime (sec): {left}"
        yield "        Kilobyte Volume Rekey has been disabled"
    else:
        volume = peer.remaining_kilobytes(sa.bytes_in if inbound else sa.bytes_out)
        yield f"        sa timing: remaining key lifetime (k/sec): ({volume}/{left})"
    yield f"        IV size: {16 if sa.encryption == 'esp-aes' else 8} bytes"
    window = f"  replay window size: {sa.replay_window}"
    shown = window if sa.replay_window != _DEFAULT_WINDOW else ""
    yield f"        replay detection support: {'Y' + shown if sa.replay_window else 'N'}"
    yield "        Status: ACTIVE(ACTIVE)"


def _session_head(peer: CryptoPeer) -> list[str]:
    lines = [f"Interface: {peer.tunnel.name}"]
    if peer.profile and peer.ike:
        lines.append(f"Profile: {peer.profile}")
    return lines


def _session_ike(peer: CryptoPeer, *, detail: bool) -> Iterator[str]:
    for sa in peer.ike:
        state = "Active" if sa.established else "Inactive"
        yield f"  Session ID: {sa.unique_id if sa.version == 2 else 0}  "
        yield (
            f"  IKEv{sa.version} SA: local {sa.local}/{sa.local_port}"
            f" remote {sa.remote}/{sa.remote_port} {state} "
        )
        if detail:
            left = clock(sa.lifetime - sa.age) if sa.established else 0
            yield (
                f"          Capabilities:{peer.capabilities} connid:{sa.unique_id} lifetime:{left}"
            )
