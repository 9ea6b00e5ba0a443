"""Interface configuration: addresses, NHRP, tunnels; in the order of the running configuration.

The order of tunnel lines is the majority order of 296 real tunnel blocks; `no ip redirects` is
there by itself once the mode is multipoint; `tunnel mode gre ip` is the default and hidden.
"""

from __future__ import annotations

from dmvpn_auto.lab.ios.checks import interface as checks
from dmvpn_auto.lab.ios.rules import Keep, Line, Mode
from dmvpn_auto.lab.ios.syntax import Match


def _nhs(match: Match[Line]) -> str:
    """IOS prints priority and cluster of an NHS only when they are not 0."""
    text = match.text
    for default in (" priority 0", " cluster 0"):
        text = text.removesuffix(default).replace(f"{default} ", " ")
    return text


_EIGRP_AS = "eigrp <as:1-65535>"

LINES = (
    Line("description <text:line>", "Interface specific description"),
    Line("mtu <bytes:64-18000>", "Set the interface Maximum Transmission Unit (MTU)",
         carried=False),
    Line("bandwidth <kbits:1-10000000>", "Set bandwidth informational parameter"),
    Line("encapsulation dot1Q <vlan:1-4094> [native]", "Set encapsulation type", carried=False),
    Line("vrf forwarding <vrf>", "VPN Routing/Forwarding parameters on the interface",
         check=checks.vrf_exists, then=checks.address_wiped, gone=checks.address_wiped),
    Line("ip vrf forwarding <vrf>", "VPN Routing/Forwarding parameters", carried=False),
    Line("ip dhcp client client-id ascii <id:line>", "DHCP client", carried=False),
    Line("ip address <address:ip> <mask:mask>", "Set the IP address of an interface",
         check=checks.address_fits, may_go=checks.primary_may_go, gone=checks.address_gone),
    Line("ip address dhcp", "IP Address negotiated via DHCP", carried=False),
    Line("ip address <address:ip> <mask:mask> secondary /",
         "Make this IP address a secondary address", check=checks.secondary_fits),
    Line("ip unnumbered <interface:if>", "Enable IP processing without an explicit address",
         carried=False),
    Line("ip access-group <acl> (in|out) /", "Specify access control for packets"),
    Line("ip helper-address <address:ip> /", "Specify a destination address for UDP broadcasts",
         carried=False),
    Line("ip redirects", "Enable sending ICMP Redirect messages", keep=Keep.NEGATIVE,
         check=checks.redirects_of_multipoint),
    Line("ip unreachables", "Enable sending ICMP Unreachable messages", keep=Keep.NEGATIVE),
    Line("ip proxy-arp", "Enable proxy ARP", keep=Keep.NEGATIVE),
    Line("ip mtu <bytes:68-9976>", "Set IP Maximum Transmission Unit"),
    Line("ip flow ingress /", "Enable inbound NetFlow", carried=False),
    Line("ip flow egress /", "Enable outbound NetFlow", carried=False),
    Line(f"ip hello-interval {_EIGRP_AS} / <seconds:1-65535>",
         "Configures IP-EIGRP hello interval", carried=False),
    Line(f"ip hold-time {_EIGRP_AS} / <seconds:1-65535>", "Configures IP-EIGRP hold time",
         carried=False),
    Line(f"ip authentication mode {_EIGRP_AS} / md5", "Authentication mode", carried=False),
    Line(f"ip authentication key-chain {_EIGRP_AS} / <chain>", "Key-chain", carried=False),
    Line(f"ip next-hop-self {_EIGRP_AS} / [no-ecmp-mode]", "Configures IP-EIGRP next-hop-self",
         keep=Keep.NEGATIVE, carried=False),
    Line(f"ip split-horizon {_EIGRP_AS} /", "Perform split horizon", keep=Keep.NEGATIVE,
         carried=False),
    Line("ip split-horizon", "Perform split horizon", keep=Keep.NEGATIVE, carried=False),
    Line("ip pim dr-priority <priority:0-4294967295>", "PIM router DR priority", carried=False),
    Line("ip pim nbma-mode", "Use Non-Broadcast Multi-Access (NBMA) mode on interface",
         carried=False),
    Line("ip pim / (sparse-mode|dense-mode|sparse-dense-mode)", "PIM interface commands",
         carried=False),
    Line("ip nat (inside|outside) /", "NAT interface commands", carried=False),
    Line("ip nhrp authentication <string>", "Specify the authentication string",
         check=checks.nhrp_authentication_length),
    Line("ip nhrp map <destination:ip> / <nbma:ip>", "Map dest IP addresses to NBMA addresses"),
    Line("ip nhrp map multicast (dynamic|<nbma:ip>) /",
         "Use this NBMA mapping for all broadcasts/multicasts"),
    Line("ip nhrp map group <group> / service-policy output <policy>",
         "QoS parameters of an NHRP group", carried=False),
    Line("nhrp map group <group> / service-policy output <policy>",
         "QoS parameters of an NHRP group", carried=False),
    Line("ip nhrp group <group>", "Specify the NHRP group name", carried=False),
    Line("nhrp group <group>", "Specify the NHRP group name", carried=False),
    Line("ip nhrp network-id <id:1-4294967295>", "NBMA network identifier"),
    Line("ip nhrp holdtime <seconds:1-65535>", "Advertised holdtime",
         hidden=("ip nhrp holdtime 600",)),
    Line("ip nhrp nhs <nhs:ip> / [nbma (<nbma:ip>|<nbma:fqdn>)] [multicast]"
         " [priority <priority:0-255>] [cluster <cluster:0-10>]",
         "Specify a next hop server", wording=_nhs),
    Line("ip nhrp nhs dynamic nbma (<nbma:ip>|<nbma:fqdn>) / [multicast]"
         " [priority <priority:0-255>] [cluster <cluster:0-10>]",
         "Specify a next hop server that tells its address", wording=_nhs, carried=False),
    Line("ip nhrp nhs cluster <cluster:0-10> / max-connections <count:0-255>",
         "Maximum connections of an NHS cluster", carried=False),
    Line("ip nhrp nhs fallback <seconds:0-60>", "Fallback time", carried=False),
    Line("ip nhrp registration no-unique",
         "Do not set the unique flag in NHRP registration requests"),
    Line("ip nhrp registration timeout <seconds:1-65535>",
         "Time between periodic registration messages"),
    Line("ip nhrp max-send <packets:1-65535> every <seconds:10-65535>", "Rate limit NHRP traffic",
         hidden=("ip nhrp max-send 10000 every 10",), carried=False),
    Line("ip nhrp server-only / [non-caching]", "Disable NHRP requests", carried=False),
    Line("ip nhrp cache non-authoritative", "Allow cached answers", keep=Keep.NEGATIVE,
         carried=False),
    Line("ip nhrp redirect / [timeout <seconds:2-30>]", "Enable NHRP redirect traffic indication"),
    Line("ip nhrp shortcut", "Enable shortcut switching"),
    Line("ip summary-address eigrp <as:1-65535> <network:ip> <mask:mask> /",
         "Perform address summarization", carried=False),
    Line("ip summary-address rip <network:ip> <mask:mask> /", "Perform address summarization",
         carried=False),
    Line("ip virtual-reassembly (in|out) /", "Enable Virtual Fragment Reassembly", carried=False),
    Line("ip virtual-reassembly", "Enable Virtual Fragment Reassembly", carried=False),
    Line("ip verify unicast source reachable-via <line:line>", "Unicast RPF", carried=False),
    Line("ip tcp adjust-mss <bytes:500-1460>", "Adjust the mss of transit packets"),
    Line("ip policy route-map <map>", "Policy routing", carried=False),
    Line("ip ospf authentication / [message-digest|null]", "Enable authentication"),
    Line("ip ospf authentication-key / [<type:0-7>] <key>", "Authentication password (key)"),
    Line("ip ospf message-digest-key <id:1-255> / md5 [<type:0-7>] <key>",
         "Message digest password"),
    Line("ip ospf network / (point-to-point|point-to-multipoint)", "Network type"),
    Line("ip ospf network / (point-to-multipoint non-broadcast|broadcast|non-broadcast)",
         "Network type", carried=False),
    Line("ip ospf hello-interval <seconds:1-65535>", "Time between HELLO packets"),
    Line("ip ospf dead-interval <seconds:1-65535>",
         "Interval after which a neighbor is declared dead"),
    Line("ip ospf priority <priority:0-255>", "Router priority", hidden=("ip ospf priority 1",)),
    Line("ip ospf mtu-ignore", "Ignores the MTU in DBD packets"),
    Line("ip ospf cost <cost:1-65535>", "Interface cost"),
    Line("ip ospf <process:1-65535> / area (<area:0-4294967295>|<area:ip>)",
         "OSPF interface commands"),
    Line("load-interval <seconds:30-600>", "Load calculation delay for an interface"),
    Line("delay <tens:1-16777215>", "Specify interface throughput delay"),
    Line("shutdown", "Shutdown the selected interface"),
    Line("keepalive / [<seconds:0-32767>] [<retries:1-255>]", "Enable keepalive", carried=False),
    Line("cdp enable", "Enable CDP on interface", carried=False, keep=Keep.BOTH),
    Line("duplex / (auto|full|half)", "Configure duplex operation", hidden=("duplex",)),
    Line("speed / (auto|10|100|1000|10000)", "Configure speed operation"),
    Line("mpls label protocol / (ldp|tdp|both)", "Label protocol", carried=False),
    Line("mpls (ip|nhrp|bgp forwarding) /", "Configure MPLS interface parameters", carried=False),
    Line("negotiation auto", "Enable autonegotiation", keep=Keep.BOTH),
    Line("mop enabled", "Enable MOP for interface", keep=Keep.BOTH),
    Line("mop sysid", "Enable MOP Periodic Sysid", keep=Keep.BOTH),
    Line("if-state nhrp", "Interface state follows NHRP", carried=False),
    Line("bfd interval / <ms:50-9999> min_rx <rx:50-9999> multiplier <count:3-50>",
         "BFD interval", carried=False),
    Line("ipv6 address <address:ip6> link-local", "Link-local address", carried=False),
    Line("ipv6 address (<address:prefix6>|autoconfig|dhcp) [eui-64] [anycast] /", "IPv6 address",
         carried=False),
    Line("ipv6 enable", "Enable IPv6 on interface", carried=False),
    Line("ipv6 mtu <bytes:1280-9976>", "Set IPv6 MTU", carried=False),
    Line("ipv6 tcp adjust-mss <bytes:40-9976>", "Adjust the mss of transit packets", carried=False),
    Line("ipv6 redirects", "Enable sending of ICMP Redirect messages", keep=Keep.NEGATIVE,
         carried=False),
    Line("ipv6 nd (managed-config-flag|other-config-flag|suppress|ra suppress [all]) /",
         "Neighbor discovery", carried=False),
    Line("ipv6 dhcp (server|relay destination|client pd) <pool> /", "IPv6 DHCP", carried=False),
    Line("ipv6 policy route-map <map>", "Policy routing", carried=False),
    Line("ipv6 nhrp <line:line> /", "NHRP for IPv6", carried=False),
    Line("ipv6 ospf network / (point-to-point|point-to-multipoint|broadcast|non-broadcast)",
         "OSPFv3 network type", carried=False),
    Line("ipv6 ospf <process:1-65535> / area (<area:0-4294967295>|<area:ip>)", "OSPFv3",
         carried=False),
    Line("ospfv3 network / (point-to-point|point-to-multipoint|broadcast|non-broadcast)",
         "OSPFv3", carried=False),
    Line("ospfv3 <process:1-65535> (ipv4|ipv6) / area (<area:0-4294967295>|<area:ip>)", "OSPFv3",
         carried=False),
    Line("ntp broadcast / [client]", "NTP", carried=False),
    Line("standby <group:0-4095> <what:line> /", "HSRP interface configuration commands",
         carried=False),
    Line("service-policy (input|output) / <policy>", "Configure CPL Service Policy", carried=False),
    Line("tunnel source / (<interface:if>|<address:ip>|<address:ip6>)", "Source of tunnel packets",
         check=checks.tunnel_unique),
    Line("tunnel mode / (gre multipoint [ipv6]|gre ip|gre ipv6|ipsec ipv4|ipsec ipv6|ipip)",
         "Tunnel encapsulation method", hidden=("tunnel mode gre ip",),
         check=checks.tunnel_mode, then=checks.mode_changed, gone=checks.mode_changed),
    Line("tunnel destination / (<address:ip>|<address:ip6>|<host>|dynamic)",
         "Destination of tunnel", check=checks.tunnel_destination),
    Line("tunnel key <key:0-4294967295>", "Security or selector key", check=checks.tunnel_unique),
    Line("tunnel path-mtu-discovery / [age-timer (<minutes:10-30>|infinite)] [min-mtu"
         " <bytes:92-65535>]", "Enable path MTU discovery on tunnel"),
    Line("tunnel ttl <hops:1-255>", "Set time to live", hidden=("tunnel ttl 255",)),
    Line("tunnel bandwidth (transmit|receive) / <kbits:0-10000000>", "Set tunnel bandwidth"),
    Line("tunnel route-via <interface:if> / (mandatory|preferred)", "Tunnel route-via",
         carried=False),
    Line("tunnel vrf <vrf>", "Tunnel VRF Selection", check=checks.vrf_exists),
    Line("tunnel protection / ipsec profile <profile> [shared] [ikev2-profile <ikev2>]",
         "Enable tunnel protection", check=checks.protection),
    Line("crypto map <map> /", "Assign a Crypto Map", carried=False),
    Line("cdp tlv <what:line> /", "CDP", carried=False),
)  # fmt: skip

_TUNNEL_ONLY = ("tunnel ", "ip nhrp ", "nhrp ", "ipv6 nhrp ", "if-state ")
_PORT_ONLY = ("encapsulation ", "duplex ", "speed ", "negotiation ", "mop ")

INTERFACE = Mode(
    "interface",
    "config-if",
    tuple(line for line in LINES if not line.syntax.startswith(_TUNNEL_ONLY)),
)
TUNNEL = Mode(
    "tunnel-interface",
    "config-if",
    tuple(line for line in LINES if not line.syntax.startswith(_PORT_ONLY)),
)


def mode_of(args: dict[str, str]) -> str:
    """Return the mode of `interface NAME`."""
    return (TUNNEL if args["name"].startswith("Tunnel") else INTERFACE).name
