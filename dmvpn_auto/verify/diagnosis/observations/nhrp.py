"""Facts about registration and the NHRP cache."""

from __future__ import annotations

from dmvpn_auto.verify import commands
from dmvpn_auto.verify.diagnosis.facts import Fact, Question, ask_for, question, shown
from dmvpn_auto.verify.diagnosis.settings import Setting
from dmvpn_auto.verify.diagnosis.sheet import SPOKE, Sheet, bare


@question()
def no_dmvpn_on_spoke(sheet: Sheet) -> Fact:
    """`show dmvpn` of the spoke does not know the tunnel, though it is up."""
    spoke = sheet.spoke
    if not spoke.router.tunnel.nhrp.network_id:
        return Fact(False)
    if spoke.block is None or spoke.tunnel is None:
        return ask_for(spoke, commands.DMVPN)
    line = f"show dmvpn: nothing about {spoke.router.tunnel.interface}"
    return Fact(not spoke.block and spoke.tunnel.line == "up", shown(spoke, line))


@question(SPOKE, "nhrp.nhs", "nhrp.other-nhs")
def stray_server(sheet: Sheet) -> Fact:
    """The spoke registers with a tunnel address that is no hub's."""
    spoke = sheet.spoke
    if spoke.rows is None:
        return ask_for(spoke, commands.DMVPN)
    wrong = spoke.stray[:1]
    words = f"{wrong[0].tunnel_address} instead of {spoke.peer_tunnel}" if wrong else ""
    return Fact(bool(wrong), shown(spoke, *(line for row in wrong for line in row.lines)), words)


@question(SPOKE, "nhrp.nhs")
def no_server_on_spoke(sheet: Sheet) -> Fact:
    """The spoke has a map for the hub and no next-hop server."""
    spoke = sheet.spoke
    if spoke.servers is None:
        return ask_for(spoke, commands.nhs(spoke.router))
    there = spoke.row is not None and "S" in spoke.row.attributes
    lines = shown(
        spoke, *(spoke.row.lines if spoke.row else ()), f"{commands.nhs(spoke.router)}: (empty)"
    )
    return Fact(there and not spoke.servers, lines)


@question()
def never_answered(sheet: Sheet) -> Fact:
    """No registration of the spoke was answered since it has this server."""
    nhs = sheet.spoke.nhs
    if nhs is None or nhs.replies_received is None:
        return ask_for(sheet.spoke, commands.nhs(sheet.spoke.router))
    return Fact(nhs.replies_received == 0, shown(sheet.spoke, *nhs.lines))


@question()
def only_one_unregistered(sheet: Sheet) -> Fact:
    """No other spoke of this hub waits for an answer: what the hub logs is about this one."""
    states = sheet.crowd.states(sheet.hub.name)
    waiting = sum(state == "NHRP" for state in states.values())
    return Fact(None if None in states.values() and waiting < 2 else waiting == 1)


@question()
def hub_asks_for_spoke(sheet: Sheet) -> Fact:
    """The hub has a negative entry for the spoke."""
    if sheet.hub.rows is None:
        return ask_for(sheet.hub, commands.DMVPN)
    row = sheet.hub.negative
    return Fact(row is not None, shown(sheet.hub, *(row.lines if row else ())))


@question(SPOKE)
def shared_nbma(sheet: Sheet) -> Fact:
    """Two spokes are registered at one NBMA address."""
    row = sheet.hub.row
    key = (sheet.hub.name, row.nbma_address if row else "")
    names = sheet.crowd.shared_nbma.get(key, ())
    lines = shown(sheet.hub, *(row.lines if row else ()))
    return Fact(bool(names), lines, f"{key[1]}: {', '.join(names)}" if names else "")


def duplicated(kind: str) -> Question:
    """Another router has the same tunnel address or router-id, and the design gave it not to us."""

    def ask(sheet: Sheet) -> Fact:
        spoke = sheet.spoke
        setting, wanted = spoke.setting(kind), spoke.wanted.get(kind)
        mine = bare(setting.value) if isinstance(setting, Setting) else None
        if mine is None and kind == "tunnel.address" and spoke.addresses:
            mine = bare(spoke.addresses[0])
        if mine is None:
            return Fact(None, probe=((spoke.name, "show running-config"),))
        owners = sheet.crowd.owners.get((kind, mine), ())
        intended = wanted is not None and bare(wanted.value) == mine
        lines = tuple(owners)
        names = ", ".join(name for name, _ in owners)
        return Fact(bool(owners) and not intended, lines, f"{mine} is on {names}")

    return Question(f"{kind} is on two routers", ask, SPOKE, (kind,))


@question()
def duplicate_victim(sheet: Sheet) -> Fact:
    """Another router has the tunnel address that the design gave to this spoke."""
    address = str(sheet.spoke.router.tunnel.address.ip)
    owners = sheet.crowd.owners.get(("tunnel.address", address), ())
    others = tuple(line for line in owners if line[0] != sheet.spoke.name)
    return Fact(
        bool(others), tuple(owners), f"{address} is also on {', '.join(n for n, _ in others)}"
    )


@question(SPOKE)
def natted_and_not_seen(sheet: Sheet) -> Fact:
    """The design has the spoke behind NAT and its row on the hub carries no N."""
    row = sheet.hub.row
    if row is None:
        return ask_for(sheet.hub, commands.DMVPN)
    unseen = sheet.spoke.router.nat and "N" not in row.attributes
    return Fact(unseen, shown(sheet.hub, *row.lines))
