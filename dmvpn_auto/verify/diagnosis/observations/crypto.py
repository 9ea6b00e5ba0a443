"""Facts about IKE and IPsec SAs, and the packets that they carried."""

from __future__ import annotations

from dmvpn_auto.design.types import Ikev1PreShared, Ikev2PreShared
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.diagnosis.ends import Esp
from dmvpn_auto.verify.diagnosis.facts import (
    Fact,
    Question,
    ask_for,
    question,
    secrets_agree,
    shown,
)
from dmvpn_auto.verify.diagnosis.sheet import Sheet

FEW = 3
"""Packets that may be on their way between two looks at counters."""


def ike_is(side: str, *wanted: str) -> Question:
    """The IKE SA with the peer is in one of the states ("up", "none", else IOS's word)."""

    def ask(sheet: Sheet) -> Fact:
        end = sheet.end(side)
        if end.ike is None:
            return ask_for(end, commands.ike(end.router))
        lines = end.ike.lines or (f"no IKE SA with {end.peer_nbma}",)
        return Fact(end.ike.state in wanted, shown(end, *lines))

    return Question(f"IKE of the {side} is {' or '.join(wanted)}", ask)


@question()
def hub_has_no_ike_at_all(sheet: Sheet) -> Fact:
    """The hub has no IKE SA with anybody."""
    hub = sheet.hub
    if hub.ike is None:
        return ask_for(hub, commands.ike(hub.router))
    return Fact(hub.ike.all_up == 0, shown(hub, f"{commands.ike(hub.router)}: no SA established"))


@question()
def everybody_down(sheet: Sheet) -> Fact:
    """No spoke of this hub is up, and there are several."""
    down = sheet.crowd.everybody_down(sheet.hub.name)
    if down is None:
        return Fact(None)
    states = sheet.crowd.states(sheet.hub.name)
    said = ", ".join(f"{name} {state or '?'}" for name, state in list(states.items())[:6])
    return Fact(down, shown(sheet.hub, f"all its spokes: {said}"))


@question()
def some_spoke_up(sheet: Sheet) -> Fact:
    """Another spoke of this hub is up."""
    down = sheet.crowd.everybody_down(sheet.hub.name)
    return Fact(None if down is None else not down)


def certificate_invalid(side: str) -> Question:
    """A certificate of this end is missing, or not valid by its own clock."""

    def ask(sheet: Sheet) -> Fact:
        end = sheet.end(side)
        if end.credential is None:
            return Fact(None, probe=((end.name, commands.CERTIFICATES), (end.name, commands.CLOCK)))
        return Fact(not end.credential.yes, shown(end, *end.credential.lines), end.credential.words)

    return Question(f"a certificate of the {side} is not valid", ask, side)


@question()
def credentials_hold(sheet: Sheet) -> Fact:
    """Both ends have the same key, or valid certificates."""
    if isinstance(sheet.spoke.router.crypto, Ikev1PreShared | Ikev2PreShared):
        return secrets_agree("ike.psk").ask(sheet)
    known = [end.credential for end in (sheet.spoke, sheet.hub)]
    return Fact(None if None in known else all(told.yes for told in known if told))


def _both_esp(sheet: Sheet) -> tuple[Esp, Esp] | None:
    spoke, hub = sheet.spoke.esp, sheet.hub.esp
    known = spoke is not None and hub is not None and sheet.together
    return (spoke, hub) if known and spoke and hub else None


def _esp_lines(sheet: Sheet) -> tuple[tuple[str, str], ...]:
    lines: tuple[tuple[str, str], ...] = ()
    for end in (sheet.spoke, sheet.hub):
        if end.esp is not None:
            lines += shown(end, *end.esp.lines)
    return lines


@question()
def hub_receives(sheet: Sheet) -> Fact:
    """ESP of the spoke reaches the hub."""
    if sheet.hub.esp is None:
        return ask_for(sheet.hub, commands.IPSEC)
    sent = sheet.spoke.esp.encapsulated if sheet.spoke.esp and sheet.together else 0
    got = sheet.hub.esp.decapsulated
    return Fact(sheet.hub.esp.up and got > 0 and got * 2 >= sent, _esp_lines(sheet))


@question()
def esp_lost_to_hub(sheet: Sheet) -> Fact:
    """The spoke encrypts, the hub does not get it."""
    known = _both_esp(sheet)
    if known is None:
        return Fact(None, probe=tuple((e.name, commands.IPSEC) for e in (sheet.spoke, sheet.hub)))
    spoke, hub = known
    lost = spoke.encapsulated - hub.decapsulated
    return Fact(
        spoke.up and lost >= FEW and hub.decapsulated * 2 < spoke.encapsulated, _esp_lines(sheet)
    )


@question()
def esp_lost_to_spoke(sheet: Sheet) -> Fact:
    """The hub encrypts, the spoke does not get it."""
    known = _both_esp(sheet)
    if known is None:
        return Fact(None, probe=tuple((e.name, commands.IPSEC) for e in (sheet.spoke, sheet.hub)))
    spoke, hub = known
    lost = hub.encapsulated - spoke.decapsulated
    return Fact(
        hub.up and lost >= FEW and spoke.decapsulated * 2 < hub.encapsulated, _esp_lines(sheet)
    )


@question()
def negotiated_tunnel_mode(sheet: Sheet) -> Fact:
    """Both ends use tunnel mode although the design says transport."""
    crypto, known = sheet.spoke.router.crypto, _both_esp(sheet)
    if known is None or crypto is None:
        return Fact(None)
    tunnel = all(esp.modes == {"tunnel"} for esp in known)
    return Fact(crypto.ipsec.mode == "transport" and tunnel, _esp_lines(sheet))
