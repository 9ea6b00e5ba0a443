"""From the templates of a rule to sentences and commands, in the words of the family concerned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from dmvpn_auto.design.types import Family, Ikev1Certificates, Ikev2Certificates, RouterDesign
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.diagnosis.ends import End, Unknown
from dmvpn_auto.verify.diagnosis.facts import Line
from dmvpn_auto.verify.diagnosis.patterns import WORD
from dmvpn_auto.verify.diagnosis.sheet import HUB
from dmvpn_auto.verify.diagnosis.suspicion import Suspicion

_EXEC = ("clear ", "show ", "ping ", "debug ", "crypto pki enroll", "! ")
_LIST = re.compile(r" list (\S+?)(?:/\d+)? denied")
_GATEWAY = "UNDERLAY-GATEWAY"
_ACCESS_LIST: Mapping[Family, Mapping[str, str]] = {
    "ipv4": {
        "access_list": "ip access-list extended", "sequence": "",
        "show_acl": "show ip access-lists",
    },
    "ipv6": {
        "access_list": "ipv6 access-list", "sequence": "sequence ",
        "show_acl": "show ipv6 access-list",
    },
}  # fmt: skip


def other(one: Suspicion) -> End:
    """Return the end that is not at fault."""
    return one.sheet.spoke if one.side == HUB else one.sheet.hub


def sentence(template: str, best: Sequence[Suspicion], peers: Sequence[str]) -> str:
    """Return the cause in words, with what differs in each family and how many suffer."""
    words = words_of(best[0])
    words["peer"] = f"{peers[0]} and {len(peers) - 1} more" if len(peers) > 1 else peers[0]
    words["words"] = "; ".join(dict.fromkeys(words_of(one)["words"] for one in best))
    return template.format_map(words).removesuffix(": ").rstrip()


def line(template: str, words: Mapping[str, str]) -> Line:
    """Return device and command."""
    device, _, command = template.format_map(words).partition(": ")
    return device, " ".join(command.split()) if not command.startswith(" ") else command


def typed(fixes: Sequence[Sequence[Line]]) -> Iterator[Line]:
    """Put configuration lines between `configure terminal` and `end`, exec commands after them.

    There is one list for each family; what two of them have alike is typed once.
    """
    for device in dict.fromkeys(device for fix in fixes for device, _ in fix):
        mine = [[command for name, command in fix if name == device] for fix in fixes]
        config: list[list[str]] = []
        for each in mine:
            section = [one for one in each if not one.strip().startswith(_EXEC)]
            if section and section not in config:
                config.append(section)
        if config:
            yield device, "configure terminal"
            yield from ((device, one) for one in _entered_once(config))
            yield device, "end"
        asked = [one for each in mine for one in each if one.strip().startswith(_EXEC)]
        yield from ((device, one) for one in dict.fromkeys(asked))


def _entered_once(sections: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield configuration lines; a section that one is in already is not entered again."""
    within = ""
    for one in (line for section in sections for line in section):
        if one.startswith(" ") or one != within:
            yield one
        within = within if one.startswith(" ") else one


def words_of(one: Suspicion) -> dict[str, str]:
    """Return what the templates may name."""
    sheet, end, peer = one.sheet, one.end, other(one)
    tunnel = end.router.tunnel
    acl = end.setting("acl.denies-esp") or end.setting("acl.denies-ike")
    inside = f"vrf {tunnel.inside_vrf} " if tunnel.inside_vrf else ""
    hub_nbma = sheet.spoke.peer_nbma or "HUB-NBMA"
    return {
        "spoke": sheet.spoke.name,
        "hub": sheet.hub.name,
        "device": end.name,
        "peer": peer.name,
        "interface": tunnel.interface,
        "source": tunnel.source_interface,
        "vrf": f"vrf {tunnel.front_vrf} " if tunnel.front_vrf else "",
        "inside": inside,
        "spoke_nbma": sheet.hub.peer_nbma or "SPOKE-NBMA",
        "hub_nbma": hub_nbma,
        "peer_nbma": end.peer_nbma or "PEER-NBMA",
        "spoke_tunnel": sheet.hub.peer_tunnel,
        "hub_tunnel": sheet.spoke.peer_tunnel,
        "peer_tunnel": end.peer_tunnel,
        "network_id": str(tunnel.nhrp.network_id),
        "overlay": protocol(end.router),
        "ip": WORD[end.family],
        "ip_outside": WORD[end.carrier],
        "redirect": f"{WORD[end.family]} nhrp redirect" if tunnel.nhrp.redirect else "",
        "mtu": str(tunnel.ip_mtu),
        "df": " df-bit" if end.family == "ipv4" else "",
        "host_route": _host_route(end, hub_nbma),
        "trustpoint": _trustpoint(end.router),
        "ike": commands.ike(end.router),
        "debug_ike": f"debug crypto {_ike(end.router)}",
        "ike_section": f"crypto {_ike(end.router)}",
        "ike_algorithms": "show crypto isakmp policy" if _ike(end.router) == "isakmp"
        else "show crypto ikev2 proposal",
        **_ACCESS_LIST[end.carrier],
        "acl": acl.value if acl and not isinstance(acl, Unknown) else _logged_list(one),
        **_of_overlay(end, inside),
        "words": "; ".join(dict.fromkeys(f.words for f in one.facts if f.holds and f.words)),
    }  # fmt: skip


def _trustpoint(router: RouterDesign) -> str:
    if isinstance(router.crypto, Ikev1Certificates | Ikev2Certificates):
        return router.crypto.trustpoint.name
    return "TRUSTPOINT"


def _logged_list(one: Suspicion) -> str:
    """Return the access list that a log line names."""
    lines = (text for fact in one.facts for _, text in fact.lines)
    return next((found[1] for text in lines if (found := _LIST.search(text))), "ACCESS-LIST")


def protocol(router: RouterDesign) -> str:
    """Return what one calls the overlay's routing protocol."""
    kind = router.overlay.kind.partition("-")[0]
    return {"ibgp": "BGP", "ebgp": "BGP", "ospfv3": "OSPFv3"}.get(kind, kind.upper())


def _ike(router: RouterDesign) -> str:
    return commands.ike(router).split()[2]


def _host_route(end: End, address: str) -> str:
    vrf = f"vrf {end.router.tunnel.front_vrf} " if end.router.tunnel.front_vrf else ""
    if end.carrier == "ipv6":
        return f"ipv6 route {vrf}{address}/128 {_GATEWAY}"
    return f"ip route {vrf}{address} 255.255.255.255 {_GATEWAY}"


def _of_overlay(end: End, inside: str) -> dict[str, str]:
    """Return the commands of the routing protocol, which IOS names differently in each family."""
    router, interface = end.router, end.router.tunnel.interface
    six = end.family == "ipv6"
    bgp = "show bgp ipv6 unicast" if six else "show ip bgp"
    clear_bgp = "clear bgp ipv6 unicast *" if six else f"clear ip bgp {inside}*"
    if inside:
        bgp = f"show bgp {'vpnv6' if six else 'vpnv4'} unicast {inside}".rstrip()
        clear_bgp = "clear bgp vpnv6 unicast *" if six else clear_bgp
    clear_ospf = "clear ospfv3 process" if six else "clear ip ospf process"
    kind = router.overlay.kind
    clear = clear_ospf if kind.startswith("ospf") else clear_bgp
    return {
        "show_routes": commands.routes(router),
        "show_bgp": bgp,
        "clear_bgp": clear_bgp,
        "clear_ospf": clear_ospf,
        "show_ospf": f"show {'ospfv3' if six else 'ip ospf'} interface {interface}",
        "show_eigrp": commands.eigrp_neighbors(router),
        "clear_routing": f"clear {WORD[end.family]} eigrp {inside}neighbors"
        if kind.startswith("eigrp")
        else clear,
    }
