"""A small model of how IOS takes configuration lines, written for the tests and knowing nothing of
`dmvpn_auto.ios`.

It knows the sections and single-valued lines that the tests use, and the habits that a change has
to reckon with: an address vanishes with `vrf forwarding`, an undefined IPsec profile is ignored
without a word, a neighbor goes with all its lines, lines of a section are refused outside of it.
"""

from __future__ import annotations

import re

Tree = dict[str, "Tree"]

INVALID = "% Invalid input detected at '^' marker."
SECTIONS: dict[int, tuple[str, ...]] = {
    0: (
        r"vrf definition \S+",
        r"crypto ikev2 (?:proposal|policy|keyring|profile) \S+",
        r"crypto ipsec profile \S+",
        r"crypto ipsec transform-set \S+(?: .*)",
        r"crypto isakmp (?:policy|profile) \S+",
        r"interface (?:Tunnel|Loopback|GigabitEthernet)\d+",
        r"router bgp \d+",
        r"router ospf \d+",
    ),
    1: (r"peer \S+", r"address-family ipv4"),
}
SINGLE = (
    (
        r"ip address(?! .*secondary)|ip mtu|ip tcp adjust-mss|ip nhrp (?:authentication|"
        r"network-id|holdtime)|bandwidth|delay"
    ),
    (
        r"ip nhrp registration timeout|tunnel (?:source|mode|key|vrf|protection)|description|"
        r"vrf forwarding|rd|mode"
    ),
    (
        r"encryption|integrity|prf|group|dpd|lifetime|keyring|match fvrf|authentication local|"
        r"authentication remote"
    ),
    (
        r"set (?:transform-set|pfs|ikev2-profile)|set security-association lifetime seconds|"
        r"address|pre-shared-key"
    ),
    r"bgp router-id|bgp listen limit|neighbor \S+ (?:remote-as|timers|description|update-source)",
    r"crypto ipsec security-association replay window-size|hostname",
)
SINGLE_LINE = re.compile("|".join(f"(?:{part})(?= |$)" for part in SINGLE))
GLOBAL = re.compile(
    r"(ip route|hostname|crypto ipsec security-association|banner|version|ip ssh|ip cef|"
    r"no ip http)\b"
)
PARAMETRIC = re.compile(r"crypto ipsec transform-set \S+|router bgp")


class IosModel:
    """A configuration that takes lines; `config` is the tree, `prompt` the mode."""

    def __init__(self, config: Tree | None = None) -> None:
        self.config: Tree = {} if config is None else config
        self.path: list[str] = []
        self.refuse: dict[str, str] = {}

    @property
    def modern(self) -> bool:
        """Whether it is a release on which `ip nhrp shortcut` is the default and hidden."""
        return any(line.startswith("version 17") for line in self.config)

    @property
    def mode(self) -> str:
        if not self.path:
            return "config"
        return ("config-if", "config-sub", "config-sub-sub")[
            0 if "interface" in self.path[0] else 1
        ]

    def load(self, text: str) -> None:
        """Type a whole configuration; a refused line is a mistake of the test."""
        for line in text.splitlines():
            if line.strip() and not line.strip().startswith("!"):
                answer = self.type(line.strip())
                assert not answer, (line, answer)
        self.path = []

    def type(self, line: str) -> str:
        """Take one configuration line; return what IOS prints, empty when it says nothing."""
        if line in self.refuse:
            return self.refuse[line]
        if line in ("exit", "end", "exit-address-family"):
            self.path = [] if line == "end" else self.path[:-1]
            return ""
        if line.startswith("no ") and not self._is_switch(line):
            return self._take_away(line[3:])
        for depth in range(len(self.path), -1, -1):
            if any(re.fullmatch(p, line) for p in SECTIONS.get(depth, ())):
                return self._enter(depth, line)
        if GLOBAL.match(line):
            self.path = []
        elif not self.path:
            return INVALID
        return self._set(line)

    @staticmethod
    def _is_switch(line: str) -> bool:
        return line in ("no ip redirects", "no ip http server")

    def _section(self) -> Tree:
        tree = self.config
        for header in self.path:
            tree = tree[header]
        return tree

    def _enter(self, depth: int, line: str) -> str:
        self.path = self.path[:depth]
        section = self._section()
        same = PARAMETRIC.match(line)
        for header in list(section) if same else ():
            if (
                same
                and (found := PARAMETRIC.match(header))
                and found[0] == same[0]
                and header != line
            ):
                if line.startswith("router bgp"):
                    return f"BGP is already running; AS is {header.split()[2]}\n% Invalid"
                section[line] = section.pop(header)
        section.setdefault(line, {})
        self.path = [*self.path, line]
        return ""

    def _set(self, line: str) -> str:
        section = self._section()
        said = ""
        if match := re.match(r"neighbor (\S+) (?!remote-as|peer-group$)", line):
            top = self.config[self.path[0]]
            if not any(
                re.match(rf"neighbor {re.escape(match[1])} (remote-as|peer-group$)", x) for x in top
            ):
                return "% Specify remote-as or peer-group commands first"
        profile = re.match(r"tunnel protection ipsec profile (\S+)", line)
        if profile and f"crypto ipsec profile {profile[1]}" not in self.config:
            return ""
        if (
            line.startswith("vrf forwarding")
            and line not in section
            and self._wipe_address(section)
        ):
            name = self.path[-1].split()[1]
            said = f"% Interface {name} IPv4 disabled and address(es) removed"
        if single := SINGLE_LINE.match(line):
            for held in [x for x in section if (m := SINGLE_LINE.match(x)) and m[0] == single[0]]:
                del section[held]
        if re.match(r"ip nhrp nhs \S+ nbma", line):
            assert not any(x.split()[:4] == line.split()[:4] for x in section if x != line), (
                "two NHS"
            )
        section.pop(f"no {line}", None)
        if line != "ip nhrp shortcut" or not self.modern:
            section[line] = {}
        return said

    def _take_away(self, line: str) -> str:
        section = self._section()
        if line not in section and line in self.config:
            section, self.path = self.config, []
        if re.match(r"crypto ipsec transform-set \S+ ", line):
            return INVALID
        if (match := re.match(r"neighbor (\S+) ", line)) and not any(
            held.startswith(f"neighbor {match[1]} ") for held in self.config[self.path[0]]
        ):
            return "% Specify remote-as or peer-group commands first"
        found = self._meant(section, line)
        for held in found:
            del section[held]
        if any(held.startswith("vrf forwarding") for held in found):
            self._wipe_address(section)
        if match := re.match(r"neighbor (\S+) (remote-as|peer-group$)", line):
            self._forget_neighbor(section, match[1])
        if line == "ip redirects":
            section.pop("no ip redirects", None)
        elif line == "ip nhrp shortcut" and self.modern:
            section[f"no {line}"] = {}
        elif not found and line not in {"shutdown"}:
            return f"% Not there: {line}"
        return ""

    @staticmethod
    def _forget_neighbor(section: Tree, name: str) -> None:
        for tree in (section, *section.values()):
            for held in [line for line in tree if line.startswith(f"neighbor {name} ")]:
                del tree[held]

    @staticmethod
    def _wipe_address(section: Tree) -> bool:
        addresses = [line for line in section if line.startswith("ip address")]
        for line in addresses:
            del section[line]
        return bool(addresses)

    @staticmethod
    def _meant(section: Tree, line: str) -> list[str]:
        """The lines that `no` and `line` take away."""
        if line in section:
            return [line]
        if re.match(r"crypto ipsec transform-set \S+$", line):
            return [held for held in section if held.startswith(line + " ")]
        single = SINGLE_LINE.match(line)
        found = [(held, SINGLE_LINE.match(held)) for held in section]
        return [held for held, other in found if single and other and other[0] == single[0]]

    def show(self) -> str:
        """Return `show running-config`."""
        body = _text(self.config, 0)
        head = f"Building configuration...\n\nCurrent configuration : {len(body)} bytes\n!\n"
        return f"{head}{body}end\n"


def _text(tree: Tree, depth: int) -> str:
    out = ""
    for line, children in tree.items():
        out += " " * depth + line + "\n" + _text(children, depth + 1)
        out += "!\n" if not depth and children else ""
    return out
