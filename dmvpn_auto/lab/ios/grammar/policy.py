"""Access lists, prefix lists, route maps, class and policy maps, NAT, tracking and SLA probes.

Definitions are harmless and kept; what would make packets behave by them is refused by a strict
node.
"""

from __future__ import annotations

from dmvpn_auto.lab.ios.checks import policy as checks
from dmvpn_auto.lab.ios.rules import Line, Mode, Sort

_ACTION = "(permit|deny)"
_STANDARD = "(any|host <address:ip>|<address:ip> [<wildcard:ip>])"
_ADDRESSES = "(any|host <address:ip>|<address:ip> <wildcard:ip>)"
_PORT = "[(eq|gt|lt|neq) <port:port> [<also:0-65535>]|range <low:port> <high:port>]"
_PROTOCOL = "(ip|tcp|udp|icmp|gre|esp|ahp|ospf|eigrp|igmp|pim|<protocol:0-255>)"
_EXTENDED = (
    f"{_ACTION} {_PROTOCOL} {_ADDRESSES} {_PORT} {_ADDRESSES} {_PORT}"
    " [established|echo|echo-reply|unreachable|ttl-exceeded|packet-too-big|time-exceeded]"
    " [log|log-input]"
)

STANDARD_ACL = Mode("standard-acl", "config-std-nacl", (
    Line(f"[<sequence:1-2147483647>] / {_ACTION} {_STANDARD} [log]", "Access list entry",
         rewrite=checks.acl_sequence, wording=checks.acl_wording, sort=Sort.VALUE),
    Line("remark <text:line> /", "Access list entry comment"),
    Line("<sequence:1-2147483647> /", purge=True),
))  # fmt: skip

EXTENDED_ACL = Mode("extended-acl", "config-ext-nacl", (
    Line(f"[<sequence:1-2147483647>] / {_EXTENDED}", "Access list entry",
         rewrite=checks.acl_sequence, wording=checks.acl_wording, sort=Sort.VALUE),
    Line("remark <text:line> /", "Access list entry comment"),
    Line("<sequence:1-2147483647> /", purge=True),
))  # fmt: skip

ACL6 = Mode("ipv6-acl", "config-ipv6-acl", (
    Line(f"sequence <sequence:1-4294967295> / {_ACTION} <rule:line>", "Access list entry"),
    Line(f"{_ACTION} <rule:line> /", "Access list entry"),
))  # fmt: skip

ROUTE_MAP = Mode("route-map", "config-route-map", (
    Line("description <text:line>", "Route-map comment"),
    Line("match ip address prefix-list / {<list>}", "Match entries of prefix-lists"),
    Line("match (ip|ipv6) address / {<list>}", "Match address of route or match packet"),
    Line("match ip next-hop / [prefix-list] {<list>}", "Match next-hop address of route"),
    Line("match as-path / {<list:1-500>}", "Match BGP AS path list"),
    Line("match community / {<list>}", "Match BGP community list"),
    Line("match interface / {<interface:if>}", "Match first hop interface of route"),
    Line("match tag / {<tag:0-4294967295>}", "Match tag of route"),
    Line("match source-protocol <protocol:line>", "Match source-protocol of route"),
    Line("set as-path prepend <path:line>", "Prepend to the as-path"),
    Line("set community / {<community>}", "BGP community attribute"),
    Line("set ip next-hop verify-availability <hop:ip> <sequence:1-65535> / [track"
         " <track:1-1000>]", "Next hop address"),
    Line("set ip next-hop / (self|peer-address|recursive <address:ip>|{<address:ip>})",
         "Next hop address"),
    Line("set ip default next-hop / {<address:ip>}", "Default next hop address"),
    Line("set ipv6 next-hop / {<address:ip6>}", "Next hop address"),
    Line("set interface / {<interface:if>}", "Output interface"),
    Line("set local-preference <preference:0-4294967295>", "BGP local preference path attribute"),
    Line("set metric <metric:line>", "Metric value for destination routing protocol"),
    Line("set metric-type / (type-1|type-2|internal|external)", "Type of metric"),
    Line("set origin / (igp|incomplete)", "BGP origin code"),
    Line("set tag <tag:0-4294967295>", "Tag value for destination routing protocol"),
    Line("set weight <weight:0-65535>", "BGP weight for routing table"),
    Line("continue / [<sequence:1-65535>]", "Continue on a different entry"),
))  # fmt: skip

CLASS_MAP = Mode("class-map", "config-cmap", (
    Line("description <text:line>", "Class-Map description"),
    Line("match [not] (any|access-group (<list:1-2799>|name <list>)|dscp {<dscp>}|ip dscp"
         " {<dscp>}|precedence {<precedence>}|protocol <protocol>|qos-group <group:0-99>) /",
         "classification criteria"),
))  # fmt: skip

_POLICE = "police (cir <rate:8000-100000000000>|<rate:8000-100000000000>) [<burst>]"
POLICY_CLASS = Mode("policy-class", "config-pmap-c", (
    Line("priority / [percent <percent:1-100>|level <level:1-2>|<kbits:8-100000000>]",
         "Strict Scheduling Priority"),
    Line("bandwidth / (percent <percent:1-100>|remaining (percent <percent:1-100>|ratio"
         " <ratio:1-65535>)|<kbits:8-100000000>)", "Bandwidth"),
    Line("shape / (average|peak) <rate>", "Traffic Shaping"),
    Line(f"{_POLICE} [conform-action <conform>] [exceed-action <exceed>]", "Police"),
    Line("queue-limit <packets:1-8192000> [packets]", "Queue Max Threshold for Tail Drop"),
    Line("fair-queue", "Enable Flow-based Fair Queuing in this Class"),
    Line("random-detect / [dscp-based|precedence-based]",
         "Enable Random Early Detection as drop policy"),
    Line("set (dscp|ip dscp|precedence) / <value>", "Set QoS values"),
    Line("service-policy <policy>", "Configure QoS Service Policy"),
))  # fmt: skip
POLICY_MAP = Mode("policy-map", "config-pmap", (
    Line("description <text:line>", "Policy-Map description"),
    Line("class <class>", "policy criteria", opens="policy-class"),
))  # fmt: skip

TRACK = Mode("track", "config-track", (
    Line("object <object:1-1000> / [not]", "Specify an object to be tracked"),
    Line("delay / [down <down:1-180>] [up <up:1-180>]", "Tracking delay"),
    Line("default-state (up|down) /", "Default state"),
))  # fmt: skip

SLA = Mode("sla", "config-ip-sla-echo", (
    Line("icmp-echo / (<target:ip>|<host>) [source-ip <source:ip>|source-interface"
         " <interface:if>]", "ICMP Echo Operation"),
    Line("icmp-jitter / <target:ip> [source-ip <source:ip>] [num-packets <count:1-60000>]"
         " [interval <ms:4-60000>]", "ICMP Jitter Operation"),
    Line("threshold <ms:0-60000>", "Operation threshold in milliseconds"),
    Line("timeout <ms:0-604800000>", "Timeout of an operation"),
    Line("tag <tag>", "User defined tag"),
    Line("frequency <seconds:1-604800>", "Frequency of an operation"),
))  # fmt: skip

DHCP = Mode("dhcp", "dhcp-config", (
    Line("import all", "Import into DHCP database"),
    Line("network <network:ip> / [<mask:mask>]", "Network number and mask"),
    Line("default-router / {<address:ip>}", "Default routers", pad=" "),
    Line("dns-server / {<address:ip>}", "DNS servers", pad=" "),
    Line("domain-name <domain>", "Domain name"),
    Line("lease / (infinite|<days:0-365> [<hours:0-23>] [<minutes:0-59>])", "Address lease time"),
    Line("update arp", "Update ARP"),
    Line("option <code:0-254> / (ip|ascii|hex) <value:line>", "Raw DHCP options"),
))  # fmt: skip
DHCP6 = Mode("dhcp6", "config-dhcpv6", (
    Line("address prefix <prefix:prefix6> / [lifetime <lifetime:line>]", "IPv6 address allocation"),
    Line("dns-server <address:ip6> /", "DNS servers"),
    Line("domain-name <domain>", "Domain name"),
))  # fmt: skip

KEY = Mode("key", "config-keychain-key", (
    Line("key-string / [0|7] <string>", "Set key string"),
    Line("cryptographic-algorithm <algorithm>", "Set cryptographic authentication algorithm"),
    Line("accept-lifetime <lifetime:line>", "Set accept lifetime of key"),
    Line("send-lifetime <lifetime:line>", "Set send lifetime of key"),
))  # fmt: skip
KEY_CHAIN = Mode("key-chain", "config-keychain", (
    Line("key <number:0-2147483647>", "Configure a key", opens="key"),
    Line("description <text:line>", "Description"),
))  # fmt: skip

EARLY = (
    Line("ip dhcp excluded-address <low:ip> [<high:ip>] /",
         "Prevent DHCP from assigning certain addresses", block="dhcp", carried=False),
    Line("ip dhcp pool <name:line>", "Configure DHCP address pools", opens="dhcp", carried=False),
    Line("ip dhcp ping (packets|timeout) / <value:0-10000>", "DHCP ping parameters",
         block="dhcp", carried=False),
    Line("ipv6 dhcp pool <name>", "Configure IPv6 DHCP pool", opens="dhcp6", carried=False),
    Line("key chain <name>", "Key-chain management", opens="key-chain"),
)  # fmt: skip
MIDDLE = (
    Line("track <number:1-1000> / (ip sla <sla> [reachability|state]|list boolean (and|or)"
         "|interface <interface:if> (line-protocol|ip routing)|ip route <network:ip> <mask:mask>"
         " reachability)",
         "Object tracking configuration commands", opens="track", sort=Sort.VALUE, carried=False),
    Line("class-map (match-all|match-any) <name> /", "Configure CPL Class Map", opens="class-map"),
    Line("policy-map <name>", "Configure Policy Map", opens="policy-map"),
)  # fmt: skip
_SEQ = f"[seq <sequence:1-4294967294>] / {_ACTION}"
LATE = (
    Line("ip nat translation <what:line> /", "NAT", block="nat", carried=False),
    Line("ip nat pool <name> / <low:ip> <high:ip> (netmask <mask:mask>|prefix-length"
         " <length:1-32>)", "NAT pool", block="nat", carried=False),
    Line("ip nat (inside|outside) source <what:line> /", "NAT", block="nat", carried=False),
    Line("ip local policy route-map <map>", "Policy routing of local packets", block="nat",
         carried=False),
    Line("ip sla <number:1-2147483647>", "IP Service Level Agreement", opens="sla", carried=False),
    Line("ip sla schedule <number:1-2147483647> / <when:line>", "SLA schedule", block="sla",
         carried=False),
    Line("ip sla (auto discovery|responder|enable reaction-alerts) /", "SLA", block="sla",
         carried=False),
    Line("ip as-path access-list <number:1-500> (permit|deny) <regexp:line> /",
         "BGP as-path list", block="aspath"),
    Line("ip community-list (standard|expanded|<number:1-500>) <what:line> /",
         "BGP community list", block="community"),
    Line("ip access-list standard <name>", "Named access list", opens="standard-acl"),
    Line("ip access-list extended <name>", "Named access list", opens="extended-acl"),
    Line(f"ip prefix-list <name> {_SEQ} <prefix:prefix> [ge <ge:1-32>] [le <le:1-32>]",
         "Build a prefix list", block="prefix", check=checks.prefix_bounds,
         rewrite=checks.prefix_sequence, group="name"),
    Line("ip prefix-list <name> description <text:line> /", "Prefix-list specific description",
         block="prefix", group="name"),
    Line("ip prefix-list <name> /", purge=True),
    Line(f"access-list <number:1-99> {_ACTION} {_STANDARD} [log] /", "Add an access list entry",
         block="acl", wording=checks.acl_wording),
    Line(f"access-list <number:100-199> {_EXTENDED} /", "Add an access list entry", block="acl",
         wording=checks.acl_wording),
    Line("access-list <number:1-199> remark <text:line> /", "Access list entry comment",
         block="acl"),
    Line("access-list <number:1-199> /", purge=True),
    Line(f"route-map <name> [{_ACTION}] [<sequence:0-65535>] /",
         "Create route-map or enter route-map command mode", opens="route-map",
         rewrite=checks.route_map_sequence, group="name"),
    Line("route-map <name> /", purge=True),
)  # fmt: skip
LATE6 = (
    Line(f"ipv6 prefix-list <name> {_SEQ} <prefix:prefix6> [ge <ge:0-128>] [le <le:0-128>]",
         "Build a prefix list", block="prefix6", carried=False),
    Line("ipv6 access-list <name>", "Configure access lists", opens="ipv6-acl", carried=False),
)  # fmt: skip

MODES = (
    STANDARD_ACL, EXTENDED_ACL, ACL6, ROUTE_MAP, CLASS_MAP, POLICY_CLASS, POLICY_MAP,
    TRACK, SLA, DHCP, DHCP6, KEY, KEY_CHAIN,
)  # fmt: skip
