"""What a free line may not be, as tables: words of IOS -> where they belong, which key says it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dmvpn_auto.design.types import EbgpHub, EbgpSpoke, IbgpReflector, RouterDesign

_R = re.compile
EXEC: Final = _R(
    r"(?:end|exit|do|show|configure|copy|write|wr|reload|clear|debug|undebug|ping|traceroute|delete"
    r"|erase|test|terminal|disable|enable|logout|tclsh|more|dir|verify|exit-[a-z-]+)(?:$"
    r"|\s(?!secret"
    r"|password))|crypto (?:key (?:generate|zeroize)|pki (?:authenticate|enroll|import|export))\b"
    r"|license install\b|archive config\b"
)
"""Commands that configure nothing, or that ask and wait."""

TEXT: Final = _R(r"banner\b|crypto pki certificate chain\b|certificate\b")
"""Lines that open a text which is no list of lines."""

SECRET: Final = _R(
    r"(?:(?<![\w-])(?:password|secret|pre-shared-key(?: local| remote)?|key-string|md5"
    r"|shared-secret"
    r"|authentication-key|authentication string|auth-pass|passphrase)(?: [0-9])?"
    r"|crypto isakmp key|pre-shared-key address .* key|nhrp authentication|snmp-server community"
    r"|snmp-server host .* (?:version \S+|informs|traps)|(?:server"
    r"|server-private) .* key(?: [0-9])?"
    r"|(?:tacacs-server|radius-server) .*\bkey(?: [0-9])?|(?<![\w-])key [067]"
    r"|hmac-sha-256(?: [0-9])?"
    r"|pre-share key)\s+(?P<value>\S+)"
)
"""Lines that hold a secret, and the secret."""
HARMLESS: Final = frozenset({"encryption", "address", "hostname"})

GLOBAL: Final = _R(
    r"(?:no )?(?:interface|router|crypto|vrf definition|ip vrf|hostname|line (?:con|vty|aux)"
    r"|ip route"
    r"|ip access-list|ip prefix-list|ip (?:name-server|domain|host|http|ssh|cef|sla"
    r"|multicast-routing)"
    r"|ip nat (?:inside|outside) source|ip local|aaa|username|enable|snmp-server|ntp server"
    r"|route-map"
    r"|class-map|policy-map|access-list|key chain|archive|event manager|mpls ldp|boot|service"
    r"|spanning-tree|track|ipv6 (?:route|unicast-routing|prefix-list|access-list)"
    r"|logging (?:host|buffered|trap|console|monitor|\d\S*))(?![\w-])"
)
"""Lines of the global configuration, which would leave an interface or process."""

INNER: Final = _R(
    r"(?:no )?(?:tunnel (?:source|mode|key|vrf|protection|destination|path-mtu-discovery)"
    r"|ip address|ip mtu"
    r"|ip tcp adjust-mss|ip nhrp|nhrp (?:map|group)|bandwidth|delay|shutdown|ip ospf"
    r"|ip access-group|service-policy|network|neighbor|redistribute|permit|deny|set|match"
    r"|description"
    r"|address-family|passive-interface|load-interval|keepalive|ip redirects|ip split-horizon"
    r"|ip summary-address|ip pim (?:sparse|nbma|dr)|vrf forwarding|if-state|bfd interval|mpls (?:ip"
    r"|nhrp)$|area|router-id|version)(?![\w-])"
)
"""Lines of an interface, a process or a list, which mean nothing in the global configuration."""

TUNNEL: Final = (
    (_R(r"description\b"), "description of the router"),
    (_R(r"bandwidth\b"), "bandwidth"),
    (_R(r"delay\b"), "delay"),
    (_R(r"vrf forwarding\b"), "transport.inside_vrf"),
    (_R(r"ip address\b|ipv6 address\b|ipv6 enable\b"), "tunnel_address and tunnel.subnet"),
    (_R(r"ip redirects\b|ipv6 redirects\b"), "phase (multipoint tunnels have it off)"),
    (_R(r"ip mtu\b|ipv6 mtu\b"), "tunnel.ip_mtu"),
    (_R(r"ip tcp adjust-mss\b|ipv6 tcp adjust-mss\b"), "tunnel.tcp_mss"),
    (_R(r"ip (?:hello-interval|hold-time|authentication|next-hop-self|split-horizon|"
        r"summary-address)\b"), "overlay"),
    (_R(r"ip (?:ospf|eigrp)\b|ospfv3\b|ipv6 (?:ospf|eigrp)\b"), "overlay"),
    (_R(r"ip pim (?:sparse|dense|nbma|dr)"), "tunnel.pim"),
    (_R(r"ip(?:v6)? nhrp (?:authentication|map|network-id|holdtime|nhs|registration|server-only"
        r"|redirect|shortcut|group)\b|nhrp (?:map|group)\b"), "nhrp, hubs and qos"),
    (_R(r"keepalive\b"), "tunnel.keepalive"),
    (_R(r"cdp enable\b"), "overlay.kind: odr"),
    (_R(r"mpls (?:ip|nhrp)$"), "mpls"),
    (_R(r"if-state\b"), "tunnel.if_state_nhrp"),
    (_R(r"bfd interval\b"), "tunnel.bfd"),
    (_R(r"tunnel (?:source|destination|mode|key|path-mtu-discovery|vrf|protection)\b"),
     "tunnel, transport and crypto"),
    (_R(r"shutdown$"), "deploy, which would leave the tunnel down"),
)  # fmt: skip
WAN: Final = (
    (_R(r"vrf forwarding\b"), "transport.front_vrf"),
    (_R(r"ip(?:v6)? address\b|ipv6 (?:enable|nd autoconfig)\b"), "wan.address"),
    (_R(r"shutdown$"), "deploy, which would cut the router off"),
)
ACL_GROUP: Final = _R(r"ip(?:v6)? (?:access-group|traffic-filter) (\S+) in$")
ENTRY: Final = _R(r"\d+ ")
_PEER_WORDS = (
    r"(?:remote-as|peer-group|timers|password|fall-over|activate|route-reflector-client"
    r"|next-hop-self|default-originate|prefix-list \S+ (?:in|out)|allowas-in|send-community"
    r"|local-as)\b"
)
_PROCESS = _R(
    r"(?:bgp )?(?:eigrp )?router-id\b|bgp (?:log-neighbor-changes|listen)\b|version\b|network\b"
    r"|aggregate-address\b|area \S+ (?:stub|nssa|range)\b|capability vrf-lite|default-information\b"
    r"|auto-summary\b|bfd (?:all-interfaces|interface)\b|bfd$|eigrp stub\b"
    r"|passive-interface default"
    r"|hello-interval\b|hold-time\b|authentication (?:mode|key-chain)\b|next-hop-self\b"
    r"|split-horizon\b|passive-interface$|summary-address\b|af-interface\b|topology base"
    r"|address-family\b|neighbor \d\S+$|redistribute connected route-map DMVPN"
)


def taken_inside(section: str, router: RouterDesign, line: str) -> str | None:
    """Return the key that says what a line inside a section would; None where there is none."""
    words = line.removeprefix("no ")
    if section in ("tunnel", "wan"):
        table = TUNNEL if section == "tunnel" else WAN
        key = next((key for pattern, key in table if pattern.match(words)), None)
        if key is None and section == "wan" and ACL_GROUP.match(words):
            return "transport.acl" if router.underlay and router.underlay.acl else None
        return key
    if section == "acl":
        return "the order of the lines (IOS numbers them)" if ENTRY.match(words) else None
    return _in_process(router, words)


def _in_process(router: RouterDesign, words: str) -> str | None:
    if _PROCESS.match(words):
        return "overlay, lan and router_id"
    wan = router.underlay.interface if router.underlay and router.underlay.provider else None
    if words in (f"passive-interface {router.tunnel.interface}", f"passive-interface {wan}"):
        return "overlay or transport.provider"
    if match := re.match(rf"neighbor (\S+) {_PEER_WORDS}", words):
        return "overlay" if match[1].lower() in peers(router) else None
    return None


def peers(router: RouterDesign) -> set[str]:
    """Return the BGP peers and peer groups that the rendered text names, in small letters."""
    named = (peer for one in router.overlays for peer in getattr(one, "peers", ()))
    found = {str(peer).lower() for peer in named}
    provider = router.underlay.provider if router.underlay else None
    if neighbor := getattr(provider, "neighbor", None):
        found.add(str(neighbor))
    return found


def taken_globally(router: RouterDesign, line: str) -> str | None:
    """Return the key that says what a global line, or the section that it opens, would."""
    words = f"{line.removeprefix('no ')} ".lower()
    found = (key for start, key in _headers(router) if words.startswith(f"{start} ".lower()))
    return next(found, None)


def _headers(router: RouterDesign) -> Iterator[tuple[str, str]]:
    if router.tunnel.ipv6 or router.tunnel.ipv6_transport:
        yield "ipv6 unicast-routing", "tunnel.ipv6_subnet and transport"
    yield f"interface {router.tunnel.interface}", "tunnel, or free.tunnel.inside"
    for vrf in router.vrfs:
        yield f"vrf definition {vrf.name}", "transport and mpls"
        yield f"ip vrf {vrf.name}", "transport and mpls"
    yield from _crypto_headers(router)
    for overlay in router.overlays:
        yield from _process_headers(router, overlay)
    for one in (*router.prefix_lists, *router.ipv6_prefix_lists):
        for start in ("ip prefix-list", "ipv6 prefix-list", "route-map"):
            yield f"{start} {one.name}", "overlay.summaries, overlay.to_spokes and lan"
    if router.overlay.kind == "odr":
        yield "cdp run", "overlay.kind: odr"
    if router.dns:
        yield "ip domain lookup", "transport.dns"
        vrf_words = f" vrf {router.dns.front_vrf}" if router.dns.front_vrf else ""
        yield f"ip name-server{vrf_words}", "transport.dns"
    if router.tunnel.mpls:
        yield "mpls ldp router-id", "mpls"
    if wan := router.underlay:
        yield f"interface {wan.interface}", "wan, or free.wan.inside"
        table = f" vrf {wan.front_vrf}" if wan.front_vrf else ""
        yield f"ip route{table} 0.0.0.0 0.0.0.0", "wan.gateway"
        yield f"ipv6 route{table} ::/0", "wan.gateway"
        if wan.acl:
            yield f"ip access-list extended {wan.acl}", "transport.acl, or free.acl.inside"
            yield f"ipv6 access-list {wan.acl}", "transport.acl, or free.acl.inside"
        if wan.provider:
            yield from _provider_headers(router)


def _provider_headers(router: RouterDesign) -> Iterator[tuple[str, str]]:
    provider = router.underlay.provider if router.underlay else None
    key = "transport.provider, or free.provider.inside"
    if provider is not None:
        number = getattr(provider, "asn", None) or getattr(provider, "process", None)
        yield f"router {provider.kind}{f' {number}' if number else ''}", key


def _crypto_headers(router: RouterDesign) -> Iterator[tuple[str, str]]:
    crypto = router.crypto
    if crypto is None:
        return
    ike = "ikev2" if crypto.kind.startswith("ikev2") else "isakmp"
    for noun in ("proposal", "policy", "keyring", "profile"):
        if name := getattr(crypto, noun, None):
            head = (
                "crypto keyring" if (ike, noun) == ("isakmp", "keyring") else f"crypto {ike} {noun}"
            )
            yield f"{head} {name}", "crypto"
    if ike == "isakmp":
        yield "crypto isakmp key", "crypto.pre_shared_key"
        yield "crypto isakmp keepalive", "crypto.dpd"
    if trustpoint := getattr(crypto, "trustpoint", None):
        yield f"crypto pki trustpoint {trustpoint.name}", "crypto.trustpoint"
    yield f"crypto ipsec transform-set {crypto.ipsec.transform_set}", "crypto.ipsec"
    yield f"crypto ipsec profile {crypto.ipsec.profile}", "crypto.ipsec"
    yield "crypto ipsec security-association replay", "crypto.ipsec.replay_window"


def _process_headers(router: RouterDesign, overlay: object) -> Iterator[tuple[str, str]]:
    kind = str(getattr(overlay, "kind", ""))
    key = "overlay, or free.routing.inside"
    if isinstance(overlay, IbgpReflector | EbgpHub | EbgpSpoke) or "bgp" in kind:
        yield f"router bgp {getattr(overlay, 'asn', '')}", key
    elif kind.startswith("eigrp"):
        yield f"router eigrp {getattr(overlay, 'name', None) or getattr(overlay, 'asn', '')}", key
        if chain := getattr(overlay, "key", None):
            yield f"key chain {chain.chain}", "overlay.authentication"
    elif kind.startswith("ospf"):
        yield f"router {kind} {getattr(overlay, 'process', '')}", key
    elif kind in ("rip", "odr"):
        yield f"router {kind}", key
    elif kind == "static":
        table = f" vrf {router.tunnel.inside_vrf}" if router.tunnel.inside_vrf else ""
        for route in getattr(overlay, "routes", ()):
            net = route.prefix
            if net.version == 4:
                yield f"ip route{table} {net.network_address} {net.netmask}", "overlay and lan"
            else:
                yield f"ipv6 route{table} {net}", "overlay and lan"
