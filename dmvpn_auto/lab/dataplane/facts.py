"""What charon, bgpd and zebra answer, as the facts of `live`.

Pure: each function takes an answer as it came (vici sections of bytes, JSON of FRR) and gives
values. An algorithm that has no name here keeps the daemon's own.
"""

from __future__ import annotations

import re
from collections.abc import Container
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from dmvpn_auto.lab.dataplane.connection import GROUP_NUMBERS, Connection
from dmvpn_auto.lab.dataplane.tree import address
from dmvpn_auto.lab.live import (
    Bgp,
    BgpNeighbor,
    BgpPath,
    IkeSa,
    IpsecSa,
    OspfInterface,
    OspfNeighbor,
)

_IKE_CIPHERS = {"AES_GCM_16": "AES-GCM", "AES_CBC": "AES-CBC", "3DES_CBC": "3DES", "DES_CBC": "DES"}
_ESP_CIPHERS = {
    "AES_GCM_16": "esp-gcm",
    "AES_CBC": "esp-aes",
    "NULL_AES_GMAC": "esp-gmac",
    "3DES_CBC": "esp-3des",
    "DES_CBC": "esp-des",
    "NULL": "esp-null",
}
_ESP_HASHES = {
    "HMAC_MD5_96": "esp-md5-hmac",
    "HMAC_SHA1_96": "esp-sha-hmac",
    "HMAC_SHA2_256_128": "esp-sha256-hmac",
    "HMAC_SHA2_384_192": "esp-sha384-hmac",
    "HMAC_SHA2_512_256": "esp-sha512-hmac",
}
_AUTHENTICATION = {"psk": "PSK", "rsa": "RSA", "ecdsa": "ECDSA"}
_INSTALLED = {b"INSTALLED", b"UPDATING", b"REKEYING", b"REKEYED"}
_ALIVE = {b"ESTABLISHED", b"REKEYING", b"REKEYED"}
_UNITS = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


def ike_sas(
    listed: list[dict[str, Any]], connections: dict[str, Connection]
) -> tuple[tuple[IkeSa, ...], tuple[IpsecSa, ...]]:
    """Read `list-sas`; `connections` are those charon was told, by name."""
    ike, ipsec = [], []
    for sa in listed:
        connection = connections.get(str(sa["name"]))
        one = _ike(sa, connection)
        ike.append(one)
        ipsec += [_ipsec(child, one, connection) for child in sa.get("child-sas", {}).values()]
    return tuple(ike), tuple(ipsec)


def _ike(sa: dict[str, Any], connection: Connection | None) -> IkeSa:
    return IkeSa(
        version=int(sa.get("version", 2)),
        unique_id=int(sa["uniqueid"]),
        local=IPv4Address(_text(sa, "local-host")),
        local_port=int(sa.get("local-port", 500)),
        remote=IPv4Address(_text(sa, "remote-host")),
        remote_port=int(sa.get("remote-port", 500)),
        established=sa["state"] in _ALIVE,
        initiator=sa.get("initiator") == b"yes",
        initiator_spi=_text(sa, "initiator-spi").rjust(16, "0"),
        responder_spi=_text(sa, "responder-spi").rjust(16, "0"),
        encryption=_named(_IKE_CIPHERS, _text(sa, "encr-alg")),
        key_size=int(sa.get("encr-keysize", 0)),
        integrity=_hash(_text(sa, "integ-alg")),
        prf=_hash(_text(sa, "prf-alg")) or "",
        dh_group=_group(_text(sa, "dh-group")) or 0,
        auth_local=_AUTHENTICATION[connection.auth_local] if connection else "",
        auth_remote=_AUTHENTICATION[connection.auth_remote] if connection else "",
        local_id=_text(sa, "local-id"),
        remote_id=_text(sa, "remote-id"),
        lifetime=connection.ike_lifetime if connection else 0,
        age=float(sa.get("established", 0)),
        front_vrf=connection.front_vrf if connection else None,
        profile=(connection.profile or None) if connection else None,
    )


def _ipsec(child: dict[str, Any], ike: IkeSa, connection: Connection | None) -> IpsecSa:
    integrity = _text(child, "integ-alg")
    return IpsecSa(
        ike_unique_id=ike.unique_id,
        local=ike.local,
        remote=ike.remote,
        local_port=ike.local_port,
        remote_port=ike.remote_port,
        installed=child["state"] in _INSTALLED,
        mode=_text(child, "mode").lower(),
        udp_encap=child.get("encap") == b"yes",
        spi_in=int(_text(child, "spi-in") or "0", 16),
        spi_out=int(_text(child, "spi-out") or "0", 16),
        encryption=_named(_ESP_CIPHERS, _text(child, "encr-alg")),
        key_size=int(child.get("encr-keysize", 0)),
        integrity=_named(_ESP_HASHES, integrity) if integrity else None,
        dh_group=_group(_text(child, "dh-group")),
        packets_in=int(child.get("packets-in", 0)),
        packets_out=int(child.get("packets-out", 0)),
        bytes_in=int(child.get("bytes-in", 0)),
        bytes_out=int(child.get("bytes-out", 0)),
        lifetime=connection.child_lifetime if connection else 0,
        age=float(child.get("install-time", 0)),
        replay_window=connection.replay_window if connection else 0,
    )


def _text(section: dict[str, Any], key: str) -> str:
    raw: bytes = section.get(key, b"")
    return raw.decode(errors="replace")


def _named(names: dict[str, str], theirs: str) -> str:
    return names.get(theirs, theirs.lower())


def _hash(theirs: str) -> str | None:
    """Name the hash in "HMAC_SHA2_256_128" or "PRF_HMAC_SHA2_384": SHA256, SHA384."""
    found = re.search(r"(MD5|SHA1|SHA2_(\d+))", theirs)
    if found is None:
        return None
    return f"SHA{found[2]}" if found[2] else found[1]


def _group(theirs: str) -> int | None:
    return GROUP_NUMBERS.get(theirs.lower().replace("_", "")) if theirs else None


def bgp(summary: dict[str, Any], table: dict[str, Any]) -> Bgp | None:
    """Read `show bgp ipv4 unicast [summary] json`; None when there is no process."""
    if "as" not in summary:
        return None
    return Bgp(
        asn=int(summary["as"]),
        router_id=IPv4Address(summary["routerId"]),
        table_version=int(summary.get("tableVersion", 0)),
        neighbors=tuple(
            _neighbor(IPv4Address(neighbor), peer)
            for neighbor, peer in summary.get("peers", {}).items()
        ),
        paths=tuple(
            _path(IPv4Network(prefix), path)
            for prefix, paths in table.get("routes", {}).items()
            for path in paths
        ),
    )


def _path(prefix: IPv4Network, path: dict[str, Any]) -> BgpPath:
    used: dict[str, Any] = next((hop for hop in path.get("nexthops", []) if hop.get("used")), {})
    return BgpPath(
        prefix=prefix,
        # FRR gives an aggregate "::" for a next hop.
        next_hop=address(str(used.get("ip", ""))) or IPv4Address(0),
        metric=path.get("metric"),
        local_preference=path.get("locPrf"),
        weight=int(path.get("weight", 0)),
        as_path=str(path.get("path", "")),
        origin={"IGP": "i", "EGP": "e"}.get(str(path.get("origin")), "?"),
        valid=bool(path.get("valid", False)),
        best=bool(path.get("bestpath", False)),
        internal=path.get("pathFrom") == "internal",
    )


def _neighbor(neighbor: IPv4Address, peer: dict[str, Any]) -> BgpNeighbor:
    never = peer.get("peerUptime") == "never"
    state = str(peer.get("state", "Idle"))
    return BgpNeighbor(
        address=neighbor,
        remote_as=int(peer.get("remoteAs", 0)),
        dynamic=bool(peer.get("dynamicPeer", False)),
        messages_received=int(peer.get("msgRcvd", 0)),
        messages_sent=int(peer.get("msgSent", 0)),
        input_queue=int(peer.get("inq", 0)),
        output_queue=int(peer.get("outq", 0)),
        table_version=int(peer.get("tableVersion", 0)),
        age=None if never else int(peer.get("peerUptimeMsec", 0)) / 1000,
        state=state,
        prefixes_received=int(peer.get("pfxRcd", 0)),
    )


_OSPF_ROLES = {"DR": "DR", "Backup": "BDR", "DROther": "DROTHER"}
_OSPF_STATES = {"2-Way": "2WAY", "ExStart": "EXSTART", "Exchange": "EXCHANGE"}


def ospf(
    answer: dict[str, Any], names: dict[str, str], broadcast: Container[str]
) -> tuple[OspfNeighbor, ...]:
    """Read `show ip ospf neighbor json`.

    `names` are the IOS names of devices; only those in `broadcast` have designated routers.
    """
    return tuple(
        _adjacency(IPv4Address(router_id), one, names, broadcast)
        for router_id, adjacencies in answer.get("neighbors", {}).items()
        for one in adjacencies
        if isinstance(one, dict)
    )


_NETWORK_TYPES = {
    "POINTOMULTIPOINT": "POINT_TO_MULTIPOINT",
    "POINTOPOINT": "POINT_TO_POINT",
    "BROADCAST": "BROADCAST",
    "NBMA": "NON_BROADCAST",
    "LOOPBACK": "LOOPBACK",
}
_ROLES = {"DR": "DR", "Backup": "BDR", "DROther": "DROTHER", "Waiting": "WAITING", "Down": "DOWN"}


def ospf_interfaces(answer: dict[str, Any], names: dict[str, str]) -> tuple[OspfInterface, ...]:
    """Read `show ip ospf interface json`; `names` are the IOS names of devices."""
    found = []
    for device, one in answer.get("interfaces", {}).items():
        if not one.get("ospfEnabled") or "ipAddress" not in one:
            continue
        kind = _NETWORK_TYPES.get(str(one.get("networkType", "")), str(one.get("networkType")))
        hello_in = one.get("timerHelloInMsecs")
        found.append(
            OspfInterface(
                name=names.get(device, device),
                up=bool(one.get("ifUp")),
                address=IPv4Interface(f"{one['ipAddress']}/{one['ipAddressPrefixlen']}"),
                area=str(one.get("area", "")).partition(" ")[0],
                router_id=IPv4Address(one["routerId"]),
                network_type=kind,
                state=_ROLES.get(str(one.get("state")), kind),
                cost=int(one.get("cost", 0)),
                priority=int(one.get("priority", 1)),
                hello=int(one.get("timerMsecs", 0)) // 1000,
                dead=int(one.get("timerDeadSecs", 0)),
                hello_in=None if hello_in is None else hello_in / 1000,
                neighbors=int(one.get("nbrCount", 0)),
                adjacent=int(one.get("nbrAdjacentCount", 0)),
            )
        )
    return tuple(found)


def ospf_kinds(answer: dict[str, Any]) -> dict[IPv4Network, str]:
    """Read `show ip ospf route json`: what is no route inside the area, as IOS's "IA", "E2"..."""
    return {
        IPv4Network(prefix): kind
        for prefix, route in answer.items()
        if isinstance(route, dict) and "/" in prefix
        for kind in [str(route.get("routeType", "")).partition(" ")[2]]
        if kind in {"IA", "E1", "E2", "N1", "N2"}
    }


def _adjacency(
    router_id: IPv4Address, one: dict[str, Any], names: dict[str, str], broadcast: Container[str]
) -> OspfNeighbor:
    state, _, role = str(one.get("nbrState", "Down/")).partition("/")
    device = str(one.get("ifaceName", "")).partition(":")[0]
    return OspfNeighbor(
        router_id=router_id,
        # IOS says 0 where there is no designated router; ospfd has a role everywhere.
        priority=int(one.get("nbrPriority", 0)) if device in broadcast else 0,
        state=_OSPF_STATES.get(state, state.upper()),
        role=_OSPF_ROLES.get(role, "  -") if device in broadcast else "  -",
        dead_time=int(one.get("routerDeadIntervalTimerDueMsec", 0)) / 1000,
        address=IPv4Address(one.get("ifaceAddress", 0)),
        interface=names.get(device, device),
    )


Rib = dict[IPv4Network, tuple[int, int, float]]
"""Prefix -> distance, metric, age in seconds."""


def rib(table: dict[str, Any]) -> Rib:
    """Read `show ip route PROTOCOL json`: what zebra knows and the kernel does not."""
    found: Rib = {}
    for prefix, paths in table.items():
        for path in paths:
            if path.get("selected"):
                found[IPv4Network(prefix)] = (
                    int(path.get("distance", 0)),
                    int(path.get("metric", 0)),
                    seconds(str(path.get("uptime", "0s"))),
                )
    return found


def seconds(uptime: str) -> float:
    """Read FRR's "01:02:03", "1d02h03m" or "1w2d03h"."""
    if ":" in uptime:
        hours, minutes, rest = uptime.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + int(rest)
    return sum(int(count) * _UNITS[unit] for count, unit in re.findall(r"(\d+)([ywdhms])", uptime))
