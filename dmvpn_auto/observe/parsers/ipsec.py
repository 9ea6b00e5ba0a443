"""IPsec flows with their counters and SAs."""

from __future__ import annotations

import re

from dmvpn_auto.observe.engine import Record, read_table
from dmvpn_auto.observe.evidence import EspSa, IpsecFlow, IpsecFlows

_COUNTER = re.compile(r"([a-z][a-z .']*?)\s*(\([a-z]+\))?:?\s+(\d+)(?:,|$)")


def parse_ipsec(command: str, lines: list[str]) -> IpsecFlows:
    """Read `show crypto ipsec sa [detail]`: a flow for each pair of identities, its SAs inside.

    Every flow prints its sections also when they are empty, and every SA its status where one does:
    a flow that lacks them was cut off.
    """
    table = read_table("show_crypto_ipsec_sa", lines)
    flows: list[tuple[Record, list[str], list[EspSa]]] = []
    unparsed = list(table.unparsed)
    for record, origin in zip(table.records, table.lines, strict=True):
        if record["PEER"]:
            flows.append((record, list(origin), []))
        elif record["SPI"] and not record["SECTION"]:  # which direction it has is cut out
            unparsed.extend(origin)
        elif flows and not record["LOCAL_IDENT"]:
            flows[-1][1].extend(origin)
            if record["SPI"]:
                flows[-1][2].append(_sa(record))
        elif record["SPI"] or record["LOCAL_IDENT"]:
            unparsed.extend(origin)
    made = tuple(_flow(record, tuple(origin), sas) for record, origin, sas in flows)
    return IpsecFlows(
        command=command,
        flows=made,
        unparsed=tuple(unparsed),
        warnings=tuple(
            f"the flow to {flow.remote} on {flow.interface} is cut off"
            for flow in made
            if _is_cut(flow, made)
        ),
    )


def _is_cut(flow: IpsecFlow, all_flows: tuple[IpsecFlow, ...]) -> bool:
    sas = (*flow.esp, *flow.others)
    if not any("outbound esp sas:" in line for line in flow.lines):
        return True
    if flow.outbound_spi and int(flow.outbound_spi, 16) and not _has(sas, "outbound"):
        return True
    prints_status = any(sa.status for other in all_flows for sa in other.esp)
    return prints_status and any(sa.status is None for sa in sas)


def _has(sas: tuple[EspSa, ...], direction: str) -> bool:
    return any(sa.direction == direction for sa in sas)


def _sa(record: Record) -> EspSa:
    settings = tuple(p.strip() for p in record["USE"].split(",") if p.strip())
    direction, protocol = record["SECTION"].split()
    seconds = _number(record["SECONDS"])
    if record["HOURS"]:
        seconds = int(record["HOURS"]) * 3600 + int(record["MINUTES"]) * 60
    return EspSa(
        direction=direction,
        spi=record["SPI"].replace("x ", "x"),
        transform=" ".join(record["TRANSFORM"].split()),
        mode=settings[0].split()[0].lower() if settings else "",
        udp_encapsulation=any("UDP-Encaps" in part for part in settings),
        remaining_kilobytes=_number(record["KILOBYTES"]),
        remaining_seconds=seconds,
        active=record["STATUS"].split("(")[0] in {"ACTIVE", ""},
        protocol=protocol,
        settings=settings,
        connection_id=_number(record["CONNECTION_ID"]),
        crypto_map=record["MAP_OF_SA"] or None,
        flow_id=record["FLOW_ID"] or None,
        initiator=record["INITIATOR"] == "True" if record["INITIATOR"] else None,
        iv_bytes=_number(record["IV_BYTES"]),
        replay_detection=record["REPLAY_DETECTION"] == "Y" if record["REPLAY_DETECTION"] else None,
        replay_window=_number(record["REPLAY_WINDOW"]),
        status=record["STATUS"] or None,
    )


def counters(texts: list[str]) -> dict[str, int]:
    """Return counters by their printed name in lower case with underscores.

    `#pkts no sa (send) 0` becomes `pkts_no_sa_send`.
    """
    found = {}
    for text in texts:
        for name, side, value in _COUNTER.findall(text.replace("#", "")):
            key = f"{name} {side.strip('()')}".strip().replace(".", "").replace(" ", "_")
            found[key] = int(value)
    return found


def _flow(record: Record, origin: tuple[str, ...], sas: list[EspSa]) -> IpsecFlow:
    counted = counters(record["COUNTERS"])
    return IpsecFlow(
        interface=record["INTERFACE"],
        crypto_map=record["CRYPTO_MAP"],
        local=record["LOCAL"],
        remote=record["PEER"],
        remote_port=_number(record["REMOTE_PORT"]),
        local_ident=record["LOCAL_IDENT"],
        remote_ident=record["REMOTE_IDENT"],
        protocol=_number(record["PROTOCOL"]),
        encapsulated=counted.get("pkts_encaps", 0),
        decapsulated=counted.get("pkts_decaps", 0),
        send_errors=counted.get("send_errors", 0),
        receive_errors=counted.get("recv_errors", 0),
        pfs_group=None if record["PFS_GROUP"] in {"", "none"} else record["PFS_GROUP"],
        esp=tuple(sa for sa in sas if sa.protocol == "esp"),
        others=tuple(sa for sa in sas if sa.protocol != "esp"),
        vrf=None if record["VRF"] in {"", "(none)"} else record["VRF"],
        path_mtu=_number(record["PATH_MTU"]),
        plaintext_mtu=_number(record["PLAINTEXT_MTU"]),
        outbound_spi=record["OUTBOUND_SPI"].replace(" ", "") or None,
        counters=counted,
        lines=origin,
    )


def _number(text: str) -> int | None:
    return int(text) if text else None
