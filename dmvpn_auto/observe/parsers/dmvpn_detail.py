"""What `show dmvpn detail` prints around its rows: tunnels, servers, groups, sessions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dmvpn_auto.observe.engine import Record, read_table
from dmvpn_auto.observe.evidence import DmvpnInterface, DmvpnPeer, DmvpnServer

_SERVER = re.compile(r"([0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]+)\s+([REWD]+)\b")
_GROUP = re.compile(r"^\s*NHRP group:\s*(\S+)")
_POLICY = re.compile(r"^\s*Output QoS service-policy applied:\s*(\S+)")
_FACTS = (
    "ADDRESS", "VRF", "TUNNEL_SOURCE", "TUNNEL_DESTINATION", "TUNNEL_VRF", "TRANSPORT",
    "PROTECTION",
)  # fmt: skip


@dataclass(slots=True)
class Around:
    """Facts of each tunnel by its name, and the servers of all."""

    facts: dict[str, Record]
    servers: list[DmvpnServer]


def read_around(lines: Sequence[str]) -> Around:
    """Read what stands around the rows; lines that are not known are left to the rows' reader."""
    found = Around({}, [])
    table = read_table("show_dmvpn_detail", lines)
    name = ""
    for record, origin in zip(table.records, table.lines, strict=True):
        name = record["INTERFACE"] or name
        facts = found.facts.setdefault(name, dict.fromkeys(_FACTS, ""))
        facts.update({k: record[k] for k in _FACTS if record[k]})
        if record["NHS"]:
            found.servers.append(_server(name, record["NHS"], record["FLAGS"], record, origin))
        elif record["SERVERS"]:
            listed = _SERVER.findall(record["SERVERS"])
            found.servers.extend(_server(name, a, flags, record, origin) for a, flags in listed)
    return found


def _server(
    interface: str, address: str, flags: str, record: Record, lines: tuple[str, ...]
) -> DmvpnServer:
    return DmvpnServer(
        interface=interface,
        address=address,
        nbma_address=record["NHS_NBMA"] or None,
        expecting="E" in flags,
        responding="R" in flags,
        waiting="W" in flags,
        dynamic="D" in flags,
        priority=int(record["PRIORITY"]) if record["PRIORITY"] else None,
        cluster=int(record["CLUSTER"]) if record["CLUSTER"] else None,
        lines=lines,
    )


def with_facts(
    interfaces: Sequence[DmvpnInterface], facts: dict[str, Record]
) -> list[DmvpnInterface]:
    """Return the interfaces with what the detailed heading says of them."""
    done = []
    for interface in interfaces:
        said: dict[str, Any] = {
            name.lower(): value or None
            for name, value in facts.get(interface.interface, {}).items()
        }
        done.append(replace(interface, **said))
    return done


def with_groups(peers: Sequence[DmvpnPeer], lines: Sequence[str]) -> list[DmvpnPeer]:
    """Return the peers with the group and policy printed below their rows."""
    done = list(peers)
    last = -1  # the row that stands above the line
    for line in lines:
        if last + 1 < len(done) and done[last + 1].lines[-1] == line:
            last += 1
        elif last >= 0 and (found := _GROUP.match(line)):
            done[last] = replace(done[last], group=found[1])
        elif last >= 0 and (found := _POLICY.match(line)):
            done[last] = replace(done[last], qos_policy=found[1])
    return done
