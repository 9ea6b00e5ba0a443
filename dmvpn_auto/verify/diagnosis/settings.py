"""What a configuration says about one tunnel, as named settings that can be compared.

The running configuration of a router and the one intended for it are read by the same code, so that
a difference is a difference of meaning. Which line carries which setting is data (`patterns`). A
secret is kept for comparing only; its line is masked.
"""

from __future__ import annotations

import re
from dataclasses import replace

from dmvpn_auto.ios import Tree, find, mask, parse, unsaid
from dmvpn_auto.verify.canonical import short
from dmvpn_auto.verify.diagnosis import patterns
from dmvpn_auto.verify.diagnosis.setting import Found, Setting, Settings, Towards, match
from dmvpn_auto.verify.diagnosis.settings_crypto import defaults, protection
from dmvpn_auto.verify.diagnosis.settings_routing import key, routing

__all__ = ["Configuration", "Setting", "Settings", "Towards"]


_KEY_OF_ONE = re.compile(
    r"^ +address (?!0\.0\.0\.0 0\.0\.0\.0|::/0)[0-9A-Fa-f]"
    r"|key .*?\baddress (?:ipv6 )?(?!0\.0\.0\.0|::/0)[0-9A-Fa-f]|key hostname|^ +identity ",
    re.MULTILINE,
)
"""A key that is not for everybody: then the address of the peer decides, though it is not named."""


class Configuration:
    """A configuration text, read once.

    In an `intended` one references stand where secrets would; they may be shown.
    """

    def __init__(self, text: str, *, intended: bool = False) -> None:
        self.tree = parse(text)
        self._words = {short(word.partition("/")[0]) for word in set(text.split())}
        self._intended = intended
        self._wildcard = _KEY_OF_ONE.search(text) is None
        self._spent: dict[Towards, dict[str, Setting]] = {}

    def settings(self, towards: Towards) -> Settings:
        """Return the settings of one tunnel towards one peer; the addresses choose NHS and key."""
        # What the text does not name it treats like everybody else: a hub has one answer for all.
        named = towards.nbma in self._words or not self._wildcard
        asked = replace(
            towards,
            tunnel=towards.tunnel if towards.tunnel in self._words else "",
            nbma=towards.nbma if named else "",
            identity=towards.identity if towards.identity in self._words else "",
        )
        if asked not in self._spent:
            found = _first(_all(self.tree, asked))
            self._spent[asked] = (
                found if self._intended else {n: _hidden(s) for n, s in found.items()}
            )
        return self._spent[asked]


def _hidden(setting: Setting) -> Setting:
    return replace(setting, line=mask(setting.line))


_SIX = "ipv6 unicast-routing"


def _all(tree: Tree, towards: Towards) -> Found:
    head = f"interface {towards.interface}"
    body = tree.get(head)
    if body is None:
        return
    yield "tunnel.exists", Setting(towards.interface, head)
    if _SIX in tree:
        yield "ipv6.routing", Setting("yes", _SIX)
    tunnel = dict(match(body, patterns.TUNNEL[towards.inside], (head,)))
    yield from tunnel.items()
    yield from defaults(tunnel, "tunnel.mode", "gre ip", (head,))
    if unsaid(tree, head, f"{patterns.WORD[towards.inside]} nhrp shortcut"):
        yield from defaults(tunnel, "nhrp.shortcut", "shortcut", (head,))
    yield from _nhrp(body, towards, (head,))
    yield from _source(tree, tunnel, towards)
    if "tunnel.protection" in tunnel:
        yield from protection(tree, tunnel["tunnel.protection"].value, towards)
    spoken = _first(routing(tree, towards, tunnel))
    yield from spoken.items()
    if chain := tunnel.get("eigrp.key-chain") or spoken.get("eigrp.key-chain"):
        yield from key(tree, chain.value)


def _first(found: Found) -> dict[str, Setting]:
    """Return each setting as it is said first."""
    kept: dict[str, Setting] = {}
    for name, setting in found:
        kept.setdefault(name, setting)
    return kept


def _nhrp(body: Tree, towards: Towards, path: tuple[str, ...]) -> Found:
    """Yield how one hub is known: its NHS line, its map, whether multicast goes there."""
    hub, nbma = towards.tunnel, towards.nbma
    start = [patterns.WORD[towards.inside], "nhrp"]
    for line in body:
        words = line.split()
        if words[:2] != start or len(words) < 4:
            continue
        words = [short(word) for word in words]
        if words[2] == "nhs" and words[3] not in _NHS_WORDS:
            name = "nhrp.nhs" if words[3] == hub else "nhrp.other-nhs"
            yield name, Setting(words[3], line, path)
            if "nbma" in words and words[3] == hub:
                yield "nhrp.hub-nbma", Setting(words[words.index("nbma") + 1], line, path)
            if "multicast" in words and words[3] == hub:
                yield "nhrp.multicast", Setting("yes", line, path)
        elif words[2:4] == ["map", "multicast"] and words[4:5] != ["dynamic"]:
            name = "nhrp.multicast" if words[4] == nbma else "nhrp.other-multicast"
            yield name, Setting("yes" if words[4] == nbma else words[4], line, path)
        elif words[2] == "map" and len(words) > 4 and words[3].partition("/")[0] == hub:
            yield "nhrp.hub-nbma", Setting(words[-1], line, path)


_NHS_WORDS = ("cluster", "fallback", "dynamic")


def _source(tree: Tree, tunnel: Settings, towards: Towards) -> Found:
    if "tunnel.source" not in tunnel:
        return
    named = tunnel["tunnel.source"].value.replace(" ", "")
    word = patterns.WORD[towards.outside]
    for head, body in find(tree, "interface "):
        if head.split(maxsplit=1)[1] == named or any(
            line.startswith(f"{word} address ") and short(_address(line)) == named for line in body
        ):
            yield "source.exists", Setting(head.split(maxsplit=1)[1], head)
            found = dict(match(body, patterns.SOURCE[towards.outside], (head,)))
            yield from found.items()
            for name in ("source.acl-in", "source.acl-out"):
                if name in found:
                    yield from _access_list(tree, found[name].value, towards)
            return


def _address(line: str) -> str:
    return line.split()[2].partition("/")[0] if len(line.split()) > 2 else ""


def _access_list(tree: Tree, name: str, towards: Towards) -> Found:
    """Yield what an access list does to tunnels: the first line that matches each protocol."""
    lines: list[tuple[str, tuple[str, ...]]] = []
    family, head_of = towards.outside, patterns.ACCESS_LIST[towards.outside]
    for head, body in find(tree, head_of.format(name=re.escape(name))):
        lines += [(re.sub(r"^(?:sequence )?\d+ +", "", " ".join(x.split())), (head,)) for x in body]
    for line in tree if family == "ipv4" else ():
        if line.startswith(f"access-list {name} "):
            lines.append((line.removeprefix(f"access-list {name} "), ()))
    if not lines:
        return
    for kind, pattern in patterns.PASSES[family].items():
        hit = next(((x, p) for x, p in lines if re.match(rf"(permit|deny) {pattern}", x)), None)
        line, path = hit or (f"deny {patterns.WORD[family]} any any (implicit)", ())
        if line.startswith("deny"):
            yield f"acl.denies-{kind}", Setting(name, line, path)
