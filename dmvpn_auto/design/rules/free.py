"""Rules about free lines: they say what the intent has no key for, where it belongs, no secret."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from dmvpn_auto.design import free_lint as lint
from dmvpn_auto.design.free import HELD, INSIDE, PLACES, any_free, given, is_global
from dmvpn_auto.design.rules.base import WARNING, Breach, Place, Rule, View
from dmvpn_auto.design.rules.topology import members
from dmvpn_auto.design.types import RouterDesign
from dmvpn_auto.models.free import REFERENCE, Free


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """One free line of one router; `opens` where the next line is indented below it."""

    at: Place
    section: str
    place: str
    depth: int
    text: str
    opens: bool
    router: RouterDesign


def free_lines(cloud: View) -> Iterator[PlacedLine]:
    """Yield each free line once for each owner, with the first router that it applies to."""
    if not any_free(cloud.intent):
        return
    routers = {router.name: router for router in cloud.design.routers}
    seen: set[tuple[str, ...]] = set()
    for _, name, member in members(cloud):
        for owner, free in given(cloud.intent, name, member):
            key = (*owner, str(HELD["wan"](routers[name])), routers[name].role)
            if key not in seen:
                seen.add(key)
                yield from _of_owner(owner, free, routers[name])


def _of_owner(owner: tuple[str, ...], free: Free, router: RouterDesign) -> Iterator[PlacedLine]:
    for section, lines in free.items():
        for place in (*PLACES, "absent"):
            text = getattr(lines, place)
            for number, line in enumerate(text):
                words = line.strip()
                depth = len(line) - len(line.lstrip())
                below = text[number + 1] if number + 1 < len(text) else ""
                opens = len(below) - len(below.lstrip()) > depth
                at: Place = (*owner, section, place, number)
                yield PlacedLine(at, section, place, depth, words, opens, router)


_WHOLE = ("tunnel", "acl")


def _secret(line: PlacedLine) -> bool:
    found = lint.SECRET.search(line.text)
    if found is None or found["value"] in lint.HARMLESS:
        return False
    return REFERENCE.fullmatch(found["value"]) is None


class _LineRule(Rule):
    """A rule about single lines: `complaint` says what is wrong with one, each is named once."""

    @abstractmethod
    def complaint(self, line: PlacedLine) -> str | None:
        """Return what is wrong with the line, None when nothing is."""

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look at each line, for the hubs and for the spokes that have it."""
        told: set[Place] = set()
        for line in free_lines(cloud):
            if line.at not in told and (message := self.complaint(line)):
                told.add(line.at)
                yield Breach(line.at, message)


class FreeForm(_LineRule):
    """A free line is one line of configuration: IOS takes `!` for a comment, drops it and never
    prints it back; commands of the exec mode configure nothing, or ask and wait.
    """

    id = "free-line-form"
    fix = "write configuration lines alone, those of a sub-section indented below its header"
    source = "IOS: configuration and exec modes"

    def complaint(self, line: PlacedLine) -> str | None:
        """Look for comments, commands, texts of several lines, indentation without a header."""
        if line.text.startswith("!"):
            return "`!` is a comment, which IOS drops"
        if lint.EXEC.match(line.text):
            return f"{line.text.split()[0]!r} is a command, no configuration"
        if lint.TEXT.match(line.text):
            return f"{line.text.split()[0]!r} opens a text of several lines"
        if line.depth and line.at[-1] == 0:
            return "the line is indented, but stands below no header"
        return None


class FreeSecret(_LineRule):
    """What stands in the intent stands in git and in every copy of it."""

    id = "free-line-secret"
    fix = "write a reference in its place: <env:NAME> or <file:PATH>"
    source = "this tool keeps references, never values"

    def complaint(self, line: PlacedLine) -> str | None:
        """Look for a secret; the line is not shown."""
        return "the line holds a secret, which is withheld here" if _secret(line) else None


class FreeTaken(_LineRule):
    """A line that says what a key of the intent says fights with the rendered one: the last wins,
    and which that is changes with every deployment.
    """

    id = "free-line-taken"
    fix = "say it with the key that the finding names, and take the line out"
    source = "intent"

    def complaint(self, line: PlacedLine) -> str | None:
        """Compare with what the sections that are rendered say."""
        key = None
        if line.place == "absent":
            return None  # the plan refuses a line that the intent wants too
        if line.place == "inside":
            if not (line.opens and line.section == "routing"):
                key = lint.taken_inside(line.section, line.router, line.text)
        elif not line.depth:
            key = lint.taken_globally(line.router, line.text)
        return f"{_shown(line)} is said by {key}" if key else None


class FreeElsewhere(_LineRule):
    """IOS leaves a section at the first line that belongs elsewhere; the lines behind it end up in
    the wrong place or nowhere.
    """

    id = "free-line-elsewhere"
    fix = "put the line before or after a section (global), or inside the one it belongs to"
    source = "IOS: configuration modes"

    def complaint(self, line: PlacedLine) -> str | None:
        """Look for global lines inside sections, inner lines outside, and sections without an
        inside.
        """
        if line.place == "absent":
            whole = line.section in _WHOLE and not line.depth
            if whole and not is_global(line.section, line.text):
                return f"{line.section} is the intent's alone: other lines go from it by themselves"
            return None
        if line.place == "inside":
            if line.section not in INSIDE:
                return f"{line.section} is several sections, which have no one inside"
            if lint.GLOBAL.match(line.text):
                return f"{_shown(line)} belongs into the global configuration"
        elif not line.depth and lint.INNER.match(line.text):
            return f"{_shown(line)} is no line of the global configuration"
        return None


def _shown(line: PlacedLine) -> str:
    return "the line" if _secret(line) else repr(" ".join(line.text.split()[:3]))


class FreeSectionAbsent(Rule):
    """Lines around a section that a router does not have are written nowhere."""

    id = "free-section-absent"
    fix = "choose a section that the router has (tunnel always), or give it that section"
    source = "intent"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for owners of whose routers one has no such section."""
        if not any_free(cloud.intent):
            return
        routers = {router.name: router for router in cloud.design.routers}
        told: set[Place] = set()
        for _, name, member in members(cloud):
            for owner, free in given(cloud.intent, name, member):
                for section in free:
                    at: Place = (*owner, section)
                    if at not in told and not HELD[section](routers[name]):
                        told.add(at)
                        yield Breach(at, f"{name} has no section {section!r}")


class AclLacksTunnels(Rule):
    """An access list at the WAN that forgets IKE or ESP leaves a router that negotiates and never
    passes a packet.

    The list of `transport.acl` has all of it. This looks at lists that a free line puts on the WAN
    interface: their entries must stand among the free lines too, so that they can be judged.
    """

    id = "acl-lacks-tunnels"
    severity = WARNING
    fix = "permit udp 500 (isakmp), udp 4500 (non500-isakmp) and esp, gre where nothing protects it"
    source = "measured: QM_IDLE, ESP 0/0, the spoke in state NHRP"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Find the entries of each list that is put on the WAN, and what they permit."""
        lines = list(free_lines(cloud))
        for line in lines:
            group = lint.ACL_GROUP.match(line.text) if line.section == "wan" else None
            if group is None or line.place != "inside":
                continue
            entries = _entries(lines, group[1])
            if not entries:
                message = f"the entries of {group[1]} are not in the intent, so nobody judges them"
                yield Breach(line.at, message)
                continue
            needed = _NEEDED if line.router.crypto else _UNPROTECTED
            missing = [what for what, pattern in needed.items()
                       if not any(pattern.search(entry) for entry in entries)]  # fmt: skip
            if missing:
                yield Breach(line.at, f"{group[1]} does not permit {', '.join(missing)}")


_NEEDED = {
    "udp 500": re.compile(r"permit (?:udp .*\beq (?:isakmp|500)\b|udp any any$|ip any any)"),
    "udp 4500": re.compile(
        r"permit (?:udp .*\beq (?:non500-isakmp|4500)\b|udp any any$|ip any any)"
    ),
    "esp": re.compile(r"permit (?:esp|50|ip any any)\b"),
}
_UNPROTECTED = {"gre": re.compile(r"permit (?:gre|47|ip any any)\b")}


def _entries(lines: list[PlacedLine], name: str) -> list[str]:
    """Return the entries of an access list that free lines define."""
    found: list[str] = []
    inside = False
    for line in [line for line in lines if line.place != "absent"]:
        if not line.depth:
            inside = line.text in (f"ip access-list extended {name}", f"ip access-list {name}")
        elif inside:
            found.append(line.text)
        if line.text.startswith(f"access-list {name} "):
            found.append(line.text)
    return found


RULES: tuple[type[Rule], ...] = (
    FreeForm,
    FreeSecret,
    FreeTaken,
    FreeElsewhere,
    FreeSectionAbsent,
    AclLacksTunnels,
)
