"""Facts about interfaces and about the network under the tunnels."""

from __future__ import annotations

from dmvpn_auto.verify import commands
from dmvpn_auto.verify.diagnosis.ends import Unknown
from dmvpn_auto.verify.diagnosis.facts import Fact, Question, ask_for, question, shown
from dmvpn_auto.verify.diagnosis.looking import ping_command
from dmvpn_auto.verify.diagnosis.sheet import HUB, SPOKE, Sheet, bare


def tunnel_down(side: str) -> Question:
    """The line protocol of the tunnel is down."""

    def ask(sheet: Sheet) -> Fact:
        end = sheet.end(side)
        if end.tunnel is None:
            return ask_for(end, commands.interface(end.router))
        return Fact(end.tunnel.line != "up", shown(end, *end.tunnel.lines[:1]))

    return Question(f"the tunnel of the {side} is down", ask, side)


def tunnel_shut(side: str) -> Question:
    """The tunnel is administratively down."""

    def ask(sheet: Sheet) -> Fact:
        end = sheet.end(side)
        if end.tunnel is None:
            return ask_for(end, commands.interface(end.router))
        shut = end.tunnel.admin == "administratively down"
        return Fact(shut, shown(end, *end.tunnel.lines[:1]))

    return Question(f"the tunnel of the {side} is shut down", ask, side, ("tunnel.shutdown",))


def source_down(side: str) -> Question:
    """The interface that the tunnel starts from is down."""

    def ask(sheet: Sheet) -> Fact:
        end = sheet.end(side)
        if end.source is None:
            return ask_for(end, f"show interfaces {end.router.tunnel.source_interface}")
        down = end.source.line != "up"
        return Fact(down, shown(end, *end.source.lines[:1]))

    return Question(f"the source interface of the {side} is down", ask, side, ("source.shutdown",))


def source_without_address(side: str) -> Question:
    """The interface that the tunnel starts from is up and has no address."""

    def ask(sheet: Sheet) -> Fact:
        end = sheet.end(side)
        if end.source is None or end.source_addresses is None:
            return ask_for(end, commands.underlay_interface(end.router))
        empty = end.source.line == "up" and not end.source_addresses
        return Fact(empty, shown(end, *end.source.lines[:1]), "it has no address")

    return Question(f"the source of the {side} has no address", ask, side, ("source.address",))


@question()
def underlay_answers(sheet: Sheet) -> Fact:
    """The NBMA address of the hub answers a ping of the spoke."""
    spoke = sheet.spoke
    if spoke.ping is None:
        return ask_for(spoke, ping_command(spoke))
    return Fact(spoke.ping.yes, shown(spoke, *spoke.ping.lines))


@question(HUB)
def underlay_silent_for_all(sheet: Sheet) -> Fact:
    """No ping between the hub and any of its spokes is answered, and there are several."""
    each = [underlay_silent.ask(one) for one in sheet.crowd.of_hub(sheet.hub.name)]
    silent = [fact for fact in each if fact.holds]
    if len(silent) < 2 or any(fact.holds is False for fact in each):
        return Fact(False)
    return Fact(True, tuple(line for fact in silent[:_SAID] for line in fact.lines))


_SAID = 3
"""Spokes whose silence is quoted for the hub's."""


@question(SPOKE)
def underlay_silent(sheet: Sheet) -> Fact:
    """The NBMA address of the hub does not answer a ping of the spoke."""
    spoke, hub = sheet.spoke, sheet.hub
    for one in (spoke, hub):
        if one.ping is not None:
            lines = [x for e in (spoke, hub) if e.ping for x in shown(e, *e.ping.lines)]
            return Fact(not one.ping.yes, tuple(lines))
    return ask_for(spoke, ping_command(spoke))


@question()
def other_spokes_have_ike(sheet: Sheet) -> Fact:
    """The hub has IKE SAs with other spokes."""
    hub = sheet.hub
    if hub.ike is None:
        return ask_for(hub, commands.ike(hub.router))
    mine = hub.ike.state == "up"
    return Fact(hub.ike.all_up > int(mine))


@question(SPOKE, "nhrp.hub-nbma", "nhrp.nhs")
def wrong_hub_nbma(sheet: Sheet) -> Fact:
    """The spoke looks for the hub at an NBMA address that is not the hub's."""
    spoke, design = sheet.spoke, sheet.hub.router.nbma_address
    if design is None or not spoke.router.tunnel.nhrp.network_id:
        return Fact(False)
    if spoke.row is None:
        return ask_for(spoke, commands.DMVPN)
    wrong = spoke.row.nbma_address != str(design)
    words = f"it uses {spoke.row.nbma_address}, the hub is at {design}"
    return Fact(wrong, shown(spoke, *spoke.row.lines), words)


@question(SPOKE, "tunnel.source", "source.address")
def registered_elsewhere(sheet: Sheet) -> Fact:
    """The hub has the spoke at an NBMA address that is not the spoke's."""
    hub, design = sheet.hub, sheet.spoke.router.nbma_address
    if design is None or not hub.router.tunnel.nhrp.network_id:
        return Fact(False)
    if hub.row is None:
        return ask_for(hub, commands.DMVPN)
    wrong = hub.row.nbma_address != str(design)
    return Fact(wrong, shown(hub, *hub.row.lines), f"{hub.row.nbma_address} instead of {design}")


@question(SPOKE, "source.address")
def source_has_another_address(sheet: Sheet) -> Fact:
    """The source of the spoke has another address than the design says."""
    spoke, design = sheet.spoke, sheet.spoke.router.nbma_address
    if design is None or sheet.spoke.router.nat:
        return Fact(False)
    if not spoke.source_addresses or spoke.source is None:
        return ask_for(spoke, commands.underlay_interface(spoke.router))
    addresses = [bare(address) for address in spoke.source_addresses]
    now = " and ".join(addresses)
    lines = [line for line in spoke.source.lines if now in line] or [
        f"{spoke.source.interface}: {now}"
    ]
    wrong = str(design) not in addresses
    return Fact(wrong, shown(spoke, *lines[:1]), f"{now} instead of {design}")


def source_in_another_vrf(side: str) -> Question:
    """The interface that the tunnel starts from is in another VRF than `tunnel vrf` says."""

    def ask(sheet: Sheet) -> Fact:
        end = sheet.end(side)
        source, tunnel = end.setting("source.vrf"), end.setting("tunnel.vrf")
        if isinstance(source, Unknown) or isinstance(tunnel, Unknown):
            return ask_for(end, "show running-config")
        if end.setting("source.exists") is None:
            return Fact(None)  # the tunnel starts from something else, named elsewhere
        names = [one.value if one else "none" for one in (source, tunnel)]
        lines = [one.line for one in (source, tunnel) if one]
        words = f"the source is in VRF {names[0]}, the tunnel in VRF {names[1]}"
        return Fact(names[0] != names[1], shown(end, *lines), words)

    return Question(f"the source of the {side} is in another VRF", ask, side, ("tunnel.vrf",))
