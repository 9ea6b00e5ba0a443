"""Static routes, OSPF, EIGRP (classic and named), RIP and ODR.

The dataplane carries static routes and OSPF in the global table; the other protocols are read in
full and refused by a strict node.
"""

from __future__ import annotations

from dmvpn_auto.lab.ios.checks import routing as checks
from dmvpn_auto.lab.ios.checks.words import family_unicast
from dmvpn_auto.lab.ios.rules import Keep, Line, Mode, Sort

_AREA = "(<area:0-4294967295>|<area:ip>)"
_REDISTRIBUTE = (
    "redistribute (connected|static|rip|(eigrp|ospf|bgp|ospfv3) <process:1-4294967295>) /"
    " [metric <metric:0-4294967295> [<delay:0-4294967295> <reliability:0-255> <load:1-255>"
    " <mtu:1-65535>]] [subnets] [metric-type (1|2)]"
    " [match {(internal|external [1|2]|nssa-external [1|2])}] [route-map <map>]"
)
_PASSIVE = (
    Line("passive-interface default", "Suppress routing updates on all interfaces"),
    Line(
        "passive-interface <interface:if> /",
        "Suppress routing updates on an interface",
        keep=Keep.BOTH,
    ),
)

OSPF = Mode("ospf", "config-router", (
    Line("router-id <id:ip>", "router-id for this OSPF process"),
    Line("ispf", "Enable incremental SPF computation"),
    Line("capability vrf-lite", "Do not perform PE specific checks", carried=False),
    Line("log-adjacency-changes / [detail]", "Log changes in adjacency state",
         hidden=("log-adjacency-changes",)),
    Line("auto-cost reference-bandwidth <mbits:1-4294967>", "Use reference bandwidth method"),
    Line(f"area {_AREA} authentication / [message-digest]", "Enable authentication"),
    Line(f"area {_AREA} (stub|nssa) / [no-summary]", "Specify a stub or NSSA area"),
    Line(f"area {_AREA} nssa / [no-summary] (no-redistribution [default-information-originate]"
         "|default-information-originate) [no-summary]", "Specify a NSSA area", carried=False),
    Line(f"area {_AREA} range <network:ip> <mask:mask> / [not-advertise] [advertise]",
         "Summarize routes"),
    Line(f"area {_AREA} default-cost / <cost:0-16777215>", "Summary default-cost"),
    Line(f"area {_AREA} filter-list prefix <list> (in|out) /",
         "Filter networks between OSPF areas"),
    Line("summary-address <network:ip> <mask:mask> / [not-advertise]",
         "Configure IP address summaries"),
    Line("redistribute (connected|static|bgp <process:1-4294967295>) / [metric"
         " <metric:0-16777214>] [subnets] [metric-type (1|2)] [route-map <map>]",
         "Redistribute information from another routing protocol"),
    Line("redistribute (rip|(eigrp|ospf|ospfv3) <process:1-4294967295>) / [metric"
         " <metric:0-16777214>] [subnets] [metric-type (1|2)]"
         " [match {(internal|external [1|2]|nssa-external [1|2])}] [route-map <map>]",
         "Redistribute information from another routing protocol", carried=False),
    *_PASSIVE,
    Line(f"network <network:ip> <wildcard:ip> / area {_AREA}", "Enable routing on an IP network",
         sort=Sort.VALUE),
    Line("neighbor <neighbor:ip> / [priority <priority:0-255>] [cost <cost:1-65535>]"
         " [database-filter all out]", "Specify a neighbor router", carried=False),
    Line("default-information originate / [always] [metric <metric:0-16777214>] [metric-type"
         " (1|2)] [route-map <map>]", "Distribute a default route"),
    Line("default-metric <metric:1-16777214>", "Set metric of redistributed routes"),
    Line("distribute-list <list:line> /", "Filter networks in routing updates", carried=False),
    Line("distance <distance:line>", "Define an administrative distance"),
    Line("maximum-paths <paths:1-32>", "Forward packets over multiple paths"),
    Line("timers throttle spf / <start:1-600000> <hold:1-600000> <maximum:1-600000>", "Timers"),
    Line("bfd all-interfaces", "Enable BFD on all interfaces", carried=False),
))  # fmt: skip

_STUB = "eigrp stub / [{(connected|summary|static|redistributed|receive-only|leak-map <map>)}]"

AF_INTERFACE = Mode("eigrp-interface", "config-router-af-interface", (
    Line("summary-address (<network:ip> <mask:mask>|<network:prefix6>|<network:prefix>) /",
         "Perform address summarization"),
    Line("authentication mode / (md5|hmac-sha-256 [0|7] <key>)", "authentication mode"),
    Line("authentication key-chain <chain>", "authentication key-chain"),
    Line("bandwidth-percent <percent:1-999999>", "Set percentage of bandwidth percentage limit"),
    Line("hello-interval <seconds:1-65535>", "Configures hello interval"),
    Line("hold-time <seconds:1-65535>", "Configures hold time"),
    Line("next-hop-self / [no-ecmp-mode]", "Configures EIGRP next-hop-self", keep=Keep.NEGATIVE),
    Line("passive-interface", "Suppress address updates on an interface", keep=Keep.BOTH),
    Line("split-horizon", "Perform split horizon", keep=Keep.BOTH),
    Line("shutdown", "Disable Address-Family on interface"),
    Line("bfd", "Enable Bidirectional Forwarding Detection"),
), exits=("exit", "exit-af-interface"))  # fmt: skip

TOPOLOGY = Mode("eigrp-topology", "config-router-af-topology", (
    Line("auto-summary", "Enable automatic network number summarization"),
    Line("default-metric <metric:line>", "Set metric of redistributed routes"),
    Line("distribute-list <list:line> /", "Filter entries in eigrp updates"),
    Line("maximum-paths <paths:1-32>", "Forward packets over multiple paths"),
    Line("variance <factor:1-128>", "Control load balancing variance"),
    Line("timers active-time <minutes:1-65535>", "Adjust EIGRP Active timer"),
    Line(_REDISTRIBUTE, "Redistribute information"),
), exits=("exit", "exit-af-topology"))  # fmt: skip

EIGRP_FAMILY = Mode("eigrp-family", "config-router-af", (
    Line("shutdown", "Shutdown address family"),
    Line("af-interface (default|<interface:if>) /", "Enter Address Family interface configuration",
         opens="eigrp-interface", before=" !", after="exit-af-interface"),
    Line("topology base", "Topology configuration mode", opens="eigrp-topology", before=" !",
         after="exit-af-topology"),
    Line("network <network:ip> [<wildcard:ip>] /", "Enable routing on an IP network"),
    Line("neighbor <neighbor:ip> <interface:if> /", "Specify an IPv4 neighbor router"),
    Line(_STUB, "Set address-family in stubbed mode"),
    Line("eigrp router-id <id:ip>", "router id for this EIGRP process"),
    Line("eigrp log-neighbor-changes", "Log adjacency changes", keep=Keep.NEGATIVE),
    Line("metric rib-scale <scale:1-255>", "RIB scaling"),
), exits=("exit", "exit-address-family"))  # fmt: skip

EIGRP = Mode("eigrp", "config-router", (
    Line("address-family (ipv4|ipv6) [unicast] [vrf <vrf>] autonomous-system <as:1-65535> /",
         "Enter Address Family command mode", opens="eigrp-family", before="!",
         after="exit-address-family", rewrite=family_unicast),
    Line("shutdown", "Shutdown this instance of EIGRP"),
    Line("bfd all-interfaces", "Enable BFD"),
    Line("variance <factor:1-128>", "Control load balancing variance"),
    Line("distribute-list <list:line> /", "Filter entries in eigrp updates"),
    Line("default-metric <metric:line>", "Set metric of redistributed routes"),
    Line("metric weights <weights:line>", "Modify metrics and parameters"),
    Line("maximum-paths <paths:1-32>", "Forward packets over multiple paths"),
    Line("network <network:ip> [<wildcard:ip>] /", "Enable routing on an IP network"),
    Line(_REDISTRIBUTE, "Redistribute IPv4 routes from another routing protocol"),
    Line("summary-metric <metric:line> /", "Specify summary to apply metric"),
    *_PASSIVE,
    Line("auto-summary", "Enable automatic network number summarization",
         hidden=("no auto-summary",), keep=Keep.BOTH),
    Line("neighbor <neighbor:ip> <interface:if> /", "Specify a neighbor router"),
    Line(_STUB, "Set IP-EIGRP as stubbed router"),
    Line("eigrp router-id <id:ip>", "router id for this EIGRP process"),
    Line("eigrp log-neighbor-changes", "Log adjacency changes", keep=Keep.NEGATIVE),
))  # fmt: skip

RIP = Mode("rip", "config-router", (
    Line("version (1|2) /", "Set routing protocol version"),
    Line("timers basic / <update:0-4294967295> <invalid:1-4294967295> <holddown:0-4294967295>"
         " <flush:1-4294967295>", "Basic routing protocol update timers"),
    Line(_REDISTRIBUTE, "Redistribute information"),
    *_PASSIVE,
    Line("network <network:ip> /", "Enable routing on an IP network", sort=Sort.VALUE),
    Line("default-information originate", "Distribute a default route"),
    Line("auto-summary", "Enable automatic network number summarization", keep=Keep.NEGATIVE),
    Line("address-family ipv4 vrf <vrf>", "Enter Address Family command mode", opens="rip-family",
         before="!", after="exit-address-family", carried=False),
))  # fmt: skip

RIP_FAMILY = Mode("rip-family", "config-router-af", (
    Line(_REDISTRIBUTE, "Redistribute information"),
    *_PASSIVE,
    Line("network <network:ip> /", "Enable routing on an IP network", sort=Sort.VALUE),
    Line("default-information originate", "Distribute a default route"),
    Line("auto-summary", "Enable automatic network number summarization", keep=Keep.NEGATIVE),
    Line("version (1|2) /", "Set routing protocol version"),
), exits=("exit", "exit-address-family"))  # fmt: skip

ODR = Mode("odr", "config-router", (
    Line("network <network:ip> /", "Enable routing on an IP network"),
    Line("timers basic / <update:line>", "Timers"),
))  # fmt: skip

OSPF6_FAMILY = Mode("ospfv3-family", "config-router-af", (
    *_PASSIVE,
    Line("capability vrf-lite", "Do not perform PE specific checks"),
    Line("router-id <id:ip>", "router-id"),
    Line(f"area {_AREA} (stub|nssa) / [no-summary]", "Specify a stub area"),
    Line("default-information originate / [always] [metric <metric:0-16777214>]",
         "Distribute a default route"),
    Line(_REDISTRIBUTE, "Redistribute information"),
), exits=("exit", "exit-address-family"))  # fmt: skip

OSPF6 = Mode("ospfv3", "config-router", (
    Line("router-id <id:ip>", "router-id for this OSPFv3 process"),
    Line(f"area {_AREA} (stub|nssa) / [no-summary]", "Specify a stub area"),
    Line(f"area {_AREA} filter-list prefix <list> (in|out) /",
         "Filter networks between OSPF areas"),
    Line(f"area {_AREA} range <prefix:prefix6> /", "Summarize routes"),
    Line("default-information originate / [always] [metric <metric:0-16777214>]",
         "Distribute a default route"),
    *_PASSIVE,
    Line(_REDISTRIBUTE, "Redistribute information"),
    Line("address-family (ipv4|ipv6) [unicast] [vrf <vrf>] /", "Enter Address Family command mode",
         opens="ospfv3-family", before="!", after="exit-address-family", rewrite=family_unicast),
))  # fmt: skip

_OPTIONS = (
    "[<distance:1-255>] [name <name>] [tag <tag:1-4294967295>] [track <track:1-1000>] [permanent]"
)

ROUTERS = (
    Line("router eigrp (<as:1-65535>|<name>) /",
         "Enhanced Interior Gateway Routing Protocol (EIGRP)", opens="eigrp", carried=False),
    Line("router ospf <process:1-65535>", "Open Shortest Path First (OSPF)", opens="ospf",
         check=checks.one_ospf),
    Line("router ospf <process:1-65535> vrf <vrf>", "Open Shortest Path First (OSPF)",
         opens="ospf", carried=False),
    Line("router ospfv3 <process:1-65535>", "OSPFv3", opens="ospfv3", carried=False),
    Line("router rip", "Routing Information Protocol (RIP)", opens="rip", carried=False),
    Line("router odr", "On Demand stub Routes (ODR)", opens="odr", carried=False),
)  # fmt: skip

STATIC = (
    Line(f"ip route vrf <vrf> <network:ip> <mask:mask> (<interface:if>"
         f" [<gateway:ip>]|<gateway:ip> [global]) / {_OPTIONS}", "Establish static routes",
         sort=Sort.VALUE, block="routes", check=checks.route_fits),
    Line(f"ip route <network:ip> <mask:mask> (<interface:if> [<gateway:ip>]|<gateway:ip>|dhcp)"
         f" / {_OPTIONS}", "Establish static routes", sort=Sort.VALUE, block="routes",
         check=checks.route_fits),
)  # fmt: skip

IPV6 = (
    Line(f"ipv6 route vrf <vrf> <prefix:prefix6> (<interface:if> [<gateway:ip6>]|<gateway:ip6>)"
         f" / {_OPTIONS}", "Establish static routes", sort=Sort.VALUE, block="ipv6", carried=False),
    Line(f"ipv6 route <prefix:prefix6> (<interface:if> [<gateway:ip6>]|<gateway:ip6>) / {_OPTIONS}",
         "Establish static routes", sort=Sort.VALUE, block="ipv6", carried=False),
    Line("ipv6 router ospf <process:1-65535>", "OSPFv3", opens="ospfv3", carried=False),
    Line("ipv6 router eigrp <as:1-65535>", "EIGRP for IPv6", opens="eigrp", carried=False),
)  # fmt: skip

MODES = (
    OSPF,
    AF_INTERFACE,
    TOPOLOGY,
    EIGRP_FAMILY,
    EIGRP,
    RIP,
    RIP_FAMILY,
    ODR,
    OSPF6_FAMILY,
    OSPF6,
)
