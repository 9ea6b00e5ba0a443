"""All show commands of the lab with their help, as data for the command line."""

from __future__ import annotations

from collections.abc import Callable

from dmvpn_auto.lab.show import (
    bgp,
    dmvpn,
    forwarding,
    ike,
    interfaces,
    ipsec,
    nhrp,
    nhs,
    ospf,
    policy,
    routes,
    settings,
    system,
)
from dmvpn_auto.lab.show.types import Arg, ArgKind, ShowCommand, ShowContext, WordHelp

Render = Callable[[ShowContext], str]

_INTERFACE = Arg("interface", ArgKind.INTERFACE, "Interface name")
_VRF = Arg("vrf", ArgKind.VRF, "VPN Routing/Forwarding instance name")
_TARGET = Arg("target", ArgKind.ADDRESS, "IP address")
_TARGET_PREFIX = Arg("target", ArgKind.PREFIX_LENGTH, "IP prefix <network>/<length>")
_PEER = Arg("peer", ArgKind.ADDRESS, "IP address of the peer")
_REMOTE = Arg("remote", ArgKind.ADDRESS, "IP address of the peer")
_DESTINATION = Arg("destination", ArgKind.ADDRESS, "Network to display information about")
_PREFIX = Arg("destination", ArgKind.PREFIX_LENGTH, "IP prefix <network>/<length>")
_MASK = Arg("mask", ArgKind.MASK, "Network mask")


def _commands(
    render: Render, help_: str, *forms: tuple[str | Arg, ...] | str
) -> tuple[ShowCommand, ...]:
    """Make a command of each form; a string is split into its words."""
    return tuple(
        ShowCommand(
            words=("show", *(form.split() if isinstance(form, str) else form)),
            help=help_,
            render=render,
        )
        for form in forms
    )


_DMVPN = (
    *_commands(
        dmvpn.show_dmvpn,
        "Display DMVPN information",
        "dmvpn",
        "dmvpn ipv4",
        ("dmvpn", "interface", _INTERFACE),
    ),
    *_commands(
        dmvpn.show_dmvpn_detail,
        "Show detailed information",
        "dmvpn detail",
        "dmvpn ipv4 detail",
        ("dmvpn", "interface", _INTERFACE, "detail"),
        ("dmvpn", "detail", "interface", _INTERFACE),
    ),
)

_NHRP = (
    *_commands(
        nhrp.cache(),
        "NHRP information",
        "ip nhrp",
        ("ip", "nhrp", _TARGET),
        ("ip", "nhrp", _TARGET_PREFIX),
        ("ip", "nhrp", _INTERFACE),
        ("ip", "nhrp", "vrf", _VRF),
    ),
    *_commands(
        nhrp.cache(detail=True),
        "Show detailed information",
        "ip nhrp detail",
        ("ip", "nhrp", _TARGET, "detail"),
        ("ip", "nhrp", _INTERFACE, "detail"),
        ("ip", "nhrp", "vrf", _VRF, "detail"),
    ),
    *(
        command
        for word, help_, choice in (
            ("dynamic", "Show dynamic entries", lambda entry: entry.kind == "dynamic"),
            ("static", "Show static entries", lambda entry: entry.kind == "static"),
            ("incomplete", "Show incomplete entries", lambda entry: entry.kind == "incomplete"),
            ("shortcut", "Show shortcut entries", nhrp.shortcut),
            ("local", "Show local entries", lambda entry: "local" in entry.flags),
            ("remote", "Show remote entries", lambda entry: "local" not in entry.flags),
        )
        for command in (
            *_commands(nhrp.cache(choice=choice), help_, f"ip nhrp {word}"),
            *_commands(
                nhrp.cache(choice=choice, detail=True),
                "Show detailed information",
                f"ip nhrp {word} detail",
            ),
        )
    ),
    *_commands(nhrp.show_brief, "Show the cache in brief", "ip nhrp brief"),
    *_commands(nhrp.show_summary, "Show a summary of the cache", "ip nhrp summary"),
    *_commands(
        nhrp.show_traffic,
        "Show NHRP traffic statistics",
        "ip nhrp traffic",
        ("ip", "nhrp", "traffic", "interface", _INTERFACE),
    ),
    *_commands(
        nhrp.show_multicast,
        "Show multicast NBMA addresses",
        "ip nhrp multicast",
        ("ip", "nhrp", "multicast", _INTERFACE),
    ),
    *_commands(
        nhs.show_nhs,
        "Show next hop servers",
        "ip nhrp nhs",
        ("ip", "nhrp", "nhs", _INTERFACE),
    ),
    *_commands(
        nhs.show_nhs_detail,
        "Show detailed information",
        "ip nhrp nhs detail",
        ("ip", "nhrp", "nhs", _INTERFACE, "detail"),
        ("ip", "nhrp", "nhs", "detail", _INTERFACE),
    ),
)

_CRYPTO = (
    *_commands(
        ike.show_ikev2,
        "Show IKEv2 SAs",
        "crypto ikev2 sa",
        ("crypto", "ikev2", "sa", "remote", _REMOTE),
    ),
    *_commands(
        ike.show_ikev2_detailed,
        "Show detailed information",
        "crypto ikev2 sa detailed",
        ("crypto", "ikev2", "sa", "remote", _REMOTE, "detailed"),
    ),
    *_commands(ike.show_ikev2_session, "Show IKEv2 sessions", "crypto ikev2 session"),
    *_commands(
        policy.show_certificates,
        "Show certificates",
        "crypto pki certificates",
        ("crypto", "pki", "certificates", Arg("trustpoint", ArgKind.WORD, "Trustpoint Name")),
    ),
    *_commands(ike.show_isakmp, "Show ISAKMP SAs", "crypto isakmp sa"),
    *_commands(
        ipsec.show_ipsec_sa,
        "IPSEC SA table",
        "crypto ipsec sa",
        ("crypto", "ipsec", "sa", "peer", _PEER),
        ("crypto", "ipsec", "sa", "interface", _INTERFACE),
    ),
    *_commands(
        settings.show_ipsec_profile, "Show ipsec profile information", "crypto ipsec profile"
    ),
    *_commands(settings.show_transform_set, "Crypto transform sets", "crypto ipsec transform-set"),
    *_commands(settings.show_sockets, "Secure Socket Information", "crypto sockets"),
    *_commands(
        ipsec.show_session,
        "Show crypto sessions (tunnels)",
        "crypto session",
        ("crypto", "session", "interface", _INTERFACE),
        ("crypto", "session", "remote", _PEER),
    ),
    *_commands(
        ipsec.show_session_detail,
        "Show detailed information",
        "crypto session detail",
        ("crypto", "session", "interface", _INTERFACE, "detail"),
        ("crypto", "session", "remote", _PEER, "detail"),
    ),
)

_ROUTING = (
    *_commands(
        ospf.show_neighbors,
        "Neighbor list",
        "ip ospf neighbor",
        ("ip", "ospf", "neighbor", _INTERFACE),
    ),
    *_commands(
        ospf.show_interfaces,
        "Interface information",
        "ip ospf interface",
        ("ip", "ospf", "interface", _INTERFACE),
    ),
    *_commands(policy.show_nothing, "RIP database", "ip rip database"),
    *_commands(policy.show_nothing, "BFD neighbors", "bfd neighbors"),
    *_commands(
        forwarding.show_cef, "Cisco Express Forwarding", "ip cef", ("ip", "cef", "vrf", _VRF)
    ),
    *_commands(
        forwarding.show_cef_entry,
        "CEF entry of a destination",
        ("ip", "cef", _DESTINATION),
        ("ip", "cef", _PREFIX),
        ("ip", "cef", "vrf", _VRF, _DESTINATION),
    ),
    *_commands(bgp.show_table, "BGP table", "ip bgp", "bgp ipv4 unicast"),
    *_commands(
        bgp.show_summary,
        "Summary of BGP neighbor status",
        "ip bgp summary",
        "ip bgp ipv4 unicast summary",
        "bgp ipv4 unicast summary",
        "bgp summary",
    ),
    *(
        command
        for lead in ((), ("vrf", _VRF))
        for command in (
            *_commands(routes.table(), "IP routing table", ("ip", "route", *lead)),
            *_commands(
                routes.table(override=True),
                "Next Hop Override entries",
                ("ip", "route", *lead, "next-hop-override"),
            ),
            *_commands(
                routes.show_entry,
                "Network to display information about",
                ("ip", "route", *lead, _DESTINATION),
                ("ip", "route", *lead, _PREFIX),
                ("ip", "route", *lead, _DESTINATION, _MASK),
            ),
            *(
                one
                for word, help_, codes in (
                    ("bgp", "Border Gateway Protocol (BGP)", "B"),
                    ("connected", "Connected", "CL"),
                    ("static", "Static routes", "S"),
                    ("nhrp", "Next Hop Resolution Protocol (NHRP)", "H"),
                    ("ospf", "Open Shortest Path First (OSPF)", "O"),
                    ("eigrp", "Enhanced Interior Gateway Routing Protocol (EIGRP)", "D"),
                )
                for one in _commands(routes.table(codes), help_, ("ip", "route", *lead, word))
            ),
        )
    ),
)

_SYSTEM = (
    *_commands(
        interfaces.show_interfaces,
        "Interface status and configuration",
        "interfaces",
        ("interfaces", _INTERFACE),
    ),
    *_commands(
        interfaces.show_description,
        "Show interface description",
        "interfaces description",
        ("interfaces", _INTERFACE, "description"),
    ),
    *_commands(
        interfaces.show_ip_interface,
        "IP interface status and configuration",
        "ip interface",
        ("ip", "interface", _INTERFACE),
    ),
    *_commands(
        interfaces.show_brief,
        "Brief summary of IP status and configuration",
        "ip interface brief",
        ("ip", "interface", "brief", _INTERFACE),
    ),
    *_commands(
        forwarding.show_arp,
        "ARP table",
        "arp",
        "ip arp",
        ("arp", "vrf", _VRF),
        ("ip", "arp", "vrf", _VRF),
    ),
    *_commands(
        policy.show_access_lists,
        "List IP access lists",
        "ip access-lists",
        ("ip", "access-lists", Arg("list", ArgKind.WORD, "Access list name")),
        "access-lists",
    ),
    *_commands(policy.show_ntp_status, "NTP status", "ntp status"),
    *_commands(system.show_version, "System hardware and software status", "version"),
    *_commands(system.show_clock, "Display the system clock", "clock"),
    *_commands(system.show_users, "Display information about terminal lines", "users"),
    *_commands(system.show_vrf, "VPN Routing/Forwarding instance information", "vrf"),
)

COMMANDS: tuple[ShowCommand, ...] = (*_DMVPN, *_NHRP, *_CRYPTO, *_ROUTING, *_SYSTEM)

WORD_HELP: WordHelp = {
    ("show",): "Show running system information",
    ("show", "dmvpn", "interface"): "Show DMVPN information of an interface",
    ("show", "ip"): "IP information",
    ("show", "ip", "bgp", "ipv4"): "Address family",
    ("show", "ip", "bgp", "ipv4", "unicast"): "Address Family modifier",
    ("show", "ip", "nhrp", "traffic", "interface"): "Show NHRP traffic of an interface",
    ("show", "ip", "nhrp", "vrf"): "Show the cache of a VRF",
    ("show", "ip", "ospf"): "OSPF information",
    ("show", "ip", "route", "vrf"): "Display routes from a VPN Routing/Forwarding instance",
    ("show", "bgp"): "BGP information",
    ("show", "bgp", "ipv4"): "Address family",
    ("show", "crypto"): "Encryption module",
    ("show", "crypto", "pki"): "Show PKI",
    ("show", "arp", "vrf"): "ARP entries of a VRF",
    ("show", "ip", "arp", "vrf"): "ARP entries of a VRF",
    ("show", "ip", "cef", "vrf"): "Show a VPN Routing/Forwarding instance",
    ("show", "ip", "rip"): "RIP information",
    ("show", "bfd"): "BFD protocol info",
    ("show", "ntp"): "Network time protocol",
    ("show", "crypto", "ikev2"): "Shows ikev2 info",
    ("show", "crypto", "ikev2", "sa", "remote"): "Show the SAs with one peer",
    ("show", "crypto", "isakmp"): "Show ISAKMP",
    ("show", "crypto", "ipsec"): "Show IPSEC policy",
    ("show", "crypto", "ipsec", "sa", "peer"): "Show the SAs with one peer",
    ("show", "crypto", "ipsec", "sa", "interface"): "Show the SAs of one interface",
    ("show", "crypto", "session", "interface"): "Show the sessions of one interface",
    ("show", "crypto", "session", "remote"): "Show the sessions with one peer",
    ("show", "dmvpn", "detail", "interface"): "Show DMVPN information of an interface",
}
