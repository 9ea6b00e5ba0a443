"""IKE and IPsec: SAs with their algorithms, flows with their counters, sessions."""

from __future__ import annotations

from dmvpn_auto.observe.engine import Record, read_table
from dmvpn_auto.observe.evidence import (
    CryptoSession,
    CryptoSessions,
    EspSa,
    IkeSa,
    IkeSas,
    IpsecFlow,
    IpsecFlows,
)


def parse_ikev2(command: str, lines: list[str]) -> IkeSas:
    """Read `show crypto ikev2 sa [detailed]`.

    `Hash: None` of a combined-mode cipher becomes None.
    """
    table = read_table("show_crypto_ikev2_sa", lines)
    sas: list[IkeSa] = []
    unparsed = list(table.unparsed)
    for record, origin in zip(table.records, table.lines, strict=True):
        if record["LOCAL"] and record["REMOTE"] and record["STATUS"]:
            sas.append(_ikev2(record, origin))
        else:
            unparsed.extend(origin)
    return IkeSas(command=command, sas=tuple(sas), unparsed=tuple(unparsed))


def _ikev2(record: Record, origin: tuple[str, ...]) -> IkeSa:
    hash_name = record["HASH"]
    return IkeSa(
        version=2,
        local=record["LOCAL"],
        local_port=_number(record["LOCAL_PORT"]),
        remote=record["REMOTE"],
        remote_port=_number(record["REMOTE_PORT"]),
        front_vrf=None if record["FVRF"] in {"", "none"} else record["FVRF"],
        status=record["STATUS"],
        encryption=record["ENCRYPTION"] or None,
        key_size=_number(record["KEY_SIZE"]),
        prf=record["PRF"] or None,
        integrity=None if hash_name in {"", "None"} else hash_name,
        dh_group=_number(record["DH_GROUP"]),
        auth_local=record["AUTH_LOCAL"] or None,
        auth_remote=record["AUTH_REMOTE"] or None,
        lifetime=_number(record["LIFETIME"]),
        active_time=_number(record["ACTIVE_TIME"]),
        lines=origin,
    )


def parse_isakmp(command: str, lines: list[str]) -> IkeSas:
    """Read `show crypto isakmp sa`.

    IOS prints responder and initiator, not local and remote: both addresses must be looked at to
    find a peer.
    """
    table = read_table("show_crypto_isakmp_sa", lines)
    sas = tuple(
        IkeSa(
            version=1,
            local=record["SOURCE"],
            local_port=None,
            remote=record["DESTINATION"],
            remote_port=None,
            front_vrf=None,
            status=record["STATE"] + (" (deleted)" if "deleted" in record["STATUS"] else ""),
            lines=origin,
        )
        for record, origin in zip(table.records, table.lines, strict=True)
    )
    return IkeSas(command=command, sas=sas, unparsed=table.unparsed)


def parse_session(command: str, lines: list[str]) -> CryptoSessions:
    """Read `show crypto session [detail]`."""
    table = read_table("show_crypto_session", lines)
    sessions: list[CryptoSession] = []
    unparsed = list(table.unparsed)
    for record, origin in zip(table.records, table.lines, strict=True):
        if record["PEER"] and record["STATUS"]:
            sessions.append(
                CryptoSession(
                    interface=record["INTERFACE"],
                    status=record["STATUS"],
                    peer=record["PEER"],
                    profile=record["PROFILE"] or None,
                    active_sas=sum(int(n) for n in record["ACTIVE_SAS"]),
                    ike_active="Active" in record["IKE"],
                    lines=origin,
                )
            )
        elif record["PEER"] or record["STATUS"]:
            unparsed.extend(origin)
    return CryptoSessions(command=command, sessions=tuple(sessions), unparsed=tuple(unparsed))


def parse_ipsec(command: str, lines: list[str]) -> IpsecFlows:
    """Read `show crypto ipsec sa`: one flow for each pair of identities, its ESP SAs inside."""
    table = read_table("show_crypto_ipsec_sa", lines)
    flows: list[tuple[Record, tuple[str, ...], list[EspSa]]] = []
    unparsed = list(table.unparsed)
    for record, origin in zip(table.records, table.lines, strict=True):
        if record["PEER"]:
            flows.append((record, origin, []))
        elif record["SPI"] and flows:
            head, before, esp = flows[-1]
            if record["SECTION"].endswith("esp"):
                esp.append(_esp(record))
            flows[-1] = (head, before + origin, esp)
        elif record["SPI"] or record["LOCAL_IDENT"]:
            unparsed.extend(origin)
    return IpsecFlows(
        command=command,
        flows=tuple(_flow(record, origin, tuple(esp)) for record, origin, esp in flows),
        unparsed=tuple(unparsed),
    )


def _esp(record: Record) -> EspSa:
    use = [part.strip() for part in record["USE"].split(",")]
    words = record["TRANSFORM"].split()
    return EspSa(
        direction=record["SECTION"].split()[0],
        spi=record["SPI"].replace(" ", ""),
        transform=" ".join(words),
        mode=use[0].split()[0].lower() if use[0] else "",
        udp_encapsulation=any("UDP-Encaps" in part for part in use),
        remaining_kilobytes=_number(record["KILOBYTES"]),
        remaining_seconds=_number(record["SECONDS"]),
        active=record["STATUS"] in {"ACTIVE", ""},
    )


def _flow(record: Record, origin: tuple[str, ...], esp: tuple[EspSa, ...]) -> IpsecFlow:
    return IpsecFlow(
        interface=record["INTERFACE"],
        crypto_map=record["MAP"],
        local=record["LOCAL"],
        remote=record["PEER"],
        remote_port=_number(record["PORT"]),
        local_ident=record["LOCAL_IDENT"],
        remote_ident=record["REMOTE_IDENT"],
        protocol=_number(record["PROTOCOL"]),
        encapsulated=int(record["ENCAPS"] or 0),
        decapsulated=int(record["DECAPS"] or 0),
        send_errors=int(record["SEND_ERRORS"] or 0),
        receive_errors=int(record["RECEIVE_ERRORS"] or 0),
        pfs_group=None if record["PFS"] in {"", "none"} else record["PFS"],
        esp=esp,
        lines=origin,
    )


def _number(text: str) -> int | None:
    return int(text) if text else None
