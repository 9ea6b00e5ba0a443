"""What `?` says beside words that several commands share; by keyword path, or by the word alone."""

from __future__ import annotations

from dmvpn_auto.lab.show import WORD_HELP

WORDS: dict[str, str] = {
    "aaa": "Authentication, Authorization and Accounting.",
    "address-family": "Enter Address Family command mode",
    "archive": "Archive the configuration",
    "area": "OSPF area parameters",
    "authentication": "Set authentication method",
    "banner": "Define a login banner",
    "bgp": "BGP specific commands",
    "boot": "Modify system boot parameters",
    "clear": "Reset functions",
    "clear crypto": "Encryption subsystem",
    "clear ip": "IP",
    "clock": "Configure time-of-day clock",
    "copy": "Copy from one file to another",
    "crypto": "Encryption module",
    "crypto ikev2": "Configure IKEv2 Options",
    "crypto ipsec": "Configure IPSEC policy",
    "crypto isakmp": "Configure ISAKMP policy",
    "crypto pki": "Public Key components",
    "enable": "Modify enable password parameters",
    "ip": "Internet Protocol config commands",
    "ip access-list": "Named access-list",
    "ip http": "HTTP server configuration",
    "ip nhrp": "NHRP interface subcommands",
    "ip nhrp map": "Map dest IP addresses to NBMA addresses",
    "ip nhrp registration": "Settings for registration packets",
    "ip ospf": "OSPF interface commands",
    "ip ssh": "Configure ssh options",
    "ip tcp": "TCP interface commands",
    "ipv6": "IPv6 configuration commands",
    "keyring": "Specify keyring",
    "line": "Configure a terminal line",
    "logging": "Modify message logging facilities",
    "match": "Match values of",
    "match identity": "Match identity",
    "match identity remote": "Match remote identity",
    "neighbor": "Specify a neighbor router",
    "ntp": "Configure NTP",
    "router": "Enable a routing process",
    "service": "Modify use of network based services",
    "set": "Set values",
    "set security-association": "Security association parameters",
    "show": "Show running system information",
    "show crypto": "Encryption module",
    "show ip": "IP information",
    "terminal": "Set terminal line parameters",
    "tunnel": "protocol-over-protocol tunneling",
    "tunnel protection": "Enable tunnel protection",
    "tunnel protection ipsec": "Use IPSec to protect this tunnel interface",
    "tunnel source": "Source of tunnel packets",
    "vrf": "VPN Routing/Forwarding parameters",
    "ping": "Send echo messages",
    "ping vrf": "Select VPN routing instance",
    "traceroute": "Trace route to destination",
    "write": "Write running configuration to memory, network, or terminal",
    "write memory": "Write to NV memory",
    "source": "Specify source address or name",
    "repeat": "Specify repeat count",
    "size": "Specify datagram size",
    "timeout": "Specify timeout interval",
    "df-bit": "Enable do not fragment bit in IP header",
    "numeric": "Display numeric address",
    "probe": "Specify number of probes per hop",
    "ttl": "Specify minimum and maximum ttl",
    "multicast": "Use this NBMA mapping for all broadcasts/multicasts",
    "dynamic": "Dynamically learn destinations from client registrations on hub",
    "nbma": "NBMA address or FQDN",
    "priority": "Priority",
    "cluster": "Cluster",
    "secondary": "Make this IP address a secondary address",
    "shared": "Use shared socket",
    "any": "Match any",
    "<address>": "IP address",
    "<mask>": "IP subnet mask",
    "<nbma>": "IP NBMA address",
    "<target>": "Ping destination address or hostname",
    "<text>": "Up to 240 characters describing this",
    "<name>": "Name",
    "<gateway>": "Forwarding router's address",
    "<network>": "Destination prefix",
    "<as>": "Autonomous system number",
    "<key>": "The UNENCRYPTED (cleartext) key",
    "<secret>": "The UNENCRYPTED (cleartext) secret",
    "<seconds>": "Seconds",
    "<bytes>": "Bytes",
}


def _from_layouts() -> dict[str, str]:
    """Add the help of the show layouts, whose paths name their arguments."""
    return {
        " ".join(w for w in path if not w.startswith("<")): text
        for path, text in WORD_HELP.items()
        if not path[-1].startswith("<")
    }


WORDS = {**_from_layouts(), **WORDS}
