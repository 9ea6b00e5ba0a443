"""Facts about spoke-to-spoke traffic."""

from __future__ import annotations

from dmvpn_auto.design.types import Role
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.diagnosis.facts import Fact, Question, ask_for, question, shown
from dmvpn_auto.verify.diagnosis.sheet import Sheet


@question()
def stays_on_hub(sheet: Sheet) -> Fact:
    """A trace from the spoke to another spoke's LAN goes over the hub."""
    traces = sheet.spoke.traces
    if not traces:
        return Fact(None)
    hub = str(sheet.hub.router.tunnel.address.ip)
    others = {
        str(address): spoke.name
        for spoke in sheet.crowd.design.spokes
        for address in (*spoke.lan_addresses, *spoke.lan_ipv6_addresses)
    }
    for command, trace in traces:
        if trace.target not in others:
            continue
        first = trace.hops[0].addresses if trace.hops else ()
        if hub in first and len(trace.hops) > 1:
            return Fact(True, shown(sheet.spoke, command, *trace.hops[0].lines))
    return Fact(False)


@question()
def no_indication_sent(sheet: Sheet) -> Fact:
    """The hub has never sent a traffic indication."""
    traffic = sheet.hub.traffic
    if traffic is None:
        return ask_for(sheet.hub, commands.nhrp_traffic(sheet.hub.router))
    sent = traffic.packets.get("sent traffic_indication")
    if sent is None:
        return Fact(None)
    lines = [line for line in traffic.lines if "Traffic Indication" in line][:1]
    return Fact(sent == 0, shown(sheet.hub, *lines))


@question()
def spoke_is_told_and_does_not_ask(sheet: Sheet) -> Fact:
    """The spoke gets traffic indications and sends no resolution request."""
    traffic = sheet.spoke.traffic
    if traffic is None:
        return ask_for(sheet.spoke, commands.nhrp_traffic(sheet.spoke.router))
    told = traffic.packets.get("received traffic_indication", 0)
    asked = traffic.packets.get("sent resolution_request", 0)
    lines = [x for x in traffic.lines if "Resolution Request" in x or "Traffic Indication" in x]
    return Fact(told > 0 and asked == 0, shown(sheet.spoke, *lines))


def shortcut_is(*states: str) -> Question:
    """A row for another spoke hangs in one of the states."""

    def ask(sheet: Sheet) -> Fact:
        spoke = sheet.spoke
        if spoke.router.role is Role.HUB:
            return Fact(False)
        if spoke.rows is None:
            return ask_for(spoke, commands.DMVPN)
        hubs = {str(hub.tunnel.address.ip) for hub in sheet.crowd.design.hubs}
        rows = [
            row for row in spoke.rows
            if row.tunnel_address not in hubs and row.state in states and "S" not in row.attributes
            and row.nbma_address != "UNKNOWN"
        ]  # fmt: skip
        return Fact(bool(rows), shown(spoke, *(line for row in rows for line in row.lines)))

    return Question(f"a shortcut of the spoke is in {' or '.join(states)}", ask)


@question()
def unanswered_resolution(sheet: Sheet) -> Fact:
    """The spoke asked for another spoke and got no answer."""
    spoke = sheet.spoke
    if spoke.rows is None:
        return ask_for(spoke, commands.DMVPN)
    hubs = {str(hub.tunnel.address.ip) for hub in sheet.crowd.design.hubs}
    rows = [
        row for row in spoke.rows
        if row.nbma_address == "UNKNOWN" and row.tunnel_address not in hubs
    ]  # fmt: skip
    return Fact(bool(rows), shown(spoke, *(line for row in rows for line in row.lines)))
