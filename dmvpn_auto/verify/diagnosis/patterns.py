"""Which line carries which setting: one literal each, for both families.

`{ip}` stands for the word that IOS puts in front (`ip`, `ipv6`), `{ospf}` for what OSPF of a family
is called on an interface.
"""

from __future__ import annotations

from collections.abc import Mapping

from dmvpn_auto.design.types import Family

Patterns = Mapping[str, str]
WORD: Mapping[Family, str] = {"ipv4": "ip", "ipv6": "ipv6"}
_OSPF: Mapping[Family, str] = {"ipv4": "ip ospf", "ipv6": "(?:ospfv3|ipv6 ospf)"}
_ADDRESS: Mapping[Family, Patterns] = {
    "ipv4": {
        "tunnel.address": r"ip address (\S+ \S+)$",
        "ospf.area": r"ip ospf \d+ area (\S+)",
    },
    "ipv6": {
        "tunnel.address": r"ipv6 address (\S+/\d+)$",
        "tunnel.link-local": r"ipv6 address (\S+) link-local$",
        "ospf.area": r"(?:ospfv3 \d+ ipv6|ipv6 ospf \d+) area (\S+)",
    },
}
_SOURCE: Mapping[Family, Patterns] = {
    "ipv4": {
        "source.address": r"ip address (.+)",
        "source.acl-in": r"ip access-group (\S+) in",
        "source.acl-out": r"ip access-group (\S+) out",
    },
    "ipv6": {
        "source.address": r"ipv6 address (?!\S+ link-local)(.+)",
        "source.acl-in": r"ipv6 traffic-filter (\S+) in",
        "source.acl-out": r"ipv6 traffic-filter (\S+) out",
    },
}
_TUNNEL = {
    "tunnel.shutdown": r"(shutdown)$",
    "tunnel.source": r"tunnel source (\S+(?: \d\S*)?)$",
    "tunnel.destination": r"tunnel destination (\S+)",
    "tunnel.mode": r"tunnel mode (gre \S+(?: ipv6)?)",
    "tunnel.key": r"tunnel key (\d+)",
    "tunnel.vrf": r"tunnel vrf (\S+)",
    "tunnel.inside-vrf": r"(?:ip )?vrf forwarding (\S+)",
    "tunnel.protection": r"tunnel protection ipsec profile (\S+)",
    "tunnel.shared": r"tunnel protection ipsec profile \S+.* (shared)\b",
    "tunnel.ip-mtu": r"{ip} mtu (\d+)",
    "tunnel.mss": r"{ip} tcp adjust-mss (\d+)",
    "tunnel.if-state": r"(if-state nhrp)",
    "nhrp.network-id": r"{ip} nhrp network-id (\d+)",
    "nhrp.authentication": r"{ip} nhrp authentication (.+)",
    "nhrp.holdtime": r"{ip} nhrp holdtime (\d+)",
    "nhrp.multicast-dynamic": r"{ip} nhrp map multicast (dynamic)",
    "nhrp.redirect": r"{ip} nhrp (redirect)\b",
    "nhrp.shortcut": r"{ip} nhrp (shortcut)$",
    "nhrp.no-unique": r"{ip} nhrp registration (no-unique)",
    "eigrp.split-horizon": r"(no {ip} split-horizon eigrp) ",
    "eigrp.next-hop-self": r"(no {ip} next-hop-self eigrp) ",
    "eigrp.hello": r"{ip} hello-interval eigrp \d+ (\d+)",
    "eigrp.hold": r"{ip} hold-time eigrp \d+ (\d+)",
    "eigrp.key-chain": r"{ip} authentication key-chain eigrp \d+ (\S+)",
    "ospf.network-type": r"{ospf} network (.+)",
    "ospf.priority": r"{ospf} priority (\d+)",
    "ospf.hello": r"{ospf} hello-interval (\d+)",
    "ospf.dead": r"{ospf} dead-interval (\d+)",
    "ospf.authentication": r"{ospf} (?:message-digest-key \d+ md5|authentication-key) (.+)",
    "ospf.mtu-ignore": r"{ospf} (mtu-ignore)",
}
_SOURCE_STATE = {
    "source.shutdown": r"(shutdown)$",
    "source.vrf": r"(?:ip )?vrf forwarding (\S+)",
}


def _of(family: Family) -> Patterns:
    words = {"{ip}": WORD[family], "{ospf}": _OSPF[family]}
    said = dict(_TUNNEL)
    for mark, word in words.items():
        said = {name: pattern.replace(mark, word) for name, pattern in said.items()}
    return {**said, **_ADDRESS[family]}


TUNNEL: Mapping[Family, Patterns] = {"ipv4": _of("ipv4"), "ipv6": _of("ipv6")}
"""By what the tunnel carries."""
SOURCE: Mapping[Family, Patterns] = {
    family: {**_SOURCE_STATE, **patterns} for family, patterns in _SOURCE.items()
}
"""By what carries the tunnel."""
IPSEC_PROFILE = {
    "ipsec.transform-set": r"set transform-set (\S+)",
    "ipsec.pfs": r"set pfs (\S+)",
    "ipsec.lifetime": r"set security-association lifetime seconds (\d+)",
    "ipsec.ike-profile": r"set (?:ikev2|isakmp)-profile (\S+)",
}
IKEV2_PROFILE = {
    "ike.match-fvrf": r"match fvrf (\S+)",
    "ike.identity": r"match identity remote (.+)",
    "ike.local-identity": r"identity local (.+)",
    "ike.auth-remote": r"authentication remote (\S+)",
    "ike.auth-local": r"authentication local (\S+)",
    "ike.keyring": r"keyring local (\S+)",
    "ike.trustpoint": r"pki trustpoint (\S+)",
}
ISAKMP_PROFILE = {
    "ike.keyring": r"keyring (\S+)",
    "ike.identity": r"match identity address (.+)",
}
IKEV2_PROPOSAL = {
    "ike.encryption": r"encryption (.+)",
    "ike.prf": r"prf (.+)",
    "ike.integrity": r"integrity (.+)",
    "ike.group": r"group (.+)",
}
ISAKMP_POLICY = {
    "ike.encryption": r"encr(?:yption)? (.+)",
    "ike.integrity": r"hash (.+)",
    "ike.group": r"group (.+)",
    "ike.auth-remote": r"authentication (\S+)",
}
BGP: Mapping[Family, Patterns] = {
    "ipv4": {
        "bgp.router-id": r"bgp router-id (\S+)",
        "bgp.listen-range": r"bgp listen range ([\d.]+/\d+)",
        "bgp.listen-limit": r"bgp listen limit (\d+)",
    },
    "ipv6": {
        "bgp.router-id": r"bgp router-id (\S+)",
        "bgp.listen-range": r"bgp listen range (\S*:\S*)",
        "bgp.listen-limit": r"bgp listen limit (\d+)",
    },
}
NEIGHBOR = {
    "remote-as": "bgp.remote-as",
    "route-reflector-client": "bgp.route-reflector-client",
    "next-hop-self": "bgp.next-hop-self",
    "allowas-in": "bgp.allowas-in",
    "as-override": "bgp.as-override",
    "password": "bgp.password",
    "activate": "bgp.activate",
    "shutdown": "bgp.shutdown",
}
"""The word of a BGP neighbor line behind the neighbor's name."""
OSPF = {"ospf.router-id": r"router-id (\S+)"}
EIGRP = {"eigrp.router-id": r"eigrp router-id (\S+)"}
NAMED_EIGRP = {
    "eigrp.split-horizon": r"(no split-horizon)$",
    "eigrp.next-hop-self": r"(no next-hop-self)\b",
    "eigrp.hello": r"hello-interval (\d+)",
    "eigrp.hold": r"hold-time (\d+)",
    "eigrp.key-chain": r"authentication key-chain (\S+)",
    "eigrp.passive": r"(passive-interface)$",
}
ACCESS_LIST: Mapping[Family, str] = {
    "ipv4": r"ip access-list extended {name}$",
    "ipv6": r"ipv6 access-list {name}$",
}
PASSES: Mapping[Family, Patterns] = {
    "ipv4": {
        "esp": r"(?:esp|50|ip)\b",
        "ike": r"(?:udp\b.*\b(?:eq (?:isakmp|500)\b.*)|udp any any$|ip\b)",
    },
    "ipv6": {
        "esp": r"(?:esp|50|ipv6)\b",
        "ike": r"(?:udp\b.*\b(?:eq (?:isakmp|500)\b.*)|udp any any$|ipv6\b)",
    },
}
"""What a line of an access list names when it is about ESP or IKE."""
