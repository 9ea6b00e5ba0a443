"""IKE SAs of both versions, with their algorithms."""

from __future__ import annotations

from typing import Any

from dmvpn_auto.observe.build import read_rows
from dmvpn_auto.observe.engine import Record, read_table
from dmvpn_auto.observe.evidence import IkeSa, IkeSas


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
