"""IKE SAs of both versions, with their algorithms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from dmvpn_auto.observe.build import blocks, build, read_rows
from dmvpn_auto.observe.engine import Record, read_table
from dmvpn_auto.observe.evidence import ChildSa, IkeSa, IkeSas, IkeSession, IkeSessions

_SESSION = re.compile(
    r"^\s*Session-id:\s*(\d+), Status:\s*(\S+), IKE count:\s*(\d+), CHILD count:\s*(\d+)\s*$"
)
_FAMILY = re.compile(r"^\s*IPv[46] Crypto IKEv2\s+Session\s*$")
_CHILD = re.compile(r"^\s*Child sa:")


def parse_ikev2(command: str, lines: list[str]) -> IkeSas:
    """Read `show crypto ikev2 sa [detailed]`.

    `Hash: None` of a combined-mode cipher becomes None. An SA without its lifetime was cut off,
    a detailed one without its initiator too.
    """
    sas, unparsed = read_rows(IkeSa, "show_crypto_ikev2_sa", lines, _ikev2)
    detailed = " det" in command
    cut = tuple(
        f"the SA with {sa.remote} is cut off"
        for sa in sas
        if sa.lifetime is None or (detailed and sa.initiator is None)
    )
    return IkeSas(command=command, sas=sas, unparsed=unparsed, warnings=cut)


def _ikev2(record: Record) -> dict[str, Any]:
    subnets: dict[str, list[str]] = {"Local": [], "Remote": []}
    side = subnets["Remote"]
    for word in record["SUBNETS"]:
        if word in subnets:
            side = subnets[word]
        else:
            side.append(" ".join(word.split()))
    fragmentation = record["FRAGMENTATION"]
    return {
        "version": 2,
        "front_vrf": _unless(record["FRONT_VRF"], "none"),
        "inside_vrf": _unless(record["INSIDE_VRF"], "none"),
        "integrity": _unless(record["INTEGRITY"], "None"),
        "fragmentation": fragmentation != "not" if fragmentation else None,
        "local_subnets": tuple(subnets["Local"]),
        "remote_subnets": tuple(subnets["Remote"]),
    }


def parse_ikev2_sessions(command: str, lines: list[str]) -> IkeSessions:
    """Read `show crypto ikev2 session [detailed]`; each counts its IKE SAs and children."""
    detailed = " de" in command
    body = [line for line in lines if not _FAMILY.match(line)]
    unparsed, found = blocks(body, _SESSION)
    sessions: list[IkeSession] = []
    warnings: list[str] = []
    for head, block in found:
        ike, parts = blocks(block[1:], _CHILD)
        sas, unread = read_rows(IkeSa, "show_crypto_ikev2_sa", ike, _ikev2)
        unparsed += unread
        children: list[ChildSa] = []
        for _, part in parts:
            child, left = _child(part)
            unparsed += left
            children += child
        session = IkeSession(
            session_id=int(head[1]),
            status=head[2],
            sas=sas,
            children=tuple(children),
            lines=tuple(block),
        )
        sessions.append(session)
        whole = sum(sa.lifetime is not None for sa in sas)
        ended = sum(not detailed or child.mode is not None for child in children)
        if whole < int(head[3]) or ended < int(head[4]):
            warnings.append(
                f"session {head[1]} has {head[3]} IKE SAs and {head[4]} children, "
                f"{whole} and {ended} were read whole"
            )
    return IkeSessions(
        command=command,
        sessions=tuple(sessions),
        unparsed=tuple(unparsed),
        warnings=tuple(warnings),
    )


def _child(lines: list[str]) -> tuple[list[ChildSa], Iterable[str]]:
    table = read_table("crypto_child_sa", lines)
    found = [
        build(ChildSa, record, integrity=_unless(record["INTEGRITY"], "None"))
        for record in table.records
    ]
    whole = [child for child in found if child is not None and child.local and child.remote]
    return whole, table.unparsed if whole else lines


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
            front_vrf=record["FRONT_VRF"] or None,
            inside_vrf=record["INSIDE_VRF"] or None,
            status=record["STATE"] + (" (deleted)" if "deleted" in record["STATUS"] else ""),
            connection_id=int(record["CONNECTION"]),
            lines=origin,
        )
        for record, origin in zip(table.records, table.lines, strict=True)
    )
    return IkeSas(command=command, sas=sas, unparsed=table.unparsed)


def parse_isakmp_detail(command: str, lines: list[str]) -> IkeSas:
    """Read `show crypto isakmp sa detail`, which does say which address is the local one."""
    sas, unparsed = read_rows(
        IkeSa,
        "show_crypto_isakmp_sa_detail",
        lines,
        lambda record: {
            "version": 1,
            "local_port": None,
            "remote_port": None,
            "front_vrf": None,
            "auth_local": record["AUTH"] or None,
            "auth_remote": record["AUTH"] or None,
        },
    )
    return IkeSas(command=command, sas=sas, unparsed=unparsed)


def _unless(text: str, nothing: str) -> str | None:
    return None if text in {"", nothing} else text
