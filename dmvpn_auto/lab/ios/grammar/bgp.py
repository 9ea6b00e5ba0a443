"""BGP, in the two forms that IOS prints.

As long as no `address-family` was entered, IPv4 lines stand right under `router bgp`. From the
first `address-family ipv4` on, they stand there, with an explicit `activate` per neighbor.
"""

from __future__ import annotations

from dmvpn_auto.lab.ios.checks import routing as checks
from dmvpn_auto.lab.ios.checks.words import family_name
from dmvpn_auto.lab.ios.rules import Keep, Line, Mode, Sort

_PEER = "neighbor (<peer:ip>|<peer:ip6>|<peer>)"
_AS = "<as:1-4294967295>"

_SESSION = (
    Line(f"{_PEER} peer-group /", "Configure peer-group", group="peer",
         gone=checks.neighbor_removed),
    Line(f"{_PEER} remote-as / {_AS} [alternate-as {{<alternate:1-4294967295>}}]",
         "Specify a BGP neighbor", group="peer", then=checks.neighbor_activated,
         gone=checks.neighbor_removed),
    Line(f"{_PEER} peer-group / <of>", "Member of the peer-group", group="peer",
         check=checks.peer_group_exists, then=checks.neighbor_activated),
    Line(f"{_PEER} local-as / {_AS} [no-prepend] [replace-as]", "Specify a local-as number",
         group="peer", check=checks.neighbor_exists),
    Line(f"{_PEER} description / <text:line>", "Neighbor specific description", group="peer",
         check=checks.neighbor_exists),
    Line(f"{_PEER} shutdown /", "Administratively shut down this neighbor", group="peer",
         check=checks.neighbor_exists),
    Line(f"{_PEER} password / [0|7] <password>", "Set a password", group="peer",
         check=checks.neighbor_exists),
    Line(f"{_PEER} ebgp-multihop / [<hops:1-255>]",
         "Allow EBGP neighbors not on directly connected networks", group="peer",
         check=checks.neighbor_exists),
    Line(f"{_PEER} disable-connected-check /", "one-hop away EBGP peer using loopback address",
         group="peer", check=checks.neighbor_exists),
    Line(f"{_PEER} update-source / <interface:if>", "Source of routing updates", group="peer",
         check=checks.neighbor_exists),
    Line(f"{_PEER} timers / <keepalive:0-65535> <hold:0-65535> [<minimum:0-65535>]",
         "BGP per neighbor timers", group="peer", check=checks.neighbor_exists),
    Line(f"{_PEER} fall-over / [bfd] [route-map <map>]", "session fall on peer route lost",
         group="peer", check=checks.neighbor_exists, carried=False),
    Line(f"{_PEER} transport / (connection-mode (active|passive)|path-mtu-discovery)",
         "Transport options", group="peer", check=checks.neighbor_exists, carried=False),
)  # fmt: skip

_FAMILY_NEIGHBOR = (
    Line(f"{_PEER} activate /", "Enable the Address Family for this Neighbor", group="peer",
         keep=Keep.BOTH, check=checks.neighbor_exists, family=True),
    Line(f"{_PEER} send-community / [both|extended|standard]",
         "Send Community attribute to this neighbor", group="peer", check=checks.neighbor_exists,
         family=True),
    Line(f"{_PEER} weight / <weight:0-65535>", "Set default weight", group="peer",
         check=checks.neighbor_exists, family=True),
    Line(f"{_PEER} advertise additional-paths / <what:line>", "Additional paths", group="peer",
         check=checks.neighbor_exists, family=True, carried=False),
    Line(f"{_PEER} route-reflector-client /", "Configure a neighbor as Route Reflector client",
         group="peer", check=checks.neighbor_exists, family=True),
    Line(f"{_PEER} next-hop-self / [all]", "Disable the next hop calculation for this neighbor",
         group="peer", check=checks.neighbor_exists, family=True),
    Line(f"{_PEER} next-hop-unchanged / [allpaths]", "Propagate next hop unchanged", group="peer",
         check=checks.neighbor_exists, family=True),
    Line(f"{_PEER} as-override /", "Override matching AS-number while sending update", group="peer",
         check=checks.neighbor_exists, family=True),
    Line(f"{_PEER} allowas-in / [<count:1-10>]", "Accept as-path with my AS present in it",
         group="peer", check=checks.neighbor_exists, family=True),
    Line(f"{_PEER} default-originate / [route-map <map>]",
         "Originate default route to this neighbor", group="peer", check=checks.neighbor_exists,
         family=True),
    Line(f"{_PEER} soft-reconfiguration inbound /", "Per neighbor soft reconfiguration",
         group="peer", check=checks.neighbor_exists, family=True),
    Line(f"{_PEER} maximum-prefix / <count:1-2147483647> [<percent:1-100>]"
         f" [warning-only|restart <minutes:1-65535>]", "Maximum number of prefixes accepted",
         group="peer", check=checks.neighbor_exists, family=True),
    Line(f"{_PEER} remove-private-as / [all]", "Remove private AS number", group="peer",
         check=checks.neighbor_exists, family=True),
    Line(f"{_PEER} distribute-list <list> (in|out) /", "Filter updates", group="peer",
         check=checks.neighbor_exists, family=True),
    Line(f"{_PEER} prefix-list <list> (in|out) /", "Filter updates", group="peer",
         check=checks.neighbor_exists, family=True),
    Line(f"{_PEER} route-map <map> (in|out) /", "Apply route map to neighbor", group="peer",
         check=checks.neighbor_exists, family=True),
    Line(f"{_PEER} inherit peer-policy / <policy>", "Inherit a template", group="peer",
         check=checks.neighbor_exists, family=True, carried=False),
    Line(f"{_PEER} filter-list <list> (in|out) /", "Establish BGP filters", group="peer",
         check=checks.neighbor_exists, family=True),
)  # fmt: skip

_FAMILY = (
    Line("bgp redistribute-internal", "Allow redistribution of iBGP into IGPs", carried=False,
         family=True),
    Line("network (<network:ip>|<network:prefix6>) [mask <mask:mask>] / [route-map <map>]"
         " [backdoor]", "Specify a network to announce via BGP", rewrite=checks.classful_network,
         family=True, sort=Sort.VALUE),
    Line("aggregate-address (<network:ip> <mask:mask>|<network:prefix6>) / [as-set] [summary-only]",
         "Configure BGP aggregate entries", family=True, sort=Sort.VALUE),
    Line("redistribute (connected|static|rip) / [metric <metric:0-4294967295>] [route-map <map>]",
         "Redistribute information from another routing protocol", family=True),
    Line("redistribute (eigrp|ospf|bgp) <process:1-65535> / [metric <metric:0-4294967295>]"
         " [match {(internal|external [1|2]|nssa-external [1|2])}] [route-map <map>]",
         "Redistribute information from another routing protocol", family=True, carried=False),
    Line("timers bgp / <keepalive:0-65535> <hold:0-65535>", "Adjust routing timers",
         hidden=("timers bgp 60 180",), family=False),
    Line("default-information originate", "Distribute a default route", family=True, carried=False),
)  # fmt: skip

_FAMILY_END = (
    Line("maximum-paths <paths:1-32>", "Forward packets over multiple paths", family=True,
         hidden=("maximum-paths 1",)),
    Line("maximum-paths ibgp <paths:1-32>", "iBGP-multipath", family=True),
    Line("distance bgp / <external:1-255> <internal:1-255> <local:1-255>",
         "Define an administrative distance", family=True),
    Line("auto-summary", "Enable automatic network number summarization", family=True,
         hidden=("no auto-summary",), keep=Keep.NEGATIVE),
    Line("synchronization", "Perform IGP synchronization", family=True,
         hidden=("no synchronization",), keep=Keep.NEGATIVE),
)  # fmt: skip

_GONE = Line(f"{_PEER} /", purge=True, gone=checks.neighbor_removed)

TEMPLATE_POLICY = Mode("bgp-policy", "config-router-ptmp", (
    Line("(route-map|prefix-list|filter-list) <name> (in|out) /", "Policy"),
    Line("next-hop-self / [all]", "Disable the next hop calculation"),
    Line("route-reflector-client", "Route Reflector client"),
    Line("send-community / [both|extended|standard]", "Send Community attribute"),
), exits=("exit", "exit-peer-policy"))  # fmt: skip

ADDRESS_FAMILY = Mode("bgp-family", "config-router-af", (
    *_FAMILY, *_FAMILY_NEIGHBOR, *_FAMILY_END, _GONE,
), exits=("exit", "exit-address-family"))  # fmt: skip

VRF_FAMILY = Mode("bgp-vrf-family", "config-router-af", (
    Line("bgp router-id / (<id:ip>|interface <interface:if>)",
         "Override configured router identifier"),
    Line("bgp listen range <range:prefix> / peer-group <group>",
         "Listen range for dynamic neighbors", sort=Sort.VALUE),
    Line("bgp listen range <range:prefix6> / peer-group <group>",
         "Listen range for dynamic neighbors", sort=Sort.VALUE, carried=False),
    *_FAMILY, *_SESSION, *_FAMILY_NEIGHBOR, *_FAMILY_END, _GONE,
), exits=("exit", "exit-address-family"))  # fmt: skip

ROUTER = Mode("bgp", "config-router", (
    Line("template peer-policy <name>", "Template", opens="bgp-policy",
         after=" exit-peer-policy", carried=False),
    Line("bgp router-id / (<id:ip>|interface <interface:if>)",
         "Override configured router identifier"),
    Line("bgp log-neighbor-changes", "Log neighbor up/down and reset reason", keep=Keep.BOTH),
    Line("bgp listen range <range:prefix> / peer-group <group>",
         "Listen range for dynamic neighbors", sort=Sort.VALUE),
    Line("bgp listen range <range:prefix6> / peer-group <group>",
         "Listen range for dynamic neighbors", sort=Sort.VALUE, carried=False),
    Line("bgp listen limit <limit:1-5000>", "Maximum number of dynamic neighbors",
         hidden=("bgp listen limit 100",)),
    Line("bgp default ipv4-unicast", "Activate ipv4-unicast for a peer by default",
         keep=Keep.NEGATIVE),
    Line("bgp default local-preference <preference:0-4294967295>", "local preference",
         hidden=("bgp default local-preference 100",)),
    Line("bgp cluster-id / (<number:1-4294967295>|<id:ip>)",
         "Configure Route-Reflector Cluster-id"),
    Line("bgp bestpath as-path multipath-relax", "Change the default bestpath selection"),
    Line("bgp graceful-restart", "Graceful restart capability parameters"),
    *_FAMILY, *_SESSION, *_FAMILY_NEIGHBOR, *_FAMILY_END,
    Line("address-family ipv4 / [unicast]", "Address family", opens="bgp-family",
         wording=family_name, before="!", after="exit-address-family", then=checks.families_split),
    Line("address-family ipv4 vrf <vrf>", "Address family", opens="bgp-vrf-family", before="!",
         after="exit-address-family", carried=False),
    Line("address-family ipv6 vrf <vrf>", "Address family", opens="bgp-vrf-family", before="!",
         after="exit-address-family", carried=False),
    Line("address-family ipv6 / [unicast]", "Address family", opens="bgp-family",
         wording=family_name, before="!", after="exit-address-family",
         then=checks.families_split, carried=False),
    Line("address-family vpnv4 / [unicast]", "Address family", opens="bgp-family",
         wording=family_name, before="!", after="exit-address-family", carried=False),
    _GONE,
))  # fmt: skip

LINES = (
    Line("router bgp <as:1-4294967295>", "Border Gateway Protocol (BGP)", opens="bgp",
         check=checks.one_bgp, then=checks.bgp_created),
)  # fmt: skip

MODES = (TEMPLATE_POLICY, ADDRESS_FAMILY, VRF_FAMILY, ROUTER)
